//! `crosspipe sandbox`: the AWS inside this program, for any AWS client.

mod breaking;
mod git_credential;
mod saved;
mod scp;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Map, json};

use super::connect::{self, furnish};
use super::exit::{Exit, Failure};
use super::flow;
use super::home;
use super::target::duration;
use crate::blueprint::Blueprint;
use crate::sandbox::start::start as open;
use crate::sandbox::store;
use crate::sandbox::{Options, Sandbox};
use crate::ui::Complaint;

/// Run the AWS inside this program on its own, or forget what it holds
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Runs the AWS inside this program on its own, for the AWS CLI, SDKs and whatever else speaks to AWS, or forgets what it holds. Touches no real account.",
    after_help = "Examples:\n  crosspipe sandbox start --account 111111111111 --account 222222222222\n  crosspipe sandbox start --config crosspipe.toml --json\n  crosspipe sandbox reset"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve its accounts on a port of this machine until Ctrl-C
    #[command(
        long_about = "Serves the sandbox's accounts on a loopback port until Ctrl-C, and saves them then. Prints the endpoint and an administrator's access key per account. Touches no real account.",
        after_help = "Example:\n  crosspipe sandbox start --port 4566 --account 111111111111\n  AWS_ENDPOINT_URL=http://127.0.0.1:4566 aws sts get-caller-identity"
    )]
    Start(Start),
    /// Forget its accounts and everything in them
    #[command(
        long_about = "Forgets the sandbox's accounts and everything in them. Touches no real account.",
        after_help = "Example: crosspipe sandbox reset"
    )]
    Reset(Reset),
    Scp(scp::Args),
    Break(breaking::Args),
    GitCredential(git_credential::Args),
}

/// The options of `sandbox start`.
#[derive(Debug, ClapArgs)]
pub struct Start {
    /// The port on 127.0.0.1; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// An account that is there from the start, empty but for its administrator; may be repeated
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    /// Have the accounts of this configuration too, its environments as a platform team leaves them
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Let every answer take this long, for example 100ms
    #[arg(long, value_name = "TIME", value_parser = duration)]
    latency: Option<Duration>,
    /// Let builds, deployments and whatever else takes time go on this many times faster than at AWS
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    time_scale: u32,
    /// Let no session last longer than this many seconds
    #[arg(long, value_name = "N", hide = true)]
    session_seconds: Option<u32>,
    /// Let every request through, whatever policies say
    #[arg(long)]
    permissive: bool,
    /// Where the accounts are kept between commands [default: .crosspipe/sandbox beside crosspipe.toml]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Print endpoint and keys as one line of JSON
    #[arg(long)]
    json: bool,
}

/// The options of `sandbox reset`.
#[derive(Debug, ClapArgs)]
pub struct Reset {
    /// Where the accounts are kept [default: .crosspipe/sandbox beside crosspipe.toml]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

/// Runs the command.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    match args.command {
        Command::Start(args) => start(args).await,
        Command::Reset(args) => reset(&args),
        Command::Scp(args) => scp::run(args).await,
        Command::Break(args) => breaking::run(args).await,
        Command::GitCredential(args) => git_credential::run(&args),
    }
}

async fn start(args: Start) -> Result<Exit, Failure> {
    let blueprint = match &args.config {
        Some(config) => Some(flow::load(config, true)?),
        None => None,
    };
    let state = home::state(args.state.as_deref(), &home::config(args.config.as_deref()));
    // Listened for before anything is printed: whoever reads the endpoint may stop it at once.
    let mut stop = Stop::new()?;
    let options = Options {
        state: Some(state.clone()),
        announced: true,
        port: args.port,
        accounts: args.accounts.clone(),
        latency: args.latency.unwrap_or_default(),
        time_scale: args.time_scale,
        session_seconds: args.session_seconds,
        permissive: args.permissive,
        ..Options::default()
    };
    let sandbox = open(options).await.map_err(|error| match error {
        crate::sandbox::SandboxError::Account(_) => {
            Failure::usage(Complaint::new(error.to_string()))
        }
        error => connect::unstarted(&error),
    })?;
    if let Some(blueprint) = &blueprint {
        furnish(&sandbox, blueprint)?;
    }
    if args.json {
        flow::print(&format!("{}\n", as_json(&sandbox)));
    } else {
        flow::print(&as_text(&sandbox, &args, &state, blueprint.as_ref()));
    }
    stop.wait().await;
    sandbox.stop().await.map_err(|error| {
        Failure::failed(
            Complaint::new(format!("the sandbox's state could not be saved: {error}"))
                .help("make room or choose another directory with --state"),
        )
    })?;
    Ok(Exit::Done)
}

/// `{"endpoint": ..., "accounts": {"<id>": {"accessKeyId": ..., "secretAccessKey": ...}}}`
fn as_json(sandbox: &Sandbox) -> serde_json::Value {
    let accounts: Map<String, serde_json::Value> = sandbox
        .accounts()
        .into_iter()
        .filter_map(|account| {
            let keys = sandbox.administrator(&account)?;
            let keys = json!({
                "accessKeyId": keys.access_key_id,
                "secretAccessKey": keys.secret_access_key,
            });
            Some((account, keys))
        })
        .collect();
    json!({ "endpoint": sandbox.endpoint(), "accounts": accounts })
}

fn as_text(sandbox: &Sandbox, args: &Start, state: &Path, blueprint: Option<&Blueprint>) -> String {
    let accounts = sandbox.accounts();
    let mut text = format!("crosspipe sandbox  {}\n", sandbox.endpoint());
    text.push_str(&format!("  state in {}\n\n", state.display()));
    if accounts.is_empty() {
        text.push_str("  It has no account yet: name some with --account ID or --config FILE.\n\n");
    }
    for account in &accounts {
        match sandbox.administrator(account) {
            Some(keys) => text.push_str(&format!(
                "  account {account}\n    AWS_ACCESS_KEY_ID={}\n    AWS_SECRET_ACCESS_KEY={}\n\n",
                keys.access_key_id, keys.secret_access_key
            )),
            None => text.push_str(&format!(
                "  account {account}\n    its administrator has no access key any more\n\n"
            )),
        }
    }
    text.push_str(&format!(
        "  Use it with AWS_ENDPOINT_URL={} and a Region of yours.\n",
        sandbox.endpoint()
    ));
    text.push_str(if args.permissive {
        "  Signatures are checked. Policies are not: every request is let through (--permissive).\n"
    } else {
        "  Signatures are checked, and every request is decided by the policies around it.\n"
    });
    text.push_str(&push_line(sandbox, state));
    text.push_str(&own_line(sandbox, blueprint));
    text.push_str("  Ctrl-C stops it and saves.\n");
    text
}

/// How git pushes to its CodeCommit. The first, empty helper takes those off that would keep a signature, which
/// ends after a quarter of an hour. Git runs a helper in the repository, so the directory is named whole.
fn push_line(sandbox: &Sandbox, state: &Path) -> String {
    let state = std::path::absolute(state).unwrap_or_else(|_| state.to_owned());
    let state = state.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    let state = match state.chars().all(plain) {
        true => state,
        false => format!("\"{state}\""),
    };
    format!(
        "  Push with git to a repository of its CodeCommit:\n    git -c credential.helper= -c credential.helper='!crosspipe sandbox git-credential --state {state}' \\\n      -c credential.useHttpPath=true push {}/v1/repos/NAME BRANCH\n",
        sandbox.endpoint()
    )
}

/// How this program's own commands use it while it is served: they begin in the shared account.
fn own_line(sandbox: &Sandbox, blueprint: Option<&Blueprint>) -> String {
    let shared = blueprint.map(|it| it.shared.account.as_str());
    let Some(keys) = shared.and_then(|shared| sandbox.administrator(shared)) else {
        return String::new();
    };
    format!(
        "  crosspipe itself uses it without --sandbox, with the key of the shared account:\n    AWS_ENDPOINT_URL={} AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={} crosspipe status\n",
        sandbox.endpoint(),
        keys.access_key_id,
        keys.secret_access_key
    )
}

fn reset(args: &Reset) -> Result<Exit, Failure> {
    let state = home::state(args.state.as_deref(), &home::config(None));
    match store::reset(&state) {
        Ok(true) => flow::print(&format!("Forgot the sandbox in {}.\n", state.display())),
        Ok(false) => flow::print(&format!(
            "There is no sandbox in {}: nothing to forget.\n",
            state.display()
        )),
        Err(error) => {
            return Err(Failure::failed(Complaint::new(format!(
                "the sandbox was not forgotten: {error}"
            ))));
        }
    }
    Ok(Exit::Done)
}

/// Waits for Ctrl-C, or for what a service manager sends.
struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::failed(Complaint::new(format!(
                    "the program cannot listen for signals: {error}"
                )))
            })
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> Result<Self, Failure> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        // Without a handler the process ends by itself; then the last saved state is what is left.
        let _ = tokio::signal::ctrl_c().await;
    }
}
