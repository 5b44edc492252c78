//! Builds, as they are kept and shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::chain::{Commands, Need};
use crate::sandbox::page::{arn, object, seconds};

/// A build.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Build {
    /// `PROJECT:UUID`.
    pub id: String,
    /// The project.
    pub project: String,
    /// The how manieth of the project it is.
    pub number: u64,
    /// `IN_PROGRESS`, `SUCCEEDED`, `FAILED` or `STOPPED`.
    pub status: String,
    /// When it was asked for, in milliseconds since 1970.
    pub started: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// Its phases so far; the last one may be under way.
    pub phases: Vec<Phase>,
    /// What is built: for a pipeline's build the ARN of the input artifact's object.
    pub source_version: Option<String>,
    /// The commit.
    pub resolved: Option<String>,
    /// `codepipeline/NAME`, `rule/NAME`, or the caller's name.
    pub initiator: String,
    /// The project as it was then, with what this build overrides.
    pub body: Value,
    /// The environment variables of project and caller, the last one of a name counts.
    pub variables: Vec<Variable>,
    /// The variables that the buildspec exports.
    pub exported: BTreeMap<String, String>,
    /// What the pipeline hands over, for a pipeline's build.
    pub pipeline: Option<FromPipeline>,
    /// Every request that the build will make, for one of its own.
    pub needs: Vec<Need>,
    /// What its commands are, as far as they can be read, for a build of its own.
    pub read: Option<Commands>,
    /// Location and checksums of the artifact, once it is there.
    pub artifact: Option<Value>,
    /// The same of the secondary ones.
    pub secondary: Vec<Value>,
    /// Code and message of the pipeline's action, where CodePipeline has its own words for the failure.
    pub action_error: Option<(String, String)>,
    /// Whether a failure of the BUILD phase ends it at once.
    pub aborts: bool,
    /// The commands of each phase, as the buildspec has them.
    #[serde(default)]
    pub commands: BTreeMap<String, Vec<String>>,
    /// The image that it pushed: address and digest.
    pub pushed: Option<(String, String)>,
    /// The caller's token.
    pub token: Option<String>,
}

/// A phase of a build.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// `SUCCEEDED`, `FAILED` or `STOPPED`; empty while it is under way.
    pub status: String,
    /// When it began.
    pub began: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// Why it failed: code and message.
    pub context: Option<(String, String)>,
}

/// An environment variable.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value; for a parameter or secret, its name.
    pub value: String,
    /// `PLAINTEXT`, `PARAMETER_STORE` or `SECRETS_MANAGER`.
    pub kind: String,
}

/// What a pipeline hands over to its build.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct FromPipeline {
    /// The input artifacts: name, bucket, key. The first one is the primary source.
    pub inputs: Vec<(String, String, String)>,
    /// The output artifacts.
    pub outputs: Vec<(String, String, String)>,
    /// The key that the output is encrypted with, by its ARN.
    pub kms_key: Option<String>,
    /// Every request that the build will make.
    pub needs: Vec<Need>,
    /// What its commands are, as far as they can be read.
    pub commands: Commands,
}

impl Variable {
    /// Variables of an API input.
    pub fn read(list: &[Value]) -> Vec<Self> {
        list.iter()
            .map(|one| {
                let text = |name: &str| one.get(name).and_then(Value::as_str);
                Self {
                    name: text("name").unwrap_or_default().to_owned(),
                    value: text("value").unwrap_or_default().to_owned(),
                    kind: text("type").unwrap_or("PLAINTEXT").to_owned(),
                }
            })
            .collect()
    }
}

impl Build {
    /// Every request that it will make.
    pub fn needs(&self) -> &[Need] {
        match &self.pipeline {
            Some(pipeline) => &pipeline.needs,
            None => &self.needs,
        }
    }

    /// What its commands are, as far as they can be read.
    pub fn commands(&self) -> Option<&Commands> {
        match &self.pipeline {
            Some(pipeline) => Some(&pipeline.commands),
            None => self.read.as_ref(),
        }
    }

    /// The project's service role.
    pub fn role(&self) -> &str {
        let role = self.body.get("serviceRole").and_then(Value::as_str);
        role.unwrap_or_default()
    }

    /// The part of the id after the project.
    pub fn uuid(&self) -> &str {
        self.id.rsplit(':').next().unwrap_or_default()
    }

    /// Its log group and stream; `None` where the project writes no log to CloudWatch.
    pub fn log(&self) -> Option<(String, String)> {
        let config = self.body.pointer("/logsConfig/cloudWatchLogs");
        let text = |name: &str| {
            config
                .and_then(|config| config.get(name))
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        if text("status") == Some("DISABLED") {
            return None;
        }
        let usual = format!("/aws/codebuild/{}", self.project);
        let group = text("groupName").map_or(usual, str::to_owned);
        let stream = match text("streamName") {
            Some(prefix) => format!("{prefix}/{}", self.uuid()),
            None => self.uuid().to_owned(),
        };
        Some((group, stream))
    }

    /// As the API answers it.
    pub fn shown(&self, account: &str, region: &str) -> Value {
        let current = self
            .phases
            .last()
            .map_or("SUBMITTED", |it| it.name.as_str());
        let taken = |name: &str| self.body.get(name).cloned();
        let mut environment = taken("environment").unwrap_or_else(|| json!({}));
        if let Value::Object(members) = &mut environment {
            let variables: Value = self
                .variables
                .iter()
                .map(|it| json!({"name": it.name, "value": it.value, "type": it.kind}))
                .collect();
            members.insert("environmentVariables".to_owned(), variables);
        }
        let exported: Value = self
            .exported
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        let phases: Value = self.phases.iter().map(Phase::shown).collect();
        let build_arn = arn("codebuild", region, account, &format!("build/{}", self.id));
        object([
            ("id", Some(json!(self.id))),
            ("arn", Some(json!(build_arn))),
            ("buildNumber", Some(json!(self.number))),
            ("startTime", Some(seconds(self.started))),
            ("endTime", self.ended.map(seconds)),
            ("currentPhase", Some(json!(current))),
            ("buildStatus", Some(json!(self.status))),
            (
                "sourceVersion",
                self.source_version.clone().map(Value::from),
            ),
            (
                "resolvedSourceVersion",
                self.resolved.clone().map(Value::from),
            ),
            ("projectName", Some(json!(self.project))),
            ("phases", Some(phases)),
            ("source", taken("source")),
            ("secondarySources", taken("secondarySources")),
            ("secondarySourceVersions", taken("secondarySourceVersions")),
            ("artifacts", Some(self.shown_artifact())),
            (
                "secondaryArtifacts",
                Some(Value::from(self.secondary.clone())),
            ),
            ("cache", taken("cache")),
            ("environment", Some(environment)),
            ("serviceRole", taken("serviceRole")),
            ("logs", Some(self.shown_log(account, region))),
            ("timeoutInMinutes", taken("timeoutInMinutes")),
            ("queuedTimeoutInMinutes", taken("queuedTimeoutInMinutes")),
            ("buildComplete", Some(json!(self.ended.is_some()))),
            ("initiator", Some(json!(self.initiator))),
            ("encryptionKey", taken("encryptionKey")),
            ("vpcConfig", taken("vpcConfig")),
            ("fileSystemLocations", taken("fileSystemLocations")),
            ("exportedEnvironmentVariables", Some(exported)),
        ])
    }

    fn shown_artifact(&self) -> Value {
        if let Some(artifact) = &self.artifact {
            return artifact.clone();
        }
        let output = self.pipeline.as_ref().and_then(|it| it.outputs.first());
        match output {
            Some((_, bucket, key)) => json!({"location": format!("arn:aws:s3:::{bucket}/{key}")}),
            None => json!({"location": ""}),
        }
    }

    fn shown_log(&self, account: &str, region: &str) -> Value {
        let cloudwatch = self
            .body
            .pointer("/logsConfig/cloudWatchLogs")
            .cloned()
            .unwrap_or_else(|| json!({"status": "ENABLED"}));
        let Some((group, stream)) = self.log() else {
            return json!({"cloudWatchLogs": cloudwatch, "s3Logs": {"status": "DISABLED"}});
        };
        let escaped = group.replace('/', "$252F");
        json!({
            "groupName": group,
            "streamName": stream,
            "deepLink": format!("https://console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{escaped}/log-events/{stream}"),
            "cloudWatchLogsArn": arn("logs", region, account, &format!("log-group:{group}:log-stream:{stream}")),
            "cloudWatchLogs": cloudwatch,
            "s3Logs": {"status": "DISABLED", "encryptionDisabled": false},
        })
    }
}

impl Phase {
    fn shown(&self) -> Value {
        // A phase that is over has a context, which is empty after a success; what comes before the
        // container has none. Source: AWS CodeBuild User Guide, "View build details" (AWS CLI).
        let early = ["SUBMITTED", "QUEUED", "COMPLETED"].contains(&self.name.as_str());
        let usual = self.status == "SUCCEEDED" && !early;
        let context = match &self.context {
            Some((code, message)) => Some(json!([{"statusCode": code, "message": message}])),
            None => usual.then(|| json!([{"statusCode": "", "message": ""}])),
        };
        let status = (!self.status.is_empty()).then(|| json!(self.status));
        let long = self
            .ended
            .map(|ended| json!((ended - self.began).max(0) / 1000));
        object([
            ("phaseType", Some(json!(self.name))),
            ("phaseStatus", status),
            ("startTime", Some(seconds(self.began))),
            ("endTime", self.ended.map(seconds)),
            ("durationInSeconds", long),
            ("contexts", context),
        ])
    }
}
