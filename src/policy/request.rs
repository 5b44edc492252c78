//! What is asked for, by whom.

use serde::{Deserialize, Serialize};

use super::arn::{Identity, IdentityArn, is_account, parts, split};

/// An AWS identity that makes a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AwsPrincipal {
    /// The ARN as `sts:GetCallerIdentity` says it: a session, a user, a federated user or the root. The
    /// ARN of a role stands for a session of it that is not told apart from others.
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

    /// An IAM user, a federated user or the root, by its ARN; or a session or a role of which no more is
    /// known.
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

    /// Whether it calls with credentials that do not expire: a user, or the root.
    pub(super) fn has_long_term_credentials(&self) -> bool {
        IdentityArn::parse(&self.arn)
            .is_some_and(|arn| matches!(arn.identity, Identity::Root | Identity::User))
    }

    /// The condition keys that follow from it.
    fn keys(&self) -> Vec<(&'static str, String)> {
        let mut keys = vec![
            ("aws:PrincipalArn", self.principal_arn.clone()),
            ("aws:PrincipalAccount", self.account.clone()),
        ];
        let Some(identity) = IdentityArn::parse(&self.arn).map(|arn| arn.identity) else {
            return keys;
        };
        let last = self.arn.rsplit('/').next().unwrap_or_default();
        let kind = match identity {
            Identity::Root => "Account",
            Identity::Role { .. } | Identity::Session { .. } => "AssumedRole",
            Identity::User => "User",
            Identity::FederatedUser => "FederatedUser",
        };
        keys.push(("aws:PrincipalType", kind.to_owned()));
        if identity == Identity::User {
            keys.push(("aws:username", last.to_owned()));
        }
        let user_id = match (identity, &self.unique_id) {
            (Identity::Root, _) => Some(self.account.clone()),
            (Identity::Session { .. }, Some(id)) => Some(format!("{id}:{last}")),
            (_, id) => id.clone(),
        };
        keys.extend(user_id.map(|id| ("aws:userid", id)));
        keys
    }
}

impl Principal {
    /// The account that it belongs to; services, providers and anonymous callers have none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Aws(aws) => Some(&aws.account),
            Self::Service(_) | Self::Federated(_) | Self::Anonymous => None,
        }
    }

    /// How a sentence calls it.
    pub fn describe(&self) -> String {
        match self {
            Self::Aws(aws) => aws.arn.clone(),
            Self::Service(name) => format!("the service {name}"),
            Self::Federated(provider) => format!("an identity of {provider}"),
            Self::Anonymous => "an anonymous caller".to_owned(),
        }
    }
}

fn account_of(arn: &str) -> String {
    parts(arn).map_or_else(String::new, |[_, _, _, _, account, _]| account.to_owned())
}

/// A request, as policies see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    principal: Principal,
    caller: Caller,
    action: String,
    /// Where the service's name ends in the action.
    service_end: usize,
    /// In lower case, since actions are compared without regard to case.
    folded_action: String,
    resource: Option<String>,
    /// Where the sixth part of the resource's ARN begins, if it is one.
    name_at: Option<usize>,
    account: Option<String>,
    context: Vec<Entry>,
    open: bool,
}

/// What the one who asks is, as rules tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// The root user of an account.
    Root,
    /// A federated user.
    FederatedUser,
    /// Another AWS identity.
    Aws,
    /// A service, a provider's identity, or nobody who signed.
    Other,
}

impl Caller {
    fn of(principal: &Principal) -> Self {
        let Principal::Aws(aws) = principal else {
            return Self::Other;
        };
        match IdentityArn::parse(&aws.arn).map(|arn| arn.identity) {
            Some(Identity::Root) => Self::Root,
            Some(Identity::FederatedUser) => Self::FederatedUser,
            _ => Self::Aws,
        }
    }
}

/// Where the service's name ends in an action.
fn service_end(action: &str) -> usize {
    action.find(':').unwrap_or(action.len())
}

/// A condition key with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    folded: String,
    /// As it is written, where that is another text.
    written: Option<String>,
    values: Vec<String>,
}

/// What a request carries of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup<'a> {
    /// These values, at least one.
    Values(&'a [String]),
    /// None: the request does not carry the key.
    Absent,
    /// Nothing was said about the key, and the context is open.
    Missing,
}

impl Request {
    /// A request without context.
    pub fn new(principal: Principal, action: impl Into<String>) -> Self {
        let action = action.into();
        Self {
            caller: Caller::of(&principal),
            principal,
            service_end: service_end(&action),
            folded_action: action.to_ascii_lowercase(),
            action,
            resource: None,
            name_at: None,
            account: None,
            context: Vec::new(),
            open: false,
        }
    }

    /// The same for another action.
    #[must_use]
    pub fn to(mut self, action: impl Into<String>) -> Self {
        self.action = action.into();
        self.folded_action = self.action.to_ascii_lowercase();
        self.service_end = service_end(&self.action);
        self
    }

    /// The same on a resource. `*` is for an action that is about no resource: only `"Resource": "*"`
    /// matches it.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into()).filter(|resource| resource != "*");
        let halves = self.resource.as_deref().and_then(split);
        self.name_at = halves.map(|(head, _)| head.len().saturating_add(1));
        self
    }

    /// The same, with the account that the resource belongs to. Needed where the ARN does not hold it, as
    /// for Amazon S3; otherwise it is read from the ARN.
    #[must_use]
    pub fn owned_by(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// The same with one more value of a condition key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.add(key, value);
        self
    }

    /// The same with a context that may hold keys that are not known here. What depends on one is
    /// answered so.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// The same with the condition keys that follow from the principal and the resource, where they are
    /// not set: `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`,
    /// `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName`, `aws:userid`, `aws:username`, and
    /// `aws:ResourceAccount`.
    ///
    /// Source: IAM User Guide, "AWS global condition context keys".
    #[must_use]
    pub fn with_derived_keys(mut self) -> Self {
        let is_service = matches!(self.principal, Principal::Service(_));
        let mut keys = vec![("aws:PrincipalIsAWSService", is_service.to_string())];
        match &self.principal {
            Principal::Aws(aws) => keys.extend(aws.keys()),
            Principal::Service(name) => keys.push(("aws:PrincipalServiceName", name.clone())),
            Principal::Anonymous => keys.push(("aws:PrincipalType", "Anonymous".to_owned())),
            Principal::Federated(_) => {}
        }
        if let Some(account) = self.resource_account() {
            keys.push(("aws:ResourceAccount", account.to_owned()));
        }
        for (key, value) in keys {
            if self.find(&key.to_ascii_lowercase()).is_err() {
                self.add(key, value);
            }
        }
        self
    }

    /// Adds a value of a condition key; a key may have several. Keys are taken without regard to case.
    pub fn add(&mut self, key: &str, value: impl Into<String>) {
        let at = self.place_of(key);
        if let Some(entry) = self.context.get_mut(at) {
            entry.values.push(value.into());
        }
    }

    /// Sets all values of a condition key. An empty list is a key that is there without a value, which
    /// conditions treat as absent.
    pub fn set(&mut self, key: &str, values: Vec<String>) {
        let at = self.place_of(key);
        if let Some(entry) = self.context.get_mut(at) {
            entry.values = values;
        }
    }

    /// The place of a key in the context, which is made where it is missing.
    fn place_of(&mut self, key: &str) -> usize {
        let folded = key.to_ascii_lowercase();
        self.find(&folded).unwrap_or_else(|at| {
            let entry = Entry {
                written: (folded != key).then(|| key.to_owned()),
                folded,
                values: Vec::new(),
            };
            self.context.insert(at, entry);
            at
        })
    }

    /// Whether a condition key, given in lower case, is there.
    pub(super) fn has(&self, folded: &str) -> bool {
        self.find(folded).is_ok()
    }

    fn find(&self, folded: &str) -> Result<usize, usize> {
        self.context
            .binary_search_by(|entry| entry.folded.as_str().cmp(folded))
    }

    /// Who asks.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What for, for example `s3:GetObject`.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// On what; `None` for an action that is about no resource.
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// The account that the resource belongs to: as it was given, or as the ARN has it. An action that is
    /// about no resource is about the caller's own account.
    pub fn resource_account(&self) -> Option<&str> {
        if let Some(account) = &self.account {
            return Some(account);
        }
        match &self.resource {
            None => self.principal.account(),
            Some(resource) => parts(resource)
                .map(|[_, _, _, _, account, _]| account)
                .filter(|account| is_account(account)),
        }
    }

    /// The service of the action, in lower case.
    pub fn service(&self) -> &str {
        self.folded_action
            .get(..self.service_end)
            .unwrap_or_default()
    }

    /// What the one who asks is.
    pub(super) fn caller(&self) -> Caller {
        self.caller
    }

    /// The action in lower case.
    pub(super) fn folded_action(&self) -> &str {
        &self.folded_action
    }

    /// The two halves of the resource's ARN, if it is one.
    pub(super) fn resource_halves(&self) -> Option<(&str, &str)> {
        let resource = self.resource.as_deref()?;
        let name_at = self.name_at?;
        Some((
            resource.get(..name_at.checked_sub(1)?)?,
            resource.get(name_at..)?,
        ))
    }

    /// The keys of the context that begin with a prefix, which is given in lower case: the rest of each
    /// as written, and its values.
    pub(super) fn under<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a [String])> {
        self.context
            .iter()
            .filter(move |entry| entry.folded.starts_with(prefix))
            .filter_map(move |entry| {
                let written = entry.written.as_deref().unwrap_or(&entry.folded);
                Some((written.get(prefix.len()..)?, entry.values.as_slice()))
            })
    }

    /// Whether the context may hold keys that are not known here.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The values of a condition key, without regard to case; empty where the request does not carry it.
    pub fn values(&self, key: &str) -> &[String] {
        match self.lookup(&key.to_ascii_lowercase()) {
            Lookup::Values(values) => values,
            Lookup::Absent | Lookup::Missing => &[],
        }
    }

    /// The values of a condition key that is given in lower case.
    #[inline]
    pub(super) fn lookup(&self, folded: &str) -> Lookup<'_> {
        let found = self.find(folded).ok().and_then(|at| self.context.get(at));
        match found {
            // A key without a value is absent.
            Some(entry) if entry.values.is_empty() => Lookup::Absent,
            Some(entry) => Lookup::Values(&entry.values),
            None if self.open => Lookup::Missing,
            None => Lookup::Absent,
        }
    }
}
