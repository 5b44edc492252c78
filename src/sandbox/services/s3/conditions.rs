//! `If-Match` and its kin. Source: RFC 9110; Amazon S3 User Guide, "Conditional requests".

use super::Ask;
use super::fault::S3Fault;
use super::state::Object;
use crate::sandbox::time;

fn failed(condition: &str) -> S3Fault {
    S3Fault::new(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    .element("Condition", condition)
}

fn matches(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|wanted| {
        wanted == "*" || wanted.trim_start_matches("W/").trim_matches('"') == etag.trim_matches('"')
    })
}

/// Conditions of a read.
pub fn of_read(ask: &Ask<'_>, object: &Object) -> Result<(), S3Fault> {
    // HTTP dates have whole seconds.
    let modified = object.modified / 1000 * 1000;
    let date = |name: &str| ask.header(name).and_then(time::parse_http);
    if let Some(wanted) = ask.header("if-match") {
        if !matches(wanted, &object.etag) {
            return Err(failed("If-Match"));
        }
    } else if date("if-unmodified-since").is_some_and(|d| modified > d) {
        return Err(failed("If-Unmodified-Since"));
    }
    let unchanged = match ask.header("if-none-match") {
        Some(wanted) => matches(wanted, &object.etag),
        None => date("if-modified-since").is_some_and(|d| modified <= d),
    };
    if unchanged {
        return Err(
            S3Fault::new(304, "NotModified", "Not Modified").header("ETag", object.etag.clone())
        );
    }
    Ok(())
}

/// Conditions of a write, against the version that is there now.
pub fn of_write(ask: &Ask<'_>, current: Option<&Object>) -> Result<(), S3Fault> {
    let current = current.filter(|o| !o.marker);
    if let Some(wanted) = ask.header("if-match") {
        match current {
            None => {
                return Err(
                    S3Fault::new(404, "NoSuchKey", "The specified key does not exist.")
                        .element("Key", &ask.key),
                );
            }
            Some(object) if !matches(wanted, &object.etag) => return Err(failed("If-Match")),
            Some(_) => {}
        }
    }
    if let Some(wanted) = ask.header("if-none-match") {
        if wanted.trim() != "*" {
            return Err(super::fault::not_implemented());
        }
        if current.is_some() {
            return Err(failed("If-None-Match"));
        }
    }
    Ok(())
}
