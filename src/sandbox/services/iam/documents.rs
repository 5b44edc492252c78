//! What IAM checks of a policy document, in its own words.

use serde_json::Value;

use super::form;
use crate::policy::{self, Kind, Severity};
use crate::sandbox::documents::Stored;
use crate::sandbox::service::Fault;
use crate::sandbox::world::World;

/// IAM's fault for a document that it does not take.
pub fn malformed(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicyDocument", message)
}

/// Reads a document of a kind and checks everything but its size and its principals.
pub fn read(text: &str, kind: Kind) -> Result<Value, Fault> {
    let printable = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    if text.is_empty() || !text.chars().all(printable) {
        return Err(Fault::new(
            "ValidationError",
            "The specified value for policyDocument is invalid. It must contain only printable ASCII characters.",
        ));
    }
    let document: Value = serde_json::from_str(text).map_err(|_| match kind {
        Kind::Managed => malformed("Syntax errors in policy."),
        _ => malformed("This policy contains invalid Json"),
    })?;
    let unsized_problem = policy::check(&document, kind)
        .into_iter()
        .find(|p| p.severity == Severity::Error && !p.place.is_empty() || is_structural(p));
    if let Some(problem) = unsized_problem {
        let (place, message) = (&problem.place, &problem.message);
        return Err(malformed(sentence(&document, kind, place, message)));
    }
    let read = policy::parse(&document).unwrap_or_default();
    let wrong = match kind {
        Kind::Trust => form::of_trust(&read),
        _ if kind.is_identity() => form::of_identity(&read),
        _ => None,
    };
    match wrong {
        Some(message) => Err(malformed(message)),
        None => Ok(document),
    }
}

/// A problem of the whole document that is not its size, which each caller answers with its own code.
fn is_structural(problem: &policy::Problem) -> bool {
    problem.severity == Severity::Error
        && problem.place.is_empty()
        && !problem.message.contains("at most")
}

/// IAM's sentence for a problem. It has few, and most say little.
fn sentence(document: &Value, kind: Kind, place: &str, message: &str) -> String {
    let element = place.split('/').nth(3).unwrap_or_default();
    let value = document.pointer(place).and_then(Value::as_str);
    match element {
        "Principal" | "NotPrincipal" if kind.is_identity() => {
            "Policy document should not specify a principal.".to_owned()
        }
        "Resource" | "NotResource" if kind == Kind::Trust => {
            format!("Has prohibited field {element}")
        }
        "Action" | "NotAction" if kind == Kind::Trust && value.is_some_and(|a| a.contains(':')) => {
            "AssumeRole policy may only specify STS AssumeRole actions.".to_owned()
        }
        "Action" | "NotAction" if value.and_then(form::action).is_some() => {
            value.and_then(form::action).unwrap_or_default()
        }
        "Resource" | "NotResource" if value.is_some() => {
            value.and_then(form::resource).unwrap_or_else(|| {
                let value = value.unwrap_or_default();
                format!("Resource {value} must be in ARN format or \"*\".")
            })
        }
        "" if message.contains("Principal") => "Missing required field Principal".to_owned(),
        "" if message.contains("Resource") => "Missing required field Resource".to_owned(),
        _ => "Syntax errors in policy.".to_owned(),
    }
}

/// Reads a trust policy whole: form, size, principals.
pub fn trust(world: &World, text: &str) -> Result<Stored, Fault> {
    let document = read(text, Kind::Trust)?;
    if policy::size(&document) > 2048 {
        return Err(limit("Cannot exceed quota for ACLSizePerRole: 2048"));
    }
    Stored::read(world, &Stored::with_root_arns(text)).map_err(|wrong| malformed(wrong.to_string()))
}

/// The fault for a quota.
pub fn limit(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", message).status(409)
}

/// The size of a document as IAM counts it: without white space between tokens.
pub fn size(text: &str) -> usize {
    serde_json::from_str::<Value>(text).map_or(text.chars().count(), |d| policy::size(&d))
}
