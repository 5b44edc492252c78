//! What AWS says, by the place where a request is refused.
//!
//! Parts that change from run to run and say nothing (request ids) are left out.

use super::need::{Confidence, Who};
use super::refusal::{ActionError, Refusal, Shown};

/// The place, and what the sentence there names.
#[derive(Debug, Clone)]
pub(super) enum Words {
    /// Nothing is known.
    Unknown,
    /// An event that starts nothing.
    Silent,
    /// CodePipeline takes on the pipeline's role.
    PipelineRole,
    /// The pipeline's role takes on an action's.
    ActionRole { pipeline_role: String },
    /// A source action looks at a CodeCommit repository.
    Repository(String),
    /// A source action uses the bucket for its output.
    SourceBucket(String),
    /// A source action uses a connection.
    Connection(String),
    /// A connection stores its output.
    ConnectionUpload,
    /// A source action reads from Amazon S3, or Amazon ECR.
    ProvidedRole,
    /// CodeDeployToECS reads an input artifact.
    InputArtifact(String),
    /// Another action reads an input artifact.
    ArtifactObject { bucket: String, key: String },
    /// An action calls CodeBuild.
    CallBuild(&'static str),
    /// The action itself is refused: the refusal is the message.
    Plain {
        failure: &'static str,
        seen: Confidence,
    },
    /// The action for Amazon ECS, which does not say what is missing.
    EcsAction,
    /// A phase of the build.
    Phase(Phase),
    /// A command of the build.
    Command {
        command: String,
        told: Told,
        phase: &'static str,
        exit: u8,
    },
    /// The build's cache.
    Cache,
    /// CodeDeploy takes on its role.
    CodeDeployRole,
    /// CodeDeploy calls a service.
    CodeDeployCalls(&'static str),
    /// ECS refuses what CodeDeploy hands on to it.
    EcsUpdate,
    /// A hook's function reports.
    Hook,
    /// ECS starts a task.
    Task { told: TaskTold, deploys: Deploys },
    /// ECS shifts traffic by itself.
    EcsDeployment,
}

/// A phase that CodeBuild carries out by itself.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    Role,
    Logs { role: String, build: String },
    Source { version: String },
    Clone { version: String },
    BucketOwner,
    Image,
    Parameters(&'static str),
    Network,
    Upload,
}

/// How a command tells that it was refused.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// The AWS CLI: the code and the operation.
    Cli {
        code: &'static str,
        operation: String,
    },
    /// Docker, which passes on what the registry says.
    Docker,
}

/// What a stopped task says.
#[derive(Debug, Clone)]
pub(super) enum TaskTold {
    Role,
    Login,
    Pull { repository: String },
    Secret { arn: String },
    Parameters,
    LogGroup,
    LogStream,
    File,
}

/// Who waits for the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deploys {
    CodeDeploy,
    Ecs,
}

use Confidence::{Documented, Observed, Reasoned, Unverified};

impl Words {
    pub fn refusal(&self, who: &Who, action: &str, resource: &str) -> Refusal {
        let denied = denied(who, action, resource);
        let said = self.said(&denied, who, resource);
        let uses = said.message.contains(&denied);
        Refusal {
            failure: said.failure.to_owned(),
            shown: said.shown,
            code: said.code.to_owned(),
            denied: uses.then_some(denied),
            confidence: said.confidence,
            action_error: said.action_error,
            message: said.message,
        }
    }

    fn said(&self, denied: &str, who: &Who, resource: &str) -> Said {
        // A refusal by AWS KMS is one of Amazon S3's to whoever reads or writes the object.
        let is_about_key = denied.contains(": kms:");
        match self {
            Self::Unknown => Said::of_action("", "PermissionError", String::new(), Unverified),
            Self::Silent => Said {
                failure: "F83",
                shown: Shown::Nowhere,
                code: "",
                message: String::new(),
                confidence: Reasoned,
                action_error: None,
            },
            Self::PipelineRole => Said::of_action(
                "F23",
                "PermissionError",
                format!("CodePipeline is not authorized to perform AssumeRole on role {resource}"),
                Reasoned,
            ),
            Self::ActionRole { pipeline_role } => Said::of_action(
                "F22",
                "PermissionError",
                format!("{pipeline_role} is not authorized to perform AssumeRole on role {resource}"),
                Reasoned,
            ),
            Self::Repository(name) => Said::of_action(
                "F87",
                "PermissionError",
                format!(
                    "The service role or action role doesn’t have the permissions required to access the AWS CodeCommit repository named {name}. Update the IAM role permissions, and then try again. Error: {denied}"
                ),
                Observed,
            ),
            Self::SourceBucket(bucket) => Said::of_action(
                if is_about_key { "F37" } else { "F36" },
                "PermissionError",
                format!(
                    "The service role or action role doesn’t have the permissions required to access the Amazon S3 bucket named {bucket}. Update the IAM role permissions, and then try again. Error: Amazon S3:AccessDenied:Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)"
                ),
                if is_about_key { Reasoned } else { Observed },
            ),
            Self::Connection(arn) => Said::of_action(
                "F86",
                "PermissionError",
                format!("Unable to use Connection: {arn}. The provided role does not have sufficient permissions."),
                Observed,
            ),
            Self::ConnectionUpload => Said::of_action(
                "F37",
                "PermissionError",
                "[GitHub] Upload to S3 failed with the following error: Access Denied".to_owned(),
                Observed,
            ),
            Self::ProvidedRole => Said::of_action(
                "",
                "PermissionError",
                "The provided role does not have permissions to perform this action.".to_owned(),
                Reasoned,
            ),
            Self::InputArtifact(name) => Said::of_action(
                "F02",
                "PermissionError",
                format!("You are missing permissions to access input artifact: {name}."),
                Observed,
            ),
            Self::ArtifactObject { bucket, key } => Said::of_action(
                "F35",
                "PermissionError",
                format!(
                    "Unable to access the artifact with Amazon S3 object key '{key}' located in the Amazon S3 artifact bucket '{bucket}'. The provided role does not have sufficient permissions."
                ),
                Observed,
            ),
            Self::CallBuild(operation) => Said::of_action(
                "F48",
                "JobFailed",
                format!(
                    "Error calling {operation}: {denied} (Service: AWSCodeBuild; Status Code: 400; Error Code: AccessDeniedException)"
                ),
                if *operation == "startBuild" { Observed } else { Reasoned },
            ),
            Self::Plain { failure, seen } => {
                Said::of_action(failure, "PermissionError", denied.to_owned(), *seen)
            }
            Self::EcsAction => Said::of_action(
                "F60",
                "PermissionError",
                "The provided role does not have sufficient permissions to access ECS".to_owned(),
                Observed,
            ),
            Self::Phase(phase) => phase.said(denied, resource),
            Self::Command { command, told, phase, exit } => {
                let (failure, message, confidence) = match told {
                    Told::Cli { code, operation } => (
                        if operation == "AssumeRole" { "F26" } else { "" },
                        format!("An error occurred ({code}) when calling the {operation} operation: {denied}"),
                        if matches!(operation.as_str(), "AssumeRole" | "GetAuthorizationToken") {
                            Observed
                        } else {
                            Reasoned
                        },
                    ),
                    Told::Docker => ("", format!("denied: {denied}"), Observed),
                };
                Said {
                    failure,
                    shown: Shown::BuildLog,
                    code: "COMMAND_EXECUTION_ERROR",
                    message,
                    confidence,
                    action_error: Some(terminated(
                        phase,
                        "COMMAND_EXECUTION_ERROR",
                        &format!("Error while executing command: {command}. Reason: exit status {exit}"),
                    )),
                }
            }
            Self::Cache => Said {
                failure: "F46",
                shown: Shown::BuildLog,
                code: "",
                message: "Access denied".to_owned(),
                confidence: Documented,
                action_error: None,
            },
            Self::CodeDeployRole => Said::of_deployment(
                "F25",
                "IAM_ROLE_PERMISSIONS",
                format!("AWS CodeDeploy does not have the permissions required to assume the role {resource}."),
                Reasoned,
            ),
            Self::CodeDeployCalls(service) => Said::of_deployment(
                "F61",
                "IAM_ROLE_PERMISSIONS",
                format!(
                    "The IAM role {} does not give you permission to perform operations in the following AWS service: {service}. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies.",
                    who.role_arn().unwrap_or_default()
                ),
                Observed,
            ),
            Self::EcsUpdate => Said::of_deployment(
                "F33",
                "ECS_UPDATE_ERROR",
                format!(
                    "The ECS service cannot be updated due to an unexpected error: {denied} (Service: AmazonECS; Status Code: 400; Error Code: AccessDeniedException). Check your ECS service status."
                ),
                Reasoned,
            ),
            Self::Hook => Said::of_deployment(
                "F68",
                "HOOK_EXECUTION_FAILURE",
                "The deployment timed out while waiting for a status callback. CodeDeploy expects a status callback within one hour after a deployment hook is invoked.".to_owned(),
                Documented,
            ),
            Self::Task { told, deploys } => told.said(denied, resource, *deploys),
            Self::EcsDeployment => Said {
                failure: "",
                shown: Shown::StoppedTask,
                code: "",
                message: String::new(),
                confidence: Unverified,
                action_error: Some(ActionError {
                    code: "JobFailed".to_owned(),
                    message: String::new(),
                }),
            },
        }
    }
}

impl Phase {
    fn said(&self, denied: &str, resource: &str) -> Said {
        let (failure, phase, code, message, confidence) = match self {
            Self::Role => (
                "F24",
                "QUEUED",
                "CLIENT_ERROR",
                format!("CodeBuild is not authorized to perform: sts:AssumeRole on {resource}"),
                Reasoned,
            ),
            Self::Logs { role, build } => (
                "",
                "QUEUED",
                "ACCESS_DENIED",
                format!(
                    "Service role {role} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for build {build}. Error message: {denied}"
                ),
                Observed,
            ),
            Self::Source { version } => (
                if denied.contains(": kms:") {
                    "F100"
                } else {
                    "F101"
                },
                "DOWNLOAD_SOURCE",
                "CLIENT_ERROR",
                format!("AccessDenied: {denied} status code: 403 for primary source and source version {version}"),
                if denied.contains(": kms:") { Reasoned } else { Observed },
            ),
            Self::Clone { version } => (
                "",
                "DOWNLOAD_SOURCE",
                "CLIENT_ERROR",
                format!("authorization failed for primary source and source version {version}"),
                Observed,
            ),
            Self::BucketOwner => (
                "F43",
                "DOWNLOAD_SOURCE",
                "CLIENT_ERROR",
                "Error calling GetBucketAcl: Either the bucket owner has changed or the service role no longer has permission to called s3:GetBucketAcl".to_owned(),
                Documented,
            ),
            Self::Image => (
                "F52",
                "PROVISIONING",
                "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE",
                format!("Unable to pull customer's container image. {denied}"),
                Unverified,
            ),
            Self::Parameters(code) => (
                "F57",
                "DOWNLOAD_SOURCE",
                *code,
                denied.to_owned(),
                Unverified,
            ),
            Self::Network => (
                "",
                "PROVISIONING",
                "VPC_CLIENT_ERROR",
                "Unexpected EC2 error: UnauthorizedOperation".to_owned(),
                Unverified,
            ),
            Self::Upload => (
                "",
                "UPLOAD_ARTIFACTS",
                "CLIENT_ERROR",
                format!("Error in UPLOAD_ARTIFACTS phase: AccessDenied: {denied} status code: 403"),
                Unverified,
            ),
        };
        Said {
            failure,
            shown: Shown::BuildPhase,
            code,
            action_error: Some(terminated(phase, code, &message)),
            message,
            confidence,
        }
    }
}

impl TaskTold {
    fn said(&self, denied: &str, resource: &str, deploys: Deploys) -> Said {
        const INITIALIZATION: &str = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed:";
        let (failure, message, confidence) = match self {
            Self::Role => (
                "F27",
                format!(
                    "ECS was unable to assume the role '{resource}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
                ),
                Observed,
            ),
            Self::Login => (
                "F05",
                format!(
                    "{INITIALIZATION} unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, api error AccessDeniedException: {denied}"
                ),
                Observed,
            ),
            Self::Pull { repository } => (
                "F05",
                format!(
                    "CannotPullContainerError: The task can’t pull the image. Check that the role has the permissions to pull images from the registry. Error response from daemon: pull access denied for {repository}, repository does not exist or may require 'docker login': denied: {denied}"
                ),
                Observed,
            ),
            Self::Secret { arn } => (
                "F05",
                format!(
                    "{INITIALIZATION} unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret {arn} from secrets manager: AccessDeniedException: {denied}"
                ),
                Observed,
            ),
            Self::Parameters => (
                "F05",
                format!(
                    "{INITIALIZATION} unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: {denied}"
                ),
                Observed,
            ),
            Self::LogGroup => (
                "F05",
                format!(
                    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log group: AccessDeniedException: {denied}"
                ),
                Reasoned,
            ),
            Self::LogStream => (
                "F05",
                format!(
                    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: {denied}"
                ),
                Observed,
            ),
            Self::File => (
                "F05",
                format!(
                    "ResourceInitializationError: failed to download env files: AccessDenied: {denied}"
                ),
                Unverified,
            ),
        };
        Said {
            failure,
            shown: Shown::StoppedTask,
            code: "TaskFailedToStart",
            message,
            confidence,
            action_error: Some(match deploys {
                Deploys::CodeDeploy => deployment_failed(
                    "TIMEOUT",
                    "The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes.",
                ),
                // What the action for Amazon ECS says when tasks do not start is not known.
                Deploys::Ecs => ActionError {
                    code: "JobFailed".to_owned(),
                    message: String::new(),
                },
            }),
        }
    }
}

/// A refusal, without its request.
struct Said {
    failure: &'static str,
    shown: Shown,
    code: &'static str,
    message: String,
    confidence: Confidence,
    action_error: Option<ActionError>,
}

impl Said {
    /// The action's error is the first that is seen.
    fn of_action(
        failure: &'static str,
        code: &'static str,
        message: String,
        confidence: Confidence,
    ) -> Self {
        Self {
            failure,
            shown: Shown::Action,
            code,
            action_error: Some(ActionError {
                code: code.to_owned(),
                message: message.clone(),
            }),
            message,
            confidence,
        }
    }

    /// The deployment's error, which the action repeats.
    fn of_deployment(
        failure: &'static str,
        code: &'static str,
        message: String,
        confidence: Confidence,
    ) -> Self {
        Self {
            failure,
            shown: Shown::Deployment,
            code,
            action_error: Some(deployment_failed(code, &message)),
            message,
            confidence,
        }
    }
}

/// What stands for the id of the deployment in the sentences here.
pub const DEPLOYMENT: &str = "d-EXAMPLE11";

fn deployment_failed(code: &str, message: &str) -> ActionError {
    ActionError {
        code: "JobFailed".to_owned(),
        message: format!(
            "Deployment {DEPLOYMENT} failed. Error code: {code}; Error message: {message}"
        ),
    }
}

/// What the action says of a build that failed.
fn terminated(phase: &str, code: &str, message: &str) -> ActionError {
    ActionError {
        code: "JobFailed".to_owned(),
        message: format!(
            "Build terminated with state: FAILED. Phase: {phase}, Code: {code}, Message: {message}"
        ),
    }
}

/// AWS's sentence of a refusal, with the reason that is the most likely: the caller's own policies lack it.
///
/// For `sts:AssumeRole` no reason is given; Amazon S3 writes the resource in quotes.
fn denied(who: &Who, action: &str, resource: &str) -> String {
    let Who::Role { .. } = who else {
        return String::from("Access denied");
    };
    let caller = who.principal().describe();
    let sentence = format!("User: {caller} is not authorized to perform: {action} on resource: ");
    match action.split(':').next() {
        Some("sts") => format!("{sentence}{resource}"),
        Some("s3") => format!(
            "{sentence}\"{resource}\" because no identity-based policy allows the {action} action"
        ),
        _ => format!(
            "{sentence}{resource} because no identity-based policy allows the {action} action"
        ),
    }
}
