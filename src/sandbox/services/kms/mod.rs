//! AWS KMS.

pub mod state;

use crate::sandbox::service::{Protocol, Service};

/// AWS KMS. Source: the API model of `kms`.
pub static SERVICE: Service = Service {
    signing_name: "kms",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "TrentService",
    },
    operations: &[],
};
