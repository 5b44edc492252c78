"""AWS Security Token Service. Source where none is named: STS API Reference and its model."""

import datetime
import json

from harness import DEV, PRD, SHARED, STG, allow, fits, has, holds, lacks, same, send, signatures, trust

KEY = r"ASIA[A-Z2-7]{16}"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def run(w):
    sts = w.client("sts")

    for account in (SHARED, DEV, STG, PRD):
        with w.check(f"GetCallerIdentity names the administrator of {account}"):
            me = w.client("sts", account).get_caller_identity()
            has(me, "UserId", "Account", "Arn")
            same(me["Account"], account)
            fits(me["Arn"], rf"arn:aws:iam::{account}:user/[\w+=,.@/-]+")
            fits(me["UserId"], r"AIDA[A-Z2-7]{17}")

    signatures(w, "sts", "get_caller_identity")

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with w.check("STS refuses a request without a signature"):
        status, _, body = send(
            w, "sts", headers=form, signed=False, body=b"Action=GetCallerIdentity&Version=2011-06-15"
        )
        same(status, 403, "the status")
        holds(b"<Code>MissingAuthenticationToken</Code>" in body, f"answered {body}")
    for title, shift in (("past", -3600), ("future", 3600)):
        with w.check(f"STS refuses a signature of an hour in the {title}", "Signature Version 4: a request is valid for five to fifteen minutes"):
            status, _, body = send(
                w,
                "sts",
                headers=form,
                body=b"Action=GetCallerIdentity&Version=2011-06-15",
                at=now() + datetime.timedelta(seconds=shift),
            )
            same(status, 403, "the status")
            holds(b"<Code>SignatureDoesNotMatch</Code>" in body, f"answered {body}")
    with w.check("STS does not know an operation that does not exist"):
        status, _, body = send(w, "sts", headers=form, body=b"Action=MakeCoffee&Version=2011-06-15")
        same(status, 400, "the status")
        holds(b"<Code>InvalidAction</Code>" in body, f"answered {body}")
    with w.check("STS misses an operation"):
        status, _, body = send(w, "sts", headers=form, body=b"Version=2011-06-15")
        same(status, 400, "the status")
        holds(b"<Code>MissingAction</Code>" in body, f"answered {body}")
    with w.check("STS refuses a body that was changed after signing"):
        status, _, body = send(
            w,
            "sts",
            headers=form,
            body=b"Action=GetCallerIdentity&Version=2011-06-15",
            instead=b"Action=GetCallerIdentity&Version=2011-06-16",
        )
        same(status, 403, "the status")
        holds(b"SignatureDoesNotMatch" in body, f"answered {body}")

    # Roles across accounts

    iam = w.client("iam", DEV)
    caller = w.client("sts").get_caller_identity()["Arn"]
    iam.create_role(RoleName="deploy", Path="/pipe/", AssumeRolePolicyDocument=trust(SHARED))
    deploy = f"arn:aws:iam::{DEV}:role/pipe/deploy"

    with w.check("AssumeRole across accounts answers credentials of a session"):
        answer = sts.assume_role(RoleArn=deploy, RoleSessionName="pipeline")
        has(answer, "Credentials", "AssumedRoleUser")
        lacks(answer, "PackedPolicySize", "SourceIdentity")
        credentials = answer["Credentials"]
        has(credentials, "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        fits(credentials["AccessKeyId"], KEY)
        same(len(credentials["SecretAccessKey"]), 40, "the secret's length")
        same(answer["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{DEV}:assumed-role/deploy/pipeline")
        fits(answer["AssumedRoleUser"]["AssumedRoleId"], r"AROA[A-Z2-7]{17}:pipeline")
    with w.check("a session lasts an hour where nothing else is asked"):
        left = credentials["Expiration"] - now()
        holds(3500 < left.total_seconds() <= 3605, f"it lasts {left}")
    with w.check("the id of a session is the role's id with the session's name"):
        role = iam.get_role(RoleName="deploy")["Role"]
        same(answer["AssumedRoleUser"]["AssumedRoleId"], f"{role['RoleId']}:pipeline")
    with w.check("GetCallerIdentity of a session leaves out the role's path"):
        keys = tuple(credentials[it] for it in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        me = w.client("sts", DEV, keys=keys).get_caller_identity()
        same(me["Arn"], f"arn:aws:sts::{DEV}:assumed-role/deploy/pipeline")
        same(me["Account"], DEV)
        same(me["UserId"], f"{role['RoleId']}:pipeline")
    w.refuses(
        "STS refuses a session's key with another token",
        "InvalidClientTokenId",
        w.client("sts", keys=(keys[0], keys[1], "x" * 200)).get_caller_identity,
        documented=True,
        status=403,
        origin="STS API Reference, Common errors",
    )

    w.refuses(
        "AssumeRole of a role that trusts another account is denied",
        "AccessDenied",
        w.client("sts", STG).assume_role,
        status=403,
        says="is not authorized to perform: sts:AssumeRole on resource: " + deploy,
        RoleArn=deploy,
        RoleSessionName="x1",
    )
    w.refuses(
        "AssumeRole of a role that does not exist is denied, not missing",
        "AccessDenied",
        sts.assume_role,
        status=403,
        says=f"User: {caller} is not authorized to perform: sts:AssumeRole",
        RoleArn=f"arn:aws:iam::{DEV}:role/absent",
        RoleSessionName="x1",
    )
    w.refuses(
        "AssumeRole needs the path in the ARN",
        "AccessDenied",
        sts.assume_role,
        status=403,
        RoleArn=f"arn:aws:iam::{DEV}:role/deploy",
        RoleSessionName="x1",
    )
    w.refuses(
        "AssumeRole of an account that does not exist is denied",
        "AccessDenied",
        sts.assume_role,
        status=403,
        RoleArn="arn:aws:iam::999988887777:role/deploy",
        RoleSessionName="x1",
    )
    raw = w.client("sts", validate=False)
    for title, arguments in (
        ("an ARN that is none", dict(RoleArn="not-an-arn-of-anything", RoleSessionName="x1")),
        ("an ARN of a bucket", dict(RoleArn="arn:aws:s3:::bucket-of-somebody", RoleSessionName="x1")),
        ("a session's name with a blank", dict(RoleArn=deploy, RoleSessionName="a b")),
        ("a session's name of one letter", dict(RoleArn=deploy, RoleSessionName="a")),
        ("a session's name of 65 letters", dict(RoleArn=deploy, RoleSessionName="a" * 65)),
        ("no session's name", dict(RoleArn=deploy)),
        ("899 seconds", dict(RoleArn=deploy, RoleSessionName="x1", DurationSeconds=899)),
        ("43201 seconds", dict(RoleArn=deploy, RoleSessionName="x1", DurationSeconds=43201)),
        ("an external id of one letter", dict(RoleArn=deploy, RoleSessionName="x1", ExternalId="a")),
    ):
        w.refuses(f"AssumeRole refuses {title}", "ValidationError", raw.assume_role, **arguments)
    w.refuses(
        "AssumeRole refuses more than the role's longest session",
        "ValidationError",
        sts.assume_role,
        says="The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        RoleArn=deploy,
        RoleSessionName="x1",
        DurationSeconds=7200,
    )
    with w.check("AssumeRole gives as long as the role allows"):
        iam.update_role(RoleName="deploy", MaxSessionDuration=7200)
        answer = sts.assume_role(RoleArn=deploy, RoleSessionName="x1", DurationSeconds=7200)
        left = answer["Credentials"]["Expiration"] - now()
        holds(7100 < left.total_seconds() <= 7205, f"it lasts {left}")
    w.refuses(
        "AssumeRole refuses a session policy that is no JSON",
        "MalformedPolicyDocument",
        sts.assume_role,
        RoleArn=deploy,
        RoleSessionName="x1",
        Policy="{not json",
    )
    with w.check("a session policy is counted in PackedPolicySize"):
        answer = sts.assume_role(RoleArn=deploy, RoleSessionName="x1", Policy=allow("s3:GetObject"))
        holds(0 < answer["PackedPolicySize"] <= 100, f"PackedPolicySize {answer.get('PackedPolicySize')}")

    # Conditions of a trust

    document = json.loads(trust(SHARED))
    document["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "bys-7788"}}
    iam.create_role(RoleName="outside", AssumeRolePolicyDocument=json.dumps(document))
    outside = f"arn:aws:iam::{DEV}:role/outside"
    for title, more in (("no", {}), ("another", {"ExternalId": "bys-7789"})):
        w.refuses(
            f"a trust with an external id denies {title} external id",
            "AccessDenied",
            sts.assume_role,
            status=403,
            RoleArn=outside,
            RoleSessionName="x1",
            **more,
        )
    with w.check("a trust with an external id allows the right one"):
        sts.assume_role(RoleArn=outside, RoleSessionName="x1", ExternalId="bys-7788")

    here = w.client("iam")
    for name in ("runner", "stranger"):
        here.create_role(RoleName=name, AssumeRolePolicyDocument=trust(SHARED))
        here.put_role_policy(RoleName=name, PolicyName="assume", PolicyDocument=allow("sts:AssumeRole"))
    document["Statement"][0]["Condition"] = {
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{SHARED}:role/runner"}
    }
    iam.create_role(RoleName="narrow", AssumeRolePolicyDocument=json.dumps(document))
    narrow = f"arn:aws:iam::{DEV}:role/narrow"
    with w.check("a trust by account and aws:PrincipalArn allows the role that it names", "IAM User Guide, Global condition keys, aws:PrincipalArn"):
        runner = w.session(SHARED, f"arn:aws:iam::{SHARED}:role/runner", "sts")
        runner.assume_role(RoleArn=narrow, RoleSessionName="x1")
    with w.check("a trust by account and aws:PrincipalArn has a stranger to deny"):
        stranger = w.session(SHARED, f"arn:aws:iam::{SHARED}:role/stranger", "sts")
    w.refuses(
        "a trust by account and aws:PrincipalArn denies another role",
        "AccessDenied",
        stranger.assume_role,
        status=403,
        says=f"User: arn:aws:sts::{SHARED}:assumed-role/stranger/checks is not authorized",
        RoleArn=narrow,
        RoleSessionName="x1",
    )
    w.refuses(
        "a trust by account and aws:PrincipalArn denies a user",
        "AccessDenied",
        sts.assume_role,
        status=403,
        RoleArn=narrow,
        RoleSessionName="x1",
    )
    w.refuses(
        "role chaining is limited to an hour",
        "ValidationError",
        runner.assume_role,
        says="role chaining",
        origin="IAM User Guide, Roles terms and concepts, Role chaining",
        RoleArn=deploy,
        RoleSessionName="x1",
        DurationSeconds=7200,
    )
    iam.create_role(RoleName="service", AssumeRolePolicyDocument=trust(None, "codedeploy.amazonaws.com"))
    w.refuses(
        "a role of a service is not assumed by a user, not even of its own account",
        "AccessDenied",
        w.client("sts", DEV).assume_role,
        status=403,
        RoleArn=f"arn:aws:iam::{DEV}:role/service",
        RoleSessionName="x1",
    )
    with w.check("a role that is gone is no longer assumed"):
        iam.delete_role(RoleName="outside")
    w.refuses(
        "AssumeRole of a role that was deleted is denied",
        "AccessDenied",
        sts.assume_role,
        status=403,
        RoleArn=outside,
        RoleSessionName="x1",
        ExternalId="bys-7788",
    )

    # GetSessionToken

    with w.check("GetSessionToken answers credentials of the same user for twelve hours"):
        answer = sts.get_session_token()
        has(answer["Credentials"], "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        fits(answer["Credentials"]["AccessKeyId"], KEY)
        left = answer["Credentials"]["Expiration"] - now()
        holds(42000 < left.total_seconds() <= 43205, f"it lasts {left}")
        keys = tuple(answer["Credentials"][it] for it in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        same(w.client("sts", keys=keys).get_caller_identity()["Arn"], caller)
    w.refuses("GetSessionToken refuses 899 seconds", "ValidationError", raw.get_session_token, DurationSeconds=899)
    w.refuses("GetSessionToken refuses 129601 seconds", "ValidationError", raw.get_session_token, DurationSeconds=129601)
    w.refuses(
        "GetSessionToken is not for sessions",
        "AccessDenied",
        runner.get_session_token,
        status=403,
        says="Cannot call GetSessionToken with session credentials",
        origin="STS API Reference, GetSessionToken: called with the long-term credentials of a user",
    )
