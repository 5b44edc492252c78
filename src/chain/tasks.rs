//! What ECS asks: to shift traffic by itself, and to start tasks.
//!
//! Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role", "Amazon ECS task IAM role",
//! "Amazon ECS infrastructure IAM role for load balancers"; AWS Managed Policy Reference,
//! AmazonECSInfrastructureRolePolicyForLoadBalancers.

use serde_json::Value;

use super::artifact::{Object, Telling};
use super::buildspec::{PULL, image, pushed};
use super::deploy::ECS_TASKS;
use super::list::{Ask, List};
use super::need::{Actor, Confidence, Step, Who};
use super::says::{Deploys, TaskTold, Words};
use super::scene::{Action, Store, account_in, bucket_and_key, items, region_in, session, text};
use super::source::CODEPIPELINE;

const ECS: &str = "ecs.amazonaws.com";

impl<'a> List<'a> {
    /// Blue/green, linear and canary deployments by ECS itself.
    pub fn native(&mut self, action: &Action<'a>, who: &Who) {
        let Some(service) = self
            .scene
            .beside(&action.place)
            .and_then(|beside| beside.service.as_ref())
        else {
            self.gap("The ECS service is not at hand: whether it shifts traffic by itself, with a role of its own, is not listed.");
            return;
        };
        let strategy = service
            .get("deploymentConfiguration")
            .map_or("", |config| text(config, "strategy"));
        if !matches!(strategy, "BLUE_GREEN" | "LINEAR" | "CANARY") {
            return;
        }
        let account = self.scene.account_of(action);
        for balancer in items(service, "loadBalancers") {
            let advanced = balancer
                .get("advancedConfiguration")
                .unwrap_or(&Value::Null);
            let role = text(advanced, "roleArn");
            if role.is_empty() {
                continue;
            }
            let role = self.scene.role(role, account);
            self.add(
                Ask::new(
                    "deploy/pass-infrastructure-role",
                    Step::Act,
                    who,
                    "iam:PassRole",
                    role.clone(),
                    account_in(&role).unwrap_or_default(),
                )
                .via(CODEPIPELINE)
                .with("iam:PassedToService", ECS)
                .why("The service has a role to shift traffic with. Whether an update that does not name it asks for it again is not documented.")
                .refused(Words::EcsAction)
                .listed_only(),
            );
            self.infrastructure(action, &role, balancer, advanced);
        }
        let hooks = service
            .get("deploymentConfiguration")
            .map_or(&[][..], |config| items(config, "lifecycleHooks"));
        if !hooks.is_empty() {
            self.gap("The service calls hooks while it deploys: what they ask is not listed.");
        }
    }

    fn infrastructure(
        &mut self,
        action: &Action<'a>,
        role: &str,
        balancer: &Value,
        advanced: &Value,
    ) {
        let account = self.scene.account_of(action);
        // AWS documents no context key for this trust, so it is asked without.
        self.add(
            Ask::new(
                "deployment/infrastructure-role",
                Step::Deployment,
                &Who::Service(ECS.to_owned()),
                "sts:AssumeRole",
                role,
                account_in(role).unwrap_or_default(),
            )
            .via(ECS)
            .why("ECS takes on the role that shifts the service's traffic.")
            .refused(Words::EcsDeployment),
        );
        let who = session(
            Actor::Infrastructure,
            role,
            "ECSNetworkingWithELB".to_owned(),
            "ECSNetworkingWithELB|ecs-service-scheduler",
        );
        let mut add = |id: &str, name: &str, resource: &str, why: &str| {
            self.add(
                Ask::new(
                    format!("deployment/{id}"),
                    Step::Deployment,
                    &who,
                    format!("elasticloadbalancing:{name}"),
                    resource,
                    account,
                )
                .via(ECS)
                .why(why)
                .refused(Words::EcsDeployment),
            );
        };
        for (id, name) in [
            ("target-groups", "DescribeTargetGroups"),
            ("listeners", "DescribeListeners"),
            ("rules", "DescribeRules"),
            ("target-health", "DescribeTargetHealth"),
        ] {
            add(id, name, "*", "ECS looks at the load balancer.");
        }
        for group in [
            text(balancer, "targetGroupArn"),
            text(advanced, "alternateTargetGroupArn"),
        ] {
            if !group.is_empty() {
                add(
                    "register",
                    "RegisterTargets",
                    group,
                    "ECS puts the new tasks behind the load balancer.",
                );
                add(
                    "deregister",
                    "DeregisterTargets",
                    group,
                    "ECS takes the old tasks from behind the load balancer.",
                );
            }
        }
        for rule in [
            text(advanced, "testListenerRule"),
            text(advanced, "productionListenerRule"),
        ] {
            if rule.contains(":listener-rule/") {
                add(
                    "listener-rule",
                    "ModifyRule",
                    rule,
                    "ECS shifts the traffic of the rule.",
                );
            } else if !rule.is_empty() {
                add(
                    "listener",
                    "ModifyListener",
                    rule,
                    "ECS shifts the traffic of the listener.",
                );
            }
        }
    }

    /// ECS starts the new tasks.
    pub fn tasks(&mut self, action: &Action<'a>, taskdef: Option<&'a Value>, deploys: Deploys) {
        let Some(taskdef) = taskdef else {
            return;
        };
        let account = self.scene.account_of(action);
        let region = self.scene.region_of(action);
        let task = self.scene.arn(
            "ecs",
            region,
            account,
            &format!("task/{}", self.scene.task_id()),
        );
        for (id, member) in [
            ("execution-role", "executionRoleArn"),
            ("task-role", "taskRoleArn"),
        ] {
            let role = text(taskdef, member);
            if !role.is_empty() {
                let role = self.scene.role(role, account);
                self.trust(
                    &format!("task/{id}"),
                    Step::StartTask,
                    ECS_TASKS,
                    &role,
                    &task,
                    Words::Task {
                        told: TaskTold::Role,
                        deploys,
                    },
                );
            }
        }
        let role = text(taskdef, "executionRoleArn");
        if role.is_empty() {
            self.gap("The task definition has no executionRoleArn: on Fargate nothing can be pulled from Amazon ECR and no log written without it.");
            return;
        }
        let role = self.scene.role(role, account);
        let mut start = Start {
            who: self.scene.execution_session(&role),
            account,
            region,
            deploys,
            logged_in: false,
        };
        for container in items(taskdef, "containerDefinitions") {
            self.pull(action, container, &mut start);
            self.secrets(container, &start);
            self.container_logs(container, &start);
            self.environment_files(container, &start);
        }
    }

    fn by_task(
        &self,
        start: &Start<'_>,
        id: &str,
        name: &str,
        resource: &str,
        owner: &str,
        told: TaskTold,
    ) -> Ask {
        Ask::new(
            format!("task/{id}"),
            Step::StartTask,
            &start.who,
            name,
            resource,
            owner,
        )
        .via(ECS_TASKS)
        .refused(Words::Task {
            told,
            deploys: start.deploys,
        })
    }

    fn pull(&mut self, action: &Action<'a>, container: &Value, start: &mut Start<'_>) {
        let written = text(container, "image");
        let own = image(self.scene, written);
        // A placeholder, and with the provider ECS any image, becomes what the build pushed.
        let replaced = written.contains('<') || action.provider == "ECS";
        let mut repositories: Vec<String> = Vec::new();
        if replaced {
            for earlier in self.scene.actions() {
                if earlier.precedes(action) && matches!(earlier.provider, "CodeBuild" | "ECR") {
                    repositories.extend(self.made_by(&earlier));
                }
            }
            repositories.extend(
                self.scene
                    .beside(&action.place)
                    .into_iter()
                    .flat_map(|beside| beside.registries.iter().map(|it| it.repository.clone())),
            );
            // Only images for the account that is deployed to, where there are such.
            let here: Vec<String> = repositories
                .iter()
                .filter(|it| account_in(it) == Some(start.account))
                .cloned()
                .collect();
            if !here.is_empty() {
                repositories = here;
            }
        }
        if repositories.is_empty() {
            repositories.extend(own.map(|image| image.repository));
        }
        repositories.sort();
        repositories.dedup();
        if repositories.is_empty() {
            if replaced && written.contains('<') {
                self.gap(format!(
                    "Which image takes the place of {written} is not at hand: what the tasks ask to pull it is not listed."
                ));
            }
            return;
        }
        if !start.logged_in {
            start.logged_in = true;
            let ask = self
                .by_task(
                    start,
                    "login",
                    "ecr:GetAuthorizationToken",
                    "*",
                    start.account,
                    TaskTold::Login,
                )
                .why("ECS logs in to the registry. The action is about no resource: only \"*\" allows it.");
            self.add(ask);
        }
        for repository in repositories {
            let owner = account_in(&repository).unwrap_or_default().to_owned();
            let region = region_in(&repository).unwrap_or_default();
            let name = repository
                .split_once(":repository/")
                .map_or("", |(_, name)| name);
            let address = format!(
                "{owner}.dkr.ecr.{region}.{}/{name}",
                self.scene.run.region.dns_suffix()
            );
            for (id, name, why) in PULL {
                let told = TaskTold::Pull {
                    repository: address.clone(),
                };
                let ask = self
                    .by_task(
                        start,
                        &format!("pull-{id}"),
                        &format!("ecr:{name}"),
                        &repository,
                        &owner,
                        told,
                    )
                    .why(why);
                self.add(ask);
            }
            let ask = self
                .by_task(
                    start,
                    "pull-check-layers",
                    "ecr:BatchCheckLayerAvailability",
                    &repository,
                    &owner,
                    TaskTold::Pull {
                        repository: address,
                    },
                )
                .why("AWS lists it for the task execution role.")
                .listed_only();
            self.add(ask);
        }
    }

    /// The repositories whose images an action hands on.
    fn made_by(&self, action: &Action<'a>) -> Vec<String> {
        if action.provider == "ECR" {
            let name = action.configured("RepositoryName").unwrap_or_default();
            return vec![self.scene.arn(
                "ecr",
                self.scene.region_of(action),
                self.scene.account_of(action),
                &format!("repository/{name}"),
            )];
        }
        pushed(self.scene, action)
    }

    fn secrets(&mut self, container: &Value, start: &Start<'_>) {
        let logging = container.get("logConfiguration").unwrap_or(&Value::Null);
        let references = items(container, "secrets")
            .iter()
            .chain(items(logging, "secretOptions"))
            .map(|secret| text(secret, "valueFrom"));
        let registry = container
            .get("repositoryCredentials")
            .map(|it| text(it, "credentialsParameter"));
        for reference in references.chain(registry) {
            if reference.is_empty() {
                continue;
            }
            let is_secret = reference.contains(":secretsmanager:");
            let (id, name, arn, told) = if is_secret {
                let arn = self.secret_arn(start.region, start.account, reference);
                let told = TaskTold::Secret { arn: arn.clone() };
                ("secret", "secretsmanager:GetSecretValue", arn, told)
            } else {
                (
                    "parameter",
                    "ssm:GetParameters",
                    self.parameter_arn(start.region, start.account, reference),
                    TaskTold::Parameters,
                )
            };
            let owner = account_in(&arn).unwrap_or_default().to_owned();
            let ask = self
                .by_task(start, id, name, &arn, &owner, told)
                .why("A container gets a value from there when it starts.");
            self.add(ask);
            self.gap(format!(
                "Which key {arn} is encrypted with is not at hand: with a key of your own the task execution role needs kms:Decrypt on it, which is not listed."
            ));
        }
    }

    fn container_logs(&mut self, container: &Value, start: &Start<'_>) {
        let logging = container.get("logConfiguration").unwrap_or(&Value::Null);
        if text(logging, "logDriver") != "awslogs" {
            return;
        }
        let options = logging.get("options").unwrap_or(&Value::Null);
        let group = text(options, "awslogs-group");
        let region = Some(text(options, "awslogs-region"))
            .filter(|region| !region.is_empty())
            .unwrap_or(start.region);
        let name = text(container, "name");
        let stream = match text(options, "awslogs-stream-prefix") {
            "" => self.scene.task_id().to_owned(),
            prefix => format!("{prefix}/{name}/{}", self.scene.task_id()),
        };
        let arn = |stream: &str| {
            self.scene.arn(
                "logs",
                region,
                start.account,
                &format!("log-group:{group}:log-stream:{stream}"),
            )
        };
        let (of_group, of_stream) = (arn(""), arn(&stream));
        if text(options, "awslogs-create-group") == "true" {
            let ask = self
                .by_task(
                    start,
                    "log-group",
                    "logs:CreateLogGroup",
                    &of_group,
                    start.account,
                    TaskTold::LogGroup,
                )
                .why(
                    "The container's log group is made with the first task (awslogs-create-group).",
                );
            self.add(ask);
        }
        for (id, name, why) in [
            (
                "log-stream",
                "logs:CreateLogStream",
                "ECS opens the container's log.",
            ),
            (
                "log-events",
                "logs:PutLogEvents",
                "ECS writes the container's log.",
            ),
        ] {
            let ask = self
                .by_task(
                    start,
                    id,
                    name,
                    &of_stream,
                    start.account,
                    TaskTold::LogStream,
                )
                .why(why);
            self.add(ask);
        }
    }

    fn environment_files(&mut self, container: &Value, start: &Start<'_>) {
        for file in items(container, "environmentFiles") {
            let (bucket, key) = bucket_and_key(text(file, "value"));
            let store = Store {
                bucket,
                encryption: self.default_encryption(bucket),
            };
            let telling = Telling {
                id: "task/environment-file",
                step: Step::StartTask,
                via: ECS_TASKS,
                what: "a file with environment variables",
                words: Words::Task {
                    told: TaskTold::File,
                    deploys: start.deploys,
                },
                optional: false,
                listed: false,
            };
            self.read_object(&start.who, &Object { store: &store, key }, &telling);
            let ask = self
                .bucket(
                    "task/environment-bucket",
                    Step::StartTask,
                    &start.who,
                    "s3:GetBucketLocation",
                    bucket,
                )
                .via(ECS_TASKS)
                .asked(Confidence::Documented)
                .why("ECS looks where the bucket of the file is.")
                .refused(telling.words.clone());
            self.add(ask);
        }
    }
}

/// Tasks that are started.
struct Start<'a> {
    who: Who,
    account: &'a str,
    region: &'a str,
    deploys: Deploys,
    logged_in: bool,
}
