"""What nobody should send, and more at once than anybody should.

What is expected: an answer to everything that is HTTP, in the error form of the protocol, and a sandbox that is
as it was. Source of the forms: botocore's models; S3 API Reference, "Error responses".
"""

import json
import os
import random
import re
import socket
import threading
import time

import urllib3
from botocore.config import Config
from cast import doc, may, to
from harness import DEV, PRD, REGION, SHARED, STG, holds, same, send

CHANCE = random.Random(20_260_101)


def raw(w, data, patience=10, half=False):
    """Sends bytes, and reads until the other side closes or falls silent."""
    host, port = w.endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=patience) as stream:
        try:
            stream.sendall(data)
            if half:
                stream.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        stream.settimeout(patience)
        answer = b""
        try:
            while chunk := stream.recv(65536):
                answer += chunk
                if b"\r\n\r\n" in answer:
                    head, _, body = answer.partition(b"\r\n\r\n")
                    length = re.search(rb"(?i)content-length: *(\d+)", head)
                    if length and len(body) >= int(length[1]):
                        break
        except (socket.timeout, ConnectionResetError):
            pass
        return answer


def alive(w):
    same(w.client("sts").get_caller_identity()["Account"], SHARED)


def http(w):
    """Bytes that are no HTTP, or strange HTTP."""
    requests = {
        "nothing": b"", "a line break": b"\r\n\r\n", "zeroes": b"\0" * 4096, "TLS": bytes.fromhex("160301020001000 1fc0303".replace(" ", "")) + os.urandom(200),
        "an unknown version": b"GET / HTTP/9.9\r\n\r\n", "no version": b"GET /\r\n\r\n", "an unknown method": b"FLY / HTTP/1.1\r\nHost: x\r\n\r\n",
        "no host": b"GET / HTTP/1.1\r\n\r\n", "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "an absolute form": b"GET http://s3.amazonaws.com/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "a header without a colon": b"GET / HTTP/1.1\r\nHost: x\r\nNonsense\r\n\r\n", "bytes that are no UTF-8 in a header": b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\xfe\x80\r\n\r\n",
        "bytes that are no UTF-8 in the path": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", "broken escapes": b"GET /%zz%%%2 HTTP/1.1\r\nHost: x\r\n\r\n",
        "an endless path": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", "an endless header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        "thousands of headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(5000)) + b"\r\n",
        "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "an absurd length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", "a length in letters": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        "length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "a chunk of no number": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        "a chunk of all memory": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff0\r\nabc\r\n", "an unknown encoding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        "an upgrade": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "CONNECT": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n", "OPTIONS of everything": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "100 requests in one go": b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n" * 100,
    }
    for title, data in requests.items():
        with w.check(f"HTTP of {title} is answered or closed"):
            began = time.monotonic()
            answer = raw(w, data, patience=8, half=True)
            holds(time.monotonic() - began < 7, "neither answered nor closed within seven seconds")
            if answer:
                status = int(answer.split(b" ", 2)[1])
                holds(200 <= status < 500 or status in (501, 505), f"answered {answer[:300]!r}")
            alive(w)
    with w.check("random bytes in front of, in and behind a request"):
        good = b"POST / HTTP/1.1\r\nHost: sts.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 43\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15"
        for _ in range(300):
            data = bytearray(good)
            for _ in range(CHANCE.randrange(1, 12)):
                at = CHANCE.randrange(len(data))
                data[at:at + CHANCE.randrange(3)] = CHANCE.randbytes(CHANCE.randrange(3))
            answer = raw(w, bytes(data), patience=3, half=True)
            holds(not answer or not answer.startswith(b"HTTP/1.1 5"), f"{bytes(data)!r} answered {answer[:300]!r}")
        alive(w)
    with w.check("a client that sends half of its body and goes"):
        for _ in range(20):
            raw(w, b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc", patience=2, half=True)
        alive(w)


TARGETS = {
    "kms": ("TrentService.DescribeKey", "1.1"), "codepipeline": ("CodePipeline_20150709.CreatePipeline", "1.1"), "codebuild": ("CodeBuild_20161006.CreateProject", "1.1"),
    "codecommit": ("CodeCommit_20150413.CreateCommit", "1.1"), "codedeploy": ("CodeDeploy_20141006.CreateDeploymentGroup", "1.1"), "ecs": ("AmazonEC2ContainerServiceV20141113.CreateService", "1.1"),
    "ecr": ("AmazonEC2ContainerRegistry_V20150921.PutImage", "1.1"), "events": ("AWSEvents.PutTargets", "1.1"), "logs": ("Logs_20140328.PutLogEvents", "1.1"),
    "organizations": ("AWSOrganizationsV20161128.CreatePolicy", "1.1"),
}
BODIES = {
    "no JSON": b"{no", "a list": b"[]", "a number": b"7", "null": b"null", "a text": b'"x"', "bytes that are no UTF-8": b'{"a": "\xff\xfe"}', "a lone surrogate": b'{"a": "\\ud800"}',
    "deep nesting": b'{"a":' * 5000 + b"1" + b"}" * 5000, "deep lists": b'{"Tags":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "zeroes": b"\0" * 1000, "a member twice": b'{"name": "a", "name": "b"}', "a huge number": b'{"limit": 1e999999}', "XML": b"<a/>",
}


def forms(w):
    for service, (target, version) in TARGETS.items():
        with w.check(f"{service} answers bodies that are no input in its own form"):
            for title, body in BODIES.items():
                status, headers, text = send(w, service, headers={"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}, body=body)
                holds(400 <= status < 500, f"{title}: HTTP {status} {text[:200]!r}")
                answer = json.loads(text)
                holds("__type" in answer, f"{title}: {text[:200]!r}")
        with w.check(f"{service} does not know what it does not know"):
            for wrong in (target.split(".")[0] + ".Fly", target.split(".")[0] + ".", "Nobody_20200101." + target.split(".")[1], "." * 50, "x" * 5000):
                status, _, text = send(w, service, headers={"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": wrong}, body=b"{}")
                same(status, 400, f"the status of {wrong[:40]}")
                holds("UnknownOperationException" in json.loads(text)["__type"], f"{wrong[:40]}: {text[:200]!r}")
        with w.check(f"{service} survives members of every other type"):
            for value in (None, True, 7, -1, 1.5, "", "x", [], [None], [[]], {}, {"a": None}, "\u0000", "\U0001f600" * 50, 2**70):
                names = {it: value for it in ("name", "names", "KeyId", "Policy", "Tags", "tags", "pipeline", "repositoryName", "branchName", "cluster", "service", "services", "Rule", "Targets", "Entries", "applicationName", "deploymentGroupName", "logGroupName", "logStreamName", "logEvents", "putFiles", "imageManifest", "loadBalancers", "Content", "Type", "Name", "Description", "environment", "source", "artifacts", "serviceRole")}
                status, _, text = send(w, service, headers={"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}, body=json.dumps(names).encode())
                holds(status < 500, f"{value!r}: HTTP {status} {text[:200]!r}")
                json.loads(text or b"{}")
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    for service, version in (("iam", "2010-05-08"), ("sts", "2011-06-15"), ("elasticloadbalancing", "2015-12-01")):
        with w.check(f"{service} answers forms that are none in its own form"):
            for body in (b"", b"&&&", b"Action", b"Action=", b"Action=Fly&Version=" + version.encode(), b"Action=GetRole&Version=1999-01-01", b"\xff\xfe", b"Action=%ff%zz", b"Action=CreateRole&Tags.member.99999999999999999999.Key=a&Version=" + version.encode(), b"A=" + b"x" * 1_000_000, b"Action=CreateRole&" + b"&".join(b"Tags.member.%d.Key=a" % i for i in range(20000)) + b"&Version=" + version.encode()):
                status, _, text = send(w, service, headers=form, body=body)
                holds(400 <= status < 500, f"{body[:60]!r}: HTTP {status} {text[:200]!r}")
                holds(b"<Code>" in text, f"{body[:60]!r}: {text[:300]!r}")
    with w.check("S3 answers XML that is none in its own form"):
        s3 = w.client("s3")
        s3.create_bucket(Bucket="storm", CreateBucketConfiguration={"LocationConstraint": REGION})
        for query in ("versioning", "encryption", "publicAccessBlock", "ownershipControls", "lifecycle", "tagging", "delete", "notification", "policy"):
            for body in (b"<a", b"<a></b>", b"\xff\xfe", b"<a>" * 3000, b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"<VersioningConfiguration/>" * 2, b"{}", b""):
                status, _, text = send(w, "s3", method="POST" if query == "delete" else "PUT", path=f"/storm?{query}", body=body)
                holds(status < 500 or status == 501, f"{query} {body[:30]!r}: HTTP {status} {text[:200]!r}")
                if status >= 400:
                    holds(b"<Code>" in text, f"{query} {body[:30]!r}: {text[:200]!r}")
    with w.check("S3 survives strange keys"):
        for key in ("a" * 1024, "a/" * 400, "../../etc/passwd", "..", ".", "%00", "a//b", "\u00e9\U0001f600", " ", "?", "#", "a+b", "a\nb", "con", "//"):
            s3.put_object(Bucket="storm", Key=key, Body=key.encode())
            same(s3.get_object(Bucket="storm", Key=key)["Body"].read(), key.encode(), f"the body of {key[:20]!r}")
        same({o["Key"] for p in s3.get_paginator("list_objects_v2").paginate(Bucket="storm") for o in p["Contents"]} >= {"..", "../../etc/passwd", "a+b"}, True)
        status, _, text = send(w, "s3", method="PUT", path="/storm/" + "a" * 1025, body=b"x")
        same((status, b"KeyTooLongError" in text), (400, True), f"a key of 1025 letters: {text[:200]!r}")
    with w.check("a content type that is another's is answered"):
        for kind in ("", "text/plain", "application/json", "application/x-amz-json-9.9", "multipart/form-data; boundary=x", "\u00ff", "application/cbor"):
            status, _, text = send(w, "kms", headers={"Content-Type": kind, "X-Amz-Target": "TrentService.ListKeys"}, body=b"{}")
            holds(status < 500, f"{kind}: {status} {text[:100]!r}")
    with w.check("CBOR that is none is answered"):
        for body in (b"", b"\xff" * 100, b"\xbf" * 10_000, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", os.urandom(500)):
            status, _, text = send(w, "codeconnections", path="/service/CodeConnections_20231201/operation/ListConnections", headers={"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, body=body)
            holds(status < 500, f"{body[:10]!r}: {status} {text[:100]!r}")
    with w.check("authorizations that are none are refused"):
        for header in ("", "x", "Basic YTpi", "AWS a:b", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=x", "AWS4-HMAC-SHA256 " + "Credential=a/20200101/r/s/aws4_request," * 1000, "AWS4-ECDSA-P256-SHA256 Credential=a/20200101/s/aws4_request, SignedHeaders=host, Signature=x"):
            for target in ({"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}, {"Content-Type": "application/x-www-form-urlencoded"}, {}):
                answer = urllib3.PoolManager().request("POST", w.endpoint + "/", headers={**target, "Authorization": header}, body=b"{}", retries=False, timeout=10)
                holds(400 <= answer.status < 500, f"{header[:40]}: {answer.status} {answer.data[:200]!r}")
    alive(w)


def huge(w):
    # A build without optimisation takes its time to hash.
    given = w.accounts[SHARED]
    s3 = w.boto.client("s3", endpoint_url=w.endpoint, aws_access_key_id=given["accessKeyId"], aws_secret_access_key=given["secretAccessKey"], config=Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=180))
    body = os.urandom(1 << 20) * 100
    with w.check("an object of 100 MB is taken and given back"):
        s3.put_object(Bucket="storm", Key="huge", Body=body)
        same(s3.head_object(Bucket="storm", Key="huge")["ContentLength"], len(body))
        got = s3.get_object(Bucket="storm", Key="huge", Range="bytes=104857590-")["Body"].read()
        same(got, body[104857590:])
        s3.delete_object(Bucket="storm", Key="huge")
    for title, target, service in (("JSON", {"X-Amz-Target": "CodeCommit_20150413.PutFile", "Content-Type": "application/x-amz-json-1.1"}, "codecommit"), ("a form", {"Content-Type": "application/x-www-form-urlencoded"}, "iam")):
        with w.check(f"100 MB of {title} are refused and not held"):
            status, _, text = send(w, service, headers=target, body=b"a" * len(body))
            holds(status in (400, 413), f"HTTP {status} {text[:200]!r}")
            alive(w)
    with w.check("more than a service takes is refused in its form"):
        events = w.client("events")
        try:
            events.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": json.dumps({"x": "y" * 1_100_000})}])
        except events.exceptions.ClientError as error:
            same(error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 413), True)
        else:
            holds(False, "an event of more than 1 MB went through")


def crowd(w):
    """200 clients at once, over calls of every kind; every one is answered, and what is there adds up."""
    faults, made, lock = [], [], threading.Lock()
    config = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=60, connect_timeout=30, max_pool_connections=1)
    accounts = (SHARED, DEV, STG, PRD)
    clients = []
    session = w.boto
    for number in range(200):
        account = accounts[number % 4]
        given = w.accounts[account]
        more = dict(endpoint_url=w.endpoint, aws_access_key_id=given["accessKeyId"], aws_secret_access_key=given["secretAccessKey"], config=config)
        clients.append((number, account, {it: session.client(it, **more) for it in (("iam", "s3"), ("kms", "sts"), ("codecommit", "ecr"), ("events", "logs"), ("ecs", "elbv2"))[number % 5]}))
    w.client("s3").create_bucket(Bucket="crowd", CreateBucketConfiguration={"LocationConstraint": REGION})
    every = [f"arn:aws:iam::{it}:root" for it in accounts]
    w.client("s3").put_bucket_policy(Bucket="crowd", Policy=doc(to({"AWS": every}, "s3:*", ["arn:aws:s3:::crowd", "arn:aws:s3:::crowd/*"])))
    trust = doc(to("ecs.amazonaws.com"))
    start = threading.Barrier(200)

    def work(number, account, of):
        try:
            start.wait()
            for turn in range(5):
                name = f"n{number}-{turn}"
                if "iam" in of:
                    of["iam"].create_role(RoleName=name, AssumeRolePolicyDocument=trust)
                    of["iam"].put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=doc(may("s3:GetObject")))
                    of["s3"].put_object(Bucket="crowd", Key=name, Body=name.encode() * 1000)
                    if of["s3"].get_object(Bucket="crowd", Key=name)["Body"].read() != name.encode() * 1000:
                        raise ValueError("another body")
                elif "kms" in of:
                    key = of["kms"].create_key()["KeyMetadata"]["KeyId"]
                    sealed = of["kms"].encrypt(KeyId=key, Plaintext=name.encode())["CiphertextBlob"]
                    if of["kms"].decrypt(CiphertextBlob=sealed)["Plaintext"] != name.encode():
                        raise ValueError("another plaintext")
                    of["sts"].get_caller_identity()
                elif "codecommit" in of:
                    of["codecommit"].create_repository(repositoryName=name)
                    of["codecommit"].put_file(repositoryName=name, branchName="main", filePath="a", fileContent=name.encode())
                    of["ecr"].create_repository(repositoryName=name)
                elif "events" in of:
                    of["events"].put_rule(Name=name, EventPattern='{"source": ["a"]}')
                    of["logs"].create_log_group(logGroupName=name)
                else:
                    of["ecs"].create_cluster(clusterName=name)
                    of["elbv2"].describe_load_balancers()
                with lock:
                    made.append((account, name, tuple(of)))
        except Exception as error:  # noqa: BLE001
            with lock:
                faults.append(f"{number}: {error!r}")

    threads = [threading.Thread(target=work, args=it, daemon=True) for it in clients]
    with w.check("200 clients at once are all answered"):
        for thread in threads:
            thread.start()
        end = time.monotonic() + 120
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        holds(not any(t.is_alive() for t in threads), "some wait for an answer still")
        same(faults, [], "the faults")
        same(len(made), 1000, "what was made")
    with w.check("what 200 clients made is there, each in its account"):
        for account in accounts:
            mine = [m for m in made if m[0] == account]
            roles = {r["RoleName"] for p in w.client("iam", account).get_paginator("list_roles").paginate() for r in p["Roles"] if not r["RoleName"].startswith("AWSServiceRole")}
            same({m[1] for m in mine if "iam" in m[2]}, roles)
            keys = sum(len(p["Keys"]) for p in w.client("kms", account).get_paginator("list_keys").paginate())
            same(keys, sum("kms" in m[2] for m in mine))
            repositories = {r["repositoryName"] for p in w.client("codecommit", account).get_paginator("list_repositories").paginate() for r in p["repositories"]}
            same({m[1] for m in mine if "codecommit" in m[2]}, repositories)
            same({r["Name"] for r in rules(w, account)}, {m[1] for m in mine if "events" in m[2]})
        objects = {o["Key"] for p in w.client("s3").get_paginator("list_objects_v2").paginate(Bucket="crowd") for o in p["Contents"]}
        same(objects, {m[1] for m in made if "iam" in m[2]})
    with w.check("200 clients want the same name, and one gets it"):
        won = []
        start.reset()

        def want(number):
            client = w.boto.client("iam", endpoint_url=w.endpoint, aws_access_key_id=w.accounts[SHARED]["accessKeyId"], aws_secret_access_key=w.accounts[SHARED]["secretAccessKey"], config=config)
            start.wait()
            try:
                client.create_role(RoleName="the-one", AssumeRolePolicyDocument=trust)
                won.append("made")
            except client.exceptions.EntityAlreadyExistsException:
                won.append("taken")
            except Exception as error:  # noqa: BLE001
                won.append(repr(error))

        threads = [threading.Thread(target=want, args=(n,), daemon=True) for n in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        same((won.count("made"), won.count("taken")), (1, 199))


def rules(w, account):
    events, token, found = w.client("events", account), {}, []
    while True:
        page = events.list_rules(**token)
        found += page["Rules"]
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


def silent(w):
    """Clients that stop in the middle of a body: the answers, when they come."""
    answers = []

    def stop():
        began = time.monotonic()
        answer = raw(w, b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc", patience=40)
        answers.append((answer, time.monotonic() - began))

    threads = [threading.Thread(target=stop, daemon=True) for _ in range(20)]
    for thread in threads:
        thread.start()
    return threads, answers


def run(w):
    w.look = False
    threads, answers = silent(w)
    http(w)
    with w.check("clients that fall silent in the middle of a body hold nobody up, and are told"):
        for thread in threads:
            thread.join(60)
        same(len(answers), 20)
        for answer, took in answers:
            holds(b"<Code>RequestTimeout</Code>" in answer and took < 35, f"{took:.0f} s: {answer[:300]!r}")
    forms(w)
    huge(w)
    crowd(w)
