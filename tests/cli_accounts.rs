//! The program against an AWS that it did not start itself: credentials by the normal chain, roles
//! from the configuration, and what others have done to the accounts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/cli.rs"]
mod cli;

use aws_smithy_http_client::Builder;
use cli::{DEV, PRD, Place, SHARED, STG, Served};
use insta::assert_snapshot;

/// Somebody else at an account, with the SDK.
struct Somebody {
    runtime: tokio::runtime::Runtime,
    iam: aws_sdk_iam::Client,
    codecommit: aws_sdk_codecommit::Client,
}

impl Somebody {
    fn at(served: &Served, account: &str) -> Self {
        let (id, secret) = served.keys(account);
        let credentials = aws_credential_types::Credentials::new(id, secret, None, None, "test");
        let config = aws_types::SdkConfig::builder()
            .endpoint_url(&served.endpoint)
            .region(aws_types::region::Region::new("ap-northeast-2"))
            .credentials_provider(
                aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
            )
            .http_client(Builder::new().build_http())
            .behavior_version(aws_config::BehaviorVersion::latest())
            .build();
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            iam: aws_sdk_iam::Client::new(&config),
            codecommit: aws_sdk_codecommit::Client::new(&config),
        }
    }

    /// A role that CodeBuild may assume.
    fn makes_role(&self, name: &str, tags: &[(&str, &str)]) {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let tags = tags
            .iter()
            .map(|(key, value)| {
                aws_sdk_iam::types::Tag::builder()
                    .key(*key)
                    .value(*value)
                    .build()
                    .unwrap()
            })
            .collect();
        self.runtime
            .block_on(
                self.iam
                    .create_role()
                    .role_name(name)
                    .assume_role_policy_document(trust)
                    .set_tags(Some(tags))
                    .send(),
            )
            .unwrap();
    }

    fn makes_policy(&self, name: &str) {
        let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        self.runtime
            .block_on(
                self.iam
                    .create_policy()
                    .policy_name(name)
                    .policy_document(document)
                    .send(),
            )
            .unwrap();
    }

    /// Takes a statement out of a role's policy and widens another one.
    fn meddles_with(&self, role: &str, without: &str, widened: &str) {
        self.runtime.block_on(async {
            let names = self
                .iam
                .list_role_policies()
                .role_name(role)
                .send()
                .await
                .unwrap();
            let name = names.policy_names().first().unwrap();
            let policy = self
                .iam
                .get_role_policy()
                .role_name(role)
                .policy_name(name)
                .send()
                .await
                .unwrap();
            let text = percent_encoding::percent_decode_str(policy.policy_document())
                .decode_utf8()
                .unwrap();
            let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
            let statements = document["Statement"].as_array_mut().unwrap();
            let sids: Vec<_> = statements.iter().map(|it| it["Sid"].clone()).collect();
            assert!(sids.contains(&without.into()), "{sids:?}");
            assert!(sids.contains(&widened.into()), "{sids:?}");
            statements.retain(|it| it["Sid"] != without);
            for statement in statements.iter_mut().filter(|it| it["Sid"] == widened) {
                statement["Resource"] = "*".into();
            }
            self.iam
                .put_role_policy()
                .role_name(role)
                .policy_name(name)
                .policy_document(document.to_string())
                .send()
                .await
                .unwrap();
        });
    }

    fn makes_repository(&self, name: &str) {
        self.runtime
            .block_on(
                self.codecommit
                    .create_repository()
                    .repository_name(name)
                    .send(),
            )
            .unwrap();
    }
}

#[test]
fn the_same_program_works_on_accounts_reached_by_roles() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    place
        .run("bootstrap --yes")
        .ended(0)
        .says("Verified: 45 resources")
        .says("git remote add aws codecommit::ap-northeast-2://awssdk-iam")
        .lacks("sandbox");
    assert!(served.changing_calls().len() > 100 / 2);
    place
        .run("bootstrap --yes")
        .ended(0)
        .says("all of them reading");
    assert_eq!(served.changing_calls(), Vec::<String>::new());
}

#[test]
fn what_somebody_changed_is_shown_and_mended() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    place.run("apply --yes").ended(0);
    Somebody::at(&served, DEV).meddles_with(
        "bys-dev-awssdk-iam-deploy",
        "ReadArtifacts",
        "PassTaskRoles",
    );
    assert_snapshot!("drift_plan", place.run("plan").page());
    served.changing_calls();
    assert_snapshot!("drift_apply", place.run("apply --yes").page());
    assert_eq!(served.changing_calls(), ["iam PutRolePolicy"]);
    place.run("plan").ended(0).says("Nothing to change.");
}

#[test]
fn a_saved_plan_does_not_outlive_what_somebody_changed() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    place.run("plan --out plan.json").ended(0);
    Somebody::at(&served, DEV).makes_role("bys-dev-awssdk-iam-task", &[]);
    served.changing_calls();
    assert_snapshot!(
        "stale_plan",
        place.run("apply plan.json --yes --adopt").page()
    );
    assert_eq!(served.changing_calls(), Vec::<String>::new());
}

#[test]
fn the_wrong_account_stops_everything() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    let (id, secret) = served.keys(STG);
    place.write(
        "home/.aws/credentials",
        &format!("[bys-dev]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
    );
    place.edit(
        &format!("role = \"arn:aws:iam::{DEV}:role/OrganizationAccountAccessRole\""),
        "profile = \"bys-dev\"",
    );
    served.changing_calls();
    for (name, command) in [
        ("wrong_account_bootstrap", "bootstrap --yes"),
        ("wrong_account_apply", "apply --yes"),
    ] {
        assert_snapshot!(name, place.run(command).page());
    }
    assert_eq!(served.changing_calls(), Vec::<String>::new());
}

#[test]
fn a_role_that_cannot_be_assumed_stops_everything() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    place.edit(
        &format!("{DEV}:role/OrganizationAccountAccessRole"),
        &format!("{DEV}:role/Nobody"),
    );
    served.changing_calls();
    assert_snapshot!(place.run("apply --yes").page());
    assert_eq!(served.changing_calls(), Vec::<String>::new());
}

#[test]
fn no_credentials_at_all() {
    let mut place = Place::with_defaults();
    let _served = place.serve();
    place
        .environment
        .retain(|(name, _)| name == "AWS_ENDPOINT_URL");
    // Nothing is asked of the machine that the test runs on.
    place.set("AWS_EC2_METADATA_DISABLED", "true");
    place
        .run("plan")
        .ended(1)
        .complains("crosspipe.toml")
        .complains("aws sso login --profile NAME");
}

#[test]
fn what_has_our_name_is_adopted_only_on_request() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    Somebody::at(&served, SHARED).makes_repository("awssdk-iam");
    Somebody::at(&served, DEV).makes_role("bys-dev-awssdk-iam-task", &[]);
    served.changing_calls();
    assert_snapshot!("adopt_not", place.run("bootstrap --yes").page());
    assert_eq!(served.changing_calls(), Vec::<String>::new());
    place
        .run("bootstrap --yes --adopt")
        .ended(0)
        .says("Verified: 45 resources");
    place.run("plan").ended(0).says("Nothing to change.");
}

#[test]
fn what_another_application_has_made_is_in_the_way() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    Somebody::at(&served, DEV).makes_role(
        "bys-dev-awssdk-iam-task",
        &[("crosspipe:application", "bys/other")],
    );
    served.changing_calls();
    assert_snapshot!("conflict", place.run("bootstrap --yes --adopt").page());
    assert_eq!(served.changing_calls(), Vec::<String>::new());
}

#[test]
fn what_fails_in_one_account_is_reported_and_continued() {
    let mut place = Place::with_defaults();
    place.write(
        "crosspipe.toml",
        &format!(
            "permission_boundary = \"Boundary\"\n{}",
            place.read("crosspipe.toml")
        ),
    );
    let served = place.serve();
    for account in [SHARED, STG, PRD] {
        Somebody::at(&served, account).makes_policy("Boundary");
    }
    let ran = place.run("bootstrap --yes").ended(4);
    // What else of dev was under way at that time varies.
    ran.says("Not finished after")
        .says("bys-dev-awssdk-iam-deploy")
        .says("account   558846431111  dev")
        .says("operation iam:CreateRole")
        .says("request")
        .says("Not tried")
        .says("deployment group dev-awssdk-iam")
        .says("Running the same command again continues from here.");
    Somebody::at(&served, DEV).makes_policy("Boundary");
    place
        .run("bootstrap --yes")
        .ended(0)
        .says("Verified: 45 resources");
    place.run("plan").ended(0).says("Nothing to change.");
}
