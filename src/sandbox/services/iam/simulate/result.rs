//! What a simulation answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::input::Asked;
use super::{Source, Sources};
use crate::policy::actions;
use crate::policy::{
    self, Answer, Decision, Effect, Layer, Outcome, Part, Policies, Proof, Request,
};
use crate::sandbox::services::fields::put;

/// A decision on one resource.
struct One {
    resource: String,
    decision: &'static str,
    matched: Vec<Value>,
    missing: Vec<String>,
    by_boundary: Option<bool>,
    by_organization: bool,
    details: Option<Value>,
}

/// The result of an action on every resource. On one resource it is the result itself; of several there is
/// one each, and together they are worth the worst.
pub(super) fn of_action(
    asked: &Asked,
    action: &str,
    policies: &Policies,
    sources: &Sources,
    of_principal: bool,
) -> Value {
    let each: Vec<One> = asked
        .resources
        .iter()
        .map(|resource| on_resource(asked, action, resource, policies, sources))
        .collect();
    let worst = ["explicitDeny", "implicitDeny"]
        .into_iter()
        .find(|decision| each.iter().any(|one| one.decision == *decision))
        .unwrap_or("allowed");
    let single = match each.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    let everything = single.is_some_and(|one| one.resource == "*");
    let name = match single {
        Some(one) => one.resource.clone(),
        None => form(action),
    };
    let matched = single.map(|one| one.matched.clone()).unwrap_or_default();
    let missing = single
        .filter(|_| everything)
        .map(|one| one.missing.clone())
        .unwrap_or_default();
    let mut result = json!({
        "EvalActionName": action,
        "EvalResourceName": name,
        "EvalDecision": worst,
        "MatchedStatements": matched,
        "MissingContextValues": missing,
    });
    if of_principal {
        let allowed = each.iter().all(|one| one.by_organization);
        let detail = json!({ "AllowedByOrganizations": allowed });
        put(&mut result, "OrganizationsDecisionDetail", Some(detail));
    }
    let by_boundary: Vec<bool> = each.iter().filter_map(|one| one.by_boundary).collect();
    if !by_boundary.is_empty() {
        let allowed = by_boundary.iter().all(|allowed| *allowed);
        let detail = json!({ "AllowedByPermissionsBoundary": allowed });
        put(
            &mut result,
            "PermissionsBoundaryDecisionDetail",
            Some(detail),
        );
    }
    let details = single.and_then(|one| one.details.clone());
    put(&mut result, "EvalDecisionDetails", details);
    if !everything {
        let each = each.into_iter().map(specific).collect();
        put(&mut result, "ResourceSpecificResults", Some(each));
    }
    result
}

fn specific(one: One) -> Value {
    let mut value = json!({
        "EvalResourceName": one.resource,
        "EvalResourceDecision": one.decision,
        "MatchedStatements": one.matched,
        "MissingContextValues": one.missing,
    });
    put(&mut value, "EvalDecisionDetails", one.details);
    let by_boundary = one
        .by_boundary
        .map(|allowed| json!({ "AllowedByPermissionsBoundary": allowed }));
    put(&mut value, "PermissionsBoundaryDecisionDetail", by_boundary);
    value
}

/// The form of the resources of an action, which stands for several of them.
fn form(action: &str) -> String {
    actions::action(action)
        .and_then(|action| action.resource_types().next())
        .and_then(|takes| takes.resource.arns.first().cloned())
        .unwrap_or_else(|| "*".to_owned())
}

fn on_resource(
    asked: &Asked,
    action: &str,
    resource: &str,
    policies: &Policies,
    sources: &Sources,
) -> One {
    let request = asked.request(action, resource);
    let handed_over = handing_over(policies, &request);
    let policies = handed_over.as_ref().unwrap_or(policies);
    let proof = policy::prove(policies, &request);
    let decision = &proof.decision;
    let part = |layer| decision.parts.of(layer);
    One {
        resource: resource.to_owned(),
        decision: name(decision),
        matched: matched(&proof, sources),
        missing: missing(policies, request.clone()),
        by_boundary: match part(Layer::Boundary) {
            Part::NotApplicable => None,
            allowed => Some(allowed == Part::Allowed),
        },
        by_organization: matches!(part(Layer::Scp), Part::Allowed | Part::NotApplicable),
        details: (!decision.same_account).then(|| {
            json!({ crate::sandbox::protocol::query::MAP: {
                "IAM Policy": of_part(part(Layer::Identity)),
                "Resource Policy": of_part(part(Layer::Resource)),
            } })
        }),
    }
}

/// Without a resource policy only the identity's are simulated. Keys and roles, which have a policy of their
/// own in any case, are taken to leave it to the account.
fn handing_over(policies: &Policies, request: &Request) -> Option<Policies> {
    if policies.resource.is_some() || !matches!(request.service(), "kms" | "sts") {
        return None;
    }
    let account = request.resource_account()?;
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"{}:*"{}}}]}}"#,
        request.service(),
        if request.service() == "kms" {
            r#","Resource":"*""#
        } else {
            ""
        }
    );
    let document = policy::parse_text(&text).ok()?;
    Some(Policies {
        resource: Some(Arc::new(document)),
        ..policies.clone()
    })
}

fn name(decision: &Decision) -> &'static str {
    match decision.answer {
        Answer::Allowed => "allowed",
        Answer::ExplicitlyDenied => "explicitDeny",
        Answer::ImplicitlyDenied | Answer::Depends => "implicitDeny",
    }
}

fn of_part(part: Part) -> &'static str {
    match part {
        Part::Allowed => "allowed",
        Part::ExplicitlyDenied => "explicitDeny",
        Part::NotApplicable | Part::ImplicitlyDenied | Part::Depends => "implicitDeny",
    }
}

/// The statements that decide: of a Deny only that one, otherwise every Allow that applies.
fn matched(proof: &Proof, sources: &Sources) -> Vec<Value> {
    let wanted = match proof.decision.answer {
        Answer::Allowed => Effect::Allow,
        Answer::ExplicitlyDenied => Effect::Deny,
        Answer::ImplicitlyDenied | Answer::Depends => return Vec::new(),
    };
    proof
        .reasons
        .iter()
        .filter(|reason| reason.outcome == Outcome::Applies && reason.effect == wanted)
        .filter_map(|reason| {
            let place = reason.place;
            let source = match place.layer {
                Layer::Identity => sources.identity.get(place.document)?,
                Layer::Boundary if wanted == Effect::Deny => {
                    sources.boundaries.get(place.document)?
                }
                Layer::Resource => sources.resource.as_ref()?,
                _ => return None,
            };
            Some(statement(source, place.statement))
        })
        .collect()
}

/// A statement by its policy and its place in the text.
fn statement(source: &Source, index: usize) -> Value {
    let text = &source.text;
    let span = policy::locate(text, &format!("/Statement/{index}"))
        .or_else(|| policy::locate(text, "/Statement"))
        .unwrap_or(0..text.len());
    let position = |byte: usize| {
        let (line, column) = policy::line_and_column(text, byte);
        json!({ "Line": line, "Column": column })
    };
    json!({
        "SourcePolicyId": source.id,
        "SourcePolicyType": source.kind,
        "StartPosition": position(span.start),
        "EndPosition": position(span.end),
    })
}

/// The condition keys that the policies ask for where they were reached, and that nobody gave.
fn missing(policies: &Policies, request: Request) -> Vec<String> {
    let proof = policy::prove(policies, &request.open());
    let keys: BTreeSet<String> = proof
        .reasons
        .iter()
        .flat_map(|reason| &reason.keys)
        .chain(&proof.keys)
        .cloned()
        .collect();
    keys.into_iter().collect()
}
