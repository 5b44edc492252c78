//! What each layer answers for itself.

use serde::{Deserialize, Serialize};

use super::layer::Layer;

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
