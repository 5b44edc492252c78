//! The members of a deployment group that can be checked without looking at anything else.

use serde_json::{Map, Value};

use crate::sandbox::service::{Call, Fault};
use crate::sandbox::services::fields::{list, number, pick, text};

/// Members that the API takes and answers as they are.
const MEMBERS: [&str; 14] = [
    "ec2TagFilters",
    "onPremisesInstanceTagFilters",
    "autoScalingGroups",
    "triggerConfigurations",
    "alarmConfiguration",
    "autoRollbackConfiguration",
    "outdatedInstancesStrategy",
    "deploymentStyle",
    "blueGreenDeploymentConfiguration",
    "loadBalancerInfo",
    "ec2TagSet",
    "ecsServices",
    "onPremisesTagSet",
    "terminationHookEnabled",
];

/// What a call says about a group, over what holds already.
pub fn merged(call: &Call, before: &Value) -> Value {
    let mut settings: Map<String, Value> = before.as_object().cloned().unwrap_or_default();
    settings.extend(pick(&call.input, &MEMBERS));
    Value::Object(settings)
}

/// Checks the members that every compute platform has.
pub fn check(settings: &Value) -> Result<(), Fault> {
    triggers(list(settings, "triggerConfigurations"))?;
    alarms(settings.get("alarmConfiguration").unwrap_or(&Value::Null))?;
    rollback(
        settings
            .get("autoRollbackConfiguration")
            .unwrap_or(&Value::Null),
    )?;
    style(settings.get("deploymentStyle").unwrap_or(&Value::Null))?;
    tag_filters(settings)?;
    blue_green(
        settings
            .get("blueGreenDeploymentConfiguration")
            .unwrap_or(&Value::Null),
    )
}

fn triggers(triggers: &[Value]) -> Result<(), Fault> {
    const EVENTS: [&str; 10] = [
        "DeploymentStart",
        "DeploymentSuccess",
        "DeploymentFailure",
        "DeploymentStop",
        "DeploymentRollback",
        "DeploymentReady",
        "InstanceStart",
        "InstanceSuccess",
        "InstanceFailure",
        "InstanceReady",
    ];
    let wrong = |message: String| Fault::new("InvalidTriggerConfigException", message);
    if triggers.len() > 10 {
        return Err(Fault::new(
            "TriggerTargetsLimitExceededException",
            "The maximum allowed number of triggers was exceeded.",
        ));
    }
    for trigger in triggers {
        let target = text(trigger, "triggerTargetArn").unwrap_or_default();
        if text(trigger, "triggerName").is_none_or(str::is_empty) {
            return Err(wrong("The trigger name was not specified.".to_owned()));
        }
        if !(target.starts_with("arn:") && target.contains(":sns:")) {
            return Err(wrong(format!("Topic ARN {target} is not valid")));
        }
        let events = list(trigger, "triggerEvents");
        let known = |event: &Value| event.as_str().is_some_and(|event| EVENTS.contains(&event));
        if events.is_empty() || !events.iter().all(known) {
            return Err(wrong("The trigger events are not valid.".to_owned()));
        }
    }
    Ok(())
}

/// `alarmConfiguration`, and `overrideAlarmConfiguration` of a deployment.
pub fn alarms(configuration: &Value) -> Result<(), Fault> {
    let alarms = list(configuration, "alarms");
    let enabled = configuration
        .get("enabled")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    if alarms.len() > 10 {
        return Err(Fault::new(
            "AlarmsLimitExceededException",
            "The maximum number of alarms for a deployment group (10) was exceeded.",
        ));
    }
    let mut names: Vec<&str> = alarms
        .iter()
        .filter_map(|alarm| text(alarm, "name"))
        .collect();
    names.sort_unstable();
    names.dedup();
    let unnamed_or_twice = names.len() < alarms.len() || names.iter().any(|name| name.is_empty());
    if unnamed_or_twice || (enabled && alarms.is_empty()) {
        return Err(Fault::new(
            "InvalidAlarmConfigException",
            "The format of the alarm configuration is invalid: an enabled configuration has alarms, each with its own name.",
        ));
    }
    Ok(())
}

/// `autoRollbackConfiguration`.
pub fn rollback(configuration: &Value) -> Result<(), Fault> {
    const EVENTS: [&str; 3] = [
        "DEPLOYMENT_FAILURE",
        "DEPLOYMENT_STOP_ON_ALARM",
        "DEPLOYMENT_STOP_ON_REQUEST",
    ];
    let wrong = |message: &str| Fault::new("InvalidAutoRollbackConfigException", message);
    let events = list(configuration, "events");
    let enabled = configuration
        .get("enabled")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    if enabled && events.is_empty() {
        return Err(wrong(
            "Automatic rollback is enabled, but no triggering event type is listed.",
        ));
    }
    let known = |event: &Value| event.as_str().is_some_and(|event| EVENTS.contains(&event));
    if !events.iter().all(known) {
        return Err(wrong(
            "Automatic rollback is enabled, but an invalid triggering event type is listed.",
        ));
    }
    Ok(())
}

fn style(style: &Value) -> Result<(), Fault> {
    let fits = |field: &str, allowed: [&str; 2]| {
        text(style, field).is_none_or(|value| allowed.contains(&value))
    };
    if fits("deploymentType", ["IN_PLACE", "BLUE_GREEN"])
        && fits(
            "deploymentOption",
            ["WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL"],
        )
    {
        return Ok(());
    }
    Err(Fault::new(
        "InvalidDeploymentStyleException",
        "An invalid deployment style was specified. Valid deployment types include \"IN_PLACE\" and \"BLUE_GREEN.\" Valid deployment options include \"WITH_TRAFFIC_CONTROL\" and \"WITHOUT_TRAFFIC_CONTROL.\"",
    ))
}

fn tag_filters(settings: &Value) -> Result<(), Fault> {
    for (filters, set, members, code) in [
        (
            "ec2TagFilters",
            "ec2TagSet",
            "ec2TagSetList",
            "InvalidEC2TagCombinationException",
        ),
        (
            "onPremisesInstanceTagFilters",
            "onPremisesTagSet",
            "onPremisesTagSetList",
            "InvalidOnPremisesTagCombinationException",
        ),
    ] {
        let sets = list(settings.get(set).unwrap_or(&Value::Null), members);
        if !list(settings, filters).is_empty() && !sets.is_empty() {
            return Err(Fault::new(
                code,
                format!("Only one of {filters} and {set} can be used in a single call."),
            ));
        }
        if sets.len() > 3 {
            return Err(Fault::new(
                "TagSetListLimitExceededException",
                "The number of tag groups included in the tag set list exceeded the maximum allowed limit of 3.",
            ));
        }
    }
    Ok(())
}

fn blue_green(configuration: &Value) -> Result<(), Fault> {
    let wrong =
        |message: &str| Fault::new("InvalidBlueGreenDeploymentConfigurationException", message);
    let member = |name: &str| configuration.get(name).unwrap_or(&Value::Null);
    let blue = member("terminateBlueInstancesOnDeploymentSuccess");
    if text(blue, "action").is_some_and(|action| !["TERMINATE", "KEEP_ALIVE"].contains(&action)) {
        return Err(wrong(
            "The action for blue instances must be TERMINATE or KEEP_ALIVE.",
        ));
    }
    // Two days. Source: the API model, `BlueInstanceTerminationOption`.
    if number(blue, "terminationWaitTimeInMinutes")
        .is_some_and(|minutes| !(0..=2880).contains(&minutes))
    {
        return Err(wrong(
            "The termination wait time must be between 0 and 2880 minutes.",
        ));
    }
    let ready = member("deploymentReadyOption");
    if text(ready, "actionOnTimeout")
        .is_some_and(|action| !["CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"].contains(&action))
    {
        return Err(wrong(
            "The action on timeout must be CONTINUE_DEPLOYMENT or STOP_DEPLOYMENT.",
        ));
    }
    // Five days. Source: AWS CodeDeploy User Guide, "CodeDeploy quotas".
    if number(ready, "waitTimeInMinutes").is_some_and(|minutes| !(0..=7200).contains(&minutes)) {
        return Err(wrong("The wait time must be between 0 and 7200 minutes."));
    }
    Ok(())
}
