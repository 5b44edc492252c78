"""Who may use a key: key policies, grants, conditions, states, and use through S3. Source where none is named:
KMS Developer Guide, "Key policies", "Grants", "Allowing users in other accounts to use a KMS key", "KMS
condition keys"; KMS API Reference."""

import json

from cast import Cast, doc, may, root, to
from harness import DEV, PRD, REGION, SHARED, STG, has, holds, lacks, same

NO = "AccessDeniedException"


def run(w):
    it = Cast(w)
    policies(w, it)
    conditions(w, it)
    grants(w, it)
    making(w, it)
    states(w, it)


def key(w, *statements, account=SHARED, rooted=True):
    first = [to(root(account), "kms:*", "*")] if rooted else [to(w.client("sts", account).get_caller_identity()["Arn"], "kms:*", "*")]
    return w.client("kms", account).create_key(Policy=doc(*first, *statements))["KeyMetadata"]["Arn"]


def policies(w, it):
    user = it.role("user", may(["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]))
    silent = it.role("quiet")
    far = it.role("far", may(["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:ListAliases"]), account=DEV)
    open_, closed = key(w), key(w, rooted=False)
    it.allowed("the account's key policy leaves it to the identity, which allows", it.as_(user, "kms").encrypt, KeyId=open_, Plaintext=b"x")
    it.refused("the account's key policy leaves it to the identity, which is silent", it.as_(silent, "kms").encrypt, NO, KeyId=open_, Plaintext=b"x", says="because no identity-based policy allows the kms:Encrypt action")
    it.refused("a key whose policy does not name the account does not hear identities", it.as_(user, "kms").encrypt, NO, KeyId=closed, Plaintext=b"x", says="because no resource-based policy allows the kms:Encrypt action")
    named = key(w, to(silent, "kms:Encrypt", "*"), rooted=False)
    it.allowed("a key policy that names the role is enough", it.as_(silent, "kms").encrypt, KeyId=named, Plaintext=b"x")
    it.refused("a key policy that names another role is not", it.as_(user, "kms").encrypt, NO, KeyId=named, Plaintext=b"x")
    it.refused("a key policy allows what it lists", it.as_(silent, "kms").describe_key, NO, KeyId=named)
    denied = key(w, to(user, "kms:Decrypt", "*", effect="Deny"))
    sealed = w.client("kms").encrypt(KeyId=denied, Plaintext=b"x")["CiphertextBlob"]
    it.refused("a deny in the key policy beats the identity", it.as_(user, "kms").decrypt, NO, CiphertextBlob=sealed, says="with an explicit deny in a resource-based policy")
    it.refused("another account that the key policy does not name", it.as_(far, "kms").describe_key, NO, KeyId=open_)
    shared = key(w, to(root(DEV), ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:PutKeyPolicy", "kms:CreateGrant"], "*"))
    it.allowed("another account with both sides", it.as_(far, "kms").encrypt, KeyId=shared, Plaintext=b"x")
    quiet = it.role("far-quiet", account=DEV)
    it.refused("another account's role whose identity is silent", it.as_(quiet, "kms").encrypt, NO, KeyId=shared, Plaintext=b"x", says="because no identity-based policy allows the kms:Encrypt action")
    w.client("kms").create_alias(AliasName="alias/crossed", TargetKeyId=shared)
    it.refused("an alias means nothing in another account", it.as_(far, "kms").encrypt, "NotFoundException", KeyId="alias/crossed", Plaintext=b"x")
    it.allowed("the ARN of an alias reaches across accounts", it.as_(far, "kms").encrypt, KeyId=f"arn:aws:kms:{REGION}:{SHARED}:alias/crossed", Plaintext=b"x")
    it.refused("a key's policy is not put from another account, whatever it says", it.as_(far, "kms").put_key_policy, NO, KeyId=shared, PolicyName="default", Policy=doc(to(root(SHARED), "kms:*", "*")))
    it.refused("a third account", w.client("kms", PRD).decrypt, NO, CiphertextBlob=w.client("kms").encrypt(KeyId=shared, Plaintext=b"x")["CiphertextBlob"])
    text = w.client("kms").get_key_policy(KeyId=closed)["Policy"]
    it.refused("a policy that its writer could not change again", w.client("kms").put_key_policy, "MalformedPolicyDocumentException", KeyId=closed, PolicyName="default", Policy=doc(to(silent, "kms:*", "*")), says="will not allow you to update the key policy in the future")
    with w.check("the policy that was refused was not put"):
        same(w.client("kms").get_key_policy(KeyId=closed)["Policy"], text)
    by_tag = it.role("by-tag", may("kms:Encrypt", StringEquals={"aws:ResourceTag/app": "orders"}))
    tagged = w.client("kms").create_key(Tags=[{"TagKey": "app", "TagValue": "orders"}])["KeyMetadata"]["Arn"]
    it.allowed("the tag of a key", it.as_(by_tag, "kms").encrypt, KeyId=tagged, Plaintext=b"x")
    it.refused("a key without the tag", it.as_(by_tag, "kms").encrypt, NO, KeyId=open_, Plaintext=b"x")
    by_alias = it.role("by-alias", may("kms:Encrypt", f"arn:aws:kms:{REGION}:{SHARED}:alias/crossed"))
    it.refused("the ARN of an alias in an identity policy is no key's", it.as_(by_alias, "kms").encrypt, NO, KeyId="alias/crossed", Plaintext=b"x", origin="KMS Developer Guide, Using aliases to control access")
    it.policy("by-alias", may("kms:Encrypt", **{"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/crossed"}}))
    it.allowed("kms:ResourceAliases is what aliases are for in a policy", it.as_(by_alias, "kms").encrypt, KeyId=shared, Plaintext=b"x")


def conditions(w, it):
    via = it.role("via", may(["s3:*", "kms:*"]))
    through = key(w, to(via, ["kms:GenerateDataKey*", "kms:Decrypt"], "*", StringEquals={"kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:CallerAccount": SHARED}), rooted=False)
    w.client("s3").create_bucket(Bucket="keys-via", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3 = it.as_(via, "s3")
    put = dict(Bucket="keys-via", Key="a", Body=b"text", ServerSideEncryption="aws:kms", SSEKMSKeyId=through)
    it.allowed("kms:ViaService through S3", s3.put_object, **put)
    it.allowed("kms:ViaService through S3, to read", s3.get_object, Bucket="keys-via", Key="a")
    it.refused("kms:ViaService without S3", it.as_(via, "kms").generate_data_key, NO, KeyId=through, KeySpec="AES_256")
    it.refused("an administrator reads no object of a key that does not name it", it.as_(it.role("via-other", may("*")), "s3").get_object, "AccessDenied", Bucket="keys-via", Key="a", says="kms:Decrypt")
    it.allowed("HeadObject does not need the key", it.as_(it.role("via-head", may("s3:*")), "s3").head_object, Bucket="keys-via", Key="a", origin="S3 API Reference, HeadObject: the key is needed for checksums only")
    context = it.role("context", may("kms:*"))
    bound = key(w, to(context, ["kms:Encrypt", "kms:Decrypt"], "*", StringEquals={"kms:EncryptionContext:app": "orders"}), rooted=False)
    kms = it.as_(context, "kms")
    sealed = it.allowed("the encryption context that the key policy asks for", kms.encrypt, KeyId=bound, Plaintext=b"x", EncryptionContext={"app": "orders"})
    it.refused("another encryption context", kms.encrypt, NO, KeyId=bound, Plaintext=b"x", EncryptionContext={"app": "other"})
    it.refused("no encryption context", kms.encrypt, NO, KeyId=bound, Plaintext=b"x")
    it.refused("a ciphertext with another context than it was made with", kms.decrypt, NO, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"app": "other"})
    object_ = key(w, to(via, ["kms:GenerateDataKey*", "kms:Decrypt"], "*", StringLike={"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::keys-via/only/*"}), rooted=False)
    put = dict(Bucket="keys-via", Body=b"text", ServerSideEncryption="aws:kms", SSEKMSKeyId=object_)
    it.allowed("S3's own encryption context is the object", s3.put_object, Key="only/a", **put)
    it.refused("S3's own encryption context of another object", s3.put_object, "AccessDenied", Key="b", **put)
    it.refused("S3's own encryption context is the bucket with a bucket key", s3.put_object, "AccessDenied", Key="only/b", BucketKeyEnabled=True, **put)
    caller = key(w, to({"AWS": "*"}, "kms:Encrypt", "*", StringEquals={"kms:CallerAccount": DEV}))
    far = it.role("caller-far", may("kms:Encrypt"), account=DEV)
    stranger = it.role("caller-stranger", may("kms:Encrypt"), account=STG)
    it.allowed("kms:CallerAccount of another account", it.as_(far, "kms").encrypt, KeyId=caller, Plaintext=b"x")
    it.refused("kms:CallerAccount of yet another account", it.as_(stranger, "kms").encrypt, NO, KeyId=caller, Plaintext=b"x")


def grants(w, it):
    owner = w.client("kms")
    arn = key(w)
    user, other = it.role("grantee"), it.role("not-grantee")
    retirer = it.role("retirer")
    as_user, as_other = it.as_(user, "kms"), it.as_(other, "kms")
    it.refused("before the grant", as_user.encrypt, NO, KeyId=arn, Plaintext=b"x")
    made = it.allowed("CreateGrant by the key's administrator", owner.create_grant, KeyId=arn, GranteePrincipal=user, Operations=["Encrypt", "Decrypt"], Name="one", RetiringPrincipal=retirer)
    with w.check("CreateGrant answers id and token", "KMS API Reference, CreateGrant"):
        has(made, "GrantId", "GrantToken")
        same(len(made["GrantId"]), 64, "the id's length")
    sealed = it.allowed("what the grant allows", as_user.encrypt, KeyId=arn, Plaintext=b"x")
    it.allowed("what the grant allows too", as_user.decrypt, CiphertextBlob=sealed["CiphertextBlob"])
    it.refused("what the grant does not list", as_user.generate_data_key, NO, KeyId=arn, KeySpec="AES_256")
    it.refused("DescribeKey, which the grant does not list", as_user.describe_key, NO, KeyId=arn)
    it.refused("a role that the grant does not name", as_other.encrypt, NO, KeyId=arn, Plaintext=b"x")
    with w.check("with a name CreateGrant is idempotent", "KMS API Reference, CreateGrant, Name"):
        again = owner.create_grant(KeyId=arn, GranteePrincipal=user, Operations=["Encrypt", "Decrypt"], Name="one", RetiringPrincipal=retirer)
        same(again["GrantId"], made["GrantId"])
    with w.check("without a name CreateGrant is not", "KMS API Reference, CreateGrant, Name"):
        ids = {owner.create_grant(KeyId=arn, GranteePrincipal=other, Operations=["DescribeKey"])["GrantId"] for _ in range(2)}
        same(len(ids), 2)
    with w.check("ListGrants shows a grant as it was made", "KMS API Reference, GrantListEntry"):
        listed = owner.list_grants(KeyId=arn, GrantId=made["GrantId"])
        same(listed["Truncated"], False)
        entry = listed["Grants"][0]
        has(entry, "KeyId", "GrantId", "Name", "CreationDate", "GranteePrincipal", "RetiringPrincipal", "IssuingAccount", "Operations")
        lacks(entry, "Constraints", "GrantToken")
        same((entry["KeyId"], entry["Name"], entry["GranteePrincipal"], entry["RetiringPrincipal"], entry["IssuingAccount"], sorted(entry["Operations"])), (arn, "one", user, retirer, root(SHARED), ["Decrypt", "Encrypt"]))
    with w.check("ListGrants by grantee, and by pages"):
        same(len(owner.list_grants(KeyId=arn, GranteePrincipal=other)["Grants"]), 2)
        first = owner.list_grants(KeyId=arn, Limit=1)
        same((len(first["Grants"]), first["Truncated"]), (1, True))
        every = [g["GrantId"] for page in owner.get_paginator("list_grants").paginate(KeyId=arn, PaginationConfig={"PageSize": 1}) for g in page["Grants"]]
        same((len(every), len(set(every))), (3, 3))
    it.policy("retirer", may("kms:ListRetirableGrants"))
    with w.check("ListRetirableGrants finds it by who may retire it"):
        found = it.as_(retirer, "kms").list_retirable_grants(RetiringPrincipal=retirer)["Grants"]
        same([g["GrantId"] for g in found], [made["GrantId"]])
    it.refused("RetireGrant by the grantee, to whom the grant does not give it", as_user.retire_grant, NO, KeyId=arn, GrantId=made["GrantId"])
    it.refused("RetireGrant by somebody else", as_other.retire_grant, NO, KeyId=arn, GrantId=made["GrantId"])
    it.refused("RevokeGrant by the one who may retire it", it.as_(retirer, "kms").revoke_grant, NO, KeyId=arn, GrantId=made["GrantId"])
    it.allowed("RetireGrant by the one who may", it.as_(retirer, "kms").retire_grant, KeyId=arn, GrantId=made["GrantId"])
    it.refused("after the grant was retired", as_user.encrypt, NO, KeyId=arn, Plaintext=b"x")
    it.refused("RetireGrant of a grant that is gone", owner.retire_grant, ("NotFoundException", "InvalidGrantIdException"), KeyId=arn, GrantId=made["GrantId"])
    own = owner.create_grant(KeyId=arn, GranteePrincipal=user, Operations=["Encrypt", "RetireGrant"])
    it.allowed("RetireGrant by the grantee, to whom the grant gives it, by its token", as_user.retire_grant, GrantToken=own["GrantToken"])
    it.refused("RetireGrant with a token that was never given", as_user.retire_grant, "InvalidGrantTokenException", GrantToken="x" * 40)
    it.refused("RetireGrant with a key's bare id", w.client("kms", validate=False).retire_grant, ("ValidationException", "InvalidArnException"), KeyId=arn.split("/")[1], GrantId="0" * 64, origin="KMS API Reference, RetireGrant: the key's ARN")
    revoked = owner.create_grant(KeyId=arn, GranteePrincipal=user, Operations=["Encrypt"])["GrantId"]
    it.allowed("RevokeGrant by the key's administrator", owner.revoke_grant, KeyId=arn, GrantId=revoked)
    it.refused("after the grant was revoked", as_user.encrypt, NO, KeyId=arn, Plaintext=b"x")
    it.refused("RevokeGrant of a grant that is not there", owner.revoke_grant, ("NotFoundException", "InvalidGrantIdException"), KeyId=arn, GrantId="0" * 64)

    # Constraints

    subset = owner.create_grant(KeyId=arn, GranteePrincipal=user, Operations=["Encrypt", "Decrypt"], Constraints={"EncryptionContextSubset": {"app": "orders"}})["GrantId"]
    it.allowed("EncryptionContextSubset with exactly its pairs", as_user.encrypt, KeyId=arn, Plaintext=b"x", EncryptionContext={"app": "orders"})
    sealed = it.allowed("EncryptionContextSubset with more pairs", as_user.encrypt, KeyId=arn, Plaintext=b"x", EncryptionContext={"app": "orders", "env": "dev"})
    it.refused("EncryptionContextSubset without its pair", as_user.encrypt, NO, KeyId=arn, Plaintext=b"x", EncryptionContext={"env": "dev"})
    it.refused("EncryptionContextSubset with another value", as_user.encrypt, NO, KeyId=arn, Plaintext=b"x", EncryptionContext={"app": "Orders"})
    it.refused("EncryptionContextSubset without any context", as_user.encrypt, NO, KeyId=arn, Plaintext=b"x")
    it.allowed("EncryptionContextSubset to decrypt", as_user.decrypt, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"app": "orders", "env": "dev"})
    owner.revoke_grant(KeyId=arn, GrantId=subset)
    equals = owner.create_grant(KeyId=arn, GranteePrincipal=user, Operations=["Encrypt", "DescribeKey"], Constraints={"EncryptionContextEquals": {"app": "orders"}})["GrantId"]
    it.allowed("EncryptionContextEquals with its pairs", as_user.encrypt, KeyId=arn, Plaintext=b"x", EncryptionContext={"app": "orders"})
    it.refused("EncryptionContextEquals with more pairs", as_user.encrypt, NO, KeyId=arn, Plaintext=b"x", EncryptionContext={"app": "orders", "env": "dev"})
    it.allowed("constraints do not touch operations without a context", as_user.describe_key, KeyId=arn)
    with w.check("ListGrants shows the constraint"):
        same(owner.list_grants(KeyId=arn, GrantId=equals)["Grants"][0]["Constraints"], {"EncryptionContextEquals": {"app": "orders"}})

    # What else decides

    denied = key(w, to(user, "kms:Encrypt", "*", effect="Deny"))
    owner.create_grant(KeyId=denied, GranteePrincipal=user, Operations=["Encrypt"])
    it.refused("a deny in the key policy beats a grant", as_user.encrypt, NO, KeyId=denied, Plaintext=b"x", says="with an explicit deny in a resource-based policy")
    closed = key(w, rooted=False)
    owner.create_grant(KeyId=closed, GranteePrincipal=user, Operations=["Encrypt"])
    it.allowed("a grant is enough where the key policy is silent", as_user.encrypt, KeyId=closed, Plaintext=b"x")
    far = it.role("far-grantee", may("kms:Encrypt"), account=DEV)
    owner.create_grant(KeyId=closed, GranteePrincipal=far, Operations=["Encrypt"])
    it.allowed("a grant to a role of another account whose identity allows", it.as_(far, "kms").encrypt, KeyId=closed, Plaintext=b"x")
    w.client("s3").create_bucket(Bucket="granted", CreateBucketConfiguration={"LocationConstraint": REGION})
    it.policy("grantee", may("s3:*"))
    owner.create_grant(KeyId=closed, GranteePrincipal=user, Operations=["GenerateDataKey", "Decrypt"])
    it.allowed("a grant counts through S3 too", it.as_(user, "s3").put_object, Bucket="granted", Key="a", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=closed)
    gone = it.role("gone")
    owner.create_grant(KeyId=closed, GranteePrincipal=gone, Operations=["Encrypt"])
    w.client("iam").delete_role(RoleName="gone")
    it.role("gone")
    it.refused("a role that was made again is not the grantee", it.as_(gone, "kms").encrypt, NO, KeyId=closed, Plaintext=b"x")


def making(w, it):
    owner = w.client("kms")
    arn = key(w)
    raw = w.client("kms", validate=False)
    role = it.role("granted")
    maker = it.role("maker", may("kms:CreateGrant", Bool={"kms:GrantIsForAWSResource": "true"}))
    it.refused("CreateGrant for a service only, asked directly", it.as_(maker, "kms").create_grant, NO, KeyId=arn, GranteePrincipal=role, Operations=["Encrypt"])
    it.policy("maker", may("kms:CreateGrant", **{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt"]}}))
    it.allowed("kms:GrantOperations of the operations that are allowed", it.as_(maker, "kms").create_grant, KeyId=arn, GranteePrincipal=role, Operations=["Encrypt"])
    it.refused("kms:GrantOperations of one operation more", it.as_(maker, "kms").create_grant, NO, KeyId=arn, GranteePrincipal=role, Operations=["Encrypt", "GenerateDataKey"])
    it.policy("maker", may("kms:CreateGrant", StringEquals={"kms:GranteePrincipal": role}))
    it.refused("kms:GranteePrincipal of somebody else", it.as_(maker, "kms").create_grant, NO, KeyId=arn, GranteePrincipal=maker, Operations=["Encrypt"])
    it.policy("maker", may("kms:CreateGrant", StringEquals={"kms:GrantConstraintType": "EncryptionContextSubset"}))
    it.refused("kms:GrantConstraintType without a constraint", it.as_(maker, "kms").create_grant, NO, KeyId=arn, GranteePrincipal=role, Operations=["Encrypt"])
    it.allowed("kms:GrantConstraintType with the constraint", it.as_(maker, "kms").create_grant, KeyId=arn, GranteePrincipal=role, Operations=["Encrypt"], Constraints={"EncryptionContextSubset": {"a": "b"}})
    it.policy("maker", may("kms:ListKeys"))
    owner.create_grant(KeyId=arn, GranteePrincipal=maker, Operations=["CreateGrant", "Encrypt"])
    it.allowed("a grant under a grant, no wider than it", it.as_(maker, "kms").create_grant, KeyId=arn, GranteePrincipal=role, Operations=["Encrypt"], origin="KMS Developer Guide, Granting CreateGrant permission")
    it.refused("a grant under a grant, wider than it", it.as_(maker, "kms").create_grant, NO, KeyId=arn, GranteePrincipal=role, Operations=["Encrypt", "Decrypt"], origin="KMS Developer Guide, Granting CreateGrant permission")
    for title, code, arguments in (
        ("a grantee that does not exist", "InvalidArnException", dict(GranteePrincipal=f"arn:aws:iam::{SHARED}:role/absent", Operations=["Encrypt"])),
        ("a grantee that is no ARN", ("InvalidArnException", "ValidationException"), dict(GranteePrincipal="somebody", Operations=["Encrypt"])),
        ("everybody as grantee", ("InvalidArnException", "ValidationException"), dict(GranteePrincipal="*", Operations=["Encrypt"])),
        ("no operation", "ValidationException", dict(GranteePrincipal=role, Operations=[])),
        ("an operation that is none", "ValidationException", dict(GranteePrincipal=role, Operations=["Destroy"])),
        ("an operation of other keys", "ValidationException", dict(GranteePrincipal=role, Operations=["Sign"])),
        ("a name with a blank", "ValidationException", dict(GranteePrincipal=role, Operations=["Encrypt"], Name="a b")),
        ("no grantee", "ValidationException", dict(Operations=["Encrypt"])),
    ):
        it.refused(f"CreateGrant with {title}", raw.create_grant, code, KeyId=arn, **arguments)
    it.refused("CreateGrant on a key that is not there", owner.create_grant, "NotFoundException", KeyId="12345678-1234-1234-1234-123456789012", GranteePrincipal=role, Operations=["Encrypt"])
    it.refused("CreateGrant on an alias", owner.create_grant, "NotFoundException", KeyId="alias/crossed", GranteePrincipal=role, Operations=["Encrypt"])
    it.refused("CreateGrant as a trial", owner.create_grant, "DryRunOperationException", KeyId=arn, GranteePrincipal=role, Operations=["Encrypt"], DryRun=True)
    with w.check("a refused grant and a trial leave nothing"):
        same(len(owner.list_grants(KeyId=arn)["Grants"]), 4)


def states(w, it):
    kms, s3 = w.client("kms"), w.client("s3")
    arn = key(w)
    s3.create_bucket(Bucket="key-states", CreateBucketConfiguration={"LocationConstraint": REGION})
    put = dict(Bucket="key-states", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=arn)
    s3.put_object(Key="a", **put)
    sealed = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    role = it.role("state-role")
    kms.disable_key(KeyId=arn)
    it.refused("Decrypt with a disabled key", kms.decrypt, "DisabledException", CiphertextBlob=sealed, says="is disabled")
    it.refused("CreateGrant on a disabled key", kms.create_grant, "DisabledException", KeyId=arn, GranteePrincipal=role, Operations=["Encrypt"])
    it.refused("GetObject under a disabled key", s3.get_object, "KMS.DisabledException", 400, Bucket="key-states", Key="a", origin="S3 error responses: errors of KMS carry its name")
    it.refused("PutObject under a disabled key", s3.put_object, "KMS.DisabledException", 400, Key="b", origin="S3 error responses: errors of KMS carry its name", **put)
    it.allowed("DescribeKey of a disabled key", kms.describe_key, KeyId=arn)
    kms.enable_key(KeyId=arn)
    it.allowed("GetObject when the key is enabled again", s3.get_object, Bucket="key-states", Key="a")
    kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    it.refused("Decrypt with a key that waits for its deletion", kms.decrypt, "KMSInvalidStateException", CiphertextBlob=sealed, says="is pending deletion")
    it.refused("GetObject under a key that waits for its deletion", s3.get_object, "KMS.KMSInvalidStateException", 400, Bucket="key-states", Key="a", origin="S3 error responses: errors of KMS carry its name")
    it.refused("CreateGrant on a key that waits for its deletion", kms.create_grant, "KMSInvalidStateException", KeyId=arn, GranteePrincipal=role, Operations=["Encrypt"])
    it.refused("PutObject with a key that is not there", s3.put_object, "KMS.NotFoundException", 400, Key="c", origin="S3 error responses: errors of KMS carry its name", **{**put, "SSEKMSKeyId": f"arn:aws:kms:{REGION}:{SHARED}:key/12345678-1234-1234-1234-123456789012"})
    it.refused("PutObject with a key of another Region", s3.put_object, "KMS.NotFoundException", 400, Key="c", origin="S3 User Guide: the key is in the bucket's Region", **{**put, "SSEKMSKeyId": f"arn:aws:kms:us-east-1:{SHARED}:key/12345678-1234-1234-1234-123456789012"})
    foreign = w.client("kms", DEV).create_key()["KeyMetadata"]["Arn"]
    it.refused("PutObject with another account's key", s3.put_object, "AccessDenied", Key="c", says="kms:GenerateDataKey", **{**put, "SSEKMSKeyId": foreign})
    managed = it.role("managed-key", may(["s3:*", "kms:*"]), account=DEV)
    s3.put_object(Bucket="key-states", Key="own", Body=b"x", ServerSideEncryption="aws:kms")
    s3.put_bucket_policy(Bucket="key-states", Policy=doc(to(managed, "s3:GetObject", "arn:aws:s3:::key-states/*")))
    it.refused("the key that AWS keeps for S3 is not another account's", it.as_(managed, "s3").get_object, "AccessDenied", Bucket="key-states", Key="own", origin="KMS Developer Guide: AWS managed keys cannot be shared")
    it.refused("PutKeyPolicy on a key that AWS keeps", kms.put_key_policy, NO, KeyId=kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"], PolicyName="default", Policy=doc(to(root(SHARED), "kms:*", "*")))
