//! What must hold of every decision.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::case::{Case, Draft, allow_all, statements_mut, with_statements};
use super::generate::{cases, draft, laws};
use crate::policy::{
    Answer, Decision, Document, Layer, Overruling, Part, Parts, Policies, Principal, Says, Scope,
    decide, says,
};

fn decision(case: &Case) -> Decision {
    decide(&case.policies(), &case.ask.request())
}

/// A decision without the place of the statement, which moves with its document.
fn essence(case: &Case) -> (Answer, bool, Parts, Option<Overruling>) {
    let Decision {
        answer,
        same_account,
        parts,
        rule,
        ..
    } = decision(case);
    (answer, same_account, parts, rule)
}

/// How much an answer gives.
fn rank(answer: Answer) -> u8 {
    match answer {
        Answer::ExplicitlyDenied | Answer::ImplicitlyDenied => 0,
        Answer::Depends => 1,
        Answer::Allowed => 2,
    }
}

/// Another order, the same one for the same seed.
fn shuffle<T>(items: &mut [T], seed: &mut u64) {
    for end in (1..items.len()).rev() {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(
            end,
            usize::try_from(*seed >> 33).unwrap() % end.saturating_add(1),
        );
    }
}

/// One document for each statement.
fn split(documents: &mut Vec<Value>) {
    *documents = documents
        .iter()
        .flat_map(|document| {
            let new = document["Version"] == "2012-10-17";
            let statements = document["Statement"].as_array().unwrap().clone();
            statements
                .into_iter()
                .map(move |statement| with_statements(vec![statement], new))
        })
        .collect();
}

/// Puts a statement into one of the documents, or into a new policy of the identity or the resource.
fn put(case: &mut Case, draft: &Draft, document: Index, at: Index) {
    let count = case.documents_mut().len();
    let chosen = document.index(count + 2);
    let ask = case.ask.clone();
    if chosen >= count {
        let scope = ask.scope();
        if chosen > count && case.resource.is_none() {
            case.resource = Some(with_statements(vec![draft.write(scope, &ask)], true));
        } else {
            let statement = draft.write(Scope::Identity, &ask);
            case.identity.push(with_statements(vec![statement], true));
        }
        return;
    }
    let mut documents = case.documents_mut();
    let (scope, value) = &mut documents[chosen];
    let statements = statements_mut(value);
    statements.insert(at.index(statements.len() + 1), draft.write(*scope, &ask));
}

proptest! {
    #![proptest_config(laws(200))]

    #[test]
    fn order_is_irrelevant(case in cases(), mut seed in any::<u64>()) {
        let mut other = case.clone();
        for (_, document) in other.documents_mut() {
            shuffle(statements_mut(document), &mut seed);
        }
        shuffle(&mut other.identity, &mut seed);
        shuffle(&mut other.boundaries, &mut seed);
        shuffle(other.session.as_deref_mut().unwrap_or_default(), &mut seed);
        shuffle(&mut other.endpoints, &mut seed);
        shuffle(&mut other.grants, &mut seed);
        for levels in [&mut other.scps, &mut other.rcps] {
            shuffle(levels, &mut seed);
            for level in levels {
                shuffle(level, &mut seed);
            }
        }
        prop_assert_eq!(essence(&case), essence(&other));
    }

    #[test]
    fn one_document_or_one_for_each_statement(case in cases()) {
        let mut other = case.clone();
        split(&mut other.identity);
        if let Some(session) = &mut other.session {
            split(session);
        }
        for level in other.scps.iter_mut().chain(&mut other.rcps) {
            split(level);
        }
        prop_assert_eq!(essence(&case), essence(&other));
    }

    #[test]
    fn what_is_there_twice_counts_once(case in cases()) {
        let mut other = case.clone();
        for (_, document) in other.documents_mut() {
            let statements = statements_mut(document);
            let again = statements.clone();
            statements.extend(again);
        }
        other.identity.extend(case.identity.clone());
        other.scps.extend(case.scps.clone());
        other.rcps.extend(case.rcps.clone());
        other.boundaries.extend(case.boundaries.clone());
        other.grants.extend(case.grants.clone());
        prop_assert_eq!(essence(&case), essence(&other));
    }

    #[test]
    fn a_deny_more_never_allows_more(case in cases(), mut deny in draft(), document in any::<Index>(), at in any::<Index>()) {
        deny.deny = true;
        let mut other = case.clone();
        put(&mut other, &deny, document, at);
        let (before, after) = (decision(&case).answer, decision(&other).answer);
        prop_assert!(rank(after) <= rank(before), "{before:?} {after:?}");
        prop_assert!(before != Answer::ExplicitlyDenied || after == Answer::ExplicitlyDenied);
    }

    #[test]
    fn an_allow_more_never_denies_more(mut case in cases(), mut allow in draft(), document in any::<Index>(), at in any::<Index>()) {
        // With it, an Allow that makes a bucket public cuts strangers off.
        case.settings.block_public_access = false;
        allow.deny = false;
        let mut other = case.clone();
        put(&mut other, &allow, document, at);
        let (before, after) = (decision(&case).answer, decision(&other).answer);
        prop_assert!(rank(after) >= rank(before), "{before:?} {after:?}");
        prop_assert_eq!(before == Answer::ExplicitlyDenied, after == Answer::ExplicitlyDenied);
    }

    #[test]
    fn a_level_that_allows_all_is_neutral(case in cases(), at in any::<Index>()) {
        let mut other = case.clone();
        let level = |scope| vec![allow_all(scope)];
        other.scps.insert(at.index(case.scps.len() + 1), level(Scope::Identity));
        other.rcps.insert(at.index(case.rcps.len() + 1), level(Scope::Resource));
        let (before, after) = (decision(&case), decision(&other));
        prop_assert_eq!(before.answer, after.answer);
        prop_assert_eq!(before.rule, after.rule);
        let same = |before: Part, after: Part| before == after || (before, after) == (Part::NotApplicable, Part::Allowed);
        prop_assert!(same(before.parts.scp, after.parts.scp));
        prop_assert!(same(before.parts.rcp, after.parts.rcp));
    }

    #[test]
    fn a_level_without_policies_denies(case in cases(), at in any::<Index>()) {
        let mut other = case.clone();
        other.scps.insert(at.index(case.scps.len() + 1), Vec::new());
        let (before, after) = (decision(&case), decision(&other));
        let limited = matches!(case.ask.principal, Principal::Aws(_))
            && !case.settings.management_account && !case.settings.service_linked_role;
        if limited {
            let expected = if before.answer == Answer::ExplicitlyDenied { before.answer } else { Answer::ImplicitlyDenied };
            prop_assert_eq!(after.answer, expected);
        } else {
            prop_assert_eq!(after.answer, before.answer);
            prop_assert_eq!(after.parts.scp, Part::NotApplicable);
        }
        // Of RCPs, only a Deny counts.
        let mut other = case.clone();
        other.rcps.insert(at.index(case.rcps.len() + 1), Vec::new());
        prop_assert_eq!(decision(&other).answer, before.answer);
    }

    #[test]
    fn another_account_needs_both_sides(case in cases()) {
        let allowed = decision(&case);
        let Principal::Aws(aws) = &case.ask.principal else { return Ok(()); };
        // A grant says alone who may retire it.
        let retires = case.ask.action == "kms:RetireGrant";
        if allowed.same_account || allowed.answer != Answer::Allowed || retires {
            return Ok(());
        }
        prop_assert_eq!((allowed.parts.identity, allowed.parts.resource), (Part::Allowed, Part::Allowed));
        for part in [allowed.parts.boundary, allowed.parts.session, allowed.parts.scp, allowed.parts.rcp, allowed.parts.endpoint] {
            prop_assert!(matches!(part, Part::Allowed | Part::NotApplicable));
        }
        let alone = |policies: Policies| decide(&policies, &case.ask.request()).answer;
        let caller = Policies { resource: None, grants: Vec::new(), ..case.policies() };
        prop_assert_eq!(alone(caller), Answer::ImplicitlyDenied);
        if !aws.is_root() {
            let owner = Policies { identity: Vec::new(), ..case.policies() };
            prop_assert!(alone(owner) != Answer::Allowed);
        }
        // Whatever one side allows, the other one's own Allow stays enough.
        let mut generous = case.clone();
        generous.settings.block_public_access = false;
        generous.resource = Some(allow_all(case.ask.scope()));
        prop_assert_eq!(decision(&generous).answer, Answer::Allowed);
        generous.resource = case.resource.clone();
        generous.identity = vec![allow_all(Scope::Identity)];
        prop_assert_eq!(decision(&generous).answer, Answer::Allowed);
    }

    #[test]
    fn a_limit_taken_away_never_denies_more(case in cases()) {
        let before = decision(&case).answer;
        let take = |away: fn(&mut Case)| {
            let mut other = case.clone();
            away(&mut other);
            decision(&other).answer
        };
        for after in [
            take(|case| case.boundaries.clear()),
            take(|case| {
                // A federated user has nothing but what the session policies leave.
                let federated = format!("{:?}", case.ask.principal).contains(":federated-user/");
                case.session = case.session.take().filter(|_| federated);
            }),
            take(|case| case.scps.clear()),
            take(|case| case.rcps.clear()),
            take(|case| case.endpoints.clear()),
            take(|case| case.settings.block_public_access = false),
            take(|case| case.settings.service_linked_role = true),
            take(|case| case.settings.management_account = true),
        ] {
            prop_assert!(rank(after) >= rank(before), "{before:?} {after:?}");
            prop_assert!(before == Answer::ExplicitlyDenied || after != Answer::ExplicitlyDenied);
        }
    }

    #[test]
    fn a_limit_that_allows_nothing_allows_nothing(case in cases(), which in select(vec![0, 1, 2])) {
        let nothing = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "NotAction": "*", "Resource": "*"}]});
        let mut other = case.clone();
        match which {
            0 => other.boundaries = vec![nothing],
            1 => other.session = Some(vec![nothing]),
            _ => other.session = Some(Vec::new()),
        }
        // Only who is named by more than the account is let in by the resource's policy alone.
        if let Principal::Aws(_) = case.ask.principal {
            other.resource = None;
            other.grants.clear();
            let after = decision(&other);
            if after.rule != Some(Overruling::NeedsNoPermission) {
                prop_assert!(rank(after.answer) == 0, "{after:?}");
            }
        }
    }

    #[test]
    fn without_an_allow_nothing_is_allowed(mut case in cases()) {
        for (_, document) in case.documents_mut() {
            for statement in statements_mut(document) {
                statement["Effect"] = json!("Deny");
            }
        }
        case.grants.clear();
        let after = decision(&case);
        let root = matches!(&case.ask.principal, Principal::Aws(aws) if aws.is_root());
        if !root && after.rule != Some(Overruling::NeedsNoPermission) {
            prop_assert_eq!(rank(after.answer), 0);
        }
    }

    #[test]
    fn the_statement_that_is_told_applies(mut case in cases()) {
        // A boundary changes what NotPrincipal means, and one document alone does not know of it.
        case.boundaries.clear();
        let before = decision(&case);
        let Some(place) = before.statement else {
            prop_assert!(before.answer != Answer::ExplicitlyDenied);
            return Ok(());
        };
        let policies = case.policies();
        let (scope, documents) = match (place.layer, place.level) {
            (Layer::Scp, Some(level)) => (Scope::Identity, policies.scps[level].as_slice()),
            (Layer::Rcp, Some(level)) => (Scope::Resource, policies.rcps[level].as_slice()),
            (Layer::Identity, None) => (Scope::Identity, policies.identity.as_slice()),
            (Layer::Session, None) => (Scope::Identity, policies.session.as_deref().unwrap()),
            (Layer::Endpoint, None) => (Scope::Resource, policies.endpoints.as_slice()),
            (Layer::Resource, None) => (case.ask.scope(), policies.resource.as_slice()),
            other => panic!("{other:?}"),
        };
        let statement = documents[place.document].statements[place.statement].clone();
        let alone = Document { statements: vec![statement], ..Document::default() };
        let said = match before.answer {
            Answer::Allowed => Says::Allows,
            Answer::ExplicitlyDenied => Says::Denies,
            other => panic!("{other:?}"),
        };
        prop_assert_eq!(says(&alone, scope, &case.ask.request()), said);
    }

    #[test]
    fn the_allow_that_is_told_was_enough(case in cases()) {
        let before = decision(&case);
        let Some(place) = before.statement.filter(|_| before.answer == Answer::Allowed) else {
            return Ok(());
        };
        let only = |documents: &mut [Value], keep: Option<(usize, usize)>| {
            for (document, value) in documents.iter_mut().enumerate() {
                let mut index = 0;
                statements_mut(value).retain(|statement| {
                    let here = (document, index);
                    index += 1;
                    statement["Effect"] == "Deny" || keep == Some(here)
                });
                if value["Statement"] == json!([]) {
                    *value = Value::Null;
                }
            }
        };
        let told = Some((place.document, place.statement));
        let of_resource = place.layer == Layer::Resource;
        let mut other = case.clone();
        let aws = matches!(case.ask.principal, Principal::Aws(_));
        let has_to_agree = case.ask.scope() == Scope::Trust || case.ask.action.starts_with("kms:");
        let root = matches!(&case.ask.principal, Principal::Aws(aws) if aws.is_root());
        if aws && !before.same_account && of_resource {
            prop_assert!(root, "{before:?}");
        }
        only(&mut other.identity, told.filter(|_| !of_resource));
        if of_resource {
            only(other.resource.as_mut_slice(), told);
        } else if before.same_account && !has_to_agree {
            only(other.resource.as_mut_slice(), None);
        }
        prop_assert_eq!(decision(&other).answer, Answer::Allowed);
    }
}
