"""What is special to one service: KMS grants and operations, public bucket policies, RCP services."""

import ipaddress

from iam_conditions import parse_operator
from iam_logic import UNKNOWN, all3, any3, as_text, not3, note
from iam_statement import ACCOUNT, DIRECT, ROLE, as_list, entries, entry_level, statements

# Cryptographic operations and the few others that another account may use.
# Source: KMS Developer Guide, "Allowing users in other accounts to use a KMS key".
CROSS_ACCOUNT_KMS = {
    "decrypt", "derivesharedsecret", "encrypt", "generatedatakey", "generatedatakeypair",
    "generatedatakeypairwithoutplaintext", "generatedatakeywithoutplaintext", "generatemac",
    "reencryptfrom", "reencryptto", "sign", "verify", "verifymac",
    "creategrant", "describekey", "getkeyrotationstatus", "getpublickey", "listgrants",
    "retiregrant", "revokegrant",
}  # fmt: skip

# Those of the services in these cases whose resources RCPs apply to.
# Source: Organizations User Guide, RCPs, "List of AWS services that support RCPs".
RCP_SERVICES = {"s3", "sts", "kms", "sqs", "secretsmanager", "ecr"}


# Constraints bind the operations that take an encryption context, not DescribeKey, RetireGrant and
# the like. Source: KMS API Reference, GrantConstraints.
CONSTRAINED = {
    "decrypt", "encrypt", "generatedatakey", "generatedatakeypair", "generatedatakeypairwithoutplaintext",
    "generatedatakeywithoutplaintext", "reencryptfrom", "reencryptto",
}  # fmt: skip


def grants_by_level(grants, request):
    """What the grants of a key allow the caller, by how they name him.

    Source: KMS Developer Guide, "Grants in AWS KMS": grantee, operations, constraints."""
    found = {DIRECT: [], ROLE: [], ACCOUNT: []}
    operation = request.action.split(":", 1)[1].lower()
    for grant in grants:
        wanted = [o.lower() for o in grant["Operations"]]
        grantee = grant["GranteePrincipal"]
        kind = "Service" if request.caller.kind == "service" else "AWS"
        if operation == "retiregrant" and grant.get("RetiringPrincipal") is not None:
            # Source: KMS API Reference, RetireGrant.
            retiring = entry_level("AWS", grant["RetiringPrincipal"], request.caller, False)
            if note("grant: retiring principal", retiring is not None) and retiring is not None:
                found[retiring[0]].append(UNKNOWN if retiring[0] == ACCOUNT and request.caller.kind != "root" else True)
        named = entry_level(kind, grantee, request.caller, False)
        if named is None or grantee == "*":
            continue
        truth = all3(
            [
                note("grant: operation", operation in wanted),
                named[1],
                constraint_holds(grant.get("Constraints", {}), request.context) if operation in CONSTRAINED else True,
            ]
        )
        if operation == "creategrant":
            # A grant made under a grant must not be wider than it, which a case does not say.
            truth = all3([truth, UNKNOWN])
        note(f"grant: {named[0]}", truth)
        if named[0] == ACCOUNT and request.caller.kind != "root":
            # An account may be the grantee; what its identities then need is not said.
            found[DIRECT].append(all3([truth, UNKNOWN]))
        else:
            found[DIRECT if named[0] == ACCOUNT else named[0]].append(truth)
    return {level: any3(truths) for level, truths in found.items()}


PREFIX = "kms:encryptioncontext:"


def constraint_holds(constraints, context):
    """EncryptionContextSubset: these pairs and any others. EncryptionContextEquals: exactly these."""
    truths = []
    for name in ("EncryptionContextSubset", "EncryptionContextEquals"):
        if name not in constraints:
            continue
        for key, value in constraints[name].items():
            given = context.get(PREFIX + key)
            if context.may_come(PREFIX + key):
                truths.append(UNKNOWN)
            else:
                truths.append(given == [as_text(value)])
        if name == "EncryptionContextEquals":
            names = {PREFIX + key.lower() for key in constraints[name]}
            others = [k for k in context.values if k.startswith(PREFIX) and k not in names]
            truths.append(UNKNOWN if context.is_open and not others else not others)
    return note("grant: constraint", all3(truths)) if truths else True


# --- what S3 calls public ---------------------------------------------------------------------------

# Source of all below: S3 User Guide, "Blocking public access", "The meaning of public".
FIXING_KEYS = {
    "aws:principalorgid", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner",
    "aws:sourceaccount", "aws:userid", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
}  # fmt: skip
# Keys that name a principal or an organization as well, but that the list does not name.
PERHAPS_FIXING_KEYS = {
    "aws:principalarn", "aws:principalaccount", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths",
    "aws:principalservicename",
}  # fmt: skip
FIXING_OPERATORS = {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"}
PRIVATE = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]


def is_public(document):
    """A policy is public unless every Allow is for fixed callers or for fixed values."""
    allowing = [s for s in statements(document) if s["Effect"] == "Allow"]
    return note("S3: policy is public", any3(not3(is_fixed(s)) for s in allowing))


def is_fixed(statement):
    """Whether one Allow is for fixed callers, or holds only for fixed values of one of the keys."""
    if "Principal" in statement and all(fixed_principal(kind, entry) for kind, entry in entries(statement["Principal"])):
        return True
    return any3(
        fixed_condition(operator, key.lower(), [as_text(v) for v in as_list(values)])
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def fixed_principal(kind, entry):
    """An account, user, role or service; not everybody, and not a provider whom anybody can join."""
    return kind in ("AWS", "Service", "CanonicalUser") and "*" not in entry


def fixed_condition(operator, key, values):
    """A condition that only fixed values satisfy. Whether a set operator spoils it is not said."""
    qualifier, base, if_exists = parse_operator(operator)
    if if_exists or qualifier == "ForAllValues":
        return False  # holds without the key
    if base == "IpAddress" and key == "aws:sourceip":
        fixed = all(narrow(value) for value in values)
    elif base in FIXING_OPERATORS and key in FIXING_KEYS:
        fixed = all3(fixed_value(key, value) for value in values)
    elif base in FIXING_OPERATORS and key in PERHAPS_FIXING_KEYS:
        fixed = all3([note("S3: key that the list of fixed values does not name", UNKNOWN)] + [fixed_value(key, v) for v in values])
    else:
        fixed = False
    return all3([fixed, UNKNOWN]) if qualifier else fixed


def fixed_value(key, value):
    if "${" in value:
        return False
    if key == "s3:dataaccesspointarn":
        # A wildcard for the access point's name is harmless as long as the account is fixed.
        parts = value.split(":", 5)
        return len(parts) == 6 and parts[4] != "" and not any(c in parts[4] for c in "*?")
    if "*" in value or "?" in value:
        return False
    if key == "aws:userid" and ":" in value:
        # "outside the pattern AROLEID:*": whether one session of a role is inside is not said.
        return UNKNOWN
    return True


def narrow(value):
    """Not broader than /8 (IPv4) or /32 (IPv6), the private blocks aside."""
    try:
        block = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    if block.version == 4 and any(block.subnet_of(private) for private in PRIVATE):
        return True
    return block.prefixlen >= (8 if block.version == 4 else 32)
