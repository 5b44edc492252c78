//! What a document is, as far as reading its statements goes.

/// Which elements the statements of a document must and must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A policy of an identity, or its boundary: no principal, a resource in every statement. An ARN that
    /// ends early goes on with wildcards.
    Identity,
    /// A session policy or an SCP, which limit an identity: the same elements.
    Limit,
    /// A policy of a resource, an RCP or an endpoint policy: a principal in every statement.
    Resource,
    /// A role's trust policy: a principal in every statement, and no resource.
    Trust,
}
