//! Small questions outside the wizard: yes or no, and the code of an MFA device. On stderr.

use std::io::IsTerminal;

use inquire::{InquireError, Password, PasswordDisplayMode, Text};

/// What a person answered to a yes-or-no question that also offers details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YesNo {
    /// Go on.
    Yes,
    /// Do not; also Esc.
    No,
    /// Show more, then ask again.
    Details,
    /// Ctrl-C.
    Cancelled,
}

/// Asks `question (y/N, d for details)`. Enter means no, because doing nothing is the safe answer;
/// with `nothing_at_risk` it means yes.
pub fn yes_no_details(question: &str, nothing_at_risk: bool) -> YesNo {
    let enter = if nothing_at_risk {
        YesNo::Yes
    } else {
        YesNo::No
    };
    let validate = move |typed: &str| {
        use inquire::validator::Validation;
        Ok(match read(typed, enter) {
            Some(_) => Validation::Valid,
            None => Validation::Invalid("type y for yes, n for no, d for details".into()),
        })
    };
    let choice = if nothing_at_risk { "Y/n" } else { "y/N" };
    let message = format!("{question}  ({choice}, d for details)");
    match Text::new(&message).with_validator(validate).prompt() {
        Ok(typed) => read(&typed, enter).unwrap_or(YesNo::No),
        Err(InquireError::OperationInterrupted) => YesNo::Cancelled,
        Err(_) => YesNo::No,
    }
}

/// Asks `question (y/N)`. Enter means no.
pub fn yes_no(question: &str) -> YesNo {
    let validate = move |typed: &str| {
        use inquire::validator::Validation;
        Ok(match read(typed, YesNo::No) {
            Some(YesNo::Details) | None => Validation::Invalid("type y for yes, n for no".into()),
            Some(_) => Validation::Valid,
        })
    };
    let message = format!("{question}  (y/N)");
    match Text::new(&message).with_validator(validate).prompt() {
        Ok(typed) => read(&typed, YesNo::No).unwrap_or(YesNo::No),
        Err(InquireError::OperationInterrupted) => YesNo::Cancelled,
        Err(_) => YesNo::No,
    }
}

fn read(typed: &str, enter: YesNo) -> Option<YesNo> {
    match typed.trim().to_ascii_lowercase().as_str() {
        "" => Some(enter),
        "y" | "yes" => Some(YesNo::Yes),
        "n" | "no" => Some(YesNo::No),
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
        assert_eq!(read(" Y ", YesNo::No), Some(YesNo::Yes));
        assert_eq!(read("", YesNo::No), Some(YesNo::No));
        assert_eq!(read("", YesNo::Yes), Some(YesNo::Yes));
        assert_eq!(read("n", YesNo::Yes), Some(YesNo::No));
        assert_eq!(read("d", YesNo::No), Some(YesNo::Details));
        assert_eq!(read("yep", YesNo::Yes), None);
    }
}
