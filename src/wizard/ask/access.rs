//! How an account is reached.

use crate::blueprint::Key;
use crate::ident::EnvironmentName;
use crate::wizard::question::{Choice, Question, QuestionKind};
use crate::wizard::state::{Known, Step};

use super::{ask, optional, text};

/// The questions about the way to an environment's account, or to the shared one.
pub(super) fn next(known: &Known<'_>, place: Option<&EnvironmentName>) -> Option<Step> {
    let draft = known.draft();
    let key = |name: &str| Key::place(place, name);
    if known.in_file(&key("account")) || known.given_up(&key("account")) {
        return None;
    }
    let name = place.map_or("the shared account".to_owned(), ToString::to_string);
    let id = match place {
        None => "shared.access".to_owned(),
        Some(place) => format!("environment.{place}.access"),
    };
    if !known.asked(&id) {
        if draft.has(&key("profile")) || draft.has(&key("role")) {
            return None;
        }
        return ask(how(known, place, &name, id));
    }
    match known.answer(&id) {
        Some("profile") => text(
            known,
            key("profile"),
            format!("Profile for {name}"),
            "of the AWS configuration files; `aws configure list-profiles` prints them",
            None,
        ),
        Some("role") => role(known, place, &name),
        _ => None,
    }
}

fn how(known: &Known<'_>, place: Option<&EnvironmentName>, name: &str, id: String) -> Question {
    let shell = Choice::new(
        "shell",
        "this shell's credentials",
        "environment variables, default profile, SSO",
    );
    let profile = Choice::new("profile", "a profile", "keys, SSO or a chain of roles");
    let role = Choice::new(
        "role",
        "a role",
        match place {
            None => "assumed with this shell's credentials",
            Some(_) => "assumed with the shared account's credentials",
        },
    );
    let draft = known.draft();
    let own = place.is_some() && draft.account(place) != draft.account(None);
    let (choices, default) = match (own, known.options.sandbox) {
        (false, _) => (vec![shell, profile, role], Some("shell")),
        (true, true) => (vec![role, profile, shell], Some("role")),
        // The same credentials cannot lead to two accounts, so nothing can be assumed here.
        (true, false) => (vec![profile, role, shell], None),
    };
    let key = |name: &str| Key::place(place, name);
    let account = draft.account(place).map(|account| format!(" ({account})")).unwrap_or_default();
    Question::new(draft, id, format!("How to reach {name}{account}"), QuestionKind::Select { choices })
        .help("who makes the changes there; whoever it is, the account is checked first")
        .default(default)
        .answered_by(
            format!("{} or {}", key("profile"), key("role")),
            format!("{} or {}", key("profile").flag(), key("role").flag()),
        )
}

fn role(known: &Known<'_>, place: Option<&EnvironmentName>, name: &str) -> Option<Step> {
    let draft = known.draft();
    let key = |name: &str| Key::place(place, name);
    if !known.settled(&key("role")) {
        let partition = draft.region().map_or("aws", |region| region.partition());
        let default = draft
            .account(place)
            .filter(|_| place.is_some())
            .map(|account| format!("arn:{partition}:iam::{account}:role/OrganizationAccountAccessRole"));
        let mut question = Question::of(
            draft,
            key("role"),
            format!("Role in {name}"),
            QuestionKind::Text { optional: false },
        )
        .help("its ARN; it needs to be allowed what crosspipe makes there")
        .default(default);
        // A role of an environment is assumed with what leads to the shared account.
        if let (Some(_), Some(profile)) = (place, draft.access(None).profile) {
            question.also.push((key("profile"), profile.into()));
        }
        return ask(question);
    }
    if known.options.sandbox || known.given_up(&key("role")) {
        return None;
    }
    optional(
        known,
        key("external_id"),
        format!("External id of the role in {name} (Enter for none)"),
        "if the role's trust policy asks for one",
    )
    .or_else(|| {
        optional(
            known,
            key("mfa_serial"),
            format!("MFA device for the role in {name} (Enter for none)"),
            "its ARN, if the role's trust policy asks for MFA; the code is asked for later",
        )
    })
}
