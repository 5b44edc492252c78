//! The things that crosspipe manages: what each is, where it lives and what it needs first.

mod deferred;
mod desired;
mod id;
mod spec;

pub use deferred::{
    AFTER_APPLY_CLOSE, AFTER_APPLY_OPEN, Attributes, Unresolved, after_apply, references, resolve,
    resolve_known, stand_in,
};
pub use desired::{
    Desired, TAG_APPLICATION, TAG_ENVIRONMENT, TAG_RESOURCE, artifact_key, connection, desired,
};
pub use id::{Node, Part, ResourceId, Site};
pub use spec::*;
