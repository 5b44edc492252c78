//! What IAM checks of a policy document, in its own words.

use serde_json::Value;

use super::form;
use crate::policy::{self, Kind, Rule, Severity};
use crate::sandbox::documents::Stored;
use crate::sandbox::service::Fault;
use crate::sandbox::world::World;

/// What a statement of an identity's policy has to have.
const NO_ACTION: &str = "Policy statement must contain actions.";
const NO_RESOURCE: &str = "Policy statement must contain resources.";

/// What the statement ids of a document may be.
const SID_TWICE: &str = "Statement IDs (SID) in a single policy must be unique.";
const SID_LETTERS: &str = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";

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
        return Err(malformed(sentence(&document, kind, &problem)));
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
///
/// Source: what IAM answered to others, in public issues and in moto's tests.
fn sentence(document: &Value, kind: Kind, problem: &policy::Problem) -> String {
    let (place, message) = (problem.place.as_str(), problem.message.as_str());
    let element = place.split('/').nth(3).unwrap_or_default();
    let found = document.pointer(place);
    let value = found.and_then(Value::as_str);
    let nothing = found.and_then(Value::as_array).is_some_and(Vec::is_empty);
    match element {
        "Sid" if problem.rule == Rule::StatementId => {
            let twice = message.contains("more than once");
            let said = if twice { SID_TWICE } else { SID_LETTERS };
            said.to_owned()
        }
        "Principal" if problem.rule == Rule::Principal && value.is_some() => {
            let of = place.split('/').nth(4).unwrap_or_default();
            let value = value.unwrap_or_default();
            format!(
                "Invalid principal in policy: \"{}\":\"{value}\"",
                of.to_ascii_uppercase()
            )
        }
        "Action" | "NotAction" if kind.is_identity() && nothing => NO_ACTION.to_owned(),
        "Resource" | "NotResource" if kind.is_identity() && nothing => NO_RESOURCE.to_owned(),
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
        "" if kind.is_identity() && message.contains("Resource") => NO_RESOURCE.to_owned(),
        "" if kind.is_identity() && message.contains("Action") => NO_ACTION.to_owned(),
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(kind: Kind, statements: Value) -> String {
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let fault = read(&text, kind).unwrap_err();
        assert_eq!(fault.code, "MalformedPolicyDocument");
        fault.message
    }

    #[test]
    fn problems_in_the_words_of_iam() {
        let good =
            json!({"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
        let with = |member: &str, value: Value| {
            let mut statement = good.clone();
            statement[member] = value;
            statement
        };
        let without = |member: &str| {
            let mut statement = good.clone();
            statement.as_object_mut().unwrap().remove(member);
            statement
        };
        for (statements, expected) in [
            (
                json!([good, good]),
                "Statement IDs (SID) in a single policy must be unique.",
            ),
            (
                json!([with("Sid", json!("a b"))]),
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ),
            (json!([without("Resource")]), NO_RESOURCE),
            (json!([with("Resource", json!([]))]), NO_RESOURCE),
            (json!([without("Action")]), NO_ACTION),
            (json!([with("Action", json!([]))]), NO_ACTION),
            (
                json!([with("Principal", json!("*"))]),
                "Policy document should not specify a principal.",
            ),
            (
                json!([with("Effect", json!("Permit"))]),
                "Syntax errors in policy.",
            ),
        ] {
            assert_eq!(said(Kind::Managed, statements.clone()), expected);
            assert_eq!(said(Kind::RoleInline, statements), expected);
        }
    }

    #[test]
    fn principals_that_nobody_can_be() {
        for (kind, value) in [
            ("AWS", "arn:aws:iam::111122223333:role/*"),
            ("AWS", "arn:aws:s3:::bucket"),
            ("Service", "codebuild"),
        ] {
            let statement =
                json!({"Effect": "Allow", "Principal": {kind: value}, "Action": "sts:AssumeRole"});
            let shown = kind.to_uppercase();
            assert_eq!(
                said(Kind::Trust, json!([statement])),
                format!("Invalid principal in policy: \"{shown}\":\"{value}\"")
            );
        }
    }
}
