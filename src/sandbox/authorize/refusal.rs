//! A refusal in AWS's words.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages"; Amazon S3 User Guide, "Troubleshoot
//! access denied (403 Forbidden) errors in Amazon S3". What IAM, S3 and KMS write otherwise, and that a
//! managed policy's ARN ends the sentence of an explicit deny, was observed.

use super::documents::{Names, names};
use crate::policy::{
    Answer, Decision, Layer, Overruling, Part, Principal, Request, StatementPlace,
};
use crate::sandbox::identity::Session;
use crate::sandbox::service::{Fault, Protocol};
use crate::sandbox::world::World;

/// A request that was not allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What was asked for.
    pub action: String,
    /// AWS's sentence.
    pub message: String,
    /// The decision.
    pub decision: Decision,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Refusal {
    /// The refusal of a decision that is not [`Answer::Allowed`], with the name of the policy that denies.
    pub(super) fn of(
        world: &World,
        session: Option<&Session>,
        request: &Request,
        decision: Decision,
    ) -> Self {
        let mut message = refusal(&decision, request);
        let place = decision
            .statement
            .filter(|_| decision.answer == Answer::ExplicitlyDenied);
        if let Some(name) = place.and_then(|place| named(&names(world, session, request), place)) {
            message.push_str(": ");
            message.push_str(&name);
        }
        Self {
            action: request.action().to_owned(),
            message,
            decision,
        }
    }

    /// The fault that a service answers. JSON services say `AccessDeniedException` with status 400, query
    /// services `AccessDenied` with 403.
    pub fn fault(&self, wire: Protocol) -> Fault {
        match wire {
            Protocol::Query { .. } => Fault::new("AccessDenied", &self.message).status(403),
            Protocol::Json { .. } => Fault::new("AccessDeniedException", &self.message),
        }
    }
}

/// The ARN of the policy that denies, where it has one: inline and resource policies have none.
fn named(names: &Names, place: StatementPlace) -> Option<String> {
    let list = match place.layer {
        Layer::Identity => &names.identity,
        Layer::Boundary => &names.boundaries,
        Layer::Session => &names.session,
        Layer::Scp => names.scps.get(place.level?)?,
        Layer::Rcp => names.rcps.get(place.level?)?,
        Layer::Resource | Layer::Endpoint => return None,
    };
    list.get(place.document)?.clone()
}

/// AWS's sentence for a request that is not allowed.
pub fn refusal(decision: &Decision, request: &Request) -> String {
    let who = match request.principal() {
        Principal::Aws(aws) => aws.arn.clone(),
        Principal::Service(name) => name.clone(),
        Principal::Federated(provider) => provider.clone(),
        Principal::Anonymous => "anonymous".to_owned(),
    };
    let action = request.action();
    let on = match foreign_key(decision, request) {
        true if action == "kms:Decrypt" => {
            " on the resource associated with this ciphertext".to_owned()
        }
        true => " on this resource".to_owned(),
        false => on_resource(request),
    };
    let why = why(decision, request);
    format!("User: {who} is not authorized to perform: {action}{on}{why}")
}

/// Whether the key policy, or that there is none, keeps another account from a key. KMS does not tell other
/// accounts which of the two it is, nor the key.
fn foreign_key(decision: &Decision, request: &Request) -> bool {
    request.service() == "kms"
        && !decision.same_account
        && decision.parts.identity == Part::Allowed
        && decision.parts.resource != Part::Allowed
        && limits(decision).is_none()
        && decision.answer != Answer::ExplicitlyDenied
}

fn on_resource(request: &Request) -> String {
    let Some(arn) = request.resource() else {
        return match request.service() {
            "s3" | "codecommit" | "elasticloadbalancing" => String::new(),
            _ => " on resource: *".to_owned(),
        };
    };
    match request.service() {
        "s3" => format!(" on resource: \"{arn}\""),
        "iam" => format!(" on resource: {}", of_iam(request.action(), arn)),
        _ => format!(" on resource: {arn}"),
    }
}

/// IAM calls what is there by its kind and name, and what is yet to be made, or passed, by its ARN.
fn of_iam(action: &str, arn: &str) -> String {
    let by_arn = [
        "iam:Create",
        "iam:PassRole",
        "iam:PutRolePermissionsBoundary",
        "iam:PutUserPermissionsBoundary",
    ];
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    if action == "iam:CreatePolicyVersion" {
        return format!("policy {arn}");
    }
    if by_arn.iter().any(|prefix| action.starts_with(prefix)) {
        return arn.to_owned();
    }
    let name = resource.rsplit('/').next().unwrap_or_default();
    match resource.split('/').next() {
        Some(kind @ ("role" | "user")) if !name.is_empty() => format!("{kind} {name}"),
        Some("policy") => format!("policy {arn}"),
        _ => arn.to_owned(),
    }
}

/// What limits the caller although its own policies allow, in the order in which AWS looks.
fn limits(decision: &Decision) -> Option<&'static str> {
    let parts = &decision.parts;
    let open = |part: Part| matches!(part, Part::ImplicitlyDenied | Part::Depends);
    if open(parts.scp) {
        Some("service control")
    } else if open(parts.endpoint) {
        Some("VPC endpoint")
    } else {
        None
    }
}

fn why(decision: &Decision, request: &Request) -> String {
    let trust = is_trust(request);
    if decision.answer == Answer::ExplicitlyDenied {
        let layer = decision.statement.map(|place| place.layer);
        return match layer {
            Some(Layer::Identity) => " with an explicit deny in an identity-based policy",
            Some(Layer::Boundary) => " with an explicit deny in a permissions boundary",
            Some(Layer::Session) => " with an explicit deny in a session policy",
            Some(Layer::Scp) => " with an explicit deny in a service control policy",
            Some(Layer::Rcp) => " with an explicit deny in a resource control policy",
            Some(Layer::Endpoint) => " with an explicit deny in a VPC endpoint policy",
            Some(Layer::Resource) if trust => " with an explicit deny in the role trust policy",
            Some(Layer::Resource) => " with an explicit deny in a resource-based policy",
            None => " with an explicit deny",
        }
        .to_owned();
    }
    let action = request.action();
    if foreign_key(decision, request) {
        return " because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access".to_owned();
    }
    if decision.rule == Some(Overruling::BlockPublicAccess) {
        // Source: Amazon S3 User Guide, "Troubleshoot access denied", Block Public Access.
        return " because public access is prevented by the RestrictPublicBuckets setting in S3 Block Public Access".to_owned();
    }
    if decision.rule == Some(Overruling::RootAssumesNoRole) {
        return String::new();
    }
    match missing(decision, trust) {
        "" => String::new(),
        kind => format!(" because no {kind} policy allows the {action} action")
            .replace("permissions boundary policy", "permissions boundary"),
    }
}

/// Whether it is a role that is asked for: its resource policy is its trust policy.
fn is_trust(request: &Request) -> bool {
    request.service() == "sts" && request.resource().is_some_and(|arn| arn.contains(":role/"))
}

/// The kind of policy of which none allows it.
fn missing(decision: &Decision, trust: bool) -> &'static str {
    let parts = &decision.parts;
    if let Some(limit) = limits(decision) {
        return limit;
    }
    // Where a trust policy does not allow, and across accounts in any case, STS gives no reason (observed).
    let told = !trust || (decision.same_account && parts.resource == Part::Allowed);
    let of_resource = if trust { "" } else { "resource-based" };
    if parts.identity == Part::NotApplicable {
        return of_resource;
    }
    if parts.identity != Part::Allowed {
        return if told { "identity-based" } else { "" };
    }
    if !matches!(parts.boundary, Part::Allowed | Part::NotApplicable) {
        return "permissions boundary";
    }
    if !matches!(parts.session, Part::Allowed | Part::NotApplicable) {
        return "session";
    }
    of_resource
}
