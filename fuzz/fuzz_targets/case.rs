//! Any bytes as a case: nothing panics, a decision is the same with and without its proof, and a Deny of everything
//! turns every answer into a denial.
#![no_main]

use std::sync::Arc;

use crosspipe_fuzz::policy::case::{answer_case, read_case};
use crosspipe_fuzz::policy::{Answer, Principal, decide, parse_text, prove};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let read = read_case(text);
    let _ = serde_json::to_string(&answer_case(&read));
    let Ok(mut case) = read else { return };
    let decision = decide(&case.policies, &case.request);
    assert_eq!(decision, prove(&case.policies, &case.request).decision);
    let everything = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    let needs_nothing = case.request.action().eq_ignore_ascii_case("sts:GetCallerIdentity");
    if let (Principal::Aws(_), Ok(deny)) = (case.request.principal(), parse_text(everything))
        && !needs_nothing
    {
        case.policies.identity.push(Arc::new(deny));
        let denied = decide(&case.policies, &case.request);
        assert_eq!(denied.answer, Answer::ExplicitlyDenied);
    }
});
