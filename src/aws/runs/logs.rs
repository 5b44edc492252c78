//! CloudWatch Logs: lines of one stream.

use aws_sdk_cloudwatchlogs::types::OutputLogEvent;
use jiff::Timestamp;

use crate::aws::account::Account;
use crate::aws::error::unless;
use crate::cloud::run::{LogLine, LogPage};
use crate::cloud::{CloudError, harmless};

const SERVICE: &str = "logs";
const OPERATION: &str = "GetLogEvents";

pub async fn page(
    account: &Account,
    group: &str,
    stream: &str,
    from: Option<&str>,
) -> Result<LogPage, CloudError> {
    let answer = account
        .logs()
        .get_log_events()
        .log_group_name(group)
        .log_stream_name(stream)
        .start_from_head(true)
        .set_next_token(from.map(str::to_owned))
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, OPERATION, error));
    let Some(answer) = unless(answer, &["ResourceNotFoundException"])? else {
        return Ok(LogPage {
            lines: Vec::new(),
            next: from.map(str::to_owned),
        });
    };
    Ok(LogPage {
        lines: answer.events().iter().map(line).collect(),
        next: answer.next_forward_token,
    })
}

pub async fn tail(
    account: &Account,
    group: &str,
    stream: &str,
    lines: u32,
) -> Result<LogPage, CloudError> {
    let answer = account
        .logs()
        .get_log_events()
        .log_group_name(group)
        .log_stream_name(stream)
        .start_from_head(false)
        .limit(i32::try_from(lines.clamp(1, 10_000)).unwrap_or(100))
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, OPERATION, error));
    let Some(answer) = unless(answer, &["ResourceNotFoundException"])? else {
        return Ok(LogPage::default());
    };
    Ok(LogPage {
        lines: answer.events().iter().map(line).collect(),
        next: answer.next_forward_token,
    })
}

fn line(event: &OutputLogEvent) -> LogLine {
    LogLine {
        at: event
            .timestamp()
            .and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        text: harmless(
            event
                .message()
                .unwrap_or_default()
                .trim_end_matches(['\r', '\n']),
        ),
    }
}
