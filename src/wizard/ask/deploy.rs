//! Each environment's ECS service and how traffic moves to a new version.

use crate::blueprint::{Key, Strategy, Value, check, defaults};
use crate::blueprint::{DeploymentConfig, Draft};
use crate::cloud::FoundListener;
use crate::ident::EnvironmentName;
use crate::resource::Site;
use crate::wizard::ground::Wanted;
use crate::wizard::question::{Choice, Question, QuestionKind};
use crate::wizard::state::{Known, Step};

use super::{ask, service, text};

pub(super) fn next(known: &Known<'_>) -> Option<Step> {
    known.draft().environments().find_map(|environment| {
        // Without an account nothing can be looked up, and there is no sense in asking on.
        if known.given_up(&Key::environment(environment, "account"))
            || known.skipped(&format!("environment.{environment}.deploy.choice"))
        {
            return None;
        }
        look(known, environment)
            .or_else(|| which(known, environment))
            .or_else(|| strategy(known, environment))
            .or_else(|| load_balancer(known, environment))
            .or_else(|| config(known, environment))
            .or_else(|| container(known, environment))
    })
}

fn look(known: &Known<'_>, environment: &EnvironmentName) -> Option<Step> {
    let draft = known.draft();
    let open = ["cluster", "service", "target_groups", "listener"].iter().any(|name| {
        let key = Key::deploy(environment, name);
        let needed = key.field().is_some_and(|field| field.required) || check::needed_by_strategy(draft, &key);
        needed && !known.settled(&key)
    });
    let wanted = Wanted::Services(Site::Environment(environment.clone()));
    (open && draft.account(Some(environment)).is_some() && !known.found.knows(&wanted, draft))
        .then_some(Step::Look(wanted))
}

/// Cluster and service.
fn which(known: &Known<'_>, environment: &EnvironmentName) -> Option<Step> {
    let draft = known.draft();
    let cluster = Key::deploy(environment, "cluster");
    let service_key = Key::deploy(environment, "service");
    let id = format!("environment.{environment}.deploy.choice");
    let found: Vec<_> = service::found(known, environment)
        .iter()
        .filter(|found| {
            let fits = |key: &Key, name: &str| draft.text(key).is_none_or(|said| said == name);
            fits(&cluster, &found.cluster) && fits(&service_key, &found.service)
        })
        .collect();
    let open = !known.settled(&cluster) || !known.settled(&service_key);
    if open && !found.is_empty() && !known.asked(&id) {
        let mut choices: Vec<Choice> = found
            .iter()
            .map(|found| service::choice(draft, environment, found))
            .collect();
        let first = choices.first().map(|choice| choice.value.clone());
        let default = first.filter(|_| known.options.sandbox || found.len() == 1);
        choices.push(Choice::new("other", "another one", "cluster and service by name"));
        return ask(
            Question::new(draft, id, format!("ECS service for {environment}"), QuestionKind::Select { choices })
                .help("what a deployment brings a new version of; it settles load balancer and container, too")
                .default(default)
                .answered_by(
                    format!("{cluster} and {}", service_key.name),
                    format!("{} {}", cluster.flag(), service_key.flag()),
                ),
        );
    }
    text(
        known,
        cluster,
        format!("ECS cluster of {environment}"),
        "its name, not its ARN",
        None,
    )
    .or_else(|| {
        let application = draft.text(&Key::root("application")).map(str::to_owned);
        text(
            known,
            service_key,
            format!("ECS service of {environment}"),
            "its name; the service must be there already",
            application,
        )
    })
}

/// Whether the file describes the environment's deployment, so that its silence is an answer.
fn in_file(known: &Known<'_>, environment: &EnvironmentName) -> bool {
    !known.asks_options_of(environment, Key::deploy, "cluster")
}

fn strategy_said(draft: &Draft, environment: &EnvironmentName) -> Option<Strategy> {
    match draft.text(&Key::deploy(environment, "strategy")) {
        Some(text) => check::strategy(text),
        None => Some(Strategy::CodedeployBlueGreen),
    }
}

fn strategy(known: &Known<'_>, environment: &EnvironmentName) -> Option<Step> {
    let key = Key::deploy(environment, "strategy");
    if known.settled(&key) || in_file(known, environment) {
        return None;
    }
    let chosen = service::chosen(known, environment);
    let codedeploy = match chosen.map(|found| found.controller.as_str()) {
        None | Some("CODE_DEPLOY") => "traffic moves between two target groups, and back",
        Some(_) => "only after the service is made anew with the CODE_DEPLOY controller",
    };
    let choice = |value: &str, label: &str, explanation: &str| {
        Choice::new(value, label, explanation).sets(key.clone(), value)
    };
    let mut choices = vec![
        choice("codedeploy-blue-green", "CodeDeploy blue/green", codedeploy),
        choice("ecs-rolling", "ECS rolling", "tasks are replaced one after another"),
        choice("ecs-blue-green", "ECS blue/green", "ECS moves traffic as the service is set up to"),
    ];
    let default = match chosen.map(service::strategy_for) {
        None | Some(Some(Strategy::CodedeployBlueGreen)) => Some("codedeploy-blue-green"),
        Some(Some(Strategy::EcsRolling)) => Some("ecs-rolling"),
        Some(Some(Strategy::EcsBlueGreen)) => Some("ecs-blue-green"),
        Some(None) => None,
    };
    choices.sort_by_key(|choice| Some(choice.value.as_str()) != default);
    ask(
        Question::of(known.draft(), key, format!("How {environment} is deployed"), QuestionKind::Select { choices })
            .help("the service's deployment controller decides which of them can work")
            .default(default),
    )
}

fn load_balancer(known: &Known<'_>, environment: &EnvironmentName) -> Option<Step> {
    let draft = known.draft();
    if strategy_said(draft, environment) != Some(Strategy::CodedeployBlueGreen) {
        return None;
    }
    let chosen = service::chosen(known, environment);
    let groups = chosen.map(|found| found.target_groups.as_slice()).unwrap_or_default();
    let listeners = chosen.map(|found| found.listeners.as_slice()).unwrap_or_default();
    target_groups(known, environment, groups, listeners)
        .or_else(|| listener(known, environment, listeners))
        .or_else(|| test_listener(known, environment, listeners))
}

fn target_groups(
    known: &Known<'_>,
    environment: &EnvironmentName,
    groups: &[String],
    listeners: &[FoundListener],
) -> Option<Step> {
    let key = Key::deploy(environment, "target_groups");
    if known.settled(&key) {
        return None;
    }
    let id = format!("{key}.choice");
    if known.skipped(&id) {
        return None;
    }
    let prompt = format!("Target groups of {environment}");
    if groups.len() >= 2 && !known.asked(&id) {
        let serving = |name: &String| listeners.iter().any(|listener| listener.forwards_to.contains(name));
        let mut pairs: Vec<(bool, &String, &String)> = Vec::new();
        for (index, first) in groups.iter().enumerate() {
            for second in groups.iter().skip(index + 1) {
                // The group that serves now leads.
                let (first, second) = if serving(second) && !serving(first) { (second, first) } else { (first, second) };
                pairs.push((!serving(first), first, second));
            }
        }
        pairs.sort_by_key(|(idle, ..)| *idle);
        let mut choices: Vec<Choice> = pairs
            .into_iter()
            .take(15)
            .map(|(idle, first, second)| {
                let explanation = if idle { String::new() } else { format!("{first} serves now") };
                Choice::new(&format!("{first},{second}"), &format!("{first} and {second}"), explanation)
                    .sets(key.clone(), Value::List(vec![first.clone(), second.clone()]))
            })
            .collect();
        let default = choices
            .first()
            .map(|choice| choice.value.clone())
            .filter(|_| groups.len() == 2 || known.options.sandbox);
        choices.push(Choice::new("/other", "others", "two names"));
        return ask(Question::new(known.draft(), id, prompt, QuestionKind::Select { choices })
            .help("traffic moves from one to the other with each deployment")
            .default(default)
            .answered_by(key.to_string(), key.flag()));
    }
    text(known, key, prompt, "two names with a comma between; traffic moves from one to the other", None)
}

fn listener(known: &Known<'_>, environment: &EnvironmentName, listeners: &[FoundListener]) -> Option<Step> {
    let key = Key::deploy(environment, "listener");
    if known.settled(&key) {
        return None;
    }
    let id = format!("{key}.choice");
    if known.skipped(&id) {
        return None;
    }
    let prompt = format!("Production listener of {environment}");
    if listeners.is_empty() || known.asked(&id) {
        return text(known, key, prompt, "the listener's ARN; CodeDeploy switches it over", None);
    }
    let groups = known.draft().list(&Key::deploy(environment, "target_groups")).unwrap_or_default();
    let serving = |listener: &&FoundListener| listener.forwards_to.iter().any(|group| groups.contains(group));
    let default = listeners
        .iter()
        .find(|listener| serving(listener))
        .filter(|_| known.options.sandbox || listeners.iter().filter(serving).count() == 1)
        .map(|listener| listener.arn.clone());
    let mut choices: Vec<Choice> = listeners.iter().map(|listener| listener_choice(&key, listener)).collect();
    choices.push(Choice::new("/other", "another one", "by its ARN"));
    ask(Question::new(known.draft(), id, prompt, QuestionKind::Select { choices })
        .help("the one that users reach; CodeDeploy switches it over")
        .default(default)
        .answered_by(key.to_string(), key.flag()))
}

fn listener_choice(key: &Key, listener: &FoundListener) -> Choice {
    let to = match listener.forwards_to.as_slice() {
        [] => String::new(),
        groups => format!("forwards to {}", groups.join(", ")),
    };
    Choice::new(&listener.arn, &format!("{} {}", listener.protocol, listener.port), to)
        .sets(key.clone(), listener.arn.as_str())
}

fn test_listener(known: &Known<'_>, environment: &EnvironmentName, listeners: &[FoundListener]) -> Option<Step> {
    let key = Key::deploy(environment, "test_listener");
    if known.settled(&key) || in_file(known, environment) {
        return None;
    }
    let production = known.draft().text(&Key::deploy(environment, "listener"));
    let others: Vec<&FoundListener> = listeners
        .iter()
        .filter(|listener| Some(listener.arn.as_str()) != production)
        .collect();
    if others.is_empty() {
        return None;
    }
    let mut choices = vec![Choice::new("none", "none", "")];
    choices.extend(others.into_iter().map(|listener| listener_choice(&key, listener)));
    ask(
        Question::of(known.draft(), key, format!("Test listener of {environment}"), QuestionKind::Select { choices })
            .help("shows the new version to testers before users get it")
            .default(Some("none")),
    )
}

fn config(known: &Known<'_>, environment: &EnvironmentName) -> Option<Step> {
    let draft = known.draft();
    let key = Key::deploy(environment, "config");
    if known.settled(&key)
        || in_file(known, environment)
        || strategy_said(draft, environment) != Some(Strategy::CodedeployBlueGreen)
    {
        return None;
    }
    let network = draft
        .text(&Key::deploy(environment, "listener"))
        .is_some_and(|arn| arn.contains(":listener/net/"));
    let default = if network {
        DeploymentConfig::AllAtOnce
    } else if defaults::confirm(environment.as_str()) {
        DeploymentConfig::Canary10Percent15Minutes
    } else {
        DeploymentConfig::Canary10Percent5Minutes
    };
    let choices = DeploymentConfig::ALL
        .into_iter()
        .filter(|config| !network || *config == DeploymentConfig::AllAtOnce)
        .map(|config| {
            let (label, rest) = config.explanation().split_once(": ").unwrap_or((config.explanation(), ""));
            Choice::new(config.name(), &format!("{label}: {rest}"), "").sets(key.clone(), config.name())
        })
        .collect();
    ask(
        Question::of(draft, key, format!("How traffic moves in {environment}"), QuestionKind::Select { choices })
            .help("the five configurations that CodeDeploy has for ECS")
            .default(Some(default.name())),
    )
}

fn container(known: &Known<'_>, environment: &EnvironmentName) -> Option<Step> {
    if in_file(known, environment) {
        return None;
    }
    let draft = known.draft();
    let name = Key::container(environment, "name");
    let port = Key::container(environment, "port");
    let found = service::chosen(known, environment).map(|found| found.containers.as_slice()).unwrap_or_default();
    let id = format!("environment.{environment}.container.choice");
    if known.skipped(&id) {
        return None;
    }
    if !found.is_empty() && !known.settled(&name) && !known.settled(&port) && !known.asked(&id) {
        let mut choices: Vec<Choice> = found
            .iter()
            .map(|(container, number)| {
                Choice::new(&format!("{container}:{number}"), container, format!("port {number}"))
                    .sets(name.clone(), container.as_str())
                    .sets(port.clone(), Value::Number((*number).into()))
            })
            .collect();
        let default = choices
            .first()
            .map(|choice| choice.value.clone())
            .filter(|_| found.len() == 1 || known.options.sandbox);
        choices.push(Choice::new("/other", "another one", "name and port"));
        return ask(
            Question::new(draft, id, format!("Container of {environment}"), QuestionKind::Select { choices })
                .help("the one behind the load balancer; the new image goes into it")
                .default(default)
                .answered_by(format!("{name} and {}", port.name), format!("{} {}", name.flag(), port.flag())),
        );
    }
    let application = draft.text(&Key::root("application")).map(str::to_owned);
    text(
        known,
        name,
        format!("Container of {environment}"),
        "its name in the task definition; the new image goes into it",
        application,
    )
    .or_else(|| {
        text(
            known,
            port,
            format!("Port of {environment}'s container"),
            "the port that the application listens on",
            Some(defaults::PORT.to_string()),
        )
    })
}
