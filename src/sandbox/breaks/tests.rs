//! The catalogue itself; what its breaks do is tried in `tests/breaks.rs`, on worlds that bootstrap has made.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;

#[test]
fn ids_and_names_are_unique_and_well_formed() {
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    for it in list() {
        assert!(it.number() >= 1 && it.number() <= 108, "{}", it.id);
        assert!(ids.insert(it.full_id()), "{} twice", it.full_id());
        assert!(names.insert(it.name), "{} twice", it.name);
        assert!(!it.ends.is_empty(), "{}", it.full_id());
        assert!(it.strategies().len() <= 3);
    }
    let absent: BTreeSet<&str> = absent::ABSENT.iter().map(|it| it.id).collect();
    let put: BTreeSet<&str> = list().into_iter().map(|it| it.id).collect();
    assert_eq!(absent.intersection(&put).count(), 0);
    let every: BTreeSet<String> = (1..=108).map(|number| format!("F{number:02}")).collect();
    let known: BTreeSet<String> = absent.union(&put).map(|id| (*id).to_owned()).collect();
    assert_eq!(
        every.difference(&known).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

#[test]
fn ids_are_found_however_they_are_written_and_unknown_ones_have_neighbours() {
    assert_eq!(find("f02:KEY").len(), 1);
    assert!(find("F02").len() > 2);
    assert_eq!(find("rule-disabled").len(), 1);
    assert!(find("F31").is_empty());
    assert!(absent("f31").is_some());
    assert!(nearest("F02:kez").contains(&"F02:key".to_owned()));
    assert!(nearest("rule-disable").contains(&"F83:disabled".to_owned()));
}

#[test]
fn a_world_without_a_pipeline_stays_as_it_is() {
    let mut world = crate::sandbox::world::World::default();
    let refused = put(&mut world, "F02", None, 0).unwrap_err();
    assert!(
        refused.to_string().contains("there is no pipeline"),
        "{refused}"
    );
    let refused = put(&mut world, "F31", None, 0).unwrap_err();
    assert!(refused.to_string().contains("GitHub Actions"), "{refused}");
    assert!(world.accounts.is_empty());
}
