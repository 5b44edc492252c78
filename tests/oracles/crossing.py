"""A whole pipeline over four accounts, made call by call as a person would who has the AWS guides at
hand: no part of crosspipe has a hand in it. Shared by the checks that let it run and take pieces away.
"""

import io
import json
import time
import zipfile

from checks.ground import GROUP, NETWORK, SUBNETS, VPC  # noqa: F401
from harness import DEV, PRD, REGION, SHARED, STG, Unexpected

APP = "orders"
BUCKET = f"orders-artifacts-{SHARED}"
ENVIRONMENTS = {"dev": (DEV, "develop"), "stg": (STG, "stage"), "prd": (PRD, "master")}

BUILDSPEC = """version: 0.2
env:
  shell: bash
phases:
  pre_build:
    commands:
      - 'export TAG="${COMMIT_ID:0:12}"'
      - 'export IMAGE="${REGISTRY}/${REPOSITORY}:${TAG}"'
      - 'CREDS=$(aws sts assume-role --role-arn "$PUSH_ROLE_ARN" --role-session-name build --query "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]" --output text) && read -r I S T <<< "$CREDS"'
      - 'AWS_ACCESS_KEY_ID="$I" AWS_SECRET_ACCESS_KEY="$S" AWS_SESSION_TOKEN="$T" aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"'
  build:
    commands:
      - 'docker build -t "$IMAGE" .'
      - 'docker push "$IMAGE"'
      - 'printf "{\\"ImageURI\\":\\"%s\\"}" "$IMAGE" > deploy/imageDetail.json'
artifacts:
  base-directory: deploy
  files:
    - appspec.yaml
    - taskdef.json
    - imageDetail.json
"""

APPSPEC = """version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          ContainerName: "orders"
          ContainerPort: 8080
"""


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def by_service(service, **conditions):
    trusted = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if conditions:
        trusted["Condition"] = conditions
    return document(trusted)


def by_role(role):
    """Trusts one role of another account, by its account and aws:PrincipalArn."""
    return document({
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{role.split(':')[4]}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": role}},
    })


def role(account, name):
    return f"arn:aws:iam::{account}:role/cicd/{name}"


def task_definition(account, image="<IMAGE1_NAME>"):
    return {
        "family": APP,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": role(account, "exec"),
        "taskRoleArn": role(account, "task"),
        "containerDefinitions": [{
            "name": "orders",
            "image": image,
            "essential": True,
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": f"/ecs/{APP}", "awslogs-region": REGION, "awslogs-stream-prefix": APP}},
        }],
    }


class Crossing:
    def __init__(self, w):
        self.w = w
        self.key = None
        self.listeners = {}
        self.groups = {}
        self.policies = {}

    def make_role(self, account, name, trust, *statements):
        iam = self.w.client("iam", account)
        iam.create_role(RoleName=name, Path="/cicd/", AssumeRolePolicyDocument=trust)
        if statements:
            self.set_policy(account, name, *statements)

    def set_policy(self, account, name, *statements):
        self.policies[account, name] = list(statements)
        self.w.client("iam", account).put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))

    def without(self, account, name, action):
        """Takes an action out of a role's policy; gives back how to put it in again."""
        import contextlib

        kept = self.policies[account, name]

        @contextlib.contextmanager
        def hole():
            left = []
            for it in kept:
                actions = it["Action"] if isinstance(it["Action"], list) else [it["Action"]]
                actions = [one for one in actions if one != action]
                if actions:
                    left.append({**it, "Action": actions})
            self.w.client("iam", account).put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*left))
            try:
                yield
            finally:
                self.set_policy(account, name, *kept)

        return hole()

    # The shared account

    def shared(self):
        w = self.w
        kms, s3 = w.client("kms"), w.client("s3")
        self.key = kms.create_key(Description="artifacts")["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/orders-artifacts", TargetKeyId=self.key)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={it: True for it in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")})
        s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key}, "BucketKeyEnabled": True}]})
        self.put_key_policy()
        self.put_bucket_policy()
        w.client("codecommit").create_repository(repositoryName=APP)
        for env, (account, _) in ENVIRONMENTS.items():
            self.shared_roles(env, account)

    def put_key_policy(self, without=()):
        key_use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        own = [role(SHARED, f"orders-{env}-{it}") for env in ENVIRONMENTS for it in ("pipeline", "build")]
        statements = [
            {"Sid": "Admin", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SHARED}:root"}, "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"], "Resource": "*"},
            {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SHARED}:root"}, "Action": key_use, "Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": own}}},
        ]
        for env, (account, _) in ENVIRONMENTS.items():
            if env not in without:
                statements.append({"Sid": f"Read{env}", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": role(account, "deploy")}}})
        self.w.client("kms").put_key_policy(KeyId=self.key, PolicyName="default", Policy=document(*statements))

    def put_bucket_policy(self, without=(), extra=()):
        arn = f"arn:aws:s3:::{BUCKET}"
        statements = [{"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]
        for env, (account, _) in ENVIRONMENTS.items():
            if env in without:
                continue
            here = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Condition": {"ArnEquals": {"aws:PrincipalArn": role(account, "deploy")}}}
            statements.append({"Sid": f"Objects{env}", **here, "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"{arn}/orders-{env}/*"})
            statements.append({"Sid": f"Bucket{env}", **here, "Action": ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"], "Resource": arn})
        self.w.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=document(*statements, *extra))

    def shared_roles(self, env, account):
        name = f"orders-{env}"
        arn = f"arn:aws:s3:::{BUCKET}"
        use = statement(["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"], self.key)
        self.make_role(
            SHARED, f"{name}-pipeline", by_service("codepipeline.amazonaws.com"),
            statement(["s3:GetBucketVersioning", "s3:GetBucketAcl", "s3:GetBucketLocation", "s3:ListBucket"], arn),
            statement(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl"], f"{arn}/{name}/*"),
            use,
            statement(["codebuild:StartBuild", "codebuild:BatchGetBuilds"], f"arn:aws:codebuild:{REGION}:{SHARED}:project/{name}"),
            statement("sts:AssumeRole", role(account, "deploy")),
            statement(["codecommit:GetBranch", "codecommit:GetCommit", "codecommit:UploadArchive", "codecommit:GetUploadArchiveStatus", "codecommit:CancelUploadArchive"], f"arn:aws:codecommit:{REGION}:{SHARED}:{APP}"),
        )
        self.make_role(
            SHARED, f"{name}-build",
            by_service("codebuild.amazonaws.com", StringEquals={"aws:SourceAccount": SHARED}, ArnEquals={"aws:SourceArn": f"arn:aws:codebuild:{REGION}:{SHARED}:project/{name}"}),
            statement(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], [f"arn:aws:logs:{REGION}:{SHARED}:log-group:/aws/codebuild/{name}", f"arn:aws:logs:{REGION}:{SHARED}:log-group:/aws/codebuild/{name}:*"]),
            statement(["s3:GetBucketAcl", "s3:GetBucketLocation"], arn),
            statement(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], f"{arn}/{name}/*"),
            use,
            statement("sts:AssumeRole", role(account, "push")),
        )
        self.make_role(
            SHARED, f"{name}-events",
            by_service("events.amazonaws.com", StringEquals={"aws:SourceAccount": SHARED}, ArnEquals={"aws:SourceArn": f"arn:aws:events:{REGION}:{SHARED}:rule/{name}"}),
            statement("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{REGION}:{SHARED}:{name}"),
        )

    # An environment's account

    def environment(self, env):
        w = self.w
        account, _ = ENVIRONMENTS[env]
        own = f"{REGION}:{account}"
        repository = f"arn:aws:ecr:{own}:repository/{APP}"
        service = f"arn:aws:ecs:{own}:service/{APP}/{APP}"
        tasks = by_service("ecs-tasks.amazonaws.com", StringEquals={"aws:SourceAccount": account}, ArnLike={"aws:SourceArn": f"arn:aws:ecs:{own}:*"})
        passing = statement("iam:PassRole", [role(account, "exec"), role(account, "task")], Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}})
        push = ["ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:BatchGetImage"]
        self.make_role(account, "exec", tasks,
                       statement("ecr:GetAuthorizationToken"),
                       statement(["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"], repository),
                       statement(["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{own}:log-group:/ecs/{APP}:*"))
        self.make_role(account, "task", tasks)
        self.make_role(account, "push", by_role(role(SHARED, f"orders-{env}-build")), statement("ecr:GetAuthorizationToken"), statement(push, repository))
        self.make_role(account, "deploy", by_role(role(SHARED, f"orders-{env}-pipeline")),
                       statement(["s3:GetObject", "s3:GetObjectVersion"], f"arn:aws:s3:::{BUCKET}/orders-{env}/*"),
                       statement(["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"], f"arn:aws:s3:::{BUCKET}"),
                       statement(["kms:Decrypt", "kms:DescribeKey"], self.key),
                       statement(["codedeploy:CreateDeployment", "codedeploy:GetDeployment"], f"arn:aws:codedeploy:{own}:deploymentgroup:{APP}/{APP}"),
                       statement(["codedeploy:GetApplication", "codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"], f"arn:aws:codedeploy:{own}:application:{APP}"),
                       statement("codedeploy:GetDeploymentConfig", f"arn:aws:codedeploy:{own}:deploymentconfig:*"),
                       statement("ecs:RegisterTaskDefinition"),
                       passing)
        self.make_role(account, "codedeploy",
                       by_service("codedeploy.amazonaws.com", StringEquals={"aws:SourceAccount": account}, ArnLike={"aws:SourceArn": f"arn:aws:codedeploy:{own}:deploymentgroup:{APP}/*"}),
                       statement(["ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"], service),
                       statement(["ecs:CreateTaskSet", "ecs:DeleteTaskSet"]),
                       statement(["elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules"]),
                       statement(["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"], f"arn:aws:elasticloadbalancing:{own}:listener*/app/{APP}/*"),
                       passing)
        w.client("ecr", account).create_repository(repositoryName=APP)
        w.client("logs", account).create_log_group(logGroupName=f"/ecs/{APP}")
        w.client("iam", account).create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
        ecs, elb = w.client("ecs", account), w.client("elbv2", account)
        ecs.create_cluster(clusterName=APP)
        ecs.register_task_definition(**task_definition(account, "public.ecr.aws/docker/library/busybox:stable"))
        alb = elb.create_load_balancer(Name=APP, Subnets=SUBNETS, SecurityGroups=[GROUP])["LoadBalancers"][0]["LoadBalancerArn"]
        groups = [elb.create_target_group(Name=f"{APP}-{it}", Protocol="HTTP", Port=8080, VpcId=VPC, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"] for it in ("blue", "green")]
        listener = elb.create_listener(LoadBalancerArn=alb, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[0]}])["Listeners"][0]["ListenerArn"]
        self.listeners[env], self.groups[env] = listener, groups
        ecs.create_service(
            cluster=APP, serviceName=APP, taskDefinition=APP, desiredCount=1, launchType="FARGATE", deploymentController={"type": "CODE_DEPLOY"}, networkConfiguration=NETWORK,
            loadBalancers=[{"targetGroupArn": groups[0], "containerName": "orders", "containerPort": 8080}],
        )
        deploy = w.client("codedeploy", account)
        deploy.create_application(applicationName=APP, computePlatform="ECS")
        deploy.create_deployment_group(
            applicationName=APP, deploymentGroupName=APP, deploymentConfigName="CodeDeployDefault.ECSAllAtOnce", serviceRoleArn=role(account, "codedeploy"),
            deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            ecsServices=[{"clusterName": APP, "serviceName": APP}],
            loadBalancerInfo={"targetGroupPairInfoList": [{"targetGroups": [{"name": f"{APP}-blue"}, {"name": f"{APP}-green"}], "prodTrafficRoute": {"listenerArns": [listener]}}]},
            blueGreenDeploymentConfiguration={
                "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 0},
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
            },
            autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        )

    # The pipelines

    def structure(self, env):
        account, branch = ENVIRONMENTS[env]
        kind = lambda category, provider: {"category": category, "owner": "AWS", "provider": provider, "version": "1"}  # noqa: E731
        variables = json.dumps([{"name": "COMMIT_ID", "value": "#{SourceVariables.CommitId}", "type": "PLAINTEXT"}])
        return {
            "name": f"orders-{env}",
            "pipelineType": "V2",
            "executionMode": "QUEUED",
            "roleArn": role(SHARED, f"orders-{env}-pipeline"),
            "artifactStore": {"type": "S3", "location": BUCKET, "encryptionKey": {"id": self.key, "type": "KMS"}},
            "stages": [
                {"name": "Source", "actions": [{"name": "Source", "actionTypeId": kind("Source", "CodeCommit"), "runOrder": 1, "namespace": "SourceVariables", "configuration": {"RepositoryName": APP, "BranchName": branch, "PollForSourceChanges": "false"}, "outputArtifacts": [{"name": "SourceOut"}]}]},
                {"name": "Build", "actions": [{"name": "Build", "actionTypeId": kind("Build", "CodeBuild"), "runOrder": 1, "configuration": {"ProjectName": f"orders-{env}", "EnvironmentVariables": variables}, "inputArtifacts": [{"name": "SourceOut"}], "outputArtifacts": [{"name": "BuildOut"}]}]},
                {"name": "Deploy", "actions": [{"name": "Deploy", "actionTypeId": kind("Deploy", "CodeDeployToECS"), "runOrder": 1, "roleArn": role(account, "deploy"), "configuration": {"ApplicationName": APP, "DeploymentGroupName": APP, "AppSpecTemplateArtifact": "BuildOut", "AppSpecTemplatePath": "appspec.yaml", "TaskDefinitionTemplateArtifact": "BuildOut", "TaskDefinitionTemplatePath": "taskdef.json", "Image1ArtifactName": "BuildOut", "Image1ContainerName": "IMAGE1_NAME"}, "inputArtifacts": [{"name": "BuildOut"}]}]},
            ],
        }

    def pipeline(self, env):
        w = self.w
        account, branch = ENVIRONMENTS[env]
        name = f"orders-{env}"
        w.client("codebuild").create_project(
            name=name, serviceRole=role(SHARED, f"{name}-build"), encryptionKey=self.key,
            source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"},
            environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0", "computeType": "BUILD_GENERAL1_SMALL", "privilegedMode": True, "environmentVariables": [
                {"name": "REGISTRY", "value": f"{account}.dkr.ecr.{REGION}.amazonaws.com"},
                {"name": "REPOSITORY", "value": APP},
                {"name": "PUSH_ROLE_ARN", "value": role(account, "push")},
            ]},
        )
        w.client("codepipeline").create_pipeline(pipeline=self.structure(env))
        events = w.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps({
            "source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"],
            "resources": [f"arn:aws:codecommit:{REGION}:{SHARED}:{APP}"],
            "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceType": ["branch"], "referenceName": [branch]},
        }))
        answer = events.put_targets(Rule=name, Targets=[{"Id": "pipeline", "Arn": f"arn:aws:codepipeline:{REGION}:{SHARED}:{name}", "RoleArn": role(SHARED, f"{name}-events")}])
        if answer["FailedEntryCount"]:
            raise Unexpected(f"PutTargets: {answer}")

    # Pushing and watching

    def files(self, account, marker):
        return {
            "buildspec.yml": BUILDSPEC,
            "Dockerfile": "FROM scratch\n",
            "marker.txt": marker,
            "deploy/appspec.yaml": APPSPEC,
            "deploy/taskdef.json": json.dumps(task_definition(account)),
        }

    def commit(self, env, marker, branch=None, **change):
        """One commit of everything, with CreateCommit."""
        account, mapped = ENVIRONMENTS[env]
        git = self.w.client("codecommit")
        branch = branch or mapped
        parent = {}
        try:
            parent = {"parentCommitId": git.get_branch(repositoryName=APP, branchName=branch)["branch"]["commitId"]}
        except git.exceptions.BranchDoesNotExistException:
            # The first commit of a repository makes its branch; any other branch has to be made.
            there = git.list_branches(repositoryName=APP)["branches"]
            if there:
                start = git.get_branch(repositoryName=APP, branchName=there[0])["branch"]["commitId"]
                git.create_branch(repositoryName=APP, branchName=branch, commitId=start)
                parent = {"parentCommitId": start}
        files = {**self.files(account, marker), **change}
        puts = [{"filePath": path, "fileMode": "NORMAL", "fileContent": text.encode()} for path, text in files.items()]
        return git.create_commit(repositoryName=APP, branchName=branch, authorName="A", email="a@example.com", commitMessage=marker, putFiles=puts, **parent)["commitId"]

    def executions(self, env):
        return self.w.client("codepipeline").list_pipeline_executions(pipelineName=f"orders-{env}")["pipelineExecutionSummaries"]

    def run_of(self, env, commit, patience=30):
        """The execution of a commit when it has come to its end, as (execution id, status)."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            for one in self.executions(env):
                if any(it.get("revisionId") == commit for it in one.get("sourceRevisions", [])) and one["status"] not in ("InProgress", "Stopping"):
                    return one["pipelineExecutionId"], one["status"]
            time.sleep(0.05)
        raise Unexpected(f"no execution of {commit} came to its end: {self.executions(env)}")

    def run_by_hand(self, env, patience=30):
        pipe = self.w.client("codepipeline")
        execution = pipe.start_pipeline_execution(name=f"orders-{env}")["pipelineExecutionId"]
        return execution, self.wait(env, execution, patience)

    def wait(self, env, execution, patience=30):
        pipe = self.w.client("codepipeline")
        end = time.monotonic() + patience
        while time.monotonic() < end:
            status = pipe.get_pipeline_execution(pipelineName=f"orders-{env}", pipelineExecutionId=execution)["pipelineExecution"]["status"]
            if status not in ("InProgress", "Stopping"):
                return status
            time.sleep(0.05)
        raise Unexpected(f"execution {execution} goes on and on")

    def failure(self, env, execution):
        """Stage, and code and message of the action that failed in an execution."""
        actions = self.w.client("codepipeline").list_action_executions(pipelineName=f"orders-{env}", filter={"pipelineExecutionId": execution})["actionExecutionDetails"]
        for one in actions:
            if one["status"] == "Failed":
                details = one["output"]["executionResult"].get("errorDetails", {})
                return one["stageName"], details.get("code", ""), details.get("message", one["output"]["executionResult"].get("externalExecutionSummary", ""))
        raise Unexpected(f"no action failed: {actions}")


def unzip(body):
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {it: archive.read(it) for it in archive.namelist()}
