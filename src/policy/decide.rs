//! The decision: what AWS answers to a request.
//!
//! Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; AWS
//! Organizations User Guide, "SCP evaluation" and "Resource control policies (RCPs)"; AWS KMS Developer
//! Guide, "Key policies in AWS KMS"; AWS STS API Reference, AssumeRole.

use serde::{Deserialize, Serialize};

use super::arn::{Identity, IdentityArn};
use super::grant::{self, Granted};
use super::layer::{Found, Layer, Place, Question, Side, together};
use super::notes::{Doubt, Notes};
use super::policies::Policies;
use super::principal::Asking;
use super::request::{AwsPrincipal, Principal, Request};
use super::scope::Scope;
use super::truth::Truth;
use super::{abroad, kms, rcp, s3};

/// What AWS answers to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Answer {
    /// It is allowed.
    Allowed,
    /// A Deny applies; no Allow anywhere helps.
    ExplicitlyDenied,
    /// An Allow is missing that it needs.
    ImplicitlyDenied,
    /// Allowed or denied, by what is not known: a context key, or a behaviour that AWS does not document.
    Depends,
}

/// What one layer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// It has no say: nothing was given, or it does not apply to this request.
    NotApplicable,
    /// It allows.
    Allowed,
    /// A Deny in it applies.
    ExplicitlyDenied,
    /// Nothing in it allows.
    ImplicitlyDenied,
    /// It cannot be said.
    Depends,
}

/// What each layer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The identity's policies. The root user needs none.
    pub identity: Part,
    /// The resource's policy, grants included. Allowed also where it hands the decision to the account.
    pub resource: Part,
    /// The permissions boundary.
    pub boundary: Part,
    /// The session policies.
    pub session: Part,
    /// The service control policies.
    pub scp: Part,
    /// The resource control policies, of which only Denies count.
    pub rcp: Part,
    /// The VPC endpoint's policy.
    pub endpoint: Part,
}

impl Parts {
    /// What a layer answers.
    pub fn of(&self, layer: Layer) -> Part {
        match layer {
            Layer::Identity => self.identity,
            Layer::Resource => self.resource,
            Layer::Boundary => self.boundary,
            Layer::Session => self.session,
            Layer::Scp => self.scp,
            Layer::Rcp => self.rcp,
            Layer::Endpoint => self.endpoint,
        }
    }
}

/// The answer, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The answer.
    pub answer: Answer,
    /// Whether the caller and the resource are in one account.
    pub same_account: bool,
    /// What each layer answers.
    pub parts: Parts,
    /// The statement that decided: the Deny, or the Allow that was enough. `None` where none was needed, as
    /// for the root user, or none was found.
    pub statement: Option<Place>,
    /// The rule that stands above statements, where one decided.
    pub rule: Option<Overruling>,
}

/// A rule that decides whatever the statements allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overruling {
    /// S3 Block Public Access, on a bucket whose policy is public.
    BlockPublicAccess,
    /// The root user cannot assume roles.
    RootAssumesNoRole,
    /// A role is assumed with a signed request, or with a provider's token.
    AnonymousAssumesNoRole,
    /// The service does not take this action on another account's resource.
    NotAcrossAccounts,
    /// A federated user cannot call IAM, nor STS but for GetCallerIdentity.
    ///
    /// Source: IAM User Guide, "Compare AWS STS credentials".
    FederatedUserCannot,
    /// IAM's own actions work in their own account only.
    IamOfAnotherAccount,
    /// The action is authorised on the key that an alias stands for.
    AliasIsNoKey,
    /// AWS asks for no permission.
    ///
    /// Source: AWS STS API Reference, GetCallerIdentity; IAM User Guide, "Permissions for GetSessionToken".
    NeedsNoPermission,
    /// The operation cannot be called with temporary credentials.
    ///
    /// Source: IAM User Guide, "Compare AWS STS credentials".
    NeedsLongTermCredentials,
    /// Accounts of different partitions have nothing to do with each other.
    ///
    /// Source: IAM User Guide, "Cross account resource access in IAM".
    OtherPartition,
    /// The root user of the bucket's owner can always reach the bucket policy.
    OwnerIsNotLockedOut,
    /// A grant on the KMS key stands for the Allow.
    Grant,
}

/// Whether AWS allows a request. Nothing is allocated.
pub fn decide(policies: &Policies, request: &Request) -> Decision {
    decide_telling(policies, request, &mut ())
}

/// What the rules are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A role that is assumed; its trust policy decides.
    Role,
    /// A KMS key; its key policy must allow in any case.
    Key,
    /// Something of IAM; it has no policy of its own.
    Iam,
    /// All else.
    Other,
}

/// The same, with a listener.
pub(super) fn decide_telling<N: Notes>(
    policies: &Policies,
    request: &Request,
    notes: &mut N,
) -> Decision {
    let action = request.folded_action();
    let halves = request.resource_halves();
    let kind = match request.service() {
        "sts" if halves.is_some_and(|(_, name)| name.starts_with("role/")) => Kind::Role,
        "kms" if kms::is_key(halves) => Kind::Key,
        "iam" => Kind::Iam,
        _ => Kind::Other,
    };
    let caller = request.principal().account();
    let same = caller.is_some() && caller == request.resource_account();
    let question = |scope| Question {
        request,
        asking: Asking {
            principal: request.principal(),
            has_boundary: !policies.boundaries.is_empty(),
        },
        scope,
    };
    let root = matches!(request.principal(), Principal::Aws(aws) if aws.is_root());

    let mut layers = Layers::new(policies, request, question, same, root, notes);
    let resource_scope = match kind {
        Kind::Role => Scope::Trust,
        _ => Scope::Resource,
    };
    let resource = match &policies.resource {
        Some(document) if kind != Kind::Iam => together(
            std::slice::from_ref(document),
            Layer::Resource,
            None,
            question(resource_scope),
            notes,
        ),
        _ => Side::SILENT,
    };
    let granted = match kind {
        Kind::Key if !policies.grants.is_empty() => {
            grant::permits(&policies.grants, request, notes)
        }
        _ => Granted::NOTHING,
    };
    let by_grant = granted.truth();
    layers.resource = resource;
    let has_resource_part =
        (policies.resource.is_some() && kind != Kind::Iam) || by_grant != Truth::False;

    let mut rule = None;
    let public = match &policies.resource {
        Some(document) if policies.settings.block_public_access && request.service() == "s3" => {
            s3::publicness(document)
        }
        _ => Truth::False,
    };
    let is_retiring = kind == Kind::Key && action == "kms:retiregrant";
    let mut grant = match request.principal() {
        Principal::Aws(_) if is_retiring => layers.retiring(same, by_grant, notes),
        Principal::Aws(_) if same => layers.within_account(kind, granted, notes),
        Principal::Aws(aws) if in_other_partitions(aws, request) => {
            rule = Some(Overruling::OtherPartition);
            Truth::False
        }
        Principal::Aws(_) if kind == Kind::Iam => {
            rule = Some(Overruling::IamOfAnotherAccount);
            Truth::False
        }
        Principal::Aws(_)
            if !same && !abroad::works(request.service(), action, kind == Kind::Key) =>
        {
            rule = Some(Overruling::NotAcrossAccounts);
            Truth::False
        }
        Principal::Aws(_) => layers.across_accounts(by_grant, notes),
        Principal::Service(_) if is_retiring => by_grant,
        Principal::Service(_) => layers.resource.allow().truth.or(by_grant),
        Principal::Federated(_) | Principal::Anonymous if is_retiring => Truth::False,
        Principal::Federated(_) | Principal::Anonymous => layers.resource.allow().truth,
    };
    let foreigner = match request.principal() {
        Principal::Aws(_) => !same,
        Principal::Anonymous => true,
        Principal::Service(_) | Principal::Federated(_) => false,
    };
    if public != Truth::False && foreigner && grant != Truth::False {
        if public == Truth::True {
            rule = Some(Overruling::BlockPublicAccess);
        } else {
            notes.doubt(Doubt::Public);
        }
        grant = grant.and(public.not());
    }
    let of_assuming = matches!(
        action,
        "sts:assumerole" | "sts:tagsession" | "sts:setsourceidentity" | "sts:setcontext"
    );
    if kind == Kind::Role && of_assuming && grant != Truth::False {
        if root {
            rule = Some(Overruling::RootAssumesNoRole);
            grant = Truth::False;
        } else if action == "sts:assumerole" && *request.principal() == Principal::Anonymous {
            rule = Some(Overruling::AnonymousAssumesNoRole);
            grant = Truth::False;
        }
    }
    if request.service() == "kms"
        && kms::is_alias(halves)
        && !kms::is_about_aliases(action)
        && grant != Truth::False
    {
        rule = Some(Overruling::AliasIsNoKey);
        grant = Truth::False;
    }
    if root && same && s3::is_kept_for_owner(action) {
        // The owner's root user reaches the bucket policy whatever the policy says.
        if layers.resource.deny.truth != Truth::False {
            rule = Some(Overruling::OwnerIsNotLockedOut);
        }
        layers.resource.deny = Found::NOTHING;
    }
    match (action, request.principal()) {
        ("sts:getcalleridentity", Principal::Aws(_)) => {
            rule = Some(Overruling::NeedsNoPermission);
            layers.identity.deny = Found::NOTHING;
            layers.boundary.deny = Found::NOTHING;
            layers.session.deny = Found::NOTHING;
            grant = Truth::True;
        }
        // Passing a role is no call: it is asked of whoever calls another service with it.
        (_, principal)
            if matches!(request.service(), "iam" | "sts")
                && action != "iam:passrole"
                && is_federated(principal) =>
        {
            rule = Some(Overruling::FederatedUserCannot);
            grant = Truth::False;
        }
        ("sts:getsessiontoken" | "sts:getfederationtoken", Principal::Aws(aws))
            if !aws.has_long_term_credentials() =>
        {
            rule = Some(Overruling::NeedsLongTermCredentials);
            grant = Truth::False;
        }
        ("sts:getsessiontoken", Principal::Aws(_)) if grant != Truth::True => {
            rule = Some(Overruling::NeedsNoPermission);
            grant = Truth::True;
        }
        _ => {}
    }
    if by_grant == Truth::True
        && grant == Truth::True
        && layers.resource.allow().truth != Truth::True
    {
        rule = rule.or(Some(Overruling::Grant));
    }
    grant = grant.and(layers.scp_allow).and(layers.endpoint_allow);

    let deny = layers.deny();
    let answer = match (deny.truth, grant) {
        (Truth::True, _) => Answer::ExplicitlyDenied,
        (_, Truth::False) => Answer::ImplicitlyDenied,
        (Truth::False, Truth::True) => Answer::Allowed,
        _ => Answer::Depends,
    };
    let statement = match answer {
        Answer::ExplicitlyDenied => deny.at,
        Answer::Allowed => layers.enough().at,
        Answer::ImplicitlyDenied | Answer::Depends => None,
    };
    if answer == Answer::ExplicitlyDenied {
        rule = None;
    }
    Decision {
        answer,
        same_account: same,
        parts: layers.parts(policies, by_grant, has_resource_part),
        statement,
        rule,
    }
}

/// What the layers say of one request.
struct Layers {
    identity: Side,
    /// Whether the caller has an identity side.
    identity_applies: bool,
    /// What the identity's policies allow; all to the root user.
    identity_allow: Truth,
    resource: Side,
    boundary: Side,
    boundary_allow: Truth,
    session: Side,
    session_allow: Truth,
    session_applies: bool,
    scp: Side,
    scp_applies: bool,
    scp_allow: Truth,
    rcp: Side,
    rcp_applies: bool,
    endpoint: Side,
    endpoint_allow: Truth,
}

impl Layers {
    fn new<'a, N: Notes>(
        policies: &Policies,
        request: &'a Request,
        question: impl Fn(Scope) -> Question<'a>,
        same: bool,
        root: bool,
        notes: &mut N,
    ) -> Self {
        let settings = policies.settings;
        let identity_applies = matches!(request.principal(), Principal::Aws(_));
        let mut layers = Self {
            identity: Side::SILENT,
            identity_applies,
            identity_allow: Truth::from(root),
            resource: Side::SILENT,
            boundary: Side::SILENT,
            boundary_allow: Truth::True,
            session: Side::SILENT,
            session_allow: Truth::True,
            session_applies: false,
            scp: Side::SILENT,
            scp_applies: false,
            scp_allow: Truth::True,
            rcp: Side::SILENT,
            rcp_applies: false,
            endpoint: Side::SILENT,
            endpoint_allow: Truth::True,
        };
        if identity_applies {
            let identity = question(Scope::Identity);
            layers.identity = together(&policies.identity, Layer::Identity, None, identity, notes);
            layers.identity_allow = layers.identity_allow.or(layers.identity.allow().truth);
            let limit = question(Scope::Limit);
            (layers.boundary, layers.boundary_allow) =
                only_one(&policies.boundaries, Layer::Boundary, identity, notes);
            if let Some(session) = &policies.session {
                layers.session = together(session, Layer::Session, None, limit, notes);
                layers.session_allow = layers.session.allow().truth;
                layers.session_applies = true;
            } else if is_federated(request.principal()) {
                // Without a session policy, a federated user has no permissions of the user who called.
                // Source: IAM User Guide, "Permissions for GetFederationToken".
                layers.session_allow = Truth::False;
                layers.session_applies = true;
            }
            layers.scp_applies = !policies.scps.is_empty()
                && !settings.management_account
                && !settings.service_linked_role;
            if layers.scp_applies {
                for (level, documents) in policies.scps.iter().enumerate() {
                    let side = together(documents, Layer::Scp, Some(level), limit, notes);
                    layers.scp_allow = layers.scp_allow.and(side.allow().truth);
                    layers.scp.deny = layers.scp.deny.or(side.deny);
                    layers.scp.free = layers.scp.free.or(side.free);
                }
            }
        }
        let in_management =
            settings.resource_in_management_account || (settings.management_account && same);
        layers.rcp_applies = !policies.rcps.is_empty()
            && !settings.service_linked_role
            && !in_management
            && rcp::reach(request.service(), request.folded_action());
        if layers.rcp_applies {
            for (level, documents) in policies.rcps.iter().enumerate() {
                let resource = question(Scope::Resource);
                let side = together(documents, Layer::Rcp, Some(level), resource, notes);
                layers.rcp.deny = layers.rcp.deny.or(side.deny);
            }
        }
        let (endpoint, endpoint_allow) = only_one(
            &policies.endpoints,
            Layer::Endpoint,
            question(Scope::Resource),
            notes,
        );
        layers.endpoint = endpoint;
        layers.endpoint_allow = endpoint_allow;
        // At a gateway endpoint, which only these services have, an account is its root user.
        // Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
        let by_account_only = endpoint.free.or(endpoint.role).truth != Truth::True;
        let gateway = matches!(request.service(), "s3" | "dynamodb");
        if gateway && !root && by_account_only && endpoint.account.truth != Truth::False {
            notes.doubt(Doubt::AccountAtEndpoint);
            layers.endpoint_allow = endpoint_allow.and(Truth::Unknown);
        }
        layers
    }

    /// What the identity's own policies are worth after boundary and session policies have cut them.
    fn own(&self) -> Truth {
        self.identity_allow
            .and(self.boundary_allow)
            .and(self.session_allow)
    }

    /// Either side is enough, by how the resource policy names the caller; but roles and keys have to
    /// agree in any case.
    fn within_account<N: Notes>(&self, kind: Kind, granted: Granted, notes: &mut N) -> Truth {
        let by_role = self
            .resource
            .role
            .truth
            .and(self.boundary_allow)
            .and(self.session_allow);
        let mut free = self.resource.free.truth;
        if kind == Kind::Role && free != Truth::False && self.boundary_allow != Truth::True {
            notes.doubt(Doubt::BoundaryAndTrust);
            free = Truth::Unknown;
        }
        let limits = self.boundary_allow.and(self.session_allow);
        let mut shared = granted.shared;
        if shared != Truth::False && limits != Truth::True {
            notes.doubt(Doubt::GrantAndLimits);
            shared = Truth::Unknown;
        }
        let by_grant = granted.direct.or(shared);
        let by_resource = free.or(by_role).or(by_grant);
        let by_identity = match kind {
            Kind::Role | Kind::Key => self.own().and(self.resource.account.truth),
            Kind::Iam | Kind::Other => self.own(),
        };
        by_identity.or(by_resource)
    }

    /// `kms:RetireGrant` has no effect in a key policy: the grant says who may. Policies of the identity may
    /// be enough in the key's account, which is documented in part.
    ///
    /// Source: AWS KMS Developer Guide, "Retiring and revoking grants"; "AWS KMS permissions".
    fn retiring<N: Notes>(&self, same: bool, granted: Truth, notes: &mut N) -> Truth {
        let by_policies = if same { self.own() } else { Truth::False };
        if granted == Truth::False && by_policies != Truth::False {
            notes.doubt(Doubt::RetireByPolicy);
        }
        granted.or(by_policies.and(Truth::Unknown))
    }

    /// Each side on its own has to allow.
    fn across_accounts<N: Notes>(&self, granted: Truth, notes: &mut N) -> Truth {
        let by_policies = self.own().and(self.resource.allow().truth.or(granted));
        if granted != Truth::False && by_policies == Truth::False {
            notes.doubt(Doubt::ForeignGrant);
            return granted.and(Truth::Unknown);
        }
        by_policies
    }

    /// The first Deny that applies for sure, or else may.
    fn deny(&self) -> Found {
        [
            &self.identity,
            &self.boundary,
            &self.session,
            &self.scp,
            &self.rcp,
            &self.endpoint,
            &self.resource,
        ]
        .iter()
        .fold(Found::NOTHING, |found, side| found.or(side.deny))
    }

    /// The Allow that was enough.
    fn enough(&self) -> Found {
        let of_identity = Found {
            truth: self.own().and(self.identity.free.truth),
            ..self.identity.free
        };
        of_identity.or(self.resource.allow())
    }

    fn parts(&self, policies: &Policies, granted: Truth, has_resource: bool) -> Parts {
        let aws = self.identity_applies;
        Parts {
            identity: part(aws, &self.identity, self.identity_allow),
            resource: part(
                has_resource,
                &self.resource,
                self.resource.allow().truth.or(granted),
            ),
            boundary: part(
                aws && !policies.boundaries.is_empty(),
                &self.boundary,
                self.boundary_allow,
            ),
            session: part(self.session_applies, &self.session, self.session_allow),
            scp: part(self.scp_applies, &self.scp, self.scp_allow),
            rcp: part(self.rcp_applies, &self.rcp, Truth::True),
            endpoint: part(
                !policies.endpoints.is_empty(),
                &self.endpoint,
                self.endpoint_allow,
            ),
        }
    }
}

/// Whether the caller is a federated user.
fn is_federated(principal: &Principal) -> bool {
    matches!(principal, Principal::Aws(aws)
        if IdentityArn::parse(&aws.arn).is_some_and(|arn| arn.identity == Identity::FederatedUser))
}

/// Whether caller and resource are in different partitions.
fn in_other_partitions(aws: &AwsPrincipal, request: &Request) -> bool {
    let of_caller = IdentityArn::parse(&aws.arn).map(|arn| arn.partition);
    let of_resource = request
        .resource_halves()
        .and_then(|(head, _)| head.split(':').nth(1));
    of_caller
        .zip(of_resource)
        .is_some_and(|(caller, resource)| caller != resource)
}

/// What a layer answers for itself.
fn part(applies: bool, side: &Side, allow: Truth) -> Part {
    match (applies, side.deny.truth, allow) {
        (false, ..) => Part::NotApplicable,
        (_, Truth::True, _) => Part::ExplicitlyDenied,
        (_, _, Truth::False) => Part::ImplicitlyDenied,
        (_, Truth::False, Truth::True) => Part::Allowed,
        _ => Part::Depends,
    }
}

/// A layer of which AWS knows one document. Several have to agree, or it cannot be said; none allows all.
fn only_one<N: Notes>(
    documents: &[std::sync::Arc<super::document::Document>],
    layer: Layer,
    question: Question<'_>,
    notes: &mut N,
) -> (Side, Truth) {
    if documents.is_empty() {
        return (Side::SILENT, Truth::True);
    }
    let mut all = Side::SILENT;
    let (mut least, mut most) = (Truth::True, Truth::False);
    for (index, document) in documents.iter().enumerate() {
        let origin = super::notes::Origin {
            layer,
            level: None,
            document: index,
        };
        let side = super::layer::one(document, origin, question, notes);
        let allow = side.allow().truth;
        (least, most) = (least.and(allow), most.or(allow));
        all = all.or(side);
    }
    if least == most {
        return (all, least);
    }
    notes.doubt(match layer {
        Layer::Boundary => Doubt::Boundaries,
        _ => Doubt::Endpoints,
    });
    (all, Truth::Unknown)
}
