//! Events on their way: from a bus to the rules that match, and on to their targets.
//!
//! A target that cannot be reached is not heard of: EventBridge only counts it (`FailedInvocations`).
//! Source: EventBridge User Guide, "Monitoring Amazon EventBridge" and "Using dead-letter queues".

use serde_json::Value;

use super::authorize;
use super::blobs::Blobs;
use super::changes;
use super::services::eventbridge::outbox::{Place, exists, send};
use super::services::eventbridge::{DEFAULT_BUS, Sent, bus_arn, rule_arn};
use super::services::{codebuild, codepipeline};
use super::world::World;
use crate::policy::{AwsPrincipal, Principal};

/// Buses that one event may pass: rules that hand events round in a circle must come to an end.
const MOST_HOPS: u32 = 5;
/// The principal that takes on the roles of targets.
const SERVICE: &str = "events.amazonaws.com";

/// When the next event arrives.
pub fn due(world: &World) -> Option<i64> {
    let regions = world.accounts.values().flat_map(|a| a.regions.values());
    regions
        .filter_map(|regional| regional.eventbridge.sent.iter().map(|sent| sent.due).min())
        .min()
}

/// Delivers the events that have arrived.
pub fn advance(world: &mut World, _: &Blobs, now: i64) {
    let mut arrived = Vec::new();
    for (account, content) in &mut world.accounts {
        for (region, regional) in &mut content.regions {
            let sent = std::mem::take(&mut regional.eventbridge.sent);
            let (due, later): (Vec<Sent>, Vec<Sent>) =
                sent.into_iter().partition(|sent| sent.due <= now);
            regional.eventbridge.sent = later;
            for sent in due {
                arrived.push((account.clone(), region.clone(), sent));
            }
        }
    }
    for (account, region, sent) in arrived {
        let place = Place {
            account: &account,
            region: &region,
        };
        if sent.hops == 0 && sent.bus == DEFAULT_BUS {
            changes::noticed(world, place, &sent.event, now);
        }
        deliver(world, place, &sent, now);
    }
}

fn deliver(world: &mut World, place: Place<'_>, sent: &Sent, now: i64) {
    let Some(regional) = world.regional_ref(place.account, place.region) else {
        return;
    };
    let matching: Vec<(String, Vec<Value>)> = regional
        .eventbridge
        .matching(&sent.bus, &sent.event)
        .into_iter()
        .map(|(name, rule)| (name.to_owned(), rule.targets.values().cloned().collect()))
        .collect();
    for (name, targets) in matching {
        let rule = rule_arn(place.region, place.account, &sent.bus, &name);
        let mut failed = 0;
        for target in &targets {
            if invoke(world, place, &rule, target, sent, now).is_none() {
                failed += 1;
            }
        }
        let buses = &mut world
            .regional(place.account, place.region)
            .eventbridge
            .buses;
        if let Some(rule) = buses
            .get_mut(&sent.bus)
            .and_then(|b| b.rules.get_mut(&name))
        {
            rule.triggered += 1;
            rule.failed_invocations += failed;
        }
    }
}

/// Calls a target; `None` where that fails.
fn invoke(
    world: &mut World,
    place: Place<'_>,
    rule: &str,
    target: &Value,
    sent: &Sent,
    now: i64,
) -> Option<()> {
    let text = |name: &str| target.get(name).and_then(Value::as_str);
    let arn = text("Arn")?;
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, region) = (parts.next()?, parts.next()?);
    let (account, resource) = (parts.next()?, parts.next()?);
    let to = Place { account, region };
    match service {
        "codepipeline" => {
            let role = text("RoleArn")?;
            may(
                world,
                place,
                rule,
                Some(role),
                "codepipeline:StartPipelineExecution",
                arn,
                now,
            )?;
            let trigger = codepipeline::Trigger {
                kind: "CloudWatchEvent".to_owned(),
                detail: rule.to_owned(),
            };
            let input = input_of(target, &sent.event);
            codepipeline::engine::start(world, to, resource, trigger, &input, now).ok()?;
        }
        "codebuild" => {
            let role = text("RoleArn")?;
            may(
                world,
                place,
                rule,
                Some(role),
                "codebuild:StartBuild",
                arn,
                now,
            )?;
            let project = resource.strip_prefix("project/")?;
            let name = rule.rsplit('/').next().unwrap_or_default();
            let input = input_of(target, &sent.event);
            let order = codebuild::engine::from_input(&input, &format!("rule/{name}"));
            codebuild::engine::start(world, to, project, order, now).ok()?;
        }
        "events" => {
            let bus = resource.strip_prefix("event-bus/")?;
            if sent.hops >= MOST_HOPS || !exists(world, to, bus) {
                return None;
            }
            may(
                world,
                place,
                rule,
                text("RoleArn"),
                "events:PutEvents",
                arn,
                now,
            )?;
            send(world, to, bus, sent.event.clone(), sent.hops + 1, now);
        }
        // What else a rule may have as its target is not in the sandbox.
        _ => return None,
    }
    Some(())
}

/// Whether the target's role may be taken on for this rule, and may do what the target is for. Without a
/// role the rule's account itself asks, as for buses: the policy of the other bus decides.
fn may(
    world: &World,
    place: Place<'_>,
    rule: &str,
    role: Option<&str>,
    action: &str,
    resource: &str,
    now: i64,
) -> Option<()> {
    let principal = match role {
        Some(role) => {
            let context = [
                ("aws:SourceArn", rule),
                ("aws:SourceAccount", place.account),
            ];
            let name = rule.rsplit('/').next().unwrap_or_default();
            let service = authorize::service(SERVICE);
            authorize::assume(world, &service, role, name, &context, now).ok()?
        }
        None if own(place, resource) => return Some(()),
        None => {
            let root = format!("arn:aws:iam::{}:root", place.account);
            Principal::Aws(AwsPrincipal::identity(&root))
        }
    };
    let mut asked =
        authorize::request(world, None, &principal, place.region, now, action, resource);
    if role.is_none() {
        asked.add("aws:SourceArn", rule);
    }
    authorize::check(world, None, &asked).ok()
}

fn own(place: Place<'_>, bus: &str) -> bool {
    bus.strip_prefix(&bus_arn(place.region, place.account, ""))
        .is_some()
}

/// What a target is given: the event, a part of it, or a constant. A transformer's template is filled
/// with the parts that it names. Source: EventBridge User Guide, "Input transformation".
fn input_of(target: &Value, event: &Value) -> Value {
    if let Some(text) = target.get("Input").and_then(Value::as_str) {
        return serde_json::from_str(text).unwrap_or(Value::Null);
    }
    if let Some(path) = target.get("InputPath").and_then(Value::as_str) {
        return at_path(event, path).cloned().unwrap_or(Value::Null);
    }
    let Some(transformer) = target.get("InputTransformer") else {
        return event.clone();
    };
    let mut text = transformer
        .get("InputTemplate")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let paths = transformer.get("InputPathsMap").and_then(Value::as_object);
    for (name, path) in paths.into_iter().flatten() {
        let found = path.as_str().and_then(|path| at_path(event, path));
        let shown = match found {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let quoted = format!("\"{}\"", shown.replace('\\', "\\\\").replace('"', "\\\""));
        text = text
            .replace(&format!("\"<{name}>\""), &quoted)
            .replace(&format!("<{name}>"), &shown);
    }
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// The part of an event that `$.detail.referenceName` names.
fn at_path<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    let rest = path.strip_prefix('$')?;
    rest.split('.')
        .filter(|part| !part.is_empty())
        .try_fold(event, |value, part| value.get(part))
}
