//! Key policies, and the check that keeps a key's owner from being locked out of it.

use serde_json::{Value, json};

use super::input::{not_found, required};
use super::keys::{at, at_mut, own, pending};
use crate::policy::{self, AwsPrincipal, Kind, Principal, Request, Says, Scope, Severity};
use crate::sandbox::documents::Stored;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// The policy of a key that was made without one: the account decides by identity policies.
pub fn default_policy(account: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
            "Action": "kms:*",
            "Resource": "*"
        }]
    })
    .to_string()
}

/// Reads a key policy and checks everything that KMS does.
pub fn checked_policy(world: &World, call: &Call, arn: &str, text: &str) -> Result<Stored, Fault> {
    let malformed = |message: &str| Fault::new("MalformedPolicyDocumentException", message);
    if text.len() > 32_768 {
        return Err(Fault::new(
            "LimitExceededException",
            "The key policy is longer than 32768 bytes.",
        ));
    }
    let document: Value =
        serde_json::from_str(text).map_err(|_| malformed("Policy contains invalid json"))?;
    let problems = policy::check(&document, Kind::KeyPolicy);
    if let Some(problem) = problems.iter().find(|p| p.severity == Severity::Error) {
        let sentence =
            if problem.place.contains("/Principal") || problem.place.contains("/NotPrincipal") {
                "Policy contains a statement with one or more invalid principals."
            } else if problem.place.contains("/Action") {
                "Policy contains a statement with one or more invalid actions."
            } else if problem.place.contains("/Resource") {
                "Policy contains a statement with one or more invalid resources."
            } else {
                "The new key policy is not valid."
            };
        return Err(malformed(sentence));
    }
    let stored = Stored::read(world, &Stored::with_root_arns(text)).map_err(|_| {
        malformed("Policy contains a statement with one or more invalid principals.")
    })?;
    let bypass = call.flag("BypassPolicyLockoutSafetyCheck").unwrap_or(false);
    if !bypass && !keeps_the_door_open(call, arn, &document) {
        return Err(malformed(
            "The new key policy will not allow you to update the key policy in the future.",
        ));
    }
    Ok(stored)
}

/// The lockout safety check: the caller must be able to put a key policy again, by being named or by the
/// account being named. Source: AWS KMS API Reference, PutKeyPolicy, `BypassPolicyLockoutSafetyCheck`.
fn keeps_the_door_open(call: &Call, arn: &str, document: &Value) -> bool {
    let Ok(document) = policy::parse(document) else {
        return false;
    };
    let principal = AwsPrincipal {
        arn: call.caller.arn.clone(),
        principal_arn: call.caller.principal_arn.clone(),
        account: call.caller.account.clone(),
        unique_id: call.caller.user_id.split(':').next().map(str::to_owned),
    };
    let mut request = Request::new(Principal::Aws(principal), "kms:PutKeyPolicy").on(arn);
    request.add("aws:SecureTransport", "true");
    request.add("kms:CallerAccount", call.caller.account.clone());
    let request = request.with_derived_keys();
    policy::says(&document, Scope::Resource, &request) == Says::Allows
}

fn policy_name(call: &Call) -> Result<(), Fault> {
    match call.text("PolicyName") {
        None | Some("default") => Ok(()),
        Some(_) => Err(not_found("No such policy exists")),
    }
}

/// `GetKeyPolicy`.
pub fn get_policy(world: &mut World, call: &Call) -> Answer {
    let place = own(world, call, "kms:GetKeyPolicy")?;
    policy_name(call)?;
    let text = at(world, &place)?.policy.shown(world);
    Ok(json!({ "Policy": text, "PolicyName": "default" }))
}

/// `PutKeyPolicy`.
pub fn put_policy(world: &mut World, call: &Call) -> Answer {
    let place = own(world, call, "kms:PutKeyPolicy")?;
    policy_name(call)?;
    let text = required(call, "Policy")?;
    let stored = checked_policy(world, call, &place.arn(), text)?;
    if at(world, &place)?.deletion.is_some() {
        return Err(pending(&place));
    }
    at_mut(world, &place)?.policy = stored;
    Ok(Value::Null)
}

/// `ListKeyPolicies`.
pub fn list_policies(world: &mut World, call: &Call) -> Answer {
    own(world, call, "kms:ListKeyPolicies")?;
    Ok(json!({ "PolicyNames": ["default"], "Truncated": false }))
}
