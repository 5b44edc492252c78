//! Policy documents that name principals: checked when they are written, shown as AWS shows them.
//!
//! AWS keeps the unique id of a role or user that a policy names. As long as it exists the policy shows
//! its ARN; once it is deleted the policy shows the id (`AROA...`), and a new role of the same name is not
//! meant. Source: IAM User Guide, "AWS JSON policy elements: Principal".

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::service_names::is_service;
use super::world::World;

/// A document with the unique ids of the principals that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stored {
    /// The text as it was given.
    pub text: String,
    /// Role and user ARNs that it names as principals, and whose id each was when it was written.
    pub principals: BTreeMap<String, String>,
}

/// A principal that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPrincipal {
    /// `AWS`, `SERVICE`, `FEDERATED` or `CANONICALUSER`.
    pub kind: &'static str,
    /// What was written.
    pub value: String,
}

impl std::fmt::Display for InvalidPrincipal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Invalid principal in policy: \"{}\":\"{}\"",
            self.kind, self.value
        )
    }
}

/// Runs `visit` over each AWS principal of a document.
fn each_principal(document: &mut Value, visit: &mut dyn FnMut(&str, &mut Value)) {
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(list)) => list.iter_mut().collect::<Vec<_>>(),
        Some(one) => vec![one],
        None => return,
    };
    for statement in statements {
        for element in ["Principal", "NotPrincipal"] {
            let Some(Value::Object(principal)) = statement.get_mut(element) else {
                continue;
            };
            for (kind, values) in principal.iter_mut() {
                match values {
                    Value::Array(list) => list.iter_mut().for_each(|v| visit(kind, v)),
                    one => visit(kind, one),
                }
            }
        }
    }
}

/// What an AWS principal means in this world: `Ok(None)` for accounts and everybody, `Ok(Some(id))` for
/// a role or user, `Err(())` for what does not exist.
fn known(world: &World, value: &str) -> Result<Option<String>, ()> {
    if value == "*" {
        return Ok(None);
    }
    if value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()) {
        return world.accounts.contains_key(value).then_some(None).ok_or(());
    }
    if is_unique_id(value) {
        return Ok(None);
    }
    let mut parts = value.splitn(6, ':');
    let (arn, partition) = (parts.next(), parts.next());
    let (service, region) = (parts.next(), parts.next());
    let (account, resource) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    if arn != Some("arn") || !partition.is_some_and(|p| p.starts_with("aws")) || region != Some("")
    {
        return Err(());
    }
    let iam = &world.accounts.get(account).ok_or(())?.iam;
    match (service, resource.split_once('/')) {
        (Some("iam"), None) if resource == "root" => Ok(None),
        (Some("iam"), Some(("role", _))) => {
            let role = iam.role_by_arn(value).ok_or(())?;
            Ok(Some(role.id.clone()))
        }
        (Some("iam"), Some(("user", _))) => {
            let user = iam.user_by_arn(value).ok_or(())?;
            Ok(Some(user.id.clone()))
        }
        (Some("sts"), Some(("assumed-role", rest))) => {
            let (role, session) = rest.split_once('/').ok_or(())?;
            if session.is_empty() || !iam.roles.contains_key(role) {
                return Err(());
            }
            Ok(None)
        }
        (Some("sts"), Some(("federated-user", name))) if !name.is_empty() => Ok(None),
        _ => Err(()),
    }
}

fn is_unique_id(value: &str) -> bool {
    (value.starts_with("AROA") || value.starts_with("AIDA"))
        && value.len() >= 16
        && value.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl InvalidPrincipal {
    /// The principal as S3 shows it in an error's details.
    pub fn value_shown(&self) -> String {
        format!("\"{}\" : \"{}\"", self.kind, self.value)
    }
}

impl Stored {
    /// The text with bare account ids among its principals written as the ARN of the account's root, which
    /// is how IAM, S3 and KMS keep them. A text without such ids stays as it is.
    pub fn with_root_arns(text: &str) -> String {
        let Ok(mut document) = serde_json::from_str::<Value>(text) else {
            return text.to_owned();
        };
        let mut changed = false;
        each_principal(&mut document, &mut |kind, value| {
            let account = value.as_str().filter(|v| {
                kind == "AWS" && v.len() == 12 && v.bytes().all(|b| b.is_ascii_digit())
            });
            if let Some(account) = account {
                *value = Value::String(format!("arn:aws:iam::{account}:root"));
                changed = true;
            }
        });
        if changed {
            document.to_string()
        } else {
            text.to_owned()
        }
    }

    /// Checks that each principal of a document exists, and remembers who it is. A text that is not JSON
    /// names nobody; its form is checked elsewhere.
    pub fn read(world: &World, text: &str) -> Result<Self, InvalidPrincipal> {
        let mut principals = BTreeMap::new();
        let mut fault = None;
        if let Ok(mut document) = serde_json::from_str::<Value>(text) {
            each_principal(&mut document, &mut |kind, value| {
                let Some(value) = value.as_str() else { return };
                let wrong = |kind| InvalidPrincipal {
                    kind,
                    value: value.to_owned(),
                };
                match kind {
                    "AWS" => match known(world, value) {
                        Ok(Some(id)) => {
                            principals.insert(value.to_owned(), id);
                        }
                        Ok(None) => {}
                        Err(()) => {
                            fault.get_or_insert(wrong("AWS"));
                        }
                    },
                    "Service" if !is_service(value) => {
                        fault.get_or_insert(wrong("SERVICE"));
                    }
                    _ => {}
                }
            });
        }
        match fault {
            Some(fault) => Err(fault),
            None => Ok(Self {
                text: text.to_owned(),
                principals,
            }),
        }
    }

    /// The document as AWS shows it now: the text as it was given, or, where a principal has been deleted
    /// since, the same document with its unique id in the ARN's place.
    pub fn shown(&self, world: &World) -> String {
        self.now(world).into_owned()
    }

    /// The same without a copy where nothing has changed.
    pub fn now(&self, world: &World) -> Cow<'_, str> {
        let gone: BTreeMap<&String, &String> = self
            .principals
            .iter()
            .filter(|(arn, id)| known(world, arn) != Ok(Some((*id).clone())))
            .collect();
        if gone.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let Ok(mut document) = serde_json::from_str::<Value>(&self.text) else {
            return Cow::Borrowed(&self.text);
        };
        each_principal(&mut document, &mut |kind, value| {
            let replacement = value
                .as_str()
                .filter(|_| kind == "AWS")
                .and_then(|arn| gone.get(&arn.to_owned()));
            if let Some(id) = replacement {
                *value = Value::String((*id).clone());
            }
        });
        Cow::Owned(document.to_string())
    }
}
