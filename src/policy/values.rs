//! The values that condition operators compare.

use std::cmp::Ordering;
use std::net::IpAddr;

/// `true` or `false`, as AWS documents them; another case is not documented.
pub(super) fn boolean(text: &str) -> Option<bool> {
    if text == "true" {
        Some(true)
    } else if text == "false" {
        Some(false)
    } else {
        None
    }
}

/// A number, as an integer where it is one, so that large ones keep all their digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    #[allow(clippy::cast_precision_loss)]
    fn as_float(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_float().partial_cmp(&b.as_float()),
        }
    }
}

/// Reads a number.
pub(super) fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    if let Ok(integer) = text.parse() {
        return Some(Number::Integer(integer));
    }
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    let float: f64 = plain.then(|| text.parse().ok()).flatten()?;
    float.is_finite().then_some(Number::Float(float))
}

/// An instant in nanoseconds since 1970: a W3C profile of ISO 8601 (a date, or a date and a time with
/// its offset), or seconds since 1970.
pub(super) fn instant(text: &str) -> Option<i128> {
    let text = text.trim();
    const SECOND: i128 = 1_000_000_000;
    if let Ok(seconds) = text.parse::<i64>()
        && text.len() > 4
    {
        return Some(i128::from(seconds).saturating_mul(SECOND));
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = digits(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |field| digits(field, 2))?;
    let day = fields.next().map_or(Some(1), |field| digits(field, 2))?;
    if fields.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day)?.checked_mul(86_400)?;
    let Some(time) = time else {
        return Some(i128::from(midnight).saturating_mul(SECOND));
    };
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => return None,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut fields = clock.split(':');
    let hour = digits(fields.next()?, 2)?;
    let minute = digits(fields.next()?, 2)?;
    let second = fields.next().map_or(Some(0), |field| digits(field, 2))?;
    if fields.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut nanos: i128 = 0;
    let mut unit = SECOND;
    for digit in fraction.chars() {
        unit = unit.checked_div(10)?;
        nanos = nanos.saturating_add(i128::from(digit.to_digit(10)?).saturating_mul(unit));
    }
    let seconds = midnight
        .checked_add(hour.checked_mul(3600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?
        .checked_sub(offset_seconds(offset)?)?;
    Some(
        i128::from(seconds)
            .saturating_mul(SECOND)
            .saturating_add(nanos),
    )
}

fn offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (1_i64, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return None,
    };
    let plain: String = rest.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = plain.split_at_checked(2)?;
    let minutes = if minutes.is_empty() {
        0
    } else {
        digits(minutes, 2)?
    };
    let seconds = digits(hours, 2)?
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?;
    seconds.checked_mul(sign)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Days of the Gregorian calendar, for years of four digits.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let lengths = [
        31,
        if leap(year) { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let before = usize::try_from(month.checked_sub(1)?).ok()?;
    if day > *lengths.get(before)? {
        return None;
    }
    let months: i64 = lengths.iter().take(before).sum();
    let past = year.checked_sub(1)?;
    let leaps = |years: i64| years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    let years = year.checked_sub(1970)?.checked_mul(365)?;
    years
        .checked_add(leaps(past))?
        .checked_sub(leaps(1969))?
        .checked_add(months)?
        .checked_add(day)?
        .checked_sub(1)
}

/// A network: its first address and how many of the leading bits count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Network {
    address: IpAddr,
    prefix: u32,
}

/// Reads an address or a CIDR block. Without a prefix, it is the one address.
pub(super) fn network(text: &str) -> Option<Network> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => bits,
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
        Some(_) => return None,
    };
    (prefix <= bits).then_some(Network { address, prefix })
}

impl Network {
    /// Its first address.
    pub(super) fn address(self) -> IpAddr {
        self.address
    }

    /// How many of the leading bits count.
    pub(super) fn prefix(self) -> u32 {
        self.prefix
    }

    /// Whether an address is in it. One of the other family never is.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32_u32.saturating_sub(self.prefix);
                let cut = |bits: u32| bits.checked_shr(shift).unwrap_or(0);
                cut(u32::from(network)) == cut(u32::from(address))
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128_u32.saturating_sub(self.prefix);
                let cut = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
                cut(u128::from(network)) == cut(u128::from(address))
            }
            _ => false,
        }
    }
}

/// The bytes that a base64 text stands for.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    if text.len() - body.len() > 2 || (text.len() != body.len() && !text.len().is_multiple_of(4)) {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len());
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in body.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(value)) & 0xfff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    (bits < 6).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        const SECOND: i128 = 1_000_000_000;
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2013-06-30T00:00:00Z", 1_372_550_400),
            ("2026-03-01T09:30:00+09:00", 1_772_325_000),
            ("2026-03-01T00:30Z", 1_772_325_000),
            ("2025-12-31T19:30:00-0530", 1_767_229_200),
            ("1772325000", 1_772_325_000),
            ("1970", 0),
            ("1970-02", 31 * 86_400),
        ] {
            assert_eq!(instant(text), Some(seconds * SECOND), "{text}");
        }
        assert_eq!(instant("1970-01-01T00:00:00.25Z"), Some(SECOND / 4));
        for wrong in [
            "",
            "soon",
            "2025-02-29",
            "2025-13-01",
            "2025-01-01T00:00:00",
            "2025-01-01T24:00Z",
            "2025-1-1",
            "20250101T00Z",
        ] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn networks() {
        let contains =
            |block: &str, address: &str| network(block).unwrap().contains(address.parse().unwrap());
        assert!(contains("203.0.113.0/24", "203.0.113.255"));
        assert!(!contains("203.0.113.0/24", "203.0.114.0"));
        assert!(contains("203.0.113.7", "203.0.113.7"));
        assert!(contains("0.0.0.0/0", "8.8.8.8"));
        assert!(!contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(contains("::/0", "2001:db8::1"));
        for wrong in [
            "",
            "203.0.113.0/33",
            "203.0.113",
            "2001:db8::/129",
            "203.0.113.0/+8",
            "*",
        ] {
            assert!(network(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn numbers_and_bytes() {
        let less = |a, b| number(a).unwrap().compare(number(b).unwrap()) == Some(Ordering::Less);
        assert!(less("9007199254740992", "9007199254740993"));
        assert!(less("-1.5", "1"));
        assert!(number("NaN").is_none() && number("inf").is_none() && number("0x1").is_none());
        assert_eq!(base64("QmluYXJ5").unwrap(), b"Binary");
        assert_eq!(base64("QQ==").unwrap(), base64("QQ").unwrap());
        assert!(base64("Q").is_none() && base64("Q===").is_none() && base64("%").is_none());
    }
}
