//! The policy engine against a second reading of AWS's documentation: slow, obvious, in another
//! language, by another author (`tests/oracles/iam_reference.py`), on generated cases.
//!
//! ```text
//! cargo test --test policy_oracle
//! POLICY_ORACLE_SEED=7 POLICY_ORACLE_COUNT=100000 cargo test --test policy_oracle
//! python3 tests/oracles/iam_cases.py --coverage --weigh     what the cases reach
//! ```

#[path = "support/reference.rs"]
mod reference;

use std::fmt::Write as _;
use std::process::Command;

use serde_json::{Map, Value};

const SEED: u64 = 1;
const COUNT: u64 = 10_000;
/// How many differences are shown, so that a rule that is wrong does not fill the screen.
const SHOWN: usize = 8;

/// A number from the environment, or the one that every run uses.
fn number(name: &str, usual: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")),
        Err(_) => usual,
    }
}

fn answers(output: &str) -> Vec<Value> {
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}")))
        .collect()
}

/// Where two answers to one case differ: the result, or the answer of a layer.
fn differences(engine: &Value, slow: &Value) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let mut look = |name: String, engine: &Value, slow: &Value| {
        if engine != slow {
            found.push((name, engine.to_string(), slow.to_string()));
        }
    };
    look("id".to_owned(), &engine["id"], &slow["id"]);
    look("result".to_owned(), &engine["result"], &slow["result"]);
    let none = Map::new();
    let [engine, slow] = [engine, slow].map(|it| it["parts"].as_object().unwrap_or(&none));
    for (name, answer) in slow {
        let other = engine.get(name).unwrap_or(&Value::Null);
        look(format!("parts.{name}"), other, answer);
    }
    found
}

/// One case with both answers, so that a person can tell who is right.
fn shown(line: &str, engine: &Value, slow: &Value) -> String {
    let case: Value = serde_json::from_str(line).unwrap_or_else(|_| Value::from(line));
    let mut text = String::new();
    for (name, engine, slow) in differences(engine, slow) {
        let _ = writeln!(
            text,
            "  {name}: the engine says {engine}, the slow reading {slow}"
        );
    }
    for name in ["error", "doubts", "keys", "because"] {
        if let Some(value) = engine.get(name) {
            let _ = writeln!(text, "  {name}: {value}");
        }
    }
    if let Some(members) = case.as_object() {
        for (name, value) in members.iter().filter(|(name, _)| *name != "id") {
            let _ = writeln!(text, "  {name}: {value}");
        }
    } else {
        let _ = writeln!(text, "  the line: {case}");
    }
    text
}

/// Both answers to the same lines, compared one by one.
fn compare(lines: &str) {
    let mut engine = Command::new(env!("CARGO_BIN_EXE_crosspipe"));
    engine.args(["policy", "evaluate", "-"]);
    let engine = answers(&reference::said(engine, lines));
    let slow = answers(&reference::said(
        reference::script("iam_reference.py"),
        lines,
    ));
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(engine.len(), lines.len(), "the engine answers each line");
    assert_eq!(
        slow.len(),
        lines.len(),
        "the slow reading answers each line"
    );
    let mut wrong = 0;
    let mut text = String::new();
    for ((line, engine), slow) in lines.iter().zip(&engine).zip(&slow) {
        if differences(engine, slow).is_empty() {
            continue;
        }
        wrong += 1;
        if wrong <= SHOWN {
            let _ = writeln!(
                text,
                "\n{wrong}. case {}\n{}",
                engine["id"],
                shown(line, engine, slow)
            );
        }
    }
    assert!(
        wrong == 0,
        "{wrong} of {} cases differ; the first of them:\n{text}",
        lines.len()
    );
}

#[test]
fn the_slow_reading_gives_the_answers_that_a_person_looked_up() {
    if reference::python_is_here() {
        reference::said(reference::script("iam_table.py"), "");
    }
}

#[test]
fn the_engine_gives_the_answers_that_a_person_looked_up() {
    if reference::python_is_here() {
        let mut table = reference::script("iam_table.py");
        table.arg("--cases");
        compare(&reference::said(table, ""));
    }
}

#[test]
fn the_engine_and_the_slow_reading_agree_on_generated_cases() {
    if reference::python_is_here() {
        let seed = number("POLICY_ORACLE_SEED", SEED);
        let count = number("POLICY_ORACLE_COUNT", COUNT);
        let mut cases = reference::script("iam_cases.py");
        cases.args(["--seed", &seed.to_string(), "--count", &count.to_string()]);
        compare(&reference::said(cases, ""));
    }
}
