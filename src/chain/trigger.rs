//! What makes the run start.
//!
//! Source: Amazon EventBridge User Guide, "Using IAM policy conditions", "Sending and receiving events
//! between AWS accounts"; AWS CodePipeline User Guide, "CodeCommit source action reference".

use serde_json::Value;

use super::list::{Ask, List};
use super::need::{Actor, Confidence, Step, Who};
use super::run::Trigger;
use super::says::Words;
use super::scene::{account_in, region_in, resource_in, service_in, text, unnamed_session};

const EVENTS: &str = "events.amazonaws.com";

impl List<'_> {
    /// The requests of every hop, from the event to the run.
    pub fn trigger(&mut self) {
        let run = self.scene.run;
        let mut hops = 0_usize;
        for trigger in &run.triggers {
            self.hop(trigger, &mut hops);
        }
        if run.triggers.is_empty() {
            self.nothing_starts_it();
        }
    }

    fn hop(&mut self, trigger: &Trigger, hops: &mut usize) {
        let target = text(&trigger.target, "Arn");
        let rule = self.rule_arn(trigger);
        let to_bus = service_in(target) == Some("events")
            && resource_in(target).is_some_and(|it| it.starts_with("event-bus/"));
        let role = text(&trigger.target, "RoleArn");
        if role.is_empty() {
            self.gap(format!(
                "The target {target} of rule {rule} has no role, without which EventBridge calls nothing: give it a RoleArn."
            ));
            return;
        }
        let id = if to_bus {
            *hops = hops.saturating_add(1);
            "trigger/forward"
        } else {
            "trigger/start"
        };
        self.add(
            Ask::new(
                format!("{id}-role"),
                Step::Trigger,
                &Who::Service(EVENTS.to_owned()),
                "sts:AssumeRole",
                role,
                account_in(role).unwrap_or_default(),
            )
            .via(EVENTS)
            .with("aws:SourceAccount", trigger.account.as_str())
            .with("aws:SourceArn", rule.clone())
            .why("EventBridge takes on the role of the rule's target.")
            .refused(Words::Silent),
        );
        // The session's name is chosen by EventBridge and not documented.
        let who = unnamed_session(Actor::Events, role, "events");
        if to_bus {
            let mut put = Ask::new(
                id,
                Step::Trigger,
                &who,
                "events:PutEvents",
                target,
                account_in(target).unwrap_or_default(),
            )
            .via(EVENTS)
            .with("aws:SourceArn", rule)
            .with("events:eventBusInvocation", "true")
            .why("The rule of the source's account hands the event on to the event bus of the pipeline's.")
            .refused(Words::Silent);
            for (key, member) in [
                ("events:source", "source"),
                ("events:detail-type", "detail-type"),
            ] {
                if let Some(value) = first_of_pattern(&trigger.rule, member) {
                    put = put.with(key, value);
                }
            }
            self.add(put);
            return;
        }
        self.add(
            Ask::new(
                id,
                Step::Trigger,
                &who,
                "codepipeline:StartPipelineExecution",
                target,
                account_in(target).unwrap_or_default(),
            )
            .via(EVENTS)
            .why("The rule starts the pipeline.")
            .refused(Words::Silent)
            .asked(Confidence::Documented),
        );
        let own = self.scene.arn(
            "codepipeline",
            self.scene.region(),
            self.scene.account,
            self.scene.name,
        );
        if target != own {
            self.gap(format!(
                "The rule {rule} starts {target}, which is not this pipeline ({own})."
            ));
        }
    }

    fn rule_arn(&self, trigger: &Trigger) -> String {
        let given = text(&trigger.rule, "Arn");
        if !given.is_empty() {
            return given.to_owned();
        }
        let bus = text(&trigger.rule, "EventBusName");
        let bus = bus.rsplit('/').next().unwrap_or_default();
        let name = text(&trigger.rule, "Name");
        let resource = match bus {
            "" | "default" => format!("rule/{name}"),
            bus => format!("rule/{bus}/{name}"),
        };
        let region = region_in(text(&trigger.target, "Arn")).unwrap_or(self.scene.region());
        self.scene
            .arn("events", region, trigger.account.as_str(), &resource)
    }

    /// Where no rule is at hand: some sources need none.
    fn nothing_starts_it(&mut self) {
        let sources: Vec<_> = self
            .scene
            .actions()
            .into_iter()
            .filter(|action| action.category == "Source")
            .collect();
        for source in sources {
            let polls = !source
                .configured("PollForSourceChanges")
                .is_some_and(|value| value.eq_ignore_ascii_case("false"));
            match source.provider {
                "CodeCommit" | "S3" if polls => {}
                "CodeCommit" | "S3" | "ECR" => self.gap(format!(
                    "Action {} waits for an event, and no rule is at hand that starts the pipeline: what starts it is not listed.",
                    source.place
                )),
                _ => {}
            }
        }
    }
}

/// The first value that an event pattern takes for a member.
fn first_of_pattern(rule: &Value, member: &str) -> Option<String> {
    let pattern = rule.get("EventPattern")?;
    let read;
    let pattern = match pattern {
        Value::String(text) => {
            read = serde_json::from_str::<Value>(text).ok()?;
            &read
        }
        other => other,
    };
    pattern.get(member)?.get(0)?.as_str().map(str::to_owned)
}
