//! The arguments of every command that speaks to AWS: which configuration, and which AWS.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, FromArgMatches};

use super::home;

/// What is typed of it.
#[derive(Debug, clap::Args)]
struct Given {
    /// The configuration file [default: crosspipe.toml, here or in a folder above]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Use the AWS inside this program instead of real accounts; nothing leaves this machine
    #[arg(long)]
    sandbox: bool,

    /// Where the sandbox keeps its accounts between commands [default: .crosspipe/sandbox beside the
    /// configuration]
    #[arg(long, value_name = "DIR", requires = "sandbox")]
    state: Option<PathBuf>,

    /// Let every answer of the sandbox take this long, for example 100ms
    #[arg(long, value_name = "TIME", requires = "sandbox", hide = true, value_parser = duration)]
    latency: Option<std::time::Duration>,

    /// Let what runs in the sandbox go on this many times faster than at AWS
    ///
    /// Without --sandbox: how much faster the sandbox goes that AWS_ENDPOINT_URL leads to.
    #[arg(long, value_name = "N", hide = true, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    time_scale: Option<u32>,

    /// Let every request to the sandbox through, whatever policies say
    #[arg(long, requires = "sandbox", hide = true)]
    permissive: bool,
}

/// Which configuration, and which AWS.
#[derive(Debug, Clone)]
pub struct Target {
    /// The configuration file: the one that was given, or that was found here or above.
    pub config: PathBuf,
    /// Whether it was given.
    pub config_given: bool,
    /// Whether the AWS inside this program is meant.
    pub sandbox: bool,
    /// Where the sandbox keeps its accounts.
    pub state: PathBuf,
    /// How long every answer of the sandbox takes.
    pub latency: Option<std::time::Duration>,
    /// How many times faster than at AWS it goes there.
    pub time_scale: Option<u32>,
    /// Whether it lets every request through.
    pub permissive: bool,
}

impl From<Given> for Target {
    fn from(given: Given) -> Self {
        let config = home::config(given.config.as_deref());
        Self {
            state: home::state(given.state.as_deref(), &config),
            config,
            config_given: given.config.is_some(),
            sandbox: given.sandbox,
            latency: given.latency,
            time_scale: given.time_scale,
            permissive: given.permissive,
        }
    }
}

impl FromArgMatches for Target {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Given::from_arg_matches(matches).map(Self::from)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Target {
    fn augment_args(command: clap::Command) -> clap::Command {
        Given::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Given::augment_args_for_update(command)
    }
}

impl Target {
    /// The flags that another command needs to speak to the same accounts, with a space before each.
    pub fn flags(&self) -> String {
        let mut flags = self.config_flag();
        if self.sandbox {
            flags.push_str(" --sandbox");
            flags.push_str(&self.state_flag(&home::beside(&self.config)));
        }
        flags
    }

    /// The flag that names the configuration, with a space before it; nothing where it is found without.
    pub fn config_flag(&self) -> String {
        if self.config_given && self.config != Path::new(home::CONFIG) {
            format!(" --config {}", self.config.display())
        } else {
            String::new()
        }
    }

    /// The flag that names the sandbox's state, for a command that knows no configuration.
    pub fn lone_state_flag(&self) -> String {
        self.state_flag(&home::beside(&home::config(None)))
    }

    fn state_flag(&self, default: &Path) -> String {
        if self.state == default {
            String::new()
        } else {
            format!(" --state {}", self.state.display())
        }
    }
}

/// Parses `100ms`, `2s` or a bare number of milliseconds.
pub fn duration(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || format!("'{text}' is no time: write it like 100ms or 2s");
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "ms"),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match unit {
        "ms" => Ok(std::time::Duration::from_millis(number)),
        "s" => Ok(std::time::Duration::from_secs(number)),
        _ => Err(wrong()),
    }
}
