//! The shape of a build project, and the form in which CodeBuild gives it back.
//!
//! Source: the API model (2016-10-06).

use serde_json::{Map, Value, json};

use crate::sandbox::page::arn;
use crate::sandbox::service::Call;
use crate::sandbox::shape::{
    ANY_NUMBER, ANY_TEXT, FLAG, Member, Shape, list, one_of, optional, required, text,
};

/// The name of a new project.
pub static NAME: Shape = text(2, 150, r"[A-Za-z0-9][A-Za-z0-9\-_]{1,149}");
/// The name of a project that should exist.
pub static SOME_TEXT: Shape = text(1, usize::MAX, "");
static DESCRIPTION: Shape = text(0, 255, "");
static SOURCE_TYPE: Shape = one_of(&[
    "CODECOMMIT",
    "CODEPIPELINE",
    "GITHUB",
    "GITLAB",
    "GITLAB_SELF_MANAGED",
    "S3",
    "BITBUCKET",
    "GITHUB_ENTERPRISE",
    "NO_SOURCE",
]);
static DEPTH: Shape = Shape::Number {
    min: 0,
    max: i32::MAX as i64,
};
static SUBMODULES: Shape = Shape::Structure(&[required("fetchSubmodules", &FLAG)]);
static AUTH_TYPE: Shape = one_of(&["OAUTH", "CODECONNECTIONS", "SECRETS_MANAGER"]);
static AUTH: Shape = Shape::Structure(&[
    required("type", &AUTH_TYPE),
    optional("resource", &ANY_TEXT),
]);
static STATUS: Shape = Shape::Structure(&[
    optional("context", &ANY_TEXT),
    optional("targetUrl", &ANY_TEXT),
]);
static SOURCE: Shape = Shape::Structure(&[
    required("type", &SOURCE_TYPE),
    optional("location", &ANY_TEXT),
    optional("gitCloneDepth", &DEPTH),
    optional("gitSubmodulesConfig", &SUBMODULES),
    optional("buildspec", &ANY_TEXT),
    optional("auth", &AUTH),
    optional("reportBuildStatus", &FLAG),
    optional("buildStatusConfig", &STATUS),
    optional("insecureSsl", &FLAG),
    optional("sourceIdentifier", &ANY_TEXT),
]);
static SOURCES: Shape = list(&SOURCE, 0, 12);
static SOURCE_VERSION: Shape = Shape::Structure(&[
    required("sourceIdentifier", &ANY_TEXT),
    required("sourceVersion", &ANY_TEXT),
]);
static SOURCE_VERSIONS: Shape = list(&SOURCE_VERSION, 0, 12);

static ARTIFACT_TYPE: Shape = one_of(&["CODEPIPELINE", "S3", "NO_ARTIFACTS"]);
static NAMESPACE_TYPE: Shape = one_of(&["NONE", "BUILD_ID"]);
static PACKAGING: Shape = one_of(&["NONE", "ZIP"]);
static OWNER_ACCESS: Shape = one_of(&["NONE", "READ_ONLY", "FULL"]);
static ARTIFACT: Shape = Shape::Structure(&[
    required("type", &ARTIFACT_TYPE),
    optional("location", &ANY_TEXT),
    optional("path", &ANY_TEXT),
    optional("namespaceType", &NAMESPACE_TYPE),
    optional("name", &ANY_TEXT),
    optional("packaging", &PACKAGING),
    optional("overrideArtifactName", &FLAG),
    optional("encryptionDisabled", &FLAG),
    optional("artifactIdentifier", &ANY_TEXT),
    optional("bucketOwnerAccess", &OWNER_ACCESS),
]);
static ARTIFACTS: Shape = list(&ARTIFACT, 0, 12);

static CACHE_TYPE: Shape = one_of(&["NO_CACHE", "S3", "LOCAL"]);
static CACHE_MODE: Shape = one_of(&[
    "LOCAL_DOCKER_LAYER_CACHE",
    "LOCAL_SOURCE_CACHE",
    "LOCAL_CUSTOM_CACHE",
]);
static CACHE_MODES: Shape = list(&CACHE_MODE, 0, usize::MAX);
static CACHE: Shape = Shape::Structure(&[
    required("type", &CACHE_TYPE),
    optional("location", &ANY_TEXT),
    optional("modes", &CACHE_MODES),
    optional("cacheNamespace", &ANY_TEXT),
]);

static ENVIRONMENT_TYPE: Shape = one_of(&[
    "WINDOWS_CONTAINER",
    "LINUX_CONTAINER",
    "LINUX_GPU_CONTAINER",
    "ARM_CONTAINER",
    "WINDOWS_SERVER_2019_CONTAINER",
    "WINDOWS_SERVER_2022_CONTAINER",
    "LINUX_LAMBDA_CONTAINER",
    "ARM_LAMBDA_CONTAINER",
    "LINUX_EC2",
    "ARM_EC2",
    "WINDOWS_EC2",
    "MAC_ARM",
]);
static COMPUTE_TYPE: Shape = one_of(&[
    "BUILD_GENERAL1_SMALL",
    "BUILD_GENERAL1_MEDIUM",
    "BUILD_GENERAL1_LARGE",
    "BUILD_GENERAL1_XLARGE",
    "BUILD_GENERAL1_2XLARGE",
    "BUILD_LAMBDA_1GB",
    "BUILD_LAMBDA_2GB",
    "BUILD_LAMBDA_4GB",
    "BUILD_LAMBDA_8GB",
    "BUILD_LAMBDA_10GB",
    "ATTRIBUTE_BASED_COMPUTE",
    "CUSTOM_INSTANCE_TYPE",
]);
static MACHINE: Shape = one_of(&["GENERAL", "NVME"]);
static COMPUTE: Shape = Shape::Structure(&[
    optional("vCpu", &ANY_NUMBER),
    optional("memory", &ANY_NUMBER),
    optional("disk", &ANY_NUMBER),
    optional("machineType", &MACHINE),
    optional("instanceType", &SOME_TEXT),
]);
static FLEET: Shape = Shape::Structure(&[optional("fleetArn", &ANY_TEXT)]);
static VARIABLE_TYPE: Shape = one_of(&["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]);
static VARIABLE: Shape = Shape::Structure(&[
    required("name", &SOME_TEXT),
    required("value", &ANY_TEXT),
    optional("type", &VARIABLE_TYPE),
]);
static VARIABLES: Shape = list(&VARIABLE, 0, usize::MAX);
static CREDENTIAL_PROVIDER: Shape = one_of(&["SECRETS_MANAGER"]);
static CREDENTIAL: Shape = Shape::Structure(&[
    required("credential", &SOME_TEXT),
    required("credentialProvider", &CREDENTIAL_PROVIDER),
]);
static PULL: Shape = one_of(&["CODEBUILD", "SERVICE_ROLE"]);
static GROUPS: Shape = list(&SOME_TEXT, 0, 5);
static SUBNETS: Shape = list(&SOME_TEXT, 0, 16);
static DOCKER_SERVER: Shape = Shape::Structure(&[
    required("computeType", &COMPUTE_TYPE),
    optional("securityGroupIds", &GROUPS),
]);
static ENVIRONMENT: Shape = Shape::Structure(&[
    required("type", &ENVIRONMENT_TYPE),
    required("image", &SOME_TEXT),
    required("computeType", &COMPUTE_TYPE),
    optional("computeConfiguration", &COMPUTE),
    optional("fleet", &FLEET),
    optional("environmentVariables", &VARIABLES),
    optional("privilegedMode", &FLAG),
    optional("certificate", &ANY_TEXT),
    optional("registryCredential", &CREDENTIAL),
    optional("imagePullCredentialsType", &PULL),
    optional("dockerServer", &DOCKER_SERVER),
]);

static TIMEOUT: Shape = Shape::Number { min: 5, max: 2160 };
static QUEUED: Shape = Shape::Number { min: 5, max: 480 };
static TAG_KEY: Shape = text(1, 127, "");
static TAG_VALUE: Shape = text(0, 255, "");
static TAG: Shape = Shape::Structure(&[optional("key", &TAG_KEY), optional("value", &TAG_VALUE)]);
static TAGS: Shape = list(&TAG, 0, 50);
static VPC: Shape = Shape::Structure(&[
    optional("vpcId", &SOME_TEXT),
    optional("subnets", &SUBNETS),
    optional("securityGroupIds", &GROUPS),
]);
static LOG_STATUS: Shape = one_of(&["ENABLED", "DISABLED"]);
static CLOUDWATCH: Shape = Shape::Structure(&[
    required("status", &LOG_STATUS),
    optional("groupName", &ANY_TEXT),
    optional("streamName", &ANY_TEXT),
]);
static S3_LOGS: Shape = Shape::Structure(&[
    required("status", &LOG_STATUS),
    optional("location", &ANY_TEXT),
    optional("encryptionDisabled", &FLAG),
    optional("bucketOwnerAccess", &OWNER_ACCESS),
]);
static LOGS: Shape = Shape::Structure(&[
    optional("cloudWatchLogs", &CLOUDWATCH),
    optional("s3Logs", &S3_LOGS),
]);
static FILE_SYSTEM_TYPE: Shape = one_of(&["EFS"]);
static FILE_SYSTEM: Shape = Shape::Structure(&[
    optional("type", &FILE_SYSTEM_TYPE),
    optional("location", &ANY_TEXT),
    optional("mountPoint", &ANY_TEXT),
    optional("identifier", &ANY_TEXT),
    optional("mountOptions", &ANY_TEXT),
]);
static FILE_SYSTEMS: Shape = list(&FILE_SYSTEM, 0, usize::MAX);
static SOME_TEXTS: Shape = list(&SOME_TEXT, 0, usize::MAX);
static RESTRICTIONS: Shape = Shape::Structure(&[
    optional("maximumBuildsAllowed", &ANY_NUMBER),
    optional("computeTypesAllowed", &SOME_TEXTS),
    optional("fleetsAllowed", &SOME_TEXTS),
]);
static REPORT_MODE: Shape = one_of(&["REPORT_INDIVIDUAL_BUILDS", "REPORT_AGGREGATED_BATCH"]);
static BATCH: Shape = Shape::Structure(&[
    optional("serviceRole", &SOME_TEXT),
    optional("combineArtifacts", &FLAG),
    optional("restrictions", &RESTRICTIONS),
    optional("timeoutInMins", &ANY_NUMBER),
    optional("batchReportMode", &REPORT_MODE),
]);

/// What CreateProject takes.
pub static CREATE: &[Member] = &[
    required("name", &NAME),
    optional("description", &DESCRIPTION),
    required("source", &SOURCE),
    optional("secondarySources", &SOURCES),
    optional("sourceVersion", &ANY_TEXT),
    optional("secondarySourceVersions", &SOURCE_VERSIONS),
    required("artifacts", &ARTIFACT),
    optional("secondaryArtifacts", &ARTIFACTS),
    optional("cache", &CACHE),
    required("environment", &ENVIRONMENT),
    required("serviceRole", &SOME_TEXT),
    optional("timeoutInMinutes", &TIMEOUT),
    optional("queuedTimeoutInMinutes", &QUEUED),
    optional("encryptionKey", &SOME_TEXT),
    optional("tags", &TAGS),
    optional("vpcConfig", &VPC),
    optional("badgeEnabled", &FLAG),
    optional("logsConfig", &LOGS),
    optional("fileSystemLocations", &FILE_SYSTEMS),
    optional("buildBatchConfig", &BATCH),
    optional("concurrentBuildLimit", &ANY_NUMBER),
    optional("autoRetryLimit", &ANY_NUMBER),
];

/// What UpdateProject takes.
pub static UPDATE: &[Member] = &[
    required("name", &SOME_TEXT),
    optional("description", &DESCRIPTION),
    optional("source", &SOURCE),
    optional("secondarySources", &SOURCES),
    optional("sourceVersion", &ANY_TEXT),
    optional("secondarySourceVersions", &SOURCE_VERSIONS),
    optional("artifacts", &ARTIFACT),
    optional("secondaryArtifacts", &ARTIFACTS),
    optional("cache", &CACHE),
    optional("environment", &ENVIRONMENT),
    optional("serviceRole", &SOME_TEXT),
    optional("timeoutInMinutes", &TIMEOUT),
    optional("queuedTimeoutInMinutes", &QUEUED),
    optional("encryptionKey", &SOME_TEXT),
    optional("tags", &TAGS),
    optional("vpcConfig", &VPC),
    optional("badgeEnabled", &FLAG),
    optional("logsConfig", &LOGS),
    optional("fileSystemLocations", &FILE_SYSTEMS),
    optional("buildBatchConfig", &BATCH),
    optional("concurrentBuildLimit", &ANY_NUMBER),
    optional("autoRetryLimit", &ANY_NUMBER),
];

/// What StartBuild takes.
pub static START: &[Member] = &[
    required("projectName", &SOME_TEXT),
    optional("secondarySourcesOverride", &SOURCES),
    optional("secondarySourcesVersionOverride", &SOURCE_VERSIONS),
    optional("sourceVersion", &ANY_TEXT),
    optional("artifactsOverride", &ARTIFACT),
    optional("secondaryArtifactsOverride", &ARTIFACTS),
    optional("environmentVariablesOverride", &VARIABLES),
    optional("sourceTypeOverride", &SOURCE_TYPE),
    optional("sourceLocationOverride", &ANY_TEXT),
    optional("sourceAuthOverride", &AUTH),
    optional("gitCloneDepthOverride", &DEPTH),
    optional("gitSubmodulesConfigOverride", &SUBMODULES),
    optional("buildspecOverride", &ANY_TEXT),
    optional("insecureSslOverride", &FLAG),
    optional("reportBuildStatusOverride", &FLAG),
    optional("buildStatusConfigOverride", &STATUS),
    optional("environmentTypeOverride", &ENVIRONMENT_TYPE),
    optional("imageOverride", &SOME_TEXT),
    optional("computeTypeOverride", &COMPUTE_TYPE),
    optional("certificateOverride", &ANY_TEXT),
    optional("cacheOverride", &CACHE),
    optional("serviceRoleOverride", &SOME_TEXT),
    optional("privilegedModeOverride", &FLAG),
    optional("timeoutInMinutesOverride", &TIMEOUT),
    optional("queuedTimeoutInMinutesOverride", &QUEUED),
    optional("encryptionKeyOverride", &SOME_TEXT),
    optional("idempotencyToken", &ANY_TEXT),
    optional("logsConfigOverride", &LOGS),
    optional("registryCredentialOverride", &CREDENTIAL),
    optional("imagePullCredentialsTypeOverride", &PULL),
    optional("debugSessionEnabled", &FLAG),
    optional("fleetOverride", &FLEET),
    optional("autoRetryLimitOverride", &ANY_NUMBER),
];

/// The ARN of a project.
pub fn project_arn(region: &str, account: &str, name: &str) -> String {
    arn("codebuild", region, account, &format!("project/{name}"))
}

/// The project as it is kept and shown: what was given over what was there, with what CodeBuild
/// fills in.
pub fn complete(call: &Call, name: &str, given: &Value, before: Option<&Value>) -> Value {
    let mut project = match before {
        Some(Value::Object(members)) => members.clone(),
        _ => Map::new(),
    };
    let (region, account) = (&call.region, &call.caller.account);
    project.insert("name".to_owned(), json!(name));
    project.insert("arn".to_owned(), json!(project_arn(region, account, name)));
    for (member, value) in given.as_object().into_iter().flatten() {
        match member.as_str() {
            "name" => {}
            // The badge is shown as an object; nothing serves the picture that its address names.
            "badgeEnabled" => {
                project.insert("badge".to_owned(), json!({"badgeEnabled": value}));
            }
            // Minus one lifts a limit; a VPC without an id takes the project out of its VPC.
            // Source: the API model, `UpdateProjectInput`.
            "concurrentBuildLimit" if value.as_i64() == Some(-1) => {
                project.remove(member);
            }
            "vpcConfig" if value.get("vpcId").is_none() => {
                project.remove(member);
            }
            _ => {
                project.insert(member.clone(), value.clone());
            }
        }
    }
    fill(&mut project, "cache", json!({"type": "NO_CACHE"}));
    fill(&mut project, "timeoutInMinutes", json!(60));
    fill(&mut project, "queuedTimeoutInMinutes", json!(480));
    let key = arn("kms", region, account, "alias/aws/s3");
    fill(&mut project, "encryptionKey", json!(key));
    fill(&mut project, "tags", json!([]));
    fill(&mut project, "badge", json!({"badgeEnabled": false}));
    fill(&mut project, "secondarySources", json!([]));
    fill(&mut project, "secondarySourceVersions", json!([]));
    fill(&mut project, "secondaryArtifacts", json!([]));
    fill(&mut project, "projectVisibility", json!("PRIVATE"));
    if let Some(Value::Object(source)) = project.get_mut("source") {
        fill(source, "insecureSsl", json!(false));
    }
    if let Some(Value::Object(artifacts)) = project.get_mut("artifacts")
        && artifacts
            .get("type")
            .is_some_and(|kind| kind != "NO_ARTIFACTS")
    {
        fill(artifacts, "name", json!(name));
        fill(artifacts, "packaging", json!("NONE"));
        fill(artifacts, "encryptionDisabled", json!(false));
    }
    if let Some(Value::Object(environment)) = project.get_mut("environment") {
        fill(environment, "environmentVariables", json!([]));
        fill(environment, "privilegedMode", json!(false));
        fill(environment, "imagePullCredentialsType", json!("CODEBUILD"));
        let variables = environment.get_mut("environmentVariables");
        for variable in variables
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Value::Object(variable) = variable {
                fill(variable, "type", json!("PLAINTEXT"));
            }
        }
    }
    Value::Object(project)
}

fn fill(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.entry(name.to_owned()).or_insert(value);
}
