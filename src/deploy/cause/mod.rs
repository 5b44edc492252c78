//! What lies under a failed action: AWS's words from the outside in, and whose call to what was refused.
//!
//! This is what is the case, not yet why: ranked causes with the mend of each will read the same value.

mod gather;
mod mend;
mod read;
mod unsaid;

pub use gather::gather;
pub use mend::Mend;
pub use read::{Refusal, account_of, refusal};

use serde::Serialize;

/// What lies under a failed action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// The account where it happened.
    pub account: Option<String>,
    /// Its place in the blueprint: `shared`, or an environment's name.
    pub site: Option<String>,
    /// Who made the call, as an ARN or as a service's name.
    pub principal: Option<String>,
    /// The call that was refused, as IAM names it; several where AWS does not say which of them.
    pub calls: Vec<String>,
    /// On what.
    pub resource: Option<String>,
    /// Which policies AWS says it is about.
    pub because: Option<String>,
    /// Whether principal and call stand in AWS's words. Otherwise they follow from what the action does.
    pub said: bool,
    /// Where it is mended.
    pub mend: Mend,
    /// AWS's words, from the outside in.
    pub words: Vec<Words>,
    /// The last lines of the build's log.
    pub log: Vec<String>,
    /// The page of it in the AWS console.
    pub page: Option<String>,
    /// What could not be looked at.
    pub blind: Vec<String>,
}

/// A sentence of AWS's, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Where it was found.
    pub from: String,
    /// AWS's code, where there is one.
    pub code: String,
    /// The sentence.
    pub text: String,
}

#[cfg(test)]
mod tests;
