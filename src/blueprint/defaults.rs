//! What is taken where `crosspipe.toml` says nothing.

/// The CodeBuild image. Source: AWS CodeBuild User Guide, "Docker images provided by CodeBuild".
pub const BUILD_IMAGE: &str = "aws/codebuild/amazonlinux-x86_64-standard:5.0";
/// CodeBuild's `computeType`.
pub const COMPUTE_TYPE: &str = "BUILD_GENERAL1_SMALL";
/// The path of the buildspec.
pub const BUILDSPEC: &str = "buildspec.yml";
/// Minutes until a build is stopped.
pub const TIMEOUT_MINUTES: u32 = 60;
/// The path of IAM roles.
pub const ROLE_PATH: &str = "/";
/// The container's port.
pub const PORT: u16 = 8080;
/// The task's CPU units.
pub const CPU: u32 = 256;
/// The task's memory in MiB.
pub const MEMORY: u32 = 512;
/// Minutes that replaced tasks stay up.
pub const KEEP_OLD_MINUTES: u32 = 5;

/// Whether a deployment to an environment asks first, by the environment's name.
pub fn confirm(environment: &str) -> bool {
    matches!(environment, "prd" | "prod" | "production")
}
