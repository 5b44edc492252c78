"""Amazon ECR. Source where none is named: ECR API Reference and its model."""

import base64
import hashlib
import json

from harness import DEV, REGION, SHARED, has, holds, same, signatures, tags

NAME = "dev-awssdk-iam"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def run(w):
    ecr = w.client("ecr", DEV)
    raw = w.client("ecr", DEV, validate=False)
    signatures(w, "ecr", "describe_repositories")

    with w.check("CreateRepository answers the repository"):
        answer = ecr.create_repository(repositoryName=NAME, tags=[{"Key": "a", "Value": "1"}])["repository"]
        has(answer, "repositoryArn", "registryId", "repositoryName", "repositoryUri", "createdAt", "imageTagMutability", "imageScanningConfiguration", "encryptionConfiguration")
        same(answer["repositoryArn"], f"arn:aws:ecr:{REGION}:{DEV}:repository/{NAME}")
        same(answer["repositoryUri"], f"{DEV}.dkr.ecr.{REGION}.amazonaws.com/{NAME}")
        same((answer["registryId"], answer["imageTagMutability"], answer["imageScanningConfiguration"], answer["encryptionConfiguration"]), (DEV, "MUTABLE", {"scanOnPush": False}, {"encryptionType": "AES256"}))
    arn = answer["repositoryArn"]
    w.refuses("CreateRepository refuses a name that is taken", "RepositoryAlreadyExistsException", ecr.create_repository, says=f"The repository with name '{NAME}' already exists in the registry with id '{DEV}'", repositoryName=NAME)
    for name in ("Upper", "a", "-ab", "a b", "a//b", "a/", "r" * 257):
        w.refuses(f"CreateRepository refuses the name {name[:20]}", "InvalidParameterException", raw.create_repository, repositoryName=name)
    with w.check("names of repositories may have parts"):
        same(ecr.create_repository(repositoryName="team/app.one")["repository"]["repositoryName"], "team/app.one")
    with w.check("DescribeRepositories answers by name and all"):
        same([it["repositoryName"] for it in ecr.describe_repositories(repositoryNames=[NAME])["repositories"]], [NAME])
        same(sorted(it["repositoryName"] for it in ecr.describe_repositories()["repositories"]), [NAME, "team/app.one"])
    w.refuses("DescribeRepositories of a repository that is not there", "RepositoryNotFoundException", ecr.describe_repositories, says=f"The repository with name 'absent' does not exist in the registry with id '{DEV}'", repositoryNames=["absent"])
    w.refuses("accounts do not see each other's repositories", "RepositoryNotFoundException", w.client("ecr").describe_repositories, repositoryNames=[NAME])
    with w.check("tag mutability is set, with exclusions"):
        answer = ecr.put_image_tag_mutability(repositoryName=NAME, imageTagMutability="IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "backup*"}])
        has(answer, "registryId", "repositoryName", "imageTagMutability")
        found = ecr.describe_repositories(repositoryNames=[NAME])["repositories"][0]
        same((found["imageTagMutability"], found["imageTagMutabilityExclusionFilters"]), ("IMMUTABLE_WITH_EXCLUSION", [{"filterType": "WILDCARD", "filter": "backup*"}]))
    w.refuses("PutImageTagMutability refuses a value that does not exist", "InvalidParameterException", raw.put_image_tag_mutability, repositoryName=NAME, imageTagMutability="SOMETIMES")
    w.refuses("PutImageTagMutability of a repository that is not there", "RepositoryNotFoundException", ecr.put_image_tag_mutability, repositoryName="absent", imageTagMutability="MUTABLE")
    with w.check("scanning is set"):
        ecr.put_image_scanning_configuration(repositoryName=NAME, imageScanningConfiguration={"scanOnPush": True})
        same(ecr.describe_repositories(repositoryNames=[NAME])["repositories"][0]["imageScanningConfiguration"], {"scanOnPush": True})
    with w.check("tags of a repository are added and removed"):
        ecr.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": "2"}])
        ecr.untag_resource(resourceArn=arn, tagKeys=["a"])
        same(tags(ecr.list_tags_for_resource(resourceArn=arn)["tags"]), {"b": "2"})
    w.refuses("tags of a repository that is not there", "RepositoryNotFoundException", ecr.list_tags_for_resource, resourceArn=arn + "x")

    # Policies

    policy = lambda principal: json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "Push", "Effect": "Allow", "Principal": principal, "Action": ["ecr:PutImage", "ecr:BatchGetImage"]}]})
    w.refuses("a repository without a policy", "RepositoryPolicyNotFoundException", ecr.get_repository_policy, repositoryName=NAME)
    with w.check("a repository policy is put, read and deleted"):
        put = ecr.set_repository_policy(repositoryName=NAME, policyText=policy({"AWS": f"arn:aws:iam::{SHARED}:root"}))
        has(put, "registryId", "repositoryName", "policyText")
        same(json.loads(ecr.get_repository_policy(repositoryName=NAME)["policyText"]), json.loads(policy({"AWS": f"arn:aws:iam::{SHARED}:root"})))
        ecr.delete_repository_policy(repositoryName=NAME)
    w.refuses("DeleteRepositoryPolicy twice", "RepositoryPolicyNotFoundException", ecr.delete_repository_policy, repositoryName=NAME)
    for title, text in (
        ("that is no JSON", "{no"),
        ("with a role that does not exist", policy({"AWS": f"arn:aws:iam::{SHARED}:role/absent"})),
        ("with an account that does not exist", policy({"AWS": "arn:aws:iam::999988887777:root"})),
        ("with a service that does not exist", policy({"Service": "nosuch.amazonaws.com"})),
        ("without a principal", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:PutImage"}]})),
    ):
        w.refuses(f"SetRepositoryPolicy refuses a policy {title}", "InvalidParameterException", ecr.set_repository_policy, says="Invalid repository policy provided", origin="the sentence that the Terraform provider retries", repositoryName=NAME, policyText=text)
    w.refuses("SetRepositoryPolicy of a repository that is not there", "RepositoryNotFoundException", ecr.set_repository_policy, repositoryName="absent", policyText=policy("*"))

    # Lifecycle

    rules = json.dumps({"rules": [{"rulePriority": 1, "description": "keep ten", "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}, "action": {"type": "expire"}}]})
    w.refuses("a repository without lifecycle rules", "LifecyclePolicyNotFoundException", ecr.get_lifecycle_policy, repositoryName=NAME)
    with w.check("lifecycle rules are put and read"):
        put = ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=rules)
        has(put, "registryId", "repositoryName", "lifecyclePolicyText")
        same(json.loads(ecr.get_lifecycle_policy(repositoryName=NAME)["lifecyclePolicyText"]), json.loads(rules))
    for title, text in (("that are no JSON", "{no"), ("without rules", "{}"), ("of an unknown count", rules.replace("imageCountMoreThan", "imageCountLessThan"))):
        w.refuses(f"PutLifecyclePolicy refuses rules {title}", "InvalidParameterException", ecr.put_lifecycle_policy, repositoryName=NAME, lifecyclePolicyText=text.ljust(100))
    with w.check("DeleteLifecyclePolicy deletes"):
        ecr.delete_lifecycle_policy(repositoryName=NAME)
    w.refuses("DeleteLifecyclePolicy twice", "LifecyclePolicyNotFoundException", ecr.delete_lifecycle_policy, repositoryName=NAME)

    # Images

    def layer(data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        upload = ecr.initiate_layer_upload(repositoryName=NAME)
        ecr.upload_layer_part(repositoryName=NAME, uploadId=upload["uploadId"], partFirstByte=0, partLastByte=len(data) - 1, layerPartBlob=data)
        same(ecr.complete_layer_upload(repositoryName=NAME, uploadId=upload["uploadId"], layerDigests=[digest])["layerDigest"], digest)
        return digest

    def manifest(*layers, config):
        return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": config[1], "digest": config[0]},
                           "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": size, "digest": digest} for digest, size in layers]})

    w.refuses("PutImage refuses layers that are not there", "LayersNotFoundException", ecr.put_image, says="required for pushing image into repository", repositoryName=NAME, imageTag="v0", imageManifestMediaType=MANIFEST, imageManifest=manifest(("sha256:" + "0" * 64, 5), config=("sha256:" + "1" * 64, 2)))
    ecr.batch_delete_image(repositoryName=NAME, imageIds=[{"imageTag": "v0"}])
    with w.check("an image is pushed layer by layer", "ECR API Reference, Docker push"):
        one = layer(b"layer one")
        config = layer(b"{}")
        first = manifest((one, 9), config=(config, 2))
        image = ecr.put_image(repositoryName=NAME, imageTag="c0ffee", imageManifest=first, imageManifestMediaType=MANIFEST)["image"]
        has(image, "registryId", "repositoryName", "imageId", "imageManifest")
        same(image["imageId"]["imageDigest"], "sha256:" + hashlib.sha256(first.encode()).hexdigest())
        same(image["imageId"]["imageTag"], "c0ffee")
    with w.check("BatchCheckLayerAvailability tells what is there"):
        found = ecr.batch_check_layer_availability(repositoryName=NAME, layerDigests=[one, "sha256:" + "0" * 64])
        same({it["layerDigest"]: it["layerAvailability"] for it in found["layers"]}.get(one), "AVAILABLE")
    w.refuses("PutImage refuses the same image twice", "ImageAlreadyExistsException", ecr.put_image, repositoryName=NAME, imageTag="c0ffee", imageManifest=first, imageManifestMediaType=MANIFEST)
    other = manifest((one, 9), (one, 9), config=(config, 2))
    w.refuses("PutImage refuses to move a tag that is immutable", "ImageTagAlreadyExistsException", ecr.put_image, repositoryName=NAME, imageTag="c0ffee", imageManifest=other, imageManifestMediaType=MANIFEST)
    with w.check("an excluded tag may be moved"):
        ecr.put_image(repositoryName=NAME, imageTag="backup", imageManifest=first, imageManifestMediaType=MANIFEST)
        ecr.put_image(repositoryName=NAME, imageTag="backup", imageManifest=other, imageManifestMediaType=MANIFEST)
        found = ecr.batch_get_image(repositoryName=NAME, imageIds=[{"imageTag": "backup"}])["images"][0]
        same(found["imageManifest"], other)
    with w.check("BatchGetImage tells what it does not find"):
        found = ecr.batch_get_image(repositoryName=NAME, imageIds=[{"imageTag": "c0ffee"}, {"imageTag": "absent"}])
        same([it["imageId"]["imageTag"] for it in found["images"]], ["c0ffee"])
        same([(it["imageId"], it["failureCode"]) for it in found["failures"]], [({"imageTag": "absent"}, "ImageNotFound")])
    with w.check("DescribeImages answers digests, tags and times"):
        found = ecr.describe_images(repositoryName=NAME, imageIds=[{"imageTag": "c0ffee"}])["imageDetails"][0]
        has(found, "registryId", "repositoryName", "imageDigest", "imageTags", "imageSizeInBytes", "imagePushedAt", "imageManifestMediaType")
        same(found["imageTags"], ["c0ffee"])
        same(len(ecr.describe_images(repositoryName=NAME)["imageDetails"]), 2)
    w.refuses("DescribeImages of an image that is not there", "ImageNotFoundException", ecr.describe_images, repositoryName=NAME, imageIds=[{"imageTag": "absent"}])
    with w.check("ListImages lists ids, by tag status too"):
        same(sorted(it["imageTag"] for it in ecr.list_images(repositoryName=NAME, filter={"tagStatus": "TAGGED"})["imageIds"]), ["backup", "c0ffee"])
        same(ecr.list_images(repositoryName=NAME, filter={"tagStatus": "UNTAGGED"})["imageIds"], [])
    w.refuses("ListImages of a repository that is not there", "RepositoryNotFoundException", ecr.list_images, repositoryName="absent")
    with w.check("GetAuthorizationToken answers what docker login takes"):
        data = ecr.get_authorization_token()["authorizationData"][0]
        has(data, "authorizationToken", "expiresAt", "proxyEndpoint")
        same(data["proxyEndpoint"], f"https://{DEV}.dkr.ecr.{REGION}.amazonaws.com")
        holds(base64.b64decode(data["authorizationToken"]).startswith(b"AWS:"), "the user is not AWS")
    with w.check("BatchDeleteImage deletes and tells what it does not find"):
        found = ecr.batch_delete_image(repositoryName=NAME, imageIds=[{"imageTag": "backup"}, {"imageTag": "absent"}])
        same([it["imageTag"] for it in found["imageIds"]], ["backup"])
        same([it["failureCode"] for it in found["failures"]], ["ImageNotFound"])
    w.refuses("DeleteRepository of a repository with images", "RepositoryNotEmptyException", ecr.delete_repository, repositoryName=NAME)
    with w.check("DeleteRepository with force answers what it deleted"):
        same(ecr.delete_repository(repositoryName=NAME, force=True)["repository"]["repositoryName"], NAME)
    w.refuses("DeleteRepository of a repository that is not there", "RepositoryNotFoundException", ecr.delete_repository, repositoryName=NAME)
