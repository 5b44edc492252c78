//! `crosspipe sandbox git-credential`: what git asks for user name and password of the sandbox's CodeCommit.
//!
//! The protocol is that of git's credential helpers: attributes as lines on stdin, user name and password as
//! lines on stdout. Nothing else is written there, and the password, a signature, is written nowhere else.

use std::collections::BTreeMap;
use std::env;
use std::io::Read as _;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use crate::cli::exit::{Exit, Failure};
use crate::cli::flow;
use crate::cli::home;
use crate::sandbox::git::credentials::{self, Keys};
use crate::sandbox::git::keys::{self, KeysError};
use crate::sandbox::time::system_clock;
use crate::ui::Complaint;

/// Answer git's question for user name and password of the sandbox's CodeCommit
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Answers git's question for user name and password of the sandbox's CodeCommit: a git credential helper. It signs as the administrator of the account that has the repository, with the keys in the state directory, or with --env with those of the environment. `sandbox start` prints how to have git use it. Touches no real account.",
    after_help = "Example:\n  git -c credential.helper= -c credential.helper='!crosspipe sandbox git-credential' -c credential.useHttpPath=true push http://127.0.0.1:4566/v1/repos/orders develop"
)]
pub struct Args {
    /// What git wants; there is nothing to store or erase
    #[arg(value_enum)]
    action: Action,
    /// The account, where more than one has a repository of that name
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The Region, where there is one of that name in more than one
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Sign with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
    #[arg(long)]
    env: bool,
    /// Where the accounts are kept [default: .crosspipe/sandbox beside crosspipe.toml]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Answer user name and password
    Get,
    /// Nothing: signatures end after a quarter of an hour
    Store,
    /// Nothing
    Erase,
}

/// The longest question that is read.
const LONGEST: u64 = 64 * 1024;

/// Runs the command.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    if args.action != Action::Get {
        return Ok(Exit::Done);
    }
    let mut question = String::new();
    std::io::stdin()
        .take(LONGEST)
        .read_to_string(&mut question)
        .map_err(|error| {
            Failure::failed(Complaint::new(format!(
                "git's question cannot be read: {error}"
            )))
        })?;
    match answer(args, &question) {
        Ok(Some((user, password))) => {
            flow::print(&format!("username={user}\npassword={password}\n"));
            Ok(Exit::Done)
        }
        // Not for the sandbox: another helper may know.
        Ok(None) => Ok(Exit::Done),
        Err(why) => {
            // Git is not to ask a person for what no person knows.
            flow::print("quit=1\n");
            Err(Failure::failed(Complaint::new(format!(
                "there is no user name and password for git: {why}"
            ))))
        }
    }
}

fn answer(args: &Args, question: &str) -> Result<Option<(String, String)>, String> {
    let asked: BTreeMap<&str, &str> = question
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let host = asked.get("host").copied().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let host = host.to_ascii_lowercase();
    if !(host == "127.0.0.1" || host == "localhost" || host.ends_with(".localhost")) {
        return Ok(None);
    }
    let path = asked.get("path").copied().unwrap_or_default();
    let path = path.trim_matches('/');
    let name = path.strip_prefix("v1/repos/").ok_or(
        "git did not say for which repository. Give git -c credential.useHttpPath=true, and a URL that ends in /v1/repos/NAME",
    )?;
    let (region, keys) = signer(args, name)?;
    let signed = credentials::sign(
        &keys,
        &region,
        &host,
        &format!("/v1/repos/{name}"),
        (system_clock())(),
    );
    Ok(Some(signed))
}

/// The Region to sign for, and the keys.
fn signer(args: &Args, name: &str) -> Result<(String, Keys), String> {
    let find = || {
        let (account, region) = (args.account.as_deref(), args.region.as_deref());
        let state = home::state(args.state.as_deref(), &home::config(None));
        keys::find(&state, name, account, region)
    };
    if !args.env {
        let (place, keys) = find().map_err(|error| error.to_string())?;
        let keys = keys.ok_or_else(|| KeysError::NoKeys(place.account.clone()).to_string())?;
        return Ok((place.region, keys));
    }
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let needed = |name: &str| {
        set(name).ok_or_else(|| format!("--env signs with {name}, and that is not set"))
    };
    let keys = Keys {
        id: needed("AWS_ACCESS_KEY_ID")?,
        secret: needed("AWS_SECRET_ACCESS_KEY")?,
        token: set("AWS_SESSION_TOKEN"),
    };
    let region = args
        .region
        .clone()
        .or_else(|| set("AWS_REGION"))
        .or_else(|| set("AWS_DEFAULT_REGION"));
    let region = match region {
        Some(region) => region,
        None => find().map_err(|error| error.to_string())?.0.region,
    };
    Ok((region, keys))
}
