//! All answers on one page.

use crate::blueprint::{Access, Blueprint, DeploymentConfig, Environment, NamePatterns, Source, Strategy};
use crate::blueprint::patterns::PATTERNS;

/// A blueprint as labels and values, in the order of the questions.
pub fn summary(blueprint: &Blueprint) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut row = |label: &str, value: String| rows.push((label.to_owned(), value));
    row("Organization", blueprint.organization.clone());
    row("Application", blueprint.application.clone());
    if let Some(description) = &blueprint.description {
        row("Description", description.clone());
    }
    row("Region", format!("{}  {}", blueprint.region, blueprint.region.info().name));
    row(
        "Shared account",
        format!("{}  {}", blueprint.shared.account, reached(&blueprint.shared.access)),
    );
    row(
        "Source",
        match &blueprint.source {
            Source::CodeCommit { repository } => format!("CodeCommit, {repository}"),
            Source::Connection { host, repository, connection } => format!(
                "{}, {repository}, {}",
                host.provider_type(),
                match connection {
                    Some(arn) => arn.to_string(),
                    None => "new connection".to_owned(),
                }
            ),
        },
    );
    for (name, environment) in &blueprint.environments {
        row(
            &format!("Environment {name}"),
            format!(
                "branch {}  account {}  {}",
                environment.branch,
                environment.account,
                reached(&environment.access)
            ),
        );
        row(
            &format!("  service of {name}"),
            format!(
                "{} / {}  container {}:{}",
                environment.deploy.cluster,
                environment.deploy.service,
                environment.container.name,
                environment.container.port
            ),
        );
        row(&format!("  deployment to {name}"), deployment(environment));
    }
    row("Build image", blueprint.build.image.clone());
    for pattern in &PATTERNS {
        let text = (pattern.get)(&blueprint.names);
        if text != (pattern.get)(&NamePatterns::default()) {
            row(&format!("Name of the {}", pattern.what), text.clone());
        }
    }
    rows
}

fn reached(access: &Access) -> String {
    match (&access.role, &access.profile) {
        (Some(role), Some(profile)) => format!("as {}, from profile {profile}", role.resource()),
        (Some(role), None) => format!("as {}", role.resource()),
        (None, Some(profile)) => format!("profile {profile}"),
        (None, None) => "this shell's credentials".to_owned(),
    }
}

fn deployment(environment: &Environment) -> String {
    let deploy = &environment.deploy;
    let asks = if environment.confirm { "; asks first" } else { "" };
    match deploy.strategy {
        Strategy::CodedeployBlueGreen => {
            let config: DeploymentConfig = deploy.config;
            format!("{}{asks}", config.explanation())
        }
        Strategy::EcsRolling => format!("ECS rolling{asks}"),
        Strategy::EcsBlueGreen => format!("ECS blue/green{asks}"),
    }
}
