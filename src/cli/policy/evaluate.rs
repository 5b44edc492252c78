//! `crosspipe policy evaluate [FILE|-]`.

use std::io::{BufRead, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::input;
use crate::cli::exit::{Exit, Failure};
use crate::policy::case::{CaseResult, answer_case, read_case};
use crate::ui::Complaint;

/// The longest line that is read as a case, in bytes.
const LONGEST: usize = 256 << 20;

/// Answer cases, one JSON object per line
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Reads one case per line and writes one result per line, in order. A case is a JSON object:

  id               anything; comes back with the result
  request          principal, action, resource, resourceAccount, context
                   principal: an ARN, a service such as codebuild.amazonaws.com, or *anonymous*
                   resource: an ARN, or * for an action that is about no resource
                   resourceAccount: needed where the ARN has no account, as for Amazon S3
                   context: condition keys with a value or a list of them; complete as given
  identityPolicies list of documents
  resourcePolicy   document; the trust policy of a role, the key policy of a key
  boundaries       list of documents
  sessionPolicy    document
  scps, rcps       list of levels, from the root: {\"org\": name, \"policies\": [document]}
  endpointPolicies list of documents
  grants           KMS grants, as kms:ListGrants shows them
  settings         blockPublicAccess, managementAccount, serviceLinkedRole,
                   resourceInManagementAccount: true or false
  openContext      true: a key that is not given may yet be there

A result has id, result (Allowed, ExplicitlyDenied, ImplicitlyDenied, Depends or Error), sameAccount, parts (each layer's own answer), because (the statements that count), keys and doubts for Depends, and error. A line that is no case gives an Error line, and the next line goes on. Touches no account.",
    after_help = "Example:\n  crosspipe policy evaluate cases.jsonl | jq -c 'select(.result != \"Allowed\")'\n\nExit code 0 also where cases were denied or wrong: the results tell."
)]
pub struct Args {
    /// The file with the cases; - is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
}

/// Answers each line.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut reader = input::open(&args.file)?;
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut line = Vec::new();
    let mut first = true;
    let mut number = 0_u64;
    loop {
        line.clear();
        let read = read_line(&mut reader, &mut line)
            .map_err(|error| input::unreadable(&args.file, &error))?;
        let Some(fits) = read else { break };
        number = number.saturating_add(1);
        let mut result = if fits {
            answer(&line, first)
        } else {
            error(format!("the line has more than {LONGEST} bytes"))
        };
        if let Some(message) = &mut result.error {
            // A case is on one line, so the reader's own count of lines says nothing.
            *message = format!(
                "line {number}: {}",
                message.replace(" at line 1 column ", " at column ")
            );
        }
        first = false;
        let written = write(&mut out, &result).and_then(|()| {
            // Whoever waits for this answer before asking again would otherwise wait for ever.
            if reader.buffer().is_empty() {
                out.flush()
            } else {
                Ok(())
            }
        });
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Exit::Done),
            Err(error) => return Err(unwritten(&error)),
        }
    }
    match out.flush() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(unwritten(&error)),
        _ => Ok(Exit::Done),
    }
}

/// Reads a line without its end. `None` at the end of the input; false where it was too long to be kept.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    let mut fits = true;
    let mut any = false;
    loop {
        let buffer = match reader.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            return Ok(any.then_some(fits));
        }
        any = true;
        let end = memchr::memchr(b'\n', buffer);
        let part = buffer
            .get(..end.unwrap_or(buffer.len()))
            .unwrap_or_default();
        fits = fits && line.len().saturating_add(part.len()) <= LONGEST;
        if fits {
            line.extend_from_slice(part);
        }
        let used = part.len().saturating_add(usize::from(end.is_some()));
        reader.consume(used);
        if end.is_some() {
            return Ok(Some(fits));
        }
    }
}

fn answer(line: &[u8], first: bool) -> CaseResult {
    match std::str::from_utf8(line) {
        Ok(text) => {
            let text = if first {
                text.strip_prefix('\u{feff}').unwrap_or(text)
            } else {
                text
            };
            answer_case(&read_case(text))
        }
        Err(wrong) => error(format!(
            "the line is not UTF-8 text (byte {})",
            wrong.valid_up_to()
        )),
    }
}

fn error(message: String) -> CaseResult {
    CaseResult::error(serde_json::Value::Null, message)
}

fn write(out: &mut impl Write, result: &CaseResult) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, result)?;
    out.write_all(b"\n")
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::failed(Complaint::new(format!(
        "the results could not be written: {error}"
    )))
}
