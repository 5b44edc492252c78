//! What is needed to reach the accounts.

use std::sync::Arc;

use crate::blueprint::Access;
use crate::ident::{AccountId, Region};
use crate::resource::Site;

/// How to reach AWS, or something that speaks its protocols.
pub struct Settings {
    /// The Region of everything.
    pub region: Region,
    /// Another endpoint for every service. Where it is set, S3 is spoken to in path style.
    pub endpoint_url: Option<String>,
    /// The accounts. More can be added later with [`super::AwsCloud::add_account`].
    pub accounts: Vec<AccountAccess>,
    /// Who knows the codes of MFA devices.
    pub mfa: Arc<dyn MfaCode>,
}

/// How to reach one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAccess {
    /// Its place in the blueprint.
    pub site: Site,
    /// Its id.
    pub account: AccountId,
    /// Profile, role, external id and MFA device.
    pub access: Access,
    /// Credentials to start from. With them the SDK's chain and the profile are not looked at.
    pub base: Option<StaticCredentials>,
}

/// A long-lived access key.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticCredentials {
    /// `AKIA...`
    pub access_key_id: String,
    /// The secret. Never shown: `Debug` leaves it out.
    pub secret_access_key: String,
}

impl std::fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &"(not shown)")
            .finish()
    }
}

/// Asks a person for the code that an MFA device shows.
pub trait MfaCode: Send + Sync {
    /// The code of the device with this serial number or ARN; `None` where nobody can be asked or
    /// the person declines. May block: it is called on a thread of its own, at most once per role,
    /// and never twice at a time.
    fn code(&self, serial: &str) -> Option<String>;
}

/// Knows no codes: for runs without a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMfa;

impl MfaCode for NoMfa {
    fn code(&self, _serial: &str) -> Option<String> {
        None
    }
}
