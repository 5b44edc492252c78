//! What `crosspipe render` writes, through the AWS CLI's parameter validation, cfn-lint and
//! parliament.

mod support {
    pub mod checks;
    pub mod gaps;
    pub mod python;
}

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use support::gaps::{self, Oracle};
use support::{checks, python};

const TOML: &str = include_str!("fixtures/bys.toml");

/// The fixture with a listener per environment.
fn blueprint() -> String {
    [("dev", "558846431111"), ("stg", "558846432222"), ("prd", "558846433333")]
        .iter()
        .fold(TOML.to_owned(), |text, (name, account)| {
            text.replace(
                &format!("@LISTENER-{name}@"),
                &format!("arn:aws:elasticloadbalancing:ap-northeast-2:{account}:listener/app/main/0123456789abcdef/0123456789abcdef"),
            )
        })
}

/// The findings of a linter that the table of gaps does not call false, and the entries of the table
/// that nothing was found for.
fn judge(oracle: Oracle, name: &str, checks: &[checks::Check]) -> String {
    let known = gaps::findings(oracle);
    let mut used = vec![false; known.len()];
    let mut said = String::new();
    let mine = checks.iter().filter(|check| check.check.starts_with(name));
    for finding in mine.flat_map(|check| &check.findings) {
        let false_one = known
            .iter()
            .position(|(rule, part)| *rule == finding.rule && finding.message.contains(part));
        match false_one {
            Some(index) => used[index] = true,
            None => {
                let _ = writeln!(said, "- {name} {}: {}", finding.rule, finding.message);
            }
        }
    }
    for (entry, _) in known.iter().zip(used).filter(|(_, used)| !used) {
        let _ = writeln!(
            said,
            "- {entry:?} is no longer found: take it out of tests/support/gaps.rs"
        );
    }
    said
}

#[test]
fn rendered_documents_stand_before_others() {
    let Some(python) = python::environment() else {
        return;
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::write(folder.path().join("crosspipe.toml"), blueprint()).unwrap();
    let rendered = Command::new(env!("CARGO_BIN_EXE_crosspipe"))
        .args(["render", "out"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        rendered.status.success(),
        "{}",
        String::from_utf8_lossy(&rendered.stderr)
    );
    let checks = checks::run(
        python.script("render.py").arg(folder.path().join("out")),
        148,
        &gaps::checks(Oracle::CfnLint),
    );
    let said = judge(Oracle::CfnLint, "cfn-lint", &checks)
        + &judge(Oracle::Parliament, "parliament", &checks);
    assert!(said.is_empty(), "findings:\n{said}");
}
