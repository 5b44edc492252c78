//! The documents around a request.

use std::sync::Arc;

use super::document::Document;
use super::grant::Grant;

/// Every document that has a say in a request, by layer. What is left out is not there: an identity
/// without policies, a resource without a policy, no boundary, no organization.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies {
    /// The inline and managed policies of the identity that asks.
    pub identity: Vec<Arc<Document>>,
    /// The policy of the resource. For a role that is assumed it is the trust policy, for a KMS key the key
    /// policy.
    pub resource: Option<Arc<Document>>,
    /// The permissions boundary of the identity. AWS knows one; where several are given, they have to agree.
    pub boundaries: Vec<Arc<Document>>,
    /// The policies handed over when the session began, which count together; `None` for a session without
    /// any, which cuts nothing.
    pub session: Option<Vec<Arc<Document>>>,
    /// The service control policies on each level of the caller's organization, from the root to the
    /// account. Each level needs an Allow.
    pub scps: Vec<Vec<Arc<Document>>>,
    /// The resource control policies on each level of the organization of the resource's account. Only what
    /// they deny counts.
    pub rcps: Vec<Vec<Arc<Document>>>,
    /// The policy of the VPC endpoint that the request goes through. There is one; where several are given,
    /// they have to agree.
    pub endpoints: Vec<Arc<Document>>,
    /// The grants on the KMS key.
    pub grants: Vec<Grant>,
    /// What else decides.
    pub settings: Settings,
}

/// What decides besides documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// S3 Block Public Access is on for the bucket, with all its four settings.
    pub block_public_access: bool,
    /// The caller's account is the management account of its organization, which SCPs do not limit; and
    /// RCPs do not limit its own resources.
    pub management_account: bool,
    /// The resource is in the management account of its organization.
    pub resource_in_management_account: bool,
    /// The caller is a service-linked role, which neither SCPs nor RCPs limit.
    pub service_linked_role: bool,
}
