//! AWS STS.

use crate::sandbox::service::{Protocol, Service};

/// AWS STS. Source: the API model of `sts`.
pub static SERVICE: Service = Service {
    signing_name: "sts",
    protocol: Protocol::Query {
        xmlns: "https://sts.amazonaws.com/doc/2011-06-15/",
    },
    operations: &[],
};
