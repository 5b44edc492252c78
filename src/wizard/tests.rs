mod platform;

use platform::*;

use super::*;
use crate::blueprint::{Draft, Key, Origin, Strategy, parse};
use crate::cloud::FoundConnection;
use crate::ident::EnvironmentName;
use crate::resource::Site;

fn dev() -> EnvironmentName {
    EnvironmentName::parse("dev").unwrap()
}

macro_rules! shot {
    ($text:expr) => {
        insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!($text) })
    };
}

#[test]
fn in_the_sandbox_every_question_has_a_default() {
    let mut platform = Platform::usual();
    let (outcome, defaults) = with_defaults(Draft::new(), &mut platform, &sandbox());
    let outcome = outcome.unwrap();
    assert_eq!(
        parse(&outcome.text, "crosspipe.toml").unwrap(),
        outcome.blueprint
    );
    assert!(outcome.changed);
    let taken: String = defaults
        .taken
        .iter()
        .map(|taken| {
            format!(
                "{}: {}   [{}]  {}\n",
                taken.prompt, taken.value, taken.key, taken.flag
            )
        })
        .collect();
    shot!(format!("{taken}\n{}", outcome.text));
    // The account was known before anything was looked up in it.
    assert!(
        platform
            .accounts
            .contains(&(Site::Environment(dev()), "558846431111".into()))
    );
    assert!(defaults.notes.is_empty(), "{:?}", defaults.notes);
    // The same answers again: nothing is asked and nothing changes.
    let again = Draft::read(&outcome.text, "crosspipe.toml");
    let (second, defaults) = with_defaults(again, &mut platform, &sandbox());
    let second = second.unwrap();
    assert!(!second.changed && defaults.taken.is_empty());
    assert_eq!(second.asked, 0);
}

#[test]
fn without_a_person_each_missing_answer_names_flag_and_key() {
    let (outcome, _) = with_defaults(
        Draft::new(),
        &mut Platform::usual(),
        &WizardOptions::default(),
    );
    shot!(outcome.unwrap_err().to_string());
}

#[test]
fn a_whole_conversation_with_wrong_answers_and_a_way_back() {
    let script = ScriptedPrompter::new()
        .answer_to("organization", "비와이에스")
        .answer_to("organization", "BYS")
        .answer_to("organization", "byx")
        .back()
        .answer_to("organization", "bys")
        .answer_to(
            "application",
            "a-very-long-application-name-that-nobody-wants-to-type",
        )
        .answer_to("application", "awssdk-iam")
        .answer_to("description", "사용자 관리")
        .answer_to("description", "")
        .answer_to("region", "ap-norteast-2")
        .answer_to("region", "ap-northeast-2")
        .answer_to("shared.account", "20294999789")
        .answer_to("shared.account", "202949997891")
        .answer_to("shared.access", "profile")
        .answer_to("shared.profile", "bys-shared")
        .answer_to("source.provider", "codecommit")
        .answer_to("source.repository.choice", "/other")
        .answer_to("source.repository", "a/b")
        .back()
        .answer_to("source.repository.choice", "old")
        .answer_to("environment", "dev, Stg")
        .answer_to("environment", "dev, stg")
        .answer_to("environment.dev.account", "558846431111")
        .answer_to("environment.dev.branch", "a..b")
        .enter()
        .answer_to("environment.dev.access", "role")
        .answer_to(
            "environment.dev.role",
            "arn:aws:iam::558846432222:role/Admin",
        )
        .answer_to(
            "environment.dev.role",
            "arn:aws:iam::558846431111:role/Admin",
        )
        .answer_to("environment.dev.external_id", "x1")
        .answer_to("environment.dev.mfa_serial", "")
        .answer_to("environment.stg.account", "558846431111")
        .back()
        .answer_to("environment.stg.account", "558846432222")
        .answer_to("environment.stg.branch", "develop")
        .answer_to("environment.stg.branch", "stage")
        .answer_to("environment.stg.access", "profile")
        .answer_to("environment.stg.profile", "bys-stg")
        .answer_to("environment.dev.deploy.choice", "main/awssdk-iam")
        .answer_to(
            "environment.dev.deploy.config",
            "CodeDeployDefault.ECSAllAtOnce",
        )
        .answer_to("environment.stg.deploy.choice", "other")
        .answer_to("environment.stg.deploy.cluster", "a b")
        .answer_to("environment.stg.deploy.cluster", "theirs")
        .answer_to("environment.stg.deploy.service", "x")
        .answer_to("environment.stg.deploy.strategy", "codedeploy-blue-green")
        .answer_to("environment.stg.deploy.target_groups", "one")
        .answer_to("environment.stg.deploy.target_groups", "one, two")
        .answer_to(
            "environment.stg.deploy.listener",
            "arn:aws:elasticloadbalancing:ap-northeast-2:558846432222:listener/net/x/1/2",
        )
        .answer_to(
            "environment.stg.deploy.config",
            "CodeDeployDefault.ECSAllAtOnce",
        )
        .enter()
        .answer_to("environment.stg.container.port", "99999")
        .enter()
        .answer_to("build.image", "")
        .back()
        .back()
        .enter()
        .enter()
        .enter()
        .answer_to("write", "yes");
    let mut platform = Platform {
        repositories: vec!["old".into()],
        ..Platform::usual()
    };
    let (outcome, transcript) = scripted(
        script,
        Draft::new(),
        &mut platform,
        &WizardOptions::default(),
    );
    shot!(transcript.join("\n"));
    let blueprint = outcome.unwrap().blueprint;
    assert_eq!(
        blueprint.environments[&dev()].access.profile.as_deref(),
        Some("bys-shared")
    );
    assert_eq!(blueprint.environments[&dev()].branch, "develop");
    assert_eq!(
        blueprint.names.task_family,
        "{organization}-{environment}-{application}"
    );
}

#[test]
fn leaving_and_going_back_from_the_first_question() {
    let script = ScriptedPrompter::new().back().answer("bys").cancel();
    let (outcome, transcript) = scripted(script, Draft::new(), &mut Platform::usual(), &sandbox());
    assert!(matches!(outcome.unwrap_err(), WizardError::Cancelled));
    assert!(transcript[1].contains("first question"), "{transcript:?}");
    // A 'no' at the end leaves as well.
    let mut script = ScriptedPrompter::new();
    for _ in 0..40 {
        script = script.enter();
    }
    let (outcome, transcript) = scripted(script, Draft::new(), &mut Platform::usual(), &sandbox());
    assert!(outcome.is_ok(), "{transcript:#?}");
    let mut script = ScriptedPrompter::new();
    let questions = transcript
        .iter()
        .filter(|line| line.starts_with('?'))
        .count();
    for _ in 1..questions {
        script = script.enter();
    }
    let (outcome, _) = scripted(
        script.answer_to("write", "no"),
        Draft::new(),
        &mut Platform::usual(),
        &sandbox(),
    );
    assert!(matches!(outcome.unwrap_err(), WizardError::Cancelled));
}

#[test]
fn going_back_to_the_first_question_and_forth_again_gives_the_same() {
    let (straight, _) = with_defaults(Draft::new(), &mut Platform::usual(), &sandbox());
    let mut script = ScriptedPrompter::new();
    for _ in 0..20 {
        script = script.enter();
    }
    for _ in 0..20 {
        script = script.back();
    }
    for _ in 0..40 {
        script = script.enter();
    }
    let (outcome, transcript) = scripted(script, Draft::new(), &mut Platform::usual(), &sandbox());
    assert_eq!(
        outcome
            .unwrap_or_else(|_| panic!("{}", transcript.join("\n")))
            .text,
        straight.unwrap().text
    );
}

#[test]
fn when_nothing_can_be_looked_up_everything_is_typed() {
    let mut platform = Platform {
        refuses: true,
        ..Platform::usual()
    };
    let (outcome, defaults) = with_defaults(Draft::new(), &mut platform, &sandbox());
    let WizardError::Missing(missing) = outcome.unwrap_err() else {
        panic!()
    };
    assert_eq!(missing[0].key, "environment.dev.deploy.cluster");
    assert!(
        defaults
            .notes
            .iter()
            .any(|note| note.text.contains("not authorized")),
        "{:?}",
        defaults.notes
    );

    let mut platform = Platform {
        empty: true,
        ..Platform::usual()
    };
    let (_, defaults) = with_defaults(Draft::new(), &mut platform, &sandbox());
    assert!(
        defaults
            .notes
            .iter()
            .any(|note| note.text == "No ECS services were found in dev."),
        "{:?}",
        defaults.notes
    );
}

#[test]
fn a_service_of_another_controller_is_said_and_its_strategy_offered() {
    let mut platform = Platform {
        controller: Some("ECS"),
        ..Platform::usual()
    };
    let (outcome, defaults) = with_defaults(Draft::new(), &mut platform, &sandbox());
    let blueprint = outcome.unwrap().blueprint;
    assert_eq!(
        blueprint.environments[&dev()].deploy.strategy,
        Strategy::EcsRolling
    );
    assert!(
        defaults.notes[0].text.contains("deployed by ECS itself"),
        "{:?}",
        defaults.notes
    );

    let mut platform = Platform {
        controller: Some("EXTERNAL"),
        ..Platform::usual()
    };
    let (outcome, defaults) = with_defaults(Draft::new(), &mut platform, &sandbox());
    let WizardError::Missing(missing) = outcome.unwrap_err() else {
        panic!()
    };
    assert!(
        missing
            .iter()
            .any(|question| question.key == "environment.dev.deploy.strategy")
    );
    assert!(defaults.notes[0].text.contains("EXTERNAL"));
}

#[test]
fn the_family_of_a_running_service_becomes_the_pattern_where_it_can() {
    let family = |name: &'static str, environments: &[&str]| {
        let mut platform = Platform {
            family: Some(name),
            ..Platform::usual()
        };
        let mut draft = Draft::new();
        for name in environments {
            draft.add_environment(EnvironmentName::parse(name).unwrap());
        }
        let (outcome, defaults) = with_defaults(draft, &mut platform, &sandbox());
        (
            outcome.unwrap().blueprint.names.task_family,
            defaults.notes.len(),
        )
    };
    let all = ["dev", "stg"];
    assert_eq!(family("awssdk-iam", &all), ("{application}".to_owned(), 0));
    assert_eq!(
        family("dev-awssdk-iam", &["dev"]),
        ("{environment}-{application}".to_owned(), 0)
    );
    assert_eq!(family("theirs", &all), ("theirs".to_owned(), 0));
}

#[test]
fn more_groups_listeners_and_containers_are_offered_as_choices() {
    let mut platform = Platform {
        groups: vec!["one", "two", "three"],
        listeners: 2,
        containers: vec!["app", "proxy"],
        ..Platform::usual()
    };
    let mut draft = Draft::new();
    draft.add_environment(dev());
    let (outcome, defaults) = with_defaults(draft, &mut platform, &sandbox());
    let deploy = outcome.unwrap().blueprint.environments[&dev()]
        .deploy
        .clone();
    assert_eq!(deploy.target_groups, ["one", "two"]);
    assert!(deploy.listener.unwrap().as_str().ends_with("/80"));
    assert_eq!(deploy.test_listener, None);
    let asked: Vec<&str> = defaults
        .taken
        .iter()
        .map(|taken| taken.prompt.as_str())
        .collect();
    for prompt in [
        "Target groups of dev",
        "Production listener of dev",
        "Test listener of dev",
        "Container of dev",
    ] {
        assert!(asked.contains(&prompt), "{asked:?}");
    }
}

#[test]
fn a_connection_is_chosen_or_made() {
    let connection = |name: &str, provider: &str, status: &str| FoundConnection {
        arn: format!("arn:aws:codeconnections:ap-northeast-2:202949997891:connection/{name}"),
        name: name.into(),
        provider: provider.into(),
        status: status.into(),
    };
    let mut draft = Draft::new();
    draft.set(
        Key::new(crate::blueprint::Table::Source, "provider"),
        "github",
        Origin::Flag,
    );
    let mut platform = Platform {
        connections: vec![
            connection("a", "GitLab", "AVAILABLE"),
            connection("b", "GitHub", "PENDING"),
            connection("c", "GitHub", "AVAILABLE"),
        ],
        ..Platform::usual()
    };
    let (outcome, _) = with_defaults(draft.clone(), &mut platform, &sandbox());
    let text = outcome.unwrap().text;
    assert!(text.contains("connection/c"), "{text}");
    let (outcome, defaults) = with_defaults(draft, &mut Platform::usual(), &sandbox());
    let text = outcome.unwrap().text;
    assert!(text.contains("without it crosspipe makes one"), "{text}");
    assert!(
        defaults
            .notes
            .iter()
            .any(|note| note.text.contains("handshake"))
    );
}

#[test]
fn an_environment_is_added_to_a_file_and_nothing_else_of_it_changes() {
    let (outcome, _) = with_defaults(Draft::new(), &mut Platform::usual(), &sandbox());
    let text = outcome
        .unwrap()
        .text
        .replace("[build]\nimage", "[build]\n# ours\nimage");
    let mut draft = Draft::read(&text, "crosspipe.toml");
    let qa = EnvironmentName::parse("qa").unwrap();
    draft.add_environment(qa.clone());
    let (outcome, defaults) = with_defaults(draft, &mut Platform::usual(), &sandbox());
    let outcome = outcome.unwrap();
    let added = outcome.text.find("\n[environment.qa]").unwrap();
    let after = outcome.text.find("\n[names]").unwrap();
    assert_eq!(
        format!("{}{}", &outcome.text[..added], &outcome.text[after..]),
        text
    );
    shot!(&outcome.text[added..after]);
    assert_eq!(
        outcome.blueprint.environments[&qa].account.as_str(),
        "558846434444"
    );
    assert!(
        defaults
            .taken
            .iter()
            .all(|taken| taken.key.starts_with("environment.qa")),
        "{:?}",
        defaults.taken
    );
}

#[test]
fn a_file_that_is_wrong_is_not_asked_about() {
    let draft = Draft::read("region = \"moon\"", "crosspipe.toml");
    let (outcome, _) = with_defaults(draft, &mut Platform::usual(), &sandbox());
    assert!(matches!(outcome.unwrap_err(), WizardError::Invalid(_)));
}

#[test]
fn any_number_of_environments_works_in_the_sandbox() {
    let mut draft = Draft::new();
    for name in ["alpha", "dev", "beta", "prd", "gamma"] {
        draft.add_environment(EnvironmentName::parse(name).unwrap());
    }
    let (outcome, _) = with_defaults(draft, &mut Platform::usual(), &sandbox());
    let blueprint = outcome.unwrap().blueprint;
    let accounts: std::collections::BTreeSet<_> = blueprint
        .environments
        .values()
        .map(|it| it.account.clone())
        .collect();
    assert_eq!(accounts.len(), 5);
}
