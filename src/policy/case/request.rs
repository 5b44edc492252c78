//! `request` of a case.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::policy::arn::{Identity, IdentityArn, is_account, parts};
use crate::policy::read::At;
use crate::policy::request::{AwsPrincipal, Principal, Request};

/// As it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawRequest {
    principal: String,
    action: String,
    #[serde(default)]
    resource: Option<String>,
    #[serde(default)]
    resource_account: Option<String>,
    #[serde(default)]
    context: Context,
}

/// Condition keys with their values, in the order of the text.
#[derive(Debug, Default)]
struct Context(Vec<(String, Vec<String>)>);

/// The providers of web identities that trust policies name without an ARN.
///
/// Source: IAM User Guide, "AWS JSON policy elements: Principal", "OIDC federated principals".
const PROVIDERS: [&str; 4] = [
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// The longest text of a request, in bytes. AWS's own limits are far below: 2,048 characters for an ARN, 8 KB
/// for the headers that most context keys come from.
const LONGEST: usize = 1 << 16;

impl RawRequest {
    /// Makes it a request; `None` where something is wrong, which is noted.
    pub(super) fn finish(self, open: bool, at: &At<'_>) -> Option<Request> {
        let own = [
            Some(&self.principal),
            Some(&self.action),
            self.resource.as_ref(),
        ];
        let values = self.context.0.iter().flat_map(|(_, values)| values);
        if own
            .into_iter()
            .flatten()
            .chain(values)
            .any(|text| text.len() > LONGEST)
        {
            at.error(format!(
                "a text of the request has more than {LONGEST} bytes, which none has at AWS"
            ));
            return None;
        }
        let action = self.action;
        if !is_action(&action) {
            at.key("action").error(format!(
                "\"{action}\" is no action; write it like s3:GetObject, without wildcards"
            ));
            return None;
        }
        let principal = principal(&self.principal, &action, at)?;
        let principal = with_path(principal, &self.context);
        let mut request = Request::new(principal, action);
        let Some(resource) = self.resource else {
            at.error("the request has no resource; write \"*\" for an action that is about none");
            return None;
        };
        let named = account_of_arn(&resource);
        if resource != "*" && parts(&resource).is_none_or(|[arn, ..]| arn != "arn") {
            at.key("resource").error(format!(
                "\"{resource}\" is neither an ARN of six parts nor \"*\", which stands for an action that is about no resource"
            ));
            return None;
        }
        if let Some(account) = &self.resource_account {
            let place = at.key("resourceAccount");
            if !is_account(account) {
                place.error(format!(
                    "\"{account}\" is no account id, which has 12 digits"
                ));
                return None;
            }
            if let Some(named) = named.filter(|named| named != account) {
                place.error(format!(
                    "the ARN of the resource is in account {named}, not in {account}"
                ));
                return None;
            }
            request = request.owned_by(account.clone());
        } else if resource != "*" && named.is_none() {
            at.error(format!(
                "\"{resource}\" does not say in which account it is; add \"resourceAccount\""
            ));
            return None;
        }
        request = request.on(resource);
        for (key, values) in self.context.0 {
            let folded = key.to_ascii_lowercase();
            if request.has(&folded) {
                at.key("context").key(&key).error(format!(
                    "the condition key \"{key}\" is given twice; its case does not count"
                ));
                return None;
            }
            request.set(&key, values);
        }
        Some(if open { request.open() } else { request })
    }
}

/// A session's own ARN has no path. Where the context gives the ARN of its role, the path is known.
fn with_path(principal: Principal, context: &Context) -> Principal {
    let Principal::Aws(mut aws) = principal else {
        return principal;
    };
    let given = context
        .0
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("aws:PrincipalArn"))
        .and_then(|(_, values)| values.first());
    let session = IdentityArn::parse(&aws.arn);
    if let (Some(given), Some(session)) = (given, session)
        && let Some(role) = IdentityArn::parse(given)
        && let (Identity::Session { role: name }, Identity::Role { name: own, .. }) =
            (session.identity, role.identity)
        && (session.partition, session.account, name) == (role.partition, role.account, own)
    {
        aws.principal_arn = given.clone();
    }
    Principal::Aws(aws)
}

fn account_of_arn(resource: &str) -> Option<&str> {
    parts(resource)
        .map(|[_, _, _, _, account, _]| account)
        .filter(|account| is_account(account))
}

fn is_action(text: &str) -> bool {
    text.split_once(':').is_some_and(|(service, name)| {
        let plain = |part: &str, extra: &[u8]| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte))
        };
        plain(service, b"-") && plain(name, b"-_.")
    })
}

fn principal(text: &str, action: &str, at: &At<'_>) -> Option<Principal> {
    if text == "*anonymous*" {
        return Some(Principal::Anonymous);
    }
    if IdentityArn::parse(text).is_some() {
        return Some(Principal::Aws(AwsPrincipal::identity(text)));
    }
    let is_provider = text.starts_with("arn:")
        && parts(text).is_some_and(|[_, _, service, _, account, name]| {
            service == "iam"
                && is_account(account)
                && (name.starts_with("oidc-provider/") || name.starts_with("saml-provider/"))
        });
    let by_token = action.eq_ignore_ascii_case("sts:AssumeRoleWithWebIdentity");
    if is_provider || (PROVIDERS.contains(&text) && (by_token || !text.ends_with(".amazonaws.com")))
    {
        return Some(Principal::Federated(text.to_owned()));
    }
    let is_service = (text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn"))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if is_service {
        return Some(Principal::Service(text.to_owned()));
    }
    at.key("principal").error(format!(
        "\"{text}\" is not one who can ask: write the ARN of a session, role, user, federated user, account root or identity provider, a service such as codebuild.amazonaws.com, or *anonymous*"
    ));
    None
}

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContextVisitor)
    }
}

struct ContextVisitor;

impl<'de> Visitor<'de> for ContextVisitor {
    type Value = Context;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of condition keys")
    }

    fn visit_unit<E>(self) -> Result<Context, E> {
        Ok(Context::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Context, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, Values(values))) = map.next_entry::<String, Values>()? {
            keys.push((key, values));
        }
        Ok(Context(keys))
    }
}

/// The values of a key: one or a list; Booleans and numbers stand for their text.
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, a Boolean or a list of them")
    }

    fn visit_str<E>(self, text: &str) -> Result<Values, E> {
        Ok(Values(vec![text.to_owned()]))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Values, E> {
        Ok(Values(vec![value.to_string()]))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Values, E> {
        Ok(Values(vec![value.to_string()]))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Values, E> {
        Ok(Values(vec![value.to_string()]))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Values, E> {
        Ok(Values(vec![serde_json::Value::from(value).to_string()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(Values(mut item)) = items.next_element::<Values>()? {
            // A list inside a list would be flattened silently.
            match (item.pop(), item.is_empty()) {
                (Some(only), true) => values.push(only),
                _ => {
                    return Err(serde::de::Error::custom(
                        "a value of a condition key is a string, a number or a Boolean",
                    ));
                }
            }
        }
        Ok(Values(values))
    }
}
