//! One file per service.

pub mod ecr;
pub mod fields;
#[cfg(test)]
pub mod testing;
