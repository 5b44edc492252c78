//! A new `crosspipe.toml`, with comments for the person who opens it.

use std::fmt::Write as _;

use super::patterns::PATTERNS;
use super::{
    Access, Blueprint, ConnectionProvider, DeploymentConfig, Environment, NamePatterns, Source,
    Strategy,
};
use crate::ident::EnvironmentName;

/// The text of a new file. Reading it gives the same blueprint.
pub fn write_new(blueprint: &Blueprint) -> String {
    let mut page = Page::default();
    page.comment("What crosspipe sets up. It holds no secret and is meant to be committed.");
    page.blank();
    page.text("application", &blueprint.application);
    page.text("organization", &blueprint.organization);
    page.optional("description", blueprint.description.as_deref());
    page.text("region", blueprint.region.as_str());
    if blueprint.role_path != super::defaults::ROLE_PATH {
        page.text("role_path", &blueprint.role_path);
    }
    page.optional(
        "permission_boundary",
        blueprint.permission_boundary.as_deref(),
    );
    page.optional(
        "templates",
        blueprint
            .templates
            .as_deref()
            .map(|path| path.to_string_lossy())
            .as_deref(),
    );

    page.table("shared");
    page.comment("The account that holds source, build, pipelines, key and artifacts.");
    page.text("account", blueprint.shared.account.as_str());
    page.access(&blueprint.shared.access);

    page.source(&blueprint.source);

    page.table("build");
    page.text("image", &blueprint.build.image);
    page.text("compute_type", &blueprint.build.compute_type);
    page.text("buildspec", &blueprint.build.buildspec);
    page.raw("timeout_minutes", blueprint.build.timeout_minutes);

    for (name, environment) in &blueprint.environments {
        page.environment(name, environment);
    }

    let default = NamePatterns::default();
    let own: Vec<_> = PATTERNS
        .iter()
        .filter(|pattern| (pattern.get)(&blueprint.names) != (pattern.get)(&default))
        .collect();
    if !own.is_empty() {
        page.table("names");
        for pattern in own {
            page.text(pattern.name, (pattern.get)(&blueprint.names));
        }
    }
    if !blueprint.tags.is_empty() {
        page.table("tags");
        for (key, value) in &blueprint.tags {
            page.text(&toml_edit::Key::new(key).display_repr(), value);
        }
    }
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn comment(&mut self, comment: &str) {
        let _ = writeln!(self.text, "# {comment}");
    }

    fn table(&mut self, path: &str) {
        let _ = writeln!(self.text, "\n[{path}]");
    }

    fn raw(&mut self, key: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{key} = {value}");
    }

    fn text(&mut self, key: &str, value: &str) {
        self.raw(key, quoted(value));
    }

    fn optional(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    fn access(&mut self, access: &Access) {
        self.optional("profile", access.profile.as_deref());
        self.optional("role", access.role.as_ref().map(|role| role.as_str()));
        self.optional("external_id", access.external_id.as_deref());
        self.optional("mfa_serial", access.mfa_serial.as_deref());
    }

    fn source(&mut self, source: &Source) {
        self.table("source");
        match source {
            Source::CodeCommit { repository } => {
                self.raw("provider", "\"codecommit\"  # or github, gitlab, bitbucket");
                self.text("repository", repository);
            }
            Source::Connection {
                host,
                repository,
                connection,
            } => {
                self.text(
                    "provider",
                    match host {
                        ConnectionProvider::GitHub => "github",
                        ConnectionProvider::GitLab => "gitlab",
                        ConnectionProvider::Bitbucket => "bitbucket",
                    },
                );
                self.text("repository", repository);
                match connection {
                    Some(arn) => self.text("connection", arn.as_str()),
                    None => self.comment("connection = \"arn:...\" uses one that exists; without it crosspipe makes one."),
                }
            }
        }
    }

    fn environment(&mut self, name: &EnvironmentName, environment: &Environment) {
        self.table(&format!("environment.{name}"));
        self.text("account", environment.account.as_str());
        self.text("branch", &environment.branch);
        self.access(&environment.access);
        self.raw(
            "confirm",
            format!(
                "{}  # whether a deployment asks before it starts",
                environment.confirm
            ),
        );

        let deploy = &environment.deploy;
        self.table(&format!("environment.{name}.deploy"));
        self.raw(
            "strategy",
            match deploy.strategy {
                Strategy::CodedeployBlueGreen => {
                    "\"codedeploy-blue-green\"  # or ecs-rolling, ecs-blue-green"
                }
                Strategy::EcsRolling => {
                    "\"ecs-rolling\"  # or codedeploy-blue-green, ecs-blue-green"
                }
                Strategy::EcsBlueGreen => {
                    "\"ecs-blue-green\"  # or codedeploy-blue-green, ecs-rolling"
                }
            },
        );
        let codedeploy = deploy.strategy == Strategy::CodedeployBlueGreen;
        if codedeploy || deploy.config != DeploymentConfig::Canary10Percent5Minutes {
            self.comment(deploy.config.explanation());
            self.text("config", deploy.config.name());
        }
        self.text("cluster", &deploy.cluster);
        self.text("service", &deploy.service);
        if !deploy.target_groups.is_empty() {
            let items: Vec<String> = deploy
                .target_groups
                .iter()
                .map(|item| quoted(item))
                .collect();
            self.raw("target_groups", format!("[{}]", items.join(", ")));
        }
        self.optional("listener", deploy.listener.as_ref().map(|arn| arn.as_str()));
        self.optional(
            "test_listener",
            deploy.test_listener.as_ref().map(|arn| arn.as_str()),
        );
        if codedeploy || deploy.keep_old_minutes != super::defaults::KEEP_OLD_MINUTES {
            self.raw(
                "keep_old_minutes",
                format!(
                    "{}  # how long the replaced tasks stay up after a success",
                    deploy.keep_old_minutes
                ),
            );
        }

        let container = &environment.container;
        self.table(&format!("environment.{name}.container"));
        self.text("name", &container.name);
        self.raw("port", container.port);
        self.raw("cpu", format!("{}  # 1024 are one vCPU", container.cpu));
        self.raw("memory", format!("{}  # MiB", container.memory));
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
