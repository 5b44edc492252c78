//! The sandbox, started from the built program as anybody would start it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::process::Server;

/// The accounts of the source document, with stg and prd beside them.
pub const ACCOUNTS: [&str; 4] = [
    "202949997891",
    "558846431111",
    "558846432222",
    "558846433333",
];

/// A sandbox that runs.
pub struct Sandbox {
    /// The process.
    pub server: Server,
    _state: TempDir,
}

impl Sandbox {
    /// Four empty accounts, state in a folder of its own.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more arguments.
    pub fn start_with(more: &[&str]) -> Self {
        let state = tempfile::Builder::new()
            .prefix("sandbox-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_crosspipe"));
        command.args(["sandbox", "start", "--json", "--port", "0", "--state"]);
        command.arg(state.path());
        command.args(more);
        for account in ACCOUNTS {
            command.args(["--account", account]);
        }
        let server = Server::start("sandbox", &mut command, Duration::from_secs(20));
        Self {
            server,
            _state: state,
        }
    }
}
