//! `bootstrap`, `plan` and `apply` with the AWS inside the program.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/cli.rs"]
mod cli;

use std::time::{Duration, Instant};

use cli::{Place, Served};
use insta::assert_snapshot;

#[test]
fn the_first_run_makes_everything_and_the_second_one_nothing() {
    let place = Place::new();
    assert_snapshot!("first", place.run("bootstrap --sandbox --yes").page());
    assert_snapshot!("second", place.run("bootstrap --sandbox --yes").page());
    let toml = place.read("crosspipe.toml");
    assert!(toml.contains("[environment.prd]"), "{toml}");
    let plan = place.run("plan --sandbox --json").ended(0);
    let resources = plan.json()["resources"].as_array().unwrap().clone();
    assert_eq!(resources.len(), 45);
    assert!(resources.iter().all(|it| it["action"] == "keep"));
    assert!(
        resources
            .iter()
            .all(|it| it["changes"].as_array().unwrap().is_empty())
    );
}

#[test]
fn without_a_terminal_the_sandbox_needs_no_yes() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --environment dev")
        .ended(0)
        .complains("No terminal: going on, because nothing is at risk in the sandbox.")
        .says("Verified: 17 resources read back as planned");
}

#[test]
fn in_json_every_line_of_stdout_is_an_event() {
    let place = Place::new();
    let first = place
        .run("bootstrap --sandbox --yes --environment dev --json")
        .ended(0);
    let lines = first.json_lines();
    let last = lines.last().unwrap();
    assert_eq!(last["event"], "finished");
    assert_eq!(last["exit"], 0);
    let done = lines.iter().filter(|it| it["event"] == "done").count();
    assert_eq!(last["done"], done);
    for again in [
        "bootstrap --sandbox --yes --json",
        "apply --sandbox --yes --json",
    ] {
        let again = place.run(again).ended(0).json_lines();
        assert_eq!(again.len(), 1, "{again:?}");
        assert_eq!(again[0]["event"], "finished");
        assert_eq!(again[0]["done"], 0);
    }
}

#[test]
fn a_plan_in_a_file_is_applied_as_it_was_seen() {
    let place = Place::with_defaults();
    place
        .run("plan --sandbox --out plan.json")
        .ended(0)
        .says("crosspipe apply --sandbox plan.json");
    place
        .run("apply --sandbox plan.json --yes")
        .ended(0)
        .says("Verified: 45 resources");
    // A second time there is nothing left of it.
    place
        .run("apply --sandbox plan.json --yes")
        .ended(0)
        .says("Nothing to change.");
    place
        .run("plan --sandbox")
        .ended(0)
        .says("Nothing to change.");
}

#[test]
fn a_plan_for_other_accounts_is_refused() {
    let place = Place::with_defaults();
    place.run("plan --sandbox --out plan.json").ended(0);
    place.edit("timeout_minutes = 60", "timeout_minutes = 30");
    assert_snapshot!(
        "plan_of_another_configuration",
        place.run("apply --sandbox plan.json --yes").page()
    );
    place.edit("application = \"awssdk-iam\"", "application = \"other\"");
    assert_snapshot!(
        "plan_of_another_application",
        place.run("apply --sandbox plan.json --yes").page()
    );
    place.write("plan.json", "{}");
    place
        .run("apply --sandbox plan.json --yes")
        .ended(2)
        .complains("plan.json cannot be applied")
        .complains("crosspipe plan --out FILE");
}

#[test]
fn one_process_at_a_time_uses_a_sandbox() {
    let place = Place::with_defaults();
    let served = Served::start(&place, "sandbox start --json --config crosspipe.toml");
    assert_snapshot!(place.run("bootstrap --sandbox --yes").page());
    // What it says can be done.
    let (id, secret) = served.keys(cli::SHARED);
    let mut command = place.command("plan");
    let output = command
        .env("AWS_ENDPOINT_URL", &served.endpoint)
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn reset_forgets() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --yes --environment dev")
        .ended(0);
    place
        .run("sandbox reset")
        .ended(0)
        .says("Forgot the sandbox");
    place
        .run("sandbox reset")
        .ended(0)
        .says("nothing to forget");
    place
        .run("plan --sandbox")
        .ended(0)
        .says("+ create  KMS key")
        .lacks("= keep");
}

#[test]
fn another_environment_leaves_the_others_alone() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --yes --environment dev")
        .ended(0);
    place.edit(
        "region = \"ap-northeast-2\"",
        "# nearest to us\nregion = \"ap-northeast-2\"  # Seoul",
    );
    let before = place.read("crosspipe.toml");
    assert_snapshot!(
        place
            .run("bootstrap --sandbox --yes --environment qa")
            .page()
    );
    let after = place.read("crosspipe.toml");
    // What was there is there as it was, comments too.
    let (head, tail) = after.split_once("[environment.qa]").unwrap();
    let rest = before.strip_prefix(head.trim_end()).unwrap();
    assert!(tail.ends_with(rest.trim_start()), "{after}");
    place
        .run("bootstrap --sandbox --yes")
        .ended(0)
        .says("0 of them changing");
}

#[test]
fn a_connection_waits_for_its_handshake() {
    let place = Place::new();
    let first = place.run(
        "bootstrap --sandbox --yes --environment dev --source github --repository acme/orders",
    );
    assert_snapshot!("connection_first", first.page());
    assert_snapshot!(
        "connection_second",
        place.run("bootstrap --sandbox --yes").page()
    );
}

#[test]
fn rolling_deployments_need_no_codedeploy() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --yes --environment dev --strategy dev=ecs-rolling")
        .ended(0)
        .says("Verified: 14 resources")
        .lacks("has no effect")
        .lacks("CodeDeploy application");
    let toml = place.read("crosspipe.toml");
    assert!(!toml.contains("target_groups"), "{toml}");
    place
        .run("bootstrap --sandbox --yes")
        .ended(0)
        .says("0 of them changing");
}

#[test]
fn changes_at_one_account_run_at_once() {
    let place = Place::with_defaults();
    let began = Instant::now();
    place.run("apply --sandbox --yes --latency 50ms").ended(0);
    // 80 changes and the reading back one after the other would take 80 * 50 ms and more.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

/// CodeDeploy would refuse the second one, after everything else has been made.
#[test]
fn two_environments_cannot_share_a_service() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --yes --account dev=558846431111 --account stg=558846431111")
        .ended(2)
        .complains("--service stg=NAME");
    assert!(!place.has("crosspipe.toml"));
}

/// A typing mistake in a flag must not become an environment.
#[test]
fn a_flag_for_an_environment_that_is_not_there_makes_nothing() {
    let place = Place::with_defaults();
    let before = place.read("crosspipe.toml");
    place
        .run("bootstrap --sandbox --yes --branch dve=main")
        .ended(2)
        .complains("environment dve")
        .complains("environments there: dev, stg, prd");
    assert_eq!(place.read("crosspipe.toml"), before);
    assert!(!place.has(".crosspipe"));
}

#[test]
fn policies_of_the_organization_limit_the_accounts() {
    let place = Place::new();
    place
        .run("sandbox scp list")
        .ended(2)
        .complains("there is no sandbox");
    place
        .run("bootstrap --sandbox --yes --environment dev")
        .ended(0);
    place.write(
        "no-keys.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:*","Resource":"*"}]}"#,
    );
    place.write("broken.json", "{}");
    let dev = "558846431111";
    place
        .run(&format!("sandbox scp set --account {dev} broken.json"))
        .ended(2)
        .complains("AWS would not take the policy 'broken'");
    place
        .run("sandbox scp set --account 999999999999 no-keys.json")
        .ended(2)
        .complains("999999999999");
    place
        .run("sandbox scp set --root no-keys.json")
        .ended(0)
        .says("Attached to the root: no-keys.")
        .says("limits every account but 202949997891");
    place
        .run("sandbox scp list")
        .ended(0)
        .says("no-keys")
        .says("FullAWSAccess")
        .says("The management account is 202949997891.");
    place
        .run("sandbox scp remove --root no-keys")
        .ended(0)
        .says("Took 1 policy off the root.");
    place
        .run("sandbox scp set --account 202949997891 no-keys.json")
        .ended(0)
        .says("It has no effect there");
    place
        .run("sandbox scp management 999999999999")
        .ended(0)
        .says("999999999999");
    // The shared account is a member now, and cannot even look at its keys.
    place
        .run("plan --sandbox")
        .ended(1)
        .complains("with an explicit deny in a service control policy");
    place
        .run("plan --sandbox --permissive")
        .ended(0)
        .says("Nothing to change");
}
