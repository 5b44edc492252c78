//! What is asked for, by whom.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arn::{Identity, IdentityArn, is_account, parts};

/// An AWS identity that makes a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AwsPrincipal {
    /// The ARN as `sts:GetCallerIdentity` says it: a session, a user, a federated user or the root.
    pub arn: String,
    /// `aws:PrincipalArn`: for a session the role's ARN with its path, otherwise the same as `arn`.
    pub principal_arn: String,
    /// The account.
    pub account: String,
    /// The unique id of the role or user (`AROA...`, `AIDA...`), where it is known.
    pub unique_id: Option<String>,
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Principal {
    /// An AWS identity.
    Aws(AwsPrincipal),
    /// An AWS service, for example `codepipeline.amazonaws.com`.
    Service(String),
    /// A web or SAML identity, by the provider as a trust policy names it.
    Federated(String),
    /// Nobody who signed.
    Anonymous,
}

impl AwsPrincipal {
    /// A session of a role, by the role's ARN with its path.
    pub fn session(role_arn: &str, session: &str) -> Self {
        let parsed = IdentityArn::parse(role_arn);
        let (arn, account) = match parsed {
            Some(IdentityArn {
                partition,
                account,
                identity: Identity::Role { name, .. },
            }) => (
                format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
                account.to_owned(),
            ),
            _ => (role_arn.to_owned(), account_of(role_arn)),
        };
        Self {
            arn,
            principal_arn: role_arn.to_owned(),
            account,
            unique_id: None,
        }
    }

    /// An IAM user, a federated user or the root, by its ARN.
    pub fn identity(arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            principal_arn: arn.to_owned(),
            account: account_of(arn),
            unique_id: None,
        }
    }

    /// Whether it is the root user of its account, whom no identity policy limits.
    pub fn is_root(&self) -> bool {
        IdentityArn::parse(&self.arn).is_some_and(|arn| arn.identity == Identity::Root)
    }
}

fn account_of(arn: &str) -> String {
    parts(arn).map_or_else(String::new, |[_, _, _, _, account, _]| account.to_owned())
}

/// A request, as policies see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// What for, for example `s3:GetObject`.
    pub action: String,
    /// On what. `None` for an action that is about no resource: only `"Resource": "*"` matches it.
    pub resource: Option<String>,
    context: BTreeMap<String, Vec<String>>,
}

impl Request {
    /// A request without context.
    pub fn new(principal: Principal, action: impl Into<String>) -> Self {
        Self {
            principal,
            action: action.into(),
            resource: None,
            context: BTreeMap::new(),
        }
    }

    /// The same on a resource.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// The same with one more value of a condition key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.add(key, value);
        self
    }

    /// Adds a value of a condition key; a key may have several.
    pub fn add(&mut self, key: &str, value: impl Into<String>) {
        self.context
            .entry(key.to_ascii_lowercase())
            .or_default()
            .push(value.into());
    }

    /// Sets all values of a condition key. An empty list is a key that is there without a value, which
    /// conditions treat as absent.
    pub fn set(&mut self, key: &str, values: Vec<String>) {
        self.context.insert(key.to_ascii_lowercase(), values);
    }

    /// The values of a condition key, without regard to case; `None` where the request does not carry
    /// it. What follows from the principal and the resource need not be added: `aws:PrincipalArn`,
    /// `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:PrincipalIsAWSService`,
    /// `aws:PrincipalServiceName`, `aws:userid`, `aws:username`, and `aws:ResourceAccount` where the
    /// ARN has the account in it.
    ///
    /// Source: IAM User Guide, "AWS global condition context keys".
    pub fn values(&self, key: &str) -> Option<Cow<'_, [String]>> {
        let key = key.to_ascii_lowercase();
        match self.context.get(&key) {
            Some(values) => Some(Cow::Borrowed(values)),
            None => self.derived(&key).map(|value| Cow::Owned(vec![value])),
        }
    }

    fn derived(&self, key: &str) -> Option<String> {
        match (key, &self.principal) {
            ("aws:resourceaccount", _) => {
                let account = account_of(self.resource.as_deref()?);
                is_account(&account).then_some(account)
            }
            ("aws:principalisawsservice", principal) => {
                Some(matches!(principal, Principal::Service(_)).to_string())
            }
            ("aws:principalservicename", Principal::Service(name)) => Some(name.clone()),
            ("aws:principaltype", Principal::Anonymous) => Some("Anonymous".to_owned()),
            (_, Principal::Aws(principal)) => principal.derived(key),
            _ => None,
        }
    }
}

impl AwsPrincipal {
    fn derived(&self, key: &str) -> Option<String> {
        let identity = IdentityArn::parse(&self.arn).map(|arn| arn.identity);
        let last = |text: &str| text.rsplit('/').next().map(str::to_owned);
        match key {
            "aws:principalarn" => Some(self.principal_arn.clone()),
            "aws:principalaccount" => Some(self.account.clone()),
            "aws:principaltype" => match identity? {
                Identity::Root => Some("Account".to_owned()),
                Identity::Role { .. } | Identity::Session { .. } => Some("AssumedRole".to_owned()),
                Identity::User => Some("User".to_owned()),
                Identity::FederatedUser => Some("FederatedUser".to_owned()),
            },
            "aws:username" if identity? == Identity::User => last(&self.arn),
            "aws:userid" => match identity? {
                Identity::Root => Some(self.account.clone()),
                Identity::Session { .. } => Some(format!(
                    "{}:{}",
                    self.unique_id.as_deref()?,
                    last(&self.arn)?
                )),
                _ => self.unique_id.clone(),
            },
            _ => None,
        }
    }
}
