//! Which approval waits, and what the approver is told of it.

use serde::Serialize;

use crate::cloud::run::{ActionExecution, Approval, PipelineShape, PipelineState, Status};

/// The longest comment. Source: CodePipeline API Reference, `ApprovalResult`.
pub const LONGEST_COMMENT: usize = 512;

/// An approval that waits, and what there is to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// What the answer needs.
    #[serde(skip)]
    pub approval: Approval,
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// The run that waits.
    pub execution: String,
    /// Since when.
    pub since: Option<jiff::Timestamp>,
    /// What the pipeline tells the approver (`CustomData`).
    pub told: Option<String>,
    /// The page to look at (`ExternalEntityLink`).
    pub link: Option<String>,
    /// Where AWS announces it (`NotificationArn`).
    pub announced: Option<String>,
}

/// Why there is nothing to answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoQuestion {
    /// None waits.
    #[error("nothing of {0} waits for an approval")]
    None(String),
    /// None of that name waits.
    #[error("no approval called '{typed}' waits: {}", .waiting.join(", "))]
    NotFound {
        /// What was typed.
        typed: String,
        /// What waits.
        waiting: Vec<String>,
    },
    /// Several wait, and none was named.
    #[error("several approvals wait: {}", .0.join(", "))]
    Several(Vec<String>),
}

/// The approval that waits, or the one that is named: by its action, or by `stage/action`.
///
/// # Errors
/// None waits, or several do and none was named.
pub fn question(
    pipeline: &str,
    shape: &PipelineShape,
    state: &PipelineState,
    named: Option<&str>,
) -> Result<Question, NoQuestion> {
    let mut waiting = Vec::new();
    for stage in &state.stages {
        let Some(latest) = &stage.latest else {
            continue;
        };
        for action in &stage.actions {
            let Some(attempt) = &action.attempt else {
                continue;
            };
            let Some(token) = &attempt.token else {
                continue;
            };
            if attempt.status != Status::InProgress {
                continue;
            }
            let declared = shape
                .stages
                .iter()
                .filter(|it| it.name == stage.name)
                .flat_map(|it| &it.actions)
                .find(|it| it.name == action.name);
            let setting = |name: &str| {
                declared
                    .and_then(|it| it.configuration.get(name))
                    .filter(|text| !text.is_empty())
                    .cloned()
            };
            waiting.push(Question {
                approval: Approval {
                    pipeline: pipeline.to_owned(),
                    stage: stage.name.clone(),
                    action: action.name.clone(),
                    token: token.clone(),
                },
                stage: stage.name.clone(),
                action: action.name.clone(),
                execution: latest.execution.clone(),
                since: attempt.changed,
                told: setting("CustomData"),
                link: setting("ExternalEntityLink").or_else(|| attempt.external_url.clone()),
                announced: setting("NotificationArn"),
            });
        }
    }
    let names: Vec<String> = waiting.iter().map(Question::name).collect();
    let mut fits = waiting
        .into_iter()
        .filter(|it| named.is_none_or(|named| named == it.action || named == it.name()));
    match (fits.next(), fits.next(), named) {
        (Some(one), None, _) => Ok(one),
        (Some(_), Some(_), _) => Err(NoQuestion::Several(names)),
        (None, _, Some(named)) if !names.is_empty() => Err(NoQuestion::NotFound {
            typed: named.to_owned(),
            waiting: names,
        }),
        (None, _, _) => Err(NoQuestion::None(pipeline.to_owned())),
    }
}

impl Question {
    /// With the variables in what the approver is told replaced, as the run's action has them.
    #[must_use]
    pub fn resolved(mut self, actions: &[ActionExecution]) -> Self {
        let attempt = actions
            .iter()
            .find(|it| it.stage == self.stage && it.action == self.action);
        let setting = |name: &str| {
            attempt
                .and_then(|it| it.configuration.get(name))
                .filter(|text| !text.is_empty())
                .cloned()
        };
        self.told = setting("CustomData").or(self.told);
        self.link = setting("ExternalEntityLink").or(self.link);
        self
    }

    /// `stage/action`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.stage, self.action)
    }
}

#[cfg(test)]
mod tests;
