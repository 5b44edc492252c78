"""Holds rendered documents to what others know of AWS: render.py FOLDER.

The AWS CLI's own parameter validation for every call that the bundle's README.md lists, cfn-lint for
what CloudFormation has too, parliament for every policy. Findings are printed as checks; those that
are false are listed in tests/support/gaps.rs.
"""

import json
import logging
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import botocore.session  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402

# What the CLI calls otherwise than botocore does.
SERVICES = {"deploy": "codedeploy", "s3api": "s3"}


def report(title, ok, detail="", findings=()):
    print(json.dumps({"check": title, "ok": ok, "detail": detail, "findings": list(findings)}), flush=True)


def load(folder, path):
    with open(os.path.join(folder, path)) as file:
        return json.load(file)


def bodies(folder):
    """(service, operation, path) of every call of the bundle, and of what a build will register."""
    with open(os.path.join(folder, "README.md")) as file:
        page = file.read()
    calls = re.findall(r"aws (?:--\S+ \S+ )*(\S+) (\S+) [^\n]*--cli-input-json file://(\S+)", page)
    return calls + [
        ("ecs", "register-task-definition", f"repository/deploy/{name}/taskdef.json")
        for name in environments(folder)
    ]


def environments(folder):
    return sorted(os.listdir(os.path.join(folder, "repository", "deploy")))


def parameters(folder, calls):
    shape = botocore.session.get_session().get_service_model("codepipeline").operation_model("CreatePipeline").input_shape
    report("the CLI's validation is awake: it misses a pipeline's name", ParamValidator().validate({"pipeline": {"stages": []}}, shape).has_errors())
    session = botocore.session.get_session()
    models = {}
    for service, operation, path in calls:
        name = SERVICES.get(service, service)
        if name not in models:
            models[name] = session.get_service_model(name)
        names = {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", it).lower(): it for it in models[name].operation_names}
        if operation not in names:
            report(f"{path}: aws {service} {operation}", False, "there is no such operation")
            continue
        shape = models[name].operation_model(names[operation]).input_shape
        body = load(folder, path)
        found = ParamValidator().validate(body, shape)
        detail = found.generate_report() if found.has_errors() else ""
        detail += "".join(f"{it}\n" for it in beyond(shape, body, ""))
        report(f"{path}: aws {service} {operation}", not detail, detail)


def beyond(shape, value, path):
    """What the model says and the CLI leaves to the service: enums and patterns."""
    kind = shape.type_name
    if kind == "structure":
        for name, inner in value.items():
            if name in shape.members:
                yield from beyond(shape.members[name], inner, f"{path}.{name}")
    elif kind == "list":
        for index, inner in enumerate(value):
            yield from beyond(shape.member, inner, f"{path}[{index}]")
    elif kind == "map":
        for name, inner in value.items():
            yield from beyond(shape.key, name, f"{path}.{name} (key)")
            yield from beyond(shape.value, inner, f"{path}.{name}")
    elif kind == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path} is {value!r}, which is none of the model's values"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(r"\\p\{|\[:", pattern) and not re.fullmatch(pattern, value):
            yield f"{path} is {value!r}, which is not of the form {pattern}"
        longest = shape.metadata.get("max")
        if longest and len(value) > longest:
            yield f"{path} has {len(value)} characters, the model allows {longest}"


# CloudFormation

def capital(value, keep=()):
    """The API's names as CloudFormation writes them."""
    if isinstance(value, list):
        return [capital(it, keep) for it in value]
    if isinstance(value, dict):
        return {name[0].upper() + name[1:]: inner if name in keep else capital(inner, keep) for name, inner in value.items()}
    return value


def template(folder, calls):
    """A CloudFormation template with everything of the bundle that CloudFormation knows."""
    resources = {}
    for service, operation, path in calls:
        body = load(folder, path)
        name = re.sub(r"[^A-Za-z0-9]", "", path)
        made = resource(service, operation, body)
        if made:
            resources[name] = made
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def resource(service, operation, body):
    match (service, operation):
        case ("codepipeline", "create-pipeline"):
            properties = capital(body["pipeline"], keep=("configuration",))
            return {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}
        case ("codebuild", "create-project"):
            body = dict(body)
            body.pop("tags", None)
            source = body["source"]
            if "buildspec" in source:
                source["BuildSpec"] = source.pop("buildspec")
            return {"Type": "AWS::CodeBuild::Project", "Properties": capital(body)}
        case ("iam", "create-role"):
            properties = {key: body[key] for key in ("RoleName", "Path", "Description", "MaxSessionDuration") if key in body}
            properties["AssumeRolePolicyDocument"] = json.loads(body["AssumeRolePolicyDocument"])
            return {"Type": "AWS::IAM::Role", "Properties": properties}
        case ("iam", "put-role-policy"):
            return {"Type": "AWS::IAM::RolePolicy", "Properties": {**body, "PolicyDocument": json.loads(body["PolicyDocument"])}}
        case ("s3api", "put-bucket-policy"):
            return {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": body["Bucket"], "PolicyDocument": json.loads(body["Policy"])}}
        case ("kms", "create-key"):
            return {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": {"KeyPolicy": json.loads(body["Policy"]), "Description": body.get("Description", "")}}
        case ("events", "put-rule"):
            properties = {key: body[key] for key in ("Name", "Description", "State") if key in body}
            return {"Type": "AWS::Events::Rule", "Properties": {**properties, "EventPattern": json.loads(body["EventPattern"])}}
        case ("ecr", "create-repository"):
            properties = {key: value for key, value in capital(body).items() if key in ("RepositoryName", "ImageTagMutability", "ImageTagMutabilityExclusionFilters", "ImageScanningConfiguration")}
            filters = properties.get("ImageTagMutabilityExclusionFilters")
            if filters:
                properties["ImageTagMutabilityExclusionFilters"] = [
                    {"ImageTagMutabilityExclusionFilterType": it["FilterType"], "ImageTagMutabilityExclusionFilterValue": it["Filter"]} for it in filters
                ]
            return {"Type": "AWS::ECR::Repository", "Properties": properties}
        case ("ecs", "register-task-definition"):
            properties = capital(body, keep=("options", "dockerLabels"))
            properties.pop("Tags", None)
            return {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}
        case ("deploy", "create-application"):
            return {"Type": "AWS::CodeDeploy::Application", "Properties": {"ApplicationName": body["applicationName"], "ComputePlatform": body["computePlatform"]}}
    return None


def lint_template(made):
    from cfnlint.api import lint
    from cfnlint.core import get_rules

    return lint(json.dumps(made, indent=1), get_rules([], [], ["E", "W"]), ["ap-northeast-2"])


def cloudformation(folder, calls):
    made = template(folder, calls)
    kinds = sorted({it["Type"] for it in made["Resources"].values()})
    report("cfn-lint is given pipelines, projects, roles, policies and more", len(kinds) >= 8 and "AWS::CodePipeline::Pipeline" in kinds, str(kinds))
    found = lint_template(made)
    findings = [
        {"rule": it.rule.id, "message": f"{'/'.join(map(str, it.path or []))}: {it.message}"}
        for it in found
    ]
    report("cfn-lint", True, findings=findings)
    for title, rule, spoil in (
        ("a pipeline that does not begin with a source", "E3700", lambda it: it["Stages"].reverse()),
        ("an action without what is required", "E3003", lambda it: it["Stages"][0]["Actions"][0].pop("ActionTypeId")),
        ("a build without an input", "E3702", lambda it: it["Stages"][1]["Actions"][0].update(InputArtifacts=[])),
    ):
        broken = json.loads(json.dumps(made))
        pipeline = next(it for it in broken["Resources"].values() if it["Type"] == "AWS::CodePipeline::Pipeline")
        spoil(pipeline["Properties"])
        broken["Resources"] = {"Pipeline": pipeline}
        rules = sorted({it.rule.id for it in lint_template(broken)})
        report(f"cfn-lint is awake: it sees {title}", rule in rules, f"{rule} is not among {rules}")


def specifications(folder):
    """Another YAML parser than ours, and the tree that AWS documents."""
    import yaml

    with open(os.path.join(folder, "repository", "buildspec.yml")) as file:
        spec = yaml.safe_load(file)
    phases = {"install", "pre_build", "build", "post_build"}
    known = {"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"}
    report("buildspec.yml is of version 0.2", spec["version"] == 0.2)
    report("buildspec.yml holds nothing that CodeBuild does not know", set(spec) <= known and set(spec["phases"]) <= phases, str(list(spec)))
    commands = [it for phase in spec["phases"].values() for it in phase.get("commands", []) + phase.get("finally", [])]
    report("commands of buildspec.yml are text", all(isinstance(it, str) for it in commands), str([it for it in commands if not isinstance(it, str)]))
    for name in environments(folder):
        with open(os.path.join(folder, "repository", "deploy", name, "appspec.yaml")) as file:
            spec = yaml.safe_load(file)
        service = spec["Resources"][0]["TargetService"]
        properties = service["Properties"]
        balance = properties["LoadBalancerInfo"]
        report(
            f"{name}: appspec.yaml has the tree that CodeDeploy documents",
            (spec["version"], service["Type"], properties["TaskDefinition"]) == (0.0, "AWS::ECS::Service", "<TASK_DEFINITION>")
            and isinstance(balance["ContainerName"], str) and isinstance(balance["ContainerPort"], int),
            json.dumps(spec),
        )
        container = load(folder, f"repository/deploy/{name}/taskdef.json")["containerDefinitions"][0]
        report(
            f"{name}: appspec.yaml names a container and port of taskdef.json",
            container["name"] == balance["ContainerName"] and balance["ContainerPort"] in [it["containerPort"] for it in container["portMappings"]],
        )


def policies(folder):
    logging.disable(logging.CRITICAL)
    from parliament import analyze_policy_string

    wrong = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ReadObject", "Resource": "*"}}'
    rules = [it.issue for it in analyze_policy_string(wrong).findings]
    report("parliament's eyes are open: it sees an action that does not exist", "UNKNOWN_ACTION" in rules, str(rules))
    for place, _, files in sorted(os.walk(folder)):
        if os.path.basename(os.path.dirname(place)) != "policies" and os.path.basename(place) != "policies":
            continue
        for file in sorted(files):
            if not file.endswith(".json"):
                continue
            path = os.path.relpath(os.path.join(place, file), folder)
            document = load(place, file)
            if file.endswith(".trust.json"):
                # parliament knows no trust policies: what it asks for and AWS forbids is put in.
                for statement in document["Statement"]:
                    statement["Resource"] = "arn:aws:iam::111122223333:role/this"
            analyzed = analyze_policy_string(json.dumps(document))
            findings = [
                {"rule": it.issue, "message": f"{path}: {it.detail or ''} {it.location or ''}"}
                for it in analyzed.findings
            ]
            report(f"parliament: {path}", True, findings=findings)


if __name__ == "__main__":
    folder = sys.argv[1]
    calls = bodies(folder)
    report("the bundle lists its calls", len(calls) >= 60, f"{len(calls)} calls")
    parameters(folder, calls)
    specifications(folder)
    cloudformation(folder, calls)
    policies(folder)
