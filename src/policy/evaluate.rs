//! What the statements of one document say to one request.
//!
//! An answer never rests on a guess. Where AWS's behaviour is not documented, an Allow does not count
//! and a Deny does, and the doubt is told.

use serde::{Deserialize, Serialize};

use super::arn;
use super::condition;
use super::document::{Document, Effect, Listed, Statement};
pub use super::principal::Naming;
use super::principal::named;
use super::request::Request;
use super::truth::Truth;
use super::variables::{Wildcards, expand};
use super::wildcard::action_matches;

/// What a document is, as far as reading its statements goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A policy of an identity: no principal, a resource in every statement.
    Identity,
    /// A policy of a resource: a principal in every statement.
    Resource,
    /// A role's trust policy: a principal in every statement, and no resource.
    Trust,
}

/// What a document says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A Deny applies; no Allow anywhere helps.
    ExplicitDeny,
    /// An Allow applies and no Deny.
    Allow,
    /// Nothing applies, which is no by default.
    NoMatch,
}

/// The verdict, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What the document says.
    pub verdict: Verdict,
    /// The index of the statement that decided.
    pub statement: Option<usize>,
    /// The name of that statement: its `Sid`, or its position from 1.
    pub label: Option<String>,
    /// How that statement names the one who asks; `None` in an identity policy.
    pub naming: Option<Naming>,
    /// What could not be said for certain, statement by statement, and was taken against the request.
    pub doubts: Vec<String>,
}

/// What the statements of a document say. Whether it is an identity's, a role's or another resource's
/// policy is told by its elements, statement by statement; [`statements_in`] is told, and is stricter.
pub fn statements(document: &Document, request: &Request) -> Outcome {
    decide(document, request, |statement| {
        match (&statement.principal, &statement.resource) {
            (None, _) => Scope::Identity,
            (Some(_), None) => Scope::Trust,
            (Some(_), Some(_)) => Scope::Resource,
        }
    })
}

/// What the statements of a document of a known scope say. A statement that lacks an element that its
/// scope needs, or has one that it must not have, never allows: AWS would not have taken it.
pub fn statements_in(scope: Scope, document: &Document, request: &Request) -> Outcome {
    decide(document, request, |_| scope)
}

fn decide(
    document: &Document,
    request: &Request,
    scope_of: impl Fn(&Statement) -> Scope,
) -> Outcome {
    let mut outcome = Outcome {
        verdict: Verdict::NoMatch,
        statement: None,
        label: None,
        naming: None,
        doubts: Vec::new(),
    };
    for statement in &document.statements {
        let (truth, naming) = applies(statement, document, request, scope_of(statement));
        let counts = match (&truth, statement.effect) {
            (Truth::True, _) | (Truth::Uncertain(_), Effect::Deny) => true,
            (Truth::False, _) | (Truth::Uncertain(_), Effect::Allow) => false,
        };
        if let Truth::Uncertain(why) = truth {
            outcome.doubts.push(format!("{}: {why}", statement.label()));
        }
        let better = match (outcome.verdict, statement.effect) {
            (Verdict::ExplicitDeny, _) => false,
            (_, Effect::Deny) | (Verdict::NoMatch, Effect::Allow) => true,
            (Verdict::Allow, Effect::Allow) => naming > outcome.naming,
        };
        if counts && better {
            outcome.verdict = match statement.effect {
                Effect::Deny => Verdict::ExplicitDeny,
                Effect::Allow => Verdict::Allow,
            };
            outcome.statement = Some(statement.index);
            outcome.label = Some(statement.label());
            outcome.naming = naming;
        }
    }
    outcome
}

/// Whether a statement applies, and how it names the one who asks.
fn applies(
    statement: &Statement,
    document: &Document,
    request: &Request,
    scope: Scope,
) -> (Truth, Option<Naming>) {
    let variables = document.knows_variables();
    let (principal, naming) = match (scope, &statement.principal) {
        (Scope::Identity, None) => (Truth::True, None),
        (Scope::Resource | Scope::Trust, Some(listed)) => {
            let named = named(listed, statement.effect, &request.principal, scope);
            (named.truth, Some(named.naming))
        }
        (Scope::Identity, Some(_)) => (misplaced("Principal"), None),
        (Scope::Resource | Scope::Trust, None) => (missing("Principal"), None),
    };
    let resource = match (scope, &statement.resource) {
        (Scope::Trust, Some(_)) => misplaced("Resource"),
        (Scope::Identity, None) => missing("Resource"),
        (_, None) => Truth::True,
        (_, Some(listed)) => resource_matches(listed, request, variables),
    };
    let action = Truth::from(
        statement
            .action
            .entries
            .iter()
            .any(|pattern| action_matches(pattern, &request.action)),
    )
    .negate_if(statement.action.negated);
    let conditions = statement
        .conditions
        .iter()
        .map(|condition| condition::met(condition, request, variables));
    let truth = Truth::all([action, principal, resource].into_iter().chain(conditions));
    (truth, naming)
}

fn missing(element: &str) -> Truth {
    Truth::Uncertain(format!(
        "it has no {element}, which AWS would not have taken"
    ))
}

fn misplaced(element: &str) -> Truth {
    Truth::Uncertain(format!(
        "it has a {element}, which AWS would not have taken here"
    ))
}

fn resource_matches(listed: &Listed<String>, request: &Request, variables: bool) -> Truth {
    Truth::any(listed.entries.iter().map(|pattern| {
        match (pattern.as_str(), &request.resource) {
            ("*", _) => Truth::True,
            (_, None) => Truth::False,
            (pattern, Some(resource)) => {
                let mut missing = None;
                let truth = arn::matches(pattern, resource, |part| {
                    let text = expand(part, variables, Wildcards::Yes, request);
                    if let super::variables::Text::Unresolved(name) = &text {
                        missing = Some(name.clone());
                    }
                    text
                });
                match missing {
                    // 'All but what is not known' is not known either.
                    Some(name) if listed.negated => {
                        Truth::Uncertain(format!("${{{name}}} has no single value in the request"))
                    }
                    _ => truth,
                }
            }
        }
    }))
    .negate_if(listed.negated)
}
