//! The six parts of an ARN, of a pattern for ARNs, and what an IAM ARN names.

use super::truth::Truth;
use super::variables::Text;
use super::wildcard::Pattern;

/// The parts of a text, if it has six: the last one is everything after the fifth colon.
pub(super) fn parts(text: &str) -> Option<[&str; 6]> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    <[&str; 6]>::try_from(parts).ok()
}

/// An IAM or STS identity that an ARN names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity<'a> {
    /// The account itself, or its root user.
    Root,
    /// A role: its name, and its path (`/` or `/.../`).
    Role { path: &'a str, name: &'a str },
    /// A session of a role.
    Session { role: &'a str },
    /// An IAM user, path and name.
    User,
    /// A federated user.
    FederatedUser,
}

/// An identity with the account and partition that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IdentityArn<'a> {
    pub(super) partition: &'a str,
    pub(super) account: &'a str,
    pub(super) identity: Identity<'a>,
}

impl<'a> IdentityArn<'a> {
    /// Reads the ARN of an identity. Anything else, wildcards in it too, is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let [arn, partition, service, region, account, resource] = parts(text)?;
        let plain = arn == "arn"
            && partition.starts_with("aws")
            && region.is_empty()
            && is_account(account)
            && !text.contains(['*', '?']);
        if !plain {
            return None;
        }
        let named = |rest: &'a str| (!rest.is_empty()).then_some(rest);
        let identity = match (service, resource.split_once('/')) {
            ("iam", None) if resource == "root" => Identity::Root,
            ("iam", Some(("role", rest))) => {
                let (path, name) = match rest.rfind('/') {
                    Some(at) => rest.split_at_checked(at.checked_add(1)?)?,
                    None => ("", rest),
                };
                Identity::Role {
                    path,
                    name: named(name)?,
                }
            }
            ("iam", Some(("user", rest))) if named(rest).is_some() => Identity::User,
            ("sts", Some(("assumed-role", rest))) => {
                let (role, session) = rest.split_once('/')?;
                named(session)?;
                Identity::Session { role: named(role)? }
            }
            ("sts", Some(("federated-user", rest))) if named(rest).is_some() => {
                Identity::FederatedUser
            }
            _ => return None,
        };
        Some(Self {
            partition,
            account,
            identity,
        })
    }
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares an ARN with a pattern part by part: a wildcard in one of the first five does not reach
/// over its colon, one in the sixth does. A variable counts only in the sixth.
///
/// Uncertain where the pattern has not six parts, or a variable where none belongs: AWS does not say
/// what such a pattern matches.
pub(super) fn matches(pattern: &str, arn: &str, expand: impl FnOnce(&str) -> Text) -> Truth {
    let Some([p0, p1, p2, p3, p4, resource]) = parts(pattern) else {
        return Truth::Uncertain(format!("\"{pattern}\" has not the six parts of an ARN"));
    };
    if [p0, p1, p2, p3, p4].iter().any(|part| part.contains("${")) {
        return Truth::Uncertain(format!(
            "\"{pattern}\" has a variable outside of the resource part"
        ));
    }
    let Some([a0, a1, a2, a3, a4, name]) = parts(arn) else {
        return Truth::False;
    };
    let heads = [(p0, a0), (p1, a1), (p2, a2), (p3, a3), (p4, a4)];
    if !heads
        .iter()
        .all(|(pattern, part)| Pattern::wild(pattern).matches(part))
    {
        return Truth::False;
    }
    match expand(resource) {
        Text::Known(pattern) => Truth::from(pattern.matches(name)),
        Text::Unresolved(_) => Truth::False,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(pattern: &str, arn: &str) -> Truth {
        matches(pattern, arn, |text| Text::Known(Pattern::wild(text)))
    }

    #[test]
    fn part_by_part() {
        for (pattern, arn, expected) in [
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b:c", true),
            ("arn:aws:s3:::b*", "arn:aws:s3:::b", true),
            ("arn:aws:s3:::b*", "arn:aws:s3:::b/k", true),
            ("arn:aws:s3:::b", "arn:aws:s3:::b/k", false),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::B", "arn:aws:s3:::b", false),
            (
                "arn:aws:iam::*:role/x",
                "arn:aws:iam::111111111111:role/x",
                true,
            ),
            ("arn:*:iam::*:role/*", "arn:aws-cn:iam::1:role/a/b", true),
            ("arn:aws:*:role/x::", "arn:aws:iam::1:role/x", false),
            (
                "arn:aws:logs:*:*:*",
                "arn:aws:logs:r:1:log-group:/a:*",
                true,
            ),
            ("arn:aws:iam::1*:x", "arn:aws:iam::1:y:x", false),
            ("arn:aws:sns:r:1:t?", "arn:aws:sns:r:1:t1", true),
            ("arn:aws:sns:r:1:t?", "arn:aws:sns:r:1:t", false),
        ] {
            assert_eq!(
                plain(pattern, arn),
                Truth::from(expected),
                "{pattern} {arn}"
            );
        }
        assert!(matches!(
            plain("arn:aws:s3*", "arn:aws:s3:::b"),
            Truth::Uncertain(_)
        ));
        assert_eq!(plain("arn:aws:s3:::b", "b"), Truth::False);
    }

    #[test]
    fn identities() {
        let identity = |text| IdentityArn::parse(text).map(|arn| arn.identity);
        assert_eq!(
            identity("arn:aws:iam::111111111111:root"),
            Some(Identity::Root)
        );
        assert_eq!(
            identity("arn:aws-cn:iam::111111111111:role/a/b/c"),
            Some(Identity::Role {
                path: "a/b/",
                name: "c"
            })
        );
        assert_eq!(
            identity("arn:aws:iam::111111111111:role/c"),
            Some(Identity::Role {
                path: "",
                name: "c"
            })
        );
        assert_eq!(
            identity("arn:aws:sts::111111111111:assumed-role/c/s"),
            Some(Identity::Session { role: "c" })
        );
        for wrong in [
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::11111111111:root",
            "arn:aws:iam::111111111111:group/x",
            "arn:aws:sts::111111111111:assumed-role/c",
            "arn:aws:iam::111111111111:role/",
            "AROAEXAMPLE",
        ] {
            assert_eq!(identity(wrong), None, "{wrong}");
        }
    }
}
