//! Two accounts with a pipeline between them, and a clock that the test moves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sandbox::blobs::Blobs;
use crate::sandbox::service::{Answer, Call, Caller, Service};
use crate::sandbox::services::s3::state::{Bucket, Encryption};
use crate::sandbox::services::{
    codebuild, codecommit, codedeploy, codepipeline, ecr, elbv2, eventbridge, iam, kms,
};
use crate::sandbox::world::{PlatformSeed, World};
use crate::sandbox::{archive, clockwork, documents, platform};

pub const SHARED: &str = "111111111111";
pub const DEV: &str = "222222222222";
pub const REGION: &str = "ap-northeast-2";
pub const BUCKET: &str = "artifacts-111111111111";

pub const PIPELINE_ROLE: &str = "arn:aws:iam::111111111111:role/pipeline";
pub const DEPLOY_ROLE: &str = "arn:aws:iam::222222222222:role/deploy";
pub const PUSH_ROLE: &str = "arn:aws:iam::222222222222:role/push";

/// The buildspec of the tests: pushes as a role of the environment, and hands over three files.
const BUILDSPEC: &str = r#"version: 0.2
env:
  shell: bash
phases:
  pre_build:
    on-failure: ABORT
    commands:
      - export IMAGE="$REGISTRY/orders:${COMMIT_ID:0:12}"
      - mkdir -p out
      - cp "deploy/dev/taskdef.json" "deploy/dev/appspec.yaml" out/
  build:
    on-failure: ABORT
    commands:
      - docker build --tag "$IMAGE" .
      - |
        (
          CREDENTIALS=$(aws sts assume-role --role-arn "$PUSH_ROLE_ARN" --role-session-name build --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text) || exit 1
          read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<< "$CREDENTIALS"
          export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
          aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY" || exit 1
          docker push "$IMAGE" || exit 1
          printf '{"ImageURI":"%s"}' "$IMAGE" > out/imageDetail.json
        )
artifacts:
  base-directory: out
  files: [appspec.yaml, taskdef.json, imageDetail.json]
"#;

const APPSPEC: &str = r#"version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          ContainerName: orders
          ContainerPort: 8080
"#;

pub struct Ground {
    pub world: World,
    pub blobs: Blobs,
    pub now: i64,
}

fn trust(principal: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}).to_string()
}

fn taskdef() -> String {
    json!({
        "family": "orders",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::222222222222:role/exec",
        "containerDefinitions": [{
            "name": "orders",
            "image": "<IMAGE1_NAME>",
            "essential": true,
            "portMappings": [{"containerPort": 8080}],
        }],
    })
    .to_string()
}

pub fn action(name: &str, category: &str, provider: &str, order: i64) -> Value {
    json!({
        "name": name,
        "runOrder": order,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
    })
}

/// Source, build and deployment of one environment.
pub fn pipeline() -> Value {
    let mut source = action("Source", "Source", "CodeCommit", 1);
    source["namespace"] = json!("Source");
    source["configuration"] = json!({"RepositoryName": "orders", "BranchName": "develop", "PollForSourceChanges": "false"});
    source["outputArtifacts"] = json!([{"name": "SourceArtifact"}]);
    let mut build = action("Build", "Build", "CodeBuild", 1);
    let variables =
        json!([{"name": "COMMIT_ID", "value": "#{Source.CommitId}", "type": "PLAINTEXT"}]);
    build["configuration"] =
        json!({"ProjectName": "orders-dev", "EnvironmentVariables": variables.to_string()});
    build["inputArtifacts"] = json!([{"name": "SourceArtifact"}]);
    build["outputArtifacts"] = json!([{"name": "BuildArtifact"}]);
    let mut deploy = action("Deploy", "Deploy", "CodeDeployToECS", 1);
    deploy["configuration"] = json!({
        "ApplicationName": "orders",
        "DeploymentGroupName": "orders",
        "TaskDefinitionTemplateArtifact": "BuildArtifact",
        "AppSpecTemplateArtifact": "BuildArtifact",
        "Image1ArtifactName": "BuildArtifact",
        "Image1ContainerName": "IMAGE1_NAME",
    });
    deploy["inputArtifacts"] = json!([{"name": "BuildArtifact"}]);
    deploy["roleArn"] = json!(DEPLOY_ROLE);
    json!({
        "name": "orders-dev-the-name-is-long",
        "roleArn": PIPELINE_ROLE,
        "artifactStore": {"type": "S3", "location": BUCKET},
        "stages": [
            {"name": "Source", "actions": [source]},
            {"name": "Build", "actions": [build]},
            {"name": "Deploy", "actions": [deploy]},
        ],
    })
}

/// The pipeline's source, and one manual approval.
pub fn approved() -> Value {
    let mut pipeline = pipeline();
    pipeline["name"] = json!("approved");
    pipeline["pipelineType"] = json!("V2");
    pipeline["stages"][1] =
        json!({"name": "Approve", "actions": [action("Ask", "Approval", "Manual", 1)]});
    pipeline["stages"].as_array_mut().unwrap().truncate(2);
    pipeline
}

impl Ground {
    /// Everything but a pipeline.
    pub fn new() -> Self {
        let mut ground = Self {
            world: World::default(),
            blobs: Blobs::memory(),
            now: 1_772_366_400_000,
        };
        for account in [SHARED, DEV] {
            iam::open_account(&mut ground.world, account, ground.now);
        }
        ground.roles();
        ground.key_and_bucket();
        ground.environment();
        ground.repository();
        ground.project();
        ground
    }

    /// With the pipeline that crosses the accounts, and the rule that starts it.
    pub fn with_pipeline() -> Self {
        let mut ground = Self::new();
        ground.make(&ground.encrypted(pipeline()));
        ground.advance(60);
        ground.rule("orders-dev-the-name-is-long");
        ground
    }

    pub fn encrypted(&self, mut pipeline: Value) -> Value {
        pipeline["artifactStore"]["encryptionKey"] = json!({"id": self.key(), "type": "KMS"});
        pipeline
    }

    pub fn make(&mut self, pipeline: &Value) {
        let input = json!({"pipeline": pipeline});
        self.ok(SHARED, &codepipeline::SERVICE, "CreatePipeline", input);
    }

    fn call(&self, account: &str, input: Value) -> Call {
        let arn = format!("arn:aws:iam::{account}:user/administrator");
        Call {
            caller: Caller {
                account: account.to_owned(),
                arn: arn.clone(),
                user_id: "AIDAEXAMPLE".into(),
                principal_arn: arn,
            },
            region: REGION.into(),
            input,
            now: self.now,
            request_id: "request".into(),
        }
    }

    pub fn ask(
        &mut self,
        account: &str,
        service: &Service,
        operation: &str,
        input: Value,
    ) -> Answer {
        let found = service.operations.iter().find(|o| o.name == operation);
        let found = found.unwrap_or_else(|| panic!("no operation {operation}"));
        let call = self.call(account, input);
        (found.run)(&mut self.world, &call)
    }

    #[track_caller]
    pub fn ok(&mut self, account: &str, service: &Service, operation: &str, input: Value) -> Value {
        self.ask(account, service, operation, input)
            .unwrap_or_else(|fault| panic!("{operation}: {} {}", fault.code, fault.message))
    }

    /// An operation of CodePipeline in the shared account.
    #[track_caller]
    pub fn pipelines(&mut self, operation: &str, input: Value) -> Value {
        self.ok(SHARED, &codepipeline::SERVICE, operation, input)
    }

    #[track_caller]
    pub fn refused(&mut self, operation: &str, input: Value) -> String {
        match self.ask(SHARED, &codepipeline::SERVICE, operation, input) {
            Ok(answer) => panic!("{operation} answered {answer}"),
            Err(fault) => fault.code,
        }
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: i64) {
        self.now += seconds * 1000;
        clockwork::advance(&mut self.world, &self.blobs, self.now);
    }

    fn role(&mut self, account: &str, name: &str, trusted: Value, actions: &[&str]) {
        self.ok(
            account,
            &iam::SERVICE,
            "CreateRole",
            json!({"RoleName": name, "AssumeRolePolicyDocument": trust(trusted)}),
        );
        self.allow(account, name, actions);
    }

    /// Sets what a role may do.
    pub fn allow(&mut self, account: &str, role: &str, actions: &[&str]) {
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]});
        self.ok(
            account,
            &iam::SERVICE,
            "PutRolePolicy",
            json!({"RoleName": role, "PolicyName": "p", "PolicyDocument": policy.to_string()}),
        );
    }

    fn roles(&mut self) {
        let service = |name: &str| json!({"Service": format!("{name}.amazonaws.com")});
        let root = json!({"AWS": format!("arn:aws:iam::{SHARED}:root")});
        self.role(
            SHARED,
            "pipeline",
            service("codepipeline"),
            &[
                "s3:*",
                "kms:*",
                "codecommit:*",
                "codebuild:*",
                "sts:AssumeRole",
            ],
        );
        self.role(
            SHARED,
            "build",
            service("codebuild"),
            &["s3:*", "kms:*", "logs:*", "sts:AssumeRole"],
        );
        self.role(
            SHARED,
            "events",
            service("events"),
            &["codepipeline:StartPipelineExecution"],
        );
        self.role(
            DEV,
            "deploy",
            root.clone(),
            &["s3:*", "kms:*", "codedeploy:*", "ecs:*", "iam:PassRole"],
        );
        self.role(DEV, "push", root, &["ecr:*"]);
        self.role(
            DEV,
            "codedeploy",
            service("codedeploy"),
            &[
                "ecs:*",
                "elasticloadbalancing:*",
                "iam:PassRole",
                "cloudwatch:*",
                "lambda:*",
                "sns:*",
            ],
        );
        self.role(DEV, "exec", service("ecs-tasks"), &["ecr:*", "logs:*"]);
    }

    fn key_and_bucket(&mut self) {
        let policy = |action: &str, resource: Value| {
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "own", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{SHARED}:root")}, "Action": format!("{action}:*"), "Resource": resource},
                {"Sid": "dev", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")}, "Action": format!("{action}:*"), "Resource": resource},
            ]})
            .to_string()
        };
        self.ok(
            SHARED,
            &kms::SERVICE,
            "CreateKey",
            json!({"Policy": policy("kms", json!("*"))}),
        );
        let key = self.key();
        let resources = json!([
            format!("arn:aws:s3:::{BUCKET}"),
            format!("arn:aws:s3:::{BUCKET}/*")
        ]);
        let stored = documents::Stored::read(&self.world, &policy("s3", resources)).unwrap();
        self.world.buckets.insert(
            BUCKET.into(),
            Bucket {
                owner: SHARED.into(),
                region: REGION.into(),
                versioning: Some("Enabled".into()),
                encryption: Encryption {
                    algorithm: "aws:kms".into(),
                    key: Some(key),
                    bucket_key: true,
                },
                policy: Some(stored),
                ..Bucket::default()
            },
        );
    }

    /// The ARN of the artifacts' key.
    pub fn key(&self) -> String {
        let keys = &self.world.accounts[SHARED].regions[REGION].kms.keys;
        let id = keys.keys().next().unwrap();
        format!("arn:aws:kms:{REGION}:{SHARED}:key/{id}")
    }

    fn environment(&mut self) {
        platform::leave(
            &mut self.world,
            &PlatformSeed {
                account: DEV.into(),
                region: REGION.into(),
                application: "orders".into(),
                ..PlatformSeed::default()
            },
            self.now,
        )
        .unwrap();
        self.ok(
            DEV,
            &ecr::SERVICE,
            "CreateRepository",
            json!({"repositoryName": "orders"}),
        );
        self.ok(
            DEV,
            &codedeploy::SERVICE,
            "CreateApplication",
            json!({"applicationName": "orders", "computePlatform": "ECS"}),
        );
        let listener = self.listener();
        self.ok(DEV, &codedeploy::SERVICE, "CreateDeploymentGroup", json!({
            "applicationName": "orders",
            "deploymentGroupName": "orders",
            "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
            "serviceRoleArn": "arn:aws:iam::222222222222:role/codedeploy",
            "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            "ecsServices": [{"clusterName": "main", "serviceName": "orders"}],
            "blueGreenDeploymentConfiguration": {
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
                "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 1},
            },
            "loadBalancerInfo": {"targetGroupPairInfoList": [{
                "targetGroups": [{"name": "orders-blue"}, {"name": "orders-green"}],
                "prodTrafficRoute": {"listenerArns": [listener]},
            }]},
        }));
    }

    /// The ARN of the production listener.
    pub fn listener(&mut self) -> String {
        let balancers = self.ok(DEV, &elbv2::SERVICE, "DescribeLoadBalancers", json!({}));
        let balancer = balancers["LoadBalancers"][0]["LoadBalancerArn"].clone();
        let listeners = self.ok(
            DEV,
            &elbv2::SERVICE,
            "DescribeListeners",
            json!({"LoadBalancerArn": balancer}),
        );
        listeners["Listeners"][0]["ListenerArn"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn repository(&mut self) {
        self.ok(
            SHARED,
            &codecommit::SERVICE,
            "CreateRepository",
            json!({"repositoryName": "orders"}),
        );
        let files = [
            ("buildspec.yml", BUILDSPEC),
            ("deploy/dev/taskdef.json", &taskdef()),
            ("deploy/dev/appspec.yaml", APPSPEC),
            ("Dockerfile", "FROM scratch\n"),
        ];
        let puts: Vec<Value> = files
            .iter()
            .map(|(path, text)| json!({"filePath": path, "fileContent": STANDARD.encode(text)}))
            .collect();
        let first = self.ok(
            SHARED,
            &codecommit::SERVICE,
            "CreateCommit",
            json!({"repositoryName": "orders", "branchName": "main", "putFiles": puts}),
        );
        for branch in ["develop", "other"] {
            self.ok(SHARED, &codecommit::SERVICE, "CreateBranch", json!({"repositoryName": "orders", "branchName": branch, "commitId": first["commitId"]}));
        }
        self.advance(5);
    }

    fn project(&mut self) {
        self.ok(SHARED, &codebuild::SERVICE, "CreateProject", json!({
            "name": "orders-dev",
            "source": {"type": "CODEPIPELINE"},
            "artifacts": {"type": "CODEPIPELINE"},
            "environment": {
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "privilegedMode": true,
                "environmentVariables": [
                    {"name": "REGISTRY", "value": format!("{DEV}.dkr.ecr.{REGION}.amazonaws.com")},
                    {"name": "PUSH_ROLE_ARN", "value": PUSH_ROLE},
                ],
            },
            "serviceRole": "arn:aws:iam::111111111111:role/build",
        }));
    }

    /// A rule that starts a pipeline when `develop` moves.
    pub fn rule(&mut self, pipeline: &str) {
        let pattern = json!({
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [format!("arn:aws:codecommit:{REGION}:{SHARED}:orders")],
            "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceType": ["branch"], "referenceName": ["develop"]},
        });
        self.ok(
            SHARED,
            &eventbridge::SERVICE,
            "PutRule",
            json!({"Name": pipeline, "EventPattern": pattern.to_string()}),
        );
        self.ok(
            SHARED,
            &eventbridge::SERVICE,
            "PutTargets",
            json!({"Rule": pipeline, "Targets": [{
                "Id": "pipeline",
                "Arn": format!("arn:aws:codepipeline:{REGION}:{SHARED}:{pipeline}"),
                "RoleArn": "arn:aws:iam::111111111111:role/events",
            }]}),
        );
    }

    /// Pushes a file to a branch.
    pub fn push(&mut self, branch: &str, path: &str, text: &str) -> String {
        let head = self.ok(
            SHARED,
            &codecommit::SERVICE,
            "GetBranch",
            json!({"repositoryName": "orders", "branchName": branch}),
        );
        let put = self.ok(
            SHARED,
            &codecommit::SERVICE,
            "PutFile",
            json!({
                "repositoryName": "orders",
                "branchName": branch,
                "filePath": path,
                "fileContent": STANDARD.encode(text),
                "parentCommitId": head["branch"]["commitId"],
                "commitMessage": format!("Change {path}"),
            }),
        );
        put["commitId"].as_str().unwrap().to_owned()
    }

    /// The runs of a pipeline, the newest first: what started each, and its status.
    pub fn runs(&mut self, pipeline: &str) -> Vec<(String, String)> {
        let list = self.pipelines("ListPipelineExecutions", json!({"pipelineName": pipeline}));
        list["pipelineExecutionSummaries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                (
                    it["trigger"]["triggerType"].as_str().unwrap().to_owned(),
                    it["status"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    /// The id of a pipeline's newest run.
    pub fn newest(&mut self, pipeline: &str) -> String {
        let list = self.pipelines("ListPipelineExecutions", json!({"pipelineName": pipeline}));
        list["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The attempt of an action in a pipeline's newest run.
    #[track_caller]
    pub fn attempt(&mut self, pipeline: &str, action: &str) -> Value {
        let id = self.newest(pipeline);
        let list = self.pipelines(
            "ListActionExecutions",
            json!({"pipelineName": pipeline, "filter": {"pipelineExecutionId": id}}),
        );
        let details = list["actionExecutionDetails"].as_array().unwrap();
        details
            .iter()
            .find(|it| it["actionName"] == action)
            .cloned()
            .unwrap_or_else(|| panic!("no {action} in {list:#}"))
    }

    /// Code and message of an action of the newest run.
    #[track_caller]
    pub fn error(&mut self, pipeline: &str, action: &str) -> (String, String) {
        let attempt = self.attempt(pipeline, action);
        assert_eq!(attempt["status"], "Failed", "{attempt:#}");
        let error = &attempt["output"]["executionResult"]["errorDetails"];
        (
            error["code"].as_str().unwrap().to_owned(),
            error["message"].as_str().unwrap().to_owned(),
        )
    }

    /// The files of an output artifact.
    pub fn files(&self, location: &Value) -> archive::Files {
        let (bucket, key) = (
            location["bucket"].as_str().unwrap(),
            location["key"].as_str().unwrap(),
        );
        let object = self.world.buckets[bucket].version(key, None).unwrap();
        archive::unpack(&self.blobs.get(&object.blob).unwrap()).unwrap()
    }
}
