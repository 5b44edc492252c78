use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixtures;
use crate::policy::{equivalent, merge, without};

#[test]
fn into_nothing() {
    let ours = fixtures::bucket_policy();
    let merged = merge(&Value::Null, &ours);
    assert_eq!(merged.document.to_string(), ours.to_string());
    assert!(merged.notes.is_empty() && merged.foreign_denies.is_empty());
    assert_eq!(merge(&ours, &Value::Null).document, ours);
    assert_eq!(merge(&Value::Null, &Value::Null).document, Value::Null);
}

#[test]
fn foreign_statements_stay_as_they_are() {
    let found = fixtures::foreign_bucket_policy();
    let ours = fixtures::bucket_policy();
    let merged = merge(&found, &ours);
    let before = found["Statement"].as_array().unwrap();
    let after = merged.document["Statement"].as_array().unwrap();
    assert_eq!(after.len(), 6);
    for (old, new) in before.iter().zip(after) {
        assert_eq!(old.to_string(), new.to_string());
    }
    assert_eq!(merged.document["Version"], "2008-10-17");
    assert_eq!(merged.document["Id"], "SSEAndSSLPolicy");
    assert_snapshot!(merged.foreign_denies.join("\n"), @"DenyUnEncryptedObjectUploads denies s3:PutObject on arn:aws:s3:::bys-artifacts-202949997891/*, under a condition");
    assert!(merged.notes.is_empty(), "{:?}", merged.notes);
    let again = merge(&merged.document, &ours);
    assert_eq!(again.document, merged.document);
}

#[test]
fn ours_are_replaced_where_they_stand() {
    let ours = fixtures::key_policy();
    let mut found = ours.clone();
    found["Statement"][0]["Action"] = json!("kms:*");
    found["Statement"].as_array_mut().unwrap().insert(1, json!({"Sid": "Team", "Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "kms:Decrypt", "Resource": "*"}));
    let merged = merge(&found, &ours);
    let sids: Vec<_> = merged.document["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["Sid"].as_str().unwrap())
        .collect();
    assert_eq!(sids, ["Administration", "Team", "ReadByDeployRoleDev"]);
    assert_eq!(merged.document["Statement"][0], ours["Statement"][0]);
}

#[test]
fn what_says_the_same_keeps_its_text() {
    let ours = fixtures::deploy_trust();
    let found = json!({"Statement": {"Sid": "PipelineRole", "Effect": "Allow", "Action": ["STS:assumerole"],
        "Principal": {"AWS": fixtures::SHARED}, "Condition": {"ArnLike": {"AWS:PrincipalArn": fixtures::PIPELINE_ROLE}}}, "Version": "2012-10-17"});
    assert_eq!(merge(&found, &ours).document.to_string(), found.to_string());
}

#[test]
fn a_foreign_twin_makes_ours_superfluous() {
    let ours = fixtures::key_policy();
    let mut twin = ours["Statement"][1].clone();
    twin["Sid"] = json!("Allow use of the key");
    let found = json!({"Version": "2012-10-17", "Statement": [twin]});
    let merged = merge(&found, &ours);
    assert_eq!(merged.document["Statement"].as_array().unwrap().len(), 2);
    assert_snapshot!(merged.notes.join("\n"), @"ReadByDeployRoleDev: not added, because Allow use of the key of the document found says the same");
}

#[test]
fn an_older_version_is_kept_and_told() {
    let found = json!({"Statement": [{"Sid": "Other", "Effect": "Deny", "Principal": "*", "NotAction": ["s3:Get*"], "NotResource": "x"}]});
    let ours = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Home", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}"}]});
    let merged = merge(&found, &ours);
    assert_eq!(merged.document.get("Version"), None);
    assert_snapshot!(merged.notes.join("\n"), @"the document found is of Version 2008-10-17, ours of 2012-10-17: the version found is kept, and under it the ${...} of our statements are plain text");
    assert_snapshot!(merged.foreign_denies.join("\n"), @"Other denies all but s3:Get* on all but x");
}

#[test]
fn an_id_that_occurs_twice_is_told() {
    let ours = fixtures::deploy_trust();
    let mut found = ours.clone();
    let twice = found["Statement"][0].clone();
    found["Statement"].as_array_mut().unwrap().push(twice);
    let merged = merge(&found, &ours);
    assert!(equivalent(&merged.document, &ours));
    assert_eq!(merged.notes.len(), 1);
}

#[test]
fn what_is_no_document_is_left_alone() {
    let merged = merge(&json!([1]), &fixtures::deploy_trust());
    assert_eq!(merged.document, json!([1]));
    assert_eq!(merged.notes.len(), 1);
}

#[test]
fn taking_ours_out_again() {
    let found = fixtures::foreign_bucket_policy();
    let ours = fixtures::bucket_policy();
    let sids: Vec<_> = ours["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["Sid"].as_str().unwrap())
        .collect();
    assert_eq!(without(&merge(&found, &ours).document, &sids), Some(found));
    assert_eq!(without(&ours, &sids), None);
    assert_eq!(without(&Value::Null, &sids), None);
}
