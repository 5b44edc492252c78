//! Collects what lies under a failed action, once, after it has failed.

use crate::cloud::run::{Deployment, DeploymentTarget, Service, StoppedTask};
use crate::cloud::{CloudError, Runs};
use crate::deploy::console::{build_page, deployment_page, execution_page};
use crate::deploy::map::Destination;
use crate::deploy::snapshot::{Action, Snapshot, Under};
use crate::resource::Site;

use super::mend::{Mend, mend};
use super::read::{account_of, refusal};
use super::unsaid::unsaid;
use super::{Cause, Words};

/// How many of a build's last lines are kept.
const LINES: u32 = 15;
/// How many different reasons of stopped tasks are kept.
const REASONS: usize = 3;
/// How many different events of a service are kept.
const EVENTS: usize = 3;
/// Events of a service that only say how its work goes on. Source: Amazon ECS Developer Guide, "Amazon ECS
/// service event messages", and events as services have them.
const ORDINARY: [&str; 8] = [
    " has started ",
    " has stopped ",
    " registered ",
    " deregistered ",
    " has begun draining connections",
    " has reached a steady state",
    " deployment completed",
    " updated computedDesiredCount",
];

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
    match &action.under {
        Under::Build { build, .. } => {
            for phase in &build.phases {
                for (code, message) in &phase.contexts {
                    cause.say(format!("CodeBuild, phase {}", phase.name), code, message);
                }
            }
            if let (Some(group), Some(stream)) = (&build.log_group, &build.log_stream) {
                // Half of it is CodeBuild's own account of the phases, which is there already.
                let page = runs.log_tail(&Site::Shared, group, stream, 2 * LINES).await;
                if let Some(page) = cause.seen("the build's log", page) {
                    let lines = page.lines.into_iter().map(|line| line.text);
                    cause.log = lines.filter(|line| is_of_command(line)).collect();
                    let surplus = cause.log.len().saturating_sub(LINES as usize);
                    cause.log.drain(..surplus);
                }
            }
        }
        Under::Deployment {
            deployment,
            targets,
        } => {
            of_deployment(&mut cause, deployment, targets);
            service(runs, to, action, None, &mut cause).await;
        }
        Under::Rolling { service: known } => {
            for rollout in &known.rollouts {
                if let Some(reason) = &rollout.reason
                    && rollout.state.as_deref() == Some("FAILED")
                {
                    cause.say(format!("ECS, deployment {}", rollout.id), "", reason);
                }
            }
            service(runs, to, action, Some(known), &mut cause).await;
        }
        Under::Native { release } => {
            // The one says in other words what the other says.
            if let Some(reason) = release.reason.as_ref().or(release.rollback.as_ref()) {
                cause.say(
                    "ECS, service deployment".to_owned(),
                    &release.status,
                    reason,
                );
            }
            service(runs, to, action, None, &mut cause).await;
        }
        Under::Nothing => {}
    }
    cause.blind.extend(snapshot.blind.iter().cloned());
    conclude(&mut cause, action, to);
    Some(cause)
}

/// Whether a line of a build's log is more than CodeBuild's account of its phases.
fn is_of_command(line: &str) -> bool {
    let account = line.starts_with("[Container] ")
        && [
            " Entering phase ",
            " Phase complete: ",
            " Phase context status code: ",
        ]
        .iter()
        .any(|words| line.contains(words));
    !account && !line.trim().is_empty()
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
    if let Some(message) = deployment
        .rollback
        .as_ref()
        .and_then(|it| it.message.as_ref())
    {
        cause.say("CodeDeploy, rollback".to_owned(), "", message);
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
    for message in &deployment.messages {
        cause.say("CodeDeploy".to_owned(), "", message);
    }
}

/// What ECS says of the service and of its tasks since the action began: each sentence once, and what only says
/// that work goes on not at all.
async fn service(
    runs: &dyn Runs,
    to: &Destination,
    action: &Action,
    known: Option<&Service>,
    cause: &mut Cause,
) {
    let began =
        |at: Option<jiff::Timestamp>| at.zip(action.started).is_none_or(|(at, began)| at >= began);
    let site = to.site();
    let stopped = runs.stopped_tasks(&site, &to.cluster, &to.service).await;
    let stopped = cause.seen("the tasks that stopped", stopped);
    let reasons = reasons(stopped.unwrap_or_default(), began);
    let asked = match known {
        Some(_) => None,
        None => {
            let service = runs.service(&site, &to.cluster, &to.service).await;
            cause.seen("the service's events", service).flatten()
        }
    };
    // What became of it is said already where ECS makes a deployment of its own.
    let told = matches!(action.under, Under::Native { .. });
    let mut said: Vec<String> = Vec::new();
    for event in known
        .or(asked.as_ref())
        .into_iter()
        .flat_map(|it| &it.events)
    {
        let alike = without_ids(&event.message);
        let of_task = reasons.iter().any(|it| alike.contains(&it.alike));
        let ordinary = ORDINARY.iter().any(|words| event.message.contains(words))
            || (told && event.message.contains(" deployment failed: "));
        if began(event.at) && !of_task && !ordinary && !said.contains(&alike) && said.len() < EVENTS
        {
            cause.say(format!("ECS, service {}", to.service), "", &event.message);
            said.push(alike);
        }
    }
    for reason in reasons {
        let more = match reason.more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        cause.say(format!("{}{more}", reason.from), &reason.code, &reason.text);
    }
}

/// Why tasks have stopped.
struct Reason {
    from: String,
    code: String,
    text: String,
    /// The sentence as all tasks say it that fail like this one.
    alike: String,
    /// How many others say it.
    more: usize,
}

fn reasons(
    stopped: Vec<StoppedTask>,
    began: impl Fn(Option<jiff::Timestamp>) -> bool,
) -> Vec<Reason> {
    // A task that the scheduler ended, because its task set did, failed at nothing.
    let ordinary = |task: &StoppedTask| {
        matches!(
            task.code.as_deref(),
            Some("ServiceSchedulerInitiated" | "UserInitiated")
        ) && task.containers.iter().all(|it| it.reason.is_none())
    };
    let mut found: Vec<Reason> = Vec::new();
    for task in stopped
        .iter()
        .filter(|it| began(it.at))
        .filter(|it| !ordinary(it))
    {
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
            if let Some(known) = found.iter_mut().find(|it| it.alike == alike) {
                known.more += 1;
            } else if found.len() < REASONS {
                found.push(Reason {
                    from,
                    code: code.to_owned(),
                    text: reason.clone(),
                    alike,
                    more: 0,
                });
            }
        }
    }
    found
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
fn conclude(cause: &mut Cause, action: &Action, to: &Destination) {
    let logged = cause.log.join("\n");
    let spoken: Vec<&str> = cause.words.iter().map(|it| it.text.as_str()).collect();
    // A build's log lies at the bottom; a deployment's is a script's, which may say anything.
    let at_bottom = matches!(action.under, Under::Build { .. }).then_some(logged.as_str());
    let found = at_bottom
        .into_iter()
        .chain(spoken.iter().rev().copied())
        .find_map(refusal);
    let refused = found.is_some();
    if let Some(found) = found {
        cause.said = found.call.is_some();
        cause.principal = found.principal;
        cause.calls = found.call.into_iter().collect();
        cause.resource = found.resource;
        cause.because = found.because;
    } else {
        let all = format!("{}\n{}", at_bottom.unwrap_or_default(), spoken.join("\n"));
        let left_out = unsaid(&all, action, to);
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
    cause.mend = mend(cause, action);
    // Nobody was refused where a file is wrong: a role there only leads astray.
    if !refused
        && (cause.mend.of_files() || (cause.calls.is_empty() && cause.mend == Mend::Elsewhere))
    {
        cause.principal = None;
        cause.calls.clear();
    }
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
