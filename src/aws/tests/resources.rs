//! Kinds of resources, where the wire has its own ways.

use serde_json::json;

use super::*;
use crate::resource::{Bucket, Key, Role, Rule, RuleTarget, Tags};

fn bucket() -> Bucket {
    Bucket {
        name: "artifacts".into(),
        owner: "222222222222".into(),
        region: "ap-northeast-2".into(),
        public_access_blocked: true,
        ownership: "BucketOwnerEnforced".into(),
        versioning: true,
        encryption_key: "arn:aws:kms:ap-northeast-2:222222222222:key/1".into(),
        bucket_key: true,
        lifecycle: json!([]),
        policy: Value::Null,
        tags: Tags::from([("mine".into(), "new".into())]),
    }
}

fn s3_error(status: u16, code: &str) -> (u16, String) {
    (
        status,
        format!("<Error><Code>{code}</Code><Message>m</Message></Error>"),
    )
}

#[tokio::test]
async fn a_bucket_that_is_absent_somebody_elses_or_elsewhere() {
    for (status, expected) in [
        (404, None),
        (
            403,
            Some(
                "the bucket name artifacts is taken by another account, or account 222222222222 may not read it",
            ),
        ),
        (
            301,
            Some("the bucket artifacts is in another Region than ap-northeast-2"),
        ),
    ] {
        let server = Server::start(move |_| (status, String::new())).await;
        let found = plain(&server)
            .await
            .observe(&Site::Shared, &Spec::Bucket(bucket()))
            .await;
        assert_eq!(
            server.first("HEAD /artifacts").headers["x-amz-expected-bucket-owner"],
            "222222222222"
        );
        match expected {
            None => assert_eq!(found.unwrap(), None),
            Some(expected) => {
                let error = found.unwrap_err();
                assert_eq!(error.kind, ErrorKind::Refused);
                assert!(error.message.starts_with(expected), "{}", error.message);
            }
        }
    }
}

#[tokio::test]
async fn a_bare_bucket_is_read_without_complaint() {
    let server = Server::start(|seen| match seen.operation.as_str() {
        "HEAD /artifacts" => (200, String::new()),
        "GET /artifacts?versioning" => (
            200,
            r#"<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#.into(),
        ),
        "GET /artifacts?encryption" => {
            s3_error(404, "ServerSideEncryptionConfigurationNotFoundError")
        }
        "GET /artifacts?publicAccessBlock" => s3_error(404, "NoSuchPublicAccessBlockConfiguration"),
        "GET /artifacts?ownershipControls" => s3_error(404, "OwnershipControlsNotFoundError"),
        "GET /artifacts?lifecycle" => s3_error(404, "NoSuchLifecycleConfiguration"),
        "GET /artifacts?policy" => s3_error(404, "NoSuchBucketPolicy"),
        "GET /artifacts?tagging" => s3_error(404, "NoSuchTagSet"),
        other => panic!("{other}"),
    })
    .await;
    let found = plain(&server)
        .await
        .observe(&Site::Shared, &Spec::Bucket(bucket()))
        .await
        .unwrap()
        .unwrap();
    let Spec::Bucket(found) = found.spec else {
        panic!()
    };
    assert_eq!(
        found,
        Bucket {
            public_access_blocked: false,
            ownership: String::new(),
            versioning: false,
            encryption_key: String::new(),
            bucket_key: false,
            tags: Tags::new(),
            ..bucket()
        }
    );
}

#[tokio::test]
async fn tags_of_others_stay_on_a_bucket() {
    let server = Server::start(|seen| match seen.operation.as_str() {
        "GET /artifacts?tagging" => (200, "<Tagging><TagSet><Tag><Key>theirs</Key><Value>kept</Value></Tag><Tag><Key>mine</Key><Value>old</Value></Tag></TagSet></Tagging>".into()),
        _ => (200, String::new()),
    })
    .await;
    let cloud = plain(&server).await;
    cloud
        .carry_out(&task(Spec::Bucket(bucket()), Part::Tags, None))
        .await
        .unwrap();
    let put = server.first("PUT /artifacts?tagging").body;
    assert!(
        put.contains("<Key>theirs</Key><Value>kept</Value>")
            && put.contains("<Key>mine</Key><Value>new</Value>")
            && !put.contains("old"),
        "{put}"
    );
}

#[tokio::test]
async fn a_bucket_of_our_own_is_no_error_and_one_of_another_is() {
    for (code, fine) in [
        ("BucketAlreadyOwnedByYou", true),
        ("BucketAlreadyExists", false),
    ] {
        let server = Server::start(move |_| s3_error(409, code)).await;
        let made = plain(&server)
            .await
            .carry_out(&task(Spec::Bucket(bucket()), Part::Itself, None))
            .await;
        assert_eq!(made.is_ok(), fine, "{made:?}");
        assert!(
            server
                .first("PUT /artifacts")
                .body
                .contains("<LocationConstraint>ap-northeast-2</LocationConstraint>")
        );
    }
    let server = Server::start(|_| (200, String::new())).await;
    let virginia = Bucket {
        region: "us-east-1".into(),
        ..bucket()
    };
    let made = plain(&server)
        .await
        .carry_out(&task(Spec::Bucket(virginia), Part::Itself, None))
        .await
        .unwrap();
    assert_eq!(made["arn"], "arn:aws:s3:::artifacts");
    assert!(
        !server
            .first("PUT /artifacts")
            .body
            .contains("LocationConstraint")
    );
}

fn key() -> Key {
    Key {
        alias: "alias/orders".into(),
        description: "d".into(),
        rotation: true,
        policy: json!({"Version": "2012-10-17", "Statement": [{"Sid": "New", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}),
        tags: Tags::from([
            ("crosspipe:application".into(), "orders".into()),
            ("crosspipe:resource".into(), "shared/artifact-key".into()),
        ]),
    }
}

#[tokio::test]
async fn a_policy_that_somebody_changed_is_not_overwritten() {
    let current = json!({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Decrypt"], "Resource": ["*"]}]});
    let same = json!({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}]});
    let other = json!({"Version": "2012-10-17", "Statement": []});
    for (base, expected) in [
        (Some(same), 1),
        (Some(other), 0),
        (Some(Value::Null), 0),
        (None, 1),
    ] {
        let current = current.clone();
        let server = Server::start(move |seen| match seen.operation.as_str() {
            "GetKeyPolicy" => (200, json!({"Policy": current.to_string()}).to_string()),
            _ => (200, "{}".into()),
        })
        .await;
        let done = plain(&server)
            .await
            .carry_out(&task(Spec::Key(key()), Part::Policy, base))
            .await;
        let put = server
            .operations()
            .iter()
            .filter(|name| *name == "PutKeyPolicy")
            .count();
        assert_eq!(put, expected);
        if expected == 0 {
            assert_eq!(done.unwrap_err().kind, ErrorKind::ChangedMeanwhile);
        } else {
            assert!(!server.first("PutKeyPolicy").body.contains("Bypass"));
        }
    }
}

#[tokio::test]
async fn a_key_without_its_alias_is_found_by_its_tags() {
    let server = Server::start(|seen| {
        let body: Value = serde_json::from_str(&seen.body).unwrap_or_default();
        let id = body["KeyId"].as_str().unwrap_or_default();
        let answer = match seen.operation.as_str() {
            "ListAliases" => json!({"Aliases": [{"AliasName": "alias/aws/s3", "TargetKeyId": "x"}], "Truncated": false}),
            "ListKeys" => json!({"Keys": [{"KeyId": "denied"}, {"KeyId": "gone"}, {"KeyId": "ours"}, {"KeyId": "theirs"}], "Truncated": false}),
            "ListResourceTags" if id == "denied" => return (400, r#"{"__type":"AccessDeniedException","message":"no"}"#.into()),
            "ListResourceTags" if id == "theirs" => json!({"Tags": [{"TagKey": "crosspipe:application", "TagValue": "orders"}]}),
            "ListResourceTags" => json!({"Tags": [{"TagKey": "crosspipe:application", "TagValue": "orders"}, {"TagKey": "crosspipe:resource", "TagValue": "shared/artifact-key"}]}),
            "DescribeKey" => json!({"KeyMetadata": {"KeyId": id, "Arn": "arn", "KeyState": if id == "gone" { "PendingDeletion" } else { "Enabled" }}}),
            "GetKeyPolicy" => json!({"Policy": "{}"}),
            "GetKeyRotationStatus" => json!({"KeyRotationEnabled": false}),
            other => panic!("{other}"),
        };
        (200, answer.to_string())
    })
    .await;
    let cloud = plain(&server).await;
    let found = cloud
        .observe(&Site::Shared, &Spec::Key(key()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.spec.name(), found.attributes["id"].as_str()),
        ("", "ours")
    );
    let mut stranger = key();
    stranger.tags.clear();
    assert_eq!(
        cloud
            .observe(&Site::Shared, &Spec::Key(stranger))
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_key_that_is_to_be_deleted_is_there_with_a_word_of_warning() {
    let server = Server::start(|seen| {
        let answer = match seen.operation.as_str() {
            "ListAliases" if !seen.body.contains("Marker") => json!({"Aliases": [], "Truncated": true, "NextMarker": "m"}),
            "ListAliases" => json!({"Aliases": [{"AliasName": "alias/orders", "TargetKeyId": "k"}], "Truncated": false}),
            "DescribeKey" => json!({"KeyMetadata": {"KeyId": "k", "Arn": "arn", "KeyState": "PendingDeletion"}}),
            "GetKeyPolicy" => json!({"Policy": "{}"}),
            "GetKeyRotationStatus" => return (400, r#"{"__type":"KMSInvalidStateException","message":"m"}"#.into()),
            _ => json!({"Tags": []}),
        };
        (200, answer.to_string())
    })
    .await;
    let found = plain(&server)
        .await
        .observe(&Site::Shared, &Spec::Key(key()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.attributes["state"], "PendingDeletion");
    assert!(
        found.notes[0].starts_with("The key is scheduled for deletion"),
        "{:?}",
        found.notes
    );
}

#[tokio::test]
async fn an_alias_that_exists_is_moved() {
    let server = Server::start(|seen| match seen.operation.as_str() {
        "CreateAlias" => (
            400,
            r#"{"__type":"AlreadyExistsException","message":"m"}"#.into(),
        ),
        _ => (200, "{}".into()),
    })
    .await;
    plain(&server)
        .await
        .carry_out(&task(Spec::Key(key()), Part::Alias, None))
        .await
        .unwrap();
    assert_eq!(server.operations(), ["CreateAlias", "UpdateAlias"]);
    assert!(server.first("UpdateAlias").body.contains("key-1"));
}

#[tokio::test]
async fn a_target_that_is_refused_with_http_200_is_an_error() {
    let server = Server::start(|_| (200, r#"{"FailedEntryCount":1,"FailedEntries":[{"TargetId":"pipeline","ErrorCode":"ConcurrentModificationException","ErrorMessage":"again"}]}"#.into())).await;
    let rule = Rule {
        name: "r".into(),
        description: String::new(),
        pattern: json!({}),
        enabled: true,
        target: Some(RuleTarget {
            id: "pipeline".into(),
            arn: "a".into(),
            role_arn: "b".into(),
        }),
        tags: Tags::new(),
    };
    let error = plain(&server)
        .await
        .carry_out(&task(Spec::Rule(rule), Part::Target, None))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("ConcurrentModificationException", "again")
    );
    assert_eq!(error.request_id.as_deref(), Some("request-1"));
}

#[tokio::test]
async fn a_roles_documents_are_decoded() {
    let server = Server::start(|seen| match seen.operation.as_str() {
        "GetRole" => (200, "<GetRoleResponse><GetRoleResult><Role><Path>/other/</Path><RoleName>r</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::222222222222:role/other/r</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument><Tags><member><Key>a</Key><Value>b</Value></member></Tags></Role></GetRoleResult></GetRoleResponse>".into()),
        _ => (404, "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>m</Message></Error></ErrorResponse>".into()),
    })
    .await;
    let wanted = Role {
        name: "r".into(),
        path: "/cicd/".into(),
        description: String::new(),
        max_session_seconds: 3600,
        trust: Value::Null,
        policy_name: "p".into(),
        policy: Value::Null,
        boundary: None,
        tags: Tags::new(),
    };
    let found = plain(&server)
        .await
        .observe(&Site::Shared, &Spec::Role(wanted))
        .await
        .unwrap()
        .unwrap();
    let Spec::Role(found) = found.spec else {
        panic!()
    };
    assert_eq!(found.path, "/other/");
    assert_eq!(found.trust, json!({"Statement": []}));
    assert_eq!(found.policy, Value::Null);
    assert_eq!(found.tags["a"], "b");
}

#[tokio::test]
async fn rights_that_a_role_has_besides_ours_are_noted() {
    let server = Server::start(|seen| match seen.operation.as_str() {
        "GetRole" => (200, "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>r</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::222222222222:role/r</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>".into()),
        "ListRolePolicies" => (200, "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>p</member><member>more</member></PolicyNames><IsTruncated>false</IsTruncated></ListRolePoliciesResult></ListRolePoliciesResponse>".into()),
        "ListAttachedRolePolicies" => (200, "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member><PolicyName>AdministratorAccess</PolicyName><PolicyArn>arn:aws:iam::aws:policy/AdministratorAccess</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>".into()),
        _ => (404, "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>m</Message></Error></ErrorResponse>".into()),
    })
    .await;
    let mut wanted = Role {
        name: "r".into(),
        path: "/".into(),
        description: String::new(),
        max_session_seconds: 3600,
        trust: Value::Null,
        policy_name: "p".into(),
        policy: json!({"Statement": []}),
        boundary: None,
        tags: Tags::new(),
    };
    let cloud = plain(&server).await;
    let notes = async |wanted: Role| {
        let found = cloud.observe(&Site::Shared, &Spec::Role(wanted)).await;
        found.unwrap().unwrap().notes
    };
    assert_eq!(
        notes(wanted.clone()).await,
        [
            "The role has another inline policy, more: it may do more than crosspipe gave it.",
            "The role has arn:aws:iam::aws:policy/AdministratorAccess attached: it may do more than crosspipe gave it.",
        ]
    );
    // What the application's own role may do is the application's affair.
    wanted.policy = Value::Null;
    assert!(notes(wanted).await.is_empty());
}

#[tokio::test]
async fn services_are_found_with_what_stands_in_front_of_them() {
    let server = Server::start(|seen| match seen.operation.as_str() {
        "ListClusters" => (200, json!({"clusterArns": ["arn:aws:ecs:ap-northeast-2:222222222222:cluster/main"]}).to_string()),
        "ListServices" => (200, json!({"serviceArns": (0..12).map(|n| format!("arn:aws:ecs:ap-northeast-2:222222222222:service/main/s{n}")).collect::<Vec<_>>()}).to_string()),
        "DescribeServices" => {
            let body: Value = serde_json::from_str(&seen.body).unwrap();
            let services: Vec<Value> = body["services"].as_array().unwrap().iter().map(|arn| {
                let name = arn.as_str().unwrap().rsplit('/').next().unwrap();
                let mut service = json!({"serviceName": name, "clusterArn": "arn:aws:ecs:ap-northeast-2:222222222222:cluster/main", "status": if name == "s1" { "INACTIVE" } else { "ACTIVE" }, "taskDefinition": format!("arn:aws:ecs:ap-northeast-2:222222222222:task-definition/{name}:3")});
                if name == "s0" {
                    service["deploymentController"] = json!({"type": "CODE_DEPLOY"});
                    service["taskSets"] = json!([{"status": "PRIMARY", "loadBalancers": [{"targetGroupArn": "blue", "containerName": "app", "containerPort": 8080}]}]);
                }
                service
            }).collect();
            assert!(services.len() <= 10);
            (200, json!({"services": services}).to_string())
        }
        "DescribeTargetGroups" => (200, "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups>\
            <member><TargetGroupArn>green</TargetGroupArn><TargetGroupName>app-green</TargetGroupName><VpcId>v</VpcId><TargetType>ip</TargetType></member>\
            <member><TargetGroupArn>blue</TargetGroupArn><TargetGroupName>app-blue</TargetGroupName><VpcId>v</VpcId><TargetType>ip</TargetType><LoadBalancerArns><member>lb</member></LoadBalancerArns></member>\
            <member><TargetGroupArn>far</TargetGroupArn><TargetGroupName>far</TargetGroupName><VpcId>w</VpcId><TargetType>ip</TargetType></member>\
            </TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>".into()),
        "DescribeListeners" => (200, "<DescribeListenersResponse><DescribeListenersResult><Listeners><member><ListenerArn>l</ListenerArn><Port>443</Port><Protocol>HTTPS</Protocol><DefaultActions><member><Type>forward</Type><TargetGroupArn>blue</TargetGroupArn></member></DefaultActions></member></Listeners></DescribeListenersResult></DescribeListenersResponse>".into()),
        other => panic!("{other}"),
    })
    .await;
    let found = plain(&server).await.services(&Site::Shared).await.unwrap();
    assert_eq!(found.len(), 11);
    let first = &found[0];
    assert_eq!(
        (
            first.cluster.as_str(),
            first.service.as_str(),
            first.controller.as_str()
        ),
        ("main", "s0", "CODE_DEPLOY")
    );
    assert_eq!(first.strategy, None);
    assert_eq!(first.containers, [("app".to_owned(), 8080)]);
    assert_eq!(first.target_groups, ["app-blue", "app-green"]);
    assert_eq!(first.listeners[0].forwards_to, ["app-blue"]);
    assert_eq!(
        (
            first.listeners[0].port,
            first.listeners[0].protocol.as_str()
        ),
        (443, "HTTPS")
    );
    assert_eq!(first.task_family.as_deref(), Some("s0"));
    assert_eq!(found[1].strategy.as_deref(), Some("ROLLING"));
}
