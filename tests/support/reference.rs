//! Runs the scripts of `tests/oracles` that need nothing but Python's standard library.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Whether there is a Python to run the slow reading with. Says so where nobody can overlook it when
/// there is none, because tests that are skipped silently prove nothing; with `CI=true` the test fails.
pub fn python_is_here() -> bool {
    let asked = Command::new("python3")
        .args(["-c", "import sys; sys.exit(sys.version_info < (3, 9))"])
        .output();
    let why = match asked {
        Ok(output) if output.status.success() => return true,
        Ok(_) => "python3 is older than 3.9".to_owned(),
        Err(error) => format!("python3 cannot be run: {error}"),
    };
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "the slow reading of policies is missing: {why}"
    );
    // Not eprintln: the test harness keeps that to itself when the test passes.
    let _ = writeln!(
        std::io::stderr(),
        "\n=== SKIPPED: the slow reading of policies did not run ===\n{why}\n===\n"
    );
    false
}

/// A script of `tests/oracles`, untouched by this machine's Python settings.
pub fn script(name: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/oracles")
        .join(name);
    let mut command = Command::new("python3");
    // Isolated from PYTHON* variables, and no bytecode beside the scripts.
    command.args(["-E", "-B"]).arg(path).env("PYTHONUTF8", "1");
    command
}

/// Runs a command with a text on its standard input, and returns what it said.
pub fn fed(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its standard input is a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A program that ends early says why on its standard error.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the input is written");
    output
}

/// The standard output of a command that has to succeed.
pub fn said(command: Command, input: &str) -> String {
    let output = fed(command, input);
    assert!(
        output.status.success(),
        "it ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("it says UTF-8")
}
