"""Roles that are handed to services: iam:PassRole, and whether the service may take them on. Source where none
is named: IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; the API Reference of
each service."""

import json

from cast import Cast, doc, may, not_, root, to
from checks.ground import GROUP, NETWORK, SUBNETS, balancer, service, task
from harness import DEV, PRD, REGION, SHARED, STG, holds, same

NO = "AccessDeniedException"


def run(w):
    it = Cast(w)
    build(w, it)
    pipeline(w, it)
    tasks(w, it)
    rules(w, it)
    groups(w, it)


def passing(role, service_, **more):
    return may("iam:PassRole", role, StringEquals={"iam:PassedToService": service_})


def build(w, it):
    role = it.role("build-role", trust=[to("codebuild.amazonaws.com")])
    wrong = it.role("task-role", trust=[to("ecs-tasks.amazonaws.com")])
    maker = it.role("build-maker", may("codebuild:*"))
    project = lambda name, role: dict(name=name, serviceRole=role, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"}, environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})  # noqa: E731
    make = lambda: it.as_(maker, "codebuild").create_project  # noqa: E731
    it.refused("CreateProject without iam:PassRole", make(), NO, says=f"is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy allows the iam:PassRole action", **project("p1", role))
    it.policy("build-maker", may("codebuild:*"), passing(role, "codepipeline.amazonaws.com"))
    it.refused("CreateProject with iam:PassRole for another service", make(), NO, says="iam:PassRole", **project("p1", role))
    it.policy("build-maker", may("codebuild:*"), passing(role, "codebuild.amazonaws.com"))
    it.allowed("CreateProject with iam:PassRole for CodeBuild", make(), **project("p1", role))
    it.refused("CreateProject with another role than may be passed", make(), NO, says=f"iam:PassRole on resource: {wrong}", **project("p2", wrong))
    it.policy("build-maker", may("codebuild:*"), may("iam:PassRole"), not_("iam:PassRole", role))
    it.refused("CreateProject with a role that is denied", make(), NO, says="with an explicit deny in an identity-based policy", **project("p3", role))
    admin = w.client("codebuild")
    it.refused("CreateProject with a role that does not trust CodeBuild", admin.create_project, "InvalidInputException", says="CodeBuild is not authorized to perform: sts:AssumeRole on", origin="message observed in terraform-provider-aws", **project("p4", wrong))
    it.refused("CreateProject with a role that is not there", admin.create_project, "InvalidInputException", says="CodeBuild is not authorized to perform: sts:AssumeRole on", origin="message observed in terraform-provider-aws", **project("p5", f"arn:aws:iam::{SHARED}:role/absent"))
    foreign = it.role("build-abroad", account=DEV, trust=[to("codebuild.amazonaws.com")])
    it.refused("CreateProject with a role of another account", admin.create_project, (NO, "InvalidInputException"), **project("p6", foreign))
    deputy = it.role("build-deputy", trust=[to("codebuild.amazonaws.com", StringEquals={"aws:SourceAccount": SHARED}, ArnEquals={"aws:SourceArn": f"arn:aws:codebuild:{REGION}:{SHARED}:project/mine"})])
    it.allowed("CreateProject of the project that the trust names", admin.create_project, origin="CodeBuild User Guide, Cross-service confused deputy prevention", **project("mine", deputy))
    it.refused("CreateProject of another project than the trust names", admin.create_project, "InvalidInputException", origin="CodeBuild User Guide, Cross-service confused deputy prevention", **project("other", deputy))
    elsewhere = it.role("build-elsewhere", trust=[to("codebuild.amazonaws.com", StringEquals={"aws:SourceAccount": DEV})])
    it.refused("CreateProject with a role that trusts projects of another account", admin.create_project, "InvalidInputException", **project("p7", elsewhere))


def structure(name, role, action_role=None, **more):
    kind = lambda category, provider: {"category": category, "owner": "AWS", "provider": provider, "version": "1"}  # noqa: E731
    deploy = {"name": "Deploy", "actionTypeId": kind("Deploy", "ECS"), "runOrder": 1, "configuration": {"ClusterName": "c", "ServiceName": "s"}, "inputArtifacts": [{"name": "Out"}]}
    if action_role:
        deploy["roleArn"] = action_role
    return {
        "name": name, "roleArn": role, "artifactStore": {"type": "S3", "location": "passing-artifacts"},
        "stages": [
            {"name": "Source", "actions": [{"name": "Source", "actionTypeId": kind("Source", "CodeCommit"), "runOrder": 1, "configuration": {"RepositoryName": "r", "BranchName": "b", "PollForSourceChanges": "false"}, "outputArtifacts": [{"name": "Out"}]}]},
            {"name": "Deploy", "actions": [deploy]},
        ],
        **more,
    }


def pipeline(w, it):
    w.client("s3").create_bucket(Bucket="passing-artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    target = f"arn:aws:iam::{DEV}:role/passing-deploy"
    role = it.role("pipe-role", may("sts:AssumeRole", target), trust=[to("codepipeline.amazonaws.com")])
    it.role("passing-deploy", account=DEV, trust=[to(role)])
    maker = it.role("pipe-maker", may("codepipeline:*"))
    make = lambda: it.as_(maker, "codepipeline").create_pipeline  # noqa: E731
    it.refused("CreatePipeline without iam:PassRole", make(), NO, says="iam:PassRole", pipeline=structure("p1", role))
    it.policy("pipe-maker", may("codepipeline:*"), passing(role, "codepipeline.amazonaws.com"))
    it.allowed("CreatePipeline with iam:PassRole", make(), pipeline=structure("p1", role))
    admin = w.client("codepipeline")
    wrong = it.role("pipe-wrong", trust=[to("codebuild.amazonaws.com")])
    it.refused("CreatePipeline with a role that does not trust CodePipeline", admin.create_pipeline, "InvalidStructureException", says="CodePipeline is not authorized to perform AssumeRole on role", origin="message observed in terraform-provider-aws", pipeline=structure("p2", wrong))
    it.refused("CreatePipeline with a role that is not there", admin.create_pipeline, "InvalidStructureException", says="CodePipeline is not authorized to perform AssumeRole on role", pipeline=structure("p2", f"arn:aws:iam::{SHARED}:role/absent"))
    it.allowed("CreatePipeline with an action role across accounts, both sides", admin.create_pipeline, pipeline=structure("p3", role, target))
    lonely = f"arn:aws:iam::{DEV}:role/passing-lonely"
    it.role("passing-lonely", account=DEV, trust=[to(root(STG))])
    it.policy("pipe-role", may("sts:AssumeRole", [target, lonely]))
    says = f"{role} is not authorized to perform AssumeRole on role {lonely}"
    it.refused("CreatePipeline with an action role that does not trust", admin.create_pipeline, "InvalidStructureException", says=says, pipeline=structure("p4", role, lonely), origin="message observed in terraform-provider-aws issue 13103")
    other = f"arn:aws:iam::{DEV}:role/passing-other"
    it.role("passing-other", account=DEV, trust=[to(role)])
    it.refused("CreatePipeline with an action role that the pipeline's role may not take on", admin.create_pipeline, "InvalidStructureException", says="is not authorized to perform AssumeRole on role", pipeline=structure("p4", role, other))
    external = f"arn:aws:iam::{DEV}:role/passing-external"
    it.role("passing-external", account=DEV, trust=[to(role, StringEquals={"sts:ExternalId": "x1"})])
    it.policy("pipe-role", may("sts:AssumeRole"))
    it.refused("CreatePipeline with an action role that asks for an external id, which CodePipeline does not send", admin.create_pipeline, "InvalidStructureException", pipeline=structure("p4", role, external))
    deputy = f"arn:aws:iam::{DEV}:role/passing-deputy"
    it.role("passing-deputy", account=DEV, trust=[to(role, StringEquals={"aws:SourceAccount": SHARED})])
    it.refused("CreatePipeline with an action role that asks for aws:SourceAccount, which one role does not send another", admin.create_pipeline, "InvalidStructureException", pipeline=structure("p4", role, deputy), origin="awslabs/aws-deployment-framework PR 247")
    it.refused("UpdatePipeline checks the roles again", admin.update_pipeline, "InvalidStructureException", pipeline=structure("p3", role, lonely))


def tasks(w, it):
    exec_ = it.role("run-exec", trust=[to("ecs-tasks.amazonaws.com")], account=DEV)
    maker = it.role("task-maker", may(["ecs:*"]), account=DEV)
    definition = {**task(DEV, "passing"), "executionRoleArn": exec_}
    make = lambda: it.as_(maker, "ecs").register_task_definition  # noqa: E731
    it.refused("RegisterTaskDefinition without iam:PassRole", make(), NO, says=f"iam:PassRole on resource: {exec_}", **definition)
    w.client("iam", DEV).put_role_policy(RoleName="task-maker", PolicyName="own", PolicyDocument=doc(may("ecs:*"), passing(exec_, "ecs.amazonaws.com")))
    it.refused("RegisterTaskDefinition with iam:PassRole for ECS and not for its tasks", make(), NO, says="iam:PassRole", **definition)
    w.client("iam", DEV).put_role_policy(RoleName="task-maker", PolicyName="own", PolicyDocument=doc(may("ecs:*"), passing(exec_, "ecs-tasks.amazonaws.com")))
    it.allowed("RegisterTaskDefinition with iam:PassRole for tasks", make(), **definition)
    it.refused("RegisterTaskDefinition with a task role that may not be passed", make(), NO, says="iam:PassRole on resource: arn:aws:iam::558846431111:role/second", **{**definition, "taskRoleArn": f"arn:aws:iam::{DEV}:role/second"})


def rules(w, it):
    events = it.role("events-role", may("codepipeline:StartPipelineExecution"), trust=[to("events.amazonaws.com")])
    maker = it.role("rule-maker", may("events:*"))
    w.client("events").put_rule(Name="passing", EventPattern=json.dumps({"source": ["aws.codecommit"]}))
    target = lambda role=events: [{"Id": "1", "Arn": f"arn:aws:codepipeline:{REGION}:{SHARED}:p1", **({"RoleArn": role} if role else {})}]  # noqa: E731
    make = lambda: it.as_(maker, "events").put_targets  # noqa: E731
    it.refused("PutTargets without iam:PassRole", make(), NO, says="iam:PassRole", Rule="passing", Targets=target())
    it.policy("rule-maker", may("events:*"), passing(events, "events.amazonaws.com"))
    it.allowed("PutTargets with iam:PassRole", make(), Rule="passing", Targets=target())
    it.policy("rule-maker", may("events:*", ArnLike={"events:TargetArn": f"arn:aws:codepipeline:{REGION}:{SHARED}:other"}), passing(events, "events.amazonaws.com"))
    it.refused("PutTargets of another target than events:TargetArn names", make(), NO, Rule="passing", Targets=target())
    it.refused("PutTargets of a pipeline without a role", w.client("events").put_targets, "ValidationException", says="RoleArn is required for target", Rule="passing", Targets=target(None), origin="EventBridge API Reference, Target: RoleArn; message observed")


def groups(w, it):
    ecs, elb, deploy = w.client("ecs", DEV), w.client("elbv2", DEV), w.client("codedeploy", DEV)
    it.role("exec", account=DEV, trust=[to("ecs-tasks.amazonaws.com")])
    _, made, line = balancer(elb)
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(**task(DEV))
    ecs.create_service(**service("c", made[0]))
    deploy.create_application(applicationName="a", computePlatform="ECS")
    role = it.role("deploy-role", may("ecs:DescribeServices"), account=DEV, trust=[to("codedeploy.amazonaws.com")])
    wrong = it.role("deploy-wrong", may("*"), account=DEV, trust=[to("ecs.amazonaws.com")])
    maker = it.role("group-maker", may("codedeploy:*"), account=DEV)
    group = lambda name, role: dict(  # noqa: E731
        applicationName="a", deploymentGroupName=name, serviceRoleArn=role, deploymentConfigName="CodeDeployDefault.ECSAllAtOnce",
        deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}, ecsServices=[{"clusterName": "c", "serviceName": "awssdk-iam"}],
        loadBalancerInfo={"targetGroupPairInfoList": [{"targetGroups": [{"name": "awssdk-iam-blue"}, {"name": "awssdk-iam-green"}], "prodTrafficRoute": {"listenerArns": [line]}}]},
        blueGreenDeploymentConfiguration={"terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 0}, "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}},
    )
    it.refused("CreateDeploymentGroup without iam:PassRole", it.as_(maker, "codedeploy").create_deployment_group, NO, says="iam:PassRole", **group("g", role))
    it.refused("CreateDeploymentGroup with a role that does not trust CodeDeploy", deploy.create_deployment_group, "InvalidRoleException", origin="CodeDeploy API Reference, InvalidRoleException; message observed in terraform-provider-aws", says="AWS CodeDeploy does not have the permissions required to assume the role", **group("g", wrong))
    it.refused("CreateDeploymentGroup with a role that is not there", deploy.create_deployment_group, "InvalidRoleException", **group("g", f"arn:aws:iam::{DEV}:role/absent"))
    w.client("iam", DEV).put_role_policy(RoleName="group-maker", PolicyName="own", PolicyDocument=doc(may("codedeploy:*"), passing(role, "codedeploy.amazonaws.com")))
    it.allowed("CreateDeploymentGroup with iam:PassRole", it.as_(maker, "codedeploy").create_deployment_group, **group("g", role))
    infra = it.role("infra", account=DEV, trust=[to("ecs.amazonaws.com")])
    maker = it.role("service-maker", may("ecs:*"), account=DEV)
    _, native, _ = balancer(elb, "native", ("native-blue", "native-green"))
    rule = elb.describe_rules(ListenerArn=elb.describe_listeners(LoadBalancerArn=elb.describe_load_balancers(Names=["native"])["LoadBalancers"][0]["LoadBalancerArn"])["Listeners"][0]["ListenerArn"])["Rules"][0]["RuleArn"]
    body = {**service("c", native[0], name="native", controller="ECS"), "deploymentConfiguration": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}}
    body["loadBalancers"][0]["advancedConfiguration"] = {"alternateTargetGroupArn": native[1], "productionListenerRule": rule, "roleArn": infra}
    it.refused("CreateService without iam:PassRole of the infrastructure role", it.as_(maker, "ecs").create_service, NO, says=f"iam:PassRole on resource: {infra}", **body)
