"""Documents that AWS takes and those that it does not. Source where none is named: IAM User Guide, "Grammar of the
IAM JSON policy language", "IAM JSON policy elements", "IAM and AWS STS quotas"; S3 User Guide, "Policies and
permissions"; KMS Developer Guide, "Key policies"; messages observed in public repositories' issues."""

import json

from cast import Cast, doc, may, root, to
from harness import DEV, REGION, SHARED, holds, same

BAD = "MalformedPolicyDocument"


def run(w):
    it = Cast(w)
    trusts(w, it)
    identities(w, it)
    sizes(w, it)
    federated(w, it)
    buckets(w, it)
    keys(w, it)
    buses(w, it)
    sessions(w, it)


def version(text, *statements):
    return json.dumps({"Version": text, "Statement": list(statements)})


def trusts(w, it):
    iam = w.client("iam")
    good = to(root(SHARED))
    no = lambda *names: {k: v for k, v in good.items() if k not in names}  # noqa: E731
    for title, text in (
        ("that is no JSON", "{"), ("that is a list", "[]"), ("that is a text", '"x"'), ("that is empty", "{}"),
        ("without statements", json.dumps({"Version": "2012-10-17"})), ("with no statement in the list", json.dumps({"Version": "2012-10-17", "Statement": []})),
        ("of a version that is none", version("2012-10-18", good)), ("of a version as a number", json.dumps({"Version": 20121017, "Statement": [good]})),
        ("without a principal", doc(no("Principal"))), ("without an effect", doc(no("Effect"))), ("without an action", doc(no("Action"))),
        ("with a resource", doc({**good, "Resource": "*"})), ("with an effect that is none", doc({**good, "Effect": "Permit"})), ("with an effect in small letters", doc({**good, "Effect": "allow"})),
        ("with an element that is none", doc({**good, "Subject": "x"})), ("with a member beside the statements that is none", json.dumps({"Version": "2012-10-17", "Statement": [good], "Owner": "x"})),
        ("with an operator that is none", doc(to(root(SHARED), StringIs={"sts:ExternalId": "x"}))), ("with a condition that is a list", doc({**good, "Condition": []})),
        ("with a role that is not there", doc(to(f"arn:aws:iam::{SHARED}:role/absent"))), ("with a user that is not there", doc(to(f"arn:aws:iam::{SHARED}:user/absent"))),
        ("with a pattern of roles", doc(to(f"arn:aws:iam::{SHARED}:role/*"))), ("with a pattern of accounts", doc(to("arn:aws:iam::*:root"))),
        ("with an account that is not there", doc(to("arn:aws:iam::999988887777:root"))), ("with an ARN of S3 as principal", doc(to("arn:aws:s3:::bucket"))),
        ("with a service that is none", doc({**good, "Principal": {"Service": "codebuild"}})), ("with a kind of principal that is none", doc({**good, "Principal": {"Role": "x"}})),
        ("with an empty list of principals", doc({**good, "Principal": {"AWS": []}})), ("with an action of another service", doc({**good, "Action": "s3:GetObject"})),
        ("with an action without a service", doc({**good, "Action": "AssumeRole"})), ("with both Principal and NotPrincipal", doc({**good, "NotPrincipal": {"AWS": "*"}})),
        ("with both Action and NotAction", doc({**good, "NotAction": "sts:TagSession"})), ("with a statement id twice", doc({**good, "Sid": "A"}, {**good, "Sid": "A"})),
        ("with a statement id with a blank", doc({**good, "Sid": "A b"})),
    ):
        it.refused(f"a trust {title}", iam.create_role, BAD, 400, RoleName="never", AssumeRolePolicyDocument=text)
    it.refused("a trust with a role that is not there says which", iam.create_role, BAD, 400, RoleName="never", AssumeRolePolicyDocument=doc(to(f"arn:aws:iam::{SHARED}:role/absent")), says=f'Invalid principal in policy: "AWS":"arn:aws:iam::{SHARED}:role/absent"')
    for kind, name in (("AWS", f"arn:aws:iam::{SHARED}:role/*"), ("Service", "nosuch.amazonaws.com"), ("Service", "codebuild.amazon.com")):
        it.refused(f"a trust with {name} says so", iam.create_role, BAD, 400, RoleName="never", AssumeRolePolicyDocument=doc({**good, "Principal": {kind: name}}), says=f'Invalid principal in policy: "{kind.upper()}":"{name}"')
    it.refused("a trust with a statement id twice says so", iam.create_role, BAD, 400, RoleName="never", AssumeRolePolicyDocument=doc({**good, "Sid": "A"}, {**good, "Sid": "A"}), says="Statement IDs (SID) in a single policy must be unique.")
    services = ["codepipeline.amazonaws.com", "codedeploy.eu-west-1.amazonaws.com", "delivery.logs.amazonaws.com", "ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com"]
    it.allowed("a trust in services of every form of name", iam.create_role, RoleName="of-services", AssumeRolePolicyDocument=doc({**good, "Principal": {"Service": services}}))
    with w.check("none of the refused roles was made"):
        same([r["RoleName"] for r in iam.list_roles()["Roles"] if r["RoleName"] == "never"], [])
    it.allowed("a trust without a version", iam.create_role, RoleName="old", AssumeRolePolicyDocument=json.dumps({"Statement": [good]}))
    it.allowed("a trust with one statement that is no list", iam.create_role, RoleName="single", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": good}))
    it.allowed("a trust with its session actions", iam.create_role, RoleName="several", AssumeRolePolicyDocument=doc({**good, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}))
    it.allowed("a trust with a session as principal", iam.create_role, RoleName="of-session", AssumeRolePolicyDocument=doc(to(f"arn:aws:sts::{SHARED}:assumed-role/old/somebody")))
    for title, arguments, code in (
        ("a name with a blank", dict(RoleName="a b"), "ValidationError"), ("a name of 65 letters", dict(RoleName="a" * 65), "ValidationError"),
        ("a path without slashes", dict(RoleName="r", Path="x"), "ValidationError"), ("a description in Korean", dict(RoleName="r", Description="역할"), "ValidationError"),
        ("a session of a minute", dict(RoleName="r", MaxSessionDuration=60), "ValidationError"),
    ):
        it.refused(f"CreateRole with {title}", w.client("iam", validate=False).create_role, code, 400, AssumeRolePolicyDocument=doc(good), **arguments)
    it.refused("CreateRole of a name that is taken, in other letters", iam.create_role, "EntityAlreadyExists", 409, RoleName="OLD", AssumeRolePolicyDocument=doc(good))


def identities(w, it):
    iam = w.client("iam")
    it.role("holder")
    good = may("s3:GetObject", "arn:aws:s3:::b/*")
    no = lambda name: {k: v for k, v in good.items() if k != name}  # noqa: E731
    for title, text in (
        ("that is no JSON", "{"), ("of a version that is none", version("2012-10-18", good)), ("with a principal", doc({**good, "Principal": "*"})),
        ("without a resource", doc(no("Resource"))), ("without an action", doc(no("Action"))), ("without an effect", doc(no("Effect"))),
        ("with an action without a service", doc(may("GetObject"))), ("with an action of two colons", doc(may("s3:Get:Object"))), ("with an empty list of actions", doc({**good, "Action": []})),
        ("with a resource that is no ARN", doc(may("s3:GetObject", "bucket"))), ("with a resource of five parts", doc(may("s3:GetObject", "arn:aws:s3:b"))), ("with an empty resource", doc(may("s3:GetObject", ""))),
        ("with both Resource and NotResource", doc({**good, "NotResource": "*"})), ("with an element that is none", doc({**good, "Resources": "*"})),
        ("with an operator that is none", doc(may("s3:GetObject", "*", StringLikes={"a:b": "c"}))), ("with a service in capitals and a star", doc(may("s3*:Get"))),
        ("with a statement id twice", doc({**good, "Sid": "A"}, {**good, "Sid": "A"})), ("with a statement id with a dash", doc({**good, "Sid": "a-b"})), ("without statements", json.dumps({"Version": "2012-10-17", "Statement": []})),
        ("with letters that it may not have", doc({**good, "Sid": "가"})),
    ):
        it.refused(f"an inline policy {title}", iam.put_role_policy, (BAD, "ValidationError"), 400, RoleName="holder", PolicyName="p", PolicyDocument=text)
        it.refused(f"a managed policy {title}", iam.create_policy, (BAD, "ValidationError"), 400, PolicyName="never", PolicyDocument=text)
    it.refused("an inline policy with an action that has no service says so", iam.put_role_policy, BAD, 400, RoleName="holder", PolicyName="p", PolicyDocument=doc(may("GetObject")), says="Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    it.refused("an inline policy with a resource that is no ARN says so", iam.put_role_policy, BAD, 400, RoleName="holder", PolicyName="p", PolicyDocument=doc(may("s3:GetObject", "bucket")), says='Resource bucket must be in ARN format or "*".')
    for title, text, says in (
        ("without a resource", doc(no("Resource")), "Policy statement must contain resources."), ("without an action", doc(no("Action")), "Policy statement must contain actions."),
        ("with a statement id twice", doc({**good, "Sid": "A"}, {**good, "Sid": "A"}), "Statement IDs (SID) in a single policy must be unique."),
        ("with a statement id with a blank", doc({**good, "Sid": "a b"}), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"),
    ):
        it.refused(f"an inline policy {title} says so", iam.put_role_policy, BAD, 400, RoleName="holder", PolicyName="p", PolicyDocument=text, says=says)
    with w.check("none of the refused policies was put"):
        same((iam.list_role_policies(RoleName="holder")["PolicyNames"], iam.list_policies(Scope="Local")["Policies"]), ([], []))
    it.allowed("an inline policy with an action that nobody has", iam.put_role_policy, RoleName="holder", PolicyName="unknown", PolicyDocument=doc(may("nosuch:Thing")))
    it.allowed("an inline policy with a condition key that nobody has", iam.put_role_policy, RoleName="holder", PolicyName="unknown", PolicyDocument=doc(may("s3:GetObject", "*", StringEquals={"nosuch:key": "x"})))
    it.allowed("an inline policy with a variable", iam.put_role_policy, RoleName="holder", PolicyName="variable", PolicyDocument=doc(may("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")))


def sizes(w, it):
    iam = w.client("iam")
    it.role("sized")
    long = lambda count, each=90: doc(*(may("s3:GetObject", f"arn:aws:s3:::{'b' * 40}/{i:04}/*") for i in range(count)))  # noqa: E731
    it.refused("inline policies over 10240 characters", iam.put_role_policy, "LimitExceeded", 409, RoleName="sized", PolicyName="p", PolicyDocument=long(110), says="Maximum policy size of 10240 bytes exceeded for role sized")
    it.allowed("an inline policy that fits", iam.put_role_policy, RoleName="sized", PolicyName="p", PolicyDocument=long(60))
    it.refused("inline policies over 10240 characters together", iam.put_role_policy, "LimitExceeded", 409, RoleName="sized", PolicyName="q", PolicyDocument=long(60))
    it.allowed("white space is not counted", iam.put_role_policy, RoleName="sized", PolicyName="p", PolicyDocument=json.dumps(json.loads(long(60)), indent=40))
    it.refused("a managed policy over 6144 characters", iam.create_policy, "LimitExceeded", 409, PolicyName="big", PolicyDocument=long(70), says="Cannot exceed quota for PolicySize: 6144")
    trusted = doc(*(to(root(SHARED), StringEquals={"sts:ExternalId": f"{'x' * 80}{i}"}) for i in range(12)))
    it.refused("a trust over 2048 characters", iam.create_role, "LimitExceeded", 409, RoleName="bigtrust", AssumeRolePolicyDocument=trusted, says="Cannot exceed quota for ACLSizePerRole: 2048")
    arn = iam.create_policy(PolicyName="versions", PolicyDocument=doc(may("s3:GetObject")))["Policy"]["Arn"]
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=doc(may("s3:GetObject")))
    it.refused("a sixth version of a policy", iam.create_policy_version, "LimitExceeded", 409, PolicyArn=arn, PolicyDocument=doc(may("s3:GetObject")), says="A managed policy can have up to 5 versions")
    for i in range(10):
        one = iam.create_policy(PolicyName=f"attached{i}", PolicyDocument=doc(may("s3:GetObject")))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="sized", PolicyArn=one)
    it.refused("an eleventh policy of a role", iam.attach_role_policy, "LimitExceeded", 409, RoleName="sized", PolicyArn=arn, says="Cannot exceed quota for PoliciesPerRole: 10")
    it.refused("a role that still has policies is not deleted", iam.delete_role, "DeleteConflict", 409, RoleName="sized")
    it.refused("a policy that is attached is not deleted", iam.delete_policy, "DeleteConflict", 409, PolicyArn=one)


def federated(w, it):
    iam = w.client("iam")
    provider = iam.create_open_id_connect_provider(Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]
    host = "token.actions.githubusercontent.com"
    trust = lambda **condition: doc(to({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", **condition))  # noqa: E731
    audience = {f"{host}:aud": "sts.amazonaws.com"}
    for title, text in (
        ("without any condition", trust()), ("with the audience alone", trust(StringEquals=audience)),
    ):
        it.refused(f"a trust in GitHub {title}", iam.create_role, BAD, 400, RoleName="github", AssumeRolePolicyDocument=text, origin="IAM User Guide, Identity-provider controls for shared OIDC providers")
    it.allowed("a trust in GitHub with a subject", iam.create_role, RoleName="github", AssumeRolePolicyDocument=trust(StringEquals={**audience, f"{host}:sub": "repo:acme/orders:environment:dev"}))
    it.refused("a trust in GitHub loses its subject", iam.update_assume_role_policy, BAD, 400, RoleName="github", PolicyDocument=trust(StringEquals=audience), origin="IAM User Guide, Identity-provider controls for shared OIDC providers")
    with w.check("refused: a token that nobody has signed", "STS API Reference, AssumeRoleWithWebIdentity"):
        import urllib.parse
        import urllib3
        form = urllib.parse.urlencode({"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": f"arn:aws:iam::{SHARED}:role/github", "RoleSessionName": "probe", "WebIdentityToken": "a.b.c"})
        answer = urllib3.PoolManager().request("POST", w.endpoint + "/", body=form, headers={"Content-Type": "application/x-www-form-urlencoded"}, retries=False)
        same(answer.status, 400)
        holds(b"<Code>InvalidIdentityToken</Code>" in answer.data, f"{answer.data}")


def buckets(w, it):
    s3 = w.client("s3")
    s3.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": REGION})
    arn = "arn:aws:s3:::documents"
    good = to(root(DEV), "s3:GetObject", f"{arn}/*")
    no = lambda name: {k: v for k, v in good.items() if k != name}  # noqa: E731
    for title, text, says in (
        ("that is no JSON", "{", "Policies must be valid JSON"), ("without a principal", doc(no("Principal")), "Missing required field Principal"),
        ("without a resource", doc(no("Resource")), "Missing required field Resource"), ("without an action", doc(no("Action")), "Missing required field Action"),
        ("without an effect", doc(no("Effect")), "Missing required field Effect"), ("of another bucket", doc({**good, "Resource": "arn:aws:s3:::other/*"}), "Policy has invalid resource"),
        ("with a resource that is no ARN", doc({**good, "Resource": "documents"}), "Policy has invalid resource"), ("with an action of another service", doc({**good, "Action": "ec2:RunInstances"}), "Policy has invalid action"),
        ("with an action that S3 does not have", doc({**good, "Action": "s3:FlyObject"}), "Policy has invalid action"), ("with a role that is not there", doc(to(f"arn:aws:iam::{DEV}:role/absent", "s3:GetObject", f"{arn}/*")), "Invalid principal in policy"),
        ("with objects for an action on buckets", doc({**good, "Action": "s3:ListBucket"}), "Action does not apply to any resource(s) in statement"),
        ("with the bucket for an action on objects", doc({**good, "Resource": arn}), "Action does not apply to any resource(s) in statement"),
        ("of a version that is none", version("2012-10-18", good), None), ("with an element that is none", doc({**good, "Subject": "x"}), None), ("with an effect that is none", doc({**good, "Effect": "Permit"}), None),
        ("with a condition key that is none of S3's", doc({**good, "Condition": {"StringEquals": {"s3:nothing": "x"}}}), "Policy has an invalid condition key"),
        ("with an operator that is none", doc({**good, "Condition": {"StringIs": {"aws:PrincipalArn": "x"}}}), None),
        ("over 20 KB", doc(*({**good, "Sid": f"s{i}", "Condition": {"StringEquals": {"aws:PrincipalArn": "x" * 200}}} for i in range(70))), None),
    ):
        it.refused(f"a bucket's policy {title}", s3.put_bucket_policy, ("MalformedPolicy", "PolicyTooLarge", "InvalidPolicyDocument"), 400, says=says, Bucket="documents", Policy=text, origin="S3 API Reference, Error responses: MalformedPolicy; message observed")
    it.refused("no policy was put", s3.get_bucket_policy, "NoSuchBucketPolicy", 404, Bucket="documents")
    it.allowed("a bucket's policy", s3.put_bucket_policy, Bucket="documents", Policy=doc(good))


def keys(w, it):
    kms = w.client("kms")
    id = kms.create_key()["KeyMetadata"]["KeyId"]
    mine = to(root(SHARED), "kms:*", "*")
    for title, text in (
        ("that is empty", "{}"), ("without a resource", doc({k: v for k, v in mine.items() if k != "Resource"})), ("of a version that is none", version("2012-10-18", mine)),
        ("with an element that is none", doc({**mine, "Subject": "x"})), ("with an effect that is none", doc({**mine, "Effect": "Permit"})),
        ("with a pattern of roles", doc(mine, to(f"arn:aws:iam::{DEV}:role/*", "kms:Decrypt", "*"))), ("with an operator that is none", doc(mine, to(root(SHARED), "kms:Decrypt", "*", StringIs={"kms:CallerAccount": "x"}))),
        ("without statements", json.dumps({"Version": "2012-10-17", "Statement": []})), ("with a service that is none", doc(mine, {**mine, "Principal": {"Service": "nosuch.amazonaws.com"}})),
    ):
        it.refused(f"a key's policy {title}", kms.put_key_policy, "MalformedPolicyDocumentException", KeyId=id, PolicyName="default", Policy=text)


def buses(w, it):
    events = w.client("events")
    arn = f"arn:aws:events:{REGION}:{SHARED}:event-bus/default"
    for title, code, arguments in (
        ("that is no JSON", ("InvalidParameter", "ValidationException", "InvalidArgument", "PolicyLengthExceededException"), dict(Policy="{")),
        ("with an account that is no number", "ValidationException", dict(Action="events:PutEvents", Principal="abc", StatementId="a")),
        ("with another action", ("ValidationException", "InvalidParameter"), dict(Action="events:Fly", Principal=DEV, StatementId="a")),
        ("with a statement id with a blank", "ValidationException", dict(Action="events:PutEvents", Principal=DEV, StatementId="a b")),
        ("on a bus that is not there", "ResourceNotFoundException", dict(EventBusName="absent", Action="events:PutEvents", Principal=DEV, StatementId="a")),
    ):
        it.refused(f"PutPermission {title}", w.client("events", validate=False).put_permission, code, **arguments)
    for title, pattern in (
        ("that is no JSON", "{"), ("that is empty", "{}"), ("whose leaf is no list", json.dumps({"source": "aws.codecommit"})), ("whose list is empty", json.dumps({"source": []})),
        ("with an operator that is none", json.dumps({"source": [{"sounds-like": "x"}]})), ("that is a list", "[]"), ("whose number has no relation", json.dumps({"detail": {"n": [{"numeric": [1]}]}})),
    ):
        it.refused(f"a pattern {title}", events.put_rule, "InvalidEventPatternException", Name="never", EventPattern=pattern)
    it.refused("a rule without pattern and schedule", events.put_rule, "ValidationException", Name="never", says="EventPattern or ScheduleExpression")
    it.refused("a pattern over 4096 characters", w.client("events", validate=False).put_rule, ("ValidationException", "InvalidEventPatternException", "LimitExceededException"), Name="never", EventPattern=json.dumps({"source": ["x" * 5000]}))


def sessions(w, it):
    sts = w.client("sts")
    role = it.role("for-session", may("*"))
    for title, text in (("that is no JSON", "{"), ("with a principal", doc({**may("*"), "Principal": "*"})), ("of a version that is none", version("2012-10-18", may("*"))), ("without a resource", doc({"Effect": "Allow", "Action": "*"}))):
        it.refused(f"a session policy {title}", sts.assume_role, BAD, 400, RoleArn=role, RoleSessionName="probe", Policy=text)
    it.refused("a session policy over 2048 characters", w.client("sts", validate=False).assume_role, ("ValidationError", "PackedPolicyTooLarge"), 400, RoleArn=role, RoleSessionName="probe", Policy=doc(*(may("s3:GetObject", f"arn:aws:s3:::{'b' * 40}/{i}") for i in range(40))))
    it.refused("a managed session policy that is not there", sts.assume_role, (BAD, "NoSuchEntity", "ValidationError"), 400, RoleArn=role, RoleSessionName="probe", PolicyArns=[{"arn": f"arn:aws:iam::{SHARED}:policy/absent"}])
