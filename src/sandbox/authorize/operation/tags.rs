//! Tags as condition keys: those that a request sets, and those that a resource has.
//!
//! Source: IAM User Guide, "AWS global condition context keys", keys for resources and requests.

use serde_json::Value;

use crate::sandbox::authorize::role;
use crate::sandbox::service::Call;
use crate::sandbox::services::iam::state::Iam;
use crate::sandbox::world::{Regional, World};

type Keys = Vec<(String, String)>;

/// `aws:RequestTag/...` and `aws:TagKeys` of the tags that a call sets or takes away.
pub(super) fn in_request(call: &Call) -> Keys {
    let mut keys = Keys::new();
    for member in ["tags", "Tags"] {
        match call.input.get(member) {
            Some(Value::Array(list)) => list.iter().filter_map(pair).for_each(|(key, value)| {
                keys.push((format!("aws:RequestTag/{key}"), value.to_owned()));
                keys.push(("aws:TagKeys".to_owned(), key.to_owned()));
            }),
            Some(Value::Object(map)) => {
                for (key, value) in map {
                    let value = value.as_str().unwrap_or_default();
                    keys.push((format!("aws:RequestTag/{key}"), value.to_owned()));
                    keys.push(("aws:TagKeys".to_owned(), key.clone()));
                }
            }
            _ => {}
        }
    }
    for member in ["tagKeys", "TagKeys"] {
        for key in call.list(member).iter().filter_map(Value::as_str) {
            keys.push(("aws:TagKeys".to_owned(), key.to_owned()));
        }
    }
    keys
}

/// A tag in any of the forms in which services list them.
fn pair(tag: &Value) -> Option<(&str, &str)> {
    let text = |names: [&str; 3]| {
        names
            .iter()
            .find_map(|name| tag.get(name).and_then(Value::as_str))
    };
    let key = text(["key", "Key", "TagKey"])?;
    Some((
        key,
        text(["value", "Value", "TagValue"]).unwrap_or_default(),
    ))
}

/// `aws:ResourceTag/...` of a resource, and the same under the prefix of the services that have their own.
pub(super) fn keys_of(world: &World, service: &str, arn: &str) -> Keys {
    let own = match service {
        "iam" | "ecr" | "ecs" | "elasticloadbalancing" | "codecommit" => Some(service),
        _ => None,
    };
    let mut keys = Keys::new();
    for (key, value) in tags_of(world, arn) {
        if let Some(service) = own {
            keys.push((format!("{service}:ResourceTag/{key}"), value.clone()));
        }
        keys.push((format!("aws:ResourceTag/{key}"), value));
    }
    keys
}

/// The tags of a resource by its ARN, as far as it is there. A bucket's tags are none for S3, unless
/// attribute-based access is switched on, which the sandbox has not.
pub fn tags_of(world: &World, arn: &str) -> Vec<(String, String)> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (Some(service), Some(region)) = (parts.next(), parts.next()) else {
        return Vec::new();
    };
    let (Some(account), Some(name)) = (parts.next(), parts.next()) else {
        return Vec::new();
    };
    if service == "iam" {
        let iam = world.accounts.get(account).map(|a| &a.iam);
        return iam
            .and_then(|iam| of_iam(world, iam, arn, name))
            .unwrap_or_default();
    }
    world
        .regional_ref(account, region)
        .and_then(|regional| of_regional(regional, service, arn, name))
        .unwrap_or_default()
}

fn of_iam(world: &World, iam: &Iam, arn: &str, name: &str) -> Option<Vec<(String, String)>> {
    match name.split('/').next()? {
        "role" => role(world, arn).map(|(_, role)| role.tags.clone()),
        "user" => iam.user_by_arn(arn).map(|user| user.tags.clone()),
        "policy" => iam.policies.get(arn).map(|policy| policy.tags.clone()),
        "oidc-provider" => iam.oidc.get(arn).map(|provider| provider.tags.clone()),
        _ => None,
    }
}

fn of_regional(
    regional: &Regional,
    service: &str,
    arn: &str,
    name: &str,
) -> Option<Vec<(String, String)>> {
    let under = |prefix: &str| name.strip_prefix(prefix);
    match service {
        "kms" => {
            let key = regional.kms.keys.get(under("key/")?)?;
            Some(key.tags.clone())
        }
        "ecr" => {
            let repository = regional.ecr.repositories.get(under("repository/")?)?;
            Some(pairs(&repository.tags.0))
        }
        "codecommit" => {
            let repository = regional.codecommit.repositories.get(name)?;
            Some(pairs(&repository.tags))
        }
        "codepipeline" => {
            let pipeline = name.split('/').next()?;
            let pipeline = regional.codepipeline.pipelines.get(pipeline)?;
            Some(pairs(&pipeline.tags))
        }
        "codebuild" => {
            let project = regional.codebuild.projects.get(under("project/")?)?;
            let tags = project.body.get("tags").and_then(Value::as_array)?;
            let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
            Some(tags.iter().filter_map(pair).map(owned).collect())
        }
        "codedeploy" => of_codedeploy(regional, name),
        "codeconnections" | "codestar-connections" => {
            let state = &regional.codeconnections;
            let of_connection = state.connections.get(arn).map(|it| &it.tags);
            let tags = of_connection.or_else(|| state.hosts.get(arn).map(|it| &it.tags))?;
            Some(pairs(tags))
        }
        "events" => of_events(regional, name),
        "ecs" => of_ecs(regional, arn, name),
        "elasticloadbalancing" => regional.elbv2.tags.get(arn).map(|tags| pairs(&tags.0)),
        _ => None,
    }
}

fn pairs<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<(String, String)> {
    tags.into_iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn of_codedeploy(regional: &Regional, name: &str) -> Option<Vec<(String, String)>> {
    let (kind, rest) = name.split_once(':')?;
    let applications = &regional.codedeploy.applications;
    match kind {
        "application" => applications.get(rest).map(|it| pairs(&it.tags.0)),
        "deploymentgroup" => {
            let (application, group) = rest.split_once('/')?;
            let group = applications.get(application)?.groups.get(group)?;
            Some(pairs(&group.tags.0))
        }
        _ => None,
    }
}

fn of_events(regional: &Regional, name: &str) -> Option<Vec<(String, String)>> {
    let buses = &regional.eventbridge.buses;
    match name.split_once('/')? {
        ("event-bus", bus) => buses.get(bus).map(|it| pairs(&it.tags)),
        ("rule", rest) => {
            let (bus, rule) = rest.rsplit_once('/').unwrap_or(("default", rest));
            buses.get(bus)?.rules.get(rule).map(|it| pairs(&it.tags))
        }
        _ => None,
    }
}

fn of_ecs(regional: &Regional, arn: &str, name: &str) -> Option<Vec<(String, String)>> {
    let ecs = &regional.ecs;
    match name.split_once('/')? {
        ("cluster", cluster) => ecs.clusters.get(cluster).map(|it| pairs(&it.tags.0)),
        ("service", rest) => ecs.services.get(rest).map(|it| pairs(&it.tags.0)),
        ("task-definition", _) => ecs.task_definition(arn).map(|it| pairs(&it.tags.0)),
        ("task-set", rest) => {
            let mut parts = rest.splitn(3, '/');
            let (cluster, service) = (parts.next()?, parts.next()?);
            let sets = &ecs.service(cluster, service)?.task_sets;
            let set = sets.iter().find(|set| set.arn == arn)?;
            Some(pairs(&set.tags.0))
        }
        _ => None,
    }
}
