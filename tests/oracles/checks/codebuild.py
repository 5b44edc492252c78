"""AWS CodeBuild. Source where none is named: CodeBuild API Reference and its model."""


from harness import DEV, REGION, SHARED, allow, has, holds, lacks, same, signatures, trust

ROLE = f"arn:aws:iam::{SHARED}:role/build"


def project(name="dev-awssdk-iam", **more):
    return {
        "name": name,
        "source": {"type": "CODEPIPELINE", "buildspec": "buildspec.yml"},
        "artifacts": {"type": "CODEPIPELINE"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "privilegedMode": True,
            "environmentVariables": [{"name": "A", "value": "1", "type": "PLAINTEXT"}],
        },
        "serviceRole": ROLE,
        **more,
    }


def run(w):
    build = w.client("codebuild")
    raw = w.client("codebuild", validate=False)
    signatures(w, "codebuild", "list_projects")
    iam = w.client("iam")
    iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust(None, "codebuild.amazonaws.com"))
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust(None, "ecs.amazonaws.com"))
    iam.put_role_policy(RoleName="build", PolicyName="logs", PolicyDocument=allow("logs:*"))

    with w.check("CreateProject answers the project with AWS's defaults"):
        answer = build.create_project(**project(description="builds", timeoutInMinutes=30, tags=[{"key": "a", "value": "1"}]))["project"]
        has(answer, "name", "arn", "description", "source", "artifacts", "cache", "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes", "encryptionKey", "tags", "created", "lastModified", "badge", "projectVisibility")
        same(answer["arn"], f"arn:aws:codebuild:{REGION}:{SHARED}:project/dev-awssdk-iam")
        same((answer["timeoutInMinutes"], answer["queuedTimeoutInMinutes"], answer["cache"], answer["projectVisibility"]), (30, 480, {"type": "NO_CACHE"}, "PRIVATE"))
        same(answer["encryptionKey"], f"arn:aws:kms:{REGION}:{SHARED}:alias/aws/s3")
        same(answer["badge"], {"badgeEnabled": False})
        same(answer["environment"]["imagePullCredentialsType"], "CODEBUILD")
        same(answer["environment"]["environmentVariables"], [{"name": "A", "value": "1", "type": "PLAINTEXT"}])
        same(answer["tags"], [{"key": "a", "value": "1"}])
        holds("source" in answer and answer["source"]["buildspec"] == "buildspec.yml", "no buildspec")
    with w.check("a project's timeout is an hour where nothing is said"):
        same(build.create_project(**project("defaults"))["project"]["timeoutInMinutes"], 60)
    w.refuses("CreateProject refuses a name that is taken", "ResourceAlreadyExistsException", build.create_project, says="Project already exists", **project())
    for title, more in (
        ("a name of one letter", dict(name="a")),
        ("a name that starts with a hyphen", dict(name="-ab")),
        ("a name with a dot", dict(name="a.b")),
        ("a name with a slash", dict(name="dev/awssdk")),
        ("a name of 151 letters", dict(name="p" * 151)),
        ("4 minutes", dict(timeoutInMinutes=4)),
        ("2161 minutes", dict(timeoutInMinutes=2161)),
        ("a role that is no ARN", dict(serviceRole="build")),
        ("a role that does not exist", dict(serviceRole=f"arn:aws:iam::{SHARED}:role/absent")),
        ("a role that does not trust CodeBuild", dict(serviceRole=f"arn:aws:iam::{SHARED}:role/other")),
        ("a role of another account", dict(serviceRole=f"arn:aws:iam::{DEV}:role/build")),
        ("a compute type that does not exist", dict(environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_HUGE"})),
        ("an environment type that does not exist", dict(environment={"type": "SOLARIS", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"})),
        ("pipeline source with other artifacts", dict(artifacts={"type": "NO_ARTIFACTS"})),
        ("CodeCommit source without a location", dict(source={"type": "CODECOMMIT"}, artifacts={"type": "NO_ARTIFACTS"})),
        ("artifacts in S3 without a location", dict(source={"type": "NO_SOURCE", "buildspec": "version: 0.2"}, artifacts={"type": "S3"})),
    ):
        w.refuses(f"CreateProject refuses {title}", "InvalidInputException", raw.create_project, **project(**{"name": "refused", **more}))
    w.refuses("CreateProject says why the role is refused", "InvalidInputException", build.create_project, says="is not authorized to perform: sts:AssumeRole", origin="failures of role propagation are recognised by this sentence, which the Terraform provider retries", **project(name="refused", serviceRole=f"arn:aws:iam::{SHARED}:role/absent"))
    with w.check("none of the refused projects was made"):
        same(sorted(build.list_projects()["projects"]), ["defaults", "dev-awssdk-iam"])
    with w.check("BatchGetProjects answers by name and ARN and tells what is not found"):
        found = build.batch_get_projects(names=["dev-awssdk-iam", "absent"])
        same([it["name"] for it in found["projects"]], ["dev-awssdk-iam"])
        same(found["projectsNotFound"], ["absent"])
        found = build.batch_get_projects(names=[answer["arn"]])
        same([it["name"] for it in found["projects"]], ["dev-awssdk-iam"])
    w.refuses("BatchGetProjects refuses 101 names", "InvalidInputException", raw.batch_get_projects, names=[f"p{i}" for i in range(101)])
    with w.check("accounts and Regions do not see each other's projects"):
        same(w.client("codebuild", DEV).batch_get_projects(names=["dev-awssdk-iam"])["projectsNotFound"], ["dev-awssdk-iam"])
        same(w.client("codebuild", region="us-east-1").list_projects()["projects"], [])
    with w.check("UpdateProject changes what is given and leaves the rest", "UpdateProject: fields that are not given stay"):
        changed = build.update_project(name="dev-awssdk-iam", description="changed", tags=[{"key": "b", "value": "2"}])["project"]
        same((changed["description"], changed["timeoutInMinutes"], changed["tags"]), ("changed", 30, [{"key": "b", "value": "2"}]))
        same(changed["environment"], answer["environment"])
        holds(changed["lastModified"] >= answer["lastModified"], "lastModified went back")
        same(changed["created"], answer["created"])
    w.refuses("UpdateProject of a project that is not there", "ResourceNotFoundException", build.update_project, name="absent", description="x")
    w.refuses("UpdateProject refuses a role that does not exist", "InvalidInputException", build.update_project, name="dev-awssdk-iam", serviceRole=f"arn:aws:iam::{SHARED}:role/absent")
    with w.check("ListProjects sorts by name and pages"):
        for number in range(3):
            build.create_project(**project(f"page-{number}"))
        same(build.list_projects(sortBy="NAME", sortOrder="DESCENDING")["projects"], ["page-2", "page-1", "page-0", "dev-awssdk-iam", "defaults"])
        lacks(build.list_projects(), "nextToken")
    with w.check("DeleteProject succeeds, also on what is not there", "DeleteProject has no not-found error in the model"):
        build.delete_project(name="dev-awssdk-iam")
        build.delete_project(name="dev-awssdk-iam")
        same(build.batch_get_projects(names=["dev-awssdk-iam"])["projects"], [])
