"""Mends single answers of the emulators, so that one gap does not hide all that comes after it.

Which ones are mended, and why, is listed in tests/support/gaps.rs. Each bridge asks the emulator
first, and counts whether it was needed: one that is not fails the test that uses it.
"""

import io
import json
import threading


class Bridged:
    """A WSGI application around moto."""

    def __init__(self, app, names):
        self.app = app
        self.bridges = {name: BRIDGES[name] for name in names}
        self.needed = dict.fromkeys(names, 0)
        self.memory = {}

    def __call__(self, environ, start):
        if environ["PATH_INFO"] == "/bridges":
            body = json.dumps(self.needed).encode()
            start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        request = Request(environ, body)
        answer = self.ask(request)
        for name, bridge in self.bridges.items():
            mended = bridge(self, request, answer)
            if mended is not None:
                self.needed[name] += 1
                answer = mended
        status, headers, content = answer
        headers = [it for it in headers if it[0].lower() != "content-length"]
        start(status, [*headers, ("Content-Length", str(len(content)))])
        return [content]

    def ask(self, request, body=None):
        body = request.body if body is None else body
        environ = {**request.environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        said = []
        try:
            content = b"".join(
                self.app(environ, lambda status, headers, _=None: said.extend((status, headers)))
            )
        except NotImplementedError as error:
            return "501 Not Implemented", [], str(error).encode()
        return said[0], said[1], content


class Request:
    def __init__(self, environ, body):
        self.environ = environ
        self.body = body
        self.target = environ.get("HTTP_X_AMZ_TARGET", "")
        self.query = environ.get("QUERY_STRING", "")
        self.method = environ["REQUEST_METHOD"]

    def json(self):
        return json.loads(self.body)


def succeeded(answer):
    return answer[0].startswith("2")


def changed(answer, content, status=None):
    return status or answer[0], answer[1], content


def create_project(bridged, request, answer):
    """A location that is none is put in, and taken out of whatever is answered later."""
    none = "in-the-pipeline"
    if request.target.endswith(".CreateProject") and not succeeded(answer):
        body = request.json()
        for place in ("source", "artifacts"):
            if body[place].get("type") == "CODEPIPELINE":
                body[place]["location"] = none
        answer = bridged.ask(request, json.dumps(body).encode())
    if none.encode() not in answer[2]:
        return None
    found = json.loads(answer[2])
    for project in [*found.get("projects", []), *filter(None, [found.get("project")])]:
        for place in ("source", "artifacts"):
            if project[place].get("location") == none:
                del project[place]["location"]
    return changed(answer, json.dumps(found).encode())


def get_bucket_versioning(bridged, request, answer):
    if request.method != "GET" or request.query.split("=")[0].split("&")[0] != "versioning":
        return None
    if b"GetBucketVersioningResponse" not in answer[2]:
        return None
    return changed(answer, answer[2].replace(b"GetBucketVersioningResponse", b"VersioningConfiguration"))


def repository_tags(bridged, request, answer):
    tags = bridged.memory.setdefault("tags", {})
    if request.target.endswith("CodeCommit_20150413.CreateRepository") and succeeded(answer):
        tags[json.loads(answer[2])["repositoryMetadata"]["Arn"]] = request.json().get("tags", {})
    if not request.target.endswith("CodeCommit_20150413.ListTagsForResource") or succeeded(answer):
        return None
    found = json.dumps({"tags": tags.get(request.json()["resourceArn"], {})}).encode()
    headers = [("Content-Type", "application/x-amz-json-1.1")]
    return "200 OK", headers, found


def test_event_pattern(bridged, request, answer):
    """The matcher that moto uses for rules is asked."""
    if not request.target.endswith(".TestEventPattern") or answer[2]:
        return None
    from moto.events.models import EventPattern

    body = request.json()
    matches = EventPattern.load(body["EventPattern"]).matches_event(json.loads(body["Event"]))
    headers = [("Content-Type", "application/x-amz-json-1.1")]
    return "200 OK", headers, json.dumps({"Result": matches}).encode()


def mend_ministack(names):
    """ministack is mended inside: what it decides by cannot be seen on the wire."""
    from ministack.core import iam_evaluator
    from ministack.core.router import extract_access_key_id
    from ministack.services import iam, s3

    needed = dict.fromkeys(names, 0)
    resolve = iam_evaluator._resolve_condition_key
    foreign = s3._foreign_bucket_allows
    caller = threading.local()

    def foreign_with_caller(owner, bucket, key, method, query, account, headers=None):
        """Whoever asks for a bucket of another account is taken for its root: who it is is kept."""
        known = iam_evaluator.resolve_credential(extract_access_key_id(headers or {}, query), account)
        caller.arn = getattr(known, "principal_arn", None)
        try:
            return foreign(owner, bucket, key, method, query, account, headers)
        finally:
            caller.arn = None

    def of_role(value, context):
        if str(value).endswith(":root"):
            value = getattr(caller, "arn", None) or value
        if ":assumed-role/" not in str(value):
            return value
        role = iam._roles.get_scoped(value.split(":")[4], None, value.split("/")[1]) or {}
        return role.get("Arn", value)

    def of_bucket(value, context):
        if not context.resource_arn.startswith("arn:aws:s3:::"):
            return value
        return s3._bucket_owner_account(context.resource_arn[13:].split("/")[0]) or value

    mends = {"aws:PrincipalArn": of_role, "aws:ResourceAccount": of_bucket}
    mends = {name.lower(): (name, mends[name]) for name in names}

    def mended(key, context):
        value = resolve(key, context)
        if key.lower() not in mends:
            return value
        name, mend = mends[key.lower()]
        better = mend(value, context)
        needed[name] += better != value
        return better

    iam_evaluator._resolve_condition_key = mended
    s3._foreign_bucket_allows = foreign_with_caller
    return needed


BRIDGES = {
    "events:TestEventPattern": test_event_pattern,
    "codebuild:CreateProject": create_project,
    "s3:GetBucketVersioning": get_bucket_versioning,
    "codecommit:ListTagsForResource": repository_tags,
}
