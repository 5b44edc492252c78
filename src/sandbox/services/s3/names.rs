//! What a bucket and a key may be called.

/// Whether a bucket may have this name. Source: Amazon S3 User Guide, "General purpose bucket naming
/// rules".
pub fn is_bucket(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.bytes().all(fine)
        && ends(name.bytes().next())
        && ends(name.bytes().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"]
            .iter()
            .any(|p| name.starts_with(p))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|s| name.ends_with(s))
}

/// The longest key in bytes.
pub const KEY: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for fine in [
            "abc",
            "a.b-c",
            "orders-artifacts-111111111111-ap-northeast-2",
            &"a".repeat(63),
        ] {
            assert!(is_bucket(fine), "{fine}");
        }
        for wrong in [
            "",
            "ab",
            "Abc",
            "a_b",
            "-abc",
            "abc-",
            "a..b",
            "192.168.1.1",
            "xn--abc",
            "abc-s3alias",
            &"a".repeat(64),
            "한글버킷",
        ] {
            assert!(!is_bucket(wrong), "{wrong}");
        }
    }
}
