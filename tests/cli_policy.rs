//! `crosspipe policy`, as a person and as a script meets it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/cli.rs"]
mod cli;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cli::{PROGRAM, Place};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/policy")
}

/// A place with a copy of every fixture.
fn place() -> Place {
    let place = Place::new();
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(
            &path,
            place.path(path.file_name().unwrap().to_str().unwrap()),
        )
        .unwrap();
    }
    place
}

/// What the command answers to bytes on stdin.
fn evaluate(input: &[u8]) -> Vec<Value> {
    let mut child = Command::new(PROGRAM)
        .args(["policy", "evaluate"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    lines
}

fn case(id: &str) -> Value {
    json!({"id": id, "request": {"principal": "arn:aws:iam::111111111111:user/kim", "action": "sqs:SendMessage",
        "resource": "arn:aws:sqs:eu-west-1:111111111111:jobs"},
        "identityPolicies": [{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}]})
}

#[test]
fn explained_to_a_person() {
    let place = place();
    for name in [
        "allowed",
        "typo",
        "denied-by-scp",
        "depends",
        "public-bucket",
        "pass-role",
    ] {
        let ran = place.run(&format!("policy explain {name}.json")).ended(0);
        assert_snapshot!(format!("explain_{name}"), ran.page());
    }
}

#[test]
fn a_question_that_is_never_asked() {
    let place = place();
    for (action, resource, told) in [
        (
            "s3:GetObject",
            "arn:aws:s3:::bys-site",
            "note: s3:GetObject is asked on",
        ),
        (
            "s3:GetObjects",
            "arn:aws:s3:::bys-site/k",
            "note: no action s3:GetObjects is known; did you mean s3:GetObject?",
        ),
        (
            "ecr:GetAuthorizationToken",
            "arn:aws:ecr:eu-west-1:111111111111:repository/app",
            "note: ecr:GetAuthorizationToken is about no resource",
        ),
    ] {
        let mut case = case("odd");
        case["request"]["action"] = json!(action);
        case["request"]["resource"] = json!(resource);
        case["request"]["resourceAccount"] = json!("111111111111");
        place.write("odd.json", &case.to_string());
        place.run("policy explain odd.json").ended(0).says(told);
    }
}

#[test]
fn a_case_that_is_none() {
    let place = place();
    assert_snapshot!(
        "explain_wrong",
        place.run("policy explain wrong.json").ended(2).page()
    );
    place
        .run("policy explain nothing.json")
        .ended(2)
        .complains("nothing.json cannot be read")
        .complains("help:");
    let lines = format!("{}\n{}\n", case("one"), case("two"));
    place.write("lines.jsonl", &lines);
    place
        .run("policy explain lines.jsonl")
        .ended(2)
        .complains("--line N");
    place
        .run("policy explain lines.jsonl --line 2")
        .ended(0)
        .says("lines.jsonl:2");
    place
        .run("policy explain lines.jsonl --line 3")
        .ended(2)
        .complains("it has 2");
}

#[test]
fn one_result_per_line_in_order() {
    let mut input = Vec::new();
    input.extend_from_slice("\u{feff}".as_bytes());
    input.extend_from_slice(case("first").to_string().as_bytes());
    input.extend_from_slice(b"\r\n\n{\"id\": [1], \"request\": 1}\nnonsense\n\xff\xfe\n");
    input.extend_from_slice(b"{\"id\": \"typo\", \"requset\": {}}\n");
    input.extend_from_slice(case("last, without a line end").to_string().as_bytes());
    let results = evaluate(&input);
    let told: Vec<String> = results
        .iter()
        .map(|result| format!("{} {}", result["id"], result["result"]))
        .collect();
    assert_eq!(
        told,
        [
            "\"first\" \"Allowed\"",
            "null \"Error\"",
            "[1] \"Error\"",
            "null \"Error\"",
            "null \"Error\"",
            "\"typo\" \"Error\"",
            "\"last, without a line end\" \"Allowed\""
        ]
    );
    assert!(
        results[5]["error"]
            .as_str()
            .unwrap()
            .contains("\"requset\"")
    );
    assert!(results[4]["error"].as_str().unwrap().contains("UTF-8"));
    assert_eq!(evaluate(b""), Vec::<Value>::new());
}

#[test]
fn a_result_says_why() {
    let text = std::fs::read_to_string(fixtures().join("typo.json")).unwrap();
    let line = serde_json::from_str::<Value>(&text).unwrap().to_string();
    let results = evaluate(line.as_bytes());
    insta::assert_json_snapshot!("evaluate_typo", results);
}

#[test]
fn thousands_of_lines_stream() {
    let line = format!("{}\n", case("x"));
    let results = evaluate(line.repeat(5_000).as_bytes());
    assert_eq!(results.len(), 5_000);
    assert!(results.iter().all(|result| result["result"] == "Allowed"));
}

/// A script that asks line by line gets each answer before it asks again, once its pipe is flushed.
#[test]
fn answers_come_while_the_input_is_open() {
    let mut child = Command::new(PROGRAM)
        .args(["policy", "evaluate", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for id in ["a", "b"] {
        writeln!(stdin, "{}", case(id)).unwrap();
        stdin.flush().unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&answer).unwrap()["id"], id);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn documents_checked() {
    let place = place();
    let ran = place.run("policy check suspicious-policy.json").ended(3);
    assert_snapshot!("check_suspicious", ran.page());
    place
        .run("policy check --kind scp suspicious-policy.json --json")
        .ended(3)
        .says("\"kind\":\"scp\"");
    let good = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}});
    place.write("good.json", &good.to_string());
    place
        .run("policy check good.json")
        .ended(0)
        .says("nothing found in an identity policy");
    place.write("broken.json", "{\"Statement\": [");
    place
        .run("policy check good.json broken.json")
        .ended(3)
        .says("broken.json:1:1: error: the text is not JSON");
    place
        .run("policy check --kind bucket good.json")
        .ended(2)
        .complains("bucket-policy");
    place
        .run("policy check nothing.json")
        .ended(2)
        .complains("nothing.json cannot be read");
}

/// Documents come from anywhere, and a terminal does what it is told.
#[test]
fn nothing_in_a_document_steers_the_terminal() {
    let place = place();
    let mut case = case("odd");
    case["identityPolicies"][0]["Statement"]["Sid"] = json!("A\u{1b}[2J\u{202e}B");
    place.write("odd.json", &case.to_string());
    place
        .run("policy explain odd.json")
        .ended(0)
        .says("A\\u001b[2J\\u202eB")
        .lacks("\u{1b}");
    let document = json!({"Statement": {"Effect": "Allow", "Action": "s3:Get\u{7}\u{1b}]0;x", "Resource": "*"}});
    place.write("odd-policy.json", &document.to_string());
    place
        .run("policy check odd-policy.json")
        .ended(3)
        .lacks("\u{1b}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_no_success() {
    let full = || {
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for arguments in [
        &["policy", "evaluate", "typo.json"][..],
        &["policy", "explain", "typo.json"],
        &["policy", "check", "suspicious-policy.json"],
        &["sandbox", "break", "--list"],
        &["deploy", "--help"],
    ] {
        let status = Command::new(PROGRAM)
            .args(arguments)
            .current_dir(fixtures())
            .stdout(full())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(1), "{arguments:?}");
    }
}
