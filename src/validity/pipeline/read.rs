//! A pipeline as its checks look at it. Reads only what has passed the check of the shape.

use serde_json::{Map, Value};

/// An action with its place.
pub(super) struct Action<'a> {
    /// For example `stages[1].actions[0]`.
    pub place: String,
    pub stage: usize,
    pub stage_name: &'a str,
    pub name: &'a str,
    pub run_order: i64,
    pub category: &'a str,
    pub owner: &'a str,
    pub provider: &'a str,
    pub version: &'a str,
    pub namespace: Option<&'a str>,
    pub region: Option<&'a str>,
    pub role: Option<&'a str>,
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    pub configuration: Vec<(&'a str, &'a str)>,
    pub value: &'a Value,
}

impl<'a> Action<'a> {
    /// A configuration value.
    pub fn configured(&self, key: &str) -> Option<&'a str> {
        self.configuration
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| *value)
    }

    /// Whether this action is over before another starts.
    pub fn precedes(&self, other: &Action<'_>) -> bool {
        (self.stage, self.run_order) < (other.stage, other.run_order)
    }
}

/// The text of a member, empty where there is none.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The items of a member, none where there is none.
pub(super) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Every action of a pipeline, in the order of the document.
pub(super) fn actions(pipeline: &Value) -> Vec<Action<'_>> {
    let mut actions = Vec::new();
    for (s, stage) in items(pipeline, "stages").iter().enumerate() {
        for (a, value) in items(stage, "actions").iter().enumerate() {
            let action_type = value.get("actionTypeId").unwrap_or(&Value::Null);
            let names = |member: &str| {
                items(value, member)
                    .iter()
                    .map(|it| text(it, "name"))
                    .collect()
            };
            actions.push(Action {
                place: format!("stages[{s}].actions[{a}]"),
                stage: s,
                stage_name: text(stage, "name"),
                name: text(value, "name"),
                run_order: value.get("runOrder").and_then(Value::as_i64).unwrap_or(1),
                category: text(action_type, "category"),
                owner: text(action_type, "owner"),
                provider: text(action_type, "provider"),
                version: text(action_type, "version"),
                namespace: value.get("namespace").and_then(Value::as_str),
                region: value.get("region").and_then(Value::as_str),
                role: value.get("roleArn").and_then(Value::as_str),
                inputs: names("inputArtifacts"),
                outputs: names("outputArtifacts"),
                configuration: value
                    .get("configuration")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(Map::iter)
                    .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
                    .collect(),
                value,
            });
        }
    }
    actions
}
