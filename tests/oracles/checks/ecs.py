"""Amazon ECS. Source where none is named: ECS API Reference and its model."""

from harness import DEV, REGION, has, holds, same, signatures

from . import ground

CLUSTER = "bys-dev-ecs-main"
PREFIX = f"arn:aws:ecs:{REGION}:{DEV}"


def run(w):
    ecs = w.client("ecs", DEV)
    raw = w.client("ecs", DEV, validate=False)
    signatures(w, "ecs", "list_clusters")
    ground.execution_role(w.client("iam", DEV))

    with w.check("CreateCluster answers the cluster"):
        answer = ecs.create_cluster(clusterName=CLUSTER, tags=[{"key": "a", "value": "1"}])["cluster"]
        has(answer, "clusterArn", "clusterName", "status", "registeredContainerInstancesCount", "runningTasksCount", "pendingTasksCount", "activeServicesCount", "statistics", "tags", "settings", "capacityProviders", "defaultCapacityProviderStrategy")
        same((answer["clusterArn"], answer["status"], answer["activeServicesCount"]), (f"{PREFIX}:cluster/{CLUSTER}", "ACTIVE", 0))
    with w.check("DescribeClusters tells what is missing"):
        found = ecs.describe_clusters(clusters=[CLUSTER, "absent"])
        same([it["clusterName"] for it in found["clusters"]], [CLUSTER])
        same(found["failures"], [{"arn": f"{PREFIX}:cluster/absent", "reason": "MISSING"}])
    with w.check("tags of a cluster are shown when they are asked for"):
        same(ecs.describe_clusters(clusters=[CLUSTER], include=["TAGS"])["clusters"][0]["tags"], [{"key": "a", "value": "1"}])
    w.refuses("CreateCluster refuses a name with a blank", "InvalidParameterException", ecs.create_cluster, clusterName="a b")
    with w.check("ListClusters lists ARNs"):
        same(ecs.list_clusters()["clusterArns"], [f"{PREFIX}:cluster/{CLUSTER}"])
        same(w.client("ecs").list_clusters()["clusterArns"], [])

    # Task definitions

    with w.check("RegisterTaskDefinition answers revision 1"):
        first = ecs.register_task_definition(**ground.task(DEV), tags=[{"key": "a", "value": "1"}])
        same(first["tags"], [{"key": "a", "value": "1"}])
        first = first["taskDefinition"]
        has(first, "taskDefinitionArn", "containerDefinitions", "family", "executionRoleArn", "networkMode", "revision", "volumes", "status", "placementConstraints", "compatibilities", "requiresCompatibilities", "cpu", "memory", "registeredAt", "registeredBy")
        same((first["taskDefinitionArn"], first["revision"], first["status"]), (f"{PREFIX}:task-definition/awssdk-iam:1", 1, "ACTIVE"))
        holds("FARGATE" in first["compatibilities"], f"compatibilities {first['compatibilities']}")
    with w.check("registering again makes a revision"):
        same(ecs.register_task_definition(**ground.task(DEV))["taskDefinition"]["revision"], 2)
    with w.check("DescribeTaskDefinition answers the newest of a family, and a revision"):
        same(ecs.describe_task_definition(taskDefinition="awssdk-iam")["taskDefinition"]["revision"], 2)
        same(ecs.describe_task_definition(taskDefinition="awssdk-iam:1")["taskDefinition"]["revision"], 1)
        same(ecs.describe_task_definition(taskDefinition=first["taskDefinitionArn"], include=["TAGS"])["tags"], [{"key": "a", "value": "1"}])
    w.refuses("DescribeTaskDefinition of a family that is not there", "ClientException", ecs.describe_task_definition, says="Unable to describe task definition.", taskDefinition="absent")
    for title, more in (
        ("512 CPU units with 512 MiB", dict(cpu="512", memory="512")),
        ("100 CPU units", dict(cpu="100")),
        ("no CPU units", dict(cpu=None)),
        ("bridge networks on Fargate", dict(networkMode="bridge")),
        ("no containers", dict(containerDefinitions=[])),
        ("a family with a blank", dict(family="a b")),
        ("a role that is no ARN of a role", dict(executionRoleArn="arn:aws:s3:::x")),
        ("an unknown compatibility", dict(requiresCompatibilities=["MOON"])),
        ("a host port that differs", dict(containerDefinitions=[{"name": "a", "image": "b", "essential": True, "portMappings": [{"containerPort": 80, "hostPort": 81}]}])),
        ("no essential container", dict(containerDefinitions=[{"name": "a", "image": "b", "essential": False}])),
        ("two containers of one name", dict(containerDefinitions=[{"name": "a", "image": "b"}, {"name": "a", "image": "b"}])),
        ("logs without an execution role", dict(executionRoleArn=None, containerDefinitions=[{"name": "a", "image": "b", "logConfiguration": {"logDriver": "awslogs", "options": {}}}])),
    ):
        given = {**ground.task(DEV), **more}
        w.refuses(f"RegisterTaskDefinition refuses {title}", ("ClientException", "InvalidParameterException"), raw.register_task_definition, **{key: value for key, value in given.items() if value is not None})
    with w.check("the refused ones took no revision"):
        same(ecs.list_task_definitions(familyPrefix="awssdk-iam", sort="DESC", status="ACTIVE")["taskDefinitionArns"], [f"{PREFIX}:task-definition/awssdk-iam:{it}" for it in (2, 1)])
    with w.check("familyPrefix is a whole family", "ListTaskDefinitions: full family name"):
        same(ecs.list_task_definitions(familyPrefix="awssdk")["taskDefinitionArns"], [])
    with w.check("DeregisterTaskDefinition leaves the revision inactive"):
        same(ecs.deregister_task_definition(taskDefinition="awssdk-iam:1")["taskDefinition"]["status"], "INACTIVE")
        same(ecs.list_task_definitions(familyPrefix="awssdk-iam")["taskDefinitionArns"], [f"{PREFIX}:task-definition/awssdk-iam:2"])
        same(ecs.describe_task_definition(taskDefinition="awssdk-iam:1")["taskDefinition"]["status"], "INACTIVE")

    # Services

    elb = w.client("elbv2", DEV)
    alb, groups, line = ground.balancer(elb, listen=False)
    w.refuses("CreateService refuses a target group without a load balancer", "InvalidParameterException", ecs.create_service, says="does not have an associated load balancer", **ground.service(CLUSTER, groups[0]))
    elb.create_listener(LoadBalancerArn=alb, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[0]}])
    with w.check("CreateService answers the service"):
        answer = ecs.create_service(**ground.service(CLUSTER, groups[0]))["service"]
        has(answer, "serviceArn", "serviceName", "clusterArn", "loadBalancers", "status", "desiredCount", "runningCount", "pendingCount", "launchType", "platformVersion", "taskDefinition", "deploymentController", "events", "createdAt", "placementConstraints", "placementStrategy", "networkConfiguration", "schedulingStrategy")
        same(answer["serviceArn"], f"{PREFIX}:service/{CLUSTER}/awssdk-iam")
        same((answer["status"], answer["schedulingStrategy"], answer["deploymentController"], answer["launchType"], answer["desiredCount"]), ("ACTIVE", "REPLICA", {"type": "CODE_DEPLOY"}, "FARGATE", 1))
        same(answer["taskDefinition"], f"{PREFIX}:task-definition/awssdk-iam:2")
    with w.check("a service of CodeDeploy has task sets instead of deployments", "CreateService: external and CODE_DEPLOY controllers use task sets"):
        found = ecs.describe_services(cluster=CLUSTER, services=["awssdk-iam"])["services"][0]
        same([it["status"] for it in found["taskSets"]], ["PRIMARY"])
        same(found["taskSets"][0]["loadBalancers"][0]["targetGroupArn"], groups[0])
        same(found.get("deployments", []), [])
    w.refuses("CreateService refuses a name that is taken", "InvalidParameterException", ecs.create_service, says="Creation of service was not idempotent.", origin="the sentence that the Terraform provider and many threads quote", **ground.service(CLUSTER, groups[0], desiredCount=2))
    for title, code, given in (
        ("of a cluster that is not there", "ClusterNotFoundException", ground.service("absent", groups[0], name="x")),
        ("of a task definition that is not there", ("ClientException", "InvalidParameterException"), ground.service(CLUSTER, groups[0], name="x", family="absent")),
        ("of a revision that is inactive", ("ClientException", "InvalidParameterException"), ground.service(CLUSTER, groups[0], name="x", family="awssdk-iam:1")),
        ("to a target group that is not there", "InvalidParameterException", ground.service(CLUSTER, groups[0][:-16] + "0" * 16, name="x")),
        ("to a container that is not in the task", "InvalidParameterException", ground.service(CLUSTER, groups[0], name="x", loadBalancers=[{"targetGroupArn": groups[0], "containerName": "absent", "containerPort": 10012}])),
        ("to a port that the container does not open", "InvalidParameterException", ground.service(CLUSTER, groups[0], name="x", loadBalancers=[{"targetGroupArn": groups[0], "containerName": "awssdk-iam", "containerPort": 80}])),
        ("without a network", "InvalidParameterException", {key: value for key, value in ground.service(CLUSTER, groups[0], name="x").items() if key != "networkConfiguration"}),
        ("with a circuit breaker under CodeDeploy", "InvalidParameterException", ground.service(CLUSTER, groups[0], name="x", deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}})),
    ):
        w.refuses(f"CreateService refuses one {title}", code, ecs.create_service, **given)
    with w.check("DescribeServices tells what is missing"):
        found = ecs.describe_services(cluster=CLUSTER, services=["awssdk-iam", "absent"])
        same([it["serviceName"] for it in found["services"]], ["awssdk-iam"])
        same(found["failures"], [{"arn": f"{PREFIX}:service/{CLUSTER}/absent", "reason": "MISSING"}])
    w.refuses("DescribeServices of a cluster that is not there", "ClusterNotFoundException", ecs.describe_services, cluster="absent", services=["awssdk-iam"])
    w.refuses("DescribeServices refuses eleven services", "InvalidParameterException", ecs.describe_services, cluster=CLUSTER, services=[f"s{i}" for i in range(11)])
    with w.check("ListServices lists ARNs"):
        same(ecs.list_services(cluster=CLUSTER)["serviceArns"], [answer["serviceArn"]])
    w.refuses("UpdateService refuses another task definition under CodeDeploy", "InvalidParameterException", ecs.update_service, says="CODE_DEPLOY deployment controller", origin="UpdateService: only count, configuration and grace period under CODE_DEPLOY", cluster=CLUSTER, service="awssdk-iam", taskDefinition="awssdk-iam:2")
    with w.check("UpdateService changes the count"):
        same(ecs.update_service(cluster=CLUSTER, service="awssdk-iam", desiredCount=2)["service"]["desiredCount"], 2)
    w.refuses("UpdateService of a service that is not there", ("ServiceNotFoundException", "ServiceNotActiveException"), ecs.update_service, cluster=CLUSTER, service="absent", desiredCount=0)
    w.refuses("DeleteCluster of a cluster with services", "ClusterContainsServicesException", ecs.delete_cluster, cluster=CLUSTER)
    w.refuses("DeleteService of a service that runs", "InvalidParameterException", ecs.delete_service, says="The service cannot be stopped while it is scaled above 0.", cluster=CLUSTER, service="awssdk-iam")
    with w.check("tags of a service are added and listed"):
        ecs.tag_resource(resourceArn=answer["serviceArn"], tags=[{"key": "b", "value": "2"}])
        same(ecs.list_tags_for_resource(resourceArn=answer["serviceArn"])["tags"], [{"key": "b", "value": "2"}])
        ecs.untag_resource(resourceArn=answer["serviceArn"], tagKeys=["b"])
        same(ecs.list_tags_for_resource(resourceArn=answer["serviceArn"])["tags"], [])
    with w.check("a service of ECS itself has a deployment"):
        rolling = ecs.create_service(**ground.service(CLUSTER, groups[0], name="rolling", controller="ECS"))["service"]
        same([it["status"] for it in rolling["deployments"]], ["PRIMARY"])
        same(ecs.update_service(cluster=CLUSTER, service="rolling", taskDefinition="awssdk-iam:2", desiredCount=0)["service"]["taskDefinition"], f"{PREFIX}:task-definition/awssdk-iam:2")
        ecs.delete_service(cluster=CLUSTER, service="rolling")
    with w.check("DeleteService with force drains, and the service is gone"):
        holds(ecs.delete_service(cluster=CLUSTER, service="awssdk-iam", force=True)["service"]["status"] in ("DRAINING", "INACTIVE"), "it is still active")
    w.refuses("DeleteService of a service that is not there", "ServiceNotFoundException", ecs.delete_service, cluster=CLUSTER, service="absent")
    with w.check("DeleteCluster answers the cluster as inactive"):
        same(ecs.delete_cluster(cluster=CLUSTER)["cluster"]["status"], "INACTIVE")
        same(ecs.list_clusters()["clusterArns"], [])
    w.refuses("DeleteCluster of a cluster that is not there", "ClusterNotFoundException", ecs.delete_cluster, cluster="absent")
