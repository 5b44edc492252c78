//! Bucket policies: checked as S3 checks them.

use serde_json::Value;

use super::buckets::{XMLNS, change, look, xml};
use super::fault::S3Fault;
use super::{Ask, Outcome};
use crate::policy::{
    self, ActionEntry, Condition, Document, Kind, ResourceEntry, Severity, actions,
};
use crate::sandbox::documents::Stored;
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::request::Reply;

fn malformed(message: impl Into<String>) -> S3Fault {
    S3Fault::new(400, "MalformedPolicy", message)
}

fn missing(ask: &Ask<'_>) -> S3Fault {
    S3Fault::new(
        404,
        "NoSuchBucketPolicy",
        "The bucket policy does not exist",
    )
    .element("BucketName", &ask.bucket)
}

/// `GetBucketPolicy`.
pub fn get(ask: &Ask<'_>) -> Outcome {
    let world = ask.shared.world();
    let text = world
        .buckets
        .get(&ask.bucket)
        .and_then(|b| b.policy.as_ref())
        .map(|p| p.shown(&world))
        .ok_or_else(|| missing(ask))?;
    Ok(Reply::text(200, "application/json", text))
}

/// `GetBucketPolicyStatus`.
pub fn status(ask: &Ask<'_>) -> Outcome {
    let public = look(ask, |b| {
        let stored = b.policy.as_ref().ok_or_else(|| missing(ask))?;
        let document = serde_json::from_str::<Value>(&stored.text).ok();
        Ok(document
            .and_then(|d| policy::parse(&d).ok())
            .is_some_and(|d| policy::is_public(&d)))
    })?;
    let mut out = Xml::document();
    out.open("PolicyStatus", XMLNS)
        .leaf("IsPublic", if public { "true" } else { "false" })
        .close("PolicyStatus");
    Ok(xml(out))
}

fn sentence(place: &str, message: &str) -> &'static str {
    match place.split('/').nth(3).unwrap_or_default() {
        "Principal" | "NotPrincipal" => "Invalid principal in policy",
        "Action" | "NotAction" => "Policy has invalid action",
        "Resource" | "NotResource" => "Policy has invalid resource",
        "Condition" => "Policy has an invalid condition key",
        "Effect" => "Invalid effect in policy",
        "" if message.contains("Principal") => "Missing required field Principal",
        "" if message.contains("Resource") => "Missing required field Resource",
        "" if message.contains("Effect") => "Missing required field Effect",
        "" if message.contains("Action") => "Missing required field Action",
        _ => "Policy has invalid syntax",
    }
}

/// Whether a resource of a statement is this bucket or in it.
fn within(resource: &str, bucket: &str) -> bool {
    let Some(rest) = resource.strip_prefix("arn:aws:s3:::") else {
        return false;
    };
    rest == bucket
        || rest
            .strip_prefix(bucket)
            .is_some_and(|rest| rest.starts_with('/') || rest.starts_with('*'))
}

/// Whether S3 has such an action, or one that a pattern means.
fn is_action(text: &str) -> bool {
    text == "*"
        || text.to_ascii_lowercase().starts_with("s3:") && actions::matching(text).next().is_some()
}

/// Whether a condition key is one of all services or of S3. What has another service's name is let pass.
fn is_key(key: &str) -> bool {
    let prefix = key
        .split_once(':')
        .map(|(prefix, _)| prefix.to_ascii_lowercase());
    match prefix.as_deref() {
        Some("s3") => {
            actions::service("s3").is_none_or(|s3| actions::service_key(s3, key).is_some())
        }
        Some("aws") => actions::global_key(key).is_some(),
        prefix => prefix.is_some(),
    }
}

fn checked(ask: &Ask<'_>, text: &str) -> Result<Document, S3Fault> {
    let json = "Policies must be valid JSON and the first byte must be '{'";
    if !text.starts_with('{') {
        return Err(malformed(json));
    }
    let value: Value = serde_json::from_str(text).map_err(|_| malformed(json))?;
    if text.len() > 20_480 {
        return Err(malformed(
            "Policy exceeds the maximum allowed document size.",
        ));
    }
    let problems = policy::check(&value, Kind::BucketPolicy);
    if let Some(problem) = problems.iter().find(|p| p.severity == Severity::Error) {
        return Err(malformed(sentence(&problem.place, &problem.message)));
    }
    let document = policy::parse(&value).map_err(|_| malformed("Policy has invalid syntax"))?;
    for statement in &document.statements {
        let resources = statement
            .resource
            .iter()
            .flat_map(|r| &r.entries)
            .map(ResourceEntry::text);
        if let Some(foreign) = resources.clone().find(|r| !within(r, &ask.bucket)) {
            return Err(malformed("Policy has invalid resource").element("Detail", foreign));
        }
        let actions = || statement.action.entries.iter().map(ActionEntry::text);
        if let Some(unknown) = actions().find(|it| !is_action(it)) {
            return Err(malformed("Policy has invalid action").element("Detail", unknown));
        }
        let mut keys = statement.conditions.iter().map(Condition::key);
        if let Some(unknown) = keys.find(|key| !is_key(key)) {
            let message = "Policy has an invalid condition key";
            return Err(malformed(message).element("Detail", unknown));
        }
        let objects = resources
            .clone()
            .any(|r| r.contains('/') || r.ends_with('*'));
        let bucket = resources.clone().any(|r| !r.contains('/'));
        let of_objects = |action: &str| {
            [
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:RestoreObject",
            ]
            .iter()
            .any(|known| action.starts_with(known))
        };
        let plain = |action: &&str| !action.contains(['*', '?']);
        let exact: Vec<&str> = actions().filter(plain).collect();
        let all_exact = exact.len() == statement.action.entries.len() && !exact.is_empty();
        let fits = exact
            .iter()
            .any(|a| if of_objects(a) { objects } else { bucket });
        if all_exact
            && !statement.action.negated
            && statement.resource.as_ref().is_some_and(|r| !r.negated)
            && !fits
        {
            return Err(malformed(
                "Action does not apply to any resource(s) in statement",
            ));
        }
    }
    Ok(document)
}

/// `PutBucketPolicy`.
pub fn put(ask: &Ask<'_>) -> Outcome {
    super::checksum::verify(ask)?;
    let text = std::str::from_utf8(&ask.body)
        .map_err(|_| malformed("Policies must be valid JSON and the first byte must be '{'"))?;
    let document = checked(ask, text)?;
    let stored = {
        let world = ask.shared.world();
        Stored::read(&world, &Stored::with_root_arns(text)).map_err(|wrong| {
            malformed("Invalid principal in policy").element("Detail", wrong.value_shown())
        })?
    };
    change(ask, |b| {
        let blocked = b.public_access.is_some_and(|[_, _, policy, _]| policy);
        if blocked && policy::is_public(&document) {
            return Err(S3Fault::new(
                403,
                "AccessDenied",
                format!(
                    "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
                    ask.caller.arn, ask.bucket
                ),
            ));
        }
        b.policy = Some(stored);
        Ok(())
    })?;
    Ok(Reply::empty(204))
}

/// `DeleteBucketPolicy`.
pub fn delete(ask: &Ask<'_>) -> Outcome {
    change(ask, |b| {
        b.policy = None;
        Ok(())
    })?;
    Ok(Reply::empty(204))
}
