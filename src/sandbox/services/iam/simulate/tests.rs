//! Simulations, as a person would ask for them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};

use crate::sandbox::services::iam::SERVICE;
use crate::sandbox::trial::{OTHER, OWN, Trial};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// A role `build` with an inline policy of these statements.
fn trial(statements: Value) -> Trial {
    let mut trial = Trial::of(&SERVICE);
    trial.ok(
        "CreateRole",
        json!({"RoleName": "build", "Path": "/cicd/", "AssumeRolePolicyDocument": TRUST}),
    );
    trial.ok(
        "PutRolePolicy",
        json!({"RoleName": "build", "PolicyName": "work", "PolicyDocument": document(statements)}),
    );
    trial
}

fn role() -> String {
    format!("arn:aws:iam::{OWN}:role/cicd/build")
}

fn results(answer: &Value) -> &Vec<Value> {
    answer["EvaluationResults"].as_array().unwrap()
}

#[test]
fn a_principal_is_simulated_with_its_own_policies() {
    let mut trial = trial(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::artifacts/*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringEquals": {"kms:ViaService": "s3.ap-northeast-2.amazonaws.com"}}},
    ]));
    let answer = trial.ok(
        "SimulatePrincipalPolicy",
        json!({
            "PolicySourceArn": role(),
            "ActionNames": ["s3:GetObject", "s3:DeleteObject", "kms:Decrypt", "ecs:RunTask"],
            "ResourceArns": ["arn:aws:s3:::artifacts/a"],
        }),
    );
    let decisions: Vec<&str> = results(&answer)
        .iter()
        .map(|it| it["EvalDecision"].as_str().unwrap())
        .collect();
    assert_eq!(
        decisions,
        ["allowed", "explicitDeny", "implicitDeny", "implicitDeny"]
    );
    let first = &results(&answer)[0];
    assert_eq!(first["EvalResourceName"], "arn:aws:s3:::artifacts/a");
    assert_eq!(
        first["MatchedStatements"],
        json!([{
            "SourcePolicyId": "role_build_work",
            "SourcePolicyType": "role",
            "StartPosition": {"Line": 1, "Column": 38},
            "EndPosition": {"Line": 1, "Column": 87},
        }])
    );
    assert_eq!(
        first["OrganizationsDecisionDetail"],
        json!({"AllowedByOrganizations": true})
    );
    let denied = &results(&answer)[1];
    assert_eq!(denied["MatchedStatements"].as_array().unwrap().len(), 1);
    let decrypt = &results(&answer)[2]["ResourceSpecificResults"][0];
    assert_eq!(decrypt["MissingContextValues"], json!(["kms:ViaService"]));

    let with_context = trial.ok(
        "SimulatePrincipalPolicy",
        json!({
            "PolicySourceArn": role(),
            "ActionNames": ["kms:Decrypt"],
            "ResourceArns": [format!("arn:aws:kms:ap-northeast-2:{OTHER}:key/1")],
            "ContextEntries": [{
                "ContextKeyName": "kms:ViaService",
                "ContextKeyValues": ["s3.ap-northeast-2.amazonaws.com"],
                "ContextKeyType": "string",
            }],
        }),
    );
    assert_eq!(results(&with_context)[0]["EvalDecision"], "allowed");
    let of_all = trial.ok(
        "SimulatePrincipalPolicy",
        json!({"PolicySourceArn": role(), "ActionNames": ["kms:Decrypt"]}),
    );
    assert_eq!(results(&of_all)[0]["EvalResourceName"], "*");
    assert_eq!(
        results(&of_all)[0]["MissingContextValues"],
        json!(["kms:ViaService"])
    );
    assert!(results(&of_all)[0].get("ResourceSpecificResults").is_none());
}

#[test]
fn several_resources_and_a_boundary() {
    let mut trial = trial(json!([
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::one/*"},
    ]));
    let several = trial.ok(
        "SimulatePrincipalPolicy",
        json!({
            "PolicySourceArn": role(),
            "ActionNames": ["s3:GetObject"],
            "ResourceArns": ["arn:aws:s3:::one/a", "arn:aws:s3:::two/a"],
            "PermissionsBoundaryPolicyInputList": [document(json!([
                {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::one/*"},
            ]))],
        }),
    );
    let [result] = results(&several).as_slice() else {
        panic!("one result");
    };
    assert_eq!(result["EvalDecision"], "implicitDeny");
    let of_each: Vec<(&str, bool)> = result["ResourceSpecificResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let boundary = &it["PermissionsBoundaryDecisionDetail"];
            (
                it["EvalResourceDecision"].as_str().unwrap(),
                boundary["AllowedByPermissionsBoundary"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(of_each, [("allowed", true), ("implicitDeny", false)]);
}

#[test]
fn a_custom_policy_with_the_policy_of_the_resource() {
    let mut trial = Trial::of(&SERVICE);
    let identity =
        document(json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]));
    let user = format!("arn:aws:iam::{OWN}:user/Mary");
    let bucket = |principal: &str| {
        document(json!([{
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::shared/*",
        }]))
    };
    let mut ask = |policy: &str| {
        let answer = trial.ok(
            "SimulateCustomPolicy",
            json!({
                "PolicyInputList": [identity],
                "ActionNames": ["s3:GetObject"],
                "ResourceArns": ["arn:aws:s3:::shared/a"],
                "ResourcePolicy": policy,
                "ResourceOwner": format!("arn:aws:iam::{OTHER}:root"),
                "CallerArn": user,
            }),
        );
        results(&answer)[0]["EvalDecision"].clone()
    };
    assert_eq!(ask(&bucket(&user)), "allowed");
    assert_eq!(ask(&bucket(OWN)), "allowed");
    assert_eq!(ask(&bucket(OTHER)), "implicitDeny");
}

#[test]
fn what_cannot_be_simulated() {
    let mut trial = trial(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    trial.survives_anything();
    let session = format!("arn:aws:sts::{OWN}:assumed-role/build/x");
    let cases = [
        (
            json!({"PolicySourceArn": session, "ActionNames": ["s3:GetObject"]}),
            "InvalidInput",
        ),
        (
            json!({"PolicySourceArn": format!("arn:aws:iam::{OWN}:role/nobody"), "ActionNames": ["s3:GetObject"]}),
            "NoSuchEntity",
        ),
        (
            json!({"PolicySourceArn": role(), "ActionNames": ["s3:Get*"]}),
            "InvalidInput",
        ),
        (json!({"PolicySourceArn": role()}), "ValidationError"),
        (
            json!({"PolicySourceArn": role(), "ActionNames": ["s3:GetObject"], "PolicyInputList": ["{"]}),
            "InvalidInput",
        ),
        (
            json!({"PolicySourceArn": role(), "ActionNames": ["s3:GetObject"], "ResourcePolicy": "{}"}),
            "InvalidInput",
        ),
    ];
    for (input, code) in cases {
        assert_eq!(
            trial.code("SimulatePrincipalPolicy", input.clone()),
            code,
            "{input}"
        );
    }
    let pages = trial.ok(
        "SimulatePrincipalPolicy",
        json!({"PolicySourceArn": role(), "ActionNames": ["s3:GetObject", "s3:PutObject"], "MaxItems": "1"}),
    );
    assert_eq!(pages["IsTruncated"], true);
    let rest = trial.ok(
        "SimulatePrincipalPolicy",
        json!({"PolicySourceArn": role(), "ActionNames": ["s3:GetObject", "s3:PutObject"], "Marker": pages["Marker"]}),
    );
    assert_eq!(results(&rest)[0]["EvalActionName"], "s3:PutObject");
}

#[test]
fn keys_that_policies_ask_for() {
    let mut trial = trial(json!([{
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/${aws:username}/*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team, 'none'}"}},
    }]));
    let answer = trial.ok(
        "GetContextKeysForPrincipalPolicy",
        json!({"PolicySourceArn": role()}),
    );
    assert_eq!(
        answer["ContextKeyNames"],
        json!([
            "aws:PrincipalTag/team",
            "aws:ResourceTag/team",
            "aws:username"
        ])
    );
}
