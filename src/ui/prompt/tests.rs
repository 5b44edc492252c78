use super::*;

#[test]
fn lines_fit() {
    let text = "! dev and the shared account are one account, 202949997891: nothing keeps them apart but the policies.";
    for columns in [20, 40, 60] {
        for line in wrapped(text, columns) {
            assert!(console::measure_text_width(&line) <= columns, "{line}");
        }
    }
    assert_eq!(wrapped("  a b", 80), ["  a b"]);
    assert_eq!(wrapped("  aaa bbb ccc", 9), ["  aaa bbb", "  ccc"]);
    assert_eq!(wrapped("", 10), [""]);
}

/// The look of a terminal that can do nothing.
#[cfg(unix)]
const PLAIN: Style = Style {
    colour: false,
    unicode: false,
    width: 60,
};

#[cfg(unix)]
mod terminal {
    use std::num::NonZero;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use expectrl::Expect;
    use expectrl::session::OsSession;

    use super::*;
    use crate::blueprint::Draft;
    use crate::wizard::{NoGround, WizardError, WizardOptions, run};

    /// Not a test by itself: the questions, run in a terminal by the tests below.
    #[test]
    #[ignore = "started by the other tests, inside a terminal"]
    fn questions() {
        let mut prompter = TerminalPrompter::new(PLAIN);
        let options = WizardOptions {
            sandbox: true,
            ..WizardOptions::default()
        };
        let outcome = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(run(Draft::new(), &mut prompter, &mut NoGround, &options));
        match outcome {
            Err(WizardError::Cancelled) => eprintln!("CANCELLED"),
            other => eprintln!("{other:?}"),
        }
    }

    struct Screen {
        session: OsSession,
        parser: vt100::Parser,
    }

    impl Screen {
        fn start() -> Self {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args([
                "--exact",
                "ui::prompt::tests::terminal::questions",
                "--ignored",
                "--nocapture",
            ]);
            command.env("TERM", "xterm").env("NO_COLOR", "1");
            let mut session = OsSession::spawn(command).unwrap();
            session.get_process_mut().set_window_size(60, 40).unwrap();
            Self {
                session,
                parser: vt100::Parser::new(NonZero::new(40).unwrap(), NonZero::new(60).unwrap(), 0),
            }
        }

        fn until(&mut self, text: &str) -> String {
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut buffer = [0; 4096];
            loop {
                match self.session.try_read(&mut buffer) {
                    Ok(0) => {}
                    Ok(count) => self.parser.process(&buffer[..count]),
                    Err(_) => {}
                }
                let screen = self.parser.screen().contents();
                if screen.contains(text) {
                    return screen;
                }
                assert!(Instant::now() < deadline, "no '{text}' on:\n{screen}");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    #[test]
    fn esc_goes_back_and_ctrl_c_leaves() {
        let mut screen = Screen::start();
        screen.until("? Organization (leads most names) (bys)");
        screen.session.send("B\r").unwrap();
        screen.until("cannot lead names");
        screen.session.send("\u{7f}\r").unwrap();
        screen.until("? Application (awssdk-iam)");
        screen.session.send("\u{1b}").unwrap();
        let back = screen.until("(left)");
        assert!(
            back.contains("? Organization (leads most names) bys"),
            "{back}"
        );
        screen.until("[a short name in lower case, for example bys; Esc back]");
        screen.session.send("\r\r\r\r\r").unwrap();
        let select = screen.until("a profile");
        assert!(
            select.contains("How to reach the shared account (202949997891)"),
            "{select}"
        );
        assert!(
            select.lines().all(|line| line.chars().count() <= 60),
            "{select}"
        );
        screen.session.send("\u{3}").unwrap();
        screen.until("CANCELLED");
    }
}
