//! IAM: roles with one inline policy.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;
use serde_json::Value;

use crate::cloud::{CloudError, Observed, Task};
use crate::resource::{Part, Role, Spec, Tags};

use super::account::{Account, attributes};
use super::document::parse_policy;
use super::error::unless;

const SERVICE: &str = "iam";
const ABSENT: &[&str] = &["NoSuchEntity"];

pub(super) async fn observe(
    account: &Account,
    wanted: &Role,
) -> Result<Option<Observed>, CloudError> {
    let (role, policy, more) = tokio::join!(
        async {
            account
                .iam()
                .get_role()
                .role_name(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "GetRole", error))
        },
        async {
            account
                .iam()
                .get_role_policy()
                .role_name(&wanted.name)
                .policy_name(&wanted.policy_name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "GetRolePolicy", error))
        },
        more_rights(account, wanted),
    );
    let Some(role) = unless(role, ABSENT)?.and_then(|answer| answer.role) else {
        return Ok(None);
    };
    let broken = |operation: &str, error: String| account.place.internal(SERVICE, operation, error);
    let policy = match unless(policy, ABSENT)? {
        Some(answer) => parse_policy(answer.policy_document())
            .map_err(|error| broken("GetRolePolicy", error))?,
        None => Value::Null,
    };
    let trust = match role.assume_role_policy_document() {
        Some(text) => parse_policy(text).map_err(|error| broken("GetRole", error))?,
        None => Value::Null,
    };
    let spec = Role {
        name: role.role_name().to_owned(),
        path: role.path().to_owned(),
        description: role.description().unwrap_or_default().to_owned(),
        max_session_seconds: role
            .max_session_duration()
            .and_then(|seconds| u32::try_from(seconds).ok())
            .unwrap_or(3600),
        trust,
        policy_name: wanted.policy_name.clone(),
        policy,
        boundary: role
            .permissions_boundary()
            .and_then(|boundary| boundary.permissions_boundary_arn())
            .map(str::to_owned),
        tags: role
            .tags()
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect(),
    };
    Ok(Some(Observed {
        attributes: attributes([
            ("arn", role.arn().to_owned()),
            ("id", role.role_id().to_owned()),
        ]),
        spec: Spec::Role(spec),
        notes: more?,
    }))
}

/// What a role may do besides crosspipe's policy, in words: it is never taken away, and never passed
/// over. Nothing is said of a role that is to have no policy, because then its rights are the
/// application's affair.
async fn more_rights(account: &Account, wanted: &Role) -> Result<Vec<String>, CloudError> {
    if wanted.policy.is_null() {
        return Ok(Vec::new());
    }
    let (inline, attached) = tokio::join!(
        async {
            account
                .iam()
                .list_role_policies()
                .role_name(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "ListRolePolicies", error))
        },
        async {
            account
                .iam()
                .list_attached_role_policies()
                .role_name(&wanted.name)
                .send()
                .await
                .map_err(|error| {
                    account
                        .place
                        .failed(SERVICE, "ListAttachedRolePolicies", error)
                })
        },
    );
    let mut notes = Vec::new();
    if let Some(inline) = unless(inline, ABSENT)? {
        for name in inline.policy_names() {
            if *name != wanted.policy_name {
                notes.push(format!(
                    "The role has another inline policy, {name}: it may do more than crosspipe gave it."
                ));
            }
        }
    }
    if let Some(attached) = unless(attached, ABSENT)? {
        for policy in attached.attached_policies() {
            notes.push(format!(
                "The role has {} attached: it may do more than crosspipe gave it.",
                policy.policy_arn().unwrap_or_default()
            ));
        }
    }
    Ok(notes)
}

pub(super) async fn carry_out(
    account: &Account,
    role: &Role,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let iam = account.iam();
    let session = i32::try_from(role.max_session_seconds).unwrap_or(i32::MAX);
    macro_rules! call {
        ($operation:literal, $request:expr) => {
            answer!($operation, $request)?
        };
    }
    macro_rules! answer {
        ($operation:literal, $request:expr) => {
            $request
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, $operation, error))
        };
    }
    match task.part {
        Part::Itself => {
            let description = Some(&role.description).filter(|text| !text.is_empty());
            let answer = call!(
                "CreateRole",
                iam.create_role()
                    .role_name(&role.name)
                    .path(&role.path)
                    .assume_role_policy_document(role.trust.to_string())
                    .set_description(description.cloned())
                    .max_session_duration(session)
                    .set_permissions_boundary(role.boundary.clone())
                    .set_tags(Some(tags(account, "CreateRole", &role.tags)?))
            );
            return match answer.role {
                Some(made) => Ok(attributes([("arn", made.arn), ("id", made.role_id)])),
                None => Err(account.place.internal(
                    SERVICE,
                    "CreateRole",
                    "the answer does not hold the role",
                )),
            };
        }
        Part::Trust => {
            call!(
                "UpdateAssumeRolePolicy",
                iam.update_assume_role_policy()
                    .role_name(&role.name)
                    .policy_document(role.trust.to_string())
            );
        }
        // Gone already is as good as removed.
        Part::Policy if role.policy.is_null() => {
            let removed = answer!(
                "DeleteRolePolicy",
                iam.delete_role_policy()
                    .role_name(&role.name)
                    .policy_name(&role.policy_name)
            );
            unless(removed, ABSENT)?;
        }
        Part::Policy => {
            call!(
                "PutRolePolicy",
                iam.put_role_policy()
                    .role_name(&role.name)
                    .policy_name(&role.policy_name)
                    .policy_document(role.policy.to_string())
            );
        }
        Part::Boundary => match &role.boundary {
            Some(boundary) => {
                call!(
                    "PutRolePermissionsBoundary",
                    iam.put_role_permissions_boundary()
                        .role_name(&role.name)
                        .permissions_boundary(boundary)
                );
            }
            None => {
                let removed = answer!(
                    "DeleteRolePermissionsBoundary",
                    iam.delete_role_permissions_boundary().role_name(&role.name)
                );
                unless(removed, ABSENT)?;
            }
        },
        // Both at once, because UpdateRole puts what is left out back to its default: a session
        // length that is not sent becomes one hour. Source: IAM API Reference, "UpdateRole".
        Part::Description | Part::SessionDuration => {
            call!(
                "UpdateRole",
                iam.update_role()
                    .role_name(&role.name)
                    .description(&role.description)
                    .max_session_duration(session)
            );
        }
        Part::Tags => {
            call!(
                "TagRole",
                iam.tag_role()
                    .role_name(&role.name)
                    .set_tags(Some(tags(account, "TagRole", &role.tags)?))
            );
        }
        part => return Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
    Ok(BTreeMap::new())
}

fn tags(account: &Account, operation: &str, tags: &Tags) -> Result<Vec<Tag>, CloudError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|error| account.place.internal(SERVICE, operation, error))
}
