"""When a statement of a policy applies: action, resource, principal, conditions.

Source of all, unless said otherwise: IAM User Guide, "IAM JSON policy elements".
"""

from iam_conditions import conditions
from iam_logic import (
    ANY,
    ONE,
    SEVERAL,
    UNKNOWN,
    UNRESOLVED,
    all3,
    any3,
    glob,
    has_variable,
    match_arn,
    not3,
    note,
    split_pattern,
)


def as_list(value):
    return value if isinstance(value, list) else [value]


# --- who calls -----------------------------------------------------------------------------------


class Caller:
    """A principal of a request.

    kind: session, role, user, root, federated-user, service, web (web and SAML identities), anonymous.
    """

    def __init__(self, text):
        self.text = text
        self.account = None
        self.partition = None
        self.role = None  # (partition, account, name without the path) of a role or its session
        self.role_arn = None  # with its path, where that is known
        parts = text.split(":", 5)
        if text == "*anonymous*":
            self.kind = "anonymous"
        elif len(parts) != 6:
            self.kind = "service" if text.endswith((".amazonaws.com", ".aws.internal")) else "web"
            if text in ("cognito-identity.amazonaws.com", "www.amazon.com"):
                self.kind = "web"
        else:
            _, self.partition, service, _, self.account, rest = parts
            kind, _, name = rest.partition("/")
            if service == "sts" and kind == "assumed-role":
                self.kind = "session"
                self.role = (self.partition, self.account, name.partition("/")[0])
            elif service == "sts" and kind == "federated-user":
                self.kind = "federated-user"
            elif rest == "root":
                self.kind = "root"
            elif kind == "user":
                self.kind = "user"
            elif kind == "role":
                self.kind = "role"
                self.role = (self.partition, self.account, name.rpartition("/")[2])
                self.role_arn = text
            else:
                self.kind = "web"  # oidc-provider, saml-provider

    def learn(self, context):
        """A session's ARN has no path; the context may give its role's."""
        given = [v for k, v in context.items() if k.lower() == "aws:principalarn"]
        given = [v[0] if isinstance(v, list) and v else v for v in given]
        for arn in given:
            parts = arn.split(":", 5) if isinstance(arn, str) else []
            if self.kind == "session" and len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("role/"):
                if (parts[1], parts[4], parts[5].rpartition("/")[2]) == self.role:
                    self.role_arn = arn

    @property
    def is_aws(self):
        """Whether it is an identity of an account, as opposed to services, web identities and nobody."""
        return self.kind in ("session", "role", "user", "root", "federated-user")


# --- actions and resources ------------------------------------------------------------------------


def wildcards(pattern):
    return [{"*": ANY, "?": ONE}.get(character, character) for character in pattern]


def action_matches(pattern, action):
    """Without case; `*` and `?` in either half; `*` alone is every action. Source: Action."""
    pattern, action = pattern.lower(), action.lower()
    if pattern == "*":
        return True
    wanted, given = pattern.split(":", 1), action.split(":", 1)
    if len(wanted) != 2 or len(given) != 2:
        return False
    return glob(wildcards(wanted[0]), given[0]) and glob(wildcards(wanted[1]), given[1])


def action_applies(statement, action):
    if "Action" in statement:
        return note("Action", any(action_matches(p, action) for p in as_list(statement["Action"])))
    return note("NotAction", not any(action_matches(p, action) for p in as_list(statement["NotAction"])))


def resource_matches(pattern, resource, version, context, completes):
    """`*` is everything. An action without a resource type is asked for on `*`, and only the pattern
    `*` covers that. Variables only in the sixth component. Source: Resource; VA."""
    if pattern == "*":
        return True
    if resource == "*":
        return note("Resource: an ARN against an action without resource", False)
    parts = split_pattern(pattern, version)
    if parts is None and pattern.startswith("arn:") and completes:
        # An unfinished ARN of an identity-based policy is completed with wildcards; of other
        # policies AWS does not say. Source: IAM User Guide, Resource; IAM identifiers.
        pattern += ":*" * (5 - pattern.count(":"))
        note("Resource: unfinished ARN completed", True)
        parts = split_pattern(pattern, version)
    if parts is not None and any(has_variable(part, version) for part in parts[:5]):
        return note("Resource: variable outside of the sixth part", UNKNOWN)
    return match_arn(pattern, version, context, resource)


WITHOUT_VALUE = (UNRESOLVED, SEVERAL)


def resource_applies(statement, resource, version, context, completes):
    # One page says that a `*` at the end of a part of an ARN can reach over its colon, another that the
    # parts are compared one by one. What would help the caller does not count on either.
    careful = (statement["Effect"] == "Deny") != ("NotResource" in statement)

    def one(pattern):
        found = resource_matches(pattern, resource, version, context, completes)
        loose = careful and found is False and "*:" in pattern and "${" not in pattern
        if loose and resource != "*" and glob(wildcards(pattern), resource):
            return note("Resource: a * reaches over a colon", UNKNOWN)
        return found

    if "Resource" in statement:
        found = [one(p) for p in as_list(statement["Resource"])]
        # A variable without a value matches nothing.
        return note("Resource", any3(False if f in WITHOUT_VALUE else f for f in found))
    if "NotResource" in statement:
        found = [one(p) for p in as_list(statement["NotResource"])]
        # Whether a variable without a value then excludes nothing or spoils the statement is not said.
        return note("NotResource", not3(any3(UNKNOWN if f in WITHOUT_VALUE else f for f in found)))
    # Trust policies and repository policies of ECR carry no Resource: it is the one they are attached to.
    return note("no Resource", True)


# --- how a policy names a caller --------------------------------------------------------------------

# From the strongest on. Source: IAM User Guide, evaluation logic, the table of implicit denies.
DIRECT, ROLE, ACCOUNT = "direct", "role", "account"


def entry_level(kind, entry, caller, is_trust):
    """How one entry of Principal names the caller: (level, truth), or None if it does not.

    Source: Principal. No partial wildcards; unique ids are of principals that are gone."""
    if entry == "*" and kind in ("*", "AWS"):
        if is_trust and not caller.is_aws:
            return (DIRECT, note("Principal: * of a trust policy for others than AWS identities", UNKNOWN))
        return (DIRECT, True)
    if kind == "Service":
        return (DIRECT, True) if caller.kind == "service" and entry == caller.text else None
    if kind == "Federated":
        return (DIRECT, True) if caller.kind == "web" and entry == caller.text else None
    if kind == "CanonicalUser":
        # Another name of an account, of which a case does not say. Source: Principal, account principals.
        return (ACCOUNT, note("Principal: CanonicalUser", UNKNOWN)) if caller.is_aws else None
    if kind != "AWS" or not caller.is_aws:
        return None
    if entry == caller.account:
        return (ACCOUNT, True)
    parts = entry.split(":", 5)
    if len(parts) != 6 or parts[1] != caller.partition or parts[4] != caller.account:
        return None
    if parts[5] == "root":
        return (ACCOUNT, True)
    if parts[5].startswith("role/") and caller.role is not None:
        if (parts[1], parts[4], parts[5].rpartition("/")[2]) == caller.role and "*" not in entry:
            if caller.role_arn is not None and entry != caller.role_arn:
                # Two roles of one name cannot be beside each other, so it is a role that is not there.
                return (ROLE, note("Principal: the name of the role but not its path", UNKNOWN))
            return (ROLE, True)
        return None
    return (DIRECT, True) if entry == caller.text else None


def may_be_session(kind, entry, caller):
    """Whether an entry names one session of the role that a case gives as the caller: AWS sees a
    session call, and which one was not said. Such an entry grants nothing and may deny."""
    if kind != "AWS" or caller.kind != "role":
        return False
    _, account, name = caller.role
    return entry.startswith(f"arn:{caller.partition}:sts::{account}:assumed-role/{name}/")


def entries(element):
    """The entries of a Principal or NotPrincipal element as (kind, entry)."""
    if isinstance(element, str):
        return [("*", element)]
    return [(kind, entry) for kind, listed in element.items() for entry in as_list(listed)]


def principal_levels(statement, caller, is_trust):
    """The truth of "names the caller" for each level, for a statement that allows."""
    levels = {DIRECT: False, ROLE: False, ACCOUNT: False}
    if "Principal" in statement:
        for kind, entry in entries(statement["Principal"]):
            found = entry_level(kind, entry, caller, is_trust)
            if found is not None:
                level, truth = found
                levels[level] = any3([levels[level], truth])
        levels = {level: note(f"Principal: {level}", truth) for level, truth in levels.items()}
    elif "NotPrincipal" in statement:
        listed = entries(statement["NotPrincipal"])
        found = [entry_level(kind, entry, caller, is_trust) for kind, entry in listed]
        truths = [f[1] for f in found if f is not None]
        named = any3(truths + [UNKNOWN for kind, entry in listed if may_be_session(kind, entry, caller)])
        applies = note("NotPrincipal with Allow", not3(named))
        # AWS warns against it and no longer supports it: it counts where the caller's own policies
        # have to allow as well, and is a doubt where nothing else would be needed.
        levels[ACCOUNT] = applies if caller.is_aws else False
        levels[DIRECT] = all3([applies, UNKNOWN])
    else:
        levels[DIRECT] = True
    return levels


def deny_names(statement, caller, has_boundary, is_trust):
    """Whether a statement that denies is about the caller."""
    if "Principal" in statement:
        listed = entries(statement["Principal"])
        found = [entry_level(kind, entry, caller, is_trust) for kind, entry in listed]
        truths = [f[1] for f in found if f is not None]
        truths += [UNKNOWN for kind, entry in listed if may_be_session(kind, entry, caller)]
        return note("Principal with Deny", any3(truths))
    if "NotPrincipal" not in statement:
        return True
    if has_boundary:
        # Source: IAM User Guide, NotPrincipal, key points: always denies who has a boundary.
        return note("NotPrincipal with Deny, caller with boundary", True)
    listed = entries(statement["NotPrincipal"])
    levels = [entry_level(kind, entry, caller, is_trust) for kind, entry in listed]
    names = {level[0] for level in levels if level is not None}
    if not caller.is_aws:
        exempt = DIRECT in names
    elif ("*", "*") in listed or ("AWS", "*") in listed:
        exempt = True
    elif caller.kind == "root":
        exempt = ACCOUNT in names
    elif caller.kind == "session":
        # AWS may look at the account first, then the role, then the session.
        exempt = ACCOUNT in names and ROLE in names
        if exempt and DIRECT not in names:
            exempt = note("NotPrincipal with Deny: the role but not the session", UNKNOWN)
    elif caller.kind == "role":
        exempt = ACCOUNT in names and ROLE in names
    else:
        exempt = ACCOUNT in names and DIRECT in names
    return note("NotPrincipal with Deny", not3(exempt))


# --- documents ------------------------------------------------------------------------------------


def statements(document):
    return as_list(document["Statement"])


def matches(statement, document, request, completes):
    """All but the principal."""
    version = document.get("Version", "2008-10-17")
    return all3(
        [
            action_applies(statement, request.action),
            resource_applies(statement, request.resource, version, request.context, completes),
            conditions(statement.get("Condition", {}), version, request.context),
        ]
    )


def denies(documents, request, is_trust=False, completes=False):
    """Whether a Deny of these documents applies."""
    return any3(
        all3(
            [
                matches(statement, document, request, completes),
                deny_names(statement, request.caller, request.has_boundary, is_trust),
            ]
        )
        for document in documents
        for statement in statements(document)
        if statement["Effect"] == "Deny"
    )


def allows_by_level(documents, request, is_trust=False, completes=False):
    """Whether an Allow of these documents applies, by how it names the caller."""
    found = {DIRECT: [], ROLE: [], ACCOUNT: []}
    for document in documents:
        for statement in statements(document):
            if statement["Effect"] == "Allow":
                rest = matches(statement, document, request, completes)
                for level, truth in principal_levels(statement, request.caller, is_trust).items():
                    found[level].append(all3([rest, truth]))
    return {level: any3(truths) for level, truths in found.items()}


def allows(documents, request, is_trust=False, completes=False):
    """Whether an Allow of these documents applies, however it names the caller."""
    return any3(allows_by_level(documents, request, is_trust, completes).values())
