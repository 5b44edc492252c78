//! AWS KMS: symmetric keys, aliases, key policies, and real authenticated encryption.

mod aliases;
mod condition_keys;
pub mod crypto;
mod grant_input;
mod grants;
mod input;
mod key_policy;
mod keys;
mod operations;
mod rotation;
pub mod state;
mod tagging;
mod use_of_keys;

pub use condition_keys::{key_arn, keys_of};
pub use grants::of_key as grants_of;
pub use keys::{aws_managed, find_for_service};
pub use operations::SERVICE;
pub use use_of_keys::use_by_service;
