//! How accounts are reached: a role must be in the account that it leads to, and one set of
//! credentials leads to one account only.

use std::collections::BTreeMap;

use crate::blueprint::draft::{Draft, Problem};
use crate::blueprint::key::Key;
use crate::ident::Arn;

/// What cannot work.
pub fn check(draft: &Draft, problems: &mut Vec<Problem>) {
    let places = std::iter::once(None).chain(draft.environments().map(Some));
    for place in places {
        let key = |name: &str| Key::place(place, name);
        if let (Some(role), Some(account)) = (
            draft
                .text(&key("role"))
                .and_then(|text| Arn::parse(text).ok()),
            draft.account(place),
        ) && role.service() == "iam"
            && role.account() != account.as_str()
        {
            problems.push(
                Problem::new(
                    key("role"),
                    format!(
                        "{} is in account {}, but it should lead to {account}",
                        key("role"),
                        role.account()
                    ),
                    "another account",
                    "name a role of the account itself, or mend the account id",
                )
                .and(key("account"), "the account"),
            );
        }
        for name in ["external_id", "mfa_serial"] {
            if draft.has(&key(name)) && !draft.has(&key("role")) {
                problems.push(Problem::new(
                    key(name),
                    format!(
                        "{} is given without a role: it is sent when a role is assumed",
                        key(name)
                    ),
                    "no role here",
                    format!("add role = \"arn:aws:iam::...:role/...\", or remove {name}"),
                ));
            }
        }
    }
}

/// What can work only if the environment of the shell or the profiles are more than they look.
pub fn suspicions(draft: &Draft, found: &mut Vec<Problem>) {
    // Places without a role, by the profile that they are reached with.
    let mut seen: BTreeMap<Option<String>, (Key, String)> = BTreeMap::new();
    let places = std::iter::once(None).chain(draft.environments().map(Some));
    for place in places {
        let access = draft.access(place);
        let (Some(account), false) = (draft.account(place), draft.has(&Key::place(place, "role")))
        else {
            continue;
        };
        let key = Key::place(place, "account");
        match seen.get(&access.profile) {
            Some((first, first_account)) if first_account != account.as_str() => {
                let how = match &access.profile {
                    Some(profile) => format!("profile '{profile}'"),
                    None => "the credentials of this shell".to_owned(),
                };
                found.push(
                    Problem::new(
                        key,
                        format!("accounts {first_account} and {account} are both reached with {how}, which lead to one account"),
                        "no profile or role of its own",
                        format!("add profile or role to this account: {} or {}",
                            Key::place(place, "profile").flag(), Key::place(place, "role").flag()),
                    )
                    .and(first.clone(), "reached the same way"),
                );
            }
            Some(_) => {}
            None => {
                seen.insert(access.profile, (key, account.as_str().to_owned()));
            }
        }
    }
}
