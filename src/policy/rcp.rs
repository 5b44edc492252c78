//! Which services resource control policies are about.

/// The services whose resources RCPs are evaluated for.
///
/// Source: AWS Organizations User Guide, "List of AWS services that support RCPs".
const SERVICES: &[&str] = &[
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Whether RCPs are evaluated for an action that is given in lower case.
///
/// `kms:RetireGrant` is out of their reach. Source: AWS Organizations User Guide, "Resource control
/// policies (RCPs)".
pub(super) fn reach(service: &str, folded_action: &str) -> bool {
    SERVICES.binary_search(&service).is_ok() && folded_action != "kms:retiregrant"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sorted() {
        assert!(SERVICES.is_sorted());
        assert!(reach("s3", "s3:getobject"));
        assert!(!reach("kms", "kms:retiregrant"));
        assert!(!reach("ec2", "ec2:runinstances"));
    }
}
