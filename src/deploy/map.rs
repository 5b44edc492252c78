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

/// The destination that a word means: an environment's name, or else a branch that goes to one. With
/// `refs/heads/` before it, it is a branch.
///
/// # Errors
/// Neither.
pub fn named(all: &[Destination], typed: &str) -> Result<Destination, MapError> {
    // Whoever copies a ref out of git's output means the branch.
    let branch = typed.strip_prefix("refs/heads/").unwrap_or(typed);
    let by_name = all.iter().find(|it| it.environment.as_str() == typed);
    let by_branch = all.iter().find(|it| it.branch == branch);
    by_name
        .or(by_branch)
        .cloned()
        .ok_or_else(|| MapError::Unknown(typed.to_owned()))
}

/// Where a word is an environment's name, the other environment that has it as its branch.
pub fn also_branch<'a>(all: &'a [Destination], typed: &str) -> Option<&'a Destination> {
    let named = all.iter().any(|it| it.environment.as_str() == typed);
    all.iter()
        .find(|it| named && it.branch == typed && it.environment.as_str() != typed)
}

/// The branch or environment that a word was most likely meant to be.
pub fn nearest<'a>(all: &'a [Destination], typed: &str) -> Option<&'a str> {
    let wanted = typed.to_lowercase();
    // One slip in a short word, two in a longer one.
    let allowed = match wanted.chars().count() {
        0 | 1 => 0,
        2..=5 => 1,
        _ => 2,
    };
    all.iter()
        .flat_map(|it| [it.branch.as_str(), it.environment.as_str()])
        .map(|name| {
            let distance = strsim::damerau_levenshtein(&name.to_lowercase(), &wanted);
            (distance, name)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
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
    fn the_name_of_an_environment_goes_before_the_branch_of_another() {
        let mut all = destinations(&blueprint());
        if let Some(production) = all.iter_mut().find(|it| it.environment.as_str() == "prd") {
            production.branch = "dev".to_owned();
        }
        for (typed, environment) in [("dev", "dev"), ("refs/heads/dev", "prd"), ("prd", "prd")] {
            let found = destination(&all, Some(typed), None).unwrap();
            assert_eq!(found.environment.as_str(), environment, "{typed}");
        }
        // On that branch it is the branch that is meant.
        let found = destination(&all, None, Some(&branch("dev"))).unwrap();
        assert_eq!(found.environment.as_str(), "prd");
        let other = also_branch(&all, "dev").unwrap();
        assert_eq!(other.environment.as_str(), "prd");
        assert!(also_branch(&all, "stg").is_none());
        assert!(also_branch(&all, "refs/heads/dev").is_none());
    }

    #[test]
    fn a_slip_of_the_keys_is_recognised() {
        let all = destinations(&blueprint());
        for (typed, meant) in [
            ("devlop", Some("develop")),
            ("Develop", Some("develop")),
            ("mastre", Some("master")),
            ("prod", Some("prd")),
            ("stgae", Some("stage")),
            ("feature/login", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(&all, typed), meant, "{typed}");
        }
    }
}
