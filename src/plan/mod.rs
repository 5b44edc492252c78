//! What is wanted, compared with what is there: a plan, which is plain data.
//!
//! What `plan` prints, what a person confirms and what `apply` carries out is this one value.

mod build;
mod changes;
mod compare;
mod graph;
mod model;
mod observe;

pub use build::{PlanError, build};
pub use compare::{Difference, differences};
pub use graph::{Cycle, order};
pub use model::{
    Action, Change, Counts, FORMAT, FormatError, Plan, PlannedAccount, PlannedResource,
};
pub use observe::{Observations, observe_all};

#[cfg(test)]
mod tests;
