"""What a platform team leaves in an account: a load balancer, a cluster and a Fargate service that
CodeDeploy deploys. Also used to prepare moto before crosspipe's own apply."""

from harness import trust

SUBNETS = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
GROUP = "sg-0a1b2c3d4e5f60001"
VPC = "vpc-0a1b2c3d4e5f60001"
NETWORK = {"awsvpcConfiguration": {"subnets": SUBNETS, "securityGroups": [GROUP], "assignPublicIp": "DISABLED"}}


def balancer(elb, name="bys-dev-alb-main", groups=("awssdk-iam-blue", "awssdk-iam-green"), subnets=SUBNETS, security=GROUP, vpc=VPC, listen=True):
    """Load balancer, target groups and the listener on the first of them."""
    alb = elb.create_load_balancer(Name=name, Subnets=subnets, SecurityGroups=[security])["LoadBalancers"][0]["LoadBalancerArn"]
    made = [
        elb.create_target_group(Name=it, Protocol="HTTP", Port=10012, VpcId=vpc, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
        for it in groups
    ]
    line = None
    if listen:
        line = elb.create_listener(LoadBalancerArn=alb, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": made[0]}])["Listeners"][0]["ListenerArn"]
    return alb, made, line


def task(account, family="awssdk-iam", **more):
    return {
        "family": family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": f"arn:aws:iam::{account}:role/exec",
        "containerDefinitions": [
            {"name": "awssdk-iam", "image": "public.ecr.aws/docker/library/busybox:stable", "essential": True, "portMappings": [{"containerPort": 10012, "protocol": "tcp"}]}
        ],
        **more,
    }


def service(cluster, target_group, name="awssdk-iam", family="awssdk-iam", controller="CODE_DEPLOY", network=NETWORK, **more):
    return {
        "cluster": cluster,
        "serviceName": name,
        "taskDefinition": family,
        "desiredCount": 1,
        "launchType": "FARGATE",
        "networkConfiguration": network,
        "deploymentController": {"type": controller},
        "loadBalancers": [{"targetGroupArn": target_group, "containerName": "awssdk-iam", "containerPort": 10012}],
        **more,
    }


def execution_role(iam):
    iam.create_role(RoleName="exec", AssumeRolePolicyDocument=trust(None, "ecs-tasks.amazonaws.com"))
