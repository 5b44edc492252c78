//! Where a failure is mended: in the accounts, in the repository, or in neither.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde::Serialize;

use crate::deploy::snapshot::Action;

use super::Cause;
use super::read::refusal;

/// Where a failure is mended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mend {
    /// In the accounts: a right, a trust, a policy, a project is not as the configuration has it.
    Accounts,
    /// In the accounts, and the pipeline itself is not as the configuration has it: a run keeps the definition
    /// that it began with.
    Definition,
    /// In the accounts; where nothing differs there, in what the build hands over.
    AccountsOrFiles,
    /// In the repository's files.
    Files,
    /// In the repository's files, unless the pipeline looks for another file.
    FilesOrDefinition,
    /// Where neither the configuration nor the repository reaches: an organisation, a load balancer, a limit.
    #[default]
    Elsewhere,
}

impl Mend {
    /// Whether it lies in the repository in the first place.
    pub fn of_files(self) -> bool {
        matches!(self, Self::Files | Self::FilesOrDefinition)
    }
}

/// Policies that only an organisation, or whoever made the role, can change.
const ABOVE: [&str; 3] = [
    "service control policy",
    "resource control policy",
    "permissions boundary",
];

/// The first that fits holds.
static SENTENCES: LazyLock<Vec<(Regex, Mend)>> = LazyLock::new(|| {
    [
        (
            r"missing permissions to access input artifact|Unable to access the artifact with Amazon S3",
            Mend::AccountsOrFiles,
        ),
        (
            r"Exception while trying to read the .* artifact file|Did not find the image definition file",
            Mend::FilesOrDefinition,
        ),
        // A role of another account stands in the task definition, and AWS calls that a refusal.
        (r"Cross-account pass role", Mend::Files),
        (
            r"An AppSpec file is required|variables could not be resolved|No Branch \[",
            Mend::Definition,
        ),
        (
            r"KMSInvalidStateException|DisabledException|Connection \S+ is not available|DeploymentLimitExceeded|ELB could not be updated|CODE_DEPLOY deployment controller|InvalidTrafficRouting|has target type |invalid networking",
            Mend::Elsewhere,
        ),
        (
            r"Cannot connect to the Docker daemon|BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE|does not exist in the registry|Project cannot be found|waiting for a notification to continue|called s3:GetBucketAcl|AccessDenied|NoSuchBucket",
            Mend::Accounts,
        ),
        (
            r"TaskDefinition is inactive|Invalid revision number|in the task definition|container port \d+ defined|No Fargate configuration|requires task definition|log group does not exist|failed to resolve ref .*not found|Service: AmazonECS; .*(?:ClientException|InvalidParameterException)|HOOK_EXECUTION_FAILURE",
            Mend::Files,
        ),
        (
            r"YAML_FILE_ERROR|no matching (?:base directory|artifact)|COMMAND_EXECUTION_ERROR|tag is immutable|Essential container|health checks",
            Mend::Files,
        ),
    ]
    .into_iter()
    .filter_map(|(pattern, mend)| Some((Regex::new(pattern).ok()?, mend)))
    .collect()
});

/// Where it is mended, by AWS's words.
pub fn mend(cause: &Cause, action: &Action) -> Mend {
    let words: Vec<&str> = cause.words.iter().map(|it| it.text.as_str()).collect();
    let codes: Vec<&str> = cause.words.iter().map(|it| it.code.as_str()).collect();
    let said = format!("{}\n{}", words.join("\n"), codes.join("\n"));
    let all = format!("{said}\n{}", cause.log.join("\n"));
    let refused = refusal(&all);
    if let Some(refused) = &refused {
        let above = refused
            .because
            .as_ref()
            .is_some_and(|why| ABOVE.iter().any(|it| why.contains(it)));
        // The role that ECS works on load balancers with is the service's, not the pipeline's.
        let of_service = refused.principal.as_deref() == Some("ecs.amazonaws.com");
        return if above || of_service {
            Mend::Elsewhere
        } else {
            Mend::Accounts
        };
    }
    let known = SENTENCES.iter().find(|(pattern, _)| pattern.is_match(&all));
    if let Some((_, mend)) = known {
        return *mend;
    }
    match action.error.as_ref().map(|it| it.code.as_str()) {
        Some("PermissionError") => Mend::Accounts,
        _ => Mend::Elsewhere,
    }
}
