//! `crosspipe sandbox break`, run as a person would.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/cli.rs"]
mod cli;

use cli::Place;
use insta::assert_snapshot;

#[test]
fn the_list_needs_no_sandbox() {
    let place = Place::new();
    assert_snapshot!("list", place.run("sandbox break --list").ended(0).page());
    let lines = place
        .run("sandbox break --list --json")
        .ended(0)
        .json_lines();
    let of = |id: &str| lines.iter().find(|it| it["id"] == id).unwrap().clone();
    assert_eq!(of("F02:key")["ends"][0]["at"], "Deploy");
    assert!(of("F31")["whyNot"].is_string());
}

#[test]
fn what_cannot_be_had_is_said_with_its_reason() {
    let place = Place::new();
    for (arguments, text) in [
        ("sandbox break F31", "GitHub Actions"),
        ("sandbox break F02:kee", "the nearest are F02:key"),
        ("sandbox break rule-disable", "F83:disabled"),
        ("sandbox break F02", "there is no sandbox"),
        ("sandbox break", "FAILURE"),
    ] {
        place.run(arguments).ended(2).complains(text);
    }
}

#[test]
fn a_break_goes_in_and_apply_takes_it_out_again() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --yes --environment dev --environment stg")
        .ended(0);
    let ran = place.run("sandbox break F02:key --environment stg");
    assert_snapshot!("key", ran.ended(0).page());
    // It is broken already.
    place
        .run("sandbox break F02:key --environment stg")
        .ended(2)
        .complains("does not name the role")
        .complains("nothing was changed");
    place
        .run("sandbox break F02 --environment qa")
        .ended(2)
        .complains("no pipeline here belongs to an environment 'qa': there are dev, stg");
    place.run("sandbox break F82").ended(2).complains(
        "it belongs to ecs-rolling and ecs-blue-green, and dev deploys with codedeploy-blue-green",
    );
    let json = place
        .run("sandbox break rule-disabled --json")
        .ended(0)
        .json();
    assert_eq!(json["id"], "F83:disabled");
    assert_eq!(json["environment"], "dev");
    assert_eq!(json["changes"][0]["after"], "DISABLED");
    place
        .run("plan --sandbox")
        .ended(0)
        .says("KMS key")
        .says("EventBridge rule");
    place.run("apply --sandbox --yes").ended(0);
    place
        .run("plan --sandbox")
        .ended(0)
        .says("Nothing to change.\n");
    // What crosspipe did not make it does not take away, but it says so.
    place.run("sandbox break F105").ended(0);
    place
        .run("plan --sandbox")
        .ended(0)
        .says("AmazonEC2ContainerRegistryFullAccess attached")
        .says("Nothing to change. 1 resource above has something that crosspipe leaves as it is");
}
