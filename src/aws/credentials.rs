//! Credentials of an account: what the SDK's chain gives, and a role assumed on top of it.
//!
//! They are resolved once per account and kept, however many services ask. They are resolved before
//! a call rather than inside it, because the SDK counts the time of a sign-in, or of a person typing
//! an MFA code, against the time that a call may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use crate::cloud::{ErrorKind, session_ended};

use super::error::{chain, kind_of};
use super::settings::MfaCode;

/// How long before their end credentials are renewed, at most.
const RENEW_BEFORE: Duration = Duration::from_secs(300);

/// Which part of their life is left then, where that is less: short ones are not asked for with each call.
const RENEW_PART: u32 = 3;

/// Until how long before their end they are used where they cannot be renewed.
const LAST_USE: Duration = Duration::from_secs(10);

/// Why there are no credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(super) struct Failure {
    pub kind: ErrorKind,
    pub operation: &'static str,
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
}

impl Failure {
    fn new(operation: &'static str, message: String) -> Self {
        Self {
            kind: ErrorKind::Credentials,
            operation,
            code: String::new(),
            message,
            request_id: None,
        }
    }
}

/// A role to assume.
pub(super) struct Role {
    pub arn: String,
    pub external_id: Option<String>,
    pub mfa_serial: Option<String>,
    pub session_name: String,
    pub base: Arc<Cached>,
    /// Calls as the base.
    pub sts: aws_sdk_sts::Client,
    pub mfa: Arc<dyn MfaCode>,
    /// Two prompts at a time would talk over each other.
    pub one_prompt: Arc<Mutex<()>>,
}

/// Makes the provider anew for each attempt: a provider of the SDK reads the configuration files
/// once, and a person may mend them (or sign in) between two questions of the wizard.
pub(super) type MakeProvider =
    Box<dyn Fn() -> BoxFuture<'static, SharedCredentialsProvider> + Send + Sync>;

/// Word from a call that AWS no longer takes the credentials it was sent with, whatever end they were
/// given: a session that was revoked, a clock that is wrong, a token without an end that is known here.
#[derive(Debug, Clone, Default)]
pub(super) struct Ended(Arc<AtomicBool>);

impl Ended {
    /// The next call needs others.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

enum Source {
    Given(Credentials),
    Chain {
        make: MakeProvider,
        profile: Option<String>,
    },
    Role(Box<Role>),
}

#[derive(Default)]
struct State {
    current: Option<Credentials>,
    /// How long before their end they are renewed.
    early: Duration,
    /// A role whose code was asked for is never asked for again.
    asked: bool,
    /// Why the one attempt with a code failed.
    refused: Option<Failure>,
}

/// Credentials that are kept until shortly before their end.
pub(super) struct Cached {
    source: Source,
    state: Mutex<State>,
    ended: Ended,
}

impl std::fmt::Debug for Cached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let source = match &self.source {
            Source::Given(_) => "given",
            Source::Chain { .. } => "chain",
            Source::Role(role) => &role.arn,
        };
        f.debug_tuple("Cached").field(&source).finish()
    }
}

impl Cached {
    fn of(source: Source) -> Arc<Self> {
        Arc::new(Self {
            source,
            state: Mutex::default(),
            ended: Ended::default(),
        })
    }

    /// Where to say that AWS no longer takes them.
    pub fn ended(&self) -> Ended {
        self.ended.clone()
    }

    /// Credentials that are there already.
    pub fn given(credentials: Credentials) -> Arc<Self> {
        Self::of(Source::Given(credentials))
    }

    /// What a chain of the SDK gives.
    pub fn chain(make: MakeProvider, profile: Option<String>) -> Arc<Self> {
        Self::of(Source::Chain { make, profile })
    }

    /// A role's session.
    pub fn role(role: Role) -> Arc<Self> {
        Self::of(Source::Role(Box::new(role)))
    }

    /// Valid credentials, renewed where needed.
    pub fn resolve(&self) -> BoxFuture<'_, Result<Credentials, Failure>> {
        // Boxed because a role's base is of the same kind.
        Box::pin(async move {
            if let Source::Given(credentials) = &self.source {
                return Ok(credentials.clone());
            }
            let mut state = self.state.lock().await;
            if self.ended.take() {
                state.current = None;
            }
            if let Some(current) = &state.current
                && lasts(current, state.early)
            {
                return Ok(current.clone());
            }
            let fresh = match &self.source {
                Source::Given(credentials) => Ok(credentials.clone()),
                Source::Chain { make, profile } => {
                    from_chain(make().await, profile.as_deref()).await
                }
                Source::Role(role) => role.assume(&mut state).await,
            };
            match (fresh, &state.current) {
                (Ok(fresh), _) => {
                    state.early = early(&fresh);
                    state.current = Some(fresh.clone());
                    Ok(fresh)
                }
                // Renewing began early; what is there may be used to its end.
                (Err(_), Some(current)) if lasts(current, LAST_USE) => Ok(current.clone()),
                (Err(failure), _) => Err(failure),
            }
        })
    }
}

impl ProvideCredentials for Cached {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            self.resolve()
                .await
                .map_err(CredentialsError::provider_error)
        })
    }
}

/// How long before their end fresh credentials are renewed.
fn early(fresh: &Credentials) -> Duration {
    let life = fresh
        .expiry()
        .and_then(|end| end.duration_since(SystemTime::now()).ok())
        .unwrap_or_default();
    RENEW_BEFORE.min(life / RENEW_PART)
}

fn lasts(credentials: &Credentials, at_least: Duration) -> bool {
    credentials
        .expiry()
        .is_none_or(|end| end > SystemTime::now() + at_least)
}

async fn from_chain(
    provider: SharedCredentialsProvider,
    profile: Option<&str>,
) -> Result<Credentials, Failure> {
    provider.provide_credentials().await.map_err(|error| {
        let why = chain(&error);
        let why = why.trim_end_matches('.');
        let message = match profile {
            None => format!(
                "no credentials were found: {why}: set `profile` or `role` for the account in crosspipe.toml, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            ),
            // Without any configuration file the SDK says no more than that.
            Some(profile)
                if why.contains("was not defined") || why.ends_with("was not enabled") => format!(
                "there is no profile '{profile}' in the AWS configuration files (~/.aws/config and ~/.aws/credentials): `aws configure list-profiles` shows what there is"
            ),
            Some(profile) if why.to_ascii_lowercase().contains("sso") => format!(
                "profile '{profile}' gave no credentials: {why}: sign in with `aws sso login --profile {profile}`"
            ),
            Some(profile) => format!("profile '{profile}' gave no credentials: {why}"),
        };
        Failure::new("GetCredentials", message)
    })
}

impl Role {
    async fn assume(&self, state: &mut State) -> Result<Credentials, Failure> {
        if let Some(refused) = &state.refused {
            return Err(refused.clone());
        }
        // The base first: a sign-in may take longer than a call may.
        self.base.resolve().await?;
        let code = match &self.mfa_serial {
            None => None,
            Some(serial) if state.asked => {
                return Err(Failure::new(
                    "AssumeRole",
                    format!(
                        "the session of {} has ended, and it cannot be renewed without another code of the MFA device {serial}: run the same command again, it continues where it stopped",
                        self.arn
                    ),
                ));
            }
            Some(serial) => {
                state.asked = true;
                match self.ask(serial).await {
                    Some(code) => Some(code),
                    None => {
                        let failure = Failure::new(
                            "AssumeRole",
                            format!(
                                "{} asks for a code of the MFA device {serial}, and none was given",
                                self.arn
                            ),
                        );
                        state.refused = Some(failure.clone());
                        return Err(failure);
                    }
                }
            }
        };
        let answer = self
            .sts
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(&self.session_name)
            .set_external_id(self.external_id.clone())
            .set_serial_number(self.mfa_serial.clone())
            .set_token_code(code)
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let failure = self.refused(&error);
                if self.mfa_serial.is_some() && failure.kind == ErrorKind::Credentials {
                    state.refused = Some(failure.clone());
                }
                return Err(failure);
            }
        };
        let given = answer.credentials.ok_or_else(|| {
            Failure::new(
                "AssumeRole",
                format!("the answer for {} holds no credentials", self.arn),
            )
        })?;
        Ok(Credentials::builder()
            .access_key_id(given.access_key_id)
            .secret_access_key(given.secret_access_key)
            .session_token(given.session_token)
            .set_expiry_from(given.expiration)
            .provider_name("crosspipe")
            .build())
    }

    async fn ask(&self, serial: &str) -> Option<String> {
        let _only_one = self.one_prompt.lock().await;
        let mfa = Arc::clone(&self.mfa);
        let serial = serial.to_owned();
        tokio::task::spawn_blocking(move || mfa.code(&serial))
            .await
            .ok()
            .flatten()
            .map(|code| code.trim().to_owned())
            .filter(|code| !code.is_empty())
    }

    fn refused(
        &self,
        error: &aws_sdk_sts::error::SdkError<aws_sdk_sts::operation::assume_role::AssumeRoleError>,
    ) -> Failure {
        if let Some(failure) = super::error::find::<Failure>(error) {
            return failure.clone();
        }
        let refusal = error.as_service_error();
        let why = refusal
            .and_then(|refusal| refusal.message())
            .map_or_else(|| chain(error), str::to_owned);
        let code = refusal
            .and_then(|refusal| refusal.code())
            .unwrap_or_default();
        let status = error.raw_response().map(|raw| raw.status().as_u16());
        if session_ended(code) {
            // It was sent with the base.
            self.base.ended.set();
        }
        Failure {
            kind: match refusal {
                Some(_) if kind_of(code, status) == ErrorKind::Throttled => ErrorKind::Throttled,
                Some(_) => ErrorKind::Credentials,
                None => ErrorKind::Connection,
            },
            operation: "AssumeRole",
            code: code.to_owned(),
            message: format!("the role {} could not be assumed: {why}", self.arn),
            request_id: error.request_id().map(str::to_owned),
        }
    }
}

/// The STS answer's end of session, set on a builder.
trait SetExpiry {
    fn set_expiry_from(self, end: aws_smithy_types::DateTime) -> Self;
}

impl SetExpiry for aws_credential_types::CredentialsBuilder {
    fn set_expiry_from(mut self, end: aws_smithy_types::DateTime) -> Self {
        self.set_expiry(SystemTime::try_from(end).ok());
        self
    }
}

/// A session name that AWS takes (2 to 64 of letters, digits and `+=,.@_-`) and that tells in
/// CloudTrail who it was. Source: the STS API model, `roleSessionNameType`.
pub(super) fn session_name(user: Option<&str>) -> String {
    let user: String = user
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(*c))
        .take(54)
        .collect();
    if user.is_empty() {
        "crosspipe".to_owned()
    } else {
        format!("crosspipe-{user}")
    }
}

#[cfg(test)]
mod tests;
