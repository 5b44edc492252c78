//! From settings to clients: one HTTP client for all, one set of credentials per account.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::Mutex;

use crate::ident::Region;

use super::account::Account;
use super::count::{Counts, Signature};
use super::credentials::{Cached, MakeProvider, Role, session_name};
use super::error::Place;
use super::settings::{AccountAccess, MfaCode};

/// A configuration, and the credentials that belong to it.
type Base = (SdkConfig, Arc<Cached>);

/// What all accounts share.
pub(super) struct Connector {
    region: Region,
    endpoint_url: Option<String>,
    http: SharedHttpClient,
    mfa: Arc<dyn MfaCode>,
    one_prompt: Arc<Mutex<()>>,
    session_name: String,
    pub counts: Counts,
    /// Per profile (or none): the configuration, and the credentials of it.
    bases: Mutex<HashMap<Option<String>, Base>>,
}

impl Connector {
    pub fn new(region: Region, endpoint_url: Option<String>, mfa: Arc<dyn MfaCode>) -> Self {
        let user = ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
        Self {
            http: http_client(endpoint_url.as_deref()),
            region,
            endpoint_url,
            mfa,
            one_prompt: Arc::default(),
            session_name: session_name(user.as_deref()),
            counts: Counts::default(),
            bases: Mutex::default(),
        }
    }

    /// Sets up one account. Sends nothing: credentials are looked for with the first call.
    pub async fn account(&self, access: AccountAccess) -> Account {
        let signature = Signature {
            site: access.site.clone(),
            counts: self.counts.clone(),
        };
        let (config, base) = match access.base {
            Some(given) => {
                let credentials = Credentials::new(
                    given.access_key_id,
                    given.secret_access_key,
                    None,
                    None,
                    "crosspipe",
                );
                (self.plain_config(), Cached::given(credentials))
            }
            None => self.base(access.access.profile.clone()).await,
        };
        let credentials = match access.access.role {
            None => base,
            Some(role) => {
                let config = with_credentials(&config, &base);
                let sts = aws_sdk_sts::config::Builder::from(&config)
                    .interceptor(signature.clone())
                    .build();
                Cached::role(Role {
                    arn: role.as_str().to_owned(),
                    external_id: access.access.external_id,
                    mfa_serial: access.access.mfa_serial,
                    session_name: self.session_name.clone(),
                    base,
                    sts: aws_sdk_sts::Client::from_conf(sts),
                    mfa: Arc::clone(&self.mfa),
                    one_prompt: Arc::clone(&self.one_prompt),
                })
            }
        };
        let config = with_credentials(&config, &credentials);
        let place = Place {
            site: access.site,
            account: access.account.as_str().to_owned(),
            endpoint: config
                .endpoint_url()
                .map_or_else(|| self.region.to_string(), str::to_owned),
            ended: credentials.ended(),
        };
        Account::new(place, self.region.clone(), config, credentials, signature)
    }

    /// A configuration that looks at nothing but what is given: no environment, no files.
    fn plain_config(&self) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(self.region.as_str().to_owned()))
            .http_client(self.http.clone())
            .retry_config(retries())
            .timeout_config(timeouts())
            .identity_cache(IdentityCache::no_cache());
        config.set_app_name(app_name());
        config.set_endpoint_url(self.endpoint_url.clone());
        config.build()
    }

    /// The configuration and credentials of a profile, or of the SDK's normal chain.
    async fn base(&self, profile: Option<String>) -> Base {
        let mut bases = self.bases.lock().await;
        if let Some(known) = bases.get(&profile) {
            return known.clone();
        }
        // A profile that was asked for wins over keys in the environment, as with `aws --profile`:
        // in the SDK's chain it would be the other way round, and every account would be reached
        // with the same keys.
        let make: MakeProvider = match profile.clone() {
            Some(name) => {
                let (region, http) = (self.region.clone(), self.http.clone());
                Box::new(move || {
                    let provider = SharedCredentialsProvider::new(
                        ProfileFileCredentialsProvider::builder()
                            .configure(&provider_config(&region, &http))
                            .profile_name(&name)
                            .build(),
                    );
                    Box::pin(std::future::ready(provider))
                })
            }
            None => {
                let (region, http) = (self.region.clone(), self.http.clone());
                Box::new(move || {
                    let chain = DefaultCredentialsChain::builder()
                        .configure(provider_config(&region, &http))
                        .region(aws_config::Region::new(region.as_str().to_owned()));
                    Box::pin(async move { SharedCredentialsProvider::new(chain.build().await) })
                })
            }
        };
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(aws_config::Region::new(self.region.as_str().to_owned()))
            .http_client(self.http.clone())
            .retry_config(retries())
            .timeout_config(timeouts())
            .identity_cache(IdentityCache::no_cache())
            .no_credentials();
        if let Some(name) = app_name() {
            loader = loader.app_name(name);
        }
        if let Some(name) = &profile {
            loader = loader.profile_name(name);
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let base = (loader.load().await, Cached::chain(make, profile.clone()));
        bases.insert(profile, base.clone());
        base
    }
}

fn provider_config(region: &Region, http: &SharedHttpClient) -> ProviderConfig {
    ProviderConfig::without_region()
        .with_region(Some(aws_config::Region::new(region.as_str().to_owned())))
        .with_behavior_version(Some(BehaviorVersion::latest()))
        .with_http_client(http.clone())
}

fn with_credentials(config: &SdkConfig, credentials: &Arc<Cached>) -> SdkConfig {
    config
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(
            Arc::clone(credentials) as Arc<dyn aws_credential_types::provider::ProvideCredentials>
        ))
        .build()
}

/// Throttling and what is transient is tried three times; what AWS makes eventual is `apply`'s.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(30))
        .build()
}

/// The name in the SDK's own user agent, which takes no slash.
fn app_name() -> Option<AppName> {
    AppName::new(concat!("crosspipe-", env!("CARGO_PKG_VERSION"))).ok()
}

/// One HTTP client with one pool of connections. An endpoint that is plain HTTP is reached without
/// TLS and without a proxy, because it is on this machine or next to it.
fn http_client(endpoint_url: Option<&str>) -> SharedHttpClient {
    let builder = aws_smithy_http_client::Builder::new();
    if endpoint_url.is_some_and(|url| url.starts_with("http://")) {
        return builder.build_http();
    }
    builder.build_with_connector_fn(|settings, components| {
        let mut connector = aws_smithy_http_client::Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    })
}
