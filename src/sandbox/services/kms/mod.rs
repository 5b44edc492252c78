//! AWS KMS: symmetric keys, aliases, key policies, and real authenticated encryption.

mod aliases;
pub mod crypto;
mod input;
mod keys;
mod operations;
pub mod state;
mod use_of_keys;

pub use keys::{find_for_service, usable};
pub use operations::SERVICE;
