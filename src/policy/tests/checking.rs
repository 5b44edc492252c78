use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixtures;
use crate::policy::{Kind, Limit, Rule, Severity, check, check_inline_total, size};

fn told(document: &Value, kind: Kind) -> String {
    check(document, kind)
        .iter()
        .map(|problem| {
            let mark = if problem.severity == Severity::Error {
                "error"
            } else {
                "suspicion"
            };
            format!("{mark} {problem}")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_crosspipe_makes_is_taken() {
    for (document, kind) in [
        (fixtures::deploy_trust(), Kind::Trust),
        (fixtures::build_trust(), Kind::Trust),
        (fixtures::github_trust(), Kind::Trust),
        (fixtures::deploy_policy(), Kind::RoleInline),
        (fixtures::bucket_policy(), Kind::BucketPolicy),
        (fixtures::foreign_bucket_policy(), Kind::BucketPolicy),
        (fixtures::key_policy(), Kind::KeyPolicy),
        (fixtures::repository_policy(), Kind::RepositoryPolicy),
        (Value::Null, Kind::BucketPolicy),
        (Value::Null, Kind::RoleInline),
    ] {
        assert_eq!(told(&document, kind), "", "{document}");
    }
    assert_eq!(
        told(&Value::Null, Kind::Trust),
        "error a role must have a trust policy"
    );
}

#[test]
fn elements_belong_to_kinds() {
    assert_snapshot!(told(&fixtures::deploy_trust(), Kind::RoleInline), @r"
    error /Statement/0/Principal: the principal of an inline policy is the identity that it is attached to; leave it out
    error /Statement/0: a statement of an inline policy needs a Resource
    ");
    let inline = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}});
    assert_snapshot!(told(&inline, Kind::Trust), @r#"
    error /Statement: a statement of a trust policy needs a Principal
    error /Statement/Resource: a trust policy has no Resource: it is about the role that holds it
    error /Statement/Action: a trust policy takes actions of sts only, not "s3:GetObject"
    "#);
    assert_snapshot!(told(&inline, Kind::KeyPolicy), @r#"
    error /Statement: a statement of a key policy needs a Principal
    suspicion /Statement/Action: a key policy takes actions of kms only, not "s3:GetObject"
    "#);
}

#[test]
fn everybody_but() {
    let of = |effect: &str, kind: Kind| {
        let statement = json!({"Effect": effect, "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"});
        told(
            &json!({"Version": "2012-10-17", "Statement": statement}),
            kind,
        )
    };
    assert_snapshot!(of("Deny", Kind::Trust), @"error /Statement/NotPrincipal: a trust policy has no NotPrincipal; name who may assume the role");
    assert_snapshot!(of("Allow", Kind::ResourcePolicy), @r"
    suspicion /Statement: nearly every service wants a Resource in each statement
    suspicion /Statement/NotPrincipal: NotPrincipal with Allow grants to everybody else, anonymous callers too
    ");
}

#[test]
fn characters_and_ids() {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Read-1", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        {"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/배포"},
        {"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/ÿ\u{7}"}
    ]});
    assert_snapshot!(told(&document, Kind::RoleInline), @r#"
    error /Statement/1/Resource: '배' (U+BC30) is not taken in a policy document; allowed are U+0020 to U+00FF, tab and line breaks
    error /Statement/2/Resource: '\u{7}' (U+0007) is not taken in a policy document; allowed are U+0020 to U+00FF, tab and line breaks
    error /Statement/0/Sid: IAM takes letters and digits in a statement id, "Read-1" has others
    error /Statement/2/Sid: the statement id "A" occurs more than once
    "#);
}

#[test]
fn actions_and_resources() {
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": ["GetObject", "s3:", "s3:Get Object", "s*:Get*", "*:*", "*", "s3:Get*"],
        "Resource": ["bucket", "arn:aws:s3:::", "arn:aws:s3", "arn:aws:s3*", "arn:amazon:s3:::b", "arn:aws:iam::${aws:x}:role/a", "arn:aws:s3:::b/*"]}]});
    assert_snapshot!(told(&document, Kind::RoleInline), @r#"
    error /Statement/0/Action/0: "GetObject" does not say of which service; write it like s3:GetObject
    error /Statement/0/Action/1: "s3:" is not of the form service:Action
    error /Statement/0/Action/2: "s3:Get Object" is not of the form service:Action
    error /Statement/0/Resource/0: "bucket" is neither an ARN nor "*"
    error /Statement/0/Resource/1: "arn:aws:s3:::" names no resource
    error /Statement/0/Resource/4: "amazon" in "arn:amazon:s3:::b" is no partition; write aws, aws-cn or aws-us-gov
    suspicion /Statement/0/Action/3: "s*:Get*" has a wildcard in the name of the service
    suspicion /Statement/0/Resource/2: "arn:aws:s3" has not the six parts of an ARN (arn:aws:service:region:account:resource)
    suspicion /Statement/0/Resource/3: "arn:aws:s3*" has not the six parts of an ARN (arn:aws:service:region:account:resource)
    suspicion /Statement/0/Resource/5: "arn:aws:iam::${aws:x}:role/a" has a variable outside of the last part, where it is not put in
    "#);
}

#[test]
fn principals() {
    let of = |principal: Value| json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}});
    for good in [
        json!({"AWS": "111111111111"}),
        json!({"AWS": ["arn:aws:iam::111111111111:role/a/b", "arn:aws:iam::111111111111:user/u", "arn:aws:sts::111111111111:assumed-role/a/s", "arn:aws:sts::111111111111:federated-user/f"]}),
        json!({"Service": ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com.cn"]}),
        json!({"Federated": ["arn:aws:iam::111111111111:saml-provider/p", "cognito-identity.amazonaws.com"]}),
    ] {
        assert_eq!(told(&of(good.clone()), Kind::Trust), "", "{good}");
    }
    let bad = json!({
        "AWS": ["11111111111", "arn:aws:iam::111111111111:role/*", "AROAEXAMPLEEXAMPLE123", "arn:aws:iam::111111111111:group/g", "me"],
        "Service": ["codebuild", "Codebuild.amazonaws.com", "*"],
        "Federated": ["*", "arn:aws:iam::111111111111:role/r", "github"],
        "CanonicalUser": "79a59d"
    });
    assert_snapshot!(told(&of(bad), Kind::Trust), @r#"
    error /Statement/Principal/AWS/0: an account id has 12 digits, "11111111111" has 11
    error /Statement/Principal/AWS/1: "arn:aws:iam::111111111111:role/*" has a wildcard, which a principal may not have; name the account and add a condition on aws:PrincipalArn
    error /Statement/Principal/AWS/2: "AROAEXAMPLEEXAMPLE123" stands for an identity that has been deleted; name its account, role or user anew
    error /Statement/Principal/AWS/3: "arn:aws:iam::111111111111:group/g" is no account id and no ARN of an account root, role, user or session
    error /Statement/Principal/AWS/4: "me" is no account id and no ARN of an account root, role, user or session
    error /Statement/Principal/Service/0: "codebuild" is no service principal; write it like codebuild.amazonaws.com
    error /Statement/Principal/Service/2: "*" is no service principal; write it like codebuild.amazonaws.com
    error /Statement/Principal/Federated/0: "*" is no identity provider: its ARN or domain name is needed in full
    error /Statement/Principal/Federated/1: "arn:aws:iam::111111111111:role/r" is not the ARN of an OIDC or SAML provider
    error /Statement/Principal/Federated/2: "github" is neither the ARN of a provider nor a domain name
    error /Statement/Principal/CanonicalUser: only Amazon S3 knows canonical users, a trust policy does not
    suspicion /Statement/Principal/Service/1: "Codebuild.amazonaws.com" does not look like a service principal, such as codebuild.amazonaws.com
    "#);
    assert_snapshot!(told(&of(json!("*")), Kind::Trust), @"suspicion /Statement/Principal: everybody is allowed, without a condition");
}

#[test]
fn conditions() {
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {
        "Bool": {"aws:SecureTransport": "yes"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/33"}, "DateLessThan": {"aws:CurrentTime": "soon"},
        "StringEquals": {"aws:PrincipalTag/a": "x*", "team": "a"}, "ArnLike": {"aws:SourceArn": "*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": "a"}, "StringNotEquals": {"aws:PrincipalTag/b": "y"}
    }}]});
    assert_snapshot!(told(&document, Kind::RoleInline), @r#"
    error /Statement/0/Condition/StringEquals/team: the condition key "team" has no prefix; write it like aws:SourceArn
    suspicion /Statement/0/Condition/Bool/aws:SecureTransport: Bool expects true or false, not "yes"
    suspicion /Statement/0/Condition/IpAddress/aws:SourceIp: IpAddress expects an address or CIDR block, not "10.0.0.0/33"
    suspicion /Statement/0/Condition/DateLessThan/aws:CurrentTime: DateLessThan expects an ISO 8601 date or seconds, not "soon"
    suspicion /Statement/0/Condition/StringEquals/aws:PrincipalTag~1a: "x*" has a *, which is a plain character under StringEquals; StringLike has wildcards
    suspicion /Statement/0/Condition/ArnLike/aws:SourceArn: ArnLike expects an ARN of six parts, not "*"
    suspicion /Statement/0/Condition/ForAllValues:StringEquals/aws:TagKeys: ForAllValues is met by a request that does not carry the key; add "Null": {"aws:TagKeys": "false"}
    suspicion /Statement/0/Condition/StringNotEquals/aws:PrincipalTag~1b: a negated operator is met by a request that does not carry the key; add "Null": {"aws:PrincipalTag/b": "false"}
    "#);
}

#[test]
fn sizes() {
    assert_eq!(
        size(&json!({"a": "b c", "d": [1, true]})),
        r#"{"a":"b c","d":[1,true]}"#.len()
    );
    assert_eq!(size(&json!("é")), 3);
    assert_eq!(size(&Value::Null), 0);
    let of = |length: usize| {
        let frame = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::"}]});
        let mut document = frame.clone();
        document["Statement"][0]["Resource"] = json!(format!(
            "arn:aws:s3:::{}",
            "x".repeat(length - size(&frame))
        ));
        assert_eq!(size(&document), length);
        document
    };
    assert_eq!(told(&of(10_240), Kind::RoleInline), "");
    assert_snapshot!(told(&of(10_241), Kind::RoleInline), @"error the document has 10241 characters, an inline policy at most 10240 (all inline policies of a role together)");
    assert!(check_inline_total(&[&of(5_120), &of(5_120)]).is_none());
    assert_snapshot!(check_inline_total(&[&of(5_120), &of(5_121)]).unwrap(), @"the role's 2 inline policies have 10241 characters together, at most 10240 are taken");
    let mut trust = fixtures::deploy_trust();
    trust["Statement"][0]["Condition"]["ArnEquals"]["aws:PrincipalArn"] = json!(
        (0..40)
            .map(|n| format!("{}-{n}", fixtures::PIPELINE_ROLE))
            .collect::<Vec<_>>()
    );
    assert_snapshot!(told(&trust, Kind::Trust), @"error the document has 2676 characters, a trust policy at most 2048 (a quota that can be raised to 4096)");
}

#[test]
fn variables_under_the_old_version() {
    let document = json!({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}"}]});
    assert_snapshot!(told(&document, Kind::Managed), @r#"suspicion ${...} is plain text in this document; it is a variable only under "Version": "2012-10-17""#);
}

#[test]
fn rules_for_who_answers_in_awss_words() {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "a b", "Effect": "Allow", "Principal": {"AWS": "me"}, "Action": ["GetObject", "s3:GetObject"], "Resource": "x"}
    ]});
    let rules = |kind| {
        check(&document, kind)
            .iter()
            .map(|p| (p.rule, p.place.clone()))
            .collect::<Vec<_>>()
    };
    let at = |element: &str| format!("/Statement/0/{element}");
    assert_eq!(
        rules(Kind::Trust),
        [
            (Rule::ForbiddenElement, at("Resource")),
            (Rule::StatementId, at("Sid")),
            (Rule::Principal, at("Principal/AWS")),
            (Rule::ActionVendor, at("Action/0")),
            (Rule::ActionService, at("Action/1")),
            (Rule::Resource, at("Resource")),
        ]
    );
    assert_eq!(
        rules(Kind::RoleInline)[0],
        (Rule::ForbiddenElement, at("Principal"))
    );
    assert_eq!(check(&json!({}), Kind::Trust)[0].rule, Rule::Grammar);
}

#[test]
fn control_policies() {
    let scp = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Full access, but", "Effect": "Allow", "NotAction": "iam:*Role", "NotResource": "arn:aws:s3:::b", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}
    ]});
    // Source: AWS Security Blog, "AWS Organizations service control policy now supports full IAM language".
    assert_eq!(told(&scp, Kind::Scp), "");
    let with_principal = json!({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]});
    assert_snapshot!(told(&with_principal, Kind::Scp), @r#"
    error /Statement/0/Principal: the principal of a service control policy is the identity that it is attached to; leave it out
    suspicion a service control policy has "Version": "2012-10-17"
    "#);
    let full = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]});
    assert_eq!(told(&full, Kind::Rcp), "");
    let rcp = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "STS:Get*"], "NotResource": "arn:aws:s3:::b/*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}},
        {"Effect": "Deny", "Principal": {"AWS": "111122223333"}, "Action": ["*", "iam:*", "frob:X"], "Resource": "*"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "NotAction": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*"}
    ]});
    assert_snapshot!(told(&rcp, Kind::Rcp), @r#"
    error /Statement/1/Principal: the Principal of a resource control policy is "*"; name whom it is about in a condition on aws:PrincipalArn
    error /Statement/1/Action/0: a resource control policy names the service of its actions; write "s3:*" for each
    error /Statement/2/NotPrincipal: a resource control policy has no NotPrincipal; write "Principal": "*" and a condition on aws:PrincipalArn
    error /Statement/2/NotAction: a resource control policy has no NotAction; list the actions, by service
    error /Statement/3/Effect: a resource control policy can only deny; what AWS attaches itself, RCPFullAWSAccess, allows "*" on "*" without a condition
    error /Statement/4: a statement of a resource control policy needs a Principal
    error /Statement/4: a statement of a resource control policy needs a Resource
    suspicion /Statement/1/Action/1: iam is not known to be reached by resource control policies
    suspicion /Statement/1/Action/2: frob is not known to be reached by resource control policies
    "#);
}

#[test]
fn other_kinds() {
    let everybody = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]});
    assert_eq!(told(&everybody, Kind::EndpointPolicy), "");
    assert_snapshot!(told(&everybody, Kind::ResourcePolicy), @"suspicion /Statement/0/Principal: everybody is allowed, without a condition");
    let queue = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "a b", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"},
        {"Effect": "Allow", "Principal": {"CanonicalUser": "a".repeat(64)}, "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/*"}
    ]});
    assert_snapshot!(told(&queue, Kind::ResourcePolicy), @"suspicion /Statement/0: nearly every service wants a Resource in each statement");
    assert_snapshot!(told(&queue, Kind::EndpointPolicy), @"error /Statement/0: a statement of an endpoint policy needs a Resource");
    for kind in Kind::ALL {
        assert_eq!(json!(kind), json!(kind.keyword()));
        assert!(kind.name().starts_with('a'));
        let (Limit::Characters(most) | Limit::Bytes(most)) = kind.limit();
        let message = told(&json!({"Statement": "x".repeat(most)}), *kind);
        assert!(message.contains(&format!("at most {most}")), "{message}");
    }
    assert!(Kind::ALL.is_sorted_by_key(|kind| kind.keyword()));
}

#[test]
fn kinds_that_are_guessed() {
    for (document, kind) in [
        (fixtures::deploy_trust(), Kind::Trust),
        (fixtures::build_trust(), Kind::Trust),
        (fixtures::github_trust(), Kind::Trust),
        (fixtures::deploy_policy(), Kind::Identity),
        (fixtures::bucket_policy(), Kind::BucketPolicy),
        (fixtures::foreign_bucket_policy(), Kind::BucketPolicy),
        (fixtures::key_policy(), Kind::KeyPolicy),
        (fixtures::repository_policy(), Kind::RepositoryPolicy),
        (
            json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": "*"}}),
            Kind::EventBusPolicy,
        ),
        (
            json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}}),
            Kind::ResourcePolicy,
        ),
        (
            json!({"Statement": {"Effect": "Allow", "NotPrincipal": "*", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"}}),
            Kind::ResourcePolicy,
        ),
        (
            json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*"}}),
            Kind::ResourcePolicy,
        ),
        (json!({"Statement": [1, null, []]}), Kind::Identity),
        (json!({}), Kind::Identity),
        (json!("x"), Kind::Identity),
        (Value::Null, Kind::Identity),
    ] {
        assert_eq!(Kind::guess(&document), kind, "{document}");
    }
}
