//! What the layers say of one request, and what follows where both sides are in one account, or not.

use std::sync::Arc;

use super::document::Document;
use super::grant::Granted;
use super::layer::{Found, Layer, Place, Question, Side, one, together};
use super::notes::{Doubt, Notes, Origin};
use super::part::{Part, Parts};
use super::policies::Policies;
use super::rcp;
use super::request::{Caller, Principal, Request};
use super::scope::Scope;
use super::truth::Truth;

/// What the rules are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A role that is assumed; its trust policy decides.
    Role,
    /// A KMS key; its key policy must allow in any case.
    Key,
    /// Something of IAM; it has no policy of its own.
    Iam,
    /// All else.
    Other,
}

/// What the layers say of one request.
pub(super) struct Layers {
    pub(super) identity: Side,
    /// Whether the caller has an identity side.
    pub(super) identity_applies: bool,
    /// What the identity's policies allow; all to the root user.
    pub(super) identity_allow: Truth,
    pub(super) resource: Side,
    pub(super) boundary: Side,
    pub(super) boundary_allow: Truth,
    pub(super) session: Side,
    pub(super) session_allow: Truth,
    pub(super) session_applies: bool,
    pub(super) scp: Side,
    pub(super) scp_applies: bool,
    pub(super) scp_allow: Truth,
    pub(super) rcp: Side,
    pub(super) rcp_applies: bool,
    pub(super) endpoint: Side,
    pub(super) endpoint_allow: Truth,
}

impl Layers {
    pub(super) fn new<'a, N: Notes>(
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
            (layers.boundary, layers.boundary_allow) = only_one(
                &policies.boundaries,
                Layer::Boundary,
                false,
                identity,
                notes,
            );
            if let Some(session) = &policies.session {
                layers.session = together(session, Layer::Session, None, limit, notes);
                layers.session_allow = layers.session.allow().truth;
                layers.session_applies = true;
            } else if request.caller() == Caller::FederatedUser {
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
        // At a gateway endpoint, which only these services have, an account is its root user.
        // Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
        let gateway = matches!(request.service(), "s3" | "dynamodb");
        (layers.endpoint, layers.endpoint_allow) = only_one(
            &policies.endpoints,
            Layer::Endpoint,
            gateway && !root,
            question(Scope::Resource),
            notes,
        );
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
    pub(super) fn within_account<N: Notes>(
        &self,
        kind: Kind,
        granted: Granted,
        notes: &mut N,
    ) -> Truth {
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
    pub(super) fn retiring<N: Notes>(&self, same: bool, granted: Truth, notes: &mut N) -> Truth {
        let by_policies = if same { self.own() } else { Truth::False };
        if granted == Truth::False && by_policies != Truth::False {
            notes.doubt(Doubt::RetireByPolicy);
        }
        granted.or(by_policies.and(Truth::Unknown))
    }

    /// Each side on its own has to allow.
    pub(super) fn across_accounts<N: Notes>(&self, granted: Truth, notes: &mut N) -> Truth {
        let by_policies = self.own().and(self.resource.allow().truth.or(granted));
        if granted != Truth::False && by_policies == Truth::False {
            notes.doubt(Doubt::ForeignGrant);
            return granted.and(Truth::Unknown);
        }
        by_policies
    }

    /// The first Deny that applies for sure, or else may.
    pub(super) fn deny(&self) -> Found {
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

    /// The Allow that was enough, if a statement was.
    pub(super) fn enough(&self, kind: Kind, same: bool) -> Option<Place> {
        let handed_over = match kind {
            Kind::Role | Kind::Key if same => self.resource.account.truth,
            _ => Truth::True,
        };
        let of_identity = Found {
            truth: self.own().and(handed_over).and(self.identity.free.truth),
            ..self.identity.free
        };
        let found = of_identity.or(self.resource.allow());
        found.at.filter(|_| found.truth == Truth::True)
    }

    pub(super) fn parts(&self, policies: &Policies, granted: Truth, has_resource: bool) -> Parts {
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
/// `account_in_doubt` is where an Allow for the account may be for its root user only.
fn only_one<N: Notes>(
    documents: &[Arc<Document>],
    layer: Layer,
    account_in_doubt: bool,
    question: Question<'_>,
    notes: &mut N,
) -> (Side, Truth) {
    if documents.is_empty() {
        return (Side::SILENT, Truth::True);
    }
    let mut all = Side::SILENT;
    let (mut least, mut most) = (Truth::True, Truth::False);
    for (index, document) in documents.iter().enumerate() {
        let origin = Origin {
            layer,
            level: None,
            document: index,
        };
        let side = one(document, origin, question, notes);
        let mut allow = side.allow().truth;
        if account_in_doubt
            && side.free.or(side.role).truth != Truth::True
            && side.account.truth != Truth::False
        {
            notes.doubt(Doubt::AccountAtEndpoint);
            allow = Truth::Unknown;
        }
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
