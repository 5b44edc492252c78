//! Which resource types of an action a `Resource` of a policy can reach.

use super::glob::{Class, Glob, Token};
use super::model::{Action, ResourceType};

/// What a `Resource` of a policy reaches of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// It is `"*"`.
    Everything,
    /// Resources of these types, which the action takes.
    Types(Vec<&'static ResourceType>),
    /// Nothing: the action has no resource types, so it only works on `"*"`.
    OnlyEverything,
    /// Nothing: no resource of the types that the action takes has such an ARN.
    Nothing,
    /// It cannot be said, because the text has not the six parts of an ARN.
    Unclear,
}

impl Reach {
    /// Whether it is certain that the action is never asked for on such a resource.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::OnlyEverything | Self::Nothing)
    }
}

/// What an entry of `Resource` reaches of an action. Wildcards and policy variables of the entry stand
/// for any text, except that they stay within their own part of the ARN.
///
/// Source: Service Authorization Reference, "Resource types table"; IAM User Guide, "IAM JSON policy
/// elements: Resource".
pub fn matches_resource_type(action: &Action, resource: &str) -> Reach {
    Pattern::new(resource).reach(action)
}

/// Whether an entry of `Resource` can reach a resource type.
pub fn reaches(resource: &str, resource_type: &ResourceType) -> bool {
    Pattern::new(resource)
        .overlaps(resource_type)
        .unwrap_or(true)
}

/// An entry of `Resource`, split.
#[derive(Debug, Clone)]
pub struct Pattern(Text);

#[derive(Debug, Clone)]
enum Text {
    Everything,
    Arn([Glob; 6]),
    Unclear,
}

impl Pattern {
    /// Reads an entry of `Resource`.
    pub fn new(text: &str) -> Self {
        if Glob::new(text).is_everything() {
            return Self(Text::Everything);
        }
        Self(split(text).map_or(Text::Unclear, |parts| Text::Arn(parts.map(entry))))
    }

    /// What it reaches of an action.
    pub fn reach(&self, action: &Action) -> Reach {
        if matches!(self.0, Text::Everything) {
            return Reach::Everything;
        }
        let mut types = action.resource_types().peekable();
        if types.peek().is_none() {
            return Reach::OnlyEverything;
        }
        let mut reached = Vec::new();
        for taken in types {
            match self.overlaps(taken.resource) {
                None => return Reach::Unclear,
                Some(true) => reached.push(taken.resource),
                Some(false) => {}
            }
        }
        if reached.is_empty() {
            Reach::Nothing
        } else {
            Reach::Types(reached)
        }
    }

    /// Whether it reaches a resource type; `None` if that cannot be said.
    fn overlaps(&self, resource_type: &ResourceType) -> Option<bool> {
        let own = match &self.0 {
            Text::Everything => return Some(true),
            Text::Unclear => return None,
            Text::Arn(own) => own,
        };
        Some(resource_type.arns.iter().any(|arn| {
            // An ARN of the reference that has not the usual parts is taken to be reached.
            split(arn).is_none_or(|parts| {
                irregular(parts)
                    || own
                        .iter()
                        .zip(parts)
                        .all(|(own, part)| own.overlaps(&form(part)))
            })
        }))
    }
}

/// The six parts of an ARN. A colon inside of `${...}` ends no part.
fn split(text: &str) -> Option<[&str; 6]> {
    let mut parts = [""; 6];
    let mut rest = text;
    let (last, heads) = parts.split_last_mut()?;
    for part in heads {
        let mut inside = false;
        let end = rest.char_indices().find_map(|(at, character)| {
            match character {
                '$' if rest
                    .get(at.saturating_add(1)..)
                    .is_some_and(|it| it.starts_with('{')) =>
                {
                    inside = true;
                }
                '}' => inside = false,
                ':' if !inside => return Some(at),
                _ => {}
            }
            None
        })?;
        let (head, tail) = rest.split_at_checked(end)?;
        *part = head;
        rest = tail.get(1..)?;
    }
    *last = rest;
    Some(parts)
}

/// Whether an ARN of the reference lacks its account, so that what follows stands in its place.
fn irregular([_, _, _, region, account, _]: [&str; 6]) -> bool {
    let plain = |part: &str| part.is_empty() || part.starts_with("${") || part == "*";
    let known = |part: &str| part == "aws" || part.contains('-');
    !(plain(region) || known(region)) || !(plain(account) || known(account))
}

/// A part of a policy's entry: variables stand for any text, `${*}`, `${?}` and `${$}` for the
/// character.
fn entry(part: &str) -> Glob {
    let mut glob = Glob::default();
    let mut rest = part;
    while let Some((before, tail)) = rest.split_once("${") {
        let Some((inside, after)) = tail.split_once('}') else {
            break;
        };
        glob.push(before);
        match inside {
            "*" | "?" | "$" => glob.push_literal(inside),
            _ => glob.0.push(Token::Many(Class::Any)),
        }
        rest = after;
    }
    glob.push(rest);
    glob
}

/// A part of an ARN of the reference: `${Name}` is at least one character.
///
/// What a name may hold is not in the reference. It matters for S3, where every object's ARN starts
/// with its bucket's: a bucket's name has no slash (S3 User Guide, "General purpose bucket naming
/// rules"). The path of an API's resource may be empty (API Gateway Developer Guide, "Control access
/// for invoking an API").
fn form(part: &str) -> Glob {
    let mut glob = Glob::default();
    let mut rest = part;
    while let Some((before, tail)) = rest.split_once("${") {
        let Some((name, after)) = tail.split_once('}') else {
            break;
        };
        glob.push(before);
        let class = match name {
            "BucketName" => Class::Not('/'),
            _ => Class::Any,
        };
        if name != "ApiSpecificResourcePath" {
            glob.0.push(Token::One(class));
        }
        glob.0.push(Token::Many(class));
        rest = after;
    }
    glob.push(rest);
    glob
}
