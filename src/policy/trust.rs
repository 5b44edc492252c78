//! Whether a role's trust policy lets somebody assume it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arn::{is_account, parts};
use super::evaluate::{Naming, Scope, Verdict, statements_in};
use super::parse::parse;
use super::request::{Principal, Request};

/// What a trust policy answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustAnswer {
    /// A statement names the one who asks.
    Allowed,
    /// A statement names the account of the one who asks: the account decides by identity policies.
    ByAccount,
    /// A statement denies.
    Denied,
    /// No statement applies.
    NotAllowed,
}

/// The answer of a trust policy, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustDecision {
    /// The answer.
    pub answer: TrustAnswer,
    /// The index of the statement that decided.
    pub statement: Option<usize>,
    /// Its name: its `Sid`, or its position from 1.
    pub label: Option<String>,
    /// Whether an identity policy of the one who asks must allow it as well. True for every request
    /// from another account, and where the trust names the account only.
    pub needs_identity: bool,
    /// Why, in a sentence.
    pub reason: String,
    /// What could not be said for certain and was taken against the request.
    pub doubts: Vec<String>,
}

impl TrustDecision {
    /// Whether the trust policy stands in the way no longer. Look at `needs_identity` too.
    pub fn permits(&self) -> bool {
        matches!(self.answer, TrustAnswer::Allowed | TrustAnswer::ByAccount)
    }
}

/// Whether a trust policy permits a request, which is `sts:AssumeRole` or one of its kin on the role.
/// `request.resource` is the role's ARN; without it the role is taken to be in another account.
///
/// Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; STS API
/// Reference, AssumeRole (not with the credentials of a root user).
pub fn permits(trust: &Value, request: &Request) -> TrustDecision {
    let document = match parse(trust) {
        Ok(document) => document,
        Err(problems) => {
            let first = problems
                .first()
                .map_or_else(String::new, ToString::to_string);
            return refusal(
                TrustAnswer::NotAllowed,
                format!("the trust policy cannot be read: {first}"),
            );
        }
    };
    if request.principal == Principal::Anonymous {
        return refusal(
            TrustAnswer::NotAllowed,
            "a role is assumed with a signed request or an identity provider's token".to_owned(),
        );
    }
    if let Principal::Aws(aws) = &request.principal
        && aws.is_root()
        && request.action.eq_ignore_ascii_case("sts:AssumeRole")
    {
        return refusal(
            TrustAnswer::NotAllowed,
            format!("{} is the root user, which cannot assume roles", aws.arn),
        );
    }
    let outcome = statements_in(Scope::Trust, &document, request);
    let who = describe(&request.principal);
    let action = &request.action;
    let label = outcome.label.clone().unwrap_or_default();
    // NotPrincipal names nobody, so it is read as the account's decision too.
    let by_account = matches!(outcome.naming, Some(Naming::Account | Naming::Excepted))
        && matches!(request.principal, Principal::Aws(_));
    let foreign = is_foreign(request);
    let (answer, needs_identity, reason) = match outcome.verdict {
        Verdict::ExplicitDeny => (
            TrustAnswer::Denied,
            false,
            format!("{label} of the trust policy denies {action} to {who}"),
        ),
        Verdict::NoMatch => (
            TrustAnswer::NotAllowed,
            false,
            format!("no statement of the trust policy allows {action} to {who}"),
        ),
        Verdict::Allow if by_account => (
            TrustAnswer::ByAccount,
            true,
            format!(
                "{label} of the trust policy leaves {action} to the account of {who}, where an identity policy must allow it"
            ),
        ),
        Verdict::Allow if foreign => (
            TrustAnswer::Allowed,
            true,
            format!(
                "{label} of the trust policy allows {action} to {who}, where an identity policy must allow it as well, because the role is in another account"
            ),
        ),
        Verdict::Allow => (
            TrustAnswer::Allowed,
            false,
            format!("{label} of the trust policy allows {action} to {who}"),
        ),
    };
    TrustDecision {
        answer,
        statement: outcome.statement,
        label: outcome.label,
        needs_identity,
        reason,
        doubts: outcome.doubts,
    }
}

/// Whether the one who asks has an account, and the role is not known to be in it.
fn is_foreign(request: &Request) -> bool {
    let Principal::Aws(principal) = &request.principal else {
        return false;
    };
    let owner = request
        .resource
        .as_deref()
        .and_then(parts)
        .map(|[_, _, _, _, account, _]| account)
        .filter(|account| is_account(account));
    owner != Some(principal.account.as_str())
}

fn refusal(answer: TrustAnswer, reason: String) -> TrustDecision {
    TrustDecision {
        answer,
        statement: None,
        label: None,
        needs_identity: false,
        reason,
        doubts: Vec::new(),
    }
}

/// How a sentence calls the one who asks.
pub(super) fn describe(principal: &Principal) -> String {
    match principal {
        Principal::Aws(aws) => aws.arn.clone(),
        Principal::Service(name) => format!("the service {name}"),
        Principal::Federated(provider) => format!("identities of {provider}"),
        Principal::Anonymous => "anonymous callers".to_owned(),
    }
}
