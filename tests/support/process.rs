//! Servers that a test starts on loopback and that end with it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::python::{Python, oracles};

/// A server that has said where it listens.
pub struct Server {
    child: Child,
    log: PathBuf,
    /// The line that it printed when it was ready.
    pub greeting: Value,
}

impl Server {
    /// Starts a program that prints one JSON line when it is ready. What it says on stderr is kept
    /// in `target/oracles/logs/` as long as it runs, and after that if the test fails.
    pub fn start(name: &str, command: &mut Command, patience: Duration) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let logs = oracles().join("logs");
        fs::create_dir_all(&logs).unwrap();
        let log = logs.join(format!(
            "{name}-{}-{}.log",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        // Its own process group, so that what it starts itself ends with it.
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (greet, greeted) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = greet.send(line);
            }
        });
        let mut server = Self {
            child,
            log,
            greeting: Value::Null,
        };
        let line = greeted.recv_timeout(patience).unwrap_or_else(|_| {
            panic!(
                "{name} was not ready within {patience:?}; it said:\n{}",
                fs::read_to_string(&server.log).unwrap_or_default()
            )
        });
        server.greeting = serde_json::from_str(&line).unwrap_or_else(|error| {
            panic!("{name} greeted with {line:?}, which is no JSON: {error}")
        });
        server
    }

    /// One of the emulators that `serve.py` knows, with the answers that are mended on their way.
    pub fn emulator(python: &Python, name: &str, bridges: &[&str]) -> Self {
        Self::start(
            name,
            python.script("serve.py").arg(name).args(bridges),
            Duration::from_secs(60),
        )
    }

    /// Fails where a bridge was not needed.
    pub fn assert_needed(&self, bridges: &[&str]) {
        let needed = get(self.endpoint(), "/bridges");
        for bridge in bridges {
            assert_ne!(
                needed[bridge], 0,
                "{bridge} is no longer needed: take it out of tests/support/gaps.rs"
            );
        }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &str {
        self.greeting["endpoint"].as_str().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the log is in {}", self.log.display());
        } else {
            let _ = fs::remove_file(&self.log);
        }
    }
}

/// A JSON answer of a server on loopback.
fn get(endpoint: &str, path: &str) -> Value {
    let address = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}
