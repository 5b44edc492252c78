//! Whether a buildspec is one, and the faults in it that a build shows late or never.
//!
//! Source: AWS CodeBuild User Guide, "Build specification reference".

use serde_yaml_ng::Value;

use super::problem::{Code, Problem};

const PHASES: [&str; 4] = ["install", "pre_build", "build", "post_build"];

/// Every problem of a buildspec.
pub fn check(text: &str) -> Vec<Problem> {
    let document: Value = match serde_yaml_ng::from_str(text) {
        Ok(document) => document,
        Err(error) => return vec![refused("", error.to_string())],
    };
    let mut problems = Vec::new();
    let version = match document.get("version") {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    match version {
        Some(0.2) => {}
        Some(0.1) => problems.push(late(
            "version",
            "format 0.1 runs each command in a shell of its own, so variables and directories do not last: write 0.2",
        )),
        _ => problems.push(refused("version", "the format's version is 0.2 (it is not yours to count)")),
    }
    phases(&document, &mut problems);
    environment(&document, &mut problems);
    artifacts(&document, &mut problems);
    problems
}

/// The commands of every phase, in their order: place and text.
pub fn commands(text: &str) -> Vec<(String, String)> {
    let Ok(document) = serde_yaml_ng::from_str::<Value>(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for phase in PHASES {
        for list in ["commands", "finally"] {
            let commands = document
                .get("phases")
                .and_then(|it| it.get(phase))
                .and_then(|it| it.get(list))
                .and_then(Value::as_sequence);
            for (index, command) in commands.into_iter().flatten().enumerate() {
                if let Some(command) = command.as_str() {
                    found.push((
                        format!("phases.{phase}.{list}[{index}]"),
                        command.to_owned(),
                    ));
                }
            }
        }
    }
    found
}

fn refused(place: impl Into<String>, message: impl Into<String>) -> Problem {
    Problem::new(Code::YamlFileError, place, message)
}

fn late(place: impl Into<String>, message: impl Into<String>) -> Problem {
    Problem::new(Code::FailsWhenRun, place, message)
}

fn phases(document: &Value, problems: &mut Vec<Problem>) {
    let Some(phases) = document.get("phases").and_then(Value::as_mapping) else {
        problems.push(refused("phases", "there are no phases"));
        return;
    };
    for (name, phase) in phases {
        let name = name.as_str().unwrap_or_default();
        let place = format!("phases.{name}");
        if !PHASES.contains(&name) {
            problems.push(refused(
                place,
                format!(
                    "there is no phase '{name}'; there are {}",
                    PHASES.join(", ")
                ),
            ));
            continue;
        }
        for list in ["commands", "finally"] {
            match phase.get(list) {
                None | Some(Value::Null) => {}
                Some(Value::Sequence(commands)) => {
                    for (index, command) in commands.iter().enumerate() {
                        match command {
                            Value::String(text) => {
                                command_faults(text, &format!("{place}.{list}[{index}]"), problems)
                            }
                            // `- echo a: b` is a mapping in YAML, and no command.
                            _ => problems.push(refused(
                                format!("{place}.{list}[{index}]"),
                                "a command is a text: put it in quotes, because of its colon",
                            )),
                        }
                    }
                }
                Some(_) => problems.push(refused(format!("{place}.{list}"), "commands are a list")),
            }
        }
        let on_failure = phase.get("on-failure").and_then(Value::as_str);
        if on_failure
            .is_some_and(|it| it != "ABORT" && it != "CONTINUE" && !it.starts_with("RETRY"))
        {
            problems.push(refused(
                format!("{place}.on-failure"),
                "on-failure is ABORT, CONTINUE or RETRY",
            ));
        }
    }
}

fn command_faults(command: &str, place: &str, problems: &mut Vec<Problem>) {
    if command.contains("ecr get-login ") {
        problems.push(late(
            place,
            "'aws ecr get-login' does not exist in version 2 of the AWS CLI: use 'aws ecr get-login-password | docker login --username AWS --password-stdin REGISTRY'",
        ));
    }
    if command.contains("CODEBUILD_WEBHOOK_") {
        problems.push(late(
            place,
            "CODEBUILD_WEBHOOK_ variables are not set in a pipeline's build: pass #{SourceVariables.BranchName} as a variable of the action",
        ));
    }
    let forced =
        command.contains("|| true") || command.contains("docker rmi -f") || command.contains("||:");
    if command.contains("docker rmi ") && !forced {
        problems.push(late(
            place,
            "'docker rmi' fails the build where the image is not there; the container is thrown away anyway, so leave it out",
        ));
    }
}

fn environment(document: &Value, problems: &mut Vec<Problem>) {
    let variables = document
        .get("env")
        .and_then(|it| it.get("variables"))
        .and_then(Value::as_mapping);
    for (name, value) in variables.into_iter().flatten() {
        if value.as_str().is_some_and(|text| text.contains("${")) {
            problems.push(late(
                format!("env.variables.{}", name.as_str().unwrap_or_default()),
                "values here are literal: ${...} is not guaranteed to be replaced; set the variable in a command",
            ));
        }
    }
}

fn artifacts(document: &Value, problems: &mut Vec<Problem>) {
    let Some(artifacts) = document.get("artifacts") else {
        return;
    };
    let files = artifacts.get("files").and_then(Value::as_sequence);
    let secondary = artifacts
        .get("secondary-artifacts")
        .and_then(Value::as_mapping);
    if files.is_none_or(Vec::is_empty) && secondary.is_none() {
        problems.push(refused(
            "artifacts.files",
            "artifacts name at least one file",
        ));
    }
    let wrong_name = files.into_iter().flatten().position(|file| {
        file.as_str()
            .is_some_and(|it| it.ends_with("imageDetails.json"))
    });
    if let Some(index) = wrong_name {
        problems.push(late(
            format!("artifacts.files[{index}]"),
            "the deploy action reads imageDetail.json, without an s",
        ));
    }
}

#[cfg(test)]
mod tests;
