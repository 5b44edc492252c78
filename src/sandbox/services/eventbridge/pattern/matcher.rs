//! What a pattern asks of one leaf.

use std::net::IpAddr;

use serde_json::Value;

/// One condition on a leaf.
#[derive(Debug, Clone, PartialEq)]
pub enum Matcher {
    /// Exactly this text, truth value or null.
    Exactly(Value),
    /// This number, however it is written.
    Equals(f64),
    /// A text that fits.
    Text(TextTest),
    /// A number between bounds.
    Between {
        /// The lower bound, and whether it belongs to the range.
        low: Option<(f64, bool)>,
        /// The upper bound, and whether it belongs to the range.
        high: Option<(f64, bool)>,
    },
    /// Any leaf that none of these takes.
    AnythingBut(Vec<Matcher>),
    /// An address within a block.
    Cidr(IpAddr, u8),
    /// Any leaf.
    Present,
    /// No leaf at all.
    Absent,
}

/// One condition on a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// Starts so.
    Prefix(String),
    /// Starts so, whatever the case.
    PrefixAnyCase(String),
    /// Ends so.
    Suffix(String),
    /// Ends so, whatever the case.
    SuffixAnyCase(String),
    /// Is this, whatever the case.
    AnyCase(String),
    /// Fits, with `None` standing for any number of letters.
    Wildcard(Vec<Option<char>>),
}

impl Matcher {
    /// Whether a leaf satisfies the condition.
    pub fn takes(&self, leaf: &Value) -> bool {
        match self {
            Self::Exactly(value) => value == leaf,
            Self::Equals(number) => leaf.as_f64() == Some(*number),
            Self::Text(test) => leaf.as_str().is_some_and(|text| test.takes(text)),
            Self::Between { low, high } => leaf.as_f64().is_some_and(|number| {
                low.is_none_or(|(bound, closed)| number > bound || (closed && number == bound))
                    && high
                        .is_none_or(|(bound, closed)| number < bound || (closed && number == bound))
            }),
            Self::AnythingBut(those) => !those.iter().any(|one| one.takes(leaf)),
            Self::Cidr(network, bits) => leaf
                .as_str()
                .and_then(|text| text.parse().ok())
                .is_some_and(|address| within(address, *network, *bits)),
            Self::Present => true,
            Self::Absent => false,
        }
    }
}

impl TextTest {
    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Prefix(start) => text.starts_with(start),
            Self::Suffix(end) => text.ends_with(end),
            Self::PrefixAnyCase(start) => text.to_lowercase().starts_with(&start.to_lowercase()),
            Self::SuffixAnyCase(end) => text.to_lowercase().ends_with(&end.to_lowercase()),
            Self::AnyCase(whole) => text.to_lowercase() == whole.to_lowercase(),
            Self::Wildcard(parts) => fits(parts, &text.chars().collect::<Vec<_>>()),
        }
    }
}

/// Matches greedily and goes back to the last wildcard where it does not work out.
fn fits(parts: &[Option<char>], text: &[char]) -> bool {
    let (mut part, mut letter) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while let Some(current) = text.get(letter) {
        match parts.get(part) {
            Some(None) => {
                last = Some((part, letter));
                part += 1;
            }
            Some(Some(wanted)) if wanted == current => {
                part += 1;
                letter += 1;
            }
            _ => match last {
                Some((star, from)) => {
                    last = Some((star, from + 1));
                    part = star + 1;
                    letter = from + 1;
                }
                None => return false,
            },
        }
    }
    parts
        .get(part..)
        .unwrap_or_default()
        .iter()
        .all(Option::is_none)
}

fn within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32u32.saturating_sub(bits);
            let cut = |ip: u32| ip.checked_shr(shift).unwrap_or_default();
            cut(address.to_bits()) == cut(network.to_bits())
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128u32.saturating_sub(bits);
            let cut = |ip: u128| ip.checked_shr(shift).unwrap_or_default();
            cut(address.to_bits()) == cut(network.to_bits())
        }
        _ => false,
    }
}
