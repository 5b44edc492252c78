use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::*;
use crate::ident::EnvironmentName;

mod mistakes;
mod round_trip;

/// The values of the source document, plus stg and prd.
const FIXTURE: &str = r#"application  = "awssdk-iam"
organization = "bys"
region       = "ap-northeast-2"

[shared]
account = "202949997891"
profile = "bys-shared"

[source]
provider   = "codecommit"             # the repository of the shared account
repository = "awssdk-iam"

[environment.dev]
account = "558846431111"
branch  = "develop"
role    = "arn:aws:iam::558846431111:role/Admin"

[environment.dev.deploy]
strategy = "codedeploy-blue-green"    # ecs-rolling | ecs-blue-green
config   = "CodeDeployDefault.ECSCanary10Percent5Minutes"
cluster  = "bys-dev-ecs-main"
service  = "awssdk-iam"
target_groups = ["bys-dev-blue", "bys-dev-green"]
listener = "arn:aws:elasticloadbalancing:ap-northeast-2:558846431111:listener/app/bys-dev/0a1b/2c3d"

[environment.stg]
account = "558846432222"
branch  = "stage"
role    = "arn:aws:iam::558846432222:role/Admin"

[environment.stg.deploy]
strategy = "ecs-blue-green"
cluster  = "bys-stg-ecs-main"
service  = "awssdk-iam"

[environment.prd]
account = "558846433333"
branch  = "master"
role    = "arn:aws:iam::558846433333:role/Admin"

[environment.prd.deploy]
strategy = "ecs-rolling"
cluster  = "bys-prd-ecs-main"
service  = "awssdk-iam"
"#;

fn with(changes: &[(&str, &str)]) -> String {
    let mut text = FIXTURE.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

fn drawn(error: &dyn Diagnostic) -> String {
    let mut text = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::none())
        .with_width(100)
        .render_report(&mut text, error)
        .unwrap();
    text
}

fn mistakes(text: &str) -> String {
    match parse(text, "crosspipe.toml") {
        Ok(_) => "no mistake\n".to_owned(),
        Err(errors) => errors.errors().iter().map(|error| drawn(error)).collect(),
    }
}

fn dev() -> EnvironmentName {
    EnvironmentName::parse("dev").unwrap()
}

#[test]
fn the_source_documents_values_make_a_blueprint() {
    let blueprint = parse(FIXTURE, "crosspipe.toml").unwrap();
    assert_eq!(blueprint.organization, "bys");
    assert_eq!(blueprint.environments.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["dev", "stg", "prd"]);
    let first = &blueprint.environments[&dev()];
    assert_eq!(first.deploy.strategy, Strategy::CodedeployBlueGreen);
    assert_eq!(first.container.name, "awssdk-iam");
    assert!(!first.confirm);
    assert!(blueprint.environments[&EnvironmentName::parse("prd").unwrap()].confirm);
    assert_eq!(blueprint.build.image, defaults::BUILD_IMAGE);
    assert_eq!(blueprint.shared_names().bucket, "bys-awssdk-iam-artifacts-202949997891-ap-northeast-2");
    assert!(Draft::read(FIXTURE, "crosspipe.toml").suspicions().is_empty());
}

#[test]
fn an_error_can_be_used_without_drawing() {
    let errors = parse(&with(&[("558846431111\"\nbranch", "55884643111\"\nbranch")]), "crosspipe.toml").unwrap_err();
    let error = &errors.errors()[0];
    assert_eq!((error.line(), error.column()), (Some(14), Some(11)));
    assert_eq!(error.key().unwrap().to_string(), "environment.dev.account");
    assert!(error.message().contains("12 digits, this has 11"), "{}", error.message());
    assert!(error.help().is_some());
    assert!(errors.plain().starts_with("crosspipe.toml:14:11: "), "{}", errors.plain());
    assert_eq!(errors.to_string(), "crosspipe.toml has 1 mistake");
}

#[test]
fn a_mistake_in_a_flag_names_the_flag() {
    let mut draft = Draft::read(FIXTURE, "crosspipe.toml");
    draft.set(Key::environment(&dev(), "account"), "1234", Origin::Flag);
    let errors = draft.finish().unwrap_err();
    assert!(errors.plain().contains("(given as --account dev=ID)"), "{}", errors.plain());
}

#[test]
fn what_is_missing_is_named_with_key_and_flag() {
    let draft = Draft::read("organization = \"bys\"\n[environment.dev]\naccount = \"558846431111\"\n", "crosspipe.toml");
    let missing: Vec<String> = draft.missing().iter().map(Key::to_string).collect();
    assert_eq!(
        missing,
        [
            "application",
            "region",
            "shared.account",
            "source.provider",
            "source.repository",
            "environment.dev.branch",
            "environment.dev.deploy.cluster",
            "environment.dev.deploy.service",
            "environment.dev.deploy.target_groups",
            "environment.dev.deploy.listener",
        ]
    );
    let plain = draft.finish().unwrap_err().plain();
    assert!(plain.contains("--account shared=ID"), "{plain}");
}

#[test]
fn suspicions_are_not_mistakes() {
    let text = with(&[
        ("558846432222\"\nbranch", "558846431111\"\nbranch"),
        ("arn:aws:iam::558846432222:role/Admin", "arn:aws:iam::558846431111:role/Admin"),
        ("ap-northeast-2\"\n\n", "ap-northeast-2\"\n\n[build]\nimage = \"aws/codebuild/amazonlinux2-x86_64-standard:3.0\"\n\n"),
        ("strategy = \"ecs-rolling\"", "strategy = \"ecs-rolling\"\nconfig = \"CodeDeployDefault.ECSAllAtOnce\""),
    ]);
    let draft = Draft::read(&text, "crosspipe.toml");
    assert!(draft.finish().is_ok());
    let drawn: String = draft.warnings().iter().map(|warning| drawn(warning)).collect();
    insta::assert_snapshot!("suspicions", drawn);
}

#[test]
fn edits_keep_comments_and_order() {
    let text = edit::set(FIXTURE, &Key::new(Table::Source, "repository"), &"other".into()).unwrap();
    let text = edit::set(&text, &Key::new(Table::Source, "provider"), &"github".into()).unwrap();
    assert!(text.contains("provider   = \"github\"             # the repository of the shared account"), "{text}");
    let qa = EnvironmentName::parse("qa").unwrap();
    let text = edit::set_all(
        &text,
        [
            (&Key::environment(&qa, "account"), &"558846434444".into()),
            (&Key::deploy(&qa, "target_groups"), &Value::List(vec!["a".into(), "b".into()])),
            (&Key::environment(&dev(), "confirm"), &Value::Truth(true)),
        ],
    )
    .unwrap();
    insta::assert_snapshot!("edited", text);
    assert!(edit::set("= broken", &Key::root("region"), &"x".into()).is_err());
    assert!(edit::set("shared = 1", &Key::new(Table::Shared, "account"), &"x".into()).is_err());
}

#[test]
fn a_file_is_written_wholly_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crosspipe.toml");
    edit::write_atomically(&path, "one").unwrap();
    edit::write_atomically(&path, "two").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(edit::write_atomically(&folder.path().join("none/crosspipe.toml"), "x").is_err());
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    std::fs::write(folder.path().join("folder/x"), "").unwrap();
    assert!(edit::write_atomically(&folder.path().join("folder"), "x").is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_file_that_is_not_there_is_answered_with_the_next_command() {
    let error = load(Path::new("/nonexistent/crosspipe.toml")).unwrap_err();
    assert!(error.plain().contains("crosspipe bootstrap"), "{}", error.plain());
}
