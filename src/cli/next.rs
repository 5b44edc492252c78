//! What `bootstrap` ends with: the next thing to type.

use crate::blueprint::{Blueprint, Source, Strategy};
use crate::plan::Plan;
use crate::ui::{self, Style, Table};

use super::seed::{Repository, folder_name};
use super::starter::remote;
use super::target::Target;

/// The connections of a plan that exist and wait for their handshake: name, and ARN where it is known.
pub fn waiting(plan: &Plan) -> Vec<(String, String)> {
    plan.resources
        .iter()
        .filter(|it| it.spec.kind() == "connection" && !it.notes.is_empty())
        .map(|it| {
            let arn = it.attributes.get("arn").cloned().unwrap_or_default();
            (it.spec.name().to_owned(), arn)
        })
        .collect()
}

/// What to type next. `waiting` are the connections whose handshake is to be finished, `repository` is
/// what the source holds, where it is CodeCommit.
pub fn text(
    target: &Target,
    blueprint: &Blueprint,
    waiting: &[(String, String)],
    repository: Repository,
    style: Style,
) -> String {
    let mut out = String::from("\nNext\n");
    for (name, arn) in waiting {
        out.push_str(&handshake(blueprint, name, arn));
    }
    let mut table = Table::new(2, &[]);
    let config = target.config_flag();
    if target.sandbox
        && repository == Repository::Starter
        && let Some(environment) = blueprint.environments.values().next()
    {
        table.row([
            format!("crosspipe deploy {}{}", environment.branch, target.flags()),
            "starts its run, or finds it going on, and watches it land".to_owned(),
        ]);
    }
    if target.sandbox {
        table.row([
            format!("crosspipe sandbox start{}", target.lone_state_flag()),
            "opens these accounts to any AWS client".to_owned(),
        ]);
    }
    if !target.sandbox && repository == Repository::Empty {
        table.row([
            format!("crosspipe bootstrap --starter{config}"),
            "pushes a small application to begin with".to_owned(),
        ]);
    }
    if let Source::Connection { repository, .. } = &blueprint.source {
        table.row([
            format!("crosspipe starter {}{config}", folder_name(repository)),
            "writes a small application to begin with".to_owned(),
        ]);
    }
    table.row([
        format!("crosspipe render documents{config}"),
        "writes every document that was used".to_owned(),
    ]);
    if target.sandbox {
        out.push_str(&table.text_within(style.width));
        out.push_str("\n  In real accounts you would now push:\n");
        table = Table::new(2, &[]);
    }
    let remote = match &blueprint.source {
        Source::CodeCommit { .. } => {
            table.row([
                "pip install git-remote-codecommit",
                "teaches git the address below",
            ]);
            let address = remote(blueprint);
            if repository == Repository::Starter {
                table.row([
                    format!("git clone {address}"),
                    "brings the starter application".to_owned(),
                ]);
                "origin"
            } else {
                table.row([format!("git remote add aws {address}")]);
                "aws"
            }
        }
        // Whoever works on it has the provider as origin already.
        Source::Connection { .. } => "origin",
    };
    for (name, environment) in &blueprint.environments {
        table.row([
            format!("git push {remote} {}", environment.branch),
            format!("starts {name}"),
        ]);
    }
    if !target.sandbox {
        table.row([
            format!("crosspipe watch ENVIRONMENT{config}"),
            "watches it land".to_owned(),
        ]);
    }
    out.push_str(&table.text_within(style.width));
    if !target.sandbox {
        out.push_str(&ui::in_lines(&roles(blueprint), style));
    }
    out
}

/// What the platform has to see to where ECS deploys by itself.
///
/// Source: AWS CodePipeline User Guide, "Amazon ECS standard deploy action": the action takes the task
/// definition that the service has, and changes its image only.
fn roles(blueprint: &Blueprint) -> String {
    let mut out = String::new();
    for (name, environment) in &blueprint.environments {
        if environment.deploy.strategy == Strategy::CodedeployBlueGreen {
            continue;
        }
        let names = blueprint.environment_names(name, environment);
        if out.is_empty() {
            out.push_str("\n  ECS deploys with the task definition that a service has, and changes its image only. That definition has to name the roles that may be passed, as deploy/ENVIRONMENT/taskdef.json does:\n");
        }
        out.push_str(&format!(
            "  {name}: {} and {}\n",
            names.execution_role, names.task_role
        ));
    }
    out
}

/// How a connection's handshake is finished.
///
/// Source: Developer Tools console User Guide, "Update a pending connection".
fn handshake(blueprint: &Blueprint, name: &str, arn: &str) -> String {
    let arn = if arn.is_empty() {
        String::new()
    } else {
        format!("    {arn}\n")
    };
    format!(
        "  Finish the connection {name}: until then no push starts anything.\n    AWS lets nobody do this by API. In the console of {} in {}:\n    Developer Tools > Settings > Connections > {name} > Update pending connection,\n    by somebody who may install apps at the provider.\n{arn}\n",
        blueprint.shared.account, blueprint.region
    )
}
