//! The six parts of an ARN, of a pattern for ARNs, and what an IAM ARN names.

use super::glob::Glob;
use super::request::Request;
use super::template::{Filled, Template, Wildcards};

/// The parts of a text, if it has six: the last one is everything after the fifth colon.
pub(super) fn parts(text: &str) -> Option<[&str; 6]> {
    let mut parts = text.splitn(6, ':');
    Some([
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    ])
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

/// The first five parts and their colons, and the rest, of a text that has six parts.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let (at, _) = text.match_indices(':').nth(4)?;
    let (head, rest) = text.split_at_checked(at)?;
    Some((head, rest.strip_prefix(':')?))
}

/// A pattern for ARNs, as a `Resource` or a condition value has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ArnPattern {
    /// `*`: everything, also what is no ARN.
    Everything,
    /// Six parts.
    Parts {
        /// The first five.
        head: Head,
        /// The sixth, which may hold wildcards that reach over colons, and variables.
        name: Template,
    },
    /// An ARN that ends before its sixth part, and what it is in an identity's policy: the missing parts are
    /// wildcards there. Elsewhere AWS does not say what it matches.
    ///
    /// Source: IAM User Guide, "Grammar of the IAM JSON policy language".
    Incomplete(Box<ArnPattern>),
    /// AWS does not say what it matches: it is no ARN, or has a variable outside of the sixth part.
    Unclear,
}

/// The first five parts of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// Without a wildcard: their text.
    Exact(Box<str>),
    /// With wildcards, which do not reach over a colon.
    Wild(Box<[Glob; 5]>),
}

/// What a pattern says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match<'a> {
    Yes,
    No,
    /// A variable has no value in the request.
    Empty,
    /// A variable has several values in the request.
    Several(&'a str),
    /// Whether a key has a value is not known.
    Open(&'a str),
    /// The pattern is not a proper one.
    Unclear,
}

impl ArnPattern {
    /// Reads a pattern. `*` alone is everything only where that is said.
    pub(super) fn new(text: &str, variables: bool, star_is_everything: bool) -> Self {
        if star_is_everything && text == "*" {
            return Self::Everything;
        }
        let Some((head, name)) = split(text) else {
            let missing = 6_usize.saturating_sub(text.split(':').count());
            return if text.starts_with("arn:") {
                let completed = format!("{text}{}", ":*".repeat(missing));
                Self::Incomplete(Box::new(Self::new(&completed, variables, false)))
            } else {
                Self::Unclear
            };
        };
        if variables && head.contains("${") {
            return Self::Unclear;
        }
        let head = if head.contains(['*', '?']) {
            let mut parts = head.split(':').map(Glob::wild);
            let five: Option<[Glob; 5]> = (|| {
                Some([
                    parts.next()?,
                    parts.next()?,
                    parts.next()?,
                    parts.next()?,
                    parts.next()?,
                ])
            })();
            match five {
                Some(five) => Head::Wild(Box::new(five)),
                None => return Self::Unclear,
            }
        } else {
            Head::Exact(head.into())
        };
        Self::Parts {
            head,
            name: Template::new(name, variables, Wildcards::Yes),
        }
    }

    /// Whether AWS says what it matches.
    pub(super) fn is_clear(&self) -> bool {
        matches!(self, Self::Everything | Self::Parts { .. })
    }

    /// Compares part by part: a wildcard in one of the first five does not reach over its colon, one in
    /// the sixth does. The text is in its two halves, see [`split`]; without them it is no ARN.
    ///
    /// Where the answer is `negated`, a variable that is not known leaves it open in any case: with no value,
    /// or several, not to match would help the one who asks, and AWS does not say that it does.
    #[inline]
    pub(super) fn matches<'a>(
        &'a self,
        halves: Option<(&str, &str)>,
        negated: bool,
        request: &Request,
    ) -> Match<'a> {
        let (head, name) = match self {
            Self::Everything => return Match::Yes,
            Self::Incomplete(_) | Self::Unclear => return Match::Unclear,
            Self::Parts { head, name } => (head, name),
        };
        let Some((found_head, found_name)) = halves else {
            return Match::No;
        };
        let same_head = match head {
            Head::Exact(text) => **text == *found_head,
            Head::Wild(five) => {
                let mut parts = found_head.split(':');
                five.iter()
                    .all(|glob| parts.next().is_some_and(|part| glob.matches(part)))
            }
        };
        if !same_head {
            return Match::No;
        }
        match name.fill(request, Wildcards::Yes) {
            Filled::Known(glob) if glob.matches(found_name) => Match::Yes,
            Filled::Open(key, widest) if negated || widest.matches(found_name) => Match::Open(key),
            Filled::Known(_) | Filled::Open(..) => Match::No,
            Filled::Empty => Match::Empty,
            Filled::Several(key) => Match::Several(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Principal;

    fn plain(pattern: &str, arn: &str) -> bool {
        let request = Request::new(Principal::Anonymous, "x:Y");
        let pattern = ArnPattern::new(pattern, false, true);
        pattern.matches(split(arn), false, &request) == Match::Yes
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
            assert_eq!(plain(pattern, arn), expected, "{pattern} {arn}");
        }
        assert!(!plain("arn:aws:s3*", "arn:aws:s3:::b"));
        let completed = ArnPattern::new("arn:aws:s3:*:*:*", false, false);
        assert_eq!(
            ArnPattern::new("arn:aws:s3", false, true),
            ArnPattern::Incomplete(Box::new(completed))
        );
        assert!(!plain("arn:aws:s3:::b", "b"));
        assert!(plain("*", "b"));
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
