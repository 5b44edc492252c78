//! Whether a document has the elements of what it is given as. What AWS would not have stored is not
//! decided on: the answer would be about something that cannot exist.

use crate::policy::document::{Document, Statement};
use crate::policy::read::At;

/// What a document of a case is given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// An identity policy, a boundary, a session policy or an SCP.
    Identity,
    /// The policy of a resource whose service wants `Resource` in every statement.
    Resource,
    /// The policy of a resource whose service may do without.
    ResourceAlone,
    /// A role's trust policy.
    Trust,
}

/// Notes where a document does not fit.
pub(super) fn check(document: &Document, given: As, at: &At<'_>) {
    for (index, statement) in document.statements.iter().enumerate() {
        if let Some(wrong) = wrong(statement, given) {
            at.key("Statement").index(index).error(wrong);
        }
    }
}

fn wrong(statement: &Statement, given: As) -> Option<&'static str> {
    match (given, &statement.principal, &statement.resource) {
        (As::Identity, Some(_), _) => {
            Some("the statement has a Principal; this policy is about the one who holds it")
        }
        (As::Identity, None, None) => Some("the statement has no Resource"),
        (As::Resource | As::ResourceAlone | As::Trust, None, _) => {
            Some("the statement has no Principal")
        }
        (As::Resource, _, None) => Some("the statement has no Resource"),
        (As::Trust, _, Some(_)) => {
            Some("the statement has a Resource; a trust policy is about the role that holds it")
        }
        _ => None,
    }
}
