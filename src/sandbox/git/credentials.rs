//! Who pushes and pulls: user name and password of HTTP's basic authentication, as CodeCommit takes them.
//!
//! Two kinds: a signature (the user name is the access key id, with `%` and the session token behind it for a
//! session; the password is a time and Signature Version 4 over method, path and host), and a user's Git
//! credentials, which IAM makes. Sources: AWS CodeCommit User Guide, "Setup steps for HTTPS connections with
//! the AWS CLI credential helper" and "Setup for HTTPS users using Git credentials"; the form of the
//! signature as the AWS CLI's credential helper makes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::sandbox::identity;
use crate::sandbox::request::Request;
use crate::sandbox::service::Caller;
use crate::sandbox::sigv4::{hmac, same, sha256_hex, signing_key};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// How far the clocks may differ, in milliseconds, and so how long a signature lasts.
const WINDOW: i64 = 15 * 60 * 1000;

/// A caller whose user name and password were found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub caller: Caller,
    /// The access key, empty for Git credentials.
    pub key: String,
    /// The Region that is meant; `None` where nothing says which and the account has no such repository.
    pub region: Option<String>,
}

/// Why nobody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// No user name and password were sent: they are to be asked for.
    Nobody,
    /// They are wrong, or have ended.
    Wrong,
}

/// The part of a signature that is not the time: what stands in the password behind `Z`.
fn signature(secret: &str, region: &str, host: &str, path: &str, stamp: &str) -> String {
    let date = stamp.get(..8).unwrap_or_default();
    let canonical = format!("GIT\n{path}\n\nhost:{host}\n\nhost\n");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{date}/{region}/codecommit/aws4_request\n{}",
        sha256_hex(canonical.as_bytes())
    );
    let key = signing_key(secret, date, region, "codecommit");
    hex::encode(hmac(&key, to_sign.as_bytes()))
}

/// Keys to sign with.
#[derive(Clone)]
pub struct Keys {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token, for temporary keys.
    pub token: Option<String>,
}

/// User name and password for a repository's path (`/v1/repos/NAME`) on a host without its port.
pub fn sign(keys: &Keys, region: &str, host: &str, path: &str, now: i64) -> (String, String) {
    let stamp = time::compact(now);
    let stamp = stamp.trim_end_matches('Z');
    let user = match &keys.token {
        Some(token) => format!("{}%{token}", keys.id),
        None => keys.id.clone(),
    };
    let signature = signature(&keys.secret, region, host, path, stamp);
    (user, format!("{stamp}Z{signature}"))
}

/// Finds out who asks, for a repository.
///
/// # Errors
/// Nobody, or not with these.
pub fn check(world: &World, request: &Request, name: &str, now: i64) -> Result<Known, Unknown> {
    let header = request.header("authorization").ok_or(Unknown::Nobody)?;
    let (user, password) = basic(header).ok_or(Unknown::Wrong)?;
    let host = request.host();
    let (id, token) = match user.split_once('%') {
        Some((id, token)) => (id, Some(token)),
        None => (user.as_str(), None),
    };
    if let Some(key) = identity::look_up(world, id) {
        let ended = key.expires.is_some_and(|at| at <= now);
        if ended || key.token.as_deref() != token {
            return Err(Unknown::Wrong);
        }
        let (stamp, given) = password.split_once('Z').ok_or(Unknown::Wrong)?;
        let sent = time::parse_compact(&format!("{stamp}Z")).ok_or(Unknown::Wrong)?;
        if (now - sent).abs() > WINDOW {
            return Err(Unknown::Wrong);
        }
        // The signature is for a Region, but neither it nor the path says which.
        let region = candidates(world, &key.caller.account, name, &host)
            .into_iter()
            .find(|region| {
                ["", "/"].iter().any(|end| {
                    let path = format!("/v1/repos/{name}{end}");
                    same(&signature(&key.secret, region, &host, &path, stamp), given)
                })
            })
            .ok_or(Unknown::Wrong)?;
        return Ok(Known {
            caller: key.caller,
            key: id.to_owned(),
            region: Some(region),
        });
    }
    let caller = of_git_credentials(world, &user, &password).ok_or(Unknown::Wrong)?;
    let region = candidates(world, &caller.account, name, &host)
        .into_iter()
        .next();
    Ok(Known {
        caller,
        key: String::new(),
        region,
    })
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, rest) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// The Regions that can be meant: the one in the host's name (`git-codecommit.REGION.`), or else those in
/// which the account has the repository, then the others that it uses.
fn candidates(world: &World, account: &str, name: &str, host: &str) -> Vec<String> {
    let named = host
        .strip_prefix("git-codecommit-fips.")
        .or_else(|| host.strip_prefix("git-codecommit."))
        .and_then(|rest| rest.split('.').next());
    if let Some(region) = named {
        return vec![region.to_owned()];
    }
    let Some(account) = world.accounts.get(account) else {
        return Vec::new();
    };
    let (with, without): (Vec<_>, Vec<_>) = account
        .regions
        .iter()
        .partition(|(_, regional)| regional.codecommit.repositories.contains_key(name));
    with.into_iter()
        .chain(without)
        .map(|(region, _)| region.clone())
        .collect()
}

fn of_git_credentials(world: &World, user: &str, password: &str) -> Option<Caller> {
    world.accounts.iter().find_map(|(id, account)| {
        account.iam.users.values().find_map(|owner| {
            owner
                .service_credentials
                .iter()
                .find(|known| {
                    known.active
                        && known.service == "codecommit.amazonaws.com"
                        && known.user_name == user
                        && same(&known.password, password)
                })
                .map(|_| Caller {
                    account: id.clone(),
                    arn: owner.arn(id),
                    user_id: owner.id.clone(),
                    principal_arn: owner.arn(id),
                })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by the AWS CLI's own credential helper (botocore's SigV4Auth).
    #[test]
    fn the_signature_is_that_of_the_aws_cli() {
        let keys = Keys {
            id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            token: Some("a/token=".into()),
        };
        let now = time::parse_compact("20260301T120000Z").unwrap();
        let (user, password) = sign(&keys, "eu-west-1", "127.0.0.1", "/v1/repos/orders", now);
        assert_eq!(user, "AKIAIOSFODNN7EXAMPLE%a/token=");
        assert_eq!(
            password,
            "20260301T120000Zc521657f730763d8862d7d289f5d8b0af5dda7039c16096ea91b66710d119bd1"
        );
    }
}
