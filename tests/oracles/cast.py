"""Roles, sessions and policies in a line each, for checks of who may do what."""

import json

from harness import SHARED


def doc(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def may(action, resource="*", **condition):
    return one("Allow", action, resource, condition)


def not_(action, resource="*", **condition):
    return one("Deny", action, resource, condition)


def one(effect, action, resource, condition):
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return statement


def to(principal, action="sts:AssumeRole", resource=None, effect="Allow", **condition):
    """A statement of a resource policy: an ARN or account is meant as AWS, a service as Service."""
    if isinstance(principal, str) and principal != "*":
        principal = {"Service" if principal.endswith(".amazonaws.com") else "AWS": principal}
    statement = {"Effect": effect, "Principal": principal, "Action": action}
    if resource:
        statement["Resource"] = resource
    if condition:
        statement["Condition"] = condition
    return statement


def root(account):
    return f"arn:aws:iam::{account}:root"


class Cast:
    """Who plays in the checks. Every role trusts its own account's administrator, so that a session of it
    can be had, unless it is given a trust."""

    def __init__(self, w):
        self.w = w

    def role(self, name, *policy, account=SHARED, trust=None, **more):
        iam = self.w.client("iam", account)
        trusted = trust if trust is not None else [to(root(account))]
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=doc(*trusted), **more)["Role"]
        if policy:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=doc(*policy))
        return role["Arn"]

    def policy(self, name, *policy, account=SHARED):
        self.w.client("iam", account).put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=doc(*policy))

    def keys(self, arn, client=None, **more):
        """The credentials of a session of a role."""
        account = arn.split(":")[4]
        sts = client or self.w.client("sts", account)
        answer = sts.assume_role(RoleArn=arn, RoleSessionName=more.pop("RoleSessionName", "probe"), **more)["Credentials"]
        return answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]

    def as_(self, arn, service, **more):
        region = more.pop("region", None)
        account = arn.split(":")[4]
        extra = {"region": region} if region else {}
        return self.w.client(service, account, keys=self.keys(arn, **more), **extra)

    def user(self, name, *policy, account=SHARED):
        iam = self.w.client("iam", account)
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if policy:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=doc(*policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return arn, (key["AccessKeyId"], key["SecretAccessKey"], None)

    def allowed(self, title, call, origin="", **arguments):
        with self.w.check(f"allowed: {title}", origin):
            return call(**arguments)

    def refused(self, title, call, code="AccessDenied", status=None, says=None, origin="IAM User Guide, Policy evaluation logic", **arguments):
        if status is None:
            protocol = call.__self__.meta.service_model.resolved_protocol
            status = 400 if protocol in ("json", "smithy-rpc-v2-cbor") else 403
        self.w.refuses(f"refused: {title}", code, call, documented=True, status=status, says=says, origin=origin, **arguments)
