//! Every mistake that a file can hold, as a person sees it.

use super::*;

macro_rules! shot {
    ($text:expr) => {
        insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!($text) })
    };
}

fn page(cases: &[(&str, String)]) -> String {
    cases
        .iter()
        .map(|(name, text)| format!("== {name}\n{}\n", mistakes(text)))
        .collect()
}

fn case(name: &'static str, from: &str, to: &str) -> (&'static str, String) {
    (name, with(&[(from, to)]))
}

#[test]
fn keys_and_types() {
    shot!(page(&[
        case("unknown key", "application ", "aplication "),
        case("unknown key, nothing near", "profile =", "colour ="),
        case("a key of another table", "profile =", "region ="),
        case("unknown table", "[source]", "[sources]"),
        case("a number for a text", "\"202949997891\"", "202949997891"),
        case("a text for a number", "[source]", "[build]\ntimeout_minutes = \"60\"\n\n[source]"),
        case("a text for a list", "[\"bys-dev-blue\", \"bys-dev-green\"]", "\"bys-dev-blue\""),
        case("a list of numbers", "[\"bys-dev-blue\", \"bys-dev-green\"]", "[1, 2]"),
        case("a text for true", "branch  = \"master\"", "branch  = \"master\"\nconfirm = \"true\""),
        case("a value for a table", "[shared]\naccount = \"202949997891\"\nprofile = \"bys-shared\"\n", "shared = \"202949997891\"\n"),
        case("no TOML", "region       = \"ap-northeast-2\"", "region       = ap-northeast-2"),
        case("a quote is missing", "\"bys\"", "\"bys"),
        case("twice the same key", "organization = \"bys\"", "organization = \"bys\"\norganization = \"byx\""),
        case("a capital in an environment", "[environment.dev]", "[environment.Dev]"),
        case("an environment that cannot be", "[environment.stg]", "[environment.shared]"),
        ("an empty file", String::new()),
        ("no environment", FIXTURE.split("[environment").next().unwrap().to_owned()),
    ]));
}

#[test]
fn values() {
    shot!(page(&[
        case("11 digits", "558846431111\"\nbranch", "55884643111\"\nbranch"),
        case("dashes in an account", "\"202949997891\"", "\"2029-4999-7891\""),
        case("a typo in the Region", "\"ap-northeast-2\"", "\"ap-norteast-2\""),
        case("an illegal branch", "\"develop\"", "\"feature login\""),
        case("a capital in the application", "\"awssdk-iam\"", "\"AWSSDK_IAM\""),
        case("Korean in the organization", "\"bys\"", "\"비와이에스\""),
        case("Korean in the description", "organization = \"bys\"", "organization = \"bys\"\ndescription = \"IAM 사용자 관리\""),
        case("a description that is too long", "organization = \"bys\"", &format!("organization = \"bys\"\ndescription = \"{}\"", "x".repeat(256))),
        case("a role path without its slash", "organization = \"bys\"", "organization = \"bys\"\nrole_path = \"/cicd\""),
        case("a boundary as ARN", "organization = \"bys\"", "organization = \"bys\"\npermission_boundary = \"arn:aws:iam::558846431111:policy/team/boundary\""),
        case("a role that is a user", "arn:aws:iam::558846431111:role/Admin", "arn:aws:iam::558846431111:user/kim"),
        case("a role's session", "arn:aws:iam::558846431111:role/Admin", "arn:aws:sts::558846431111:assumed-role/Admin/kim"),
        case("s3 as source", "\"codecommit\"", "\"s3\""),
        case("ecr as source", "\"codecommit\"", "\"ecr\""),
        case("a typo in the source", "\"codecommit\"", "\"codecomit\""),
        case("a repository with a slash", "repository = \"awssdk-iam\"", "repository = \"team/awssdk-iam\""),
        case("a repository without an owner", "\"codecommit\" ", "\"github\" "),
        case("a connection without its host", "\"codecommit\" ", "\"connection\" "),
        case("a connection that is none", "\"codecommit\" ", "\"github\"\nconnection = \"arn:aws:s3:::x\" "),
        case("a compute type", "[source]", "[build]\ncompute_type = \"BUILD_GENERAL1_SMAL\"\nbuildspec = \"/etc/x\"\ntimeout_minutes = 3\n\n[source]"),
        case("Lambda compute", "[source]", "[build]\ncompute_type = \"BUILD_LAMBDA_1GB\"\n\n[source]"),
        case("tags", "[source]", "[tags]\n\"aws:x\" = \"1\"\nteam = \"a#b\"\nTeam = \"b\"\n\"crosspipe:x\" = \"y\"\n\n[source]"),
    ]));
}

#[test]
fn values_against_each_other() {
    shot!(page(&[
        case("twice the same branch", "branch  = \"stage\"", "branch  = \"develop\""),
        case("a role of another account", "arn:aws:iam::558846432222:role/Admin", "arn:aws:iam::558846431111:role/Admin"),
        case("an external id without a role", "profile = \"bys-shared\"", "profile = \"bys-shared\"\nexternal_id = \"x1\""),
        case("a listener of another account", "558846431111:listener", "558846432222:listener"),
        case("a listener of another Region", "elasticloadbalancing:ap-northeast-2", "elasticloadbalancing:us-east-1"),
        case("a rule for a listener", ":listener/app/bys-dev/0a1b/2c3d", ":listener-rule/app/bys-dev/0a1b/2c3d/4e5f"),
        case("a network load balancer", "listener/app", "listener/net"),
        case(
            "one listener for both",
            "listener = \"arn",
            "test_listener = \"arn:aws:elasticloadbalancing:ap-northeast-2:558846431111:listener/app/bys-dev/0a1b/2c3d\"\nlistener = \"arn",
        ),
        case("one target group", "[\"bys-dev-blue\", \"bys-dev-green\"]", "[\"bys-dev-blue\"]"),
        case("a target group twice", "[\"bys-dev-blue\", \"bys-dev-green\"]", "[\"bys-dev-blue\", \"bys-dev-blue\"]"),
        case("a configuration that never was", "ECSCanary10Percent5Minutes", "ECSCanary10Percent10Minutes"),
        case("a configuration without its prefix", "CodeDeployDefault.ECSCanary", "ECSCanary"),
        case("a configuration for servers", "CodeDeployDefault.ECSCanary10Percent5Minutes", "CodeDeployDefault.OneAtATime"),
        case("a strategy", "\"ecs-rolling\"", "\"ecs-roling\""),
        case("target groups and listener are missing", "strategy = \"ecs-rolling\"", "strategy = \"codedeploy-blue-green\""),
        case("memory that Fargate lacks", "[environment.stg]", "[environment.dev.container]\ncpu = 512\nmemory = 512\n\n[environment.stg]"),
        case("CPU that Fargate lacks", "[environment.stg]", "[environment.dev.container]\ncpu = 300\nport = 0\n\n[environment.stg]"),
    ]));
}

#[test]
fn names_after_their_pattern() {
    shot!(page(&[
        case("an application that is too long", "\"awssdk-iam\"", "\"a-very-long-application-name-that-nobody-wants-to-type\""),
        case("a connection that is too long", "[source]", "[names]\nconnection = \"{organization}-{application}-{region}-connection\"\n\n[source]"),
        case("an unknown placeholder", "[source]", "[names]\npipeline = \"{enviroment}-{application}\"\n\n[source]"),
        case("a stray brace", "[source]", "[names]\npipeline = \"{environment-{application}\"\n\n[source]"),
        case("an environment in a shared name", "[source]", "[names]\nbucket = \"{organization}-{environment}-artifacts\"\n\n[source]"),
        case("one name for all environments", "[source]", "[names]\npipeline = \"{application}\"\n\n[source]"),
        case("two roles of one name", "[source]", "[names]\nbuild_role = \"{environment}-x\"\npipeline_role = \"{environment}-X\"\n\n[source]"),
        case("the first 20 characters", "[source]", "[names]\npipeline = \"company-{application}-pipeline-{environment}\"\n\n[source]"),
        case("an illegal letter", "[source]", "[names]\nimage_repository = \"{organization}/{environment}/App\"\n\n[source]"),
        case("an unknown pattern", "[source]", "[names]\npipelines = \"x\"\n\n[source]"),
    ]));
}

#[test]
fn many_at_once() {
    let text = with(&[
        ("application ", "aplication "),
        ("\"ap-northeast-2\"", "\"ap-norteast-2\""),
        ("558846431111\"\nbranch", "55884643111\"\nbranch"),
        ("branch  = \"stage\"", "branch  = \"develop\""),
    ]);
    shot!(mistakes(&text));
    let errors = parse(&text, "crosspipe.toml").unwrap_err();
    assert_eq!(errors.errors().len(), 4);
    assert!(drawn(&errors).contains("4 mistakes"));
}
