//! An HTTP server on loopback that answers what a test tells it to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `AssumeRole`, `ListAliases`, or `HEAD /bucket`.
    pub operation: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// State and body.
pub(crate) type Answer = (u16, String);

pub(crate) struct Server {
    pub url: String,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub async fn start(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let answer = Arc::new(answer);
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                let service = service_fn(move |request| {
                    let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                    async move {
                        let seen = read(request).await;
                        log.lock().unwrap().push(seen.clone());
                        let (status, body) = answer(&seen);
                        let response = http::Response::builder()
                            .status(status)
                            .header("x-amzn-requestid", "request-1")
                            .body(Full::new(Bytes::from(body)))
                            .unwrap();
                        Ok::<_, Infallible>(response)
                    }
                });
                tokio::spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { url, seen }
    }

    /// What was asked for, in order.
    pub fn operations(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|seen| seen.operation.clone()).collect()
    }

    /// The first request for an operation.
    pub fn first(&self, operation: &str) -> Seen {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .find(|seen| seen.operation == operation)
            .cloned()
            .unwrap()
    }
}

async fn read(request: http::Request<hyper::body::Incoming>) -> Seen {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    let headers: BTreeMap<String, String> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                value.to_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    let action = body
        .split('&')
        .find_map(|pair| pair.strip_prefix("Action="));
    let operation = match (headers.get("x-amz-target"), action) {
        (Some(target), _) => target.rsplit('.').next().unwrap().to_owned(),
        (None, Some(action)) => action.to_owned(),
        (None, None) => {
            let query = parts.uri.query().unwrap_or_default();
            let part = query
                .split(['&', '='])
                .find(|part| !part.is_empty() && !part.starts_with("x-id"));
            let path = parts.uri.path().trim_end_matches('/');
            match part {
                Some(part) => format!("{} {path}?{part}", parts.method),
                None => format!("{} {path}", parts.method),
            }
        }
    };
    Seen {
        operation,
        headers,
        body,
    }
}
