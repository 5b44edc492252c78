//! What CodeDeploy asks in the name of the deployment group's role.
//!
//! Source: AWS CodeDeploy User Guide, "Cross-service confused deputy prevention"; Amazon ECS Developer
//! Guide, "Amazon ECS CodeDeploy IAM role"; AWS Managed Policy Reference, AWSCodeDeployRoleForECS.

use serde_json::Value;

use super::deploy::group_of;
use super::list::{Ask, List};
use super::need::{Actor, Step, Who};
use super::says::Words;
use super::scene::{Action, account_in, items, text, unnamed_session};

const CODEDEPLOY: &str = "codedeploy.amazonaws.com";

/// One deployment in the making.
struct Deployment<'a> {
    group: &'a Value,
    who: Who,
    account: &'a str,
    region: &'a str,
}

impl<'a> List<'a> {
    pub fn codedeploy(&mut self, action: &Action<'a>) {
        let Some(group) = self.deployment_group(action) else {
            self.gap("The deployment group is not at hand: what CodeDeploy asks in the name of its role is not listed.");
            return;
        };
        let account = self.scene.account_of(action);
        let role = text(group, "serviceRoleArn");
        if role.is_empty() {
            self.gap(
                "The deployment group names no service role: what CodeDeploy asks is not listed.",
            );
            return;
        }
        let role = self.scene.role(role, account);
        let region = self.scene.region_of(action);
        let application = action.configured("ApplicationName").unwrap_or_default();
        let source = self.scene.arn(
            "codedeploy",
            region,
            account,
            &format!("deploymentgroup:{application}/{}", group_of(action)),
        );
        self.trust(
            "deployment/codedeploy-role",
            Step::Deployment,
            CODEDEPLOY,
            &role,
            &source,
            Words::CodeDeployRole,
        );
        let deployment = Deployment {
            group,
            // The session's name is chosen by CodeDeploy and not documented.
            who: unnamed_session(Actor::CodeDeploy, &role, "codedeploy"),
            account,
            region,
        };
        self.alarms(&deployment);
        self.look(&deployment);
        self.replace(action, &deployment);
        self.hooks(action, &deployment);
        self.shift(action, &deployment);
        self.notify(&deployment);
    }

    fn by_codedeploy(
        &self,
        deployment: &Deployment<'_>,
        id: &str,
        name: &str,
        resource: &str,
        service: &'static str,
        why: &str,
    ) -> Ask {
        Ask::new(
            format!("deployment/{id}"),
            Step::Deployment,
            &deployment.who,
            name,
            resource,
            deployment.account,
        )
        .via(CODEDEPLOY)
        .why(why)
        .refused(Words::CodeDeployCalls(service))
    }

    fn alarms(&mut self, deployment: &Deployment<'_>) {
        let config = deployment
            .group
            .get("alarmConfiguration")
            .unwrap_or(&Value::Null);
        if config.get("enabled").and_then(Value::as_bool) != Some(true) {
            return;
        }
        let ignores = config
            .get("ignorePollAlarmFailure")
            .and_then(Value::as_bool)
            == Some(true);
        for alarm in items(config, "alarms") {
            let arn = self.scene.arn(
                "cloudwatch",
                deployment.region,
                deployment.account,
                &format!("alarm:{}", text(alarm, "name")),
            );
            let ask = self
                .by_codedeploy(
                    deployment,
                    "alarms",
                    "cloudwatch:DescribeAlarms",
                    &arn,
                    "AmazonCloudWatch",
                    "CodeDeploy watches the alarms that stop a deployment.",
                )
                .optional_if(ignores);
            self.add(ask);
        }
    }

    /// CodeDeploy looks at the service and the load balancer.
    fn look(&mut self, deployment: &Deployment<'_>) {
        let (service, cluster) = self.service_of(deployment);
        let ask = self
            .by_codedeploy(
                deployment,
                "service",
                "ecs:DescribeServices",
                &service,
                "AmazonECS",
                "CodeDeploy looks up the service and its task sets.",
            )
            .with("ecs:cluster", cluster);
        self.add(ask);
        for (id, name, why) in [
            (
                "target-groups",
                "DescribeTargetGroups",
                "CodeDeploy looks up the two target groups.",
            ),
            (
                "listeners",
                "DescribeListeners",
                "CodeDeploy looks where the listeners send traffic.",
            ),
            (
                "rules",
                "DescribeRules",
                "CodeDeploy looks where the listeners' rules send traffic.",
            ),
        ] {
            let ask = self.by_codedeploy(
                deployment,
                id,
                &format!("elasticloadbalancing:{name}"),
                "*",
                "AmazonElasticLoadBalancingV2",
                why,
            );
            self.add(ask);
        }
    }

    fn service_of(&self, deployment: &Deployment<'_>) -> (String, String) {
        let service = items(deployment.group, "ecsServices")
            .first()
            .unwrap_or(&Value::Null);
        let cluster = Some(text(service, "clusterName"))
            .filter(|name| !name.is_empty())
            .unwrap_or("default");
        let name = text(service, "serviceName");
        let arn = |resource: &str| {
            self.scene
                .arn("ecs", deployment.region, deployment.account, resource)
        };
        (
            arn(&format!("service/{cluster}/{name}")),
            arn(&format!("cluster/{cluster}")),
        )
    }

    /// CodeDeploy makes the replacement task set, and later removes the old one.
    fn replace(&mut self, action: &Action<'a>, deployment: &Deployment<'_>) {
        self.task_set(
            deployment,
            "create-task-set",
            "CreateTaskSet",
            "CodeDeploy makes the replacement task set.",
        );
        self.pass_roles(
            action,
            &deployment.who,
            self.taskdef(action),
            Step::Deployment,
            CODEDEPLOY,
            "CodeDeploy makes a task set of a task definition that names the role",
            &Words::EcsUpdate,
        );
    }

    fn task_set(&mut self, deployment: &Deployment<'_>, id: &str, name: &str, why: &str) {
        let (service, cluster) = self.service_of(deployment);
        // Published data disagree on the resource of these two actions; a task set's own ARN is the finest.
        let arn = format!(
            "{}/ecs-svc/0000000000000000001",
            service.replacen(":service/", ":task-set/", 1)
        );
        let ask = self
            .by_codedeploy(
                deployment,
                id,
                &format!("ecs:{name}"),
                &arn,
                "AmazonECS",
                why,
            )
            .with("ecs:cluster", cluster)
            .with("ecs:service", service);
        self.add(ask);
    }

    /// The functions that a deployment calls between its events.
    fn hooks(&mut self, action: &Action<'a>, deployment: &Deployment<'_>) {
        let Some(appspec) = self
            .scene
            .beside(&action.place)
            .and_then(|beside| beside.appspec.as_deref())
        else {
            self.gap("The AppSpec is not at hand: whether the deployment calls functions (Hooks) is not listed.");
            return;
        };
        for function in functions(appspec) {
            let arn = if function.starts_with("arn:") {
                function
            } else {
                self.scene.arn(
                    "lambda",
                    deployment.region,
                    deployment.account,
                    &format!("function:{function}"),
                )
            };
            let ask = self.by_codedeploy(
                deployment,
                "hook",
                "lambda:InvokeFunction",
                &arn,
                "AWSLambda",
                "The AppSpec names the function as a hook.",
            );
            self.add(ask);
            self.report(action, deployment, &arn);
        }
    }

    /// The function tells CodeDeploy how it went, with a role of its own.
    fn report(&mut self, action: &Action<'a>, deployment: &Deployment<'_>, function: &str) {
        let roles = self
            .scene
            .beside(&action.place)
            .map(|beside| &beside.function_roles);
        let name = function.rsplit(':').next().unwrap_or_default();
        let known = roles.and_then(|roles| roles.get(function).or_else(|| roles.get(name)));
        let Some(role) = known else {
            self.gap(format!(
                "The role of the function {function} is not at hand: it needs codedeploy:PutLifecycleEventHookExecutionStatus on the deployment group, which is not listed."
            ));
            return;
        };
        let application = action.configured("ApplicationName").unwrap_or_default();
        let group = self.scene.arn(
            "codedeploy",
            deployment.region,
            deployment.account,
            &format!("deploymentgroup:{application}/{}", group_of(action)),
        );
        let role = self.scene.role(role, deployment.account);
        self.add(
            Ask::new(
                "deployment/hook-status",
                Step::Deployment,
                &unnamed_session(Actor::Function, &role, name),
                "codedeploy:PutLifecycleEventHookExecutionStatus",
                group,
                deployment.account,
            )
            .why("The hook's function tells CodeDeploy whether the deployment may go on.")
            .refused(Words::Hook),
        );
    }

    fn shift(&mut self, action: &Action<'a>, deployment: &Deployment<'_>) {
        let pairs = deployment
            .group
            .get("loadBalancerInfo")
            .map_or(&[][..], |info| items(info, "targetGroupPairInfoList"));
        for pair in pairs {
            for (id, member, why) in [
                (
                    "test-listener",
                    "testTrafficRoute",
                    "CodeDeploy sends test traffic to the replacement tasks.",
                ),
                (
                    "listener",
                    "prodTrafficRoute",
                    "CodeDeploy sends production traffic to the replacement tasks.",
                ),
            ] {
                let route = pair.get(member).unwrap_or(&Value::Null);
                for listener in items(route, "listenerArns") {
                    let ask = self.by_codedeploy(
                        deployment,
                        id,
                        "elasticloadbalancing:ModifyListener",
                        listener.as_str().unwrap_or_default(),
                        "AmazonElasticLoadBalancingV2",
                        why,
                    );
                    self.add(ask);
                }
            }
        }
        let rules: &[String] = self
            .scene
            .beside(&action.place)
            .map_or(&[], |beside| &beside.listener_rules);
        for rule in rules {
            let ask = self.by_codedeploy(
                deployment,
                "listener-rule",
                "elasticloadbalancing:ModifyRule",
                rule,
                "AmazonElasticLoadBalancingV2",
                "A rule of the listener sends traffic to the target groups, which CodeDeploy changes as well.",
            );
            self.add(ask);
        }
        let (service, cluster) = self.service_of(deployment);
        let ask = self
            .by_codedeploy(
                deployment,
                "primary-task-set",
                "ecs:UpdateServicePrimaryTaskSet",
                &service,
                "AmazonECS",
                "CodeDeploy makes the replacement task set the service's primary one.",
            )
            .with("ecs:cluster", cluster);
        self.add(ask);
        self.task_set(
            deployment,
            "delete-task-set",
            "DeleteTaskSet",
            "CodeDeploy removes the task set that was replaced.",
        );
    }

    fn notify(&mut self, deployment: &Deployment<'_>) {
        for trigger in items(deployment.group, "triggerConfigurations") {
            let topic = text(trigger, "triggerTargetArn");
            let owner = account_in(topic).unwrap_or(deployment.account);
            self.add(
                Ask::new(
                    "deployment/notify",
                    Step::Deployment,
                    &deployment.who,
                    "sns:Publish",
                    topic,
                    owner,
                )
                .via(CODEDEPLOY)
                .why("The deployment group tells a topic what happens.")
                .optional()
                .refused(Words::CodeDeployCalls("AmazonSNS")),
            );
        }
    }
}

/// The functions that an AppSpec names as hooks.
fn functions(appspec: &str) -> Vec<String> {
    let Ok(document) = serde_yaml_ng::from_str::<serde_yaml_ng::Value>(appspec) else {
        return Vec::new();
    };
    let hooks = document
        .get("Hooks")
        .or_else(|| document.get("hooks"))
        .and_then(serde_yaml_ng::Value::as_sequence);
    hooks
        .into_iter()
        .flatten()
        .filter_map(serde_yaml_ng::Value::as_mapping)
        .flat_map(|hook| hook.values())
        .filter_map(|function| function.as_str().map(str::to_owned))
        .collect()
}
