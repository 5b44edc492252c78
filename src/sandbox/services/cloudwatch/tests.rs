#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use super::{QUERY_SERVICE, SERVICE, active};
use crate::sandbox::trial::{OWN, REGION, Trial};

fn alarm() -> Value {
    json!({"AlarmName": "orders-5xx", "MetricName": "HTTPCode_ELB_5XX_Count", "Namespace": "AWS/ApplicationELB",
        "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold"})
}

#[test]
fn an_alarm_is_put_and_moved() {
    let mut trial = Trial::of(&SERVICE);
    trial.ok("PutMetricAlarm", alarm());
    let names = ["orders-5xx".to_owned(), "other".to_owned()];
    assert!(active(&trial.world, OWN, REGION, &names).is_empty());
    let shown = trial.ok(
        "DescribeAlarms",
        json!({"AlarmNames": ["orders-5xx", "nobody"]}),
    );
    let row = &shown["MetricAlarms"][0];
    assert_eq!(row["StateValue"], "INSUFFICIENT_DATA");
    assert_eq!(
        row["AlarmArn"],
        format!("arn:aws:cloudwatch:{REGION}:{OWN}:alarm:orders-5xx")
    );
    trial.ok(
        "SetAlarmState",
        json!({"AlarmName": "orders-5xx", "StateValue": "ALARM", "StateReason": "by hand"}),
    );
    assert_eq!(active(&trial.world, OWN, REGION, &names), ["orders-5xx"]);
    trial.ok("PutMetricAlarm", alarm());
    let shown = trial.ok("DescribeAlarms", json!({"StateValue": "ALARM"}));
    assert_eq!(shown["MetricAlarms"][0]["StateReason"], "by hand");
    let past = trial.ok(
        "DescribeAlarmHistory",
        json!({"AlarmName": "orders-5xx", "HistoryItemType": "StateUpdate"}),
    );
    assert_eq!(
        past["AlarmHistoryItems"][0]["HistorySummary"],
        "Alarm updated from INSUFFICIENT_DATA to ALARM"
    );
    trial.ok("DeleteAlarms", json!({"AlarmNames": ["orders-5xx"]}));
    assert_eq!(
        trial.code(
            "SetAlarmState",
            json!({"AlarmName": "orders-5xx", "StateValue": "OK", "StateReason": "x"})
        ),
        "ResourceNotFound"
    );
}

#[test]
fn the_query_protocol_says_the_same() {
    let mut trial = Trial::of(&QUERY_SERVICE);
    let mut input = alarm();
    for field in ["Period", "EvaluationPeriods"] {
        input[field] = json!(input[field].to_string());
    }
    input["Threshold"] = json!("5");
    trial.ok("PutMetricAlarm", input);
    let shown = trial.ok("DescribeAlarms", json!({}));
    let row = &shown["MetricAlarms"][0];
    assert_eq!(
        (&row["Period"], &row["Threshold"]),
        (&json!(60), &json!(5.0))
    );
    assert!(
        row["StateUpdatedTimestamp"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
}

#[test]
fn what_an_alarm_needs() {
    let mut trial = Trial::of(&SERVICE);
    for field in [
        "AlarmName",
        "MetricName",
        "Statistic",
        "Period",
        "Threshold",
        "ComparisonOperator",
    ] {
        let mut input = alarm();
        input.as_object_mut().unwrap().remove(field);
        assert_eq!(
            trial.code("PutMetricAlarm", input),
            "ValidationError",
            "{field}"
        );
    }
    trial.survives_anything();
}
