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

/// An entry of `Resource`, read once to be compared with many resource types.
#[derive(Debug, Clone)]
pub struct Pattern(Text);

#[derive(Debug, Clone)]
enum Text {
    Everything,
    Arn([Glob; 6]),
    Unclear,
}

/// The ARNs of a resource type, read once to be compared with many entries of `Resource`. An ARN of
/// the reference that has not the usual parts is `None`, and taken to be reached.
#[derive(Debug, Clone)]
pub struct Form(Vec<Option<[Glob; 6]>>);

impl Form {
    /// Reads the ARNs of a resource type.
    pub fn new(resource_type: &ResourceType) -> Self {
        let mut forms = Vec::new();
        for arn in &resource_type.arns {
            let parts = split(arn).filter(|parts| !irregular(parts));
            if let Some([arn, partition, service, region, account, name]) = parts {
                if let Some(other) = renamed(service) {
                    let parts = [arn, partition, other, region, account, name];
                    forms.push(Some(parts.map(form)));
                }
                if AWS_OWNS.contains(&service) && !account.is_empty() {
                    let parts = [arn, partition, service, region, "", name];
                    forms.push(Some(parts.map(form)));
                }
            }
            forms.push(parts.map(|parts| parts.map(form)));
        }
        Self(forms)
    }
}

/// Services of which AWS itself owns resources that everybody may name. Their ARNs have no account.
///
/// Source: Systems Manager User Guide, "Calling AWS service, endpoint, and public parameters"; Resource
/// Explorer User Guide, "Service-linked views".
const AWS_OWNS: &[&str] = &["resource-explorer-2", "ssm"];

/// The other name under which the resources of a service are known: those from before it was renamed
/// keep it, and both names' actions work on both.
///
/// Source: Developer Tools console User Guide, "Connections rename - Summary of changes".
fn renamed(service: &str) -> Option<&'static str> {
    match service {
        "codeconnections" => Some("codestar-connections"),
        "codestar-connections" => Some("codeconnections"),
        _ => None,
    }
}

impl Pattern {
    /// Reads an entry of `Resource`.
    pub fn new(text: &str) -> Self {
        if Glob::new(text).is_everything() {
            return Self(Text::Everything);
        }
        Self(split(text).map_or(Text::Unclear, |parts| Text::Arn(parts.map(entry))))
    }

    /// Whether it is `"*"`.
    pub fn is_everything(&self) -> bool {
        matches!(self.0, Text::Everything)
    }

    /// What it reaches of an action.
    pub fn reach(&self, action: &Action) -> Reach {
        match self.0 {
            Text::Everything => return Reach::Everything,
            _ if action.resource_types().next().is_none() => return Reach::OnlyEverything,
            Text::Unclear => return Reach::Unclear,
            Text::Arn(_) => {}
        }
        let reached: Vec<_> = action
            .resource_types()
            .map(|taken| taken.resource)
            .filter(|it| self.may_reach(&Form::new(it)))
            .collect();
        if reached.is_empty() {
            Reach::Nothing
        } else {
            Reach::Types(reached)
        }
    }

    /// Whether it reaches a resource type, as far as can be said.
    pub fn may_reach(&self, form: &Form) -> bool {
        let Text::Arn(own) = &self.0 else {
            return true;
        };
        let overlap = |parts: &[Glob; 6]| own.iter().zip(parts).all(|(a, b)| a.overlaps(b));
        form.0.iter().any(|it| it.as_ref().is_none_or(overlap))
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
fn irregular([_, _, _, region, account, _]: &[&str; 6]) -> bool {
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
