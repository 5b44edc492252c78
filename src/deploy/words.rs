//! Short words for what AWS writes at length: commits, people, what started a run, how long it took.

use jiff::Timestamp;

/// A commit as people write it: its first seven characters.
pub fn short(commit: &str) -> &str {
    match commit.get(..7) {
        Some(short) if commit.len() >= 12 && commit.bytes().all(|it| it.is_ascii_hexdigit()) => {
            short
        }
        _ => commit,
    }
}

/// An execution as people tell it from others: what stands before its first hyphen.
pub fn short_run(id: &str) -> &str {
    match id.split_once('-') {
        Some((first, _)) if first.len() == 8 => first,
        _ => id,
    }
}

/// The person or program behind a caller's ARN: a user's name, a session's name, otherwise what the ARN
/// ends with.
pub fn person(arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let name = resource.rsplit('/').next().unwrap_or(resource);
    if name.is_empty() { arn } else { name }.to_owned()
}

/// What started a run, in words. `trigger` and `detail` are AWS's, `branch` is the one that the pipeline
/// is for.
///
/// Source: CodePipeline API Reference, `ExecutionTrigger`.
pub fn starter(trigger: Option<&str>, detail: Option<&str>, branch: &str) -> String {
    let by = |what: &str| match detail {
        Some(arn) => format!("{what} by {}", person(arn)),
        None => what.to_owned(),
    };
    match trigger {
        None => "not said by AWS".to_owned(),
        Some("CloudWatchEvent" | "Webhook" | "WebhookV2" | "PollForSourceChanges") => {
            format!("a push to {branch}")
        }
        Some("StartPipelineExecution") => detail.map_or_else(|| "somebody".to_owned(), person),
        Some("CreatePipeline") => "the pipeline's creation".to_owned(),
        Some("PutActionRevision") => by("a revision put"),
        Some("ManualRollback") => by("a rollback"),
        Some("AutomatedRollback") => "an automatic rollback".to_owned(),
        Some(other) => by(other),
    }
}

/// How long ago, in one unit: `now`, `40 s`, `12 m`, `3 h`, `2 d`.
pub fn since(then: Timestamp, now: Timestamp) -> String {
    let seconds = between(then, now);
    match seconds {
        0..5 => "now".to_owned(),
        5..60 => format!("{seconds} s"),
        60..3600 => format!("{} m", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The seconds between two moments; none where the second one is earlier: clocks differ.
pub fn between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second()).max(0)
}

/// A moment as a table shows it: `2026-11-21 08:41`, in UTC, which its heading says.
pub fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time}"),
        _ => text,
    }
}

/// `1 run`, `2 runs`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commits_are_cut() {
        assert_eq!(short("a41f9c2b1d7e4f50a41f9c2b1d7e4f50a41f9c2b"), "a41f9c2");
        assert_eq!(short("a41f9c2"), "a41f9c2");
        assert_eq!(short("sha256:a41f9c2b1d7e4f50"), "sha256:a41f9c2b1d7e4f50");
        assert_eq!(short(""), "");
        assert_eq!(
            short_run("1f0c2b3d-1111-2222-3333-444455556666"),
            "1f0c2b3d"
        );
        assert_eq!(short_run("latest"), "latest");
    }

    #[test]
    fn people_are_named_by_what_their_arn_ends_with() {
        for (arn, name) in [
            ("arn:aws:sts::202949997891:assumed-role/Admin/kim", "kim"),
            ("arn:aws:iam::202949997891:user/team/lee", "lee"),
            ("arn:aws:iam::202949997891:root", "root"),
            ("AIDAEXAMPLE", "AIDAEXAMPLE"),
            ("", ""),
        ] {
            assert_eq!(person(arn), name, "{arn}");
        }
    }

    #[test]
    fn what_started_a_run_is_said_in_words() {
        let kim = Some("arn:aws:sts::202949997891:assumed-role/Admin/kim");
        for (trigger, words) in [
            (Some("CloudWatchEvent"), "a push to develop"),
            (Some("WebhookV2"), "a push to develop"),
            (Some("StartPipelineExecution"), "kim"),
            (Some("CreatePipeline"), "the pipeline's creation"),
            (Some("ManualRollback"), "a rollback by kim"),
            (Some("AutomatedRollback"), "an automatic rollback"),
            (Some("Tomorrow"), "Tomorrow by kim"),
            (None, "not said by AWS"),
        ] {
            assert_eq!(starter(trigger, kim, "develop"), words);
        }
        assert_eq!(
            starter(Some("StartPipelineExecution"), None, "develop"),
            "somebody"
        );
    }

    #[test]
    fn ages_have_one_unit() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (ago, text) in [
            (0, "now"),
            (40, "40 s"),
            (750, "12 m"),
            (90_000, "25 h"),
            (200_000, "2 d"),
        ] {
            let then = Timestamp::from_second(1_000_000 - ago).unwrap();
            assert_eq!(since(then, now), text);
        }
        assert_eq!(since(now, Timestamp::from_second(0).unwrap()), "now");
        assert_eq!(moment(now), "1970-01-12 13:46");
    }
}
