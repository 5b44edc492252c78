"""AWS CodeDeploy for ECS. Source where none is named: CodeDeploy API Reference, its model, and the
CodeDeploy User Guide's pages on ECS deployments."""

import copy

from harness import DEV, REGION, SHARED, allow, fits, has, holds, same, signatures, tags, trust

from . import ground

CLUSTER = "bys-dev-ecs-main"
ROLE = f"arn:aws:iam::{DEV}:role/codedeploy"
APPLICATION = "dev-awssdk-iam"
CONFIGS = (
    "CodeDeployDefault.ECSAllAtOnce",
    "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "CodeDeployDefault.ECSCanary10Percent15Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
)


def group(listener, name="dev-awssdk-iam", **more):
    return {
        "applicationName": APPLICATION,
        "deploymentGroupName": name,
        "deploymentConfigName": CONFIGS[1],
        "serviceRoleArn": ROLE,
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
            "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
        },
        "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        "loadBalancerInfo": {"targetGroupPairInfoList": [{"targetGroups": [{"name": "awssdk-iam-blue"}, {"name": "awssdk-iam-green"}], "prodTrafficRoute": {"listenerArns": [listener]}}]},
        "ecsServices": [{"clusterName": CLUSTER, "serviceName": "awssdk-iam"}],
        **more,
    }


def run(w):
    deploy = w.client("codedeploy", DEV)
    raw = w.client("codedeploy", DEV, validate=False)
    signatures(w, "codedeploy", "list_applications")
    iam = w.client("iam", DEV)
    ground.execution_role(iam)
    iam.create_role(RoleName="codedeploy", AssumeRolePolicyDocument=trust(None, "codedeploy.amazonaws.com"))
    iam.put_role_policy(RoleName="codedeploy", PolicyName="main", PolicyDocument=allow(["ecs:*", "elasticloadbalancing:*", "iam:PassRole"]))
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust(None, "codebuild.amazonaws.com"))
    ecs = w.client("ecs", DEV)
    ecs.create_cluster(clusterName=CLUSTER)
    _, groups, line = ground.balancer(w.client("elbv2", DEV), groups=("awssdk-iam-blue", "awssdk-iam-green", "awssdk-iam-red"))
    ecs.register_task_definition(**ground.task(DEV))
    ecs.create_service(**ground.service(CLUSTER, groups[0]))
    ecs.create_service(**ground.service(CLUSTER, groups[0], name="rolling", controller="ECS"))

    with w.check("CreateApplication answers an id"):
        answer = deploy.create_application(applicationName=APPLICATION, computePlatform="ECS", tags=[{"Key": "a", "Value": "1"}])
        fits(answer["applicationId"], r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    with w.check("GetApplication answers the application"):
        found = deploy.get_application(applicationName=APPLICATION)["application"]
        has(found, "applicationId", "applicationName", "createTime", "linkedToGitHub", "computePlatform")
        same((found["applicationId"], found["computePlatform"], found["linkedToGitHub"]), (answer["applicationId"], "ECS", False))
    w.refuses("CreateApplication refuses a name that is taken", "ApplicationAlreadyExistsException", deploy.create_application, applicationName=APPLICATION, computePlatform="ECS")
    w.refuses("CreateApplication refuses a name with a blank", "InvalidApplicationNameException", deploy.create_application, applicationName="a b", computePlatform="ECS")
    w.refuses("CreateApplication refuses a name of 101 letters", "InvalidApplicationNameException", raw.create_application, applicationName="a" * 101, computePlatform="ECS")
    w.refuses("CreateApplication refuses a platform that does not exist", "InvalidComputePlatformException", raw.create_application, applicationName="x", computePlatform="Moon")
    w.refuses("CreateApplication needs a name", "ApplicationNameRequiredException", raw.create_application, computePlatform="ECS")
    w.refuses("GetApplication of an application that is not there", "ApplicationDoesNotExistException", deploy.get_application, says="No application found for name: absent", applicationName="absent")
    w.refuses("accounts do not see each other's applications", "ApplicationDoesNotExistException", w.client("codedeploy").get_application, applicationName=APPLICATION)
    with w.check("an application is for servers where nothing is said"):
        deploy.create_application(applicationName="servers")
        same(deploy.get_application(applicationName="servers")["application"]["computePlatform"], "Server")
        same(sorted(deploy.list_applications()["applications"]), [APPLICATION, "servers"])
    with w.check("BatchGetApplications answers the applications"):
        same([it["applicationName"] for it in deploy.batch_get_applications(applicationNames=[APPLICATION])["applicationsInfo"]], [APPLICATION])

    # Configurations

    for name in CONFIGS:
        with w.check(f"GetDeploymentConfig knows {name}", 'CodeDeploy User Guide, "Working with deployment configurations"'):
            found = deploy.get_deployment_config(deploymentConfigName=name)["deploymentConfigInfo"]
            same((found["deploymentConfigName"], found["computePlatform"]), (name, "ECS"))
            kind = found["trafficRoutingConfig"]["type"]
            same(kind, "AllAtOnce" if "AllAtOnce" in name else "TimeBasedCanary" if "Canary" in name else "TimeBasedLinear")
            if kind == "TimeBasedCanary":
                same(found["trafficRoutingConfig"]["timeBasedCanary"], {"canaryPercentage": 10, "canaryInterval": 5 if "5Minutes" in name and "15" not in name else 15})
            if kind == "TimeBasedLinear":
                same(found["trafficRoutingConfig"]["timeBasedLinear"], {"linearPercentage": 10, "linearInterval": 1 if "Every1" in name else 3})
    w.refuses("a configuration that the seed's table invented does not exist", "DeploymentConfigDoesNotExistException", deploy.get_deployment_config, deploymentConfigName="CodeDeployDefault.ECSCanary10Percent3Minutes")
    with w.check("ListDeploymentConfigs lists the five of ECS"):
        every = deploy.list_deployment_configs()["deploymentConfigsList"]
        same(sorted(it for it in every if it.startswith("CodeDeployDefault.ECS")), sorted(CONFIGS))
        holds("CodeDeployDefault.OneAtATime" in every, "the server configurations are missing")
    with w.check("a configuration of one's own is made and deleted"):
        deploy.create_deployment_config(deploymentConfigName="half", computePlatform="ECS", trafficRoutingConfig={"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 50, "canaryInterval": 1}})
        same(deploy.get_deployment_config(deploymentConfigName="half")["deploymentConfigInfo"]["trafficRoutingConfig"]["timeBasedCanary"]["canaryPercentage"], 50)
    w.refuses("CreateDeploymentConfig refuses a name that is taken", "DeploymentConfigAlreadyExistsException", deploy.create_deployment_config, deploymentConfigName="half", computePlatform="ECS", trafficRoutingConfig={"type": "AllAtOnce"})
    w.refuses("CreateDeploymentConfig refuses AWS's own prefix", "InvalidDeploymentConfigNameException", deploy.create_deployment_config, deploymentConfigName="CodeDeployDefault.Mine", computePlatform="ECS", trafficRoutingConfig={"type": "AllAtOnce"})

    # Deployment groups

    with w.check("CreateDeploymentGroup answers an id"):
        made = deploy.create_deployment_group(**group(line), tags=[{"Key": "a", "Value": "1"}])
        fits(made["deploymentGroupId"], r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    with w.check("GetDeploymentGroup answers the group as it was given"):
        found = deploy.get_deployment_group(applicationName=APPLICATION, deploymentGroupName="dev-awssdk-iam")["deploymentGroupInfo"]
        has(found, "applicationName", "deploymentGroupId", "deploymentGroupName", "deploymentConfigName", "serviceRoleArn", "deploymentStyle", "blueGreenDeploymentConfiguration", "autoRollbackConfiguration", "loadBalancerInfo", "ecsServices", "computePlatform")
        for key in ("deploymentConfigName", "serviceRoleArn", "deploymentStyle", "ecsServices", "autoRollbackConfiguration"):
            same(found[key], group(line)[key], key)
        same(found["loadBalancerInfo"]["targetGroupPairInfoList"], group(line)["loadBalancerInfo"]["targetGroupPairInfoList"])
        same(found["blueGreenDeploymentConfiguration"]["terminateBlueInstancesOnDeploymentSuccess"], {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5})
        same((found["computePlatform"], found["deploymentGroupId"]), ("ECS", made["deploymentGroupId"]))
    w.refuses("CreateDeploymentGroup refuses a name that is taken", "DeploymentGroupAlreadyExistsException", deploy.create_deployment_group, **group(line))
    w.refuses("an ECS service has one deployment group", "ECSServiceMappingLimitExceededException", deploy.create_deployment_group, **group(line, "second"))
    with w.check("ListDeploymentGroups lists the group"):
        answer = deploy.list_deployment_groups(applicationName=APPLICATION)
        same((answer["applicationName"], answer["deploymentGroups"]), (APPLICATION, ["dev-awssdk-iam"]))
    with w.check("BatchGetDeploymentGroups answers the group"):
        same([it["deploymentGroupName"] for it in deploy.batch_get_deployment_groups(applicationName=APPLICATION, deploymentGroupNames=["dev-awssdk-iam"])["deploymentGroupsInfo"]], ["dev-awssdk-iam"])
    w.refuses("GetDeploymentGroup of a group that is not there", "DeploymentGroupDoesNotExistException", deploy.get_deployment_group, says="No Deployment Group found for name: absent", applicationName=APPLICATION, deploymentGroupName="absent")
    w.refuses("GetDeploymentGroup of an application that is not there", "ApplicationDoesNotExistException", deploy.get_deployment_group, applicationName="absent", deploymentGroupName="absent")
    with w.check("UpdateDeploymentGroup changes what is given"):
        deploy.update_deployment_group(applicationName=APPLICATION, currentDeploymentGroupName="dev-awssdk-iam", deploymentConfigName=CONFIGS[0])
        found = deploy.get_deployment_group(applicationName=APPLICATION, deploymentGroupName="dev-awssdk-iam")["deploymentGroupInfo"]
        same((found["deploymentConfigName"], found["serviceRoleArn"], found["deploymentGroupId"]), (CONFIGS[0], ROLE, made["deploymentGroupId"]))
    w.refuses("UpdateDeploymentGroup of a group that is not there", "DeploymentGroupDoesNotExistException", deploy.update_deployment_group, applicationName=APPLICATION, currentDeploymentGroupName="absent")
    w.refuses("UpdateDeploymentGroup refuses a role that does not exist", "InvalidRoleException", deploy.update_deployment_group, applicationName=APPLICATION, currentDeploymentGroupName="dev-awssdk-iam", serviceRoleArn=f"arn:aws:iam::{DEV}:role/absent")
    with w.check("tags of application and group are listed and added"):
        arn = f"arn:aws:codedeploy:{REGION}:{DEV}:deploymentgroup:{APPLICATION}/dev-awssdk-iam"
        same(tags(deploy.list_tags_for_resource(ResourceArn=arn)["Tags"]), {"a": "1"})
        own = f"arn:aws:codedeploy:{REGION}:{DEV}:application:{APPLICATION}"
        deploy.tag_resource(ResourceArn=own, Tags=[{"Key": "b", "Value": "2"}])
        same(tags(deploy.list_tags_for_resource(ResourceArn=own)["Tags"]), {"a": "1", "b": "2"})
        deploy.untag_resource(ResourceArn=own, TagKeys=["a"])
        same(tags(deploy.list_tags_for_resource(ResourceArn=own)["Tags"]), {"b": "2"})
    with w.check("DeleteDeploymentGroup succeeds, also on what is not there", "the model has no not-found error for it"):
        for _ in range(2):
            same(deploy.delete_deployment_group(applicationName=APPLICATION, deploymentGroupName="dev-awssdk-iam").get("hooksNotCleanedUp", []), [])

    def pair(listeners=None, names=("awssdk-iam-blue", "awssdk-iam-green")):
        return {"targetGroupPairInfoList": [{"targetGroups": [{"name": it} for it in names], "prodTrafficRoute": {"listenerArns": [line] if listeners is None else listeners}}]}

    balance = ("InvalidLoadBalancerInfoException", "InvalidTargetGroupPairException")
    blue_green = copy.deepcopy(group(line)["blueGreenDeploymentConfiguration"])
    for title, code, more in (
        ("no name", "DeploymentGroupNameRequiredException", dict(deploymentGroupName=None)),
        ("a name with a blank", "InvalidDeploymentGroupNameException", dict(deploymentGroupName="a b")),
        ("an application that is not there", "ApplicationDoesNotExistException", dict(applicationName="absent")),
        ("no role", "RoleRequiredException", dict(serviceRoleArn=None)),
        ("a role that is no ARN", "InvalidRoleException", dict(serviceRoleArn="codedeploy")),
        ("a role that does not exist", "InvalidRoleException", dict(serviceRoleArn=f"arn:aws:iam::{DEV}:role/absent")),
        ("a role that does not trust CodeDeploy", "InvalidRoleException", dict(serviceRoleArn=f"arn:aws:iam::{DEV}:role/other")),
        ("a role of another account", "InvalidRoleException", dict(serviceRoleArn=f"arn:aws:iam::{SHARED}:role/codedeploy")),
        ("a configuration that does not exist", "DeploymentConfigDoesNotExistException", dict(deploymentConfigName="CodeDeployDefault.ECSTrafficShift")),
        ("a configuration of servers", ("InvalidDeploymentConfigNameException", "DeploymentConfigDoesNotExistException", "InvalidInputException", "InvalidTrafficRoutingConfigurationException"), dict(deploymentConfigName="CodeDeployDefault.OneAtATime")),
        ("an in-place style", "InvalidDeploymentStyleException", dict(deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"})),
        ("a style without traffic control", "InvalidDeploymentStyleException", dict(deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"})),
        ("no ECS service", ("InvalidECSServiceException", "InvalidInputException"), dict(ecsServices=None)),
        ("a service that is not there", "InvalidECSServiceException", dict(ecsServices=[{"clusterName": CLUSTER, "serviceName": "absent"}])),
        ("a cluster that is not there", "InvalidECSServiceException", dict(ecsServices=[{"clusterName": "absent", "serviceName": "awssdk-iam"}])),
        ("a service that ECS deploys itself", "InvalidECSServiceException", dict(ecsServices=[{"clusterName": CLUSTER, "serviceName": "rolling"}])),
        ("no load balancer", balance, dict(loadBalancerInfo=None)),
        ("one target group", balance, dict(loadBalancerInfo=pair(names=("awssdk-iam-blue",)))),
        ("a target group that is not there", balance, dict(loadBalancerInfo=pair(names=("awssdk-iam-blue", "absent")))),
        ("no listener", balance + ("InvalidTrafficRoutingConfigurationException",), dict(loadBalancerInfo=pair([]))),
        ("a listener that is not there", balance, dict(loadBalancerInfo=pair([line[:-16] + "0" * 16]))),
        ("2881 minutes until the end of blue", "InvalidBlueGreenDeploymentConfigurationException", dict(blueGreenDeploymentConfiguration={**blue_green, "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 2881}})),
        ("a fleet of servers", "InvalidBlueGreenDeploymentConfigurationException", dict(blueGreenDeploymentConfiguration={**blue_green, "greenFleetProvisioningOption": {"action": "DISCOVER_EXISTING"}})),
        ("a roll-back event that does not exist", "InvalidAutoRollbackConfigException", dict(autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_BOREDOM"]})),
    ):
        given = {**group(line, "refused"), **more}
        w.refuses(f"CreateDeploymentGroup refuses {title}", code, raw.create_deployment_group, **{key: value for key, value in given.items() if value is not None})
    with w.check("none of the refused groups was made"):
        same(deploy.list_deployment_groups(applicationName=APPLICATION)["deploymentGroups"], [])
    with w.check("DeleteApplication succeeds, also on what is not there", "the model has no not-found error for it"):
        deploy.delete_application(applicationName=APPLICATION)
        deploy.delete_application(applicationName=APPLICATION)
    w.refuses("GetApplication of an application that was deleted", "ApplicationDoesNotExistException", deploy.get_application, applicationName=APPLICATION)
