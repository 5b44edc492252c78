//! The engine and the slow reference answer the same; and the generated cases are worth something.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::generate::{cases, laws};
use super::reference::reference;
use crate::policy::{Layer, decide};

proptest! {
    #![proptest_config(laws(400))]

    #[test]
    fn a_slow_and_obvious_reading_answers_the_same(case in cases()) {
        let decision = decide(&case.policies(), &case.ask.request());
        let slow = reference(&case);
        prop_assert_eq!(Layer::ALL.map(|layer| decision.parts.of(layer)), slow.parts);
        prop_assert_eq!(decision.answer, slow.answer);
    }
}

/// How often each class occurs among so many cases.
fn classes(number: usize) -> BTreeMap<String, usize> {
    let mut runner = TestRunner::deterministic();
    let strategy = cases();
    let mut classes = BTreeMap::new();
    for _ in 0..number {
        let case = strategy.new_tree(&mut runner).unwrap().current();
        let decision = decide(&case.policies(), &case.ask.request());
        let mut count = |class: String| *classes.entry(class).or_default() += 1;
        let principal = format!("{:?}", case.ask.principal);
        let who = principal.split(['(', ' ']).next().unwrap();
        let whose = match (who, decision.same_account) {
            ("Aws", true) => " of the account",
            ("Aws", false) => " of another account",
            _ => "",
        };
        count(format!("{who}{whose}: {:?}", decision.answer));
        count(format!("{}: {:?}", case.ask.action, decision.answer));
        for layer in Layer::ALL {
            count(format!("{}: {:?}", layer.key(), decision.parts.of(layer)));
        }
        if let Some(rule) = decision.rule {
            count(format!("{rule:?}"));
        }
        if let Some(place) = decision.statement {
            count(format!("{:?} by {}", decision.answer, place.layer.key()));
        }
    }
    classes
}

#[test]
fn the_cases_are_of_every_class() {
    let classes = classes(3000);
    let answers = ["Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "Depends"];
    let mut rare = Vec::new();
    let mut at_least = |least: usize, class: String| {
        let found = classes.get(&class).copied().unwrap_or_default();
        if found < least {
            rare.push(format!("{class}: {found}, not {least}"));
        }
    };
    for answer in answers {
        for who in [
            "Aws of the account",
            "Aws of another account",
            "Service",
            "Federated",
            "Anonymous",
        ] {
            at_least(4, format!("{who}: {answer}"));
        }
        for action in [
            "s3:GetObject",
            "kms:Decrypt",
            "kms:CreateGrant",
            "sts:AssumeRole",
            "iam:PassRole",
            "ecr:GetAuthorizationToken",
        ] {
            at_least(1, format!("{action}: {answer}"));
        }
        for layer in Layer::ALL {
            // Nothing but a Deny counts in an RCP.
            if (layer, answer) != (Layer::Rcp, "ImplicitlyDenied") {
                at_least(5, format!("{}: {answer}", layer.key()));
            }
        }
    }
    for layer in Layer::ALL {
        at_least(6, format!("ExplicitlyDenied by {}", layer.key()));
    }
    at_least(30, "Allowed by identity".into());
    at_least(30, "Allowed by resource".into());
    for rule in [
        "AliasIsNoKey",
        "AnonymousAssumesNoRole",
        "BlockPublicAccess",
        "Grant",
        "IamOfAnotherAccount",
        "FederatedUserCannot",
        "NeedsLongTermCredentials",
        "NeedsNoPermission",
        "NotAcrossAccounts",
        "OtherPartition",
        "RootAssumesNoRole",
    ] {
        at_least(2, rule.into());
    }
    assert!(rare.is_empty(), "{}\n{classes:#?}", rare.join("\n"));
}
