//! The parts of a pipeline, and the form in which CodePipeline gives it back.

use serde_json::{Map, Value, json};

use crate::sandbox::shape::{Shape, list, required, text};

/// The name of a pipeline, a stage or an action.
pub static NAME: Shape = text(1, 100, r"[A-Za-z0-9.@\-_]+");
static TAG_KEY: Shape = text(1, 128, "");
static TAG_VALUE: Shape = text(0, 256, "");
static TAG: Shape = Shape::Structure(&[required("key", &TAG_KEY), required("value", &TAG_VALUE)]);
/// A list of tags.
pub static TAGS: Shape = list(&TAG, 0, usize::MAX);
/// A list of tags' keys.
pub static TAG_KEYS: Shape = list(&TAG_KEY, 0, usize::MAX);

/// The stages of a pipeline.
pub fn stages(pipeline: &Value) -> &[Value] {
    list_of(pipeline, "stages")
}

/// A list member of a value, empty where it is absent.
pub fn list_of<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// A text member of a value, empty where it is absent.
pub fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The pipeline as it is kept: with the version and what CodePipeline fills in.
pub fn complete(pipeline: &Value, version: i64) -> Value {
    let mut pipeline = pipeline.clone();
    let Value::Object(members) = &mut pipeline else {
        return pipeline;
    };
    members.insert("version".to_owned(), json!(version));
    // A pipeline without a type becomes V2 where it uses what only V2 has. Source: the API model.
    let second = members.contains_key("triggers")
        || members.contains_key("variables")
        || members
            .get("executionMode")
            .is_some_and(|mode| mode != "SUPERSEDED");
    default(members, "executionMode", json!("SUPERSEDED"));
    default(
        members,
        "pipelineType",
        json!(if second { "V2" } else { "V1" }),
    );
    let stages = members.get_mut("stages").and_then(Value::as_array_mut);
    for stage in stages.into_iter().flatten() {
        let actions = stage.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten() {
            if let Value::Object(action) = action {
                default(action, "runOrder", json!(1));
                default(action, "configuration", json!({}));
                default(action, "outputArtifacts", json!([]));
                default(action, "inputArtifacts", json!([]));
            }
        }
    }
    pipeline
}

fn default(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.entry(name.to_owned()).or_insert(value);
}

/// The pipeline as it is shown: secrets of source actions are not given back.
/// Source: the API model, `ActionDeclaration` (the OAuth token is masked).
pub fn masked(pipeline: &Value) -> Value {
    let mut pipeline = pipeline.clone();
    let stages = pipeline.get_mut("stages").and_then(Value::as_array_mut);
    for stage in stages.into_iter().flatten() {
        let actions = stage.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten() {
            if let Some(token) = action
                .get_mut("configuration")
                .and_then(|configuration| configuration.get_mut("OAuthToken"))
            {
                *token = json!("****");
            }
        }
    }
    pipeline
}
