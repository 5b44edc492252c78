mod building;
mod deploying;
mod refusing;
mod sourcing;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::*;
use crate::ident::{AccountId, Region};

pub const SHARED: &str = "111111111111";
pub const DEV: &str = "222222222222";
pub const OTHER: &str = "555555555555";
pub const KEY: &str =
    "arn:aws:kms:ap-northeast-2:111111111111:key/11112222-3333-4444-5555-666677778888";

/// An action as a pipeline has it.
pub fn made(category: &str, provider: &str, configuration: Value) -> Value {
    let inputs = match category {
        "Source" => json!([]),
        "Deploy" => json!([{"name": "BuildOut"}]),
        _ => json!([{"name": "SourceOut"}]),
    };
    let outputs = match category {
        "Source" => json!([{"name": "SourceOut"}]),
        "Build" => json!([{"name": "BuildOut"}]),
        _ => json!([]),
    };
    json!({
        "name": category,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "runOrder": 1,
        "configuration": configuration,
        "inputArtifacts": inputs,
        "outputArtifacts": outputs,
    })
}

pub fn with(mut action: Value, member: &str, value: Value) -> Value {
    action[member] = value;
    action
}

/// A pipeline of the actions, one stage each.
pub fn run(actions: &[Value]) -> Run {
    let stages: Vec<Value> = actions
        .iter()
        .map(|action| json!({"name": action["name"], "actions": [action]}))
        .collect();
    Run::new(
        AccountId::parse(SHARED).unwrap(),
        Region::parse("ap-northeast-2").unwrap(),
        json!({
            "name": "orders-dev-with-a-long-name",
            "roleArn": "arn:aws:iam::111111111111:role/cicd/orders-dev-pipeline",
            "artifactStore": {
                "type": "S3",
                "location": "orders-artifacts",
                "encryptionKey": {"id": KEY, "type": "KMS"}
            },
            "stages": stages
        }),
    )
}

pub fn codecommit() -> Value {
    made(
        "Source",
        "CodeCommit",
        json!({"RepositoryName": "orders", "BranchName": "develop", "PollForSourceChanges": "true"}),
    )
}

/// A listing in lines: who asks, what, on what.
pub fn told(listing: &Listing) -> String {
    let mut text = String::new();
    for need in &listing.needs {
        let who = match &need.who {
            Who::Service(name) => name.clone(),
            Who::Role { .. } => need.who.principal().describe(),
        };
        let mark = match (need.optional, need.asked) {
            (_, Confidence::Unverified) => " (only listed by AWS)",
            (true, _) => " (may be refused)",
            _ => "",
        };
        let _ = writeln!(text, "{}{mark}", need.id);
        let _ = writeln!(text, "    {who}");
        let _ = writeln!(text, "    {} on {}", need.iam_action, need.resource);
        for (key, values) in &need.context {
            if !key.starts_with("aws:RequestedRegion")
                && !key.starts_with("aws:SecureTransport")
                && (key != "aws:ViaAWSService" || values[0] == "true")
            {
                let _ = writeln!(text, "    {key} = {}", values.join(", "));
            }
        }
    }
    for gap in &listing.gaps {
        let _ = writeln!(text, "- {}", gap.why);
    }
    text
}

pub fn ids(listing: &Listing) -> Vec<&str> {
    listing.needs.iter().map(|need| need.id.as_str()).collect()
}

pub fn need<'a>(listing: &'a Listing, id: &str) -> &'a Need {
    listing
        .needs
        .iter()
        .find(|need| need.id == id)
        .unwrap_or_else(|| panic!("{id} is not among {:?}", ids(listing)))
}

pub fn of(run: &Run, name: &str) -> Listing {
    action(run, &Place::new(name, name))
}

#[test]
fn a_pipeline_may_be_anything() {
    let odd = [
        json!(null),
        json!([]),
        json!({"pipeline": null}),
        json!({"stages": [{"actions": [{}, null, 1]}]}),
        json!({"stages": [{"name": "S", "actions": [
            {"name": "A", "actionTypeId": {"category": "Source", "provider": "CodeCommit"}},
            {"name": "B", "actionTypeId": {"category": "Build", "provider": "CodeBuild"}},
            {"name": "C", "actionTypeId": {"category": "Deploy", "provider": "ECS"}},
            {"name": "D", "actionTypeId": {"category": "Deploy", "provider": "CodeDeployToECS"}},
            {"name": "E", "actionTypeId": {"category": "Approval"}},
            {"name": "F", "actionTypeId": {"category": "Compute"}},
            {"name": "G", "actionTypeId": {"category": "Source", "provider": "Elsewhere"}},
            {"name": "H", "actionTypeId": {"category": "Deploy", "provider": "S3"}}
        ]}]}),
    ];
    for pipeline in odd {
        let run = Run::new(
            AccountId::parse(SHARED).unwrap(),
            Region::parse("ap-northeast-2").unwrap(),
            pipeline,
        );
        for need in list(&run).needs {
            let _ = need.request();
        }
    }
    assert_eq!(action(&run(&[]), &Place::new("a", "b")), Listing::default());
}

#[test]
fn a_run_survives_being_written_down() {
    let mut run = run(&[codecommit()]);
    run.beside("Source", "Source").buildspec = Some("version: 0.2".into());
    let text = serde_json::to_string(&run).unwrap();
    assert!(text.contains("\"Source/Source\""));
    assert_eq!(serde_json::from_str::<Run>(&text).unwrap(), run);
    let listing = list(&run);
    let text = serde_json::to_string(&listing).unwrap();
    assert_eq!(serde_json::from_str::<Listing>(&text).unwrap(), listing);
}

#[test]
fn the_whole_is_the_trigger_and_every_action() {
    let run = run(&[
        codecommit(),
        made("Build", "CodeBuild", json!({"ProjectName": "orders"})),
        made("Approval", "Manual", json!({})),
    ]);
    let mut parts = trigger(&run).needs;
    for name in ["Source", "Build", "Approval"] {
        parts.extend(of(&run, name).needs);
    }
    assert_eq!(needs(&run), parts);
}
