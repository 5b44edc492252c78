//! Every operation of every service answers something to inputs of any kind, and a fault leaves the world
//! as it was.

use serde_json::{Value, json};

use super::client::{A, REGION};
use crate::sandbox::service::{Call, Caller, Effect};
use crate::sandbox::services;
use crate::sandbox::services::iam;
use crate::sandbox::world::{Ids, World};

fn inputs() -> Vec<Value> {
    let names = [
        "RoleName",
        "UserName",
        "PolicyName",
        "PolicyArn",
        "PolicyDocument",
        "AssumeRolePolicyDocument",
        "Tags",
        "TagKeys",
        "KeyId",
        "AliasName",
        "TargetKeyId",
        "CiphertextBlob",
        "Plaintext",
        "Policy",
        "RoleArn",
        "RoleSessionName",
        "DurationSeconds",
        "MaxItems",
        "Marker",
        "Limit",
        "VersionId",
        "Url",
        "AWSServiceName",
        "AccessKeyId",
        "Path",
        "EncryptionContext",
        "NumberOfBytes",
        "PendingWindowInDays",
        "RotationPeriodInDays",
        "OpenIDConnectProviderArn",
        "name",
        "names",
        "tags",
        "pipeline",
        "arn",
        "Name",
        "Names",
        "Rule",
        "Targets",
        "Entries",
        "cluster",
        "service",
        "services",
        "repositoryName",
        "ResourceArns",
        "LoadBalancerArn",
        "TargetGroupArn",
        "ListenerArn",
        "applicationName",
        "deploymentGroupName",
        "maxResults",
        "nextToken",
    ];
    let values = [
        json!(""),
        json!("x"),
        json!("\u{0}é:/\\{}"),
        json!("arn:aws:iam::111111111111:role/x"),
        json!("alias/"),
        json!("{"),
        json!("-9223372036854775808"),
        json!(-1),
        json!(i64::MAX),
        json!(1.5),
        json!(true),
        json!([null]),
        json!([{"Key": 3}]),
        json!({"a": [{}]}),
        json!("AAAA".repeat(40)),
        json!("v0"),
        json!("/"),
        json!("A".repeat(3_000)),
    ];
    let mut inputs = vec![json!(null), json!([]), json!("x"), json!({})];
    for value in values {
        let all = names
            .iter()
            .map(|n| ((*n).to_owned(), value.clone()))
            .collect();
        inputs.push(Value::Object(all));
    }
    inputs
}

#[test]
fn every_operation_survives_any_input() {
    let arn = format!("arn:aws:iam::{A}:user/administrator");
    let inputs = inputs();
    let mut answered = 0;
    for service in services::all() {
        let mut world = World {
            ids: Ids::seeded(1),
            ..World::default()
        };
        iam::open_account(&mut world, A, 1_700_000_000_000);
        for operation in service.operations {
            for input in &inputs {
                let call = Call {
                    caller: Caller {
                        account: A.to_owned(),
                        arn: arn.clone(),
                        user_id: "AIDAX".to_owned(),
                        principal_arn: arn.clone(),
                    },
                    region: REGION.to_owned(),
                    input: input.clone(),
                    now: 1_700_000_000_000,
                    request_id: "r".to_owned(),
                };
                (operation.resource)(&world, &call);
                let before = image(&world);
                let answer = (operation.run)(&mut world, &call);
                answered += 1;
                if answer.is_err() {
                    let what = format!(
                        "{} {} refused {input:.200} and left something behind",
                        service.signing_name, operation.name
                    );
                    assert!(before == image(&world), "{what}");
                }
                if operation.effect == Effect::Reads
                    && answer.is_ok()
                    && service.signing_name != "sts"
                {
                    assert!(
                        before == image(&world),
                        "{} {} only reads",
                        service.signing_name,
                        operation.name
                    );
                }
            }
        }
    }
    assert!(answered > 1000);
}

/// What is in the world, without empty places and without the source of ids.
fn image(world: &World) -> Value {
    let mut image = serde_json::to_value(world).unwrap();
    if let Some(object) = image.as_object_mut() {
        object.remove("ids");
    }
    prune(&mut image);
    image
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(prune);
            members.retain(|_, m| {
                !matches!(m, Value::Null)
                    && !m.as_object().is_some_and(serde_json::Map::is_empty)
                    && !m.as_array().is_some_and(Vec::is_empty)
                    && m.as_i64() != Some(0)
            });
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}
