//! Condition values that a key never has.

use std::net::IpAddr;

use super::Reviewer;
use super::view::{Condition, Statement};
use crate::policy::arn::{is_account, parts};
use crate::policy::operator::Comparison;
use crate::policy::problem::Rule;

impl Reviewer<'_> {
    pub(super) fn values(&mut self, statement: &Statement<'_>) {
        for condition in &statement.conditions {
            for value in &condition.values {
                if statement.variables && value.contains("${") {
                    continue;
                }
                if let Some(message) = unfit(condition, value) {
                    self.suspect(&condition.spot, Rule::Condition, message);
                }
            }
        }
    }
}

/// Why a value is none that the key has.
fn unfit(condition: &Condition<'_>, value: &str) -> Option<String> {
    let key = condition.key.to_ascii_lowercase();
    let comparison = condition.operator.comparison;
    let text = matches!(
        comparison,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike
    );
    let wild = comparison == Comparison::StringLike && value.contains(['*', '?']);
    match key.as_str() {
        "aws:sourceip" if comparison == Comparison::IpAddress => {
            let (address, _) = value.split_once('/').unwrap_or((value, ""));
            is_private(address.parse().ok()?).then(|| {
                format!(
                    "aws:SourceIp is the address that AWS sees, and \"{value}\" is private; inside of a VPC the address is aws:VpcSourceIp"
                )
            })
        }
        // Source: IAM User Guide, "AWS global condition context keys", aws:PrincipalArn: of a role's
        // session it is the ARN of the role.
        "aws:principalarn" if text || comparison == Comparison::Arn => {
            let [_, _, service, _, _, name] = parts(value)?;
            (service == "sts" && name.starts_with("assumed-role/")).then(|| {
                format!(
                    "aws:PrincipalArn of a session is the ARN of its role (arn:aws:iam::ACCOUNT:role/PATH/NAME), not \"{value}\""
                )
            })
        }
        "aws:principalaccount"
        | "aws:resourceaccount"
        | "aws:sourceaccount"
        | "aws:vpceaccount"
        | "s3:resourceaccount"
        | "kms:calleraccount" => (text && !wild && !is_account(value))
            .then(|| format!("an account id has 12 digits, \"{value}\" is none")),
        "aws:principalorgid" | "aws:resourceorgid" | "aws:sourceorgid" | "aws:vpceorgid" => {
            let is_id = value.strip_prefix("o-").is_some_and(|rest| {
                (10..=32).contains(&rest.len())
                    && rest
                        .bytes()
                        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
            });
            (text && !wild && !is_id).then(|| {
                format!("the id of an organization is like o-a1b2c3d4e5, \"{value}\" is none")
            })
        }
        "iam:passedtoservice" | "kms:viaservice" => {
            let is_name = value.contains(".amazonaws.com") || value.contains("amazonaws.eu");
            let example = if key == "kms:viaservice" {
                "s3.eu-central-1.amazonaws.com"
            } else {
                "ecs-tasks.amazonaws.com"
            };
            (text && !wild && !is_name)
                .then(|| format!("{} is like {example}, \"{value}\" is not", condition.key))
        }
        _ => None,
    }
}

/// Addresses that no request comes from, as AWS sees it.
///
/// Source: RFC 1918, RFC 6598, RFC 3927, RFC 4193; IAM User Guide, "AWS global condition context keys",
/// aws:SourceIp.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let shared = first == 100 && (64..128).contains(&second);
            address.is_private() || address.is_loopback() || address.is_link_local() || shared
        }
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
    }
}
