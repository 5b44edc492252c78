//! The result of a case, as JSON.

use serde::Serialize;
use serde_json::Value;

use super::{Case, CaseError};
use crate::policy::decide::Answer;
use crate::policy::document::Effect;
use crate::policy::layer::Layer;
use crate::policy::part::Part;
use crate::policy::prove::{Failed, Outcome, Proof, Reason, prove};

/// What a line of output says about a line of input.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseResult {
    /// `id` of the case.
    pub id: Value,
    /// The answer, or `Error`.
    pub result: &'static str,
    /// Whether the caller and the resource are in one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_account: Option<bool>,
    /// What each layer answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartNames>,
    /// The statements that count, and the rule above them, if one decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Vec<Because>>,
    /// The missing keys that it depends on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// What AWS does not document and it depends on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// What is wrong with the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The answers of the layers, by their names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartNames {
    identity: Part,
    resource: Part,
    boundary: Part,
    session: Part,
    scp: Part,
    rcp: Part,
    endpoint: Part,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum Because {
    /// A rule that stands above statements.
    Rule {
        /// Its name.
        rule: crate::policy::Overruling,
        /// What it says.
        text: &'static str,
    },
    /// A statement.
    Statement(Box<BecauseStatement>),
}

/// A statement that counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BecauseStatement {
    layer: Layer,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    /// The level of the organization, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<usize>,
    /// The document among those of its layer or level, from 0.
    policy: usize,
    /// `Sid`, or the index of the statement, from 0.
    statement: Value,
    effect: Effect,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    naming: Option<crate::policy::Naming>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    doubts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<String>,
}

/// Answers what was read from a line.
pub fn answer_case(read: &Result<Case, Box<CaseError>>) -> CaseResult {
    match read {
        Ok(case) => answered(case, prove(&case.policies, &case.request)),
        Err(error) => CaseResult::error(error.id.clone(), error.to_string()),
    }
}

impl CaseResult {
    /// The result of what is no case.
    pub fn error(id: Value, message: String) -> Self {
        Self {
            id,
            result: "Error",
            same_account: None,
            parts: None,
            because: None,
            keys: Vec::new(),
            doubts: Vec::new(),
            error: Some(message),
        }
    }
}

fn answered(case: &Case, proof: Proof) -> CaseResult {
    let decision = proof.decision;
    let parts = decision.parts;
    let rule = decision.rule.map(|rule| Because::Rule {
        rule,
        text: rule.told(),
    });
    let statements = proof
        .reasons
        .into_iter()
        .map(|reason| Because::Statement(Box::new(because(case, reason))));
    CaseResult {
        id: case.id.clone(),
        result: match decision.answer {
            Answer::Allowed => "Allowed",
            Answer::ExplicitlyDenied => "ExplicitlyDenied",
            Answer::ImplicitlyDenied => "ImplicitlyDenied",
            Answer::Depends => "Depends",
        },
        same_account: Some(decision.same_account),
        parts: Some(PartNames {
            identity: parts.identity,
            resource: parts.resource,
            boundary: parts.boundary,
            session: parts.session,
            scp: parts.scp,
            rcp: parts.rcp,
            endpoint: parts.endpoint,
        }),
        because: Some(rule.into_iter().chain(statements).collect()),
        keys: proof.keys,
        doubts: proof.doubts,
        error: None,
    }
}

fn because(case: &Case, reason: Reason) -> BecauseStatement {
    let place = reason.place;
    let level_name = |level| case.level_name(place.layer, level).map(str::to_owned);
    let sid = crate::policy::prove::statement_at(&case.policies, &place)
        .and_then(|statement| statement.sid.as_deref());
    BecauseStatement {
        layer: place.layer,
        org: place.level.and_then(level_name),
        level: place.level,
        policy: place.document,
        statement: sid.map_or_else(|| Value::from(place.statement), Value::from),
        effect: reason.effect,
        outcome: reason.outcome,
        naming: reason.naming,
        failed: reason.failed,
        doubts: reason.doubts,
        keys: reason.keys,
    }
}
