//! Collects what lies under a failed action, once, after it has failed.

use crate::cloud::run::{Deployment, DeploymentTarget, StoppedTask};
use crate::cloud::{CloudError, Runs};
use crate::deploy::console::{build_page, deployment_page, execution_page};
use crate::deploy::map::Destination;
use crate::deploy::snapshot::{Action, Snapshot, Under};
use crate::resource::Site;

use super::read::{account_of, refusal};
use super::unsaid::unsaid;
use super::{Cause, Words};

/// How many of a build's last lines are kept.
const LINES: u32 = 15;
/// How many different reasons of stopped tasks are kept.
const REASONS: usize = 3;
/// How many of a service's last events are kept.
const EVENTS: usize = 3;

/// What lies under the failed action of a run; `None` where none failed. Asks for what the snapshot does not
/// hold; what cannot be had is said in [`Cause::blind`].
pub async fn gather(runs: &dyn Runs, to: &Destination, snapshot: &Snapshot) -> Option<Cause> {
    let (stage, action) = snapshot.failed()?;
    let mut cause = Cause {
        stage: stage.name.clone(),
        action: action.name.clone(),
        page: Some(page(to, snapshot, action)),
        ..Cause::default()
    };
    if let Some(error) = &action.error {
        let from = match action.attempts {
            0 | 1 => format!("CodePipeline, action {}", action.name),
            tries => format!("CodePipeline, action {}, try {tries}", action.name),
        };
        cause.say(from, &error.code, &error.message);
    }
    let mut build_role = None;
    match &action.under {
        Under::Build { build, .. } => {
            build_role.clone_from(&build.role);
            for phase in &build.phases {
                for (code, message) in &phase.contexts {
                    cause.say(format!("CodeBuild, phase {}", phase.name), code, message);
                }
            }
            if let (Some(group), Some(stream)) = (&build.log_group, &build.log_stream) {
                let page = runs.log_tail(&Site::Shared, group, stream, LINES).await;
                if let Some(page) = cause.seen("the build's log", page) {
                    cause.log = page
                        .lines
                        .into_iter()
                        .map(|line| line.text)
                        .filter(|line| !line.trim().is_empty())
                        .collect();
                }
            }
        }
        Under::Deployment {
            deployment,
            targets,
        } => {
            of_deployment(&mut cause, deployment, targets);
            tasks(runs, to, action, &mut cause).await;
        }
        Under::Rolling { service } => {
            for rollout in &service.rollouts {
                if let Some(reason) = &rollout.reason
                    && rollout.state.as_deref() == Some("FAILED")
                {
                    cause.say(format!("ECS, deployment {}", rollout.id), "", reason);
                }
            }
            let began = |at: Option<jiff::Timestamp>| {
                at.zip(action.started).is_none_or(|(at, began)| at >= began)
            };
            let news = service.events.iter().filter(|event| began(event.at));
            for event in news.take(EVENTS) {
                cause.say(format!("ECS, service {}", service.name), "", &event.message);
            }
            tasks(runs, to, action, &mut cause).await;
        }
        Under::Native { release } => {
            for reason in [&release.reason, &release.rollback].into_iter().flatten() {
                cause.say(
                    "ECS, service deployment".to_owned(),
                    &release.status,
                    reason,
                );
            }
            tasks(runs, to, action, &mut cause).await;
        }
        Under::Nothing => {}
    }
    cause.blind.extend(snapshot.blind.iter().cloned());
    conclude(&mut cause, action, build_role.as_deref(), to);
    Some(cause)
}

fn page(to: &Destination, snapshot: &Snapshot, action: &Action) -> String {
    match (&action.under, &action.external_id) {
        (Under::Build { build, .. }, _) => build_page(&to.region, to.shared.as_str(), &build.id),
        (Under::Deployment { deployment, .. }, _) => deployment_page(&to.region, &deployment.id),
        _ => execution_page(&to.region, &to.pipeline, &snapshot.execution.id),
    }
}

fn of_deployment(cause: &mut Cause, deployment: &Deployment, targets: &[DeploymentTarget]) {
    if let Some(error) = &deployment.error {
        let from = format!("CodeDeploy, deployment {}", deployment.id);
        cause.say(from, &error.code, &error.message);
    }
    for event in targets.iter().flat_map(|target| &target.events) {
        if let Some(error) = &event.error
            && event.status == "Failed"
        {
            let from = match &event.script {
                Some(script) => format!("CodeDeploy, {} ({script})", event.name),
                None => format!("CodeDeploy, {}", event.name),
            };
            cause.say(from, &error.code, &error.message);
            if let Some(tail) = &event.log_tail {
                cause.log.extend(tail.lines().map(str::to_owned));
            }
        }
    }
    if let Some(message) = deployment
        .rollback
        .as_ref()
        .and_then(|it| it.message.as_ref())
    {
        cause.say("CodeDeploy, rollback".to_owned(), "", message);
    }
    for message in &deployment.messages {
        cause.say("CodeDeploy".to_owned(), "", message);
    }
}

/// Why tasks have stopped since the action began: each reason once.
async fn tasks(runs: &dyn Runs, to: &Destination, action: &Action, cause: &mut Cause) {
    let stopped = runs
        .stopped_tasks(&to.site(), &to.cluster, &to.service)
        .await;
    let Some(stopped) = cause.seen("the tasks that stopped", stopped) else {
        return;
    };
    let since = |task: &&StoppedTask| {
        task.at
            .zip(action.started)
            .is_none_or(|(at, began)| at >= began)
    };
    // A task that the scheduler ended, because its task set did, failed at nothing.
    let ordinary = |task: &&StoppedTask| {
        matches!(
            task.code.as_deref(),
            Some("ServiceSchedulerInitiated" | "UserInitiated")
        ) && task.containers.iter().all(|it| it.reason.is_none())
    };
    let mut said: Vec<(String, usize, usize)> = Vec::new();
    for task in stopped.iter().filter(since).filter(|task| !ordinary(task)) {
        let name = task.arn.rsplit('/').next().unwrap_or_default();
        let short = name.get(..8).unwrap_or(name);
        let own = task.reason.iter().map(|reason| {
            let code = task.code.as_deref().unwrap_or_default();
            (format!("ECS, task {short}"), code, reason)
        });
        let inside = task.containers.iter().filter_map(|container| {
            let from = format!("ECS, task {short}, container {}", container.name);
            Some((from, "", container.reason.as_ref()?))
        });
        for (from, code, reason) in own.chain(inside) {
            // Tasks of one service fail alike; their ids stand in the sentences.
            let alike = without_ids(reason);
            if let Some((_, _, more)) = said.iter_mut().find(|(known, _, _)| *known == alike) {
                *more += 1;
            } else if said.len() < REASONS {
                let at = cause.words.len();
                cause.say(from, code, reason);
                said.push((alike, at, 0));
            }
        }
    }
    for (_, at, more) in said.into_iter().filter(|(_, _, more)| *more > 0) {
        if let Some(words) = cause.words.get_mut(at) {
            words.from.push_str(&format!(" and {more} more"));
        }
    }
}

/// A sentence without what differs from task to task.
fn without_ids(text: &str) -> String {
    text.split_inclusive(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let id = bare.len() >= 16 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
            if id { "" } else { word }
        })
        .collect()
}

/// Whose call to what: as the innermost words say it, or as it follows from what the action does.
fn conclude(cause: &mut Cause, action: &Action, build_role: Option<&str>, to: &Destination) {
    let logged = cause.log.join("\n");
    let spoken: Vec<&str> = cause.words.iter().map(|it| it.text.as_str()).collect();
    let found = std::iter::once(logged.as_str())
        .filter(|_| build_role.is_some())
        .chain(spoken.iter().rev().copied())
        .find_map(refusal);
    if let Some(found) = found {
        cause.said = found.call.is_some();
        cause.principal = found.principal;
        cause.calls = found.call.into_iter().collect();
        cause.resource = found.resource;
        cause.because = found.because;
    } else {
        let all = spoken.join("\n");
        let left_out = unsaid(&all, action, build_role, to);
        cause.principal = left_out.principal;
        cause.calls = left_out.calls;
        cause.resource = left_out.resource;
    }
    let of_principal = cause.principal.as_deref().and_then(account_of);
    // A service assumes a role of the account that the role is in.
    let of_resource = cause.resource.as_deref().and_then(account_of);
    let by_action = match action.category.as_str() {
        "Deploy" => to.account.as_str(),
        _ => to.shared.as_str(),
    };
    let account = of_principal.or(of_resource).unwrap_or(by_action).to_owned();
    cause.site = if account == to.account.as_str() {
        Some(to.environment.to_string())
    } else if account == to.shared.as_str() {
        Some("shared".to_owned())
    } else {
        None
    };
    cause.account = Some(account);
}

impl Cause {
    /// Keeps a sentence, unless one that is there says it already.
    fn say(&mut self, from: String, code: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() || self.words.iter().any(|it| it.text.contains(text)) {
            return;
        }
        self.words.push(Words {
            from,
            code: code.to_owned(),
            text: text.to_owned(),
        });
    }

    fn seen<T>(&mut self, what: &str, outcome: Result<T, CloudError>) -> Option<T> {
        match outcome {
            Ok(found) => Some(found),
            Err(error) => {
                self.blind
                    .push(format!("{what} could not be looked at: {error}"));
                None
            }
        }
    }
}
