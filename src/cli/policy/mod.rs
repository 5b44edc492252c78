//! `crosspipe policy`: questions about policies that need no account.

mod check;
mod evaluate;
mod explain;
mod input;

use clap::{Args as ClapArgs, Subcommand};

use super::exit::{Exit, Failure};

/// Ask what AWS would answer to a request, and what is wrong with a document
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Answers questions about policies from files alone: whether AWS would allow a request, why, and what is wrong with a document. Touches no account.",
    after_help = "Examples:\n  crosspipe policy explain case.json\n  crosspipe policy evaluate cases.jsonl\n  crosspipe policy check policy.json"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Evaluate(evaluate::Args),
    Explain(explain::Args),
    Check(check::Args),
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        Command::Evaluate(args) => evaluate::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Check(args) => check::run(args),
    }
}
