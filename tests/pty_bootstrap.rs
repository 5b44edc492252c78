//! Sessions in a terminal.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/cli.rs"]
mod cli;
#[path = "support/terminal.rs"]
mod terminal;

use cli::Place;
use terminal::{BACKSPACE, CTRL_C, ENTER, ESC, Terminal};

#[test]
fn enter_through_everything_sets_everything_up() {
    let place = Place::new();
    let mut terminal = Terminal::open(&place, 120, "bootstrap --sandbox");
    terminal.enter_until("Make these 45 resources?");
    let screen = terminal.shows();
    assert!(screen.contains("wrote crosspipe.toml"), "{screen}");
    assert!(screen.contains("+ create  IAM role"), "{screen}");
    assert!(!screen.contains("Done in"), "{screen}");
    assert_eq!(
        terminal.broken_lines_below("wrote crosspipe.toml"),
        Vec::<String>::new()
    );
    // Details on request, then the same question again.
    terminal.press("d");
    terminal.press(ENTER);
    terminal.wait_for("UseByPipelineAndBuildDev");
    terminal.wait_until("the question a second time", |screen| {
        screen.matches("Make these 45 resources?").count() == 2
    });
    // Nothing is at risk in the sandbox, so Enter means yes there.
    terminal.press(ENTER);
    // And yes to the starter application, after everything that it consists of was shown.
    terminal.wait_for("Push it to develop, stage and master? This starts dev and stg, and prd too");
    let screen = terminal.shows();
    assert!(screen.contains("+ branch master"), "{screen}");
    assert!(!screen.contains("Pushed to"), "{screen}");
    terminal.press("d");
    terminal.press(ENTER);
    terminal.wait_for("FROM public.ecr.aws/");
    terminal.wait_until("the question a second time", |screen| {
        screen.matches("Push it to develop").count() == 2
    });
    terminal.press(ENTER);
    assert_eq!(terminal.ends(), 0, "{}", terminal.shows());
    let screen = terminal.shows();
    for text in [
        "41/41",
        "13/13",
        "45 resources made or changed",
        "Verified: 45 resources",
        "Pushed to awssdk-iam",
        "Next",
    ] {
        assert!(screen.contains(text), "{text} is missing in:\n{screen}");
    }
}

#[test]
fn a_wrong_answer_is_shown_and_corrected_and_esc_goes_back() {
    let place = Place::new();
    let mut terminal = Terminal::open(&place, 100, "bootstrap --sandbox");
    terminal.wait_for_question("Organization");
    terminal.press("Bys!");
    terminal.press(ENTER);
    terminal.wait_for("cannot lead names");
    terminal.press(&BACKSPACE.repeat(4));
    terminal.press("acme");
    terminal.press(ENTER);
    terminal.wait_for_question("Application");
    // One back, and what was said is still there.
    terminal.press(ESC);
    terminal.wait_for_question("Organization (leads most names) (acme)");
    terminal.press(ENTER);
    terminal.wait_for_question("Application");
    terminal.press("orders");
    terminal.press(ENTER);
    terminal.wait_for_question("Description");
    terminal.press("주문");
    terminal.press(ENTER);
    terminal.wait_for("Latin-1");
    terminal.press(&BACKSPACE.repeat(2));
    terminal.press(ENTER);
    terminal.wait_for_question("Region");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ends(), 130, "{}", terminal.shows());
    let screen = terminal.shows();
    assert!(
        screen.contains("Cancelled: nothing was written"),
        "{screen}"
    );
    assert!(screen.contains("acme"), "{screen}");
    assert!(!place.has("crosspipe.toml"));
}

#[test]
fn a_no_changes_nothing() {
    let place = Place::new();
    let mut terminal = Terminal::open(&place, 100, "bootstrap --sandbox --environment dev");
    terminal.enter_until("Make these 17 resources?");
    terminal.press("n");
    terminal.press(ENTER);
    assert_eq!(terminal.ends(), 0);
    let screen = terminal.shows();
    assert!(screen.contains("Nothing was changed at AWS."), "{screen}");
    place
        .run("plan --sandbox")
        .ended(0)
        .says("+ create  KMS key");
}

#[test]
fn a_narrow_window_stays_readable() {
    let mut place = Place::new();
    place.set("NO_COLOR", "1");
    let mut terminal = Terminal::open(&place, 60, "bootstrap --sandbox --environment dev");
    terminal.enter_until("Make these 17 resources?");
    assert_eq!(
        terminal.broken_lines_below("wrote crosspipe.toml"),
        Vec::<String>::new(),
        "{}",
        terminal.shows()
    );
    terminal.press("y");
    terminal.press(ENTER);
    terminal.wait_for("Push it to develop? This starts dev.");
    terminal.press("n");
    terminal.press(ENTER);
    assert_eq!(terminal.ends(), 0, "{}", terminal.shows());
    assert!(terminal.shows().contains("Nothing was pushed."));
    assert_eq!(
        terminal.broken_lines_below("wrote crosspipe.toml"),
        Vec::<String>::new(),
        "{}",
        terminal.shows()
    );
}

#[test]
fn interrupted_while_it_changes_it_finishes_what_is_under_way() {
    let place = Place::with_defaults();
    let mut terminal = Terminal::open(&place, 120, "apply --sandbox --latency 1s");
    terminal.wait_for("Make these 45 resources?");
    terminal.press("y");
    terminal.press(ENTER);
    // Something has been made, and much has not.
    terminal.wait_until("the first changes", |screen| {
        screen.contains("/41") && !screen.contains("  0/41")
    });
    terminal.press(CTRL_C);
    terminal.wait_for("Stopping: letting the calls under way finish.");
    assert_eq!(terminal.ends(), 130, "{}", terminal.shows());
    let screen = terminal.shows();
    assert!(screen.contains("Stopped after"), "{screen}");
    assert!(screen.contains("0 failed"), "{screen}");
    assert!(screen.contains("Not tried"), "{screen}");
    assert!(screen.contains("continues from here"), "{screen}");
    place
        .run("apply --sandbox --yes")
        .ended(0)
        .says("Verified: 45 resources");
    place
        .run("plan --sandbox")
        .ended(0)
        .says("Nothing to change.");
}
