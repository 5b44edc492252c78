"""Opens accounts in ministack: in each a user with all rights, whose key is printed, and in the
environment accounts the role by which crosspipe comes in from the shared one."""

import json
import os
import sys

import boto3

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import DEV, PRD, REGION, SHARED, STG, allow, trust  # noqa: E402


def open_account(endpoint, account):
    # With AUTH=true an account's root has its account id as key, and the server's secret.
    iam = boto3.client("iam", endpoint_url=endpoint, region_name=REGION, aws_access_key_id=account, aws_secret_access_key="test")
    iam.create_user(UserName="administrator")
    iam.put_user_policy(UserName="administrator", PolicyName="all", PolicyDocument=allow("*"))
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    if account != SHARED:
        name = "OrganizationAccountAccessRole"
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(SHARED))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=allow("*"))
    return {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}


if __name__ == "__main__":
    print(json.dumps({account: open_account(sys.argv[1], account) for account in (SHARED, DEV, STG, PRD)}))
