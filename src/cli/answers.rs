//! A flag for every question of `bootstrap`, so that it can run without a person.

#[cfg(test)]
mod tests;

use clap::{Args, ValueHint};

use crate::blueprint::{Draft, Key, Origin, Table, Value};
use crate::ident::EnvironmentName;

/// `PLACE=VALUE`: a value for one account or environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// `shared` or the name of an environment.
    pub place: String,
    /// The value.
    pub value: String,
}

fn placed(text: &str) -> Result<Placed, String> {
    match text.split_once('=') {
        Some((place, value)) if !place.is_empty() => Ok(Placed {
            place: place.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("NAME=VALUE is expected, for example dev=558846431111".to_owned()),
    }
}

fn at_environment(text: &str) -> Result<Placed, String> {
    let placed = placed(text)?;
    EnvironmentName::parse(&placed.place)
        .map_err(|error| format!("'{}': {error}", placed.place))?;
    Ok(placed)
}

fn at_account(text: &str) -> Result<Placed, String> {
    let placed = placed(text)?;
    if placed.place == "shared" {
        return Ok(placed);
    }
    EnvironmentName::parse(&placed.place)
        .map_err(|error| format!("'{}': {error} (or shared)", placed.place))?;
    Ok(placed)
}

fn at_number(text: &str) -> Result<Placed, String> {
    let placed = at_environment(text)?;
    placed
        .value
        .parse::<i64>()
        .map_err(|_| format!("'{}' is not a whole number", placed.value))?;
    Ok(placed)
}

fn at_truth(text: &str) -> Result<Placed, String> {
    let placed = at_environment(text)?;
    match placed.value.as_str() {
        "true" | "false" | "yes" | "no" => Ok(placed),
        other => Err(format!("'{other}' is neither true nor false")),
    }
}

fn environment(text: &str) -> Result<EnvironmentName, String> {
    EnvironmentName::parse(text).map_err(|error| match error.suggestion.clone() {
        Some(better) => format!("{error}; did you mean '{better}'?"),
        None => error.to_string(),
    })
}

/// The answers to the questions of `bootstrap`. What is given here is not asked for, and counts more
/// than what `crosspipe.toml` says.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Answers (what is given here is not asked for)")]
pub struct Answers {
    /// The short name that leads most names, for example bys
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// What is delivered, for example awssdk-iam
    #[arg(long, value_name = "NAME")]
    pub application: Option<String>,
    /// What it is, in a sentence; Latin letters only, as IAM takes no others
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// The Region of everything
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// An environment, for example dev; several with commas or by repeating. Without it: the ones that
    /// other flags name, or dev, stg and prd
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = environment)]
    pub environment: Vec<EnvironmentName>,
    /// An account id, for example shared=202949997891 or dev=558846431111
    #[arg(long, value_name = "PLACE=ID", value_parser = at_account)]
    pub account: Vec<Placed>,
    /// The profile that reaches an account, for example dev=bys-dev
    #[arg(long, value_name = "PLACE=NAME", value_parser = at_account)]
    pub profile: Vec<Placed>,
    /// The role to assume in an account, for example dev=arn:aws:iam::558846431111:role/Admin
    #[arg(long, value_name = "PLACE=ARN", value_parser = at_account)]
    pub role: Vec<Placed>,
    /// The external id that a role asks for
    #[arg(long, value_name = "PLACE=ID", value_parser = at_account)]
    pub external_id: Vec<Placed>,
    /// The MFA device that a role asks for
    #[arg(long, value_name = "PLACE=ARN", value_parser = at_account)]
    pub mfa_serial: Vec<Placed>,
    /// Where the source is: codecommit, github, gitlab or bitbucket
    #[arg(long, value_name = "PROVIDER")]
    pub source: Option<String>,
    /// For --source connection: github, gitlab or bitbucket
    #[arg(long, value_name = "PROVIDER")]
    pub host: Option<String>,
    /// The repository: a name for CodeCommit, otherwise owner/name
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// A connection that exists; without it a new one is made
    #[arg(long, value_name = "ARN")]
    pub connection: Option<String>,
    /// The branch that is deployed to an environment, for example dev=develop
    #[arg(long, value_name = "ENV=BRANCH", value_parser = at_environment)]
    pub branch: Vec<Placed>,
    /// Whether a deployment to an environment asks first: dev=false
    #[arg(long, value_name = "ENV=BOOL", value_parser = at_truth)]
    pub confirm: Vec<Placed>,
    /// An environment's ECS cluster: dev=main
    #[arg(long, value_name = "ENV=NAME", value_parser = at_environment)]
    pub cluster: Vec<Placed>,
    /// An environment's ECS service: dev=awssdk-iam
    #[arg(long, value_name = "ENV=NAME", value_parser = at_environment)]
    pub service: Vec<Placed>,
    /// How an environment is deployed: dev=codedeploy-blue-green, ecs-rolling or ecs-blue-green
    #[arg(long, value_name = "ENV=STRATEGY", value_parser = at_environment)]
    pub strategy: Vec<Placed>,
    /// How CodeDeploy moves traffic: dev=CodeDeployDefault.ECSCanary10Percent5Minutes
    #[arg(long, value_name = "ENV=CONFIG", value_parser = at_environment)]
    pub deployment_config: Vec<Placed>,
    /// The two target groups that traffic moves between: dev=blue,green
    #[arg(long, value_name = "ENV=FIRST,SECOND", value_parser = at_environment)]
    pub target_groups: Vec<Placed>,
    /// The production listener: dev=arn:aws:elasticloadbalancing:...
    #[arg(long, value_name = "ENV=ARN", value_parser = at_environment)]
    pub listener: Vec<Placed>,
    /// The test listener: dev=arn:aws:elasticloadbalancing:...
    #[arg(long, value_name = "ENV=ARN", value_parser = at_environment)]
    pub test_listener: Vec<Placed>,
    /// How long replaced tasks stay up: dev=5
    #[arg(long, value_name = "ENV=MINUTES", value_parser = at_number)]
    pub keep_old_minutes: Vec<Placed>,
    /// The container that serves the application: dev=awssdk-iam
    #[arg(long, value_name = "ENV=NAME", value_parser = at_environment)]
    pub container_name: Vec<Placed>,
    /// The port that it listens on: dev=8080
    #[arg(long, value_name = "ENV=PORT", value_parser = at_number)]
    pub container_port: Vec<Placed>,
    /// The task's CPU units: dev=256
    #[arg(long, value_name = "ENV=UNITS", value_parser = at_number)]
    pub cpu: Vec<Placed>,
    /// The task's memory in MiB: dev=512
    #[arg(long, value_name = "ENV=MIB", value_parser = at_number)]
    pub memory: Vec<Placed>,
    /// The CodeBuild image
    #[arg(long, value_name = "IMAGE")]
    pub build_image: Option<String>,
    /// CodeBuild's compute type
    #[arg(long, value_name = "TYPE")]
    pub compute_type: Option<String>,
    /// The path of the buildspec in the source
    #[arg(long, value_name = "PATH")]
    pub buildspec: Option<String>,
    /// Minutes until a build is stopped, 5 to 2160
    #[arg(long, value_name = "MINUTES")]
    pub build_timeout: Option<i64>,
    /// The path of every IAM role, for example /cicd/
    #[arg(long, value_name = "PATH")]
    pub role_path: Option<String>,
    /// A managed policy, by name, that bounds every IAM role
    #[arg(long, value_name = "POLICY")]
    pub permission_boundary: Option<String>,
    /// A folder whose templates and policies replace the built-in ones
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub templates: Option<String>,
    /// How things are called, for example pipeline={environment}-{application}
    #[arg(long, value_name = "THING=PATTERN", value_parser = placed)]
    pub name: Vec<Placed>,
    /// A tag for everything: team=platform
    #[arg(long, value_name = "KEY=VALUE", value_parser = placed)]
    pub tag: Vec<Placed>,
}

impl Answers {
    /// What was given, as a draft to lay over that of the file.
    ///
    /// # Errors
    /// Names a `--name` that is no name of crosspipe's.
    pub fn into_draft(self) -> Result<Draft, String> {
        let mut draft = Draft::new();
        for name in self.environment {
            draft.add_environment(name);
        }
        let root = Key::root;
        let source = |name: &str| Key::new(Table::Source, name);
        let build = |name: &str| Key::new(Table::Build, name);
        let single = [
            (root("organization"), self.organization),
            (root("application"), self.application),
            (root("description"), self.description),
            (root("region"), self.region),
            (root("role_path"), self.role_path),
            (root("permission_boundary"), self.permission_boundary),
            (root("templates"), self.templates),
            (source("provider"), self.source),
            (source("host"), self.host),
            (source("repository"), self.repository),
            (source("connection"), self.connection),
            (build("image"), self.build_image),
            (build("compute_type"), self.compute_type),
            (build("buildspec"), self.buildspec),
        ];
        for (key, value) in single {
            if let Some(value) = value {
                draft.set(key, value, Origin::Flag);
            }
        }
        if let Some(minutes) = self.build_timeout {
            draft.set(
                build("timeout_minutes"),
                Value::Number(minutes),
                Origin::Flag,
            );
        }
        type Place = fn(&EnvironmentName, &str) -> Key;
        let of: [(Place, &str, Vec<Placed>); 19] = [
            (Key::environment, "account", self.account),
            (Key::environment, "profile", self.profile),
            (Key::environment, "role", self.role),
            (Key::environment, "external_id", self.external_id),
            (Key::environment, "mfa_serial", self.mfa_serial),
            (Key::environment, "branch", self.branch),
            (Key::environment, "confirm", self.confirm),
            (Key::deploy, "cluster", self.cluster),
            (Key::deploy, "service", self.service),
            (Key::deploy, "strategy", self.strategy),
            (Key::deploy, "config", self.deployment_config),
            (Key::deploy, "target_groups", self.target_groups),
            (Key::deploy, "listener", self.listener),
            (Key::deploy, "test_listener", self.test_listener),
            (Key::deploy, "keep_old_minutes", self.keep_old_minutes),
            (Key::container, "name", self.container_name),
            (Key::container, "port", self.container_port),
            (Key::container, "cpu", self.cpu),
            (Key::container, "memory", self.memory),
        ];
        for (place, name, values) in of {
            for Placed { place: at, value } in values {
                let key = if at == "shared" {
                    Key::place(None, name)
                } else {
                    let environment =
                        EnvironmentName::parse(&at).map_err(|error| format!("'{at}': {error}"))?;
                    place(&environment, name)
                };
                draft.set_typed(key, &value, Origin::Flag)?;
            }
        }
        for Placed {
            place: thing,
            value,
        } in self.name
        {
            let key = Key::new(Table::Names, &thing);
            if key.field().is_none() {
                let known = crate::blueprint::schema::names(&Table::Names).join(", ");
                return Err(format!(
                    "--name {thing}: there is no such name; known are {known}"
                ));
            }
            draft.set(key, value, Origin::Flag);
        }
        for Placed { place: key, value } in self.tag {
            draft.set(Key::new(Table::Tags, &key), value, Origin::Flag);
        }
        Ok(draft)
    }
}
