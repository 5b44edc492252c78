//! What a check finds.

use serde::Serialize;

/// Something in a document that AWS refuses, or that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where in the document, for example `stages[1].actions[0].configuration.ProjectName`.
    pub place: String,
    /// What is wrong. As near to AWS's own sentence as is publicly known, where AWS has one.
    pub message: String,
    /// How AWS answers it.
    pub code: Code,
}

impl Problem {
    /// A problem at a place.
    pub fn new(code: Code, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
            code,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.place, self.message)
        }
    }
}

/// How AWS answers a document with a problem. Source: the API models of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Code {
    /// A value of the wrong JSON type.
    SerializationException,
    /// A value outside the API model's limits.
    ValidationException,
    /// CodePipeline: the pipeline as a whole.
    InvalidStructureException,
    /// CodePipeline: a stage.
    InvalidStageDeclarationException,
    /// CodePipeline: an action.
    InvalidActionDeclarationException,
    /// CodePipeline: a blocker; these are reserved.
    InvalidBlockerDeclarationException,
    /// ECS: a task definition.
    ClientException,
    /// CodeDeploy: the AppSpec.
    InvalidRevisionException,
    /// CodeDeploy: a deployment group's style.
    InvalidDeploymentStyleException,
    /// CodeDeploy: a deployment group's load balancer.
    InvalidLoadBalancerInfoException,
    /// CodeDeploy: a deployment group's pair of target groups.
    InvalidTargetGroupPairException,
    /// CodeDeploy: a deployment group's blue/green settings.
    InvalidBlueGreenDeploymentConfigurationException,
    /// CodeDeploy: a deployment group's ECS service.
    #[serde(rename = "InvalidECSServiceException")]
    InvalidEcsServiceException,
    /// CodeDeploy: a deployment configuration that does not exist.
    DeploymentConfigDoesNotExistException,
    /// CodeBuild: a buildspec.
    #[serde(rename = "YAML_FILE_ERROR")]
    YamlFileError,
    /// AWS takes the document; what it describes fails, or does nothing, when it runs.
    FailsWhenRun,
}

impl Code {
    /// AWS's name of it; `None` for what AWS takes.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::SerializationException => "SerializationException",
            Self::ValidationException => "ValidationException",
            Self::InvalidStructureException => "InvalidStructureException",
            Self::InvalidStageDeclarationException => "InvalidStageDeclarationException",
            Self::InvalidActionDeclarationException => "InvalidActionDeclarationException",
            Self::InvalidBlockerDeclarationException => "InvalidBlockerDeclarationException",
            Self::ClientException => "ClientException",
            Self::InvalidRevisionException => "InvalidRevisionException",
            Self::InvalidDeploymentStyleException => "InvalidDeploymentStyleException",
            Self::InvalidLoadBalancerInfoException => "InvalidLoadBalancerInfoException",
            Self::InvalidTargetGroupPairException => "InvalidTargetGroupPairException",
            Self::InvalidBlueGreenDeploymentConfigurationException => {
                "InvalidBlueGreenDeploymentConfigurationException"
            }
            Self::InvalidEcsServiceException => "InvalidECSServiceException",
            Self::DeploymentConfigDoesNotExistException => "DeploymentConfigDoesNotExistException",
            Self::YamlFileError => "YAML_FILE_ERROR",
            Self::FailsWhenRun => return None,
        })
    }
}

/// The answer AWS would give to a call with these problems: code and message. All values outside
/// the model's limits are told at once, of everything else the first. `None` where AWS takes it.
pub fn refusal(problems: &[Problem]) -> Option<(&'static str, String)> {
    let of = |code: Code| problems.iter().filter(move |problem| problem.code == code);
    if let Some(problem) = of(Code::SerializationException).next() {
        return Some(("SerializationException", problem.message.clone()));
    }
    let outside: Vec<&str> = of(Code::ValidationException)
        .map(|problem| problem.message.as_str())
        .collect();
    if !outside.is_empty() {
        let errors = if outside.len() == 1 {
            "error"
        } else {
            "errors"
        };
        return Some((
            "ValidationException",
            format!(
                "{} validation {errors} detected: {}",
                outside.len(),
                outside.join("; ")
            ),
        ));
    }
    problems
        .iter()
        .find_map(|problem| Some((problem.code.name()?, problem.message.clone())))
}
