//! The data itself, and what is asked of it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn known(name: &str) -> Action {
    action(name).unwrap_or_else(|| panic!("{name} is unknown"))
}

#[test]
fn every_service_can_be_read() {
    assert!(services().len() > 400);
    let mut actions = 0;
    for prefix in services() {
        let service = service(prefix).unwrap_or_else(|| panic!("{prefix} cannot be read"));
        assert_eq!(service.prefix(), prefix);
        assert!(!service.name().is_empty());
        for action in service.actions() {
            actions += 1;
            assert_eq!(super::action(&action.name()), Some(action));
        }
    }
    assert!(actions > 20_000, "{actions}");
    assert!(services().is_sorted());
    assert!(data_version().contains('.'), "{}", data_version());
}

#[test]
fn the_file_stays_small() {
    assert!(include_bytes!("data/iam-data.bin").len() < 500_000);
}

#[test]
fn damaged_files_are_refused() {
    let file = include_bytes!("data/iam-data.bin");
    assert!(container::open(&[]).is_none());
    assert!(container::open(&file[1..]).is_none());
    assert!(container::open(&file[..file.len() - 1]).is_none());
    assert!(container::open(&file[..40]).is_none());
    let index = container::open(file).unwrap();
    let first = &index.services[0];
    assert!(container::inflate(first.block, first.raw + 1).is_none());
    assert!(container::inflate(first.block, first.raw - 1).is_none());
    assert!(container::inflate(&first.block[1..], first.raw).is_none());
    for text in [
        "x",
        "zaws:X\n\n\n\n",
        "sa:x\n1\n\n\n",
        "\n\nb\n\n",
        "\n\n\nB\tR\t\t\nA\tR\t\t\n",
        "\n\n\nA\tR\t0!\t\n",
        "\n\n\nA\tR0\t\t\n",
        "\n\n\nA\tX\t\t\n",
        "\n\n\nA\tR\n",
    ] {
        assert!(Service::read("x", "X", text).is_none(), "{text:?}");
    }
    let read = Service::read(
        "x",
        "X",
        "s:a\nSaws:B\n\n0-1\n\nt\tx:::t\t0\n\nA\tR0\t0!:0+y:B\tz:C\n",
    )
    .unwrap();
    let action = Box::leak(Box::new(read)).action("a").unwrap();
    assert_eq!(action.dependent_actions(), ["z:C"]);
    let taken: Vec<_> = action.resource_types().collect();
    assert_eq!(taken[0].resource.arns, ["arn:${Partition}:x:::t"]);
    assert!(taken[0].required());
    assert_eq!(taken[0].dependent_actions(), ["y:B"]);
    let keys: Vec<_> = action
        .condition_keys()
        .map(|key| (key.name.as_str(), key.multiple))
        .collect();
    assert_eq!(keys, [("x:a", false), ("aws:B", true)]);
}

#[test]
fn an_action_by_its_name() {
    let action = known("S3:getobject");
    assert_eq!(action.name(), "s3:GetObject");
    assert_eq!(action.level(), AccessLevel::Read);
    assert_eq!(action.service().name(), "Amazon S3");
    let taken: Vec<_> = action
        .resource_types()
        .map(|it| (it.resource.name, it.required()))
        .collect();
    assert!(taken.contains(&("object", false)), "{taken:?}");
    assert_eq!(known("ecs:TagResource").level(), AccessLevel::Tagging);
    assert_eq!(known("iam:PassRole").level(), AccessLevel::Write);
    assert_eq!(
        known("iam:PutRolePolicy").level(),
        AccessLevel::PermissionsManagement
    );
    assert_eq!(
        known("ecr:GetAuthorizationToken").resource_types().count(),
        0
    );
    let role: Vec<_> = known("iam:PassRole")
        .resource_types()
        .map(|it| it.resource.arns.clone())
        .collect();
    assert_eq!(
        role,
        [["arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"]]
    );
    for unknown in [
        "",
        "s3",
        "s3:",
        ":GetObject",
        "s3:GetObjects",
        "s4:GetObject",
        "s3:Get*",
        "s3:é",
        "é:x",
    ] {
        assert!(super::action(unknown).is_none(), "{unknown}");
    }
    assert_eq!(service("api").map(Service::prefix), None);
    assert_eq!(
        service("ApiGateway").map(Service::prefix),
        Some("apigateway")
    );
}

#[test]
fn wildcards() {
    assert_eq!(expand("s3:getobject"), ["s3:GetObject"]);
    assert_eq!(expand("S3:GetObjectA??"), ["s3:GetObjectAcl"]);
    assert_eq!(
        expand("codedeploy:CreateDeployment*"),
        [
            "codedeploy:CreateDeployment",
            "codedeploy:CreateDeploymentConfig",
            "codedeploy:CreateDeploymentGroup"
        ]
    );
    assert!(expand("code*:List*Tags*").contains(&"codepipeline:ListTagsForResource".to_owned()));
    assert_eq!(expand("s3:Nothing*"), [""; 0]);
    assert_eq!(expand("nothing:*"), [""; 0]);
    assert_eq!(expand("*"), expand("*:*"));
    assert_eq!(
        expand("*").len(),
        services()
            .map(|it| service(it).unwrap().actions().count())
            .sum::<usize>()
    );
    assert_eq!(expand("s3*ectAcl"), expand("s3*:*ectAcl"));
}

/// The definition, word by word.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((b'*', rest)), _) => {
            naive(rest, text)
                || text
                    .split_first()
                    .is_some_and(|(_, tail)| naive(pattern, tail))
        }
        (Some((b'?', rest)), Some((_, tail))) => naive(rest, tail),
        (Some((wanted, rest)), Some((found, tail))) => {
            wanted.eq_ignore_ascii_case(found) && naive(rest, tail)
        }
        (Some(_), None) => false,
    }
}

/// A name that there is, with some of its letters put into another case, replaced by wildcards or
/// left out.
fn pattern() -> impl Strategy<Value = String> {
    let all = expand("*");
    let cut = prop::collection::vec((0..60_usize, 0..60_usize, 0..6_u8), 0..4);
    (0..all.len(), cut).prop_map(move |(at, cuts)| {
        let mut name = all[at].clone().into_bytes();
        for (start, length, how) in cuts {
            let start = start.min(name.len());
            let end = (start + length).min(name.len());
            match how {
                0..=2 => drop(name.splice(start..end, *b"*")),
                3 => drop(name.splice(start..end.min(start + 1), *b"?")),
                4 => name[start..end].make_ascii_uppercase(),
                _ => drop(name.drain(start..end.min(start + 1))),
            }
        }
        String::from_utf8(name).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn expansion_agrees_with_matching(pattern in pattern()) {
        let wanted: Vec<String> = expand("*")
            .into_iter()
            .filter(|name| naive(pattern.as_bytes(), name.as_bytes()))
            .collect();
        prop_assert_eq!(expand(&pattern), wanted);
    }

    #[test]
    fn nothing_that_is_asked_panics(name in "\\PC{0,12}", key in "\\PC{0,12}", resource in "[ar n:*?${}/é]{0,30}") {
        for text in [name.clone(), format!("s3:{name}"), format!("{name}:Get*")] {
            let _ = (action(&text), nearest(&text), service(&text), nearest_service(&text), expand(&text).len());
        }
        let action = known("s3:GetObject");
        let _ = (knows_condition_key(&action, &key), nearest_key(Some(action.service()), &key), matches_resource_type(&action, &resource));
    }
}

#[test]
fn what_was_meant() {
    for (name, wanted) in [
        ("s3:GetObjects", "s3:GetObject"),
        ("S3:getObjet", "s3:GetObject"),
        ("s3:ListBuckets", "s3:ListBucket"),
        ("s3:Gett*", "s3:Get*"),
        ("s4:GetObject", "s3:GetObject"),
        (
            "elb:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeLoadBalancers",
        ),
        ("elbv2:Describe*", "elasticloadbalancing:Describe*"),
        (
            "code-pipeline:StartPipelineExecution",
            "codepipeline:StartPipelineExecution",
        ),
        (
            "codepipelines:StartPipelineExecutions",
            "codepipeline:StartPipelineExecution",
        ),
        ("cloudwatchlogs:PutLogEvents", "logs:PutLogEvents"),
        ("iam:PasRole", "iam:PassRole"),
        ("sts:AssumeRoles", "sts:AssumeRole"),
        ("kms:Decript", "kms:Decrypt"),
    ] {
        assert_eq!(nearest(name).as_deref(), Some(wanted), "{name}");
    }
    for name in [
        "",
        "x",
        "s3:Frobnicate",
        "frobnicate:GetObject",
        "s*:GetObjects",
        "s3:",
    ] {
        assert_eq!(nearest(name), None, "{name}");
    }
    assert_eq!(nearest_service("codecomit"), Some("codecommit"));
}

#[test]
fn the_usual_names_are_of_services_and_sorted() {
    find::tests::usual_names();
}

#[test]
fn which_resources_an_action_takes() {
    let types = |action: &str, resource: &str| match matches_resource_type(&known(action), resource)
    {
        Reach::Types(types) => types.iter().map(|it| it.name).collect::<Vec<_>>().join(" "),
        other => format!("{other:?}"),
    };
    for (action, resource, wanted) in [
        ("s3:GetObject", "*", "Everything"),
        ("s3:GetObject", "**", "Everything"),
        ("s3:GetObject", "arn:aws:s3:::bucket", "Nothing"),
        ("s3:GetObject", "arn:aws:s3:::bucket/", "Nothing"),
        ("s3:GetObject", "arn:aws:s3:::bucket/key", "object"),
        ("s3:GetObject", "arn:aws:s3:::bucket/*", "object"),
        ("s3:GetObject", "arn:aws:s3:::bucket*", "object"),
        ("s3:GetObject", "arn:aws:s3:::*", "object"),
        (
            "s3:GetObject",
            "arn:aws:s3:::?ucket/${aws:username}/*",
            "object",
        ),
        (
            "s3:GetObject",
            "arn:aws:s3:::${aws:PrincipalTag/bucket, 'a:b'}",
            "object",
        ),
        ("s3:GetObject", "arn:aws:s3:::bucket${*}", "Nothing"),
        (
            "s3:GetObject",
            "arn:aws:s3:eu-west-1:*:accesspoint/*",
            "accesspointobject",
        ),
        (
            "s3:GetObject",
            "arn:aws:iam::111122223333:role/x",
            "Nothing",
        ),
        (
            "s3:GetObject",
            "arn:aws:s3:eu-west-1::bucket/key",
            "Nothing",
        ),
        ("s3:GetObject", "arn:aws:s3", "Unclear"),
        ("s3:GetObject", "arn:aws:s3:*", "Unclear"),
        ("s3:ListBucket", "arn:aws:s3:::bucket", "bucket"),
        ("s3:ListBucket", "arn:aws:s3:::bucket/*", "Nothing"),
        ("s3:ListBucket", "arn:aws:s3:::buck?t*", "bucket"),
        ("s3:ListBucket", "arn:aws:s3:::*/x", "Nothing"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*", "OnlyEverything"),
        ("ecr:GetAuthorizationToken", "*", "Everything"),
        (
            "ecr:GetAuthorizationToken",
            "arn:aws:ecr:*:*:repository/*",
            "OnlyEverything",
        ),
        (
            "ecr:PutImage",
            "arn:aws:ecr:eu-west-1:111122223333:repository/a/b",
            "repository",
        ),
        ("iam:PassRole", "arn:aws:iam::*:role/a*", "role"),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:user/a",
            "Nothing",
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::${aws:PrincipalAccount}:role/a",
            "role",
        ),
        ("kms:Decrypt", "arn:aws:kms:*:*:alias/x", "Nothing"),
        ("kms:Decrypt", "arn:aws:kms:*:*:key/*", "key"),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:*",
            "log-stream",
        ),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/a/b",
            "Nothing",
        ),
        (
            "logs:CreateLogStream",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:*",
            "log-stream",
        ),
        (
            "codedeploy:CreateDeployment",
            "arn:aws:codedeploy:*:*:deploymentgroup:app/*",
            "deploymentgroup",
        ),
        (
            "execute-api:Invoke",
            "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/GET/",
            "execute-api-general",
        ),
    ] {
        assert_eq!(types(action, resource), wanted, "{action} {resource}");
    }
    // One type may have several ARNs.
    let authorizers = types(
        "apigateway:GET",
        "arn:aws:apigateway:eu-west-1::/restapis/a/authorizers",
    );
    assert!(
        authorizers.split(' ').any(|it| it == "Authorizers"),
        "{authorizers}"
    );
    assert!(Reach::Nothing.is_nothing() && !Reach::Unclear.is_nothing());
}

#[test]
fn which_keys_an_action_knows() {
    for (action, key, wanted) in [
        ("s3:PutObject", "s3:x-amz-server-side-encryption", true),
        ("s3:PutObject", "S3:X-Amz-ACL", true),
        ("s3:GetObject", "s3:x-amz-server-side-encryption", false),
        ("s3:GetObject", "s3:ExistingObjectTag/team", true),
        ("s3:GetObject", "s3:ExistingObjectTag/", false),
        ("s3:ListBucket", "s3:prefix", true),
        ("s3:GetObject", "s3:prefix", false),
        ("kms:Decrypt", "kms:EncryptionContext:aws:s3:arn", true),
        ("kms:Decrypt", "kms:ViaService", true),
        ("kms:Decrypt", "kms:GranteePrincipal", false),
        ("iam:PassRole", "iam:PassedToService", true),
        ("iam:GetRole", "iam:PassedToService", false),
        ("s3:GetObject", "aws:PrincipalTag/a/b", true),
        ("s3:GetObject", "aws:principalarn", true),
        ("s3:GetObject", "aws:PrincipalTag", false),
        ("s3:GetObject", "aws:PrincipleArn", false),
        ("ecs:RunTask", "ecs:cluster", true),
        ("sts:AssumeRole", "sts:ExternalId", true),
        (
            "sts:AssumeRoleWithWebIdentity",
            "token.actions.githubusercontent.com:sub",
            true,
        ),
        (
            "sts:AssumeRoleWithWebIdentity",
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud",
            true,
        ),
        ("sts:AssumeRoleWithSAML", "SAML:aud", true),
        (
            "codebuild:StartBuild",
            "codebuild:environment.environmentVariables/X.value",
            true,
        ),
    ] {
        assert_eq!(
            knows_condition_key(&known(action), key),
            wanted,
            "{action} {key}"
        );
    }
    let several = |action: &str, key: &str| condition_key(&known(action), key).unwrap().multiple;
    assert!(several("s3:GetObject", "aws:PrincipalOrgPaths"));
    assert!(several("kms:CreateGrant", "kms:GrantOperations"));
    assert!(!several("s3:GetObject", "aws:PrincipalOrgID"));
    assert_eq!(
        nearest_key(service("s3"), "aws:PrincipleArn"),
        Some("aws:PrincipalArn")
    );
    assert_eq!(
        nearest_key(service("iam"), "iam:PassToService"),
        Some("iam:PassedToService")
    );
    assert_eq!(nearest_key(service("iam"), "x:y"), None);
}

#[test]
fn services_that_rcps_reach() {
    let store: BTreeSet<&str> = store::store()
        .slots
        .iter()
        .filter(|it| it.rcp)
        .map(|it| it.prefix)
        .collect();
    let known: BTreeSet<&str> = services().filter(|it| supports_rcp(it)).collect();
    assert_eq!(store, known);
    assert!(supports_rcp("s3") && supports_rcp("STS") && supports_rcp("kms"));
    assert!(!supports_rcp("iam") && !supports_rcp("") && !supports_rcp("s"));
}

#[test]
fn many_may_ask_at_once() {
    let ask = || {
        ["s3", "ec2", "kms", "iam", "ecs"]
            .map(|it| service(it).unwrap().actions().count())
            .to_vec()
    };
    let counts: Vec<Vec<usize>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(counts.windows(2).all(|pair| pair[0] == pair[1]));
}
