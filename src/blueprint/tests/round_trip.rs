//! What is written is read back, and nothing makes the reader panic.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;
use proptest::prelude::*;

use super::*;
use crate::blueprint::Strategy;
use crate::ident::{AccountId, Arn, Region};

fn access(account: String) -> impl Strategy_<Value = Access> {
    (
        proptest::option::of("[a-z][a-z0-9-]{0,10}"),
        proptest::option::of((
            "[A-Za-z0-9+=,.@_-]{1,20}",
            proptest::option::of("[a-z0-9:/]{2,10}"),
            proptest::option::of("[A-Z0-9]{9,12}"),
        )),
    )
        .prop_map(move |(profile, role)| match role {
            None => Access { profile, ..Access::default() },
            Some((role, external_id, mfa_serial)) => Access {
                profile,
                role: Some(Arn::parse(&format!("arn:aws:iam::{account}:role/{role}")).unwrap()),
                external_id,
                mfa_serial,
            },
        })
}

use proptest::strategy::Strategy as Strategy_;

fn environment(index: usize) -> impl Strategy_<Value = Environment> {
    let account = format!("55884643000{index}");
    let config = proptest::sample::select(DeploymentConfig::ALL.to_vec());
    let strategy = proptest::sample::select(vec![Strategy::CodedeployBlueGreen, Strategy::EcsRolling, Strategy::EcsBlueGreen]);
    (
        access(account.clone()),
        any::<bool>(),
        strategy,
        config,
        ("[A-Za-z0-9_-]{1,20}", "[A-Za-z0-9_-]{1,20}", "[A-Za-z0-9_-]{1,20}"),
        1..=65535u16,
        0..=2880u32,
        any::<bool>(),
        proptest::sample::select(vec![(256, 512), (512, 4096), (4096, 30720)]),
        "[a-z]{1,8}(/[a-z가-힣]{1,8})?",
    )
        .prop_map(move |(access, confirm, strategy, config, (cluster, service, container), port, keep, listeners, (cpu, memory), branch)| {
            let needed = strategy == Strategy::CodedeployBlueGreen;
            let arn = |id: &str| {
                Arn::parse(&format!("arn:aws:elasticloadbalancing:ap-northeast-2:{account}:listener/app/x/1/{id}")).unwrap()
            };
            Environment {
                account: AccountId::parse(&account).unwrap(),
                branch: format!("{branch}{index}"),
                access,
                confirm,
                deploy: Deploy {
                    strategy,
                    cluster,
                    service,
                    config,
                    target_groups: if needed || listeners { vec!["blue".into(), "green".into()] } else { vec![] },
                    listener: (needed || listeners).then(|| arn("a")),
                    test_listener: listeners.then(|| arn("b")),
                    keep_old_minutes: keep,
                },
                container: Container { name: container, port, cpu, memory },
            }
        })
}

fn source() -> impl Strategy_<Value = Source> {
    prop_oneof![
        "[A-Za-z0-9._-]{1,20}x".prop_map(|repository| Source::CodeCommit { repository }),
        (
            proptest::sample::select(vec![ConnectionProvider::GitHub, ConnectionProvider::GitLab, ConnectionProvider::Bitbucket]),
            "[A-Za-z0-9-]{1,10}/[A-Za-z0-9._-]{1,10}",
            any::<bool>()
        )
            .prop_map(|(host, repository, existing)| Source::Connection {
                host,
                repository,
                connection: existing
                    .then(|| Arn::parse("arn:aws:codeconnections:ap-northeast-2:202949997891:connection/1").unwrap()),
            }),
    ]
}

fn blueprint() -> impl Strategy_<Value = Blueprint> {
    (
        ("[a-z0-9]{1,8}", "[a-z0-9]{1,4}", proptest::option::of("[ -~äé\\t]{1,40}")),
        source(),
        (environment(1), environment(2), 1..=2usize),
        access("202949997891".to_owned()),
        proptest::collection::btree_map("[A-Za-z가-힣][a-z.:/ ]{0,10}x", "[A-Za-z가-힣 ]{0,10}", 0..3),
        proptest::option::of("[A-Za-z0-9+=,.@_-]{1,20}"),
        proptest::option::of("[a-z]{1,5}(/[a-z \"']{1,5})?"),
        ("[a-z]{1,8}", 5..=2160u32, any::<bool>()),
    )
        .prop_map(|((application, organization, description), source, (one, two, count), shared, tags, boundary, templates, (build, timeout, own))| {
            let mut environments = IndexMap::new();
            for (name, environment) in [("zeta", one), ("alpha", two)].into_iter().take(count) {
                environments.insert(EnvironmentName::parse(name).unwrap(), environment);
            }
            let mut seen = std::collections::BTreeSet::new();
            let tags: BTreeMap<String, String> = tags.into_iter().filter(|(key, _)| seen.insert(key.to_lowercase())).collect();
            let mut names = NamePatterns::default();
            if own {
                names.task_family = "{environment}-own_{application}".into();
            }
            Blueprint {
                application,
                organization,
                description,
                region: Region::parse("ap-northeast-2").unwrap(),
                shared: SharedAccount { account: AccountId::parse("202949997891").unwrap(), access: shared },
                source,
                build: Build {
                    image: format!("public/{build}:1"),
                    compute_type: "BUILD_GENERAL1_LARGE".into(),
                    buildspec: format!("ci/{build}.yml"),
                    timeout_minutes: timeout,
                },
                environments,
                names,
                tags,
                role_path: if own { "/cicd/".into() } else { "/".into() },
                permission_boundary: boundary,
                templates: templates.map(PathBuf::from),
            }
        })
}

#[test]
fn a_new_file_is_written_for_people() {
    let blueprint = parse(FIXTURE, "crosspipe.toml").unwrap();
    insta::assert_snapshot!("new_file", write_new(&blueprint));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(blueprint in blueprint()) {
        // A Network Load Balancer and the like are not generated; everything that is must be valid.
        let text = write_new(&blueprint);
        match parse(&text, "crosspipe.toml") {
            Ok(read) => prop_assert_eq!(read, blueprint),
            Err(errors) => return Err(TestCaseError::fail(format!("{}\n{text}", errors.plain()))),
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".*") {
        let _ = parse(&text, "x");
    }

    #[test]
    fn no_change_of_a_file_makes_the_reader_panic(at in 0..FIXTURE.len(), length in 0..40usize, insert in "[\\[\\]=\"'{}.#\\n a-z0-9가\u{0}]{0,12}") {
        let mut text: Vec<u8> = FIXTURE.as_bytes().to_vec();
        let end = (at + length).min(text.len());
        text.splice(at..end, insert.bytes());
        let text = String::from_utf8_lossy(&text);
        if let Err(errors) = parse(&text, "x") {
            let _ = drawn(&errors);
            for error in errors.errors() {
                prop_assert!(error.line().is_none_or(|line| line <= text.lines().count() + 1));
            }
        }
    }

    #[test]
    fn edits_and_reading_agree(account in "[0-9]{12}") {
        let key = Key::environment(&dev(), "account");
        let text = edit::set(FIXTURE, &key, &account.as_str().into()).unwrap();
        let draft = Draft::read(&text, "x");
        prop_assert_eq!(draft.text(&key), Some(account.as_str()));
    }
}
