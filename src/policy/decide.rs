//! The decision: what AWS answers to a request.
//!
//! Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; AWS
//! Organizations User Guide, "SCP evaluation" and "Resource control policies (RCPs)"; AWS KMS Developer
//! Guide, "Key policies in AWS KMS"; AWS STS API Reference, AssumeRole.

use serde::{Deserialize, Serialize};

use super::grant::{self, Granted};
use super::layer::{Found, Layer, Place, Question, Side, together};
use super::layers::{Kind, Layers};
use super::notes::{Doubt, Notes};
use super::part::Parts;
use super::policies::Policies;
use super::principal::Asking;
use super::request::{Caller, Principal, Request};
use super::scope::Scope;
use super::truth::Truth;
use super::{abroad, kms, s3};

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
    let other_partition = in_other_partitions(request);
    let same = caller.is_some() && caller == request.resource_account() && !other_partition;
    let question = |scope| Question {
        request,
        asking: Asking {
            principal: request.principal(),
            has_boundary: !policies.boundaries.is_empty(),
        },
        scope,
    };
    let root = request.caller() == Caller::Root;

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
        Principal::Aws(_) if other_partition => {
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
        _ if matches!(request.service(), "iam" | "sts")
            && action != "iam:passrole"
            && request.caller() == Caller::FederatedUser =>
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
        && (is_retiring || layers.resource.allow().truth != Truth::True)
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
        Answer::Allowed if !is_retiring => layers.enough(kind, same),
        Answer::Allowed | Answer::ImplicitlyDenied | Answer::Depends => None,
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

/// Whether caller and resource are in different partitions.
fn in_other_partitions(request: &Request) -> bool {
    let of_caller = match request.principal() {
        Principal::Aws(aws) => aws.arn.split(':').nth(1),
        _ => None,
    };
    let of_resource = request
        .resource_halves()
        .and_then(|(head, _)| head.split(':').nth(1));
    of_caller
        .zip(of_resource)
        .is_some_and(|(caller, resource)| caller != resource)
}
