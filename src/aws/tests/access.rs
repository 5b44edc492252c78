//! How accounts are reached: roles, codes, retries, endpoints.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

struct Code(AtomicUsize, Option<&'static str>);

impl MfaCode for Code {
    fn code(&self, serial: &str) -> Option<String> {
        assert_eq!(serial, "arn:aws:iam::111111111111:mfa/kim");
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.map(str::to_owned)
    }
}

#[tokio::test]
async fn a_role_is_assumed_once_with_external_id_and_code() {
    let server = Server::start(|seen| sts(seen, 3600)).await;
    let code = Arc::new(Code(AtomicUsize::new(0), Some(" 123456 ")));
    let access = access(Some(ROLE), Some("arn:aws:iam::111111111111:mfa/kim"));
    let cloud = cloud(&server, access, code.clone()).await;
    let (a, b, c) = tokio::join!(
        cloud.identity(&Site::Shared),
        cloud.identity(&Site::Shared),
        cloud.identity(&Site::Shared)
    );
    assert_eq!(a.unwrap().account.as_str(), "222222222222");
    assert!(b.is_ok() && c.is_ok());
    assert_eq!(code.0.load(Ordering::SeqCst), 1);
    let assume = server.first("AssumeRole");
    for member in [
        "ExternalId=ext-1",
        "TokenCode=123456",
        "SerialNumber=arn%3Aaws%3Aiam%3A%3A111111111111%3Amfa%2Fkim",
        "RoleSessionName=crosspipe",
    ] {
        assert!(assume.body.contains(member), "{member} in {}", assume.body);
    }
    assert!(assume.headers["authorization"].contains("AKIATEST"));
    let identity = server.first("GetCallerIdentity");
    assert!(identity.headers["authorization"].contains("ASIAROLE"));
    assert!(identity.headers["user-agent"].starts_with("crosspipe/"));
    assert_eq!(
        cloud.calls().into_iter().collect::<Vec<_>>(),
        [
            ((Site::Shared, "sts".into(), "AssumeRole".into()), 1),
            ((Site::Shared, "sts".into(), "GetCallerIdentity".into()), 3),
        ]
    );
}

#[tokio::test]
async fn a_session_that_took_a_code_is_not_renewed_and_says_so() {
    let server = Server::start(|seen| sts(seen, 60)).await;
    let code = Arc::new(Code(AtomicUsize::new(0), Some("123456")));
    let access = access(Some(ROLE), Some("arn:aws:iam::111111111111:mfa/kim"));
    let cloud = cloud(&server, access, code.clone()).await;
    // The session is short, but it is used while it lasts.
    cloud.identity(&Site::Shared).await.unwrap();
    cloud.identity(&Site::Shared).await.unwrap();
    assert_eq!(code.0.load(Ordering::SeqCst), 1);
    let server = Server::start(|seen| sts(seen, 0)).await;
    let access = self::access(Some(ROLE), Some("arn:aws:iam::111111111111:mfa/kim"));
    let cloud = self::cloud(&server, access, code.clone()).await;
    let _ = cloud.identity(&Site::Shared).await;
    let error = cloud.identity(&Site::Shared).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(
        error
            .message
            .contains("cannot be renewed without another code"),
        "{}",
        error.message
    );
    assert_eq!(code.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_session_without_a_code_is_renewed() {
    for (seconds, times) in [(0, 2..10), (60, 1..2)] {
        let server = Server::start(move |seen| sts(seen, seconds)).await;
        let cloud = cloud(&server, access(Some(ROLE), None), Arc::new(NoMfa)).await;
        let _ = cloud.identity(&Site::Shared).await;
        let _ = cloud.identity(&Site::Shared).await;
        let assumed = server
            .operations()
            .iter()
            .filter(|name| *name == "AssumeRole")
            .count();
        assert!(times.contains(&assumed), "{seconds} s: {assumed}");
    }
}

#[tokio::test]
async fn nobody_is_asked_twice_for_a_code_they_do_not_give() {
    let server = Server::start(|seen| sts(seen, 3600)).await;
    let code = Arc::new(Code(AtomicUsize::new(0), None));
    let access = access(Some(ROLE), Some("arn:aws:iam::111111111111:mfa/kim"));
    let cloud = cloud(&server, access, code.clone()).await;
    for _ in 0..2 {
        let error = cloud.identity(&Site::Shared).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        assert!(
            error.message.contains("asks for a code of the MFA device"),
            "{}",
            error.message
        );
    }
    assert_eq!(code.0.load(Ordering::SeqCst), 1);
    assert!(server.operations().is_empty());
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_named() {
    let server = Server::start(|_| (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: x is not authorized to perform: sts:AssumeRole</Message></Error><RequestId>r</RequestId></ErrorResponse>".into())).await;
    let cloud = cloud(&server, access(Some(ROLE), None), Arc::new(NoMfa)).await;
    let error = cloud.identity(&Site::Shared).await.unwrap_err();
    assert_eq!(
        (
            error.kind,
            error.service.as_str(),
            error.operation.as_str(),
            error.code.as_str(),
            error.request_id.as_deref()
        ),
        (
            ErrorKind::Credentials,
            "sts",
            "AssumeRole",
            "AccessDenied",
            Some("request-1")
        )
    );
    assert_eq!(
        error.message,
        format!(
            "the role {ROLE} could not be assumed: User: x is not authorized to perform: sts:AssumeRole"
        )
    );
    assert_eq!(server.operations().len(), 1, "a refusal is not tried again");
}

#[tokio::test]
async fn throttling_is_tried_three_times_and_then_told() {
    let server = Server::start(|_| {
        (
            400,
            r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#.into(),
        )
    })
    .await;
    let cloud = plain(&server).await;
    let error = cloud.repositories().await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Throttled, "ThrottlingException")
    );
    assert_eq!(server.operations(), ["ListRepositories"; 3]);
}

#[tokio::test]
async fn nobody_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let cloud = connect(Settings {
        region: Region::parse("ap-northeast-2").unwrap(),
        endpoint_url: Some(url.clone()),
        accounts: vec![access(None, None)],
        mfa: Arc::new(NoMfa),
    })
    .await
    .unwrap();
    let error = cloud.identity(&Site::Shared).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connection);
    assert!(
        error
            .message
            .starts_with(&format!("no connection to sts at {url}: ")),
        "{}",
        error.message
    );
    let error = cloud
        .identity(&Site::try_from("dev".to_owned()).unwrap())
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "no access to the account of 'dev' was set up"
    );
}

#[tokio::test]
async fn an_endpoint_needs_a_scheme() {
    let error = connect(Settings {
        region: Region::parse("ap-northeast-2").unwrap(),
        endpoint_url: Some("localhost:4566".into()),
        accounts: Vec::new(),
        mfa: Arc::new(NoMfa),
    })
    .await
    .unwrap_err();
    assert!(
        error.message.contains("'localhost:4566' is no endpoint"),
        "{error}"
    );
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", access(None, None));
    assert!(
        shown.contains("AKIATEST") && !shown.contains("wJalr"),
        "{shown}"
    );
}
