//! Namespaces, `#{namespace.key}` references, and who may read a cloned reference.
//!
//! Source: AWS CodePipeline User Guide, "Variables reference".

use std::collections::HashMap;

use serde_json::Value;

use super::actions;
use super::read::{Action, items, text};
use crate::validity::problem::{Code, Problem};

pub(super) fn check(pipeline: &Value, actions: &[Action<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let namespaces = namespaces(actions, &mut problems);
    for action in actions {
        for (key, value) in &action.configuration {
            for reference in references(value) {
                if let Some(message) = unresolved(pipeline, action, &namespaces, reference) {
                    problems.push(Problem::new(
                        Code::InvalidActionDeclarationException,
                        format!("{}.configuration.{key}", action.place),
                        message,
                    ));
                }
            }
        }
    }
    clones(actions, &mut problems);
    problems
}

fn namespaces<'a, 'b>(
    actions: &'b [Action<'a>],
    problems: &mut Vec<Problem>,
) -> HashMap<&'a str, &'b Action<'a>> {
    let mut found: HashMap<&str, &Action<'_>> = HashMap::new();
    let is_artifact = |name: &str| {
        actions
            .iter()
            .any(|action| action.inputs.contains(&name) || action.outputs.contains(&name))
    };
    for action in actions {
        let Some(namespace) = action.namespace else {
            continue;
        };
        let mut refuse = |why: &str| {
            problems.push(Problem::new(
                Code::InvalidActionDeclarationException,
                format!("{}.namespace", action.place),
                format!("Namespace {namespace} of action {} {why}", action.name),
            ));
        };
        if namespace == "codepipeline" || namespace == "variables" {
            refuse("is reserved");
        }
        if is_artifact(namespace) {
            refuse("is the name of an artifact");
        }
        if found.insert(namespace, action).is_some() {
            refuse("is used by another action");
        }
    }
    found
}

/// The inside of every `#{...}` of a text.
fn references(text: &str) -> Vec<&str> {
    text.split("#{")
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(reference, _)| reference))
        .collect()
}

/// Why a reference cannot be resolved, if it cannot.
fn unresolved(
    pipeline: &Value,
    action: &Action<'_>,
    namespaces: &HashMap<&str, &Action<'_>>,
    reference: &str,
) -> Option<String> {
    let Some((namespace, key)) = reference.split_once('.') else {
        return Some(format!(
            "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). Action {} refers to '#{{{reference}}}'",
            action.name
        ));
    };
    match namespace {
        "codepipeline" => (key != "PipelineExecutionId")
            .then(|| format!("Action {} refers to '#{{{reference}}}': 'codepipeline' has only PipelineExecutionId", action.name)),
        "variables" => {
            let known = items(pipeline, "variables").iter().any(|it| text(it, "name") == key);
            (!known).then(|| format!("Action {} refers to '#{{{reference}}}': the pipeline has no variable {key}", action.name))
        }
        _ => {
            let Some(producer) = namespaces.get(namespace) else {
                return Some(format!(
                    "Action {} refers to '#{{{reference}}}', a namespace that does not exist",
                    action.name
                ));
            };
            if !producer.precedes(action) {
                return Some(format!(
                    "Action {} refers to '#{{{reference}}}' of action {}, which does not run before it",
                    action.name, producer.name
                ));
            }
            let produced = actions::find(producer.category, producer.owner, producer.provider, producer.version)
                .and_then(|it| it.variables);
            produced.filter(|keys| !keys.contains(&key)).map(|keys| {
                format!(
                    "Action {} refers to '#{{{reference}}}': {} has the variables {}",
                    action.name,
                    producer.provider,
                    keys.join(", ")
                )
            })
        }
    }
}

/// A cloned reference is no archive: only CodeBuild can read it.
/// Source: AWS CodePipeline User Guide, "CodeCommit source action reference".
fn clones(actions: &[Action<'_>], problems: &mut Vec<Problem>) {
    for source in actions
        .iter()
        .filter(|it| it.configured("OutputArtifactFormat") == Some("CODEBUILD_CLONE_REF"))
    {
        for action in actions.iter().filter(|it| it.provider != "CodeBuild") {
            if let Some(artifact) = action.inputs.iter().find(|it| source.outputs.contains(it)) {
                problems.push(Problem::new(
                    Code::InvalidActionDeclarationException,
                    format!("{}.inputArtifacts", action.place),
                    format!(
                        "Action {} reads {artifact}, which is a clone reference: only CodeBuild actions can read it",
                        action.name
                    ),
                ));
            }
        }
    }
}
