//! The command line: one file per command, each with its arguments and what it calls, in order.

pub mod answers;
mod apply;
mod approve;
mod bootstrap;
mod completions;
mod connect;
mod deploy;
mod exit;
mod flow;
mod folder;
mod history;
mod home;
mod local;
mod logs;
mod man;
mod next;
mod plan;
mod policy;
mod promote;
pub mod render;
mod retry;
mod rollback;
mod sandbox;
mod saved;
mod seed;
pub mod starter;
mod status;
mod steering;
mod stop;
mod target;
pub mod templates;
mod towards;
mod verdict;
mod watch;
mod watching;

pub use exit::Exit;

use clap::{CommandFactory, Parser, Subcommand};

use crate::ui::Style;

/// What every help page ends with.
const LEARN_MORE: &str = "Exit codes: 0 done, 1 failed, 2 usage or bad input, 3 findings, 4 partly applied, 130 cancelled.";

/// A delivery pipeline across AWS accounts, proved before it runs.
#[derive(Debug, Parser)]
#[command(
    name = "crosspipe",
    version,
    about = "A delivery pipeline across AWS accounts: set up, proved, deployed",
    long_about = "crosspipe sets up a delivery pipeline that crosses AWS accounts: CodePipeline and CodeBuild in a shared account, ECS in one account per environment. Start with `crosspipe bootstrap --sandbox`, which needs no account at all.",
    after_long_help = LEARN_MORE,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bootstrap(Box<bootstrap::Args>),
    Plan(plan::Args),
    Apply(apply::Args),
    Deploy(deploy::Args),
    Watch(watch::Args),
    Status(status::Args),
    History(history::Args),
    Logs(logs::Args),
    Approve(approve::Approve),
    Reject(approve::Reject),
    Retry(retry::Args),
    Stop(stop::Args),
    Rollback(rollback::Args),
    Promote(promote::Args),
    Render(local::Render),
    Starter(local::Starter),
    Templates(local::Templates),
    Policy(policy::Args),
    Sandbox(sandbox::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Parses the command line, runs the command and says how it ended.
pub fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return match error.print() {
                Ok(()) => code,
                Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => code,
                Err(_) => Exit::Failed,
            };
        }
    };
    let outcome = match cli.command {
        Command::Bootstrap(args) => flow::block_on(bootstrap::run(*args)),
        Command::Plan(args) => flow::block_on(plan::run(args)),
        Command::Apply(args) => flow::block_on(apply::run(args)),
        Command::Deploy(args) => flow::block_on(deploy::run(args)),
        Command::Watch(args) => flow::block_on(watch::run(args)),
        Command::Status(args) => flow::block_on(status::run(args)),
        Command::History(args) => flow::block_on(history::run(args)),
        Command::Logs(args) => flow::block_on(logs::run(args)),
        Command::Approve(args) => flow::block_on(approve::approve(args)),
        Command::Reject(args) => flow::block_on(approve::reject(args)),
        Command::Retry(args) => flow::block_on(retry::run(args)),
        Command::Stop(args) => flow::block_on(stop::run(args)),
        Command::Rollback(args) => flow::block_on(rollback::run(args)),
        Command::Promote(args) => flow::block_on(promote::run(args)),
        Command::Render(args) => local::render(&args),
        Command::Starter(args) => local::starter(&args),
        Command::Templates(args) => local::templates(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Sandbox(args) => flow::block_on(sandbox::run(args)),
        Command::Completions(args) => completions::run(&args, &mut Cli::command()),
        Command::Man(args) => man::run(&args, &Cli::command()),
    };
    match outcome {
        Ok(exit) => match flow::unwritten() {
            Some(failure) => {
                failure.print(Style::of_stderr());
                // What happened at AWS weighs more than that it could not be told.
                match exit {
                    Exit::Done => Exit::Failed,
                    exit => exit,
                }
            }
            None => exit,
        },
        Err(failure) => {
            failure.print(Style::of_stderr());
            failure.exit
        }
    }
}
