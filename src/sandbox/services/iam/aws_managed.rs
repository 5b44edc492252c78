//! Policies that AWS manages: those that delivery pipelines attach. Their documents say what AWS's own
//! say, as far as this job needs them.
//!
//! Source: AWS Managed Policy Reference Guide, one page per policy.

use sha2::{Digest, Sha256};

/// When AWS made them, as far as the sandbox cares.
pub const CREATED: &str = "2015-02-06T18:39:46Z";

const POLICIES: &[(&str, &str)] = &[
    (
        "arn:aws:iam::aws:policy/AdministratorAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/PowerUserAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeOrganization"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/IAMFullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/IAMReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/AmazonS3FullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:*","cloudtrail:LookupEvents"],"Resource":"*"},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole"],"Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":["replication.ecr.amazonaws.com"]}}}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:GetRepositoryPolicy","ecr:DescribeRepositories","ecr:ListImages","ecr:DescribeImages","ecr:BatchGetImage","ecr:GetLifecyclePolicy","ecr:GetLifecyclePolicyPreview","ecr:ListTagsForResource","ecr:DescribeImageScanFindings","ecr:InitiateLayerUpload","ecr:UploadLayerPart","ecr:CompleteLayerUpload","ecr:PutImage"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:GetRepositoryPolicy","ecr:DescribeRepositories","ecr:ListImages","ecr:DescribeImages","ecr:BatchGetImage","ecr:GetLifecyclePolicy","ecr:GetLifecyclePolicyPreview","ecr:ListTagsForResource","ecr:DescribeImageScanFindings"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS",
        r#"{"Version":"2012-10-17","Statement":[{"Action":["ecs:DescribeServices","ecs:CreateTaskSet","ecs:UpdateServicePrimaryTaskSet","ecs:DeleteTaskSet","elasticloadbalancing:DescribeTargetGroups","elasticloadbalancing:DescribeListeners","elasticloadbalancing:ModifyListener","elasticloadbalancing:DescribeRules","elasticloadbalancing:ModifyRule","lambda:InvokeFunction","cloudwatch:DescribeAlarms","sns:Publish","s3:GetObject","s3:GetObjectVersion"],"Resource":"*","Effect":"Allow"},{"Action":["iam:PassRole"],"Effect":"Allow","Resource":"*","Condition":{"StringLike":{"iam:PassedToService":["ecs-tasks.amazonaws.com"]}}}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECSLimited",
        r#"{"Version":"2012-10-17","Statement":[{"Action":["ecs:DescribeServices","ecs:CreateTaskSet","ecs:UpdateServicePrimaryTaskSet","ecs:DeleteTaskSet","cloudwatch:DescribeAlarms"],"Resource":"*","Effect":"Allow"},{"Action":["sns:Publish"],"Resource":"arn:aws:sns:*:*:CodeDeployTopic_*","Effect":"Allow"},{"Action":["elasticloadbalancing:DescribeTargetGroups","elasticloadbalancing:DescribeListeners","elasticloadbalancing:ModifyListener","elasticloadbalancing:DescribeRules","elasticloadbalancing:ModifyRule"],"Resource":"*","Effect":"Allow"},{"Action":["lambda:InvokeFunction"],"Resource":"arn:aws:lambda:*:*:function:CodeDeployHook_*","Effect":"Allow"},{"Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/UseWithCodeDeploy":"true"}},"Effect":"Allow"},{"Action":["iam:PassRole"],"Effect":"Allow","Resource":["arn:aws:iam::*:role/ecsTaskExecutionRole","arn:aws:iam::*:role/ECSTaskExecution*"],"Condition":{"StringLike":{"iam:PassedToService":["ecs-tasks.amazonaws.com"]}}}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:BatchGetImage","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/AWSCodeCommitFullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["codecommit:*"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:*","cloudwatch:GenerateQuery"],"Resource":"*"}]}"#,
    ),
    (
        "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:AttachNetworkInterface","ec2:CreateNetworkInterface","ec2:CreateNetworkInterfacePermission","ec2:DeleteNetworkInterface","ec2:Describe*","ec2:DetachNetworkInterface","elasticloadbalancing:DeregisterTargets","elasticloadbalancing:Describe*","elasticloadbalancing:RegisterTargets"],"Resource":"*"}]}"#,
    ),
];

/// Every ARN.
pub fn arns() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|(arn, _)| *arn)
}

/// Whether AWS has a policy of this ARN, as far as the sandbox knows.
pub fn exists(arn: &str) -> bool {
    POLICIES.iter().any(|(known, _)| *known == arn)
}

/// Its document.
pub fn document(arn: &str) -> Option<&'static str> {
    POLICIES
        .iter()
        .find(|(known, _)| *known == arn)
        .map(|(_, document)| *document)
}

/// Its path and name.
pub fn path_and_name(arn: &str) -> (&str, &str) {
    let resource = arn.split_once(":policy").map_or(arn, |(_, rest)| rest);
    resource.split_at(resource.rfind('/').map_or(0, |cut| cut + 1))
}

/// An id that is the same every time.
pub fn id(arn: &str) -> String {
    let digest = Sha256::digest(arn.as_bytes());
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters: String = digest
        .iter()
        .take(17)
        .filter_map(|byte| alphabet.get(usize::from(byte & 31)).map(|b| char::from(*b)))
        .collect();
    format!("ANPA{letters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_json() {
        for (arn, document) in POLICIES {
            serde_json::from_str::<serde_json::Value>(document)
                .unwrap_or_else(|e| panic!("{arn}: {e}"));
        }
        assert_eq!(
            path_and_name("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"),
            ("/service-role/", "AmazonECSTaskExecutionRolePolicy")
        );
    }
}
