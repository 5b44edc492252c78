//! Small questions outside the wizard: yes or no, and the code of an MFA device. On stderr.

use std::io::IsTerminal;

use inquire::{InquireError, Password, PasswordDisplayMode, Text};

/// What a person answered to a yes-or-no question that also offers details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YesNo {
    /// Go on.
    Yes,
    /// Do not; also Enter and Esc, because doing nothing is the safe answer.
    No,
    /// Show more, then ask again.
    Details,
    /// Ctrl-C.
    Cancelled,
}

/// Asks `question (y/N, d for details)`.
pub fn yes_no_details(question: &str) -> YesNo {
    let validate = |typed: &str| {
        use inquire::validator::Validation;
        Ok(match read(typed) {
            Some(_) => Validation::Valid,
            None => Validation::Invalid("type y for yes, n for no, d for details".into()),
        })
    };
    let message = format!("{question}  (y/N, d for details)");
    match Text::new(&message).with_validator(validate).prompt() {
        Ok(typed) => read(&typed).unwrap_or(YesNo::No),
        Err(InquireError::OperationInterrupted) => YesNo::Cancelled,
        Err(_) => YesNo::No,
    }
}

fn read(typed: &str) -> Option<YesNo> {
    match typed.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(YesNo::Yes),
        "" | "n" | "no" => Some(YesNo::No),
        "d" | "details" => Some(YesNo::Details),
        _ => None,
    }
}

/// Asks for the current code of an MFA device; none without a terminal, or when the person leaves.
pub fn mfa_code(serial: &str) -> Option<String> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    let code = Password::new(&format!("Code of the MFA device {serial}"))
        .with_display_mode(PasswordDisplayMode::Masked)
        .without_confirmation()
        .prompt()
        .ok()?;
    let code = code.trim().to_owned();
    (!code.is_empty()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        assert_eq!(read(" Y "), Some(YesNo::Yes));
        assert_eq!(read(""), Some(YesNo::No));
        assert_eq!(read("d"), Some(YesNo::Details));
        assert_eq!(read("yep"), None);
    }
}
