//! Alarms: put, described, moved, deleted.

use serde_json::{Map, Value, json};

use super::state::{Alarm, Happened};
use super::{alarm_arn, state, state_mut, tagging, validation};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{iso, page, page_size, put, seconds, text, texts};
use crate::sandbox::world::World;

const TEXTS: [&str; 10] = [
    "AlarmDescription",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Unit",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "ThresholdMetricId",
];
const NUMBERS: [&str; 4] = [
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "EvaluationInterval",
];
const LISTS: [&str; 3] = ["OKActions", "AlarmActions", "InsufficientDataActions"];
const STATES: [&str; 3] = ["OK", "ALARM", "INSUFFICIENT_DATA"];
const COMPARISONS: [&str; 7] = [
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
];

fn name(call: &Call) -> Result<&str, Fault> {
    let name = call
        .text("AlarmName")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| validation("The parameter AlarmName is required."))?;
    if name.chars().count() > 255 {
        return Err(validation(format!(
            "1 validation error detected: Value '{name}' at 'alarmName' failed to satisfy constraint: Member must have length less than or equal to 255"
        )));
    }
    Ok(name)
}

/// A decimal, whether it came as number or (query protocol) as text.
fn decimal(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.parse::<f64>().ok())
        .filter(|number| number.is_finite())
}

fn settings(call: &Call) -> Result<Value, Fault> {
    let mut settings = Map::new();
    let actions = call.flag("ActionsEnabled").unwrap_or(true);
    settings.insert("ActionsEnabled".to_owned(), json!(actions));
    for field in LISTS {
        let named = texts(call.list(field));
        if named.len() > 5 {
            return Err(validation(format!("{field} can have at most 5 items.")));
        }
        settings.insert(field.to_owned(), json!(named));
    }
    for field in TEXTS {
        if let Some(value) = call.text(field) {
            settings.insert(field.to_owned(), json!(value));
        }
    }
    for field in NUMBERS {
        if let Some(value) = call.number(field) {
            if value < 1 {
                return Err(validation(format!("{field} must be 1 or greater.")));
            }
            settings.insert(field.to_owned(), json!(value));
        }
    }
    if let Some(threshold) = call.input.get("Threshold").filter(|it| !it.is_null()) {
        let number = decimal(threshold)
            .ok_or_else(|| validation("The value of the parameter Threshold is not a number."))?;
        settings.insert("Threshold".to_owned(), json!(number));
    }
    settings.insert("Dimensions".to_owned(), json!(call.list("Dimensions")));
    if !call.list("Metrics").is_empty() {
        settings.insert("Metrics".to_owned(), json!(call.list("Metrics")));
    }
    Ok(Value::Object(settings))
}

/// What an alarm needs: one metric, or several; a comparison and for how long.
fn check(call: &Call) -> Result<(), Fault> {
    let needs = |field: &str| validation(format!("The parameter {field} is required."));
    let many = !call.list("Metrics").is_empty();
    if many && call.text("MetricName").is_some() {
        return Err(validation(
            "The parameter MetricName must not be specified with Metrics.",
        ));
    }
    if call
        .input
        .get("EvaluationCriteria")
        .is_some_and(Value::is_object)
    {
        return Ok(());
    }
    if !many {
        for field in ["MetricName", "Namespace"] {
            call.text(field).ok_or_else(|| needs(field))?;
        }
        if call.text("Statistic").is_none() && call.text("ExtendedStatistic").is_none() {
            return Err(validation(
                "Exactly one of Statistic and ExtendedStatistic must be specified.",
            ));
        }
        call.number("Period").ok_or_else(|| needs("Period"))?;
    }
    let comparison = call
        .text("ComparisonOperator")
        .ok_or_else(|| needs("ComparisonOperator"))?;
    if !COMPARISONS.contains(&comparison) {
        return Err(validation(format!(
            "1 validation error detected: Value '{comparison}' at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            COMPARISONS.join(", ")
        )));
    }
    call.number("EvaluationPeriods")
        .ok_or_else(|| needs("EvaluationPeriods"))?;
    if call.text("ThresholdMetricId").is_none() && call.input.get("Threshold").is_none() {
        return Err(needs("Threshold"));
    }
    Ok(())
}

/// `PutMetricAlarm`: makes or changes an alarm; a changed one keeps its state.
pub fn put_alarm(world: &mut World, call: &Call) -> Answer {
    let name = name(call)?.to_owned();
    check(call)?;
    let settings = settings(call)?;
    let tags = tagging::read(call.list("Tags"))?;
    let (arn, now) = (
        alarm_arn(&call.region, &call.caller.account, &name),
        call.now,
    );
    let state = state_mut(world, call);
    let known = state.alarms.contains_key(&name);
    let alarm = state.alarms.entry(name.clone()).or_insert_with(|| Alarm {
        name: name.clone(),
        arn,
        state: "INSUFFICIENT_DATA".to_owned(),
        reason: "Unchecked: Initial alarm creation".to_owned(),
        updated_at: now,
        transitioned_at: now,
        tags,
        ..Alarm::default()
    });
    alarm.settings = settings;
    alarm.configured_at = now;
    let kind = if known { "updated" } else { "created" };
    state.history.push(Happened {
        summary: format!("Alarm \"{name}\" {kind}"),
        data: json!({"type": if known { "Update" } else { "Create" }, "version": "1.0"})
            .to_string(),
        alarm: name,
        at: now,
        kind: "ConfigurationUpdate".to_owned(),
    });
    Ok(Value::Null)
}

/// `SetAlarmState`.
pub fn set_state(world: &mut World, call: &Call) -> Answer {
    let name = name(call)?.to_owned();
    let wanted = call.text("StateValue").unwrap_or_default();
    if !STATES.contains(&wanted) {
        return Err(validation(format!(
            "1 validation error detected: Value '{wanted}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            STATES.join(", ")
        )));
    }
    let reason = call
        .text("StateReason")
        .ok_or_else(|| validation("The parameter StateReason is required."))?;
    let data = call.text("StateReasonData");
    if data.is_some_and(|data| serde_json::from_str::<Value>(data).is_err()) {
        return Err(Fault::new(
            "InvalidFormat",
            "StateReasonData is not valid JSON.",
        ));
    }
    if !state(world, call).is_some_and(|state| state.alarms.contains_key(&name)) {
        return Err(
            Fault::new("ResourceNotFound", format!("Alarm {name} does not exist.")).status(404),
        );
    }
    let now = call.now;
    let state = state_mut(world, call);
    let Some(alarm) = state.alarms.get_mut(&name) else {
        return Ok(Value::Null);
    };
    let before = std::mem::replace(&mut alarm.state, wanted.to_owned());
    alarm.reason = reason.to_owned();
    alarm.reason_data = data.map(str::to_owned);
    alarm.updated_at = now;
    if before != wanted {
        alarm.transitioned_at = now;
        state.history.push(Happened {
            alarm: name,
            at: now,
            kind: "StateUpdate".to_owned(),
            summary: format!("Alarm updated from {before} to {wanted}"),
            data: json!({
                "version": "1.0",
                "oldState": {"stateValue": before},
                "newState": {"stateValue": wanted, "stateReason": reason},
            })
            .to_string(),
        });
    }
    Ok(Value::Null)
}

/// `DeleteAlarms`. Names that are not there are passed over. Source: the API model, `DeleteAlarms`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let names = names(call)?;
    let state = state_mut(world, call);
    for name in names {
        state.alarms.remove(&name);
    }
    Ok(Value::Null)
}

fn names(call: &Call) -> Result<Vec<String>, Fault> {
    let names = texts(call.list("AlarmNames"));
    if names.is_empty() {
        return Err(validation("The parameter AlarmNames is required."));
    }
    if names.len() > 100 {
        return Err(validation("AlarmNames can have at most 100 items."));
    }
    Ok(names)
}

fn switch(world: &mut World, call: &Call, on: bool) -> Answer {
    let names = names(call)?;
    let state = state_mut(world, call);
    for name in names {
        let alarm = state.alarms.get_mut(&name);
        if let Some(settings) = alarm.and_then(|alarm| alarm.settings.as_object_mut()) {
            settings.insert("ActionsEnabled".to_owned(), json!(on));
        }
    }
    Ok(Value::Null)
}

/// `EnableAlarmActions`.
pub fn enable(world: &mut World, call: &Call) -> Answer {
    switch(world, call, true)
}

/// `DisableAlarmActions`.
pub fn disable(world: &mut World, call: &Call) -> Answer {
    switch(world, call, false)
}

fn time_for_query(milliseconds: i64) -> Value {
    json!(iso(milliseconds))
}

/// `DescribeAlarms`, times as numbers.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    shown(world, call, seconds)
}

/// `DescribeAlarms`, times as the query protocol has them.
pub fn describe_for_query(world: &mut World, call: &Call) -> Answer {
    shown(world, call, time_for_query)
}

fn bad_token() -> Fault {
    Fault::new("InvalidNextToken", "The next token specified is invalid.")
}

fn shown(world: &mut World, call: &Call, time: fn(i64) -> Value) -> Answer {
    let names = texts(call.list("AlarmNames"));
    let prefix = call.text("AlarmNamePrefix");
    if !names.is_empty() && prefix.is_some() {
        return Err(validation(
            "AlarmNames and AlarmNamePrefix cannot be specified together.",
        ));
    }
    let value = call.text("StateValue");
    let action = call.text("ActionPrefix");
    let types = texts(call.list("AlarmTypes"));
    let of_kind = types.is_empty() || types.iter().any(|kind| kind == "MetricAlarm");
    let fits = |alarm: &Alarm| {
        of_kind
            && (names.is_empty() || names.contains(&alarm.name))
            && prefix.is_none_or(|prefix| alarm.name.starts_with(prefix))
            && value.is_none_or(|value| alarm.state == value)
            && action.is_none_or(|prefix| {
                LISTS.iter().any(|list| {
                    let actions = alarm.settings.get(*list).and_then(Value::as_array);
                    actions
                        .into_iter()
                        .flatten()
                        .any(|action| action.as_str().is_some_and(|it| it.starts_with(prefix)))
                })
            })
    };
    let rows: Vec<Value> = state(world, call)
        .map(|state| {
            let alarms = state.alarms.values().filter(|alarm| fits(alarm));
            alarms.map(|alarm| alarm.describe(time)).collect()
        })
        .unwrap_or_default();
    let most = page_size(call, "MaxRecords", 100);
    let (rows, next) = page(rows, call.text("NextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"CompositeAlarms": [], "MetricAlarms": rows});
    put(&mut answer, "NextToken", next.map(Value::String));
    Ok(answer)
}

/// `DescribeAlarmHistory`, times as numbers.
pub fn history(world: &mut World, call: &Call) -> Answer {
    past(world, call, seconds)
}

/// `DescribeAlarmHistory`, times as the query protocol has them.
pub fn history_for_query(world: &mut World, call: &Call) -> Answer {
    past(world, call, time_for_query)
}

fn past(world: &mut World, call: &Call, time: fn(i64) -> Value) -> Answer {
    let name = text(&call.input, "AlarmName");
    let kind = call.text("HistoryItemType");
    let mut rows: Vec<Value> = state(world, call)
        .map(|state| {
            let items = state.history.iter().filter(|item| {
                name.is_none_or(|name| item.alarm == name)
                    && kind.is_none_or(|kind| item.kind == kind)
            });
            items.map(|item| item.describe(time)).collect()
        })
        .unwrap_or_default();
    if call.text("ScanBy") != Some("TimestampAscending") {
        rows.reverse();
    }
    let most = page_size(call, "MaxRecords", 100);
    let (rows, next) = page(rows, call.text("NextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"AlarmHistoryItems": rows});
    put(&mut answer, "NextToken", next.map(Value::String));
    Ok(answer)
}
