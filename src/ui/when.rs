//! Times and durations as people read them.

use jiff::Timestamp;

/// `4 s`, `2 m 11 s`, `1 h 02 m`, `3 d 4 h`.
pub fn lasting(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match (seconds / 86_400, seconds / 3600, seconds / 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => match seconds % 60 {
            0 => format!("{minutes} m"),
            rest => format!("{minutes} m {rest:02} s"),
        },
        (0, hours, minutes) => format!("{hours} h {:02} m", minutes % 60),
        (days, hours, _) => format!("{days} d {} h", hours % 24),
    }
}

/// How long from one moment to another, in seconds.
pub fn between(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<i64> {
    Some((to?.as_millisecond() - from?.as_millisecond()).div_euclid(1000))
}

/// The time of day in UTC, as every log has it: `08:36:12Z`.
pub fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_exact_as_they_matter() {
        for (seconds, text) in [
            (-3, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 m"),
            (131, "2 m 11 s"),
            (182, "3 m 02 s"),
            (3_720, "1 h 02 m"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(lasting(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn the_time_of_day_says_its_zone() {
        let at = Timestamp::from_second(1_780_000_000).unwrap();
        assert_eq!(clock(at), "20:26:40Z");
    }
}
