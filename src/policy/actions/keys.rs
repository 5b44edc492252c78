//! Condition keys: the global ones, those of an action, and whether a key is one of them.

use super::glob::{Class, Glob, Token};
use super::model::{Action, ConditionKey, Service, ValueType};

/// A condition key as an action knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownKey {
    /// The key, or the template that it follows, as AWS writes it.
    pub name: &'static str,
    /// What its values are.
    pub value: ValueType,
    /// Whether a request may carry several values.
    pub multiple: bool,
}

impl KnownKey {
    /// Whether it is something that an identity provider says of who signs in with it. Which of them
    /// there are, and how many values they have, is up to the provider.
    pub fn is_claim(&self) -> bool {
        self.name.starts_with("${Provider}") || self.name.starts_with("saml:$")
    }
}

/// Whether a request for an action may carry a condition key, as far as is documented: a key of the
/// action, of one of its resource types, or a global one.
pub fn knows_condition_key(action: &Action, key: &str) -> bool {
    condition_key(action, key).is_some()
}

/// What is documented of a condition key where it is a key of the action, of one of its resource
/// types, or a global one.
pub fn condition_key(action: &Action, key: &str) -> Option<KnownKey> {
    own_key(action, key).or_else(|| global_key(key))
}

/// What is documented of a condition key where the action itself, or one of its resource types, lists
/// it. That includes `aws:RequestTag/...`, `aws:ResourceTag/...` and `aws:TagKeys`, which are global
/// keys that not every action has.
pub fn own_key(action: &Action, key: &str) -> Option<KnownKey> {
    let types = action.resource_types();
    action
        .condition_keys()
        .chain(types.flat_map(|taken| taken.condition_keys()))
        .find(|known| follows(key, &known.name))
        .map(known)
}

/// What is documented of a condition key that some action of a service lists.
pub fn service_key(service: &'static Service, key: &str) -> Option<KnownKey> {
    let mut keys = service.condition_keys().iter();
    keys.find(|known| follows(key, &known.name)).map(known)
}

/// What is documented of a condition key that any action may have: one that AWS sets whatever the
/// action is, and what an identity provider said of the caller.
pub fn global_key(key: &str) -> Option<KnownKey> {
    GLOBAL
        .iter()
        .find(|(name, _, _)| follows(key, name))
        .map(|(name, value, multiple)| KnownKey {
            name,
            value: *value,
            multiple: *multiple,
        })
        .or_else(|| claim(key))
}

/// The key, of a service or a global one, that was most likely meant by one that there is not.
pub fn nearest_key(service: Option<&'static Service>, key: &str) -> Option<&'static str> {
    let wanted = key.to_ascii_lowercase();
    let own = service.map_or(&[][..], Service::condition_keys);
    own.iter()
        .map(|known| known.name.as_str())
        .chain(GLOBAL.iter().map(|(name, _, _)| *name))
        .filter(|name| name.len().abs_diff(wanted.len()) <= SLIPS)
        .map(|name| {
            let lower = name.to_ascii_lowercase();
            (strsim::damerau_levenshtein(&lower, &wanted), name)
        })
        .filter(|(distance, _)| *distance <= SLIPS && distance.saturating_mul(4) <= key.len())
        .min()
        .map(|(_, name)| name)
}

/// How many slips of the pen there may be in a key.
const SLIPS: usize = 3;

fn known(key: &'static ConditionKey) -> KnownKey {
    KnownKey {
        name: &key.name,
        value: key.value,
        multiple: key.multiple,
    }
}

/// Whether a key is the one of this name, or follows the template: `${...}` and `<...>` stand for any
/// text that is not empty, and so does `tag-key` after a slash. Without regard to case.
fn follows(key: &str, name: &str) -> bool {
    if let Some(stem) = name.strip_suffix("/tag-key") {
        let rest = key.get(stem.len()..).unwrap_or_default();
        return rest.len() > 1
            && rest.starts_with('/')
            && key
                .get(..stem.len())
                .is_some_and(|it| it.eq_ignore_ascii_case(stem));
    }
    let Some(start) = name.find(['$', '<']) else {
        return key.eq_ignore_ascii_case(name);
    };
    let starts = |text: &str| {
        name.get(..start)
            .zip(text.get(..start))
            .is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    starts(key) && template(&name.to_ascii_lowercase()).matches(&key.to_ascii_lowercase())
}

fn template(name: &str) -> Glob {
    let mut glob = Glob::default();
    let mut rest = name;
    while let Some(at) = rest.find(['$', '<']) {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let Some(end) = tail.find(['}', '>']) else {
            break;
        };
        glob.push_literal(before);
        glob.0.push(Token::One(Class::Any));
        glob.0.push(Token::Many(Class::Any));
        rest = tail.get(end.saturating_add(1)..).unwrap_or("");
    }
    glob.push_literal(rest);
    glob
}

/// What an identity provider says of who signed in with it. Its keys are named after the provider and
/// stay with the session that was made, for whatever it asks later.
///
/// Source: IAM User Guide, "IAM and AWS STS condition context keys".
fn claim(key: &str) -> Option<KnownKey> {
    let (provider, name) = key.split_once(':')?;
    let provider = provider.to_ascii_lowercase();
    if name.is_empty() || !(provider.contains('.') || provider == "saml") {
        return None;
    }
    let several = [
        "amr",
        "edupersonaffiliation",
        "edupersonorgdn",
        "x509subject",
    ];
    Some(KnownKey {
        name: if provider == "saml" {
            "saml:${Attribute}"
        } else {
            "${Provider}:${Claim}"
        },
        value: ValueType::String,
        multiple: several.iter().any(|it| name.eq_ignore_ascii_case(it)),
    })
}

use ValueType::{Arn, Bool, Date, IpAddress, Numeric, String};

/// The global condition keys, and those that a service puts into the sessions that it makes.
///
/// Source: IAM User Guide, "AWS global condition context keys".
const GLOBAL: &[(&str, ValueType, bool)] = &[
    ("aws:AssumedRoot", Bool, false),
    ("aws:CalledVia", String, true),
    ("aws:CalledViaAWSMCP", String, false),
    ("aws:CalledViaFirst", String, false),
    ("aws:CalledViaLast", String, false),
    ("aws:ChatbotSourceArn", Arn, false),
    ("aws:CurrentTime", Date, false),
    ("aws:Ec2InstanceSourcePrivateIPv4", IpAddress, false),
    ("aws:Ec2InstanceSourceVpc", String, false),
    ("aws:EpochTime", Date, false),
    ("aws:FederatedProvider", String, false),
    ("aws:IsMcpServiceAction", Bool, false),
    ("aws:MultiFactorAuthAge", Numeric, false),
    ("aws:MultiFactorAuthPresent", Bool, false),
    ("aws:PrincipalAccount", String, false),
    ("aws:PrincipalArn", Arn, false),
    ("aws:PrincipalIsAWSService", Bool, false),
    ("aws:PrincipalOrgID", String, false),
    ("aws:PrincipalOrgMasterAccountId", String, false),
    ("aws:PrincipalOrgPaths", String, true),
    ("aws:PrincipalServiceName", String, false),
    ("aws:PrincipalServiceNamesList", String, true),
    ("aws:PrincipalTag/${TagKey}", String, false),
    ("aws:PrincipalType", String, false),
    ("aws:Referer", String, false),
    ("aws:RequestedRegion", String, false),
    ("aws:RequestTag/${TagKey}", String, false),
    ("aws:ResourceAccount", String, false),
    ("aws:ResourceOrgID", String, false),
    ("aws:ResourceOrgPaths", String, true),
    ("aws:ResourceTag/${TagKey}", String, false),
    ("aws:SecureTransport", Bool, false),
    ("aws:SignInSessionArn", Arn, false),
    ("aws:SourceAccount", String, false),
    ("aws:SourceArn", Arn, false),
    ("aws:SourceIdentity", String, false),
    ("aws:SourceIp", IpAddress, false),
    ("aws:SourceOrgID", String, false),
    ("aws:SourceOrgPaths", String, true),
    ("aws:SourceOwner", String, false),
    ("aws:SourceVpc", String, false),
    ("aws:SourceVpcArn", Arn, false),
    ("aws:SourceVpce", String, false),
    ("aws:TagKeys", String, true),
    ("aws:TokenIssueTime", Date, false),
    ("aws:UserAgent", String, false),
    ("aws:userid", String, false),
    ("aws:username", String, false),
    ("aws:ViaAWSMCPService", Bool, false),
    ("aws:ViaAWSService", Bool, false),
    ("aws:VpceAccount", String, false),
    ("aws:VpceOrgID", String, false),
    ("aws:VpceOrgPaths", String, true),
    ("aws:VpcSourceIp", IpAddress, false),
    ("ec2:RoleDelivery", Numeric, false),
    ("ec2:SourceInstanceArn", Arn, false),
    ("glue:CredentialIssuingService", String, false),
    ("glue:RoleAssumedBy", String, false),
    ("identitystore:UserId", String, false),
    ("lambda:SourceFunctionArn", Arn, false),
    ("ssm:SourceInstanceArn", Arn, false),
];
