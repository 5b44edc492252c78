"""Makes the context of a request, and conditions that hold or just do not hold in it."""

import iam_world as world

GROUPS = {
    "string": world.STRINGS,
    "number": world.NUMBERS,
    "date": world.DATES,
    "bool": world.BOOLS,
    "binary": world.BINARIES,
    "address": world.ADDRESSES,
    "arn": world.ARNS,
}
SERVICE_PREFIXES = ("s3:", "kms:", "sts:", "iam:")


class ConditionMaker:
    def __init__(self, maker):
        self.random = maker.random
        self.chance = maker.chance
        self.pick = maker.pick
        self.some = maker.some
        self.target = maker.target
        self.context = {}
        self.groups = {
            name: {k: v for k, v in keys.items() if not k.startswith(SERVICE_PREFIXES) or k in self.target.keys}
            for name, keys in GROUPS.items()
        }
        for keys in self.groups.values():
            for key, values in keys.items():
                if self.chance(0.45):
                    self.context[self.spelled(key)] = self.given(values)
        for key, values in world.LISTS.items():
            if self.chance(0.45):
                self.context[key] = self.some(values) if self.chance(0.95) else []

    def spelled(self, key):
        """Keys have no case."""
        return key.lower() if self.chance(0.06) else key

    def given(self, values):
        value = self.pick(values)
        odd = self.random.random()
        if odd < 0.015:
            return self.some(values)
        if odd < 0.025:
            return "nonsense"
        return value

    def block(self, right):
        """A Condition element: one to three operators. With several, mostly one of them is off."""
        block = {}
        count = self.pick([1, 1, 1, 2, 3])
        off = None if right else self.random.randrange(count)
        for number in range(count):
            operator, key, values = self.one(number != off)
            block.setdefault(operator, {})[self.spelled(key)] = values
        return block

    def one(self, right):
        kind = self.pick(["string"] * 5 + ["number", "date", "bool", "binary", "address", "arn", "arn", "list", "list", "null"])
        if kind == "null":
            return self.null(right)
        if kind == "list":
            return self.listed(right)
        # A key that is there tells more, but absent ones have rules of their own.
        keys = self.groups[kind]
        present = [k for k in keys if self.value_of(k) is not None]
        key = self.pick(present) if present and self.chance(0.75) else self.pick(keys)
        operator = self.pick(world.OPERATORS_OF[kind])
        given = self.value_of(key)
        hit = right != (operator in world.NOT_OPERATORS)
        values = self.values(kind, operator, keys[key], given, hit)
        if self.chance(0.2):
            operator += "IfExists"
        if kind == "string" and self.chance(0.04):
            operator = self.pick(["ForAnyValue:", "ForAllValues:"]) + operator
        return operator, key, values

    def value_of(self, key):
        for name, value in self.context.items():
            if name.lower() == key.lower():
                return value if not isinstance(value, list) else (value[0] if value else None)
        return None

    def null(self, right):
        keys = [k for group in self.groups.values() for k in group] + list(world.LISTS)
        key = self.pick(keys)
        absent = self.value_of(key) is None
        value = "true" if absent == right else "false"
        if self.chance(0.2):
            value = value == "true"
        return "Null", key, value

    def listed(self, right):
        """A key of several values with a set operator; hits and misses come by themselves."""
        key = self.pick(world.LISTS)
        values = self.some(world.LISTS[key])
        given = self.context.get(key, [])
        if right and given and self.chance(0.5):
            values = list(given)
        operator = self.pick(world.OPERATORS_OF["string"])
        if operator in ("StringLike", "StringNotLike") and self.chance(0.5):
            values = [v[:2] + "*" for v in values]
        prefix = self.pick(["ForAllValues:", "ForAnyValue:"])
        if self.chance(0.2) and given != []:
            operator += "IfExists"
        return prefix + operator, key, self.one_or_list(values)

    def one_or_list(self, values):
        values = list(dict.fromkeys(values))
        return values[0] if len(values) == 1 and self.chance(0.6) else values

    def values(self, kind, operator, possible, given, hit):
        """Policy values: with the given one among them, in some spelling, or without it."""
        others = [v for v in possible if v != given] or ["nothing"]
        if kind == "address":
            others = world.NETWORKS
        found = self.some(others, 2) if not hit or self.chance(0.3) else []
        if hit or not found:
            found.append(self.hitting(kind, operator, given if given is not None else self.pick(possible)))
        if self.chance(0.03):
            found.append("nonsense")
        if kind == "bool" and self.chance(0.03):
            found = ["${aws:SecureTransport}"]
        self.random.shuffle(found)
        if kind == "bool" and self.chance(0.2):
            found = [{"true": True, "false": False}.get(v, v) for v in found]
        if kind == "number" and self.chance(0.2):
            found = [int(v) if v.isdigit() else v for v in found]
        return self.one_or_list(found)

    def hitting(self, kind, operator, given):
        if kind == "string":
            return self.hitting_string(operator, given)
        if kind == "address":
            return self.pick([given, "10.0.0.0/8" if given.startswith("10.") else given, "0.0.0.0/0"])
        if kind == "arn":
            return self.hitting_arn(given)
        return given

    def hitting_string(self, operator, given):
        choices = [given, given]
        if "IgnoreCase" in operator:
            choices += [given.swapcase()] * 3
        elif "Like" in operator:
            choices += [given[:-1] + "?", given[:2] + "*", "*" + given[-2:], "*", "b${*}"]
        else:
            choices += [given.swapcase(), given[:2] + "*"]
        choices += [f"${{aws:none, '{given}'}}", "${aws:username}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/none}"]
        return self.pick(choices)

    def hitting_arn(self, given):
        head, _, tail = given.rpartition(":")
        choices = [given, given, head + ":*", given[:-1] + "?", "arn:aws:*:*:*:*", "arn:*:*:*:*:*" + tail]
        choices += [head + ":${aws:PrincipalTag/none}", head + ":${aws:none, '" + tail + "'}", "arn:aws:s3:*:" + tail]
        if self.chance(0.1):
            choices += ["arn:aws:iam*", "*"]
        return self.pick(choices)
