//! Signatures: AWS's published examples, and each way in which a request is not believed, in each
//! protocol's words.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::client::{
    A, Ask, Credentials, administrator, ground, json as json_ask, kms, query, s3, sts,
};
use crate::sandbox::request::Request;
use crate::sandbox::sigv4::{self, sha256_hex};

#[test]
fn the_examples_of_the_reference() {
    // Amazon S3 API Reference, "Examples: signature calculations", GET object.
    let empty = sha256_hex(b"");
    let headers = [
        ("host", "examplebucket.s3.amazonaws.com"),
        ("range", "bytes=0-9"),
        ("x-amz-content-sha256", empty.as_str()),
        ("x-amz-date", "20130524T000000Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
    ];
    let request = Request {
        method: "GET".into(),
        path: "/test.txt".into(),
        headers: headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
        ..Request::default()
    };
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let claim = sigv4::read(&request).unwrap().unwrap();
    let now = crate::sandbox::time::parse_compact("20130524T001000Z").unwrap();
    sigv4::verify(&request, &claim, secret, now).unwrap();
    assert!(sigv4::verify(&request, &claim, "other", now).is_err());
    assert!(sigv4::verify(&request, &claim, secret, now + 3_600_000).is_err());

    // The same page, "presigned URL".
    let request = Request {
        method: "GET".into(),
        path: "/test.txt".into(),
        query: "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404".into(),
        headers: vec![("host".into(), "examplebucket.s3.amazonaws.com".into())],
        ..Request::default()
    };
    let claim = sigv4::read(&request).unwrap().unwrap();
    sigv4::verify(&request, &claim, secret, now).unwrap();
    assert!(sigv4::verify(&request, &claim, secret, now + 86_400_000).is_err());
}

#[tokio::test]
async fn who_is_not_believed_is_told_in_the_protocols_words() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    let who = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    let ask = |service: &str| match service {
        "sts" => query(&ground, "sts", &who),
        "kms" => json_ask(&ground, "kms", "TrentService.ListKeys", &json!({})),
        _ => Ask::new(&ground, "s3", "GET", "/"),
    };
    let wrong_secret = Credentials {
        secret: "x".into(),
        ..admin.clone()
    };
    let unknown = Credentials {
        key: "AKIAAAAAAAAAAAAAAAAA".into(),
        ..admin.clone()
    };
    let with_token = Credentials {
        token: Some("abc".into()),
        ..admin.clone()
    };
    let cases: [(&str, [(u16, &str); 6]); 3] = [
        (
            "sts",
            [
                (403, "MissingAuthenticationToken"),
                (403, "SignatureDoesNotMatch"),
                (403, "InvalidClientTokenId"),
                (403, "InvalidClientTokenId"),
                (403, "SignatureDoesNotMatch"),
                (400, "IncompleteSignature"),
            ],
        ),
        (
            "kms",
            [
                (400, "MissingAuthenticationTokenException"),
                (400, "InvalidSignatureException"),
                (400, "UnrecognizedClientException"),
                (400, "UnrecognizedClientException"),
                (400, "InvalidSignatureException"),
                (400, "IncompleteSignatureException"),
            ],
        ),
        (
            "s3",
            [
                (403, "AccessDenied"),
                (403, "SignatureDoesNotMatch"),
                (403, "InvalidAccessKeyId"),
                (400, "InvalidToken"),
                (403, "RequestTimeTooSkewed"),
                (400, "AuthorizationHeaderMalformed"),
            ],
        ),
    ];
    for (service, expected) in cases {
        let mut late = ask(service);
        late.now -= 16 * 60 * 1000;
        let asks = [
            ask(service),
            ask(service).signed(&wrong_secret).0,
            ask(service).signed(&unknown).0,
            ask(service).signed(&with_token).0,
            late.signed(&admin).0,
            ask(service).with(
                "authorization",
                &format!(
                    "AWS4-HMAC-SHA256 Credential={}/x/{service}/aws4_request",
                    admin.key
                ),
            ),
        ];
        for (ask, (status, code)) in asks.iter().zip(expected) {
            // A claim that cannot be read does not tell the service: the form of the request does.
            let got = ask.send(&ground).await;
            assert_eq!(
                (got.status, got.code().as_str()),
                (status, code),
                "{service}: {}",
                got.text()
            );
        }
        assert_eq!(
            ask(service).signed(&admin).0.send(&ground).await.status,
            200,
            "{service}"
        );
    }
}

#[tokio::test]
async fn what_was_signed_cannot_be_changed() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    let (ask, _) = json_ask(&ground, "kms", "TrentService.CreateKey", &json!({})).signed(&admin);
    let mut other = ask.clone();
    other.request.body = "{\"Description\":\"x\"}".into();
    assert_eq!(
        other.send(&ground).await.code(),
        "InvalidSignatureException"
    );
    let mut other = ask.clone();
    other.request.headers.retain(|(n, _)| n != "x-amz-target");
    let other = other.with("x-amz-target", "TrentService.ListKeys");
    assert_eq!(
        other.send(&ground).await.code(),
        "InvalidSignatureException"
    );
    assert_eq!(ask.send(&ground).await.status, 200);

    let (ask, _) = Ask::new(&ground, "s3", "PUT", "/bucket-a").signed(&admin);
    let other = ask.clone().body("x");
    assert_eq!(
        other.send(&ground).await.code(),
        "XAmzContentSHA256Mismatch"
    );
}

#[tokio::test]
async fn sessions_end() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    let got = sts(
        &ground,
        &admin,
        "GetSessionToken",
        &[("DurationSeconds", "900")],
    )
    .await;
    let session = super::client::credentials(&got.text());
    assert_eq!(
        sts(&ground, &session, "GetCallerIdentity", &[])
            .await
            .status,
        200
    );
    let without = Credentials {
        token: None,
        ..session.clone()
    };
    assert_eq!(
        sts(&ground, &without, "GetCallerIdentity", &[])
            .await
            .code(),
        "InvalidClientTokenId"
    );
    ground.clock.fetch_add(900_000, Ordering::SeqCst);
    assert_eq!(
        sts(&ground, &session, "GetCallerIdentity", &[])
            .await
            .code(),
        "ExpiredToken"
    );
    assert_eq!(
        kms(&ground, &session, "ListKeys", json!({})).await.code(),
        "ExpiredTokenException"
    );
    let got = s3(&ground, &session, "GET", "/", "").await;
    assert_eq!((got.status, got.code().as_str()), (400, "ExpiredToken"));
}

#[tokio::test]
async fn unknown_operations_and_services_answer_as_aws_does() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    let cases = [
        (
            query(
                &ground,
                "iam",
                &[("Action", "Nothing"), ("Version", "2010-05-08")],
            ),
            "InvalidAction",
        ),
        (
            query(&ground, "iam", &[("Version", "2010-05-08")]),
            "MissingAction",
        ),
        (
            query(
                &ground,
                "ec2",
                &[("Action", "DescribeVpcs"), ("Version", "2016-11-15")],
            ),
            "InvalidAction",
        ),
        (
            json_ask(&ground, "kms", "TrentService.Nothing", &json!({})),
            "UnknownOperationException",
        ),
        (
            json_ask(&ground, "kms", "Other.ListKeys", &json!({})),
            "UnknownOperationException",
        ),
        (
            json_ask(&ground, "sqs", "AmazonSQS.ListQueues", &json!({})),
            "UnknownOperationException",
        ),
        (
            json_ask(&ground, "kms", "TrentService.ListKeys", &json!([])),
            "SerializationException",
        ),
        (
            json_ask(&ground, "kms", "TrentService.ListKeys", &json!({})).body("{"),
            "SerializationException",
        ),
        (
            Ask::new(&ground, "lambda", "GET", "/2015-03-31/functions"),
            "UnknownOperationException",
        ),
    ];
    for (ask, code) in cases {
        let got = ask.signed(&admin).0.send(&ground).await;
        assert_eq!(
            (got.status, got.code().as_str()),
            (400, code),
            "{}",
            got.text()
        );
    }
}

#[tokio::test]
async fn rpc_in_cbor() {
    use crate::sandbox::cbor;
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    let ask = |operation: &str, body: &[u8]| {
        let path = format!("/service/CodeConnections_20231201/operation/{operation}");
        Ask::new(&ground, "codeconnections", "POST", &path)
            .with("smithy-protocol", "rpc-v2-cbor")
            .with("content-type", "application/cbor")
            .body(body.to_vec())
            .signed(&admin)
            .0
    };
    let input = cbor::encode(&json!({"ConnectionName": "git", "ProviderType": "GitHub"}));
    let got = ask("CreateConnection", &input).send(&ground).await;
    assert_eq!(
        (got.status, got.header("smithy-protocol")),
        (200, Some("rpc-v2-cbor"))
    );
    let arn = cbor::decode(&got.body).unwrap()["ConnectionArn"].clone();
    assert!(
        arn.as_str().is_some_and(|a| a.contains(":connection/")),
        "{arn}"
    );
    for (operation, body, code) in [
        (
            "GetConnection",
            cbor::encode(
                &json!({"ConnectionArn": "arn:aws:codeconnections:ap-northeast-2:111111111111:connection/aaaaaaaa-0000-4000-8000-000000000000"}),
            ),
            "ResourceNotFoundException",
        ),
        ("Nothing", input.clone(), "UnknownOperationException"),
        ("ListConnections", vec![0xff], "SerializationException"),
    ] {
        let got = ask(operation, &body).send(&ground).await;
        assert_eq!(got.status, 400);
        assert_eq!(cbor::decode(&got.body).unwrap()["__type"], code);
    }
}
