//! What a simulation is given.

use std::sync::Arc;

use serde_json::Value;

use super::{Source, invalid};
use crate::policy::{AwsPrincipal, Document, Principal, Request};
use crate::sandbox::authorize;
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::services::iam::input as iam_input;
use crate::sandbox::services::iam::managed;
use crate::sandbox::world::World;

/// The policies of a list in the input, which have numbers for names.
pub(super) fn named(call: &Call, list: &str) -> Vec<Source> {
    call.list(list)
        .iter()
        .filter_map(Value::as_str)
        .enumerate()
        .map(|(index, text)| Source {
            id: format!("{list}.{}", index.saturating_add(1)),
            kind: "none",
            text: text.to_owned(),
        })
        .collect()
}

/// The documents, parsed.
pub(super) fn documents(sources: &[Source]) -> Result<Vec<Arc<Document>>, Fault> {
    sources
        .iter()
        .map(|source| {
            authorize::document(&source.text)
                .ok_or_else(|| invalid("The policy is not in the valid JSON format."))
        })
        .collect()
}

/// A user or role with its policies.
pub(super) struct Entity {
    pub(super) id: String,
    pub(super) sources: Vec<Source>,
    pub(super) boundary: Vec<Source>,
}

/// The user or role that an ARN names. An inline policy is called after its owner, a managed one by its
/// name (observed).
pub(super) fn entity(world: &World, call: &Call, arn: &str) -> Result<Entity, Fault> {
    let unclear = || {
        invalid(format!(
            "Invalid Entity Arn: {arn} does not clearly define entity type and name."
        ))
    };
    let (account, resource) = arn
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.split_once(':'))
        .ok_or_else(unclear)?;
    let (kind, name) = resource.split_once('/').ok_or_else(unclear)?;
    let name = name.rsplit('/').next().unwrap_or(name);
    let absent = || iam_input::no_such(format!("The {kind} with name {name} cannot be found."));
    let own = account == call.caller.account;
    let iam = world
        .accounts
        .get(account)
        .filter(|_| own)
        .map(|account| &account.iam);
    let found = match kind {
        "role" => iam
            .and_then(|iam| iam.role_by_arn(arn))
            .map(|it| (&it.id, &it.inline, &it.attached, &it.boundary)),
        "user" => iam
            .and_then(|iam| iam.user_by_arn(arn))
            .map(|it| (&it.id, &it.inline, &it.attached, &it.boundary)),
        "group" => None,
        _ => return Err(unclear()),
    };
    let (id, inline, attached, boundary) = found.ok_or_else(absent)?;
    let of_managed = |arn: &String| {
        Some(Source {
            id: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            kind: if arn.starts_with("arn:aws:iam::aws:") {
                "aws-managed"
            } else {
                "user-managed"
            },
            text: managed::document(world, account, arn)?.to_owned(),
        })
    };
    let inline = inline.iter().map(|(policy, text)| Source {
        id: format!("{kind}_{name}_{policy}"),
        kind: if kind == "role" { "role" } else { "user" },
        text: text.clone(),
    });
    Ok(Entity {
        id: id.clone(),
        sources: inline
            .chain(attached.iter().filter_map(of_managed))
            .collect(),
        boundary: boundary.iter().filter_map(of_managed).collect(),
    })
}

/// Who asks in a simulation.
pub(super) struct Caller {
    pub(super) account: String,
    pub(super) principal: Principal,
}

impl Caller {
    /// A user, by `CallerArn`.
    pub(super) fn read(arn: &str) -> Result<Self, Fault> {
        let user = arn
            .strip_prefix("arn:aws:iam::")
            .and_then(|rest| rest.split_once(":user/"));
        match user {
            Some((account, name)) if account.len() == 12 && !name.is_empty() => Ok(Self {
                account: account.to_owned(),
                principal: Principal::Aws(AwsPrincipal::identity(arn)),
            }),
            _ => Err(invalid(format!(
                "Invalid Entity Arn: {arn} does not clearly define entity type and name."
            ))),
        }
    }

    /// The user or role whose policies are simulated.
    pub(super) fn of(arn: &str, id: String) -> Self {
        let mut principal = if arn.contains(":role/") {
            AwsPrincipal::session(arn, "simulation")
        } else {
            AwsPrincipal::identity(arn)
        };
        principal.unique_id = Some(id);
        Self {
            account: principal.account.clone(),
            principal: Principal::Aws(principal),
        }
    }

    /// Nobody in particular, of an account.
    pub(super) fn unknown(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            principal: Principal::Aws(AwsPrincipal::identity(&format!(
                "arn:aws:iam::{account}:user/simulation"
            ))),
        }
    }
}

/// What is asked for.
pub(super) struct Asked {
    pub(super) actions: Vec<String>,
    /// The resources; `*` alone where none was named.
    pub(super) resources: Vec<String>,
    caller: Caller,
    owner: String,
    with_resource_policy: bool,
    context: Vec<(String, Vec<String>)>,
}

impl Asked {
    pub(super) fn read(call: &Call, caller: Caller) -> Result<Self, Fault> {
        let texts = |member: &str| -> Vec<String> {
            let list = call.list(member).iter();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let actions = texts("ActionNames");
        if actions.is_empty() {
            return Err(iam_input::invalid(
                "ActionNames",
                None,
                "Member must not be null",
            ));
        }
        for action in &actions {
            let fits = action.split_once(':').is_some_and(|(service, name)| {
                !service.is_empty() && !name.is_empty() && !action.contains(['*', '?'])
            });
            if !fits || action.chars().count() > 128 {
                return Err(invalid(format!("Invalid action name: {action}")));
            }
        }
        let mut resources = texts("ResourceArns");
        if resources.is_empty() {
            resources.push("*".to_owned());
        }
        let with_resource_policy = call.text("ResourcePolicy").is_some();
        let owner = match call.text("ResourceOwner") {
            Some(given) => owner(given)?,
            None => caller.account.clone(),
        };
        let mut context = Vec::new();
        for entry in call.list("ContextEntries") {
            let text = |name| entry.get(name).and_then(Value::as_str);
            let key = text("ContextKeyName").unwrap_or_default();
            if key.is_empty() {
                return Err(invalid("A context entry must have a ContextKeyName."));
            }
            let values = entry.get("ContextKeyValues").and_then(Value::as_array);
            let values: Vec<String> = values
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            let several = text("ContextKeyType").is_some_and(|kind| kind.ends_with("List"));
            if values.len() > 1 && !several {
                return Err(invalid(format!(
                    "The context key {key} has several values; its ContextKeyType must be a list."
                )));
            }
            context.push((key.to_owned(), values));
        }
        Ok(Self {
            actions,
            resources,
            caller,
            owner,
            with_resource_policy,
            context,
        })
    }

    /// The request for an action on a resource. Where no resource policy is given, none is asked: the
    /// resource counts as the caller's own.
    pub(super) fn request(&self, action: &str, resource: &str) -> Request {
        let mut request = Request::new(self.caller.principal.clone(), action).on(resource);
        if !self.with_resource_policy {
            request = request.owned_by(self.caller.account.clone());
        } else if request.resource_account().is_none() || resource == "*" {
            request = request.owned_by(self.owner.clone());
        }
        for (key, values) in &self.context {
            request.set(key, values.clone());
        }
        request.with_derived_keys()
    }
}

/// An account's id, or its root's ARN.
fn owner(given: &str) -> Result<String, Fault> {
    let id = given
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.strip_suffix(":root"))
        .unwrap_or(given);
    if id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(id.to_owned());
    }
    Err(invalid(format!(
        "Invalid Entity Arn: {given} does not clearly define entity type and name."
    )))
}
