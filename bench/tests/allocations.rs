//! A decision allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use crosspipe_bench::policy::case::read_case;
use crosspipe_bench::policy::{Answer, decide};

/// Counts what is asked of the system's allocator.
struct Counting;

static ASKED: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn a_decision_allocates_nothing() {
    for text in [
        include_str!("../benches/artifact-read.json"),
        include_str!("../benches/artifact-decrypt.json"),
    ] {
        let case = read_case(text).expect("a case");
        let before = ASKED.load(Ordering::Relaxed);
        let decision = decide(&case.policies, &case.request);
        let after = ASKED.load(Ordering::Relaxed);
        assert_eq!(decision.answer, Answer::Allowed);
        assert_eq!(after - before, 0);
    }
}
