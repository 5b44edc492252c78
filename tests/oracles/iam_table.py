"""Cases whose answer a person looked up, to try the slow evaluator by itself before anything is
compared with it. Each row: what it shows, the expected result, the case. Ends with 1 if one is off.

Sources, by tag: EV evaluation logic, XA cross-account evaluation logic, PR Principal, NP NotPrincipal,
OP condition operators, MV multivalued keys, VA variables (all IAM User Guide); SC and RC SCPs and
RCPs (Organizations User Guide); KM key policies and grants (KMS Developer Guide); BPA blocking public
access (S3 User Guide); UN: AWS does not say.
"""

import json
import sys

from iam_logic import ANY, ONE, glob
from iam_reference import evaluate
from iam_world import A, B, callers

ALLOWED, DENIED, SILENT, DEPENDS = "Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "Depends"
SESSION, ROLE, USER = callers(A)["session"], callers(A)["role"], callers(A)["user"]
ROOT, FEDERATED = callers(A)["root"], callers(A)["federated-user"]
SERVICE, ANYBODY = "codebuild.amazonaws.com", "*anonymous*"
OBJECT = "arn:aws:s3:::artifacts/k"
TOPIC = f"arn:aws:sns:eu-west-1:{A}:news"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/1"
TARGET = f"arn:aws:iam::{A}:role/Target"


def document(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def allow(principal=None, action="*", resource="*", condition=None, effect="Allow", **more):
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    if principal is not None:
        statement["Principal"] = principal
    if condition is not None:
        statement["Condition"] = condition
    return statement


def deny(principal=None, **more):
    return allow(principal, effect="Deny", **more)


def trust(principal):
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def case(principal=SESSION, action="s3:GetObject", resource=OBJECT, owner=A, context=None, own=(), **more):
    request = {"principal": principal, "action": action, "resource": resource, "resourceAccount": owner}
    return {"request": {**request, "context": context or {}}, "identityPolicies": list(own), **more}


def holds(expected, name, condition, context, version="2012-10-17", **more):
    """A row about one condition, on the only Allow there is."""
    own = [document(allow(condition=condition), version=version)]
    return (name, expected, case(context=context, own=own, **more))


EVERYTHING = document(allow())
NOTHING = document(allow(action="ec2:*"))
FULL = {"org": "r", "policies": [EVERYTHING]}


def naming():
    """EV, the table of implicit denies: what a resource policy's way of naming makes unnecessary."""
    by_arn = {"ArnEquals": {"aws:PrincipalArn": ROLE}}
    context = {"aws:PrincipalArn": ROLE}
    for name, principal, condition, alone, cut in [
        ("everybody", "*", None, ALLOWED, ALLOWED),
        ("everybody with aws:PrincipalArn", {"AWS": "*"}, by_arn, ALLOWED, ALLOWED),
        ("the session", {"AWS": SESSION}, None, ALLOWED, ALLOWED),
        ("the role", {"AWS": ROLE}, None, ALLOWED, SILENT),
        ("the account", {"AWS": A}, None, SILENT, SILENT),
    ]:
        policy = document(allow(principal, condition=condition))
        yield (f"EV: names {name}", alone, case(context=context, resourcePolicy=policy))
        yield (f"EV: names {name}, session policy silent", cut, case(context=context, resourcePolicy=policy, sessionPolicy=NOTHING))
        yield (f"EV: names {name}, boundary silent", cut, case(context=context, resourcePolicy=policy, boundaries=[NOTHING]))
    yield ("EV: names the user, boundary silent", ALLOWED, case(USER, resourcePolicy=document(allow({"AWS": USER})), boundaries=[NOTHING]))
    yield ("EV: names the federated user, session policy silent", ALLOWED, case(FEDERATED, resourcePolicy=document(allow({"AWS": FEDERATED})), sessionPolicy=NOTHING))
    yield ("EV: a federated user without session policy", SILENT, case(FEDERATED, own=[EVERYTHING]))
    yield ("EV: a federated user with one", ALLOWED, case(FEDERATED, own=[EVERYTHING], sessionPolicy=EVERYTHING))
    yield ("EV: account and identity", ALLOWED, case(own=[EVERYTHING], resourcePolicy=document(allow({"AWS": A}))))
    yield ("EV: the root user needs nothing", ALLOWED, case(ROOT))
    yield ("SC: but an SCP", SILENT, case(ROOT, scps=[{"org": "r", "policies": [NOTHING]}]))
    yield ("XA: both sides", ALLOWED, case(owner=B, own=[EVERYTHING], resourcePolicy=document(allow({"AWS": SESSION}))))
    yield ("XA: the resource's side alone", SILENT, case(owner=B, resourcePolicy=document(allow({"AWS": SESSION}))))
    yield ("XA: the caller's side alone", SILENT, case(owner=B, own=[EVERYTHING]))
    yield ("XA: boundary silent, session named", SILENT, case(owner=B, own=[EVERYTHING], boundaries=[NOTHING], resourcePolicy=document(allow({"AWS": SESSION}))))
    yield ("XA: PassRole stays at home", SILENT, case(action="iam:PassRole", resource=f"arn:aws:iam::{B}:role/T", owner=B, own=[EVERYTHING]))


def principals():
    yield ("PR: a service needs the resource policy only", ALLOWED, case(SERVICE, resourcePolicy=document(allow({"Service": SERVICE}))))
    yield ("PR: everybody is a service too", ALLOWED, case(SERVICE, resourcePolicy=document(allow("*"))))
    yield ("PR: nobody but everybody is anonymous", SILENT, case(ANYBODY, resourcePolicy=document(allow({"AWS": A}))))
    yield ("PR: anonymous", ALLOWED, case(ANYBODY, resourcePolicy=document(allow({"AWS": "*"}))))
    yield ("PR: the path of a role is dropped", ALLOWED, case(resourcePolicy=document(allow({"AWS": f"arn:aws:iam::{A}:role/team/Deploy"}))))
    yield ("PR: no wildcards", SILENT, case(resourcePolicy=document(allow({"AWS": f"arn:aws:iam::{A}:role/*"}))))
    yield ("PR: case matters", SILENT, case(resourcePolicy=document(allow({"AWS": f"arn:aws:iam::{A}:role/deploy"}))))
    yield ("PR: a unique id is of a role that is gone", SILENT, case(resourcePolicy=document(allow({"AWS": "AROAEXAMPLE"}))))
    exempt = [("account and role", [A, ROLE], DEPENDS), ("all three", [A, ROLE, SESSION], ALLOWED)]
    exempt += [(n, e, DENIED) for n, e in [("the session", [SESSION]), ("the role", [ROLE]), ("the account", [A]), ("another", [B])]]
    for name, entries, expected in exempt:
        policy = document(allow("*"), {"Effect": "Deny", "NotPrincipal": {"AWS": entries}, "Action": "*", "Resource": "*"})
        yield (f"NP: Deny lists {name}", expected, case(resourcePolicy=policy))
        yield (f"NP: Deny lists {name}, boundary", DENIED, case(resourcePolicy=policy, boundaries=[EVERYTHING]))
    policy = document({"Effect": "Allow", "NotPrincipal": {"AWS": B}, "Action": "*", "Resource": "*"})
    yield ("UN: Allow with NotPrincipal, alone", DEPENDS, case(resourcePolicy=policy))
    yield ("NP: Allow with NotPrincipal, both sides", ALLOWED, case(owner=B, own=[EVERYTHING], resourcePolicy=policy))


def language():
    yield ("Action: without case", ALLOWED, case(own=[document(allow(action="S3:getOBJECT"))]))
    yield ("Action: wildcards in the name", ALLOWED, case(own=[document(allow(action="s3:*Obj?ct"))]))
    yield ("Action: of another service", SILENT, case(own=[document(allow(action="ec2:*"))]))
    yield ("NotAction", SILENT, case(own=[document({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"})]))
    yield ("Resource: case matters", SILENT, case(own=[document(allow(resource="arn:aws:s3:::Artifacts/*"))]))
    yield ("Resource: the bucket is not its objects", SILENT, case(own=[document(allow(resource="arn:aws:s3:::artifacts"))]))
    yield ("Resource: * spans slashes", ALLOWED, case(own=[document(allow(resource="arn:aws:s3:::art*"))]))
    yield ("Resource: an ARN does not cover an action without resource", SILENT, case(action="s3:ListAllMyBuckets", resource="*", own=[document(allow(resource="arn:aws:s3:::*"))]))
    yield ("VA: filled in", ALLOWED, case(context={"aws:username": "k"}, own=[document(allow(resource="arn:aws:s3:::artifacts/${aws:username}"))]))
    yield ("VA: text before 2012", SILENT, case(context={"aws:username": "k"}, own=[document(allow(resource="arn:aws:s3:::artifacts/${aws:username}"), version="2008-10-17")]))
    yield ("VA: default", ALLOWED, case(own=[document(allow(resource="arn:aws:s3:::artifacts/${aws:username, 'k'}"))]))
    yield ("VA: right after the fifth colon", ALLOWED, case(action="sns:Publish", resource=TOPIC, context={"aws:username": "news"}, own=[document(allow(resource=f"arn:aws:sns:eu-west-1:{A}:${{aws:username}}"))]))
    yield ("VA: no value, no match", SILENT, case(own=[document(allow(resource="arn:aws:s3:::artifacts/${aws:username}*"))]))
    yield ("VA: a value brings no wildcard", SILENT, case(context={"aws:username": "*"}, own=[document(allow(resource="arn:aws:s3:::artifacts/${aws:username}"))]))
    yield ("Resource: an unfinished ARN is completed", ALLOWED, case(own=[document(allow(resource="arn:aws:s3"))]))
    yield ("UN: an unfinished ARN of a resource policy", DEPENDS, case(resourcePolicy=document(allow("*", resource="arn:aws:s3"))))
    yield ("Resource: an unfinished ARN of another service", SILENT, case(own=[document(allow(resource="arn:aws:sns*"))]))
    yield ("VA: the asterisk itself", SILENT, case(own=[document(allow(resource="arn:aws:s3:::artifacts/${*}"))]))
    yield ("UN: before the fifth colon", DEPENDS, case(action="sns:Publish", resource=TOPIC, context={"aws:PrincipalAccount": A}, own=[document(allow(resource="arn:aws:sns:eu-west-1:${aws:PrincipalAccount}:news"))]))
    yield ("UN: NotResource without value", DEPENDS, case(own=[document({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::${aws:username}"})]))


def operators():
    ip, now = "aws:SourceIp", "aws:CurrentTime"
    yield holds(ALLOWED, "OP: NotIpAddress, other family", {"NotIpAddress": {ip: "2001:db8::7"}}, {ip: "10.1.2.3"})
    yield holds(ALLOWED, "OP: every address", {"IpAddress": {ip: "0.0.0.0/0"}}, {ip: "10.1.2.3"})
    yield holds(ALLOWED, "OP: one address", {"IpAddress": {ip: "2001:db8::7"}}, {ip: "2001:DB8:0::7"})
    yield holds(SILENT, "OP: outside of the block", {"IpAddress": {ip: ["10.2.0.0/16", "2001:db8::/32"]}}, {ip: "10.1.2.3"})
    yield holds(ALLOWED, "OP: epoch", {"DateEquals": {now: "2024-06-01T12:00:00Z"}}, {now: "1717243200"})
    yield holds(ALLOWED, "OP: offset", {"DateEquals": {now: "2024-12-31T22:00:00Z"}}, {now: "2025-01-01T00:00:00+02:00"})
    yield holds(ALLOWED, "OP: a day", {"DateLessThan": {now: "2024-06-01T00:00:01Z"}}, {now: "2024-06-01"})
    yield holds(ALLOWED, "OP: decimals", {"NumericEquals": {"s3:max-keys": 10}}, {"s3:max-keys": "10.0"})
    yield holds(SILENT, "OP: numbers are no text", {"NumericLessThan": {"s3:max-keys": "9"}}, {"s3:max-keys": "10"})
    yield holds(ALLOWED, "OP: true is 'true'", {"Bool": {"aws:SecureTransport": True}}, {"aws:SecureTransport": "true"})
    yield holds(ALLOWED, "OP: bytes", {"BinaryEquals": {"k:b": "AAAA"}}, {"k:b": "AAAA"})
    yield holds(SILENT, "OP: StringEquals has no wildcards", {"StringEquals": {"aws:userid": "a*"}}, {"aws:userid": "ab"})
    yield holds(ALLOWED, "OP: StringLike has", {"StringLike": {"aws:userid": "a?*"}}, {"aws:userid": "ab"})
    yield holds(ALLOWED, "OP: keys have no case", {"StringEquals": {"AWS:UserId": "a"}}, {"aws:userid": "a"})
    yield holds(SILENT, "OP: values have", {"StringEquals": {"aws:userid": "A"}}, {"aws:userid": "a"})
    yield holds(ALLOWED, "OP: but not here", {"StringEqualsIgnoreCase": {"aws:userid": "A"}}, {"aws:userid": "a"})
    yield holds(SILENT, "OP: NOR", {"StringNotEquals": {"aws:userid": ["a", "b"]}}, {"aws:userid": "a"})
    yield holds(ALLOWED, "OP: absent and negated", {"StringNotEquals": {"aws:userid": "a"}}, {})
    yield holds(SILENT, "OP: absent", {"StringEquals": {"aws:userid": "a"}}, {})
    yield holds(ALLOWED, "OP: absent, IfExists", {"StringEqualsIfExists": {"aws:userid": "a"}}, {})
    yield holds(SILENT, "OP: both operators", {"StringEquals": {"aws:userid": "a"}, "Null": {"aws:userid": "true"}}, {"aws:userid": "a"})
    arn = {"aws:SourceArn": "arn:aws:some:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}
    yield holds(SILENT, "OP: ArnLike stops at colons", {"ArnLike": {"aws:SourceArn": "arn:aws:some:*:111122223333:finance/*"}}, arn)
    yield holds(ALLOWED, "OP: StringLike does not", {"StringLike": {"aws:SourceArn": "arn:aws:some:*:111122223333:finance/*"}}, arn)
    yield holds(DEPENDS, "UN: a pattern that is no ARN", {"ArnLike": {"aws:SourceArn": "arn:aws:some*"}}, arn)
    for operator in ("NumericNotEquals", "DateNotEquals", "NotIpAddress", "ArnNotEquals"):
        yield holds(DEPENDS, f"UN: {operator} of nonsense", {operator: {"aws:userid": ["1717243200", "arn:aws:s3:::b", "10.0.0.1"]}}, {"aws:userid": "x"})
    yield holds(ALLOWED, "VA: negated, variable without value", {"StringNotEquals": {"aws:userid": "${aws:username}"}}, {"aws:userid": "a"})
    yield holds(DEPENDS, "UN: Bool and a variable", {"Bool": {"aws:SecureTransport": "${aws:ViaAWSService}"}}, {"aws:SecureTransport": "true", "aws:ViaAWSService": "true"})
    tags = "aws:TagKeys"
    yield holds(ALLOWED, "MV: ForAllValues, absent", {"ForAllValues:StringEquals": {tags: "a"}}, {})
    yield holds(ALLOWED, "MV: ForAllValues, empty", {"ForAllValues:StringEquals": {tags: "a"}}, {tags: []})
    yield holds(SILENT, "MV: ForAllValues, one off", {"ForAllValues:StringEquals": {tags: "a"}}, {tags: ["a", "b"]})
    yield holds(ALLOWED, "MV: ForAnyValue, one on", {"ForAnyValue:StringEquals": {tags: "a"}}, {tags: ["a", "b"]})
    yield holds(SILENT, "MV: ForAnyValue, absent", {"ForAnyValue:StringEquals": {tags: "a"}}, {})
    yield holds(SILENT, "MV: ForAnyValue, absent and negated", {"ForAnyValue:StringNotEquals": {tags: "a"}}, {})
    yield holds(ALLOWED, "MV: ForAnyValue, negated", {"ForAnyValue:StringNotEquals": {tags: "a"}}, {tags: ["a", "b"]})
    yield holds(DEPENDS, "UN: ForAnyValue with IfExists, absent", {"ForAnyValue:StringEqualsIfExists": {tags: "a"}}, {})
    yield holds(DEPENDS, "UN: several values, no set operator", {"StringEquals": {tags: "a"}}, {tags: ["a", "b"]})
    yield holds(DEPENDS, "open: the key may come", {"StringEquals": {"aws:userid": "a"}}, {}, openContext=True)
    yield holds(SILENT, "open: given all the same", {"StringEquals": {"aws:userid": "a"}}, {"aws:userid": "b"}, openContext=True)


def limits():
    scp = lambda *documents: {"org": "x", "policies": list(documents)}
    yield ("SC: one Allow at each level", ALLOWED, case(own=[EVERYTHING], scps=[FULL, scp(NOTHING, EVERYTHING)]))
    yield ("SC: a level without", SILENT, case(own=[EVERYTHING], scps=[FULL, scp(NOTHING)]))
    yield ("SC: an empty level", SILENT, case(own=[EVERYTHING], scps=[FULL, scp()]))
    yield ("SC: a Deny", DENIED, case(own=[EVERYTHING], scps=[FULL, scp(EVERYTHING, document(deny()))]))
    yield ("SC: not for services", ALLOWED, case(SERVICE, resourcePolicy=document(allow({"Service": SERVICE})), scps=[scp(document(deny()))]))
    for setting in ("managementAccount", "serviceLinkedRole"):
        yield (f"SC: {setting}", ALLOWED, case(own=[EVERYTHING], scps=[scp(NOTHING)], settings={setting: True}))
    guard = [{"org": "x", "policies": [document(deny("*", action="s3:*"))]}]
    yield ("RC: a Deny", DENIED, case(own=[EVERYTHING], rcps=guard))
    yield ("RC: for services too", DENIED, case(SERVICE, resourcePolicy=document(allow({"Service": SERVICE})), rcps=guard))
    yield ("RC: no Allow is needed", ALLOWED, case(own=[EVERYTHING], rcps=[{"org": "x", "policies": []}]))
    yield ("RC: SNS has none", ALLOWED, case(action="sns:Publish", resource=TOPIC, own=[EVERYTHING], rcps=[{"org": "x", "policies": [document(deny("*", action="sns:*"))]}]))
    yield ("RC: not for service-linked roles", ALLOWED, case(own=[EVERYTHING], rcps=guard, settings={"serviceLinkedRole": True}))
    yield ("endpoint: must allow", SILENT, case(own=[EVERYTHING], endpointPolicies=[document(allow("*", action="ec2:*"))]))
    yield ("endpoint: allows", ALLOWED, case(own=[EVERYTHING], endpointPolicies=[document(allow("*"))]))
    yield ("boundary: alone grants nothing", SILENT, case(boundaries=[EVERYTHING]))
    yield ("UN: two boundaries, one silent", DEPENDS, case(own=[EVERYTHING], boundaries=[EVERYTHING, NOTHING]))
    yield ("session policy: cuts", SILENT, case(own=[EVERYTHING], sessionPolicy=NOTHING))


def services():
    key = {"action": "kms:Decrypt", "resource": KEY}
    yield ("KM: identity alone", SILENT, case(own=[EVERYTHING], **key))
    yield ("KM: handed to the account", ALLOWED, case(own=[EVERYTHING], resourcePolicy=document(allow({"AWS": A})), **key))
    yield ("KM: another role named", SILENT, case(own=[EVERYTHING], resourcePolicy=document(allow({"AWS": f"arn:aws:iam::{A}:role/Other"})), **key))
    yield ("KM: the root user too", SILENT, case(ROOT, resourcePolicy=document(allow({"AWS": ROLE})), **key))
    grant = {"GranteePrincipal": ROLE, "Operations": ["Decrypt"]}
    yield ("KM: a grant", ALLOWED, case(grants=[grant], resourcePolicy=document(allow({"AWS": B})), **key))
    yield ("KM: a grant against a Deny", DENIED, case(grants=[grant], resourcePolicy=document(deny("*")), **key))
    yield ("KM: a grant of something else", SILENT, case(grants=[{**grant, "Operations": ["Encrypt"]}], **key))
    bound = {**grant, "Constraints": {"EncryptionContextSubset": {"app": "one"}}}
    yield ("KM: a grant with its context", ALLOWED, case(grants=[bound], context={"kms:EncryptionContext:app": "one"}, **key))
    yield ("KM: a grant without its context", SILENT, case(grants=[bound], **key))
    far = f"arn:aws:kms:eu-west-1:{B}:key/1"
    names = document(allow({"AWS": A}))
    yield ("KM: another account's key", ALLOWED, case(action="kms:Decrypt", resource=far, owner=B, own=[EVERYTHING], resourcePolicy=names))
    yield ("KM: an operation of the owner", SILENT, case(action="kms:PutKeyPolicy", resource=far, owner=B, own=[EVERYTHING], resourcePolicy=names))
    yield ("UN: another account's grant", DEPENDS, case(action="kms:Decrypt", resource=far, owner=B, grants=[grant]))
    assume = {"action": "sts:AssumeRole", "resource": TARGET}
    yield ("trust: names the role", ALLOWED, case(resourcePolicy=trust({"AWS": ROLE}), **assume))
    yield ("trust: names the account", SILENT, case(resourcePolicy=trust({"AWS": A}), **assume))
    yield ("trust: must allow", SILENT, case(own=[EVERYTHING], resourcePolicy=trust({"AWS": B}), **assume))
    yield ("trust: TagSession apart", SILENT, case(own=[EVERYTHING], action="sts:TagSession", resource=TARGET, resourcePolicy=trust({"AWS": A})))
    yield ("trust: not for the root user", SILENT, case(ROOT, resourcePolicy=trust({"AWS": A}), **assume))
    yield ("UN: trust for everybody, a service", DEPENDS, case(SERVICE, resourcePolicy=trust("*"), **assume))
    yield ("GetCallerIdentity cannot be denied", ALLOWED, case(action="sts:GetCallerIdentity", resource="*", own=[document(deny())]))
    root_denied = document(deny("*"))
    yield ("S3: the owner's root user and the policy", ALLOWED, case(ROOT, "s3:PutBucketPolicy", "arn:aws:s3:::artifacts", resourcePolicy=root_denied))
    yield ("S3: and nothing but the policy", DENIED, case(ROOT, "s3:ListBucket", "arn:aws:s3:::artifacts", resourcePolicy=root_denied))


def public_buckets():
    """BPA, the meaning of public; the asking account is named by a statement that is not public."""
    everybody = lambda **condition: allow("*", action="s3:ListBucket", condition=condition)
    rows = [
        ("no other statement", ALLOWED, None),
        ("everybody", SILENT, everybody()),
        ("a web provider", SILENT, allow({"Federated": "graph.facebook.com"}, action="s3:ListBucket")),
        ("a service", ALLOWED, allow({"Service": SERVICE}, action="s3:ListBucket")),
        ("a VPC", ALLOWED, everybody(StringEquals={"aws:SourceVpc": "vpc-1"})),
        ("any VPC", SILENT, everybody(StringLike={"aws:SourceVpc": "vpc-*"})),
        ("a VPC or any", SILENT, everybody(StringLike={"aws:SourceVpc": ["vpc-1", "vpc-*"]})),
        ("a variable", SILENT, everybody(StringEquals={"aws:SourceVpc": "${aws:PrincipalTag/x}"})),
        ("not this VPC", SILENT, everybody(StringNotEquals={"aws:SourceVpc": "vpc-1"})),
        ("a VPC if there is one", SILENT, everybody(StringEqualsIfExists={"aws:SourceVpc": "vpc-1"})),
        ("an organization", ALLOWED, everybody(StringEquals={"aws:PrincipalOrgID": "o-1"})),
        ("a /8", ALLOWED, everybody(IpAddress={"aws:SourceIp": "11.0.0.0/8"})),
        ("a /7", SILENT, everybody(IpAddress={"aws:SourceIp": "12.0.0.0/7"})),
        ("a /31 of IPv6", SILENT, everybody(IpAddress={"aws:SourceIp": "2001:db8::/31"})),
        ("access points of an account", ALLOWED, everybody(ArnLike={"s3:DataAccessPointArn": f"arn:aws:s3:us-west-2:{A}:accesspoint/*"})),
        ("a role by its ARN", DEPENDS, everybody(ArnEquals={"aws:PrincipalArn": ROLE})),
        ("a Deny for everybody", ALLOWED, deny("*", action="s3:PutObject")),
    ]  # fmt: skip
    blocked = {"settings": {"blockPublicAccess": True}}
    for name, expected, statement in rows:
        policy = document(*([allow({"AWS": A})] + ([statement] if statement else [])))
        yield (f"BPA: {name}", expected, case(owner=B, own=[EVERYTHING], resourcePolicy=policy, **blocked))
    public = document(allow("*"))
    yield ("BPA: the own account", ALLOWED, case(resourcePolicy=public, **blocked))
    yield ("BPA: a service principal", ALLOWED, case(SERVICE, resourcePolicy=public, **blocked))
    yield ("BPA: anonymous", SILENT, case(ANYBODY, resourcePolicy=public, **blocked))


def globs():
    """The matcher against a list of answers that anybody can check."""
    tokens = lambda pattern: [{"*": ANY, "?": ONE}.get(c, c) for c in pattern]
    rows = [("", "", 1), ("", "a", 0), ("*", "", 1), ("?", "", 0), ("a*c", "abbc", 1), ("a*c", "ab", 0), ("a?c", "ac", 0)]
    rows += [("*a*", "bab", 1), ("**", "x", 1), ("?*", "x", 1), ("a*b*c", "aXbYc", 1), ("a*b*c", "acb", 0), ("*aab", "aaab", 1)]
    return [f"glob {p!r} {t!r}" for p, t, wanted in rows if glob(tokens(p), t) != bool(wanted)]


def main():
    rows = [row for group in (naming, principals, language, operators, limits, services, public_buckets) for row in group()]
    if sys.argv[1:] == ["--cases"]:
        for name, _, given in rows:
            print(json.dumps({"id": name, **given}))
        return
    wrong = globs()
    for name, expected, given in rows:
        answer = evaluate(json.dumps(given))
        if answer["result"] != expected:
            wrong.append(f"{name}: expected {expected}, got {json.dumps(answer)}\n    {json.dumps(given)}")
    count = len(rows)
    for line in wrong:
        print(line)
    print(f"{count - len(wrong)} of {count} as expected")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
