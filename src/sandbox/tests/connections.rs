//! Connections: many at once, kept alive, ill-formed, slow, too long.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::client::{A, Ask, B, administrator, ground, host, iam, json, query, raw, read};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_at_once_see_each_others_changes() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let names: Vec<String> = (0..40).map(|n| format!("role-{n}")).collect();
    let makes = names.iter().map(|name| {
        let (ground, admin) = (&ground, &admin);
        async move {
            let pairs = [
                ("RoleName", name.as_str()),
                ("AssumeRolePolicyDocument", trust),
            ];
            iam(ground, admin, "CreateRole", &pairs).await
        }
    });
    let answers = futures::future::join_all(makes).await;
    assert!(answers.iter().all(|a| a.status == 200));
    let list = iam(&ground, &admin, "ListRoles", &[]).await.text();
    assert_eq!(list.matches("<RoleName>").count(), 40);
    let other = iam(&ground, &administrator(&ground, B), "ListRoles", &[])
        .await
        .text();
    assert_eq!(other.matches("<RoleName>").count(), 0);
    let changing = ground.sandbox.calls().iter().filter(|c| c.changing).count();
    assert_eq!(changing, 40);
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    let mut stream = TcpStream::connect(host(&ground)).await.unwrap();
    for _ in 0..3 {
        let ask = query(
            &ground,
            "sts",
            &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")],
        );
        stream
            .write_all(&ask.signed(&admin).0.bytes())
            .await
            .unwrap();
        let got = read(&mut stream, false).await;
        assert_eq!(got.status, 200);
        assert!(got.header("x-amzn-requestid").is_some());
    }
}

#[tokio::test]
async fn nothing_that_is_sent_stops_it() {
    let ground = ground(|_| {}).await;
    let address = host(&ground);
    let garbage: [&[u8]; 9] = [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: \xff\xfe\r\ncontent-length: 0\r\n\r\n",
        b"GET /%ff%fe?%ff=%zz&&&=& HTTP/1.1\r\nhost: x\r\nauthorization: AWS4-HMAC-SHA256 a=b,,=\r\n\r\n",
        b"GET /b/k?X-Amz-Signature=a&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=////&X-Amz-Expires=-1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PUT /b/k HTTP/1.1\r\nhost: [::1\r\nauthorization: AWS4-HMAC-SHA256 Credential=a/20260301/r/s3/aws4_request,SignedHeaders=;;,Signature=\r\nx-amz-date: 20260301T120000Z\r\ncontent-length: 0\r\n\r\n",
    ];
    for bytes in garbage {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let got = read(&mut stream, false).await;
        assert!(
            got.status == 0 || (400..500).contains(&got.status),
            "{got:?}"
        );
    }
    assert_eq!(
        raw(
            &address,
            b"GET /_crosspipe/health HTTP/1.1\r\nhost: x\r\n\r\n"
        )
        .await
        .status,
        200
    );
}

#[tokio::test]
async fn bodies_are_bounded() {
    let ground = ground(|_| {}).await;
    let length = crate::sandbox::server::BODY_LIMIT + 1;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: TrentService.ListKeys\r\ncontent-length: {length}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(host(&ground)).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..65 {
        if stream.write_all(&chunk).await.is_err() {
            break;
        }
    }
    let got = read(&mut stream, false).await;
    // Whoever goes on writing after the refusal may see the connection reset instead of reading it.
    assert!(got.status == 413 || got.status == 0, "{got:?}");
    assert_eq!(
        raw(
            &host(&ground),
            b"GET /_crosspipe/health HTTP/1.1\r\nhost: x\r\n\r\n"
        )
        .await
        .status,
        200
    );
}

#[tokio::test]
async fn latency_does_not_hold_up_others() {
    let ground = ground(|o| o.latency = Duration::from_millis(150)).await;
    let admin = administrator(&ground, A);
    let began = Instant::now();
    let asks = (0..10).map(|_| iam(&ground, &admin, "ListRoles", &[]));
    futures::future::join_all(asks).await;
    let took = began.elapsed();
    assert!(
        took >= Duration::from_millis(150) && took < Duration::from_millis(1000),
        "{took:?}"
    );
}

#[tokio::test]
async fn calls_are_counted_from_outside() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    iam(&ground, &admin, "ListRoles", &[]).await;
    iam(&ground, &admin, "CreateUser", &[("UserName", "u")]).await;
    json(
        &ground,
        "kms",
        "TrentService.Nothing",
        &serde_json::json!({}),
    )
    .signed(&admin)
    .0
    .send(&ground)
    .await;
    Ask::new(&ground, "s3", "GET", "/nope")
        .signed(&admin)
        .0
        .send(&ground)
        .await;
    let page = |method: &str| {
        format!("{method} /_crosspipe/calls HTTP/1.1\r\nhost: x\r\n\r\n").into_bytes()
    };
    let got = raw(&host(&ground), &page("GET")).await;
    let calls: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    let shown: Vec<String> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            format!(
                "{}:{} {} {} {}",
                c["service"], c["operation"], c["account"], c["changing"], c["code"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        shown,
        [
            "iam:ListRoles 111111111111 false null",
            "iam:CreateUser 111111111111 true null",
            "kms:Nothing 111111111111 false UnknownOperationException",
            "s3:ListObjects 111111111111 false NoSuchBucket",
        ]
    );
    assert_eq!(raw(&host(&ground), &page("DELETE")).await.status, 204);
    assert!(ground.sandbox.calls().is_empty());
}
