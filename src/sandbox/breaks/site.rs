//! Where a break is put in: one environment's pipeline, and what belongs to it, found by looking at the world.

use serde_json::Value;

use super::entry::{Change, Strategy};
use super::words::Facts;
use crate::sandbox::services::codedeploy::Group;
use crate::sandbox::services::ecs::EcsService;
use crate::sandbox::world::World;

/// Why a break does not fit a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit(pub String);

impl Misfit {
    /// With its sentence.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// One environment's pipeline in a world.
pub struct Site<'w> {
    /// The world.
    pub world: &'w mut World,
    /// Milliseconds since 1970.
    pub now: i64,
    /// The account of the pipeline.
    pub shared: String,
    /// The Region of the pipeline.
    pub region: String,
    /// The pipeline's name.
    pub name: String,
    /// What the environment is called.
    pub environment: String,
    /// What was changed so far.
    pub changes: Vec<Change>,
    /// What `{name}`s in words are.
    pub facts: Facts,
    /// Whether a run starts by itself: a commit was made, or a run was asked for.
    pub starts: bool,
}

/// A member of a value as text, empty where it is not there.
pub fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The actions of a pipeline with the names of their stages.
pub fn actions(pipeline: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let stages = pipeline.get("stages").and_then(Value::as_array);
    stages.into_iter().flatten().flat_map(|stage| {
        let actions = stage.get("actions").and_then(Value::as_array);
        actions
            .into_iter()
            .flatten()
            .map(move |action| (text(stage, "name"), action))
    })
}

/// The first action of a category, with its stage.
pub fn action_of<'p>(pipeline: &'p Value, category: &str) -> Option<(&'p str, &'p Value)> {
    actions(pipeline).find(|(_, action)| {
        action
            .get("actionTypeId")
            .is_some_and(|kind| text(kind, "category") == category)
    })
}

/// A setting of an action.
pub fn setting<'a>(action: &'a Value, name: &str) -> &'a str {
    action
        .get("configuration")
        .map(|it| text(it, name))
        .unwrap_or_default()
}

/// The account in an ARN.
pub fn account_in(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// The last part of a path or an ARN.
pub fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl<'w> Site<'w> {
    /// The pipeline that an environment has; the first one where none is named.
    pub fn find(world: &'w mut World, environment: Option<&str>, now: i64) -> Result<Self, Misfit> {
        let all = pipelines(world);
        if all.is_empty() {
            return Err(Misfit::new(
                "there is no pipeline in this sandbox: set one up with crosspipe bootstrap --sandbox",
            ));
        }
        let known: Vec<&str> = all.iter().map(|it| it.environment.as_str()).collect();
        let found = match environment {
            None => all.first(),
            Some(wanted) => all
                .iter()
                .find(|it| it.environment == wanted || it.name == wanted),
        };
        let found = found.cloned().ok_or_else(|| {
            Misfit::new(format!(
                "no pipeline here belongs to an environment '{}': there are {}",
                environment.unwrap_or_default(),
                known.join(", ")
            ))
        })?;
        let mut site = Self {
            world,
            now,
            shared: found.account,
            region: found.region,
            name: found.name,
            environment: found.environment,
            changes: Vec::new(),
            facts: Facts::new(),
            starts: false,
        };
        site.learn();
        Ok(site)
    }

    /// The pipeline's definition.
    pub fn pipeline(&self) -> Value {
        self.world
            .regional_ref(&self.shared, &self.region)
            .and_then(|regional| regional.codepipeline.pipelines.get(&self.name))
            .map(|pipeline| pipeline.current().clone())
            .unwrap_or_default()
    }

    /// The action of a category.
    pub fn action(&self, category: &str) -> Result<Value, Misfit> {
        action_of(&self.pipeline(), category)
            .map(|(_, action)| action.clone())
            .ok_or_else(|| {
                Misfit::new(format!(
                    "the pipeline {} has no action of the category {category}",
                    self.name
                ))
            })
    }

    /// How the pipeline deploys.
    pub fn strategy(&self) -> Result<Strategy, Misfit> {
        let deploy = self.action("Deploy")?;
        let provider = deploy
            .get("actionTypeId")
            .map(|kind| text(kind, "provider"))
            .unwrap_or_default();
        match provider {
            "CodeDeployToECS" => Ok(Strategy::CodedeployBlueGreen),
            "ECS" => {
                let service = self.service()?;
                let strategy = service
                    .settings
                    .pointer("/deploymentConfiguration/strategy")
                    .and_then(Value::as_str)
                    .unwrap_or("ROLLING");
                Ok(match strategy {
                    "ROLLING" => Strategy::EcsRolling,
                    _ => Strategy::EcsBlueGreen,
                })
            }
            other => Err(Misfit::new(format!(
                "the pipeline {} deploys with the provider {other}: something was broken in it before",
                self.name
            ))),
        }
    }

    /// The role of the pipeline.
    pub fn pipeline_role(&self) -> String {
        text(&self.pipeline(), "roleArn").to_owned()
    }

    /// The role that the deploy action works as.
    pub fn deploy_role(&self) -> Result<String, Misfit> {
        let action = self.action("Deploy")?;
        match text(&action, "roleArn") {
            "" => Err(Misfit::new(
                "the deploy action has no role of its own: this pipeline does not cross accounts",
            )),
            role => Ok(role.to_owned()),
        }
    }

    /// The account that is deployed to.
    pub fn account(&self) -> Result<String, Misfit> {
        Ok(account_in(&self.deploy_role()?).to_owned())
    }

    /// The build project: its name and its definition.
    pub fn project(&self) -> Result<(String, Value), Misfit> {
        let name = setting(&self.action("Build")?, "ProjectName").to_owned();
        let found = self
            .world
            .regional_ref(&self.shared, &self.region)
            .and_then(|regional| regional.codebuild.projects.get(&name));
        match found {
            Some(project) => Ok((name, project.body.clone())),
            None => Err(Misfit::new(format!("there is no build project {name}"))),
        }
    }

    /// The role of the build.
    pub fn build_role(&self) -> Result<String, Misfit> {
        let (_, project) = self.project()?;
        Ok(text(&project, "serviceRole").to_owned())
    }

    /// The role that the build becomes to push: the one that a variable of the project names.
    pub fn push_role(&self) -> Result<String, Misfit> {
        let (_, project) = self.project()?;
        let variables = project.pointer("/environment/environmentVariables");
        variables
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|variable| text(variable, "value"))
            .find(|value| crate::sandbox::authorize::role(self.world, value).is_some())
            .map(str::to_owned)
            .ok_or_else(|| {
                Misfit::new("no variable of the build project names the role that pushes")
            })
    }

    /// The artifact bucket.
    pub fn bucket(&self) -> Result<String, Misfit> {
        let pipeline = self.pipeline();
        let store = pipeline.get("artifactStore").unwrap_or(&Value::Null);
        let name = text(store, "location");
        if self.world.buckets.contains_key(name) {
            Ok(name.to_owned())
        } else {
            Err(Misfit::new(format!("there is no artifact bucket '{name}'")))
        }
    }

    /// The ARN of the key that artifacts are encrypted with.
    pub fn key(&self) -> Result<String, Misfit> {
        let pipeline = self.pipeline();
        let id = pipeline
            .pointer("/artifactStore/encryptionKey/id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if id.contains(":key/") {
            Ok(id.to_owned())
        } else {
            Err(Misfit::new(
                "the pipeline does not encrypt its artifacts with a key that it names by its ARN",
            ))
        }
    }

    /// The repository and the branch that the pipeline reads.
    pub fn branch(&self) -> Result<(String, String), Misfit> {
        let source = self.action("Source")?;
        let name = match setting(&source, "RepositoryName") {
            "" => last(setting(&source, "FullRepositoryId")).to_owned(),
            name => name.to_owned(),
        };
        Ok((name, setting(&source, "BranchName").to_owned()))
    }

    /// The deployment group of CodeDeploy: the application's name, and the group.
    pub fn group(&self) -> Result<(String, Group), Misfit> {
        let deploy = self.action("Deploy")?;
        let (application, name) = (
            setting(&deploy, "ApplicationName"),
            setting(&deploy, "DeploymentGroupName"),
        );
        let account = self.account()?;
        let found = self
            .world
            .regional_ref(&account, &self.region)
            .and_then(|regional| regional.codedeploy.applications.get(application))
            .and_then(|application| application.groups.get(name));
        match found {
            Some(group) => Ok((application.to_owned(), group.clone())),
            None => Err(Misfit::new(
                "the pipeline does not deploy with a deployment group of CodeDeploy",
            )),
        }
    }

    /// The cluster's and the service's name.
    pub fn service_name(&self) -> Result<(String, String), Misfit> {
        let deploy = self.action("Deploy")?;
        let (cluster, service) = (
            setting(&deploy, "ClusterName"),
            setting(&deploy, "ServiceName"),
        );
        if !service.is_empty() {
            return Ok((last(cluster).to_owned(), last(service).to_owned()));
        }
        let (_, group) = self.group()?;
        group
            .ecs_service()
            .map(|(cluster, service)| (last(cluster).to_owned(), last(service).to_owned()))
            .ok_or_else(|| Misfit::new("the deployment group has no ECS service"))
    }

    /// The service that is deployed to.
    pub fn service(&self) -> Result<EcsService, Misfit> {
        let (cluster, name) = self.service_name()?;
        let account = self.account()?;
        self.world
            .regional_ref(&account, &self.region)
            .and_then(|regional| regional.ecs.service(&cluster, &name))
            .cloned()
            .ok_or_else(|| {
                Misfit::new(format!(
                    "there is no ECS service {name} in the cluster {cluster}"
                ))
            })
    }

    /// The task definition that the service runs.
    pub fn running(&self) -> Result<Value, Misfit> {
        let service = self.service()?;
        let arn = service
            .task_sets
            .iter()
            .find(|set| set.status == "PRIMARY")
            .map(|set| set.task_definition.clone())
            .or(service.task_definition)
            .unwrap_or_default();
        let account = self.account()?;
        let found = self
            .world
            .regional_ref(&account, &self.region)
            .and_then(|regional| regional.ecs.task_definition(&arn));
        let mut body = found
            .map(|it| it.body.clone())
            .ok_or_else(|| Misfit::new("the service has no task definition"))?;
        if let Some(members) = body.as_object_mut() {
            members.insert("taskDefinitionArn".to_owned(), Value::String(arn));
        }
        Ok(body)
    }

    /// The role that ECS starts tasks with: of the file that is deployed, or of what the service runs.
    pub fn execution_role(&self) -> Result<String, Misfit> {
        self.task_roles("executionRoleArn", "execution role")
    }

    /// The role of the tasks themselves.
    pub fn task_role(&self) -> Result<String, Misfit> {
        self.task_roles("taskRoleArn", "task role")
    }

    fn task_roles(&self, member: &str, what: &str) -> Result<String, Misfit> {
        let file = self.taskdef_file().ok().map(|(_, document)| document);
        let of_file = file.as_ref().map(|it| text(it, member)).unwrap_or_default();
        if !of_file.is_empty() {
            return Ok(of_file.to_owned());
        }
        let running = self.running()?;
        match text(&running, member) {
            "" => Err(Misfit::new(format!("the task definition has no {what}"))),
            role => Ok(role.to_owned()),
        }
    }

    /// The repository of the environment's account that the build pushes to: its name.
    pub fn image_repository(&self) -> Result<String, Misfit> {
        let account = self.account()?;
        let (_, project) = self.project()?;
        let variables = project
            .pointer("/environment/environmentVariables")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let ecr = self
            .world
            .regional_ref(&account, &self.region)
            .map(|regional| &regional.ecr.repositories);
        let known = |name: &str| ecr.is_some_and(|it| it.contains_key(name));
        let named = variables
            .iter()
            .map(|variable| text(variable, "value"))
            .find(|value| known(value))
            .map(str::to_owned);
        named
            .or_else(|| ecr.and_then(|it| it.keys().next().cloned()))
            .ok_or_else(|| Misfit::new(format!("account {account} has no image repository")))
    }

    /// Learns what `{name}`s in words are.
    fn learn(&mut self) {
        let deploy = self.action("Deploy").unwrap_or_default();
        let artifact = deploy
            .pointer("/inputArtifacts/0/name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let branch = self.branch().unwrap_or_default();
        let service = self.service_name().unwrap_or_default();
        let listener = self.listener().unwrap_or_default();
        let project = setting(&self.action("Build").unwrap_or_default(), "ProjectName").to_owned();
        let group = setting(&deploy, "DeploymentGroupName").to_owned();
        let roles = [
            ("pipeline-role", Some(self.pipeline_role())),
            ("deploy-role", self.deploy_role().ok()),
            ("build-role", self.build_role().ok()),
            ("push-role", self.push_role().ok()),
            ("codedeploy-role", self.group().ok().map(|(_, it)| it.role)),
            ("execution-role", self.execution_role().ok()),
            ("task-role", self.task_role().ok()),
            ("infrastructure-role", self.infrastructure_role().ok()),
        ];
        for (name, arn) in roles {
            if let Some(arn) = arn {
                self.facts.insert(short(name), last(&arn).to_owned());
                self.facts.insert(name, arn);
            }
        }
        let (region, pipeline) = (self.region.clone(), self.name.clone());
        for (name, value) in [
            ("region", region),
            ("pipeline", pipeline),
            ("artifact", artifact),
            ("shared", self.shared.clone()),
            ("account", self.account().unwrap_or_default()),
            ("bucket", self.bucket().unwrap_or_default()),
            ("key", self.key().unwrap_or_default()),
            ("repository", branch.0),
            ("branch", branch.1),
            ("cluster", service.0),
            ("service", service.1),
            ("listener", listener),
            ("project", project),
            (
                "application",
                setting(&deploy, "ApplicationName").to_owned(),
            ),
            ("group", group),
            (
                "image-repository",
                self.image_repository().unwrap_or_default(),
            ),
        ] {
            self.facts.insert(name, value);
        }
    }
}

/// The name of a fact that holds a role's name alone.
fn short(role: &str) -> &'static str {
    match role {
        "pipeline-role" => "pipeline-role-name",
        "deploy-role" => "deploy-role-name",
        "build-role" => "build-role-name",
        "push-role" => "push-role-name",
        "codedeploy-role" => "codedeploy-role-name",
        "execution-role" => "execution-role-name",
        "task-role" => "task-role-name",
        _ => "infrastructure-role-name",
    }
}

/// A pipeline, and the environment that it is for.
#[derive(Debug, Clone)]
struct Found {
    account: String,
    region: String,
    name: String,
    environment: String,
}

/// The pipelines of a world that deploy somewhere.
fn pipelines(world: &World) -> Vec<Found> {
    let mut found = Vec::new();
    for (account, content) in &world.accounts {
        for (region, regional) in &content.regions {
            for (name, pipeline) in &regional.codepipeline.pipelines {
                let declared = pipeline.current();
                if action_of(declared, "Deploy").is_none() {
                    continue;
                }
                let project = action_of(declared, "Build")
                    .map(|(_, action)| setting(action, "ProjectName"))
                    .and_then(|project| regional.codebuild.projects.get(project));
                let of_project = project.and_then(|project| environment_of(&project.body));
                found.push(Found {
                    account: account.clone(),
                    region: region.clone(),
                    environment: of_project.unwrap_or_else(|| name.clone()),
                    name: name.clone(),
                });
            }
        }
    }
    found
}

/// The environment that a build project says it is for: its variable `ENVIRONMENT`.
fn environment_of(project: &Value) -> Option<String> {
    project
        .pointer("/environment/environmentVariables")?
        .as_array()?
        .iter()
        .find(|variable| text(variable, "name") == "ENVIRONMENT")
        .map(|variable| text(variable, "value").to_owned())
        .filter(|value| !value.is_empty())
}
