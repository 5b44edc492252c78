//! A deployment that waits for somebody to let the traffic go over.

use jiff::Timestamp;

use super::cause::account_of;
use super::snapshot::{Action, Under};

/// A deployment whose new tasks are ready, and which goes on when somebody says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The deployment.
    pub deployment: String,
    /// The account that it is in.
    pub account: Option<String>,
    /// Since when it waits.
    pub since: Option<Timestamp>,
    /// How many seconds it waits at AWS before it is stopped.
    pub seconds: Option<u64>,
}

impl Ready {
    /// What lets it go on. Source: AWS CLI Command Reference, "deploy continue-deployment".
    pub fn command(&self) -> String {
        format!(
            "aws deploy continue-deployment --deployment-id {} --deployment-wait-type READY_WAIT",
            self.deployment
        )
    }

    /// What it waits for, where time goes `scale` times faster than at AWS.
    pub fn sentence(&self, scale: u32) -> String {
        let until = self.since.zip(self.seconds).and_then(|(since, seconds)| {
            let seconds = i64::try_from(seconds).ok()? / i64::from(scale.max(1));
            since
                .checked_add(jiff::SignedDuration::from_secs(seconds))
                .ok()
        });
        let until = until
            .map(|at| format!(" until {}", at.strftime("%H:%M:%SZ")))
            .unwrap_or_default();
        let account = self
            .account
            .as_deref()
            .map(|account| format!(", in the account {account}"))
            .unwrap_or_default();
        format!(
            "waits{until} for somebody to let the traffic go over{account}: {}",
            self.command()
        )
    }
}

/// Whether the deployment under an action waits for somebody. Source: AWS CodeDeploy API Reference,
/// `DeploymentReadyOption`; the status of such a deployment is `Ready`.
pub fn ready(action: &Action) -> Option<Ready> {
    let Under::Deployment {
        deployment,
        targets,
    } = &action.under
    else {
        return None;
    };
    if deployment.status != "Ready" {
        return None;
    }
    let events = targets.iter().flat_map(|it| &it.events);
    Some(Ready {
        deployment: deployment.id.clone(),
        account: action
            .role
            .as_deref()
            .and_then(account_of)
            .map(str::to_owned),
        since: events.filter_map(|it| it.ended).max(),
        seconds: deployment.ready_minutes.map(|it| u64::from(it) * 60),
    })
}

#[cfg(test)]
mod tests {
    use crate::cloud::run::Status;
    use crate::deploy::fixture::{self, Fake, RUN, World, action, at, execution, to};
    use crate::deploy::{Event, Look, changes};

    use super::*;

    #[test]
    fn who_is_waited_for_is_said_with_the_command() {
        let (mut under, targets) = fixture::deployment(
            "Ready",
            &[("Install", "Succeeded"), ("AllowTraffic", "Pending")],
            0.0,
        );
        under.ready_minutes = Some(5);
        let mut going = action("Deploy", Status::InProgress, 140, 150);
        going.role = Some("arn:aws:iam::558846431111:role/bys-dev-awssdk-iam-deploy".into());
        let fake = Fake::new(World {
            executions: vec![execution(Status::InProgress)],
            actions: vec![going],
            deployment: Some((under, targets)),
            ..World::default()
        });
        let shape = fake.world.lock().unwrap().shape.clone();
        let snapshot =
            fixture::block_on(Look::new(&fake, &to("dev"), shape, RUN, 0).next(at(200))).unwrap();
        let (_, action) = snapshot
            .actions()
            .find(|(_, it)| it.category == "Deploy")
            .unwrap();
        let waits = ready(action).unwrap();
        let until = waits.since.unwrap() + jiff::SignedDuration::from_secs(300);
        assert_eq!(
            waits.sentence(1),
            format!(
                "waits until {} for somebody to let the traffic go over, in the account 558846431111: aws deploy continue-deployment --deployment-id d-ABCDEF123 --deployment-wait-type READY_WAIT",
                until.strftime("%H:%M:%SZ")
            )
        );
        let events = changes(None, &snapshot);
        assert!(events.iter().any(|it| matches!(it, Event::Ready { .. })));
        let events = changes(Some(&snapshot), &snapshot);
        assert!(events.is_empty());
    }
}
