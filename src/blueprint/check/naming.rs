//! The names that come out of the patterns: legal for AWS, different from each other, and pipelines
//! told apart by their first 20 characters.

use std::collections::BTreeMap;

use crate::blueprint::NamePatterns;
use crate::blueprint::draft::{Draft, Problem};
use crate::blueprint::key::{Key, Table};
use crate::blueprint::patterns::{Home, PATTERNS, PLACEHOLDERS, Pattern, fill, placeholders};
use crate::blueprint::schema::nearest;
use crate::ident::EnvironmentName;
use crate::validity::names::NameError;

/// How much of a pipeline's name artifact keys keep. Source: AWS CodePipeline User Guide, "Input and
/// output artifacts".
const PREFIX: usize = 20;

/// A name as it comes out of a pattern.
struct Named<'a> {
    pattern: &'a Pattern,
    text: String,
    environment: Option<EnvironmentName>,
}

/// Checks all patterns.
pub fn check(draft: &Draft, problems: &mut Vec<Problem>) {
    let sound: Vec<&Pattern> = PATTERNS
        .iter()
        .filter(|pattern| well_formed(draft, pattern, problems))
        .collect();
    let names: Vec<Named<'_>> = sound
        .into_iter()
        .flat_map(|pattern| filled(draft, pattern))
        .collect();
    legal(draft, &names, problems);
    different(draft, &names, problems);
    prefixes(draft, &names, problems);
}

fn key_of(pattern: &Pattern) -> Key {
    Key::new(Table::Names, pattern.name)
}

fn text_of(draft: &Draft, pattern: &Pattern) -> Option<String> {
    let key = key_of(pattern);
    match draft.text(&key) {
        Some(text) => Some(text.to_owned()),
        None if draft.has(&key) => None,
        None => Some((pattern.get)(&NamePatterns::default()).clone()),
    }
}

fn well_formed(draft: &Draft, pattern: &Pattern, problems: &mut Vec<Problem>) -> bool {
    let Some(text) = text_of(draft, pattern) else {
        return false;
    };
    let key = key_of(pattern);
    let (found, stray) = placeholders(&text);
    let mut sound = true;
    for name in found {
        if !PLACEHOLDERS.contains(&name) {
            let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
            let help = match nearest(name, PLACEHOLDERS) {
                Some(meant) => format!("did you mean {{{meant}}}?"),
                None => format!("known are {known}"),
            };
            problems.push(Problem::new(
                key.clone(),
                format!("{key} '{text}' holds {{{name}}}, which stands for nothing"),
                "unknown placeholder",
                help,
            ));
            sound = false;
        } else if name == "environment" && pattern.home == Home::Shared {
            problems.push(Problem::new(
                key.clone(),
                format!("{key} '{text}' holds {{environment}}, but one {} serves all environments", pattern.what),
                "no environment here",
                "remove {environment} from this pattern",
            ));
            sound = false;
        }
    }
    if stray {
        problems.push(Problem::new(
            key.clone(),
            format!("{key} '{text}' holds a brace without its partner"),
            "stray brace",
            "placeholders look like {application}",
        ));
        sound = false;
    }
    sound
}

/// The names of a pattern for every environment that is known, or for one that stands for them.
fn filled<'a>(draft: &Draft, pattern: &'a Pattern) -> Vec<Named<'a>> {
    let Some(text) = text_of(draft, pattern) else {
        return Vec::new();
    };
    let mut environments: Vec<Option<EnvironmentName>> = draft.environments().cloned().map(Some).collect();
    if pattern.home == Home::Shared {
        environments = vec![None];
    } else if environments.is_empty() {
        environments = EnvironmentName::parse("dev").ok().into_iter().map(Some).collect();
    }
    environments
        .into_iter()
        .filter_map(|environment| {
            let place = environment.as_ref().filter(|_| pattern.home == Home::Environment);
            let text = fill(&text, |name| match name {
                "environment" => environment.as_ref().map(ToString::to_string),
                "account" => draft.account(place).map(|account| account.to_string()),
                "region" => draft.region().map(|region| region.to_string()),
                name => usable(draft, name),
            })?;
            Some(Named {
                pattern,
                text,
                environment,
            })
        })
        .collect()
}

/// Organization or application, where it is legal by itself (its own mistake is reported elsewhere).
fn usable(draft: &Draft, name: &str) -> Option<String> {
    let key = Key::root(name);
    let text = draft.text(&key)?;
    let mut own = Vec::new();
    super::value::check(&key, &crate::blueprint::Value::from(text), &mut own);
    own.is_empty().then(|| text.to_owned())
}

fn legal(draft: &Draft, names: &[Named<'_>], problems: &mut Vec<Problem>) {
    let mut by_default = Vec::new();
    for pattern in &PATTERNS {
        let wrong = names
            .iter()
            .filter(|named| named.pattern.name == pattern.name)
            .find_map(|named| (pattern.check)(&named.text).err().map(|error| (named, error)));
        let Some((named, error)) = wrong else { continue };
        let key = key_of(pattern);
        if !draft.has(&key) {
            by_default.push((named, error));
            continue;
        }
        let text = draft.text(&key).unwrap_or_default();
        let of = match &named.environment {
            Some(environment) => format!(" for {environment}"),
            None => String::new(),
        };
        let shown = if named.text.is_empty() { "an empty name".to_owned() } else { format!("'{}'", named.text) };
        problems.push(Problem::new(
            key.clone(),
            format!("{key} '{text}' gives {shown}{of}, which AWS does not take for the {}: {}", pattern.what, error.fault),
            &error.fault,
            format!("allowed: {}", error.allowed),
        ));
    }
    too_long(draft, by_default, problems);
}

/// How many characters a name has too many.
fn excess(error: &NameError) -> usize {
    let length = error.name.chars().count();
    error.limit.map_or(0, |limit| length.saturating_sub(limit))
}

/// The names that come out of patterns that nobody has touched: one problem for all of them, because
/// one value is behind it.
fn too_long(draft: &Draft, mut wrong: Vec<(&Named<'_>, NameError)>, problems: &mut Vec<Problem>) {
    wrong.sort_by_key(|(_, error)| std::cmp::Reverse(excess(error)));
    let Some((worst, first)) = wrong.first() else {
        return;
    };
    let mut lines: Vec<String> = wrong
        .iter()
        .take(3)
        .map(|(named, error)| {
            let pattern = text_of(draft, named.pattern).unwrap_or_default();
            format!("  {} = \"{pattern}\"  ({})", named.pattern.name, error.fault)
        })
        .collect();
    if wrong.len() > lines.len() {
        lines.push(format!("  and {} more", wrong.len() - lines.len()));
    }
    let length = |name: &str| draft.text(&Key::root(name)).map_or(0, |text| text.chars().count());
    let (at, other) = if length("organization") > length("application") {
        ("organization", "application")
    } else {
        ("application", "organization")
    };
    let by = match excess(first) {
        0 => String::new(),
        1 => " by 1 character".to_owned(),
        count => format!(" by {count} characters"),
    };
    problems.push(Problem::new(
        Key::root(at),
        format!(
            "{at} makes names that AWS does not take: the {} would be '{}', {}",
            worst.pattern.what, worst.text, first.fault
        ),
        "becomes part of names",
        format!("shorten {at} or {other}{by}, or set shorter patterns in [names]:\n{}", lines.join("\n")),
    ));
}

fn different(draft: &Draft, names: &[Named<'_>], problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<(String, &str, String), &Named<'_>> = BTreeMap::new();
    for named in names {
        // A deployment group is told apart by its application, too.
        if named.pattern.name == "deployment_group" {
            continue;
        }
        let place = named
            .environment
            .as_ref()
            .filter(|_| named.pattern.home == Home::Environment);
        let account = draft.account(place).map_or_else(
            || place.map_or("shared".to_owned(), ToString::to_string),
            |account| account.to_string(),
        );
        // IAM takes capitals and small letters as equal; elsewhere such names would confuse people.
        let slot = (account, named.pattern.scope, named.text.to_lowercase());
        let Some(first) = seen.get(&slot) else {
            seen.insert(slot, named);
            continue;
        };
        let key = key_of(named.pattern);
        let name_of = |named: &Named<'_>| match &named.environment {
            Some(environment) => format!("{} of {environment}", named.pattern.what),
            None => named.pattern.what.to_owned(),
        };
        let help = if first.pattern.name == named.pattern.name {
            format!("put {{environment}} into names.{}", named.pattern.name)
        } else {
            format!(
                "make names.{} and names.{} different",
                first.pattern.name, named.pattern.name
            )
        };
        let mut problem = Problem::new(
            key.clone(),
            format!(
                "two things would be called '{}': the {} and the {}",
                named.text,
                name_of(first),
                name_of(named)
            ),
            "not unique",
            help,
        );
        if first.pattern.name != named.pattern.name {
            problem = problem.and(key_of(first.pattern), "and this one");
        }
        if !problems.iter().any(|known| known.at == problem.at) {
            problems.push(problem);
        }
    }
}

fn prefixes(draft: &Draft, names: &[Named<'_>], problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<String, &Named<'_>> = BTreeMap::new();
    for named in names.iter().filter(|named| named.pattern.name == "pipeline") {
        let prefix: String = named.text.chars().take(PREFIX).collect();
        let Some(first) = seen.get(&prefix) else {
            seen.insert(prefix, named);
            continue;
        };
        if first.text == named.text {
            continue;
        }
        let key = key_of(named.pattern);
        let at = if draft.has(&key) { key } else { Key::root("application") };
        problems.push(Problem::new(
            at,
            format!(
                "pipelines '{}' and '{}' begin with the same {PREFIX} characters, '{prefix}': artifact keys keep only those, so each could read the other's artifacts",
                first.text, named.text
            ),
            "not told apart by its first 20 characters",
            "let {environment} lead the pattern, for example pipeline = \"{environment}-{application}\"",
        ));
        return;
    }
}
