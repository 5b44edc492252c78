//! aws-chunked bodies: an upload cut into chunks, each with a signature of its own or none, and
//! checksums after the last one.
//!
//! Source: Amazon S3 API Reference, "Signature calculations for the Authorization header: transferring
//! payload in multiple chunks" and "... including trailing headers".

use bytes::Bytes;

use super::sigv4::{self, AuthFault, Claim};

/// The longest line of sizes, signatures or trailers.
const LINE: usize = 8 * 1024;

/// A body without its chunks, and the headers that came after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The content.
    pub body: Bytes,
    /// Trailing headers, names in lower case.
    pub trailers: Vec<(String, String)>,
}

/// Whether an `x-amz-content-sha256` says that the body is chunked.
pub fn is_chunked(content_hash: &str) -> bool {
    content_hash.starts_with("STREAMING-")
}

fn bad(why: &str) -> AuthFault {
    AuthFault::BadChunks(why.to_owned())
}

fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a str, AuthFault> {
    let end = rest
        .windows(2)
        .take(LINE)
        .position(|pair| pair == b"\r\n")
        .ok_or_else(|| bad("a line of the chunked body does not end"))?;
    let (head, tail) = rest.split_at(end);
    *rest = tail.get(2..).unwrap_or_default();
    std::str::from_utf8(head).map_err(|_| bad("a line of the chunked body is not text"))
}

struct Chain {
    key: Vec<u8>,
    timestamp: String,
    scope: String,
    previous: String,
}

impl Chain {
    fn next(&mut self, algorithm: &str, middle: &str, data: &[u8]) -> String {
        let to_sign = format!(
            "{algorithm}\n{}\n{}\n{}\n{middle}{}",
            self.timestamp,
            self.scope,
            self.previous,
            sigv4::sha256_hex(data)
        );
        self.previous = hex::encode(sigv4::hmac(&self.key, to_sign.as_bytes()));
        self.previous.clone()
    }
}

/// Takes a chunked body apart and checks the signatures that its kind carries.
pub fn decode(
    body: &Bytes,
    content_hash: &str,
    claim: &Claim,
    secret: &str,
) -> Result<Decoded, AuthFault> {
    let (signed, trailer) = match content_hash {
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => (true, false),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => (true, true),
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => (false, true),
        other => {
            return Err(AuthFault::Incomplete(format!(
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value, not {other}."
            )));
        }
    };
    let mut chain = Chain {
        key: sigv4::signing_key(secret, &claim.date, &claim.region, &claim.service),
        timestamp: claim.timestamp.clone(),
        scope: sigv4::scope(claim),
        previous: claim.signature.clone(),
    };
    let empty = format!("{}\n", sigv4::sha256_hex(b""));
    let mut content = Vec::with_capacity(body.len());
    let mut rest: &[u8] = body;
    loop {
        let head = line(&mut rest)?;
        let mut parts = head.split(';');
        let size = parts
            .next()
            .and_then(|size| usize::from_str_radix(size.trim(), 16).ok())
            .ok_or_else(|| bad("a chunk's size is not a hexadecimal number"))?;
        let signature = parts.find_map(|part| part.trim().strip_prefix("chunk-signature="));
        let data = rest
            .get(..size)
            .ok_or_else(|| bad("a chunk is shorter than its size says"))?;
        if signed {
            let expected = chain.next("AWS4-HMAC-SHA256-PAYLOAD", &empty, data);
            if !signature.is_some_and(|given| sigv4::same(given, &expected)) {
                return Err(AuthFault::Mismatch(String::new()));
            }
        }
        content.extend_from_slice(data);
        rest = rest.get(size..).unwrap_or_default();
        if size == 0 {
            break;
        }
        if rest.get(..2) != Some(b"\r\n") {
            return Err(bad("a chunk is longer than its size says"));
        }
        rest = rest.get(2..).unwrap_or_default();
    }
    let trailers = trailers(rest, trailer, signed.then_some(&mut chain))?;
    Ok(Decoded {
        body: content.into(),
        trailers,
    })
}

fn trailers(
    mut rest: &[u8],
    announced: bool,
    chain: Option<&mut Chain>,
) -> Result<Vec<(String, String)>, AuthFault> {
    let mut found = Vec::new();
    let mut signature = None;
    while !rest.is_empty() {
        // The last trailer may end with the body.
        let text = if rest.windows(2).any(|pair| pair == b"\r\n") {
            line(&mut rest)?
        } else {
            let text = std::str::from_utf8(rest).map_err(|_| bad("a trailer is not text"))?;
            rest = &[];
            text
        };
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let (name, value) = text
            .split_once(':')
            .ok_or_else(|| bad("a trailer has no colon"))?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        if name == "x-amz-trailer-signature" {
            signature = Some(value);
        } else {
            found.push((name, value));
        }
    }
    if announced && let Some(chain) = chain {
        let canonical: String = found.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let expected = chain.next("AWS4-HMAC-SHA256-TRAILER", "", canonical.as_bytes());
        if !signature.is_some_and(|given| sigv4::same(&given, &expected)) {
            return Err(AuthFault::Mismatch(String::new()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_reference() {
        // The worked example of the S3 API Reference: 66560 bytes of 'a' in chunks of 64 KiB and 1 KiB.
        let claim = Claim {
            date: "20130524".into(),
            region: "us-east-1".into(),
            service: "s3".into(),
            timestamp: "20130524T000000Z".into(),
            signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9".into(),
            ..Claim::default()
        };
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let mut body = Vec::new();
        for (size, signature) in [
            (
                65536,
                "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            ),
            (
                1024,
                "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            ),
            (
                0,
                "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
            ),
        ] {
            body.extend(format!("{size:x};chunk-signature={signature}\r\n").bytes());
            body.extend(std::iter::repeat_n(b'a', size));
            body.extend(b"\r\n");
        }
        let hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
        let decoded = decode(&body.clone().into(), hash, &claim, secret).unwrap();
        assert_eq!(decoded.body.len(), 66560);
        body[200] = b'b';
        assert!(matches!(
            decode(&body.into(), hash, &claim, secret),
            Err(AuthFault::Mismatch(_))
        ));
    }

    #[test]
    fn unsigned_with_a_trailer_and_ill_formed() {
        let claim = Claim::default();
        let hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
        let body = Bytes::from_static(b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
        let decoded = decode(&body, hash, &claim, "").unwrap();
        assert_eq!(decoded.body, Bytes::from_static(b"hello"));
        assert_eq!(
            decoded.trailers,
            vec![("x-amz-checksum-crc32".to_owned(), "NhCmhg==".to_owned())]
        );
        for wrong in [
            "",
            "zz\r\n",
            "5\r\nhel",
            "5\r\nhelloo\r\n0\r\n",
            "ffffffffffffffff\r\n",
            "5",
        ] {
            assert!(
                decode(&Bytes::from(wrong), hash, &claim, "").is_err(),
                "{wrong:?}"
            );
        }
    }
}
