//! The HTTP side: connections, bodies up to a bound, latency, and the sandbox's own pages.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::dispatch::{self, Shared};
use super::request::{Reply, Request};

/// The longest body of a request to a service other than S3.
pub const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// The longest body of a request to S3. AWS takes 5 GiB; the sandbox holds a body in memory.
pub const OBJECT_LIMIT: usize = 512 * 1024 * 1024;

/// How long a client may take for its headers.
const HEADER_TIME: Duration = Duration::from_secs(30);

/// How long a client may be silent in the middle of its body.
const BODY_TIME: Duration = Duration::from_secs(20);

/// Serves until told to stop; then open requests get a moment to finish.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => {
                    // Out of file descriptors, most likely: others must finish first.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        let mut stop = stop.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| handle(Arc::clone(&shared), request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            tokio::select! {
                _ = connection.as_mut() => {}
                _ = stop.changed() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
        });
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(Duration::from_secs(2), finish).await;
    connections.shutdown().await;
}

async fn handle(
    shared: Arc<Shared>,
    request: hyper::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let head = request.method() == Method::HEAD;
    let reply = match read(request).await {
        Ok(request) => {
            if let Some(reply) = own_page(&shared, &request) {
                reply
            } else {
                if !shared.latency.is_zero() {
                    tokio::time::sleep(shared.latency).await;
                }
                // Hashing and disk writes would hold up the other clients of this thread.
                tokio::task::spawn_blocking(move || dispatch::answer(&shared, &request))
                    .await
                    .unwrap_or_else(|_| {
                        Reply::text(
                            500,
                            "application/json",
                            "{\"__type\":\"InternalFailure\",\"message\":\"The sandbox failed on this request.\"}",
                        )
                    })
            }
        }
        Err(reply) => reply,
    };
    Ok(response(reply, head))
}

/// Reads a request whole. `Err` is the answer to a body that is too long or does not arrive.
async fn read(request: hyper::Request<Incoming>) -> Result<Request, Reply> {
    let (parts, body) = request.into_parts();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), text)
        })
        .collect();
    let mut request = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: Bytes::new(),
    };
    if request.header("host").is_none()
        && let Some(authority) = parts.uri.authority()
    {
        request
            .headers
            .push(("host".to_owned(), authority.as_str().to_owned()));
    }
    let named_other = request.header("x-amz-target").is_some()
        || request
            .header("content-type")
            .is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
    let limit = if named_other {
        BODY_LIMIT
    } else {
        OBJECT_LIMIT
    };
    match collect(body, limit).await {
        Ok(body) => {
            request.body = body;
            Ok(request)
        }
        Err(Unread::TooLong) if named_other => Err(Reply::text(
            413,
            "application/x-amz-json-1.1",
            "{\"__type\":\"RequestEntityTooLargeException\",\"message\":\"Request entity too large\"}",
        )
        .with("Connection", "close")),
        Err(Unread::TooLong) => Err(refused(
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
        )),
        Err(Unread::Broken) => Err(refused(
            "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        )),
        Err(Unread::Silent) => Err(refused(
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
        )),
    }
}

/// Why a body could not be read.
enum Unread {
    TooLong,
    Broken,
    Silent,
}

/// Reads a body whole, as long as it comes.
async fn collect(body: Incoming, limit: usize) -> Result<Bytes, Unread> {
    let mut body = Limited::new(body, limit);
    let mut read = Vec::new();
    loop {
        let next = tokio::time::timeout(BODY_TIME, body.frame()).await;
        match next.map_err(|_| Unread::Silent)? {
            None => return Ok(Bytes::from(read)),
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    read.extend_from_slice(data);
                }
            }
            Some(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => {
                return Err(Unread::TooLong);
            }
            Some(Err(_)) => return Err(Unread::Broken),
        }
    }
}

/// The answer to a body that was not read, in the form of S3. The connection is of no more use.
fn refused(code: &str, message: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Reply::text(400, "application/xml", body).with("Connection", "close")
}

/// Pages for those who test from outside. No bucket can have this name: `_` is not allowed in one.
fn own_page(shared: &Shared, request: &Request) -> Option<Reply> {
    let page = request.path.strip_prefix("/_crosspipe/")?;
    let json = |value: serde_json::Value| Reply::text(200, "application/json", value.to_string());
    Some(match (request.method.as_str(), page) {
        ("GET", "calls") => json(serde_json::json!({ "calls": shared.calls.all() })),
        ("DELETE", "calls") => {
            shared.calls.clear();
            Reply::empty(204)
        }
        ("GET", "health") => {
            let accounts: Vec<String> = shared.world().accounts.keys().cloned().collect();
            json(serde_json::json!({ "status": "ok", "accounts": accounts }))
        }
        (_, "calls" | "health") => Reply::empty(405),
        _ => Reply::empty(404),
    })
}

fn response(reply: Reply, head: bool) -> Response<Full<Bytes>> {
    let body = if head { Bytes::new() } else { reply.body };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        // A value that HTTP cannot carry (a line break in metadata) is left out rather than sent broken.
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
