//! A pattern and a text: the matcher agrees with the definition of `*` and `?`, character by character.
#![no_main]

use std::sync::Arc;

use crosspipe_fuzz::policy::{Answer, AwsPrincipal, Policies, Principal, Request, decide, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// The definition as a table: row by row of the pattern, what part of the text can have been matched.
fn defined(pattern: &[char], text: &[char]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match wanted {
                '*' => reached[at] || (at > 0 && next[at - 1]),
                '?' => at > 0 && reached[at - 1],
                other => at > 0 && reached[at - 1] && text[at - 1] == *other,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    if pattern.len().saturating_mul(text.len()) > 1 << 16 {
        return;
    }
    let document = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:x:::{pattern}")}});
    let Ok(document) = parse(&document) else { return };
    let policies = Policies {
        identity: vec![Arc::new(document)],
        ..Policies::default()
    };
    let user = AwsPrincipal::identity("arn:aws:iam::111111111111:user/kim");
    let request = Request::new(Principal::Aws(user), "x:Y")
        .on(format!("arn:aws:x:::{text}"))
        .owned_by("111111111111");
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    let expected = defined(&chars(pattern), &chars(text));
    let answer = decide(&policies, &request).answer;
    assert_eq!(answer == Answer::Allowed, expected);
});
