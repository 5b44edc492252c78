//! `crosspipe sandbox scp`: the policies of the sandbox's organization.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::saved::{close, open_saved};
use crate::cli::exit::{Exit, Failure};
use crate::cli::flow;
use crate::cli::home;
use crate::sandbox::{AttachedPolicy, PolicyType, Sandbox, SandboxError};
use crate::ui::Complaint;

/// Set, show and remove the policies of the organization that the sandbox's accounts are in
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Sets, shows and removes the service control policies (and, with --rcp, the resource control policies) of the organization that the sandbox's accounts are in. They limit every request from then on, as at AWS: not those of the management account's principals. While a sandbox is running, its Organizations API does the same. Touches no real account.",
    after_help = "Examples:\n  crosspipe sandbox scp set --account 222222222222 deny-iam.json\n  crosspipe sandbox scp set --root regions.json\n  crosspipe sandbox scp list\n  crosspipe sandbox scp remove --account 222222222222"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Attach the policies in files, in place of those that were attached there
    #[command(
        long_about = "Attaches the policies in files to an account, an organizational unit or the root, in place of those that were attached there. AWS's own policy, which allows everything, stays attached too, unless --only says otherwise. Touches no real account.",
        after_help = "Examples:\n  crosspipe sandbox scp set --account 222222222222 deny-iam.json\n  crosspipe sandbox scp set --root --only allowed-services.json\n  crosspipe sandbox scp set --root --rcp own-organization.json"
    )]
    Set(Set),
    /// Show what is attached where
    #[command(
        long_about = "Shows which policies are attached to the root, to organizational units and to accounts. Touches no real account.",
        after_help = "Example: crosspipe sandbox scp list --json"
    )]
    List(List),
    /// Take policies off again
    #[command(
        long_about = "Takes policies off an account, an organizational unit or the root: those that are named, or all. Touches no real account.",
        after_help = "Examples:\n  crosspipe sandbox scp remove --account 222222222222\n  crosspipe sandbox scp remove --root regions"
    )]
    Remove(Remove),
    /// Make another account the management account, which no policy limits
    #[command(
        long_about = "Makes another account the management account of the sandbox's organization. AWS does not limit the management account's principals by service control policies, nor its resources by resource control policies. Unless one is named, it is the first account. Touches no real account.",
        after_help = "Example: crosspipe sandbox scp management 444444444444"
    )]
    Management(Management),
}

/// Where a policy is attached.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
struct Target {
    /// The account, or the id of an organizational unit
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The root: every account but the management account
    #[arg(long)]
    root: bool,
}

#[derive(Debug, ClapArgs)]
struct Set {
    #[command(flatten)]
    target: Target,
    /// The policies, as JSON
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// They are resource control policies
    #[arg(long)]
    rcp: bool,
    /// Take AWS's own policy off, so that only what the files allow is allowed
    #[arg(long, conflicts_with = "rcp")]
    only: bool,
    #[command(flatten)]
    state: State,
}

#[derive(Debug, ClapArgs)]
struct List {
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: State,
}

#[derive(Debug, ClapArgs)]
struct Remove {
    #[command(flatten)]
    target: Target,
    /// The names or ids of the policies; all where none is given
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// They are resource control policies
    #[arg(long)]
    rcp: bool,
    #[command(flatten)]
    state: State,
}

#[derive(Debug, ClapArgs)]
struct Management {
    /// The account; it is made where it is not there yet
    #[arg(value_name = "ID")]
    account: String,
    #[command(flatten)]
    state: State,
}

#[derive(Debug, ClapArgs)]
struct State {
    /// Where the accounts are kept [default: .crosspipe/sandbox beside crosspipe.toml]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

/// Runs the command.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    match args.command {
        Command::Set(args) => set(args).await,
        Command::List(args) => list(args).await,
        Command::Remove(args) => remove(args).await,
        Command::Management(args) => management(args).await,
    }
}

fn kind(rcp: bool) -> PolicyType {
    if rcp {
        PolicyType::ResourceControlPolicy
    } else {
        PolicyType::ServiceControlPolicy
    }
}

async fn saved(state: Option<&Path>) -> Result<Sandbox, Failure> {
    open_saved(
        &home::state(state, &home::config(None)),
        "a sandbox that is running takes policies by its Organizations API: aws organizations create-policy, attach-policy",
    )
    .await
}

fn wrong(error: SandboxError) -> Failure {
    Failure::usage(Complaint::new(error.to_string()))
}

fn place(target: &Target) -> String {
    match &target.account {
        Some(id) => id.clone(),
        None => "the root".to_owned(),
    }
}

async fn set(args: Set) -> Result<Exit, Failure> {
    let mut documents = Vec::new();
    for file in &args.files {
        let text = std::fs::read_to_string(file).map_err(|error| {
            Failure::usage(Complaint::new(format!(
                "{} cannot be read: {error}",
                file.display()
            )))
        })?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        documents.push((stem.into_owned(), text));
    }
    let sandbox = saved(args.state.state.as_deref()).await?;
    let target = args.target.account.as_deref();
    sandbox
        .set_policies(kind(args.rcp), target, &documents, args.only)
        .map_err(wrong)?;
    let names: Vec<&str> = documents.iter().map(|(name, _)| name.as_str()).collect();
    flow::print(&format!(
        "Attached to {}: {}.\n",
        place(&args.target),
        names.join(", ")
    ));
    let manager = sandbox.management_account();
    match (target, manager) {
        (Some(id), Some(manager)) if id == manager => flow::print(&format!(
            "It has no effect there: {id} is the management account, which AWS does not limit.\nAnother one can be: crosspipe sandbox scp management ID\n"
        )),
        (None, Some(manager)) => flow::print(&format!(
            "It limits every account but {manager}, which is the management account.\n"
        )),
        _ => {}
    }
    close(sandbox).await
}

async fn list(args: List) -> Result<Exit, Failure> {
    let sandbox = saved(args.state.state.as_deref()).await?;
    let policies = sandbox.policies();
    let manager = sandbox.management_account();
    if args.json {
        for policy in &policies {
            flow::print(&format!(
                "{}\n",
                json!({
                    "target": policy.target,
                    "targetType": policy.target_kind,
                    "type": policy.kind.name(),
                    "id": policy.id,
                    "name": policy.name,
                    "effective": !policy.without_effect,
                })
            ));
        }
        return close(sandbox).await;
    }
    if policies.is_empty() {
        flow::print(
            "No policies are attached: every account may do what its own policies allow.\n",
        );
    }
    let mut last: Option<&AttachedPolicy> = None;
    for policy in &policies {
        if last.is_none_or(|last| last.target != policy.target) {
            flow::print(&format!("{} {}\n", policy.target_kind, policy.target));
        }
        last = Some(policy);
        let kind = match policy.kind {
            PolicyType::ServiceControlPolicy => "SCP",
            PolicyType::ResourceControlPolicy => "RCP",
        };
        let effect = if policy.without_effect {
            "  (no effect: the management account)"
        } else {
            ""
        };
        flow::print(&format!(
            "  {kind}  {}  {}{effect}\n",
            policy.id, policy.name
        ));
    }
    if let Some(manager) = manager {
        flow::print(&format!("\nThe management account is {manager}.\n"));
    }
    close(sandbox).await
}

async fn remove(args: Remove) -> Result<Exit, Failure> {
    let sandbox = saved(args.state.state.as_deref()).await?;
    let target = args.target.account.as_deref();
    let removed = sandbox
        .remove_policies(kind(args.rcp), target, &args.names)
        .map_err(wrong)?;
    let what = match removed {
        0 => "no policy".to_owned(),
        1 => "1 policy".to_owned(),
        count => format!("{count} policies"),
    };
    flow::print(&format!("Took {what} off {}.\n", place(&args.target)));
    close(sandbox).await
}

async fn management(args: Management) -> Result<Exit, Failure> {
    let sandbox = saved(args.state.state.as_deref()).await?;
    sandbox.ensure_account(&args.account).map_err(wrong)?;
    sandbox
        .set_management_account(&args.account)
        .map_err(wrong)?;
    flow::print(&format!(
        "The management account is {} now.\n",
        args.account
    ));
    close(sandbox).await
}
