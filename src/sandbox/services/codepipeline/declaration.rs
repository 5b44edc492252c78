//! The shape of a pipeline, and the form in which CodePipeline gives it back.
//!
//! Source: the API model (2015-07-09), `PipelineDeclaration`.

use serde_json::{Map, Value, json};

use crate::sandbox::shape::{
    Member, Shape, letters, list, one_of, optional, required, text,
};

/// The name of a pipeline, a stage or an action.
pub static NAME: Shape = text(1, 100, r"[A-Za-z0-9.@\-_]+");
static ROLE: Shape = text(0, 1024, r"arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*");
static ARTIFACT: Shape = text(1, 100, r"[a-zA-Z0-9_\-]+");
static REGION: Shape = text(4, 30, "");
static PROVIDER: Shape = text(1, 35, "[0-9A-Za-z_-]+");
static TYPE_VERSION: Shape = text(1, 9, "[0-9A-Za-z_-]+");
static COMMAND: Shape = text(1, 1000, "");
static COMMANDS: Shape = list(&COMMAND, 1, 50);
static ACTION_TIMEOUT: Shape = Shape::Number {
    min: 5,
    max: 86400,
};
static PATTERN: Shape = text(1, 255, ".*");
static PATTERNS: Shape = list(&PATTERN, 1, 8);

static KEY_ID: Shape = text(1, 400, "");
static KEY_TYPE: Shape = one_of(&["KMS"]);
static KEY: Shape = Shape::Structure(&[required("id", &KEY_ID), required("type", &KEY_TYPE)]);
static STORE_TYPE: Shape = one_of(&["S3"]);
static LOCATION: Shape = text(3, 63, r"[a-zA-Z0-9\-\.]+");
static STORE: Shape = Shape::Structure(&[
    required("type", &STORE_TYPE),
    required("location", &LOCATION),
    optional("encryptionKey", &KEY),
]);
static STORES: Shape = Shape::Map {
    key: letters(4, 30, ""),
    value: &STORE,
};

static CATEGORY: Shape = one_of(&[
    "Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute",
]);
static OWNER: Shape = one_of(&["AWS", "ThirdParty", "Custom"]);
static ACTION_TYPE: Shape = Shape::Structure(&[
    required("category", &CATEGORY),
    required("owner", &OWNER),
    required("provider", &PROVIDER),
    required("version", &TYPE_VERSION),
]);
static CONFIGURATION_VALUE: Shape = text(1, 1000, "");
static CONFIGURATION: Shape = Shape::Map {
    key: letters(1, 50, ""),
    value: &CONFIGURATION_VALUE,
};
static FILE: Shape = text(1, 128, "");
static FILES: Shape = list(&FILE, 1, 10);
static OUTPUT: Shape =
    Shape::Structure(&[required("name", &ARTIFACT), optional("files", &FILES)]);
static OUTPUTS: Shape = list(&OUTPUT, 0, usize::MAX);
static INPUT: Shape = Shape::Structure(&[required("name", &ARTIFACT)]);
static INPUTS: Shape = list(&INPUT, 0, usize::MAX);
static VARIABLE_OUT: Shape = text(1, 128, "");
static VARIABLES_OUT: Shape = list(&VARIABLE_OUT, 1, 15);
static NAMESPACE: Shape = text(1, 100, r"[A-Za-z0-9@\-_]+");
static RUN_ORDER: Shape = Shape::Number { min: 1, max: 999 };
static ENV_NAME: Shape = text(1, 128, "[A-Za-z0-9_]+");
static ENV_VALUE: Shape = text(1, 2000, ".*");
static ENV_TYPE: Shape = one_of(&["PLAINTEXT", "SECRETS_MANAGER"]);
static ENV: Shape = Shape::Structure(&[
    required("name", &ENV_NAME),
    required("value", &ENV_VALUE),
    optional("type", &ENV_TYPE),
]);
static ENVS: Shape = list(&ENV, 1, 10);
static ACTION: Shape = Shape::Structure(&[
    required("name", &NAME),
    required("actionTypeId", &ACTION_TYPE),
    optional("runOrder", &RUN_ORDER),
    optional("configuration", &CONFIGURATION),
    optional("commands", &COMMANDS),
    optional("outputArtifacts", &OUTPUTS),
    optional("inputArtifacts", &INPUTS),
    optional("outputVariables", &VARIABLES_OUT),
    optional("roleArn", &ROLE),
    optional("region", &REGION),
    optional("namespace", &NAMESPACE),
    optional("timeoutInMinutes", &ACTION_TIMEOUT),
    optional("environmentVariables", &ENVS),
]);
static ACTIONS: Shape = list(&ACTION, 0, usize::MAX);

static RULE_CATEGORY: Shape = one_of(&["Rule"]);
static RULE_OWNER: Shape = one_of(&["AWS"]);
static RULE_TYPE: Shape = Shape::Structure(&[
    required("category", &RULE_CATEGORY),
    optional("owner", &RULE_OWNER),
    required("provider", &PROVIDER),
    optional("version", &TYPE_VERSION),
]);
static RULE_VALUE: Shape = text(1, 10000, "");
static RULE_CONFIGURATION: Shape = Shape::Map {
    key: letters(1, 50, ""),
    value: &RULE_VALUE,
};
static RULE: Shape = Shape::Structure(&[
    required("name", &NAME),
    required("ruleTypeId", &RULE_TYPE),
    optional("configuration", &RULE_CONFIGURATION),
    optional("commands", &COMMANDS),
    optional("inputArtifacts", &INPUTS),
    optional("roleArn", &ROLE),
    optional("region", &REGION),
    optional("timeoutInMinutes", &ACTION_TIMEOUT),
]);
static RULES: Shape = list(&RULE, 1, 5);
static RESULT: Shape = one_of(&["ROLLBACK", "FAIL", "RETRY", "SKIP"]);
static CONDITION: Shape =
    Shape::Structure(&[optional("result", &RESULT), optional("rules", &RULES)]);
static CONDITIONS: Shape = list(&CONDITION, 1, 1);
static RETRY_MODE: Shape = one_of(&["FAILED_ACTIONS", "ALL_ACTIONS"]);
static RETRY: Shape = Shape::Structure(&[optional("retryMode", &RETRY_MODE)]);
static ON_FAILURE: Shape = Shape::Structure(&[
    optional("result", &RESULT),
    optional("retryConfiguration", &RETRY),
    optional("conditions", &CONDITIONS),
]);
static ON_SUCCESS: Shape = Shape::Structure(&[required("conditions", &CONDITIONS)]);
static BLOCKER_NAME: Shape = text(1, 100, "");
static BLOCKER_TYPE: Shape = one_of(&["Schedule"]);
static BLOCKER: Shape = Shape::Structure(&[
    required("name", &BLOCKER_NAME),
    required("type", &BLOCKER_TYPE),
]);
static BLOCKERS: Shape = list(&BLOCKER, 0, usize::MAX);
static STAGE: Shape = Shape::Structure(&[
    required("name", &NAME),
    optional("blockers", &BLOCKERS),
    required("actions", &ACTIONS),
    optional("onFailure", &ON_FAILURE),
    optional("onSuccess", &ON_SUCCESS),
    optional("beforeEntry", &ON_SUCCESS),
]);
static STAGES: Shape = list(&STAGE, 0, usize::MAX);

static VARIABLE_NAME: Shape = text(1, 128, r"[A-Za-z0-9@\-_]+");
static VARIABLE_DEFAULT: Shape = text(1, 1000, ".*");
static VARIABLE_DESCRIPTION: Shape = text(0, 200, ".*");
static VARIABLE: Shape = Shape::Structure(&[
    required("name", &VARIABLE_NAME),
    optional("defaultValue", &VARIABLE_DEFAULT),
    optional("description", &VARIABLE_DESCRIPTION),
]);
static VARIABLES: Shape = list(&VARIABLE, 0, 50);

static FILTER: Shape =
    Shape::Structure(&[optional("includes", &PATTERNS), optional("excludes", &PATTERNS)]);
static PUSH: Shape = Shape::Structure(&[
    optional("tags", &FILTER),
    optional("branches", &FILTER),
    optional("filePaths", &FILTER),
]);
static PUSHES: Shape = list(&PUSH, 1, 3);
static REQUEST_EVENT: Shape = one_of(&["OPEN", "UPDATED", "CLOSED"]);
static REQUEST_EVENTS: Shape = list(&REQUEST_EVENT, 1, 3);
static REQUEST: Shape = Shape::Structure(&[
    optional("events", &REQUEST_EVENTS),
    optional("branches", &FILTER),
    optional("filePaths", &FILTER),
]);
static REQUESTS: Shape = list(&REQUEST, 1, 3);
static GIT: Shape = Shape::Structure(&[
    required("sourceActionName", &NAME),
    optional("push", &PUSHES),
    optional("pullRequest", &REQUESTS),
]);
static TRIGGER_PROVIDER: Shape = one_of(&["CodeStarSourceConnection"]);
static TRIGGER: Shape = Shape::Structure(&[
    required("providerType", &TRIGGER_PROVIDER),
    required("gitConfiguration", &GIT),
]);
static TRIGGERS: Shape = list(&TRIGGER, 0, 50);

static VERSION: Shape = Shape::Number {
    min: 1,
    max: i32::MAX as i64,
};
static MODE: Shape = one_of(&["QUEUED", "SUPERSEDED", "PARALLEL"]);
static PIPELINE_TYPE: Shape = one_of(&["V1", "V2"]);

/// A pipeline.
pub static PIPELINE: Shape = Shape::Structure(&[
    required("name", &NAME),
    required("roleArn", &ROLE),
    optional("artifactStore", &STORE),
    optional("artifactStores", &STORES),
    required("stages", &STAGES),
    optional("version", &VERSION),
    optional("executionMode", &MODE),
    optional("pipelineType", &PIPELINE_TYPE),
    optional("variables", &VARIABLES),
    optional("triggers", &TRIGGERS),
]);

static TAG_KEY: Shape = text(1, 128, "");
static TAG_VALUE: Shape = text(0, 256, "");
static TAG: Shape = Shape::Structure(&[required("key", &TAG_KEY), required("value", &TAG_VALUE)]);
/// A list of tags.
pub static TAGS: Shape = list(&TAG, 0, usize::MAX);
/// A list of tags' keys.
pub static TAG_KEYS: Shape = list(&TAG_KEY, 0, usize::MAX);

/// What CreatePipeline takes.
pub static CREATE: &[Member] = &[required("pipeline", &PIPELINE), optional("tags", &TAGS)];
/// What UpdatePipeline takes.
pub static UPDATE: &[Member] = &[required("pipeline", &PIPELINE)];

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
