"""Buckets, repositories and buses across accounts. Source where none is named: Amazon S3 User Guide, "Policies
and permissions", "Blocking public access", "Troubleshoot access denied"; S3 API Reference; Amazon ECR User
Guide, "Private repository policies"; EventBridge User Guide, "Sending events between accounts"."""

import json
import time

import urllib3

from cast import Cast, doc, may, not_, root, to
from harness import DEV, PRD, REGION, SHARED, STG, has, holds, same, send

LOCATION = {"LocationConstraint": REGION}


def run(w):
    it = Cast(w)
    sides(w, it)
    conditions(w, it)
    owners(w, it)
    public(w, it)
    signed(w, it)
    registry(w, it)
    buses(w, it)


def bucket(w, name, *statements, account=SHARED):
    s3 = w.client("s3", account)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=LOCATION)
    if statements:
        s3.put_bucket_policy(Bucket=name, Policy=doc(*statements))
    return f"arn:aws:s3:::{name}"


def sides(w, it):
    s3 = w.client("s3")
    arn = bucket(w, "sides")
    s3.put_object(Bucket="sides", Key="a", Body=b"x")
    reader = it.role("far-reader", may(["s3:GetObject", "s3:ListBucket"]), account=DEV)
    silent = it.role("far-silent", account=DEV)
    far, mute = it.as_(reader, "s3"), it.as_(silent, "s3")
    it.refused("another account's bucket without a policy", far.get_object, Bucket="sides", Key="a", says="because no resource-based policy allows the s3:GetObject action")
    s3.put_bucket_policy(Bucket="sides", Policy=doc(to(root(DEV), "s3:GetObject", f"{arn}/*")))
    it.allowed("another account's bucket with both sides", far.get_object, Bucket="sides", Key="a")
    it.refused("another account's bucket, and the identity is silent", mute.get_object, Bucket="sides", Key="a", says="because no identity-based policy allows the s3:GetObject action")
    it.refused("another account's bucket, and the policy does not list the action", far.list_objects_v2, Bucket="sides", says='is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::sides"')
    it.refused("an object that is not there, for who may not list", far.get_object, Bucket="sides", Key="absent", origin="S3 API Reference, GetObject: without s3:ListBucket the answer is 403")
    it.refused("an object that is not there, for who may list", s3.get_object, "NoSuchKey", 404, Bucket="sides", Key="absent")
    it.refused("a third account", w.client("s3", STG).get_object, Bucket="sides", Key="a")
    it.refused("the bucket's policy from another account", w.client("s3", DEV).get_bucket_policy, ("AccessDenied", "MethodNotAllowed"), 403, Bucket="sides")
    it.refused("HeadBucket from an account that may not", w.client("s3", STG).head_bucket, "403", 403, Bucket="sides")
    it.refused("HeadBucket of no bucket", s3.head_bucket, "404", 404, Bucket="sides-absent")
    local = it.role("near", account=SHARED)
    near = it.as_(local, "s3")
    it.refused("in one account, and both are silent", near.get_object, Bucket="sides", Key="a", says="because no identity-based policy allows the s3:GetObject action")
    s3.put_bucket_policy(Bucket="sides", Policy=doc(to(local, "s3:GetObject", f"{arn}/*")))
    it.allowed("in one account the bucket's policy is enough", near.get_object, Bucket="sides", Key="a")
    s3.put_bucket_policy(Bucket="sides", Policy=doc(to(root(SHARED), "s3:GetObject", f"{arn}/*")))
    it.refused("in one account the account's root in the policy is not enough", near.get_object, Bucket="sides", Key="a")
    s3.put_bucket_policy(Bucket="sides", Policy=doc(to(root(DEV), "s3:GetObject", f"{arn}/*", ArnEquals={"aws:PrincipalArn": silent}), to(root(DEV), "s3:GetObject", f"{arn}/*", ArnEquals={"aws:PrincipalArn": reader})))
    it.allowed("aws:PrincipalArn names the role of the session", far.get_object, Bucket="sides", Key="a")
    other = it.role("far-other", may("s3:*"), account=DEV)
    it.refused("aws:PrincipalArn names another role", it.as_(other, "s3").get_object, Bucket="sides", Key="a")
    s3.put_bucket_policy(Bucket="sides", Policy=doc(to("*", "s3:*", [arn, f"{arn}/*"], effect="Deny", StringNotEquals={"aws:PrincipalAccount": [SHARED]})))
    it.refused("a deny of the bucket's policy beats all", far.get_object, Bucket="sides", Key="a")
    it.allowed("the account that the deny spares", s3.get_object, Bucket="sides", Key="a")
    s3.put_bucket_policy(Bucket="sides", Policy=doc(to(reader, "s3:GetObject", f"{arn}/*")))
    it.allowed("the policy names the role", far.get_object, Bucket="sides", Key="a")
    w.client("iam", DEV).delete_role_policy(RoleName="far-reader", PolicyName="own")
    w.client("iam", DEV).delete_role(RoleName="far-reader")
    it.role("far-reader", may("s3:*"), account=DEV)
    it.refused("the policy named the role that is gone", it.as_(reader, "s3").get_object, Bucket="sides", Key="a", origin="IAM User Guide, AWS JSON policy elements: Principal")
    versioned = it.role("no-versions", may("s3:GetObject"))
    s3.put_bucket_versioning(Bucket="sides", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="sides", Key="a", Body=b"y")["VersionId"]
    it.allowed("GetObject of the newest", it.as_(versioned, "s3").get_object, Bucket="sides", Key="a")
    it.refused("GetObject of a version needs s3:GetObjectVersion", it.as_(versioned, "s3").get_object, Bucket="sides", Key="a", VersionId=version, says="s3:GetObjectVersion")
    half = it.role("half", may("s3:GetObject", arn))
    it.refused("an object with the ARN of the bucket", it.as_(half, "s3").get_object, Bucket="sides", Key="a")
    half = it.role("half2", may("s3:ListBucket", f"{arn}/*"))
    it.refused("a bucket with the ARN of objects", it.as_(half, "s3").list_objects_v2, Bucket="sides")
    copy = it.role("copier", may("s3:GetObject", f"{arn}/a"), may("s3:PutObject", f"{arn}/copies/*"))
    it.allowed("CopyObject from where one may read to where one may write", it.as_(copy, "s3").copy_object, Bucket="sides", Key="copies/a", CopySource="sides/a")
    it.refused("CopyObject from where one may not read", it.as_(copy, "s3").copy_object, Bucket="sides", Key="copies/b", CopySource="sides/copies/a", says="s3:GetObject")
    it.refused("CopyObject to where one may not write", it.as_(copy, "s3").copy_object, Bucket="sides", Key="b", CopySource="sides/a", says="s3:PutObject")
    deleter = it.role("deleter", may("s3:DeleteObject", f"{arn}/copies/*"))
    with w.check("DeleteObjects refuses each that may not be deleted", "S3 API Reference, DeleteObjects"):
        answer = it.as_(deleter, "s3").delete_objects(Bucket="sides", Delete={"Objects": [{"Key": "copies/a"}, {"Key": "a"}]})
        same(([d["Key"] for d in answer["Deleted"]], [(e["Key"], e["Code"]) for e in answer["Errors"]]), (["copies/a"], [("a", "AccessDenied")]))


def conditions(w, it):
    s3 = w.client("s3")
    arn = bucket(w, "conditions")
    put = lambda **more: dict(Bucket="conditions", Key="a", Body=b"x", **more)  # noqa: E731
    s3.put_bucket_policy(Bucket="conditions", Policy=doc(to("*", "s3:PutObject", f"{arn}/*", effect="Deny", StringNotEquals={"s3:x-amz-server-side-encryption": "aws:kms"})))
    it.refused("StringNotEquals on the encryption refuses a put without the header", s3.put_object, **put(), says="with an explicit deny in a resource-based policy")
    it.refused("StringNotEquals on the encryption refuses another", s3.put_object, **put(ServerSideEncryption="AES256"))
    it.allowed("the encryption that the policy asks for", s3.put_object, **put(ServerSideEncryption="aws:kms"))
    it.allowed("what the policy is not about", s3.get_object, Bucket="conditions", Key="a")
    s3.put_bucket_policy(Bucket="conditions", Policy=doc(to("*", "s3:PutObject", f"{arn}/*", effect="Deny", Null={"s3:x-amz-server-side-encryption": "false"}, StringNotEquals={"s3:x-amz-server-side-encryption": "aws:kms"})))
    it.allowed("with Null false a put without the header passes", s3.put_object, **put())
    it.refused("with Null false another encryption does not", s3.put_object, **put(ServerSideEncryption="AES256"))
    key = w.client("kms").create_key()["KeyMetadata"]["Arn"]
    other = w.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_bucket_policy(Bucket="conditions", Policy=doc(to("*", "s3:PutObject", f"{arn}/*", effect="Deny", Null={"s3:x-amz-server-side-encryption-aws-kms-key-id": "false"}, ArnNotEquals={"s3:x-amz-server-side-encryption-aws-kms-key-id": key})))
    it.allowed("the key that the policy names", s3.put_object, **put(ServerSideEncryption="aws:kms", SSEKMSKeyId=key))
    it.refused("another key", s3.put_object, **put(ServerSideEncryption="aws:kms", SSEKMSKeyId=other))
    s3.put_bucket_policy(Bucket="conditions", Policy=doc(to("*", "s3:*", [arn, f"{arn}/*"], effect="Deny", Bool={"aws:SecureTransport": "false"})))
    it.allowed("the sandbox stands for an endpoint with TLS", s3.put_object, **put())
    lister = it.role("lister", may("s3:ListBucket", arn, StringLike={"s3:prefix": ["home/*", ""]}))
    as_lister = it.as_(lister, "s3")
    it.allowed("s3:prefix that the policy allows", as_lister.list_objects_v2, Bucket="conditions", Prefix="home/a")
    it.refused("s3:prefix that it does not", as_lister.list_objects_v2, Bucket="conditions", Prefix="other/")
    it.refused("no prefix at all, where a pattern is asked for", as_lister.list_objects_v2, Bucket="conditions")
    tagger = it.role("tagger", may("s3:GetObject", f"{arn}/*", StringEquals={"s3:ExistingObjectTag/open": "yes"}))
    s3.put_object(Bucket="conditions", Key="open", Body=b"x", Tagging="open=yes")
    it.allowed("s3:ExistingObjectTag that fits", it.as_(tagger, "s3").get_object, Bucket="conditions", Key="open")
    it.refused("s3:ExistingObjectTag of an object without", it.as_(tagger, "s3").get_object, Bucket="conditions", Key="a")
    writer = it.role("writer", may("s3:PutObject", f"{arn}/*"))
    it.refused("tags on a put need s3:PutObjectTagging", it.as_(writer, "s3").put_object, **put(Tagging="a=b"), says="s3:PutObjectTagging")
    it.allowed("a put without tags does not", it.as_(writer, "s3").put_object, **put())
    here = it.role("resource-account", may("s3:*", StringEquals={"aws:ResourceAccount": SHARED}))
    it.allowed("aws:ResourceAccount of the own bucket", it.as_(here, "s3").get_object, Bucket="conditions", Key="open")
    bucket(w, "conditions-foreign", account=DEV)
    w.client("s3", DEV).put_bucket_policy(Bucket="conditions-foreign", Policy=doc(to(root(SHARED), "s3:*", ["arn:aws:s3:::conditions-foreign", "arn:aws:s3:::conditions-foreign/*"])))
    it.refused("aws:ResourceAccount of another account's bucket", it.as_(here, "s3").put_object, Bucket="conditions-foreign", Key="a", Body=b"x")
    it.allowed("the same by who has no such condition", s3.put_object, Bucket="conditions-foreign", Key="a", Body=b"x")
    for title, call, more in (("Get", s3.get_bucket_policy, {}), ("Put", s3.put_bucket_policy, {"Policy": "{}"}), ("Delete", s3.delete_bucket_policy, {})):
        it.refused(f"{title}BucketPolicy of another account's bucket, whoever allows it", call, "MethodNotAllowed", 405, Bucket="conditions-foreign", says="The specified method is not allowed against this resource.", origin=f"S3 API Reference, {title}BucketPolicy", **more)
        quiet = getattr(it.as_(writer, "s3"), f"{title.lower()}_bucket_policy")
        it.refused(f"{title}BucketPolicy of another account's bucket without the permission", quiet, "AccessDenied", 403, Bucket="conditions-foreign", origin=f"S3 API Reference, {title}BucketPolicy", **more)


def owners(w, it):
    s3 = w.client("s3")
    bucket(w, "owned")
    s3.put_object(Bucket="owned", Key="a", Body=b"x")
    for title, call, more in (
        ("GetObject", s3.get_object, {"Key": "a"}), ("PutObject", s3.put_object, {"Key": "a", "Body": b"y"}),
        ("ListObjectsV2", s3.list_objects_v2, {}), ("GetBucketVersioning", s3.get_bucket_versioning, {}), ("DeleteObject", s3.delete_object, {"Key": "a"}),
    ):
        it.refused(f"{title} with another ExpectedBucketOwner", call, Bucket="owned", ExpectedBucketOwner=DEV, origin="S3 User Guide, Verifying bucket ownership", **more)
        it.allowed(f"{title} with the right ExpectedBucketOwner", call, Bucket="owned", ExpectedBucketOwner=SHARED, **more)
    it.refused("HeadBucket with another ExpectedBucketOwner", s3.head_bucket, "403", 403, Bucket="owned", ExpectedBucketOwner=DEV)
    it.refused("CreateBucket of a name that another account has", w.client("s3", DEV).create_bucket, "BucketAlreadyExists", 409, Bucket="owned", CreateBucketConfiguration=LOCATION)
    it.refused("CreateBucket of a name that one has", s3.create_bucket, "BucketAlreadyOwnedByYou", 409, Bucket="owned", CreateBucketConfiguration=LOCATION)


def public(w, it):
    s3 = w.client("s3")
    arn = bucket(w, "public")
    s3.put_object(Bucket="public", Key="a", Body=b"open")
    everybody = doc(to("*", "s3:GetObject", f"{arn}/*"))
    it.refused("a public policy under the Block Public Access of a new bucket", s3.put_bucket_policy, Bucket="public", Policy=everybody, says="because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access")

    def anonymous(path="/public/a", method="GET"):
        answer = urllib3.PoolManager().request(method, w.endpoint + path, retries=False)
        return answer.status, answer.data

    with w.check("refused: anonymous without a public policy", "S3 User Guide"):
        status, body = anonymous()
        same(status, 403)
        holds(b"<Code>AccessDenied</Code>" in body, f"answered {body}")
    s3.put_public_access_block(Bucket="public", PublicAccessBlockConfiguration={it_: False for it_ in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")})
    it.allowed("a public policy without Block Public Access", s3.put_bucket_policy, Bucket="public", Policy=everybody)
    with w.check("allowed: anonymous with a public policy", "S3 User Guide"):
        same(anonymous(), (200, b"open"))
    with w.check("refused: anonymous what the policy does not list", "S3 User Guide"):
        same(anonymous("/public?list-type=2")[0], 403)
    with w.check("refused: anonymous an object that is not there", "S3 API Reference, GetObject: without s3:ListBucket the answer is 403"):
        same(anonymous("/public/absent")[0], 403)
    with w.check("allowed: anonymous HEAD", "S3 User Guide"):
        same(anonymous(method="HEAD"), (200, b""))
    with w.check("refused: anonymous PUT", "S3 User Guide"):
        same(anonymous(method="PUT")[0], 403)
    with w.check("there is no bucket for the anonymous either"):
        status, body = anonymous("/public-absent/a")
        same(status, 404)
        holds(b"NoSuchBucket" in body, f"answered {body}")
    stranger = it.role("public-stranger", may("s3:GetObject"), account=PRD)
    mute = it.role("public-mute", account=PRD)
    it.allowed("a public policy for another account whose identity allows", it.as_(stranger, "s3").get_object, Bucket="public", Key="a")
    it.refused("a public policy for another account whose identity is silent", it.as_(mute, "s3").get_object, Bucket="public", Key="a")
    s3.put_public_access_block(Bucket="public", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    with w.check("refused: anonymous under RestrictPublicBuckets", "S3 User Guide, Blocking public access"):
        same(anonymous()[0], 403)
    it.refused("another account under RestrictPublicBuckets", it.as_(stranger, "s3").get_object, Bucket="public", Key="a")
    it.allowed("the own account under RestrictPublicBuckets", s3.get_object, Bucket="public", Key="a")
    with w.check("GetBucketPolicyStatus calls it public"):
        same(s3.get_bucket_policy_status(Bucket="public")["PolicyStatus"]["IsPublic"], True)
    s3.put_bucket_policy(Bucket="public", Policy=doc(to(root(PRD), "s3:GetObject", f"{arn}/*")))
    with w.check("GetBucketPolicyStatus does not call one account public", "S3 User Guide, The meaning of public"):
        same(s3.get_bucket_policy_status(Bucket="public")["PolicyStatus"]["IsPublic"], False)
    it.allowed("a policy that is not public is not restricted", it.as_(stranger, "s3").get_object, Bucket="public", Key="a")


def signed(w, it):
    s3 = w.client("s3")
    arn = bucket(w, "presigned")
    s3.put_object(Bucket="presigned", Key="a", Body=b"x")
    fetch = lambda method, url, **more: urllib3.PoolManager().request(method, url, retries=False, **more)  # noqa: E731
    reader = it.role("presigner", may("s3:GetObject", f"{arn}/a"))
    mine = it.as_(reader, "s3")
    with w.check("allowed: a presigned GET"):
        same(fetch("GET", s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"})).data, b"x")
    with w.check("allowed: a presigned GET of a session"):
        same(fetch("GET", mine.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"})).data, b"x")
    with w.check("refused: a presigned GET of what the session may not"):
        answer = fetch("GET", mine.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "b"}))
        same(answer.status, 403)
        holds(b"<Code>AccessDenied</Code>" in answer.data, f"{answer.data}")
    with w.check("refused: a presigned GET used to PUT"):
        answer = fetch("PUT", s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"}), body=b"y")
        same(answer.status, 403)
        holds(b"SignatureDoesNotMatch" in answer.data, f"{answer.data}")
    with w.check("refused: a presigned GET of another key"):
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"})
        same(fetch("GET", url.replace("/a?", "/b?")).status, 403)
    with w.check("refused: a presigned GET that has expired", "S3 API Reference, Authenticating requests: Using query parameters"):
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"}, ExpiresIn=1)
        time.sleep(2.1)
        answer = fetch("GET", url)
        same(answer.status, 403)
        holds(b"Request has expired" in answer.data, f"{answer.data}")
    with w.check("refused: a presigned GET for longer than seven days", "S3 API Reference: X-Amz-Expires is at most 604800"):
        answer = fetch("GET", s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a"}, ExpiresIn=604801))
        same(answer.status, 400)
        holds(b"AuthorizationQueryParametersError" in answer.data, f"{answer.data}")
    with w.check("allowed: a presigned PUT"):
        answer = fetch("PUT", s3.generate_presigned_url("put_object", Params={"Bucket": "presigned", "Key": "put"}), body=b"new")
        same(answer.status, 200)
        same(s3.get_object(Bucket="presigned", Key="put")["Body"].read(), b"new")


def registry(w, it):
    ecr = w.client("ecr", DEV)
    arn = ecr.create_repository(repositoryName="orders")["repository"]["repositoryArn"]
    push = ["ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    builder = it.role("builder", may(push + ["ecr:GetAuthorizationToken"]))
    mute = it.role("mute-builder")
    far = it.as_(builder, "ecr")
    NO = "AccessDeniedException"
    here = dict(registryId=DEV, repositoryName="orders")
    it.refused("another account's repository without a policy", far.initiate_layer_upload, NO, says=f"ecr:InitiateLayerUpload on resource: {arn} because no resource-based policy allows the ecr:InitiateLayerUpload action", **here)
    ecr.set_repository_policy(repositoryName="orders", policyText=doc(to(root(SHARED), push, ArnEquals={"aws:PrincipalArn": builder})))
    it.allowed("another account's repository with both sides", far.initiate_layer_upload, **here)
    it.refused("another account's repository, and the identity is silent", it.as_(mute, "ecr").initiate_layer_upload, NO, **here)
    it.refused("what the repository's policy does not list", far.describe_images, NO, **here)
    it.refused("another role than the repository's policy names", it.as_(it.role("builder2", may("ecr:*")), "ecr").batch_get_image, NO, imageIds=[{"imageTag": "x"}], **here)
    it.refused("the repository of the own account has not been made", far.initiate_layer_upload, "RepositoryNotFoundException", repositoryName="orders")
    with w.check("a token is for the registry of who asks", "ECR API Reference, GetAuthorizationToken"):
        answer = far.get_authorization_token()["authorizationData"][0]
        same(answer["proxyEndpoint"], f"https://{SHARED}.dkr.ecr.{REGION}.amazonaws.com")
    it.refused("the repository's policy from another account", w.client("ecr").set_repository_policy, NO, policyText=doc(to(root(PRD), "ecr:*")), **here)
    ecr.set_repository_policy(repositoryName="orders", policyText=doc(to(root(SHARED), push), to(builder, "ecr:PutImage", effect="Deny")))
    it.refused("a deny of the repository's policy", far.put_image, NO, imageManifest="{}", imageTag="x", says="with an explicit deny in a resource-based policy", **here)
    for title, text in (
        ("no JSON", "{"), ("no principal", doc({"Effect": "Allow", "Action": "ecr:*"})), ("a role that is not there", doc(to(f"arn:aws:iam::{DEV}:role/absent", "ecr:*"))),
        ("an action that is none of ECR's", doc(to(root(SHARED), "s3:GetObject"))), ("an unknown element", doc({**to(root(SHARED), "ecr:*"), "Subject": "x"})),
    ):
        it.refused(f"a repository's policy with {title}", ecr.set_repository_policy, "InvalidParameterException", repositoryName="orders", policyText=text, says="Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'", origin="ECR API Reference; message observed in terraform-provider-aws")


def buses(w, it):
    NO = "AccessDeniedException"
    entry = lambda bus=None, source="custom.app": [{"Source": source, "DetailType": "x", "Detail": "{}", **({"EventBusName": bus} if bus else {})}]  # noqa: E731
    far = w.client("events", DEV)
    bus = f"arn:aws:events:{REGION}:{SHARED}:event-bus/default"
    it.refused("another account's bus without a policy", far.put_events, NO, Entries=entry(bus), says=f"events:PutEvents on resource: {bus} because no resource-based policy allows the events:PutEvents action")
    w.client("events").put_permission(EventBusName="default", Action="events:PutEvents", Principal=DEV, StatementId="dev")
    it.allowed("another account's bus with a policy", far.put_events, Entries=entry(bus))
    mute = it.role("bus-mute", account=DEV)
    it.refused("another account's bus, and the identity is silent", it.as_(mute, "events").put_events, NO, Entries=entry(bus))
    it.refused("a third account on the bus", w.client("events", STG).put_events, NO, Entries=entry(bus))
    with w.check("an event cannot pretend to be of AWS", "EventBridge API Reference, PutEvents: NotAuthorizedForSource"):
        answer = w.client("events").put_events(Entries=entry(source="aws.codecommit"))
        same((answer["FailedEntryCount"], answer["Entries"][0]["ErrorCode"]), (1, "NotAuthorizedForSourceException"))
    w.client("events").remove_permission(EventBusName="default", StatementId="dev")
    it.refused("when the permission is removed", far.put_events, NO, Entries=entry(bus))
    w.client("events").put_permission(EventBusName="default", Policy=doc(to(root(DEV), "events:PutEvents", bus, StringEquals={"events:source": "orders.shop"})))
    it.allowed("a bus's policy for one source", far.put_events, Entries=entry(bus, "orders.shop"))
    it.refused("a bus's policy for another source", far.put_events, NO, Entries=entry(bus, "orders.other"))
    narrow = it.role("narrow-sender", may("events:PutEvents", bus, StringEquals={"events:detail-type": "ok"}))
    it.refused("events:detail-type of an identity", it.as_(narrow, "events").put_events, NO, Entries=entry())
    it.allowed("events:detail-type that fits", it.as_(narrow, "events").put_events, Entries=[{"Source": "a", "DetailType": "ok", "Detail": "{}"}])
