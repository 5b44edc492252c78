//! The arguments of every command that speaks to AWS: which configuration, and which AWS.

use std::path::{Path, PathBuf};

/// Where the sandbox keeps its state, unless told otherwise.
pub const SANDBOX_STATE: &str = ".crosspipe/sandbox";

/// Which configuration, and which AWS.
#[derive(Debug, Clone, clap::Args)]
pub struct Target {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "crosspipe.toml")]
    pub config: PathBuf,

    /// Use the AWS inside this program instead of real accounts; nothing leaves this machine
    #[arg(long)]
    pub sandbox: bool,

    /// Where the sandbox keeps its accounts between commands
    #[arg(long, value_name = "DIR", default_value = SANDBOX_STATE, requires = "sandbox")]
    pub state: PathBuf,

    /// Let every answer of the sandbox take this long, for example 100ms
    #[arg(long, value_name = "TIME", requires = "sandbox", hide = true, value_parser = duration)]
    pub latency: Option<std::time::Duration>,

    /// Let what runs in the sandbox go on this many times faster than at AWS
    ///
    /// Without --sandbox: how much faster the sandbox goes that AWS_ENDPOINT_URL leads to.
    #[arg(long, value_name = "N", hide = true, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub time_scale: Option<u32>,

    /// Let every request to the sandbox through, whatever policies say
    #[arg(long, requires = "sandbox", hide = true)]
    pub permissive: bool,
}

impl Target {
    /// The flags that another command needs to speak to the same accounts, with a space before each.
    pub fn flags(&self) -> String {
        let mut flags = String::new();
        if self.config != Path::new("crosspipe.toml") {
            flags.push_str(&format!(" --config {}", self.config.display()));
        }
        if self.sandbox {
            flags.push_str(" --sandbox");
            if self.state != Path::new(SANDBOX_STATE) {
                flags.push_str(&format!(" --state {}", self.state.display()));
            }
        }
        flags
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
