//! An AWS of several accounts inside the program: real wire protocols on a loopback port.
//!
//! The flow of a request: [`server`] reads it, [`dispatch`] finds out which service and operation it
//! is for, [`sigv4`] proves who sent it, the operation runs on the [`world`], and [`protocol`] writes
//! the answer as that service writes it. S3, which is REST, has its own router in `services::s3`.

pub mod archive;
pub mod authorize;
pub mod blobs;
pub mod breaks;
pub mod calls;
pub mod cbor;
pub mod changes;
pub mod chunked;
pub mod clockwork;
pub mod delivery;
pub mod dispatch;
pub mod documents;
pub mod gate;
pub mod git;
pub mod identity;
pub mod organization;
pub mod page;
pub mod perform;
pub mod platform;
pub mod protocol;
pub mod request;
mod rescale;
pub mod server;
pub mod service;
pub mod service_names;
pub mod services;
pub mod shape;
pub mod sigv4;
pub mod start;
pub mod store;
#[cfg(test)]
mod tests;
pub mod time;
#[cfg(test)]
pub mod trial;
pub mod world;

pub use services::organizations::{AttachedPolicy, state::PolicyType};
pub use start::{Options, Sandbox, SandboxError, StaticKeys};
pub use world::PlatformSeed;
