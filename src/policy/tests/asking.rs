//! What must hold of how a request is written, and of what it leaves open.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::case::{Ask, allow_all};
use super::generate::{cases, context, laws};
use super::kit::{doc, only_identity};
use super::properties::restyle;
use super::reference::like;
use crate::policy::decide::decide_telling;
use crate::policy::document::Statement;
use crate::policy::notes::{Doubt, Failing, Notes, Origin};
use crate::policy::truth::Truth;
use crate::policy::{
    Answer, AwsPrincipal, Decision, Naming, Policies, Principal, Request, Says, Scope, decide, says,
};

/// Writes down what it hears.
#[derive(Default)]
struct Listener<const THOROUGH: bool> {
    doubts: Vec<String>,
    missing: Vec<String>,
    open: usize,
}

impl<const THOROUGH: bool> Notes for Listener<THOROUGH> {
    const THOROUGH: bool = THOROUGH;

    fn begin(&mut self, _: Origin, _: &Statement) {
        self.open += 1;
    }

    fn doubt(&mut self, doubt: Doubt<'_>) {
        self.doubts.push(doubt.to_string());
    }

    fn missing(&mut self, key: &str) {
        self.missing.push(key.to_owned());
    }

    fn failing(&mut self, _: Failing) {}

    fn end(&mut self, _: Truth, _: Option<Naming>) {
        self.open -= 1;
    }
}

/// A decision without the place of the statement, which moves with its document.
fn essence(decision: Decision) -> Decision {
    Decision {
        statement: None,
        ..decision
    }
}

/// The same request with all its keys, and with the rest of the context closed.
fn completed(ask: &Ask, more: &[(String, Vec<String>)]) -> Request {
    let mut complete = ask.clone();
    complete.open = false;
    for (key, values) in more {
        let known = ask
            .context
            .iter()
            .any(|(own, _)| own.eq_ignore_ascii_case(key));
        if !known {
            complete.context.push((key.clone(), values.clone()));
        }
    }
    complete.request()
}

fn swapped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'a'..='z' => c.to_ascii_uppercase(),
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// Every style in which the same request may be written.
fn restyled(ask: &Ask) -> Request {
    let mut request = Request::new(ask.principal.clone(), swapped(ask.action));
    if let Some(resource) = ask.resource {
        request = request.on(resource);
    }
    if let Some(owner) = ask.owner {
        request = request.owned_by(owner);
    }
    for (key, values) in ask.context.iter().rev() {
        // KMS compares the names within an encryption context as they are.
        let key = match key.strip_prefix("kms:EncryptionContext:") {
            Some(name) => format!("KMS:encryptioncontext:{name}"),
            None => swapped(key),
        };
        let mut values = values.clone();
        values.reverse();
        request.set(&key, values);
    }
    if ask.open { request.open() } else { request }
}

proptest! {
    #![proptest_config(laws(200))]

    #[test]
    fn what_is_not_said_decides_only_where_it_is_told(mut case in cases(), more in context()) {
        case.ask.open = true;
        let policies = case.policies();
        let open = decide(&policies, &case.ask.request()).answer;
        for more in [more.as_slice(), &[]] {
            let complete = decide(&policies, &completed(&case.ask, more)).answer;
            let admitted = match open {
                Answer::Allowed | Answer::ExplicitlyDenied => complete == open,
                Answer::ImplicitlyDenied => matches!(complete, Answer::ImplicitlyDenied | Answer::ExplicitlyDenied),
                Answer::Depends => true,
            };
            prop_assert!(admitted, "{open:?} {complete:?}");
        }
    }

    #[test]
    fn depends_names_a_key_or_a_doubt(case in cases()) {
        let (policies, request) = (case.policies(), case.ask.request());
        let decision = decide(&policies, &request);
        let mut brief = Listener::<false>::default();
        prop_assert_eq!(decide_telling(&policies, &request, &mut brief), decision);
        let mut thorough = Listener::<true>::default();
        prop_assert_eq!(decide_telling(&policies, &request, &mut thorough), decision);
        let silent = brief.doubts.is_empty() && brief.missing.is_empty();
        prop_assert!(decision.answer != Answer::Depends || !silent);
        prop_assert!(case.ask.open || thorough.missing.is_empty());
        prop_assert_eq!((brief.open, thorough.open), (0, 0));
        prop_assert!(brief.doubts.iter().all(|doubt| thorough.doubts.contains(doubt)));
        prop_assert!(brief.missing.iter().all(|key| thorough.missing.contains(key)));
    }

    #[test]
    fn a_role_is_answered_as_any_of_its_sessions(case in cases(), name in select(vec!["run", "other", "third"])) {
        const ROLE: &str = "arn:aws:iam::111111111111:role/p/r";
        let by = |principal: AwsPrincipal| {
            let mut case = case.clone();
            case.ask.principal = Principal::Aws(principal);
            decide(&case.policies(), &case.ask.request()).answer
        };
        let (role, session) = (by(AwsPrincipal::identity(ROLE)), by(AwsPrincipal::session(ROLE, name)));
        match role {
            // Whether NotPrincipal has to list the session too is in doubt.
            Answer::Allowed => prop_assert!(matches!(session, Answer::Allowed | Answer::Depends)),
            Answer::ExplicitlyDenied => prop_assert_eq!(session, role),
            // An Allow for one session is no Allow for the role.
            Answer::ImplicitlyDenied | Answer::Depends => {}
        }
    }

    #[test]
    fn another_style_is_no_other_request(case in cases()) {
        // The id of an account does not say its partition, and its root's ARN does.
        if case.ask.principal.describe().starts_with("arn:aws-cn:") {
            return Ok(());
        }
        let mut other = case.clone();
        for (_, document) in other.documents_mut() {
            *document = restyle(document, "");
        }
        let before = decide(&case.policies(), &case.ask.request());
        let after = decide(&other.policies(), &restyled(&case.ask));
        prop_assert_eq!(essence(before), essence(after));
    }

    #[test]
    fn the_case_of_resources_and_values_counts(name in "[a-z]{1,3}[A-Za-z0-9/_-]{0,6}") {
        let mine = format!("arn:aws:s3:::b/{name}");
        let theirs = format!("arn:aws:s3:::b/{}", swapped(&name));
        let policies = |condition: Value, resource: &str| {
            let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource, "Condition": condition});
            only_identity(&[&json!({"Version": "2012-10-17", "Statement": statement})])
        };
        let ask = |resource: &str, value: &str| {
            Request::new(Principal::Aws(AwsPrincipal::identity("arn:aws:iam::111111111111:user/u")), "s3:GetObject")
                .on(resource).owned_by("111111111111").with("x:Tag", value)
        };
        let allowed = |policies: &Policies, request: Request| decide(policies, &request).answer == Answer::Allowed;
        let on_mine = policies(json!({}), &mine);
        prop_assert!(allowed(&on_mine, ask(&mine, "")) && !allowed(&on_mine, ask(&theirs, "")));
        for (operator, counts) in [("StringEquals", true), ("StringLike", true), ("StringEqualsIgnoreCase", false)] {
            let policies = policies(json!({operator: {"X:tAG": name}}), "*");
            prop_assert!(allowed(&policies, ask(&mine, &name)));
            prop_assert_eq!(allowed(&policies, ask(&mine, &swapped(&name))), !counts, "{}", operator);
        }
    }

    #[test]
    fn the_case_of_principals_counts(name in "[a-z]{1,3}[A-Za-z0-9_-]{0,6}") {
        let arn = |name: &str| format!("arn:aws:iam::111111111111:role/{name}");
        let policy = doc(&json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": arn(&name)}, "Action": "*", "Resource": "*"}}));
        let by = |role: &str| {
            let principal = Principal::Aws(AwsPrincipal::session(&arn(role), "s"));
            says(&policy, Scope::Resource, &Request::new(principal, "s3:GetObject"))
        };
        prop_assert_eq!(by(&name), Says::Allows);
        prop_assert_eq!(by(&swapped(&name)), Says::Nothing);
    }

    #[test]
    fn a_pattern_says_what_the_actions_say_that_it_stands_for(pattern in patterns(), not in any::<bool>(), mut case in cases()) {
        let stands_for: Vec<&str> = KNOWN.iter().copied()
            .filter(|action| like(&pattern.to_lowercase(), &action.to_lowercase())).collect();
        let element = if not { "NotAction" } else { "Action" };
        let with = |actions: Value| {
            let mut document = allow_all(Scope::Identity);
            let statement = &mut document["Statement"][0];
            statement.as_object_mut().unwrap().remove("Action");
            statement[element] = actions;
            document
        };
        if stands_for.is_empty() {
            return Ok(());
        }
        let mut answers = |document: Value| -> Vec<Decision> {
            case.identity = vec![document];
            let policies = case.policies();
            KNOWN.iter().map(|action| decide(&policies, &case.ask.request().to(*action))).collect()
        };
        let expanded = answers(with(json!(stands_for)));
        prop_assert_eq!(answers(with(json!(pattern))), expanded);
    }
}

const KNOWN: &[&str] = &[
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectAcl",
    "s3:GetBucketLocation",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:ListBucket",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "sts:AssumeRole",
    "sts:TagSession",
    "iam:PassRole",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
];

/// Known actions with some of their characters replaced by wildcards, or left out for a `*`.
fn patterns() -> impl Strategy<Value = String> {
    (
        select(KNOWN.to_vec()),
        0..20_usize,
        0..20_usize,
        select(vec!["*", "?", "**", "*?"]),
        any::<bool>(),
    )
        .prop_map(|(action, from, length, wildcard, upper)| {
            let from = from.min(action.len());
            let to = (from + length).min(action.len());
            let to = if wildcard == "?" {
                (from + 1).min(to)
            } else {
                to
            };
            let pattern = format!("{}{wildcard}{}", &action[..from], &action[to..]);
            if upper {
                pattern.to_uppercase()
            } else {
                pattern
            }
        })
}

#[test]
fn an_open_context_can_go_either_way() {
    let wanted = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"x:Tag": "a"}}}});
    let policies = only_identity(&[&wanted]);
    let ask = |tag: Option<&str>| {
        let user = AwsPrincipal::identity("arn:aws:iam::111111111111:user/u");
        let request = Request::new(Principal::Aws(user), "ecr:GetAuthorizationToken").open();
        tag.map_or(request.clone(), |tag| request.with("x:tag", tag))
    };
    let answer = |tag| decide(&policies, &ask(tag)).answer;
    assert_eq!(answer(None), Answer::Depends);
    assert_eq!(answer(Some("a")), Answer::Allowed);
    assert_eq!(answer(Some("b")), Answer::ImplicitlyDenied);
    let mut heard = Listener::<false>::default();
    decide_telling(&policies, &ask(None), &mut heard);
    assert_eq!(
        (heard.missing, heard.doubts),
        (vec!["x:Tag".to_owned()], vec![])
    );
}
