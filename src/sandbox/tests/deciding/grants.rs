//! What a grant on a key allows, and requests to S3 that nobody has signed.

use serde_json::{Value, json};

use super::scene::{Scene, allow, said};
use crate::sandbox::tests::client::{A, Ask, B};

fn grant(key: &str, grantee: &str, operations: Value) -> Value {
    json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": operations})
}

#[tokio::test]
async fn a_grant_allows_what_it_lists_as_long_as_it_is_there() {
    let scene = Scene::new().await;
    let admin = scene.admin(A);
    let key = scene.key(A, json!([])).await;
    let user = scene.user(A, "user", json!([])).await;
    let arn = format!("arn:aws:iam::{A}:user/user");
    let encrypt = json!({"KeyId": key, "Plaintext": "eA=="});
    let before = scene.json(&user, "kms.Encrypt", encrypt.clone()).await;
    assert!(before.starts_with("400 AccessDeniedException"), "{before}");

    let mut wanted = grant(&key, &arn, json!(["Encrypt", "RetireGrant"]));
    wanted["Constraints"] = json!({"EncryptionContextSubset": {"app": "orders"}});
    let made = scene.ok(&admin, "kms.CreateGrant", wanted).await;
    let mut inside = encrypt.clone();
    inside["EncryptionContext"] = json!({"app": "orders", "more": "x"});
    scene.ok(&user, "kms.Encrypt", inside.clone()).await;
    let outside = scene.json(&user, "kms.Encrypt", encrypt).await;
    assert!(outside.contains("AccessDeniedException"), "{outside}");
    let other = scene
        .json(&user, "kms.DescribeKey", json!({"KeyId": key}))
        .await;
    assert!(other.contains("AccessDeniedException"), "{other}");

    let listed = scene
        .ok(&admin, "kms.ListGrants", json!({"KeyId": key}))
        .await;
    assert_eq!(listed["Grants"][0]["GrantId"], made["GrantId"]);
    assert_eq!(listed["Grants"][0]["GranteePrincipal"], json!(arn));
    let by_token = json!({"GrantToken": made["GrantToken"]});
    assert_eq!(
        scene.json(&user, "kms.RetireGrant", by_token.clone()).await,
        ""
    );
    let after = scene.json(&user, "kms.Encrypt", inside).await;
    assert!(after.contains("AccessDeniedException"), "{after}");
    let gone = scene.json(&user, "kms.RetireGrant", by_token).await;
    assert!(gone.starts_with("400 InvalidGrantTokenException"), "{gone}");
}

#[tokio::test]
async fn a_grant_under_a_grant_is_no_wider() {
    let scene = Scene::new().await;
    let key = scene.key(A, json!([])).await;
    let user = scene.user(A, "user", json!([])).await;
    let arn = format!("arn:aws:iam::{A}:user/user");
    let first = grant(&key, &arn, json!(["CreateGrant", "Decrypt"]));
    scene.ok(&scene.admin(A), "kms.CreateGrant", first).await;
    let narrow = grant(&key, &arn, json!(["Decrypt"]));
    scene.ok(&user, "kms.CreateGrant", narrow).await;
    let wide = grant(&key, &arn, json!(["Decrypt", "Encrypt"]));
    let refused = scene.json(&user, "kms.CreateGrant", wide).await;
    assert!(refused.contains("AccessDeniedException"), "{refused}");
}

#[tokio::test]
async fn who_has_no_part_in_a_grant_ends_none() {
    let scene = Scene::new().await;
    let admin = scene.admin(A);
    let key = scene.key(A, json!([])).await;
    scene.user(A, "user", json!([])).await;
    let stranger = scene.user(A, "stranger", json!([])).await;
    let arn = format!("arn:aws:iam::{A}:user/user");
    let made = scene
        .ok(
            &admin,
            "kms.CreateGrant",
            grant(&key, &arn, json!(["Encrypt"])),
        )
        .await;
    let which = json!({"KeyId": key, "GrantId": made["GrantId"]});
    for operation in ["kms.RetireGrant", "kms.RevokeGrant"] {
        for who in [&stranger, &scene.admin(B)] {
            let refused = scene.json(who, operation, which.clone()).await;
            assert!(refused.contains("AccessDeniedException"), "{refused}");
        }
    }
    assert_eq!(scene.json(&admin, "kms.RevokeGrant", which).await, "");
}

#[tokio::test]
async fn nobody_has_signed() {
    let scene = Scene::new().await;
    let admin = scene.admin(A);
    scene.bucket(A, "open", json!([])).await;
    assert_eq!(scene.s3(&admin, "PUT", "/open/a", "text").await, "200");
    let ask = async |method: &str, target: &str| {
        let ask = Ask::new(&scene.ground, "s3", method, target);
        said(&ask.send(&scene.ground).await)
    };
    assert_eq!(
        ask("GET", "/open/a").await,
        "403 AccessDenied: Access Denied"
    );
    assert_eq!(
        scene
            .s3(&admin, "DELETE", "/open?publicAccessBlock", "")
            .await,
        "204"
    );
    let mut everybody = allow(json!("s3:GetObject"), json!("arn:aws:s3:::open/*"));
    everybody["Principal"] = json!("*");
    scene.bucket_policy(A, "open", json!([everybody])).await;
    assert_eq!(ask("GET", "/open/a").await, "200");
    assert_eq!(ask("GET", "/open").await, "403 AccessDenied: Access Denied");
    assert_eq!(
        ask("PUT", "/open/a").await,
        "403 AccessDenied: Access Denied"
    );
    assert_eq!(
        ask("PUT", "/another").await,
        "403 AccessDenied: Access Denied"
    );
    assert_eq!(ask("GET", "/").await, "403 AccessDenied: Access Denied");
    assert!(
        ask("GET", "/nowhere/a")
            .await
            .starts_with("404 NoSuchBucket")
    );
}
