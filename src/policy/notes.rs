//! What a decision tells about itself while it is taken, to whoever listens.
//!
//! [`decide`](super::decide) has nobody listening, so nothing is written down; [`prove`](super::prove)
//! walks the same code with a listener. There is no second implementation of a rule.

use std::fmt;

use super::condition::Condition;
use super::document::Statement;
use super::layer::Layer;
use super::principal::Naming;
use super::truth::Truth;

/// Why it cannot be said whether a statement applies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Doubt<'a> {
    /// An element is missing that this kind of document must have.
    Missing(&'static str),
    /// An element is there that this kind of document must not have.
    Misplaced(&'static str),
    /// `NotPrincipal` with Allow, for somebody of the same account.
    NotPrincipalGrants,
    /// `CanonicalUser`
    CanonicalUser(&'a str),
    /// `"*"` in a trust policy, for others than AWS identities.
    EveryoneInTrust,
    /// The unique id of the one who asks.
    OwnUniqueId(&'a str),
    /// A role's ARN with another path than the role of the one who asks.
    OtherPath(&'a str),
    /// One session is named, where only the role is known.
    OneSession(&'a str),
    /// A pattern that has not six parts, or a variable outside of the sixth.
    Pattern(&'a str),
    /// A `*` at the end of a part of an ARN that would match if it reached over the colon.
    OverColon(&'a str),
    /// An anonymous caller of a service that may take none.
    Unsigned,
    /// A variable that has not one value, where not to match would grant.
    Unresolved(&'a str),
    /// Several values under an operator made for one.
    SeveralValues(&'a Condition),
    /// `ForAnyValue:...IfExists` on an absent key.
    AnyIfExists(&'a Condition),
    /// `NotPrincipal` with Deny lists the role of the one who asks, but not the session.
    SessionNotExcepted,
    /// A trust policy names the one who asks, whose boundary is silent.
    BoundaryAndTrust,
    /// An account in a VPC endpoint's policy, which is its root user at a gateway endpoint.
    AccountAtEndpoint,
    /// `kms:RetireGrant` by policies alone.
    RetireByPolicy,
    /// A grant, where a boundary or session policy is silent.
    GrantAndLimits,
    /// Whether a bucket policy is public.
    Public,
    /// `kms:CreateGrant` by a grant.
    ChildGrant,
    /// A grant to a whole account.
    AccountGrantee,
    /// A grant across accounts, where the caller's own policies are silent.
    ForeignGrant,
    /// Two permissions boundaries that disagree.
    Boundaries,
    /// Two endpoint policies that disagree.
    Endpoints,
    /// A value of the policy that the operator cannot read.
    PolicyValue(&'a Condition, &'a str),
    /// A value of the request that a negated operator cannot read.
    RequestValue(&'a Condition, &'a str),
}

impl fmt::Display for Doubt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(element) => {
                write!(f, "it has no {element}, which AWS would not have taken")
            }
            Self::Misplaced(element) => {
                write!(f, "it has a {element}, which AWS would not have taken here")
            }
            Self::NotPrincipalGrants => f.write_str(
                "whether NotPrincipal with Allow is a grant by itself is not documented",
            ),
            Self::CanonicalUser(id) => {
                write!(f, "which account the canonical user {id} is, only AWS knows")
            }
            Self::EveryoneInTrust => f.write_str(
                "whether \"*\" in a trust policy means others than AWS identities is not documented",
            ),
            Self::OwnUniqueId(id) => write!(
                f,
                "\"{id}\" is shown for an identity that has been deleted, and is the id of the one who asks"
            ),
            Self::OtherPath(arn) => write!(
                f,
                "\"{arn}\" has the name but not the path of the role that asks"
            ),
            Self::OneSession(arn) => write!(
                f,
                "it is about \"{arn}\", and which session of the role asks was not said"
            ),
            Self::Pattern(text) => write!(
                f,
                "what \"{text}\" matches is not documented: it has not the six parts of an ARN, or a variable outside of the sixth"
            ),
            Self::OverColon(text) => write!(
                f,
                "whether a * at the end of a part of \"{text}\" reaches over the colon is documented both ways"
            ),
            Self::Unsigned => f.write_str(
                "few services take requests that are not signed, and this one is not known for it",
            ),
            Self::Unresolved(key) => {
                write!(f, "a variable of \"{key}\" has no single value in the request")
            }
            Self::SeveralValues(condition) => write!(
                f,
                "{} has several values in the request, and {} is made for one",
                condition.key(),
                condition.operator()
            ),
            Self::AnyIfExists(condition) => write!(
                f,
                "what {} says of a request without {} is not documented",
                condition.operator(),
                condition.key()
            ),
            Self::SessionNotExcepted => f.write_str(
                "NotPrincipal lists the role but not the session, and whether AWS looks at the session too depends on the service",
            ),
            Self::BoundaryAndTrust => f.write_str(
                "whether a trust policy that names the caller is enough when its permissions boundary is silent is documented both ways",
            ),
            Self::AccountAtEndpoint => f.write_str(
                "at a gateway endpoint an account means its root user only; at others, everybody of the account",
            ),
            Self::RetireByPolicy => f.write_str(
                "who may retire a grant is said by the grant, and by policies only in part",
            ),
            Self::GrantAndLimits => f.write_str(
                "whether a grant is cut by a permissions boundary or a session policy is not documented",
            ),
            Self::Public => f.write_str(
                "whether S3 takes the bucket policy for public is not settled by its documented list of conditions",
            ),
            Self::ChildGrant => f.write_str(
                "a grant that is made under a grant must be no wider than it, which is not told by the request",
            ),
            Self::AccountGrantee => f.write_str(
                "whether a grant to an account needs the identity's own policies too is not documented",
            ),
            Self::ForeignGrant => f.write_str(
                "whether a grant of another account needs no Allow of the caller's own policies is not documented",
            ),
            Self::Boundaries => f.write_str(
                "an identity has one permissions boundary; those given do not agree",
            ),
            Self::Endpoints => f.write_str(
                "a request goes through one VPC endpoint; the policies given do not agree",
            ),
            Self::PolicyValue(condition, value) => write!(
                f,
                "{} on {} expects {}, not \"{value}\"",
                condition.operator(),
                condition.key(),
                condition.operator().comparison.expects()
            ),
            Self::RequestValue(condition, value) => write!(
                f,
                "{} is \"{value}\", which {} cannot compare",
                condition.key(),
                condition.operator()
            ),
        }
    }
}

/// An element of a statement that does not let it apply.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failing {
    Action,
    Resource,
    Principal,
    /// By its index in the statement.
    Condition(usize),
}

/// Where a document is among those around a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) layer: Layer,
    /// The level of the organization, for SCPs and RCPs.
    pub(super) level: Option<usize>,
    /// The document among those of its layer or level.
    pub(super) document: usize,
}

/// A listener.
pub(super) trait Notes {
    /// Whether all elements of a statement are looked at, also after one that fails.
    const THOROUGH: bool;
    /// A statement is being looked at.
    fn begin(&mut self, origin: Origin, statement: &Statement);
    /// Why something about it cannot be said.
    fn doubt(&mut self, doubt: Doubt<'_>);
    /// A key that is missing from an open context.
    fn missing(&mut self, key: &str);
    /// An element does not let it apply.
    fn failing(&mut self, failing: Failing);
    /// Whether it applies, and how it names the one who asks.
    fn end(&mut self, truth: Truth, naming: Option<Naming>);
}

/// Nobody listens.
impl Notes for () {
    const THOROUGH: bool = false;
    #[inline]
    fn begin(&mut self, _: Origin, _: &Statement) {}
    #[inline]
    fn doubt(&mut self, _: Doubt<'_>) {}
    #[inline]
    fn missing(&mut self, _: &str) {}
    #[inline]
    fn failing(&mut self, _: Failing) {}
    #[inline]
    fn end(&mut self, _: Truth, _: Option<Naming>) {}
}
