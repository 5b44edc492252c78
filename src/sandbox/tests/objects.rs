//! S3 over the wire: what clients in other languages do that boto3 does not.

use super::client::{A, Ask, B, Ground, administrator, element, ground, s3};
use crate::sandbox::sigv4::{self, Claim, sha256_hex};

async fn bucket(ground: &Ground, name: &str) {
    let place = "<CreateBucketConfiguration><LocationConstraint>ap-northeast-2</LocationConstraint></CreateBucketConfiguration>";
    let got = s3(
        ground,
        &administrator(ground, A),
        "PUT",
        &format!("/{name}"),
        place,
    )
    .await;
    assert_eq!(got.status, 200, "{}", got.text());
}

#[tokio::test]
async fn virtual_hosts() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    bucket(&ground, "my.bucket").await;
    s3(&ground, &admin, "PUT", "/my.bucket/a/b%20c%2Bd", "x").await;
    for host in [
        "my.bucket.localhost:80",
        "my.bucket.s3.localhost",
        "my.bucket.127.0.0.1:9",
        "my.bucket.s3.ap-northeast-2.amazonaws.com",
    ] {
        let got = Ask::new(&ground, "s3", "GET", "/a/b%20c%2Bd")
            .with("host", host)
            .signed(&admin)
            .0
            .send(&ground)
            .await;
        assert_eq!((got.status, got.text().as_str()), (200, "x"), "{host}");
    }
    let list = s3(
        &ground,
        &admin,
        "GET",
        "/my.bucket?list-type=2&prefix=a%2F",
        "",
    )
    .await
    .text();
    assert_eq!(element(&list, "Key"), "a/b c+d");
}

/// Cuts a body into chunks, each with the signature that follows from the one before.
fn chunks(claim: &Claim, secret: &str, parts: &[&[u8]], trailer: Option<&str>) -> Vec<u8> {
    let key = sigv4::signing_key(secret, &claim.date, &claim.region, &claim.service);
    let mut previous = claim.signature.clone();
    let mut out = Vec::new();
    let sign = |algorithm: &str, middle: &str, data: &[u8], previous: &str| {
        let text = format!(
            "{algorithm}\n{}\n{}\n{previous}\n{middle}{}",
            claim.timestamp,
            sigv4::scope(claim),
            sha256_hex(data)
        );
        hex::encode(sigv4::hmac(&key, text.as_bytes()))
    };
    let empty = format!("{}\n", sha256_hex(b""));
    for part in parts.iter().copied().chain([&b""[..]]) {
        previous = sign("AWS4-HMAC-SHA256-PAYLOAD", &empty, part, &previous);
        out.extend(format!("{:x};chunk-signature={previous}\r\n", part.len()).bytes());
        out.extend(part);
        if !part.is_empty() {
            out.extend(b"\r\n");
        }
    }
    if let Some(trailer) = trailer {
        let signature = sign(
            "AWS4-HMAC-SHA256-TRAILER",
            "",
            format!("{trailer}\n").as_bytes(),
            &previous,
        );
        out.extend(format!("{trailer}\r\nx-amz-trailer-signature:{signature}\r\n").bytes());
    }
    out.extend(b"\r\n");
    out
}

#[tokio::test]
async fn bodies_in_chunks() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    bucket(&ground, "chunked").await;
    let ask = |hash: &str, length: usize| {
        Ask::new(&ground, "s3", "PUT", "/chunked/k")
            .with("x-amz-content-sha256", hash)
            .with("x-amz-decoded-content-length", &length.to_string())
            .with("content-encoding", "aws-chunked,gzip")
            .signed(&admin)
    };
    let (signed, claim) = ask("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 10);
    let body = chunks(&claim, &admin.secret, &[b"hello", b"world"], None);
    assert_eq!(
        signed.clone().body(body.clone()).send(&ground).await.status,
        200
    );
    let got = s3(&ground, &admin, "GET", "/chunked/k", "").await;
    assert_eq!(
        (got.text().as_str(), got.header("content-encoding")),
        ("helloworld", Some("gzip"))
    );
    let mut forged = body.clone();
    let at = forged.windows(5).position(|w| w == b"world").unwrap();
    forged[at] = b'W';
    assert_eq!(
        signed.body(forged).send(&ground).await.code(),
        "SignatureDoesNotMatch"
    );

    let (signed, claim) = ask("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", 5);
    let right = chunks(
        &claim,
        &admin.secret,
        &[b"hello"],
        Some("x-amz-checksum-crc32:NhCmhg=="),
    );
    let got = signed.clone().body(right).send(&ground).await;
    assert_eq!(
        (got.status, got.header("x-amz-checksum-crc32")),
        (200, Some("NhCmhg==")),
        "{}",
        got.text()
    );
    let wrong = chunks(
        &claim,
        &admin.secret,
        &[b"hello"],
        Some("x-amz-checksum-crc32:AAAAAA=="),
    );
    assert_eq!(signed.body(wrong).send(&ground).await.code(), "BadDigest");

    let (signed, _) = ask("STREAMING-UNSIGNED-PAYLOAD-TRAILER", 5);
    let body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc64nvme:M3eFcAZSQlc=\r\n\r\n";
    let got = signed.clone().body(body).send(&ground).await;
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(
        signed
            .body("4\r\nhell\r\n0\r\n\r\n")
            .send(&ground)
            .await
            .code(),
        "IncompleteBody"
    );
}

#[tokio::test]
async fn other_accounts_need_the_policy_and_the_key() {
    let ground = ground(|_| {}).await;
    let (admin, other) = (administrator(&ground, A), administrator(&ground, B));
    bucket(&ground, "shared").await;
    assert_eq!(
        s3(&ground, &admin, "PUT", "/shared/dev/k", "x")
            .await
            .status,
        200
    );
    assert_eq!(
        s3(&ground, &other, "GET", "/shared/dev/k", "").await.code(),
        "AccessDenied"
    );
    assert_eq!(
        s3(&ground, &other, "GET", "/absent/k", "").await.code(),
        "NoSuchBucket"
    );
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::shared/dev/*"},
        {"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::shared/*","Condition":{
            "Null":{"s3:x-amz-server-side-encryption":"false"},"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}]}"#;
    let put = s3(&ground, &admin, "PUT", "/shared?policy", policy).await;
    assert_eq!(put.status, 204, "{}", put.text());
    assert_eq!(
        s3(&ground, &other, "GET", "/shared/dev/k", "").await.text(),
        "x"
    );
    assert_eq!(
        s3(&ground, &other, "GET", "/shared/prd/k", "").await.code(),
        "AccessDenied"
    );
    assert_eq!(
        s3(&ground, &other, "PUT", "/shared/dev/k", "y")
            .await
            .code(),
        "AccessDenied"
    );
    assert_eq!(
        s3(&ground, &other, "GET", "/shared?policy", "")
            .await
            .code(),
        "AccessDenied"
    );
    assert_eq!(
        s3(&ground, &admin, "PUT", "/shared/dev/k", "y")
            .await
            .status,
        200
    );
    let plain = Ask::new(&ground, "s3", "PUT", "/shared/dev/k")
        .with("x-amz-server-side-encryption", "AES256")
        .signed(&admin)
        .0;
    assert_eq!(plain.send(&ground).await.code(), "AccessDenied");
    let owner = Ask::new(&ground, "s3", "GET", "/shared")
        .with("x-amz-expected-bucket-owner", B)
        .signed(&admin)
        .0;
    assert_eq!(owner.send(&ground).await.code(), "AccessDenied");
    let mut elsewhere = Ask::new(&ground, "s3", "GET", "/shared");
    elsewhere.region = "eu-west-1".into();
    let got = elsewhere.signed(&admin).0.send(&ground).await;
    assert_eq!(
        (got.code().as_str(), got.header("x-amz-bucket-region")),
        ("AuthorizationHeaderMalformed", Some("ap-northeast-2"))
    );
}

#[tokio::test]
async fn a_head_has_length_and_no_body() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    bucket(&ground, "heads").await;
    s3(&ground, &admin, "PUT", "/heads/k", "12345").await;
    let got = s3(&ground, &admin, "HEAD", "/heads/k", "").await;
    assert_eq!(
        (got.status, got.header("content-length"), got.body.len()),
        (200, Some("5"), 0)
    );
    let got = s3(&ground, &admin, "HEAD", "/heads/none", "").await;
    assert_eq!((got.status, got.body.len()), (404, 0));
}
