//! Within one account: identity policies, boundary, session policies, organization.

use serde_json::json;

use super::scene::{Scene, allow, deny, document, said};
use crate::sandbox::PolicyType;
use crate::sandbox::tests::client::{A, B, iam, query, sts};

#[tokio::test]
async fn each_service_refuses_in_its_own_form() {
    let scene = Scene::new().await;
    let nobody = scene.user(A, "nobody", json!([])).await;
    let who = "User: arn:aws:iam::111111111111:user/nobody is not authorized to perform";
    let because =
        |action: &str| format!("because no identity-based policy allows the {action} action");
    for (target, input, action, on) in [
        (
            "codepipeline.GetPipeline",
            json!({"name": "orders"}),
            "codepipeline:GetPipeline",
            " on resource: arn:aws:codepipeline:ap-northeast-2:111111111111:orders",
        ),
        (
            "codecommit.ListRepositories",
            json!({}),
            "codecommit:ListRepositories",
            "",
        ),
        (
            "ecr.GetAuthorizationToken",
            json!({}),
            "ecr:GetAuthorizationToken",
            " on resource: *",
        ),
        (
            "codedeploy.GetApplication",
            json!({"applicationName": "orders"}),
            "codedeploy:GetApplication",
            " on resource: arn:aws:codedeploy:ap-northeast-2:111111111111:application:orders",
        ),
        (
            "kms.CreateKey",
            json!({}),
            "kms:CreateKey",
            " on resource: *",
        ),
        (
            "ecs.DescribeServices",
            json!({"cluster": "apps", "services": ["orders"]}),
            "ecs:DescribeServices",
            " on resource: arn:aws:ecs:ap-northeast-2:111111111111:service/apps/orders",
        ),
    ] {
        assert_eq!(
            scene.json(&nobody, target, input).await,
            format!(
                "400 AccessDeniedException: {who}: {action}{on} {}",
                because(action)
            )
        );
    }
    let role = iam(&scene.ground, &nobody, "GetRole", &[("RoleName", "build")]).await;
    assert_eq!(
        said(&role),
        format!(
            "403 AccessDenied: {who}: iam:GetRole on resource: role build {}",
            because("iam:GetRole")
        )
    );
    let pairs = [
        ("Action", "DescribeLoadBalancers"),
        ("Version", "2015-12-01"),
    ];
    let balancers = query(&scene.ground, "elasticloadbalancing", &pairs);
    let balancers = balancers.signed(&nobody).0.send(&scene.ground).await;
    let action = "elasticloadbalancing:DescribeLoadBalancers";
    assert_eq!(
        said(&balancers),
        format!("403 AccessDenied: {who}: {action} {}", because(action))
    );
    assert_eq!(
        scene.s3(&nobody, "GET", "/", "").await,
        format!(
            "403 AccessDenied: {who}: s3:ListAllMyBuckets {}",
            because("s3:ListAllMyBuckets")
        )
    );
    assert_eq!(
        scene.s3(&nobody, "PUT", "/fresh", "").await,
        format!(
            "403 AccessDenied: {who}: s3:CreateBucket on resource: \"arn:aws:s3:::fresh\" {}",
            because("s3:CreateBucket")
        )
    );
    // Nobody needs a right to know who they are.
    let identity = sts(&scene.ground, &nobody, "GetCallerIdentity", &[]).await;
    assert_eq!(identity.status, 200);
}

#[tokio::test]
async fn a_deny_names_its_policy() {
    let scene = Scene::new().await;
    let user = scene
        .user(
            A,
            "user",
            json!([
                allow(json!("*"), json!("*")),
                deny(json!("ecr:DeleteRepository"), json!("*"))
            ]),
        )
        .await;
    let who = "User: arn:aws:iam::111111111111:user/user is not authorized to perform";
    let on = "on resource: arn:aws:ecr:ap-northeast-2:111111111111:repository/orders";
    let delete = json!({"repositoryName": "orders"});
    assert_eq!(
        scene
            .json(&user, "ecr.DeleteRepository", delete.clone())
            .await,
        format!(
            "400 AccessDeniedException: {who}: ecr:DeleteRepository {on} with an explicit deny in an identity-based policy"
        )
    );
    let managed = scene
        .managed(
            A,
            "NoRepositories",
            json!([deny(json!("ecr:*"), json!("*"))]),
        )
        .await;
    let pairs = [("UserName", "user"), ("PolicyArn", managed.as_str())];
    scene.iam(A, "AttachUserPolicy", &pairs).await;
    scene
        .user_policy(A, "user", json!([allow(json!("*"), json!("*"))]))
        .await;
    assert_eq!(
        scene.json(&user, "ecr.DeleteRepository", delete).await,
        format!(
            "400 AccessDeniedException: {who}: ecr:DeleteRepository {on} with an explicit deny in an identity-based policy: {managed}"
        )
    );
}

#[tokio::test]
async fn a_boundary_cuts() {
    let scene = Scene::new().await;
    let user = scene
        .user(A, "user", json!([allow(json!("*"), json!("*"))]))
        .await;
    let boundary = scene
        .managed(
            A,
            "Edge",
            json!([
                allow(json!("codecommit:*"), json!("*")),
                deny(json!("codecommit:DeleteRepository"), json!("*"))
            ]),
        )
        .await;
    // The sandbox has no operation that bounds a user, so it is bounded as CreateUser would.
    {
        let mut world = scene.ground.sandbox.world();
        let account = world.accounts.get_mut(A).unwrap();
        account.iam.users.get_mut("user").unwrap().boundary = Some(boundary.clone());
    }
    let who = "400 AccessDeniedException: User: arn:aws:iam::111111111111:user/user is not authorized to perform";
    assert_eq!(
        scene
            .json(&user, "ecr.GetAuthorizationToken", json!({}))
            .await,
        format!(
            "{who}: ecr:GetAuthorizationToken on resource: * because no permissions boundary allows the ecr:GetAuthorizationToken action"
        )
    );
    assert_eq!(
        scene
            .json(
                &user,
                "codecommit.DeleteRepository",
                json!({"repositoryName": "x"})
            )
            .await,
        format!(
            "{who}: codecommit:DeleteRepository on resource: arn:aws:codecommit:ap-northeast-2:111111111111:x with an explicit deny in a permissions boundary: {boundary}"
        )
    );
    scene
        .ok(&user, "codecommit.ListRepositories", json!({}))
        .await;
}

#[tokio::test]
async fn a_session_is_cut_by_its_policies() {
    let scene = Scene::new().await;
    let trust = json!([{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}]);
    scene
        .role(A, "work", trust, json!([allow(json!("*"), json!("*"))]))
        .await;
    let role = "arn:aws:iam::111111111111:role/work";
    let policy = document(json!([
        allow(json!("ecr:*"), json!("*")),
        deny(json!("ecr:DeleteRepository"), json!("*")),
    ]));
    let admin = scene.admin(A);
    let session = scene.assume(&admin, role, &[("Policy", &policy)]).await;
    let who = "400 AccessDeniedException: User: arn:aws:sts::111111111111:assumed-role/work/probe is not authorized to perform";
    assert_eq!(
        scene
            .json(&session, "codebuild.ListProjects", json!({}))
            .await,
        format!(
            "{who}: codebuild:ListProjects on resource: * because no session policy allows the codebuild:ListProjects action"
        )
    );
    assert_eq!(
        scene
            .json(
                &session,
                "ecr.DeleteRepository",
                json!({"repositoryName": "x"})
            )
            .await,
        format!(
            "{who}: ecr:DeleteRepository on resource: arn:aws:ecr:ap-northeast-2:111111111111:repository/x with an explicit deny in a session policy"
        )
    );
    scene
        .ok(&session, "ecr.DescribeRepositories", json!({}))
        .await;
    let plain = scene.assume(&admin, role, &[]).await;
    scene.ok(&plain, "codebuild.ListProjects", json!({})).await;
}

#[tokio::test]
async fn the_organization_limits_members_but_not_its_management_account() {
    let scene = Scene::new().await;
    let sandbox = &scene.ground.sandbox;
    let kind = PolicyType::ServiceControlPolicy;
    let texts = |statements| vec![("edge".to_owned(), document(statements))];
    sandbox
        .set_policies(
            kind,
            None,
            &texts(json!([deny(json!("ecr:*"), json!("*"))])),
            false,
        )
        .unwrap();
    let (manager, member) = (scene.admin(A), scene.admin(B));
    let who = "400 AccessDeniedException: User: arn:aws:iam::222222222222:user/administrator is not authorized to perform";
    let refused = scene
        .json(&member, "ecr.GetAuthorizationToken", json!({}))
        .await;
    assert!(
        refused.starts_with(&format!("{who}: ecr:GetAuthorizationToken on resource: * with an explicit deny in a service control policy: arn:aws:organizations::111111111111:policy/o-")),
        "{refused}"
    );
    scene
        .ok(&manager, "ecr.GetAuthorizationToken", json!({}))
        .await;
    sandbox.remove_policies(kind, None, &[]).unwrap();
    sandbox
        .set_policies(
            kind,
            Some(B),
            &texts(json!([allow(json!("codecommit:*"), json!("*"))])),
            true,
        )
        .unwrap();
    assert_eq!(
        scene
            .json(&member, "ecr.GetAuthorizationToken", json!({}))
            .await,
        format!(
            "{who}: ecr:GetAuthorizationToken on resource: * because no service control policy allows the ecr:GetAuthorizationToken action"
        )
    );
    scene
        .ok(&member, "codecommit.ListRepositories", json!({}))
        .await;
    sandbox.remove_policies(kind, Some(B), &[]).unwrap();
    scene
        .ok(&member, "ecr.GetAuthorizationToken", json!({}))
        .await;
}

#[tokio::test]
async fn permissive_lets_everything_through() {
    let scene = Scene::with(|options| options.permissive = true).await;
    let nobody = scene.user(A, "nobody", json!([])).await;
    scene
        .ok(&nobody, "ecr.GetAuthorizationToken", json!({}))
        .await;
    assert_eq!(scene.s3(&nobody, "GET", "/", "").await, "200");
    let foreign = scene.key(B, json!([])).await;
    scene
        .ok(
            &nobody,
            "kms.Encrypt",
            json!({"KeyId": foreign, "Plaintext": "aGFsbG8="}),
        )
        .await;
}

#[tokio::test]
async fn session_tokens_without_a_second_factor_do_not_reach_iam() {
    let scene = Scene::new().await;
    let admin = scene.admin(A);
    let got = sts(&scene.ground, &admin, "GetSessionToken", &[]).await;
    let session = crate::sandbox::tests::client::credentials(&got.text());
    let refused = iam(&scene.ground, &session, "ListRoles", &[]).await;
    assert_eq!(
        said(&refused),
        "403 InvalidClientTokenId: The security token included in the request is invalid"
    );
    scene
        .ok(&session, "ecr.GetAuthorizationToken", json!({}))
        .await;
}

/// How fast requests are decided; run with `cargo test --release -- --ignored --nocapture decided_per_second`.
#[tokio::test]
#[ignore = "prints a figure, and decides nothing about it"]
async fn decided_per_second() {
    use crate::sandbox::authorize;
    use crate::sandbox::service::{Call, Caller};

    let scene = Scene::new().await;
    let open = json!({"Effect": "Allow", "Principal": {"AWS": B}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/*"});
    scene.bucket(A, "artifacts", json!([open])).await;
    let trust = json!([{"Effect": "Allow", "Principal": {"AWS": B}, "Action": "sts:AssumeRole"}]);
    let statements = json!([
        allow(json!(["codedeploy:*", "ecs:*"]), json!("*")),
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:aws:s3:::artifacts/*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}},
    ]);
    scene.role(B, "deploy", trust, statements).await;
    let arn = "arn:aws:iam::222222222222:role/deploy";
    let world = scene.ground.sandbox.world();
    let call = Call {
        caller: Caller {
            account: B.to_owned(),
            arn: "arn:aws:sts::222222222222:assumed-role/deploy/run".to_owned(),
            user_id: "AROAX:run".to_owned(),
            principal_arn: arn.to_owned(),
        },
        region: "ap-northeast-2".to_owned(),
        input: json!({}),
        now: 0,
        request_id: String::new(),
    };
    let count = 100_000;
    let started = std::time::Instant::now();
    for _ in 0..count {
        let request = authorize::of_call(
            &world,
            None,
            &call,
            "s3:GetObject",
            "arn:aws:s3:::artifacts/a",
        );
        assert!(authorize::check(&world, None, &request).is_ok());
    }
    let each = started.elapsed().as_secs_f64() / f64::from(count);
    println!("{:.0} requests decided per second", 1.0 / each);
}
