"""AWS IAM. Source where none is named: IAM API Reference and its model."""

import json

from harness import DEV, SHARED, STG, allow, fits, has, holds, lacks, same, send, signatures, tags, trust

QUOTAS = "IAM User Guide, IAM and AWS STS quotas"


def run(w):
    iam = w.client("iam")
    raw = w.client("iam", validate=False)
    signatures(w, "iam", "list_roles")

    with w.check("IAM refuses a request without a signature"):
        status, _, body = send(
            w,
            "iam",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            signed=False,
            body=b"Action=ListRoles&Version=2010-05-08",
        )
        same(status, 403, "the status")
        holds(b"<Code>MissingAuthenticationToken</Code>" in body, f"answered {body}")
    with w.check("IAM does not know an operation that does not exist"):
        status, _, body = send(
            w,
            "iam",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=b"Action=MakeRole&Version=2010-05-08",
            region="us-east-1",
        )
        same(status, 400, "the status")
        holds(b"<Code>InvalidAction</Code>" in body, f"answered {body}")

    # Roles

    with w.check("CreateRole answers the role as it was given"):
        answer = iam.create_role(
            RoleName="bys-dev-awssdk-iam-deploy",
            Path="/crosspipe/dev/",
            AssumeRolePolicyDocument=trust(SHARED),
            Description="Deploys, with Latin-1: café",
            MaxSessionDuration=7200,
            Tags=[{"Key": "crosspipe:application", "Value": "awssdk-iam"}, {"Key": "empty", "Value": ""}],
        )["Role"]
        has(answer, "Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument")
        same(answer["Arn"], f"arn:aws:iam::{SHARED}:role/crosspipe/dev/bys-dev-awssdk-iam-deploy")
        same(answer["Path"], "/crosspipe/dev/")
        fits(answer["RoleId"], r"AROA[A-Z2-7]{17}")
        same(answer["AssumeRolePolicyDocument"], json.loads(trust(SHARED)), "the trust")
    role = "bys-dev-awssdk-iam-deploy"
    with w.check("GetRole answers the whole role"):
        found = iam.get_role(RoleName=role)["Role"]
        has(found, "Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Tags", "RoleLastUsed")
        same(found["RoleId"], answer["RoleId"], "the id")
        same(found["Description"], "Deploys, with Latin-1: café")
        same(found["MaxSessionDuration"], 7200)
        same(tags(found["Tags"]), {"crosspipe:application": "awssdk-iam", "empty": ""})
    with w.check("a role without path and description has AWS's defaults"):
        iam.create_role(RoleName="plain", AssumeRolePolicyDocument=trust(SHARED))
        found = iam.get_role(RoleName="plain")["Role"]
        same(found["Path"], "/")
        same(found["MaxSessionDuration"], 3600)
        same(found["Arn"], f"arn:aws:iam::{SHARED}:role/plain")
        lacks(found, "Tags", "PermissionsBoundary")
    with w.check("the trust is percent-encoded on the wire", "IAM API Reference, GetRole: policies are URL-encoded by RFC 3986"):
        status, _, body = send(
            w,
            "iam",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=b"Action=GetRole&Version=2010-05-08&RoleName=plain",
            region="us-east-1",
        )
        same(status, 200, "the status")
        holds(b"%7B%22Version%22" in body, f"answered {body}")
    w.refuses("CreateRole refuses a name that is taken", "EntityAlreadyExists", iam.create_role, says="plain", RoleName="plain", AssumeRolePolicyDocument=trust(SHARED))
    w.refuses("names of roles differ in more than case and path", "EntityAlreadyExists", iam.create_role, RoleName="PLAIN", Path="/other/", AssumeRolePolicyDocument=trust(SHARED), origin="IAM User Guide, IAM object name requirements: names are unique without regard to case")
    for title, code, more in (
        ("a name of 65 letters", "ValidationError", dict(RoleName="r" * 65)),
        ("a name with a blank", "ValidationError", dict(RoleName="a b")),
        ("a name with a slash", "ValidationError", dict(RoleName="a/b")),
        ("an empty name", "ValidationError", dict(RoleName="")),
        ("a path without a slash at its end", "ValidationError", dict(RoleName="p1", Path="/a")),
        ("a description in Hangul", "ValidationError", dict(RoleName="p2", Description="배포")),
        ("a description of 1001 letters", "ValidationError", dict(RoleName="p3", Description="d" * 1001)),
        ("a session of 3599 seconds", "ValidationError", dict(RoleName="p4", MaxSessionDuration=3599)),
        ("a session of 43201 seconds", "ValidationError", dict(RoleName="p5", MaxSessionDuration=43201)),
        ("a tag key of AWS", ("InvalidInput", "ValidationError"), dict(RoleName="p6", Tags=[{"Key": "aws:x", "Value": "y"}])),
        ("a tag key twice", "InvalidInput", dict(RoleName="p7", Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])),
        ("51 tags", ("LimitExceeded", "ValidationError"), dict(RoleName="p8", Tags=[{"Key": f"k{i}", "Value": ""} for i in range(51)])),
    ):
        w.refuses(f"CreateRole refuses {title}", code, raw.create_role, AssumeRolePolicyDocument=trust(SHARED), **more)
    principal = lambda value: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": value, "Action": "sts:AssumeRole"}]})
    for title, document in (
        ("is no JSON", "{not json"),
        ("is empty JSON", "{}"),
        ("has no Principal", allow("sts:AssumeRole")),
        ("names a Resource", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}]})),
        ("has an unknown Version", json.dumps({"Version": "2022-10-17", "Statement": []})),
        ("has an unknown Effect", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Permit", "Principal": "*", "Action": "sts:AssumeRole"}]})),
        ("allows an action that is none of STS", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]})),
        ("has an unknown element", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Colour": "red"}]})),
        ("names a role that does not exist", principal({"AWS": f"arn:aws:iam::{SHARED}:role/absent"})),
        ("names a role of another account that does not exist", principal({"AWS": f"arn:aws:iam::{DEV}:role/absent"})),
        ("names an account that does not exist", principal({"AWS": "arn:aws:iam::999988887777:root"})),
        ("names a wildcard in an ARN", principal({"AWS": f"arn:aws:iam::{SHARED}:role/*"})),
        ("names what is no service at all", principal({"Service": "codepipeline.example.com"})),
    ):
        w.refuses(f"CreateRole refuses a trust that {title}", "MalformedPolicyDocument", iam.create_role, RoleName="bad-trust", AssumeRolePolicyDocument=document)
    w.refuses("CreateRole refuses a trust that names a service that does not exist", "MalformedPolicyDocument", iam.create_role, RoleName="typo", AssumeRolePolicyDocument=principal({"Service": "codepipelines.amazonaws.com"}))
    w.refuses("CreateRole refuses a trust over its limit", "LimitExceeded", raw.create_role, says="ACLSizePerRole", RoleName="long-trust", origin=QUOTAS,
              AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": f"S{i}" + "x" * 60, "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SHARED}:root"}, "Action": "sts:AssumeRole"} for i in range(20)]}))
    with w.check("none of the refused roles was left behind"):
        names = [it["RoleName"] for it in iam.list_roles()["Roles"]]
        holds(not {"bad-trust", "long-trust", "p1", "p6"} & set(names), f"there are {names}")
    with w.check("a trust may name a role of another account that exists"):
        w.client("iam", DEV).create_role(RoleName="caller", AssumeRolePolicyDocument=trust(DEV))
        iam.create_role(RoleName="named", AssumeRolePolicyDocument=principal({"AWS": f"arn:aws:iam::{DEV}:role/caller"}))
    with w.check("an account id stands for the account's root", "IAM User Guide, Principal: the account's ARN or its id"):
        iam.create_role(RoleName="by-id", AssumeRolePolicyDocument=principal({"AWS": DEV}))
        found = iam.get_role(RoleName="by-id")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        same(found, {"AWS": f"arn:aws:iam::{DEV}:root"})
    w.refuses("GetRole of a role that is not there", "NoSuchEntity", iam.get_role, says="The role with name absent cannot be found.", RoleName="absent")
    w.refuses("accounts do not see each other's roles", "NoSuchEntity", w.client("iam", STG).get_role, RoleName="plain")
    with w.check("every account has names of its own"):
        w.client("iam", STG).create_role(RoleName="plain", AssumeRolePolicyDocument=trust(STG))
        found = w.client("iam", STG).get_role(RoleName="plain")["Role"]
        same(found["Arn"], f"arn:aws:iam::{STG}:role/plain")

    with w.check("UpdateAssumeRolePolicy replaces the trust"):
        iam.update_assume_role_policy(RoleName="plain", PolicyDocument=trust(None, "codebuild.amazonaws.com"))
        found = iam.get_role(RoleName="plain")["Role"]["AssumeRolePolicyDocument"]
        same(found, json.loads(trust(None, "codebuild.amazonaws.com")))
    w.refuses("UpdateAssumeRolePolicy refuses what is no JSON", "MalformedPolicyDocument", iam.update_assume_role_policy, RoleName="plain", PolicyDocument="{not json")
    w.refuses("UpdateAssumeRolePolicy refuses a principal that does not exist", "MalformedPolicyDocument", iam.update_assume_role_policy, says="Invalid principal in policy", RoleName="plain", PolicyDocument=principal({"AWS": f"arn:aws:iam::{SHARED}:user/absent"}))
    w.refuses("UpdateAssumeRolePolicy of a role that is not there", "NoSuchEntity", iam.update_assume_role_policy, RoleName="absent", PolicyDocument=trust(SHARED))
    with w.check("UpdateRole changes description and longest session"):
        iam.update_role(RoleName="plain", Description="changed", MaxSessionDuration=3700)
        found = iam.get_role(RoleName="plain")["Role"]
        same((found["Description"], found["MaxSessionDuration"]), ("changed", 3700))
    w.refuses("UpdateRole of a role that is not there", "NoSuchEntity", iam.update_role, RoleName="absent", Description="x")
    with w.check("tags of a role are added, changed, listed and removed"):
        iam.tag_role(RoleName="plain", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        iam.tag_role(RoleName="plain", Tags=[{"Key": "b", "Value": "3"}])
        listed = iam.list_role_tags(RoleName="plain")
        has(listed, "Tags", "IsTruncated")
        same(tags(listed["Tags"]), {"a": "1", "b": "3"})
        iam.untag_role(RoleName="plain", TagKeys=["a", "never-there"])
        same(tags(iam.list_role_tags(RoleName="plain")["Tags"]), {"b": "3"})
    w.refuses("TagRole of a role that is not there", "NoSuchEntity", iam.tag_role, RoleName="absent", Tags=[{"Key": "a", "Value": "1"}])

    # Inline policies

    with w.check("an inline policy is put, read, listed, replaced and deleted"):
        iam.put_role_policy(RoleName=role, PolicyName="main", PolicyDocument=allow("s3:GetObject"))
        iam.put_role_policy(RoleName=role, PolicyName="main", PolicyDocument=allow(["s3:GetObject", "s3:PutObject"]))
        found = iam.get_role_policy(RoleName=role, PolicyName="main")
        same(found["RoleName"], role)
        same(found["PolicyName"], "main")
        same(found["PolicyDocument"], json.loads(allow(["s3:GetObject", "s3:PutObject"])))
        listed = iam.list_role_policies(RoleName=role)
        same(listed["PolicyNames"], ["main"])
        same(listed["IsTruncated"], False)
    w.refuses("GetRolePolicy of a policy that is not there", "NoSuchEntity", iam.get_role_policy, RoleName=role, PolicyName="absent")
    w.refuses("GetRolePolicy of a role that is not there", "NoSuchEntity", iam.get_role_policy, RoleName="absent", PolicyName="main")
    w.refuses("DeleteRolePolicy of a policy that is not there", "NoSuchEntity", iam.delete_role_policy, RoleName=role, PolicyName="absent")
    w.refuses("PutRolePolicy of a role that is not there", "NoSuchEntity", iam.put_role_policy, RoleName="absent", PolicyName="main", PolicyDocument=allow("s3:*"))
    for title, document in (
        ("is no JSON", "{not json"),
        ("names a Principal", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]})),
        ("has no Action", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]})),
        ("has no Resource", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]})),
        ("has no statement", json.dumps({"Version": "2012-10-17"})),
        ("has an action without a service", allow("GetObject")),
        ("has a Resource that is no ARN", allow("s3:GetObject", "bucket/key")),
        ("has a Sid with a blank", json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "a b", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})),
        ("has a Sid twice", json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}] * 2})),
        ("has an unknown condition operator", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringSame": {"aws:userid": "x"}}}]})),
        ("has Action and NotAction", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*"}]})),
    ):
        w.refuses(f"PutRolePolicy refuses a policy that {title}", "MalformedPolicyDocument", iam.put_role_policy, RoleName=role, PolicyName="bad", PolicyDocument=document)
    long = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::bucket-{i:03}/{'k' * 80}" for i in range(110)]}]})
    w.refuses("PutRolePolicy refuses inline policies over 10240 characters", "LimitExceeded", iam.put_role_policy, says="10240", origin=QUOTAS, RoleName=role, PolicyName="long", PolicyDocument=long)
    with w.check("white space does not count towards a policy's limit", QUOTAS):
        padded = json.dumps(json.loads(allow("s3:GetObject")), indent=4) + " " * 12000
        iam.put_role_policy(RoleName=role, PolicyName="padded", PolicyDocument=padded)
        iam.delete_role_policy(RoleName=role, PolicyName="padded")

    # Managed policies

    with w.check("CreatePolicy answers the policy"):
        policy = iam.create_policy(PolicyName="boundary", Path="/b/", PolicyDocument=allow("s3:*"), Description="limits", Tags=[{"Key": "a", "Value": "1"}])["Policy"]
        has(policy, "PolicyName", "PolicyId", "Arn", "Path", "DefaultVersionId", "AttachmentCount", "PermissionsBoundaryUsageCount", "IsAttachable", "CreateDate", "UpdateDate", "Tags")
        same(policy["Arn"], f"arn:aws:iam::{SHARED}:policy/b/boundary")
        fits(policy["PolicyId"], r"ANPA[A-Z2-7]{17}")
        same((policy["DefaultVersionId"], policy["AttachmentCount"], policy["IsAttachable"]), ("v1", 0, True))
    arn = f"arn:aws:iam::{SHARED}:policy/b/boundary"
    w.refuses("CreatePolicy refuses a name that is taken", "EntityAlreadyExists", iam.create_policy, PolicyName="boundary", PolicyDocument=allow("s3:*"))
    w.refuses("CreatePolicy refuses what is no JSON", "MalformedPolicyDocument", iam.create_policy, PolicyName="bad", PolicyDocument="{not json")
    with w.check("a managed policy is attached, counted, listed and detached"):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        listed = iam.list_attached_role_policies(RoleName=role)
        same(listed["AttachedPolicies"], [{"PolicyName": "boundary", "PolicyArn": arn}])
        same(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 1)
    w.refuses("DeletePolicy of one that is attached", "DeleteConflict", iam.delete_policy, PolicyArn=arn)
    w.refuses("DeleteRole of a role with policies", "DeleteConflict", iam.delete_role, RoleName=role)
    with w.check("DetachRolePolicy detaches"):
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        same(iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"], [])
    w.refuses("DetachRolePolicy of one that is not attached", "NoSuchEntity", iam.detach_role_policy, RoleName=role, PolicyArn=arn)
    w.refuses("AttachRolePolicy of a policy that is not there", "NoSuchEntity", iam.attach_role_policy, RoleName=role, PolicyArn=f"arn:aws:iam::{SHARED}:policy/absent")
    w.refuses("GetPolicy of a policy that is not there", "NoSuchEntity", iam.get_policy, PolicyArn=f"arn:aws:iam::{SHARED}:policy/absent")
    with w.check("GetPolicyVersion answers the document"):
        version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
        same(version["Document"], json.loads(allow("s3:*")))
        same((version["VersionId"], version["IsDefaultVersion"]), ("v1", True))
    with w.check("policies of AWS can be attached", "AWS Managed Policy Reference, AdministratorAccess"):
        iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        iam.detach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    with w.check("a permission boundary is put, shown and deleted"):
        iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=arn)
        found = iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]
        same(found, {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn})
        iam.delete_role_permissions_boundary(RoleName=role)
        lacks(iam.get_role(RoleName=role)["Role"], "PermissionsBoundary")
    w.refuses("PutRolePermissionsBoundary of a policy that is not there", "NoSuchEntity", iam.put_role_permissions_boundary, RoleName=role, PermissionsBoundary=f"arn:aws:iam::{SHARED}:policy/absent")
    w.refuses("CreateRole with a boundary that is not there", "NoSuchEntity", iam.create_role, documented=True, status=404, RoleName="p9", AssumeRolePolicyDocument=trust(SHARED), PermissionsBoundary=f"arn:aws:iam::{SHARED}:policy/absent", origin="IAM answers NoSuchEntity for a boundary that it cannot find, as PutRolePermissionsBoundary's model lists")

    # Listing

    with w.check("ListRoles pages with Marker and honours PathPrefix"):
        for number in range(5):
            iam.create_role(RoleName=f"page-{number}", Path="/page/", AssumeRolePolicyDocument=trust(SHARED))
        first = iam.list_roles(PathPrefix="/page/", MaxItems=2)
        same((len(first["Roles"]), first["IsTruncated"]), (2, True))
        has(first, "Marker")
        every = [it["RoleName"] for page in iam.get_paginator("list_roles").paginate(PathPrefix="/page/", PaginationConfig={"PageSize": 2}) for it in page["Roles"]]
        same(every, [f"page-{number}" for number in range(5)])
    with w.check("ListRoles leaves out what ListRoles leaves out", "IAM API Reference, ListRoles: PermissionsBoundary, RoleLastUsed and Tags are not returned"):
        for it in iam.list_roles()["Roles"]:
            lacks(it, "PermissionsBoundary", "RoleLastUsed", "Tags")

    # Users and keys

    with w.check("a user is made, read and given a key that works"):
        user = iam.create_user(UserName="jenkins", Tags=[{"Key": "a", "Value": "1"}])["User"]
        has(user, "Path", "UserName", "UserId", "Arn", "CreateDate")
        same(iam.get_user(UserName="jenkins")["User"]["UserId"], user["UserId"])
        key = iam.create_access_key(UserName="jenkins")["AccessKey"]
        has(key, "UserName", "AccessKeyId", "Status", "SecretAccessKey", "CreateDate")
        fits(key["AccessKeyId"], r"AKIA[A-Z2-7]{16}")
        me = w.client("sts", keys=(key["AccessKeyId"], key["SecretAccessKey"], None)).get_caller_identity()
        same(me["Arn"], f"arn:aws:iam::{SHARED}:user/jenkins")
        same(me["UserId"], user["UserId"])
    w.refuses("CreateUser refuses a name that is taken", "EntityAlreadyExists", iam.create_user, UserName="jenkins")
    w.refuses("DeleteUser of a user with a key", "DeleteConflict", iam.delete_user, UserName="jenkins")
    with w.check("a deleted key is unknown at once"):
        iam.delete_access_key(UserName="jenkins", AccessKeyId=key["AccessKeyId"])
    w.refuses("a request with a deleted key is refused", "InvalidClientTokenId", w.client("sts", keys=(key["AccessKeyId"], key["SecretAccessKey"], None)).get_caller_identity, documented=True, status=403)
    iam.create_access_key(UserName="jenkins")
    iam.create_access_key(UserName="jenkins")
    w.refuses("CreateAccessKey refuses a third key", "LimitExceeded", iam.create_access_key, says="AccessKeysPerUser", origin=QUOTAS, UserName="jenkins")
    w.refuses("GetUser of somebody who is not there", "NoSuchEntity", iam.get_user, UserName="absent")

    # Service-linked roles

    with w.check("CreateServiceLinkedRole makes the role of ECS", "IAM API Reference, CreateServiceLinkedRole"):
        linked = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]
        same(linked["RoleName"], "AWSServiceRoleForECS")
        same(linked["Path"], "/aws-service-role/ecs.amazonaws.com/")
    w.refuses("CreateServiceLinkedRole refuses a second one", "InvalidInput", iam.create_service_linked_role, says="has been taken in this account", AWSServiceName="ecs.amazonaws.com")
    w.refuses("a service-linked role is not changed by hand", "UnmodifiableEntity", iam.put_role_policy, RoleName="AWSServiceRoleForECS", PolicyName="x", PolicyDocument=allow("s3:*"))
    w.refuses("a service-linked role is not deleted by hand", "UnmodifiableEntity", iam.delete_role, RoleName="AWSServiceRoleForECS")

    # Deletion

    with w.check("DeleteRole deletes a role without policies"):
        iam.delete_role_policy(RoleName=role, PolicyName="main")
        iam.delete_role(RoleName=role)
    w.refuses("GetRole of a role that was deleted", "NoSuchEntity", iam.get_role, RoleName=role)
    w.refuses("DeleteRole of a role that is not there", "NoSuchEntity", iam.delete_role, RoleName=role)
    with w.check("a role made anew has another id"):
        again = iam.create_role(RoleName=role, Path="/crosspipe/dev/", AssumeRolePolicyDocument=trust(SHARED))["Role"]
        holds(again["RoleId"] != answer["RoleId"], "it has the same id")
    with w.check("a principal that was deleted is shown by its id", "IAM User Guide, Principal: the ARN is transformed to the unique id when the role is deleted"):
        other = w.client("iam", DEV)
        identity = other.get_role(RoleName="caller")["Role"]["RoleId"]
        other.delete_role(RoleName="caller")
        found = iam.get_role(RoleName="named")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        same(found, {"AWS": identity})
    with w.check("DeletePolicy deletes"):
        iam.delete_policy(PolicyArn=arn)
    w.refuses("GetPolicy of a policy that was deleted", "NoSuchEntity", iam.get_policy, PolicyArn=arn)

    # The policy simulator

    iam.create_role(RoleName="simulated", AssumeRolePolicyDocument=trust(SHARED))
    iam.put_role_policy(RoleName="simulated", PolicyName="reads", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::one/*"},
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::one/secret/*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:CallerAccount": SHARED}}},
    ]}))
    source = f"arn:aws:iam::{SHARED}:role/simulated"
    for resource, decision in (
        ("arn:aws:s3:::one/a", "allowed"),
        ("arn:aws:s3:::one/secret/a", "explicitDeny"),
        ("arn:aws:s3:::two/a", "implicitDeny"),
    ):
        with w.check(f"SimulatePrincipalPolicy answers {decision}"):
            result = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=["s3:GetObject"], ResourceArns=[resource])["EvaluationResults"][0]
            has(result, "EvalActionName", "EvalResourceName", "EvalDecision", "MatchedStatements", "MissingContextValues", "OrganizationsDecisionDetail")
            same(result["EvalDecision"], decision)
            same([it["SourcePolicyId"] for it in result["MatchedStatements"]], [] if decision == "implicitDeny" else ["role_simulated_reads"])
    with w.check("SimulatePrincipalPolicy names the context that it misses, and takes it"):
        ask = {"PolicySourceArn": source, "ActionNames": ["kms:Decrypt"]}
        result = iam.simulate_principal_policy(**ask)["EvaluationResults"][0]
        same((result["EvalDecision"], result["MissingContextValues"]), ("implicitDeny", ["kms:CallerAccount"]))
        entry = {"ContextKeyName": "kms:CallerAccount", "ContextKeyValues": [SHARED], "ContextKeyType": "string"}
        same(iam.simulate_principal_policy(**ask, ContextEntries=[entry])["EvaluationResults"][0]["EvalDecision"], "allowed")
    w.refuses("SimulatePrincipalPolicy of a session", "InvalidInput", iam.simulate_principal_policy, PolicySourceArn=f"arn:aws:sts::{SHARED}:assumed-role/simulated/x", ActionNames=["s3:GetObject"])
    w.refuses("SimulatePrincipalPolicy of a role that is not there", "NoSuchEntity", iam.simulate_principal_policy, PolicySourceArn=f"arn:aws:iam::{SHARED}:role/nobody", ActionNames=["s3:GetObject"])
    with w.check("SimulateCustomPolicy decides for each of several resources"):
        results = iam.simulate_custom_policy(PolicyInputList=[allow("s3:GetObject", "arn:aws:s3:::one/*")], ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::one/a", "arn:aws:s3:::two/a"])["EvaluationResults"]
        same([(it["EvalResourceName"], it["EvalResourceDecision"]) for it in results[0]["ResourceSpecificResults"]], [("arn:aws:s3:::one/a", "allowed"), ("arn:aws:s3:::two/a", "implicitDeny")])
    with w.check("GetContextKeysForPrincipalPolicy lists what policies ask for"):
        same(iam.get_context_keys_for_principal_policy(PolicySourceArn=source)["ContextKeyNames"], ["kms:CallerAccount"])
