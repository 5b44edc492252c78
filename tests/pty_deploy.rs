//! A run that is watched in a terminal.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/cli.rs"]
mod cli;
#[path = "support/pushed.rs"]
mod pushed;
#[path = "support/terminal.rs"]
mod terminal;

use terminal::{CTRL_C, ENTER, Terminal};

#[test]
fn one_screen_follows_the_run_and_ctrl_c_leaves_it() {
    let mut place = pushed::place(&["develop", "master"]);
    place.set("NO_COLOR", "1");
    let mut terminal = Terminal::open(&place, 60, "deploy dev --sandbox --time-scale 60");
    terminal.wait_until("the traffic to move", |screen| {
        screen.contains("green has 10 % of the traffic")
    });
    let screen = terminal.shows();
    // What goes where is said once, and the rest is drawn over, not below.
    assert_eq!(screen.matches("develop →").count(), 1, "{screen}");
    assert_eq!(screen.matches("Source  ✓ done").count(), 1, "{screen}");
    assert_eq!(screen.matches("Deploy  ● going").count(), 1, "{screen}");
    assert!(screen.contains("In the sandbox, 60 times"), "{screen}");
    assert_eq!(
        terminal.broken_lines_below("develop →"),
        Vec::<String>::new(),
        "{screen}"
    );
    terminal.press(CTRL_C);
    assert_eq!(terminal.ends(), 130, "{}", terminal.shows());
    let screen = terminal.shows();
    assert!(
        screen.contains("`crosspipe watch dev --sandbox`"),
        "{screen}"
    );

    let mut terminal = Terminal::open(&place, 100, "watch dev --sandbox --time-scale 1000");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shows());
    let screen = terminal.shows();
    assert!(screen.contains("Landed: "), "{screen}");
    assert!(!screen.contains("Ctrl-C leaves"), "{screen}");

    // Production is asked for.
    place.run("watch prd --sandbox --time-scale 1000").ended(0);
    let mut terminal = Terminal::open(&place, 100, "deploy prd --sandbox");
    terminal.wait_for("to prd?  (y/N)");
    terminal.press("n");
    terminal.press(ENTER);
    assert_eq!(terminal.ends(), 0, "{}", terminal.shows());
    assert!(
        terminal.shows().contains("Nothing was started."),
        "{}",
        terminal.shows()
    );
}
