//! Amazon CloudWatch, as far as deployments need it: metric alarms and their state.
//!
//! There are no metrics here, so nothing evaluates an alarm: `SetAlarmState` is what moves it.
//!
//! boto3 and the newer SDKs speak Smithy RPC v2 CBOR or JSON to this service, older clients the query
//! protocol; both tables hold the same operations. Source: the API model, 2010-08-01.

mod alarms;
mod state;
mod tagging;
#[cfg(test)]
mod tests;

use crate::sandbox::service::{Call, Fault, Operation, Protocol, Service};
use crate::sandbox::world::World;

pub use state::{Alarm, State};

use super::fields::arn;

/// The service's table, for JSON and CBOR.
pub static SERVICE: Service = Service {
    signing_name: "monitoring",
    protocol: Protocol::Json {
        version: "1.0",
        target_prefix: "GraniteServiceVersion20100801",
    },
    operations: OPERATIONS,
};

/// The same, for the query protocol.
pub static QUERY_SERVICE: Service = Service {
    signing_name: "monitoring",
    protocol: Protocol::Query {
        xmlns: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    },
    operations: QUERY_OPERATIONS,
};

macro_rules! operations {
    ($describe:path, $history:path) => {
        &[
            Operation::changes(
                "PutMetricAlarm",
                "cloudwatch:PutMetricAlarm",
                of_alarm,
                alarms::put_alarm,
            ),
            Operation::reads(
                "DescribeAlarms",
                "cloudwatch:DescribeAlarms",
                of_alarms,
                $describe,
            ),
            Operation::changes(
                "SetAlarmState",
                "cloudwatch:SetAlarmState",
                of_alarm,
                alarms::set_state,
            ),
            Operation::changes(
                "DeleteAlarms",
                "cloudwatch:DeleteAlarms",
                of_alarms,
                alarms::delete,
            ),
            Operation::changes(
                "EnableAlarmActions",
                "cloudwatch:EnableAlarmActions",
                of_alarms,
                alarms::enable,
            ),
            Operation::changes(
                "DisableAlarmActions",
                "cloudwatch:DisableAlarmActions",
                of_alarms,
                alarms::disable,
            ),
            Operation::reads(
                "DescribeAlarmHistory",
                "cloudwatch:DescribeAlarmHistory",
                of_alarm,
                $history,
            ),
            Operation::changes(
                "TagResource",
                "cloudwatch:TagResource",
                tagged,
                tagging::tag,
            ),
            Operation::changes(
                "UntagResource",
                "cloudwatch:UntagResource",
                tagged,
                tagging::untag,
            ),
            Operation::reads(
                "ListTagsForResource",
                "cloudwatch:ListTagsForResource",
                tagged,
                tagging::list,
            ),
        ]
    };
}

static OPERATIONS: &[Operation] = operations!(alarms::describe, alarms::history);
static QUERY_OPERATIONS: &[Operation] =
    operations!(alarms::describe_for_query, alarms::history_for_query);

fn alarm_arn(region: &str, account: &str, name: &str) -> String {
    arn("cloudwatch", region, account, &format!("alarm:{name}"))
}

fn of_alarm(_: &World, call: &Call) -> String {
    let name = call.text("AlarmName").unwrap_or("*");
    alarm_arn(&call.region, &call.caller.account, name)
}

fn of_alarms(_: &World, call: &Call) -> String {
    let name = call
        .list("AlarmNames")
        .first()
        .and_then(|name| name.as_str())
        .unwrap_or("*");
    alarm_arn(&call.region, &call.caller.account, name)
}

fn tagged(_: &World, call: &Call) -> String {
    call.text("ResourceARN").unwrap_or("*").to_owned()
}

fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

fn state<'w>(world: &'w World, call: &Call) -> Option<&'w State> {
    world
        .regional_ref(&call.caller.account, &call.region)
        .map(|regional| &regional.cloudwatch)
}

fn state_mut<'w>(world: &'w mut World, call: &Call) -> &'w mut State {
    &mut world
        .regional(&call.caller.account, &call.region)
        .cloudwatch
}

/// The alarms of a list that are in the state ALARM, in the order of the list.
pub fn active(world: &World, account: &str, region: &str, names: &[String]) -> Vec<String> {
    let Some(regional) = world.regional_ref(account, region) else {
        return Vec::new();
    };
    let alarms = &regional.cloudwatch.alarms;
    names
        .iter()
        .filter(|name| {
            alarms
                .get(*name)
                .is_some_and(|alarm| alarm.state == "ALARM")
        })
        .cloned()
        .collect()
}
