//! Tags and other conditions that policies look at.

use serde_json::json;

use super::scene::{Scene, allow};
use crate::sandbox::tests::client::{A, iam};

#[tokio::test]
async fn tags_of_requests_resources_and_principals() {
    let scene = Scene::new().await;
    let statements = json!([
        {"Effect": "Allow", "Action": ["ecr:CreateRepository", "ecr:TagResource"], "Resource": "*",
         "Condition": {"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}},
        {"Effect": "Allow", "Action": "ecr:DeleteRepository", "Resource": "*",
         "Condition": {"StringEquals": {"ecr:ResourceTag/team": "orders", "aws:ResourceTag/team": "orders"}}},
    ]);
    let user = scene.user(A, "user", statements).await;
    let pairs = [
        ("UserName", "user"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "orders"),
    ];
    scene.iam(A, "TagUser", &pairs).await;
    let create = |name: &str, tags: &[(&str, &str)]| {
        let tags: Vec<_> = tags
            .iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect();
        json!({"repositoryName": name, "tags": tags})
    };
    for (input, fine) in [
        (create("team-a", &[("team", "orders")]), true),
        (create("team-b", &[("team", "billing")]), false),
        (create("team-c", &[]), false),
        (
            create("team-d", &[("team", "orders"), ("more", "x")]),
            false,
        ),
    ] {
        let answer = scene.json(&user, "ecr.CreateRepository", input).await;
        assert_eq!(answer.contains("repositoryArn"), fine, "{answer}");
    }
    let admin = scene.admin(A);
    scene
        .ok(
            &admin,
            "ecr.CreateRepository",
            create("other", &[("team", "billing")]),
        )
        .await;
    let delete = |name: &str| json!({"repositoryName": name});
    let refused = scene
        .json(&user, "ecr.DeleteRepository", delete("other"))
        .await;
    assert!(refused.contains("AccessDenied"), "{refused}");
    scene
        .ok(&user, "ecr.DeleteRepository", delete("team-a"))
        .await;
}

#[tokio::test]
async fn several_resources_are_decided_one_by_one() {
    let scene = Scene::new().await;
    let admin = scene.admin(A);
    for name in ["mine", "theirs"] {
        scene
            .ok(
                &admin,
                "ecr.CreateRepository",
                json!({"repositoryName": name}),
            )
            .await;
    }
    let mine = "arn:aws:ecr:ap-northeast-2:111111111111:repository/mine";
    let user = scene
        .user(
            A,
            "user",
            json!([allow(json!("ecr:DescribeRepositories"), json!(mine))]),
        )
        .await;
    let describe = |names: &[&str]| json!({"repositoryNames": names});
    scene
        .ok(&user, "ecr.DescribeRepositories", describe(&["mine"]))
        .await;
    let refused = scene
        .json(
            &user,
            "ecr.DescribeRepositories",
            describe(&["mine", "theirs"]),
        )
        .await;
    assert!(refused.contains("repository/theirs because"), "{refused}");
}

#[tokio::test]
async fn branches_are_protected() {
    let scene = Scene::new().await;
    let admin = scene.admin(A);
    scene
        .ok(
            &admin,
            "codecommit.CreateRepository",
            json!({"repositoryName": "orders"}),
        )
        .await;
    let user = scene
        .user(
            A,
            "user",
            json!([
                allow(json!("codecommit:*"), json!("*")),
                {"Effect": "Deny", "Action": ["codecommit:PutFile", "codecommit:CreateCommit"], "Resource": "*",
                 "Condition": {"StringEqualsIfExists": {"codecommit:References": ["refs/heads/main"]}}},
            ]),
        )
        .await;
    let put = |branch: &str| json!({"repositoryName": "orders", "branchName": branch, "filePath": "a", "fileContent": "eA=="});
    let refused = scene.json(&user, "codecommit.PutFile", put("main")).await;
    assert!(
        refused.contains("with an explicit deny in an identity-based policy"),
        "{refused}"
    );
    scene.ok(&user, "codecommit.PutFile", put("develop")).await;
}

#[tokio::test]
async fn roles_are_made_with_a_boundary_only() {
    let scene = Scene::new().await;
    let boundary = scene
        .managed(A, "Edge", json!([allow(json!("s3:*"), json!("*"))]))
        .await;
    let user = scene
        .user(
            A,
            "user",
            json!([{"Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"], "Resource": "*",
                "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}}]),
        )
        .await;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let plain = [("RoleName", "free"), ("AssumeRolePolicyDocument", trust)];
    let refused = iam(&scene.ground, &user, "CreateRole", &plain).await;
    assert!(
        refused
            .text()
            .contains("iam:CreateRole on resource: arn:aws:iam::111111111111:role/free because"),
        "{}",
        refused.text()
    );
    let bound = [
        ("RoleName", "bound"),
        ("AssumeRolePolicyDocument", trust),
        ("PermissionsBoundary", boundary.as_str()),
    ];
    assert_eq!(
        iam(&scene.ground, &user, "CreateRole", &bound).await.status,
        200
    );
    let put = [
        ("RoleName", "bound"),
        ("PolicyName", "p"),
        (
            "PolicyDocument",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        ),
    ];
    assert_eq!(
        iam(&scene.ground, &user, "PutRolePolicy", &put)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn each_event_is_decided_by_its_source() {
    let scene = Scene::new().await;
    let user = scene
        .user(
            A,
            "user",
            json!([{"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*",
                "Condition": {"StringEquals": {"events:source": ["orders", "billing"]}}}]),
        )
        .await;
    let entry = |source: &str| json!({"Source": source, "DetailType": "x", "Detail": "{}"});
    let fine = json!({"Entries": [entry("orders"), entry("billing"), entry("orders")]});
    scene.ok(&user, "events.PutEvents", fine).await;
    let mixed = json!({"Entries": [entry("orders"), entry("other")]});
    let refused = scene.json(&user, "events.PutEvents", mixed).await;
    assert!(refused.contains("AccessDeniedException"), "{refused}");
}
