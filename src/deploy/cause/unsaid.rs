//! What AWS's sentences leave out, where it follows from what the action does: the role that it is carried out
//! as, and the calls that the step consists of.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::deploy::map::Destination;
use crate::deploy::snapshot::{Action, Under};

/// Who, which calls, on what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsaid {
    pub principal: Option<String>,
    pub calls: Vec<String>,
    pub resource: Option<String>,
}

/// Whose step it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The action's own role.
    Action,
    /// The build's role.
    Build,
    /// The role that the build's commands push as.
    Push,
    /// CodeDeploy's role.
    CodeDeploy,
    /// The role that ECS starts tasks with.
    Execution,
    /// ECS, which works on load balancers with a role that the service names.
    Ecs,
}

/// A step, by a sentence that stops there.
struct Step {
    pattern: Regex,
    calls: &'static [&'static str],
    by: By,
    /// What it is on: `{bucket}`, `{service}`, `{1}` and `{2}` are filled in.
    on: &'static str,
}

/// The first that fits holds: what was said at the bottom comes before what was said of it further up.
static STEPS: LazyLock<Vec<Step>> = LazyLock::new(|| {
    let rows: [(&str, &'static [&'static str], By, &'static str); 25] = [
        // An artifact is read from S3 and decrypted as the same principal. Source: CodePipeline User Guide,
        // "Create a pipeline that uses resources from another account".
        (
            r"missing permissions to access input artifact: (\S+?)\.?(?:\s|$)",
            &["s3:GetObject", "kms:Decrypt"],
            By::Action,
            "the artifact {1} in the bucket {bucket}, and its key",
        ),
        (
            r"Unable to access the artifact with Amazon S3 object key '([^']+)' located in the Amazon S3 artifact bucket '([^']+)'",
            &["s3:GetObject", "kms:Decrypt"],
            By::Action,
            "{2}/{1}, and its key",
        ),
        (
            r"permissions required to access the AWS CodeCommit repository named ([^\s.]+)",
            &[
                "codecommit:GetBranch",
                "codecommit:GetCommit",
                "codecommit:UploadArchive",
                "codecommit:GetUploadArchiveStatus",
            ],
            By::Action,
            "the repository {1}",
        ),
        (
            r"permissions required to access the Amazon S3 bucket named ([^\s]+?)\.",
            &["s3:ListBucket", "s3:PutObject", "kms:GenerateDataKey"],
            By::Action,
            "the bucket {1}, and its key",
        ),
        (
            r"Upload to S3 failed",
            &["s3:PutObject", "kms:GenerateDataKey"],
            By::Action,
            "the bucket {bucket}, and its key",
        ),
        (
            r"KMS\.\w+Exception: (arn:\S+)",
            &["kms:GenerateDataKey", "kms:Decrypt"],
            By::Action,
            "{1}",
        ),
        (
            r"Unable to use Connection: (\S+?)\.?\s",
            USE_CONNECTION,
            By::Action,
            "{1}",
        ),
        (
            r"Connection (\S+) is not available",
            USE_CONNECTION,
            By::Action,
            "{1}",
        ),
        (
            r"No Branch \[([^\]]*)\] found for FullRepositoryName \[([^\]]*)\]",
            &[],
            By::Action,
            "the branch {1} of {2}",
        ),
        (
            r"called s3:GetBucketAcl",
            &["s3:GetBucketAcl"],
            By::Build,
            "the bucket {bucket}",
        ),
        (
            r"Error calling startBuild: Project cannot be found: (arn:\S+)",
            &["codebuild:StartBuild"],
            By::Action,
            "{1}",
        ),
        // What a push asks of the registry. Source: Amazon ECR User Guide, "Required IAM permissions for
        // pushing an image".
        (
            r"The repository with name '([^']+)' does not exist in the registry with id '(\d+)'",
            &["ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload"],
            By::Push,
            "the repository {1} in the registry of {2}",
        ),
        (
            r"The image tag '([^']+)' already exists in the '([^']+)' repository",
            &["ecr:PutImage"],
            By::Push,
            "the tag {1} in the repository {2}",
        ),
        (
            r"CannotPullContainerError: .*failed to resolve ref (\S+?):? ",
            &["ecr:BatchGetImage"],
            By::Execution,
            "the image {1}",
        ),
        (
            r"failed to validate logger args: .*CreateLogStream",
            &["logs:CreateLogStream"],
            By::Execution,
            "the log group that the task definition names",
        ),
        // CodeDeploy makes a task set in the service. Source: ECS API Reference, "CreateTaskSet".
        (
            r"The ECS service cannot be updated due to an unexpected error",
            &["ecs:CreateTaskSet"],
            By::CodeDeploy,
            "the service {service}",
        ),
        (
            r"The ELB could not be updated due to the following error",
            &[],
            By::CodeDeploy,
            "the load balancer of the service {service}",
        ),
        (
            r"Deployment group's ECS service must be configured",
            &[],
            By::CodeDeploy,
            "the service {service}",
        ),
        (
            r"sufficient permissions to access (?:ECS|Amazon ECS)",
            &[
                "ecs:DescribeServices",
                "ecs:DescribeTaskDefinition",
                "ecs:RegisterTaskDefinition",
                "ecs:UpdateService",
                "iam:PassRole",
            ],
            By::Action,
            "the service {service}",
        ),
        (
            r"Unable to update task definition on services",
            &["ecs:UpdateService"],
            By::Action,
            "the service {service}",
        ),
        // The one call that the action for CodeDeploy makes to ECS itself. Source: CodePipeline User Guide,
        // "Amazon ECS and CodeDeploy blue-green action reference".
        (
            r"\(Service: AmazonECS;",
            &["ecs:RegisterTaskDefinition"],
            By::Action,
            "the task definition in the artifact",
        ),
        (
            r"sufficient permissions to access CodeDeploy",
            &["codedeploy:CreateDeployment", "codedeploy:GetApplication"],
            By::Action,
            "the CodeDeploy application",
        ),
        (
            r"DeploymentLimitExceeded",
            &[],
            By::Action,
            "the deployment group",
        ),
        (
            r"\(Service: AmazonCodeDeploy;",
            &["codedeploy:CreateDeployment"],
            By::Action,
            "the deployment group",
        ),
        (
            r"Service deployment (?:rolled back|failed) because of invalid networking",
            &[],
            By::Ecs,
            "the load balancer of the service {service}",
        ),
    ];
    rows.into_iter()
        .filter_map(|(pattern, calls, by, on)| {
            Some(Step {
                pattern: Regex::new(pattern).ok()?,
                calls,
                by,
                on,
            })
        })
        .collect()
});

const USE_CONNECTION: &[&str] = &[
    "codeconnections:UseConnection",
    "codestar-connections:UseConnection",
];

/// What the sentences leave out. Who carries a step out is known of every action, the calls only of some sentences.
pub fn unsaid(text: &str, action: &Action, to: &Destination) -> Unsaid {
    let known = STEPS
        .iter()
        .find_map(|step| Some((step, step.pattern.captures(text)?)));
    let Some((step, found)) = known else {
        let by = match action.under {
            Under::Build { .. } => By::Build,
            // It was made, and what failed is CodeDeploy's work.
            Under::Deployment { .. } => By::CodeDeploy,
            _ => By::Action,
        };
        // Where nobody was refused nobody's role is what it is about.
        let refused = action
            .error
            .as_ref()
            .is_some_and(|it| it.code == "PermissionError");
        return Unsaid {
            principal: refused.then(|| role(by, action, to)),
            ..Unsaid::default()
        };
    };
    let part = |index: usize| found.get(index).map_or("", |it| it.as_str());
    let mut calls: Vec<String> = step.calls.iter().map(|it| (*it).to_owned()).collect();
    if action.category == "Source" {
        // It only writes.
        calls.retain(|call| call != "kms:Decrypt");
    }
    Unsaid {
        principal: (!calls.is_empty()).then(|| role(step.by, action, to)),
        calls,
        resource: Some(
            step.on
                .replace("{1}", part(1))
                .replace("{2}", part(2))
                .replace("{bucket}", &to.bucket)
                .replace("{service}", &format!("{}/{}", to.cluster, to.service)),
        ),
    }
}

/// Whose step it is, as an ARN or a service's name.
fn role(by: By, action: &Action, to: &Destination) -> String {
    let of_action = || {
        let own = action.role.clone();
        own.unwrap_or_else(|| to.pipeline_role.clone())
    };
    let build = match &action.under {
        Under::Build { build, .. } => Some(build),
        _ => None,
    };
    match by {
        By::Action => of_action(),
        By::Build => build
            .and_then(|it| it.role.clone())
            .unwrap_or_else(of_action),
        By::Push => build
            .and_then(|it| it.environment.get("PUSH_ROLE_ARN").cloned())
            .filter(|role| role.starts_with("arn:"))
            .unwrap_or_else(|| to.push_role.clone()),
        By::CodeDeploy => to.codedeploy_role.clone(),
        By::Execution => to.execution_role.clone(),
        By::Ecs => "ecs.amazonaws.com".to_owned(),
    }
}
