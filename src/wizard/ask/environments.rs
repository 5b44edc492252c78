//! The environments: their names, accounts, branches and the way to them.

use crate::blueprint::{Draft, Key};
use crate::ident::EnvironmentName;
use crate::wizard::question::{Question, QuestionKind, Target};
use crate::wizard::state::{Known, Step};

use super::{access, ask, text};

pub(super) fn next(known: &Known<'_>) -> Option<Step> {
    let draft = known.draft();
    if draft.environments().next().is_none() {
        if known.asked("environment") {
            return None;
        }
        let mut question = Question::new(draft, "environment", "Environments", QuestionKind::Text { optional: false })
            .help("names in the order that a change travels, for example dev, stg, prd")
            .default(Some("dev, stg, prd"))
            .answered_by("environment", "--environment NAME,NAME");
        question.target = Target::Environments;
        return ask(question);
    }
    draft.environments().find_map(|name| one(known, name))
}

fn one(known: &Known<'_>, name: &EnvironmentName) -> Option<Step> {
    let draft = known.draft();
    text(
        known,
        Key::environment(name, "account"),
        format!("Account of {name}"),
        "12 digits",
        known.options.sandbox.then(|| account(draft, name)).flatten(),
    )
    .or_else(|| {
        text(
            known,
            Key::environment(name, "branch"),
            format!("Branch of {name}"),
            "a push to it is deployed there",
            branch(known, name),
        )
    })
    .or_else(|| access::next(known, Some(name)))
}

/// An account of the sandbox: its first three are as the source document has them.
fn account(draft: &Draft, name: &EnvironmentName) -> Option<String> {
    let usual = match name.as_str() {
        "dev" => Some(1),
        "stg" => Some(2),
        "prd" => Some(3),
        _ => None,
    };
    let taken: Vec<String> = draft
        .environments()
        .filter_map(|other| draft.account(Some(other)))
        .map(|account| account.to_string())
        .collect();
    usual
        .into_iter()
        .chain(4..=9)
        .map(|digit| format!("55884643{}", digit.to_string().repeat(4)))
        .find(|account| !taken.contains(account))
}

fn branch(known: &Known<'_>, name: &EnvironmentName) -> Option<String> {
    let codecommit = known.draft().text(&Known::source("provider")) == Some("codecommit");
    let usual = match name.as_str() {
        "dev" => "develop",
        "stg" => "stage",
        "prd" if codecommit => "master",
        "prd" | "prod" | "production" => "main",
        other if known.options.sandbox => other,
        _ => return None,
    };
    Some(usual.to_owned())
}
