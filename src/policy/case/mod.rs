//! One question with everything around it, as JSON: the interface for scripts.
//!
//! ```json
//! {"id": "1", "request": {"principal": "arn:aws:iam::111111111111:user/kim", "action": "s3:GetObject",
//!   "resource": "arn:aws:s3:::b/k", "resourceAccount": "111111111111", "context": {"aws:SecureTransport": true}},
//!  "identityPolicies": [{"Version": "2012-10-17", "Statement": []}]}
//! ```

mod fits;
mod read;
mod request;
mod result;

use serde_json::Value;

use super::layer::{Layer, Place};
use super::policies::Policies;
use super::problem::Problem;
use super::request::Request;

pub use read::read_case;
pub use result::{CaseResult, answer_case};

/// A case that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// `id`, as it was given; null where there is none.
    pub id: Value,
    /// What is asked for.
    pub request: Request,
    /// The documents around it.
    pub policies: Policies,
    /// `org` of each level of `scps`, where it is given.
    pub scp_levels: Vec<Option<String>>,
    /// `org` of each level of `rcps`, where it is given.
    pub rcp_levels: Vec<Option<String>>,
}

/// A text that is no case.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.told())]
pub struct CaseError {
    /// `id`, as far as it could be made out.
    pub id: Value,
    /// What is wrong, each with its place; never empty.
    pub problems: Vec<Problem>,
}

impl CaseError {
    fn told(&self) -> String {
        let all: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        all.join("; ")
    }
}

impl Case {
    /// What the level of an organization is called.
    pub fn level_name(&self, layer: Layer, level: usize) -> Option<&str> {
        let names = match layer {
            Layer::Scp => &self.scp_levels,
            Layer::Rcp => &self.rcp_levels,
            _ => return None,
        };
        names.get(level)?.as_deref()
    }
}

/// The JSON pointer of the document that a place is in, in the text of a case.
pub fn document_pointer(place: &Place) -> String {
    let document = place.document;
    let level = place.level.unwrap_or_default();
    match place.layer {
        Layer::Identity => format!("/identityPolicies/{document}"),
        Layer::Resource => "/resourcePolicy".to_owned(),
        Layer::Boundary => format!("/boundaries/{document}"),
        Layer::Session => "/sessionPolicy".to_owned(),
        Layer::Scp => format!("/scps/{level}/policies/{document}"),
        Layer::Rcp => format!("/rcps/{level}/policies/{document}"),
        Layer::Endpoint => format!("/endpointPolicies/{document}"),
    }
}
