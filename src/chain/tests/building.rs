use insta::assert_snapshot;

use super::*;

fn build(configuration: Value) -> Value {
    made("Build", "CodeBuild", configuration)
}

fn project(more: Value) -> Value {
    let mut project = json!({
        "name": "orders-dev",
        "source": {"type": "CODEPIPELINE"},
        "serviceRole": "arn:aws:iam::111111111111:role/cicd/orders-dev-build",
        "environment": {"environmentVariables": [
            {"name": "REGISTRY", "value": "222222222222.dkr.ecr.ap-northeast-2.amazonaws.com", "type": "PLAINTEXT"},
            {"name": "PUSH_ROLE", "value": "arn:aws:iam::222222222222:role/cicd/orders-push"}
        ]}
    });
    for (key, value) in more.as_object().unwrap() {
        project[key] = value.clone();
    }
    project
}

fn built(more: Value, buildspec: &str) -> Listing {
    let mut run = run(&[codecommit(), build(json!({"ProjectName": "orders-dev"}))]);
    let beside = run.beside("Build", "Build");
    beside.project = Some(project(more));
    beside.buildspec = Some(buildspec.to_owned());
    of(&run, "Build")
}

/// Ids of what the commands ask, with who asks it.
fn commands(commands: &[&str]) -> Vec<String> {
    let lines: Vec<String> = commands
        .iter()
        .map(|command| {
            let indented = command.replace('\n', "\n          ");
            format!("      - |\n          {indented}\n")
        })
        .collect();
    let buildspec = format!(
        "version: 0.2\nphases:\n  build:\n    commands:\n{}",
        lines.concat()
    );
    let listing = built(json!({}), &buildspec);
    let asked = listing
        .needs
        .iter()
        .filter(|need| need.step == Step::BuildCommands)
        .map(|need| {
            let Who::Role { actor, .. } = need.who else {
                panic!("a service runs no command")
            };
            let mark = if need.optional { "?" } else { "" };
            format!("{actor:?} {}{mark}", need.iam_action)
        });
    let mut told: Vec<String> = asked.collect();
    told.extend(listing.gaps.into_iter().map(|gap| format!("- {}", gap.why)));
    told
}

const ASSUME: &str =
    "CREDENTIALS=$(aws sts assume-role --role-arn \"$PUSH_ROLE\" --role-session-name build)";
const LOGIN: &str =
    "aws ecr get-login-password | docker login --username AWS --password-stdin $REGISTRY";
const PUSHED: [&str; 5] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
];

fn pushed_by(actor: &str) -> Vec<String> {
    PUSHED
        .iter()
        .map(|name| format!("{actor} {name}"))
        .collect()
}

#[test]
fn everything_beside_a_build() {
    let more = json!({
        "cache": {"type": "S3", "location": "caches/orders"},
        "logsConfig": {
            "cloudWatchLogs": {"status": "ENABLED", "groupName": "builds", "streamName": "orders"},
            "s3Logs": {"status": "ENABLED", "location": "logs/orders"}
        },
        "vpcConfig": {"vpcId": "vpc-1", "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]},
        "environment": {
            "image": "222222222222.dkr.ecr.ap-northeast-2.amazonaws.com/builder:1",
            "imagePullCredentialsType": "SERVICE_ROLE",
            "environmentVariables": [
                {"name": "A", "value": "/orders/a", "type": "PARAMETER_STORE"},
                {"name": "B", "value": "orders/b:key", "type": "SECRETS_MANAGER"}
            ]
        },
        "encryptionKey": "arn:aws:kms:ap-northeast-2:111111111111:key/another",
        "source": {"type": "CODEPIPELINE", "buildspec": "arn:aws:s3:::specs/orders.yml"}
    });
    let spec = "version: 0.2\nenv:\n  parameter-store:\n    C: /orders/c\n  secrets-manager:\n    D: arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:d-AbCdEf:key\nphases:\n  build:\n    commands: [make]\nreports:\n  r: {}\n";
    assert_snapshot!(told(&built(more, spec)));
}

#[test]
fn without_the_project_it_is_said_what_is_missing() {
    let run = run(&[codecommit(), build(json!({"ProjectName": "orders-dev"}))]);
    assert_snapshot!(told(&of(&run, "Build")));
}

#[test]
fn a_role_of_the_actions_own_and_a_batch() {
    let action = build(json!({
        "ProjectName": "orders-dev",
        "BatchEnabled": "true",
        "ServiceRoleArnOverride": "arn:aws:iam::111111111111:role/other"
    }));
    let mut run = run(&[codecommit(), action]);
    let more = json!({"buildBatchConfig": {"serviceRole": "arn:aws:iam::111111111111:role/batch"}});
    run.beside("Build", "Build").project = Some(project(more));
    let listing = of(&run, "Build");
    assert_eq!(
        need(&listing, "build/start").iam_action,
        "codebuild:StartBuildBatch"
    );
    assert_eq!(
        need(&listing, "build/batch-start").who.role_arn(),
        Some("arn:aws:iam::111111111111:role/batch")
    );
    let pass = need(&listing, "build/pass-role");
    assert_eq!(pass.resource, "arn:aws:iam::111111111111:role/other");
    assert!(pass.context.contains(&(
        "iam:PassedToService".into(),
        vec!["codebuild.amazonaws.com".into()]
    )));
    assert_eq!(
        need(&listing, "build/source-read").who.role_arn(),
        Some("arn:aws:iam::111111111111:role/other")
    );
}

#[test]
fn a_reference_is_cloned_by_the_build() {
    let mut source = codecommit();
    source["configuration"]["OutputArtifactFormat"] = json!("CODEBUILD_CLONE_REF");
    let mut run = run(&[source, build(json!({"ProjectName": "orders-dev"}))]);
    run.beside("Build", "Build").project = Some(project(json!({})));
    let listing = of(&run, "Source");
    assert!(ids(&listing).contains(&"source/repository"));
    assert!(!ids(&listing).contains(&"source/archive"));
    assert_eq!(
        need(&of(&run, "Build"), "build/clone").iam_action,
        "codecommit:GitPull"
    );
    let connection = "arn:aws:codeconnections:ap-northeast-2:111111111111:connection/c";
    run.pipeline["stages"][0]["actions"][0]["configuration"]["ConnectionArn"] = json!(connection);
    assert_eq!(
        need(&of(&run, "Build"), "build/clone-codestar-connections").resource,
        connection
    );
}

#[test]
fn a_push_in_the_name_of_the_push_role() {
    let mut expected = vec![
        "Build sts:AssumeRole".to_owned(),
        "Push ecr:GetAuthorizationToken".to_owned(),
    ];
    expected.extend(pushed_by("Push"));
    let push = "docker push $REGISTRY/orders:1";
    for way in [
        // Exported one by one, as most recipes do.
        vec![
            ASSUME,
            "export AWS_ACCESS_KEY_ID=$(echo $CREDENTIALS | jq -r .Credentials.AccessKeyId)",
            LOGIN,
            push,
        ],
        // Read in one go.
        vec![
            ASSUME,
            "read -r AWS_ACCESS_KEY_ID B C <<< \"$CREDENTIALS\"",
            LOGIN,
            push,
        ],
        // In a subshell.
        vec![&format!(
            "(\nset -o pipefail\n{ASSUME} || exit 1\nexport AWS_ACCESS_KEY_ID=x\n{LOGIN} || exit 1\n{push} || exit 1\n)"
        )],
        // For the login alone: the token counts, and not who pushes.
        vec![ASSUME, &format!("AWS_ACCESS_KEY_ID=x {LOGIN}"), push],
        // By a profile.
        vec![
            ASSUME,
            "aws configure set aws_access_key_id x --profile env",
            "aws ecr get-login-password --profile env | docker login -u AWS --password-stdin $REGISTRY",
            push,
        ],
        // By eval.
        vec![
            "eval $(aws sts assume-role --role-arn $PUSH_ROLE --role-session-name b | jq -r todo)",
            LOGIN,
            push,
        ],
    ] {
        let found = commands(&way);
        let required: Vec<String> = found
            .iter()
            .map(|it| it.replace("AssumeRole?", "AssumeRole"))
            .collect();
        assert_eq!(required, expected, "{way:?}");
    }
}

#[test]
fn a_push_without_a_push_role_needs_the_repositorys_policy() {
    let mut expected = vec!["Build ecr:GetAuthorizationToken".to_owned()];
    expected.extend(pushed_by("Build"));
    assert_eq!(
        commands(&[LOGIN, "docker push $REGISTRY/orders:1"]),
        expected
    );
    let listing = built(
        json!({}),
        "version: 0.2\nphases:\n  build:\n    commands:\n      - aws ecr get-login-password | docker login --password-stdin $REGISTRY\n      - docker push $REGISTRY/orders:1",
    );
    let push = need(&listing, "build/push-image");
    assert_eq!(
        (push.owner.as_str(), push.request().principal().account()),
        (DEV, Some(SHARED))
    );
    // The password is that of the caller's own account, whatever registry it is for.
    assert_eq!(need(&listing, "build/login").owner, SHARED);
}

#[test]
fn what_a_failure_ends() {
    for (command, expected) in [
        (
            "aws ecr describe-images --repository-name a",
            "Build ecr:DescribeImages",
        ),
        (
            "aws ecr describe-images --repository-name a || true",
            "Build ecr:DescribeImages?",
        ),
        (
            "aws ecr describe-images --repository-name a || exit 1",
            "Build ecr:DescribeImages",
        ),
        (
            "aws ecr describe-images --repository-name a; true",
            "Build ecr:DescribeImages?",
        ),
        (
            "set -e; aws ecr describe-images --repository-name a; true",
            "Build ecr:DescribeImages",
        ),
        (
            "if aws ecr describe-images --repository-name a; then :; fi",
            "Build ecr:DescribeImages?",
        ),
        (
            "! aws ecr describe-images --repository-name a",
            "Build ecr:DescribeImages?",
        ),
        (
            "aws ecr describe-images --repository-name a | wc -l",
            "Build ecr:DescribeImages?",
        ),
        (
            "set -o pipefail; aws ecr describe-images --repository-name a | wc -l",
            "Build ecr:DescribeImages",
        ),
        (
            "X=$(aws ecr describe-images --repository-name a)",
            "Build ecr:DescribeImages",
        ),
        (
            "export X=$(aws ecr describe-images --repository-name a)",
            "Build ecr:DescribeImages?",
        ),
        (
            "echo `aws ecr describe-images --repository-name a`",
            "Build ecr:DescribeImages?",
        ),
        (
            "(aws ecr describe-images --repository-name a)",
            "Build ecr:DescribeImages",
        ),
    ] {
        assert_eq!(commands(&[command]), [expected], "{command}");
    }
}

#[test]
fn branches_that_are_not_taken_ask_nothing() {
    let chain = |branch: &str| {
        format!(
            "export BRANCH={branch}\nif [ \"$BRANCH\" = develop ]; then R=dev; elif [ \"$BRANCH\" = master ]; then R=prd; else exit 1; fi\naws ecr list-images --repository-name $R"
        )
    };
    let resource = |text: &str| {
        let spec = format!(
            "version: 0.2\nphases:\n  build:\n    commands:\n      - |\n        {}",
            text.replace('\n', "\n        ")
        );
        let listing = built(json!({}), &spec);
        listing
            .needs
            .iter()
            .filter(|need| need.step == Step::BuildCommands)
            .map(|need| need.resource.rsplit('/').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(resource(&chain("develop")), ["dev"]);
    assert_eq!(resource(&chain("master")), ["prd"]);
    assert_eq!(resource(&chain("other")), [""; 0]);
    let case = "case \"$BRANCH\" in develop|dev*) R=dev ;; *) R=all ;; esac\naws ecr list-images --repository-name $R";
    assert_eq!(resource(&format!("BRANCH=devel\n{case}")), ["dev"]);
    assert_eq!(resource(&format!("BRANCH=x\n{case}")), ["all"]);
    // Where the branch is not known, both ways are gone, and what differs is not known.
    assert_eq!(resource(case), [""; 0]);
    assert!(commands(&[case]).concat().contains("not known here"));
}

#[test]
fn what_is_not_known_is_said() {
    for (command, said) in [
        ("docker push $REGISTRY/orders:1", "without a login"),
        (
            "docker push $ELSEWHERE.dkr.ecr.x.amazonaws.com/orders",
            "not known here",
        ),
        (
            "aws sts assume-role --role-arn $NOBODY",
            "takes on a role that is not known",
        ),
        ("aws s3api list-buckets", "`aws s3api list-buckets`"),
        (
            "aws ecr start-image-scan --repository-name a",
            "start-image-scan",
        ),
    ] {
        let told = commands(&[command]);
        assert!(
            told.iter()
                .any(|it| it.starts_with("- ") && it.contains(said)),
            "{command}: {told:?}"
        );
    }
    for quiet in [
        "make",
        "docker build .",
        "aws sts get-caller-identity",
        "docker push local/image",
    ] {
        assert!(
            commands(&[quiet]).is_empty(),
            "{quiet}: {:?}",
            commands(&[quiet])
        );
    }
}

#[test]
fn other_commands() {
    assert_eq!(
        commands(&[
            "aws ecs describe-task-definition --task-definition a",
            "aws ssm get-parameter --name /a",
            "aws ssm get-parameters --names /a",
            "aws secretsmanager get-secret-value --secret-id a",
            "aws s3 cp a s3://bucket/a",
            "aws s3 cp s3://bucket/a a",
            "$(aws ecr get-login --no-include-email)",
            "docker pull 111111111111.dkr.ecr.ap-northeast-2.amazonaws.com/base:1",
            "sudo env A=b aws ecr put-image --repository-name a",
        ]),
        [
            "Build ecs:DescribeTaskDefinition",
            "Build ssm:GetParameter",
            "Build ssm:GetParameters",
            "Build secretsmanager:GetSecretValue",
            "Build s3:PutObject",
            "Build s3:GetObject",
            "Build ecr:GetAuthorizationToken",
            "Build ecr:BatchGetImage",
            "Build ecr:GetDownloadUrlForLayer",
            "Build ecr:PutImage",
        ]
    );
}

#[test]
fn registries_can_be_said_instead_of_read() {
    let mut run = run(&[codecommit(), build(json!({"ProjectName": "orders-dev"}))]);
    let beside = run.beside("Build", "Build");
    beside.project = Some(project(json!({})));
    beside.registries = vec![Registry {
        repository: "arn:aws:ecr:ap-northeast-2:222222222222:repository/orders".into(),
        push_role: Some("arn:aws:iam::222222222222:role/push".into()),
    }];
    let listing = of(&run, "Build");
    let asked: Vec<&str> = listing
        .needs
        .iter()
        .filter(|need| need.step == Step::BuildCommands)
        .map(|need| need.iam_action.as_str())
        .collect();
    assert_eq!(asked[..2], ["sts:AssumeRole", "ecr:GetAuthorizationToken"]);
    assert_eq!(asked[2..], PUSHED);
    assert!(listing.gaps.is_empty());
}
