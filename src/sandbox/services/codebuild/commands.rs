//! What a buildspec's commands would have made, read from their text: nothing is run.
//!
//! Variables that the text sets to something known are followed; what only a running command would know
//! stays unknown.

use std::collections::BTreeMap;

use super::spec::Spec;
use crate::chain::Commands;

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// What was read from the commands.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Read {
    /// The addresses of images that are pushed.
    pub pushed: Vec<String>,
    /// Words that may be paths, with their variables in their places.
    pub paths: Vec<String>,
    /// The variables at the end.
    pub variables: Variables,
    /// The whole text.
    pub text: String,
}

impl Read {
    /// The same from what `chain` has read, which follows branches and subshells too.
    pub fn of(commands: &Commands, spec: &Spec) -> Self {
        let mut found = Self {
            variables: commands.variables.clone(),
            ..Self::default()
        };
        for words in &commands.programs {
            let pushes = matches!(
                words.first().map(String::as_str),
                Some("docker" | "podman" | "buildah")
            ) && words.get(1).is_some_and(|it| it == "push");
            let rest = words.iter().skip(if pushes { 2 } else { 1 });
            let paths = rest.filter(|it| it.contains('/') || it.contains('.'));
            match pushes {
                true => found.pushed.extend(paths.take(1).cloned()),
                false => found.paths.extend(paths.cloned()),
            }
        }
        for (_, command) in spec.all_commands() {
            found.text.push_str(command);
            found.text.push('\n');
        }
        found
    }
}

/// Reads the commands of a buildspec.
pub fn read(spec: &Spec, environment: &Variables) -> Read {
    let mut found = Read {
        variables: environment.clone(),
        ..Read::default()
    };
    for (_, command) in spec.all_commands() {
        for line in command.lines() {
            self::line(line, &mut found);
        }
        found.text.push_str(command);
        found.text.push('\n');
    }
    found
}

fn line(line: &str, found: &mut Read) {
    let line = line.trim();
    if line.starts_with('#') {
        return;
    }
    let words = words(line);
    let mut pushing = false;
    for (index, word) in words.iter().enumerate() {
        let assigned = word.split_once('=').filter(|(name, _)| is_name(name));
        if let Some((name, value)) = assigned {
            match expand(value, &found.variables) {
                Some(value) => found.variables.insert(name.to_owned(), value),
                None => found.variables.remove(name),
            };
            continue;
        }
        if word == "push" && index > 0 {
            pushing = matches!(
                words.get(index - 1).map(String::as_str),
                Some("docker" | "podman" | "buildah")
            );
            continue;
        }
        let Some(meaning) = expand(word, &found.variables) else {
            continue;
        };
        if pushing && meaning.contains('/') && !meaning.starts_with('-') {
            found.pushed.push(meaning);
            pushing = false;
        } else if meaning.contains('/') || meaning.contains('.') {
            found.paths.push(meaning);
        }
    }
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The words of a line. Quotes hold words together and are taken off; single quotes also keep their
/// dollars, which a control character stands for meanwhile.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut single, mut double) = (false, false);
    for letter in line.chars() {
        match letter {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '$' if single => word.push('\u{1}'),
            c if !single && !double && (c.is_whitespace() || ";|&<>".contains(c)) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A word with its variables in their places; `None` where one of them, or a command's output, is not
/// known.
fn expand(word: &str, variables: &Variables) -> Option<String> {
    if word.contains('`') || word.contains("$(") {
        return None;
    }
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(inner) = after.strip_prefix('{') {
            let (inside, after) = inner.split_once('}')?;
            out.push_str(&braces(inside, variables)?);
            rest = after;
        } else {
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(after.len());
            let (name, after) = after.split_at_checked(end)?;
            if name.is_empty() {
                out.push('$');
            } else {
                out.push_str(variables.get(name)?);
            }
            rest = after;
        }
    }
    out.push_str(rest);
    Some(out.replace('\u{1}', "$"))
}

/// `NAME`, `NAME:-otherwise`, `NAME:offset:length`.
fn braces(inside: &str, variables: &Variables) -> Option<String> {
    if let Some((name, otherwise)) = inside.split_once(":-") {
        let known = variables.get(name).filter(|value| !value.is_empty());
        return match known {
            Some(value) => Some(value.clone()),
            None => expand(otherwise, variables),
        };
    }
    if let Some((name, range)) = inside.split_once(':') {
        let (offset, length) = range.split_once(':').unwrap_or((range, ""));
        let offset: usize = offset.trim().parse().ok()?;
        let length = length.trim().parse().unwrap_or(usize::MAX);
        let value = variables.get(name)?;
        return Some(value.chars().skip(offset).take(length).collect());
    }
    variables.get(inside).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_and_paths_are_read_from_the_text() {
        let spec = Spec::read(
            "version: 0.2\nphases:\n  pre_build:\n    commands:\n      - export TAG=\"${COMMIT_ID:0:12}\"\n      - |\n        export IMAGE=\"$REGISTRY/$REPOSITORY:$TAG\"\n        export OUT=\"${CODEBUILD_SRC_DIR:-$PWD}/out\"\n      - cp \"deploy/$ENVIRONMENT/taskdef.json\" \"$OUT/\" || exit 1\n  build:\n    commands:\n      - X=$(date) ; docker push \"$IMAGE\"\n      - docker push $X\n",
        );
        let environment: Variables = [
            ("COMMIT_ID", "0123456789abcdef"),
            ("REGISTRY", "2.dkr.ecr.eu-west-1.amazonaws.com"),
            ("REPOSITORY", "orders"),
            ("ENVIRONMENT", "dev"),
            ("CODEBUILD_SRC_DIR", "/src"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        let read = read(&spec, &environment);
        assert_eq!(
            read.pushed,
            ["2.dkr.ecr.eu-west-1.amazonaws.com/orders:0123456789ab"]
        );
        assert!(
            read.paths.contains(&"deploy/dev/taskdef.json".to_owned()),
            "{read:?}"
        );
        assert_eq!(read.variables["OUT"], "/src/out");
        assert!(!read.variables.contains_key("X"));
    }

    #[test]
    fn words_of_all_kinds() {
        let variables = Variables::from([("A".to_owned(), "1".to_owned())]);
        for (word, meaning) in [
            ("plain", Some("plain")),
            ("$A-${A}", Some("1-1")),
            ("${B:-x$A}", Some("x1")),
            ("$B", None),
            ("`date`", None),
            ("$(date)", None),
            ("${A", None),
            ("100$", Some("100$")),
            ("${A:5:2}", Some("")),
            ("${A:é}", None),
        ] {
            assert_eq!(expand(word, &variables).as_deref(), meaning, "{word}");
        }
    }
}
