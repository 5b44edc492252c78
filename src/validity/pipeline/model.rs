//! The shape of a pipeline. Source: the CodePipeline API model, `PipelineDeclaration`.

use crate::validity::shape::{Pattern, Shape, optional, required};

const fn text(min: usize, max: usize) -> Shape {
    Shape::Text {
        min,
        max,
        pattern: None,
    }
}

const fn matching(max: usize, text: &'static str, holds: fn(&str) -> bool) -> Shape {
    Shape::Text {
        min: 1,
        max,
        pattern: Some(Pattern { text, holds }),
    }
}

const fn list(min: usize, max: usize, item: &'static Shape) -> Shape {
    Shape::List { min, max, item }
}

fn of_letters(text: &str, more: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

fn role_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| {
            partition.strip_prefix("aws").is_some_and(|rest| {
                rest.is_empty()
                    || (rest.starts_with('-')
                        && rest
                            .chars()
                            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)))
            })
        })
        && parts.next() == Some("iam")
        && parts.next() == Some("")
        && parts.next().is_some_and(|account| {
            account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
        })
        && parts
            .next()
            .is_some_and(|resource| resource.starts_with("role/"))
}

/// No upper limit in the model.
const MANY: usize = usize::MAX;

static NAME: Shape = matching(100, r"[A-Za-z0-9.@\-_]+", |it| of_letters(it, ".@-_"));
static NAMESPACE: Shape = matching(100, r"[A-Za-z0-9@\-_]+", |it| of_letters(it, "@-_"));
static ARTIFACT: Shape = matching(100, r"[a-zA-Z0-9_\-]+", |it| of_letters(it, "_-"));
static ROLE: Shape = Shape::Text {
    min: 0,
    max: 1024,
    pattern: Some(Pattern {
        text: r"arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*",
        holds: role_arn,
    }),
};
static REGION: Shape = text(4, 30);

static KEY: Shape = Shape::Fields(&[
    required("id", &text(1, 400)),
    required("type", &Shape::OneOf(&["KMS"])),
]);
static STORE: Shape = Shape::Fields(&[
    required("type", &Shape::OneOf(&["S3"])),
    required(
        "location",
        &Shape::Text {
            min: 3,
            max: 63,
            pattern: Some(Pattern {
                text: r"[a-zA-Z0-9\-\.]+",
                holds: |it| of_letters(it, "-."),
            }),
        },
    ),
    optional("encryptionKey", &KEY),
]);

static PROVIDER: Shape = matching(35, "[0-9A-Za-z_-]+", |it| of_letters(it, "_-"));
static TYPE_VERSION: Shape = matching(9, "[0-9A-Za-z_-]+", |it| of_letters(it, "_-"));
static ACTION_TYPE: Shape = Shape::Fields(&[
    required(
        "category",
        &Shape::OneOf(&[
            "Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute",
        ]),
    ),
    required("owner", &Shape::OneOf(&["AWS", "ThirdParty", "Custom"])),
    required("provider", &PROVIDER),
    required("version", &TYPE_VERSION),
]);

static COMMANDS: Shape = list(1, 50, &text(1, 1000));
static INPUT: Shape = Shape::Fields(&[required("name", &ARTIFACT)]);
static OUTPUT: Shape = Shape::Fields(&[
    required("name", &ARTIFACT),
    optional("files", &list(1, 10, &text(1, 128))),
]);
static VARIABLE: Shape = Shape::Fields(&[
    required(
        "name",
        &matching(128, "[A-Za-z0-9_]+", |it| of_letters(it, "_")),
    ),
    required("value", &text(1, 2000)),
    optional("type", &Shape::OneOf(&["PLAINTEXT", "SECRETS_MANAGER"])),
]);
static ACTION: Shape = Shape::Fields(&[
    required("name", &NAME),
    required("actionTypeId", &ACTION_TYPE),
    optional("runOrder", &Shape::Number { min: 1, max: 999 }),
    optional(
        "configuration",
        &Shape::Map {
            max: MANY,
            key: &text(1, 50),
            value: &text(1, 1000),
        },
    ),
    optional("commands", &COMMANDS),
    optional("outputArtifacts", &list(0, MANY, &OUTPUT)),
    optional("inputArtifacts", &list(0, MANY, &INPUT)),
    optional("outputVariables", &list(1, 15, &text(1, 128))),
    optional("roleArn", &ROLE),
    optional("region", &REGION),
    optional("namespace", &NAMESPACE),
    optional(
        "timeoutInMinutes",
        &Shape::Number {
            min: 5,
            max: 86_400,
        },
    ),
    optional("environmentVariables", &list(1, 10, &VARIABLE)),
]);

static RULE_TYPE: Shape = Shape::Fields(&[
    required("category", &Shape::OneOf(&["Rule"])),
    optional("owner", &Shape::OneOf(&["AWS"])),
    required("provider", &PROVIDER),
    optional("version", &TYPE_VERSION),
]);
static RULE: Shape = Shape::Fields(&[
    required("name", &NAME),
    required("ruleTypeId", &RULE_TYPE),
    optional(
        "configuration",
        &Shape::Map {
            max: 200,
            key: &text(1, 50),
            value: &text(1, 10_000),
        },
    ),
    optional("commands", &COMMANDS),
    optional("inputArtifacts", &list(0, MANY, &INPUT)),
    optional("roleArn", &ROLE),
    optional("region", &REGION),
    optional(
        "timeoutInMinutes",
        &Shape::Number {
            min: 5,
            max: 86_400,
        },
    ),
]);
const RESULT: Shape = Shape::OneOf(&["ROLLBACK", "FAIL", "RETRY", "SKIP"]);
static CONDITIONS: Shape = list(
    1,
    1,
    &Shape::Fields(&[
        optional("result", &RESULT),
        optional("rules", &list(1, 5, &RULE)),
    ]),
);
static GATE: Shape = Shape::Fields(&[required("conditions", &CONDITIONS)]);
static ON_FAILURE: Shape = Shape::Fields(&[
    optional("result", &RESULT),
    optional(
        "retryConfiguration",
        &Shape::Fields(&[optional(
            "retryMode",
            &Shape::OneOf(&["FAILED_ACTIONS", "ALL_ACTIONS"]),
        )]),
    ),
    optional("conditions", &CONDITIONS),
]);
static BLOCKER: Shape = Shape::Fields(&[
    required("name", &text(1, 100)),
    required("type", &Shape::OneOf(&["Schedule"])),
]);
static STAGE: Shape = Shape::Fields(&[
    required("name", &NAME),
    optional("blockers", &list(0, MANY, &BLOCKER)),
    required("actions", &list(0, MANY, &ACTION)),
    optional("onFailure", &ON_FAILURE),
    optional("onSuccess", &GATE),
    optional("beforeEntry", &GATE),
]);

static PATTERNS: Shape = list(1, 8, &text(1, 255));
static INCLUDES: Shape = Shape::Fields(&[
    optional("includes", &PATTERNS),
    optional("excludes", &PATTERNS),
]);
static PUSH: Shape = Shape::Fields(&[
    optional("tags", &INCLUDES),
    optional("branches", &INCLUDES),
    optional("filePaths", &INCLUDES),
]);
static PULL_REQUEST: Shape = Shape::Fields(&[
    optional(
        "events",
        &list(1, 3, &Shape::OneOf(&["OPEN", "UPDATED", "CLOSED"])),
    ),
    optional("branches", &INCLUDES),
    optional("filePaths", &INCLUDES),
]);
static TRIGGER: Shape = Shape::Fields(&[
    required("providerType", &Shape::OneOf(&["CodeStarSourceConnection"])),
    required(
        "gitConfiguration",
        &Shape::Fields(&[
            required("sourceActionName", &NAME),
            optional("push", &list(1, 3, &PUSH)),
            optional("pullRequest", &list(1, 3, &PULL_REQUEST)),
        ]),
    ),
]);
static PIPELINE_VARIABLE: Shape = Shape::Fields(&[
    required(
        "name",
        &matching(128, r"[A-Za-z0-9@\-_]+", |it| of_letters(it, "@-_")),
    ),
    optional("defaultValue", &text(1, 1000)),
    optional("description", &text(0, 200)),
]);

/// A pipeline.
pub(super) static PIPELINE: Shape = Shape::Fields(&[
    required("name", &NAME),
    required("roleArn", &ROLE),
    optional("artifactStore", &STORE),
    optional(
        "artifactStores",
        &Shape::Map {
            max: MANY,
            key: &text(4, 30),
            value: &STORE,
        },
    ),
    required("stages", &list(0, MANY, &STAGE)),
    optional(
        "version",
        &Shape::Number {
            min: 1,
            max: i64::MAX,
        },
    ),
    optional(
        "executionMode",
        &Shape::OneOf(&["QUEUED", "SUPERSEDED", "PARALLEL"]),
    ),
    optional("pipelineType", &Shape::OneOf(&["V1", "V2"])),
    optional("variables", &list(0, 50, &PIPELINE_VARIABLE)),
    optional("triggers", &list(0, 50, &TRIGGER)),
]);
