"""Amazon S3. Source where none is named: S3 API Reference and its model."""

import datetime
import json

from harness import DEV, REGION, SHARED, STG, fits, has, holds, lacks, same, send, signatures, tags, trust

BUCKET = "bys-awssdk-iam-artifacts-202949997891-ap-northeast-2"
ERRORS = 'S3 API Reference, "Error responses"'


def policy(*statements, bucket=BUCKET):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*", **it}
                for it in statements
            ],
        }
    )


def run(w):
    s3 = w.client("s3")
    raw = w.client("s3", validate=False)
    dev = w.client("s3", DEV)
    signatures(w, "s3", "list_buckets")
    here = {"LocationConstraint": REGION}

    with w.check("S3 refuses a request without a signature", ERRORS):
        status, _, body = send(w, "s3", method="GET", signed=False)
        same(status, 403, "the status")
        holds(b"<Code>AccessDenied</Code>" in body, f"answered {body}")
    with w.check("S3 refuses a signature of an hour ago", ERRORS):
        status, _, body = send(w, "s3", method="GET", at=datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1))
        same(status, 403, "the status")
        holds(b"<Code>RequestTimeTooSkewed</Code>" in body, f"answered {body}")
    with w.check("S3 refuses a body that is not the one that was signed", ERRORS):
        s3.create_bucket(Bucket="bys-scratch", CreateBucketConfiguration=here)
        status, _, body = send(w, "s3", method="PUT", path="/bys-scratch/x", body=b"abc", instead=b"abd")
        same(status, 400, "the status")
        holds(b"<Code>XAmzContentSHA256Mismatch</Code>" in body, f"answered {body}")

    # Buckets

    with w.check("CreateBucket answers where the bucket is"):
        answer = s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=here)
        holds(answer["Location"] in (f"http://{BUCKET}.s3.amazonaws.com/", f"/{BUCKET}"), f"Location {answer['Location']!r}")
    with w.check("HeadBucket answers the Region"):
        answer = s3.head_bucket(Bucket=BUCKET, ExpectedBucketOwner=SHARED)
        same(answer["BucketRegion"], REGION)
    with w.check("GetBucketLocation answers the Region"):
        same(s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"], REGION)
    with w.check("us-east-1 has no LocationConstraint", "S3 API Reference, GetBucketLocation: buckets in us-east-1 have a LocationConstraint of null"):
        east = w.client("s3", region="us-east-1")
        east.create_bucket(Bucket="bys-east")
        same(east.get_bucket_location(Bucket="bys-east")["LocationConstraint"], None)
    w.refuses("CreateBucket refuses us-east-1 as LocationConstraint", "InvalidLocationConstraint", w.client("s3", region="us-east-1").create_bucket, documented=True, status=400, origin=ERRORS, Bucket="bys-east-2", CreateBucketConfiguration={"LocationConstraint": "us-east-1"})
    w.refuses("CreateBucket refuses a Region that is not the endpoint's", "IllegalLocationConstraintException", s3.create_bucket, documented=True, status=400, origin=ERRORS, Bucket="bys-nowhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    w.refuses("CreateBucket refuses no Region outside us-east-1", "IllegalLocationConstraintException", s3.create_bucket, documented=True, status=400, origin=ERRORS, Bucket="bys-nowhere")
    w.refuses("CreateBucket refuses a bucket of one's own", "BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=BUCKET, CreateBucketConfiguration=here)
    w.refuses("CreateBucket refuses a bucket of somebody else", "BucketAlreadyExists", dev.create_bucket, Bucket=BUCKET, CreateBucketConfiguration=here)
    for name in ("ab", "Bys-Upper", "bys_underscore", "bys..dots", "192.168.5.4", "-bys", "bys-", "xn--bys", "bys-s3alias", "b" * 64):
        w.refuses(f"CreateBucket refuses the name {name}", "InvalidBucketName", raw.create_bucket, documented=True, status=400, origin="S3 User Guide, General purpose bucket naming rules", Bucket=name, CreateBucketConfiguration=here)
    with w.check("ListBuckets lists one's own buckets"):
        answer = s3.list_buckets()
        has(answer, "Buckets", "Owner")
        holds({BUCKET, "bys-scratch", "bys-east"} <= {it["Name"] for it in answer["Buckets"]}, f"lists {answer['Buckets']}")
        has(answer["Buckets"][0], "Name", "CreationDate")
        same(dev.list_buckets()["Buckets"], [], "the buckets of another account")
    w.refuses("HeadBucket of a bucket that is not there", "404", s3.head_bucket, documented=True, status=404, Bucket="bys-absent-bucket")
    w.refuses("HeadBucket of a bucket of somebody else", "403", dev.head_bucket, documented=True, status=403, Bucket=BUCKET)
    w.refuses("HeadBucket of a bucket with another owner than expected", "403", s3.head_bucket, documented=True, status=403, Bucket=BUCKET, ExpectedBucketOwner=DEV)
    w.refuses("ListObjectsV2 of a bucket of somebody else", "AccessDenied", dev.list_objects_v2, status=403, Bucket=BUCKET)
    w.refuses("PutBucketVersioning with another owner than expected", "AccessDenied", s3.put_bucket_versioning, status=403, origin="S3 User Guide, Verifying bucket ownership with bucket owner condition", Bucket=BUCKET, ExpectedBucketOwner=DEV, VersioningConfiguration={"Status": "Enabled"})
    with w.check("a bucket answers under its own host name", "S3 User Guide, Virtual hosting of buckets"):
        status, _, _ = send(w, "s3", method="GET", path="/?location", headers={"Host": f"bys-scratch.s3.{REGION}.amazonaws.com"})
        same(status, 200, "the status")

    # What a bucket is set to

    with w.check("a new bucket is private, encrypted and without access lists", "S3 User Guide, default settings for new buckets since April 2023"):
        block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
        same(block, dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True))
        same(s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"], [{"ObjectOwnership": "BucketOwnerEnforced"}])
        rule = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
        same(rule["ApplyServerSideEncryptionByDefault"], {"SSEAlgorithm": "AES256"})
        lacks(s3.get_bucket_versioning(Bucket=BUCKET), "Status")
    for what, code, call in (
        ("policy", "NoSuchBucketPolicy", s3.get_bucket_policy),
        ("lifecycle", "NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration),
        ("tags", "NoSuchTagSet", s3.get_bucket_tagging),
    ):
        w.refuses(f"a new bucket has no {what}", code, call, documented=True, status=404, origin=ERRORS, Bucket=BUCKET)
    for what, call in (
        ("policy", s3.get_bucket_policy),
        ("versioning", s3.get_bucket_versioning),
        ("encryption", s3.get_bucket_encryption),
        ("tagging", s3.get_bucket_tagging),
        ("public access block", s3.get_public_access_block),
        ("location", s3.get_bucket_location),
    ):
        w.refuses(f"the {what} of a bucket that is not there", "NoSuchBucket", call, documented=True, status=404, origin=ERRORS, Bucket="bys-absent-bucket")
    with w.check("versioning is enabled and suspended"):
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
        same(s3.get_bucket_versioning(Bucket=BUCKET)["Status"], "Suspended")
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        same(s3.get_bucket_versioning(Bucket=BUCKET)["Status"], "Enabled")
    w.refuses("versioning is either enabled or suspended", ("MalformedXML", "IllegalVersioningConfigurationException"), raw.put_bucket_versioning, documented=True, status=400, Bucket=BUCKET, VersioningConfiguration={"Status": "Maybe"})
    kms = w.client("kms")
    key = kms.create_key(
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SHARED}:root"}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"}]})
    )["KeyMetadata"]["Arn"]
    with w.check("default encryption is set with a key and bucket keys"):
        rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}]
        s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": rules})
        found = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
        same(found[0]["ApplyServerSideEncryptionByDefault"], rules[0]["ApplyServerSideEncryptionByDefault"])
        same(found[0]["BucketKeyEnabled"], True)
    with w.check("the public access block is set and deleted"):
        settings = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=settings)
        same(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"], settings)
        s3.delete_public_access_block(Bucket=BUCKET)
    w.refuses("a bucket without a public access block", "NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, documented=True, status=404, origin=ERRORS, Bucket=BUCKET)
    with w.check("ownership is set"):
        s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
        same(s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"], [{"ObjectOwnership": "BucketOwnerPreferred"}])
        s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    with w.check("tags of a bucket are replaced as a whole"):
        s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]})
        s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "b", "Value": "é"}]})
        same(tags(s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]), {"b": "é"})
    w.refuses("a tag key twice", "InvalidTag", s3.put_bucket_tagging, documented=True, status=400, origin=ERRORS, Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]})
    with w.check("lifecycle rules are set as they are given"):
        rules = [
            {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
            {"ID": "markers", "Status": "Disabled", "Filter": {"Prefix": "dev/"}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
        ]
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
        same(s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"], rules)
    w.refuses("a lifecycle rule needs an action", ("InvalidRequest", "MalformedXML"), s3.put_bucket_lifecycle_configuration, documented=True, status=400, origin=ERRORS, Bucket=BUCKET, LifecycleConfiguration={"Rules": [{"ID": "none", "Status": "Enabled", "Filter": {"Prefix": ""}}]})
    w.refuses("a lifecycle of two rules of one ID", "InvalidArgument", s3.put_bucket_lifecycle_configuration, documented=True, status=400, origin=ERRORS, says="unique", Bucket=BUCKET, LifecycleConfiguration={"Rules": [{"ID": "same", "Status": "Enabled", "Filter": {"Prefix": p}, "Expiration": {"Days": 1}} for p in ("a/", "b/")]})
    with w.check("DeleteBucketLifecycle deletes the rules"):
        s3.delete_bucket_lifecycle(Bucket=BUCKET)
    w.refuses("the lifecycle that was deleted", "NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, documented=True, status=404, Bucket=BUCKET)

    # Notifications

    for title, member, kind in (("queue", "QueueConfigurations", "Queue"), ("topic", "TopicConfigurations", "Topic"), ("function", "LambdaFunctionConfigurations", "LambdaFunction")):
        arn = {"Queue": f"arn:aws:sqs:{REGION}:{SHARED}:absent", "Topic": f"arn:aws:sns:{REGION}:{SHARED}:absent", "LambdaFunction": f"arn:aws:lambda:{REGION}:{SHARED}:function:absent"}[kind]
        w.refuses(f"notifications to a {title} that is not there", "InvalidArgument", s3.put_bucket_notification_configuration, documented=True, status=400, says="Unable to validate the following destination configurations", origin="the message in public issues", Bucket=BUCKET,
                  NotificationConfiguration={member: [{f"{kind}Arn": arn, "Events": ["s3:ObjectCreated:*"]}]})
    with w.check("notifications to EventBridge need no destination"):
        s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}})
        holds("EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=BUCKET), "it was not kept")
        s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})

    # Policies

    w.client("iam", DEV).create_role(RoleName="deploy", AssumeRolePolicyDocument=trust(SHARED))
    deploy = {"AWS": f"arn:aws:iam::{DEV}:root"}
    narrow = {"Sid": "Deploy", "Principal": deploy, "Condition": {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{DEV}:role/deploy"}}}
    with w.check("a bucket policy is put and read"):
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(narrow))
        same(json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]), json.loads(policy(narrow)))
    with w.check("GetBucketPolicyStatus says that it is not public"):
        same(s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"], {"IsPublic": False})
    for title, document in (
        ("that is no JSON", "{not json"),
        ("with a role that does not exist", policy({"Principal": {"AWS": f"arn:aws:iam::{DEV}:role/absent"}})),
        ("with an account that does not exist", policy({"Principal": {"AWS": "arn:aws:iam::999988887777:root"}})),
        ("with a service that does not exist", policy({"Principal": {"Service": "nosuch.amazonaws.com"}})),
        ("with a resource of another bucket", policy({"Principal": deploy}, bucket="bys-scratch")),
        ("without a principal", policy({})),
        ("with an action that is not for its resource", policy({"Principal": deploy, "Action": "s3:ListBucket"})),
        ("with an action of another service", policy({"Principal": deploy, "Action": "kms:Decrypt"})),
        ("with an unknown effect", policy({"Principal": deploy, "Effect": "Maybe"})),
        ("with an unknown condition operator", policy({"Principal": deploy, "Condition": {"StringSame": {"aws:userid": "x"}}})),
    ):
        w.refuses(f"PutBucketPolicy refuses a policy {title}", "MalformedPolicy", s3.put_bucket_policy, documented=True, status=400, origin=ERRORS, Bucket=BUCKET, Policy=document)
    w.refuses("PutBucketPolicy refuses a policy over 20 KB", ("PolicyTooLarge", "MalformedPolicy", "InvalidArgument", "EntityTooLarge"), s3.put_bucket_policy, documented=True, status=400, origin="S3 User Guide, Bucket policies: limited to 20 KB", Bucket=BUCKET,
              Policy=policy(*({"Principal": deploy, "Sid": f"S{i}", "Condition": {"StringEquals": {"aws:userid": "x" * 250}}} for i in range(60))))
    with w.check("the refused policies changed nothing"):
        same(json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]), json.loads(policy(narrow)))
    with w.check("an account id in a bucket policy is answered as the account's root", "S3 User Guide, Bucket policies, Principal"):
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy({"Principal": {"AWS": DEV}}))
        same(json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"][0]["Principal"], deploy)
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True))
    w.refuses("a public policy is refused where public policies are blocked", "AccessDenied", s3.put_bucket_policy, status=403, origin="S3 User Guide, Blocking public access: BlockPublicPolicy", Bucket=BUCKET, Policy=policy({"Principal": "*"}))
    with w.check("DeleteBucketPolicy deletes"):
        s3.delete_bucket_policy(Bucket=BUCKET)
    w.refuses("the policy that was deleted", "NoSuchBucketPolicy", s3.get_bucket_policy, documented=True, status=404, Bucket=BUCKET)

    # Objects

    with w.check("PutObject takes the bucket's encryption and answers a version"):
        answer = s3.put_object(Bucket=BUCKET, Key="dev-awssdk-iam/SourceOut/한글 a+b", Body=b"first", Metadata={"commit": "abc"})
        has(answer, "ETag", "VersionId")
        same((answer["ServerSideEncryption"], answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]), ("aws:kms", key, True))
    object = {"Bucket": BUCKET, "Key": "dev-awssdk-iam/SourceOut/한글 a+b"}
    with w.check("GetObject answers what was put"):
        answer = s3.get_object(**object)
        same(answer["Body"].read(), b"first")
        has(answer, "ETag", "LastModified", "ContentLength", "ContentType", "VersionId", "AcceptRanges")
        same((answer["Metadata"], answer["ContentLength"], answer["ContentType"]), ({"commit": "abc"}, 5, "binary/octet-stream"))
    with w.check("HeadObject answers the same without the body"):
        head = s3.head_object(**object)
        same({it: head[it] for it in ("ETag", "VersionId", "ContentLength")}, {it: answer[it] for it in ("ETag", "VersionId", "ContentLength")})
    with w.check("a range of an object", "RFC 9110, Range"):
        part = s3.get_object(**object, Range="bytes=1-3")
        same((part["Body"].read(), part["ContentRange"]), (b"irs", "bytes 1-3/5"))
    w.refuses("a range past the end", "InvalidRange", s3.get_object, documented=True, status=416, origin=ERRORS, **object, Range="bytes=9-")
    w.refuses("GetObject of a key that is not there", "NoSuchKey", s3.get_object, status=404, Bucket=BUCKET, Key="absent")
    w.refuses("HeadObject of a key that is not there", "404", s3.head_object, documented=True, status=404, Bucket=BUCKET, Key="absent")
    w.refuses("GetObject of a bucket that is not there", "NoSuchBucket", s3.get_object, documented=True, status=404, Bucket="bys-absent-bucket", Key="x")
    w.refuses("GetObject from another account without a policy", "AccessDenied", dev.get_object, status=403, **object)
    w.refuses("PutObject with a wrong Content-MD5", "BadDigest", s3.put_object, documented=True, status=400, origin=ERRORS, **object, Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    w.refuses("PutObject to a key of 1025 bytes", "KeyTooLongError", s3.put_object, documented=True, status=400, origin=ERRORS, Bucket=BUCKET, Key="k" * 1025, Body=b"x")
    w.refuses("PutObject with a KMS key that is not there", ("KMS.NotFoundException", "KMS.InvalidArnException", "InvalidArgument"), s3.put_object, documented=True, status=400, origin=ERRORS, Bucket=BUCKET, Key="x", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key[:-12] + "000000000000")
    with w.check("a policy opens an object to the role that it names"):
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(narrow))
        w.client("iam", DEV).put_role_policy(RoleName="deploy", PolicyName="read", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"}]}))
        session = w.session(SHARED, f"arn:aws:iam::{DEV}:role/deploy", "s3")
        same(session.get_object(**object)["Body"].read(), b"first")
    with w.check("versions are listed newest first"):
        second = s3.put_object(**object, Body=b"second")
        versions = s3.list_object_versions(Bucket=BUCKET)
        has(versions, "Versions", "IsTruncated", "Name", "MaxKeys")
        same([it["IsLatest"] for it in versions["Versions"]], [True, False])
        same(versions["Versions"][0]["VersionId"], second["VersionId"])
        has(versions["Versions"][0], "ETag", "Size", "StorageClass", "Key", "LastModified", "Owner")
    with w.check("an older version is still read"):
        same(s3.get_object(**object, VersionId=versions["Versions"][1]["VersionId"])["Body"].read(), b"first")
    with w.check("deleting leaves a marker"):
        gone = s3.delete_object(**object)
        same(gone["DeleteMarker"], True)
        has(gone, "VersionId")
        listed = s3.list_object_versions(Bucket=BUCKET)
        same(len(listed["DeleteMarkers"]), 1)
    w.refuses("GetObject behind a delete marker", "NoSuchKey", s3.get_object, status=404, **object)
    with w.check("an empty object, and text without chunks, are kept"):
        s3.put_object(Bucket="bys-scratch", Key="empty", Body=b"")
        same(s3.get_object(Bucket="bys-scratch", Key="empty")["Body"].read(), b"")
        same(s3.head_object(Bucket="bys-scratch", Key="empty")["ETag"], '"d41d8cd98f00b204e9800998ecf8427e"')
    with w.check("a large object is uploaded in parts by boto3's transfer"):
        import io

        from boto3.s3.transfer import TransferConfig

        data = bytes(range(256)) * 24576
        s3.upload_fileobj(io.BytesIO(data), "bys-scratch", "large", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, use_threads=False))
        found = io.BytesIO()
        s3.download_fileobj("bys-scratch", "large", found, Config=TransferConfig(use_threads=False))
        same(len(found.getvalue()), len(data), "the length")
        holds(found.getvalue() == data, "the content differs")
        fits(s3.head_object(Bucket="bys-scratch", Key="large")["ETag"], r'"[0-9a-f]{32}-2"')
    with w.check("ListObjectsV2 pages, honours prefix and delimiter"):
        for name in ("a/1", "a/2", "b/1", "c"):
            s3.put_object(Bucket="bys-scratch", Key=f"list/{name}", Body=b"x")
        answer = s3.list_objects_v2(Bucket="bys-scratch", Prefix="list/", Delimiter="/")
        same([it["Key"] for it in answer["Contents"]], ["list/c"])
        same([it["Prefix"] for it in answer["CommonPrefixes"]], ["list/a/", "list/b/"])
        same((answer["KeyCount"], answer["IsTruncated"], answer["MaxKeys"], answer["Name"], answer["Prefix"]), (3, False, 1000, "bys-scratch", "list/"))
        every = [it["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="bys-scratch", Prefix="list/", PaginationConfig={"PageSize": 3}) for it in page["Contents"]]
        same(every, ["list/a/1", "list/a/2", "list/b/1", "list/c"])
    with w.check("a presigned link opens an object for a while"):
        import urllib3

        link = s3.generate_presigned_url("get_object", Params={"Bucket": "bys-scratch", "Key": "list/c"}, ExpiresIn=60)
        answer = urllib3.PoolManager().request("GET", link, retries=False, timeout=20)
        same((answer.status, answer.data), (200, b"x"))
        answer = urllib3.PoolManager().request("GET", link[:-1] + ("0" if link[-1] != "0" else "1"), retries=False, timeout=20)
        same(answer.status, 403, "the status of a link with another signature")
    w.refuses("DeleteBucket of a bucket that is not empty", "BucketNotEmpty", s3.delete_bucket, documented=True, status=409, origin=ERRORS, Bucket=BUCKET)
    with w.check("DeleteObjects deletes many"):
        answer = s3.delete_objects(Bucket="bys-scratch", Delete={"Objects": [{"Key": it["Key"]} for it in s3.list_objects_v2(Bucket="bys-scratch")["Contents"]]})
        holds(len(answer["Deleted"]) >= 6, f"deleted {answer['Deleted']}")
        lacks(answer, "Errors")
    with w.check("DeleteBucket deletes an empty bucket"):
        s3.delete_bucket(Bucket="bys-scratch")
    w.refuses("the bucket that was deleted", "NoSuchBucket", s3.list_objects_v2, documented=True, status=404, Bucket="bys-scratch")
    with w.check("the name of a deleted bucket is free for another account"):
        w.client("s3", STG).create_bucket(Bucket="bys-scratch", CreateBucketConfiguration=here)
    w.refuses("DeleteBucket of a bucket that is not there", "NoSuchBucket", s3.delete_bucket, documented=True, status=404, Bucket="bys-absent-bucket")
