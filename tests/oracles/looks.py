"""Looks with boto3 at what crosspipe's apply has made: looks.py moto|ministack ENDPOINT ACCOUNTS.

crosspipe reads back what it makes with its own code; this does not share a line with it. The names
are those of the default patterns, the values those of tests/fixtures/bys.toml.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from botocore.exceptions import ClientError  # noqa: E402
from harness import DEV, PRD, REGION, SHARED, STG, Unexpected, World, holds, same, tags  # noqa: E402

BUCKET = f"bys-awssdk-iam-artifacts-{SHARED}-{REGION}"
ENVIRONMENTS = (("dev", DEV, "develop"), ("stg", STG, "stage"), ("prd", PRD, "master"))


def role(account, environment, purpose):
    return f"arn:aws:iam::{account}:role/bys-{environment}-awssdk-iam-{purpose}"


def principals(document):
    return [it["Principal"] for it in document["Statement"]]


def ours(found):
    holds("crosspipe:application" in found or any("crosspipe" in key for key in found), f"no tag of crosspipe: {found}")


def base(w):
    kms, s3 = w.client("kms"), w.client("s3")
    key = None
    with w.check("the artifact key has its alias, rotation, policy and tags"):
        key = kms.describe_key(KeyId="alias/bys-awssdk-iam-artifacts")["KeyMetadata"]
        same((key["KeyState"], key["Enabled"]), ("Enabled", True))
        same(kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"], True)
        policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
        text = json.dumps(policy)
        for environment, account, _ in ENVIRONMENTS:
            holds(role(account, environment, "deploy") in text, f"no statement for {environment}")
        ours(tags(kms.list_resource_tags(KeyId=key["KeyId"])["Tags"], "TagKey", "TagValue"))
    with w.check("the artifact bucket is private, versioned and encrypted with the key"):
        same(s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"], REGION)
        same(set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()), {True})
        same(s3.get_bucket_versioning(Bucket=BUCKET)["Status"], "Enabled")
        rule = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
        same(rule["ApplyServerSideEncryptionByDefault"], {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]})
        same(rule["BucketKeyEnabled"], True)
        same(s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"], [{"ObjectOwnership": "BucketOwnerEnforced"}])
        holds(s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"], "no lifecycle rules")
        ours(tags(s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]))
    with w.check("the bucket policy lets each deploy role read under its own pipeline only"):
        policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
        for environment, account, _ in ENVIRONMENTS:
            mine = [it for it in policy["Statement"] if role(account, environment, "deploy") in json.dumps(it.get("Condition"))]
            objects = [it["Resource"] for it in mine if "s3:GetObject" in it["Action"]]
            same(objects, [f"arn:aws:s3:::{BUCKET}/{environment}-awssdk-iam/*"])
    for environment, account, _ in ENVIRONMENTS:
        for owner, purpose, service in (
            (SHARED, "pipeline", "codepipeline.amazonaws.com"),
            (SHARED, "build", "codebuild.amazonaws.com"),
            (SHARED, "events", "events.amazonaws.com"),
            (account, "deploy", None),
            (account, "push", None),
            (account, "codedeploy", "codedeploy.amazonaws.com"),
            (account, "exec", "ecs-tasks.amazonaws.com"),
            (account, "task", "ecs-tasks.amazonaws.com"),
        ):
            with w.check(f"{environment}: the {purpose} role trusts whom it must and is tagged"):
                found = w.client("iam", owner).get_role(RoleName=f"bys-{environment}-awssdk-iam-{purpose}")["Role"]
                same(found["Arn"], role(owner, environment, purpose))
                wanted = {"Service": service} if service else {"AWS": f"arn:aws:iam::{SHARED}:root"}
                same(principals(found["AssumeRolePolicyDocument"]), [wanted])
                ours(tags(found["Tags"]))
    return key


def code(w, key):
    git, build, pipes, events = (w.client(it) for it in ("codecommit", "codebuild", "codepipeline", "events"))
    with w.check("the repository is there and tagged"):
        found = git.get_repository(repositoryName="awssdk-iam")["repositoryMetadata"]
        ours(git.list_tags_for_resource(resourceArn=found["Arn"])["tags"])
    for environment, account, branch in ENVIRONMENTS:
        name = f"{environment}-awssdk-iam"
        with w.check(f"{environment}: the project builds for a pipeline, privileged"):
            project = build.batch_get_projects(names=[name])["projects"][0]
            same((project["source"]["type"], project["artifacts"]["type"]), ("CODEPIPELINE", "CODEPIPELINE"))
            same(project["serviceRole"], role(SHARED, environment, "build"))
            same(project["environment"]["privilegedMode"], True)
            ours(tags(project["tags"], "key", "value"))
        with w.check(f"{environment}: the pipeline goes from the branch to the environment's account"):
            pipeline = pipes.get_pipeline(name=name)["pipeline"]
            actions = {action["actionTypeId"]["provider"]: action for stage in pipeline["stages"] for action in stage["actions"]}
            same((pipeline["roleArn"], pipeline["pipelineType"]), (role(SHARED, environment, "pipeline"), "V2"))
            same(pipeline["artifactStore"]["location"], BUCKET)
            same(pipeline["artifactStore"]["encryptionKey"], {"id": key["Arn"], "type": "KMS"})
            source = actions["CodeCommit"]["configuration"]
            same((source["RepositoryName"], source["BranchName"], source["PollForSourceChanges"]), ("awssdk-iam", branch, "false"))
            same(actions["CodeBuild"]["configuration"]["ProjectName"], name)
            same(actions["CodeDeployToECS"]["roleArn"], role(account, environment, "deploy"))
            arn = pipes.get_pipeline(name=name)["metadata"]["pipelineArn"]
            ours(tags(pipes.list_tags_for_resource(resourceArn=arn)["tags"], "key", "value"))
        with w.check(f"{environment}: a push to the branch starts the pipeline"):
            rule = events.describe_rule(Name=f"{name}-source")
            same(rule["State"], "ENABLED")
            pattern = json.loads(rule["EventPattern"])
            same(pattern["detail"]["referenceName"], [branch])
            targets = events.list_targets_by_rule(Rule=f"{name}-source")["Targets"]
            same([(it["Arn"], it["RoleArn"]) for it in targets], [(arn, role(SHARED, environment, "events"))])
        with w.check(f"{environment}: images have a repository"):
            ecr = w.client("ecr", account)
            found = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
            same(found["imageScanningConfiguration"], {"scanOnPush": True})
            holds(json.loads(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])["rules"], "no rules")
            ours(tags(ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]))
        with w.check(f"{environment}: CodeDeploy shifts the service between its target groups"):
            deploy = w.client("codedeploy", account)
            same(deploy.get_application(applicationName=name)["application"]["computePlatform"], "ECS")
            group = deploy.get_deployment_group(applicationName=name, deploymentGroupName=name)["deploymentGroupInfo"]
            same(group["deploymentConfigName"], "CodeDeployDefault.ECSCanary10Percent5Minutes")
            same(group["serviceRoleArn"], role(account, environment, "codedeploy"))
            same(group["ecsServices"], [{"clusterName": "main", "serviceName": "awssdk-iam"}])
            same(group["deploymentStyle"], {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"})
            pair = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]
            same([it["name"] for it in pair["targetGroups"]], ["awssdk-iam-blue", "awssdk-iam-green"])
    with w.check("an artifact is put into the bucket"):
        w.client("s3").put_object(Bucket=BUCKET, Key="dev-awssdk-iam/SourceOut/x", Body=b"x")


def decisions(w, key):
    """ministack decides every request by the policies that crosspipe has put."""
    iam = w.client("iam")

    def session(name, *chain):
        """A session of the last role, each assumed from the one before."""
        sts = w.client("sts")
        for arn in chain:
            credentials = sts.assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
            keys = tuple(credentials[it] for it in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
            sts = w.client("sts", keys=keys)
        return keys

    def denied(title, call, **arguments):
        with w.check(title):
            try:
                call(**arguments)
            except ClientError as error:
                holds(error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"), f"answered {error}")
            else:
                raise Unexpected("it went through")

    # Nobody but the service assumes the pipeline role; the test plays the service.
    for environment, _, _ in ENVIRONMENTS:
        denied(f"{environment}: an administrator does not assume the pipeline role", w.client("sts").assume_role, RoleArn=role(SHARED, environment, "pipeline"), RoleSessionName="nobody")
    for environment, account, _ in ENVIRONMENTS:
        denied(f"{environment}: an administrator of the shared account does not assume the deploy role", w.client("sts").assume_role, RoleArn=role(account, environment, "deploy"), RoleSessionName="nobody")
    me = w.client("sts").get_caller_identity()["Arn"]
    for environment, _, _ in ENVIRONMENTS:
        name = f"bys-{environment}-awssdk-iam-pipeline"
        document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        document["Statement"].append({"Sid": "Test", "Effect": "Allow", "Principal": {"AWS": me}, "Action": "sts:AssumeRole"})
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))
    made = {}
    for environment, account, _ in ENVIRONMENTS:
        artifact = {"Bucket": BUCKET, "Key": f"{environment}-awssdk-iam/BuildOut/abc"}
        with w.check(f"{environment}: the pipeline role puts an artifact, encrypted with the key by default"):
            keys = session("pipeline", role(SHARED, environment, "pipeline"))
            put = w.client("s3", keys=keys).put_object(**artifact, Body=environment.encode())
            same(put["ServerSideEncryption"], "aws:kms")
        with w.check(f"{environment}: the pipeline role assumes the deploy role, which reads the artifact"):
            made[environment] = session("pipeline", role(SHARED, environment, "pipeline"), role(account, environment, "deploy"))
            s3 = w.client("s3", keys=made[environment])
            same(s3.get_object(**artifact)["Body"].read(), environment.encode())
            same(s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"], REGION)
            same(s3.get_bucket_versioning(Bucket=BUCKET)["Status"], "Enabled")
        denied(f"{environment}: the deploy role does not put artifacts", w.client("s3", keys=made[environment]).put_object, **artifact, Body=b"x")
        denied(f"{environment}: the deploy role makes no data keys", w.client("kms", keys=made[environment]).generate_data_key, KeyId=key["Arn"], KeySpec="AES_256")
    for environment, account, _ in ENVIRONMENTS:
        other = next(it for it in ENVIRONMENTS if it[0] != environment)
        denied(f"{environment}: the deploy role does not read the artifacts of {other[0]}", w.client("s3", keys=made[environment]).get_object, Bucket=BUCKET, Key=f"{other[0]}-awssdk-iam/BuildOut/abc")
        pipeline = session("pipeline", role(SHARED, environment, "pipeline"))
        denied(f"{environment}: the pipeline role does not assume the deploy role of {other[0]}", w.client("sts", keys=pipeline).assume_role, RoleArn=role(other[1], other[0], "deploy"), RoleSessionName="other")
        denied(f"{environment}: an administrator of its account does not read artifacts", w.client("s3", account).get_object, Bucket=BUCKET, Key=f"{environment}-awssdk-iam/BuildOut/abc")
    with w.check("a deploy role may describe the key of the shared account"):
        w.client("kms", keys=made["dev"]).describe_key(KeyId=key["Arn"])
    pipeline = session("pipeline", role(SHARED, "dev", "pipeline"))
    denied("an artifact with another encryption is refused", w.client("s3", keys=pipeline).put_object, Bucket=BUCKET, Key="dev-awssdk-iam/x", Body=b"x", ServerSideEncryption="AES256")
    with w.check("an administrator of the shared account has another key at hand"):
        another = w.client("kms").create_key()["KeyMetadata"]["Arn"]
    denied("an artifact with another key is refused", w.client("s3").put_object, Bucket=BUCKET, Key="dev-awssdk-iam/x", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=another)
    wrong = w.accounts[SHARED]
    w.refuses("a wrong secret is refused", "SignatureDoesNotMatch", w.client("sts", keys=(wrong["accessKeyId"], "x" * 40, None)).get_caller_identity, documented=True, status=403)


if __name__ == "__main__":
    emulator, endpoint, accounts = sys.argv[1:4]
    w = World(endpoint, json.loads(accounts))
    # The wire is held to the models for the sandbox only: an emulator's slips there are not ours.
    w.look = False
    key = base(w)
    if emulator == "moto":
        code(w, key)
    else:
        decisions(w, key)
