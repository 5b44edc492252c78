"""A pipeline over four accounts made by hand, a push that lands, and what happens when a single permission
is missing. Sources: AWS CodePipeline User Guide, "Create a pipeline that uses resources from another
account" and "Troubleshooting"; the service authorization reference; messages marked as observed."""

import json
import time

from crossing import APP, BUCKET, ENVIRONMENTS, Crossing, by_role, by_service, role, statement, unzip
from harness import DEV, REGION, SHARED, fits, has, holds, same


def run(w):
    it = Crossing(w)
    with w.check("the shared account is made by hand"):
        it.shared()
    for env in ENVIRONMENTS:
        with w.check(f"the account of {env} is made by hand"):
            it.environment(env)
    commits = {}
    with w.check("the first commits make the branches"):
        for env in ("prd", "stg", "dev"):
            commits[env] = it.commit(env, f"first for {env}")
    for env in ENVIRONMENTS:
        with w.check(f"the pipeline of {env} is made by hand"):
            it.pipeline(env)
    pipe = w.client("codepipeline")
    for env in ENVIRONMENTS:
        with w.check(f"CreatePipeline starts one execution of {env}, which lands"):
            execution, status = it.run_of(env, commits[env])
            holds(status == "Succeeded", f"{status}: {it.failure(env, execution) if status == 'Failed' else ''}")
            same(len(it.executions(env)), 1, "executions")
            same(it.executions(env)[0]["trigger"]["triggerType"], "CreatePipeline")
    landing(w, it)
    broken(w, it)


def landing(w, it):
    pipe, s3 = w.client("codepipeline"), w.client("s3")
    for env, (account, branch) in ENVIRONMENTS.items():
        ecs, elb, ecr = (w.client(service, account) for service in ("ecs", "elbv2", "ecr"))
        before = ecs.describe_services(cluster=APP, services=[APP])["services"][0]
        with w.check(f"a push to {branch} lands in {env}"):
            commit = it.commit(env, f"second for {env}")
            execution, status = it.run_of(env, commit)
            holds(status == "Succeeded", f"{status}: {it.failure(env, execution) if status == 'Failed' else ''}")
            one = next(e for e in it.executions(env) if e["pipelineExecutionId"] == execution)
            same(one["trigger"]["triggerType"], "CloudWatchEvent")
            same(one["trigger"]["triggerDetail"], f"arn:aws:events:{REGION}:{SHARED}:rule/orders-{env}")
            same(one["sourceRevisions"][0]["revisionSummary"], f"second for {env}")
        with w.check(f"the image of {env} is in the registry of its account"):
            tags = [tag for image in ecr.describe_images(repositoryName=APP)["imageDetails"] for tag in image.get("imageTags", [])]
            holds(commit[:12] in tags, f"tags {tags}")
        with w.check(f"the task definition of {env} is a new revision with the image that was built"):
            after = ecs.describe_services(cluster=APP, services=[APP])["services"][0]
            primary = next(t for t in after["taskSets"] if t["status"] == "PRIMARY")
            old = next(t for t in before["taskSets"] if t["status"] == "PRIMARY")
            holds(primary["taskDefinition"] != old["taskDefinition"], "the task definition has not changed")
            made = ecs.describe_task_definition(taskDefinition=primary["taskDefinition"])["taskDefinition"]
            image = made["containerDefinitions"][0]["image"]
            holds(image.startswith(f"{account}.dkr.ecr.{REGION}.amazonaws.com/{APP}"), f"image {image}")
            same(made["executionRoleArn"], role(account, "exec"))
            same(made["registeredBy"].split("/")[0], f"arn:aws:sts::{account}:assumed-role")
        with w.check(f"the listener of {env} forwards to the group of the new task set"):
            listener = elb.describe_listeners(ListenerArns=[it.listeners[env]])["Listeners"][0]
            group = primary["loadBalancers"][0]["targetGroupArn"]
            action = listener["DefaultActions"][0]
            targets = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}]
            same([t["TargetGroupArn"] for t in targets if t.get("Weight", 1)], [group])
            health = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
            same([h["TargetHealth"]["State"] for h in health], ["healthy"])
        with w.check(f"the artifacts of {env} are under CodePipeline's keys, encrypted with the key"):
            listed = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"orders-{env}/")["Contents"]]
            for key in listed:
                fits(key, rf"orders-{env}/(SourceOut|BuildOut)/[A-Za-z0-9]{{7}}(\.zip)?", "the key")
                head = s3.head_object(Bucket=BUCKET, Key=key)
                same((head["ServerSideEncryption"], head["SSEKMSKeyId"]), ("aws:kms", it.key))
            same(len(listed), 4, "artifacts of two executions")
        with w.check(f"the source artifact of {env} holds the tree of the commit"):
            actions = pipe.list_action_executions(pipelineName=f"orders-{env}", filter={"pipelineExecutionId": execution})["actionExecutionDetails"]
            source = next(a for a in actions if a["stageName"] == "Source")
            place = source["output"]["outputArtifacts"][0]["s3location"]
            # An administrator of the account may not use the key, only the roles that its policy names.
            same(place["bucket"], BUCKET)
            same(source["output"]["outputVariables"]["CommitId"], commit)
            same(source["output"]["outputVariables"]["BranchName"], branch)
    w.refuses(
        "an administrator whom the key policy does not name cannot read an artifact", "AccessDenied", s3.get_object, status=403, documented=True,
        origin="KMS Developer Guide: identity policies count only where the key policy delegates", says="kms:Decrypt",
        Bucket=place["bucket"], Key=place["key"],
    )
    with w.check("a push to a branch that no rule names starts nothing"):
        counts = {env: len(it.executions(env)) for env in ENVIRONMENTS}
        it.commit("dev", "feature", branch="feature/x")
        time.sleep(0.5)
        same({env: len(it.executions(env)) for env in ENVIRONMENTS}, counts)
    with w.check("PutFile starts the pipeline as CreateCommit does"):
        git = w.client("codecommit")
        tip = git.get_branch(repositoryName=APP, branchName="develop")["branch"]["commitId"]
        commit = git.put_file(repositoryName=APP, branchName="develop", filePath="marker.txt", fileContent=b"put", parentCommitId=tip, name="A", email="a@example.com", commitMessage="put")["commitId"]
        execution, status = it.run_of("dev", commit)
        same(status, "Succeeded")
    with w.check("deleting a branch starts nothing"):
        count = len(it.executions("dev"))
        git.delete_branch(repositoryName=APP, branchName="feature/x")
        time.sleep(0.3)
        same(len(it.executions("dev")), count)
    with w.check("the state of the pipeline names the last run in every stage"):
        state = pipe.get_pipeline_state(name="orders-dev")
        same([s["stageName"] for s in state["stageStates"]], ["Source", "Build", "Deploy"])
        for stage in state["stageStates"]:
            same(stage["latestExecution"]["status"], "Succeeded")
            same(stage["latestExecution"]["pipelineExecutionId"], execution)


MISSING = [
    # who, which account, action, stage, what AWS says, where it says so
    ("orders-dev-pipeline", SHARED, "codecommit:GetBranch", "Source", "codecommit:GetBranch"),
    ("orders-dev-pipeline", SHARED, "codecommit:UploadArchive", "Source", "codecommit:UploadArchive"),
    ("orders-dev-pipeline", SHARED, "s3:PutObject", "Source", f"access the Amazon S3 bucket named {BUCKET}"),
    ("orders-dev-pipeline", SHARED, "kms:GenerateDataKey*", "Source", f"access the Amazon S3 bucket named {BUCKET}"),
    ("orders-dev-pipeline", SHARED, "codebuild:StartBuild", "Build", "codebuild:StartBuild"),
    ("orders-dev-pipeline", SHARED, "codebuild:BatchGetBuilds", "Build", "codebuild:BatchGetBuilds"),
    ("orders-dev-pipeline", SHARED, "sts:AssumeRole", "Deploy", "is not authorized to perform AssumeRole on role"),
    ("orders-dev-build", SHARED, "s3:GetObject", "Build", ""),
    ("orders-dev-build", SHARED, "kms:Decrypt", "Build", ""),
    ("orders-dev-build", SHARED, "sts:AssumeRole", "Build", ""),
    ("orders-dev-build", SHARED, "logs:CreateLogStream", "Build", ""),
    ("orders-dev-build", SHARED, "s3:PutObject", "Build", ""),
    ("push", DEV, "ecr:GetAuthorizationToken", "Build", ""),
    ("push", DEV, "ecr:PutImage", "Build", ""),
    ("push", DEV, "ecr:InitiateLayerUpload", "Build", ""),
    ("deploy", DEV, "s3:GetObject", "Deploy", "missing permissions to access input artifact: BuildOut"),
    ("deploy", DEV, "kms:Decrypt", "Deploy", "missing permissions to access input artifact: BuildOut"),
    ("deploy", DEV, "ecs:RegisterTaskDefinition", "Deploy", "ecs:RegisterTaskDefinition"),
    ("deploy", DEV, "iam:PassRole", "Deploy", "iam:PassRole"),
    ("deploy", DEV, "codedeploy:CreateDeployment", "Deploy", "codedeploy:CreateDeployment"),
    ("deploy", DEV, "codedeploy:GetDeploymentConfig", "Deploy", "codedeploy:GetDeploymentConfig"),
    ("deploy", DEV, "codedeploy:GetApplication", "Deploy", "codedeploy:GetApplication"),
    ("codedeploy", DEV, "ecs:CreateTaskSet", "Deploy", ""),
    ("codedeploy", DEV, "elasticloadbalancing:DescribeTargetGroups", "Deploy", ""),
    ("codedeploy", DEV, "iam:PassRole", "Deploy", ""),
    ("exec", DEV, "ecr:BatchGetImage", "Deploy", ""),
    ("exec", DEV, "logs:CreateLogStream", "Deploy", ""),
]


def broken(w, it):
    for name, account, action, stage, says in MISSING:
        with w.check(f"without {action} of {name} the action in {stage} fails"):
            with it.without(account, name, action):
                execution, status = it.run_by_hand("dev", patience=60)
            same(status, "Failed")
            found, code, message = it.failure("dev", execution)
            same(found, stage, "the stage")
            holds(says in message, f"{code}: {message}")
            holds("11111111-2222-4333-8444" not in message, f"an example stands for the build: {message}")
    for title, change, restore, stage, says in (
        ("the key policy's statement for dev", lambda: it.put_key_policy(without=("dev",)), it.put_key_policy, "Deploy", "missing permissions to access input artifact: BuildOut"),
        ("the bucket policy's statements for dev", lambda: it.put_bucket_policy(without=("dev",)), it.put_bucket_policy, "Deploy", "missing permissions to access input artifact: BuildOut"),
    ):
        with w.check(f"without {title} the action in {stage} fails"):
            change()
            execution, status = it.run_by_hand("dev", patience=60)
            restore()
            same(status, "Failed")
            found, code, message = it.failure("dev", execution)
            same(found, stage, "the stage")
            holds(says in message, f"{code}: {message}")
    trusts(w, it)
    files(w, it)
    with w.check("with everything back the run lands"):
        execution, status = it.run_by_hand("dev", patience=60)
        holds(status == "Succeeded", f"{status}: {it.failure('dev', execution) if status == 'Failed' else ''}")


def trusts(w, it):
    """Trust policies are asked on every run, with what the service sends along."""
    def failing(title, account, name, trust, stage, says):
        iam = w.client("iam", account)
        kept = json.dumps(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
        with w.check(title):
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
            try:
                execution, status = it.run_by_hand("dev", patience=60)
            finally:
                iam.update_assume_role_policy(RoleName=name, PolicyDocument=kept)
            same(status, "Failed")
            found, code, message = it.failure("dev", execution)
            same(found, stage, "the stage")
            holds(says in message, f"{code}: {message}")

    failing("a deploy role that trusts another role fails the deploy action", DEV, "deploy", by_role(role(SHARED, "orders-stg-pipeline")), "Deploy", "is not authorized to perform AssumeRole on role")
    failing("a push role that trusts another role fails the build", DEV, "push", by_role(role(SHARED, "orders-stg-build")), "Build", "")
    failing("a build role for another project fails the build action", SHARED, "orders-dev-build", by_service("codebuild.amazonaws.com", ArnEquals={"aws:SourceArn": f"arn:aws:codebuild:{REGION}:{SHARED}:project/other"}), "Build", "")
    failing("a CodeDeploy role for another account's groups fails the deployment", DEV, "codedeploy", by_service("codedeploy.amazonaws.com", StringEquals={"aws:SourceAccount": SHARED}), "Deploy", "")
    failing("an execution role for tasks of another account fails the deployment", DEV, "exec", by_service("ecs-tasks.amazonaws.com", StringEquals={"aws:SourceAccount": SHARED}), "Deploy", "")
    failing("a deploy role that asks for aws:SourceAccount, which a role does not send, fails the deploy action", DEV, "deploy", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": role(SHARED, "orders-dev-pipeline")}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": SHARED}}}]}), "Deploy", "is not authorized to perform AssumeRole on role")
    failing("a pipeline role that CodePipeline may not take on fails the source action", SHARED, "orders-dev-pipeline", by_service("codebuild.amazonaws.com"), "Source", "")
    iam = w.client("iam")
    for title, trust in (
        ("an events role for another rule", by_service("events.amazonaws.com", ArnEquals={"aws:SourceArn": f"arn:aws:events:{REGION}:{SHARED}:rule/other"})),
        ("an events role for another service", by_service("scheduler.amazonaws.com")),
    ):
        with w.check(f"with {title} a push starts nothing, and nothing says so"):
            kept = json.dumps(iam.get_role(RoleName="orders-dev-events")["Role"]["AssumeRolePolicyDocument"])
            iam.update_assume_role_policy(RoleName="orders-dev-events", PolicyDocument=trust)
            count = len(it.executions("dev"))
            it.commit("dev", title)
            time.sleep(0.4)
            iam.update_assume_role_policy(RoleName="orders-dev-events", PolicyDocument=kept)
            same(len(it.executions("dev")), count)
    with w.check("without codepipeline:StartPipelineExecution of the events role a push starts nothing"):
        count = len(it.executions("dev"))
        with denied(w, it):
            it.commit("dev", "denied")
            time.sleep(0.4)
        same(len(it.executions("dev")), count)
    with w.check("a disabled rule starts nothing, an enabled one does"):
        events = w.client("events")
        events.disable_rule(Name="orders-dev")
        count = len(it.executions("dev"))
        it.commit("dev", "disabled")
        time.sleep(0.4)
        same(len(it.executions("dev")), count)
        events.enable_rule(Name="orders-dev")
        commit = it.commit("dev", "enabled")
        same(it.run_of("dev", commit, patience=60)[1], "Succeeded")
    with w.check("a role that was made again is not the one that a trust names"):
        dev = w.client("iam", DEV)
        kept = json.dumps(dev.get_role(RoleName="deploy")["Role"]["AssumeRolePolicyDocument"])
        dev.update_assume_role_policy(RoleName="deploy", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": role(SHARED, "orders-dev-pipeline")}, "Action": "sts:AssumeRole"}]}))
        same(it.run_by_hand("dev", patience=60)[1], "Succeeded")
        iam.delete_role_policy(RoleName="orders-dev-pipeline", PolicyName="own")
        iam.delete_role(RoleName="orders-dev-pipeline")
        it.make_role(SHARED, "orders-dev-pipeline", by_service("codepipeline.amazonaws.com"), *it.policies[SHARED, "orders-dev-pipeline"])
        execution, status = it.run_by_hand("dev", patience=60)
        same(status, "Failed")
        holds("is not authorized to perform AssumeRole on role" in it.failure("dev", execution)[2], f"{it.failure('dev', execution)}")
        dev.update_assume_role_policy(RoleName="deploy", PolicyDocument=kept)


def denied(w, it):
    import contextlib

    @contextlib.contextmanager
    def hole():
        w.client("iam").put_role_policy(RoleName="orders-dev-events", PolicyName="no", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement("codepipeline:StartPipelineExecution", effect="Deny")]}))
        try:
            yield
        finally:
            w.client("iam").delete_role_policy(RoleName="orders-dev-events", PolicyName="no")

    return hole()


def files(w, it):
    """What is wrong with the files of a commit is found where AWS finds it."""
    good = it.files(DEV, "x")
    task = json.loads(good["deploy/taskdef.json"])
    for title, change, stage, says in (
        ("an appspec that is no YAML", {"deploy/appspec.yaml": "a: [b"}, "Deploy", ""),
        ("a task definition that is no JSON", {"deploy/taskdef.json": "{"}, "Deploy", ""),
        ("a task definition with a role of another account", {"deploy/taskdef.json": json.dumps({**task, "executionRoleArn": role(SHARED, "exec")})}, "Deploy", ""),
        ("an appspec with another container", {"deploy/appspec.yaml": good["deploy/appspec.yaml"].replace('"orders"', '"other"')}, "Deploy", ""),
        ("a buildspec that is no YAML", {"buildspec.yml": "version: [0.2"}, "Build", "YAML_FILE_ERROR"),
        ("a buildspec that writes no imageDetail.json", {"buildspec.yml": good["buildspec.yml"].replace("imageDetail.json", "imageDetails.json")}, "Deploy", ""),
        ("a buildspec whose artifact is not there", {"buildspec.yml": good["buildspec.yml"].replace("    - taskdef.json", "    - absent.json")}, "Build", "no matching artifact paths found"),
    ):
        with w.check(f"{title} fails the {stage.lower()}"):
            commit = it.commit("dev", title, **change)
            execution, status = it.run_of("dev", commit, patience=60)
            same(status, "Failed")
            found, code, message = it.failure("dev", execution)
            same(found, stage, f"the stage ({code}: {message})")
            holds(says in message, f"{code}: {message}")
    with w.check("a good commit mends it"):
        same(it.run_of("dev", it.commit("dev", "good again"), patience=60)[1], "Succeeded")
