use serde_json::{Value, json};

use super::fixtures::{self, DEPLOY_ROLE, DEV, PIPELINE_ROLE, SHARED, root};
use crate::policy::evaluate::{Naming, Scope, Verdict, statements, statements_in};
use crate::policy::identity::{self, Answer};
use crate::policy::trust::{self, TrustAnswer};
use crate::policy::{AwsPrincipal, Principal, Request, parse};

fn session(role: &str) -> Principal {
    Principal::Aws(AwsPrincipal::session(role, "run"))
}

fn user(arn: &str) -> Principal {
    Principal::Aws(AwsPrincipal::identity(arn))
}

fn assume(principal: Principal, role: &str) -> Request {
    Request::new(principal, "sts:AssumeRole").on(role)
}

fn trust_of(principal: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "T", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
}

#[test]
fn the_pipeline_role_assumes_the_deploy_role() {
    let decision = trust::permits(
        &fixtures::deploy_trust(),
        &assume(session(PIPELINE_ROLE), DEPLOY_ROLE),
    );
    assert_eq!(
        (decision.answer, decision.needs_identity),
        (TrustAnswer::ByAccount, true)
    );
    assert_eq!(decision.label.as_deref(), Some("PipelineRole"));
    insta::assert_snapshot!(decision.reason, @"PipelineRole of the trust policy leaves sts:AssumeRole to the account of arn:aws:sts::202949997891:assumed-role/bys-dev-iam-pipeline/run, where an identity policy must allow it");
    for other in [
        "arn:aws:iam::202949997891:role/bys-dev-iam-pipeline",
        "arn:aws:iam::202949997891:role/cicd/bys-stg-iam-pipeline",
        "arn:aws:iam::558846431111:role/cicd/bys-dev-iam-pipeline",
    ] {
        let decision = trust::permits(
            &fixtures::deploy_trust(),
            &assume(session(other), DEPLOY_ROLE),
        );
        assert_eq!(decision.answer, TrustAnswer::NotAllowed, "{other}");
        assert!(!decision.permits());
    }
}

#[test]
fn services() {
    let project = format!("arn:aws:codebuild:ap-northeast-2:{SHARED}:project/bys-dev-iam");
    let request = |service: &str| {
        Request::new(Principal::Service(service.into()), "sts:AssumeRole")
            .on("arn:aws:iam::202949997891:role/b")
    };
    let answer = |request: &Request| {
        let decision = trust::permits(&fixtures::build_trust(), request);
        (decision.answer, decision.needs_identity)
    };
    let good = request("codebuild.amazonaws.com")
        .with("AWS:sourceaccount", SHARED)
        .with("aws:SourceArn", &project);
    assert_eq!(answer(&good), (TrustAnswer::Allowed, false));
    let refused = (TrustAnswer::NotAllowed, false);
    assert_eq!(answer(&request("codebuild.amazonaws.com")), refused);
    assert_eq!(
        answer(
            &request("codebuild.amazonaws.com")
                .with("aws:SourceAccount", DEV)
                .with("aws:SourceArn", &project)
        ),
        refused
    );
    assert_eq!(
        answer(
            &request("codepipeline.amazonaws.com")
                .with("aws:SourceAccount", SHARED)
                .with("aws:SourceArn", &project)
        ),
        refused
    );
}

#[test]
fn identity_providers() {
    let provider = format!("arn:aws:iam::{DEV}:oidc-provider/token.actions.githubusercontent.com");
    let request = |sub: &str| {
        Request::new(
            Principal::Federated(provider.clone()),
            "sts:AssumeRoleWithWebIdentity",
        )
        .on(DEPLOY_ROLE)
        .with(
            "token.actions.githubusercontent.com:aud",
            "sts.amazonaws.com",
        )
        .with("token.actions.githubusercontent.com:sub", sub)
    };
    assert!(
        trust::permits(
            &fixtures::github_trust(),
            &request("repo:bys/iam:environment:dev")
        )
        .permits()
    );
    assert!(
        !trust::permits(
            &fixtures::github_trust(),
            &request("repo:other/iam:environment:dev")
        )
        .permits()
    );
    assert!(
        !trust::permits(
            &trust_of(json!("*")),
            &Request::new(Principal::Federated(provider.clone()), "sts:AssumeRole")
        )
        .permits()
    );
}

#[test]
fn how_a_trust_policy_names_the_one_who_asks() {
    let same = "arn:aws:iam::202949997891:role/target";
    let other = "arn:aws:iam::558846431111:role/target";
    let session_arn = format!("arn:aws:sts::{SHARED}:assumed-role/bys-dev-iam-pipeline/run");
    use TrustAnswer::{Allowed, ByAccount, NotAllowed};
    for (principal, target, expected) in [
        (json!({"AWS": root(SHARED)}), same, (ByAccount, true)),
        (json!({"AWS": SHARED}), same, (ByAccount, true)),
        (json!({"AWS": PIPELINE_ROLE}), same, (Allowed, false)),
        (json!({"AWS": session_arn}), same, (Allowed, false)),
        (json!("*"), same, (Allowed, false)),
        (
            json!({"AWS": [SHARED, PIPELINE_ROLE]}),
            same,
            (Allowed, false),
        ),
        (json!({"AWS": PIPELINE_ROLE}), other, (Allowed, true)),
        (json!({"AWS": SHARED}), other, (ByAccount, true)),
        (json!("*"), other, (Allowed, true)),
        (json!({"AWS": DEV}), same, (NotAllowed, false)),
        (
            json!({"AWS": format!("arn:aws-cn:iam::{SHARED}:root")}),
            same,
            (NotAllowed, false),
        ),
        (
            json!({"AWS": format!("arn:aws:sts::{SHARED}:assumed-role/bys-dev-iam-pipeline/other")}),
            same,
            (NotAllowed, false),
        ),
        (
            json!({"AWS": format!("arn:aws:iam::{SHARED}:role/*")}),
            same,
            (NotAllowed, false),
        ),
        (
            json!({"AWS": format!("arn:aws:iam::{SHARED}:role/bys-dev-iam-pipeline")}),
            same,
            (NotAllowed, false),
        ),
        (
            json!({"AWS": format!("arn:aws:iam::{SHARED}:role/cicd/BYS-dev-iam-pipeline")}),
            same,
            (NotAllowed, false),
        ),
        (
            json!({"AWS": "AROAEXAMPLEEXAMPLE123"}),
            same,
            (NotAllowed, false),
        ),
        (
            json!({"Service": "codepipeline.amazonaws.com"}),
            same,
            (NotAllowed, false),
        ),
        (json!({"CanonicalUser": "79a5"}), same, (NotAllowed, false)),
    ] {
        let decision = trust::permits(
            &trust_of(principal.clone()),
            &assume(session(PIPELINE_ROLE), target),
        );
        assert_eq!(
            (decision.answer, decision.needs_identity),
            expected,
            "{principal} {target}"
        );
    }
}

#[test]
fn a_wrong_path_is_a_doubt() {
    let trust =
        trust_of(json!({"AWS": format!("arn:aws:iam::{SHARED}:role/bys-dev-iam-pipeline")}));
    let decision = trust::permits(&trust, &assume(session(PIPELINE_ROLE), DEPLOY_ROLE));
    assert_eq!(decision.doubts.len(), 1);
    let mut deny = trust.clone();
    deny["Statement"][0]["Effect"] = json!("Deny");
    assert_eq!(
        trust::permits(&deny, &assume(session(PIPELINE_ROLE), DEPLOY_ROLE)).answer,
        TrustAnswer::Denied
    );
}

#[test]
fn nobody_gets_in_by_a_broken_trust() {
    for trust in [
        Value::Null,
        json!({}),
        json!("x"),
        json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}),
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}]}),
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Conditions": {}}]}),
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:TagSession"}]}),
    ] {
        let decision = trust::permits(&trust, &assume(session(PIPELINE_ROLE), DEPLOY_ROLE));
        assert_eq!(decision.answer, TrustAnswer::NotAllowed, "{trust}");
    }
    let open = trust_of(json!("*"));
    assert!(!trust::permits(&open, &assume(Principal::Anonymous, DEPLOY_ROLE)).permits());
    assert!(!trust::permits(&open, &assume(user(&root(DEV)), DEPLOY_ROLE)).permits());
    assert!(
        !trust::permits(
            &open,
            &assume(Principal::Service("ec2.amazonaws.com".into()), DEPLOY_ROLE)
        )
        .permits()
    );
}

#[test]
fn external_id_and_mfa() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": SHARED}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "bys-1"}, "Bool": {"aws:MultiFactorAuthPresent": true}}}]});
    let request = || assume(user("arn:aws:iam::202949997891:user/ops/kim"), DEPLOY_ROLE);
    assert!(!trust::permits(&trust, &request()).permits());
    assert!(!trust::permits(&trust, &request().with("sts:ExternalId", "bys-1")).permits());
    assert!(
        !trust::permits(
            &trust,
            &request()
                .with("sts:ExternalId", "BYS-1")
                .with("aws:MultiFactorAuthPresent", "true")
        )
        .permits()
    );
    assert!(
        trust::permits(
            &trust,
            &request()
                .with("sts:externalid", "bys-1")
                .with("aws:MultiFactorAuthPresent", "true")
        )
        .permits()
    );
}

#[test]
fn not_principal_spares_only_who_is_listed_on_every_level() {
    let with = |entries: Value| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
            {"Sid": "D", "Effect": "Deny", "NotPrincipal": entries, "Action": "*"}]})
    };
    let session_arn = format!("arn:aws:sts::{SHARED}:assumed-role/bys-dev-iam-pipeline/run");
    let answer = |entries: Value, principal: Principal| {
        trust::permits(&with(entries), &assume(principal, DEPLOY_ROLE)).answer
    };
    let all = json!({"AWS": [SHARED, PIPELINE_ROLE, session_arn]});
    assert_eq!(
        answer(all.clone(), session(PIPELINE_ROLE)),
        TrustAnswer::Allowed
    );
    for entries in [
        json!({"AWS": SHARED}),
        json!({"AWS": [PIPELINE_ROLE, session_arn]}),
        json!({"AWS": [SHARED, PIPELINE_ROLE]}),
        json!({"AWS": [SHARED, session_arn]}),
        json!({"Service": "ec2.amazonaws.com"}),
    ] {
        assert_eq!(
            answer(entries.clone(), session(PIPELINE_ROLE)),
            TrustAnswer::Denied,
            "{entries}"
        );
    }
    let kim = "arn:aws:iam::202949997891:user/ops/kim";
    assert_eq!(
        answer(json!({"AWS": [SHARED, kim]}), user(kim)),
        TrustAnswer::Allowed
    );
    assert_eq!(answer(json!({"AWS": kim}), user(kim)), TrustAnswer::Denied);
    assert_eq!(answer(all, user(kim)), TrustAnswer::Denied);
    let allow = json!({"Statement": [{"Effect": "Allow", "NotPrincipal": {"AWS": DEV}, "Action": "sts:AssumeRole"}]});
    assert_eq!(
        trust::permits(&allow, &assume(user(kim), DEPLOY_ROLE)).answer,
        TrustAnswer::ByAccount
    );
}

#[test]
fn identity_policies() {
    let policy = fixtures::deploy_policy();
    let answer = |request: Request| identity::permits(&[&policy], &request).answer;
    let ask =
        |action: &str, resource: &str| Request::new(session(DEPLOY_ROLE), action).on(resource);
    let object = format!("{}/bys-dev-iam/SourceArti/x", fixtures::BUCKET);
    assert_eq!(
        answer(ask("s3:getobject", &object).with("aws:ResourceAccount", SHARED)),
        Answer::Allowed
    );
    assert_eq!(
        answer(ask("s3:GetObject", &object)),
        Answer::NotAllowed,
        "no owner is known of an S3 ARN"
    );
    assert_eq!(
        answer(ask("s3:GetObject", fixtures::BUCKET).with("aws:ResourceAccount", SHARED)),
        Answer::NotAllowed
    );
    assert_eq!(answer(ask("kms:Decrypt", fixtures::KEY)), Answer::Allowed);
    assert_eq!(
        answer(ask("kms:Decrypt", &fixtures::KEY.to_uppercase())),
        Answer::NotAllowed
    );
    assert_eq!(
        answer(Request::new(
            session(DEPLOY_ROLE),
            "ecs:RegisterTaskDefinition"
        )),
        Answer::Allowed
    );
    assert_eq!(
        answer(Request::new(session(DEPLOY_ROLE), "kms:Decrypt")),
        Answer::NotAllowed,
        "an ARN does not match 'no resource'"
    );
    let pass = ask(
        "iam:PassRole",
        "arn:aws:iam::558846431111:role/cicd/bys-dev-iam-exec",
    );
    assert_eq!(answer(pass.clone()), Answer::NotAllowed);
    assert_eq!(
        answer(
            pass.clone()
                .with("iam:PassedToService", "ecs-tasks.amazonaws.com")
        ),
        Answer::Allowed
    );
    assert_eq!(
        answer(pass.with("iam:PassedToService", "ec2.amazonaws.com")),
        Answer::NotAllowed
    );
}

#[test]
fn identity_policies_together() {
    let allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]});
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Sid": "No", "Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::mine*"}]});
    let broken = json!({"Statement": [{"Effect": "Allow", "Action": "*"}, 1]});
    let unfit = json!({"Statement": [{"Effect": "Allow", "Action": "*"}, {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]});
    let put = |bucket: &str| Request::new(session(DEPLOY_ROLE), "s3:PutObject").on(bucket);
    let decision = identity::permits(&[&allow, &deny], &put("arn:aws:s3:::theirs/k"));
    assert_eq!(
        (
            decision.answer,
            decision.document,
            decision.label.as_deref()
        ),
        (Answer::Denied, Some(1), Some("No"))
    );
    insta::assert_snapshot!(decision.reason, @"No of an identity policy of arn:aws:sts::558846431111:assumed-role/bys-dev-iam-deploy/run denies s3:PutObject on arn:aws:s3:::theirs/k");
    let decision = identity::permits(&[&deny, &allow], &put("arn:aws:s3:::mine/k"));
    assert_eq!(
        (decision.answer, decision.document),
        (Answer::Allowed, Some(1))
    );
    assert_eq!(
        identity::permits(
            &[&allow],
            &Request::new(session(DEPLOY_ROLE), "iam:GetRole")
        )
        .answer,
        Answer::NotAllowed
    );
    assert_eq!(
        identity::permits(&[&unfit], &put("arn:aws:s3:::mine/k")).answer,
        Answer::NotAllowed
    );
    let decision = identity::permits(&[&allow, &broken], &put("arn:aws:s3:::mine/k"));
    assert_eq!(decision.answer, Answer::NotAllowed);
    assert!(
        decision.reason.contains("cannot be read: /Statement/1"),
        "{}",
        decision.reason
    );
    assert_eq!(
        identity::permits(&[&deny, &broken], &put("arn:aws:s3:::theirs/k")).answer,
        Answer::Denied
    );
    assert_eq!(
        identity::permits(&[], &put("arn:aws:s3:::mine/k")).answer,
        Answer::NotAllowed
    );
    assert_eq!(
        identity::permits(&[], &Request::new(user(&root(DEV)), "s3:PutObject")).answer,
        Answer::Allowed
    );
    assert_eq!(
        identity::permits(
            &[&allow],
            &Request::new(Principal::Anonymous, "s3:PutObject")
        )
        .answer,
        Answer::NotAllowed
    );
}

#[test]
fn a_bucket_policy() {
    let document = parse(&fixtures::bucket_policy()).unwrap();
    let verdict = |request: &Request| {
        let outcome = statements_in(Scope::Resource, &document, request);
        assert_eq!(outcome, statements(&document, request));
        (outcome.verdict, outcome.label, outcome.naming)
    };
    let object = format!("{}/bys-dev-iam/x", fixtures::BUCKET);
    let get = Request::new(session(DEPLOY_ROLE), "s3:GetObject")
        .on(&object)
        .with("aws:SecureTransport", "true");
    assert_eq!(
        verdict(&get),
        (
            Verdict::Allow,
            Some("ReadByDeployRoleDev".into()),
            Some(Naming::Account)
        )
    );
    let mut plain = get.clone();
    plain.set("aws:SecureTransport", vec!["false".into()]);
    assert_eq!(
        verdict(&plain),
        (
            Verdict::ExplicitDeny,
            Some("DenyInsecureTransport".into()),
            Some(Naming::Everyone)
        )
    );
    let put = Request::new(session(PIPELINE_ROLE), "s3:PutObject")
        .on(&object)
        .with("aws:SecureTransport", "true");
    assert_eq!(
        verdict(&put).0,
        Verdict::NoMatch,
        "no header: the Null guard spares it"
    );
    assert_eq!(
        verdict(&put.with("s3:x-amz-server-side-encryption", "AES256")).0,
        Verdict::ExplicitDeny
    );
    let other = Request::new(Principal::Anonymous, "s3:GetObject")
        .on(&object)
        .with("aws:SecureTransport", "true");
    assert_eq!(verdict(&other).0, Verdict::NoMatch);
}

#[test]
fn the_unguarded_encryption_deny_hits_a_put_without_the_header() {
    let document = parse(&fixtures::foreign_bucket_policy()).unwrap();
    let put =
        Request::new(session(PIPELINE_ROLE), "s3:PutObject").on(format!("{}/k", fixtures::BUCKET));
    assert_eq!(statements(&document, &put).verdict, Verdict::ExplicitDeny);
}

#[test]
fn keys_that_follow_from_the_principal() {
    let mut principal = AwsPrincipal::session(DEPLOY_ROLE, "run");
    principal.unique_id = Some("AROAEXAMPLEEXAMPLE123".into());
    let request = Request::new(Principal::Aws(principal), "kms:Decrypt").on(fixtures::KEY);
    let value = |key: &str| request.values(key).map(|values| values.join(","));
    assert_eq!(value("AWS:principalarn").as_deref(), Some(DEPLOY_ROLE));
    assert_eq!(value("aws:PrincipalAccount").as_deref(), Some(DEV));
    assert_eq!(value("aws:PrincipalType").as_deref(), Some("AssumedRole"));
    assert_eq!(
        value("aws:userid").as_deref(),
        Some("AROAEXAMPLEEXAMPLE123:run")
    );
    assert_eq!(value("aws:username"), None);
    assert_eq!(value("aws:ResourceAccount").as_deref(), Some(SHARED));
    assert_eq!(value("aws:PrincipalIsAWSService").as_deref(), Some("false"));
    let service = Request::new(Principal::Service("s3.amazonaws.com".into()), "kms:Decrypt");
    assert_eq!(service.values("aws:PrincipalArn"), None);
    assert_eq!(
        service
            .values("aws:PrincipalIsAWSService")
            .unwrap()
            .as_ref(),
        ["true"]
    );
}
