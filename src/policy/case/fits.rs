//! Whether a document has the elements of what it is given as. What AWS would not have stored is not
//! decided on: the answer would be about something that cannot exist.

use crate::policy::document::{
    ActionEntry, Document, Effect, PrincipalEntry, ResourceEntry, Statement,
};
use crate::policy::read::At;

/// What a document of a case is given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// An identity policy, a boundary or an SCP.
    Identity,
    /// The policy of a resource whose service wants `Resource` in every statement.
    Resource,
    /// The policy of a resource whose service may do without.
    ResourceAlone,
    /// A session policy.
    Session,
    /// A role's trust policy.
    Trust,
    /// A resource control policy.
    Rcp,
}

/// Notes where a document does not fit.
pub(super) fn check(document: &Document, given: As, at: &At<'_>) {
    for (index, statement) in document.statements.iter().enumerate() {
        let wrong = wrong(statement, given).map(str::to_owned);
        if let Some(wrong) = wrong.or_else(|| wrong_form(statement, given)) {
            at.key("Statement").index(index).error(wrong);
        }
    }
}

fn wrong(statement: &Statement, given: As) -> Option<&'static str> {
    let listed = statement.principal.as_ref();
    match given {
        As::Trust if listed.is_some_and(|listed| listed.negated) => {
            return Some("a trust policy cannot have NotPrincipal");
        }
        As::Rcp if statement.action.negated => return Some("an RCP cannot have NotAction"),
        As::Rcp
            if listed.is_some_and(|it| it.negated || it.entries != [PrincipalEntry::Everyone]) =>
        {
            return Some("the Principal of an RCP can only be \"*\"");
        }
        As::Rcp if statement.effect == Effect::Allow && !allows_all(statement) => {
            return Some("an RCP of one's own can only deny");
        }
        _ => {}
    }
    match (given, &statement.principal, &statement.resource) {
        (As::Identity | As::Session, Some(_), _) => {
            Some("the statement has a Principal; this policy is about the one who holds it")
        }
        (As::Identity | As::Session, None, None) => Some("the statement has no Resource"),
        (As::Resource | As::ResourceAlone | As::Trust | As::Rcp, None, _) => {
            Some("the statement has no Principal")
        }
        (As::Resource | As::Rcp, _, None) => Some("the statement has no Resource"),
        (As::Trust, _, Some(_)) => {
            Some("the statement has a Resource; a trust policy is about the role that holds it")
        }
        _ => None,
    }
}

/// The Allow of the policy that AWS attaches to every level.
fn allows_all(statement: &Statement) -> bool {
    let every_action = statement
        .action
        .entries
        .iter()
        .any(|entry| entry.text() == "*");
    let every_resource = statement.resource.as_ref().is_some_and(|listed| {
        !listed.negated && listed.entries.iter().any(|entry| entry.text() == "*")
    });
    every_action && every_resource && statement.conditions.is_empty()
}

/// An action without its service, or a resource that is no ARN.
fn wrong_form(statement: &Statement, given: As) -> Option<String> {
    let action = statement
        .action
        .entries
        .iter()
        .map(ActionEntry::text)
        .find(|text| *text != "*" && !text.contains(':'));
    if let Some(text) = action {
        return Some(format!(
            "the action \"{text}\" does not say of which service; write it like s3:GetObject"
        ));
    }
    let resource = statement
        .resource
        .iter()
        .flat_map(|listed| &listed.entries)
        .map(ResourceEntry::text)
        .find(|text| {
            let unfinished = given == As::Session && text.split(':').count() < 6;
            *text != "*" && (unfinished || !text.starts_with("arn:"))
        })?;
    Some(if resource.starts_with("arn:") {
        format!(
            "the resource \"{resource}\" has not the six parts of an ARN, which a session policy needs"
        )
    } else {
        format!("the resource \"{resource}\" is neither an ARN nor \"*\"")
    })
}
