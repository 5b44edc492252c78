//! How a new version is brought into service: strategy, configuration, load balancer, size.

use crate::blueprint::draft::{Draft, Problem};
use crate::blueprint::key::Key;
use crate::blueprint::schema::nearest;
use crate::blueprint::{DeploymentConfig, Strategy, defaults};
use crate::ident::{Arn, EnvironmentName};

use super::{config_of, strategy_of};

const STRATEGIES: [(&str, Strategy); 3] = [
    ("codedeploy-blue-green", Strategy::CodedeployBlueGreen),
    ("ecs-rolling", Strategy::EcsRolling),
    ("ecs-blue-green", Strategy::EcsBlueGreen),
];

/// A strategy by its name in the file.
pub fn strategy(text: &str) -> Option<Strategy> {
    STRATEGIES
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, strategy)| *strategy)
}

/// A deployment configuration by AWS's name.
pub fn config(text: &str) -> Option<DeploymentConfig> {
    DeploymentConfig::ALL
        .into_iter()
        .find(|config| config.name() == text)
}

/// The five configurations, one to a line, each with what it does.
pub fn configs_explained() -> String {
    let lines: Vec<String> = DeploymentConfig::ALL
        .iter()
        .map(|config| format!("  {}  ({})", config.name(), config.explanation()))
        .collect();
    lines.join("\n")
}

type Complaint = (String, String, String);

/// Checks a strategy's name.
pub fn check_strategy(text: &str) -> Result<(), Complaint> {
    if strategy(text).is_some() {
        return Ok(());
    }
    let names = STRATEGIES.map(|(name, _)| name);
    let help = match nearest(text, names) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!("one of {}", names.join(", ")),
    };
    Err((
        format!("strategy '{text}' does not exist"),
        "no such strategy".to_owned(),
        help,
    ))
}

/// Checks the name of a deployment configuration. Source of the list: AWS CodeDeploy User Guide,
/// "Working with deployment configurations"; some guides list three more that were never there.
pub fn check_config(text: &str) -> Result<(), Complaint> {
    if config(text).is_some() {
        return Ok(());
    }
    let full = format!("CodeDeployDefault.{text}");
    let list = format!(
        "the configurations for ECS are these five:\n{}",
        configs_explained()
    );
    if config(&full).is_some() {
        return Err((
            format!("config '{text}' is not AWS's whole name"),
            "'CodeDeployDefault.' is missing".to_owned(),
            format!("write \"{full}\""),
        ));
    }
    let bare = text.strip_prefix("CodeDeployDefault.").unwrap_or(text);
    let why = match bare {
        "ECSCanary10Percent10Minutes" | "ECSCanary10Percent3Minutes" | "ECSTrafficShift" => {
            "CodeDeploy has no configuration of this name, though some guides list it"
        }
        "OneAtATime" | "HalfAtATime" | "AllAtOnce" => "this one is for servers, not for ECS",
        lambda if lambda.starts_with("Lambda") => "this one is for Lambda, not for ECS",
        _ => "CodeDeploy has no configuration of this name for ECS",
    };
    Err((
        format!("config '{text}' does not exist: {why}"),
        "no such configuration".to_owned(),
        list,
    ))
}

/// What does not fit together in one environment.
pub fn check(draft: &Draft, environment: &EnvironmentName, problems: &mut Vec<Problem>) {
    size(draft, environment, problems);
    load_balancer(draft, environment, problems);
    let groups_key = Key::deploy(environment, "target_groups");
    let Some(groups) = draft.list(&groups_key) else {
        return;
    };
    if strategy_of(draft, environment) != Some(Strategy::CodedeployBlueGreen) {
        return;
    }
    // Source: AWS CodeDeploy API documentation of `TargetGroupPairInfo`.
    match groups {
        [first, second] if first == second => problems.push(Problem::new(
            groups_key,
            format!("{environment}: both target groups are '{first}': traffic moves from one to the other"),
            "twice the same",
            "name the two different target groups of the service",
        )),
        [_, _] => {}
        _ => problems.push(Problem::new(
            groups_key,
            format!(
                "{environment}: strategy codedeploy-blue-green needs exactly two target groups, {} given",
                match groups.len() {
                    1 => "1 is".to_owned(),
                    count => format!("{count} are"),
                }
            ),
            "two names are expected",
            "target_groups = [\"first\", \"second\"]",
        )),
    }
}

/// The load balancer that a listener belongs to: `app/name/id` or `net/name/id`.
fn balancer(listener: &Arn) -> Option<String> {
    let parts: Vec<&str> = listener.resource().split('/').collect();
    match parts.as_slice() {
        ["listener", kind, name, id, _] => Some(format!("{kind}/{name}/{id}")),
        _ => None,
    }
}

fn load_balancer(draft: &Draft, environment: &EnvironmentName, problems: &mut Vec<Problem>) {
    let listener = |name: &str| {
        draft
            .text(&Key::deploy(environment, name))
            .and_then(|text| Arn::parse(text).ok())
            .filter(|arn| arn.service() == "elasticloadbalancing")
    };
    for name in ["listener", "test_listener"] {
        let key = Key::deploy(environment, name);
        let Some(arn) = listener(name) else { continue };
        if let Some(account) = draft.account(Some(environment))
            && arn.account() != account.as_str()
        {
            problems.push(
                Problem::new(
                    key.clone(),
                    format!(
                        "{key} is in account {}, but {environment} is {account}",
                        arn.account()
                    ),
                    "another account",
                    "name a listener of the environment's own account",
                )
                .and(Key::environment(environment, "account"), "the account"),
            );
        }
        if let Some(region) = draft.region()
            && arn.region() != region.as_str()
        {
            problems.push(
                Problem::new(
                    key.clone(),
                    format!(
                        "{key} is in {}, but everything else is in {region}",
                        arn.region()
                    ),
                    "another Region",
                    "name a listener of that Region, or mend the Region",
                )
                .and(Key::root("region"), "the Region"),
            );
        }
    }
    let (production, test) = (listener("listener"), listener("test_listener"));
    if let (Some(production), Some(test)) = (&production, &test) {
        let key = Key::deploy(environment, "test_listener");
        if production == test {
            problems.push(
                Problem::new(
                    key,
                    format!("{environment}: test_listener and listener are the same: tests would see the old version"),
                    "the same listener",
                    "name another listener of the load balancer, or leave test_listener out",
                )
                .and(Key::deploy(environment, "listener"), "the listener"),
            );
        } else if balancer(production) != balancer(test) {
            problems.push(
                Problem::new(
                    key,
                    format!("{environment}: test_listener belongs to another load balancer than listener"),
                    "another load balancer",
                    "both listeners must be of one load balancer",
                )
                .and(Key::deploy(environment, "listener"), "the listener"),
            );
        }
    }
    // Source: AWS CodeDeploy User Guide, "Working with deployment configurations".
    if let (Some(production), Some(config)) = (production, config_of(draft, environment))
        && production.resource().starts_with("listener/net/")
        && strategy_of(draft, environment) == Some(Strategy::CodedeployBlueGreen)
        && config != DeploymentConfig::AllAtOnce
    {
        let key = Key::deploy(environment, "config");
        let (at, other) = if draft.has(&key) {
            (key, "listener")
        } else {
            (Key::deploy(environment, "listener"), "config")
        };
        problems.push(
            Problem::new(
                at,
                format!(
                    "{environment}: a Network Load Balancer cannot shift traffic in steps, as {} asks",
                    config.name()
                ),
                "does not go together",
                format!("choose config = \"{}\"", DeploymentConfig::AllAtOnce.name()),
            )
            .and(Key::deploy(environment, other), "with this"),
        );
    }
}

/// The memory in MiB that Fargate offers for a number of CPU units: lowest, highest and step.
/// Source: Amazon ECS Developer Guide, "Task definition parameters for Fargate", task size.
pub fn memory_for(cpu: i64) -> Option<Vec<i64>> {
    let steps = |low: i64, high: i64, step: usize| (low..=high).step_by(step).collect();
    Some(match cpu {
        256 => vec![512, 1024, 2048],
        512 => steps(1024, 4096, 1024),
        1024 => steps(2048, 8192, 1024),
        2048 => steps(4096, 16384, 1024),
        4096 => steps(8192, 30720, 1024),
        8192 => steps(16384, 61440, 4096),
        16384 => steps(32768, 122_880, 8192),
        _ => return None,
    })
}

fn size(draft: &Draft, environment: &EnvironmentName, problems: &mut Vec<Problem>) {
    let cpu_key = Key::container(environment, "cpu");
    let memory_key = Key::container(environment, "memory");
    let unusable = |key: &Key| draft.has(key) && draft.number(key).is_none();
    if unusable(&cpu_key) || unusable(&memory_key) {
        return;
    }
    let cpu = draft.number(&cpu_key).unwrap_or(defaults::CPU.into());
    let memory = draft.number(&memory_key).unwrap_or(defaults::MEMORY.into());
    let Some(offered) = memory_for(cpu) else {
        problems.push(Problem::new(
            cpu_key,
            format!("{environment}: Fargate has no size of {cpu} CPU units"),
            "no such size",
            "one of 256, 512, 1024, 2048, 4096, 8192, 16384",
        ));
        return;
    };
    if offered.contains(&memory) {
        return;
    }
    let list: Vec<String> = match offered.as_slice() {
        [first, second, .., last] if offered.len() > 4 => {
            vec![format!("{first} to {last} in steps of {}", second - first)]
        }
        few => few.iter().map(i64::to_string).collect(),
    };
    let (at, other) = if draft.has(&memory_key) {
        (memory_key, cpu_key)
    } else {
        (cpu_key, memory_key)
    };
    problems.push(
        Problem::new(
            at,
            format!(
                "{environment}: Fargate does not offer {memory} MiB of memory with {cpu} CPU units"
            ),
            "does not go together",
            format!("memory for cpu = {cpu}: {}", list.join(", ")),
        )
        .and(other, "with this"),
    );
}

/// Settings that are there and without effect.
pub fn suspicions(draft: &Draft, found: &mut Vec<Problem>) {
    for environment in draft.environments() {
        let Some(strategy) = strategy_of(draft, environment) else {
            continue;
        };
        if strategy == Strategy::CodedeployBlueGreen {
            continue;
        }
        for name in ["config", "target_groups", "listener", "test_listener"] {
            let key = Key::deploy(environment, name);
            if draft.has(&key) {
                found.push(
                    Problem::new(
                        key.clone(),
                        format!("{key} has no effect: only codedeploy-blue-green uses it"),
                        "without effect",
                        "remove it, or change the strategy",
                    )
                    .and(Key::deploy(environment, "strategy"), "because of this"),
                );
            }
        }
    }
}
