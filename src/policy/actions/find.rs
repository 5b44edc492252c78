//! Actions by name and by pattern, and what was meant by a name that there is not.

use super::glob::{Glob, matches_ignore_case};
use super::model::{Action, Service, cmp_ignore_case};
use super::store::{Slot, slot, store};

/// The service of this prefix, such as `s3`, without regard to case.
pub fn service(prefix: &str) -> Option<&'static Service> {
    slot(prefix)?.service()
}

/// Whether there is a service of this prefix, without reading what is known of it.
pub fn knows_service(prefix: &str) -> bool {
    slot(prefix).is_some()
}

/// The prefixes of all services, sorted.
pub fn services() -> impl ExactSizeIterator<Item = &'static str> {
    store().slots.iter().map(|slot| slot.prefix)
}

/// The action of this name, such as `s3:GetObject`, without regard to case.
pub fn action(name: &str) -> Option<Action> {
    let (prefix, name) = name.split_once(':')?;
    service(prefix)?.action(name)
}

/// The names of all actions that match a pattern of `*` and `?`, as AWS writes them: services in the
/// order of their prefixes, actions in the order of their names.
pub fn expand(pattern: &str) -> Vec<String> {
    matching(pattern).map(|action| action.name()).collect()
}

/// All actions that match a pattern. Only services that may have one are read.
pub fn matching(pattern: &str) -> impl Iterator<Item = Action> + use<'_> {
    candidates(pattern).flat_map(move |(slot, half)| {
        slot.service()
            .into_iter()
            .flat_map(Service::actions)
            .filter(move |action| match half {
                Some(name) => matches_ignore_case(name, action.short_name()),
                None => matches_ignore_case(pattern, &action.name()),
            })
    })
}

/// The services that may have an action which matches, and the pattern for its name; `None` if the
/// pattern has no colon, so that it has to be compared with the whole name.
fn candidates(pattern: &str) -> impl Iterator<Item = (&'static Slot, Option<&str>)> {
    let halves = pattern.split_once(':');
    let exact = halves
        .filter(|(prefix, _)| !prefix.contains(['*', '?']))
        .map(|(prefix, _)| slot(prefix));
    let all = match exact {
        Some(_) => &[],
        None => store().slots.as_slice(),
    };
    let whole = Glob::new(&pattern.to_ascii_lowercase());
    let open = all.iter().filter(move |slot| match halves {
        Some((prefix, _)) => matches_ignore_case(prefix, slot.prefix),
        None => whole.overlaps(&Glob::new(&format!("{}:*", slot.prefix))),
    });
    exact
        .flatten()
        .into_iter()
        .chain(open)
        .map(move |slot| (slot, halves.map(|(_, name)| name)))
}

/// The action, or the pattern of actions, that was most likely meant by one that there is not. The
/// half that exists is kept, so of `S3:GetObjects` it is `s3:GetObject`. `None` if nothing is near.
pub fn nearest(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once(':')?;
    if let Some(service) = service(prefix) {
        let near = nearest_name(service, rest)?;
        return Some(format!("{}:{near}", service.prefix()));
    }
    if prefix.contains(['*', '?']) {
        return None;
    }
    // Several services may be near; the one that has the action is meant. Of a short prefix every
    // other short one is near, so it takes the action to tell.
    let near = near_services(prefix, 1);
    let has = |prefix: &&'static str| {
        service(prefix).is_some_and(|service| {
            service
                .actions()
                .any(|action| matches_ignore_case(rest, action.short_name()))
        })
    };
    let found = near.iter().copied().find(has);
    let found = found.or_else(|| nearest_service(prefix))?;
    if rest.contains(['*', '?']) {
        return Some(format!("{found}:{rest}"));
    }
    let service = service(found)?;
    match service.action(rest) {
        Some(action) => Some(action.name()),
        None => nearest_name(service, rest).map(|name| format!("{found}:{name}")),
    }
}

/// The prefix of a service that was most likely meant by one that there is not.
pub fn nearest_service(prefix: &str) -> Option<&'static str> {
    near_services(prefix, 0).first().copied()
}

/// Prefixes that are near to a text, the nearest first; at least `least` slips are forgiven.
fn near_services(prefix: &str, least: usize) -> Vec<&'static str> {
    let wanted = prefix.to_ascii_lowercase();
    if let Ok(at) = USUAL_NAMES.binary_search_by(|(name, _)| cmp_ignore_case(name, &wanted))
        && let Some(slots) = USUAL_NAMES.get(at)
    {
        let known = slots.1.iter().filter_map(|prefix| slot(prefix));
        return known.map(|slot| slot.prefix).collect();
    }
    let plain: String = wanted.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut near: Vec<(usize, &'static str)> = services()
        .filter_map(|known| {
            let distance = if known.replace('-', "") == plain {
                0
            } else {
                strsim::damerau_levenshtein(known, &wanted)
            };
            let most = tolerance(known.len().min(wanted.len())).max(least);
            (distance <= most).then_some((distance, known))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, known)| known).collect()
}

/// The name, or for `Gett*` the pattern, that is nearest.
fn nearest_name(service: &'static Service, name: &str) -> Option<String> {
    let wanted = name.to_ascii_lowercase();
    let (stem, star) = match wanted.strip_suffix('*') {
        Some(stem) => (stem, "*"),
        None => (wanted.as_str(), ""),
    };
    if stem.contains(['*', '?']) {
        return None;
    }
    let mut best: Option<(usize, usize, &'static str)> = None;
    for action in service.actions() {
        let full = action.short_name();
        // Under a star only the beginning has to be near.
        let lengths = if star.is_empty() {
            full.len()..=full.len()
        } else {
            stem.len().saturating_sub(1)..=stem.len().saturating_add(1)
        };
        for length in lengths {
            let Some(known) = full.get(..length) else {
                continue;
            };
            let most = tolerance(stem.len().min(known.len()));
            if known.len().abs_diff(stem.len()) > most {
                continue;
            }
            let lower = known.to_ascii_lowercase();
            let distance = strsim::damerau_levenshtein(&lower, stem);
            let apart = common_prefix(&lower, stem);
            let rank = (distance, usize::MAX.saturating_sub(apart), known);
            if distance <= most && best.is_none_or(|best| rank < best) {
                best = Some(rank);
            }
        }
    }
    best.map(|(_, _, name)| format!("{name}{star}"))
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// How many slips of the pen there may be in a word of this length.
fn tolerance(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        10..=16 => 3,
        _ => 4,
    }
}

/// What services are called in conversation, where the prefix is another.
const USUAL_NAMES: &[(&str, &[&str])] = &[
    ("alb", &["elasticloadbalancing"]),
    ("api-gateway", &["apigateway", "execute-api"]),
    ("application-auto-scaling", &["application-autoscaling"]),
    ("cfn", &["cloudformation"]),
    ("cloudwatch-events", &["events"]),
    ("cloudwatch-logs", &["logs"]),
    ("cloudwatchlogs", &["logs"]),
    ("codestarconnections", &["codestar-connections"]),
    ("cognito", &["cognito-idp", "cognito-identity"]),
    ("cw", &["cloudwatch"]),
    ("documentdb", &["rds", "docdb-elastic"]),
    ("efs", &["elasticfilesystem"]),
    ("elb", &["elasticloadbalancing"]),
    ("elbv2", &["elasticloadbalancing"]),
    ("emr", &["elasticmapreduce"]),
    ("eventbridge", &["events", "scheduler", "pipes"]),
    ("keyspaces", &["cassandra"]),
    ("kinesisfirehose", &["firehose"]),
    ("msk", &["kafka", "kafka-cluster"]),
    ("opensearchservice", &["es"]),
    ("organization", &["organizations"]),
    ("parameterstore", &["ssm"]),
    ("secretmanager", &["secretsmanager"]),
    ("sfn", &["states"]),
    ("stepfunctions", &["states"]),
    ("systemsmanager", &["ssm"]),
];

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn usual_names() {
        assert!(USUAL_NAMES.is_sorted_by(|a, b| a.0 < b.0));
        for (name, meant) in USUAL_NAMES {
            assert!(slot(name).is_none(), "{name} is a service");
            assert!(
                meant.iter().all(|it| slot(it).is_some()),
                "{name}: {meant:?}"
            );
        }
    }
}
