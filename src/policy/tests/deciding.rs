use serde_json::{Value, json};

use super::fixtures::{self, DEPLOY_ROLE, DEV, PIPELINE_ROLE, SHARED, root};
use super::kit::{
    all, and_all_to_the_identity, doc, only_identity, only_resource, session, side, user,
    without_and_with_identity,
};
use crate::policy::truth::Truth;
use crate::policy::{
    Answer, AwsPrincipal, Layer, Overruling, Part, Policies, Principal, Request, Says, Scope,
    StatementPlace, decide, parse, says,
};

use Answer::{Allowed, Depends, ExplicitlyDenied, ImplicitlyDenied};

/// `sts:AssumeRole`, with the keys that AWS puts in.
fn assume(principal: Principal, role: &str) -> Request {
    Request::new(principal, "sts:AssumeRole")
        .on(role)
        .with_derived_keys()
}

fn trust_of(principal: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "T", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
}

/// The resource policy allows; whether an identity policy is needed too.
const ENOUGH: (Answer, Answer) = (Allowed, Allowed);
const NEEDS_IDENTITY: (Answer, Answer) = (ImplicitlyDenied, Allowed);
const REFUSED: (Answer, Answer) = (ImplicitlyDenied, ImplicitlyDenied);

#[test]
fn the_pipeline_role_assumes_the_deploy_role() {
    let trust = fixtures::deploy_trust();
    let request = assume(session(PIPELINE_ROLE), DEPLOY_ROLE);
    assert_eq!(without_and_with_identity(&trust, &request), NEEDS_IDENTITY);
    let decision = decide(&only_resource(&trust), &request);
    assert!(!decision.same_account);
    assert_eq!(
        (decision.parts.identity, decision.parts.resource),
        (Part::ImplicitlyDenied, Part::Allowed)
    );
    let by_account = side(&doc(&trust), Scope::Trust, &request);
    assert_eq!(by_account.account.truth, Truth::True);
    assert_eq!(by_account.account.at.map(|place| place.statement), Some(0));
    assert_eq!(by_account.free.truth, Truth::False);
    assert_eq!(by_account.role.truth, Truth::False);
    for other in [
        "arn:aws:iam::202949997891:role/bys-dev-iam-pipeline",
        "arn:aws:iam::202949997891:role/cicd/bys-stg-iam-pipeline",
        "arn:aws:iam::558846431111:role/cicd/bys-dev-iam-pipeline",
    ] {
        let request = assume(session(other), DEPLOY_ROLE);
        assert_eq!(
            without_and_with_identity(&trust, &request),
            REFUSED,
            "{other}"
        );
    }
}

#[test]
fn no_key_is_derived_unless_it_is_asked_for() {
    let bare = Request::new(session(PIPELINE_ROLE), "sts:AssumeRole").on(DEPLOY_ROLE);
    let trust = fixtures::deploy_trust();
    assert_eq!(without_and_with_identity(&trust, &bare), REFUSED);
    let open = bare.open();
    assert_eq!(
        without_and_with_identity(&trust, &open),
        (ImplicitlyDenied, Depends)
    );
}

#[test]
fn services() {
    let project = format!("arn:aws:codebuild:ap-northeast-2:{SHARED}:project/bys-dev-iam");
    let request = |service: &str| {
        Request::new(Principal::Service(service.into()), "sts:AssumeRole")
            .on("arn:aws:iam::202949997891:role/b")
            .with_derived_keys()
    };
    let policies = only_resource(&fixtures::build_trust());
    let answer = |request: &Request| decide(&policies, request).answer;
    let good = request("codebuild.amazonaws.com")
        .with("AWS:sourceaccount", SHARED)
        .with("aws:SourceArn", &project);
    let decision = decide(&policies, &good);
    assert_eq!(decision.answer, Allowed);
    assert_eq!(decision.parts.identity, Part::NotApplicable);
    assert_eq!(
        decision.statement,
        Some(StatementPlace {
            layer: Layer::Resource,
            level: None,
            document: 0,
            statement: 0
        })
    );
    assert_eq!(
        answer(&request("codebuild.amazonaws.com")),
        ImplicitlyDenied
    );
    assert_eq!(
        answer(
            &request("codebuild.amazonaws.com")
                .with("aws:SourceAccount", DEV)
                .with("aws:SourceArn", &project)
        ),
        ImplicitlyDenied
    );
    assert_eq!(
        answer(
            &request("codepipeline.amazonaws.com")
                .with("aws:SourceAccount", SHARED)
                .with("aws:SourceArn", &project)
        ),
        ImplicitlyDenied
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
    let trust = only_resource(&fixtures::github_trust());
    assert_eq!(
        decide(&trust, &request("repo:bys/iam:environment:dev")).answer,
        Allowed
    );
    assert_eq!(
        decide(&trust, &request("repo:other/iam:environment:dev")).answer,
        ImplicitlyDenied
    );
    let everyone = trust_of(json!("*"));
    let other = Request::new(Principal::Federated(provider.clone()), "sts:AssumeRole");
    assert_eq!(
        decide(&only_resource(&everyone), &other.clone().on(DEPLOY_ROLE)).answer,
        ImplicitlyDenied,
        "AssumeRole is not called with a token"
    );
}

#[test]
fn how_a_trust_policy_names_the_one_who_asks() {
    let same = "arn:aws:iam::202949997891:role/target";
    let other = "arn:aws:iam::558846431111:role/target";
    let session_arn = format!("arn:aws:sts::{SHARED}:assumed-role/bys-dev-iam-pipeline/run");
    for (principal, target, expected) in [
        (json!({"AWS": root(SHARED)}), same, NEEDS_IDENTITY),
        (json!({"AWS": SHARED}), same, NEEDS_IDENTITY),
        (json!({"AWS": PIPELINE_ROLE}), same, ENOUGH),
        (json!({"AWS": session_arn}), same, ENOUGH),
        (json!("*"), same, ENOUGH),
        (json!({"AWS": [SHARED, PIPELINE_ROLE]}), same, ENOUGH),
        (json!({"AWS": PIPELINE_ROLE}), other, NEEDS_IDENTITY),
        (json!({"AWS": session_arn}), other, NEEDS_IDENTITY),
        (json!({"AWS": SHARED}), other, NEEDS_IDENTITY),
        (json!("*"), other, NEEDS_IDENTITY),
        (json!({"AWS": DEV}), same, REFUSED),
        (
            json!({"AWS": format!("arn:aws-cn:iam::{SHARED}:root")}),
            same,
            REFUSED,
        ),
        (
            json!({"AWS": format!("arn:aws:sts::{SHARED}:assumed-role/bys-dev-iam-pipeline/other")}),
            same,
            REFUSED,
        ),
        (
            json!({"AWS": format!("arn:aws:iam::{SHARED}:role/*")}),
            same,
            REFUSED,
        ),
        // The path of the role that asks is another one: whether it is the same role is not certain.
        (
            json!({"AWS": format!("arn:aws:iam::{SHARED}:role/bys-dev-iam-pipeline")}),
            same,
            (Depends, Depends),
        ),
        (
            json!({"AWS": format!("arn:aws:iam::{SHARED}:role/cicd/BYS-dev-iam-pipeline")}),
            same,
            REFUSED,
        ),
        (json!({"AWS": "AROAEXAMPLEEXAMPLE123"}), same, REFUSED),
        (
            json!({"Service": "codepipeline.amazonaws.com"}),
            same,
            REFUSED,
        ),
        // Which account a canonical user is, cannot be said.
        (
            json!({"CanonicalUser": "79a5"}),
            same,
            (ImplicitlyDenied, Depends),
        ),
    ] {
        assert_eq!(
            without_and_with_identity(
                &trust_of(principal.clone()),
                &assume(session(PIPELINE_ROLE), target),
            ),
            expected,
            "{principal} {target}"
        );
    }
}

#[test]
fn a_wrong_path_is_a_doubt() {
    let trust =
        trust_of(json!({"AWS": format!("arn:aws:iam::{SHARED}:role/bys-dev-iam-pipeline")}));
    let request = assume(session(PIPELINE_ROLE), DEPLOY_ROLE);
    assert_eq!(
        without_and_with_identity(&trust, &request),
        (ImplicitlyDenied, Depends)
    );
    let mut deny = trust.clone();
    deny["Statement"][0]["Effect"] = json!("Deny");
    assert_eq!(
        says(&doc(&deny), Scope::Trust, &request),
        Says::Unclear,
        "neither a sure Deny nor none"
    );
    let mut both = trust_of(json!("*"));
    both["Statement"]
        .as_array_mut()
        .unwrap()
        .push(deny["Statement"][0].clone());
    assert_eq!(
        without_and_with_identity(&both, &request),
        (ImplicitlyDenied, Depends)
    );
}

#[test]
fn nobody_gets_in_by_a_broken_trust() {
    let request = assume(session(PIPELINE_ROLE), DEPLOY_ROLE);
    for refused in [
        json!({}),
        json!("x"),
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Conditions": {}}]}),
    ] {
        assert!(parse(&refused).is_err(), "{refused}");
    }
    for (trust, expected) in [
        (Value::Null, REFUSED),
        (
            json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}),
            (ImplicitlyDenied, Depends),
        ),
        (
            json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}]}),
            (ImplicitlyDenied, Depends),
        ),
        (
            json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:TagSession"}]}),
            REFUSED,
        ),
    ] {
        assert_eq!(
            without_and_with_identity(&trust, &request),
            expected,
            "{trust}"
        );
    }
    let open = and_all_to_the_identity(only_resource(&trust_of(json!("*"))));
    let by = |principal| {
        let decision = decide(&open, &assume(principal, DEPLOY_ROLE));
        (decision.answer, decision.rule)
    };
    assert_eq!(
        by(Principal::Anonymous),
        (ImplicitlyDenied, Some(Overruling::AnonymousAssumesNoRole))
    );
    assert_eq!(
        by(user(&root(DEV))),
        (ImplicitlyDenied, Some(Overruling::RootAssumesNoRole))
    );
    assert_eq!(
        by(Principal::Service("ec2.amazonaws.com".into())),
        (Depends, None)
    );
}

#[test]
fn external_id_and_mfa() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": SHARED}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "bys-1"}, "Bool": {"aws:MultiFactorAuthPresent": true}}}]});
    let request = || assume(user("arn:aws:iam::202949997891:user/ops/kim"), DEPLOY_ROLE);
    let answers = |request: Request| without_and_with_identity(&trust, &request);
    assert_eq!(answers(request()), REFUSED);
    assert_eq!(answers(request().with("sts:ExternalId", "bys-1")), REFUSED);
    assert_eq!(
        answers(
            request()
                .with("sts:ExternalId", "BYS-1")
                .with("aws:MultiFactorAuthPresent", "true")
        ),
        REFUSED
    );
    assert_eq!(
        answers(
            request()
                .with("sts:externalid", "bys-1")
                .with("aws:MultiFactorAuthPresent", "true")
        ),
        NEEDS_IDENTITY
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
        without_and_with_identity(&with(entries), &assume(principal, DEPLOY_ROLE)).1
    };
    let listed = json!({"AWS": [SHARED, PIPELINE_ROLE, session_arn]});
    assert_eq!(answer(listed.clone(), session(PIPELINE_ROLE)), Allowed);
    for entries in [
        json!({"AWS": SHARED}),
        json!({"AWS": [PIPELINE_ROLE, session_arn]}),
        json!({"AWS": [SHARED, session_arn]}),
        json!({"Service": "ec2.amazonaws.com"}),
    ] {
        assert_eq!(
            answer(entries.clone(), session(PIPELINE_ROLE)),
            ExplicitlyDenied,
            "{entries}"
        );
    }
    let without_session = json!({"AWS": [SHARED, PIPELINE_ROLE]});
    assert_eq!(
        answer(without_session, session(PIPELINE_ROLE)),
        Depends,
        "AWS may look at the session too, it says"
    );
    let kim = "arn:aws:iam::202949997891:user/ops/kim";
    assert_eq!(answer(json!({"AWS": [SHARED, kim]}), user(kim)), Allowed);
    assert_eq!(answer(json!({"AWS": kim}), user(kim)), ExplicitlyDenied);
    assert_eq!(answer(listed.clone(), user(kim)), ExplicitlyDenied);
    let bounded = Policies {
        boundaries: vec![all()],
        ..and_all_to_the_identity(only_resource(&with(listed)))
    };
    assert_eq!(
        decide(&bounded, &assume(session(PIPELINE_ROLE), DEPLOY_ROLE)).answer,
        ExplicitlyDenied,
        "nobody with a permissions boundary is spared"
    );
    let allow = json!({"Statement": [{"Effect": "Allow", "NotPrincipal": {"AWS": DEV}, "Action": "sts:AssumeRole"}]});
    assert_eq!(
        without_and_with_identity(&allow, &assume(user(kim), DEPLOY_ROLE)),
        NEEDS_IDENTITY
    );
}

#[test]
fn identity_policies() {
    let policies = only_identity(&[&fixtures::deploy_policy()]);
    let part = |request: Request| decide(&policies, &request).parts.identity;
    let ask =
        |action: &str, resource: &str| Request::new(session(DEPLOY_ROLE), action).on(resource);
    let (yes, no) = (Part::Allowed, Part::ImplicitlyDenied);
    let object = format!("{}/bys-dev-iam/SourceArti/x", fixtures::BUCKET);
    assert_eq!(
        part(ask("s3:getobject", &object).with("aws:ResourceAccount", SHARED)),
        yes
    );
    assert_eq!(
        part(
            ask("s3:getobject", &object)
                .owned_by(SHARED)
                .with_derived_keys()
        ),
        yes
    );
    assert_eq!(
        part(ask("s3:GetObject", &object).with_derived_keys()),
        no,
        "no owner is known of an S3 ARN"
    );
    assert_eq!(
        part(ask("s3:GetObject", fixtures::BUCKET).with("aws:ResourceAccount", SHARED)),
        no
    );
    assert_eq!(part(ask("kms:Decrypt", fixtures::KEY)), yes);
    assert_eq!(part(ask("kms:Decrypt", &fixtures::KEY.to_uppercase())), no);
    let register = Request::new(session(DEPLOY_ROLE), "ecs:RegisterTaskDefinition");
    assert_eq!(part(register.clone()), yes);
    let decision = decide(&policies, &register);
    assert_eq!(decision.answer, Allowed, "its own account decides");
    assert_eq!(
        decision
            .statement
            .map(|place| (place.layer, place.statement)),
        Some((Layer::Identity, 2))
    );
    assert_eq!(
        part(Request::new(session(DEPLOY_ROLE), "kms:Decrypt")),
        no,
        "an ARN does not match 'no resource'"
    );
    let pass = ask(
        "iam:PassRole",
        "arn:aws:iam::558846431111:role/cicd/bys-dev-iam-exec",
    );
    let answer = |request: Request| decide(&policies, &request).answer;
    assert_eq!(answer(pass.clone()), ImplicitlyDenied);
    assert_eq!(
        answer(
            pass.clone()
                .with("iam:PassedToService", "ecs-tasks.amazonaws.com")
        ),
        Allowed
    );
    assert_eq!(
        answer(pass.with("iam:PassedToService", "ec2.amazonaws.com")),
        ImplicitlyDenied
    );
}

#[test]
fn identity_policies_together() {
    let allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]});
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Sid": "No", "Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::mine*"}]});
    let broken = json!({"Statement": [{"Effect": "Allow", "Action": "*"}, 1]});
    let unfit = json!({"Statement": [{"Effect": "Allow", "Action": "*"}, {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]});
    let put = |bucket: &str| {
        Request::new(session(DEPLOY_ROLE), "s3:PutObject")
            .on(bucket)
            .owned_by(DEV)
    };
    let place = |document| {
        Some(StatementPlace {
            layer: Layer::Identity,
            level: None,
            document,
            statement: 0,
        })
    };
    let decision = decide(
        &only_identity(&[&allow, &deny]),
        &put("arn:aws:s3:::theirs/k"),
    );
    assert_eq!(
        (decision.answer, decision.statement),
        (ExplicitlyDenied, place(1))
    );
    let decision = decide(
        &only_identity(&[&deny, &allow]),
        &put("arn:aws:s3:::mine/k"),
    );
    assert_eq!((decision.answer, decision.statement), (Allowed, place(1)));
    let role = "arn:aws:iam::558846431111:role/r";
    assert_eq!(
        decide(
            &only_identity(&[&allow]),
            &Request::new(session(DEPLOY_ROLE), "iam:GetRole").on(role)
        )
        .answer,
        ImplicitlyDenied
    );
    assert_eq!(
        decide(&only_identity(&[&unfit]), &put("arn:aws:s3:::mine/k")).answer,
        Depends,
        "AWS would have taken neither statement"
    );
    let problems = parse(&broken).unwrap_err();
    assert_eq!(problems[0].place, "/Statement/1");
    let nothing = Policies::default();
    assert_eq!(
        decide(&nothing, &put("arn:aws:s3:::mine/k")).answer,
        ImplicitlyDenied
    );
    assert_eq!(
        decide(
            &nothing,
            &Request::new(user(&root(DEV)), "s3:PutObject")
                .on("arn:aws:s3:::mine/k")
                .owned_by(DEV)
        )
        .answer,
        Allowed,
        "the root user needs no policy"
    );
    let anonymous = decide(
        &only_identity(&[&allow]),
        &Request::new(Principal::Anonymous, "s3:PutObject"),
    );
    assert_eq!(
        (anonymous.answer, anonymous.parts.identity),
        (ImplicitlyDenied, Part::NotApplicable)
    );
}

#[test]
fn a_bucket_policy() {
    let document = doc(&fixtures::bucket_policy());
    let policies = and_all_to_the_identity(only_resource(&fixtures::bucket_policy()));
    let object = format!("{}/bys-dev-iam/x", fixtures::BUCKET);
    let ask = |principal, action| {
        Request::new(principal, action)
            .on(&object)
            .owned_by(SHARED)
            .with_derived_keys()
            .with("aws:SecureTransport", "true")
    };
    let get = ask(session(DEPLOY_ROLE), "s3:GetObject");
    assert_eq!(says(&document, Scope::Resource, &get), Says::Allows);
    let named = side(&document, Scope::Resource, &get);
    assert_eq!(named.account.at.map(|place| place.statement), Some(2));
    assert_eq!(
        (named.free.truth, named.role.truth),
        (Truth::False, Truth::False)
    );
    assert_eq!(decide(&policies, &get).answer, Allowed);
    let mut plain = get.clone();
    plain.set("aws:SecureTransport", vec!["false".into()]);
    let decision = decide(&policies, &plain);
    assert_eq!(
        (
            decision.answer,
            decision
                .statement
                .map(|place| (place.layer, place.statement))
        ),
        (ExplicitlyDenied, Some((Layer::Resource, 0)))
    );
    let put = ask(session(PIPELINE_ROLE), "s3:PutObject");
    assert_eq!(
        says(&document, Scope::Resource, &put),
        Says::Nothing,
        "no header: the Null guard spares it"
    );
    assert_eq!(
        says(
            &document,
            Scope::Resource,
            &put.with("s3:x-amz-server-side-encryption", "AES256")
        ),
        Says::Denies
    );
    let other = ask(Principal::Anonymous, "s3:GetObject");
    assert_eq!(says(&document, Scope::Resource, &other), Says::Nothing);
}

#[test]
fn the_unguarded_encryption_deny_hits_a_put_without_the_header() {
    let document = parse(&fixtures::foreign_bucket_policy()).unwrap();
    let put =
        Request::new(session(PIPELINE_ROLE), "s3:PutObject").on(format!("{}/k", fixtures::BUCKET));
    assert_eq!(says(&document, Scope::Resource, &put), Says::Denies);
}

#[test]
fn keys_that_follow_from_the_principal() {
    let mut principal = AwsPrincipal::session(DEPLOY_ROLE, "run");
    principal.unique_id = Some("AROAEXAMPLEEXAMPLE123".into());
    let bare = Request::new(Principal::Aws(principal), "kms:Decrypt").on(fixtures::KEY);
    assert!(bare.values("aws:PrincipalArn").is_empty());
    let request = bare.with_derived_keys();
    let value = |key: &str| request.values(key).join(",");
    assert_eq!(value("AWS:principalarn"), DEPLOY_ROLE);
    assert_eq!(value("aws:PrincipalAccount"), DEV);
    assert_eq!(value("aws:PrincipalType"), "AssumedRole");
    assert_eq!(value("aws:userid"), "AROAEXAMPLEEXAMPLE123:run");
    assert!(request.values("aws:username").is_empty());
    assert_eq!(value("aws:ResourceAccount"), SHARED);
    assert_eq!(value("aws:PrincipalIsAWSService"), "false");
    let service = Request::new(Principal::Service("s3.amazonaws.com".into()), "kms:Decrypt")
        .with_derived_keys();
    assert!(service.values("aws:PrincipalArn").is_empty());
    assert_eq!(service.values("aws:PrincipalIsAWSService"), ["true"]);
    assert_eq!(
        service.values("aws:PrincipalServiceName"),
        ["s3.amazonaws.com"]
    );
    let set = Request::new(session(DEPLOY_ROLE), "kms:Decrypt")
        .with("AWS:PRINCIPALARN", "x")
        .with_derived_keys();
    assert_eq!(set.values("aws:PrincipalArn"), ["x"], "what is set stays");
}
