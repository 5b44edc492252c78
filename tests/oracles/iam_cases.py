"""Makes cases for `crosspipe policy evaluate`: the same seed makes the same cases.

    python3 iam_cases.py --seed 1 --count 1000 > cases.jsonl
    python3 iam_cases.py --seed 1 --count 1000 --coverage     (what the cases reach, no cases)

A case starts from documents that are right for their place, and then some elements are made wrong,
mostly one at a time: a request that fails by one element is what tells two evaluators apart.
`--plain` leaves out what only this program's format has (open context, grants, settings, errors).
"""

import argparse
import collections
import json
import random
import sys

import iam_world as world
from iam_conditions_made import ConditionMaker


class Maker:
    def __init__(self, seed, plain):
        self.random = random.Random(seed)
        self.plain = plain
        self.number = 0

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, items):
        return self.random.choice(list(items))

    def some(self, items, most=3):
        items = list(items)
        return self.random.sample(items, self.random.randint(1, min(most, len(items))))

    # --- the request --------------------------------------------------------------------------------

    def case(self):
        self.number += 1
        self.target = self.pick(world.TARGETS)
        self.owner = self.pick([world.A, world.A, world.B])
        self.set_caller()
        self.action = self.pick(self.target.actions)
        self.resource = self.target.resource.format(account=self.owner)
        self.is_open = not self.plain and self.chance(0.12)
        self.maker = ConditionMaker(self)
        case = {
            "id": f"{self.number}",
            "request": {
                "principal": self.caller,
                "action": self.spelled_action(self.action),
                "resource": self.resource,
                "resourceAccount": self.owner,
                "context": self.maker.context,
            },
            "identityPolicies": [],
        }
        self.add_layers(case)
        if self.is_open:
            case["openContext"] = True
        if not self.plain:
            self.add_settings(case)
        return case

    def set_caller(self):
        """Who calls, mostly whom the target is made for."""
        accounts = [world.A, world.A, world.B] if self.target.has_policy else [self.owner] * 5 + [world.C]
        self.account = self.pick(accounts)
        kinds = ["session"] * 8 + ["user"] * 4 + ["role", "role", "root", "federated-user", "federated-user"]
        if self.target.has_policy:
            kinds += ["service", "service", "anonymous"]
        if self.target.name == "role for the web":
            kinds = ["web"] * 6 + ["session", "user", "anonymous"]
        elif self.target.is_trust:
            kinds += ["service", "service", "web"]
        self.kind = self.pick(kinds)
        if self.kind == "service":
            self.caller = self.pick(world.SERVICES[:2])
        elif self.kind == "anonymous":
            self.caller = "*anonymous*"
        elif self.kind == "web":
            self.account = self.owner
            self.caller = f"arn:aws:iam::{self.account}:{self.pick(world.PROVIDERS)}"
        else:
            self.caller = world.callers(self.account)[self.kind]
        self.is_aws = self.kind not in ("service", "anonymous", "web")

    # --- layers ---------------------------------------------------------------------------------------

    def add_layers(self, case):
        has_identity = self.kind in ("session", "role", "user", "federated-user")
        if has_identity:
            count = self.pick([0, 1, 1, 1, 1, 2])
            case["identityPolicies"] = [self.document("identity") for _ in range(count)]
            if self.chance(0.22):
                case["boundaries"] = [self.document("limit") for _ in range(2 if self.chance(0.08) else 1)]
            if self.kind in ("session", "federated-user") and self.chance(0.25 if self.kind == "session" else 0.6):
                case["sessionPolicy"] = self.document("limit")
        if self.target.has_policy and self.chance(0.85 if self.account != self.owner or not self.is_aws else 0.65):
            case["resourcePolicy"] = self.document("resource")
        if self.chance(0.3):
            case["scps"] = self.levels("scp")
        if self.chance(0.25) and self.resource != "*":
            case["rcps"] = self.levels("rcp")
        if self.chance(0.1):
            count = 2 if self.chance(0.1) and not self.plain else 1
            case["endpointPolicies"] = [self.document("endpoint") for _ in range(count)]

    def levels(self, kind):
        levels = []
        for name in self.pick([["r-root"], ["r-root", "ou-team"], ["r-root", "ou-team", "account"]]):
            count = self.pick([1, 1, 1, 2]) if kind == "scp" else self.pick([0, 1, 1])
            if kind == "scp" and self.chance(0.02):
                count = 0
            levels.append({"org": name, "policies": [self.document(kind) for _ in range(count)]})
        return levels

    def add_settings(self, case):
        settings = {}
        if self.resource.startswith("arn:aws:s3") and self.chance(0.35):
            settings["blockPublicAccess"] = self.chance(0.8)
        if self.is_aws and self.chance(0.06):
            settings["managementAccount"] = self.chance(0.9)
        if self.kind in ("session", "role") and "boundaries" not in case and self.chance(0.06):
            settings["serviceLinkedRole"] = self.chance(0.9)
        if settings:
            case["settings"] = settings
        if self.target.name == "kms key" and self.chance(0.4):
            case["grants"] = [self.grant() for _ in range(self.pick([1, 1, 2]))]

    def grant(self):
        operations = ["Decrypt", "Encrypt", "GenerateDataKey", "DescribeKey", "CreateGrant", "RetireGrant"]
        right = self.action.split(":")[1]
        wanted = self.some(operations, 2)
        if right in operations and right not in wanted and self.chance(0.7):
            wanted.append(right)
        if self.kind == "service":
            grantee = self.caller if self.chance(0.7) else world.SERVICES[2]
        else:
            names = [e for kind, e in self.names_of_caller() if kind == "AWS"] or [world.callers(world.C)["role"]]
            grantee = self.pick(names) if self.chance(0.75) else world.callers(world.C)["user"]
        grant = {"GranteePrincipal": grantee, "Operations": wanted}
        if self.is_aws and self.chance(0.25):
            grant["RetiringPrincipal"] = self.caller if self.chance(0.5) else world.callers(world.C)["role"]
        if self.chance(0.3):
            name = self.pick(["EncryptionContextSubset", "EncryptionContextEquals"])
            grant["Constraints"] = {name: {"app": self.pick(["one", "two"])}}
        return grant

    # --- documents --------------------------------------------------------------------------------------

    def document(self, place):
        statements = []
        wrong = self.chance(0.14 if place in ("identity", "resource") else 0.08)
        if place != "rcp":
            statements.append(self.statement(place, "Allow", wrong))
            for _ in range(self.pick([0, 0, 0, 1, 1, 2])):
                statements.append(self.statement(place, "Allow", self.chance(0.75)))
        if place == "rcp" or self.chance(0.28 if place == "resource" else 0.18):
            # A Deny that applies ends the case, so most are off by an element.
            statements.append(self.statement(place, "Deny", self.chance(0.75)))
        if place == "resource" and self.resource.startswith("arn:aws:s3") and self.chance(0.15):
            statements.append(self.for_everybody())
        self.random.shuffle(statements)
        if self.chance(0.2):
            for number, statement in enumerate(statements):
                statement["Sid"] = f"Part{number}"
        old = self.chance(0.08)
        old = old and place not in ("scp", "rcp")
        document = {} if old and self.chance(0.5) else {"Version": "2008-10-17" if old else "2012-10-17"}
        document["Statement"] = statements[0] if len(statements) == 1 and self.chance(0.3) else statements
        return document

    def statement(self, place, effect, wrong):
        """One statement; if wrong, one element of it most likely does not hold."""
        broad = place in ("limit", "scp", "endpoint") and effect == "Allow" and self.chance(0.6)
        parts = ["action", "resource"]
        if place == "resource":
            parts += ["principal", "principal"]
        parts.append("condition")
        off = self.pick(parts) if wrong else None
        statement = {"Effect": effect}
        if place == "resource":
            self.add_principal(statement, off == "principal")
        elif place == "rcp":
            statement["Principal"] = "*"
        elif place == "endpoint":
            statement["Principal"] = "*" if self.plain or self.chance(0.8) or not self.is_aws else {"AWS": self.names_of_caller()[0][1]}
        self.add_action(statement, off == "action", broad, place)
        trust = place == "resource" and self.target.is_trust
        without = trust or (place == "resource" and self.target.name == "repository" and self.chance(0.5))
        if not without:
            self.add_resource(statement, off == "resource", broad, place)
        if off == "condition" or self.chance(0.35):
            statement["Condition"] = self.maker.block(off != "condition")
        return self.one_or_list(statement)

    def for_everybody(self):
        """A statement of a bucket policy that S3 may or may not call public."""
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::artifacts"}
        operator, key, values = self.pick(world.FIXING_CONDITIONS)
        if self.chance(0.9):
            statement["Condition"] = {operator: {key: values}}
        return statement

    def one_or_list(self, statement):
        """A list of one may be written without the list."""
        for name in ("Action", "NotAction", "Resource", "NotResource"):
            value = statement.get(name)
            if isinstance(value, list) and len(value) == 1 and self.chance(0.6):
                statement[name] = value[0]
        return statement

    def spelled_action(self, action):
        return action.swapcase() if self.chance(0.04) else action

    def add_action(self, statement, off, broad, place):
        service, name = self.action.split(":")
        others = [f"{service}:{n}" for n in ("Nothing", name[:-1], name + "s", "*Nothing*", f"{name[:3]}?")]
        others += [a for a in self.target.actions if a != self.action] + [f"ec2:{name}", "ec2:*"]
        if place == "rcp":
            # An RCP names actions of services, and has no NotAction. Source: Organizations, RCP syntax.
            right = [self.action, f"{service}:*", f"{service}:{name[:3]}*"]
            statement["Action"] = self.some(others[:5], 2) if off else [self.pick(right)]
            return
        right = [self.action, f"{service}:*", "*", f"{service}:{name[:3]}*", f"{service}:*{name[-4:]}", f"{service}:{name[:-1]}?", self.spelled_action(self.action)]
        if not self.plain:
            right.append("*:*")
        if broad:
            right = ["*", f"{service}:*"]
        if self.chance(0.12):
            statement["NotAction"] = self.some([self.pick(right)] if off else others)
            return
        listed = self.some(others, 2) if off else [self.pick(right)]
        if not off and self.chance(0.3):
            listed += self.some(others, 2)
        statement["Action"] = listed

    def add_resource(self, statement, off, broad, place):
        near = [n.format(account=self.owner) for n in self.target.near]
        right = ["*"]
        if self.resource != "*":
            right += [self.resource, self.resource[:-2] + "*", self.resource[:-1] + "?"] + self.patterns(place)
            near += [self.resource + "x", self.resource[:-1], self.resource.replace("arn:aws:", "arn:aws-cn:")]
        if broad:
            right = ["*"]
        elif place == "resource" and self.target.name == "kms key":
            right += ["*"] * 6
        listed = self.some(near, 2) if off else [self.pick(right)]
        if self.chance(0.1):
            # What is right for NotResource is wrong for Resource; "*" excludes everything.
            statement["NotResource"] = [self.pick(right)] if off else self.some([n for n in near if n not in right], 2)
            return
        if not off and self.chance(0.2):
            listed += self.some(near, 2)
        statement["Resource"] = listed

    def patterns(self, place):
        """Patterns of the right resource with variables and wildcards inside, right or nearly so."""
        head, _, rest = self.resource.rpartition(":")
        early = place == "identity" or self.chance(0.3)
        found = [f"{head}:*", self.resource.replace("eu-west-1", "*"), self.resource.replace(self.owner, "*")]
        name = rest.rpartition("/")[2]
        stem = self.resource[: len(self.resource) - len(name)]
        found += [stem + v for v in ("${aws:username}", f"${{aws:username, '{name}'}}", "${aws:PrincipalTag/team}*", "${*}", "*${aws:PrincipalTag/none}")]
        if self.chance(0.15):
            found.append(self.resource.replace(self.owner, "${aws:PrincipalAccount}"))
        if not self.plain and early and self.chance(0.2):
            # AWS completes an ARN that ends early.
            service = self.resource.split(":")[2]
            found += [f"arn:aws:{service}", f"arn:aws:{service[:2]}*", f"arn:aws:{service}:*", "arn:aws:ec2"]
        return found

    # --- principals -----------------------------------------------------------------------------------

    def names_of_caller(self):
        """The ways in which a Principal element may name the caller, as (kind, entry)."""
        if self.kind == "service":
            return [("Service", self.caller)]
        if self.kind == "web":
            return [("Federated", self.caller)]
        if self.kind == "anonymous":
            return [("AWS", "*")]
        names = [("AWS", self.caller)] * 2
        if self.kind == "session":
            names += [("AWS", f"arn:aws:iam::{self.account}:role/{p}Deploy") for p in ("", "", "team/")]
        names += [("AWS", self.account), ("AWS", f"arn:aws:iam::{self.account}:root")]
        return names

    def others(self):
        """Entries that do not name the caller, though some look as if they did."""
        other = world.C if self.account != world.C else world.B
        found = [("AWS", e) for e in world.callers(other).values()]
        found += [("Service", world.SERVICES[2]), ("Federated", f"arn:aws:iam::{self.owner}:saml-provider/Other")]
        found += [("AWS", other), ("AWS", "AROAEXAMPLEGONE")]
        if not self.resource.startswith("arn:aws:s3"):
            # Which S3 would not store, so that it cannot be said whether it is public.
            found.append(("AWS", f"arn:aws:iam::{self.account}:role/*"))
        found += [("AWS", f"arn:aws:iam::{self.account}:role/deploy"), ("AWS", f"arn:aws:sts::{self.account}:assumed-role/Deploy/walk")]
        if self.kind not in ("session", "role"):
            found.append(("AWS", f"arn:aws:iam::{self.account}:role/Deploy"))
        if self.kind != "user":
            found.append(("AWS", f"arn:aws:iam::{self.account}:user/ann"))
        return [f for f in found if f[1] != self.caller]

    def element(self, entries):
        grouped = collections.OrderedDict()
        for kind, entry in entries:
            listed = grouped.setdefault(kind, [])
            if entry not in listed:
                listed.append(entry)
        return {k: v[0] if len(v) == 1 and self.chance(0.7) else v for k, v in grouped.items()}

    def add_principal(self, statement, off):
        not_allowed_here = self.target.is_trust
        if not not_allowed_here and self.chance(0.3 if statement["Effect"] == "Deny" else 0.03):
            if off:
                entries = self.some(self.names_of_caller()) + [("AWS", f"arn:aws:iam::{self.account}:root")] * self.is_aws
                if self.kind in ("session", "role") and self.chance(0.6):
                    entries.append(("AWS", f"arn:aws:iam::{self.account}:role/Deploy"))
            else:
                entries = self.some(self.others(), 2)
                if self.is_aws and self.chance(0.4):
                    entries.append(self.pick(self.names_of_caller()))
            statement["NotPrincipal"] = self.element([e for e in entries if e[1] != "*"] or [("AWS", world.C)])
            return
        if not off and self.chance(0.15 if self.kind != "anonymous" else 0.9):
            statement["Principal"] = self.pick(["*", {"AWS": "*"}])
            return
        entries = self.some(self.others(), 2) if off else [self.pick(self.names_of_caller())]
        if self.chance(0.01):
            entries.append(("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"))
        if not off and self.chance(0.3):
            entries += self.some(self.others(), 2)
        statement["Principal"] = self.element(entries)


BROKEN_LINES = ["", "{", "[]", "7", '"case"', "null"]


def broken(maker):
    """A line that is no case, or holds a document that AWS would not store."""
    case = maker.case()
    while not case["identityPolicies"]:
        case = maker.case()
    document = case["identityPolicies"][0]
    statements = document["Statement"]
    first = statements if isinstance(statements, dict) else statements[0]
    fault = maker.pick(range(12))
    if fault == 0:
        return maker.pick(["{", "[]", "7", '"case"', "null", "nonsense"])
    if fault == 1:
        del case["request"]
    elif fault == 2:
        del case["request"][maker.pick(["principal", "action", "resource", "resourceAccount"])]
    elif fault == 3:
        first["Effect"] = "allow"
    elif fault == 4:
        first.pop("NotAction", None)
        first["Action"] = []
    elif fault == 5:
        first["Condition"] = {maker.pick(["StringEqual", "NullIfExists", "ForSomeValue:Bool"]): {"aws:username": "ann"}}
    elif fault == 6:
        first["Principal"] = "*"
    elif fault == 7:
        document["Version"] = "2012-10-18"
    elif fault == 8:
        first["Actions"] = "s3:*"
    elif fault == 9:
        first.pop("Resource", None)
        first.pop("NotResource", None)
    elif fault == 10:
        first["Action"] = first["NotAction"] = "s3:GetObject"
    else:
        document["Statement"] = []
    return json.dumps(case)


def make(seed, count, plain=False):
    maker = Maker(seed, plain)
    for number in range(count):
        if not plain and maker.chance(0.02):
            yield broken(maker)
        else:
            yield json.dumps(maker.case())


def coverage(lines, weigh):
    """What the cases reach: results, layers and every rule, with how often each came out as what.

    With `weigh`, a rule's weight is the number of cases whose answer changes when this one rule is
    turned round: a rule that nothing depends on would be tried in vain."""
    from iam_logic import TALLY, TURNED
    from iam_reference import evaluate

    results, parts, weights = collections.Counter(), collections.Counter(), collections.Counter()
    tally = {}
    for line in lines:
        TALLY.clear()
        answer = evaluate(line)
        for rule, truths in TALLY.items():
            into = tally.setdefault(rule, collections.Counter())
            for truth, count in truths.items():
                into[truth] += count
        for rule in list(TALLY) if weigh else []:
            TURNED[0] = rule
            weights[rule] += evaluate(line) != answer
            TURNED[0] = None
        results[answer["result"]] += 1
        for name, value in answer.get("parts", {}).items():
            parts[name, value] += 1
    report = ["results"]
    report += [f"  {name:<18}{count:>8}" for name, count in sorted(results.items())]
    kinds = ["Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "Depends", "NotApplicable"]
    report.append(f"{'layers':<12}" + "".join(f"{kind:>18}" for kind in kinds))
    for name in ("identity", "resource", "boundary", "session", "scp", "rcp", "endpoint"):
        report.append(f"  {name:<10}" + "".join(f"{parts[name, kind]:>18}" for kind in kinds))
    report.append(f"{'rules':<68}{'true':>9}{'false':>9}{'unknown':>9}{'weight' if weigh else '':>9}")
    for rule, truths in sorted(tally.items()):
        weight = weights[rule] if weigh else ""
        report.append(f"  {rule:<66}{truths[True]:>9}{truths[False]:>9}{truths[None]:>9}{weight:>9}")
    return "\n".join(report)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=10000)
    arguments.add_argument("--plain", action="store_true")
    arguments.add_argument("--coverage", action="store_true")
    arguments.add_argument("--weigh", action="store_true", help="with --coverage: how many answers hang on each rule")
    given = arguments.parse_args()
    lines = make(given.seed, given.count, given.plain)
    if given.coverage:
        print(coverage(lines, given.weigh))
    else:
        sys.stdout.writelines(line + "\n" for line in lines)


if __name__ == "__main__":
    main()
