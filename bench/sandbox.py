#!/usr/bin/env python3
"""Figures of the sandbox, beside moto in the same run:

    cargo build --release
    cargo test --test sandbox_boto3 sts      (makes target/oracles, with boto3 and moto)
    target/oracles/*/bin/python bench/sandbox.py target/release/crosspipe

Servers are bound to the first core and the client to the second. What a request costs is taken from the processor
time of the server, so that a busy machine changes it little.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLES = os.path.join(HERE, "..", "tests", "oracles")
sys.path.insert(0, ORACLES)

import boto3  # noqa: E402
from botocore.auth import S3SigV4Auth, SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

from crossing import ENVIRONMENTS, Crossing, by_service, role, statement  # noqa: E402
from harness import DEV, PRD, REGION, SHARED, STG, World  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
SERVER, CLIENT = 0, (os.cpu_count() or 1) - 1


class Server:
    def __init__(self, arguments):
        self.began = time.monotonic()
        command = ["taskset", "-c", str(SERVER), *arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        self.greeting = json.loads(self.process.stdout.readline())
        self.endpoint = self.greeting["endpoint"]

    def processor(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024

    def stop(self):
        self.process.kill()
        self.process.wait()


def sandbox(program, folder, *more):
    accounts = [part for account in (SHARED, DEV, STG, PRD) for part in ("--account", account)]
    return Server([program, "sandbox", "start", "--json", "--port", "0", "--state", tempfile.mkdtemp(dir=folder), *accounts, *more])


def moto():
    return Server([sys.executable, os.path.join(ORACLES, "serve.py"), "moto"])


def keys(server):
    given = server.greeting.get("accounts", {}).get(SHARED, {})
    return given.get("accessKeyId", "AKIAIOSFODNN7EXAMPLE"), given.get("secretAccessKey", "x" * 40)


def client(server, service):
    id_, secret = keys(server)
    return boto3.client(service, region_name=REGION, endpoint_url=server.endpoint, aws_access_key_id=id_, aws_secret_access_key=secret, config=Config(proxies={}, retries={"total_max_attempts": 1}))


def first_answer(start):
    """Seconds from the start of the process to the answer to a first signed request."""
    server = start()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    host = None if "accounts" in server.greeting else f"sts.{REGION}.amazonaws.com"
    request = signed(server, "sts", host, headers=form, body=b"Action=GetCallerIdentity&Version=2011-06-15")
    status = Line(server.endpoint).ask(request)
    took = time.monotonic() - server.began
    server.stop()
    if status != 200:
        raise SystemExit(f"the first request was answered with {status}")
    return took


def signed(server, service, host, method="POST", path="/", headers=None, body=b""):
    id_, secret = keys(server)
    address = server.endpoint.removeprefix("http://")
    request = AWSRequest(method, f"{server.endpoint}{path}", headers={**(headers or {}), "Host": host or address}, data=body)
    if service == "s3":
        request.context["payload_signing_enabled"] = True
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(id_, secret), service, REGION).add_auth(request)
    lines = [f"{method} {path} HTTP/1.1"] + [f"{name}: {value}" for name, value in request.headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def requests(server, emulator):
    """One of each kind, signed, in the order in which they are sent again and again."""
    iam, kms, s3 = (client(server, it) for it in ("iam", "kms", "s3"))
    iam.create_role(RoleName="bench", AssumeRolePolicyDocument=by_service("ecs.amazonaws.com"))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    s3.create_bucket(Bucket="bench", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="bench", Key="a", Body=b"x" * 1000)
    client(server, "ecs").create_cluster(clusterName="bench")
    client(server, "codecommit").create_repository(repositoryName="bench")
    client(server, "events").put_rule(Name="bench", EventPattern='{"source": ["bench"]}')
    hosts = (lambda name: f"{name}.{REGION}.amazonaws.com") if emulator else (lambda name: None)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    say = lambda target, version="1.1": {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}  # noqa: E731
    text = lambda value: json.dumps(value).encode()  # noqa: E731
    return [
        signed(server, "sts", hosts("sts"), headers=form, body=b"Action=GetCallerIdentity&Version=2011-06-15"),
        signed(server, "iam", "iam.amazonaws.com" if emulator else None, headers=form, body=b"Action=GetRole&Version=2010-05-08&RoleName=bench"),
        signed(server, "kms", hosts("kms"), headers=say("TrentService.DescribeKey"), body=text({"KeyId": key})),
        signed(server, "s3", hosts("s3"), "GET", "/bench/a"),
        signed(server, "s3", hosts("s3"), "PUT", "/bench/a", body=b"y" * 1000),
        signed(server, "ecs", hosts("ecs"), headers=say("AmazonEC2ContainerServiceV20141113.DescribeClusters"), body=text({"clusters": ["bench"]})),
        signed(server, "codecommit", hosts("codecommit"), headers=say("CodeCommit_20150413.GetRepository"), body=text({"repositoryName": "bench"})),
        signed(server, "events", hosts("events"), headers=say("AWSEvents.DescribeRule"), body=text({"Name": "bench"})),
    ]


class Line:
    """A connection, made again where the other side closes it after each answer, as moto's does."""

    def __init__(self, endpoint):
        host, port = endpoint.removeprefix("http://").split(":")
        self.address = host, int(port)
        self.stream = None

    def ask(self, request):
        if self.stream is None:
            self.stream = socket.create_connection(self.address)
            self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.file = self.stream.makefile("rb")
        self.stream.sendall(request)
        status = int(self.file.readline().split()[1])
        length, close = 0, False
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = line.lower().partition(b":")
            if name == b"content-length":
                length = int(value)
            close = close or (name == b"connection" and b"close" in value)
        self.file.read(length)
        if close:
            self.file.close()
            self.stream.close()
            self.stream = None
        return status


def rate(server, emulator, seconds):
    """Requests per second, by the clock and by the processor time of the server."""
    batch = requests(server, emulator)
    line = Line(server.endpoint)
    for number, request in enumerate(batch):
        status = line.ask(request)
        if status != 200:
            raise SystemExit(f"request {number} of the batch was answered with {status}")
    count, began, used = 0, time.monotonic(), server.processor()
    while time.monotonic() - began < seconds:
        for request in batch:
            line.ask(request)
        count += len(batch)
    return count / (time.monotonic() - began), count / (server.processor() - used), count


def fifty(world, made):
    """50 pipelines with their projects, rules and roles, beside the environments that they deploy to."""
    for number in range(50):
        name = f"orders-{number:02}"
        made.make_role(SHARED, f"{name}-pipeline", by_service("codepipeline.amazonaws.com"), *made.policies[SHARED, "orders-dev-pipeline"])
        made.make_role(SHARED, f"{name}-build", by_service("codebuild.amazonaws.com"), *made.policies[SHARED, "orders-dev-build"])
        made.make_role(SHARED, f"{name}-events", by_service("events.amazonaws.com"), statement("codepipeline:StartPipelineExecution"))
        project = world.client("codebuild").batch_get_projects(names=["orders-dev"])["projects"][0]
        world.client("codebuild").create_project(name=name, serviceRole=role(SHARED, f"{name}-build"), **{it: project[it] for it in ("source", "artifacts", "environment")})
        structure = made.structure("dev")
        # The role of the environment trusts the pipeline of dev alone, so these deploy as they are: in their own account.
        structure["stages"][2]["actions"][0].pop("roleArn")
        structure.update(name=name, roleArn=role(SHARED, f"{name}-pipeline"))
        structure["stages"][1]["actions"][0]["configuration"]["ProjectName"] = name
        world.client("codepipeline").create_pipeline(pipeline=structure)
        world.client("events").put_rule(Name=name, EventPattern='{"source": ["aws.codecommit"]}', State="DISABLED")
        world.client("events").put_targets(Rule=name, Targets=[{"Id": "1", "Arn": f"arn:aws:codepipeline:{REGION}:{SHARED}:{name}", "RoleArn": role(SHARED, f"{name}-events")}])


def main(program):
    os.sched_setaffinity(0, {CLIENT})
    folder = tempfile.mkdtemp(prefix="bench-")
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} at the start")
    try:
        client(sandbox_ := sandbox(program, folder), "sts").get_caller_identity()
        sandbox_.stop()  # once for the disk's caches
        ours = statistics.median(first_answer(lambda: sandbox(program, folder)) for _ in range(15))
        theirs = statistics.median(first_answer(moto) for _ in range(3))
        print(f"start to first answer     sandbox {ours * 1000:8.0f} ms      moto {theirs * 1000:8.0f} ms      {theirs / ours:6.0f} times")

        server = sandbox(program, folder)
        wall, core, count = rate(server, False, 10)
        print(f"memory                    sandbox {server.memory():8.0f} MB after {count} requests")
        server.stop()
        other = moto()
        wall_moto, core_moto, count_moto = rate(other, True, 10)
        print(f"memory                    moto    {other.memory():8.0f} MB after {count_moto} requests")
        other.stop()
        print(f"requests per second       sandbox {wall:8.0f} /s      moto {wall_moto:8.0f} /s      {wall / wall_moto:6.1f} times, by the clock, one connection")
        print(f"per second of processor   sandbox {core:8.0f} /s      moto {core_moto:8.0f} /s      {core / core_moto:6.1f} times")

        server = sandbox(program, folder, "--time-scale", "1000")
        world = World(server.endpoint, server.greeting["accounts"])
        made = Crossing(world)
        empty = server.memory()
        made.shared()
        for env in ENVIRONMENTS:
            made.environment(env)
        for env in ("prd", "stg", "dev"):
            commit = made.commit(env, "first")
        for env in ENVIRONMENTS:
            made.pipeline(env)
        made.run_of("dev", commit)
        took = []
        for number in range(7):
            began = time.monotonic()
            commit = made.commit("dev", f"push {number}")
            _, status = made.run_of("dev", commit)
            took.append(time.monotonic() - began)
            if status != "Succeeded":
                raise SystemExit(f"the run ended as {status}")
        print(f"push to landed, --time-scale 1000: median {statistics.median(took):.2f} s, {min(took):.2f} to {max(took):.2f} s")
        fifty(world, made)
        time.sleep(3)
        print(f"memory with 53 pipelines  sandbox {server.memory():8.0f} MB, empty {empty:.0f} MB")
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
