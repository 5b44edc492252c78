"""A slow, obvious evaluator of AWS authorization, to compare `crosspipe policy evaluate` with.

Reads one JSON case per line and writes one `{"id", "result", "parts"}` per line. It shares no code
and no author with the engine. Nothing here is fast; every rule is a small function with its source.

    python3 iam_reference.py < cases.jsonl > answers.jsonl
"""

import json
import sys

from iam_logic import UNKNOWN, Context, agree3, all3, any3, not3, note
from iam_special import CROSS_ACCOUNT_KMS, RCP_SERVICES, grants_by_level, is_public
from iam_statement import ACCOUNT, DIRECT, ROLE, Caller, allows, allows_by_level, denies
from iam_valid import Refused, check_case

NOT_APPLICABLE = None


class Request:
    def __init__(self, case):
        given = case["request"]
        self.caller = Caller(given["principal"])
        self.caller.learn(given.get("context") or {})
        self.action = given["action"]
        self.service = self.action.split(":", 1)[0].lower()
        self.resource = given["resource"]
        # Where the case does not give it: the ARN's own; what is about no resource stays at home.
        named = self.caller.account if self.resource == "*" else self.resource.split(":")[4]
        self.account = given.get("resourceAccount") or named
        self.context = Context(given.get("context", {}), case.get("openContext", False))
        self.same_account = self.caller.account == self.account
        self.has_boundary = bool(case.get("boundaries")) and self.caller.kind in ("session", "role", "user", "federated-user")
        parts = self.resource.split(":", 5)
        kind = parts[5].partition("/")[0] if len(parts) == 6 else ""
        self.is_trust = self.service == "sts" and kind == "role" and parts[2] == "iam"
        self.is_key = self.service == "kms" and kind == "key"


class Layer:
    """What one layer says: does an Allow apply, does a Deny."""

    def __init__(self, allow, deny):
        self.allow = allow
        self.deny = deny

    @property
    def answer(self):
        return answer(self.allow, self.deny)


def answer(allow, deny):
    """A Deny decides; otherwise it needs an Allow and no doubt about a Deny."""
    if deny is True:
        return "ExplicitlyDenied"
    allowed = all3([allow, not3(deny)])
    return {True: "Allowed", False: "ImplicitlyDenied", UNKNOWN: "Depends"}[allowed]


# --- the layers, each on its own; None is one that does not apply ------------------------------------


def identity_layer(case, request):
    """Policies of users and roles. The root user needs none; services, web identities and nobody have none."""
    if request.caller.kind == "root":
        return Layer(True, False)
    if request.caller.kind not in ("session", "role", "user", "federated-user"):
        return NOT_APPLICABLE
    documents = case.get("identityPolicies", [])
    return Layer(allows(documents, request, completes=True), denies(documents, request, completes=True))


def boundary_layer(case, request):
    """An entity has one boundary. Of several it is not known which: to allow, they have to agree."""
    if not request.has_boundary:
        return NOT_APPLICABLE
    documents = case["boundaries"]
    return Layer(
        agree3(allows([d], request, completes=True) for d in documents),
        denies(documents, request, completes=True),
    )


def session_layer(case, request):
    """The policy that a session of a role or of a federated user was made with."""
    if case.get("sessionPolicy") is None and request.caller.kind == "federated-user":
        # Without one the session has no rights but those a resource policy gives it by name.
        # Source: evaluation logic, session policies; STS API Reference, GetFederationToken.
        return Layer(note("federated user without session policy", False), False)
    if case.get("sessionPolicy") is None or request.caller.kind not in ("session", "role", "federated-user"):
        return NOT_APPLICABLE
    documents = [case["sessionPolicy"]]
    return Layer(allows(documents, request), denies(documents, request))


def scp_layer(case, request):
    """One Allow at each level, no Deny at any.

    Not for the management account, service-linked roles, service principals, and those outside of
    the organization. Source: Organizations User Guide, SCP evaluation; SCPs, "Tasks not restricted"."""
    settings = case.get("settings", {})
    levels = case.get("scps", [])
    if not levels or not request.caller.is_aws:
        return NOT_APPLICABLE
    if settings.get("managementAccount") or settings.get("serviceLinkedRole"):
        return NOT_APPLICABLE
    return Layer(
        all3(allows(level["policies"], request) for level in levels),
        any3(denies(level["policies"], request) for level in levels),
    )


def rcp_layer(case, request):
    """Only Denies count: RCPFullAWSAccess is at every level and cannot be detached.

    Not for service-linked roles, not for resources of the management account, only for the services
    that support RCPs, and not for kms:RetireGrant. Source: Organizations User Guide, RCPs; KMS
    Developer Guide, "Resource control policies in AWS KMS"."""
    settings = case.get("settings", {})
    levels = case.get("rcps", [])
    if not levels or settings.get("serviceLinkedRole"):
        return NOT_APPLICABLE
    if settings.get("managementAccount") and request.same_account:
        return NOT_APPLICABLE
    if request.service not in RCP_SERVICES or request.action.lower() == "kms:retiregrant":
        return NOT_APPLICABLE
    return Layer(True, any3(denies(level["policies"], request) for level in levels))


def endpoint_layer(case, request):
    """The policy of the VPC endpoint that the request came through, whoever calls. An endpoint has one.

    Source: VPC guide, "Control access to VPC endpoints using endpoint policies"."""
    documents = case.get("endpointPolicies") or []
    if not documents:
        return NOT_APPLICABLE
    return Layer(
        agree3(allows([d], request) for d in documents),
        denies(documents, request),
    )


def resource_layer(case, request):
    """The resource's own policy, and the grants of a key, however they name the caller. IAM's own
    resources but for the trust policy, which only STS asks, have none."""
    documents = [case["resourcePolicy"]] if case.get("resourcePolicy") is not None else []
    granted = any3(key_grants(case, request).values())
    if request.service == "iam" or (not documents and granted is False):
        return NOT_APPLICABLE
    allow = any3([allows(documents, request, request.is_trust), granted])
    if owner_can_always(request):
        return Layer(allow, False)
    return Layer(allow, denies(documents, request, request.is_trust))


BUCKET_POLICY_ACTIONS = {"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"}


def owner_can_always(request):
    """The root user of the bucket's account is never locked out by the bucket policy.

    Source: S3 API Reference, PutBucketPolicy."""
    return (
        request.caller.kind == "root" and request.same_account and request.action.lower() in BUCKET_POLICY_ACTIONS
    )


# --- the decision -----------------------------------------------------------------------------------


def allowed_by(layer):
    """A layer that is not there cuts nothing."""
    return True if layer is NOT_APPLICABLE else layer.allow


def resource_grants(case, request, resource):
    """What the resource policy allows, by level."""
    if resource is NOT_APPLICABLE or case.get("resourcePolicy") is None:
        return {DIRECT: False, ROLE: False, ACCOUNT: False}
    return allows_by_level([case["resourcePolicy"]], request, request.is_trust)


def key_grants(case, request):
    if not request.is_key:
        return {DIRECT: False, ROLE: False, ACCOUNT: False}
    return grants_by_level(case.get("grants", []), request)


def caller_side(layers, request):
    """What the caller's own policies let through: identity, boundary and session together."""
    return all3([layers["identity"].allow, allowed_by(layers["boundary"]), allowed_by(layers["session"])])


def same_account(case, layers, request):
    """Identity and resource policies add up; implicit denies cut by how the resource names the caller.

    Source: evaluation logic, table of implicit denies; key policies; trust policies."""
    resource = resource_grants(case, request, layers["resource"])
    grants = key_grants(case, request)
    direct = any3([resource[DIRECT], grants[DIRECT]])
    by_account = any3([resource[ACCOUNT], grants[ACCOUNT]])
    own = caller_side(layers, request)
    cuts = all3([allowed_by(layers["boundary"]), allowed_by(layers["session"])])
    # Whether a boundary or a session policy that is silent cuts a grant is not said.
    if request.is_trust:
        # Nor is whether a boundary that is silent cuts what a trust policy gives to the caller himself.
        direct = all3([direct, any3([allowed_by(layers["boundary"]), UNKNOWN])])
    by_role = any3([all3([resource[ROLE], cuts]), all3([grants[ROLE], any3([cuts, UNKNOWN])])])
    # Trust and key policies have to allow in any case: the caller's policies count where they hand over.
    own_counts = by_account if request.is_trust or request.is_key else True
    return any3(
        [
            note("same account: named directly", direct),
            note("same account: by role", by_role),
            note("same account: by own policies", all3([own, own_counts])),
        ]
    )


def cross_account(case, layers, request):
    """Both accounts have to allow, each for itself. Source: cross-account evaluation logic."""
    if request.service == "iam":
        return note("cross account: an IAM action", False)
    if request.action.lower() in BUCKET_POLICY_ACTIONS:
        # Source: S3 API Reference, PutBucketPolicy: 405 for an identity of another account.
        return note("cross account: the bucket policy itself", False)
    if request.is_key and request.action.split(":", 1)[1].lower() not in CROSS_ACCOUNT_KMS:
        return note("cross account: a KMS operation of the owner only", False)
    resource = any3(resource_grants(case, request, layers["resource"]).values())
    grants = any3(key_grants(case, request).values())
    own = caller_side(layers, request)
    return any3(
        [
            note("cross account: both sides", all3([own, resource])),
            # A grant beside policies of the caller that are silent: AWS's pages do not agree.
            note("cross account: grant", all3([grants, any3([own, UNKNOWN])])),
        ]
    )


def federated_user_cannot(request):
    """Sessions of GetFederationToken call no operation of IAM, and none of STS but GetCallerIdentity.
    iam:PassRole is a permission and not an operation.

    Source: IAM User Guide, "Compare AWS STS credentials"; "Grant a user permissions to pass a role"."""
    if request.caller.kind != "federated-user":
        return False
    barred = request.service in ("iam", "sts") and request.action.lower() != "iam:passrole"
    return note("federated user calls IAM or STS", barred)


def retire_grant(case, layers, request):
    """The grant says who may retire it: the retiring principal, and the grantee where RetireGrant is
    one of its operations. A key policy cannot; identity policies can in part, which is not said.

    Source: KMS API Reference, RetireGrant; KMS Developer Guide, permissions reference."""
    grants = any3(key_grants(case, request).values())
    own = caller_side(layers, request) if request.caller.is_aws and request.same_account else False
    return any3([note("RetireGrant by the grant", grants), all3([own, UNKNOWN])])


TAKES_UNSIGNED = {"s3", "sqs", "sns", "execute-api", "lambda", "es", "mediastore", "sts"}


def without_identity(case, layers, request):
    """Services, web identities and nobody: the resource's side alone."""
    if request.caller.kind == "web" and request.action.lower() == "sts:assumerole":
        # Source: STS API Reference, AssumeRole: signed with an identity's credentials, not with a token.
        return note("web identity calls AssumeRole", False)
    resource = resource_grants(case, request, layers["resource"])
    grants = key_grants(case, request)
    given = note(f"no identity: {request.caller.kind}", any3([resource[DIRECT], grants[DIRECT]]))
    if request.caller.kind == "anonymous" and request.service not in TAKES_UNSIGNED:
        # Few services take requests that nobody signed; of the others their guides do not speak.
        return note("anonymous: a service that is not known for it", all3([given, UNKNOWN]))
    return given


def public_access_blocked(case, request):
    """RestrictPublicBuckets: a public policy lets in only services and the bucket's own account.

    Source: S3 User Guide, Block public access settings."""
    if not case.get("settings", {}).get("blockPublicAccess") or request.service != "s3":
        return False
    if request.same_account or request.caller.kind == "service" or case.get("resourcePolicy") is None:
        return False
    return note("S3: public access blocked", is_public(case["resourcePolicy"]))


def decide(case):
    request = Request(case)
    if request.action.lower() == "sts:getcalleridentity" and request.caller.is_aws:
        # Needs no permission and cannot be denied. Source: STS API Reference, GetCallerIdentity.
        return "Allowed", {}
    layers = {
        "identity": identity_layer(case, request),
        "resource": resource_layer(case, request),
        "boundary": boundary_layer(case, request),
        "session": session_layer(case, request),
        "scp": scp_layer(case, request),
        "rcp": rcp_layer(case, request),
        "endpoint": endpoint_layer(case, request),
    }
    if request.caller.kind == "anonymous" and request.action.lower() == "sts:assumerole":
        # Source: STS API Reference, AssumeRole: called with credentials.
        granted = note("anonymous assumes a role", False)
    elif federated_user_cannot(request):
        granted = False
    elif request.is_key and request.action.lower() == "kms:retiregrant":
        granted = retire_grant(case, layers, request)
    elif not request.caller.is_aws:
        granted = without_identity(case, layers, request)
    elif request.caller.kind == "root" and request.is_trust:
        # Source: IAM User Guide, "Methods to assume a role": the root user cannot.
        granted = note("root user assumes a role", False)
    elif request.same_account:
        granted = note("same account", same_account(case, layers, request))
    else:
        granted = note("cross account", cross_account(case, layers, request))
    allow = all3(
        [
            granted,
            allowed_by(layers["scp"]),
            allowed_by(layers["endpoint"]),
            not3(public_access_blocked(case, request)),
        ]
    )
    deny = any3(layer.deny for layer in layers.values() if layer is not NOT_APPLICABLE)
    result = answer(allow, deny)
    parts = {name: "NotApplicable" if layer is NOT_APPLICABLE else layer.answer for name, layer in layers.items()}
    return result, parts


def evaluate(line):
    """One line in, one answer out; a line that is no case is an Error and the next goes on."""
    case_id = None
    try:
        case = json.loads(line)
        case_id = case.get("id") if isinstance(case, dict) else None
        check_case(case)
    except (ValueError, Refused) as refused:
        return {"id": case_id, "result": "Error", "error": str(refused)}
    result, parts = decide(case)
    return {"id": case_id, "result": result, "parts": parts}


def main():
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(evaluate(line)))


if __name__ == "__main__":
    main()
