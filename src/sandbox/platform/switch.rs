//! What a platform team leaves besides where ECS itself deploys blue/green: a rule with both target groups, and the
//! role with which ECS shifts the traffic.
//!
//! Source: Amazon ECS Developer Guide, "Resources for Amazon ECS blue/green deployments" and "Amazon ECS
//! infrastructure IAM role".

use serde_json::{Value, json};

use super::{Team, part};
use crate::sandbox::service::Fault;
use crate::sandbox::services::elbv2::forwarded;
use crate::sandbox::services::{elbv2, iam};

/// What the role may do. Source: the managed policy `AmazonECSInfrastructureRolePolicyForLoadBalancers`.
const ACTIONS: [&str; 9] = [
    "elasticloadbalancing:DeregisterTargets",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:RegisterTargets",
    "elasticloadbalancing:DescribeTags",
];

impl Team<'_> {
    /// The members of a service that ECS deploys blue/green: `advancedConfiguration` of its load balancer.
    pub(super) fn switch(&mut self, service: &str, groups: &[String; 2]) -> Result<Value, Fault> {
        let [blue, green] = groups;
        let regional = self
            .world
            .regional_ref(&self.seed.account, &self.seed.region);
        let listener = regional.and_then(|regional| {
            let mut listeners = regional.elbv2.listeners.values();
            let own = listeners.find(|it| forwarded(&it.actions).contains(&blue.as_str()));
            own.map(|it| it.arn.clone())
        });
        let rule = self.ask(
            &elbv2::SERVICE,
            "CreateRule",
            json!({
                "ListenerArn": listener,
                "Priority": 1,
                "Conditions": [{"Field": "path-pattern", "Values": ["/*"]}],
                "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": [
                    {"TargetGroupArn": blue, "Weight": 1},
                    {"TargetGroupArn": green, "Weight": 0},
                ]}}],
            }),
        )?;
        let name = format!("{service}-ecs-elb");
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "ecs.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }]});
        let role = self.ask(
            &iam::SERVICE,
            "CreateRole",
            json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()}),
        )?;
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": ACTIONS,
            "Resource": "*",
        }]});
        self.ask(
            &iam::SERVICE,
            "PutRolePolicy",
            json!({"RoleName": name, "PolicyName": "load-balancing", "PolicyDocument": policy.to_string()}),
        )?;
        Ok(json!({
            "alternateTargetGroupArn": green,
            "productionListenerRule": part(&rule, "/Rules/0/RuleArn"),
            "roleArn": part(&role, "/Role/Arn"),
        }))
    }
}
