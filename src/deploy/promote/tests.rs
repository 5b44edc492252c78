use super::*;
use crate::deploy::fixture::{self, Fake, World, at};

/// A history: each commit with what it follows, written `child: parent parent`.
fn history(lines: &[&str], same_second: bool) -> Vec<Commit> {
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let (id, parents) = line.split_once(':').unwrap();
            let age = if same_second {
                0
            } else {
                i64::try_from(index).unwrap()
            };
            Commit {
                id: id.to_owned(),
                message: format!("Change {id}\n"),
                author: "Kim".to_owned(),
                when: Some(at(-60 * age)),
                parents: parents.split_whitespace().map(str::to_owned).collect(),
            }
        })
        .collect()
}

fn asked(lines: &[&str], commit: &str, head: &str) -> String {
    let mut said = Vec::new();
    // Commits of one second, as a script makes them, come in any order.
    for same_second in [false, true] {
        let fake = Fake::new(World {
            commits: history(lines, same_second),
            ..World::default()
        });
        let found = fixture::block_on(relation(&fake, "orders", commit, head)).unwrap();
        let ids = |commits: &[Brought]| {
            let mut ids: Vec<&str> = commits.iter().map(|it| it.commit.as_str()).collect();
            ids.sort_unstable();
            ids.join(" ")
        };
        said.push(match found {
            Relation::Same => "same".to_owned(),
            Relation::Ahead { commits } => format!("ahead: {}", ids(&commits)),
            Relation::Behind { by } => format!("behind by {by}"),
            Relation::Apart {
                only_there,
                only_here,
            } => {
                format!("apart: {} / {only_here}", ids(&only_there))
            }
            Relation::Unknown { .. } => "unknown".to_owned(),
        });
    }
    assert_eq!(said[0], said[1]);
    said.remove(0)
}

#[test]
fn a_straight_line_leads_forward_or_back() {
    let line = ["d: c", "c: b", "b: a", "a:"];
    assert_eq!(asked(&line, "d", "d"), "same");
    assert_eq!(asked(&line, "d", "b"), "ahead: c d");
    assert_eq!(asked(&line, "d", "a"), "ahead: b c d");
    assert_eq!(asked(&line, "b", "d"), "behind by 2");
}

#[test]
fn a_fork_stands_against_it_and_its_commits_are_named() {
    let fork = ["h2: h1", "c2: c1", "h1: b", "c1: b", "b: a", "a:"];
    assert_eq!(asked(&fork, "c2", "h2"), "apart: h1 h2 / 2");
    assert_eq!(asked(&fork, "b", "h2"), "behind by 2");
    assert_eq!(asked(&["x:", "y:"], "x", "y"), "apart: y / 1");
}

#[test]
fn a_merge_brings_its_side_along() {
    let merged = ["m: c1 s2", "s2: s1", "c1: b", "s1: a", "b: a", "a:"];
    assert_eq!(asked(&merged, "m", "b"), "ahead: c1 m s1 s2");
    assert_eq!(asked(&merged, "m", "s2"), "ahead: b c1 m");
}

#[test]
fn commits_that_cannot_be_read_end_the_way() {
    assert_eq!(asked(&["d: c", "h: g"], "d", "h"), "apart: h / 1");
}

#[test]
fn the_newest_commit_comes_first() {
    let fake = Fake::new(World {
        commits: history(&["c: b", "b: a", "a:"], true),
        ..World::default()
    });
    let found = fixture::block_on(relation(&fake, "orders", "c", "a")).unwrap();
    let Relation::Ahead { commits } = found else {
        panic!("{found:?}");
    };
    let titles: Vec<&str> = commits.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["Change c", "Change b"]);
}

#[test]
fn a_history_without_end_is_given_up() {
    let lines: Vec<String> = (0..MOST + 50).map(|n| format!("{n}: {}", n + 1)).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(asked(&lines, "0", "head"), "unknown");
}
