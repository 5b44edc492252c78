//! Holds `crosspipe policy evaluate` to what AWS documents: every line of `tests/policy_cases/*.jsonl` is a
//! case with the answer that AWS's documentation gives, the page it is from, and why.
//!
//! A line is the case itself and beside it
//! - `expect`: `result` (one answer, or a list where the documentation leaves several open and rules the
//!   others out), `parts` (the layers whose own answer the documentation settles) and `keys` (what a
//!   `Depends` has to name);
//! - `source`: the guide and the page; `why`: the rule in a few words;
//! - `line`, in place of a case: text that is given to the command as it stands.
//!
//! `cargo test --test policy_cases -- --nocapture` prints the count by topic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Map, Value};

const RESULTS: &[&str] = &[
    "Allowed",
    "ExplicitlyDenied",
    "ImplicitlyDenied",
    "Depends",
    "Error",
];
const PARTS: &[&str] = &[
    "Allowed",
    "ExplicitlyDenied",
    "ImplicitlyDenied",
    "Depends",
    "NotApplicable",
];
const LAYERS: &[&str] = &[
    "identity", "resource", "boundary", "session", "scp", "rcp", "endpoint",
];
/// Guides that a source may name, so that every source says where to look.
const GUIDES: &[&str] = &[
    "IAM User Guide, ",
    "KMS Developer Guide, ",
    "S3 User Guide, ",
    "S3 API Reference, ",
    "SQS Developer Guide, ",
    "DynamoDB Developer Guide, ",
    "Secrets Manager User Guide, ",
    "ECR User Guide, ",
    "ECS Developer Guide, ",
    "EventBridge User Guide, ",
    "CodeBuild User Guide, ",
    "CodeDeploy User Guide, ",
    "CodePipeline User Guide, ",
    "AWS Organizations User Guide, ",
    "AWS PrivateLink Guide, ",
    "AWS STS API Reference, ",
    "Service Authorization Reference, ",
    "Command help, ",
];

/// One line of a file: what the command is given, and what has to come back.
struct Case {
    place: String,
    id: String,
    raw: bool,
    input: String,
    results: Vec<String>,
    parts: BTreeMap<String, String>,
    keys: Option<BTreeSet<String>>,
    source: String,
    why: String,
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many
            .iter()
            .map(|one| one.as_str().expect("a list of texts").to_owned())
            .collect(),
        other => panic!("neither a text nor a list of texts: {other}"),
    }
}

/// Condition keys are case-insensitive, and so is their comparison here.
fn lower(keys: &Value) -> BTreeSet<String> {
    texts(keys).iter().map(|key| key.to_lowercase()).collect()
}

fn read_case(place: String, line: &str) -> Case {
    let mut case: Map<String, Value> = serde_json::from_str(line).expect("a case in JSON");
    let mut take = |key: &str| case.remove(key).unwrap_or(Value::Null);
    let (expect, source, why, text) = (take("expect"), take("source"), take("why"), take("line"));
    let expect = expect.as_object().expect("what is expected");
    for key in expect.keys() {
        assert!(
            ["result", "parts", "keys"].contains(&key.as_str()),
            "{place}: expect knows no {key}"
        );
    }
    let results = texts(&expect["result"]);
    let parts = expect.get("parts").and_then(Value::as_object);
    Case {
        id: case["id"].as_str().expect("an id").to_owned(),
        raw: text.is_string(),
        input: text
            .as_str()
            .map_or_else(|| Value::Object(case).to_string(), str::to_owned),
        results,
        parts: parts
            .into_iter()
            .flatten()
            .map(|(layer, part)| (layer.clone(), part.as_str().unwrap().to_owned()))
            .collect(),
        keys: expect.get("keys").map(lower),
        source: source.as_str().unwrap_or_default().to_owned(),
        why: why.as_str().unwrap_or_default().to_owned(),
        place,
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy_cases")
}

/// Topic, and the cases of its file.
fn all_cases() -> BTreeMap<String, Vec<Case>> {
    let mut topics = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(topic) = file.strip_suffix(".jsonl") else {
            continue;
        };
        let text = fs::read_to_string(&path).unwrap();
        let cases = text
            .lines()
            .enumerate()
            .map(|(number, line)| read_case(format!("{file}:{}", number + 1), line))
            .collect();
        topics.insert(topic.to_owned(), cases);
    }
    topics
}

/// What the command answers to each line.
fn evaluate(cases: &[Case]) -> Vec<Value> {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("cases.jsonl");
    let lines: Vec<&str> = cases.iter().map(|case| case.input.as_str()).collect();
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_crosspipe"))
        .args(["policy", "evaluate"])
        .arg(&file)
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        answers.lines().count(),
        cases.len(),
        "one answer for each line ({}): {errors}",
        output.status
    );
    answers
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer in JSON"))
        .collect()
}

/// How an answer differs from the documentation; nothing when it does not.
fn difference(case: &Case, answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let text = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    if !case.raw && text(&answer["id"]) != case.id {
        found.push(format!("the answer is for {}", answer["id"]));
    }
    let result = text(&answer["result"]);
    if !case.results.contains(&result) {
        found.push(format!(
            "{result}, documented: {}",
            case.results.join(" or ")
        ));
    }
    for (layer, part) in &case.parts {
        let answered = text(&answer["parts"][layer]);
        if &answered != part {
            found.push(format!("part {layer}: {answered}, documented: {part}"));
        }
    }
    if let Some(keys) = &case.keys {
        let answered = answer.get("keys").map(lower).unwrap_or_default();
        if &answered != keys {
            found.push(format!("keys {answered:?}, to be named: {keys:?}"));
        }
    }
    if !found.is_empty() && answer["error"].is_string() {
        found.push(format!("error: {}", text(&answer["error"])));
    }
    found
}

#[test]
fn every_case_says_where_it_is_from() {
    let topics = all_cases();
    let mut ids = BTreeSet::new();
    for (topic, cases) in &topics {
        assert!(!cases.is_empty(), "{topic} has no cases");
        for case in cases {
            let place = &case.place;
            assert!(
                ids.insert(case.id.clone()),
                "{place}: {} is there twice",
                case.id
            );
            assert!(
                case.id.starts_with(&format!("{topic}/")),
                "{place}: {} does not begin with its topic",
                case.id
            );
            assert!(
                GUIDES.iter().any(|guide| {
                    case.source
                        .strip_prefix(guide)
                        .is_some_and(|page| !page.is_empty())
                }),
                "{place}: no guide and page in its source: {:?}",
                case.source
            );
            assert!(!case.why.is_empty(), "{place}: no word about why");
            assert!(!case.results.is_empty(), "{place}: no result");
            for result in &case.results {
                assert!(RESULTS.contains(&result.as_str()), "{place}: {result}");
            }
            for (layer, part) in &case.parts {
                assert!(LAYERS.contains(&layer.as_str()), "{place}: {layer}");
                assert!(PARTS.contains(&part.as_str()), "{place}: {part}");
            }
        }
    }
}

#[test]
fn the_command_answers_as_documented() {
    let mut differences = Vec::new();
    let mut count = (0, 0);
    for (topic, cases) in all_cases() {
        let answers = evaluate(&cases);
        let mut wrong = 0;
        for (case, answer) in cases.iter().zip(&answers) {
            let found = difference(case, answer);
            if !found.is_empty() {
                wrong += 1;
                differences.push(format!(
                    "{} {}\n    {}\n    why: {}\n    source: {}",
                    case.place,
                    case.id,
                    found.join("\n    "),
                    case.why,
                    case.source
                ));
            }
        }
        println!("{topic:<20} {:>5} cases {wrong:>4} differ", cases.len());
        count = (count.0 + cases.len(), count.1 + wrong);
    }
    println!("{:<20} {:>5} cases {:>4} differ", "all", count.0, count.1);
    assert!(
        differences.is_empty(),
        "{} of {} answers differ from AWS's documentation:\n\n{}",
        count.1,
        count.0,
        differences.join("\n\n")
    );
}
