//! The page of a bundle: what is in it, and the calls in order.

use super::NO_ID;
use super::bundle::{Step, shared_folder};
use crate::blueprint::{Access, Blueprint, Source};
use crate::render::Facts;

pub(super) fn page(blueprint: &Blueprint, facts: &Facts, steps: &[Step]) -> String {
    let shared = shared_folder(blueprint);
    let appspec = if steps
        .iter()
        .any(|it| it.command == "deploy create-application")
    {
        " and the AppSpec"
    } else {
        ""
    };
    let mut text = format!(
        "# The documents of {application}\n\n\
         Written by `crosspipe render` from `crosspipe.toml`; no account was asked. `crosspipe apply` puts these same\n\
         documents into the accounts, waits where AWS needs a moment, and leaves alone what is there already. The calls\n\
         below do it by hand; what they make, `crosspipe plan` then finds to be its own.\n\n\
         | folder | what it holds |\n|---|---|\n\
         | `repository/` | what the source repository keeps: the buildspec, and per environment the task definition{appspec} |\n\
         | `{shared}/` | the shared account: a body per call, and below it a folder per environment |\n",
        application = blueprint.application,
    );
    for (name, environment) in &blueprint.environments {
        text.push_str(&format!(
            "| `{name}-{account}/` | the account of {name} |\n",
            account = environment.account
        ));
    }
    text.push_str(
        "| `.../policies/` | the same policies as plain documents, to read and to audit |\n\n\
         A file is named after the thing and the call: `deploy-role.create-role.json` is the body of `aws iam create-role`.\n\n",
    );
    text.push_str(&before(blueprint, facts));
    let mut heading = "";
    for step in steps {
        if step.heading != heading {
            if !heading.is_empty() {
                text.push_str("```\n\n");
            }
            text.push_str(&format!("## {}\n\n{}```sh\n", step.heading, remark(step)));
            heading = &step.heading;
        }
        text.push_str(&format!(
            "aws {} --cli-input-json file://{}{} --region {}\n",
            step.command,
            step.path,
            profile(&step.access),
            blueprint.region
        ));
    }
    if !heading.is_empty() {
        text.push_str("```\n");
    }
    text
}

fn profile(access: &Access) -> String {
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./@+".contains(c))
    };
    match access.profile.as_deref() {
        Some(profile) if plain(profile) => format!(" --profile {profile}"),
        Some(profile) => format!(" --profile '{}'", profile.replace('\'', r"'\''")),
        None => String::new(),
    }
}

fn before(blueprint: &Blueprint, facts: &Facts) -> String {
    let mut text = format!(
        "## Before the first call\n\n\
         - Start each command from this folder, with credentials of the account that its heading names.\n\
         - AWS chooses the artifact key's id when it makes the key. These documents say\n  `{}`.\n",
        facts.key_arn
    );
    if facts.key_arn.ends_with(NO_ID) {
        text.push_str(
            "  **That key does not exist.** Make the key with the first call, then write the documents again with\n  \
             `crosspipe render DIR --key-arn ARN` and go on with the second call.\n",
        );
    }
    if let Source::Connection { .. } = &blueprint.source {
        match &facts.connection_arn {
            Some(arn) if arn.ends_with(NO_ID) => text.push_str(&format!(
                "- The connection does not exist either: `{arn}` stands for it.\n  \
                 Make it, finish its handshake in the console (Developer Tools, Settings, Connections), and write the\n  \
                 documents again with `--connection-arn ARN`.\n"
            )),
            _ => text.push_str(
                "- The connection must be `AVAILABLE`: its handshake is finished in the console.\n",
            ),
        }
    }
    text.push_str(
        "- A role takes some seconds to become known everywhere. Where a call says that it may not assume a role that\n  \
         was just made, try it again a little later.\n\
         - The calls are for accounts where nothing of these names exists. Where a bucket or key has a policy already,\n  \
         merge by statement id, do not overwrite; `crosspipe apply` does.\n\n",
    );
    text
}

fn remark(step: &Step) -> &'static str {
    match step.command {
        "kms create-key" => {
            "Call `create-key` once: each call makes another key, and each key costs. `put-key-policy` is for a key that is there\nalready.\n\n"
        }
        "codepipeline create-pipeline" => "A pipeline runs once as soon as it is made.\n\n",
        _ => "",
    }
}
