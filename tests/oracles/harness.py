"""What the checks share: clients for every account, and the ways to say what is expected.

Every check prints one JSON line. What is expected is taken from AWS's documentation or from
botocore's models, never from what was answered; `source` or `origin` says from where.
"""

import contextlib
import json
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import wire

REGION = "ap-northeast-2"
SHARED, DEV, STG, PRD = "202949997891", "558846431111", "558846432222", "558846433333"

# Codes that every service may answer, wherever the model of the operation does not list them.
# Source: "Common errors" in the API Reference of each service.
COMMON = {
    "AccessDenied",
    "AccessDeniedException",
    "ValidationError",
    "ValidationException",
    "SerializationException",
    "UnknownOperationException",
    "InvalidAction",
    "MissingParameter",
}


class Unexpected(Exception):
    """A check that does not hold."""


class World:
    def __init__(self, endpoint, accounts):
        self.endpoint = endpoint
        self.accounts = accounts
        self.boto = boto3.Session(region_name=REGION)
        self.clients = {}
        self.wire = []
        self.look = True
        self.failed = 0
        self.titles = set()

    # Clients

    def client(self, service, account=SHARED, region=REGION, keys=None, validate=True, **config):
        """A client as an account's administrator, or with keys (id, secret, token)."""
        key = (service, account, region, keys, validate, tuple(sorted(config)))
        if key in self.clients:
            return self.clients[key]
        if keys is None:
            given = self.accounts[account]
            keys = (given["accessKeyId"], given["secretAccessKey"], None)
        client = self.boto.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=keys[2],
            config=Config(
                retries={"total_max_attempts": 1},
                parameter_validation=validate,
                proxies={},
                connect_timeout=5,
                read_timeout=20,
                **config,
            ),
        )
        client.meta.events.register(f"before-parse.{client.meta.service_model.service_id.hyphenize()}", self._look)
        self.clients[key] = client
        return client

    def session(self, account, role, service, **more):
        """A client with the session of a role."""
        credentials = self.client("sts", account).assume_role(
            RoleArn=role, RoleSessionName="checks", **more
        )["Credentials"]
        keys = tuple(credentials[it] for it in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        return self.client(service, account, keys=keys)

    def _look(self, operation_model, response_dict, **_):
        if self.look:
            self.wire += wire.problems(operation_model, response_dict)

    # Saying what is expected

    @contextlib.contextmanager
    def check(self, title, source=""):
        """The block must run through, and every answer in it must have the form of the model."""
        self.wire = []
        detail = ""
        try:
            yield
        except Unexpected as error:
            detail = str(error)
        except ClientError as error:
            detail = f"answered with {error}"
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            detail = f"{type(error).__name__}: {error} (line {last.lineno}: {last.line})"
        if not detail and self.wire:
            detail = "\n".join(self.wire[:8])
        self._report(title, source, detail)

    def refuses(self, title, code, call, *, origin="", documented=False, status=None, says=None, **arguments):
        """The call must be answered with an error code, which the model of the operation must
        list: an expectation that is nobody's but ours says nothing. `documented` is for codes that
        AWS documents elsewhere; `origin` then says where."""
        with self.check(title, origin):
            client = call.__self__
            operation = client.meta.service_model.operation_model(
                client.meta.method_to_api_mapping[call.__name__]
            )
            codes = [code] if isinstance(code, str) else list(code)
            shapes = {
                it.metadata.get("error", {}).get("code", it.name): it
                for it in operation.error_shapes
            }
            if not documented:
                for it in codes:
                    if it not in shapes and it not in COMMON:
                        raise Unexpected(
                            f"the check is wrong: {operation.name} cannot answer {it}, "
                            f"only {', '.join(shapes)}"
                        )
            try:
                answer = call(**arguments)
            except ClientError as error:
                got = error.response["Error"]
                answered = error.response["ResponseMetadata"]["HTTPStatusCode"]
            else:
                answer.pop("ResponseMetadata", None)
                raise Unexpected(f"was expected to answer {' or '.join(codes)}, went through: {answer}")
            if got["Code"] not in codes:
                raise Unexpected(
                    f"was expected to answer {' or '.join(codes)}, answered "
                    f"{got['Code']}: {got.get('Message')}"
                )
            wanted = status
            if wanted is None:
                shape = shapes.get(got["Code"])
                if client.meta.service_model.resolved_protocol == "json" or shape is None:
                    wanted = 400
                else:
                    wanted = shape.metadata.get("error", {}).get("httpStatusCode", 400)
            if answered != wanted:
                raise Unexpected(f"was expected to answer HTTP {wanted}, answered {answered}")
            message = got.get("Message", "")
            if not message and got["Code"] not in wire.SILENT and operation.http.get("method") != "HEAD":
                raise Unexpected("the error has no message")
            if says and says not in message:
                raise Unexpected(f"was expected to say {says!r}, said {message!r}")

    def _report(self, title, source, detail):
        if title in self.titles:
            detail = detail or "two checks have this name"
        self.titles.add(title)
        self.failed += bool(detail)
        line = {"check": title, "ok": not detail}
        if detail:
            line.update(detail=detail, source=source)
        print(json.dumps(line), flush=True)


def same(found, wanted, what="the value"):
    if found != wanted:
        raise Unexpected(f"{what}: expected {short(wanted)}, found {short(found)}")


def holds(condition, what):
    if not condition:
        raise Unexpected(what)


def has(value, *names):
    """The members that AWS always answers."""
    missing = [name for name in names if name not in value]
    if missing:
        raise Unexpected(f"missing: {', '.join(missing)}; there are: {', '.join(value)}")


def lacks(value, *names):
    there = [name for name in names if name in value]
    if there:
        raise Unexpected(f"not expected: {', '.join(there)}")


def fits(value, pattern, what="the value"):
    import re

    if not re.fullmatch(pattern, value):
        raise Unexpected(f"{what}: {value!r} does not have the form {pattern}")


def tags(listed, key="Key", value="Value"):
    return {it[key]: it[value] for it in listed}


def short(value):
    text = repr(value)
    return text if len(text) < 600 else text[:600] + "..."


def trust(account, service=None):
    """A trust policy for an account or a service."""
    principal = {"Service": service} if service else {"AWS": f"arn:aws:iam::{account}:root"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
            ],
        }
    )


def allow(action, resource="*"):
    """An identity policy of one statement."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
        }
    )


# What every service must refuse

REFUSALS = {
    # Source: IAM API Reference, "Common errors"; STS and ELB word it the same way.
    "query": ("SignatureDoesNotMatch", "InvalidClientTokenId", "InvalidClientTokenId", 403),
    # Source: DynamoDB Developer Guide, "Error handling", which describes the codes of the JSON
    # protocol's front end.
    "json": (
        "InvalidSignatureException",
        "UnrecognizedClientException",
        "UnrecognizedClientException",
        400,
    ),
    # Source: S3 API Reference, "Error responses".
    "rest-xml": ("SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidAccessKeyId", 403),
}


def signatures(w, service, method, **arguments):
    """A wrong secret, an unknown key, and a session's key without its token."""
    given = w.accounts[SHARED]
    # IAM takes a session of GetSessionToken only with a second factor.
    session = w.client("sts").get_session_token(
        SerialNumber=f"arn:aws:iam::{SHARED}:mfa/phone", TokenCode="123456"
    )["Credentials"]
    protocol = w.client(service).meta.service_model.resolved_protocol
    mismatch, unknown, tokenless, status = REFUSALS[protocol]
    for title, code, keys in (
        ("a wrong secret", mismatch, (given["accessKeyId"], "x" * 40, None)),
        ("an unknown access key", unknown, ("AKIAUNKNOWNUNKNOWN22", "x" * 40, None)),
        (
            "a session's key without its token",
            tokenless,
            (session["AccessKeyId"], session["SecretAccessKey"], None),
        ),
    ):
        w.refuses(
            f"{service} refuses {title}",
            code,
            getattr(w.client(service, keys=keys), method),
            documented=True,
            status=status,
            origin='the "Common errors" page of the service\'s API Reference',
            **arguments,
        )
    with w.check(f"{service} takes a session's key with its token"):
        keys = tuple(session[it] for it in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        getattr(w.client(service, keys=keys), method)(**arguments)


def send(w, service, *, method="POST", path="/", headers=None, body=b"", account=SHARED, signed=True,
         at=None, region=REGION, instead=None):
    """A request made by hand, for what boto3 cannot send: (status, headers, body)."""
    import datetime
    from unittest import mock

    import urllib3
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest(method, w.endpoint + path, headers=headers or {}, data=body)
    if service == "s3":
        request.context["payload_signing_enabled"] = True
    if signed:
        given = w.accounts[account]
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        now = at or datetime.datetime.now(datetime.timezone.utc)
        with mock.patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
            signer(
                Credentials(given["accessKeyId"], given["secretAccessKey"]), service, region
            ).add_auth(request)
    prepared = request.prepare()
    answer = urllib3.PoolManager().request(
        method, prepared.url, headers=dict(prepared.headers), body=instead or prepared.body, retries=False, timeout=20
    )
    return answer.status, answer.headers, answer.data
