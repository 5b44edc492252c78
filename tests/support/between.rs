//! Stands between the program and a served sandbox: counts what is asked, and lets a test answer in AWS's
//! place or cut the line. Host and signature pass as they are.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at: Instant,
    /// The access key id that it was signed with.
    pub key: String,
    pub service: String,
    pub operation: String,
    /// What was done with it.
    pub verdict: Verdict,
}

/// What is done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    /// `ThrottlingException`
    Throttle,
    /// `ExpiredTokenException`
    Expired,
    /// The line is cut.
    Cut,
}

type Rule = Box<dyn FnMut(&Seen) -> Verdict + Send>;

struct State {
    upstream: String,
    rule: Mutex<Rule>,
    seen: Mutex<Vec<Seen>>,
}

/// The one in between.
pub struct Between {
    pub endpoint: String,
    state: Arc<State>,
}

impl Between {
    /// Before the sandbox at an endpoint. `rule` decides on each request.
    pub fn start(endpoint: &str, rule: impl FnMut(&Seen) -> Verdict + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            upstream: endpoint.trim_start_matches("http://").to_owned(),
            rule: Mutex::new(Box::new(rule)),
            seen: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || {
                    let _ = serve(&state, stream);
                });
            }
        });
        Self {
            endpoint: own,
            state,
        }
    }

    /// What was asked so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// What was asked of a service and was not let through.
    pub fn held(&self, service: &str) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|it| it.service == service && it.verdict != Verdict::Pass);
        seen
    }
}

/// One request per connection.
fn serve(state: &State, mut stream: TcpStream) -> io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    let (head, body_at) = loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..read]);
        if let Some(at) = request.windows(4).position(|it| it == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&request[..at]).into_owned(), at + 4);
        }
    };
    let header = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    let length: usize = header("content-length").map_or(0, |it| it.parse().unwrap());
    while request.len() < body_at + length {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..read]);
    }
    let body = request.split_off(body_at);
    let scope = header("authorization").unwrap_or_default();
    let scope = scope.split("Credential=").nth(1).unwrap_or_default();
    let scope: Vec<&str> = scope.split(['/', ',']).collect();
    let part = |index: usize| scope.get(index).copied().unwrap_or_default().to_owned();
    let form = String::from_utf8_lossy(&body);
    let action = form.split('&').find_map(|it| it.strip_prefix("Action="));
    let operation = match header("x-amz-target") {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None => action.unwrap_or_default().to_owned(),
    };
    let mut seen = Seen {
        at: Instant::now(),
        key: part(0),
        service: part(3),
        operation,
        verdict: Verdict::Pass,
    };
    seen.verdict = (state.rule.lock().unwrap())(&seen);
    let verdict = seen.verdict;
    state.seen.lock().unwrap().push(seen);
    let refuse = |code: &str, message: &str| {
        let body = format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}");
        format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: r\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    match verdict {
        Verdict::Cut => Ok(()),
        Verdict::Throttle => {
            stream.write_all(refuse("ThrottlingException", "Rate exceeded").as_bytes())
        }
        Verdict::Expired => stream.write_all(
            refuse(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            )
            .as_bytes(),
        ),
        Verdict::Pass => {
            let mut up = TcpStream::connect(&state.upstream)?;
            let head: Vec<&str> = head
                .lines()
                .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"))
                .collect();
            up.write_all(format!("{}\r\nConnection: close\r\n\r\n", head.join("\r\n")).as_bytes())?;
            up.write_all(&body)?;
            let mut answer = Vec::new();
            up.read_to_end(&mut answer)?;
            stream.write_all(&answer)
        }
    }
}
