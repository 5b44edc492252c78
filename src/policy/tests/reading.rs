//! What must hold of every text that is read.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::generate::{asks, document, laws};
use super::properties::{any_json, restyle};
use crate::policy::{Kind, Problem, Scope, Severity, check, parse, parse_text};

const KINDS: [Kind; 8] = [
    Kind::RoleInline,
    Kind::Managed,
    Kind::Session,
    Kind::Trust,
    Kind::KeyPolicy,
    Kind::BucketPolicy,
    Kind::RepositoryPolicy,
    Kind::EventBusPolicy,
];

fn well_formed() -> impl Strategy<Value = Value> {
    (document(), asks(), 0..3_usize).prop_map(|(draft, ask, scope)| {
        draft.write(
            [Scope::Identity, Scope::Resource, Scope::Trust][scope],
            &ask,
        )
    })
}

/// Well-formed documents with something in them replaced by any JSON.
fn nearly_well_formed() -> impl Strategy<Value = Value> {
    (well_formed(), any_json(), any::<Index>()).prop_map(|(mut document, other, at)| {
        let mut places = Vec::new();
        walk(&document, String::new(), &mut places);
        if let Some(place) = document.pointer_mut(&places[at.index(places.len())]) {
            *place = other;
        }
        document
    })
}

/// The pointers to everything in a value.
fn walk(value: &Value, at: String, places: &mut Vec<String>) {
    let key = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{at}/{index}"), places);
            }
        }
        Value::Object(map) => {
            for (name, item) in map {
                walk(item, key(name), places);
            }
        }
        _ => {}
    }
    places.push(at);
}

fn any_document() -> impl Strategy<Value = Value> {
    prop_oneof![any_json(), well_formed(), nearly_well_formed()]
}

/// A document's text in which characters were taken out, put in or doubled.
fn damaged() -> impl Strategy<Value = String> {
    let change = (
        any::<Index>(),
        0..3_u8,
        "[\\[\\]{}\",:0-9a-zA-Z*$\\\\é\u{0}]",
    );
    (well_formed(), vec(change, 1..4)).prop_map(|(document, changes)| {
        let mut text: Vec<char> = document.to_string().chars().collect();
        for (at, how, put) in changes {
            if text.is_empty() {
                break;
            }
            let at = at.index(text.len());
            match how {
                0 => {
                    text.remove(at);
                }
                1 => text.splice(at..at, put.chars()).for_each(drop),
                _ => text.truncate(at),
            }
        }
        text.into_iter().collect()
    })
}

fn all_in(problems: &[Problem], document: &Value) -> Result<(), TestCaseError> {
    for problem in problems {
        prop_assert!(document.pointer(&problem.place).is_some(), "{problem}");
        prop_assert!(!problem.message.is_empty());
    }
    Ok(())
}

proptest! {
    #![proptest_config(laws(200))]

    #[test]
    fn a_value_and_its_text_are_read_the_same(document in any_document()) {
        // No policy at all is a value, and no text.
        if document.is_null() {
            prop_assert!(parse(&document).is_ok() && parse_text("null").is_err());
            return Ok(());
        }
        let read = parse(&document);
        prop_assert_eq!(&parse_text(&document.to_string()), &read);
        prop_assert_eq!(&parse_text(&serde_json::to_string_pretty(&document).unwrap()), &read);
    }

    #[test]
    fn problems_have_places_in_the_document(document in any_document()) {
        if let Err(problems) = parse(&document) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| problem.severity == Severity::Error));
            all_in(&problems, &document)?;
        }
        for kind in KINDS {
            all_in(&check(&document, kind), &document)?;
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_of_every_kind(document in any_document()) {
        if let Err(problems) = parse(&document) {
            for kind in KINDS {
                let found = check(&document, kind);
                prop_assert!(problems.iter().all(|problem| found.contains(problem)));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![".{0,40}", "[\\[\\]{}\",:a-z0-9 .eE+-]{0,40}", damaged()]) {
        let value: Result<Value, _> = serde_json::from_str(&text);
        match (parse_text(&text), value) {
            (Ok(document), Ok(value)) => prop_assert_eq!(parse(&value), Ok(document)),
            (Ok(_), Err(error)) => prop_assert!(false, "{error}"),
            (Err(problems), _) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn what_is_well_formed_is_read_in_every_style(document in well_formed()) {
        let (one, other) = (parse(&document).unwrap(), parse(&restyle(&document, "")).unwrap());
        prop_assert_eq!(one.version, other.version);
        prop_assert_eq!(one.statements.len(), other.statements.len());
        let single = one.statements.len() == 1;
        if single {
            let mut bare = document.clone();
            bare["Statement"] = document["Statement"][0].clone();
            prop_assert_eq!(parse(&bare).unwrap(), one);
        }
    }
}
