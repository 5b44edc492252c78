use insta::assert_snapshot;

use super::*;

fn rule(account: &str, target: &str, role: &str) -> Trigger {
    Trigger {
        account: AccountId::parse(account).unwrap(),
        rule: json!({
            "Name": "orders-source",
            "EventPattern": "{\"source\":[\"aws.codecommit\"],\"detail-type\":[\"CodeCommit Repository State Change\"]}"
        }),
        target: json!({"Id": "1", "Arn": target, "RoleArn": role}),
    }
}

#[test]
fn an_event_of_another_account_goes_over_two_hops() {
    let mut run = run(&[codecommit()]);
    run.triggers = vec![
        rule(
            OTHER,
            "arn:aws:events:ap-northeast-2:111111111111:event-bus/default",
            "arn:aws:iam::555555555555:role/forward",
        ),
        rule(
            SHARED,
            "arn:aws:codepipeline:ap-northeast-2:111111111111:orders-dev-with-a-long-name",
            "arn:aws:iam::111111111111:role/cicd/events",
        ),
    ];
    assert_snapshot!(told(&trigger(&run)));
}

#[test]
fn what_is_wrong_with_a_trigger_is_said() {
    let mut run = run(&[codecommit()]);
    run.triggers = vec![
        rule(
            SHARED,
            "arn:aws:codepipeline:ap-northeast-2:111111111111:another",
            "arn:aws:iam::111111111111:role/events",
        ),
        rule(
            SHARED,
            "arn:aws:codepipeline:ap-northeast-2:111111111111:x",
            "",
        ),
    ];
    let gaps: Vec<String> = trigger(&run).gaps.into_iter().map(|gap| gap.why).collect();
    assert_snapshot!(gaps.join("\n"));
    run.triggers.clear();
    assert!(trigger(&run).gaps.is_empty(), "it polls");
    run.pipeline["stages"][0]["actions"][0]["configuration"]["PollForSourceChanges"] =
        json!("false");
    assert!(trigger(&run).gaps[0].why.contains("no rule is at hand"));
}

#[test]
fn a_rule_on_a_bus_of_its_own_has_the_bus_in_its_arn() {
    let mut run = run(&[codecommit()]);
    let mut trigger = rule(
        SHARED,
        "arn:aws:codepipeline:ap-northeast-2:111111111111:orders-dev-with-a-long-name",
        "arn:aws:iam::111111111111:role/events",
    );
    trigger.rule["EventBusName"] = json!("team");
    run.triggers = vec![trigger];
    let listing = super::trigger(&run);
    let source = &need(&listing, "trigger/start-role").context[1].1[0];
    assert_eq!(
        source,
        "arn:aws:events:ap-northeast-2:111111111111:rule/team/orders-source"
    );
}

#[test]
fn codecommit_in_the_same_account() {
    assert_snapshot!(told(&of(&run(&[codecommit()]), "Source")));
}

#[test]
fn codecommit_in_another_account() {
    let role = json!("arn:aws:iam::555555555555:role/cicd/orders-source");
    let run = run(&[with(codecommit(), "roleArn", role)]);
    assert_snapshot!(told(&of(&run, "Source")));
}

#[test]
fn a_connection() {
    let run = run(&[made(
        "Source",
        "CodeStarSourceConnection",
        json!({
            "ConnectionArn": "arn:aws:codeconnections:ap-northeast-2:111111111111:connection/c",
            "FullRepositoryId": "team/orders",
            "BranchName": "develop"
        }),
    )]);
    assert!(trigger(&run).gaps.is_empty(), "it needs no rule");
    assert_snapshot!(told(&of(&run, "Source")));
}

#[test]
fn objects_and_images_as_source() {
    let mut run = run(&[made(
        "Source",
        "S3",
        json!({"S3Bucket": "sources", "S3ObjectKey": "orders.zip"}),
    )]);
    run.buckets.insert(
        "sources".into(),
        Bucket {
            owner: Some(AccountId::parse(OTHER).unwrap()),
            ..Bucket::default()
        },
    );
    let listing = of(&run, "Source");
    assert_eq!(need(&listing, "source/object-read").owner, OTHER);
    // AWS's own key for Amazon S3 is shared with nobody.
    assert_eq!(
        need(&listing, "source/object-decrypt").resource,
        "arn:aws:kms:ap-northeast-2:555555555555:alias/aws/s3"
    );
    let run = super::run(&[made("Source", "ECR", json!({"RepositoryName": "base"}))]);
    let listing = of(&run, "Source");
    assert_eq!(
        need(&listing, "source/image").resource,
        "arn:aws:ecr:ap-northeast-2:111111111111:repository/base"
    );
    assert!(!trigger(&run).gaps.is_empty(), "it waits for an event");
}

#[test]
fn the_key_is_what_the_pipeline_says() {
    let keys = |key: Value, role: Option<&str>| {
        let source = match role {
            Some(role) => with(codecommit(), "roleArn", json!(role)),
            None => codecommit(),
        };
        let mut run = run(&[source]);
        run.pipeline["artifactStore"]["encryptionKey"] = key;
        let listing = of(&run, "Source");
        let found: Vec<String> = listing
            .needs
            .iter()
            .filter(|need| need.iam_action == "kms:GenerateDataKey")
            .map(|need| need.resource.clone())
            .collect();
        (found.concat(), listing.gaps.len())
    };
    let other = Some("arn:aws:iam::555555555555:role/source");
    let here = |resource: &str| format!("arn:aws:kms:ap-northeast-2:111111111111:{resource}");
    let there = |resource: &str| format!("arn:aws:kms:ap-northeast-2:555555555555:{resource}");
    let id = |id: &str| json!({"id": id, "type": "KMS"});
    // By its ARN it is the same key for everybody.
    assert_eq!(keys(id(KEY), None).0, KEY);
    assert_eq!(keys(id(KEY), other).0, KEY);
    // By its id, or an alias, it is looked up in the account of whoever calls.
    assert_eq!(keys(id("1111-2222"), None).0, here("key/1111-2222"));
    assert_eq!(keys(id("1111-2222"), other).0, there("key/1111-2222"));
    assert_eq!(keys(id("alias/orders"), other).0, there("alias/orders"));
    let alias = "arn:aws:kms:ap-northeast-2:111111111111:alias/orders";
    assert_eq!(keys(id(alias), other).0, there("alias/orders"));
    assert_eq!(keys(id(alias), None), (String::new(), 1));
    // AWS's own key lets its own account in, and nobody else.
    assert_eq!(keys(json!(null), None), (String::new(), 0));
    assert_eq!(keys(json!(null), other).0, here("alias/aws/s3"));
}

#[test]
fn the_store_is_that_of_the_actions_region() {
    let mut run = run(&[with(codecommit(), "region", json!("us-east-1"))]);
    let store = run.pipeline["artifactStore"].clone();
    run.pipeline
        .as_object_mut()
        .unwrap()
        .remove("artifactStore");
    run.pipeline["artifactStores"] = json!({"ap-northeast-2": store});
    assert!(of(&run, "Source").gaps[0].why.contains("no artifact store"));
    run.pipeline["artifactStores"]["us-east-1"] = json!({"type": "S3", "location": "elsewhere"});
    let listing = of(&run, "Source");
    assert_eq!(
        need(&listing, "source/artifact-bucket").resource,
        "arn:aws:s3:::elsewhere"
    );
    assert_eq!(
        need(&listing, "source/branch").resource,
        "arn:aws:codecommit:us-east-1:111111111111:orders"
    );
}

#[test]
fn what_is_known_of_the_run_is_used() {
    let mut run = run(&[codecommit()]);
    run.moment.session = Some("1647222973891".into());
    run.moment
        .artifact_keys
        .insert("SourceOut".into(), "p/a/key.zip".into());
    run.buckets.insert(
        "orders-artifacts".into(),
        Bucket {
            bucket_key: true,
            ..Bucket::default()
        },
    );
    let listing = of(&run, "Source");
    let write = need(&listing, "source/artifact-write");
    assert_eq!(write.resource, "arn:aws:s3:::orders-artifacts/p/a/key.zip");
    assert_eq!(
        write.who.principal().describe(),
        "arn:aws:sts::111111111111:assumed-role/orders-dev-pipeline/1647222973891"
    );
    // With a bucket key the context is the bucket's ARN.
    let context = &need(&listing, "source/artifact-encrypt").context;
    assert!(context.contains(&(
        "kms:EncryptionContext:aws:s3:arn".into(),
        vec!["arn:aws:s3:::orders-artifacts".into()]
    )));
    // Without: the name is cut as CodePipeline cuts it.
    let listing = of(&super::run(&[codecommit()]), "Source");
    assert!(
        need(&listing, "source/artifact-write")
            .resource
            .starts_with("arn:aws:s3:::orders-artifacts/orders-dev-with-a-lo/SourceOut/")
    );
}
