"""A sandbox that is killed in the middle of its writing: killed.py PROGRAM FOLDER. Prints one JSON line per check.

What it promises: what is on the disk is whole, and some moment of the past. So of what one client wrote, one
after the other, the first part is there and nothing after it; a body is there for every object that is listed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from cast import doc, may, to  # noqa: E402
from harness import REGION, SHARED, DEV, World, holds, same  # noqa: E402

CHANCE = random.Random(7)
TRUST = doc(to("ecs.amazonaws.com"))


def start(program, folder):
    arguments = [program, "sandbox", "start", "--json", "--port", "0", "--state", folder, "--account", SHARED, "--account", DEV]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"it did not start: {process.stderr.read()}")
    greeting = json.loads(line)
    return process, World(greeting["endpoint"], greeting["accounts"])


def write(w, turn, done, account):
    """Writes in order until the other side is gone: what was answered, as (role, key)."""
    iam, s3 = w.client("iam", account), w.client("s3", account)
    for number in range(10_000):
        name = f"t{turn:02}-{number:05}"
        try:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Description="x" * 500)
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=doc(may("s3:GetObject")))
            s3.put_object(Bucket=f"killed-{account}", Key=name, Body=name.encode() * 200)
        except Exception:  # noqa: BLE001
            return
        done.append(name)


def kept(w, account):
    """What is there: names of roles and of objects, in order. Every body must be its own."""
    iam, s3 = w.client("iam", account), w.client("s3", account)
    roles = sorted(r["RoleName"] for p in iam.get_paginator("list_roles").paginate() for r in p["Roles"])
    objects = sorted(o["Key"] for p in s3.get_paginator("list_objects_v2").paginate(Bucket=f"killed-{account}") for o in p.get("Contents", []))
    for key in objects[-60:]:
        same(s3.get_object(Bucket=f"killed-{account}", Key=key)["Body"].read(), key.encode() * 200, f"the body of {key}")
    return roles, objects


def run(program, folder):
    state = os.path.join(folder, "state")
    process, w = start(program, state)
    accounts = (SHARED, DEV)
    for account in accounts:
        w.client("s3", account).create_bucket(Bucket=f"killed-{account}", CreateBucketConfiguration={"LocationConstraint": REGION})
    with w.check("a second process on the same state is refused, and says who has it"):
        second = subprocess.run([program, "sandbox", "start", "--json", "--port", "0", "--state", state], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20)
        same(second.returncode != 0, True)
        holds(f"in use by the process {process.pid}" in second.stderr, second.stderr)
    time.sleep(1)
    survived = {account: 0 for account in accounts}
    with w.check("killed twenty times while it writes, it is whole each time"):
        for turn in range(20):
            done = {account: [] for account in accounts}
            threads = [threading.Thread(target=write, args=(w, turn, done[account], account), daemon=True) for account in accounts]
            for thread in threads:
                thread.start()
            time.sleep(CHANCE.uniform(0.05, 0.9))
            process.send_signal(signal.SIGKILL)
            process.wait()
            for thread in threads:
                thread.join(30)
            process, w = start(program, state)
            for account in accounts:
                roles, objects = kept(w, account)
                mine = [it for it in roles if it.startswith(f"t{turn:02}-")]
                same(mine, [f"t{turn:02}-{n:05}" for n in range(len(mine))], "the first part of what was written")
                bodies = [it for it in objects if it.startswith(f"t{turn:02}-")]
                same(bodies, mine[:len(bodies)], "objects that go with the roles")
                holds(len(bodies) >= len(mine) - 1, f"{len(mine)} roles and {len(bodies)} objects")
                survived[account] += len(mine)
                earlier = [it for it in roles if not it.startswith(f"t{turn:02}-")]
                same(len(earlier), survived[account] - len(mine), "what was there before")
    with w.check("most of what was answered was there"):
        holds(all(count > 0 for count in survived.values()), f"kept {survived}")
    with w.check("what a killed process leaves behind is cleared away"):
        w.client("iam").create_role(RoleName="after", AssumeRolePolicyDocument=TRUST)
        left = [it for it in os.listdir(state) if it.endswith(".new")]
        time.sleep(1)
        same([it for it in os.listdir(state) if it.endswith(".new")] == [] or left == [], True)
    process.stdin.close()
    process.terminate()
    process.wait(20)


if __name__ == "__main__":
    run(*sys.argv[1:3])
