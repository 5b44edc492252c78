//! Whether a statement applies, and how it names the one who asks.

use serde_json::Value;

use super::text::{Place, arn_like, condition_met, like, texts};
use super::{all, any, not};
use crate::policy::tests::case::Ask;
use crate::policy::{AwsPrincipal, Principal, Scope};

/// How a statement names the one who asks, as far as that decides anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Account,
    Role,
    /// As everybody or by its own ARN; or the document has no principals.
    Itself,
}

pub const BY: [By; 3] = [By::Account, By::Role, By::Itself];

/// What one statement contributes.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    pub is_deny: bool,
    pub by: By,
    pub applies: Option<bool>,
}

/// What a document contributes.
pub fn facts(document: &Value, scope: Scope, has_boundary: bool, ask: &Ask) -> Vec<Fact> {
    let variables = document["Version"] == "2012-10-17";
    let none = Vec::new();
    let mut facts = Vec::new();
    for statement in document["Statement"].as_array().unwrap_or(&none) {
        let is_deny = statement["Effect"] == "Deny";
        let rest = [
            action(statement, ask),
            resource(statement, scope, variables, ask),
            conditions(statement, variables, ask),
        ];
        for by in BY {
            let named = principal(statement, scope, is_deny, has_boundary, ask, by);
            facts.push(Fact {
                is_deny,
                by,
                applies: all([named, all(rest)]),
            });
        }
    }
    facts
}

/// It names nobody, because it is about its identity.
fn is_of_identity(scope: Scope) -> bool {
    matches!(scope, Scope::Identity | Scope::Limit)
}

fn action(statement: &Value, ask: &Ask) -> Option<bool> {
    let listed = |name: &str| {
        statement.get(name).map(|value| {
            texts(value)
                .iter()
                .any(|pattern| like(&pattern.to_lowercase(), &ask.action.to_lowercase()))
        })
    };
    match (listed("Action"), listed("NotAction")) {
        (Some(listed), None) => Some(listed),
        (None, Some(listed)) => Some(!listed),
        _ => panic!("{statement}"),
    }
}

fn resource(statement: &Value, scope: Scope, variables: bool, ask: &Ask) -> Option<bool> {
    let (value, negated) = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        // A trust policy has none; every other document of ours has.
        _ if is_of_identity(scope) => return None,
        _ => return Some(true),
    };
    if scope == Scope::Trust {
        return None;
    }
    let place = Place::Resource {
        negated,
        goes_on: scope == Scope::Identity,
    };
    let listed = any(texts(value).iter().map(|pattern| match *pattern {
        "*" => Some(true),
        pattern => arn_like(pattern, ask.resource, variables, place, ask),
    }));
    if negated { not(listed) } else { listed }
}

fn conditions(statement: &Value, variables: bool, ask: &Ask) -> Option<bool> {
    let Some(operators) = statement.get("Condition") else {
        return Some(true);
    };
    all(operators
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(operator, keys)| {
            keys.as_object().unwrap().iter().map(move |(key, values)| {
                condition_met(operator, key, &texts(values), variables, ask)
            })
        }))
}

/// Whether it is named in this very way.
fn principal(
    statement: &Value,
    scope: Scope,
    is_deny: bool,
    has_boundary: bool,
    ask: &Ask,
    by: By,
) -> Option<bool> {
    let (value, negated) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        _ if is_of_identity(scope) => return Some(true),
        _ => return None,
    };
    if is_of_identity(scope) {
        return None;
    }
    let entries = entries(value);
    let meant = |by: By, strict: bool| {
        any(entries
            .iter()
            .map(|entry| means(*entry, scope, strict, ask))
            .filter(|(as_what, _)| *as_what == by)
            .map(|(_, truth)| truth))
    };
    if !negated {
        return meant(by, is_deny);
    }
    // Everybody is listed: nobody is left.
    let everybody = any(entries
        .iter()
        .filter(|(_, text)| *text == "*")
        .map(|entry| means(*entry, scope, true, ask).1));
    let own = any(entries
        .iter()
        .filter(|(_, text)| *text != "*")
        .map(|entry| means(*entry, scope, true, ask))
        .filter(|(as_what, _)| *as_what == By::Itself)
        .map(|(_, truth)| truth));
    let one_of_them = any([meant(By::Account, true), meant(By::Role, true), own]);
    let spared = match (&ask.principal, is_deny) {
        (_, true) if has_boundary => return Some(by == By::Account),
        (Principal::Aws(aws), true) => {
            let levels: Vec<Option<bool>> = if aws.arn.ends_with(":root") {
                vec![meant(By::Account, true)]
            } else if aws.arn.contains(":assumed-role/") {
                // AWS may look at the session as well.
                vec![
                    meant(By::Account, true),
                    meant(By::Role, true),
                    any([own, None]),
                ]
            } else if aws.arn.contains(":role/") {
                vec![meant(By::Account, true), meant(By::Role, true)]
            } else {
                vec![meant(By::Account, true), own]
            };
            any([everybody, all(levels)])
        }
        _ => any([everybody, one_of_them]),
    };
    let is_aws = matches!(ask.principal, Principal::Aws(_));
    match by {
        By::Account if !is_deny && !is_aws && spared != Some(true) => None,
        By::Account => not(spared),
        By::Role => Some(false),
        // Whether an exception grants by itself is not documented.
        By::Itself if is_deny || spared == Some(true) => Some(false),
        By::Itself => None,
    }
}

fn entries(value: &Value) -> Vec<(&str, &str)> {
    match value {
        Value::String(star) => vec![("AWS", star)],
        kinds => kinds
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(kind, listed)| texts(listed).into_iter().map(|text| (kind.as_str(), text)))
            .collect(),
    }
}

/// Whether an entry means the one who asks. `strict` is where not to be meant may help.
fn means((kind, text): (&str, &str), scope: Scope, strict: bool, ask: &Ask) -> (By, Option<bool>) {
    match (kind, &ask.principal) {
        ("AWS", Principal::Aws(aws)) => aws_means(text, strict, aws),
        ("AWS", _) if text == "*" && scope == Scope::Trust => (By::Itself, None),
        ("AWS", _) => (By::Itself, Some(text == "*")),
        ("Service", Principal::Service(name)) | ("Federated", Principal::Federated(name)) => {
            (By::Itself, Some(text == name))
        }
        ("CanonicalUser", Principal::Aws(_)) => (By::Account, None),
        _ => (By::Itself, Some(false)),
    }
}

fn aws_means(text: &str, strict: bool, aws: &AwsPrincipal) -> (By, Option<bool>) {
    let last = |arn: &str| arn.rsplit('/').next().unwrap().to_owned();
    let account = |arn: &str| arn.split(':').nth(4).unwrap_or_default().to_owned();
    if text == "*" {
        return (By::Itself, Some(true));
    }
    if text.starts_with("AROA") {
        let own = aws.unique_id.as_deref() == Some(text);
        return (By::Itself, if own { None } else { Some(false) });
    }
    if !text.contains(':') || text.ends_with(":root") {
        let partition = |arn: &str| arn.split(':').nth(1).map(str::to_owned);
        if text.contains(':') {
            let same = account(text) == aws.account && partition(text) == partition(&aws.arn);
            return (By::Account, Some(same));
        }
        return (By::Account, Some(text == aws.account));
    }
    if text.contains(":role/") {
        if account(text) != aws.account {
            return (By::Role, Some(false));
        }
        let role = &aws.principal_arn;
        let truth = if role == text {
            Some(true)
        } else if role.contains(":assumed-role/") {
            // Without its path: arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION.
            Some(role.split('/').nth(1) == Some(last(text).as_str()))
        } else if role.contains(":role/") && last(role) == last(text) {
            None
        } else {
            Some(false)
        };
        return (By::Role, truth);
    }
    if text == aws.arn {
        return (By::Itself, Some(true));
    }
    let may_be_it = strict
        && text.contains(":assumed-role/")
        && aws.arn.contains(":role/")
        && account(text) == aws.account
        && text.split('/').nth(1) == Some(last(&aws.arn).as_str());
    (By::Itself, if may_be_it { None } else { Some(false) })
}
