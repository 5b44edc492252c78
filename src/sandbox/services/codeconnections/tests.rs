#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use super::complete_handshake;
use crate::sandbox::trial::{OTHER, OWN, Trial};

fn trial() -> Trial {
    Trial::of(&super::SERVICE)
}

#[test]
fn anything_is_answered() {
    trial().survives_anything();
    Trial::of(&super::CODESTAR_SERVICE).survives_anything();
}

#[test]
fn a_connection_waits_for_its_handshake() {
    let mut trial = trial();
    let made = trial.ok("CreateConnection", json!({"ConnectionName": "c", "ProviderType": "GitHub", "Tags": [{"Key": "a", "Value": "1"}]}));
    let arn = made["ConnectionArn"].as_str().unwrap().to_owned();
    assert!(
        arn.starts_with("arn:aws:codeconnections:ap-northeast-2:111111111111:connection/"),
        "{arn}"
    );
    assert_eq!(made["Tags"], json!([{"Key": "a", "Value": "1"}]));
    let shown = trial.ok("GetConnection", json!({"ConnectionArn": arn}));
    assert_eq!(
        shown["Connection"],
        json!({
            "ConnectionName": "c", "ConnectionArn": arn, "ProviderType": "GitHub",
            "OwnerAccountId": "111111111111", "ConnectionStatus": "PENDING",
        })
    );
    assert!(complete_handshake(&mut trial.world, &arn));
    assert!(!complete_handshake(&mut trial.world, "arn:none"));
    assert!(!complete_handshake(
        &mut trial.world,
        &arn.replace(OWN, OTHER)
    ));
    assert_eq!(
        trial.ok("GetConnection", json!({"ConnectionArn": arn}))["Connection"]["ConnectionStatus"],
        "AVAILABLE"
    );
    trial.account = OTHER;
    assert_eq!(
        trial.code("GetConnection", json!({"ConnectionArn": arn})),
        "ResourceNotFoundException"
    );
    assert_eq!(
        trial.code("DeleteConnection", json!({"ConnectionArn": arn})),
        "ResourceNotFoundException"
    );
    trial.account = OWN;
    trial.ok("DeleteConnection", json!({"ConnectionArn": arn}));
    assert_eq!(
        trial.code("DeleteConnection", json!({"ConnectionArn": arn})),
        "ResourceNotFoundException"
    );
}

#[test]
fn names_are_not_unique_and_lists_come_in_pages() {
    let mut trial = trial();
    for provider in ["GitHub", "GitLab", "GitHub"] {
        trial.ok(
            "CreateConnection",
            json!({"ConnectionName": "c", "ProviderType": provider}),
        );
    }
    let first = trial.ok("ListConnections", json!({"MaxResults": 2}));
    assert_eq!(first["Connections"].as_array().unwrap().len(), 2);
    let rest = trial.ok(
        "ListConnections",
        json!({"MaxResults": 2, "NextToken": first["NextToken"]}),
    );
    assert_eq!(rest["Connections"].as_array().unwrap().len(), 1);
    assert!(rest.get("NextToken").is_none());
    let some = trial.ok("ListConnections", json!({"ProviderTypeFilter": "GitLab"}));
    assert_eq!(some["Connections"].as_array().unwrap().len(), 1);
}

#[test]
fn faults() {
    let mut trial = trial();
    let none = "arn:aws:codeconnections:ap-northeast-2:111111111111:connection/none";
    let host = "arn:aws:codeconnections:ap-northeast-2:111111111111:host/none";
    for (operation, input, code) in [
        (
            "CreateConnection",
            json!({"ProviderType": "GitHub"}),
            "ValidationException",
        ),
        (
            "CreateConnection",
            json!({"ConnectionName": "c"}),
            "ValidationException",
        ),
        (
            "CreateConnection",
            json!({"ConnectionName": "c".repeat(33), "ProviderType": "GitHub"}),
            "ValidationException",
        ),
        (
            "CreateConnection",
            json!({"ConnectionName": "c", "ProviderType": "Svn"}),
            "ValidationException",
        ),
        (
            "CreateConnection",
            json!({"ConnectionName": "c", "HostArn": host}),
            "ResourceNotFoundException",
        ),
        (
            "GetConnection",
            json!({"ConnectionArn": "x"}),
            "ValidationException",
        ),
        (
            "GetConnection",
            json!({"ConnectionArn": none}),
            "ResourceNotFoundException",
        ),
        (
            "GetHost",
            json!({"HostArn": host}),
            "ResourceNotFoundException",
        ),
        (
            "DeleteHost",
            json!({"HostArn": host}),
            "ResourceNotFoundException",
        ),
        (
            "UpdateHost",
            json!({"HostArn": host}),
            "ResourceNotFoundException",
        ),
        (
            "ListTagsForResource",
            json!({"ResourceArn": none}),
            "ResourceNotFoundException",
        ),
        (
            "ListConnections",
            json!({"NextToken": "x"}),
            "ValidationException",
        ),
    ] {
        assert_eq!(
            trial.code(operation, input.clone()),
            code,
            "{operation} {input}"
        );
    }
}

#[test]
fn hosts_and_tags() {
    let mut trial = trial();
    let host = trial.ok("CreateHost", json!({"Name": "h", "ProviderType": "GitLabSelfManaged", "ProviderEndpoint": "https://git.example.com"}));
    let host = host["HostArn"].clone();
    let arn = trial.ok(
        "CreateConnection",
        json!({"ConnectionName": "c", "HostArn": host}),
    )["ConnectionArn"]
        .clone();
    assert_eq!(
        trial.ok("GetConnection", json!({"ConnectionArn": arn}))["Connection"]["ProviderType"],
        "GitLabSelfManaged"
    );
    assert_eq!(
        trial.code("DeleteHost", json!({"HostArn": host})),
        "ResourceUnavailableException"
    );
    trial.ok(
        "UpdateHost",
        json!({"HostArn": host, "ProviderEndpoint": "https://b.example.com"}),
    );
    assert_eq!(
        trial.ok("ListHosts", json!({}))["Hosts"][0]["ProviderEndpoint"],
        "https://b.example.com"
    );
    for resource in [&arn, &host] {
        trial.ok("TagResource", json!({"ResourceArn": resource, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}));
        trial.ok(
            "UntagResource",
            json!({"ResourceArn": resource, "TagKeys": ["a"]}),
        );
        assert_eq!(
            trial.ok("ListTagsForResource", json!({"ResourceArn": resource}))["Tags"],
            json!([{"Key": "b", "Value": "2"}])
        );
    }
    trial.ok("DeleteConnection", json!({"ConnectionArn": arn}));
    trial.ok("DeleteHost", json!({"HostArn": host}));
}

#[test]
fn the_older_name_has_its_own_arns_over_the_same_connections() {
    let mut trial = Trial::of(&super::CODESTAR_SERVICE);
    let made = trial.ok(
        "CreateConnection",
        json!({"ConnectionName": "c", "ProviderType": "GitHub"}),
    );
    assert!(
        made["ConnectionArn"]
            .as_str()
            .unwrap()
            .starts_with("arn:aws:codestar-connections:")
    );
    trial.service = &super::SERVICE;
    let all: Value = trial.ok("ListConnections", json!({}));
    assert_eq!(
        all["Connections"][0]["ConnectionArn"],
        made["ConnectionArn"]
    );
}
