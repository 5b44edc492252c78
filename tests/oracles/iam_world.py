"""The small world that the cases play in: few accounts, few names, so that rules meet often."""

A, B, C = "111111111111", "222222222222", "333333333333"
ORGS = ["o-aaaaaaaaaa", "o-bbbbbbbbbb"]

SERVICES = ["codepipeline.amazonaws.com", "codebuild.amazonaws.com", "events.amazonaws.com"]
PROVIDERS = ["oidc-provider/token.example.com", "saml-provider/Corp"]


def callers(account):
    """The callers of one account, by kind."""
    return {
        "session": f"arn:aws:sts::{account}:assumed-role/Deploy/run",
        "role": f"arn:aws:iam::{account}:role/Deploy",
        "user": f"arn:aws:iam::{account}:user/ann",
        "root": f"arn:aws:iam::{account}:root",
        "federated-user": f"arn:aws:sts::{account}:federated-user/bob",
    }


class Target:
    """What is asked for: actions of one kind of resource, and ARNs near the right one."""

    def __init__(self, name, actions, resource, near, keys=(), policy=True, trust=False):
        self.name = name
        self.actions = actions
        self.resource = resource  # with {account}
        self.near = near
        self.keys = keys  # service-specific condition keys
        self.has_policy = policy
        self.is_trust = trust


TARGETS = [
    Target(
        "s3 object",
        ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion"],
        "arn:aws:s3:::artifacts/app/build.zip",
        ["arn:aws:s3:::artifacts", "arn:aws:s3:::artifacts/app/other.zip", "arn:aws:s3:::others/*", "arn:aws:s3:::Artifacts/*"],
        ["s3:x-amz-server-side-encryption"],
    ),
    Target(
        "s3 bucket",
        ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"],
        "arn:aws:s3:::artifacts",
        ["arn:aws:s3:::artifacts/*", "arn:aws:s3:::artifact", "arn:aws:s3:::others"],
        ["s3:max-keys", "s3:prefix"],
    ),
    Target(
        "kms key",
        ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ScheduleKeyDeletion", "kms:CreateGrant", "kms:Encrypt", "kms:RetireGrant", "kms:PutKeyPolicy"],
        "arn:aws:kms:eu-west-1:{account}:key/1234",
        ["arn:aws:kms:eu-west-1:{account}:key/9999", "arn:aws:kms:eu-west-1:{account}:alias/artifacts", "arn:aws:kms:us-east-1:{account}:key/*"],
        ["kms:ViaService", "kms:CallerAccount", "kms:EncryptionContext:app"],
    ),
    Target(
        "role to assume",
        ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "arn:aws:iam::{account}:role/Target",
        ["arn:aws:iam::{account}:role/Other", "arn:aws:iam::{account}:user/Target", "arn:aws:sts::{account}:role/Target"],
        ["sts:ExternalId", "sts:RoleSessionName"],
        trust=True,
    ),
    Target(
        "role for the web",
        ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"],
        "arn:aws:iam::{account}:role/Target",
        ["arn:aws:iam::{account}:role/Other"],
        [],
        trust=True,
    ),
    Target(
        "role to pass",
        ["iam:PassRole", "iam:GetRole", "iam:UpdateAssumeRolePolicy"],
        "arn:aws:iam::{account}:role/team/Task",
        ["arn:aws:iam::{account}:role/Task", "arn:aws:iam::{account}:role/team/Other", "arn:aws:iam::{account}:policy/*"],
        ["iam:PassedToService"],
        policy=False,
    ),
    Target(
        "queue",
        ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"],
        "arn:aws:sqs:eu-west-1:{account}:jobs",
        ["arn:aws:sqs:eu-west-1:{account}:job", "arn:aws:sqs:*:{account}:others", "arn:aws:sqs:us-east-1:{account}:jobs"],
    ),
    Target(
        "topic",
        ["sns:Publish", "sns:Subscribe"],
        "arn:aws:sns:eu-west-1:{account}:news",
        ["arn:aws:sns:eu-west-1:{account}:new", "arn:aws:sns:us-east-1:{account}:*"],
    ),
    Target(
        "function",
        ["lambda:InvokeFunction", "lambda:GetFunction"],
        "arn:aws:lambda:eu-west-1:{account}:function:work",
        ["arn:aws:lambda:eu-west-1:{account}:function:play", "arn:aws:lambda:eu-west-1:{account}:layer:*"],
    ),
    Target(
        "repository",
        ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:PutImage"],
        "arn:aws:ecr:eu-west-1:{account}:repository/app",
        ["arn:aws:ecr:eu-west-1:{account}:repository/web", "arn:aws:ecr:us-east-1:{account}:repository/*"],
    ),
    Target(
        "secret",
        ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        "arn:aws:secretsmanager:eu-west-1:{account}:secret:db-AbCdEf",
        ["arn:aws:secretsmanager:eu-west-1:{account}:secret:web-*"],
    ),
    Target(
        "deployment group",
        ["codedeploy:CreateDeployment", "codedeploy:GetDeployment"],
        "arn:aws:codedeploy:eu-west-1:{account}:deploymentgroup:app/blue",
        ["arn:aws:codedeploy:eu-west-1:{account}:deploymentgroup:app/green", "arn:aws:codedeploy:eu-west-1:{account}:application:app"],
        policy=False,
    ),
    Target(
        "no resource",
        ["ecr:GetAuthorizationToken", "s3:ListAllMyBuckets", "sqs:ListQueues", "kms:ListKeys"],
        "*",
        ["arn:aws:ecr:*:*:*", "arn:aws:s3:::*", "arn:aws:*:*:*:*"],
        policy=False,
    ),
]  # fmt: skip

# Condition keys by the kind of operator that reads them: key -> values a request may have.
STRINGS = {
    "aws:PrincipalOrgID": ORGS,
    "aws:SourceAccount": [A, B, C],
    "aws:SourceVpce": ["vpce-1a", "vpce-2b"],
    "aws:SourceVpc": ["vpc-1a", "vpc-2b"],
    "aws:PrincipalAccount": [A, B, C],
    "aws:PrincipalTag/team": ["blue", "Blue", "b*", "app", "b:lue"],
    "aws:username": ["ann", "Ann", "app", "build.zip"],
    "aws:userid": ["AROAEXAMPLE:run", "AIDAEXAMPLE"],
    "aws:RequestedRegion": ["eu-west-1", "us-east-1"],
    "s3:x-amz-server-side-encryption": ["aws:kms", "AES256"],
    "s3:prefix": ["app/", "app/ann", "other/"],
    "kms:ViaService": ["s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"],
    "kms:CallerAccount": [A, B],
    "kms:EncryptionContext:app": ["one", "two"],
    "sts:ExternalId": ["secret", "Secret", "guess"],
    "sts:RoleSessionName": ["run", "walk"],
    "iam:PassedToService": ["ecs-tasks.amazonaws.com", "codebuild.amazonaws.com"],
}
LISTS = {
    "aws:TagKeys": ["env", "team", "Env", "cost"],
    "aws:PrincipalOrgPaths": ["o-aaaaaaaaaa/r-ab12/ou-1/", "o-aaaaaaaaaa/r-ab12/ou-2/"],
    "aws:CalledVia": ["cloudformation.amazonaws.com", "athena.amazonaws.com"],
}
NUMBERS = {"aws:MultiFactorAuthAge": ["5", "10", "10.0", "-1", "300"], "s3:max-keys": ["5", "10", "1000"]}
DATES = {
    "aws:CurrentTime": ["2024-06-01T12:00:00Z", "2024-06-01", "2025-01-01T00:00:00+02:00", "1717243200"],
    "aws:TokenIssueTime": ["2024-06-01T12:00:00Z", "2023-01-01T00:00:00.500Z", "1717243200"],
}
BOOLS = {
    "aws:SecureTransport": ["true", "false"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:PrincipalIsAWSService": ["true", "false"],
}
BINARIES = {"aws:PrincipalTag/blob": ["QmluYXJ5", "YmluYXJ5", "AAAA"]}
ADDRESSES = {"aws:SourceIp": ["10.1.2.3", "203.0.113.7", "2001:db8::7"], "aws:VpcSourceIp": ["10.1.2.3", "192.168.1.1"]}
NETWORKS = ["10.0.0.0/8", "203.0.113.0/24", "203.0.113.7", "2001:db8::/32", "2001:db8::7", "0.0.0.0/0", "0.0.0.0/1", "192.168.0.0/16", "10.1.0.0/16"]
ARNS = {
    "aws:PrincipalArn": [f"arn:aws:iam::{a}:{k}" for a in (A, B) for k in ("role/Deploy", "user/ann")],
    "aws:SourceArn": [
        f"arn:aws:sns:eu-west-1:{A}:news",
        f"arn:aws:events:eu-west-1:{B}:rule/nightly",
        f"arn:aws:s3:eu-west-1:{A}:store/abc:{B}:finance/x",
        "arn:aws:s3:::artifacts",
    ],
}

OPERATORS_OF = {
    "string": ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"],
    "number": ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"],
    "date": ["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"],
    "bool": ["Bool"],
    "binary": ["BinaryEquals"],
    "address": ["IpAddress", "NotIpAddress"],
    "arn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
}  # fmt: skip
NOT_OPERATORS = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "NumericNotEquals", "DateNotEquals", "NotIpAddress", "ArnNotEquals", "ArnNotLike"]  # fmt: skip

# Conditions with which a statement for everybody is public for S3, is not, or perhaps is.
FIXING_CONDITIONS = [
    ("StringEquals", "aws:SourceVpc", "vpc-1a"),
    ("StringLike", "aws:SourceVpc", "vpc-*"),
    ("StringLike", "aws:SourceVpce", ["vpce-1a", "vpce-2b"]),
    ("StringLike", "aws:SourceVpce", ["vpce-1a", "vpce-?"]),
    ("StringNotEquals", "aws:SourceVpc", "vpc-1a"),
    ("StringEqualsIfExists", "aws:SourceVpc", "vpc-1a"),
    ("StringEquals", "aws:SourceVpc", "${aws:PrincipalTag/team}"),
    ("StringEquals", "aws:PrincipalOrgID", "o-aaaaaaaaaa"),
    ("StringEquals", "AWS:sourceaccount", [A, B]),
    ("StringEquals", "aws:PrincipalTag/team", "blue"),
    ("ArnLike", "aws:SourceArn", f"arn:aws:sns:eu-west-1:{A}:news"),
    ("ArnLike", "aws:SourceArn", f"arn:aws:sns:eu-west-1:{A}:*"),
    ("ArnEquals", "aws:PrincipalArn", f"arn:aws:iam::{A}:role/Deploy"),
    ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{A}:role/*"),
    ("StringEquals", "aws:userid", "AIDAEXAMPLE"),
    ("IpAddress", "aws:SourceIp", "11.0.0.0/8"),
    ("IpAddress", "aws:SourceIp", ["11.0.0.0/8", "12.0.0.0/7"]),
    ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
    ("IpAddress", "aws:SourceIp", "2001:db8::/32"),
    ("IpAddress", "aws:SourceIp", "2001:db8::/31"),
    ("NotIpAddress", "aws:SourceIp", "11.0.0.0/8"),
    ("Null", "aws:SourceVpc", "false"),
]
