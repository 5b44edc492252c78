//! What each kind of action does when it is due.

mod approval;
mod blue_green;
mod build;
mod ecs;
mod source;
mod templates;

use super::declaration::text_of;
use super::engine::{Doing, Progress};
use super::scene;
use crate::chain::{Beside, Need, Step};
use crate::sandbox::gate;
use crate::sandbox::perform::Worker;
use serde_json::Value;

/// Carries out the next part of an action.
pub fn step(doing: &mut Doing<'_>) -> Progress {
    let kind = doing.declared.get("actionTypeId").unwrap_or(&Value::Null);
    let done = match (text_of(kind, "category"), text_of(kind, "provider")) {
        ("Source", _) => source::step(doing),
        ("Build" | "Test", "CodeBuild") => build::step(doing),
        ("Approval", "Manual") => approval::step(doing),
        ("Deploy", "CodeDeployToECS") => blue_green::step(doing),
        ("Deploy", "ECS") => ecs::step(doing),
        ("Deploy", "CodeDeploy") => blue_green::plain_codedeploy(doing),
        (category, provider) => Err(Failure::new(
            "ActionTypeNotSupported",
            format!(
                "The sandbox does not carry out {category} actions of provider {provider}: it knows CodeCommit, CodeStarSourceConnection, S3 and ECR as sources, CodeBuild, manual approval, CodeDeployToECS and ECS"
            ),
        )),
    };
    match done {
        Ok(progress) => progress,
        Err(failure) => Progress::Failed(failure.code, failure.message),
    }
}

/// Why an action fails.
#[derive(Debug)]
pub struct Failure {
    code: String,
    message: String,
}

impl Failure {
    /// With a code and a message.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

impl From<(String, String)> for Failure {
    fn from((code, message): (String, String)) -> Self {
        Self { code, message }
    }
}

/// What a step of an action comes to.
pub type Outcome = Result<Progress, Failure>;

/// What the action needs, with what is known beside it.
fn needs(doing: &Doing<'_>, beside: Beside) -> Vec<Need> {
    needs_of_build(doing, beside, None)
}

/// The same, with the id of the build that it will start.
fn needs_of_build(doing: &Doing<'_>, beside: Beside, build: Option<&str>) -> Vec<Need> {
    scene::needs(
        doing.world,
        doing.key,
        doing.pipeline,
        doing.execution,
        (doing.stage, &doing.action.name),
        beside,
        build,
    )
}

/// Decides what certain steps need; the first refusal fails the action with AWS's code and sentence.
fn pass(doing: &Doing<'_>, needs: &[Need], steps: &[Step]) -> Result<(), Failure> {
    gate::pass(doing.world, needs, steps, &doing.key.region, doing.now)
        .map_err(|refused| refused.of_action().into())
}

/// The role that the action works as.
fn worker(doing: &Doing<'_>) -> Worker {
    Worker {
        role: scene::role_of(doing.pipeline, doing.declared).to_owned(),
        session: doing.execution.session.clone(),
        account: scene::account_of(doing.key, doing.declared).to_owned(),
        region: scene::region_of(doing.key, doing.declared).to_owned(),
        now: doing.now,
    }
}
