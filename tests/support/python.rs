//! The Python environment with the second opinions, made once under `target/oracles/`.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

const REQUIREMENTS: &str = include_str!("../oracles/requirements.txt");

/// An environment that is whole.
#[derive(Debug, Clone)]
pub struct Python {
    venv: PathBuf,
}

/// Where everything of the second opinions is kept.
pub fn oracles() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("oracles")
}

/// The folder of the scripts.
pub fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles")
}

/// The environment, or nothing where this machine cannot have it. Says so where nobody can overlook
/// it, because tests that are skipped silently prove nothing; with `CI=true` the test fails.
pub fn environment() -> Option<&'static Python> {
    static ENVIRONMENT: OnceLock<Result<Python, String>> = OnceLock::new();
    match ENVIRONMENT.get_or_init(make) {
        Ok(python) => Some(python),
        Err(why) => {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "the second opinions are missing: {why}"
            );
            // Not eprintln: the test harness keeps that to itself when the test passes.
            let _ = writeln!(
                std::io::stderr(),
                "\n=== SKIPPED: the second opinions (moto, ministack, boto3, aws, cfn-lint, parliament) did not run ===\n{why}\n===\n"
            );
            None
        }
    }
}

fn make() -> Result<Python, String> {
    let version = Command::new("python3")
        .args(["-c", "import sys; print(sys.version, sys.prefix)"])
        .output()
        .map_err(|error| format!("python3 cannot be run: {error}"))?;
    if !version.status.success() {
        return Err(format!(
            "python3 does not work: {}",
            String::from_utf8_lossy(&version.stderr).trim()
        ));
    }
    // An environment belongs to the interpreter that made it, so a new one gets a new folder.
    let mut hash = Sha256::new();
    hash.update(REQUIREMENTS);
    hash.update(&version.stdout);
    let name = hex::encode(hash.finalize())[..16].to_owned();
    let folder = oracles();
    let venv = folder.join(&name);
    let marker = venv.join("complete");
    let python = Python { venv: venv.clone() };
    if marker.exists() {
        return Ok(python);
    }
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: std::io::Error| format!("cannot {what}: {error}")
    };
    fs::create_dir_all(&folder).map_err(failed("make target/oracles"))?;
    let lock = File::create(folder.join(format!("{name}.lock"))).map_err(failed("make a lock"))?;
    lock.lock().map_err(failed("lock target/oracles"))?;
    // Another test binary may have made it while this one waited.
    if marker.exists() {
        return Ok(python);
    }
    if venv.exists() {
        fs::remove_dir_all(&venv).map_err(failed("remove a half-made environment"))?;
    }
    let requirements = folder.join(format!("{name}.txt"));
    fs::write(&requirements, REQUIREMENTS).map_err(failed("write the requirements"))?;
    step(
        "python3 -m venv",
        Command::new("python3").args(["-m", "venv"]).arg(&venv),
        &folder,
    )?;
    step(
        "pip install",
        python
            .command()
            .args([
                "-m",
                "pip",
                "install",
                "--no-input",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(&requirements),
        &folder,
    )?;
    fs::write(&marker, REQUIREMENTS).map_err(failed("mark the environment as whole"))?;
    Ok(python)
}

fn step(name: &str, command: &mut Command, folder: &Path) -> Result<(), String> {
    let output = command
        .env("PIP_CACHE_DIR", folder.join("pip-cache"))
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.trim().lines().collect();
    let last = lines[lines.len().saturating_sub(12)..].join("\n");
    Err(format!("{name} ended with {}:\n{last}", output.status))
}

impl Python {
    /// The interpreter, with nothing of this machine's AWS set-up in its environment.
    pub fn command(&self) -> Command {
        self.program("python")
    }

    /// A script of `tests/oracles`.
    pub fn script(&self, name: &str) -> Command {
        let mut command = self.command();
        command.arg(scripts().join(name));
        command
    }

    fn program(&self, name: &str) -> Command {
        let folder = oracles();
        let home = folder.join("home");
        let temporary = folder.join("tmp");
        fs::create_dir_all(&home).unwrap();
        fs::create_dir_all(&temporary).unwrap();
        let bin = self.venv.join("bin");
        let mut path = std::ffi::OsString::from(&bin);
        if let Some(rest) = std::env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        let mut command = Command::new(bin.join(name));
        for (key, _) in std::env::vars_os() {
            let text = key.to_string_lossy();
            if text.starts_with("AWS_") || text.starts_with("MOTO_") || text.starts_with("PYTHON") {
                command.env_remove(&key);
            }
        }
        command
            .env("PATH", path)
            .env("HOME", &home)
            .env("TMPDIR", &temporary)
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .env("AWS_CONFIG_FILE", home.join("no-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", home.join("no-credentials"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("PYTHONPYCACHEPREFIX", folder.join("pycache"))
            .env("PYTHONWARNINGS", "ignore")
            .env("PYTHONUTF8", "1");
        command
    }
}
