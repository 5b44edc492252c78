"""AWS CodePipeline. Source where none is named: CodePipeline API Reference, its model, and the
CodePipeline User Guide's "Pipeline structure reference" and "Quotas"."""

import copy

from harness import DEV, REGION, SHARED, allow, has, lacks, same, signatures, trust

ROLE = f"arn:aws:iam::{SHARED}:role/pipe"
DEPLOY = f"arn:aws:iam::{DEV}:role/deploy"
STRUCTURE = "InvalidStructureException"
ACTION = ("InvalidActionDeclarationException", "InvalidStructureException")
STAGE = ("InvalidStageDeclarationException", "InvalidStructureException")


def action(category, provider, name, configuration, inputs=(), outputs=(), **more):
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "runOrder": 1,
        "configuration": configuration,
        "inputArtifacts": [{"name": it} for it in inputs],
        "outputArtifacts": [{"name": it} for it in outputs],
        **more,
    }


def pipeline(name="dev-awssdk-iam", change=None):
    document = {
        "name": name,
        "roleArn": ROLE,
        "pipelineType": "V2",
        "executionMode": "QUEUED",
        "artifactStore": {
            "type": "S3",
            "location": "bys-artifacts",
            "encryptionKey": {"id": f"arn:aws:kms:{REGION}:{SHARED}:key/11112222-3333-4444-5555-666677778888", "type": "KMS"},
        },
        "stages": [
            {"name": "Source", "actions": [action("Source", "CodeCommit", "Source", {"RepositoryName": "awssdk-iam", "BranchName": "develop", "PollForSourceChanges": "false"}, outputs=["SourceOut"], namespace="SourceVariables")]},
            {"name": "Build", "actions": [action("Build", "CodeBuild", "Build", {"ProjectName": "dev-awssdk-iam"}, ["SourceOut"], ["BuildOut"])]},
            {"name": "Deploy", "actions": [action("Deploy", "CodeDeployToECS", "Deploy", {"ApplicationName": "dev", "DeploymentGroupName": "dev", "TaskDefinitionTemplateArtifact": "BuildOut", "AppSpecTemplateArtifact": "BuildOut", "AppSpecTemplatePath": "appspec.yaml"}, ["BuildOut"], roleArn=DEPLOY)]},
        ],
    }
    document = copy.deepcopy(document)
    if change:
        change(document)
    return document


def run(w):
    pipe = w.client("codepipeline")
    raw = w.client("codepipeline", validate=False)
    signatures(w, "codepipeline", "list_pipelines")
    iam = w.client("iam")
    iam.create_role(RoleName="pipe", AssumeRolePolicyDocument=trust(None, "codepipeline.amazonaws.com"))
    iam.put_role_policy(RoleName="pipe", PolicyName="main", PolicyDocument=allow("*"))
    iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust(None, "codebuild.amazonaws.com"))
    w.client("iam", DEV).create_role(RoleName="deploy", AssumeRolePolicyDocument=trust(SHARED))
    w.client("iam", DEV).create_role(RoleName="closed", AssumeRolePolicyDocument=trust(DEV))
    w.client("s3").create_bucket(Bucket="bys-artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})

    with w.check("CreatePipeline answers the structure and the tags"):
        answer = pipe.create_pipeline(pipeline=pipeline(), tags=[{"key": "a", "value": "1"}])
        has(answer, "pipeline", "tags")
        same(answer["pipeline"]["version"], 1)
        same(answer["tags"], [{"key": "a", "value": "1"}])
        same({**answer["pipeline"], "version": None}, {**pipeline(), "version": None}, "the structure")
    with w.check("GetPipeline answers structure and metadata"):
        found = pipe.get_pipeline(name="dev-awssdk-iam")
        has(found["metadata"], "pipelineArn", "created", "updated")
        same(found["metadata"]["pipelineArn"], f"arn:aws:codepipeline:{REGION}:{SHARED}:dev-awssdk-iam")
        same(found["pipeline"], answer["pipeline"])
    with w.check("a pipeline of which little is said is of type V1 and supersedes", "API Reference, PipelineDeclaration"):
        def little(document):
            del document["pipelineType"], document["executionMode"]

        pipe.create_pipeline(pipeline=pipeline("little", little))
        found = pipe.get_pipeline(name="little")["pipeline"]
        same((found["pipelineType"], found["executionMode"]), ("V1", "SUPERSEDED"))
    w.refuses("CreatePipeline refuses a name that is taken", "PipelineNameInUseException", pipe.create_pipeline, pipeline=pipeline())

    def at(*path, value):
        def change(document):
            for step in path[:-1]:
                document = document[step]
            if value is None:
                del document[path[-1]]
            else:
                document[path[-1]] = value

        return change

    def stage(index, *path, value):
        return at("stages", index, "actions", 0, *path, value=value)

    def with_approval(document):
        document["stages"][0]["actions"].append(action("Approval", "Manual", "Ask", {}))

    def source_later(document):
        document["stages"][1]["actions"].append(action("Source", "CodeCommit", "Again", {"RepositoryName": "awssdk-iam", "BranchName": "develop"}, outputs=["Other"]))

    def twice(document):
        document["stages"][1]["actions"].append(copy.deepcopy(document["stages"][1]["actions"][0]))
        document["stages"][1]["actions"][1]["outputArtifacts"] = []

    def fifty_one(document):
        for number in range(49):
            document["stages"].append({"name": f"S{number}", "actions": [action("Approval", "Manual", "Ask", {})]})

    for title, code, change in (
        ("a name with a blank", "ValidationException", at("name", value="dev awssdk")),
        ("a name with a slash", "ValidationException", at("name", value="dev/awssdk")),
        ("a name of 101 letters", "ValidationException", at("name", value="p" * 101)),
        ("a role that is no ARN", "ValidationException", at("roleArn", value="pipe")),
        ("no stages", ("ValidationException", STRUCTURE), at("stages", value=None)),
        ("one stage", (STRUCTURE, "ValidationException"), lambda it: it.update(stages=it["stages"][:1])),
        ("51 stages", (STRUCTURE, "ValidationException", "LimitExceededException"), fifty_one),
        ("no source at first", STAGE + ACTION[:1], lambda it: it["stages"].pop(0)),
        ("a source in a later stage", STAGE + ACTION[:1], source_later),
        ("an approval beside the source", STAGE + ACTION[:1], with_approval),
        ("two stages of one name", STAGE, at("stages", 1, "name", value="Deploy")),
        ("two actions of one name", STAGE + ACTION[:1], twice),
        ("a stage without actions", STAGE + ("ValidationException",), at("stages", 1, "actions", value=[])),
        ("a stage's name with a blank", "ValidationException", at("stages", 1, "name", value="Build it")),
        ("an artifact's name with a dot", "ValidationException", stage(0, "outputArtifacts", value=[{"name": "Source.Out"}])),
        ("an artifact that nothing puts out", ACTION + STAGE[:1], stage(1, "inputArtifacts", value=[{"name": "Nothing"}])),
        ("an artifact that is put out twice", ACTION + STAGE[:1], stage(1, "outputArtifacts", value=[{"name": "SourceOut"}])),
        ("a source with an input", ACTION, stage(0, "inputArtifacts", value=[{"name": "BuildOut"}])),
        ("a build without an input", ACTION, stage(1, "inputArtifacts", value=[])),
        ("a deployment with an output", ACTION, stage(2, "outputArtifacts", value=[{"name": "DeployOut"}])),
        ("a configuration without what is required", ACTION, stage(1, "configuration", value={})),
        ("a configuration key that does not exist", ACTION, stage(1, "configuration", value={"ProjectName": "x", "Colour": "red"})),
        ("an empty configuration value", ("ValidationException",) + ACTION, stage(1, "configuration", value={"ProjectName": ""})),
        ("a configuration value of 1001 letters", ("ValidationException",) + ACTION, stage(1, "configuration", value={"ProjectName": "x", "EnvironmentVariables": "v" * 1001})),
        ("a provider that does not exist", ACTION, stage(1, "actionTypeId", "provider", value="Jenkinsfile")),
        ("a version that does not exist", ACTION, stage(1, "actionTypeId", "version", value="7")),
        ("a category that does not exist", "ValidationException", stage(1, "actionTypeId", "category", value="Bake")),
        ("run order 0", ("ValidationException",) + ACTION, stage(1, "runOrder", value=0)),
        ("run order 1000", ("ValidationException",) + ACTION, stage(1, "runOrder", value=1000)),
        ("no artifact store", (STRUCTURE, "ValidationException"), at("artifactStore", value=None)),
        ("a store's name with an underscore", "ValidationException", at("artifactStore", "location", value="bys_artifacts")),
        ("a store that is not S3", "ValidationException", at("artifactStore", "type", value="EFS")),
        ("a type V3", "ValidationException", at("pipelineType", value="V3")),
        ("the mode EVENTUAL", "ValidationException", at("executionMode", value="EVENTUAL")),
        ("a reserved namespace", ACTION + STAGE[:1] + ("ValidationException",), stage(0, "namespace", value="codepipeline")),
        ("a namespace twice", ACTION + STAGE[:1] + ("ValidationException",), stage(1, "namespace", value="SourceVariables")),
        ("a task definition's artifact that is no input", ACTION, stage(2, "configuration", "TaskDefinitionTemplateArtifact", value="SourceOut")),
    ):
        w.refuses(f"CreatePipeline refuses {title}", code, raw.create_pipeline, pipeline=pipeline("refused", change))
    for title, change in (
        ("a role that does not exist", at("roleArn", value=f"arn:aws:iam::{SHARED}:role/absent")),
        ("a role that trusts another service", at("roleArn", value=f"arn:aws:iam::{SHARED}:role/build")),
        ("an action's role that does not exist", stage(2, "roleArn", value=f"arn:aws:iam::{DEV}:role/absent")),
        ("an action's role that trusts somebody else", stage(2, "roleArn", value=f"arn:aws:iam::{DEV}:role/closed")),
    ):
        w.refuses(f"CreatePipeline refuses {title}", STRUCTURE, pipe.create_pipeline, says="is not authorized to perform AssumeRole on role", origin="CodePipeline User Guide, Troubleshooting; the sentence that the Terraform provider retries", pipeline=pipeline("refused", change))
    with w.check("none of the refused pipelines was made"):
        same(sorted(it["name"] for it in pipe.list_pipelines()["pipelines"]), ["dev-awssdk-iam", "little"])
    with w.check("ListPipelines answers summaries"):
        has(pipe.list_pipelines()["pipelines"][0], "name", "version", "created", "updated", "pipelineType", "executionMode")
        same(w.client("codepipeline", DEV).list_pipelines()["pipelines"], [])
    with w.check("ListPipelines pages"):
        pages = list(pipe.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 1}))
        same(sorted(it["name"] for page in pages for it in page["pipelines"]), ["dev-awssdk-iam", "little"])
        lacks(pages[-1], "nextToken")
    w.refuses("GetPipeline of a pipeline that is not there", "PipelineNotFoundException", pipe.get_pipeline, says=f"Account '{SHARED}' does not have a pipeline with name 'absent'", name="absent")
    w.refuses("accounts do not see each other's pipelines", "PipelineNotFoundException", w.client("codepipeline", DEV).get_pipeline, name="dev-awssdk-iam")
    w.refuses("GetPipeline of a version that is not there", "PipelineVersionNotFoundException", pipe.get_pipeline, name="dev-awssdk-iam", version=9)
    with w.check("UpdatePipeline replaces the whole structure and counts the version"):
        changed = pipeline(change=stage(0, "configuration", "BranchName", value="main"))
        changed["stages"].insert(2, {"name": "Approve", "actions": [action("Approval", "Manual", "Ask", {"CustomData": "please"})]})
        answer = pipe.update_pipeline(pipeline=changed)["pipeline"]
        same(answer["version"], 2)
        found = pipe.get_pipeline(name="dev-awssdk-iam")["pipeline"]
        same([it["name"] for it in found["stages"]], ["Source", "Build", "Approve", "Deploy"])
        same(found["stages"][0]["actions"][0]["configuration"]["BranchName"], "main")
    with w.check("an older version is still read"):
        found = pipe.get_pipeline(name="dev-awssdk-iam", version=1)["pipeline"]
        same((found["version"], found["stages"][0]["actions"][0]["configuration"]["BranchName"]), (1, "develop"))
    w.refuses("UpdatePipeline refuses what CreatePipeline refuses", ACTION + STAGE[:1], pipe.update_pipeline, pipeline=pipeline(change=stage(1, "inputArtifacts", value=[{"name": "Nothing"}])))
    w.refuses("UpdatePipeline of a pipeline that is not there", ("PipelineNotFoundException", STRUCTURE), pipe.update_pipeline, documented=True, pipeline=pipeline("absent"))
    arn = f"arn:aws:codepipeline:{REGION}:{SHARED}:dev-awssdk-iam"
    with w.check("tags of a pipeline are listed, added, changed and removed"):
        pipe.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": "3"}])
        same(sorted((it["key"], it["value"]) for it in pipe.list_tags_for_resource(resourceArn=arn)["tags"]), [("a", "2"), ("b", "3")])
        pipe.untag_resource(resourceArn=arn, tagKeys=["a"])
        same(pipe.list_tags_for_resource(resourceArn=arn)["tags"], [{"key": "b", "value": "3"}])
    w.refuses("tags of a pipeline that is not there", "ResourceNotFoundException", pipe.list_tags_for_resource, resourceArn=arn + "x")
    w.refuses("tags of what is no pipeline", ("InvalidArnException", "ValidationException", "ResourceNotFoundException"), pipe.list_tags_for_resource, resourceArn="arn:aws:s3:::bucket")
    w.refuses("a tag key of AWS", "InvalidTagsException", pipe.tag_resource, resourceArn=arn, tags=[{"key": "aws:x", "value": "1"}])
    with w.check("GetPipelineState answers the stages"):
        state = pipe.get_pipeline_state(name="dev-awssdk-iam")
        has(state, "pipelineName", "pipelineVersion", "stageStates", "created", "updated")
        same([it["stageName"] for it in state["stageStates"]], ["Source", "Build", "Approve", "Deploy"])
        same(state["stageStates"][1]["inboundTransitionState"]["enabled"], True)
    w.refuses("GetPipelineState of a pipeline that is not there", "PipelineNotFoundException", pipe.get_pipeline_state, name="absent")
    with w.check("DeletePipeline succeeds, also on what is not there", "DeletePipeline has no not-found error in the model"):
        pipe.delete_pipeline(name="dev-awssdk-iam")
        pipe.delete_pipeline(name="dev-awssdk-iam")
    w.refuses("GetPipeline of a pipeline that was deleted", "PipelineNotFoundException", pipe.get_pipeline, name="dev-awssdk-iam")
