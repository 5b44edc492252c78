//! Stages, names, artifacts and stores.
//!
//! Sources: AWS CodePipeline User Guide, "Requirements for the pipeline structure", "Action
//! requirements" and "Quotas". Sentences of AWS are taken from public issues where they are known;
//! the others are our own wording under AWS's code.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::read::{Action, items, text};
use crate::validity::problem::{Code, Problem};

/// Quotas of a pipeline. Source: AWS CodePipeline User Guide, "Quotas".
const MAX_STAGES: usize = 50;
const MAX_ACTIONS_OF_STAGE: usize = 50;
const MAX_ACTIONS: usize = 1000;
const MAX_CONFIGURATION: usize = 100 * 1024;
const MAX_TRIGGERS: usize = 200 * 1024;

pub(super) fn check(
    pipeline: &Value,
    actions: &[Action<'_>],
    region: Option<&str>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    stages(pipeline, actions, &mut problems);
    sources(actions, &mut problems);
    names(pipeline, actions, &mut problems);
    artifacts(actions, &mut problems);
    stores(pipeline, actions, region, &mut problems);
    versions(pipeline, actions, &mut problems);
    triggers(pipeline, actions, &mut problems);
    problems
}

fn stages(pipeline: &Value, actions: &[Action<'_>], problems: &mut Vec<Problem>) {
    let stages = items(pipeline, "stages");
    let mut structure = |place: &str, message: String| {
        problems.push(Problem::new(
            Code::InvalidStructureException,
            place,
            message,
        ));
    };
    if stages.len() < 2 {
        structure(
            "stages",
            format!(
                "Pipeline has only {} stage(s). There should be a minimum of 2 stages in a pipeline",
                stages.len()
            ),
        );
    }
    if stages.len() > MAX_STAGES {
        structure(
            "stages",
            format!(
                "Pipeline has {} stage(s). There should be a maximum of {MAX_STAGES} stages in a pipeline",
                stages.len()
            ),
        );
    }
    if actions.len() > MAX_ACTIONS {
        structure(
            "stages",
            format!(
                "Pipeline has {} action(s). There should be a maximum of {MAX_ACTIONS} actions in a pipeline",
                actions.len()
            ),
        );
    }
    let configured: usize = actions
        .iter()
        .flat_map(|action| &action.configuration)
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if configured > MAX_CONFIGURATION {
        structure(
            "stages",
            format!(
                "The configurations of all actions have {configured} bytes together, the maximum is {MAX_CONFIGURATION}"
            ),
        );
    }
    for (index, stage) in stages.iter().enumerate() {
        let (name, count) = (text(stage, "name"), items(stage, "actions").len());
        let place = format!("stages[{index}]");
        if count == 0 {
            problems.push(Problem::new(
                Code::InvalidStageDeclarationException,
                format!("{place}.actions"),
                format!("Stage {name} should have at least one action"),
            ));
        }
        if count > MAX_ACTIONS_OF_STAGE {
            problems.push(Problem::new(
                Code::InvalidStageDeclarationException,
                format!("{place}.actions"),
                format!("Stage {name} has {count} actions, the maximum is {MAX_ACTIONS_OF_STAGE}"),
            ));
        }
        if !items(stage, "blockers").is_empty() {
            problems.push(Problem::new(
                Code::InvalidBlockerDeclarationException,
                format!("{place}.blockers"),
                format!("Stage {name} has blockers, which are reserved for future use"),
            ));
        }
    }
}

fn sources(actions: &[Action<'_>], problems: &mut Vec<Problem>) {
    let mut structure = |place: &str, message: String| {
        problems.push(Problem::new(
            Code::InvalidStructureException,
            place,
            message,
        ));
    };
    let first: Vec<&Action<'_>> = actions.iter().filter(|action| action.stage == 0).collect();
    if !first.is_empty() && first.iter().any(|action| action.category != "Source") {
        structure(
            "stages[0]",
            "Pipeline should start with a stage that only contains source actions".to_owned(),
        );
    }
    for action in actions
        .iter()
        .filter(|it| it.stage > 0 && it.category == "Source")
    {
        structure(
            &action.place,
            format!(
                "Source action {} is in stage {}: source actions may only be in the first stage",
                action.name, action.stage_name
            ),
        );
    }
    if !actions.is_empty() && actions.iter().all(|action| action.category == "Source") {
        structure(
            "stages",
            "Pipeline should have at least one action that is not a source action".to_owned(),
        );
    }
}

fn names(pipeline: &Value, actions: &[Action<'_>], problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for (index, stage) in items(pipeline, "stages").iter().enumerate() {
        let name = text(stage, "name");
        if !seen.insert(name) {
            problems.push(Problem::new(
                Code::InvalidStageDeclarationException,
                format!("stages[{index}].name"),
                format!("Stage names must be unique within a pipeline. {name} has been used more than once"),
            ));
        }
    }
    let mut seen = HashSet::new();
    for action in actions {
        if !seen.insert((action.stage, action.name)) {
            problems.push(Problem::new(
                Code::InvalidActionDeclarationException,
                format!("{}.name", action.place),
                format!(
                    "Action names must be unique within a stage. {} has been used more than once in stage {}",
                    action.name, action.stage_name
                ),
            ));
        }
    }
}

fn artifacts(actions: &[Action<'_>], problems: &mut Vec<Problem>) {
    let mut producers: HashMap<&str, &Action<'_>> = HashMap::new();
    for action in actions {
        for (index, output) in action.outputs.iter().enumerate() {
            if producers.insert(output, action).is_some() {
                problems.push(Problem::new(
                    Code::InvalidStructureException,
                    format!("{}.outputArtifacts[{index}]", action.place),
                    format!(
                        "Output Artifact Bundle name must be unique within the pipeline. {output} has been used more than once"
                    ),
                ));
            }
        }
    }
    let accounts: HashSet<&str> = actions.iter().filter_map(|it| account(it.role?)).collect();
    for action in actions {
        let mut seen = HashSet::new();
        for (index, input) in action.inputs.iter().enumerate() {
            let place = format!("{}.inputArtifacts[{index}]", action.place);
            if !seen.insert(input) {
                problems.push(Problem::new(
                    Code::InvalidActionDeclarationException,
                    place.clone(),
                    format!(
                        "Input Artifact Bundle {input} is declared more than once in action {}",
                        action.name
                    ),
                ));
            }
            match producers.get(input) {
                Some(producer) if producer.precedes(action) => {
                    // An action reads what the pipeline's own account made, or its own account.
                    // Source: AWS CodePipeline User Guide, "Create a pipeline that uses resources
                    // from another account".
                    let from = producer.role.and_then(account);
                    if from.is_some() && from != action.role.and_then(account) && accounts.len() > 1 {
                        problems.push(Problem::new(
                            Code::FailsWhenRun,
                            place,
                            format!(
                                "{input} is made in account {}, which neither is the pipeline's nor that of action {}",
                                from.unwrap_or_default(),
                                action.name
                            ),
                        ));
                    }
                }
                _ => problems.push(Problem::new(
                    Code::InvalidActionDeclarationException,
                    place,
                    format!(
                        "Input Artifact Bundle {input} in action {} is not declared as Output Artifact Bundle in any of the preceding actions",
                        action.name
                    ),
                )),
            }
        }
    }
}

fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

fn stores(
    pipeline: &Value,
    actions: &[Action<'_>],
    region: Option<&str>,
    problems: &mut Vec<Problem>,
) {
    let one = pipeline.get("artifactStore").filter(|it| !it.is_null());
    let many = pipeline.get("artifactStores").and_then(Value::as_object);
    if one.is_some() == many.is_some() {
        problems.push(Problem::new(
            Code::InvalidStructureException,
            "artifactStore",
            "Pipeline must have either artifactStore or artifactStores, and not both",
        ));
        return;
    }
    if let Some(one) = one {
        key(pipeline, one, "artifactStore", actions, problems);
    }
    let foreign = |action: &&Action<'_>| match (action.region, region) {
        (Some(of_action), Some(of_pipeline)) => of_action != of_pipeline,
        _ => false,
    };
    for action in actions.iter().filter(foreign) {
        if one.is_some() {
            problems.push(Problem::new(
                Code::InvalidStructureException,
                format!("{}.region", action.place),
                format!(
                    "Action {} is in region {}: a pipeline with actions in other regions needs artifactStores with a store for each region",
                    action.name,
                    action.region.unwrap_or_default()
                ),
            ));
        }
        if action.category == "Source" || action.owner != "AWS" {
            problems.push(Problem::new(
                Code::InvalidActionDeclarationException,
                format!("{}.region", action.place),
                format!(
                    "Action {} is in region {}: source, third-party and custom actions run in the pipeline's region",
                    action.name,
                    action.region.unwrap_or_default()
                ),
            ));
        }
    }
    for (name, store) in many.into_iter().flatten() {
        key(
            pipeline,
            store,
            &format!("artifactStores.{name}"),
            actions,
            problems,
        );
    }
    if let Some(many) = many {
        let needed = actions
            .iter()
            .filter_map(|action| action.region)
            .chain(region);
        let mut told = HashSet::new();
        for needed in needed.filter(|needed| !many.contains_key(*needed)) {
            if told.insert(needed) {
                problems.push(Problem::new(
                    Code::InvalidStructureException,
                    "artifactStores",
                    format!("Pipeline has no artifact store for region {needed}"),
                ));
            }
        }
    }
}

/// Artifacts that another account reads must be encrypted with a key whose policy can name it, and
/// the key must be named so that every account finds the same one.
/// Source: the CodePipeline API model, `EncryptionKey`.
fn key(
    pipeline: &Value,
    store: &Value,
    place: &str,
    actions: &[Action<'_>],
    problems: &mut Vec<Problem>,
) {
    let own = account(text(pipeline, "roleArn"));
    let Some(other) = actions
        .iter()
        .find(|it| it.role.is_some_and(|role| account(role) != own))
    else {
        return;
    };
    let id = store.get("encryptionKey").map(|key| text(key, "id"));
    let why = match id {
        None => {
            "the artifacts are encrypted with the AWS managed key, which no other account can use"
        }
        Some(id) if id.contains(":key/") => return,
        Some(_) => {
            "the key is not named by its key ARN, so it is looked up in the account of the action's role"
        }
    };
    problems.push(Problem::new(
        Code::FailsWhenRun,
        format!("{place}.encryptionKey"),
        format!(
            "Action {} runs as a role of another account: {why}",
            other.name
        ),
    ));
}

fn versions(pipeline: &Value, actions: &[Action<'_>], problems: &mut Vec<Problem>) {
    let mode = text(pipeline, "executionMode");
    let v2_only = [
        ("triggers", !items(pipeline, "triggers").is_empty()),
        ("variables", !items(pipeline, "variables").is_empty()),
        ("executionMode", mode == "QUEUED" || mode == "PARALLEL"),
    ];
    if text(pipeline, "pipelineType") == "V1" {
        for (field, _) in v2_only.iter().filter(|(_, used)| *used) {
            problems.push(Problem::new(
                Code::InvalidStructureException,
                *field,
                format!("Pipeline of type V1 cannot have {field}: it needs type V2"),
            ));
        }
    }
    for (index, stage) in items(pipeline, "stages").iter().enumerate() {
        let on_failure = stage.get("onFailure").unwrap_or(&Value::Null);
        if mode == "PARALLEL" && text(on_failure, "result") == "ROLLBACK" {
            problems.push(Problem::new(
                Code::InvalidStructureException,
                format!("stages[{index}].onFailure"),
                format!(
                    "Stage {} cannot roll back in execution mode PARALLEL",
                    text(stage, "name")
                ),
            ));
        }
    }
    for action in actions {
        let limited = action
            .value
            .get("timeoutInMinutes")
            .is_some_and(|it| !it.is_null());
        if limited && action.category != "Approval" {
            problems.push(Problem::new(
                Code::InvalidActionDeclarationException,
                format!("{}.timeoutInMinutes", action.place),
                format!(
                    "Action {} has a timeout, which only manual approval actions take",
                    action.name
                ),
            ));
        }
    }
}

fn triggers(pipeline: &Value, actions: &[Action<'_>], problems: &mut Vec<Problem>) {
    let triggers = items(pipeline, "triggers");
    let size = pipeline
        .get("triggers")
        .map_or(0, |it| it.to_string().len());
    if size > MAX_TRIGGERS {
        problems.push(Problem::new(
            Code::InvalidStructureException,
            "triggers",
            format!("The triggers have {size} bytes, the maximum is {MAX_TRIGGERS}"),
        ));
    }
    let mut seen = HashSet::new();
    for (index, trigger) in triggers.iter().enumerate() {
        let place = format!("triggers[{index}].gitConfiguration.sourceActionName");
        let source = trigger
            .get("gitConfiguration")
            .map_or("", |it| text(it, "sourceActionName"));
        if !seen.insert(source) {
            problems.push(Problem::new(
                Code::InvalidStructureException,
                place.clone(),
                format!("Source action {source} has more than one trigger"),
            ));
        }
        let connected = actions.iter().any(|it| {
            it.stage == 0 && it.name == source && it.provider == "CodeStarSourceConnection"
        });
        if !connected {
            problems.push(Problem::new(
                Code::InvalidStructureException,
                place,
                format!("Trigger names {source}, which is no source action with a connection"),
            ));
        }
    }
}
