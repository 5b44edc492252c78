//! One file per service.

pub mod ecr;
pub mod ecs;
pub mod elbv2;
pub mod fields;
pub mod network;
#[cfg(test)]
pub mod testing;
