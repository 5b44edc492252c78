//! Whether the policies of an identity permit what it asks for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::evaluate::{Scope, Verdict, statements_in};
use super::parse::parse;
use super::request::{Principal, Request};
use super::trust::describe;

/// What identity policies answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// One allows it and none denies it.
    Allowed,
    /// One denies it.
    Denied,
    /// None allows it.
    NotAllowed,
}

/// The answer of identity policies, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The answer.
    pub answer: Answer,
    /// The index of the document that decided.
    pub document: Option<usize>,
    /// The index of the statement that decided.
    pub statement: Option<usize>,
    /// Its name: its `Sid`, or its position from 1.
    pub label: Option<String>,
    /// Why, in a sentence.
    pub reason: String,
    /// What could not be said for certain and was taken against the request.
    pub doubts: Vec<String>,
}

impl Decision {
    /// Whether it is allowed.
    pub fn permits(&self) -> bool {
        self.answer == Answer::Allowed
    }
}

/// Whether the inline and managed policies of the one who asks permit a request. A permissions
/// boundary, session policies and the organization's policies are not looked at here.
///
/// The root user of an account needs no policy. A document that cannot be read makes the answer no:
/// it might hold a Deny.
pub fn permits(documents: &[&Value], request: &Request) -> Decision {
    let mut decision = Decision {
        answer: Answer::NotAllowed,
        document: None,
        statement: None,
        label: None,
        reason: String::new(),
        doubts: Vec::new(),
    };
    let who = describe(&request.principal);
    let what = match &request.resource {
        Some(resource) => format!("{} on {resource}", request.action),
        None => request.action.clone(),
    };
    match &request.principal {
        Principal::Aws(aws) if aws.is_root() => {
            decision.answer = Answer::Allowed;
            decision.reason =
                format!("{who} is the root of its account, which identity policies do not limit");
            return decision;
        }
        Principal::Aws(_) => {}
        _ => {
            decision.reason = format!("{who} have no identity policies")
                .replace("the service", "services such as");
            return decision;
        }
    }
    let mut unreadable = None;
    for (index, value) in documents.iter().enumerate() {
        let document = match parse(value) {
            Ok(document) => document,
            Err(problems) => {
                let first = problems
                    .first()
                    .map_or_else(String::new, ToString::to_string);
                unreadable.get_or_insert_with(|| {
                    format!(
                        "identity policy {} of {who} cannot be read: {first}",
                        index.saturating_add(1)
                    )
                });
                continue;
            }
        };
        let outcome = statements_in(Scope::Identity, &document, request);
        decision.doubts.extend(outcome.doubts);
        let label = outcome.label.clone().unwrap_or_default();
        let (answer, verb) = match (outcome.verdict, decision.answer) {
            (Verdict::NoMatch, _) | (_, Answer::Denied) | (Verdict::Allow, Answer::Allowed) => {
                continue;
            }
            (Verdict::ExplicitDeny, _) => (Answer::Denied, "denies"),
            (Verdict::Allow, _) => (Answer::Allowed, "allows"),
        };
        decision.answer = answer;
        decision.document = Some(index);
        decision.statement = outcome.statement;
        decision.label = outcome.label;
        decision.reason = format!("{label} of an identity policy of {who} {verb} {what}");
    }
    if let (Some(reason), Answer::Allowed | Answer::NotAllowed) = (unreadable, decision.answer) {
        decision = Decision {
            answer: Answer::NotAllowed,
            document: None,
            statement: None,
            label: None,
            reason,
            doubts: decision.doubts,
        };
    }
    if decision.reason.is_empty() {
        decision.reason = format!("no identity policy of {who} allows {what}");
    }
    decision
}
