//! Deploy actions: what the action itself asks, in the name of its role.
//!
//! Source: AWS CodePipeline User Guide, "Amazon Elastic Container Service and CodeDeploy blue-green deploy
//! action reference", "Amazon Elastic Container Service deploy action reference", "CodeDeploy deploy action
//! reference".

use serde_json::Value;

use super::artifact::{Object, Telling};
use super::list::{Ask, List};
use super::need::{Confidence, Step, Who};
use super::says::{Deploys, Words};
use super::scene::{Action, account_in, items, text};
use super::source::CODEPIPELINE;

pub(super) const ECS_TASKS: &str = "ecs-tasks.amazonaws.com";

/// The two roles of a task definition: id, member, and what the role is for.
const TASK_ROLES: [(&str, &str, &str); 2] = [
    ("execution-role", "executionRoleArn", "starts the tasks"),
    ("task-role", "taskRoleArn", "the application runs as"),
];

impl<'a> List<'a> {
    pub fn deploy(&mut self, action: &Action<'a>) {
        self.assume(action, "deploy");
        match action.provider {
            "CodeDeployToECS" => {
                self.input_artifacts(action);
                self.codedeploy_to_ecs(action);
            }
            "ECS" => {
                self.input_artifacts(action);
                self.ecs_action(action);
            }
            "CodeDeploy" => {
                self.input_artifacts(action);
                self.codedeploy_calls(action);
                self.gap("This action deploys to servers (provider CodeDeploy): what CodeDeploy and the servers ask is not listed. For Amazon ECS the provider is CodeDeployToECS.");
            }
            other => {
                self.input_artifacts(action);
                self.gap(format!(
                    "What a deploy action of provider {other} asks for besides its input is not known here."
                ));
            }
        }
    }

    /// The action reads its input artifacts.
    pub fn input_artifacts(&mut self, action: &Action<'a>) {
        let who = self.scene.action_session(action);
        let Some(store) = self.scene.store(self.scene.region_of(action)) else {
            self.gap("The pipeline names no artifact store for this action's Region.");
            return;
        };
        for artifact in &action.inputs {
            let key = self.scene.artifact_key(artifact);
            let words = match action.provider {
                "CodeDeployToECS" => Words::InputArtifact((*artifact).to_owned()),
                _ => Words::ArtifactObject {
                    bucket: store.bucket.to_owned(),
                    key: key.clone(),
                },
            };
            let telling = Telling {
                id: "deploy/artifact",
                step: Step::FetchArtifact,
                via: CODEPIPELINE,
                what: "the artifact that it deploys",
                words,
                optional: false,
                listed: true,
            };
            let object = Object {
                store: &store,
                key: &key,
            };
            self.read_object(&who, &object, &telling);
            self.bucket_listed(
                &who,
                store.bucket,
                &[
                    ("bucket-list", "s3:ListBucket"),
                    ("bucket-location", "s3:GetBucketLocation"),
                    ("bucket-versioning", "s3:GetBucketVersioning"),
                ],
                &telling,
            );
        }
    }

    fn codedeploy_to_ecs(&mut self, action: &Action<'a>) {
        let who = self.scene.action_session(action);
        let taskdef = self.taskdef(action);
        self.codedeploy_call(
            action,
            "application",
            "GetApplication",
            Confidence::Observed,
            "It looks up the application's compute platform.",
        );
        self.register(action, &who, taskdef);
        self.pass_roles(
            action,
            &who,
            taskdef,
            Step::Act,
            CODEPIPELINE,
            "The action registers a task definition that names the role",
            &Words::Plain {
                failure: "F33",
                seen: Confidence::Observed,
            },
        );
        for (id, name, why) in [
            (
                "register-revision",
                "RegisterApplicationRevision",
                "It registers the AppSpec as the application's revision.",
            ),
            (
                "revision",
                "GetApplicationRevision",
                "It looks the revision up.",
            ),
            (
                "deployment-config",
                "GetDeploymentConfig",
                "It looks up how traffic is shifted.",
            ),
            (
                "create-deployment",
                "CreateDeployment",
                "It starts the deployment.",
            ),
            ("deployment", "GetDeployment", "It watches the deployment."),
        ] {
            self.codedeploy_call(action, id, name, Confidence::Documented, why);
        }
        self.codedeploy(action);
        self.tasks(action, taskdef, Deploys::CodeDeploy);
    }

    /// The six calls of an action of provider CodeDeploy.
    fn codedeploy_calls(&mut self, action: &Action<'a>) {
        for (id, name, why) in [
            (
                "application",
                "GetApplication",
                "It looks up the application.",
            ),
            (
                "register-revision",
                "RegisterApplicationRevision",
                "It registers the artifact as the application's revision.",
            ),
            (
                "revision",
                "GetApplicationRevision",
                "It looks the revision up.",
            ),
            (
                "deployment-config",
                "GetDeploymentConfig",
                "It looks up how instances are taken.",
            ),
            (
                "create-deployment",
                "CreateDeployment",
                "It starts the deployment.",
            ),
            ("deployment", "GetDeployment", "It watches the deployment."),
        ] {
            self.codedeploy_call(action, id, name, Confidence::Documented, why);
        }
    }

    fn codedeploy_call(
        &mut self,
        action: &Action<'a>,
        id: &str,
        name: &str,
        asked: Confidence,
        why: &str,
    ) {
        let who = self.scene.action_session(action);
        let account = self.scene.account_of(action);
        let application = action.configured("ApplicationName").unwrap_or_default();
        let resource = match name {
            "CreateDeployment" | "GetDeployment" => {
                format!("deploymentgroup:{application}/{}", group_of(action))
            }
            "GetDeploymentConfig" => match self.deployment_config(action) {
                Some(config) => format!("deploymentconfig:{config}"),
                None => {
                    self.gap("The deployment group is not at hand: which deployment configuration is asked for (codedeploy:GetDeploymentConfig) is not listed.");
                    return;
                }
            },
            _ => format!("application:{application}"),
        };
        let failure = if name == "GetApplication" { "F58" } else { "" };
        let seen = if name == "GetApplication" {
            Confidence::Observed
        } else {
            Confidence::Reasoned
        };
        let arn = self.scene.arn(
            "codedeploy",
            self.scene.region_of(action),
            account,
            &resource,
        );
        self.add(
            Ask::new(
                format!("deploy/{id}"),
                Step::Act,
                &who,
                format!("codedeploy:{name}"),
                arn,
                account,
            )
            .via(CODEPIPELINE)
            .asked(asked)
            .why(why)
            .refused(Words::Plain { failure, seen }),
        );
    }

    fn deployment_config(&self, action: &Action<'a>) -> Option<String> {
        let group = self.deployment_group(action)?;
        Some(text(group, "deploymentConfigName").to_owned()).filter(|name| !name.is_empty())
    }

    /// The deployment group, with or without what `GetDeploymentGroup` puts around it.
    pub fn deployment_group(&self, action: &Action<'a>) -> Option<&'a Value> {
        let group = self
            .scene
            .beside(&action.place)?
            .deployment_group
            .as_ref()?;
        Some(group.get("deploymentGroupInfo").unwrap_or(group))
    }

    /// The task definition, with or without what `DescribeTaskDefinition` puts around it.
    pub fn taskdef(&self, action: &Action<'a>) -> Option<&'a Value> {
        let taskdef = self.scene.beside(&action.place)?.taskdef.as_ref()?;
        Some(taskdef.get("taskDefinition").unwrap_or(taskdef))
    }

    fn register(&mut self, action: &Action<'a>, who: &Who, taskdef: Option<&Value>) {
        let words = if action.provider == "ECS" {
            Words::EcsAction
        } else {
            Words::Plain {
                failure: "F59",
                seen: Confidence::Observed,
            }
        };
        let account = self.scene.account_of(action);
        let tags = taskdef.map(|it| items(it, "tags")).unwrap_or_default();
        let with_tags = |mut ask: Ask| {
            for tag in tags {
                ask = ask.with(
                    &format!("aws:RequestTag/{}", text(tag, "key")),
                    text(tag, "value"),
                );
            }
            ask
        };
        self.add(with_tags(
            Ask::new(
                "deploy/register-task-definition",
                Step::Act,
                who,
                "ecs:RegisterTaskDefinition",
                "*",
                account,
            )
            .via(CODEPIPELINE)
            .why("It registers the task definition. AWS prints '*' as the resource, and only that is known to allow it.")
            .refused(words.clone()),
        ));
        if tags.is_empty() {
            return;
        }
        let family = taskdef.map_or("", |it| text(it, "family"));
        let arn = self.scene.arn(
            "ecs",
            self.scene.region_of(action),
            account,
            &format!("task-definition/{family}:1"),
        );
        self.add(with_tags(
            Ask::new(
                "deploy/tag-task-definition",
                Step::Act,
                who,
                "ecs:TagResource",
                arn,
                account,
            )
            .via(CODEPIPELINE)
            .with("ecs:CreateAction", "RegisterTaskDefinition")
            .why("The task definition has tags, and the account authorises tagging.")
            .refused(words),
        ));
    }

    /// `iam:PassRole` on the roles of the tasks, by whoever hands them to ECS.
    #[expect(clippy::too_many_arguments, reason = "one request with its place")]
    pub fn pass_roles(
        &mut self,
        action: &Action<'a>,
        who: &Who,
        taskdef: Option<&Value>,
        step: Step,
        via: &str,
        why: &str,
        words: &Words,
    ) {
        let Some(taskdef) = taskdef else {
            self.gap("The task definition is not at hand: which roles are passed to ECS (iam:PassRole), and what the tasks ask when they start, is not listed.");
            return;
        };
        let account = self.scene.account_of(action);
        let prefix = if step == Step::Deployment {
            "deployment"
        } else {
            "deploy"
        };
        for (id, member, purpose) in TASK_ROLES {
            let role = text(taskdef, member);
            if role.is_empty() {
                continue;
            }
            let role = self.scene.role(role, account);
            let owner = account_in(&role).unwrap_or_default().to_owned();
            self.add(
                Ask::new(
                    format!("{prefix}/pass-{id}"),
                    step,
                    who,
                    "iam:PassRole",
                    role,
                    owner,
                )
                .via(via)
                .with("iam:PassedToService", ECS_TASKS)
                .why(format!("{why} that {purpose}."))
                .refused(words.clone()),
            );
        }
    }

    fn ecs_action(&mut self, action: &Action<'a>) {
        let who = self.scene.action_session(action);
        let account = self.scene.account_of(action);
        let region = self.scene.region_of(action);
        let cluster = action.configured("ClusterName").unwrap_or("default");
        let name = action.configured("ServiceName").unwrap_or_default();
        let service = self
            .scene
            .arn("ecs", region, account, &format!("service/{cluster}/{name}"));
        let cluster = self
            .scene
            .arn("ecs", region, account, &format!("cluster/{cluster}"));
        let taskdef = self.taskdef(action);
        let on_service = |id: &str, name: &str, why: &str| {
            Ask::new(
                format!("deploy/{id}"),
                Step::Act,
                &who,
                format!("ecs:{name}"),
                service.clone(),
                account,
            )
            .via(CODEPIPELINE)
            .with("ecs:cluster", cluster.clone())
            .why(why)
            .refused(Words::EcsAction)
        };
        self.add(on_service(
            "service",
            "DescribeServices",
            "It looks up the revision that the service runs, and watches the deployment.",
        ));
        self.add(
            Ask::new(
                "deploy/task-definition",
                Step::Act,
                &who,
                "ecs:DescribeTaskDefinition",
                "*",
                account,
            )
            .via(CODEPIPELINE)
            .why("It copies the revision that the service runs. The action is about no resource: only \"*\" allows it.")
            .refused(Words::EcsAction),
        );
        self.register(action, &who, taskdef);
        self.pass_roles(
            action,
            &who,
            taskdef,
            Step::Act,
            CODEPIPELINE,
            "The action registers a task definition that names the role",
            &Words::EcsAction,
        );
        self.add(on_service(
            "update-service",
            "UpdateService",
            "It gives the service the new revision.",
        ));
        self.native(action, &who);
        self.tasks(action, taskdef, Deploys::Ecs);
    }
}

/// The name of the deployment group.
pub(super) fn group_of<'a>(action: &Action<'a>) -> &'a str {
    action.configured("DeploymentGroupName").unwrap_or_default()
}
