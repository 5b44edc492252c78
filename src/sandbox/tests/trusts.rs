//! Taking on roles.

use super::client::{
    A, B, Credentials, Ground, administrator, credentials, element, ground, iam, sts,
};
use crate::sandbox::authorize;

const DEPLOY: &str = "arn:aws:iam::222222222222:role/cicd/deploy";
const PIPELINE: &str = "arn:aws:iam::111111111111:role/pipeline";

async fn role(ground: &Ground, who: &Credentials, name: &str, path: &str, statements: &str) {
    let trust = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
    let got = iam(
        ground,
        who,
        "CreateRole",
        &[
            ("RoleName", name),
            ("Path", path),
            ("MaxSessionDuration", "7200"),
            ("AssumeRolePolicyDocument", &trust),
        ],
    )
    .await;
    assert_eq!(got.status, 200, "{}", got.text());
}

async fn allow(ground: &Ground, who: &Credentials, role: &str, resource: &str) {
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"{resource}"}}]}}"#
    );
    let got = iam(
        ground,
        who,
        "PutRolePolicy",
        &[
            ("RoleName", role),
            ("PolicyName", "p"),
            ("PolicyDocument", &document),
        ],
    )
    .await;
    assert_eq!(got.status, 200, "{}", got.text());
}

fn account_with(condition: &str) -> String {
    format!(
        r#"[{{"Effect":"Allow","Principal":{{"AWS":"{A}"}},"Action":["sts:AssumeRole"],"Condition":{condition}}}]"#
    )
}

#[tokio::test]
async fn both_sides_must_agree_across_accounts() {
    let ground = ground(|_| {}).await;
    let (admin, other) = (administrator(&ground, A), administrator(&ground, B));
    role(&ground, &admin, "pipeline", "/", &format!(r#"[{{"Effect":"Allow","Principal":{{"AWS":"{A}"}},"Action":"sts:AssumeRole"}},{{"Effect":"Allow","Principal":{{"Service":"codepipeline.amazonaws.com"}},"Action":"sts:AssumeRole"}}]"#)).await;
    role(
        &ground,
        &other,
        "deploy",
        "/cicd/",
        &account_with(&format!(
            r#"{{"ArnEquals":{{"aws:PrincipalArn":"{PIPELINE}"}}}}"#
        )),
    )
    .await;
    let ask = [("RoleArn", DEPLOY), ("RoleSessionName", "run")];
    let got = sts(
        &ground,
        &admin,
        "AssumeRole",
        &[("RoleArn", PIPELINE), ("RoleSessionName", "first")],
    )
    .await;
    let session = credentials(&got.text());

    let refused = sts(&ground, &session, "AssumeRole", &ask).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "AccessDenied")
    );
    assert_eq!(
        element(&refused.text(), "Message"),
        format!(
            "User: arn:aws:sts::{A}:assumed-role/pipeline/first is not authorized to perform: sts:AssumeRole on resource: {DEPLOY}"
        )
    );
    allow(&ground, &admin, "pipeline", DEPLOY).await;
    let got = sts(&ground, &session, "AssumeRole", &ask).await;
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(
        element(&got.text(), "Arn"),
        format!("arn:aws:sts::{B}:assumed-role/deploy/run")
    );
    // The trust names the role by condition: the administrator itself is not it.
    assert_eq!(
        sts(&ground, &admin, "AssumeRole", &ask).await.code(),
        "AccessDenied"
    );
    // A chain lasts an hour, whatever the role allows.
    let long = [ask[0], ask[1], ("DurationSeconds", "3601")];
    assert_eq!(
        sts(&ground, &session, "AssumeRole", &long).await.code(),
        "ValidationError"
    );
    let short = [ask[0], ask[1], ("DurationSeconds", "899")];
    assert_eq!(
        sts(&ground, &session, "AssumeRole", &short).await.code(),
        "ValidationError"
    );

    let world = ground.sandbox.world();
    assert!(authorize::role_can_assume(&world, PIPELINE, DEPLOY));
    assert!(!authorize::role_can_assume(&world, DEPLOY, PIPELINE));
    assert!(!authorize::role_can_assume(
        &world,
        PIPELINE,
        "arn:aws:iam::222222222222:role/deploy"
    ));
    assert!(authorize::service_can_assume(
        &world,
        PIPELINE,
        "codepipeline.amazonaws.com",
        &[]
    ));
    assert!(!authorize::service_can_assume(
        &world,
        PIPELINE,
        "codebuild.amazonaws.com",
        &[]
    ));
    assert!(!authorize::service_can_assume(
        &world,
        "nonsense",
        "codebuild.amazonaws.com",
        &[]
    ));
}

#[tokio::test]
async fn conditions_of_a_trust() {
    let ground = ground(|_| {}).await;
    let (admin, other) = (administrator(&ground, A), administrator(&ground, B));
    role(&ground, &other, "guarded", "/", &account_with(r#"{"StringEquals":{"sts:ExternalId":"xyz"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#)).await;
    role(&ground, &other, "tagged", "/", &format!(r#"[{{"Effect":"Allow","Principal":{{"AWS":"{A}"}},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{{"StringLike":{{"aws:RequestTag/app":"*"}}}}}}]"#)).await;
    let base = |name: &'static str| vec![("RoleArn", name), ("RoleSessionName", "run")];
    let device = "arn:aws:iam::111111111111:mfa/me";
    let foreign = "arn:aws:iam::222222222222:mfa/me";
    let guarded = "arn:aws:iam::222222222222:role/guarded";
    let tagged = "arn:aws:iam::222222222222:role/tagged";
    let plain = "arn:aws:iam::222222222222:role/plain";
    role(
        &ground,
        &other,
        "plain",
        "/",
        &account_with("{}").replace(r#","Condition":{}"#, ""),
    )
    .await;
    let cases: Vec<(&'static str, Vec<(&str, &str)>, &str)> = vec![
        (guarded, vec![], "AccessDenied"),
        (guarded, vec![("ExternalId", "xyz")], "AccessDenied"),
        (
            guarded,
            vec![("SerialNumber", device), ("TokenCode", "123456")],
            "AccessDenied",
        ),
        (
            guarded,
            vec![
                ("ExternalId", "xyz"),
                ("SerialNumber", device),
                ("TokenCode", "123456"),
            ],
            "",
        ),
        (
            guarded,
            vec![
                ("ExternalId", "xyz"),
                ("SerialNumber", foreign),
                ("TokenCode", "123456"),
            ],
            "AccessDenied",
        ),
        (
            guarded,
            vec![
                ("ExternalId", "xyz"),
                ("SerialNumber", device),
                ("TokenCode", "12345"),
            ],
            "ValidationError",
        ),
        (
            guarded,
            vec![("ExternalId", "xyz"), ("SerialNumber", device)],
            "AccessDenied",
        ),
        (tagged, vec![], "AccessDenied"),
        (
            tagged,
            vec![("Tags.member.1.Key", "app"), ("Tags.member.1.Value", "x")],
            "",
        ),
        (plain, vec![], ""),
        (
            plain,
            vec![("Tags.member.1.Key", "app"), ("Tags.member.1.Value", "x")],
            "AccessDenied",
        ),
        (plain, vec![("SourceIdentity", "me")], "AccessDenied"),
        (plain, vec![("Policy", "{")], "MalformedPolicyDocument"),
        (plain, vec![("RoleSessionName", "again")], ""),
        (plain, vec![("DurationSeconds", "7201")], "ValidationError"),
        (plain, vec![("DurationSeconds", "x")], "MalformedInput"),
    ];
    for (arn, more, code) in cases {
        let mut pairs = base(arn);
        pairs.extend(more.clone());
        let got = sts(&ground, &admin, "AssumeRole", &pairs).await;
        assert_eq!(got.code(), code, "{arn} {more:?}: {}", got.text());
    }
    for (pair, code) in [
        (("RoleSessionName", "a b"), "ValidationError"),
        (("RoleSessionName", "a"), "ValidationError"),
    ] {
        let got = sts(&ground, &admin, "AssumeRole", &[("RoleArn", plain), pair]).await;
        assert_eq!(got.code(), code);
    }
}

#[tokio::test]
async fn a_session_policy_cuts_and_a_deleted_role_ends_its_sessions() {
    let ground = ground(|_| {}).await;
    let (admin, other) = (administrator(&ground, A), administrator(&ground, B));
    role(
        &ground,
        &admin,
        "pipeline",
        "/",
        &account_with("{}").replace(r#","Condition":{}"#, ""),
    )
    .await;
    role(
        &ground,
        &other,
        "deploy",
        "/cicd/",
        &account_with("{}").replace(r#","Condition":{}"#, ""),
    )
    .await;
    allow(&ground, &admin, "pipeline", DEPLOY).await;
    let nothing = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let cut = sts(
        &ground,
        &admin,
        "AssumeRole",
        &[
            ("RoleArn", PIPELINE),
            ("RoleSessionName", "cut"),
            ("Policy", nothing),
        ],
    )
    .await;
    let whole = sts(
        &ground,
        &admin,
        "AssumeRole",
        &[("RoleArn", PIPELINE), ("RoleSessionName", "whole")],
    )
    .await;
    let (cut, whole) = (credentials(&cut.text()), credentials(&whole.text()));
    let ask = [("RoleArn", DEPLOY), ("RoleSessionName", "run")];
    assert_eq!(
        sts(&ground, &cut, "AssumeRole", &ask).await.code(),
        "AccessDenied"
    );
    assert_eq!(sts(&ground, &whole, "AssumeRole", &ask).await.status, 200);
    iam(
        &ground,
        &admin,
        "DeleteRolePolicy",
        &[("RoleName", "pipeline"), ("PolicyName", "p")],
    )
    .await;
    iam(&ground, &admin, "DeleteRole", &[("RoleName", "pipeline")]).await;
    assert_eq!(
        sts(&ground, &whole, "GetCallerIdentity", &[]).await.code(),
        "InvalidClientTokenId"
    );
}
