//! The results of the Python scripts, as readable failures.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use serde::Deserialize;

/// One line that a script prints.
#[derive(Debug, Deserialize)]
pub struct Check {
    /// What was checked.
    pub check: String,
    /// Whether it holds.
    pub ok: bool,
    /// What was expected and found instead.
    #[serde(default)]
    detail: String,
    /// Where the expectation comes from.
    #[serde(default)]
    source: String,
    /// What a linter has found.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// A linter's finding.
#[derive(Debug, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// What it says, and of what.
    pub message: String,
}

impl Check {
    fn lines(&self) -> String {
        let mut lines = format!("- {}\n", self.check);
        for line in self.detail.lines() {
            let _ = writeln!(lines, "    {line}");
        }
        if !self.source.is_empty() {
            let _ = writeln!(lines, "    source: {}", self.source);
        }
        lines
    }
}

/// Runs a script that prints one JSON object per check, and fails with all checks that did not
/// hold. `least` is how many there must be, so that a script that stops early is not taken for one
/// that is content. The checks in `known` may not hold, and have to fail: see `gaps.rs`. A script
/// knows only some of them, so one that it does not run is no matter.
pub fn run(command: &mut Command, least: usize, known: &BTreeSet<&str>) -> Vec<Check> {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let checks: Vec<Check> = stdout
        .lines()
        .map(|line| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("no result of a check: {line:?}: {error}\n{stderr}"))
        })
        .collect();
    let mut failures = String::new();
    for check in &checks {
        match (check.ok, known.contains(check.check.as_str())) {
            (true, false) | (false, true) => {}
            (false, false) => failures.push_str(&check.lines()),
            (true, true) => {
                let _ = writeln!(
                    failures,
                    "- {}\n    holds by now: take it out of tests/support/gaps.rs",
                    check.check
                );
            }
        }
    }
    assert!(
        failures.is_empty(),
        "of {} checks:\n{failures}{stderr}",
        checks.len()
    );
    assert!(
        output.status.success(),
        "the script ended with {}:\n{stderr}",
        output.status
    );
    assert!(
        checks.len() >= least,
        "only {} checks ran, {least} were expected:\n{stderr}",
        checks.len()
    );
    checks
}

/// Runs a script that prints one JSON value.
pub fn json(command: &mut Command) -> serde_json::Value {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "the script ended with {}:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
