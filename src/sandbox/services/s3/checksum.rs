//! Checksums that clients send along, and S3 gives back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::Ask;
use super::fault::{S3Fault, invalid};

/// The MD5 of a body in hexadecimal, which an unencrypted object's ETag is.
pub fn md5_hex(body: &[u8]) -> String {
    hex::encode(Md5::digest(body))
}

/// A reflected CRC, bit by byte by table. `polynomial` is reflected too.
fn crc<const BITS: u32>(polynomial: u64, body: &[u8]) -> Vec<u8> {
    let mut table = [0u64; 256];
    for (index, slot) in table.iter_mut().enumerate() {
        let mut value = index as u64;
        for _ in 0..8 {
            value = if value & 1 == 1 {
                (value >> 1) ^ polynomial
            } else {
                value >> 1
            };
        }
        *slot = value;
    }
    let mask = if BITS == 64 {
        u64::MAX
    } else {
        (1u64 << BITS) - 1
    };
    let mut value = mask;
    for byte in body {
        let index = usize::from((value as u8) ^ byte);
        value = (value >> 8) ^ table.get(index).copied().unwrap_or_default();
    }
    let bytes = ((value ^ mask) & mask).to_be_bytes();
    bytes
        .get(8 - BITS as usize / 8..)
        .unwrap_or_default()
        .to_vec()
}

/// A checksum of an algorithm, in base64. `None` for algorithms that are not computed here.
pub fn of(algorithm: &str, body: &[u8]) -> Option<String> {
    let bytes = match algorithm {
        "CRC32" => crc::<32>(0xedb8_8320, body),
        "CRC32C" => crc::<32>(0x82f6_3b78, body),
        "CRC64NVME" => crc::<64>(0x9a6c_9329_ac4b_c9b5, body),
        "SHA256" => Sha256::digest(body).to_vec(),
        _ => return None,
    };
    Some(STANDARD.encode(bytes))
}

const ALGORITHMS: [(&str, &str); 5] = [
    ("CRC32", "x-amz-checksum-crc32"),
    ("CRC32C", "x-amz-checksum-crc32c"),
    ("CRC64NVME", "x-amz-checksum-crc64nvme"),
    ("SHA1", "x-amz-checksum-sha1"),
    ("SHA256", "x-amz-checksum-sha256"),
];

/// The header that carries an algorithm's checksum.
pub fn header(algorithm: &str) -> Option<&'static str> {
    ALGORITHMS
        .iter()
        .find(|(name, _)| *name == algorithm)
        .map(|(_, header)| *header)
}

/// Checks what the request says of its body: `Content-MD5` and a checksum in a header or trailer. Answers
/// the checksum, where one was given that is computed here; SHA-1 is taken unchecked and not given back.
pub fn verify(ask: &Ask<'_>) -> Result<Option<(String, String)>, S3Fault> {
    if let Some(given) = ask.header("content-md5") {
        let wanted = STANDARD.decode(given).ok().filter(|b| b.len() == 16);
        let wanted = wanted.ok_or_else(|| {
            S3Fault::new(
                400,
                "InvalidDigest",
                "The Content-MD5 you specified was invalid.",
            )
        })?;
        if hex::encode(wanted) != md5_hex(&ask.body) {
            return Err(S3Fault::new(
                400,
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
            ));
        }
    }
    let mut found = None;
    for (algorithm, header) in ALGORITHMS {
        let Some(given) = ask.header_or_trailer(header) else {
            continue;
        };
        if found.is_some() {
            return Err(invalid(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            ));
        }
        let Some(computed) = of(algorithm, &ask.body) else {
            continue;
        };
        if STANDARD.decode(given).is_err() {
            return Err(invalid(format!("Value for {header} header is invalid.")));
        }
        if computed != given {
            return Err(S3Fault::new(
                400,
                "BadDigest",
                format!("The {algorithm} you specified did not match the calculated checksum."),
            ));
        }
        found = Some((algorithm.to_owned(), computed));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // The check values of the CRC catalogue, for the text 123456789.
        let check = |algorithm| {
            let text = of(algorithm, b"123456789").unwrap();
            hex::encode(STANDARD.decode(text).unwrap())
        };
        assert_eq!(check("CRC32"), "cbf43926");
        assert_eq!(check("CRC32C"), "e3069283");
        assert_eq!(check("CRC64NVME"), "ae8b14860a799888");
        assert_eq!(of("SHA1", b""), None);
        assert_eq!(md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
