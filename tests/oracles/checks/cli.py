"""The AWS CLI itself, as a person types it: `AWS_ENDPOINT_URL`, profiles, `--cli-input-json`."""

import base64
import json
import os
import subprocess
import sys
import tempfile

from harness import DEV, REGION, SHARED, Unexpected, allow, fits, has, holds, same, trust

from . import codebuild, codepipeline, events, ground


def run(w):
    with tempfile.TemporaryDirectory() as folder:
        Cli(w, folder).run()


class Cli:
    def __init__(self, w, folder):
        self.w = w
        self.folder = folder
        config, credentials = os.path.join(folder, "config"), os.path.join(folder, "credentials")
        with open(credentials, "w") as file:
            for name, account in (("shared", SHARED), ("dev-admin", DEV)):
                keys = w.accounts[account]
                file.write(f"[{name}]\naws_access_key_id = {keys['accessKeyId']}\naws_secret_access_key = {keys['secretAccessKey']}\n")
        with open(config, "w") as file:
            file.write(f"[profile shared]\nregion = {REGION}\n")
            file.write(f"[profile dev-admin]\nregion = {REGION}\n")
            file.write(f"[profile dev]\nregion = {REGION}\nrole_arn = arn:aws:iam::{DEV}:role/Admin\nsource_profile = shared\nexternal_id = bys\n")
        self.environment = {
            **os.environ,
            "AWS_CONFIG_FILE": config,
            "AWS_SHARED_CREDENTIALS_FILE": credentials,
            "AWS_ENDPOINT_URL": w.endpoint,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
            "HOME": folder,
        }

    def aws(self, *words, profile="shared", code=0):
        program = os.path.join(os.path.dirname(sys.executable), "aws")
        done = subprocess.run([sys.executable, program, "--profile", profile, *words], env=self.environment, capture_output=True, text=True, timeout=60, cwd=self.folder)
        if done.returncode != code:
            raise Unexpected(f"aws {' '.join(words[:2])} ended with {done.returncode}, not {code}: {done.stderr.strip() or done.stdout.strip()}")
        if code:
            return done.stderr.strip()
        try:
            return json.loads(done.stdout) if done.stdout.strip() else {}
        except ValueError:
            return done.stdout

    def body(self, name, value):
        with open(os.path.join(self.folder, name), "w") as file:
            json.dump(value, file)
        return f"file://{name}"

    def run(self):
        w, aws = self.w, self.aws
        with w.check("aws sts get-caller-identity"):
            same(aws("sts", "get-caller-identity")["Account"], SHARED)
        with w.check("aws iam create-role --cli-input-json"):
            document = json.loads(trust(SHARED))
            document["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "bys"}}
            made = aws("iam", "create-role", "--cli-input-json", self.body("role.json", {"RoleName": "Admin", "AssumeRolePolicyDocument": json.dumps(document)}), profile="dev-admin")
            same(made["Role"]["Arn"], f"arn:aws:iam::{DEV}:role/Admin")
            aws("iam", "put-role-policy", "--role-name", "Admin", "--policy-name", "all", "--policy-document", allow("*"), profile="dev-admin")
        with w.check("aws with a profile that assumes a role in another account"):
            me = aws("sts", "get-caller-identity", profile="dev")
            same(me["Account"], DEV)
            fits(me["Arn"], rf"arn:aws:sts::{DEV}:assumed-role/Admin/botocore-session-\d+")
        with w.check("an error ends the CLI with AWS's sentence"):
            said = aws("iam", "get-role", "--role-name", "absent", code=255)
            holds("An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name absent cannot be found." in said, f"it said {said!r}")
        with w.check("aws iam list-roles --query"):
            same(aws("iam", "list-roles", "--query", "Roles[].RoleName", profile="dev-admin"), ["Admin"])
        with w.check("aws s3 mb, cp, ls, presign and rb"):
            aws("s3", "mb", "s3://bys-cli")
            with open(os.path.join(self.folder, "file.txt"), "w") as file:
                file.write("hello")
            aws("s3", "cp", "file.txt", "s3://bys-cli/folder/file.txt")
            holds("file.txt" in aws("s3", "ls", "s3://bys-cli/folder/"), "it is not listed")
            same(aws("s3", "cp", "s3://bys-cli/folder/file.txt", "-").strip(), "hello")
            aws("s3", "rb", "s3://bys-cli", "--force")
        with w.check("aws s3api create-bucket --cli-input-json"):
            aws("s3api", "create-bucket", "--cli-input-json", self.body("bucket.json", {"Bucket": "bys-artifacts", "CreateBucketConfiguration": {"LocationConstraint": REGION}}))
            same(aws("s3api", "get-bucket-location", "--bucket", "bys-artifacts")["LocationConstraint"], REGION)
        with w.check("aws kms create-key, encrypt and decrypt"):
            key = aws("kms", "create-key", "--description", "cli")["KeyMetadata"]["KeyId"]
            sealed = aws("kms", "encrypt", "--key-id", key, "--plaintext", "secret")["CiphertextBlob"]
            with open(os.path.join(self.folder, "sealed"), "wb") as file:
                file.write(base64.b64decode(sealed))
            opened = aws("kms", "decrypt", "--ciphertext-blob", "fileb://sealed")["Plaintext"]
            same(base64.b64decode(opened), b"secret")
        with w.check("aws codecommit create-repository and put-file"):
            aws("codecommit", "create-repository", "--repository-name", "awssdk-iam")
            made = aws("codecommit", "put-file", "--repository-name", "awssdk-iam", "--branch-name", "develop", "--file-path", "a.txt", "--file-content", "fileb://file.txt")
            same(aws("codecommit", "get-branch", "--repository-name", "awssdk-iam", "--branch-name", "develop")["branch"]["commitId"], made["commitId"])
        with w.check("aws codebuild create-project --cli-input-json"):
            aws("iam", "create-role", "--role-name", "build", "--assume-role-policy-document", trust(None, "codebuild.amazonaws.com"))
            has(aws("codebuild", "create-project", "--cli-input-json", self.body("project.json", codebuild.project()))["project"], "arn")
        with w.check("aws codepipeline create-pipeline --cli-input-json"):
            aws("iam", "create-role", "--role-name", "pipe", "--assume-role-policy-document", trust(None, "codepipeline.amazonaws.com"))
            aws("iam", "put-role-policy", "--role-name", "pipe", "--policy-name", "all", "--policy-document", allow("*"))
            aws("iam", "create-role", "--role-name", "deploy", "--assume-role-policy-document", trust(SHARED), profile="dev-admin")
            made = aws("codepipeline", "create-pipeline", "--cli-input-json", self.body("pipeline.json", {"pipeline": codepipeline.pipeline()}))
            same(made["pipeline"]["version"], 1)
        with w.check("what get-pipeline prints, update-pipeline takes", "CodePipeline User Guide: remove the metadata first"):
            found = aws("codepipeline", "get-pipeline", "--name", "dev-awssdk-iam")
            del found["metadata"]
            same(aws("codepipeline", "update-pipeline", "--cli-input-json", self.body("again.json", found))["pipeline"]["version"], 2)
        with w.check("aws events put-rule and put-targets --cli-input-json"):
            aws("events", "put-rule", "--cli-input-json", self.body("rule.json", {"Name": "start", "EventPattern": json.dumps(events.PATTERN)}))
            same(aws("events", "put-targets", "--cli-input-json", self.body("targets.json", {"Rule": "start", "Targets": [{"Id": "p", "Arn": events.PIPELINE, "RoleArn": events.ROLE}]}))["FailedEntryCount"], 0)
            same(aws("events", "test-event-pattern", "--event-pattern", json.dumps(events.PATTERN), "--event", json.dumps(events.EVENT))["Result"], True)
        with w.check("aws ecr create-repository and get-login-password"):
            aws("ecr", "create-repository", "--repository-name", "dev-awssdk-iam", profile="dev")
            holds(len(str(aws("ecr", "get-login-password", profile="dev")).strip()) > 20, "no password")
        with w.check("aws ecs register-task-definition --cli-input-json"):
            made = aws("ecs", "register-task-definition", "--cli-input-json", self.body("task.json", ground.task(DEV)), profile="dev")
            same(made["taskDefinition"]["revision"], 1)
        with w.check("aws deploy create-application"):
            aws("deploy", "create-application", "--application-name", "dev", "--compute-platform", "ECS", profile="dev")
            same(aws("deploy", "list-applications", profile="dev")["applications"], ["dev"])
        with w.check("aws organizations list-accounts pages by itself"):
            same(len(aws("organizations", "list-accounts", "--page-size", "2")["Accounts"]), 4)
        with w.check("aws --endpoint-url does what AWS_ENDPOINT_URL does"):
            endpoint = self.environment.pop("AWS_ENDPOINT_URL")
            same(aws("sts", "get-caller-identity", "--endpoint-url", endpoint)["Account"], SHARED)
