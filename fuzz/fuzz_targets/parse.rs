//! Any bytes as a document: nothing panics, the text and its JSON value are read alike, and every problem has a place
//! that can be looked for.
#![no_main]

use crosspipe_fuzz::policy::{self, Kind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let read = policy::parse_text(text);
    for problem in read.as_ref().err().into_iter().flatten() {
        let _ = policy::locate(text, &problem.place);
    }
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        let again = policy::parse(&value);
        if let Ok(document) = &read {
            assert_eq!(again.as_ref().ok(), Some(document));
        }
        for kind in Kind::ALL {
            policy::check(&value, *kind);
        }
    }
    let _ = policy::review_text(text, None);
});
