//! IAM's and KMS's rules, as a client meets them.

use serde_json::json;

use super::client::{A, B, administrator, element, ground, iam, kms};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

#[tokio::test]
async fn what_iam_refuses() {
    let ground = ground(|_| {}).await;
    let admin = administrator(&ground, A);
    let ok = iam(
        &ground,
        &admin,
        "CreateRole",
        &[("RoleName", "there"), ("AssumeRolePolicyDocument", TRUST)],
    )
    .await;
    assert_eq!(ok.status, 200, "{}", ok.text());
    let big = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{}"}}]}}"#,
        "x".repeat(11_000)
    );
    let huge_trust = TRUST.replace(
        "ecs.amazonaws.com",
        &format!("{}.amazonaws.com", "x".repeat(2_100)),
    );
    let principal = |p: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{p}"}},"Action":"sts:AssumeRole"}}]}}"#
        )
    };
    let none = principal("arn:aws:iam::222222222222:role/none");
    let stranger = principal("999999999999");
    let role = |name: &'static str, trust: &str| {
        vec![
            ("RoleName", name.to_owned()),
            ("AssumeRolePolicyDocument", trust.to_owned()),
        ]
    };
    let inline = |doc: &str| {
        vec![
            ("RoleName", "there".to_owned()),
            ("PolicyName", "p".to_owned()),
            ("PolicyDocument", doc.to_owned()),
        ]
    };
    let name = |name: &str| vec![("RoleName", name.to_owned())];
    let cases: Vec<(&str, Vec<(&str, String)>, u16, &str, &str)> = vec![
        (
            "CreateRole",
            role("THERE", TRUST),
            409,
            "EntityAlreadyExists",
            "Role with name THERE already exists.",
        ),
        (
            "CreateRole",
            role("new", "{"),
            400,
            "MalformedPolicyDocument",
            "This policy contains invalid Json",
        ),
        (
            "CreateRole",
            role("new", &none),
            400,
            "MalformedPolicyDocument",
            "Invalid principal in policy: &quot;AWS&quot;:&quot;arn:aws:iam::222222222222:role/none&quot;",
        ),
        (
            "CreateRole",
            role("new", &stranger),
            400,
            "MalformedPolicyDocument",
            "Invalid principal in policy: &quot;AWS&quot;:&quot;arn:aws:iam::999999999999:root&quot;",
        ),
        (
            "CreateRole",
            role("new", &huge_trust),
            409,
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048",
        ),
        (
            "CreateRole",
            role("no spaces", TRUST),
            400,
            "ValidationError",
            "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            "CreateRole",
            name("new"),
            400,
            "ValidationError",
            "1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null",
        ),
        (
            "PutRolePolicy",
            inline(&big),
            409,
            "LimitExceeded",
            "Maximum policy size of 10240 bytes exceeded for role there",
        ),
        (
            "GetRole",
            name("none"),
            404,
            "NoSuchEntity",
            "The role with name none cannot be found.",
        ),
        (
            "DeleteRole",
            name("none"),
            404,
            "NoSuchEntity",
            "The role with name none cannot be found.",
        ),
        (
            "GetRolePolicy",
            vec![("RoleName", "there".into()), ("PolicyName", "none".into())],
            404,
            "NoSuchEntity",
            "The role policy with name none cannot be found.",
        ),
        (
            "AttachRolePolicy",
            vec![
                ("RoleName", "there".into()),
                ("PolicyArn", "arn:aws:iam::aws:policy/None".into()),
            ],
            404,
            "NoSuchEntity",
            "Policy arn:aws:iam::aws:policy/None does not exist or is not attachable.",
        ),
    ];
    for (action, pairs, status, code, message) in cases {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let got = iam(&ground, &admin, action, &pairs).await;
        assert_eq!(
            (
                got.status,
                got.code().as_str(),
                element(&got.text(), "Message").as_str()
            ),
            (status, code, message),
            "{action}"
        );
    }
    let korean = iam(
        &ground,
        &admin,
        "CreateRole",
        &[
            ("RoleName", "new"),
            ("AssumeRolePolicyDocument", TRUST),
            ("Description", "배포"),
        ],
    )
    .await;
    assert_eq!(korean.code(), "ValidationError");
    iam(
        &ground,
        &admin,
        "AttachRolePolicy",
        &[
            ("RoleName", "there"),
            (
                "PolicyArn",
                "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS",
            ),
        ],
    )
    .await;
    let got = iam(&ground, &admin, "DeleteRole", &[("RoleName", "there")]).await;
    assert_eq!((got.status, got.code().as_str()), (409, "DeleteConflict"));
}

#[tokio::test]
async fn a_deleted_role_leaves_its_id_behind() {
    let ground = ground(|_| {}).await;
    let (admin, other) = (administrator(&ground, A), administrator(&ground, B));
    let made = iam(
        &ground,
        &other,
        "CreateRole",
        &[
            ("RoleName", "deploy"),
            ("Path", "/cicd/"),
            ("AssumeRolePolicyDocument", TRUST),
        ],
    )
    .await;
    let id = element(&made.text(), "RoleId");
    let arn = "arn:aws:iam::222222222222:role/cicd/deploy";
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        {"Sid": "Deploy", "Effect": "Allow", "Principal": {"AWS": [arn]}, "Action": "kms:Decrypt", "Resource": "*"},
    ]});
    let key = kms(
        &ground,
        &admin,
        "CreateKey",
        json!({"Policy": policy.to_string()}),
    )
    .await;
    assert_eq!(key.status, 200, "{}", key.text());
    let key: serde_json::Value = serde_json::from_slice(&key.body).unwrap();
    let ask = json!({"KeyId": key["KeyMetadata"]["KeyId"], "PolicyName": "default"});
    let shown = kms(&ground, &admin, "GetKeyPolicy", ask.clone())
        .await
        .text();
    assert!(
        shown.contains(arn) && shown.contains("arn:aws:iam::111111111111:root"),
        "{shown}"
    );
    iam(&ground, &other, "DeleteRole", &[("RoleName", "deploy")]).await;
    let shown = kms(&ground, &admin, "GetKeyPolicy", ask.clone())
        .await
        .text();
    assert!(shown.contains(&id) && !shown.contains(arn), "{shown}");
    // A new role of the same name is not meant.
    iam(
        &ground,
        &other,
        "CreateRole",
        &[
            ("RoleName", "deploy"),
            ("Path", "/cicd/"),
            ("AssumeRolePolicyDocument", TRUST),
        ],
    )
    .await;
    let shown = kms(&ground, &admin, "GetKeyPolicy", ask).await.text();
    assert!(shown.contains(&id) && !shown.contains(arn), "{shown}");
}

#[tokio::test]
async fn keys_are_shared_by_arn_only() {
    let ground = ground(|_| {}).await;
    let (admin, other) = (administrator(&ground, A), administrator(&ground, B));
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        {"Sid": "Other", "Effect": "Allow", "Principal": {"AWS": B}, "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*",
         "Condition": {"StringEquals": {"kms:EncryptionContext:app": "x"}}},
    ]});
    let key = kms(
        &ground,
        &admin,
        "CreateKey",
        json!({"Policy": policy.to_string()}),
    )
    .await;
    let key: serde_json::Value = serde_json::from_slice(&key.body).unwrap();
    let (id, arn) = (&key["KeyMetadata"]["KeyId"], &key["KeyMetadata"]["Arn"]);
    kms(
        &ground,
        &admin,
        "CreateAlias",
        json!({"AliasName": "alias/a", "TargetKeyId": id}),
    )
    .await;
    let plain = |key: &serde_json::Value, app: &str| json!({"KeyId": key, "Plaintext": "aGk=", "EncryptionContext": {"app": app}});
    let cases = [
        (plain(arn, "x"), ""),
        (plain(arn, "y"), "AccessDeniedException"),
        (plain(id, "x"), "NotFoundException"),
        (plain(&json!("alias/a"), "x"), "NotFoundException"),
    ];
    for (ask, code) in cases {
        assert_eq!(
            kms(&ground, &other, "Encrypt", ask.clone()).await.code(),
            code,
            "{ask}"
        );
    }
    let refused = kms(
        &ground,
        &other,
        "PutKeyPolicy",
        json!({"KeyId": arn, "Policy": policy.to_string()}),
    )
    .await;
    assert_eq!(refused.code(), "AccessDeniedException");
    let lockout =
        json!({"KeyId": id, "Policy": policy.to_string().replace("kms:*", "kms:Decrypt")});
    assert_eq!(
        kms(&ground, &admin, "PutKeyPolicy", lockout).await.code(),
        "MalformedPolicyDocumentException"
    );
}
