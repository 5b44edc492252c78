//! A deployment, and how the API answers it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::appspec::AppSpec;
use crate::sandbox::services::fields::{put, seconds, text};

/// A deployment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// Its id, `d-...`.
    pub id: String,
    /// The application's name.
    pub application: String,
    /// The group's name.
    pub group: String,
    /// `ECS`, `Lambda` or `Server`.
    pub platform: String,
    /// The configuration's name.
    pub config: String,
    /// How traffic is shifted: `trafficRoutingConfig` of the configuration.
    pub routing: Value,
    /// The role that CodeDeploy takes on.
    pub role: String,
    /// The revision as it was given.
    pub revision: Value,
    /// The revision of the last deployment that succeeded.
    pub previous: Option<Value>,
    /// `Created`, `InProgress`, `Ready`, `Succeeded`, `Failed` or `Stopped`.
    pub status: String,
    /// Why it did not succeed: code and sentence.
    pub error: Option<(String, String)>,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// When it began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub completed_at: Option<i64>,
    /// When anything last changed.
    pub updated_at: i64,
    /// What it was said to be for.
    pub description: Option<String>,
    /// `user` or `codeDeployRollback`.
    pub creator: String,
    /// Members that the API answers as they are: those of the group, and those of the call.
    pub settings: Value,
    /// `autoRollbackConfiguration`, the call's or the group's.
    pub rollback: Value,
    /// `alarmConfiguration`, the call's or the group's.
    pub alarms: Value,
    /// The deployment that rolls this one back, with the message about it.
    pub rolled_back_by: Option<(String, String)>,
    /// The deployment that this one rolls back, with the message about it.
    pub rolls_back: Option<(String, String)>,
    /// The lifecycle events, in their order.
    pub events: Vec<Event>,
    /// The event that is under way.
    pub place: usize,
    /// What is done next.
    pub step: Step,
    /// When the engine looks at it again.
    pub due: Option<i64>,
    /// Not before this moment does the step go on by itself.
    pub until: Option<i64>,
    /// Whether somebody said that it may go on.
    pub continued: bool,
    /// Whether the wait before the original task set goes has begun.
    pub terminating: bool,
    /// What the AppSpec says, once it has been read.
    pub appspec: Option<AppSpec>,
    /// The cluster's and the service's name.
    pub service: (String, String),
    /// The original task set, with its target group's ARN.
    pub blue: (String, String),
    /// The replacement task set, with its target group's ARN.
    pub green: (String, String),
    /// The production listener, and the test listener.
    pub listeners: Vec<String>,
    /// The share of the replacement in the production traffic, in per cent.
    pub weight: f64,
    /// `taskSetsInfo`, as it was when the deployment ended.
    pub sets: Option<Value>,
}

/// What the engine does next with a deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Takes on the role and reads the AppSpec.
    #[default]
    Begin,
    /// Begins an event that is a hook.
    Hook,
    /// Waits for the hook's function.
    HookAnswer,
    /// Makes the replacement task set.
    Install,
    /// Waits until its tasks run.
    Installing,
    /// Sends test traffic to it.
    TestTraffic,
    /// Waits until somebody says that traffic may be rerouted.
    Ready,
    /// Shifts the next share of the traffic.
    Shift,
    /// Waits before the original task set goes.
    Terminate,
    /// Brings back what was there before.
    RollBack,
    /// Nothing any more.
    Done,
}

/// A lifecycle event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// `Pending`, `InProgress`, `Succeeded`, `Failed` or `Skipped`.
    pub status: String,
    /// When it began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// The function that it runs, and what there is to say about it.
    pub diagnostics: Option<Value>,
}

/// The lifecycle events of an ECS deployment. Source: AWS CodeDeploy User Guide, "AppSpec 'hooks' section
/// for an Amazon ECS deployment". Those about test traffic are there only with a test listener.
pub fn events(with_test: bool) -> Vec<Event> {
    [
        ("BeforeInstall", false),
        ("Install", false),
        ("AfterInstall", false),
        ("AllowTestTraffic", true),
        ("AfterAllowTestTraffic", true),
        ("BeforeAllowTraffic", false),
        ("AllowTraffic", false),
        ("AfterAllowTraffic", false),
    ]
    .iter()
    .filter(|(_, test)| with_test || !test)
    .map(|(name, _)| Event {
        name: (*name).to_owned(),
        status: "Pending".to_owned(),
        ..Event::default()
    })
    .collect()
}

/// Members of the group that a deployment answers too.
const OF_GROUP: [&str; 3] = [
    "deploymentStyle",
    "blueGreenDeploymentConfiguration",
    "loadBalancerInfo",
];

impl Deployment {
    /// Whether it still runs.
    pub fn is_active(&self) -> bool {
        !["Succeeded", "Failed", "Stopped"].contains(&self.status.as_str())
    }

    /// The event that is under way.
    pub fn event(&mut self) -> Option<&mut Event> {
        self.events.get_mut(self.place)
    }

    /// A part of the group's `blueGreenDeploymentConfiguration`.
    pub fn blue_green(&self, path: &str) -> Option<&Value> {
        self.settings
            .get("blueGreenDeploymentConfiguration")?
            .pointer(path)
    }

    /// The target of the deployment: `cluster:service`.
    pub fn target_id(&self) -> String {
        format!("{}:{}", self.service.0, self.service.1)
    }

    /// The status of its one target.
    pub fn target_status(&self) -> &'static str {
        match self.status.as_str() {
            "Succeeded" => "Succeeded",
            "Failed" | "Stopped" => "Failed",
            "Ready" => "Ready",
            "Created" | "Queued" => "Pending",
            _ => "InProgress",
        }
    }

    fn overview(&self) -> Value {
        let count = |status: &str| i64::from(self.target_status() == status);
        json!({
            "Pending": count("Pending"),
            "InProgress": count("InProgress"),
            "Succeeded": count("Succeeded"),
            "Failed": count("Failed"),
            "Skipped": 0,
            "Ready": count("Ready"),
        })
    }

    /// `deploymentInfo`, as the API answers it.
    pub fn describe(&self) -> Value {
        let mut answer = json!({
            "applicationName": self.application,
            "deploymentGroupName": self.group,
            "deploymentConfigName": self.config,
            "deploymentId": self.id,
        });
        let without = self.previous.as_ref().map(without_content);
        put(&mut answer, "previousRevision", without);
        put(
            &mut answer,
            "revision",
            Some(without_content(&self.revision)),
        );
        put(&mut answer, "status", Some(json!(self.status)));
        let error = self.error.as_ref();
        put(
            &mut answer,
            "errorInformation",
            error.map(|(code, message)| json!({"code": code, "message": message})),
        );
        put(&mut answer, "createTime", Some(seconds(self.created_at)));
        put(&mut answer, "startTime", self.started_at.map(seconds));
        put(&mut answer, "completeTime", self.completed_at.map(seconds));
        if self.started_at.is_some() {
            put(&mut answer, "deploymentOverview", Some(self.overview()));
        }
        let description = self.description.as_ref().map(|text| json!(text));
        put(&mut answer, "description", description);
        put(&mut answer, "creator", Some(json!(self.creator)));
        let own = |field: &str| self.settings.get(field).filter(|it| !it.is_null()).cloned();
        let flag = |field: &str| Some(own(field).unwrap_or(json!(false)));
        put(
            &mut answer,
            "ignoreApplicationStopFailures",
            flag("ignoreApplicationStopFailures"),
        );
        let rollback = Some(self.rollback.clone()).filter(Value::is_object);
        put(&mut answer, "autoRollbackConfiguration", rollback);
        put(
            &mut answer,
            "updateOutdatedInstancesOnly",
            flag("updateOutdatedInstancesOnly"),
        );
        put(&mut answer, "rollbackInfo", self.rollback_info());
        put(
            &mut answer,
            "instanceTerminationWaitTimeStarted",
            Some(json!(self.terminating)),
        );
        for field in OF_GROUP {
            put(&mut answer, field, own(field));
        }
        put(
            &mut answer,
            "fileExistsBehavior",
            Some(own("fileExistsBehavior").unwrap_or(json!("DISALLOW"))),
        );
        put(&mut answer, "deploymentStatusMessages", Some(json!([])));
        put(&mut answer, "computePlatform", Some(json!(self.platform)));
        for field in ["externalId", "overrideAlarmConfiguration"] {
            put(&mut answer, field, own(field));
        }
        answer
    }

    fn rollback_info(&self) -> Option<Value> {
        if let Some((id, message)) = &self.rolled_back_by {
            return Some(json!({"rollbackDeploymentId": id, "rollbackMessage": message}));
        }
        let (id, message) = self.rolls_back.as_ref()?;
        Some(json!({"rollbackTriggeringDeploymentId": id, "rollbackMessage": message}))
    }
}

impl Event {
    /// `lifecycleEvents.member`, as the API answers it.
    pub fn describe(&self) -> Value {
        let mut answer = json!({"lifecycleEventName": self.name});
        put(&mut answer, "diagnostics", self.diagnostics.clone());
        put(&mut answer, "startTime", self.started_at.map(seconds));
        put(&mut answer, "endTime", self.ended_at.map(seconds));
        put(&mut answer, "status", Some(json!(self.status)));
        answer
    }
}

/// A revision without the text of its AppSpec, which deployments do not answer. Source: the API model,
/// `GetDeployment`.
pub fn without_content(revision: &Value) -> Value {
    let mut shown = revision.clone();
    for member in ["appSpecContent", "string"] {
        if let Some(content) = shown.get_mut(member).and_then(Value::as_object_mut) {
            content.shift_remove("content");
        }
    }
    shown
}

/// The AppSpec's text in a revision, where the revision holds it.
pub fn content(revision: &Value) -> Option<&str> {
    ["appSpecContent", "string"]
        .iter()
        .find_map(|member| text(revision.get(*member)?, "content"))
}
