//! One action: its type, how many artifacts it takes, and its configuration.
//!
//! Source: AWS CodePipeline User Guide, "Action structure reference". AWS's sentences about types
//! and artifact counts are from public issues (aws-codepipeline-third-party-git-repositories 3,
//! aws-cloudformation-user-guide 941).

use serde_json::Value;

use super::actions::{self, ActionType};
use super::read::{Action, items};
use crate::validity::problem::{Code, Problem};

pub(super) fn check(action: &Action<'_>, region: Option<&str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(known) = actions::find(
        action.category,
        action.owner,
        action.provider,
        action.version,
    ) else {
        let place = region.map_or(String::new(), |it| {
            format!(" in region '{}'", it.to_uppercase().replace('-', "_"))
        });
        problems.push(problem(
            action,
            "actionTypeId",
            format!(
                "ActionType (Category: '{}', Provider: '{}', Owner: '{}', Version: '{}') in action '{}' is not available{place}",
                action.category, action.provider, action.owner, action.version, action.name
            ),
        ));
        return problems;
    };
    counts(action, known, &mut problems);
    keys(action, known, &mut problems);
    match action.provider {
        "CodeBuild" => codebuild(action, &mut problems),
        "CodeDeployToECS" => codedeploy_to_ecs(action, &mut problems),
        "ECS" => ecs(action, &mut problems),
        "CodeCommit" | "CodeStarSourceConnection" => git_source(action, &mut problems),
        "Commands" if items(action.value, "commands").is_empty() => problems.push(problem(
            action,
            "commands",
            format!(
                "Action {} must have a non-empty commands field",
                action.name
            ),
        )),
        _ => {}
    }
    problems
}

fn problem(action: &Action<'_>, member: &str, message: String) -> Problem {
    Problem::new(
        Code::InvalidActionDeclarationException,
        format!("{}.{member}", action.place),
        message,
    )
}

fn counts(action: &Action<'_>, known: &ActionType, problems: &mut Vec<Problem>) {
    for (what, member, count, (min, max)) in [
        ("input", "inputArtifacts", action.inputs.len(), known.inputs),
        (
            "output",
            "outputArtifacts",
            action.outputs.len(),
            known.outputs,
        ),
    ] {
        if count < min {
            problems.push(problem(
                action,
                member,
                format!(
                    "Action {} declares {count} {what} artifacts which is less than the minimum count ({min})",
                    action.name
                ),
            ));
        }
        if count > max {
            problems.push(problem(
                action,
                member,
                format!(
                    "Action {} declares {count} {what} artifacts which is more than the maximum count ({max})",
                    action.name
                ),
            ));
        }
    }
}

fn keys(action: &Action<'_>, known: &ActionType, problems: &mut Vec<Problem>) {
    for key in known.required {
        if action.configured(key).is_none() {
            problems.push(problem(
                action,
                &format!("configuration.{key}"),
                format!(
                    "Action configuration for action '{}' is missing required configuration '{key}'",
                    action.name
                ),
            ));
        }
    }
    let Some(optional) = known.optional else {
        return;
    };
    for (key, _) in &action.configuration {
        if !known.required.contains(key) && !optional.contains(key) {
            problems.push(problem(
                action,
                &format!("configuration.{key}"),
                format!(
                    "Action configuration for action '{}' contains unknown configuration '{key}'",
                    action.name
                ),
            ));
        }
    }
}

fn one_of(action: &Action<'_>, key: &str, values: &[&str], problems: &mut Vec<Problem>) {
    if let Some(value) = action
        .configured(key)
        .filter(|it| !values.contains(it) && !it.contains("#{"))
    {
        problems.push(problem(
            action,
            &format!("configuration.{key}"),
            format!(
                "Action configuration for action '{}' has '{value}' for '{key}', which takes {}",
                action.name,
                values.join(" or ")
            ),
        ));
    }
}

fn codebuild(action: &Action<'_>, problems: &mut Vec<Problem>) {
    one_of(action, "BatchEnabled", &["true", "false"], problems);
    one_of(action, "CombineArtifacts", &["true", "false"], problems);
    match action.configured("PrimarySource") {
        None if action.inputs.len() > 1 => problems.push(problem(
            action,
            "configuration.PrimarySource",
            format!(
                "Action configuration for action '{}' is missing required configuration 'PrimarySource': it has more than one input artifact",
                action.name
            ),
        )),
        Some(primary) if !action.inputs.contains(&primary) => problems.push(problem(
            action,
            "configuration.PrimarySource",
            format!("Action {} names the primary source {primary}, which is not among its input artifacts", action.name),
        )),
        _ => {}
    }
    let Some(text) = action.configured("EnvironmentVariables") else {
        return;
    };
    let place = "configuration.EnvironmentVariables";
    let Ok(Value::Array(variables)) = serde_json::from_str::<Value>(text) else {
        problems.push(problem(
            action,
            place,
            format!(
                "Action {} has EnvironmentVariables that are not a JSON array",
                action.name
            ),
        ));
        return;
    };
    for variable in &variables {
        let member = |name: &str| variable.get(name).and_then(Value::as_str);
        let kind = member("type").unwrap_or("PLAINTEXT");
        if member("name").is_none_or(str::is_empty) || member("value").is_none() {
            problems.push(problem(
                action,
                place,
                format!(
                    "Action {} has an environment variable without name or value",
                    action.name
                ),
            ));
        }
        if !["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"].contains(&kind) {
            problems.push(problem(
                action,
                place,
                format!(
                    "Action {} has an environment variable of type {kind}, which is none of PLAINTEXT, PARAMETER_STORE and SECRETS_MANAGER",
                    action.name
                ),
            ));
        }
    }
}

fn codedeploy_to_ecs(action: &Action<'_>, problems: &mut Vec<Problem>) {
    let mut named = vec![
        "TaskDefinitionTemplateArtifact".to_owned(),
        "AppSpecTemplateArtifact".to_owned(),
    ];
    for number in 1..=4 {
        let (artifact, container) = (
            format!("Image{number}ArtifactName"),
            format!("Image{number}ContainerName"),
        );
        match (action.configured(&artifact), action.configured(&container)) {
            (Some(_), Some(placeholder)) => {
                if placeholder.contains(['<', '>']) {
                    problems.push(Problem::new(
                        Code::FailsWhenRun,
                        format!("{}.configuration.{container}", action.place),
                        format!(
                            "{container} is the placeholder without its brackets: write {}",
                            placeholder.replace(['<', '>'], "")
                        ),
                    ));
                }
            }
            (None, None) => {}
            (have, _) => {
                let (given, missing) = if have.is_some() {
                    (&artifact, &container)
                } else {
                    (&container, &artifact)
                };
                problems.push(problem(
                    action,
                    &format!("configuration.{missing}"),
                    format!(
                        "Action configuration for action '{}' has '{given}' without '{missing}': they come as a pair",
                        action.name
                    ),
                ));
            }
        }
        named.push(artifact);
    }
    for key in &named {
        if let Some(artifact) = action
            .configured(key)
            .filter(|it| !action.inputs.contains(it))
        {
            problems.push(problem(
                action,
                &format!("configuration.{key}"),
                format!(
                    "Action {} takes {artifact} as {key}, which is not among its input artifacts",
                    action.name
                ),
            ));
        }
    }
}

fn ecs(action: &Action<'_>, problems: &mut Vec<Problem>) {
    let legal = |text: &&str| {
        text.parse::<u32>()
            .is_ok_and(|minutes| (1..=60).contains(&minutes))
    };
    if let Some(text) = action
        .configured("DeploymentTimeout")
        .filter(|text| !legal(text))
    {
        problems.push(problem(
            action,
            "configuration.DeploymentTimeout",
            format!(
                "Action {} has the deployment timeout {text}, which takes 1 to 60 minutes",
                action.name
            ),
        ));
    }
}

fn git_source(action: &Action<'_>, problems: &mut Vec<Problem>) {
    one_of(
        action,
        "OutputArtifactFormat",
        &["CODE_ZIP", "CODEBUILD_CLONE_REF"],
        problems,
    );
    one_of(action, "PollForSourceChanges", &["true", "false"], problems);
    one_of(action, "DetectChanges", &["true", "false"], problems);
    if let Some(repository) = action
        .configured("FullRepositoryId")
        .filter(|repository| !repository.contains('/'))
    {
        problems.push(Problem::new(
            Code::FailsWhenRun,
            format!("{}.configuration.FullRepositoryId", action.place),
            format!("the repository '{repository}' has no owner: write it as owner/name"),
        ));
    }
}
