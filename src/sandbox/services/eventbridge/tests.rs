#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use crate::sandbox::trial::{OTHER, Trial};

fn trial() -> Trial {
    Trial::of(&super::SERVICE)
}

const ROLE: &str = "arn:aws:iam::111111111111:role/events";
const PIPELINE: &str = "arn:aws:codepipeline:ap-northeast-2:111111111111:orders-dev";

fn target(id: &str) -> Value {
    json!({"Id": id, "Arn": PIPELINE, "RoleArn": ROLE})
}

#[test]
fn anything_is_answered() {
    trial().survives_anything();
}

#[test]
fn rules() {
    let mut trial = trial();
    let pattern = json!({"source": ["aws.codecommit"]}).to_string();
    let made = trial.ok("PutRule", json!({"Name": "r", "EventPattern": pattern, "Description": "d", "Tags": [{"Key": "a", "Value": "1"}]}));
    assert_eq!(
        made["RuleArn"],
        "arn:aws:events:ap-northeast-2:111111111111:rule/r"
    );
    assert_eq!(
        trial.ok("DescribeRule", json!({"Name": "r"})),
        json!({"Name": "r", "Arn": made["RuleArn"], "EventPattern": pattern, "State": "ENABLED", "Description": "d", "EventBusName": "default", "CreatedBy": "111111111111"})
    );
    trial.ok("PutTargets", json!({"Rule": "r", "Targets": [target("t")]}));
    // What is left out is lost, tags on an update are ignored, targets stay.
    trial.ok("PutRule", json!({"Name": "r", "EventPattern": pattern, "State": "DISABLED", "Tags": [{"Key": "b", "Value": "2"}]}));
    let again = trial.ok("DescribeRule", json!({"Name": "r"}));
    assert_eq!(again["State"], "DISABLED");
    assert!(again.get("Description").is_none());
    assert_eq!(
        trial.ok(
            "ListTagsForResource",
            json!({"ResourceARN": made["RuleArn"]})
        )["Tags"],
        json!([{"Key": "a", "Value": "1"}])
    );
    assert_eq!(
        trial.ok("ListTargetsByRule", json!({"Rule": "r"}))["Targets"],
        json!([target("t")])
    );
    assert_eq!(
        trial.ok("ListRuleNamesByTarget", json!({"TargetArn": PIPELINE}))["RuleNames"],
        json!(["r"])
    );
    assert_eq!(
        trial.ok("ListRuleNamesByTarget", json!({"TargetArn": "arn:x"}))["RuleNames"],
        json!([])
    );
    trial.ok("EnableRule", json!({"Name": "r"}));
    assert_eq!(
        trial.ok("DescribeRule", json!({"Name": "r"}))["State"],
        "ENABLED"
    );
    trial.ok("DisableRule", json!({"Name": "r"}));
    assert_eq!(
        trial.fault("DeleteRule", json!({"Name": "r"})),
        "ValidationException: Rule can't be deleted since it has targets."
    );
    let removed = trial.ok("RemoveTargets", json!({"Rule": "r", "Ids": ["t", "none"]}));
    assert_eq!(removed["FailedEntryCount"], 1);
    trial.ok("DeleteRule", json!({"Name": "r"}));
    trial.ok("DeleteRule", json!({"Name": "r"}));
    assert_eq!(
        trial.fault("DescribeRule", json!({"Name": "r"})),
        "ResourceNotFoundException: Rule r does not exist on EventBus default."
    );
}

#[test]
fn rules_are_listed_in_pages() {
    let mut trial = trial();
    for n in 0..5 {
        trial.ok(
            "PutRule",
            json!({"Name": format!("r{n}"), "ScheduleExpression": "rate(1 day)"}),
        );
    }
    trial.ok(
        "PutRule",
        json!({"Name": "x", "ScheduleExpression": "cron(0 10 * * ? *)"}),
    );
    let first = trial.ok("ListRules", json!({"NamePrefix": "r", "Limit": 3}));
    assert_eq!(first["Rules"].as_array().unwrap().len(), 3);
    let rest = trial.ok(
        "ListRules",
        json!({"NamePrefix": "r", "Limit": 3, "NextToken": first["NextToken"]}),
    );
    assert_eq!(rest["Rules"].as_array().unwrap().len(), 2);
    assert_eq!(rest["Rules"][1]["Name"], "r4");
    assert!(rest.get("NextToken").is_none());
    trial.account = OTHER;
    assert_eq!(trial.ok("ListRules", json!({}))["Rules"], json!([]));
}

#[test]
fn faults_of_rules() {
    let mut trial = trial();
    trial.ok("CreateEventBus", json!({"Name": "own"}));
    let pattern = json!({"source": ["x"]}).to_string();
    for (operation, input, said) in [
        (
            "PutRule",
            json!({"EventPattern": pattern}),
            "ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
        ),
        (
            "PutRule",
            json!({"Name": "a b", "EventPattern": pattern}),
            "ValidationException: 1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
        ),
        (
            "PutRule",
            json!({"Name": "r"}),
            "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ),
        (
            "PutRule",
            json!({"Name": "r", "EventPattern": "{}"}),
            "InvalidEventPatternException: Event pattern is not valid. Reason: Empty objects are not allowed",
        ),
        (
            "PutRule",
            json!({"Name": "r", "EventPattern": "{\"source\": \"x\"}"}),
            "InvalidEventPatternException: Event pattern is not valid. Reason: \"source\" must be an object or an array",
        ),
        (
            "PutRule",
            json!({"Name": "r", "ScheduleExpression": "rate(1 days)"}),
            "ValidationException: Parameter ScheduleExpression is not valid.",
        ),
        (
            "PutRule",
            json!({"Name": "r", "ScheduleExpression": "cron(0 10 * * * *)"}),
            "ValidationException: Parameter ScheduleExpression is not valid.",
        ),
        (
            "PutRule",
            json!({"Name": "r", "ScheduleExpression": "rate(5 minutes)", "EventBusName": "own"}),
            "ValidationException: ScheduleExpression is supported only on the default event bus.",
        ),
        (
            "PutRule",
            json!({"Name": "r", "EventPattern": pattern, "EventBusName": "none"}),
            "ResourceNotFoundException: Event bus none does not exist.",
        ),
        (
            "PutRule",
            json!({"Name": "r", "EventPattern": pattern, "EventBusName": "arn:aws:events:ap-northeast-2:222222222222:event-bus/default"}),
            "ResourceNotFoundException: Event bus default does not exist.",
        ),
        (
            "PutRule",
            json!({"Name": "r", "EventPattern": 5}),
            "SerializationException: NUMBER_VALUE can not be converted to a String",
        ),
        (
            "EnableRule",
            json!({"Name": "r"}),
            "ResourceNotFoundException: Rule r does not exist on EventBus default.",
        ),
        (
            "DeleteRule",
            json!({"Name": "r", "EventBusName": "none"}),
            "ResourceNotFoundException: Event bus none does not exist.",
        ),
        (
            "ListTargetsByRule",
            json!({"Rule": "r"}),
            "ResourceNotFoundException: Rule r does not exist on EventBus default.",
        ),
        (
            "RemoveTargets",
            json!({"Rule": "r", "Ids": ["a"]}),
            "ResourceNotFoundException: Rule r does not exist on EventBus default.",
        ),
        (
            "PutTargets",
            json!({"Rule": "r", "Targets": [target("t")]}),
            "ResourceNotFoundException: Rule r does not exist on EventBus default.",
        ),
        (
            "TagResource",
            json!({"ResourceARN": "arn:aws:events:ap-northeast-2:111111111111:rule/r", "Tags": []}),
            "ResourceNotFoundException: Rule r does not exist on EventBus default.",
        ),
    ] {
        assert_eq!(
            trial.fault(operation, input.clone()),
            said,
            "{operation} {input}"
        );
    }
}

#[test]
fn targets() {
    let mut trial = trial();
    trial.ok(
        "PutRule",
        json!({"Name": "r", "EventPattern": "{\"source\": [\"x\"]}"}),
    );
    let ok = trial.ok(
        "PutTargets",
        json!({"Rule": "r", "Targets": [target("a"), target("b")]}),
    );
    assert_eq!(ok, json!({"FailedEntryCount": 0, "FailedEntries": []}));
    for (change, said) in [
        (json!({"Id": "c", "Arn": PIPELINE}), format!("ValidationException: RoleArn is required for target {PIPELINE}.")),
        (json!({"Id": "c", "Arn": "orders"}), "ValidationException: Parameter orders is not valid. Reason: Provided Arn is not in correct format.".to_owned()),
        (json!({"Id": "c", "Arn": PIPELINE, "RoleArn": "events"}), "ValidationException: Parameter events is not valid. Reason: Provided Arn is not in correct format.".to_owned()),
        (json!({"Id": "c", "Arn": PIPELINE, "RoleArn": "arn:aws:iam::222222222222:role/x"}), "AccessDeniedException: Cross-account pass role is not allowed.".to_owned()),
        (json!({"Arn": PIPELINE}), "ValidationException: 1 validation error detected: Value null at 'targets.1.member.id' failed to satisfy constraint: Member must not be null".to_owned()),
    ] {
        assert_eq!(trial.fault("PutTargets", json!({"Rule": "r", "Targets": [change]})), said);
    }
    let mixed = trial.ok(
        "PutTargets",
        json!({"Rule": "r", "Targets": [
            {"Id": "c", "Arn": "arn:aws:sns:ap-northeast-2:111111111111:topic"},
            {"Id": "d", "Arn": "arn:aws:sns:ap-northeast-2:111111111111:topic", "Input": "{"},
        ]}),
    );
    assert_eq!(mixed["FailedEntryCount"], 1);
    assert_eq!(mixed["FailedEntries"][0]["TargetId"], "d");
    let more: Vec<Value> = ["e", "f", "g"].iter().map(|id| target(id)).collect();
    assert_eq!(
        trial.code("PutTargets", json!({"Rule": "r", "Targets": more})),
        "LimitExceededException"
    );
    let eleven: Vec<Value> = (0..11).map(|n| target(&n.to_string())).collect();
    assert_eq!(
        trial.code("PutTargets", json!({"Rule": "r", "Targets": eleven})),
        "ValidationException"
    );
    assert_eq!(
        trial.ok("ListTargetsByRule", json!({"Rule": "r"}))["Targets"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn buses() {
    let mut trial = trial();
    let default = trial.ok("DescribeEventBus", json!({}));
    assert_eq!(
        default,
        json!({"Name": "default", "Arn": "arn:aws:events:ap-northeast-2:111111111111:event-bus/default"})
    );
    let made = trial.ok("CreateEventBus", json!({"Name": "own", "Description": "d"}));
    assert_eq!(
        made["EventBusArn"],
        "arn:aws:events:ap-northeast-2:111111111111:event-bus/own"
    );
    let names: Vec<_> = trial.ok("ListEventBuses", json!({}))["EventBuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bus| bus["Name"].clone())
        .collect();
    assert_eq!(names, ["default", "own"]);
    trial.ok("UpdateEventBus", json!({"Name": "own", "Description": "e"}));
    assert_eq!(
        trial.ok("DescribeEventBus", json!({"Name": "own"}))["Description"],
        "e"
    );
    let rule = trial.ok(
        "PutRule",
        json!({"Name": "r", "EventBusName": "own", "EventPattern": "{\"a\": [1]}"}),
    );
    assert_eq!(
        rule["RuleArn"],
        "arn:aws:events:ap-northeast-2:111111111111:rule/own/r"
    );
    trial.ok(
        "TagResource",
        json!({"ResourceARN": rule["RuleArn"], "Tags": [{"Key": "k", "Value": "v"}]}),
    );
    trial.ok(
        "TagResource",
        json!({"ResourceARN": made["EventBusArn"], "Tags": [{"Key": "k", "Value": "v"}]}),
    );
    trial.ok(
        "UntagResource",
        json!({"ResourceARN": made["EventBusArn"], "TagKeys": ["k"]}),
    );
    assert_eq!(
        trial.ok(
            "ListTagsForResource",
            json!({"ResourceARN": made["EventBusArn"]})
        )["Tags"],
        json!([])
    );
    for (operation, input, code) in [
        (
            "CreateEventBus",
            json!({"Name": "own"}),
            "ResourceAlreadyExistsException",
        ),
        (
            "CreateEventBus",
            json!({"Name": "default"}),
            "ResourceAlreadyExistsException",
        ),
        (
            "CreateEventBus",
            json!({"Name": "a/b"}),
            "ValidationException",
        ),
        (
            "DescribeEventBus",
            json!({"Name": "none"}),
            "ResourceNotFoundException",
        ),
        (
            "DeleteEventBus",
            json!({"Name": "default"}),
            "ValidationException",
        ),
        (
            "DeleteEventBus",
            json!({"Name": "own"}),
            "ValidationException",
        ),
    ] {
        assert_eq!(
            trial.code(operation, input.clone()),
            code,
            "{operation} {input}"
        );
    }
    trial.ok("DeleteRule", json!({"Name": "r", "EventBusName": "own"}));
    trial.ok("DeleteEventBus", json!({"Name": "own"}));
    trial.ok("DeleteEventBus", json!({"Name": "own"}));
}

#[test]
fn permissions_on_a_bus() {
    let mut trial = trial();
    let one = |id: &str| json!({"Action": "events:PutEvents", "Principal": "222222222222", "StatementId": id});
    trial.ok("PutPermission", one("a"));
    trial.ok("PutPermission", one("a"));
    trial.ok("PutPermission", json!({"Action": "events:PutEvents", "Principal": "*", "StatementId": "b", "Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}}));
    let policy = trial.ok("DescribeEventBus", json!({}))["Policy"]
        .as_str()
        .unwrap()
        .to_owned();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    assert_eq!(policy["Statement"].as_array().unwrap().len(), 2);
    assert_eq!(
        policy["Statement"][0],
        json!({
            "Sid": "a", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
            "Action": "events:PutEvents", "Resource": "arn:aws:events:ap-northeast-2:111111111111:event-bus/default",
        })
    );
    assert_eq!(
        policy["Statement"][1]["Condition"],
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})
    );
    assert_eq!(
        trial.fault("RemovePermission", json!({"StatementId": "none"})),
        "ResourceNotFoundException: Statement with the provided id does not exist."
    );
    trial.ok("RemovePermission", json!({"StatementId": "a"}));
    trial.ok("RemovePermission", json!({"RemoveAllPermissions": true}));
    assert!(
        trial
            .ok("DescribeEventBus", json!({}))
            .get("Policy")
            .is_none()
    );
    assert_eq!(
        trial.fault("RemovePermission", json!({"StatementId": "b"})),
        "ResourceNotFoundException: EventBus does not have a policy."
    );
    for (input, code) in [
        (
            json!({"Principal": "222222222222", "StatementId": "a"}),
            "ValidationException",
        ),
        (
            json!({"Action": "events:PutRule", "Principal": "222222222222", "StatementId": "a"}),
            "ValidationException",
        ),
        (
            json!({"Action": "events:PutEvents", "Principal": "me", "StatementId": "a"}),
            "ValidationException",
        ),
        (json!({"Policy": "{"}), "ValidationException"),
        (
            json!({"Policy": "{\"Statement\": []}"}),
            "ValidationException",
        ),
        (
            json!({"EventBusName": "none", "Policy": "{}"}),
            "ResourceNotFoundException",
        ),
    ] {
        assert_eq!(trial.code("PutPermission", input.clone()), code, "{input}");
    }
    let whole = json!({"Version": "2012-10-17", "Statement": {"Sid": "x", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": "*"}});
    trial.ok("PutPermission", json!({"Policy": whole.to_string()}));
}

#[test]
fn events() {
    let mut trial = trial();
    let event = json!({"id": "1", "account": "1", "source": "s", "time": "2024-01-01T00:00:00Z", "region": "r", "resources": [], "detail-type": "t", "detail": {"a": 1}});
    let tried =
        |pattern: Value| json!({"EventPattern": pattern.to_string(), "Event": event.to_string()});
    assert_eq!(
        trial.ok(
            "TestEventPattern",
            tried(json!({"source": ["s"], "detail": {"a": [{"numeric": [">", 0]}]}}))
        ),
        json!({"Result": true})
    );
    assert_eq!(
        trial.ok("TestEventPattern", tried(json!({"source": ["t"]}))),
        json!({"Result": false})
    );
    assert_eq!(
        trial.code("TestEventPattern", tried(json!([]))),
        "InvalidEventPatternException"
    );
    assert_eq!(
        trial.code(
            "TestEventPattern",
            json!({"EventPattern": "{\"a\": [1]}", "Event": "{}"})
        ),
        "ValidationException"
    );
    assert_eq!(
        trial.code(
            "TestEventPattern",
            json!({"EventPattern": "{\"a\": [1]}", "Event": "x"})
        ),
        "ValidationException"
    );
    let answer = trial.ok(
        "PutEvents",
        json!({"Entries": [
            {"Source": "mine", "DetailType": "t", "Detail": "{}"},
            {"DetailType": "t", "Detail": "{}"},
            {"Source": "aws.s3", "DetailType": "t", "Detail": "{}"},
            {"Source": "mine", "DetailType": "t", "Detail": "[]"},
            {"Source": "mine", "DetailType": "t", "Detail": "{}", "EventBusName": "none"},
        ]}),
    );
    assert_eq!(answer["FailedEntryCount"], 4);
    let codes: Vec<_> = answer["Entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            entry
                .get("ErrorCode")
                .and_then(Value::as_str)
                .unwrap_or("-")
        })
        .collect();
    assert_eq!(
        codes,
        [
            "-",
            "InvalidArgument",
            "NotAuthorizedForSourceException",
            "MalformedDetail",
            "ResourceNotFoundException"
        ]
    );
    assert_eq!(
        trial.code("PutEvents", json!({"Entries": []})),
        "ValidationException"
    );
}

#[test]
fn enabled_rules_match() {
    let mut trial = trial();
    for (name, state, pattern) in [
        ("on", "ENABLED", json!({"source": ["s"]})),
        ("off", "DISABLED", json!({"source": ["s"]})),
        ("else", "ENABLED", json!({"source": ["t"]})),
    ] {
        trial.ok(
            "PutRule",
            json!({"Name": name, "State": state, "EventPattern": pattern.to_string()}),
        );
    }
    let state = &trial
        .world
        .regional("111111111111", "ap-northeast-2")
        .eventbridge;
    let found: Vec<_> = state
        .matching("default", &json!({"source": "s"}))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(found, ["on"]);
}
