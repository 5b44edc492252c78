//! Which parts of a resource are made or set, and what each of them changes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::policy;
use crate::resource::{Bucket, ImageRepository, Key, Part, Role, Rule, Spec, Tags, references};

use super::compare::{differences, label, short};

/// A part that is made or set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PartChange {
    pub part: Part,
    pub lines: Vec<String>,
    pub base: Option<Value>,
}

fn part(part: Part, lines: Vec<String>) -> PartChange {
    PartChange {
        part,
        lines,
        base: None,
    }
}

/// Lines for a policy document.
fn policy_lines(before: &Value, after: &Value) -> Vec<String> {
    policy::diff(before, after)
        .iter()
        .flat_map(policy::StatementChange::lines)
        .collect()
}

fn tag_lines(found: &Tags, wanted: &Tags) -> Vec<String> {
    wanted
        .iter()
        .filter(|(key, value)| found.get(*key) != Some(*value))
        .map(|(key, value)| match found.get(key) {
            Some(old) => format!("~ {key}: {old} -> {value}"),
            None => format!("+ {key}: {value}"),
        })
        .collect()
}

fn set(what: &str, value: impl std::fmt::Display) -> Vec<String> {
    vec![format!("+ {what}: {value}")]
}

/// Every part of a resource that is not there.
pub(super) fn all(spec: &Spec) -> Vec<PartChange> {
    match spec {
        Spec::Key(it) => vec![
            part(Part::Itself, policy_lines(&Value::Null, &it.policy)),
            part(Part::Alias, set("alias", &it.alias)),
            part(Part::Rotation, set("rotation", "every year")),
        ],
        Spec::Bucket(it) => {
            let mut parts = vec![
                part(Part::Itself, set("object ownership", &it.ownership)),
                part(Part::PublicAccess, set("public access", "blocked")),
                part(Part::Versioning, set("versioning", "Enabled")),
                part(Part::Encryption, set("default encryption", encryption(it))),
                part(Part::Tags, tag_lines(&Tags::new(), &it.tags)),
            ];
            if !it.lifecycle.is_null() {
                parts.push(part(
                    Part::Lifecycle,
                    lifecycle_lines(&Value::Null, &it.lifecycle),
                ));
            }
            if !it.policy.is_null() {
                parts.push(part(Part::Policy, policy_lines(&Value::Null, &it.policy)));
            }
            parts
        }
        Spec::Role(it) => {
            let mut lines = prefixed("trust", policy_lines(&Value::Null, &it.trust));
            if let Some(boundary) = &it.boundary {
                lines.extend(set("permission boundary", boundary));
            }
            let mut parts = vec![part(Part::Itself, lines)];
            if !it.policy.is_null() {
                parts.push(part(Part::Policy, policy_lines(&Value::Null, &it.policy)));
            }
            parts
        }
        Spec::Repository(_) => vec![part(Part::Itself, Vec::new())],
        Spec::Connection(it) => vec![part(Part::Itself, set("provider", &it.provider))],
        Spec::Project(it) => vec![part(Part::Itself, outline(&it.document))],
        Spec::Pipeline(it) => vec![part(Part::Itself, pipeline_outline(&it.document))],
        Spec::Rule(it) => {
            let mut parts = vec![part(Part::Itself, outline(&it.pattern))];
            if let Some(target) = &it.target {
                parts.push(part(Part::Target, set("target", &target.arn)));
            }
            parts
        }
        Spec::ImageRepository(it) => {
            let mut parts = vec![part(Part::Itself, set("tags", mutability(it)))];
            if !it.lifecycle.is_null() {
                parts.push(part(
                    Part::Lifecycle,
                    lifecycle_lines(&Value::Null, &it.lifecycle),
                ));
            }
            parts
        }
        Spec::Application(it) => vec![part(
            Part::Itself,
            set("compute platform", &it.compute_platform),
        )],
        Spec::DeploymentGroup(it) => vec![part(Part::Itself, outline(&it.document))],
    }
}

/// The parts in which a resource that is there differs from what is wanted.
pub(super) fn between(found: &Spec, wanted: &Spec) -> Vec<PartChange> {
    let mut parts = match (found, wanted) {
        (Spec::Key(a), Spec::Key(b)) => key(a, b),
        (Spec::Bucket(a), Spec::Bucket(b)) => bucket(a, b),
        (Spec::Role(a), Spec::Role(b)) => role(a, b),
        (Spec::Repository(a), Spec::Repository(b)) => described(&a.description, &b.description),
        (Spec::Project(a), Spec::Project(b)) => settings(&a.document, &b.document, false),
        (Spec::Pipeline(a), Spec::Pipeline(b)) => settings(&a.document, &b.document, true),
        (Spec::DeploymentGroup(a), Spec::DeploymentGroup(b)) => {
            settings(&a.document, &b.document, false)
        }
        (Spec::Rule(a), Spec::Rule(b)) => rule(a, b),
        (Spec::ImageRepository(a), Spec::ImageRepository(b)) => image_repository(a, b),
        _ => Vec::new(),
    };
    parts.push(part(Part::Tags, tag_lines(found.tags(), wanted.tags())));
    parts.retain(|it| !it.lines.is_empty());
    parts
}

/// Why a resource that is there can be neither used nor changed.
pub(super) fn conflict(found: &Spec, wanted: &Spec) -> Option<String> {
    match (found, wanted) {
        (Spec::Role(a), Spec::Role(b)) if a.path != b.path => Some(format!(
            "a role of this name exists under the path {} and a role's path cannot be changed: set role_path = \"{}\", or another name",
            a.path, a.path
        )),
        (Spec::Bucket(a), Spec::Bucket(b)) if a.region != b.region => Some(format!(
            "the bucket exists in {}, and a bucket's Region cannot be changed",
            a.region
        )),
        (Spec::Application(a), Spec::Application(b))
            if a.compute_platform != b.compute_platform =>
        {
            Some(format!(
                "an application of this name exists for {}, and its platform cannot be changed: set another name",
                a.compute_platform
            ))
        }
        _ => None,
    }
}

/// The references that the call for one part sends to AWS.
pub(super) fn references_of(spec: &Spec, part: Part) -> BTreeSet<(String, String)> {
    match (spec, part) {
        (Spec::Bucket(it), Part::Encryption) => references(&it.encryption_key),
        (Spec::Bucket(it), Part::Policy) => references(&it.policy),
        (Spec::Key(it), Part::Itself | Part::Policy) => references(&it.policy),
        (Spec::Role(it), Part::Itself | Part::Trust) => references(&it.trust),
        (Spec::Role(it), Part::Policy) => references(&it.policy),
        (Spec::Rule(it), Part::Target) => references(&it.target),
        (Spec::Project(it), Part::Itself | Part::Settings) => references(&it.document),
        (Spec::Pipeline(it), Part::Itself | Part::Settings) => references(&it.document),
        (Spec::DeploymentGroup(it), Part::Itself | Part::Settings) => references(&it.document),
        _ => BTreeSet::new(),
    }
}

fn prefixed(what: &str, lines: Vec<String>) -> Vec<String> {
    lines
        .into_iter()
        .map(|line| match line.split_at_checked(2) {
            Some((sign, rest)) => format!("{sign}{what}: {rest}"),
            None => line,
        })
        .collect()
}

fn described(found: &str, wanted: &str) -> Vec<PartChange> {
    if found == wanted {
        return Vec::new();
    }
    vec![part(
        Part::Description,
        vec![format!("~ description: {found} -> {wanted}")],
    )]
}

fn key(found: &Key, wanted: &Key) -> Vec<PartChange> {
    let mut parts = described(&found.description, &wanted.description);
    if found.alias != wanted.alias {
        parts.push(part(Part::Alias, set("alias", &wanted.alias)));
    }
    if found.rotation != wanted.rotation {
        parts.push(part(Part::Rotation, set("rotation", "every year")));
    }
    parts.push(shared_policy(&found.policy, &wanted.policy));
    parts
}

fn shared_policy(found: &Value, wanted: &Value) -> PartChange {
    let lines = if policy::equivalent(found, wanted) {
        Vec::new()
    } else {
        policy_lines(found, wanted)
    };
    PartChange {
        part: Part::Policy,
        lines,
        base: Some(found.clone()),
    }
}

fn encryption(bucket: &Bucket) -> String {
    let key = if bucket.encryption_key.is_empty() {
        "none"
    } else {
        &bucket.encryption_key
    };
    format!(
        "aws:kms with {key}{}",
        if bucket.bucket_key {
            ", bucket key"
        } else {
            ""
        }
    )
}

fn lifecycle_lines(found: &Value, wanted: &Value) -> Vec<String> {
    if found.is_null() {
        return outline(wanted);
    }
    let lines: Vec<String> = differences(&json!({"rules": found}), &json!({"rules": wanted}), true)
        .iter()
        .flat_map(super::Difference::lines)
        .collect();
    lines
}

fn bucket(found: &Bucket, wanted: &Bucket) -> Vec<PartChange> {
    let mut parts = Vec::new();
    if found.public_access_blocked != wanted.public_access_blocked {
        parts.push(part(
            Part::PublicAccess,
            vec!["~ public access: not wholly blocked -> blocked".into()],
        ));
    }
    if found.ownership != wanted.ownership {
        parts.push(part(
            Part::Ownership,
            vec![format!(
                "~ object ownership: {} -> {}",
                found.ownership, wanted.ownership
            )],
        ));
    }
    if found.versioning != wanted.versioning {
        parts.push(part(
            Part::Versioning,
            vec!["~ versioning: off -> Enabled".into()],
        ));
    }
    if found.encryption_key != wanted.encryption_key || found.bucket_key != wanted.bucket_key {
        parts.push(part(
            Part::Encryption,
            vec![format!(
                "~ default encryption: {} -> {}",
                encryption(found),
                encryption(wanted)
            )],
        ));
    }
    parts.push(part(
        Part::Lifecycle,
        lifecycle_lines(&found.lifecycle, &wanted.lifecycle),
    ));
    parts.push(shared_policy(&found.policy, &wanted.policy));
    parts
}

fn role(found: &Role, wanted: &Role) -> Vec<PartChange> {
    let mut parts = described(&found.description, &wanted.description);
    if !policy::equivalent(&found.trust, &wanted.trust) {
        parts.push(part(Part::Trust, policy_lines(&found.trust, &wanted.trust)));
    }
    if !wanted.policy.is_null() && !policy::equivalent(&found.policy, &wanted.policy) {
        parts.push(part(
            Part::Policy,
            policy_lines(&found.policy, &wanted.policy),
        ));
    }
    if wanted.boundary.is_some() && found.boundary != wanted.boundary {
        let none = || "none".to_owned();
        parts.push(part(
            Part::Boundary,
            vec![format!(
                "~ permission boundary: {} -> {}",
                found.boundary.clone().unwrap_or_else(none),
                wanted.boundary.clone().unwrap_or_else(none)
            )],
        ));
    }
    if found.max_session_seconds != wanted.max_session_seconds {
        parts.push(part(
            Part::SessionDuration,
            vec![format!(
                "~ longest session: {} s -> {} s",
                found.max_session_seconds, wanted.max_session_seconds
            )],
        ));
    }
    parts
}

fn settings(found: &Value, wanted: &Value, whole: bool) -> Vec<PartChange> {
    vec![part(
        Part::Settings,
        differences(found, wanted, whole)
            .iter()
            .flat_map(super::Difference::lines)
            .collect(),
    )]
}

fn rule(found: &Rule, wanted: &Rule) -> Vec<PartChange> {
    let document = |rule: &Rule| {
        json!({
            "description": rule.description,
            "pattern": rule.pattern,
            "state": if rule.enabled { "ENABLED" } else { "DISABLED" },
        })
    };
    // PutRule sets everything at once, and takes away what it does not name.
    let mut parts = settings(&document(found), &document(wanted), true);
    if let Some(target) = &wanted.target
        && found.target.as_ref() != Some(target)
    {
        let lines = match &found.target {
            Some(old) => differences(&json!(old), &json!(target), true)
                .iter()
                .flat_map(super::Difference::lines)
                .collect(),
            None => set("target", &target.arn),
        };
        parts.push(part(Part::Target, lines));
    }
    parts
}

fn mutability(repository: &ImageRepository) -> String {
    if repository.mutability_exclusions.is_empty() {
        repository.mutability.clone()
    } else {
        format!(
            "{} ({})",
            repository.mutability,
            repository.mutability_exclusions.join(", ")
        )
    }
}

fn image_repository(found: &ImageRepository, wanted: &ImageRepository) -> Vec<PartChange> {
    let mut parts = Vec::new();
    if mutability(found) != mutability(wanted) {
        parts.push(part(
            Part::Mutability,
            vec![format!(
                "~ tags: {} -> {}",
                mutability(found),
                mutability(wanted)
            )],
        ));
    }
    if found.scan_on_push != wanted.scan_on_push {
        parts.push(part(
            Part::Scanning,
            vec![format!(
                "~ scan on push: {} -> {}",
                found.scan_on_push, wanted.scan_on_push
            )],
        ));
    }
    if !wanted.lifecycle.is_null() {
        parts.push(part(
            Part::Lifecycle,
            lifecycle_lines(&found.lifecycle, &wanted.lifecycle),
        ));
    }
    parts
}

/// What a document says, one line for each value, at its place.
fn outline(document: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    leaves("", document, &mut lines);
    lines
}

fn leaves(place: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let place = if place.is_empty() {
                    name.clone()
                } else {
                    format!("{place}.{name}")
                };
                leaves(&place, value, lines);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                let label = label(item).unwrap_or_else(|| index.to_string());
                leaves(&format!("{place}[{label}]"), item, lines);
            }
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(short).collect();
            lines.push(format!("+ {place}: {}", items.join(", ")));
        }
        _ => lines.push(format!("+ {place}: {}", short(value))),
    }
}

/// A pipeline's stages and actions, one line each.
fn pipeline_outline(document: &Value) -> Vec<String> {
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut lines = Vec::new();
    for stage in document
        .get("stages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        for action in stage
            .get("actions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let provider = action
                .pointer("/actionTypeId/provider")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let role = action
                .get("roleArn")
                .and_then(Value::as_str)
                .map(|role| format!(" as {role}"))
                .unwrap_or_default();
            lines.push(format!(
                "+ stage {}: {} by {provider}{role}",
                text(stage, "name"),
                text(action, "name"),
            ));
        }
    }
    lines
}
