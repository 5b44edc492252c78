//! One file (or room) per service, and the list of them. S3 is not in the list: it is REST, and has its
//! own router.

pub mod acting;
pub mod asked;
pub mod cloudwatch;
pub mod codebuild;
pub mod codecommit;
pub mod codeconnections;
pub mod codedeploy;
pub mod codepipeline;
pub mod ecr;
pub mod ecs;
pub mod elbv2;
pub mod eventbridge;
pub mod fields;
pub mod iam;
pub mod kms;
pub mod logs;
pub mod network;
pub mod organizations;
pub mod s3;
pub mod sts;
#[cfg(test)]
pub mod testing;

use super::service::{Protocol, Service};

/// Every service that is spoken to by operation name. A new service adds its line here.
static SERVICES: &[&Service] = &[
    &sts::SERVICE,
    &iam::SERVICE,
    &kms::SERVICE,
    &ecr::SERVICE,
    &codecommit::SERVICE,
    &codebuild::SERVICE,
    &codepipeline::SERVICE,
    &eventbridge::SERVICE,
    &codeconnections::SERVICE,
    &codeconnections::CODESTAR_SERVICE,
    &organizations::SERVICE,
    &ecs::SERVICE,
    &elbv2::SERVICE,
    &codedeploy::SERVICE,
    &logs::SERVICE,
    &cloudwatch::SERVICE,
    &cloudwatch::QUERY_SERVICE,
];

/// Every service that is spoken to by operation name.
pub fn all() -> &'static [&'static Service] {
    SERVICES
}

/// The service of a name in signatures. One that is spoken to in two ways is found by whether the request
/// is in the query protocol.
pub fn by_signing_name(name: &str, query: bool) -> Option<&'static Service> {
    let named = || all().iter().copied().filter(|s| s.signing_name == name);
    named()
        .find(|s| matches!(s.protocol, Protocol::Query { .. }) == query)
        .or_else(|| named().next())
}
