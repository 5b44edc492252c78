//! The group's role, and what its refusals become.

use serde_json::{Value, json};

use super::super::deployment::{Deployment, content};
use crate::chain::{Beside, Need};
use crate::sandbox::authorize;
use crate::sandbox::service::{Fault, Service};
use crate::sandbox::services::acting::{Actor, At, assume};
use crate::sandbox::services::fields::{arn, put};
use crate::sandbox::services::{asked, ecs, elbv2};
use crate::sandbox::world::World;

/// Why a deployment ends before its time: the error information, and what was really refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// The code, as in `errorInformation`.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// AWS's sentence about the request that was refused, where one was.
    pub refused: Option<String>,
}

impl Trouble {
    /// Trouble without a refusal.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            refused: None,
        }
    }
}

/// The role's session, and what it asks for the deployment.
pub struct Acting {
    actor: Actor,
    role: String,
    request_id: String,
    needs: Vec<Need>,
}

/// What CodeDeploy asks for a deployment.
fn needs(world: &World, at: &At, deployment: &Deployment) -> Vec<Need> {
    let (cluster, service) = &deployment.service;
    let mut group = json!({
        "serviceRoleArn": deployment.role,
        "alarmConfiguration": deployment.alarms,
        "ecsServices": [{"clusterName": cluster, "serviceName": service}],
    });
    put(
        &mut group,
        "loadBalancerInfo",
        deployment.settings.get("loadBalancerInfo").cloned(),
    );
    let appspec = content(&deployment.revision).map(str::to_owned);
    let reference = deployment
        .appspec
        .as_ref()
        .map(|it| it.task_definition.as_str())
        .unwrap_or_default();
    let taskdef = world
        .regional_ref(&at.account, &at.region)
        .and_then(|regional| regional.ecs.task_definition(reference))
        .map(|definition| definition.body.clone());
    let both = [deployment.blue.1.as_str(), deployment.green.1.as_str()];
    let (account, region) = (at.account.as_str(), at.region.as_str());
    let rules = deployment
        .listeners
        .iter()
        .flat_map(|listener| elbv2::rules_with(world, account, region, listener, &both));
    let beside = Beside {
        deployment_group: Some(group),
        taskdef,
        appspec,
        listener_rules: rules.collect(),
        ..Beside::default()
    };
    asked::by_codedeploy(at, &deployment.application, &deployment.group, beside)
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
    let (service, role) = ("codedeploy.amazonaws.com", deployment.role.as_str());
    let actor = assume(world, at, service, role, &deployment.id, &context).map_err(|denied| {
        Trouble {
            refused: Some(denied),
            ..Trouble::new(
                "IAM_ROLE_PERMISSIONS",
                format!(
                    "AWS CodeDeploy does not have the permissions required to assume the role {role}."
                ),
            )
        }
    })?;
    Ok(Acting {
        actor,
        role: role.to_owned(),
        request_id: deployment.id.to_lowercase(),
        needs: needs(world, at, deployment),
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
            code: "IAM_ROLE_PERMISSIONS".to_owned(),
            message: format!(
                "The IAM role {} does not give you permission to perform operations in the following AWS service: {}. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies.",
                self.role,
                service_name(action)
            ),
            refused: Some(sentence),
        }
    }

    /// Decides a request: by what is written of it among the needs, which say what its refusal becomes, or
    /// as it is where nothing is.
    pub fn may(
        &self,
        world: &World,
        action: &str,
        resource: &str,
        context: &[(&str, &str)],
    ) -> Result<(), Trouble> {
        let of_action = || self.needs.iter().filter(|need| need.iam_action == action);
        let exact = of_action().any(|need| need.resource == resource);
        let mut known = of_action()
            .filter(|need| !exact || need.resource == resource)
            .peekable();
        if known.peek().is_none() {
            return self
                .actor
                .may(world, action, resource, context)
                .map_err(|sentence| self.refused(action, sentence));
        }
        for need in known {
            self.actor.meets(world, need).map_err(|denied| Trouble {
                code: need.refusal.code.clone(),
                message: need.refusal.message_with(&denied),
                refused: Some(denied),
            })?;
        }
        Ok(())
    }

    /// Decides the requests of an operation.
    fn permits(
        &self,
        world: &World,
        service: &Service,
        operation: &str,
        input: &Value,
    ) -> Result<(), Trouble> {
        let call = self.actor.call(world, input.clone());
        let found = service.operations.iter().find(|o| o.name == operation);
        let asks = found
            .map(|found| authorize::asks(world, service, found, &call))
            .unwrap_or_default();
        for ask in asks {
            let keys: Vec<(&str, &str)> = ask
                .keys
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            self.may(world, &ask.action, &ask.resource, &keys)?;
        }
        Ok(())
    }

    /// Asks ECS for an operation.
    pub fn ecs(&self, world: &mut World, operation: &str, input: Value) -> Result<Value, Trouble> {
        self.permits(world, &ecs::SERVICE, operation, &input)?;
        self.actor
            .carry_out(world, &ecs::SERVICE, operation, input)
            .map_err(|fault| self.ecs_fault(&fault))
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
        self.permits(world, &elbv2::SERVICE, operation, &input)?;
        self.actor
            .carry_out(world, &elbv2::SERVICE, operation, input)
            .map_err(|fault| elb_trouble(&fault.message))
    }
}

/// Trouble with the load balancer.
pub fn elb_trouble(why: &str) -> Trouble {
    Trouble::new(
        "ELASTIC_LOAD_BALANCING_INVALID",
        format!("The ELB could not be updated due to the following error: {why}"),
    )
}
