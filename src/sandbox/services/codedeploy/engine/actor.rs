//! The group's role, and what its refusals become.

use serde_json::Value;

use super::super::deployment::Deployment;
use crate::sandbox::service::Fault;
use crate::sandbox::services::acting::{Actor, At, Failure, assume};
use crate::sandbox::services::fields::arn;
use crate::sandbox::services::{ecs, elbv2};
use crate::sandbox::world::World;

/// Why a deployment ends before its time: the error information, and what was really refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// The code, as in `errorInformation`.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
    /// AWS's sentence about the request that was refused, where one was.
    pub refused: Option<String>,
}

impl Trouble {
    /// Trouble without a refusal.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            refused: None,
        }
    }
}

/// The role's session, and whose it is.
pub struct Acting {
    actor: Actor,
    role: String,
    request_id: String,
    service: String,
    cluster: String,
}

/// Takes on the group's role.
pub fn acting(world: &World, at: &At, deployment: &Deployment) -> Result<Acting, Trouble> {
    let group = format!(
        "deploymentgroup:{}/{}",
        deployment.application, deployment.group
    );
    let source = arn("codedeploy", &at.region, &at.account, &group);
    let context = [
        ("aws:SourceArn", source.as_str()),
        ("aws:SourceAccount", at.account.as_str()),
    ];
    let service = "codedeploy.amazonaws.com";
    let actor = assume(
        world,
        at,
        service,
        &deployment.role,
        &deployment.id,
        &context,
    )
    .ok_or_else(|| {
        Trouble::new(
            "IAM_ROLE_MISSING",
            format!(
                "AWS CodeDeploy does not have the permissions required to assume the role {}.",
                deployment.role
            ),
        )
    })?;
    let (cluster, name) = &deployment.service;
    Ok(Acting {
        actor,
        role: deployment.role.clone(),
        request_id: deployment.id.to_lowercase(),
        service: arn(
            "ecs",
            &at.region,
            &at.account,
            &format!("service/{cluster}/{name}"),
        ),
        cluster: arn(
            "ecs",
            &at.region,
            &at.account,
            &format!("cluster/{cluster}"),
        ),
    })
}

/// The name of a service in the sentence about the role's permissions.
fn service_name(action: &str) -> &'static str {
    match action.split(':').next().unwrap_or_default() {
        "elasticloadbalancing" => "AmazonElasticLoadBalancingV2",
        "lambda" => "AWSLambda",
        "cloudwatch" => "AmazonCloudWatch",
        "s3" | "kms" => "AmazonS3",
        _ => "AmazonECS",
    }
}

impl Acting {
    /// What a refusal becomes. Source: AWS CodeDeploy User Guide, "Error codes for AWS CodeDeploy",
    /// `IAM_ROLE_PERMISSIONS`.
    pub fn refused(&self, action: &str, sentence: String) -> Trouble {
        Trouble {
            code: "IAM_ROLE_PERMISSIONS",
            message: format!(
                "The IAM role {} does not give you permission to perform operations in the following AWS service: {}. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies.",
                self.role,
                service_name(action)
            ),
            refused: Some(sentence),
        }
    }

    /// Decides a request that has no other effect here.
    pub fn may(
        &self,
        world: &World,
        action: &str,
        resource: &str,
        context: &[(&str, &str)],
    ) -> Result<(), Trouble> {
        self.actor
            .may(world, action, resource, context)
            .map_err(|sentence| self.refused(action, sentence))
    }

    /// Asks ECS for an operation.
    pub fn ecs(&self, world: &mut World, operation: &str, input: Value) -> Result<Value, Trouble> {
        let context = [
            ("ecs:service", self.service.as_str()),
            ("ecs:cluster", self.cluster.as_str()),
        ];
        self.actor
            .ask(world, &ecs::SERVICE, operation, input, &context)
            .map_err(|failure| match failure {
                Failure::Refused(sentence) => self.refused("ecs:", sentence),
                Failure::Fault(fault) => self.ecs_fault(&fault),
            })
    }

    fn ecs_fault(&self, fault: &Fault) -> Trouble {
        Trouble::new(
            "ECS_UPDATE_ERROR",
            format!(
                "The ECS service cannot be updated due to an unexpected error: {} (Service: AmazonECS; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null). Check your ECS service status.",
                fault.message, fault.status, fault.code, self.request_id
            ),
        )
    }

    /// Asks Elastic Load Balancing for an operation.
    pub fn elb(&self, world: &mut World, operation: &str, input: Value) -> Result<Value, Trouble> {
        self.actor
            .ask(world, &elbv2::SERVICE, operation, input, &[])
            .map_err(|failure| match failure {
                Failure::Refused(sentence) => self.refused("elasticloadbalancing:", sentence),
                Failure::Fault(fault) => elb_trouble(&fault.message),
            })
    }
}

/// Trouble with the load balancer.
pub fn elb_trouble(why: &str) -> Trouble {
    Trouble::new(
        "ELASTIC_LOAD_BALANCING_INVALID",
        format!("The ELB could not be updated due to the following error: {why}"),
    )
}
