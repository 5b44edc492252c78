//! What a request for a grant holds, checked.
//!
//! Source: AWS KMS API Reference, "CreateGrant", "GrantConstraints".

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::input::{invalid, required};
use crate::sandbox::documents::Stored;
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::world::World;

/// Every operation that a grant may name.
const OPERATIONS: &[&str] = &[
    "CreateGrant",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetPublicKey",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// Those that a symmetric key does not have.
const OTHER_KEYS: &[&str] = &[
    "DeriveSharedSecret",
    "GenerateMac",
    "GetPublicKey",
    "Sign",
    "Verify",
    "VerifyMac",
];

type Context = BTreeMap<String, String>;

/// A grant that is asked for.
#[derive(Debug)]
pub struct Wanted {
    /// Who may use it.
    pub grantee: Stored,
    /// Who may retire it.
    pub retiring: Option<Stored>,
    /// What it allows.
    pub operations: Vec<String>,
    /// Pairs that the encryption context must have.
    pub subset: Option<Context>,
    /// What the encryption context must be.
    pub equals: Option<Context>,
    /// Its name.
    pub name: Option<String>,
}

/// Reads and checks the input.
pub fn read(world: &World, call: &Call) -> Result<Wanted, Fault> {
    let name = call.text("Name").map(str::to_owned);
    if let Some(name) = &name {
        name_fits(name)?;
    }
    let constraints = call.input.get("Constraints");
    let context = |member: &str| match constraints.and_then(|it| it.get(member)) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => pairs(member, value).map(Some),
    };
    Ok(Wanted {
        operations: operations(call)?,
        grantee: principal(world, required(call, "GranteePrincipal")?)?,
        retiring: match call.text("RetiringPrincipal") {
            Some(text) => Some(principal(world, text)?),
            None => None,
        },
        subset: context("EncryptionContextSubset")?,
        equals: context("EncryptionContextEquals")?,
        name,
    })
}

fn name_fits(name: &str) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    if name.is_empty() || name.len() > 256 {
        let constraint = "Member must have length between 1 and 256";
        return Err(invalid("name", name, constraint));
    }
    if !name.chars().all(fits) {
        let constraint = "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$";
        return Err(invalid("name", name, constraint));
    }
    Ok(())
}

fn operations(call: &Call) -> Result<Vec<String>, Fault> {
    let mut operations = Vec::new();
    for value in call.list("Operations") {
        let text = value.as_str().unwrap_or_default();
        if !OPERATIONS.contains(&text) {
            let constraint = format!(
                "Member must satisfy constraint: [Member must satisfy enum value set: [{}]]",
                OPERATIONS.join(", ")
            );
            return Err(invalid("operations", text, &constraint));
        }
        if OTHER_KEYS.contains(&text) {
            return Err(Fault::new(
                "ValidationException",
                format!("The operation {text} is not one of a symmetric encryption key."),
            ));
        }
        if !operations.iter().any(|known| known == text) {
            operations.push(text.to_owned());
        }
    }
    if operations.is_empty() {
        let shown = if call.input.get("Operations").is_some() {
            "[]"
        } else {
            "null"
        };
        return Err(Fault::new(
            "ValidationException",
            format!(
                "1 validation error detected: Value {shown} at 'operations' failed to satisfy constraint: Member must not be null"
            ),
        ));
    }
    operations.sort();
    Ok(operations)
}

fn pairs(member: &str, value: &Value) -> Result<Context, Fault> {
    let wrong = |what: &str| {
        let message = format!("The constraint {member} {what}.");
        Err(Fault::new("ValidationException", message))
    };
    let Some(object) = value.as_object() else {
        let message = format!("{member} must be a map.");
        return Err(Fault::new("SerializationException", message));
    };
    let mut context = Context::new();
    for (key, value) in object {
        let Some(text) = value.as_str() else {
            let message = format!("{member} must hold texts.");
            return Err(Fault::new("SerializationException", message));
        };
        if key.is_empty() || key.chars().count() > 384 || text.chars().count() > 384 {
            return wrong("has a key or a value of more than 384 characters, or an empty key");
        }
        context.insert(key.clone(), text.to_owned());
    }
    if context.len() > 8 {
        return wrong("has more than 8 pairs");
    }
    Ok(context)
}

/// The fault for a principal that is none.
pub fn no_principal(text: &str) -> Fault {
    Fault::new(
        "InvalidArnException",
        format!("ARN does not refer to a valid principal: {text}"),
    )
}

/// A principal that is there, kept as a policy keeps it: one that is deleted later is not meant any more,
/// whoever has its name then.
pub fn principal(world: &World, text: &str) -> Result<Stored, Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    let lower = "granteePrincipal";
    if text.len() > 256 {
        let constraint = "Member must have length less than or equal to 256";
        return Err(invalid(lower, text, constraint));
    }
    if !text.chars().all(fits) {
        let constraint = "Member must satisfy regular expression pattern: ^[\\w+=,.@:/-]+$";
        return Err(invalid(lower, text, constraint));
    }
    if !text.starts_with("arn:") {
        return Err(no_principal(text));
    }
    let document = json!({ "Statement": [{ "Principal": { "AWS": text } }] });
    Stored::read(world, &document.to_string()).map_err(|_| no_principal(text))
}

/// The principal of the document that [`principal`] made.
pub fn principal_of(text: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    let principal = document.pointer("/Statement/0/Principal/AWS")?;
    principal.as_str().map(str::to_owned)
}
