//! Whether a name can be a service principal.
//!
//! AWS publishes no whole list, so this one refuses only what is surely none: another ending, or a name
//! of which no part is known. Sources: IAM User Guide, "AWS services that work with IAM"; the service
//! prefixes of the Service Authorization Reference; names that public tools have tried on IAM.

use crate::policy::actions;

/// Skills and smart homes of Alexa are the ones that end otherwise.
const ELSEWHERE: &[&str] = &["alexa-appkit.amazon.com", "alexa-connectedhome.amazon.com"];

/// Names of service principals, or their last parts, that are no service prefixes of actions.
const BESIDE: &[&str] = &[
    "a4b",
    "account-access",
    "aco-automation",
    "agent-registry",
    "aiops",
    "airflow-env",
    "airflow-serverless",
    "aoss",
    "apigateway",
    "application-status-checks",
    "application-transformation",
    "appstudio",
    "artifact",
    "automation",
    "aws-artifact-account-sync",
    "aws-external-anthropic",
    "bcm",
    "bugbust",
    "capacitymanager",
    "cassandra-streams",
    "cloudwatch-crossaccount",
    "codecatalyst",
    "codecatalyst-runner",
    "codeconnections",
    "codestar",
    "codestar-connections",
    "config-conforms",
    "config-multiaccountsetup",
    "connect-campaigns",
    "costalerts",
    "datapipeline",
    "datazonecontrol",
    "deeplens",
    "diode",
    "discovery",
    "ec",
    "ec2-images",
    "ec2fastlaunch",
    "ec2fleet",
    "ec2scheduled",
    "ec2sqlha",
    "ecs-compute",
    "ecs-tasks",
    "edgelambda",
    "eks-connector",
    "eks-fargate",
    "eks-fargate-pods",
    "eks-nodegroup",
    "elasticfilesystem",
    "elasticmapreduce",
    "elastictranscoder",
    "es",
    "finops-agent",
    "finspace",
    "forecast",
    "frauddetector",
    "freertos",
    "honeycode",
    "importexport",
    "inspector",
    "integrations",
    "iotanalytics",
    "iotevents",
    "iotroborunner",
    "iotthingsgraph",
    "iq",
    "lexv2",
    "logger",
    "lookoutequipment",
    "lookoutmetrics",
    "lookoutvision",
    "m2",
    "machinelearning",
    "macie",
    "managedservices",
    "marketplace",
    "mediastore",
    "member-account",
    "metrics",
    "migrationhub",
    "migrationhub-orchestrator",
    "migrationhub-strategy",
    "mobileanalytics",
    "mobilehub",
    "monitoring",
    "monitron",
    "neptune",
    "network-security-manager",
    "observability",
    "opensearchservice",
    "opsworks",
    "opsworks-cm",
    "panorama",
    "partnercentral-account-management",
    "partnercentral-selling",
    "pinpoint",
    "profile",
    "proton",
    "qldb",
    "quicksight",
    "rds-preview",
    "researchstudio",
    "robomaker",
    "securityhubv2",
    "simspaceweaver",
    "sms",
    "spot",
    "spotfleet",
    "streams",
    "sumerian",
    "tagpolicies",
    "timestream",
    "timestream-influxdb",
    "transform-custom",
    "transitgateway",
    "trustedadvisor",
    "tts",
    "vmie",
    "vpc-flow-logs",
    "waf",
    "waf-regional",
    "wam",
    "workdocs",
    "worklink",
];

/// Whether a name can be a service principal: `NAME`, `NAME.REGION` or `PART.NAME` before the domain.
pub fn is_service(principal: &str) -> bool {
    if ELSEWHERE.contains(&principal) {
        return true;
    }
    let name = principal
        .strip_suffix(".amazonaws.com")
        .or_else(|| principal.strip_suffix(".amazonaws.com.cn"));
    let Some(name) = name else {
        return false;
    };
    let letters = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-.".contains(&c);
    let known = |part: &str| BESIDE.contains(&part) || actions::knows_service(part);
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let last = parts.next_back().unwrap_or_default();
    name.bytes().all(letters) && (known(first) || known(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_that_there_are() {
        for name in [
            "access-grants.s3",
            "apidestinations.events",
            "apigateway",
            "application-autoscaling",
            "application-signals.cloudwatch",
            "athena",
            "autoscaling",
            "backup",
            "batch",
            "bedrock",
            "budgets",
            "chatbot",
            "cloudformation",
            "cloudfront",
            "cloudtrail",
            "cloudwatch",
            "codebuild",
            "codecommit",
            "codedeploy",
            "codedeploy.eu-west-1",
            "codepipeline",
            "codestar-notifications",
            "cognito-idp",
            "config",
            "custom.rds",
            "delivery.logs",
            "dms",
            "dynamodb",
            "ec2",
            "ec2.application-autoscaling",
            "ecr",
            "ecs",
            "ecs-tasks",
            "ecs.application-autoscaling",
            "edgelambda",
            "eks",
            "eks-fargate-pods",
            "elasticache",
            "elasticbeanstalk",
            "elasticloadbalancing",
            "elasticmapreduce",
            "events",
            "firehose",
            "glue",
            "guardduty",
            "imagebuilder",
            "inspector2",
            "kinesis",
            "kms",
            "lambda",
            "lex",
            "lexv2",
            "license-manager.member-account",
            "logs",
            "logs.ap-northeast-2",
            "member.org.stacksets.cloudformation",
            "monitoring.rds",
            "ops.apigateway",
            "opensearchservice",
            "organizations",
            "pipes",
            "pods.eks",
            "rds",
            "redshift",
            "replication.ecr",
            "s3",
            "s3.data-source.lustre.fsx",
            "sagemaker",
            "scheduler",
            "secretsmanager",
            "ses",
            "sns",
            "spotfleet",
            "sqs",
            "ssm",
            "ssm-incidents",
            "states",
            "streams.metrics.cloudwatch",
            "synthetics",
            "transfer",
            "vmie",
            "vpc-flow-logs",
            "wafv2",
            "workspaces",
            "xray",
        ] {
            assert!(is_service(&format!("{name}.amazonaws.com")), "{name}");
        }
        assert!(is_service("ec2.amazonaws.com.cn"));
        assert!(is_service("alexa-appkit.amazon.com"));
    }

    #[test]
    fn services_that_there_are_not() {
        for name in [
            "nosuch.amazonaws.com",
            "codebuild.amazon.com",
            "codebuild",
            "codepipelines.amazonaws.com",
            "codepipeiine.amazonaws.com",
            "bedrock-agent.amazonaws.com",
            "CodeBuild.amazonaws.com",
            "code build.amazonaws.com",
            ".amazonaws.com",
            "amazonaws.com",
            "codebuild.amazonaws.com.evil.example",
            "",
        ] {
            assert!(!is_service(name), "{name}");
        }
    }
}
