use super::*;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

#[derive(Debug)]
struct Refusal(ErrorMetadata);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refusal")
    }
}
impl std::error::Error for Refusal {}
impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

fn place() -> Place {
    Place {
        site: Site::Shared,
        account: "111111111111".into(),
        endpoint: "ap-northeast-2".into(),
        ended: Ended::default(),
    }
}

fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    for (name, value) in headers {
        response.headers_mut().insert(*name, *value);
    }
    response
}

fn refusal(code: Option<&str>, message: Option<&str>, response: HttpResponse) -> CloudError {
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = code {
        meta = meta.code(code);
    }
    if let Some(message) = message {
        meta = meta.message(message);
    }
    let error = SdkError::service_error(Refusal(meta.build()), response);
    place().failed("iam", "GetRole", error)
}

#[test]
fn a_refusal_keeps_code_message_and_request_id() {
    let error = refusal(
        Some("NoSuchEntity"),
        Some("The role with name x cannot be found."),
        answer(404, &[("x-amzn-requestid", "id-1")]),
    );
    assert_eq!(error.kind, ErrorKind::Refused);
    assert_eq!(error.code, "NoSuchEntity");
    assert_eq!(error.request_id.as_deref(), Some("id-1"));
    assert_eq!(error.account, "111111111111");
    assert_eq!(
        error.to_string(),
        "iam:GetRole in shared: The role with name x cannot be found."
    );
}

#[test]
fn s3_has_two_ids_and_answers_without_a_body() {
    let error = refusal(
        None,
        None,
        answer(404, &[("x-amz-request-id", "A"), ("x-amz-id-2", "B")]),
    );
    assert_eq!(error.code, "NotFound");
    assert_eq!(error.request_id.as_deref(), Some("A (extended: B)"));
    assert_eq!(
        error.message,
        "AWS answered NotFound (HTTP 404) and said no more"
    );
}

#[test]
fn throttling_has_many_names() {
    for (code, status) in [
        ("Throttling", 400),
        ("ThrottlingException", 400),
        ("ThrottledException", 400),
        ("RequestThrottledException", 400),
        ("RequestThrottled", 400),
        ("TooManyRequestsException", 400),
        ("RequestLimitExceeded", 503),
        ("BandwidthLimitExceeded", 400),
        ("SlowDown", 503),
        ("PriorRequestNotComplete", 400),
        ("Anything", 429),
        ("Anything", 502),
        ("Anything", 509),
    ] {
        let error = refusal(Some(code), Some("x"), answer(status, &[]));
        assert_eq!(error.kind, ErrorKind::Throttled, "{code} {status}");
    }
    assert_eq!(
        refusal(Some("LimitExceededException"), None, answer(400, &[])).kind,
        ErrorKind::Refused
    );
}

#[test]
fn credentials_that_aws_does_not_take() {
    for code in [
        "ExpiredToken",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ] {
        let error = refusal(Some(code), Some("x"), answer(403, &[]));
        assert_eq!(error.kind, ErrorKind::Credentials, "{code}");
    }
    assert_eq!(
        refusal(Some("AccessDenied"), Some("x"), answer(403, &[])).kind,
        ErrorKind::Refused
    );
}

#[test]
fn no_connection_names_the_endpoint_and_the_cause() {
    let cause = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "Connection refused");
    let error =
        SdkError::<Refusal, HttpResponse>::dispatch_failure(ConnectorError::io(cause.into()));
    let error = place().failed("kms", "ListAliases", error);
    assert_eq!(error.kind, ErrorKind::Connection);
    assert_eq!(
        error.message,
        "no connection to kms at ap-northeast-2: Connection refused: check the network, the proxy (HTTPS_PROXY) and the Region"
    );
    let error = SdkError::<Refusal, HttpResponse>::timeout_error("slow");
    assert_eq!(
        place().failed("kms", "ListAliases", error).kind,
        ErrorKind::Connection
    );
}

#[test]
fn an_answer_that_is_no_answer() {
    let error = SdkError::<Refusal, HttpResponse>::response_error("not XML", answer(200, &[]));
    let error = place().failed("iam", "GetRole", error);
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(
        error.message.contains("HTTP 200") && error.message.contains("not XML"),
        "{}",
        error.message
    );
    let error = SdkError::<Refusal, HttpResponse>::response_error("html", answer(503, &[]));
    assert_eq!(
        place().failed("iam", "GetRole", error).kind,
        ErrorKind::Throttled
    );
}

#[test]
fn failed_credentials_are_told_as_such_however_deep_they_are() {
    let failure = Failure {
        kind: ErrorKind::Credentials,
        operation: "AssumeRole",
        code: "AccessDenied".into(),
        message: "the role r could not be assumed: not authorized".into(),
        request_id: Some("id-2".into()),
    };
    let deep = aws_credential_types::provider::error::CredentialsError::provider_error(failure);
    let error = SdkError::<Refusal, HttpResponse>::dispatch_failure(ConnectorError::other(
        deep.into(),
        None,
    ));
    let error = place().failed("kms", "ListAliases", error);
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
            Some("id-2")
        )
    );
}

#[test]
fn absence_is_not_an_error() {
    let gone = || refusal(Some("NoSuchEntity"), None, answer(404, &[]));
    assert_eq!(unless::<()>(Err(gone()), &["NoSuchEntity"]), Ok(None));
    assert_eq!(unless::<()>(Err(gone()), &["Other"]), Err(gone()));
    assert_eq!(unless(Ok(1), &[]), Ok(Some(1)));
}
