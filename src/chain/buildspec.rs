//! The buildspec as it is read for what its commands ask.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scene::{Action, Scene, Variables, items, text};
use super::shell::{Ran, State, UNKNOWN, Walk};

/// A command of the build with what it ran.
pub(super) struct Line {
    /// The phase, as CodeBuild shows it.
    pub phase: &'static str,
    pub text: String,
    pub ran: Vec<Ran>,
}

/// What a pull asks.
pub(super) const PULL: [(&str, &str, &str); 2] = [
    ("image", "BatchGetImage", "It reads the image's manifest."),
    (
        "layers",
        "GetDownloadUrlForLayer",
        "It downloads the image's layers.",
    ),
];

/// What is read from the commands of a build, none of which is run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Commands {
    /// The programs that would run: name and words. What cannot be known stands in them as the character
    /// U+FFFC.
    pub programs: Vec<Vec<String>>,
    /// The variables at the end.
    pub variables: BTreeMap<String, String>,
    /// The phase and the command that end the build by an `exit` that is certain to be reached.
    pub exits: Option<(String, String)>,
}

/// The commands of an action's build. Empty where no buildspec is at hand.
pub(super) fn lines<'a>(scene: &Scene<'a>, action: &Action<'a>) -> Vec<Line> {
    walked(scene, action).0
}

/// The same with all programs, whether they ask something of AWS or not.
pub(super) fn commands<'a>(scene: &Scene<'a>, action: &Action<'a>) -> Commands {
    walked(scene, action).1
}

fn walked<'a>(scene: &Scene<'a>, action: &Action<'a>) -> (Vec<Line>, Commands) {
    let mut read = Commands::default();
    let mut lines = Vec::new();
    let Some(beside) = scene.beside(&action.place) else {
        return (lines, read);
    };
    let project = beside.project.as_ref();
    let inline = project
        .and_then(|project| project.get("source"))
        .map_or("", |source| text(source, "buildspec"));
    let spec = match &beside.buildspec {
        Some(text) => text.as_str(),
        None if inline.contains('\n') => inline,
        None => return (lines, read),
    };
    let Ok(spec) = serde_yaml_ng::from_str::<serde_yaml_ng::Value>(spec) else {
        return (lines, read);
    };
    let account = scene.account_of(action);
    let region = scene.region_of(action);
    let mut walk = Walk::new(format!(
        "{account}.dkr.ecr.{region}.{}",
        scene.run.region.dns_suffix()
    ));
    let mut state = State::default();
    state.variables = variables(scene, action, project, &spec);
    for (phase, shown) in [
        ("install", "INSTALL"),
        ("pre_build", "PRE_BUILD"),
        ("build", "BUILD"),
        ("post_build", "POST_BUILD"),
    ] {
        for list in ["commands", "finally"] {
            let commands = spec
                .get("phases")
                .and_then(|it| it.get(phase))
                .and_then(|it| it.get(list))
                .and_then(serde_yaml_ng::Value::as_sequence);
            for command in commands.into_iter().flatten() {
                let Some(command) = command.as_str() else {
                    continue;
                };
                walk.command(command, &mut state);
                if state.has_failed() && read.exits.is_none() {
                    read.exits = Some((shown.to_owned(), command.trim().to_owned()));
                }
                let ran = std::mem::take(&mut walk.ran);
                read.programs.append(&mut walk.others);
                read.programs.extend(ran.iter().map(|it| it.words.clone()));
                lines.push(Line {
                    phase: shown,
                    text: command.trim().to_owned(),
                    ran,
                });
            }
        }
    }
    read.variables = state.variables;
    (lines, read)
}

/// The environment of the build. What the action sets comes before the project's, and that before the
/// buildspec's.
///
/// Source: AWS CodeBuild User Guide, "Environment variables in build environments".
fn variables<'a>(
    scene: &Scene<'a>,
    action: &Action<'a>,
    project: Option<&Value>,
    spec: &serde_yaml_ng::Value,
) -> Variables {
    let mut variables = Variables::new();
    let region = scene.region_of(action);
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        variables.insert(name.to_owned(), region.to_owned());
    }
    let declared = spec
        .get("env")
        .and_then(|env| env.get("variables"))
        .and_then(serde_yaml_ng::Value::as_mapping);
    for (name, value) in declared.into_iter().flatten() {
        let value = match value {
            serde_yaml_ng::Value::String(text) => Some(text.clone()),
            serde_yaml_ng::Value::Number(number) => Some(number.to_string()),
            serde_yaml_ng::Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        };
        if let (Some(name), Some(value)) = (name.as_str(), value) {
            variables.insert(name.to_owned(), value);
        }
    }
    let environment = project
        .and_then(|project| project.get("environment"))
        .unwrap_or(&Value::Null);
    let given = action
        .configured("EnvironmentVariables")
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    let given = given.as_ref().and_then(Value::as_array);
    let of_project = items(environment, "environmentVariables").iter();
    for variable in of_project.chain(given.into_iter().flatten()) {
        let name = text(variable, "name").to_owned();
        let is_plain = matches!(text(variable, "type"), "" | "PLAINTEXT");
        match scene.resolved(text(variable, "value")).filter(|_| is_plain) {
            Some(value) => variables.insert(name, value),
            None => variables.remove(&name),
        };
    }
    variables
}

/// The repositories that an action's build pushes to, by their ARNs.
pub(super) fn pushed<'a>(scene: &Scene<'a>, action: &Action<'a>) -> Vec<String> {
    let mut found: Vec<String> = scene
        .beside(&action.place)
        .map(|beside| {
            let given = beside.registries.iter();
            given.map(|it| it.repository.clone()).collect()
        })
        .unwrap_or_default();
    for line in lines(scene, action) {
        for ran in &line.ran {
            let image = match ran.words.get(1).map(String::as_str) {
                Some("push") => ran.words.iter().skip(2).find_map(|it| image(scene, it)),
                _ => None,
            };
            found.extend(image.map(|image| image.repository));
        }
    }
    found.dedup();
    found
}

/// An image in Amazon ECR.
pub(super) struct Image {
    /// The repository's ARN.
    pub repository: String,
    /// Its address without tag.
    pub address: String,
}

/// The repository of an image's address, where it is one of Amazon ECR's.
pub(super) fn image(scene: &Scene<'_>, address: &str) -> Option<Image> {
    let (host, path) = address.split_once('/')?;
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.split('.').next()?;
    let path = path.split('@').next()?;
    let path = path.split(':').next()?;
    let known = [account, region, path]
        .iter()
        .all(|part| !part.is_empty() && !part.contains(UNKNOWN));
    known.then(|| Image {
        repository: scene.arn("ecr", region, account, &format!("repository/{path}")),
        address: format!("{host}/{path}"),
    })
}
