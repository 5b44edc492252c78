//! Across accounts, and the services whose resources have policies: S3, KMS, ECR, EventBridge, roles.

use serde_json::{Value, json};

use super::scene::{Scene, allow, document, said};
use crate::sandbox::PolicyType;
use crate::sandbox::tests::client::{A, B, s3, sts};

fn everybody_of(account: &str, action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": action, "Resource": resource})
}

#[tokio::test]
async fn both_sides_of_a_bucket() {
    let scene = Scene::new().await;
    scene.bucket(A, "artifacts", json!([])).await;
    let owner = scene.admin(A);
    scene.s3(&owner, "PUT", "/artifacts/a", "x").await;
    let read = allow(json!("s3:GetObject"), json!("arn:aws:s3:::artifacts/*"));
    let reader = scene.user(B, "reader", json!([read])).await;
    let nobody = scene.user(B, "nobody", json!([])).await;
    let object = "s3:GetObject on resource: \"arn:aws:s3:::artifacts/a\"";
    let refused = |name: &str, why: &str| {
        format!(
            "403 AccessDenied: User: arn:aws:iam::222222222222:user/{name} is not authorized to perform: {object} {why}"
        )
    };
    let no_bucket = "because no resource-based policy allows the s3:GetObject action";
    let no_identity = "because no identity-based policy allows the s3:GetObject action";
    assert_eq!(
        scene.s3(&reader, "GET", "/artifacts/a", "").await,
        refused("reader", no_bucket)
    );
    let open = everybody_of(B, json!("s3:GetObject"), json!("arn:aws:s3:::artifacts/*"));
    scene.bucket_policy(A, "artifacts", json!([open])).await;
    assert_eq!(scene.s3(&reader, "GET", "/artifacts/a", "").await, "200");
    assert_eq!(
        scene.s3(&nobody, "GET", "/artifacts/a", "").await,
        refused("nobody", no_identity)
    );
    // Whether an object is there is told to those who may list.
    let absent = scene.s3(&reader, "GET", "/artifacts/none", "").await;
    assert_eq!(
        absent,
        "403 AccessDenied: User: arn:aws:iam::222222222222:user/reader is not authorized to perform: s3:ListBucket on resource: \"arn:aws:s3:::artifacts\" because no identity-based policy allows the s3:ListBucket action"
    );
    assert!(
        scene
            .s3(&owner, "GET", "/artifacts/none", "")
            .await
            .starts_with("404 NoSuchKey")
    );
    // A Deny hits the owner's administrator too.
    let closed = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::artifacts/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}});
    scene.bucket_policy(A, "artifacts", json!([closed])).await;
    assert_eq!(
        scene.s3(&owner, "PUT", "/artifacts/b", "x").await,
        "403 AccessDenied: User: arn:aws:iam::111111111111:user/administrator is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::artifacts/b\" with an explicit deny in a resource-based policy"
    );
}

#[tokio::test]
async fn objects_are_deleted_one_by_one() {
    let scene = Scene::new().await;
    scene.bucket(A, "artifacts", json!([])).await;
    let owner = scene.admin(A);
    for key in ["keep/a", "tmp/a"] {
        scene
            .s3(&owner, "PUT", &format!("/artifacts/{key}"), "x")
            .await;
    }
    let statements = json!([allow(
        json!("s3:DeleteObject"),
        json!("arn:aws:s3:::artifacts/tmp/*")
    )]);
    let sweeper = scene.user(A, "sweeper", statements).await;
    let body =
        "<Delete><Object><Key>keep/a</Key></Object><Object><Key>tmp/a</Key></Object></Delete>";
    let got = s3(&scene.ground, &sweeper, "POST", "/artifacts?delete", body).await;
    let text = got.text();
    assert_eq!(got.status, 200, "{text}");
    assert!(
        text.contains("<Deleted><Key>tmp/a</Key></Deleted>"),
        "{text}"
    );
    assert!(
        text.contains("<Key>keep/a</Key><Code>AccessDenied</Code>"),
        "{text}"
    );
}

#[tokio::test]
async fn a_key_has_the_last_word() {
    let scene = Scene::new().await;
    let own = scene.key(A, json!([])).await;
    let closed = scene
        .key(
            A,
            json!([everybody_of(
                "arn:aws:iam::111111111111:user/administrator",
                json!("kms:*"),
                json!("*")
            )]),
        )
        .await;
    let use_keys = allow(json!(["kms:Decrypt", "kms:Encrypt"]), json!("*"));
    let user = scene.user(A, "user", json!([use_keys])).await;
    let nobody = scene.user(A, "nobody", json!([])).await;
    let encrypt = |key: &str| json!({"KeyId": key, "Plaintext": "aGFsbG8="});
    scene.ok(&user, "kms.Encrypt", encrypt(&own)).await;
    let who = |name: &str| {
        format!(
            "400 AccessDeniedException: User: arn:aws:iam::111111111111:user/{name} is not authorized to perform: kms:Encrypt"
        )
    };
    assert_eq!(
        scene.json(&nobody, "kms.Encrypt", encrypt(&own)).await,
        format!(
            "{} on resource: {own} because no identity-based policy allows the kms:Encrypt action",
            who("nobody")
        )
    );
    assert_eq!(
        scene.json(&user, "kms.Encrypt", encrypt(&closed)).await,
        format!(
            "{} on resource: {closed} because no resource-based policy allows the kms:Encrypt action",
            who("user")
        )
    );
    // A key that is not there is not there for those who may look.
    let none = "arn:aws:kms:ap-northeast-2:111111111111:key/11111111-1111-1111-1111-111111111111";
    let absent = scene.json(&user, "kms.Encrypt", encrypt(none)).await;
    assert!(absent.starts_with("400 NotFoundException"), "{absent}");
}

#[tokio::test]
async fn a_key_of_another_account() {
    let scene = Scene::new().await;
    let closed = scene.key(A, json!([])).await;
    let open = scene
        .key(
            A,
            json!([
                everybody_of(A, json!("kms:*"), json!("*")),
                everybody_of(B, json!("kms:Encrypt"), json!("*")),
            ]),
        )
        .await;
    let user = scene
        .user(B, "user", json!([allow(json!("kms:*"), json!("*"))]))
        .await;
    let nobody = scene.user(B, "nobody", json!([])).await;
    let encrypt = |key: &str| json!({"KeyId": key, "Plaintext": "aGFsbG8="});
    assert_eq!(
        scene.json(&user, "kms.Encrypt", encrypt(&closed)).await,
        "400 AccessDeniedException: User: arn:aws:iam::222222222222:user/user is not authorized to perform: kms:Encrypt on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
    );
    scene.ok(&user, "kms.Encrypt", encrypt(&open)).await;
    assert_eq!(
        scene.json(&nobody, "kms.Encrypt", encrypt(&open)).await,
        format!(
            "400 AccessDeniedException: User: arn:aws:iam::222222222222:user/nobody is not authorized to perform: kms:Encrypt on resource: {open} because no identity-based policy allows the kms:Encrypt action"
        )
    );
}

#[tokio::test]
async fn s3_uses_the_key_as_the_caller() {
    let scene = Scene::new().await;
    scene.bucket(A, "artifacts", json!([])).await;
    let key = scene.key(A, json!([])).await;
    let encryption = format!(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
    );
    let owner = scene.admin(A);
    assert_eq!(
        scene
            .s3(&owner, "PUT", "/artifacts?encryption", &encryption)
            .await,
        "200"
    );
    assert_eq!(scene.s3(&owner, "PUT", "/artifacts/a", "x").await, "200");
    let objects = allow(json!(["s3:GetObject", "s3:PutObject"]), json!("*"));
    let user = scene.user(A, "user", json!([objects])).await;
    let who =
        "403 AccessDenied: User: arn:aws:iam::111111111111:user/user is not authorized to perform";
    assert_eq!(
        scene.s3(&user, "PUT", "/artifacts/b", "x").await,
        format!(
            "{who}: kms:GenerateDataKey on resource: {key} because no identity-based policy allows the kms:GenerateDataKey action"
        )
    );
    assert_eq!(
        scene.s3(&user, "GET", "/artifacts/a", "").await,
        format!(
            "{who}: kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action"
        )
    );
    // What is told of an object is not encrypted; its checksum is.
    assert_eq!(scene.s3(&user, "HEAD", "/artifacts/a", "").await, "200");
    let through_s3 = |arn: &str| {
        json!({"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key, "Condition": {
            "StringEquals": {"kms:ViaService": "s3.ap-northeast-2.amazonaws.com", "kms:CallerAccount": A},
            "ArnLike": {"kms:EncryptionContext:aws:s3:arn": arn},
        }})
    };
    let some = through_s3("arn:aws:s3:::artifacts/tmp/*");
    scene.user_policy(A, "user", json!([objects, some])).await;
    assert_eq!(scene.s3(&user, "PUT", "/artifacts/tmp/b", "x").await, "200");
    assert_eq!(scene.s3(&user, "GET", "/artifacts/tmp/b", "").await, "200");
    assert!(
        scene
            .s3(&user, "GET", "/artifacts/a", "")
            .await
            .starts_with("403 AccessDenied")
    );
    // The same right is none where KMS is asked directly.
    let direct = json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": {"aws:s3:arn": "arn:aws:s3:::artifacts/tmp/b"}});
    let refused = scene.json(&user, "kms.GenerateDataKey", direct).await;
    assert!(
        refused.starts_with("400 AccessDeniedException"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_repository_lets_other_accounts_pull() {
    let scene = Scene::new().await;
    let owner = scene.admin(A);
    scene
        .ok(
            &owner,
            "ecr.CreateRepository",
            json!({"repositoryName": "orders"}),
        )
        .await;
    let user = scene
        .user(B, "user", json!([allow(json!("ecr:*"), json!("*"))]))
        .await;
    let nobody = scene.user(B, "nobody", json!([])).await;
    let list = json!({"repositoryName": "orders", "registryId": A});
    let refused = |name: &str, why: &str| {
        format!(
            "400 AccessDeniedException: User: arn:aws:iam::222222222222:user/{name} is not authorized to perform: ecr:ListImages on resource: arn:aws:ecr:ap-northeast-2:111111111111:repository/orders because no {why} policy allows the ecr:ListImages action"
        )
    };
    assert_eq!(
        scene.json(&user, "ecr.ListImages", list.clone()).await,
        refused("user", "resource-based")
    );
    let policy = document(json!([
        {"Effect": "Allow", "Principal": {"AWS": B}, "Action": "ecr:ListImages"},
    ]));
    scene
        .ok(
            &owner,
            "ecr.SetRepositoryPolicy",
            json!({"repositoryName": "orders", "policyText": policy}),
        )
        .await;
    scene.ok(&user, "ecr.ListImages", list.clone()).await;
    assert_eq!(
        scene.json(&nobody, "ecr.ListImages", list).await,
        refused("nobody", "identity-based")
    );
}

#[tokio::test]
async fn a_bus_lets_other_accounts_send() {
    let scene = Scene::new().await;
    let bus = "arn:aws:events:ap-northeast-2:111111111111:event-bus/default";
    let event = json!({"Entries": [{"Source": "orders", "DetailType": "x", "Detail": "{}", "EventBusName": bus}]});
    let sender = scene.admin(B);
    let refused = scene.json(&sender, "events.PutEvents", event.clone()).await;
    assert_eq!(
        refused,
        format!(
            "400 AccessDeniedException: User: arn:aws:iam::222222222222:user/administrator is not authorized to perform: events:PutEvents on resource: {bus} because no resource-based policy allows the events:PutEvents action"
        )
    );
    scene
        .ok(
            &scene.admin(A),
            "events.PutPermission",
            json!({"StatementId": "b", "Principal": B, "Action": "events:PutEvents"}),
        )
        .await;
    let sent = scene.json(&sender, "events.PutEvents", event).await;
    assert!(!sent.contains("AccessDenied"), "{sent}");
}

#[tokio::test]
async fn who_may_take_on_a_role() {
    let scene = Scene::new().await;
    let trusting = |principal: &str, more: Value| {
        let mut statement =
            json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
        if !more.is_null() {
            statement["Condition"] = more;
        }
        json!([statement])
    };
    scene
        .role(A, "open", trusting(A, Value::Null), json!([]))
        .await;
    scene
        .role(
            A,
            "guarded",
            trusting(A, json!({"StringEquals": {"sts:ExternalId": "x1"}})),
            json!([]),
        )
        .await;
    scene
        .role(A, "foreign", trusting(B, Value::Null), json!([]))
        .await;
    let user = scene.user(A, "user", json!([])).await;
    let named = trusting("arn:aws:iam::111111111111:user/user", Value::Null);
    scene.role(A, "named", named, json!([])).await;
    let who = "403 AccessDenied: User: arn:aws:iam::111111111111:user/user is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role";
    let ask = async |name: &str| {
        let arn = format!("arn:aws:iam::111111111111:role/{name}");
        let pairs = [("RoleArn", arn.as_str()), ("RoleSessionName", "s1")];
        said(&sts(&scene.ground, &user, "AssumeRole", &pairs).await)
    };
    assert_eq!(
        ask("open").await,
        format!("{who}/open because no identity-based policy allows the sts:AssumeRole action")
    );
    assert_eq!(ask("named").await, "200");
    assert_eq!(ask("foreign").await, format!("{who}/foreign"));
    assert_eq!(ask("none").await, format!("{who}/none"));
    scene
        .user_policy(
            A,
            "user",
            json!([allow(json!("sts:AssumeRole"), json!("*"))]),
        )
        .await;
    assert_eq!(ask("open").await, "200");
    assert_eq!(ask("guarded").await, format!("{who}/guarded"));
}

#[tokio::test]
async fn the_organization_protects_its_resources() {
    let scene = Scene::new().await;
    // Resources of the management account are not limited, so the bucket is the member's.
    let open = everybody_of(A, json!("s3:GetObject"), json!("arn:aws:s3:::theirs/*"));
    scene.bucket(B, "theirs", json!([open])).await;
    scene.s3(&scene.admin(B), "PUT", "/theirs/a", "x").await;
    let outsider = scene.admin(A);
    assert_eq!(scene.s3(&outsider, "GET", "/theirs/a", "").await, "200");
    let rcp = document(json!([{
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": B}},
    }]));
    scene
        .ground
        .sandbox
        .set_policies(
            PolicyType::ResourceControlPolicy,
            Some(B),
            &[("own".to_owned(), rcp)],
            false,
        )
        .unwrap();
    let refused = scene.s3(&outsider, "GET", "/theirs/a", "").await;
    assert!(
        refused.contains("with an explicit deny in a resource control policy: arn:aws:organizations::111111111111:policy/"),
        "{refused}"
    );
    assert_eq!(
        scene.s3(&scene.admin(B), "GET", "/theirs/a", "").await,
        "200"
    );
    // Whoever is of the organization is known by its id.
    let id =
        crate::sandbox::services::organizations::organization_id(&scene.ground.sandbox.world());
    let members = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::ours/*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": id}}});
    scene.bucket(A, "ours", json!([members])).await;
    scene.s3(&outsider, "PUT", "/ours/a", "x").await;
    assert_eq!(scene.s3(&scene.admin(B), "GET", "/ours/a", "").await, "200");
}
