//! From what was typed to an environment and its pipeline, or to the map of what there is.

use serde::Serialize;

use crate::blueprint::{Blueprint, Source, Strategy};
use crate::ident::{AccountId, EnvironmentName, Region};
use crate::resource::Site;

use super::working_copy::Head;

/// Where a branch goes: an environment, and everything that a run to it goes through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destination {
    /// The environment.
    pub environment: EnvironmentName,
    /// Its account.
    pub account: AccountId,
    /// The account of the pipeline.
    pub shared: AccountId,
    /// The Region of everything.
    pub region: Region,
    /// The branch that goes there.
    pub branch: String,
    /// The pipeline that takes it there.
    pub pipeline: String,
    /// Whether a deployment asks before it starts.
    pub confirm: bool,
    /// How a new version is brought into service.
    pub strategy: Strategy,
    /// The ECS cluster.
    pub cluster: String,
    /// The ECS service.
    pub service: String,
    /// The CodeCommit repository of the source; none where it is at another provider.
    pub repository: Option<String>,
    /// The role that the pipeline runs as, for actions that have none of their own.
    pub pipeline_role: String,
    /// The role in the environment's account that the build pushes as.
    pub push_role: String,
    /// The role that CodeDeploy works as.
    pub codedeploy_role: String,
    /// The role that ECS starts tasks with.
    pub execution_role: String,
    /// The bucket of its artifacts.
    pub bucket: String,
}

impl Destination {
    /// The environment's account, as a place in the blueprint.
    pub fn site(&self) -> Site {
        Site::Environment(self.environment.clone())
    }
}

/// Why nothing was found to deploy to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// Neither a branch nor an environment.
    #[error("'{0}' is neither an environment nor a branch that goes to one")]
    Unknown(String),
    /// The branch of the working copy goes nowhere.
    #[error("the branch '{0}', which the working copy is on, goes to no environment")]
    Unmapped(String),
    /// One environment by name, and another by branch.
    #[error("'{typed}' is the name of an environment and the branch of another one, {other}")]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// The environment that its branch goes to.
        other: EnvironmentName,
    },
    /// The working copy is on no branch.
    #[error(
        "the working copy is on no branch: its HEAD is detached at {}",
        commit.get(..7).unwrap_or(commit)
    )]
    Detached {
        /// The commit.
        commit: String,
    },
}

/// Where everything goes, in the order of the blueprint.
pub fn destinations(blueprint: &Blueprint) -> Vec<Destination> {
    let bucket = blueprint.shared_names().bucket;
    blueprint
        .environments
        .iter()
        .map(|(name, environment)| {
            let names = blueprint.environment_names(name, environment);
            Destination {
                environment: name.clone(),
                account: environment.account.clone(),
                shared: blueprint.shared.account.clone(),
                region: blueprint.region.clone(),
                branch: environment.branch.clone(),
                pipeline_role: blueprint.role_arn(&blueprint.shared.account, &names.pipeline_role),
                push_role: blueprint.role_arn(&environment.account, &names.push_role),
                codedeploy_role: blueprint.role_arn(&environment.account, &names.codedeploy_role),
                execution_role: blueprint.role_arn(&environment.account, &names.execution_role),
                pipeline: names.pipeline,
                confirm: environment.confirm,
                strategy: environment.deploy.strategy,
                cluster: environment.deploy.cluster.clone(),
                service: environment.deploy.service.clone(),
                repository: match &blueprint.source {
                    Source::CodeCommit { repository } => Some(repository.clone()),
                    Source::Connection { .. } => None,
                },
                bucket: bucket.clone(),
            }
        })
        .collect()
}

/// The destination that a word means: an environment's name, or a branch that goes to one.
///
/// # Errors
/// Neither, or one of each that differ.
pub fn named(all: &[Destination], typed: &str) -> Result<Destination, MapError> {
    // Whoever copies a ref out of git's output means the branch.
    let branch = typed.strip_prefix("refs/heads/").unwrap_or(typed);
    let by_name = all.iter().find(|it| it.environment.as_str() == typed);
    let by_branch = all.iter().find(|it| it.branch == branch);
    match (by_name, by_branch) {
        (Some(named), Some(other)) if named.environment != other.environment => {
            Err(MapError::Ambiguous {
                typed: typed.to_owned(),
                other: other.environment.clone(),
            })
        }
        (Some(found), _) | (None, Some(found)) => Ok(found.clone()),
        (None, None) => Err(MapError::Unknown(typed.to_owned())),
    }
}

/// The destination of what was typed, or of the branch that the working copy is on.
///
/// # Errors
/// Says why there is none.
pub fn destination(
    all: &[Destination],
    typed: Option<&str>,
    head: Option<&Head>,
) -> Result<Destination, MapError> {
    match (typed, head) {
        (Some(typed), _) => named(all, typed),
        (None, Some(Head::Branch { name, .. })) => all
            .iter()
            .find(|it| it.branch == *name)
            .cloned()
            .ok_or_else(|| MapError::Unmapped(name.clone())),
        (None, Some(Head::Detached { commit })) => Err(MapError::Detached {
            commit: commit.clone(),
        }),
        (None, None) => Err(MapError::Unknown(String::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::blueprint;
    use super::*;

    fn branch(name: &str) -> Head {
        Head::Branch {
            name: name.to_owned(),
            commit: None,
        }
    }

    #[test]
    fn a_branch_or_an_environment_finds_its_pipeline() {
        let all = destinations(&blueprint());
        for (typed, environment) in [
            ("dev", "dev"),
            ("develop", "dev"),
            ("refs/heads/develop", "dev"),
            ("stg", "stg"),
            ("stage", "stg"),
            ("master", "prd"),
        ] {
            let found = destination(&all, Some(typed), None).unwrap();
            assert_eq!(found.environment.as_str(), environment, "{typed}");
            assert_eq!(found.pipeline, format!("{environment}-awssdk-iam"));
        }
    }

    #[test]
    fn without_a_word_it_is_the_branch_of_the_working_copy() {
        let all = destinations(&blueprint());
        let found = destination(&all, None, Some(&branch("master"))).unwrap();
        assert_eq!(found.environment.as_str(), "prd");
        let wrong = destination(&all, None, Some(&branch("feature/login"))).unwrap_err();
        assert_eq!(wrong, MapError::Unmapped("feature/login".to_owned()));
        let detached = Head::Detached {
            commit: "a41f9c2b".to_owned(),
        };
        let wrong = destination(&all, None, Some(&detached)).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "the working copy is on no branch: its HEAD is detached at a41f9c2"
        );
    }

    #[test]
    fn what_is_typed_goes_before_the_working_copy() {
        let all = destinations(&blueprint());
        let found = destination(&all, Some("dev"), Some(&branch("master"))).unwrap();
        assert_eq!(found.environment.as_str(), "dev");
    }

    #[test]
    fn a_name_that_could_be_either_is_not_guessed() {
        let mut all = destinations(&blueprint());
        if let Some(production) = all.iter_mut().find(|it| it.environment.as_str() == "prd") {
            production.branch = "dev".to_owned();
        }
        let wrong = destination(&all, Some("dev"), None).unwrap_err();
        assert!(matches!(wrong, MapError::Ambiguous { .. }), "{wrong}");
        assert_eq!(
            destination(&all, Some("refs/heads/dev"), None)
                .unwrap()
                .environment
                .as_str(),
            "prd"
        );
    }
}
