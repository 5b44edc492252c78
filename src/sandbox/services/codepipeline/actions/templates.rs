//! The files that deploy actions take from their input artifacts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Failure;
use crate::sandbox::archive::{self, Files};
use crate::sandbox::services::codepipeline::artifacts;
use crate::sandbox::services::codepipeline::engine::Doing;
use crate::sandbox::services::codepipeline::execution::Artifact;

/// The largest artifact that CodeDeployToECS takes, as it is stored.
/// Source: AWS CodePipeline User Guide, quotas.
const LARGEST: usize = 3 * 1024 * 1024;

/// What CodeDeployToECS puts the registered revision in place of.
const TASK_DEFINITION: &str = "<TASK_DEFINITION>";

/// The templates of a CodeDeployToECS action, read and filled with the images.
pub struct Templates {
    /// The AppSpec as it is in the artifact.
    pub appspec: String,
    /// The task definition with every image in its place.
    pub taskdef: Value,
}

fn unreadable(what: &str, artifact: &str) -> Failure {
    Failure::new(
        "ConfigurationError",
        format!("Exception while trying to read the {what} artifact file from: {artifact}"),
    )
}

/// The files of an input artifact, by the artifact's name.
pub fn files(doing: &Doing<'_>, artifact: &str, most: usize) -> Option<Files> {
    let found = doing.action.inputs.iter().find(|it| it.name == artifact)?;
    let body = artifacts::fetch(doing.world, doing.blobs, &found.location)?;
    if body.len() > most {
        return None;
    }
    archive::unpack(&body)
}

/// An input artifact that is not there is to the action as one that it may not read: which of the two it is, it
/// does not say.
pub fn there(doing: &Doing<'_>) -> Result<(), Failure> {
    let gone = |it: &&Artifact| artifacts::fetch(doing.world, doing.blobs, &it.location).is_none();
    match doing.action.inputs.iter().find(gone) {
        Some(input) => Err(Failure::new(
            "PermissionError",
            format!(
                "You are missing permissions to access input artifact: {}.",
                input.name
            ),
        )),
        None => Ok(()),
    }
}

/// A file's text without the mark that some editors put before it; `None` where it is not UTF-8.
pub fn text(files: &Files, path: &str) -> Option<String> {
    let file = files.get(path.trim_start_matches("./"))?;
    String::from_utf8(file.content.clone()).ok()
}

/// Reads the templates and puts in the images.
pub fn read(doing: &Doing<'_>) -> Result<Templates, Failure> {
    let mut opened: BTreeMap<String, Option<Files>> = BTreeMap::new();
    let mut open = |artifact: &str, path: &str| {
        opened
            .entry(artifact.to_owned())
            .or_insert_with(|| files(doing, artifact, LARGEST))
            .as_ref()
            .and_then(|files| text(files, path))
    };
    let from = doing
        .setting("TaskDefinitionTemplateArtifact")
        .unwrap_or_default();
    let path = doing
        .setting("TaskDefinitionTemplatePath")
        .unwrap_or("taskdef.json");
    let wrong = || unreadable("task definition", from);
    let mut taskdef = open(from, path).ok_or_else(wrong)?;
    let appspec_from = doing.setting("AppSpecTemplateArtifact").unwrap_or_default();
    let appspec_path = doing
        .setting("AppSpecTemplatePath")
        .unwrap_or("appspec.yaml");
    let appspec_wrong = || unreadable("appspec", appspec_from);
    let appspec = open(appspec_from, appspec_path).ok_or_else(appspec_wrong)?;
    for number in 1..=4 {
        let name = doing.setting(&format!("Image{number}ArtifactName"));
        let placeholder = doing.setting(&format!("Image{number}ContainerName"));
        let (Some(name), Some(placeholder)) = (name, placeholder) else {
            continue;
        };
        let wrong = || unreadable("image", name);
        let detail = open(name, "imageDetail.json").ok_or_else(wrong)?;
        let detail: Value = serde_json::from_str(&detail).map_err(|_| wrong())?;
        let image = detail
            .get("ImageURI")
            .and_then(Value::as_str)
            .ok_or_else(wrong)?;
        taskdef = taskdef.replace(&format!("<{placeholder}>"), image);
    }
    let taskdef = serde_json::from_str(&taskdef).map_err(|_| wrong())?;
    Ok(Templates { appspec, taskdef })
}

/// The AppSpec with the registered revision in its place.
pub fn with_revision(appspec: &str, revision: &str) -> String {
    appspec.replace(TASK_DEFINITION, revision)
}
