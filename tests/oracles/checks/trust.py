"""Who may take on which role, and what a session may do then. Source where none is named: IAM User Guide,
"Policy evaluation logic", "IAM roles", "AWS global condition context keys"; STS API Reference."""

import json

from cast import Cast, doc, may, not_, root, to
from harness import DEV, PRD, REGION, SHARED, STG, holds, same

DENIED = "AccessDenied"


def run(w):
    it = Cast(w)
    credentials(w, it)
    sides(w, it)
    conditions(w, it)
    tags(w, it)
    sessions(w, it)
    identity(w, it)


def credentials(w, it):
    """Each protocol has its own words for credentials that are not good."""
    _, keys = it.user("worker", may("*"))
    asks = {
        "sts": ("get_caller_identity", {}, 403), "iam": ("list_roles", {}, 403), "elbv2": ("describe_load_balancers", {}, 403),
        "kms": ("list_keys", {}, 400), "codepipeline": ("list_pipelines", {}, 400), "codebuild": ("list_projects", {}, 400),
        "codecommit": ("list_repositories", {}, 400), "codedeploy": ("list_applications", {}, 400), "ecs": ("list_clusters", {}, 400),
        "ecr": ("describe_repositories", {}, 400), "events": ("list_rules", {}, 400), "logs": ("describe_log_groups", {}, 400),
        "s3": ("list_buckets", {}, 403),
    }
    for service, (method, arguments, status) in asks.items():
        unknown = {403: "InvalidClientTokenId", 400: "UnrecognizedClientException"}[status]
        wrong = {403: "SignatureDoesNotMatch", 400: "InvalidSignatureException"}[status]
        token = unknown
        if service == "s3":
            unknown, token = "InvalidAccessKeyId", "InvalidToken"
        it.allowed(f"{service} with a user's key", getattr(w.client(service, keys=keys), method), **arguments)
        it.refused(f"{service} with a secret that is another's", getattr(w.client(service, keys=(keys[0], "A" * 40, None)), method), wrong, status, origin="Common errors", **arguments)
        it.refused(f"{service} with a key that nobody has", getattr(w.client(service, keys=("AKIAAAAAAAAAAAAAAAAA", "A" * 40, None)), method), unknown, status, origin="Common errors", **arguments)
        it.refused(f"{service} with a token that nobody was given", getattr(w.client(service, keys=(keys[0], keys[1], "QUJD" * 40)), method), token, 400 if service == "s3" else status, origin="Common errors", **arguments)
    w.client("iam").update_access_key(UserName="worker", AccessKeyId=keys[0], Status="Inactive")
    it.refused("STS with a key that was switched off", w.client("sts", keys=keys).get_caller_identity, "InvalidClientTokenId", origin="Common errors")
    it.refused("ECS with a key that was switched off", w.client("ecs", keys=keys).list_clusters, "UnrecognizedClientException", origin="Common errors")
    it.refused("S3 with a key that was switched off", w.client("s3", keys=keys).list_buckets, "InvalidAccessKeyId", origin="S3 Error responses")


def sides(w, it):
    both = it.role("both", account=DEV, trust=[to(root(SHARED))])
    named = it.role("caller", may("sts:AssumeRole", [both, f"arn:aws:iam::{DEV}:role/only-identity"]))
    nothing = it.role("silent")
    it.role("only-identity", account=DEV, trust=[to(root(STG))])
    direct = it.role("direct", account=DEV, trust=[to(named), to(nothing)])
    assume = lambda who: it.as_(who, "sts").assume_role  # noqa: E731
    it.allowed("AssumeRole across accounts with both sides", assume(named), RoleArn=both, RoleSessionName="probe")
    it.refused("AssumeRole across accounts with the trust alone", assume(nothing), RoleArn=both, RoleSessionName="probe", says=f"User: arn:aws:sts::{SHARED}:assumed-role/silent/probe is not authorized to perform: sts:AssumeRole on resource: {both}")
    it.refused("AssumeRole across accounts with the identity alone", assume(named), RoleArn=f"arn:aws:iam::{DEV}:role/only-identity", RoleSessionName="probe")
    it.refused("AssumeRole across accounts where the trust names the role, and its identity is silent", assume(nothing), RoleArn=direct, RoleSessionName="probe")
    it.refused("AssumeRole on a role that the identity does not list", assume(named), RoleArn=direct, RoleSessionName="probe")
    here = it.role("here-named", trust=[to(nothing)])
    rooted = it.role("here-rooted", trust=[to(root(SHARED))])
    number = it.role("here-number", account=DEV, trust=[to(SHARED)])
    it.allowed("AssumeRole in one account where the trust names the role", assume(nothing), RoleArn=here, RoleSessionName="probe")
    it.refused("AssumeRole in one account where the trust names the account, and the identity is silent", assume(nothing), RoleArn=rooted, RoleSessionName="probe", says="because no identity-based policy allows the sts:AssumeRole action")
    it.allowed("AssumeRole of a trust with a bare account id", w.client("sts").assume_role, RoleArn=number, RoleSessionName="probe")
    with w.check("a bare account id in a trust is shown as the root's ARN", "IAM User Guide, AWS JSON policy elements: Principal"):
        document = w.client("iam", DEV).get_role(RoleName="here-number")["Role"]["AssumeRolePolicyDocument"]
        same(document["Statement"][0]["Principal"], {"AWS": root(SHARED)})
    everybody = it.role("everybody", account=DEV, trust=[to({"AWS": "*"})])
    it.refused("AssumeRole across accounts of a trust in everybody, and the identity is silent", assume(nothing), RoleArn=everybody, RoleSessionName="probe")
    it.allowed("AssumeRole across accounts of a trust in everybody, by an administrator", w.client("sts", STG).assume_role, RoleArn=everybody, RoleSessionName="probe")
    denying = it.role("denying", account=DEV, trust=[to(root(SHARED)), to(named, effect="Deny")])
    it.policy("caller", may("sts:AssumeRole"))
    it.refused("AssumeRole of a role whose trust denies one role", assume(named), RoleArn=denying, RoleSessionName="probe", says="with an explicit deny")
    it.allowed("AssumeRole of a role whose trust denies another role", w.client("sts").assume_role, RoleArn=denying, RoleSessionName="probe")
    loop = it.role("loop", trust=[to(root(SHARED))])
    it.refused("a role does not trust itself by itself", assume(loop), RoleArn=loop, RoleSessionName="probe", origin="IAM User Guide: since 2022 a role has to trust itself explicitly")
    w.client("iam").delete_role(RoleName="silent")
    it.role("silent")
    it.refused("a role that was made again is not the one that the trust names", assume(nothing), RoleArn=here, RoleSessionName="probe", origin="IAM User Guide, AWS JSON policy elements: Principal")
    with w.check("the trust shows the unique id of the role that is gone", "IAM User Guide, AWS JSON policy elements: Principal"):
        shown = w.client("iam").get_role(RoleName="here-named")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
        holds(shown.startswith("AROA"), shown)
    for service in ("codepipeline", "codebuild", "codedeploy", "events", "ecs-tasks", "ecs"):
        arn = it.role(f"of-{service}", trust=[to(f"{service}.amazonaws.com")])
        it.refused(f"a role of {service} is not taken on by an administrator", w.client("sts").assume_role, RoleArn=arn, RoleSessionName="probe")


def conditions(w, it):
    sts = w.client("sts")

    def trusting(name, **condition):
        return it.role(name, account=DEV, trust=[to(root(SHARED), **condition)])

    external = trusting("external", StringEquals={"sts:ExternalId": "orders-42"})
    it.refused("AssumeRole without the external id", sts.assume_role, RoleArn=external, RoleSessionName="probe")
    it.refused("AssumeRole with another external id", sts.assume_role, RoleArn=external, RoleSessionName="probe", ExternalId="orders-43")
    it.refused("AssumeRole with the external id in capitals", sts.assume_role, RoleArn=external, RoleSessionName="probe", ExternalId="ORDERS-42")
    it.allowed("AssumeRole with the external id", sts.assume_role, RoleArn=external, RoleSessionName="probe", ExternalId="orders-42")
    needless = trusting("needless")
    it.allowed("AssumeRole with an external id that nobody asks for", sts.assume_role, RoleArn=needless, RoleSessionName="probe", ExternalId="whatever")
    deputy = trusting("deputy", StringEquals={"aws:SourceAccount": SHARED})
    it.refused("AssumeRole of a trust with aws:SourceAccount, which only services send", sts.assume_role, RoleArn=deputy, RoleSessionName="probe")
    source = trusting("source", ArnLike={"aws:SourceArn": f"arn:aws:codebuild:{REGION}:{SHARED}:project/*"})
    it.refused("AssumeRole of a trust with aws:SourceArn, which only services send", sts.assume_role, RoleArn=source, RoleSessionName="probe")
    negated = trusting("negated", StringNotEquals={"aws:SourceAccount": "111122223333"})
    it.allowed("a negated operator matches a key that is missing", sts.assume_role, RoleArn=negated, RoleSessionName="probe")
    absent = trusting("absent", Null={"aws:SourceArn": "true"})
    it.allowed("Null true matches a key that is missing", sts.assume_role, RoleArn=absent, RoleSessionName="probe")
    second = trusting("second", Bool={"aws:MultiFactorAuthPresent": "true"})
    maybe = trusting("maybe", BoolIfExists={"aws:MultiFactorAuthPresent": "true"})
    it.refused("a second factor that is asked for, with a user's key", sts.assume_role, RoleArn=second, RoleSessionName="probe")
    it.allowed("BoolIfExists lets a user's key through, which has no such key", sts.assume_role, RoleArn=maybe, RoleSessionName="probe")
    without = sts.get_session_token()["Credentials"]
    with_ = sts.get_session_token(SerialNumber=f"arn:aws:iam::{SHARED}:mfa/phone", TokenCode="123456")["Credentials"]
    cut = lambda c: (c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])  # noqa: E731
    it.refused("a second factor that is asked for, with a session that has none", w.client("sts", keys=cut(without)).assume_role, RoleArn=second, RoleSessionName="probe")
    it.refused("BoolIfExists keeps a session without a second factor out", w.client("sts", keys=cut(without)).assume_role, RoleArn=maybe, RoleSessionName="probe")
    it.allowed("a second factor that is asked for and given", w.client("sts", keys=cut(with_)).assume_role, RoleArn=second, RoleSessionName="probe")
    age = trusting("age", NumericLessThan={"aws:MultiFactorAuthAge": "300"})
    it.allowed("a second factor of a moment ago", w.client("sts", keys=cut(with_)).assume_role, RoleArn=age, RoleSessionName="probe")
    it.refused("the age of a second factor that was not given", sts.assume_role, RoleArn=age, RoleSessionName="probe")
    called = trusting("called", StringLike={"sts:RoleSessionName": "build-*"})
    it.allowed("a session's name that the trust asks for", sts.assume_role, RoleArn=called, RoleSessionName="build-7")
    it.refused("another session's name than the trust asks for", sts.assume_role, RoleArn=called, RoleSessionName="deploy-7")
    address = trusting("address", IpAddress={"aws:SourceIp": "10.0.0.0/8"})
    it.refused("an address that the trust does not name", sts.assume_role, RoleArn=address, RoleSessionName="probe")
    near = trusting("near", IpAddress={"aws:SourceIp": ["127.0.0.0/8", "::1"]})
    it.allowed("the address that the trust names", sts.assume_role, RoleArn=near, RoleSessionName="probe")
    past = trusting("past", DateGreaterThan={"aws:CurrentTime": "2019-12-31T23:59:59Z"})
    ended = trusting("ended", DateLessThan={"aws:CurrentTime": "2019-12-31T23:59:59Z"})
    it.allowed("a trust that has begun", sts.assume_role, RoleArn=past, RoleSessionName="probe")
    it.refused("a trust that has ended", sts.assume_role, RoleArn=ended, RoleSessionName="probe")
    arn = f"arn:aws:iam::{SHARED}:role/teams/*/deployer"
    pattern = trusting("pattern", ArnLike={"aws:PrincipalArn": arn})
    inside = it.role("deployer", may("sts:AssumeRole"), Path="/teams/blue/")
    outside = it.role("deployer2", may("sts:AssumeRole"), Path="/teams/blue/")
    it.allowed("aws:PrincipalArn by a pattern over the path", it.as_(inside, "sts").assume_role, RoleArn=pattern, RoleSessionName="probe")
    it.refused("aws:PrincipalArn by a pattern that does not fit", it.as_(outside, "sts").assume_role, RoleArn=pattern, RoleSessionName="probe")
    organization = trusting("organization", StringEquals={"aws:PrincipalOrgID": "o-aaaaaaaaaa"})
    it.refused("an organization that the caller is not in", sts.assume_role, RoleArn=organization, RoleSessionName="probe")
    via = trusting("via", Bool={"aws:ViaAWSService": "false"})
    it.allowed("aws:ViaAWSService is false on a direct call", sts.assume_role, RoleArn=via, RoleSessionName="probe", origin="aws/aws-cdk issue 25301")
    spelled = trusting("spelled", StringEquals={"STS:externalid": "orders-42"})
    it.allowed("names of condition keys are compared without case", sts.assume_role, RoleArn=spelled, RoleSessionName="probe", ExternalId="orders-42")
    several = trusting("several", StringEquals={"sts:ExternalId": ["a-1", "b-2"]})
    it.allowed("one of several values is enough", sts.assume_role, RoleArn=several, RoleSessionName="probe", ExternalId="b-2")
    couple = trusting("couple", StringEquals={"sts:ExternalId": "a-1", "sts:RoleSessionName": "x1"})
    it.refused("of two keys both must fit", sts.assume_role, RoleArn=couple, RoleSessionName="probe", ExternalId="a-1")
    every = trusting("every", **{"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}})
    it.allowed("ForAllValues holds where the key is missing", sts.assume_role, RoleArn=every, RoleSessionName="probe")
    some = trusting("some", **{"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}})
    it.refused("ForAnyValue does not hold where the key is missing", sts.assume_role, RoleArn=some, RoleSessionName="probe")


def tags(w, it):
    sts = w.client("sts")
    plain = it.role("plain", account=DEV, trust=[to(root(SHARED))])
    tagged = it.role("tagged", account=DEV, trust=[to(root(SHARED), ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])])
    team = [{"Key": "team", "Value": "blue"}]
    it.refused("session tags that the trust does not allow", sts.assume_role, RoleArn=plain, RoleSessionName="probe", Tags=team, says="sts:TagSession")
    it.allowed("session tags that the trust allows", sts.assume_role, RoleArn=tagged, RoleSessionName="probe", Tags=team)
    narrow = it.role("narrow", may("sts:AssumeRole"))
    it.refused("session tags that the identity does not allow", it.as_(narrow, "sts").assume_role, RoleArn=tagged, RoleSessionName="probe", Tags=team, says="sts:TagSession")
    it.refused("a source identity that the trust does not allow", sts.assume_role, RoleArn=plain, RoleSessionName="probe", SourceIdentity="anna", says="sts:SetSourceIdentity")
    answer = it.allowed("a source identity that the trust allows", sts.assume_role, RoleArn=tagged, RoleSessionName="probe", SourceIdentity="anna")
    with w.check("the source identity is answered"):
        same(answer["SourceIdentity"], "anna")
    wanted = it.role("wanted", account=DEV, trust=[to(root(SHARED), ["sts:AssumeRole", "sts:TagSession"], StringEquals={"aws:RequestTag/team": "blue"})])
    it.allowed("aws:RequestTag of a session tag", sts.assume_role, RoleArn=wanted, RoleSessionName="probe", Tags=team)
    it.refused("aws:RequestTag of another session tag", sts.assume_role, RoleArn=wanted, RoleSessionName="probe", Tags=[{"Key": "team", "Value": "red"}])
    w.client("iam", DEV).put_role_policy(RoleName="tagged", PolicyName="own", PolicyDocument=doc(may("ecs:ListClusters", StringEquals={"aws:PrincipalTag/team": "blue"})))
    it.allowed("aws:PrincipalTag of a session tag", w.client("ecs", DEV, keys=it.keys(tagged, sts, Tags=team)).list_clusters)
    it.refused("aws:PrincipalTag of a session without the tag", w.client("ecs", DEV, keys=it.keys(tagged, sts)).list_clusters, "AccessDeniedException")
    raw = w.client("sts", validate=False)
    it.refused("51 session tags", raw.assume_role, "ValidationError", 400, RoleArn=tagged, RoleSessionName="probe", Tags=[{"Key": f"k{i}", "Value": "v"} for i in range(51)], origin="AssumeRole: at most 50 session tags")
    it.refused("two session tags of one key", raw.assume_role, ("InvalidParameterValue", "ValidationError"), 400, RoleArn=tagged, RoleSessionName="probe", Tags=[{"Key": "team", "Value": "a"}, {"Key": "Team", "Value": "b"}], origin="AssumeRole: keys are compared without case")


def sessions(w, it):
    wide = it.role("wide", may(["ecs:*", "ecr:*", "sts:AssumeRole"]))
    only = doc(may("ecs:ListClusters"))
    it.allowed("what role and session policy allow", it.as_(wide, "ecs", Policy=only).list_clusters)
    it.refused("what the role allows and the session policy does not", it.as_(wide, "ecr", Policy=only).describe_repositories, "AccessDeniedException", says="because no session policy allows the ecr:DescribeRepositories action")
    it.refused("what the session policy allows and the role does not", it.as_(wide, "codebuild", Policy=doc(may("*"))).list_projects, "AccessDeniedException", says="because no identity-based policy allows the codebuild:ListProjects action")
    it.refused("what the session policy denies", it.as_(wide, "ecs", Policy=doc(may("*"), not_("ecs:ListClusters"))).list_clusters, "AccessDeniedException", says="with an explicit deny in a session policy")
    w.client("iam").create_policy(PolicyName="ReadEcs", PolicyDocument=only)
    handed = [{"arn": f"arn:aws:iam::{SHARED}:policy/ReadEcs"}]
    it.allowed("a managed session policy", it.as_(wide, "ecs", PolicyArns=handed).list_clusters)
    it.refused("what a managed session policy does not allow", it.as_(wide, "ecr", PolicyArns=handed).describe_repositories, "AccessDeniedException")
    next_ = it.role("next", may("ecs:*"), trust=[to(wide)])
    chained = it.as_(wide, "sts")
    it.allowed("role chaining for an hour", chained.assume_role, RoleArn=next_, RoleSessionName="probe", DurationSeconds=3600)
    w.client("iam").update_role(RoleName="next", MaxSessionDuration=43200)
    it.refused("role chaining for longer than an hour, whatever the role allows", chained.assume_role, "ValidationError", 400, RoleArn=next_, RoleSessionName="probe", DurationSeconds=3601, says="The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining", origin="IAM User Guide, Role chaining")
    deep = it.as_(next_, "sts", client=chained)
    with w.check("a session of a chain is the last role's"):
        same(deep.get_caller_identity()["Arn"], f"arn:aws:sts::{SHARED}:assumed-role/next/probe")
    it.policy("wide", not_("sts:GetCallerIdentity"), may("ecs:*"))
    it.allowed("GetCallerIdentity although it is denied", it.as_(wide, "sts").get_caller_identity, origin="STS API Reference, GetCallerIdentity: no permissions are required")
    old = it.as_(wide, "ecs")
    it.allowed("a session while its role has the permission", old.list_clusters)
    it.policy("wide", may("ecr:*"))
    it.refused("a session whose role has lost the permission", old.list_clusters, "AccessDeniedException")
    it.policy("wide", may("ecs:*"), not_("*", DateLessThan={"aws:TokenIssueTime": "2099-01-01T00:00:00Z"}))
    it.refused("a session that was issued before the role's sessions were revoked", old.list_clusters, "AccessDeniedException", says="with an explicit deny in an identity-based policy", origin="IAM User Guide, Revoke IAM role temporary security credentials")


def identity(w, it):
    role = it.role("reader")
    ecs, iam = it.as_(role, "ecs"), it.as_(role, "iam")

    def with_(*policy):
        it.policy("reader", *policy)

    it.refused("nothing is allowed by nothing", ecs.list_clusters, "AccessDeniedException", says=f"User: arn:aws:sts::{SHARED}:assumed-role/reader/probe is not authorized to perform: ecs:ListClusters on resource: * because no identity-based policy allows the ecs:ListClusters action")
    with_(may("ECS:LISTCLUSTERS"))
    it.allowed("actions are compared without case", ecs.list_clusters)
    with_(may("ecs:List?lusters"))
    it.allowed("a question mark stands for one letter", ecs.list_clusters)
    with_(may("*"), not_("ecs:List*"))
    it.refused("a deny beats an allow", ecs.list_clusters, "AccessDeniedException", says="with an explicit deny in an identity-based policy")
    with_({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    it.allowed("NotAction allows the rest", ecs.list_clusters)
    it.refused("NotAction does not allow what it lists", iam.list_roles, says="because no identity-based policy allows the iam:ListRoles action")
    with_({"Effect": "Allow", "Action": "iam:GetRole", "NotResource": f"arn:aws:iam::{SHARED}:role/reader"})
    it.refused("NotResource does not allow what it lists", iam.get_role, RoleName="reader")
    it.allowed("NotResource allows the rest", iam.get_role, RoleName="caller")
    with_(may("iam:GetRole", f"arn:aws:iam::{SHARED}:role/teams/*"))
    it.allowed("a resource with the role's path", iam.get_role, RoleName="deployer")
    it.refused("a resource with another path", iam.get_role, RoleName="reader", says="is not authorized to perform: iam:GetRole on resource: role reader")
    with_(may("ecs:ListClusters", StringEquals={"aws:RequestedRegion": "eu-west-1"}))
    it.refused("another Region than the condition names", ecs.list_clusters, "AccessDeniedException")
    it.allowed("the Region that the condition names", it.as_(role, "ecs", region="eu-west-1").list_clusters)
    with_(may("ecr:GetAuthorizationToken", f"arn:aws:ecr:{REGION}:{SHARED}:repository/orders"))
    it.refused("GetAuthorizationToken on a repository", it.as_(role, "ecr").get_authorization_token, "AccessDeniedException", says="ecr:GetAuthorizationToken on resource: *", origin="Service Authorization Reference, Amazon ECR: no resource type")
    with_(may("ecr:GetAuthorizationToken"))
    it.allowed("GetAuthorizationToken on everything", it.as_(role, "ecr").get_authorization_token)
    with_(may("iam:*"))
    w.client("iam").create_policy(PolicyName="Edge", PolicyDocument=doc(may("iam:List*")))
    w.client("iam").put_role_permissions_boundary(RoleName="reader", PermissionsBoundary=f"arn:aws:iam::{SHARED}:policy/Edge")
    it.allowed("what identity and boundary allow", iam.list_roles)
    it.refused("what the boundary does not allow", iam.get_role, RoleName="reader", says="because no permissions boundary allows the iam:GetRole action")
    w.client("iam").delete_role_permissions_boundary(RoleName="reader")
    with_(may("iam:CreateRole", StringEquals={"iam:PermissionsBoundary": f"arn:aws:iam::{SHARED}:policy/Edge"}))
    trusted = doc(to("codebuild.amazonaws.com"))
    it.refused("CreateRole without the boundary that is asked for", iam.create_role, RoleName="made1", AssumeRolePolicyDocument=trusted)
    it.allowed("CreateRole with the boundary that is asked for", iam.create_role, RoleName="made1", AssumeRolePolicyDocument=trusted, PermissionsBoundary=f"arn:aws:iam::{SHARED}:policy/Edge")
    with_(may(["iam:CreateRole", "iam:TagRole"], StringEquals={"aws:RequestTag/team": "blue"}, **{"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}))
    it.refused("CreateRole without the tag that is asked for", iam.create_role, RoleName="made2", AssumeRolePolicyDocument=trusted)
    it.refused("CreateRole with another tag besides", iam.create_role, RoleName="made2", AssumeRolePolicyDocument=trusted, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "x", "Value": "y"}])
    it.allowed("CreateRole with the tag that is asked for", iam.create_role, RoleName="made2", AssumeRolePolicyDocument=trusted, Tags=[{"Key": "team", "Value": "blue"}])
    with_(may("iam:DeleteRole", StringEquals={"aws:ResourceTag/team": "blue"}))
    it.refused("DeleteRole of a role without the tag", iam.delete_role, RoleName="made1")
    it.allowed("DeleteRole of a role with the tag", iam.delete_role, RoleName="made2")
    with_(may("iam:AttachRolePolicy", ArnEquals={"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}))
    it.refused("AttachRolePolicy of another policy", iam.attach_role_policy, RoleName="made1", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    with_(may("codepipeline:*", f"arn:aws:codepipeline:{REGION}:{SHARED}:orders-dev"))
    it.refused("another pipeline than the policy names", it.as_(role, "codepipeline").start_pipeline_execution, "AccessDeniedException", name="orders-prd", says=f"codepipeline:StartPipelineExecution on resource: arn:aws:codepipeline:{REGION}:{SHARED}:orders-prd")
    it.refused("the pipeline that the policy names, which is not there", it.as_(role, "codepipeline").start_pipeline_execution, "PipelineNotFoundException", name="orders-dev", origin="CodePipeline API Reference, StartPipelineExecution")
    with_(may("*", "arn:aws:iam::*:role/*"))
    it.refused("a role in a resource does not reach into ECS", ecs.list_clusters, "AccessDeniedException")
    old = json.dumps({"Version": "2008-10-17", "Statement": [may("iam:GetUser", "arn:aws:iam::*:user/${aws:username}")]})
    arn, keys = it.user("selfish")
    w.client("iam").put_user_policy(UserName="selfish", PolicyName="own", PolicyDocument=old)
    mine = w.client("iam", keys=keys)
    it.refused("variables mean nothing in the old version of the language", mine.get_user, UserName="selfish", origin="IAM User Guide, IAM policy elements: Variables and tags")
    w.client("iam").put_user_policy(UserName="selfish", PolicyName="own", PolicyDocument=doc(may("iam:GetUser", "arn:aws:iam::*:user/${aws:username}")))
    it.allowed("a user reads itself by aws:username", mine.get_user, UserName="selfish")
    it.refused("a user does not read another by aws:username", mine.get_user, UserName="worker", says="on resource: user worker")
    w.client("iam").put_user_permissions_boundary(UserName="selfish", PermissionsBoundary=f"arn:aws:iam::{SHARED}:policy/Edge")
    it.refused("a user's boundary cuts as a role's does", mine.get_user, UserName="selfish", says="because no permissions boundary allows the iam:GetUser action")
    w.client("iam").delete_user_permissions_boundary(UserName="selfish")
    it.allowed("a user without its boundary again", mine.get_user, UserName="selfish")
    it.refused("what is not there is refused before it is looked for", mine.get_role, RoleName="absent")
    with w.check("an explicit deny is told from a missing allow in SimulatePrincipalPolicy"):
        answer = w.client("iam").simulate_principal_policy(PolicySourceArn=arn, ActionNames=["iam:GetUser", "s3:GetObject"], ResourceArns=[arn])["EvaluationResults"]
        same([e["EvalDecision"] for e in answer][1], "implicitDeny")
