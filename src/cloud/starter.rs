//! What it takes to begin an empty repository: a seam of its own, beside `Cloud`.

use async_trait::async_trait;

use super::CloudError;

/// The commit that a branch points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// Its id.
    pub id: String,
    /// Whether it has no commit before it.
    pub is_first: bool,
    /// Its whole message.
    pub message: String,
}

/// A file of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedFile<'a> {
    /// Its path, with `/`.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// How a branch came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branched {
    /// It was made.
    Made,
    /// Somebody has made it meanwhile; it was left as it is.
    Exists,
}

/// The shared account's CodeCommit repositories, as far as a first commit needs them. Nothing here
/// changes a branch that exists.
#[async_trait]
pub trait Seed: Send + Sync {
    /// The names of all branches. A repository without any is empty.
    async fn branches(&self, repository: &str) -> Result<Vec<String>, CloudError>;

    /// The commit that a branch points to.
    async fn tip(&self, repository: &str, branch: &str) -> Result<Tip, CloudError>;

    /// Makes the first commit of an empty repository, and its branch; answers the commit's id. AWS
    /// refuses it where the repository has a commit.
    async fn begin(
        &self,
        repository: &str,
        branch: &str,
        message: &str,
        files: &[SeedFile<'_>],
    ) -> Result<String, CloudError>;

    /// Makes a branch that points to a commit.
    async fn branch(
        &self,
        repository: &str,
        branch: &str,
        commit: &str,
    ) -> Result<Branched, CloudError>;
}
