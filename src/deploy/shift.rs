//! How far a deployment has shifted the traffic, and how long what it waits for takes.

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{Deployment, DeploymentTarget, LifecycleEvent};

/// How far a blue/green deployment is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shift {
    /// Per cent of the traffic on green.
    pub green: f64,
    /// What it waits for, where it is known how long that takes.
    pub waits: Option<Waits>,
}

/// A wait of known length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waits {
    /// What comes after it.
    pub until: Until,
    /// When it began.
    pub since: Timestamp,
    /// How many seconds it takes at AWS.
    pub seconds: u64,
}

/// What comes after a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// All traffic is on green.
    AllTraffic,
    /// The replaced tasks end.
    OldTasksEnd,
}

/// How far a deployment is, where that can be said.
pub fn shift(deployment: &Deployment, targets: &[DeploymentTarget]) -> Option<Shift> {
    let target = targets.first()?;
    let green = target
        .task_sets
        .iter()
        .find(|set| set.label.eq_ignore_ascii_case("green"))?
        .traffic;
    let event = |name: &str| target.events.iter().find(|event| event.name == name);
    let waits = if deployment.is_over() {
        None
    } else if deployment.keeping_old {
        let since = ended(event("AfterAllowTraffic")).or_else(|| ended(event("AllowTraffic")));
        since
            .zip(deployment.keep_old_minutes)
            .map(|(since, minutes)| Waits {
                until: Until::OldTasksEnd,
                since,
                seconds: u64::from(minutes) * 60,
            })
    } else {
        event("AllowTraffic")
            .filter(|event| event.status == "InProgress")
            .and_then(|event| event.started)
            .zip(deployment.shift_seconds.or(seconds(&deployment.config)))
            .map(|(since, seconds)| Waits {
                until: Until::AllTraffic,
                since,
                seconds,
            })
    };
    Some(Shift { green, waits })
}

fn ended(event: Option<&LifecycleEvent>) -> Option<Timestamp> {
    event?.ended
}

/// Whether a configuration is a team's own: only GetDeploymentConfig knows how long it takes.
pub fn is_own(config: &str) -> bool {
    !config.is_empty() && !config.starts_with("CodeDeployDefault.")
}

/// How many seconds the shift of a predefined configuration takes. Source: AWS CodeDeploy User Guide, "Working with deployment configurations".
fn seconds(config: &str) -> Option<u64> {
    let name = config.strip_prefix("CodeDeployDefault.ECS")?;
    if let Some(rest) = name.strip_prefix("Canary10Percent") {
        return Some(minutes(rest)? * 60);
    }
    // Ten steps, the first one at once.
    let rest = name.strip_prefix("Linear10PercentEvery")?;
    Some(minutes(rest)? * 60 * 9)
}

fn minutes(text: &str) -> Option<u64> {
    text.strip_suffix("Minutes")
        .or_else(|| text.strip_suffix("Minute"))?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_predefined_configurations_say_how_long_they_take() {
        for (name, expected) in [
            ("CodeDeployDefault.ECSAllAtOnce", None),
            ("CodeDeployDefault.ECSCanary10Percent5Minutes", Some(300)),
            ("CodeDeployDefault.ECSCanary10Percent15Minutes", Some(900)),
            (
                "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
                Some(540),
            ),
            (
                "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
                Some(1620),
            ),
            ("ours", None),
        ] {
            assert_eq!(seconds(name), expected, "{name}");
        }
    }
}
