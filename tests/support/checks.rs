//! The results of the Python scripts, as readable failures.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use serde::Deserialize;

/// One line that a script prints.
#[derive(Debug, Deserialize)]
struct Check {
    check: String,
    ok: bool,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    source: String,
}

/// Runs a script that prints one JSON object per check, and fails with all checks that did not
/// hold. `least` is how many there must be, so that a script that stops early is not taken for one
/// that is content.
pub fn run(command: &mut Command, least: usize) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut passed = 0;
    let mut failures = String::new();
    let mut failed = 0;
    for line in stdout.lines() {
        let check: Check = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("no result of a check: {line:?}: {error}\n{stderr}"));
        if check.ok {
            passed += 1;
        } else {
            failed += 1;
            let _ = writeln!(failures, "- {}", check.check);
            for line in check.detail.lines() {
                let _ = writeln!(failures, "    {line}");
            }
            if !check.source.is_empty() {
                let _ = writeln!(failures, "    source: {}", check.source);
            }
        }
    }
    assert!(
        failed == 0,
        "{failed} of {} checks failed:\n{failures}{stderr}",
        passed + failed
    );
    assert!(
        output.status.success(),
        "the script ended with {}:\n{stderr}",
        output.status
    );
    assert!(
        passed >= least,
        "only {passed} checks ran, {least} were expected:\n{stderr}"
    );
}
