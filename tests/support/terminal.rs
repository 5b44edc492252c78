//! A terminal with the built program in it: keys go in, and what is on the screen comes out.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::io::{ErrorKind, Write};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use expectrl::session::OsSession;

use super::cli::{PROGRAM, Place};

/// How long something may take to appear: a loaded machine is slow, not broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// High enough for a whole session, so that nothing scrolls away.
const ROWS: u16 = 2000;

pub const ENTER: &str = "\r";
pub const ESC: &str = "\u{1b}";
pub const CTRL_C: &str = "\u{3}";
pub const BACKSPACE: &str = "\u{7f}";

/// The terminal.
pub struct Terminal {
    session: OsSession,
    screen: vt100::Parser,
}

impl Terminal {
    /// Runs the program in a folder. What it ends with is shown as `[exit 0]`.
    pub fn open(place: &Place, columns: u16, arguments: &str) -> Self {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!(
                "read -r _; stty cols {columns} rows {ROWS}; trap : INT; {PROGRAM} {arguments}; echo \"[exit $?]\""
            ))
            .current_dir(place.folder.path())
            .env_clear()
            .env("HOME", place.path("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color");
        for (name, value) in &place.environment {
            command.env(name, value);
        }
        // The session sets a size of its own once the shell runs; ours comes after it.
        let mut session = OsSession::spawn(command).unwrap();
        session.write_all(b"\r").unwrap();
        session.flush().unwrap();
        Self {
            session,
            screen: vt100::Parser::new(ROWS.try_into().unwrap(), columns.try_into().unwrap(), 0),
        }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.session.write_all(keys.as_bytes()).unwrap();
        self.session.flush().unwrap();
    }

    /// What is on the screen.
    pub fn shows(&self) -> String {
        let text = self.screen.screen().contents();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// Waits for a text on the screen.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// Waits for a question that is to be answered.
    #[track_caller]
    pub fn wait_for_question(&mut self, text: &str) {
        self.wait_until(&format!("the question {text:?}"), |screen| {
            question(screen).is_some_and(|line| line.contains(text))
        });
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, good: impl Fn(&str) -> bool) {
        let began = Instant::now();
        loop {
            let more = self.read();
            let screen = self.shows();
            if good(&screen) {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "waited {PATIENCE:?} for {what}; the screen:\n{screen}"
            );
            if !more {
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Presses Enter at every question, until a text appears.
    #[track_caller]
    pub fn enter_until(&mut self, text: &str) {
        let began = Instant::now();
        let mut answered = String::new();
        loop {
            self.read();
            let screen = self.shows();
            if screen.contains(text) {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE * 2,
                "waited for {text:?}; the screen:\n{screen}"
            );
            match question(&screen) {
                // Each question once: a key that comes early would be the next one's answer.
                Some(_) if screen != answered => {
                    answered = screen;
                    self.press(ENTER);
                    self.wait_until("the answer to be taken", |screen| screen != answered);
                }
                _ => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// Waits for the end and says how it was.
    #[track_caller]
    pub fn ends(&mut self) -> i32 {
        self.wait_for("[exit ");
        self.wait_for("]");
        let screen = self.shows();
        let (_, code) = screen.rsplit_once("[exit ").unwrap();
        code.trim_end_matches(']').parse().unwrap()
    }

    /// The lines below a text that were longer than the window. Bars fill their line on purpose; what
    /// is above, the questions, is drawn over and over while they are answered.
    pub fn broken_lines_below(&self, text: &str) -> Vec<String> {
        let screen = self.screen.screen();
        let (_, columns) = screen.size();
        screen
            .rows(0, columns.into())
            .enumerate()
            .skip_while(|(_, line)| !line.contains(text))
            .filter(|(row, _)| screen.row_wrapped(*row as u16))
            .map(|(_, line)| line)
            .filter(|line| !line.contains('█'))
            .collect()
    }

    /// Reads what is there. Says whether there was anything.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.session.try_read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.screen.process(&buffer[..count]);
                // Some ask the terminal where the cursor is.
                if buffer[..count].windows(4).any(|bytes| bytes == b"\x1b[6n") {
                    let (row, column) = self.screen.screen().cursor_position();
                    self.press(&format!("\u{1b}[{};{}R", row + 1, column + 1));
                }
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            // The other end is closed: nothing more comes.
            Err(_) => false,
        }
    }
}

/// The question that waits for an answer: the last line that begins with `?`, if the line of help that
/// goes away with the answer is below it.
fn question(screen: &str) -> Option<&str> {
    let lines: Vec<&str> = screen.lines().collect();
    let at = lines.iter().rposition(|line| line.starts_with("? "))?;
    let helped = lines.iter().skip(at).any(|line| line.starts_with('['));
    helped.then(|| lines[at])
}
