//! The built program, run as a person or a script would: in a folder of its own, with an environment
//! of its own, so that no account, profile or setting of this machine takes part.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The accounts that the sandbox's defaults name.
pub const SHARED: &str = "202949997891";
pub const DEV: &str = "558846431111";
pub const STG: &str = "558846432222";
pub const PRD: &str = "558846433333";

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_crosspipe");

/// What a run left: both streams and how it ended.
pub struct Ran {
    pub command: String,
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Ran {
    /// Both streams and the exit code, as a page to compare with. What differs from run to run has
    /// been replaced, and the lines of progress are counted.
    pub fn page(&self) -> String {
        let mut page = format!("$ {}\n", self.command);
        for (name, text) in [("stderr", &self.stderr), ("stdout", &self.stdout)] {
            if !text.is_empty() {
                page.push_str(&format!("--- {name}\n{}\n", steady(text).trim_end()));
            }
        }
        page.push_str(&format!("--- exit {}", self.code));
        page
    }

    /// Fails with everything that was said, unless it ended so.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.page());
        self
    }

    /// Fails with everything that was said, unless this is on stderr.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "{text:?} is missing in:\n{}",
            self.page()
        );
        self
    }

    /// Fails with everything that was said, unless this is on stdout.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "{text:?} is missing in:\n{}",
            self.page()
        );
        self
    }

    /// Fails with everything that was said, if this is on stdout or stderr.
    #[track_caller]
    pub fn lacks(self, text: &str) -> Self {
        let found = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(!found, "{text:?} should not be in:\n{}", self.page());
        self
    }

    /// Its stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is no JSON: {error}\n{}", self.page()))
    }

    /// Its stdout as JSON, line by line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let read = |line| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{line:?} is no JSON: {error}\n{}", self.page()))
        };
        self.stdout.lines().map(read).collect()
    }
}

/// Replaces what differs from run to run.
pub fn steady(text: &str) -> String {
    let mut out = String::new();
    let mut progress: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let flush = |progress: &mut BTreeMap<String, (usize, usize)>, out: &mut String| {
        for (site, (done, all)) in std::mem::take(progress) {
            out.push_str(&format!("  [progress] {site} {done} of {all}\n"));
        }
    };
    for line in text.lines() {
        if let Some((site, all)) = progress_line(line) {
            let counted = progress.entry(site).or_insert((0, all));
            counted.0 += 1;
            continue;
        }
        flush(&mut progress, &mut out);
        out.push_str(line);
        out.push('\n');
    }
    flush(&mut progress, &mut out);
    let replaced = [
        (r"\b\d+\.\d s\b", "[time]"),
        (r"(in|after) \[time\]", "$1 [time]"),
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[uuid]",
        ),
        (r"app/([a-z-]+)/[0-9a-f]{16}(/[0-9a-f]{16})?", "app/$1/[id]"),
        (r"the process \d+", "the process [pid]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
        (r"AKIA[A-Z0-9]{16}", "[access key]"),
        (r"  [0-9a-f]{7}  starts", "  [commit]  starts"),
        (r"\d+ calls", "[n] calls"),
    ];
    for (pattern, with) in replaced {
        out = regex_lite::Regex::new(pattern)
            .unwrap()
            .replace_all(&out, with)
            .into_owned();
    }
    out
}

/// `  shared  12/41  IAM role ...`: the account and how many there are.
fn progress_line(line: &str) -> Option<(String, usize)> {
    let mut words = line.strip_prefix("  ")?.split_whitespace();
    let site = words.next()?;
    let (done, all) = words.next()?.split_once('/')?;
    done.parse::<usize>().ok()?;
    Some((site.to_owned(), all.parse().ok()?))
}

/// A folder to work in.
pub struct Place {
    pub folder: TempDir,
    pub environment: Vec<(String, String)>,
}

impl Place {
    /// An empty folder.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("cli-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        Self {
            folder,
            environment: Vec::new(),
        }
    }

    /// With the `crosspipe.toml` that `bootstrap --sandbox --yes` writes, and nothing made yet.
    pub fn with_defaults() -> Self {
        let place = Self::new();
        place.write("crosspipe.toml", default_toml());
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Replaces a text in `crosspipe.toml` that must be there.
    #[track_caller]
    pub fn edit(&self, from: &str, to: &str) {
        let before = self.read("crosspipe.toml");
        assert!(before.contains(from), "{from:?} is not in:\n{before}");
        self.write("crosspipe.toml", &before.replace(from, to));
    }

    /// Sets a variable for what is run here.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The program, ready to be run.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null());
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command
    }

    /// Runs the program without a terminal.
    pub fn run(&self, arguments: &str) -> Ran {
        self.run_in("", arguments)
    }

    /// Likewise, in a folder below, which is made.
    pub fn run_in(&self, folder: &str, arguments: &str) -> Ran {
        let folder = self.path(folder);
        fs::create_dir_all(&folder).unwrap();
        let mut command = self.command(arguments);
        let output = command.current_dir(folder).output().unwrap();
        Ran {
            command: format!("crosspipe {arguments}"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Serves the sandbox of this folder's `crosspipe.toml`, and lets what runs here use it as if it
    /// were AWS, beginning as the administrator of the shared account.
    pub fn serve(&mut self) -> Served {
        let served = Served::start(self, "sandbox start --json --config crosspipe.toml");
        self.environment
            .retain(|(name, _)| !name.starts_with("AWS_"));
        self.set("AWS_ENDPOINT_URL", &served.endpoint);
        let (id, secret) = served.keys(SHARED);
        self.set("AWS_ACCESS_KEY_ID", &id);
        self.set("AWS_SECRET_ACCESS_KEY", &secret);
        served
    }
}

/// The `crosspipe.toml` of the sandbox's defaults.
pub fn default_toml() -> &'static str {
    static TOML: OnceLock<String> = OnceLock::new();
    TOML.get_or_init(|| {
        let place = Place::new();
        place.run("bootstrap --sandbox --yes").ended(0);
        place.read("crosspipe.toml")
    })
}

/// A sandbox that is served by a process of its own. It saves when it is dropped.
pub struct Served {
    child: Child,
    pub endpoint: String,
    greeting: Value,
}

impl Served {
    pub fn start(place: &Place, arguments: &str) -> Self {
        let mut child = place
            .command(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let greeting: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the sandbox said {line:?}: {error}"));
        Self {
            child,
            endpoint: greeting["endpoint"].as_str().unwrap().to_owned(),
            greeting,
        }
    }

    /// An account's administrator.
    pub fn keys(&self, account: &str) -> (String, String) {
        let keys = &self.greeting["accounts"][account];
        let text = |name: &str| keys[name].as_str().unwrap().to_owned();
        (text("accessKeyId"), text("secretAccessKey"))
    }

    /// Every request that is remembered.
    pub fn calls(&self) -> Vec<Value> {
        let answer: Value = serde_json::from_str(&self.http("GET")).unwrap();
        answer["calls"].as_array().unwrap().clone()
    }

    /// The requests since the last time: those that asked for a change.
    pub fn changing_calls(&self) -> Vec<String> {
        let calls = self.calls();
        self.http("DELETE");
        calls
            .iter()
            .filter(|call| call["changing"] == true)
            .map(|call| format!("{} {}", call["service"], call["operation"]).replace('"', ""))
            .collect()
    }

    fn http(&self, method: &str) -> String {
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} /_crosspipe/calls HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        body.to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.child.wait();
    }
}

/// All files under a folder, as paths relative to it.
pub fn files(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, base: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, found);
            } else {
                found.push(path.strip_prefix(base).unwrap().display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}
