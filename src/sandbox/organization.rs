//! The organization's policies, as they are set from inside the program.

use super::services::organizations::{self, AttachedPolicy, state::PolicyType};
use super::start::{Sandbox, SandboxError};

impl Sandbox {
    /// Attaches documents, each by its name, to an account or unit (to the root where none is named), in
    /// place of what was attached there before. `alone` takes AWS's own policy off, which allows everything.
    ///
    /// # Errors
    /// The first document that AWS would not take, or that there is no such target.
    pub fn set_policies(
        &self,
        kind: PolicyType,
        target: Option<&str>,
        documents: &[(String, String)],
        alone: bool,
    ) -> Result<(), SandboxError> {
        organizations::attach(&mut self.shared.world(), kind, target, documents, alone)?;
        self.shared.changed();
        Ok(())
    }

    /// Takes policies off an account or unit (off the root where none is named): those of these names, or
    /// all. Answers how many.
    ///
    /// # Errors
    /// That there is no such target.
    pub fn remove_policies(
        &self,
        kind: PolicyType,
        target: Option<&str>,
        names: &[String],
    ) -> Result<usize, SandboxError> {
        let removed = organizations::remove(&mut self.shared.world(), kind, target, names)?;
        self.shared.changed();
        Ok(removed)
    }

    /// What is attached where.
    pub fn policies(&self) -> Vec<AttachedPolicy> {
        organizations::attached(&self.shared.world())
    }

    /// The management account of the organization, which no policy of it limits.
    pub fn management_account(&self) -> Option<String> {
        organizations::management(&self.shared.world()).map(str::to_owned)
    }

    /// Makes an account the management account.
    ///
    /// # Errors
    /// That there is no such account.
    pub fn set_management_account(&self, account: &str) -> Result<(), SandboxError> {
        organizations::manage(&mut self.shared.world(), account)?;
        self.shared.changed();
        Ok(())
    }
}
