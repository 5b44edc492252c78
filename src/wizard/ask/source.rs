//! Where the source comes from.

use crate::blueprint::check::ProviderName;
use crate::blueprint::Key;
use crate::cloud::FoundConnection;
use crate::wizard::ground::Wanted;
use crate::wizard::question::{Choice, Question, QuestionKind};
use crate::wizard::state::{Known, Step};

use super::{ask, optional, text};

pub(super) fn next(known: &Known<'_>) -> Option<Step> {
    let provider = Known::source("provider");
    if !known.settled(&provider) {
        let choice = |value: &str, label: &str, explanation: &str| {
            Choice::new(value, label, explanation).sets(provider.clone(), value)
        };
        let choices = vec![
            choice("codecommit", "CodeCommit", "a repository in the shared account"),
            choice("github", "GitHub", "through a connection"),
            choice("gitlab", "GitLab", "through a connection"),
            choice("bitbucket", "Bitbucket", "through a connection"),
        ];
        return ask(
            Question::of(known.draft(), provider, "Source", QuestionKind::Select { choices })
                .help("a push to a branch there starts the branch's pipeline")
                .default(Some("codecommit")),
        );
    }
    match known.draft().text(&provider).and_then(ProviderName::parse)? {
        ProviderName::CodeCommit => codecommit(known),
        provider => connected(known, provider),
    }
}

fn look(known: &Known<'_>, wanted: Wanted) -> Option<Step> {
    let shared = known.draft().account(None).is_some();
    (shared && !known.found.knows(&wanted, known.draft())).then_some(Step::Look(wanted))
}

fn codecommit(known: &Known<'_>) -> Option<Step> {
    let key = Known::source("repository");
    if known.settled(&key) || known.skipped("source.repository.choice") {
        return None;
    }
    if let Some(step) = look(known, Wanted::Repositories) {
        return Some(step);
    }
    let draft = known.draft();
    let application = draft.text(&Key::root("application"));
    let found = known
        .found
        .repositories
        .get(&Wanted::Repositories.fingerprint(draft))
        .map(Vec::as_slice)
        .unwrap_or_default();
    let typed = known.answer("source.repository.choice") == Some("/other");
    if found.is_empty() || typed {
        return text(
            known,
            key,
            "Repository",
            "a CodeCommit repository of the shared account; it is made if it is not there",
            application.filter(|_| !typed).map(str::to_owned),
        );
    }
    let mut choices: Vec<Choice> = found
        .iter()
        .map(|name| Choice::new(name, name, "found").sets(key.clone(), name.as_str()))
        .collect();
    if let Some(name) = application
        && !found.iter().any(|found| found == name)
    {
        let new = Choice::new(name, name, "new").sets(key.clone(), name);
        choices.insert(0, new);
    }
    // A slash cannot be part of a name, so this is no repository.
    choices.push(Choice::new("/other", "another name", "new or not shown"));
    ask(Question::new(draft, "source.repository.choice", "Repository", QuestionKind::Select { choices })
        .help("of CodeCommit, in the shared account; a new one is made")
        .default(application)
        .answered_by(key.to_string(), key.flag()))
}

fn connected(known: &Known<'_>, provider: ProviderName) -> Option<Step> {
    let draft = known.draft();
    let default = known
        .options
        .sandbox
        .then(|| {
            let organization = draft.text(&Key::root("organization"))?;
            Some(format!("{organization}/{}", draft.text(&Key::root("application"))?))
        })
        .flatten();
    if let Some(step) = text(
        known,
        Known::source("repository"),
        "Repository (owner/name)",
        "exactly as the provider shows it, capitals included",
        default,
    ) {
        return Some(step);
    }
    let key = Known::source("connection");
    if known.settled(&key) || known.asked("source.connection.choice") || known.in_file(&Known::source("provider")) {
        return connection_typed(known, &key);
    }
    if let Some(step) = look(known, Wanted::Connections) {
        return Some(step);
    }
    let name = match provider {
        ProviderName::GitLab => "GitLab",
        ProviderName::Bitbucket => "Bitbucket",
        _ => "GitHub",
    };
    let found: Vec<&FoundConnection> = known
        .found
        .connections
        .get(&Wanted::Connections.fingerprint(draft))
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter(|connection| connection.provider == name)
        .collect();
    let mut choices: Vec<Choice> = found
        .iter()
        .map(|connection| {
            let mut choice = Choice::new(&connection.arn, &connection.name, connection.status.to_lowercase())
                .sets(key.clone(), connection.arn.as_str());
            if connection.status != "AVAILABLE" {
                choice.warnings.push(format!(
                    "Connection {} is {}: finish its handshake in the console before the first push.",
                    connection.name, connection.status
                ));
            }
            choice
        })
        .collect();
    let mut new = Choice::new("new", "a new connection", "its handshake is finished in a browser");
    new.warnings.push(format!(
        "crosspipe makes a connection to {name} and then tells where to finish its handshake; until then no push starts anything."
    ));
    choices.push(new);
    choices.push(Choice::new("arn", "another connection", "by its ARN"));
    let default = found
        .iter()
        .find(|connection| connection.status == "AVAILABLE")
        .map_or("new", |connection| connection.arn.as_str());
    ask(Question::new(draft, "source.connection.choice", format!("Connection to {name}"), QuestionKind::Select { choices })
        .help("of AWS CodeConnections, in the shared account")
        .default(Some(default))
        .answered_by(key.to_string(), key.flag()))
}

fn connection_typed(known: &Known<'_>, key: &Key) -> Option<Step> {
    if known.answer("source.connection.choice") != Some("arn") {
        return None;
    }
    optional(
        known,
        key.clone(),
        "Connection's ARN (Enter for a new one)",
        "arn:aws:codeconnections:REGION:ACCOUNT:connection/ID",
    )
}
