//! The organization, asked by its API.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::sandbox::trial::{OTHER, OWN, Trial};

#[test]
fn the_first_account_manages_the_others() {
    let mut trial = Trial::of(&SERVICE);
    trial.survives_anything();
    let own = trial.ok("DescribeOrganization", json!({}));
    assert_eq!(own["Organization"]["MasterAccountId"], OWN);
    let id = own["Organization"]["Id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("o-") && id.len() == 12);
    let first = trial.ok("ListAccounts", json!({"MaxResults": 1}));
    assert_eq!(first["Accounts"][0]["Id"], OWN);
    let rest = trial.ok("ListAccounts", json!({"NextToken": first["NextToken"]}));
    assert_eq!(
        rest["Accounts"][0]["Arn"],
        format!("arn:aws:organizations::{OWN}:account/{id}/{OTHER}")
    );
    assert_eq!(
        trial.ok("DescribeAccount", json!({"AccountId": OTHER}))["Account"]["Status"],
        "ACTIVE"
    );
    let root = trial.ok("ListRoots", json!({}))["Roots"][0]["Id"].clone();
    assert_eq!(
        trial.ok("ListAccountsForParent", json!({"ParentId": root}))["Accounts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        trial.ok("ListParents", json!({"ChildId": OTHER}))["Parents"][0]["Id"],
        root
    );
    for (operation, input, code) in [
        (
            "DescribeAccount",
            json!({"AccountId": "999999999999"}),
            "AccountNotFoundException",
        ),
        (
            "DescribeAccount",
            json!({"AccountId": "1"}),
            "InvalidInputException",
        ),
        (
            "ListAccounts",
            json!({"NextToken": "x"}),
            "InvalidInputException",
        ),
        (
            "ListAccountsForParent",
            json!({"ParentId": "r-none"}),
            "ParentNotFoundException",
        ),
        (
            "ListParents",
            json!({"ChildId": "999999999999"}),
            "ChildNotFoundException",
        ),
    ] {
        assert_eq!(
            trial.code(operation, input.clone()),
            code,
            "{operation} {input}"
        );
    }
    trial.account = OTHER;
    assert_eq!(trial.ok("DescribeOrganization", json!({})), own);
    for operation in ["ListAccounts", "ListRoots"] {
        assert_eq!(
            trial.fault(operation, json!({})),
            "AccessDeniedException: You don't have permissions to access this resource."
        );
    }
    trial.account = "333333333333";
    assert_eq!(
        trial.code("DescribeOrganization", json!({})),
        "AWSOrganizationsNotInUseException"
    );
}

fn policy(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]})
        .to_string()
}

#[test]
fn policies_live_as_aws_lets_them() {
    let mut trial = Trial::of(&SERVICE);
    let root = trial.ok("ListRoots", json!({}))["Roots"][0]["Id"].clone();
    let scp = "SERVICE_CONTROL_POLICY";
    let create = |name: &str, content: &str| json!({"Name": name, "Description": "", "Content": content, "Type": scp});
    let made = trial.ok(
        "CreatePolicy",
        create("NoBuckets", &policy("s3:CreateBucket")),
    );
    let id = made["Policy"]["PolicySummary"]["Id"].clone();
    assert_eq!(made["Policy"]["PolicySummary"]["AwsManaged"], false);
    for (input, code) in [
        (
            create("NoBuckets", &policy("s3:*")),
            "DuplicatePolicyException",
        ),
        (create("Broken", "{"), "MalformedPolicyDocumentException"),
        (
            create(
                "Broken",
                r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#,
            ),
            "MalformedPolicyDocumentException",
        ),
        (
            create("Long", &policy(&format!("s3:{}", "a".repeat(10_300)))),
            "ConstraintViolationException",
        ),
    ] {
        assert_eq!(trial.code("CreatePolicy", input), code);
    }
    let attach = json!({"PolicyId": id, "TargetId": OTHER});
    assert_eq!(
        trial.code("AttachPolicy", attach.clone()),
        "PolicyTypeNotEnabledException"
    );
    let enable = json!({"RootId": root, "PolicyType": scp});
    let shown = trial.ok("EnablePolicyType", enable.clone());
    assert_eq!(shown["Root"]["PolicyTypes"][0]["Type"], scp);
    assert_eq!(
        trial.code("EnablePolicyType", enable.clone()),
        "PolicyTypeAlreadyEnabledException"
    );
    trial.ok("AttachPolicy", attach.clone());
    assert_eq!(
        trial.code("AttachPolicy", attach.clone()),
        "DuplicatePolicyAttachmentException"
    );
    assert_eq!(
        trial.code(
            "AttachPolicy",
            json!({"PolicyId": id, "TargetId": "999999999999"})
        ),
        "TargetNotFoundException"
    );
    let on = trial.ok(
        "ListPoliciesForTarget",
        json!({"TargetId": OTHER, "Filter": scp}),
    );
    let names: Vec<&str> = on["Policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["FullAWSAccess", "NoBuckets"]);
    let targets = trial.ok("ListTargetsForPolicy", json!({"PolicyId": id}));
    assert_eq!(targets["Targets"][0]["TargetId"], OTHER);
    assert_eq!(
        trial.ok(
            "ListTargetsForPolicy",
            json!({"PolicyId": "p-FullAWSAccess"})
        )["Targets"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        trial.code("DeletePolicy", json!({"PolicyId": id})),
        "PolicyInUseException"
    );
    assert_eq!(
        trial.code(
            "UpdatePolicy",
            json!({"PolicyId": "p-FullAWSAccess", "Name": "x"})
        ),
        "InvalidInputException"
    );
    let full = json!({"PolicyId": "p-FullAWSAccess", "TargetId": OTHER});
    trial.ok("DetachPolicy", full.clone());
    assert_eq!(
        trial.code("DetachPolicy", full),
        "PolicyNotAttachedException"
    );
    assert_eq!(
        trial.code("DetachPolicy", attach.clone()),
        "ConstraintViolationException"
    );
    trial.ok(
        "AttachPolicy",
        json!({"PolicyId": "p-FullAWSAccess", "TargetId": OTHER}),
    );
    trial.ok("DetachPolicy", attach);
    trial.ok("DeletePolicy", json!({"PolicyId": id}));
    assert_eq!(
        trial.code("DescribePolicy", json!({"PolicyId": id})),
        "PolicyNotFoundException"
    );
    trial.ok("DisablePolicyType", enable);
    trial.account = OTHER;
    assert_eq!(
        trial.code("ListPolicies", json!({"Filter": scp})),
        "AccessDeniedException"
    );
}

#[test]
fn units_hold_accounts_and_their_policies() {
    let mut trial = Trial::of(&SERVICE);
    let root = trial.ok("ListRoots", json!({}))["Roots"][0]["Id"].clone();
    let unit = |trial: &mut Trial, parent: &Value, name: &str| {
        let input = json!({"ParentId": parent, "Name": name});
        trial.ok("CreateOrganizationalUnit", input)["OrganizationalUnit"]["Id"].clone()
    };
    let production = unit(&mut trial, &root, "production");
    assert_eq!(
        trial.code(
            "CreateOrganizationalUnit",
            json!({"ParentId": root, "Name": "production"})
        ),
        "DuplicateOrganizationalUnitException"
    );
    let mut deepest = production.clone();
    for depth in 2..=5 {
        deepest = unit(&mut trial, &deepest, &format!("level-{depth}"));
    }
    assert_eq!(
        trial.code(
            "CreateOrganizationalUnit",
            json!({"ParentId": deepest, "Name": "six"})
        ),
        "ConstraintViolationException"
    );
    let go = json!({"AccountId": OTHER, "SourceParentId": root, "DestinationParentId": production});
    trial.ok("MoveAccount", go.clone());
    assert_eq!(trial.code("MoveAccount", go), "DuplicateAccountException");
    assert_eq!(
        trial.ok("ListParents", json!({"ChildId": OTHER}))["Parents"][0],
        json!({"Id": production, "Type": "ORGANIZATIONAL_UNIT"})
    );
    assert_eq!(
        trial.ok(
            "ListChildren",
            json!({"ParentId": root, "ChildType": "ACCOUNT"})
        )["Children"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        trial.code(
            "DeleteOrganizationalUnit",
            json!({"OrganizationalUnitId": production})
        ),
        "OrganizationalUnitNotEmptyException"
    );
    let membership = of_account(&trial.world, OTHER).unwrap();
    assert_eq!(
        membership.path,
        format!(
            "{}/{}/{}/",
            membership.id,
            root.as_str().unwrap(),
            production.as_str().unwrap()
        )
    );
    trial.ok(
        "EnablePolicyType",
        json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"}),
    );
    assert_eq!(scps(&trial.world, OTHER).len(), 3);
    assert_eq!(scps(&trial.world, OWN).len(), 2);
    assert!(rcps(&trial.world, OTHER).is_empty());
}

#[test]
fn policies_from_outside_replace_each_other() {
    let mut trial = Trial::of(&SERVICE);
    let kind = state::PolicyType::ServiceControlPolicy;
    let world = &mut trial.world;
    let one = ("one".to_owned(), policy("s3:*"));
    attach(world, kind, Some(OTHER), std::slice::from_ref(&one), true).unwrap();
    assert_eq!(attached(world).len(), 3);
    let two = ("two".to_owned(), policy("kms:*"));
    attach(world, kind, Some(OTHER), &[one.clone(), two], false).unwrap();
    let names = |world: &World| -> Vec<String> {
        let on = attached(world).into_iter();
        on.filter(|it| it.target == OTHER)
            .map(|it| it.name)
            .collect()
    };
    assert_eq!(names(world), ["FullAWSAccess", "one", "two"]);
    assert_eq!(
        remove(world, kind, Some(OTHER), &["one".to_owned()]).unwrap(),
        1
    );
    assert_eq!(remove(world, kind, Some(OTHER), &[]).unwrap(), 1);
    assert_eq!(names(world), ["FullAWSAccess"]);
    assert!(world.organization.policies.is_empty());
    let broken = ("broken".to_owned(), "{}".to_owned());
    assert!(attach(world, kind, None, &[one, broken], false).is_err());
    assert!(world.organization.policies.is_empty());
    assert!(is_management(world, OWN));
    manage(world, OTHER).unwrap();
    assert!(is_management(world, OTHER) && !is_management(world, OWN));
    assert!(manage(world, "999999999999").is_err());
}
