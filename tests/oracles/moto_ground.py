"""Prepares the environment accounts in moto as a platform team leaves them, and prints the ARN of
each environment's listener."""

import json
import os
import sys

import boto3

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from checks import ground  # noqa: E402
from harness import DEV, PRD, REGION, STG  # noqa: E402


def client(endpoint, account, service):
    base = dict(endpoint_url=endpoint, region_name=REGION)
    testing = dict(aws_access_key_id="testing", aws_secret_access_key="testing")
    session = boto3.client("sts", **base, **testing).assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/anything", RoleSessionName="ground"
    )["Credentials"]
    return boto3.client(
        service,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
        **base,
    )


def prepare(endpoint, account):
    ec2 = client(endpoint, account, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate("ac")
    ]
    security = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    _, groups, line = ground.balancer(
        client(endpoint, account, "elbv2"), name="main", subnets=subnets, security=security, vpc=vpc
    )
    ecs = client(endpoint, account, "ecs")
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(**ground.task(account))
    network = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [security]}}
    ecs.create_service(**ground.service("main", groups[0], network=network))
    return line


if __name__ == "__main__":
    endpoint = sys.argv[1]
    print(json.dumps({name: prepare(endpoint, account) for name, account in (("dev", DEV), ("stg", STG), ("prd", PRD))}))
