//! AWS's sentences, as long as they may be on a screen.

/// What CodeBuild puts before a command that failed, and what after it.
const BEFORE: &str = "Error while executing command: ";
const AFTER: &str = ". Reason: ";

/// A sentence in which a command of several lines stands with the first of them that does something.
pub fn brief(text: &str) -> String {
    let Some((before, rest)) = text.split_once(BEFORE) else {
        return text.to_owned();
    };
    let (command, after) = rest.rsplit_once(AFTER).unwrap_or((rest, ""));
    let lines = command.lines().count();
    if lines < 2 {
        return text.to_owned();
    }
    let reason = if after.is_empty() {
        String::new()
    } else {
        format!("{AFTER}{after}")
    };
    format!(
        "{before}{BEFORE}{} ... ({lines} lines){reason}",
        doing(command)
    )
}

/// The first line that is neither a remark, nor the beginning of a block, nor a setting of the shell.
fn doing(command: &str) -> &str {
    let mut lines = command.lines().map(str::trim).filter(|it| !it.is_empty());
    let first = lines.clone().next().unwrap_or_default();
    let idle = |line: &&str| {
        line.starts_with('#') || matches!(*line, "(" | "{") || line.starts_with("set ")
    };
    lines.find(|line| !idle(line)).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn a_long_command_is_cut_to_what_it_does_first() {
        for (text, shown) in [
            ("Access Denied", "Access Denied"),
            (
                "Error while executing command: make. Reason: exit status 2",
                "Error while executing command: make. Reason: exit status 2",
            ),
            (
                "Code: X, Message: Error while executing command: (\n# Why.\n  set -eu\n\n  aws sts assume-role\n). Reason: exit status 1",
                "Code: X, Message: Error while executing command: aws sts assume-role ... (6 lines). Reason: exit status 1",
            ),
            (
                "Error while executing command: #\n(",
                "Error while executing command: # ... (2 lines)",
            ),
        ] {
            assert_eq!(brief(text), shown);
        }
    }
}
