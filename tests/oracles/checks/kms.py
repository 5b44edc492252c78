"""AWS KMS. Source where none is named: KMS API Reference and its model."""

import json

from harness import DEV, PRD, REGION, SHARED, fits, has, holds, same, send, signatures, tags, trust

CLOSED = "12345678-1234-1234-1234-123456789012"


def policy(account=SHARED, *more):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
                *more,
            ],
        }
    )


def run(w):
    kms = w.client("kms")
    raw = w.client("kms", validate=False)
    signatures(w, "kms", "list_keys")
    with w.check("KMS refuses a request without a signature"):
        status, _, body = send(w, "kms", signed=False, headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}, body=b"{}")
        same(status, 400, "the status")
        holds(b"MissingAuthenticationTokenException" in body, f"answered {body}")
    with w.check("KMS does not know an operation that does not exist"):
        status, _, body = send(w, "kms", headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.MakeKey"}, body=b"{}")
        same(status, 400, "the status")
        holds(b"UnknownOperationException" in body, f"answered {body}")
    with w.check("KMS refuses a body that is no JSON"):
        status, _, body = send(w, "kms", headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}, body=b"{no")
        same(status, 400, "the status")
        holds(b"SerializationException" in body, f"answered {body}")

    with w.check("CreateKey answers the metadata of a symmetric key"):
        key = kms.create_key(Policy=policy(), Description="artifacts", Tags=[{"TagKey": "crosspipe:application", "TagValue": "awssdk-iam"}])["KeyMetadata"]
        has(key, "AWSAccountId", "KeyId", "Arn", "CreationDate", "Enabled", "Description", "KeyUsage", "KeyState", "Origin", "KeyManager", "CustomerMasterKeySpec", "KeySpec", "EncryptionAlgorithms", "MultiRegion")
        fits(key["KeyId"], r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
        same(key["Arn"], f"arn:aws:kms:{REGION}:{SHARED}:key/{key['KeyId']}")
        same({it: key[it] for it in ("AWSAccountId", "Enabled", "Description", "KeyUsage", "KeyState", "Origin", "KeyManager", "KeySpec", "CustomerMasterKeySpec", "EncryptionAlgorithms", "MultiRegion")},
             {"AWSAccountId": SHARED, "Enabled": True, "Description": "artifacts", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False})
    id, arn = key["KeyId"], key["Arn"]
    with w.check("DescribeKey answers the same by id and by ARN"):
        same(kms.describe_key(KeyId=id)["KeyMetadata"], key)
        same(kms.describe_key(KeyId=arn)["KeyMetadata"], key)
    with w.check("CreateKey is not idempotent", "KMS API Reference: CreateKey has no client token"):
        second = kms.create_key(Policy=policy(), Description="artifacts")["KeyMetadata"]
        holds(second["KeyId"] != id, "it answered the same key")
    with w.check("a key without a policy gets the default one", "KMS Developer Guide, Default key policy"):
        bare = kms.create_key()["KeyMetadata"]
        answer = kms.get_key_policy(KeyId=bare["KeyId"])
        document = json.loads(answer["Policy"])
        same(document["Id"], "key-default-1")
        same(document["Statement"][0]["Principal"], {"AWS": f"arn:aws:iam::{SHARED}:root"})
        same(answer["PolicyName"], "default")
    w.refuses("DescribeKey of a key that is not there", "NotFoundException", kms.describe_key, says=f"Key 'arn:aws:kms:{REGION}:{SHARED}:key/{CLOSED}' does not exist", KeyId=CLOSED)
    w.refuses("DescribeKey of an ARN that is none", ("InvalidArnException", "NotFoundException"), kms.describe_key, KeyId="arn:aws:kms:nothing")
    w.refuses("a key is not found in another Region", "NotFoundException", w.client("kms", region="us-west-2").describe_key, KeyId=id)
    w.refuses("a key is not found by its id from another account", "NotFoundException", w.client("kms", DEV).describe_key, KeyId=id)

    # Policies

    for title, document in (
        ("that is no JSON", "{not json"),
        ("with a role that does not exist", policy(SHARED, {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{DEV}:role/absent"}, "Action": "kms:Decrypt", "Resource": "*"})),
        ("with an account that does not exist", policy(SHARED, {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "kms:Decrypt", "Resource": "*"})),
        ("without a principal", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]})),
        ("that locks the caller out", policy(DEV)),
    ):
        w.refuses(f"CreateKey refuses a policy {title}", "MalformedPolicyDocumentException", kms.create_key, Policy=document)
        w.refuses(f"PutKeyPolicy refuses a policy {title}", "MalformedPolicyDocumentException", kms.put_key_policy, KeyId=id, PolicyName="default", Policy=document)
    w.refuses("PutKeyPolicy refuses a policy over 32 KB", ("LimitExceededException", "MalformedPolicyDocumentException"), kms.put_key_policy, origin="KMS Developer Guide, Resource quotas: key policy document size 32 KB", KeyId=id, PolicyName="default",
              Policy=policy(SHARED, *({"Sid": f"S{i}", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SHARED}:root"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "x" * 300}}} for i in range(80))))
    with w.check("none of the refused keys was made, none of the refused policies put"):
        same(len(kms.list_keys()["Keys"]), 3, "the number of keys")
        same(json.loads(kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"]), json.loads(policy()))
    with w.check("PutKeyPolicy replaces the policy, with roles of other accounts"):
        w.client("iam", DEV).create_role(RoleName="deploy", AssumeRolePolicyDocument=trust(SHARED))
        statement = {"Sid": "Deploy", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"}
        kms.put_key_policy(KeyId=id, PolicyName="default", Policy=policy(SHARED, statement))
        same(json.loads(kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"])["Statement"][1], statement)
    w.refuses("PutKeyPolicy knows one name of a policy", ("NotFoundException", "ValidationException"), kms.put_key_policy, KeyId=id, PolicyName="other", Policy=policy())
    with w.check("DescribeKey by ARN reaches across accounts that the policy names", "KMS Developer Guide, Allowing users in other accounts to use a KMS key"):
        same(w.client("kms", DEV).describe_key(KeyId=arn)["KeyMetadata"]["Arn"], arn)
    w.refuses("DescribeKey by ARN from an account that the policy does not name", "AccessDeniedException", w.client("kms", PRD).describe_key, KeyId=arn)

    # Aliases

    with w.check("an alias is made and listed"):
        kms.create_alias(AliasName="alias/bys-artifacts", TargetKeyId=id)
        listed = [it for it in kms.list_aliases()["Aliases"] if it["AliasName"] == "alias/bys-artifacts"]
        same(len(listed), 1, "how often it is listed")
        has(listed[0], "AliasName", "AliasArn", "TargetKeyId", "CreationDate", "LastUpdatedDate")
        same(listed[0]["AliasArn"], f"arn:aws:kms:{REGION}:{SHARED}:alias/bys-artifacts")
        same(listed[0]["TargetKeyId"], id)
        same([it["AliasName"] for it in kms.list_aliases(KeyId=id)["Aliases"]], ["alias/bys-artifacts"])
    with w.check("a key is found by alias and by the alias's ARN"):
        same(kms.describe_key(KeyId="alias/bys-artifacts")["KeyMetadata"]["KeyId"], id)
        same(kms.describe_key(KeyId=f"arn:aws:kms:{REGION}:{SHARED}:alias/bys-artifacts")["KeyMetadata"]["KeyId"], id)
    w.refuses("CreateAlias refuses one that is taken", "AlreadyExistsException", kms.create_alias, says="already exists", AliasName="alias/bys-artifacts", TargetKeyId=second["KeyId"])
    w.refuses("CreateAlias refuses AWS's own names", ("NotAuthorizedException", "InvalidAliasNameException"), kms.create_alias, documented=True, AliasName="alias/aws/mine", TargetKeyId=id)
    w.refuses("CreateAlias refuses a name without alias/", ("ValidationException", "InvalidAliasNameException"), kms.create_alias, AliasName="bys-artifacts", TargetKeyId=id, origin="CreateAlias: the name must begin with alias/")
    w.refuses("CreateAlias refuses letters that a name cannot have", ("ValidationException", "InvalidAliasNameException"), kms.create_alias, AliasName="alias/a b", TargetKeyId=id)
    w.refuses("CreateAlias of a key that is not there", "NotFoundException", kms.create_alias, AliasName="alias/none", TargetKeyId=CLOSED)
    w.refuses("DescribeKey of an alias that is not there", "NotFoundException", kms.describe_key, says="is not found", KeyId="alias/absent")
    w.refuses("an alias means nothing in another account", "NotFoundException", w.client("kms", DEV).describe_key, KeyId="alias/bys-artifacts")
    with w.check("UpdateAlias points to another key"):
        kms.update_alias(AliasName="alias/bys-artifacts", TargetKeyId=second["KeyId"])
        same(kms.describe_key(KeyId="alias/bys-artifacts")["KeyMetadata"]["KeyId"], second["KeyId"])
    w.refuses("UpdateAlias of an alias that is not there", "NotFoundException", kms.update_alias, AliasName="alias/absent", TargetKeyId=id)
    with w.check("ListAliases pages with Marker and Truncated"):
        for number in range(4):
            kms.create_alias(AliasName=f"alias/page/{number}", TargetKeyId=bare["KeyId"])
        first = kms.list_aliases(Limit=2)
        same((len(first["Aliases"]), first["Truncated"]), (2, True))
        has(first, "NextMarker")
        every = [it["AliasName"] for page in kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2}) for it in page["Aliases"]]
        holds({f"alias/page/{number}" for number in range(4)} <= set(every), f"found {every}")
        same(len(every), len(set(every)), "how many are listed once")
    with w.check("DeleteAlias deletes the alias and not the key"):
        kms.delete_alias(AliasName="alias/bys-artifacts")
        same(kms.describe_key(KeyId=second["KeyId"])["KeyMetadata"]["KeyState"], "Enabled")
    w.refuses("DeleteAlias of an alias that is not there", "NotFoundException", kms.delete_alias, AliasName="alias/bys-artifacts")

    # Rotation, description, tags

    with w.check("rotation is off, is switched on and off again"):
        status = kms.get_key_rotation_status(KeyId=id)
        same(status["KeyRotationEnabled"], False)
        kms.enable_key_rotation(KeyId=id)
        status = kms.get_key_rotation_status(KeyId=id)
        has(status, "KeyId", "KeyRotationEnabled", "RotationPeriodInDays", "NextRotationDate")
        same((status["KeyRotationEnabled"], status["RotationPeriodInDays"]), (True, 365))
        kms.disable_key_rotation(KeyId=id)
        same(kms.get_key_rotation_status(KeyId=id)["KeyRotationEnabled"], False)
    w.refuses("EnableKeyRotation of a key that is not there", "NotFoundException", kms.enable_key_rotation, KeyId=CLOSED)
    with w.check("UpdateKeyDescription changes the description"):
        kms.update_key_description(KeyId=id, Description="changed")
        same(kms.describe_key(KeyId=id)["KeyMetadata"]["Description"], "changed")
    with w.check("tags of a key are listed, added, changed and removed"):
        kms.tag_resource(KeyId=id, Tags=[{"TagKey": "a", "TagValue": "1"}])
        listed = kms.list_resource_tags(KeyId=id)
        same(listed["Truncated"], False)
        same(tags(listed["Tags"], "TagKey", "TagValue"), {"crosspipe:application": "awssdk-iam", "a": "1"})
        kms.untag_resource(KeyId=id, TagKeys=["a"])
        same(tags(kms.list_resource_tags(KeyId=id)["Tags"], "TagKey", "TagValue"), {"crosspipe:application": "awssdk-iam"})
    w.refuses("TagResource refuses AWS's own keys", "TagException", kms.tag_resource, KeyId=id, Tags=[{"TagKey": "aws:x", "TagValue": "1"}])
    w.refuses("TagResource of a key that is not there", "NotFoundException", kms.tag_resource, KeyId=CLOSED, Tags=[{"TagKey": "a", "TagValue": "1"}])

    # Use

    with w.check("what Encrypt makes, Decrypt reads without being told the key"):
        sealed = kms.encrypt(KeyId=id, Plaintext=b"secret", EncryptionContext={"a": "b"})
        has(sealed, "CiphertextBlob", "KeyId", "EncryptionAlgorithm")
        same(sealed["KeyId"], arn)
        opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "b"})
        has(opened, "KeyId", "Plaintext", "EncryptionAlgorithm")
        same((opened["Plaintext"], opened["KeyId"], opened["EncryptionAlgorithm"]), (b"secret", arn, "SYMMETRIC_DEFAULT"))
        holds(b"secret" not in sealed["CiphertextBlob"], "the ciphertext holds the text")
    w.refuses("Decrypt refuses another encryption context", "InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "c"})
    w.refuses("Decrypt refuses what was changed", "InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"][:-1] + bytes([sealed["CiphertextBlob"][-1] ^ 1]), EncryptionContext={"a": "b"})
    w.refuses("Decrypt refuses another key", "IncorrectKeyException", kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "b"}, KeyId=second["KeyId"])
    w.refuses("Encrypt refuses more than 4096 bytes", "ValidationException", raw.encrypt, KeyId=id, Plaintext=b"x" * 4097)
    w.refuses("Encrypt with a key that is not there", "NotFoundException", kms.encrypt, KeyId=CLOSED, Plaintext=b"x")
    with w.check("GenerateDataKey answers a key in both forms"):
        data = kms.generate_data_key(KeyId=id, KeySpec="AES_256")
        has(data, "CiphertextBlob", "Plaintext", "KeyId")
        same(len(data["Plaintext"]), 32, "the length of the key")
        same(kms.decrypt(CiphertextBlob=data["CiphertextBlob"])["Plaintext"], data["Plaintext"])
    with w.check("Decrypt reaches across accounts that the policy names"):
        sealed = kms.encrypt(KeyId=id, Plaintext=b"secret")
        same(w.client("kms", DEV).decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"], b"secret")

    # The end

    with w.check("a disabled key says so and is enabled again"):
        kms.disable_key(KeyId=id)
        same(kms.describe_key(KeyId=id)["KeyMetadata"]["KeyState"], "Disabled")
        same(kms.describe_key(KeyId=id)["KeyMetadata"]["Enabled"], False)
    w.refuses("Encrypt with a disabled key", "DisabledException", kms.encrypt, KeyId=id, Plaintext=b"x")
    w.refuses("EnableKeyRotation of a disabled key", "DisabledException", kms.enable_key_rotation, KeyId=id)
    with w.check("EnableKey enables"):
        kms.enable_key(KeyId=id)
        kms.encrypt(KeyId=id, Plaintext=b"x")
    w.refuses("ScheduleKeyDeletion refuses six days", "ValidationException", raw.schedule_key_deletion, KeyId=id, PendingWindowInDays=6)
    w.refuses("ScheduleKeyDeletion refuses 31 days", "ValidationException", raw.schedule_key_deletion, KeyId=id, PendingWindowInDays=31)
    with w.check("ScheduleKeyDeletion answers the day"):
        gone = kms.schedule_key_deletion(KeyId=id, PendingWindowInDays=7)
        has(gone, "KeyId", "DeletionDate", "KeyState", "PendingWindowInDays")
        same((gone["KeyId"], gone["KeyState"], gone["PendingWindowInDays"]), (arn, "PendingDeletion", 7))
        has(kms.describe_key(KeyId=id)["KeyMetadata"], "DeletionDate")
    w.refuses("Encrypt with a key that waits for its deletion", "KMSInvalidStateException", kms.encrypt, says="is pending deletion", KeyId=id, Plaintext=b"x")
    w.refuses("CreateAlias for a key that waits for its deletion", "KMSInvalidStateException", kms.create_alias, AliasName="alias/late", TargetKeyId=id)
    w.refuses("ScheduleKeyDeletion twice", "KMSInvalidStateException", kms.schedule_key_deletion, KeyId=id, PendingWindowInDays=7)
    with w.check("CancelKeyDeletion leaves the key disabled"):
        same(kms.cancel_key_deletion(KeyId=id)["KeyId"], arn)
        same(kms.describe_key(KeyId=id)["KeyMetadata"]["KeyState"], "Disabled")
