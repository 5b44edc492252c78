//! `crosspipe completions SHELL`.

use super::exit::{Exit, Failure};

/// Print the completion script of a shell.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Prints the completion script of a shell to stdout. Touches no account.",
    after_help = "Example: crosspipe completions bash > ~/.local/share/bash-completion/completions/crosspipe"
)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the script.
pub fn run(args: &Args, command: &mut clap::Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "crosspipe", &mut script);
    super::flow::print_bytes(&script)
}
