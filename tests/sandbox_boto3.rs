//! The sandbox, asked by boto3 and the AWS CLI, which nobody here wrote.
//!
//! What is expected stands in `tests/oracles/checks`, one file per service, and comes from AWS's
//! documentation and botocore's models. Each test has a sandbox of its own.

mod support {
    pub mod checks;
    pub mod gaps;
    pub mod process;
    pub mod python;
    pub mod sandbox;
}

use support::gaps::{self, Oracle};
use support::{checks, python, sandbox::Sandbox};

/// Runs the checks of a service. `least` is how many there are.
fn service(name: &str, least: usize) {
    checked(name, least, &[]);
}

fn checked(name: &str, least: usize, more: &[&str]) {
    let Some(python) = python::environment() else {
        return;
    };
    let sandbox = Sandbox::start_with(more);
    let accounts = sandbox.server.greeting["accounts"].to_string();
    checks::run(
        python
            .script("run.py")
            .args([name, sandbox.server.endpoint(), &accounts]),
        least,
        &gaps::checks(Oracle::Sandbox),
    );
}

macro_rules! services {
    ($($name:ident $least:literal)*) => {$(
        #[test]
        fn $name() {
            service(stringify!($name), $least);
        }
    )*};
}

services! {
    sts 52
    iam 115
    kms 71
    s3 101
    codecommit 63
    codebuild 34
    codepipeline 68
    events 76
    ecr 55
    ecs 56
    elbv2 49
    codedeploy 66
    codeconnections 19
    organizations 24
    cli 19
    trust 168
    keys 109
    data 109
    passing 35
    documents 155
    storm 79
}

/// A pipeline made by hand, as time goes a thousand times faster.
#[test]
fn crossing() {
    checked("crossing", 85, &["--time-scale", "1000"]);
}

/// Killed while it writes, again and again.
#[test]
fn killed() {
    let Some(python) = python::environment() else {
        return;
    };
    let folder = tempfile::Builder::new()
        .prefix("killed-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap();
    checks::run(
        python
            .script("killed.py")
            .arg(env!("CARGO_BIN_EXE_crosspipe"))
            .arg(folder.path()),
        4,
        &gaps::checks(Oracle::Sandbox),
    );
}
