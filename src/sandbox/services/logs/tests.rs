#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use super::{SERVICE, write};
use crate::sandbox::trial::{OWN, REGION, Trial};

fn trial() -> Trial {
    let mut trial = Trial::of(&SERVICE);
    trial.ok(
        "CreateLogGroup",
        json!({"logGroupName": "/ecs/orders", "tags": {"team": "a"}}),
    );
    trial.ok(
        "CreateLogStream",
        json!({"logGroupName": "/ecs/orders", "logStreamName": "one"}),
    );
    trial
}

fn put(trial: &mut Trial, count: i64) {
    let first = trial.now - 1000;
    let events: Vec<Value> = (0..count)
        .map(|n| json!({"timestamp": first + n, "message": format!("line {n}")}))
        .collect();
    let answer = trial.ok(
        "PutLogEvents",
        json!({"logGroupName": "/ecs/orders", "logStreamName": "one", "logEvents": events}),
    );
    assert_eq!(answer["nextSequenceToken"].as_str().unwrap().len(), 56);
}

fn messages(answer: &Value) -> Vec<String> {
    answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["message"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn groups_come_and_go() {
    let mut trial = trial();
    assert_eq!(
        trial.fault("CreateLogGroup", json!({"logGroupName": "/ecs/orders"})),
        "ResourceAlreadyExistsException: The specified log group already exists"
    );
    assert_eq!(
        trial.fault("CreateLogGroup", json!({"logGroupName": "a b"})),
        r"InvalidParameterException: 1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"
    );
    trial.ok(
        "PutRetentionPolicy",
        json!({"logGroupName": "/ecs/orders", "retentionInDays": 30}),
    );
    assert_eq!(
        trial.code(
            "PutRetentionPolicy",
            json!({"logGroupName": "/ecs/orders", "retentionInDays": 31})
        ),
        "InvalidParameterException"
    );
    let shown = trial.ok("DescribeLogGroups", json!({"logGroupNamePrefix": "/ecs"}));
    let group = &shown["logGroups"][0];
    assert_eq!(group["retentionInDays"], 30);
    assert_eq!(
        group["arn"],
        format!("arn:aws:logs:{REGION}:{OWN}:log-group:/ecs/orders:*")
    );
    let arn = group["logGroupArn"].clone();
    trial.ok(
        "TagResource",
        json!({"resourceArn": arn, "tags": {"b": "c"}}),
    );
    assert_eq!(
        trial.ok("ListTagsForResource", json!({"resourceArn": arn}))["tags"],
        json!({"team": "a", "b": "c"})
    );
    trial.ok(
        "UntagResource",
        json!({"resourceArn": arn, "tagKeys": ["b"]}),
    );
    assert_eq!(
        trial.ok("ListTagsLogGroup", json!({"logGroupName": "/ecs/orders"}))["tags"],
        json!({"team": "a"})
    );
    trial.ok(
        "DeleteRetentionPolicy",
        json!({"logGroupName": "/ecs/orders"}),
    );
    trial.ok("DeleteLogGroup", json!({"logGroupName": "/ecs/orders"}));
    assert_eq!(
        trial.fault("DeleteLogGroup", json!({"logGroupName": "/ecs/orders"})),
        "ResourceNotFoundException: The specified log group does not exist."
    );
    assert_eq!(
        trial.ok("DescribeLogGroups", json!({}))["logGroups"],
        json!([])
    );
}

#[test]
fn events_are_read_forward_until_the_token_stays() {
    let mut trial = trial();
    put(&mut trial, 5);
    let ask = |trial: &mut Trial, more: Value| {
        let mut input = json!({"logGroupName": "/ecs/orders", "logStreamName": "one", "limit": 2});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        trial.ok("GetLogEvents", input)
    };
    let first = ask(&mut trial, json!({"startFromHead": true}));
    assert_eq!(messages(&first), ["line 0", "line 1"]);
    let mut token = first["nextForwardToken"].clone();
    let mut seen = Vec::new();
    loop {
        let page = ask(&mut trial, json!({"nextToken": token}));
        seen.extend(messages(&page));
        if page["nextForwardToken"] == token {
            break;
        }
        token = page["nextForwardToken"].clone();
    }
    assert_eq!(seen, ["line 2", "line 3", "line 4"]);
    let tail = ask(&mut trial, json!({}));
    assert_eq!(messages(&tail), ["line 3", "line 4"]);
    let before = ask(&mut trial, json!({"nextToken": tail["nextBackwardToken"]}));
    assert_eq!(messages(&before), ["line 1", "line 2"]);
    put(&mut trial, 1);
    let after = ask(&mut trial, json!({"nextToken": tail["nextForwardToken"]}));
    assert_eq!(messages(&after), ["line 0"], "what came later");
    assert_eq!(
        trial.code(
            "GetLogEvents",
            json!({"logGroupName": "/ecs/orders", "logStreamName": "one", "nextToken": "f/1/s"})
        ),
        "InvalidParameterException"
    );
}

#[test]
fn what_is_written_must_be_in_order_and_in_time() {
    let mut trial = trial();
    let now = trial.now;
    let input = |events: Value| json!({"logGroupName": "/ecs/orders", "logStreamName": "one", "logEvents": events});
    assert_eq!(
        trial.fault(
            "PutLogEvents",
            input(
                json!([{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}])
            )
        ),
        "InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order."
    );
    let old = trial.ok(
        "PutLogEvents",
        input(json!([{"timestamp": now - 15 * 86_400_000, "message": "old"}])),
    );
    assert_eq!(old["rejectedLogEventsInfo"]["tooOldLogEventEndIndex"], 1);
    assert_eq!(
        trial.fault(
            "PutLogEvents",
            json!({"logGroupName": "/ecs/orders", "logStreamName": "two", "logEvents": [{"timestamp": now, "message": "x"}]})
        ),
        "ResourceNotFoundException: The specified log stream does not exist."
    );
}

#[test]
fn services_write_and_people_search() {
    let mut trial = trial();
    put(&mut trial, 2);
    let now = trial.now;
    write(
        &mut trial.world,
        OWN,
        REGION,
        "/aws/codebuild/orders",
        "b1",
        now,
        &["Phase complete: BUILD State: SUCCEEDED", "ERROR x"],
    );
    let found = trial.ok(
        "FilterLogEvents",
        json!({"logGroupName": "/aws/codebuild/orders", "filterPattern": "ERROR"}),
    );
    assert_eq!(messages(&found), ["ERROR x"]);
    assert_eq!(found["events"][0]["logStreamName"], "b1");
    let streams = trial.ok(
        "DescribeLogStreams",
        json!({"logGroupName": "/ecs/orders", "orderBy": "LastEventTime", "descending": true}),
    );
    assert_eq!(streams["logStreams"][0]["logStreamName"], "one");
    let page = trial.ok(
        "FilterLogEvents",
        json!({"logGroupName": "/ecs/orders", "limit": 1}),
    );
    let rest = trial.ok(
        "FilterLogEvents",
        json!({"logGroupName": "/ecs/orders", "limit": 1, "nextToken": page["nextToken"]}),
    );
    assert_eq!(messages(&rest), ["line 1"]);
    assert!(rest.get("nextToken").is_none());
}

#[test]
fn nothing_panics() {
    trial().survives_anything();
}
