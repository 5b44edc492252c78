//! The action types that CodePipeline has, and what each takes.
//!
//! Sources: AWS CodePipeline User Guide, "Action structure reference" and "Valid action types and
//! providers"; artifact counts also in cfn-lint's rule E3702.

/// An action type.
pub(super) struct ActionType {
    pub category: &'static str,
    pub owner: &'static str,
    pub provider: &'static str,
    /// Fewest and most input artifacts.
    pub inputs: (usize, usize),
    /// Fewest and most output artifacts.
    pub outputs: (usize, usize),
    /// Configuration keys that must be there.
    pub required: &'static [&'static str],
    /// Configuration keys that may be there; `None` where they are not listed here.
    pub optional: Option<&'static [&'static str]>,
    /// The variables that it produces; `None` where they are not listed here.
    pub variables: Option<&'static [&'static str]>,
}

const fn action(
    category: &'static str,
    provider: &'static str,
    inputs: (usize, usize),
    outputs: (usize, usize),
) -> ActionType {
    ActionType {
        category,
        owner: "AWS",
        provider,
        inputs,
        outputs,
        required: &[],
        optional: None,
        variables: None,
    }
}

const CODEBUILD_REQUIRED: &[&str] = &["ProjectName"];
const CODEBUILD_OPTIONAL: &[&str] = &[
    "PrimarySource",
    "BatchEnabled",
    "BuildspecOverride",
    "CombineArtifacts",
    "EnvironmentVariables",
    "ServiceRoleArnOverride",
];
const COMMIT_VARIABLES: &[&str] = &["AuthorDate", "BranchName", "CommitId", "CommitMessage"];

static TYPES: &[ActionType] = &[
    ActionType {
        required: &["RepositoryName", "BranchName"],
        optional: Some(&["PollForSourceChanges", "OutputArtifactFormat"]),
        variables: Some(&[
            "AuthorDate",
            "BranchName",
            "CommitId",
            "CommitMessage",
            "CommitterDate",
            "RepositoryName",
        ]),
        ..action("Source", "CodeCommit", (0, 0), (1, 1))
    },
    ActionType {
        required: &["ConnectionArn", "FullRepositoryId", "BranchName"],
        optional: Some(&["OutputArtifactFormat", "DetectChanges"]),
        variables: Some(&[
            "AuthorDate",
            "AuthorDisplayName",
            "AuthorEmail",
            "AuthorId",
            "BranchName",
            "CommitId",
            "CommitMessage",
            "ConnectionArn",
            "FullRepositoryName",
            "ProviderType",
        ]),
        ..action("Source", "CodeStarSourceConnection", (0, 0), (1, 1))
    },
    ActionType {
        required: &["S3Bucket", "S3ObjectKey"],
        optional: Some(&["PollForSourceChanges", "AllowOverrideForS3ObjectKey"]),
        variables: Some(&["BucketName", "ETag", "ObjectKey", "VersionId"]),
        ..action("Source", "S3", (0, 0), (1, 1))
    },
    ActionType {
        required: &["RepositoryName"],
        optional: Some(&["ImageTag"]),
        variables: Some(&[
            "ImageDigest",
            "ImageTag",
            "ImageURI",
            "RegistryId",
            "RepositoryName",
        ]),
        ..action("Source", "ECR", (0, 0), (1, 1))
    },
    ActionType {
        owner: "ThirdParty",
        required: &["Owner", "Repo", "Branch", "OAuthToken"],
        optional: Some(&["PollForSourceChanges"]),
        variables: Some(COMMIT_VARIABLES),
        ..action("Source", "GitHub", (0, 0), (1, 1))
    },
    ActionType {
        required: CODEBUILD_REQUIRED,
        optional: Some(CODEBUILD_OPTIONAL),
        ..action("Build", "CodeBuild", (1, 5), (0, 5))
    },
    ActionType {
        required: &["ECRRepositoryName"],
        ..action("Build", "ECRBuildAndPublish", (1, 1), (0, 1))
    },
    ActionType {
        required: CODEBUILD_REQUIRED,
        optional: Some(CODEBUILD_OPTIONAL),
        ..action("Test", "CodeBuild", (1, 5), (0, 5))
    },
    action("Test", "DeviceFarm", (1, 1), (0, 0)),
    ActionType {
        optional: Some(&["CustomData", "ExternalEntityLink", "NotificationArn"]),
        ..action("Approval", "Manual", (0, 0), (0, 0))
    },
    ActionType {
        required: &[
            "ApplicationName",
            "DeploymentGroupName",
            "TaskDefinitionTemplateArtifact",
            "AppSpecTemplateArtifact",
        ],
        optional: Some(&[
            "TaskDefinitionTemplatePath",
            "AppSpecTemplatePath",
            "Image1ArtifactName",
            "Image1ContainerName",
            "Image2ArtifactName",
            "Image2ContainerName",
            "Image3ArtifactName",
            "Image3ContainerName",
            "Image4ArtifactName",
            "Image4ContainerName",
        ]),
        ..action("Deploy", "CodeDeployToECS", (1, 5), (0, 0))
    },
    ActionType {
        required: &["ClusterName", "ServiceName"],
        optional: Some(&["FileName", "DeploymentTimeout"]),
        ..action("Deploy", "ECS", (1, 1), (0, 0))
    },
    ActionType {
        required: &["ApplicationName", "DeploymentGroupName"],
        optional: Some(&[]),
        ..action("Deploy", "CodeDeploy", (1, 1), (0, 0))
    },
    ActionType {
        required: &["BucketName", "Extract"],
        optional: Some(&[
            "ObjectKey",
            "KMSEncryptionKeyARN",
            "CannedACL",
            "CacheControl",
        ]),
        ..action("Deploy", "S3", (1, 1), (0, 0))
    },
    ActionType {
        required: &["ActionMode"],
        ..action("Deploy", "CloudFormation", (0, 10), (0, 1))
    },
    action("Deploy", "CloudFormationStackSet", (1, 10), (0, 10)),
    action("Deploy", "CloudFormationStackInstances", (0, 10), (0, 10)),
    ActionType {
        required: &["ApplicationName", "EnvironmentName"],
        optional: Some(&[]),
        ..action("Deploy", "ElasticBeanstalk", (1, 1), (0, 0))
    },
    action("Deploy", "AppConfig", (1, 1), (0, 0)),
    action("Deploy", "EC2", (1, 1), (0, 0)),
    action("Deploy", "EKS", (1, 1), (0, 0)),
    action("Deploy", "Lambda", (0, 1), (0, 0)),
    action("Deploy", "ServiceCatalog", (1, 1), (0, 0)),
    ActionType {
        required: &["FunctionName"],
        optional: Some(&["UserParameters"]),
        ..action("Invoke", "Lambda", (0, 5), (0, 5))
    },
    action("Invoke", "StepFunctions", (0, 1), (0, 1)),
    ActionType {
        required: &["PipelineName"],
        ..action("Invoke", "CodePipeline", (0, 0), (0, 0))
    },
    action("Invoke", "InspectorScan", (0, 1), (0, 1)),
    action("Compute", "Commands", (1, 10), (0, 1)),
];

/// The action type of these four, if CodePipeline has it. All of them have version `1`.
pub(super) fn find(
    category: &str,
    owner: &str,
    provider: &str,
    version: &str,
) -> Option<&'static ActionType> {
    TYPES.iter().find(|it| {
        version == "1" && it.category == category && it.owner == owner && it.provider == provider
    })
}
