//! One request of a run.

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::policy::{AwsPrincipal, Principal, Request};

/// One request that AWS decides during a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Need {
    /// What it is, for example `deploy/artifact-decrypt`. The same need has the same id in every pipeline;
    /// within one action no two have the same.
    pub id: String,
    /// The stage; empty for what starts the run.
    pub stage: String,
    /// The action; empty for what starts the run.
    pub action: String,
    /// The part of the action's work that it belongs to.
    pub step: Step,
    /// Who asks.
    pub who: Who,
    /// The service that asks in that name, for example `codepipeline.amazonaws.com`. For a KMS request that
    /// Amazon S3 makes it is `s3.REGION.amazonaws.com`; `None` for a command of the build.
    pub via: Option<String>,
    /// The IAM action, for example `s3:GetObject`.
    pub iam_action: String,
    /// The resource's ARN; `*` for an action that is about no resource.
    pub resource: String,
    /// The account that the resource belongs to.
    pub owner: String,
    /// The condition keys that AWS sets, besides those that follow from the caller and the resource (see
    /// [`Request::with_derived_keys`]).
    pub context: Vec<(String, Vec<String>)>,
    /// Why the run needs it, in a sentence.
    pub why: String,
    /// Whether the run goes on when it is refused.
    pub optional: bool,
    /// How well it is known that AWS asks for this at all. What is [`Confidence::Unverified`] is worth a
    /// warning, and no failure.
    pub asked: Confidence,
    /// What AWS says where it is refused.
    pub refusal: Refusal,
}

/// How well something about AWS is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// AWS's documentation, or a model of its APIs, says so.
    Documented,
    /// It was read in public: an issue, a log, a repository.
    Observed,
    /// It follows from what is documented or was observed.
    Reasoned,
    /// Nobody has checked it.
    Unverified,
}

/// The part of an action's work that a need belongs to, in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// An event starts the pipeline.
    Trigger,
    /// CodePipeline takes on its role, and the action's own.
    Assume,
    /// A source action looks at the source.
    Source,
    /// A source action stores its output artifact.
    StoreArtifact,
    /// An action reads its input artifact.
    FetchArtifact,
    /// The pipeline starts the build and watches it.
    StartBuild,
    /// CodeBuild's phases PROVISIONING and before: it takes on its role and opens the log.
    Provisioning,
    /// CodeBuild's phase DOWNLOAD_SOURCE, the cache included.
    DownloadSource,
    /// CodeBuild's phases INSTALL to POST_BUILD: what the buildspec's commands ask.
    BuildCommands,
    /// CodeBuild's phase UPLOAD_ARTIFACTS, the cache included.
    UploadArtifacts,
    /// What the deploy action itself does, or another action that is neither source nor build.
    Act,
    /// What CodeDeploy, or ECS with its infrastructure role, does for the deployment.
    Deployment,
    /// ECS starts tasks.
    StartTask,
}

/// Whose request it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// An AWS service itself, by its service principal, as when it takes on a role.
    Service(String),
    /// A session of a role.
    Role {
        /// The part that the role plays.
        actor: Actor,
        /// The role's ARN, with its path.
        arn: String,
        /// The session's name.
        session: Session,
    },
}

/// The name of a role's session.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Session {
    /// A name as it may be in this run: what was handed in, or an example.
    pub name: String,
    /// The pattern that AWS's names follow, as a regular expression; `.+` where it is not known.
    pub pattern: String,
}

/// The part that a role plays in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// EventBridge's role, which starts the pipeline or hands the event on.
    Events,
    /// The pipeline's role.
    Pipeline,
    /// The `roleArn` of an action.
    Action,
    /// The build project's service role.
    Build,
    /// A role that the buildspec takes on, as for the push.
    Push,
    /// The deployment group's service role.
    CodeDeploy,
    /// The task execution role.
    Execution,
    /// The role of the application in its tasks.
    Task,
    /// ECS's infrastructure role for load balancers.
    Infrastructure,
    /// The execution role of a Lambda function, such as a deployment's hook.
    Function,
}

impl Who {
    /// The principal as policies see it. The role's unique id is not known here.
    pub fn principal(&self) -> Principal {
        match self {
            Self::Service(name) => Principal::Service(name.clone()),
            Self::Role { arn, session, .. } => {
                Principal::Aws(AwsPrincipal::session(arn, &session.name))
            }
        }
    }

    /// The role's ARN, where it is a role.
    pub fn role_arn(&self) -> Option<&str> {
        match self {
            Self::Service(_) => None,
            Self::Role { arn, .. } => Some(arn),
        }
    }
}

impl Need {
    /// The request as the policy engine decides it.
    pub fn request(&self) -> Request {
        self.request_as(self.who.principal())
    }

    /// The same for a principal of which more is known, such as the role's unique id.
    pub fn request_as(&self, principal: Principal) -> Request {
        let mut request = Request::new(principal, self.iam_action.clone())
            .on(self.resource.clone())
            .owned_by(self.owner.clone());
        for (key, values) in &self.context {
            request.set(key, values.clone());
        }
        request.with_derived_keys()
    }

    /// Whether a refusal ends the run: it is not optional, and it is known well enough that AWS asks.
    pub fn is_required(&self) -> bool {
        !self.optional && self.asked != Confidence::Unverified
    }
}
