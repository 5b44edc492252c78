//! How fast a request is decided: the source documents' artifact read across accounts, `s3:GetObject` and
//! `kms:Decrypt` in turn, with three levels of service control policies.
//!
//! `cargo bench --manifest-path bench/Cargo.toml`

use std::hint::black_box;
use std::sync::Arc;

use crosspipe_bench::policy::case::{Case, answer_case, read_case};
use crosspipe_bench::policy::{Answer, Policies, Request, decide, parse_text, prove};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

const READ: &str = include_str!("artifact-read.json");
const DECRYPT: &str = include_str!("artifact-decrypt.json");

fn main() {
    divan::main();
}

/// Both cases, each on one line as a script would send it.
fn lines() -> [String; 2] {
    [READ, DECRYPT].map(|text| {
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        value.to_string()
    })
}

fn cases() -> [Case; 2] {
    [READ, DECRYPT].map(|text| {
        let case = read_case(text).expect("a case");
        assert_eq!(
            decide(&case.policies, &case.request).answer,
            Answer::Allowed
        );
        case
    })
}

/// Policies and requests are read once; an item is a decision.
#[divan::bench]
fn decisions(bencher: Bencher) {
    let cases = cases();
    bencher
        .counter(ItemsCount::new(cases.len()))
        .bench_local(|| {
            for case in &cases {
                black_box(decide(black_box(&case.policies), black_box(&case.request)));
            }
        });
}

/// The same with the proof.
#[divan::bench]
fn decisions_with_proof(bencher: Bencher) {
    let cases = cases();
    bencher
        .counter(ItemsCount::new(cases.len()))
        .bench_local(|| {
            for case in &cases {
                black_box(prove(black_box(&case.policies), black_box(&case.request)));
            }
        });
}

/// Every document and the request are read from JSON each time; an item is a case.
#[divan::bench]
fn decisions_from_json(bencher: Bencher) {
    let lines = lines();
    bencher
        .counter(ItemsCount::new(lines.len()))
        .bench_local(|| {
            for line in &lines {
                let case = read_case(black_box(line)).expect("a case");
                black_box(decide(&case.policies, &case.request));
            }
        });
}

/// What `crosspipe policy evaluate` does for a line, output included; an item is a line.
#[divan::bench]
fn lines_answered(bencher: Bencher) {
    let lines = lines();
    bencher
        .counter(ItemsCount::new(lines.len()))
        .bench_local(|| {
            for line in &lines {
                let result = answer_case(&read_case(black_box(line)));
                black_box(serde_json::to_string(&result).expect("JSON"));
            }
        });
}

/// A policy of so many statements, none of which allows.
fn long(statements: usize) -> String {
    let statements: Vec<String> = (0..statements)
        .map(|n| {
            format!(
                r#"{{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::bucket-{n}/*a*b*c","Condition":{{"StringLike":{{"aws:PrincipalArn":"*x*{n}"}}}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

/// Reading a long policy and deciding by it takes time in proportion to its length.
#[divan::bench(args = [1_000, 10_000])]
fn long_policy(bencher: Bencher, statements: usize) {
    let text = long(statements);
    let request = cases()[0].request.clone();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| decide_by(black_box(&text), &request));
}

/// A pattern made to be tried again and again, on a text that is as long.
#[divan::bench(args = [10_000, 100_000])]
fn hostile_pattern(bencher: Bencher, length: usize) {
    let pattern = format!("arn:aws:s3:::{}b", "*a".repeat(length / 2));
    let text =
        format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"{pattern}"}}}}"#);
    let request = Request::new(cases()[0].request.principal().clone(), "s3:GetObject")
        .on(format!("arn:aws:s3:::{}", "a".repeat(length)));
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| decide_by(black_box(&text), &request));
}

fn decide_by(text: &str, request: &Request) -> Answer {
    let document = parse_text(text).expect("a document");
    let policies = Policies {
        identity: vec![Arc::new(document)],
        ..Policies::default()
    };
    decide(&policies, request).answer
}
