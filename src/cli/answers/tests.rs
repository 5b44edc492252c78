use clap::{Args, Command, FromArgMatches};

use super::*;
use crate::blueprint::schema;

fn command() -> Command {
    Answers::augment_args(Command::new("test").no_binary_name(true))
}

fn answers(args: &[&str]) -> Result<Answers, clap::Error> {
    Answers::from_arg_matches(&command().try_get_matches_from(args)?)
}

#[test]
fn every_key_has_a_flag_and_every_flag_a_key() {
    let command = command();
    let flags: Vec<String> = command
        .get_arguments()
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .collect();
    let dev = EnvironmentName::parse("dev").unwrap();
    let mut tables = vec![Table::Root, Table::Shared, Table::Source, Table::Build];
    tables.extend(schema::environment_tables(&dev));
    let mut known = vec!["environment".to_owned(), "name".to_owned(), "tag".to_owned()];
    for table in tables {
        for field in schema::fields(&table) {
            assert!(flags.contains(&field.flag.to_owned()), "{table} {}", field.flag);
            known.push(field.flag.to_owned());
        }
    }
    for flag in flags {
        assert!(known.contains(&flag), "{flag}");
    }
    assert_eq!(Key::environment(&dev, "account").flag(), "--account dev=ID");
    assert_eq!(Key::place(None, "account").flag(), "--account shared=ID");
}

#[test]
fn flags_make_a_whole_blueprint() {
    let draft = answers(&[
        "--organization", "bys", "--application", "awssdk-iam", "--region", "ap-northeast-2",
        "--account", "shared=202949997891", "--profile", "shared=bys-shared",
        "--source", "codecommit", "--repository", "awssdk-iam",
        "--environment", "dev", "--account", "dev=558846431111", "--branch", "dev=develop",
        "--role", "dev=arn:aws:iam::558846431111:role/Admin",
        "--cluster", "dev=main", "--service", "dev=awssdk-iam", "--strategy", "dev=codedeploy-blue-green",
        "--target-groups", "dev=blue,green",
        "--listener", "dev=arn:aws:elasticloadbalancing:ap-northeast-2:558846431111:listener/app/x/1/2",
        "--container-port", "dev=80", "--confirm", "dev=true", "--build-timeout", "30",
        "--tag", "team=a=b", "--name", "task_family={environment}-x",
    ])
    .unwrap()
    .into_draft()
    .unwrap();
    let blueprint = draft.finish().unwrap();
    let dev = EnvironmentName::parse("dev").unwrap();
    let environment = &blueprint.environments[&dev];
    assert_eq!(environment.deploy.target_groups, ["blue", "green"]);
    assert_eq!(environment.container.port, 80);
    assert!(environment.confirm);
    assert_eq!(blueprint.build.timeout_minutes, 30);
    assert_eq!(blueprint.tags["team"], "a=b");
    assert_eq!(blueprint.environment_names(&dev, environment).task_family, "dev-x");
}

#[test]
fn wrong_flags_are_answered_at_once() {
    for (args, said) in [
        (vec!["--account", "558846431111"], "NAME=VALUE is expected"),
        (vec!["--account", "Dev=558846431111"], "lower-case"),
        (vec!["--branch", "shared=x"], "names the shared account"),
        (vec!["--cpu", "dev=much"], "not a whole number"),
        (vec!["--confirm", "dev=perhaps"], "neither true nor false"),
        (vec!["--environment", "dev,Stg"], "did you mean 'stg'"),
    ] {
        let error = answers(&args).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert!(answers(&["--name", "pipelines=x"]).unwrap().into_draft().unwrap_err().contains("known are"));
}

#[test]
fn the_help_fits_its_purpose() {
    insta::with_settings!({omit_expression => true}, {
        insta::assert_snapshot!(command().term_width(80).render_help().to_string());
    });
}
