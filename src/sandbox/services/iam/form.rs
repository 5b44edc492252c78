//! What IAM finds wrong with actions and resources beyond the grammar, in its own sentences.
//!
//! Source: messages that IAM answers to `CreatePolicy`, as moto's tests have recorded them; IAM User Guide,
//! "Identity-provider controls for shared OIDC providers".

use crate::policy::{Document, Effect, PrincipalEntry};

/// The provider of GitHub Actions, which signs for everybody on GitHub.
const GITHUB: &str = "token.actions.githubusercontent.com";

/// What the names of IAM's resources begin with.
const IAM_RESOURCES: &[&str] = &[
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// What is wrong with the actions and resources of an identity's policy.
pub fn of_identity(document: &Document) -> Option<String> {
    let actions = document.statements.iter().flat_map(|it| &it.action.entries);
    let resources = document
        .statements
        .iter()
        .filter_map(|it| it.resource.as_ref())
        .flat_map(|it| &it.entries);
    actions
        .map(|it| it.text())
        .find_map(action)
        .or_else(|| resources.map(|it| it.text()).find_map(resource))
}

/// What is wrong with an action.
pub fn action(text: &str) -> Option<String> {
    if text == "*" {
        return None;
    }
    let Some((vendor, name)) = text.split_once(':') else {
        return Some(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned(),
        );
    };
    if name.contains(':') {
        return Some("Actions/Condition can contain only one colon.".to_owned());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (vendor != "*" && !vendor.chars().all(plain)).then(|| format!("Vendor {vendor} is not valid"))
}

/// What is wrong with a resource.
pub fn resource(text: &str) -> Option<String> {
    if text == "*" {
        return None;
    }
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    let (_, Some(partition)) = (next(), next()) else {
        return Some(format!("Resource {text} must be in ARN format or \"*\"."));
    };
    let (service, region, account) = (next(), next(), next());
    if partition != "*" && !partition.starts_with("aws") {
        let star = |part: Option<&str>| part.unwrap_or("*").to_owned();
        return Some(format!(
            "Partition \"{partition}\" is not valid for resource \"arn:{partition}:{}:{}:{}:{}\".",
            star(service),
            star(region),
            star(account),
            star(next()),
        ));
    }
    let Some(service) = service else {
        return Some(
            "Resource vendor must be fully qualified and cannot contain regexes.".to_owned(),
        );
    };
    let name = next();
    let region = region.unwrap_or_default();
    let somewhere = !region.is_empty() || account.is_none();
    let of_region = [
        "accesspoint/",
        "storage-lens/",
        "access-grants/",
        "async-request/",
    ];
    match service {
        "s3" if somewhere
            && !name.is_some_and(|it| of_region.iter().any(|p| it.starts_with(p))) =>
        {
            Some(format!(
                "Resource {text} can not contain region information."
            ))
        }
        "iam" if somewhere => Some(format!(
            "IAM resource {text} cannot contain region information."
        )),
        "iam" if !name.is_some_and(is_of_iam) => Some(format!(
            "IAM resource path must either be \"*\" or start with {}.",
            IAM_RESOURCES.join(", ")
        )),
        "" => Some("The policy failed legacy parsing".to_owned()),
        _ if name.is_none() && text.contains("::") => {
            Some("The policy failed legacy parsing".to_owned())
        }
        _ => None,
    }
}

/// Whether it is `*`, or a pattern or a name of one of IAM's kinds of things.
fn is_of_iam(name: &str) -> bool {
    let root = name == "root";
    let pattern = name.starts_with(['*', '?']);
    root || pattern || IAM_RESOURCES.iter().any(|known| name.starts_with(known))
}

/// What is wrong with a trust in an identity provider that signs for everybody: it has to say for whom.
pub fn of_trust(document: &Document) -> Option<String> {
    let open = document.statements.iter().any(|statement| {
        let github = |entry: &PrincipalEntry| match entry {
            PrincipalEntry::Federated(text) => {
                text == GITHUB || text.ends_with(&format!("oidc-provider/{GITHUB}"))
            }
            _ => false,
        };
        let subject = format!("{GITHUB}:sub");
        let mut conditions = statement.conditions.iter();
        let principals = statement.principal.iter();
        statement.effect == Effect::Allow
            && principals.flat_map(|it| &it.entries).any(github)
            && !conditions.any(|condition| condition.key().eq_ignore_ascii_case(&subject))
    });
    open.then(|| {
        format!(
            "The trust policy has to evaluate the claim {GITHUB}:sub, because its identity provider is shared."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_resources_in_the_words_of_iam() {
        for (text, said) in [
            ("*", None),
            ("s3:Get*", None),
            ("*:*", None),
            ("GetObject", Some("prefaced by a vendor")),
            ("s3:List:Bucket", Some("can contain only one colon")),
            ("a a:List", Some("Vendor a a is not valid")),
            ("s3*:Get", Some("Vendor s3* is not valid")),
        ] {
            let found = action(text);
            assert_eq!(found.is_some(), said.is_some(), "{text}: {found:?}");
            assert!(found.unwrap_or_default().contains(said.unwrap_or_default()));
        }
        for (text, said) in [
            ("*", None),
            ("arn:aws:s3:::b/*", None),
            ("arn:aws:codebuild:*", None),
            ("arn:*:s3:::b", None),
            ("arn:aws:iam::111122223333:role/x", None),
            ("arn:aws:iam::*:*", None),
            ("arn:aws:iam::111122223333:root", None),
            ("arn:aws:logs:*:*:*", None),
            ("b", Some("must be in ARN format")),
            ("", Some("must be in ARN format")),
            (
                "arn:error:s3:::b",
                Some("Partition \"error\" is not valid for resource \"arn:error:s3:::b\"."),
            ),
            (
                "aws:s3:::b",
                Some("Partition \"s3\" is not valid for resource \"arn:s3:::b:*\"."),
            ),
            ("arn:aws", Some("must be fully qualified")),
            ("arn:aws:s3::b", Some("legacy parsing")),
            ("arn:aws:s3:b", Some("can not contain region information")),
            (
                "arn:aws:s3:eu-west-1::b",
                Some("can not contain region information"),
            ),
            ("arn:aws:iam:::b", Some("IAM resource path must either be")),
        ] {
            let found = resource(text);
            assert_eq!(found.is_some(), said.is_some(), "{text}: {found:?}");
            let found = found.unwrap_or_default();
            assert!(found.contains(said.unwrap_or_default()), "{text}: {found}");
        }
    }
}
