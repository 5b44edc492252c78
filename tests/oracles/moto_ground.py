"""Prepares the environment accounts in moto as a platform team leaves them, and prints the ARN of
each environment's listener and, for each account, keys with which boto3 is in it."""

import json
import os
import sys

import boto3

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from checks import ground  # noqa: E402
from harness import DEV, PRD, REGION, SHARED, STG  # noqa: E402


def keys(endpoint, account):
    """In moto an account is chosen by assuming any role of it."""
    session = boto3.client(
        "sts",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    ).assume_role(RoleArn=f"arn:aws:iam::{account}:role/anything", RoleSessionName="ground")
    session = session["Credentials"]
    return {"accessKeyId": session["AccessKeyId"], "secretAccessKey": session["SecretAccessKey"]}


def client(endpoint, account, service):
    given = keys(endpoint, account)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=given["accessKeyId"],
        aws_secret_access_key=given["secretAccessKey"],
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
    environments = (("dev", DEV), ("stg", STG), ("prd", PRD))
    ground_of = {
        "listeners": {name: prepare(endpoint, account) for name, account in environments},
        "accounts": {account: keys(endpoint, account) for account in (SHARED, DEV, STG, PRD)},
    }
    print(json.dumps(ground_of))
