//! The policy of a resource, found by the resource's ARN.

use std::borrow::Cow;

use super::assume::role;
use super::owner::bucket;
use crate::sandbox::services::eventbridge;
use crate::sandbox::world::{Regional, World};

/// The text of the policy that a resource has now: a bucket's (also for its objects), a key's, a
/// repository's, an event bus's (also for its rules), a role's trust policy. `None` where it has none, or
/// such a thing cannot have one.
pub fn policy_of<'a>(world: &'a World, arn: &str) -> Option<Cow<'a, str>> {
    if let Some(name) = bucket(arn) {
        let stored = world.buckets.get(name)?.policy.as_ref()?;
        return Some(stored.now(world));
    }
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, region) = (parts.next()?, parts.next()?);
    let (account, name) = (parts.next()?, parts.next()?);
    let regional = || world.regional_ref(account, region);
    match service {
        "iam" if name.starts_with("role/") => {
            let (_, role) = role(world, arn)?;
            Some(role.trust.now(world))
        }
        "kms" => {
            let key = regional()?.kms.keys.get(name.strip_prefix("key/")?)?;
            Some(key.policy.now(world))
        }
        "ecr" => {
            let repositories = &regional()?.ecr.repositories;
            let repository = repositories.get(name.strip_prefix("repository/")?)?;
            Some(repository.policy.as_ref()?.now(world))
        }
        "events" => bus(regional()?, name).map(Cow::Owned),
        _ => None,
    }
}

/// The policy of the bus that `event-bus/NAME`, `rule/NAME` or `rule/BUS/NAME` is about.
fn bus(regional: &Regional, name: &str) -> Option<String> {
    let bus = match name.split_once('/')? {
        ("event-bus", bus) => bus,
        ("rule", rest) => rest.rsplit_once('/').map_or("default", |(bus, _)| bus),
        _ => return None,
    };
    let found = regional.eventbridge.buses.get(bus)?;
    eventbridge::policy_text(&found.statements)
}

/// Whether S3 Block Public Access cuts a bucket's public policy down to the owner's account.
///
/// Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", RestrictPublicBuckets.
pub(super) fn blocks_public_access(world: &World, arn: &str) -> bool {
    bucket(arn)
        .and_then(|name| world.buckets.get(name))
        .and_then(|bucket| bucket.public_access)
        .is_some_and(|[_, _, _, restrict]| restrict)
}
