//! Time as AWS writes it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Where the sandbox takes the time from: milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's own clock.
pub fn system_clock() -> Clock {
    Arc::new(|| Timestamp::now().as_millisecond())
}

fn formatted(millis: i64, format: &str) -> String {
    Timestamp::from_millisecond(millis)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC)
        .strftime(format)
        .to_string()
}

/// `2026-03-01T12:00:00Z`, as the query protocol carries it.
pub fn iso(millis: i64) -> String {
    formatted(millis, "%Y-%m-%dT%H:%M:%SZ")
}

/// `2026-03-01T12:00:00.000Z`, as S3's XML carries it.
pub fn iso_millis(millis: i64) -> String {
    let rest = millis.rem_euclid(1000);
    formatted(millis, &format!("%Y-%m-%dT%H:%M:%S.{rest:03}Z"))
}

/// `Sun, 01 Mar 2026 12:00:00 GMT`, as HTTP headers carry it.
pub fn http(millis: i64) -> String {
    formatted(millis, "%a, %d %b %Y %H:%M:%S GMT")
}

/// `2026/03/01 12:00:00.000`, as a build's log carries it.
pub fn build_log(millis: i64) -> String {
    let rest = millis.rem_euclid(1000);
    formatted(millis, &format!("%Y/%m/%d %H:%M:%S.{rest:03}"))
}

/// `Mar 1, 2026 12:00:00 PM`, as the events of CodeBuild carry it.
pub fn spoken(millis: i64) -> String {
    formatted(millis, "%b %-d, %Y %-I:%M:%S %p")
}

/// Reads an HTTP date.
pub fn parse_http(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
        .map(|t| t.as_millisecond())
}

/// `20260301T120000Z`, as signatures carry it.
pub fn compact(millis: i64) -> String {
    formatted(millis, "%Y%m%dT%H%M%SZ")
}

/// Reads `20260301T120000Z`.
pub fn parse_compact(text: &str) -> Option<i64> {
    let digits = |from: usize, to: usize| {
        text.get(from..to)
            .filter(|t| t.bytes().all(|b| b.is_ascii_digit()))
    };
    if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..16) != Some("Z") {
        return None;
    }
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        digits(0, 4)?,
        digits(4, 6)?,
        digits(6, 8)?,
        digits(9, 11)?,
        digits(11, 13)?,
        digits(13, 15)?
    );
    iso.parse::<Timestamp>().ok().map(|t| t.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form() {
        let millis = parse_compact("20260301T120003Z").unwrap();
        assert_eq!(iso(millis), "2026-03-01T12:00:03Z");
        assert_eq!(iso_millis(millis + 7), "2026-03-01T12:00:03.007Z");
        assert_eq!(http(millis), "Sun, 01 Mar 2026 12:00:03 GMT");
        assert_eq!(parse_http("Sun, 01 Mar 2026 12:00:03 GMT"), Some(millis));
        assert_eq!(compact(millis), "20260301T120003Z");
        assert_eq!(build_log(millis + 7), "2026/03/01 12:00:03.007");
        assert_eq!(spoken(millis), "Mar 1, 2026 12:00:03 PM");
        for wrong in [
            "",
            "20260301",
            "2026-03-01T12:00",
            "20260301T1200é3Z",
            "20269901T120003Z",
        ] {
            assert_eq!(parse_compact(wrong), None, "{wrong}");
        }
    }
}
