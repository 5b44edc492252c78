//! Each value by itself.

use crate::blueprint::draft::Problem;
use crate::blueprint::key::{Key, Table, Value};
use crate::blueprint::schema::nearest;
use crate::ident::{AccountId, Arn, IdentError, Region};
use crate::validity::names::{self, NameError};

use super::deploy;

/// The values that `source.provider` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderName {
    /// CodeCommit in the shared account.
    CodeCommit,
    /// github.com
    GitHub,
    /// gitlab.com
    GitLab,
    /// bitbucket.org
    Bitbucket,
    /// A connection whose provider `source.host` names.
    Connection,
}

impl ProviderName {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "codecommit" => Self::CodeCommit,
            "github" => Self::GitHub,
            "gitlab" => Self::GitLab,
            "bitbucket" => Self::Bitbucket,
            "connection" => Self::Connection,
            _ => return None,
        })
    }
}

const PROVIDERS: [&str; 4] = ["codecommit", "github", "gitlab", "bitbucket"];

/// CodeBuild's compute types on which Docker runs. Source: the CodeBuild API model (`ComputeType`)
/// and AWS CodeBuild User Guide, "Build environment compute modes and types" (Lambda compute has no
/// privileged mode).
const COMPUTE_TYPES: [&str; 5] = [
    "BUILD_GENERAL1_SMALL",
    "BUILD_GENERAL1_MEDIUM",
    "BUILD_GENERAL1_LARGE",
    "BUILD_GENERAL1_XLARGE",
    "BUILD_GENERAL1_2XLARGE",
];

/// The longest description: it goes to several services, and CodeBuild takes the fewest characters.
/// Source: the CodeBuild API model (`ProjectDescription`).
const DESCRIPTION: usize = 255;

struct Complaint {
    message: String,
    label: String,
    help: String,
}

type Verdict = Result<(), Complaint>;

fn complain(
    message: impl Into<String>,
    label: impl Into<String>,
    help: impl Into<String>,
) -> Verdict {
    Err(Complaint {
        message: message.into(),
        label: label.into(),
        help: help.into(),
    })
}

/// Checks one value.
pub fn check(key: &Key, value: &Value, problems: &mut Vec<Problem>) {
    let verdict = match value {
        Value::Text(text) => text_value(key, text),
        Value::Number(number) => number_value(key, *number),
        Value::List(items) => list_value(key, items),
        Value::Truth(_) | Value::Unusable => Ok(()),
    };
    if let Err(complaint) = verdict {
        problems.push(Problem {
            message: complaint.message,
            at: vec![(key.clone(), complaint.label)],
            help: complaint.help,
        });
    }
}

fn text_value(key: &Key, text: &str) -> Verdict {
    match (&key.table, key.name.as_str()) {
        (Table::Root, "application" | "organization") => leading_name(key, text),
        (Table::Root, "description") => description(key, text),
        (Table::Root, "region") => Region::parse(text)
            .map(drop)
            .or_else(|error| region(text, &error)),
        (Table::Root, "role_path") => {
            names::check_role_path(text).or_else(|error| name(key, &error))
        }
        (Table::Root, "permission_boundary") => boundary(key, text),
        (Table::Root, "templates") if text.is_empty() => complain(
            format!("{key} is empty"),
            "a folder is expected",
            "name a folder, or leave the key out",
        ),
        (_, "account") => AccountId::parse(text)
            .map(drop)
            .or_else(|error| account(key, text, &error)),
        (_, "role") => role(key, text),
        (_, "profile") => profile(key, text),
        (_, "external_id") => names::check_external_id(text).or_else(|error| name(key, &error)),
        (_, "mfa_serial") => names::check_mfa_serial(text).or_else(|error| name(key, &error)),
        (_, "branch") => names::check_branch(text).or_else(|error| name(key, &error)),
        (Table::Source, "provider") => provider(key, text),
        (Table::Source, "host") => host(key, text),
        (Table::Source, "connection") => connection(key, text),
        (Table::Build, "image") if text.is_empty() || text.contains(char::is_whitespace) => {
            complain(
                format!("{key} '{text}' is not an image: it is empty or holds a space"),
                "not an image",
                format!("for example {}", crate::blueprint::defaults::BUILD_IMAGE),
            )
        }
        (Table::Build, "compute_type") => compute_type(key, text),
        (Table::Build, "buildspec") => buildspec(key, text),
        (Table::Deploy(_), "strategy") => deploy::check_strategy(text).map_err(of_deploy),
        (Table::Deploy(_), "config") => deploy::check_config(text).map_err(of_deploy),
        (Table::Deploy(_), "cluster") => {
            names::check_cluster(text).or_else(|error| name(key, &error))
        }
        (Table::Deploy(_), "service") => {
            names::check_service(text).or_else(|error| name(key, &error))
        }
        (Table::Deploy(_), "listener" | "test_listener") => listener(key, text),
        (Table::Container(_), "name") => {
            names::check_container(text).or_else(|error| name(key, &error))
        }
        (Table::Tags, tag) => names::check_tag_key(tag)
            .and_then(|()| names::check_tag_value(text))
            .or_else(|error| name(key, &error)),
        _ => Ok(()),
    }
}

fn of_deploy((message, label, help): (String, String, String)) -> Complaint {
    Complaint {
        message,
        label,
        help,
    }
}

fn name(key: &Key, error: &NameError) -> Verdict {
    complain(
        format!("{key}: {error}"),
        error.fault.clone(),
        format!("allowed: {}", error.allowed),
    )
}

/// Organization and application become part of names in many services, in every combination, so they
/// keep to what all of them take.
fn leading_name(key: &Key, text: &str) -> Verdict {
    let legal = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && !text.ends_with('-')
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if legal(text) {
        return Ok(());
    }
    let better: String = text
        .to_ascii_lowercase()
        .chars()
        .map(|c| {
            if c == '_' || c == '.' || c == ' ' {
                '-'
            } else {
                c
            }
        })
        .collect();
    let help = if legal(&better) {
        format!("write \"{better}\"")
    } else {
        "lower-case letters, digits and inner hyphens, for example \"awssdk-iam\"".to_owned()
    };
    let why = match text
        .chars()
        .find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-'))
    {
        None if text.is_empty() => "it is empty".to_owned(),
        None => "it starts or ends with a hyphen".to_owned(),
        Some(letter) => format!(
            "{} is not allowed in all of the names that it becomes part of (an S3 bucket and an ECR repository take lower case only)",
            match letter {
                ' ' => "a space".to_owned(),
                letter => format!("'{letter}'"),
            }
        ),
    };
    complain(
        format!("{key} '{text}' cannot lead names: {why}"),
        "lower-case letters, digits, hyphens",
        help,
    )
}

fn description(key: &Key, text: &str) -> Verdict {
    if let Some(letter) = text.chars().find(|letter| !names::latin1(*letter)) {
        let shown = if letter.is_control() {
            format!("U+{:04X}", u32::from(letter))
        } else {
            format!("'{letter}'")
        };
        return complain(
            format!(
                "{key} holds {shown}: IAM takes Latin-1 only in a role's description, which rules out Korean and every other script but the Western European"
            ),
            format!("{shown} is not Latin-1"),
            "write it in Latin letters, or leave it out; tag values take every script",
        );
    }
    let length = text.chars().count();
    if length > DESCRIPTION {
        return complain(
            format!(
                "{key} has {length} characters: it goes to CodeBuild too, which takes {DESCRIPTION}"
            ),
            "too long",
            format!("shorten it to {DESCRIPTION} characters"),
        );
    }
    Ok(())
}

fn region(text: &str, error: &IdentError) -> Verdict {
    let help = match &error.suggestion {
        Some(code) => format!("did you mean \"{code}\"?"),
        None => "for example \"ap-northeast-2\" or \"eu-central-1\"".to_owned(),
    };
    complain(
        format!("region '{text}' does not exist: {error}"),
        "no such Region",
        help,
    )
}

fn account(key: &Key, text: &str, error: &IdentError) -> Verdict {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let label = format!("{digits} digits");
    let help = match &error.suggestion {
        Some(better) => format!("write \"{better}\""),
        None => {
            "type all 12 digits, in quotes; `aws sts get-caller-identity` prints them".to_owned()
        }
    };
    complain(
        format!("{key} '{text}' is not an account: {error}"),
        label,
        help,
    )
}

fn role(key: &Key, text: &str) -> Verdict {
    let legal = Arn::parse(text).is_ok_and(|arn| {
        arn.service() == "iam"
            && arn
                .resource()
                .strip_prefix("role/")
                .is_some_and(|role| !role.is_empty())
            && arn.account().len() == 12
    });
    if legal {
        return Ok(());
    }
    let why = match Arn::parse(text) {
        Err(error) => error.to_string(),
        Ok(arn) if arn.service() == "sts" => "this is a session of a role, not the role".to_owned(),
        Ok(arn) => format!("this names {} of {}", arn.resource(), arn.service()),
    };
    complain(
        format!("{key} '{text}' is not the ARN of an IAM role: {why}"),
        "not a role's ARN",
        "it looks like arn:aws:iam::123456789012:role/NAME",
    )
}

fn profile(key: &Key, text: &str) -> Verdict {
    if text.trim().is_empty() || text.contains(['\n', ']', '[']) {
        return complain(
            format!("{key} '{text}' cannot be the name of a profile"),
            "not a profile",
            "`aws configure list-profiles` prints those that there are",
        );
    }
    Ok(())
}

fn boundary(key: &Key, text: &str) -> Verdict {
    if text.starts_with("arn:") {
        let own = text
            .split_once(":policy/")
            .map_or("boundary", |(_, name)| name);
        return complain(
            format!(
                "{key} is an ARN: the policy is needed in every account, so only its name is given"
            ),
            "only the name",
            format!("write \"{own}\""),
        );
    }
    let (path, last) = text
        .rsplit_once('/')
        .map_or(("", text), |(path, last)| (path, last));
    if !path.is_empty()
        && let Err(error) = names::check_role_path(&format!("/{path}/"))
    {
        return name(key, &error);
    }
    names::check_policy_name(last).or_else(|error| name(key, &error))
}

fn provider(key: &Key, text: &str) -> Verdict {
    if ProviderName::parse(text).is_some() {
        return Ok(());
    }
    if text == "s3" || text == "ecr" {
        return complain(
            format!(
                "{key} '{text}' is not supported yet: a push to a branch cannot start such a pipeline"
            ),
            "not supported yet",
            format!("one of {}", PROVIDERS.join(", ")),
        );
    }
    let help = match nearest(text, PROVIDERS) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!("one of {}", PROVIDERS.join(", ")),
    };
    complain(
        format!("{key} '{text}' is not a source that crosspipe knows"),
        "unknown source",
        help,
    )
}

fn host(key: &Key, text: &str) -> Verdict {
    if ["github", "gitlab", "bitbucket"].contains(&text) {
        return Ok(());
    }
    complain(
        format!("{key} '{text}' is not a provider that crosspipe reaches through a connection"),
        "unknown provider",
        "one of github, gitlab, bitbucket",
    )
}

fn connection(key: &Key, text: &str) -> Verdict {
    let legal = Arn::parse(text).is_ok_and(|arn| {
        matches!(arn.service(), "codeconnections" | "codestar-connections")
            && arn.resource().starts_with("connection/")
            && !arn.account().is_empty()
    });
    if legal {
        return Ok(());
    }
    complain(
        format!("{key} '{text}' is not the ARN of a connection"),
        "not a connection's ARN",
        "it looks like arn:aws:codeconnections:REGION:123456789012:connection/ID; leave the key out and crosspipe makes a connection",
    )
}

fn compute_type(key: &Key, text: &str) -> Verdict {
    if COMPUTE_TYPES.contains(&text) {
        return Ok(());
    }
    let message = if text.starts_with("BUILD_LAMBDA_") {
        format!("{key} '{text}' cannot build images: Docker does not run on Lambda compute")
    } else {
        format!("{key} '{text}' is not a compute type of CodeBuild")
    };
    let help = match nearest(text, COMPUTE_TYPES) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!("one of {}", COMPUTE_TYPES.join(", ")),
    };
    complain(message, "not usable here", help)
}

fn buildspec(key: &Key, text: &str) -> Verdict {
    let outside =
        text.starts_with('/') || text.contains('\\') || text.split('/').any(|part| part == "..");
    if text.trim().is_empty() || outside || text.starts_with("arn:") {
        return complain(
            format!("{key} '{text}' is not a path inside the source"),
            "not a path in the source",
            "a path below the root of the repository, with /, for example \"buildspec.yml\"",
        );
    }
    Ok(())
}

fn listener(key: &Key, text: &str) -> Verdict {
    let arn = Arn::parse(text)
        .ok()
        .filter(|arn| arn.service() == "elasticloadbalancing");
    let kind = arn
        .as_ref()
        .and_then(|arn| arn.resource().split('/').next());
    let why = match kind {
        Some("listener") => return Ok(()),
        Some("listener-rule") => "this is a rule of a listener",
        Some("loadbalancer") => "this is a load balancer",
        Some("targetgroup") => "this is a target group",
        _ => "it is something else",
    };
    complain(
        format!("{key} '{text}' is not the ARN of a listener: {why}"),
        "not a listener's ARN",
        "it looks like arn:aws:elasticloadbalancing:REGION:123456789012:listener/app/NAME/ID/ID",
    )
}

fn number_value(key: &Key, number: i64) -> Verdict {
    let (low, high, what) = match (&key.table, key.name.as_str()) {
        // Source: the CodeBuild API model (`BuildTimeOut`).
        (Table::Build, "timeout_minutes") => (5, 2160, "minutes that CodeBuild lets a build run"),
        // Source: the CodeDeploy API documentation of `BlueInstanceTerminationOption`.
        (Table::Deploy(_), "keep_old_minutes") => {
            (0, 2880, "minutes that CodeDeploy keeps replaced tasks")
        }
        (Table::Container(_), "port") => (1, 65535, "ports"),
        _ => return Ok(()),
    };
    if (low..=high).contains(&number) {
        return Ok(());
    }
    complain(
        format!("{key} is {number}: the {what} go from {low} to {high}"),
        format!("{low} to {high}"),
        format!("choose a number from {low} to {high}"),
    )
}

fn list_value(key: &Key, items: &[String]) -> Verdict {
    if key.name != "target_groups" {
        return Ok(());
    }
    for item in items {
        if item.starts_with("arn:") {
            let own = item.split('/').nth(1).unwrap_or("NAME");
            return complain(
                format!("{key} holds an ARN: target groups are given by name"),
                "names, not ARNs",
                format!("write \"{own}\""),
            );
        }
        names::check_target_group(item).or_else(|error| name(key, &error))?;
    }
    Ok(())
}
