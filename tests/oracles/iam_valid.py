"""What AWS would refuse to store: an answer about a document that cannot exist would be a guess.

Only what the cases try; the program's own checks go further. Source: IAM User Guide, grammar of the
policy language and the pages of the elements.
"""

from iam_conditions import parse_operator
from iam_logic import as_text, split_pattern

TOP = {"Version", "Id", "Statement"}
ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip


class Refused(Exception):
    """The line is no case, or holds a document that AWS would not store."""


def refuse_if(fault, why):
    if fault:
        raise Refused(why)


def check_case(case):
    refuse_if(not isinstance(case, dict), "not an object")
    request = case.get("request")
    refuse_if(not isinstance(request, dict), "no request")
    for name in ("principal", "action", "resource"):
        refuse_if(not isinstance(request.get(name), str) or not request[name], f"no {name}")
    # The account is that of the ARN, where the ARN has one.
    named = request["resource"].split(":")[4:5]
    known = request.get("resourceAccount") or request["resource"] == "*" or named not in ([], [""])
    refuse_if(not known, "no resourceAccount")
    refuse_if(":" not in request["action"], "the action has no service")
    for document in case.get("identityPolicies", []) + (case.get("boundaries") or []):
        check_document(document, principal="never", resource="always")
    if case.get("sessionPolicy") is not None:
        check_document(case["sessionPolicy"], principal="never", resource="always")
        refuse_unfinished_arns(case["sessionPolicy"])
    for level in case.get("scps", []):
        for document in level["policies"]:
            check_document(document, principal="never", resource="always")
    for level in case.get("rcps", []):
        for document in level["policies"]:
            check_document(document, principal="everybody", resource="always")
    for document in case.get("endpointPolicies") or []:
        check_document(document, principal="maybe", resource="always")
    if case.get("resourcePolicy") is not None:
        resource = request["resource"]
        kind = "maybe"
        if request["action"].lower().startswith("sts:") and ":role/" in resource:
            kind = "never"
        check_document(case["resourcePolicy"], principal="always", resource=kind)


def check_document(document, principal, resource):
    refuse_if(not isinstance(document, dict), "a policy is an object")
    refuse_if(set(document) - TOP, "an element that the language does not have")
    refuse_if(document.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"), "no such Version")
    statements = document.get("Statement")
    statements = statements if isinstance(statements, list) else [statements]
    refuse_if(not statements, "no statement")
    sids = [s["Sid"] for s in statements if isinstance(s, dict) and "Sid" in s]
    refuse_if(len(sids) != len(set(sids)), "two statements of one Sid")
    for statement in statements:
        check_statement(statement, principal, resource)


def check_statement(statement, principal, resource):
    refuse_if(not isinstance(statement, dict), "a statement is an object")
    refuse_if(set(statement) - ELEMENTS, "an element that the language does not have")
    refuse_if(statement.get("Effect") not in ("Allow", "Deny"), "no such Effect")
    exactly_one(statement, "Action", "NotAction", "always")
    exactly_one(statement, "Resource", "NotResource", resource)
    exactly_one(statement, "Principal", "NotPrincipal", "always" if principal == "everybody" else principal)
    if principal == "everybody":
        refuse_if(statement.get("Principal") not in ("*", {"AWS": "*"}), "an RCP is about everybody")
    for name in ("Action", "NotAction"):
        for action in values_of(statement, name):
            refuse_if(action != "*" and ":" not in action, "an action without a service")
    condition = statement.get("Condition", {})
    refuse_if(not isinstance(condition, dict), "Condition is an object")
    for operator, keys in condition.items():
        refuse_if(parse_operator(operator) is None, f"no such operator: {operator}")
        refuse_if(not isinstance(keys, dict), "an operator holds keys")
        for values in keys.values():
            refuse_if(values == [] or isinstance(values, dict), "a condition key needs values")


def refuse_unfinished_arns(document):
    """A session policy with one is malformed. Source: IAM User Guide, Resource."""
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for name in ("Resource", "NotResource"):
            for resource in values_of(statement, name):
                refuse_if(resource != "*" and split_pattern(resource, document.get("Version")) is None, "an unfinished ARN")


def values_of(statement, name):
    value = statement.get(name, [])
    return [as_text(v) for v in (value if isinstance(value, list) else [value])]


def exactly_one(statement, name, other, wanted):
    given = [n for n in (name, other) if n in statement]
    refuse_if(len(given) > 1, f"{name} and {other}")
    refuse_if(wanted == "always" and not given, f"neither {name} nor {other}")
    refuse_if(wanted == "never" and given, f"{name} has no place here")
    for n in given:
        refuse_if(statement[n] == [] or statement[n] == {}, f"{n} is empty")
