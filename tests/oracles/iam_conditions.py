"""The condition operators, each read as slowly as the documentation is.

Source of all: IAM User Guide, "IAM JSON policy elements: Condition operators" (OP), "Single-valued
vs. multivalued context keys" (MV), "Variables and tags" (VA).
"""

import base64
import binascii
import datetime
import ipaddress
import re
from decimal import Decimal

from iam_logic import (
    SEVERAL,
    UNKNOWN,
    UNRESOLVED,
    all3,
    any3,
    as_text,
    has_variable,
    match_arn,
    match_text,
    not3,
    note,
)

UNREADABLE = ("unreadable",)
# A policy value that its operator cannot read; AWS does not say what becomes of the condition.
WRONG_VALUE = ("wrong value",)


def number(text):
    """An integer or a decimal. Source: OP, numeric."""
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
        return Decimal(text)
    return UNREADABLE


def date(text):
    """One of the W3C forms of ISO 8601, or seconds of the UNIX epoch. Source: OP, date."""
    if re.fullmatch(r"[0-9]{5,}", text):
        return Decimal(text)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        text += "T00:00:00Z"
    if not re.fullmatch(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})", text
    ):
        return UNREADABLE
    try:
        parsed = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return UNREADABLE
    return Decimal(str(parsed.timestamp()))


def boolean(text):
    """The text `true` or `false`. Source: OP, Boolean."""
    return {"true": True, "false": False}.get(text, UNREADABLE)


def octets(text):
    """Base64. Source: OP, binary."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return UNREADABLE


def network(text):
    """A CIDR block of IPv4 or IPv6; without a prefix, the one address. Source: OP, IP address."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return UNREADABLE


def address(text):
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return UNREADABLE


def compare(read, holds):
    """An operator that reads both sides and compares. It knows no variables (VA)."""

    def one(given, wanted, version, context):
        left, right = read(given), read(wanted)
        if right == UNREADABLE:
            return WRONG_VALUE
        return UNREADABLE if left == UNREADABLE else holds(left, right)

    return one


def text(wildcards, ignore_case):
    def one(given, wanted, version, context):
        return match_text(wanted, version, context, given, wildcards, ignore_case)

    return one


def bool_one(given, wanted, version, context):
    """OP lets variables into Bool, VA does not: with one it cannot be said. Neither can it with
    `True`: OP writes true and false in small letters and does not say more."""
    if has_variable(wanted, version):
        return note("Bool: with a variable", UNKNOWN)
    truth = compare(boolean, lambda a, b: a == b)(given, wanted, version, context)
    if truth in (UNREADABLE, WRONG_VALUE) and given.lower() == wanted.lower() and given.lower() in ("true", "false"):
        return note("Bool: true or false with capitals", UNKNOWN)
    return truth


def ip_one(given, wanted, version, context):
    left, right = address(given), network(wanted)
    if right == UNREADABLE:
        return WRONG_VALUE
    if left == UNREADABLE:
        return UNREADABLE
    return left.version == right.version and left in right


def arn_one(given, wanted, version, context):
    """ArnEquals is ArnLike. A request value that is no ARN cannot be read (OP, ARN)."""
    found = match_arn(wanted, version, context, given)
    if found is False and len(given.split(":", 5)) != 6:
        return UNREADABLE
    return found


EQ = lambda a, b: a == b
LT = lambda a, b: a < b
LE = lambda a, b: a <= b
GT = lambda a, b: a > b
GE = lambda a, b: a >= b

# operator: (one request value against one policy value, negated?)
OPERATORS = {
    "StringEquals": (text(False, False), False),
    "StringNotEquals": (text(False, False), True),
    "StringEqualsIgnoreCase": (text(False, True), False),
    "StringNotEqualsIgnoreCase": (text(False, True), True),
    "StringLike": (text(True, False), False),
    "StringNotLike": (text(True, False), True),
    "NumericEquals": (compare(number, EQ), False),
    "NumericNotEquals": (compare(number, EQ), True),
    "NumericLessThan": (compare(number, LT), False),
    "NumericLessThanEquals": (compare(number, LE), False),
    "NumericGreaterThan": (compare(number, GT), False),
    "NumericGreaterThanEquals": (compare(number, GE), False),
    "DateEquals": (compare(date, EQ), False),
    "DateNotEquals": (compare(date, EQ), True),
    "DateLessThan": (compare(date, LT), False),
    "DateLessThanEquals": (compare(date, LE), False),
    "DateGreaterThan": (compare(date, GT), False),
    "DateGreaterThanEquals": (compare(date, GE), False),
    "Bool": (bool_one, False),
    "BinaryEquals": (compare(octets, EQ), False),
    "IpAddress": (ip_one, False),
    "NotIpAddress": (ip_one, True),
    "ArnEquals": (arn_one, False),
    "ArnLike": (arn_one, False),
    "ArnNotEquals": (arn_one, True),
    "ArnNotLike": (arn_one, True),
}


def parse_operator(name):
    """(set operator or "", operator, IfExists?), or None for a name that is none."""
    qualifier = ""
    for candidate in ("ForAllValues:", "ForAnyValue:"):
        if name.startswith(candidate):
            qualifier, name = candidate[:-1], name[len(candidate) :]
    if name == "Null":
        return (qualifier, "Null", False)
    if_exists = name.endswith("IfExists")
    if if_exists:
        name = name[: -len("IfExists")]
    return (qualifier, name, if_exists) if name in OPERATORS else None


def one_value(operator, given, wanted_values, version, context):
    """One request value against all policy values: OR, and for a negated operator NOR (OP).

    A variable without a value is null, which equals nothing, so negated operators hold (VA, "Policy
    variables with no value"). A variable of several values, and a request value that cannot be read,
    match nothing under a positive operator; under a negated one AWS does not say what they do."""
    one, negated = OPERATORS[operator]
    found = []
    for wanted in wanted_values:
        truth = one(given, wanted, version, context)
        if truth == UNRESOLVED:
            truth = False
        elif truth == SEVERAL:
            truth = note("negated: variable of several values", UNKNOWN) if negated else False
        elif truth == WRONG_VALUE:
            truth = note("policy value that cannot be read", UNKNOWN)
        elif truth == UNREADABLE:
            truth = note("negated: value that cannot be read", UNKNOWN) if negated else False
        found.append(truth)
    return not3(any3(found)) if negated else any3(found)


def condition(name, key, wanted, version, context):
    """One operator with one key."""
    qualifier, operator, if_exists = parse_operator(name)
    wanted = [as_text(v) for v in (wanted if isinstance(wanted, list) else [wanted])]
    given = context.get(key)
    if context.may_come(key):
        return note("condition: missing key, context open", UNKNOWN)
    label = f"{operator} {'absent' if given is None else 'present'}"
    if operator == "Null":
        # "true": the key is absent. "false": it is there. Source: OP, Null.
        return note(label, any3((value == "true") == (given is None) for value in wanted if value in ("true", "false")))
    if qualifier:
        label = f"{qualifier}:{label}"
    if if_exists:
        label += " IfExists"
    return note(label, decide_key(qualifier, operator, if_exists, given, wanted, version, context))


def decide_key(qualifier, operator, if_exists, given, wanted, version, context):
    negated = OPERATORS[operator][1]
    if given is None:
        if qualifier == "ForAllValues":
            # True without a key. Source: MV.
            return True
        if qualifier == "ForAnyValue":
            # False without a key (MV); with IfExists AWS says both.
            return UNKNOWN if if_exists else False
        # IfExists: true. Negated: true. Else: no match. Source: OP.
        return True if if_exists else negated
    if qualifier == "ForAllValues":
        return all3(one_value(operator, value, wanted, version, context) for value in given)
    if qualifier == "ForAnyValue":
        return any3(one_value(operator, value, wanted, version, context) for value in given)
    if len(given) > 1:
        # MV asks for a set operator; what happens without one is not said.
        return note("condition: several values, no set operator", UNKNOWN)
    return one_value(operator, given[0], wanted, version, context)


def conditions(block, version, context):
    """Operators AND, keys AND. Source: IAM User Guide, Condition."""
    return all3(
        condition(name, key, wanted, version, context) for name, keys in block.items() for key, wanted in keys.items()
    )
