//! What stopping a run would leave behind.
//!
//! Source: AWS CodePipeline User Guide, "Stop a pipeline execution": with stop-and-wait the actions under
//! way come to their end; an abandoned action's work goes on and nothing follows it.

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{ActionExecution, Execution, Status};

/// An action that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Going {
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// Its provider.
    pub provider: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What it has started elsewhere.
    pub external_id: Option<String>,
}

/// Why nothing is stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoStop {
    /// No run is going on.
    #[error("no run of {0} is under way")]
    NothingGoing(String),
    /// Several are, and none was named.
    #[error("{} runs of {pipeline} are under way", .runs.len())]
    Several {
        /// The pipeline.
        pipeline: String,
        /// Their ids.
        runs: Vec<String>,
    },
    /// None of that name is.
    #[error("no run that is under way begins with '{0}'")]
    NotFound(String),
    /// It is being stopped already, and waiting for its actions is not what was changed.
    #[error("the run {0} is being stopped already: it waits for the actions that are under way")]
    Already(String),
}

/// The run to stop: the one that is named, or the only one that is going on.
///
/// # Errors
/// None, or several and none was named.
pub fn choose<'a>(
    pipeline: &str,
    executions: &'a [Execution],
    named: Option<&str>,
    abandon: bool,
) -> Result<&'a Execution, NoStop> {
    let going: Vec<&Execution> = executions
        .iter()
        .filter(|it| !it.status.is_over())
        .collect();
    let fits: Vec<&Execution> = match named {
        Some(named) => going
            .iter()
            .filter(|it| it.id.starts_with(&named.to_ascii_lowercase()))
            .copied()
            .collect(),
        None => going.clone(),
    };
    match (fits.as_slice(), named) {
        ([one], _) if one.status == Status::Stopping && !abandon => {
            Err(NoStop::Already(one.id.clone()))
        }
        ([one], _) => Ok(one),
        ([], Some(named)) if !going.is_empty() => Err(NoStop::NotFound(named.to_owned())),
        ([], _) => Err(NoStop::NothingGoing(pipeline.to_owned())),
        (several, _) => Err(NoStop::Several {
            pipeline: pipeline.to_owned(),
            runs: several.iter().map(|it| it.id.clone()).collect(),
        }),
    }
}

/// What a run is doing.
pub fn going(actions: &[ActionExecution]) -> Vec<Going> {
    actions
        .iter()
        .filter(|it| it.status == Status::InProgress)
        .map(|it| Going {
            stage: it.stage.clone(),
            action: it.action.clone(),
            provider: it.provider.clone(),
            since: it.started,
            external_id: it.external_id.clone(),
        })
        .collect()
}

impl Going {
    /// What becomes of it, in a sentence.
    pub fn fate(&self, abandon: bool) -> String {
        let name = format!("{}/{}", self.stage, self.action);
        let id = self
            .external_id
            .as_deref()
            .map_or_else(String::new, |id| format!(" {id}"));
        let what = match (abandon, self.provider.as_str()) {
            (false, "Manual") => {
                "somebody still has to answer it, or it ends when its time is over".to_owned()
            }
            (false, _) => "it is waited for; nothing follows it".to_owned(),
            (true, "CodeBuild") => {
                format!("the build{id} goes on to its end, and nothing uses what it makes")
            }
            (true, "CodeDeployToECS" | "CodeDeploy") => {
                format!(
                    "the deployment{id} goes on and may still shift traffic; it is not rolled back"
                )
            }
            (true, "ECS") => "ECS goes on replacing tasks; nothing is rolled back".to_owned(),
            (true, "Manual") => "it is not asked for any more".to_owned(),
            (true, _) => "what it has begun goes on".to_owned(),
        };
        format!("{name}: {what}")
    }
}

#[cfg(test)]
mod tests;
