//! What only shows once the actions are known.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixtures;
use crate::policy::actions::data_version;
use crate::policy::{Kind, Severity, check, review};

/// What a review adds to a check.
fn told(document: &Value, kind: Kind) -> String {
    let checked = check(document, kind);
    review(document, kind)
        .iter()
        .filter(|problem| !checked.contains(problem))
        .map(|problem| {
            assert_eq!(problem.severity, Severity::Suspicion, "{problem}");
            problem.to_string().replace(data_version(), "VERSION")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// A review of one statement of an identity policy.
fn of(statement: Value) -> String {
    told(
        &json!({"Version": "2012-10-17", "Statement": statement}),
        Kind::Identity,
    )
}

#[test]
fn what_crosspipe_makes_is_not_suspicious() {
    for (document, kind) in [
        (fixtures::deploy_trust(), Kind::Trust),
        (fixtures::build_trust(), Kind::Trust),
        (fixtures::github_trust(), Kind::Trust),
        (fixtures::deploy_policy(), Kind::RoleInline),
        (fixtures::bucket_policy(), Kind::BucketPolicy),
        (fixtures::key_policy(), Kind::KeyPolicy),
        (fixtures::repository_policy(), Kind::RepositoryPolicy),
    ] {
        assert_eq!(told(&document, kind), "", "{document}");
    }
}

#[test]
fn actions_that_there_are_not() {
    assert_snapshot!(of(json!({"Effect": "Allow", "Resource": "*", "Action": [
        "s3:GetObject", "s3:GetObjects", "S3:Gett*", "s3:*Frobnicate", "elb:DescribeLoadBalancers", "frob:A", "frob:B", "*:Get*", "*:Frobnicate*"
    ]})), @r#"
    /Statement/Action/1: "s3:GetObjects" is no action of s3; did you mean "s3:GetObject"?
    /Statement/Action/2: "S3:Gett*" matches no action of S3; did you mean "s3:Get*"?
    /Statement/Action/3: "s3:*Frobnicate" matches no action of s3 here (data VERSION); it may be newer, or gone
    /Statement/Action/4: "elb" is no service that is known; did you mean "elasticloadbalancing:DescribeLoadBalancers"?
    /Statement/Action/5: "frob" is no service that is known here (data VERSION); it may be newer, or gone
    /Statement/Action/8: "*:Frobnicate*" matches no action of any service here (data VERSION); it may be newer, or gone
    /Statement/Action/0: s3:GetObject and s3:GetObjects are part of "*:Get*", which is in the same list
    "#);
    assert_snapshot!(of(json!({"Effect": "Deny", "Resource": "*", "NotAction": "iam:PasRole"})), @r#"/Statement/NotAction: "iam:PasRole" is no action of iam; did you mean "iam:PassRole"?"#);
}

#[test]
fn lists_that_say_a_thing_twice() {
    assert_snapshot!(of(json!({"Effect": "Deny", "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b/*"],
        "Action": ["s3:GetObject", "s3:getobject", "s3:Get*", "s3:PutObject", "s3:GetObjectAcl"]})), @r#"
    /Statement/Action/1: "s3:getobject" is listed twice
    /Statement/Resource/1: "arn:aws:s3:::b/*" is listed twice
    /Statement/Action/0: s3:GetObject, s3:getobject and s3:GetObjectAcl are part of "s3:Get*", which is in the same list
    "#);
}

#[test]
fn actions_on_resources_that_they_do_not_take() {
    assert_snapshot!(of(json!([
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"},
        {"Effect": "Deny", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/*"]},
        {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken", "ecr:PutImage"], "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/*"},
        {"Effect": "Deny", "Action": "ecr:GetAuthorizationToken", "Resource": "arn:aws:ecr:*:*:*"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]},
        {"Effect": "Allow", "Action": "kms:*", "Resource": "arn:aws:s3:::bucket"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:db"},
    ])), @r#"
    /Statement/0/Action: s3:GetObject works on arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName} and arn:${Partition}:s3:::${BucketName}/${ObjectName}, and no Resource of this statement is that; it is not allowed here
    /Statement/1/Action/0: s3:ListBucket works on arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName} and arn:${Partition}:s3:::${BucketName}, and no Resource of this statement is that; it is not denied here
    /Statement/2/Action/0: ecr:GetAuthorizationToken has no resource types, so only Resource "*" matches; it is not allowed here
    /Statement/3/Action: ecr:GetAuthorizationToken has no resource types, so only Resource "*" matches; it is not denied here
    /Statement/4/Resource/0: no action of this statement works on "arn:aws:s3:::bucket"
    /Statement/5/Action: kms:* works on arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}, arn:${Partition}:kms:${Region}:${Account}:alias/${Alias} and "*", and no Resource of this statement is that; it is not allowed here
    /Statement/6/Action: secretsmanager:GetSecretValue works on arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}, and no Resource of this statement is that; it is not allowed here
    "#);
    for fine in [
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]}),
        json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::bucket*"}),
        json!({"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": ["*"]}),
        json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::${aws:PrincipalTag/bucket}"}),
        json!({"Effect": "Deny", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::bucket"}),
        json!({"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::bucket"}),
        json!({"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "arn:aws:ssm:*::parameter/aws/service/*"}),
        json!({"Effect": "Allow", "Action": "elasticloadbalancing:AddTags", "Resource": "arn:aws:elasticloadbalancing:*:*:targetgroup/*"}),
        json!({"Effect": "Allow", "Action": "codestar-connections:UseConnection", "Resource": ["arn:aws:codeconnections:*:*:connection/*", "arn:aws:codestar-connections:*:*:connection/*"]}),
    ] {
        assert_eq!(of(fine.clone()), "", "{fine}");
    }
}

#[test]
fn condition_keys_that_an_action_has_not() {
    let with = |effect: &str, action: Value, condition: Value| {
        of(json!({"Effect": effect, "Action": action, "Resource": "*", "Condition": condition}))
    };
    let sse = json!({"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}});
    assert_snapshot!(with("Allow", json!("s3:GetObject"), sse.clone()), @"/Statement/Condition/StringEquals/s3:x-amz-server-side-encryption: no action of this statement has the condition key s3:x-amz-server-side-encryption, so nothing is allowed");
    assert_snapshot!(with("Allow", json!(["s3:GetObject", "s3:PutObject"]), sse.clone()), @"/Statement/Condition/StringEquals/s3:x-amz-server-side-encryption: s3:GetObject has no condition key s3:x-amz-server-side-encryption, so there nothing is allowed");
    let not = json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}});
    assert_snapshot!(with("Deny", json!("s3:Get*"), not), @"/Statement/Condition/StringNotEquals/s3:x-amz-server-side-encryption: no action of this statement has the condition key s3:x-amz-server-side-encryption, so the condition always holds and spares nothing");
    assert_eq!(with("Allow", json!("s3:*"), sse.clone()), "");
    assert_eq!(with("Allow", json!("*"), sse), "");
    assert_snapshot!(with("Allow", json!("iam:PassRole"), json!({"StringEquals": {"iam:PassToService": "ecs.amazonaws.com"}})), @r#"
    /Statement/Condition/StringEquals/iam:PassToService: iam:PassToService is no condition key; did you mean iam:PassedToService?
    /Statement/Resource: iam:PassRole on "*" passes every role to every service; name the roles, and the service in a condition on iam:PassedToService
    "#);
    assert_snapshot!(with("Deny", json!("*"), json!({"ArnNotLike": {"aws:PrincipleArn": "arn:aws:iam::*:role/x"}, "StringEquals": {"s3:prefixes": "a", "aws:frob": "b", "frob:x": "y"}})), @r"
    /Statement/Condition/ArnNotLike/aws:PrincipleArn: aws:PrincipleArn is no condition key; did you mean aws:PrincipalArn?
    /Statement/Condition/StringEquals/s3:prefixes: s3:prefixes is no condition key; did you mean s3:prefix?
    /Statement/Condition/StringEquals/aws:frob: aws:frob is no condition key that is known, so nothing is denied
    ");
    assert_snapshot!(with("Allow", json!(["ecs:UpdateService", "ecs:ListClusters"]), json!({"StringEquals": {"aws:ResourceTag/team": "a"}})), @"/Statement/Condition/StringEquals/aws:ResourceTag~1team: ecs:ListClusters has no condition key aws:ResourceTag/team, so there nothing is allowed");
    for (action, condition) in [
        (
            "s3:GetObject",
            json!({"StringEquals": {"s3:ExistingObjectTag/team": "a", "aws:PrincipalTag/team": "a"}}),
        ),
        (
            "kms:Decrypt",
            json!({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b", "kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        ),
        (
            "secretsmanager:GetSecretValue",
            json!({"StringEquals": {"secretsmanager:ResourceTag/team": "a"}}),
        ),
        (
            "elasticloadbalancing:AddTags",
            json!({"StringEquals": {"elasticloadbalancing:CreateAction": "CreateTargetGroup"}}),
        ),
        (
            "s3:GetObject",
            json!({"StringEquals": {"cognito-identity.amazonaws.com:sub": "${cognito-identity.amazonaws.com:sub}"}}),
        ),
    ] {
        assert_eq!(with("Allow", json!(action), condition), "", "{action}");
    }
}

#[test]
fn operators_that_do_not_fit_a_key() {
    assert_snapshot!(of(json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": {
        "StringNotLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"},
        "ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com", "aws:username": "x"},
        "IpAddress": {"aws:SourceVpce": "203.0.113.0/24"},
        "ArnLike": {"aws:CurrentTime": "arn:aws:iam::*:role/x"},
        "Null": {"aws:PrincipalOrgPaths": "true"}
    }})), @r"
    /Statement/Condition/StringNotLike/aws:PrincipalOrgPaths: aws:PrincipalOrgPaths may have several values; write ForAnyValue:StringNotLike if one of them has to match, ForAllValues:StringNotLike if all have to
    /Statement/Condition/ForAllValues:StringEquals/aws:PrincipalOrgID: aws:PrincipalOrgID has one value; write StringEquals, as ForAllValues is also met where the key is missing
    /Statement/Condition/ForAnyValue:StringEquals/aws:username: aws:username has one value; write StringEquals
    /Statement/Condition/IpAddress/aws:SourceVpce: aws:SourceVpce is text, which IpAddress does not read
    /Statement/Condition/ArnLike/aws:CurrentTime: aws:CurrentTime is a date, which ArnLike does not read
    ");
}

#[test]
fn values_that_a_key_never_has() {
    assert_snapshot!(of(json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24", "100.64.1.1", "fd00::/8", "0.0.0.0/0"]},
        "ArnNotEquals": {"aws:PrincipalArn": ["arn:aws:sts::111122223333:assumed-role/a/b", "arn:aws:iam::111122223333:role/a"]},
        "StringNotEquals": {"aws:SourceAccount": ["11112222333", "111122223333"], "aws:PrincipalOrgID": "a1b2c3d4e5", "iam:PassedToService": "ecs-tasks", "kms:ViaService": ["s3.eu-west-1.amazonaws.com", "s3"]},
        "StringNotLike": {"aws:PrincipalAccount": "1111*", "aws:ResourceOrgID": "${aws:PrincipalOrgID}"}
    }})), @r#"
    /Statement/Condition/NotIpAddress/aws:SourceIp: aws:SourceIp is the address that AWS sees, and "10.0.0.0/8" is private; inside of a VPC the address is aws:VpcSourceIp
    /Statement/Condition/NotIpAddress/aws:SourceIp: aws:SourceIp is the address that AWS sees, and "100.64.1.1" is private; inside of a VPC the address is aws:VpcSourceIp
    /Statement/Condition/NotIpAddress/aws:SourceIp: aws:SourceIp is the address that AWS sees, and "fd00::/8" is private; inside of a VPC the address is aws:VpcSourceIp
    /Statement/Condition/ArnNotEquals/aws:PrincipalArn: aws:PrincipalArn of a session is the ARN of its role (arn:aws:iam::ACCOUNT:role/PATH/NAME), not "arn:aws:sts::111122223333:assumed-role/a/b"
    /Statement/Condition/StringNotEquals/aws:SourceAccount: an account id has 12 digits, "11112222333" is none
    /Statement/Condition/StringNotEquals/aws:PrincipalOrgID: the id of an organization is like o-a1b2c3d4e5, "a1b2c3d4e5" is none
    /Statement/Condition/StringNotEquals/iam:PassedToService: iam:PassedToService is like ecs-tasks.amazonaws.com, "ecs-tasks" is not
    /Statement/Condition/StringNotEquals/kms:ViaService: kms:ViaService is like s3.eu-central-1.amazonaws.com, "s3" is not
    "#);
}

#[test]
fn grants_that_are_wider_than_they_look() {
    assert_snapshot!(of(json!([
        {"Effect": "Allow", "Action": ["ecs:RunTask", "iam:Pass*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::*:role/*"]},
        {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::secret/*"},
    ])), @r#"
    /Statement/0/Resource: iam:Pass* on "*" passes every role to every service; name the roles, and the service in a condition on iam:PassedToService
    /Statement/1/Resource/1: iam:PassRole on "arn:aws:iam::*:role/*" passes every role to every service; name the roles, and the service in a condition on iam:PassedToService
    /Statement/2/NotAction: NotAction with Allow grants every other action, those of services to come too
    /Statement/3/NotResource: NotResource with Allow grants every other resource, those to come too
    "#);
    for fine in [
        json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}}),
        json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/x*"}),
        json!({"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}),
        json!({"Effect": "Deny", "NotAction": "iam:PassRole", "NotResource": "arn:aws:iam::*:role/x"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    ] {
        assert_eq!(of(fine.clone()), "", "{fine}");
    }
    // A control policy grants nothing.
    let scp = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"}});
    assert_eq!(told(&scp, Kind::Scp), "");
}

#[test]
fn trust_of_identity_providers() {
    let github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let saml = "arn:aws:iam::111122223333:saml-provider/idp";
    let of = |principal: Value, action: Value, condition: Value| {
        told(
            &json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}}),
            Kind::Trust,
        )
    };
    let web = "sts:AssumeRoleWithWebIdentity";
    let aud =
        json!({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}});
    assert_snapshot!(of(json!({"Federated": github}), json!(web), aud), @"/Statement/Principal: every repository on GitHub may assume the role; add a condition on token.actions.githubusercontent.com:sub");
    let misspelt = json!({"StringEquals": {"token.action.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:o/r:ref:refs/heads/main"}});
    assert_snapshot!(of(json!({"Federated": github}), json!(web), misspelt), @"/Statement/Condition/StringEquals/token.action.githubusercontent.com:aud: token.action.githubusercontent.com:aud is said by another provider than token.actions.githubusercontent.com, so a request never has it");
    assert_snapshot!(of(json!({"Federated": saml}), json!([web, "sts:TagSession"]), json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}})), @"/Statement/Action/0: sts:AssumeRoleWithWebIdentity is for OpenID Connect providers, and the Principal names none");
    assert_snapshot!(of(json!({"Service": "ecs-tasks.amazonaws.com"}), json!("sts:AssumeRoleWithSAML"), json!({})), @"/Statement/Action: sts:AssumeRoleWithSAML is for SAML providers, and the Principal names none");
    assert_snapshot!(of(json!({"Federated": github}), json!("sts:AssumeRole"), json!({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:o/r:*"}})), @"/Statement/Action: sts:AssumeRole is for AWS identities and services, and the Principal names none");
    let eks = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC";
    let pod = json!({"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:a:b", "oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com"}});
    assert_eq!(of(json!({"Federated": eks}), json!(web), pod), "");
}

#[test]
fn documents_that_cannot_be_read_are_only_checked() {
    for document in [
        json!(null),
        json!({}),
        json!([]),
        json!({"Statement": [{"Effect": "Allow"}]}),
    ] {
        assert_eq!(told(&document, Kind::Identity), "", "{document}");
    }
}

#[test]
fn large_documents_end() {
    let statements: Vec<Value> = (0..2_000)
        .map(|n| json!({"Effect": "Deny", "Action": ["s3:*", format!("ec2:{n}*"), "iam:Get*"], "Resource": [format!("arn:aws:sqs:*:*:{n}*"), format!("arn:aws:s3:::{n}*a*b*c")], "Condition": {"StringEquals": {format!("s3:x{n}"): "a"}}}))
        .collect();
    let long: Vec<String> = (0..20_000).map(|n| format!("s3:Get{n}*")).collect();
    let all = [
        statements,
        vec![json!({"Effect": "Allow", "Action": long, "Resource": "*"})],
    ]
    .concat();
    let document = json!({"Version": "2012-10-17", "Statement": all});
    let start = std::time::Instant::now();
    assert!(review(&document, Kind::Identity).len() > 6_000);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
