//! A small client with a signer of its own hand: it shares the sandbox's arithmetic, which
//! `signatures` checks against AWS's published examples.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::sandbox::request::Request;
use crate::sandbox::sigv4::{self, Claim, sha256_hex};
use crate::sandbox::start::start;
use crate::sandbox::{Options, Sandbox, StaticKeys, time};

pub const A: &str = "111111111111";
pub const B: &str = "222222222222";
pub const REGION: &str = "ap-northeast-2";

/// A sandbox of two accounts whose clock the test moves.
pub struct Ground {
    pub sandbox: Sandbox,
    pub clock: Arc<AtomicI64>,
}

pub async fn ground(change: impl FnOnce(&mut Options)) -> Ground {
    let clock = Arc::new(AtomicI64::new(1_772_366_400_000));
    let reading = Arc::clone(&clock);
    let mut options = Options {
        accounts: vec![A.to_owned(), B.to_owned()],
        clock: Arc::new(move || reading.load(Ordering::SeqCst)),
        seed: Some(7),
        ..Options::default()
    };
    change(&mut options);
    Ground {
        sandbox: start(options).await.unwrap(),
        clock,
    }
}

#[derive(Debug, Clone)]
pub struct Credentials {
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
}

impl From<StaticKeys> for Credentials {
    fn from(keys: StaticKeys) -> Self {
        Self {
            key: keys.access_key_id,
            secret: keys.secret_access_key,
            token: None,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Got {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// The error's code, in any of the wire formats; empty for a success.
    pub fn code(&self) -> String {
        let text = self.text();
        let between = |from: &str, to: &str| {
            let start = text.find(from)? + from.len();
            let end = text.get(start..)?.find(to)? + start;
            text.get(start..end).map(str::to_owned)
        };
        between("<Code>", "</Code>")
            .or_else(|| between("\"__type\":\"", "\""))
            .unwrap_or_default()
    }
}

/// Sends bytes and reads whatever comes until the connection closes or the answer is whole.
pub async fn raw(address: &str, bytes: &[u8]) -> Got {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    read(&mut stream, bytes.starts_with(b"HEAD")).await
}

pub async fn read(stream: &mut TcpStream, head: bool) -> Got {
    let mut all = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(got) = whole(&all, head) {
            return got;
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(n) => all.extend_from_slice(&buffer[..n]),
        }
    }
    whole(&all, true).unwrap_or(Got {
        status: 0,
        headers: Vec::new(),
        body: all,
    })
}

fn whole(all: &[u8], head: bool) -> Option<Got> {
    let end = all.windows(4).position(|w| w == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(&all[..end]).into_owned();
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(n, _)| n == "content-length")
        .and_then(|(_, v)| v.parse::<usize>().ok())
        .unwrap_or(0);
    let body = all[end + 4..].to_vec();
    (head || body.len() >= length).then_some(Got {
        status,
        headers,
        body,
    })
}

/// A request under construction.
#[derive(Debug, Clone)]
pub struct Ask {
    pub service: String,
    pub region: String,
    pub request: Request,
    pub now: i64,
}

impl Ask {
    pub fn new(ground: &Ground, service: &str, method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            service: service.to_owned(),
            region: REGION.to_owned(),
            now: ground.clock.load(Ordering::SeqCst),
            request: Request {
                method: method.to_owned(),
                path: path.to_owned(),
                query: query.to_owned(),
                headers: vec![("host".to_owned(), host(ground))],
                body: Vec::new().into(),
            },
        }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if name == "host" {
            self.request.headers.retain(|(n, _)| n != "host");
        }
        self.request
            .headers
            .push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<bytes::Bytes>) -> Self {
        self.request.body = body.into();
        self
    }

    /// Adds a signature over all headers; answers the claim too.
    pub fn signed(mut self, who: &Credentials) -> (Self, Claim) {
        let timestamp = time::compact(self.now);
        self = self.with("x-amz-date", &timestamp);
        if let Some(token) = who.token.clone() {
            self = self.with("x-amz-security-token", &token);
        }
        if self.service == "s3" && self.request.header("x-amz-content-sha256").is_none() {
            let hash = sha256_hex(&self.request.body);
            self = self.with("x-amz-content-sha256", &hash);
        }
        let mut names: Vec<String> = self
            .request
            .headers
            .iter()
            .map(|(n, _)| n.clone())
            .collect();
        names.sort();
        let mut claim = Claim {
            key: who.key.clone(),
            date: timestamp[..8].to_owned(),
            region: self.region.clone(),
            service: self.service.clone(),
            signed: names,
            timestamp,
            token: who.token.clone(),
            ..Claim::default()
        };
        let hash = match self.request.header("x-amz-content-sha256") {
            Some(hash) => hash.to_owned(),
            None => sha256_hex(&self.request.body),
        };
        claim.signature = sigv4::expected(&self.request, &claim, &hash, &who.secret);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
            claim.key,
            sigv4::scope(&claim),
            claim.signed.join(";"),
            claim.signature
        );
        (self.with("authorization", &authorization), claim)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let query = if self.request.query.is_empty() {
            String::new()
        } else {
            format!("?{}", self.request.query)
        };
        let mut out = format!(
            "{} {}{query} HTTP/1.1\r\n",
            self.request.method, self.request.path
        );
        for (name, value) in &self.request.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str(&format!(
            "content-length: {}\r\n\r\n",
            self.request.body.len()
        ));
        let mut out = out.into_bytes();
        out.extend_from_slice(&self.request.body);
        out
    }

    pub async fn send(&self, ground: &Ground) -> Got {
        raw(&host(ground), &self.bytes()).await
    }
}

pub fn host(ground: &Ground) -> String {
    ground
        .sandbox
        .endpoint()
        .trim_start_matches("http://")
        .to_owned()
}

pub fn administrator(ground: &Ground, account: &str) -> Credentials {
    ground.sandbox.administrator(account).unwrap().into()
}

pub fn form(pairs: &[(&str, &str)]) -> String {
    pairs
        .iter()
        .map(|(n, v)| {
            format!(
                "{}={}",
                sigv4::encode(n.as_bytes()),
                sigv4::encode(v.as_bytes())
            )
        })
        .collect::<Vec<_>>()
        .join("&")
}

/// A query request, unsigned.
pub fn query(ground: &Ground, service: &str, pairs: &[(&str, &str)]) -> Ask {
    Ask::new(ground, service, "POST", "/")
        .with(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .body(form(pairs))
}

/// A JSON request, unsigned.
pub fn json(ground: &Ground, service: &str, target: &str, input: &serde_json::Value) -> Ask {
    Ask::new(ground, service, "POST", "/")
        .with("content-type", "application/x-amz-json-1.1")
        .with("x-amz-target", target)
        .body(input.to_string())
}

pub async fn iam(ground: &Ground, who: &Credentials, action: &str, pairs: &[(&str, &str)]) -> Got {
    let mut all = vec![("Action", action), ("Version", "2010-05-08")];
    all.extend_from_slice(pairs);
    query(ground, "iam", &all).signed(who).0.send(ground).await
}

pub async fn sts(ground: &Ground, who: &Credentials, action: &str, pairs: &[(&str, &str)]) -> Got {
    let mut all = vec![("Action", action), ("Version", "2011-06-15")];
    all.extend_from_slice(pairs);
    query(ground, "sts", &all).signed(who).0.send(ground).await
}

pub async fn kms(
    ground: &Ground,
    who: &Credentials,
    action: &str,
    input: serde_json::Value,
) -> Got {
    json(ground, "kms", &format!("TrentService.{action}"), &input)
        .signed(who)
        .0
        .send(ground)
        .await
}

pub async fn s3(ground: &Ground, who: &Credentials, method: &str, target: &str, body: &str) -> Got {
    Ask::new(ground, "s3", method, target)
        .body(body.to_owned())
        .signed(who)
        .0
        .send(ground)
        .await
}

/// The text of an XML element.
pub fn element(text: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = text.find(&open).map(|at| at + open.len());
    start
        .and_then(|start| Some(text[start..text[start..].find(&close)? + start].to_owned()))
        .unwrap_or_default()
}

/// The credentials of an AssumeRole answer.
pub fn credentials(text: &str) -> Credentials {
    Credentials {
        key: element(text, "AccessKeyId"),
        secret: element(text, "SecretAccessKey"),
        token: Some(element(text, "SessionToken")),
    }
}
