//! An ECS service that was found, as a choice: it settles most of an environment's deployment.

use crate::blueprint::patterns::fill;
use crate::blueprint::{Draft, Key, NamePatterns, Origin, Strategy, Table, Value};
use crate::cloud::FoundService;
use crate::ident::EnvironmentName;
use crate::resource::Site;
use crate::wizard::ground::Wanted;
use crate::wizard::question::Choice;
use crate::wizard::state::Known;

/// What was found in an environment's account.
pub(super) fn found<'a>(known: &Known<'a>, environment: &EnvironmentName) -> &'a [FoundService] {
    let wanted = Wanted::Services(Site::Environment(environment.clone()));
    known
        .found
        .services
        .get(&wanted.fingerprint(known.draft()))
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The service that was chosen or named, if it is among those found.
pub(super) fn chosen<'a>(
    known: &Known<'a>,
    environment: &EnvironmentName,
) -> Option<&'a FoundService> {
    let draft = known.draft();
    let cluster = draft.text(&Key::deploy(environment, "cluster"))?;
    let service = draft.text(&Key::deploy(environment, "service"))?;
    found(known, environment)
        .iter()
        .find(|found| found.cluster == cluster && found.service == service)
}

/// The strategy that a service is set up for; nothing where crosspipe has none for it.
pub(super) fn strategy_for(service: &FoundService) -> Option<Strategy> {
    match (service.controller.as_str(), service.strategy.as_deref()) {
        ("CODE_DEPLOY", _) => Some(Strategy::CodedeployBlueGreen),
        ("ECS", Some("BLUE_GREEN" | "LINEAR" | "CANARY")) => Some(Strategy::EcsBlueGreen),
        ("ECS", _) => Some(Strategy::EcsRolling),
        _ => None,
    }
}

/// A found service as a choice, with everything that follows from it.
pub(super) fn choice(draft: &Draft, environment: &EnvironmentName, found: &FoundService) -> Choice {
    let deploy = |name: &str| Key::deploy(environment, name);
    let groups = match found.target_groups.len() {
        1 => "1 target group".to_owned(),
        count => format!("{count} target groups"),
    };
    let mut choice = Choice::new(
        &format!("{}/{}", found.cluster, found.service),
        &format!("{} / {}", found.cluster, found.service),
        format!("found: {}, {groups}", found.controller),
    )
    .sets(deploy("cluster"), found.cluster.as_str())
    .sets(deploy("service"), found.service.as_str());
    let mut set = |key: Key, value: Value| {
        if !draft.has(&key) {
            choice.sets.push((key, value));
        }
    };
    let codedeploy = found.controller == "CODE_DEPLOY";
    let said = draft
        .text(&deploy("strategy"))
        .and_then(crate::blueprint::check::strategy);
    let by_codedeploy = said.is_none_or(|said| said == Strategy::CodedeployBlueGreen);
    // What another strategy has no use for is not written down.
    if codedeploy && by_codedeploy {
        set(deploy("strategy"), "codedeploy-blue-green".into());
        if found.target_groups.len() == 2 {
            set(
                deploy("target_groups"),
                Value::List(found.target_groups.clone()),
            );
        }
        if let [listener] = found.listeners.as_slice() {
            set(deploy("listener"), listener.arn.as_str().into());
        }
    }
    if let [(name, port)] = found.containers.as_slice() {
        set(Key::container(environment, "name"), name.as_str().into());
        set(
            Key::container(environment, "port"),
            Value::Number((*port).into()),
        );
    }
    let family = found
        .task_family
        .as_deref()
        .map(|family| task_family(draft, environment, family));
    match family {
        Some(Family::AsUsual) | None => {}
        Some(Family::Pattern(pattern)) => {
            set(Key::new(Table::Names, "task_family"), pattern.into());
        }
        Some(Family::Other(expected)) => choice.warnings.push(format!(
            "{environment} runs task definitions of the family {}; crosspipe will register them as {expected}. names.task_family changes that.",
            found.task_family.as_deref().unwrap_or_default()
        )),
    }
    if codedeploy && !by_codedeploy {
        choice.warnings.push(format!(
            "{} / {} has the CODE_DEPLOY controller, and {environment} is not to be deployed by CodeDeploy: ECS takes no new version of it from anybody else. Choose codedeploy-blue-green, or make the service anew with the ECS controller.",
            found.cluster, found.service
        ));
    } else if !codedeploy && !by_codedeploy && strategy_for(found).is_some() {
        // As it should be.
    } else if !codedeploy {
        choice.warnings.push(match strategy_for(found) {
            Some(_) => format!(
                "{} / {} is deployed by ECS itself, not by CodeDeploy: choose one of the ecs strategies, or make the service anew with the CODE_DEPLOY controller.",
                found.cluster, found.service
            ),
            None => format!(
                "{} / {} has the controller {}: crosspipe has no way to deploy to it. Choose another service, or make it anew.",
                found.cluster, found.service, found.controller
            ),
        });
    } else if found.target_groups.len() < 2 {
        choice.warnings.push(format!(
            "{} / {} has {groups}: CodeDeploy moves traffic between two, so make another one and name both.",
            found.cluster, found.service
        ));
    }
    choice
}

enum Family {
    AsUsual,
    Pattern(String),
    Other(String),
}

/// What the family of a running service means for the pattern of families.
fn task_family(draft: &Draft, environment: &EnvironmentName, family: &str) -> Family {
    let key = Key::new(Table::Names, "task_family");
    let default = NamePatterns::default();
    let pattern = draft.text(&key).unwrap_or(&default.task_family);
    let value = |name: &str| match name {
        "environment" => Some(environment.to_string()),
        "account" => draft
            .account(Some(environment))
            .map(|account| account.to_string()),
        "region" => draft.region().map(|region| region.to_string()),
        name => draft.text(&Key::root(name)).map(str::to_owned),
    };
    let usual = fill(pattern, value).unwrap_or_default();
    if usual == family {
        return Family::AsUsual;
    }
    if draft.has(&key) {
        return Family::Other(usual);
    }
    let mut general = family.to_owned();
    for name in ["application", "organization", "environment"] {
        if let Some(value) = value(name) {
            general = replace_word(&general, &value, &format!("{{{name}}}"));
        }
    }
    // What several environments would then share, or what AWS does not take, is no pattern for all.
    let mut trial = draft.clone();
    trial.set(key, general.as_str(), Origin::Answer);
    let sound = trial.problems().len() <= draft.problems().len();
    if sound && fill(&general, value).as_deref() == Some(family) {
        Family::Pattern(general)
    } else {
        Family::Other(usual)
    }
}

/// Replaces a word that stands between separators or ends.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    if word.is_empty() {
        return text.to_owned();
    }
    let separates = |c: Option<char>| c.is_none_or(|c| c == '-' || c == '_');
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        let open = if before.is_empty() {
            out.chars().next_back()
        } else {
            before.chars().next_back()
        };
        out.push_str(before);
        if separates(open) && separates(after.chars().next()) {
            out.push_str(with);
        } else {
            out.push_str(word);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_between_separators() {
        assert_eq!(replace_word("dev-app", "dev", "{e}"), "{e}-app");
        assert_eq!(replace_word("devel-app", "dev", "{e}"), "devel-app");
        assert_eq!(replace_word("x-dev", "dev", "{e}"), "x-{e}");
        assert_eq!(replace_word("a_dev_b-dev", "dev", "{e}"), "a_{e}_b-{e}");
    }
}
