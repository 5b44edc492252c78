//! Authenticated encryption from HMAC-SHA-256: a key stream in counter mode, then a tag over everything
//! (encrypt, then authenticate). The two halves use keys derived from the key's material.
//!
//! A ciphertext names its key's ARN and which material of it was used, so that `Decrypt` needs no key id
//! and rotation leaves old ciphertexts readable.

use std::collections::BTreeMap;

use crate::sandbox::sigv4::{hmac, same};

const MAGIC: &[u8] = b"CPK1";
const NONCE: usize = 16;
const TAG: usize = 32;

/// A ciphertext, read as far as that needs no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The ARN of the key.
    pub key_arn: String,
    /// Which material of the key.
    pub material: usize,
    nonce: &'a [u8],
    body: &'a [u8],
    tag: &'a [u8],
    authenticated: &'a [u8],
}

/// The encryption context in one form, so that the order of its pairs does not count.
fn context_bytes(context: &BTreeMap<String, String>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in context {
        for part in [key, value] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.bytes());
        }
    }
    bytes
}

fn stream(material: &[u8], nonce: &[u8], data: &[u8]) -> Vec<u8> {
    let key = hmac(material, b"crosspipe-kms-encrypt");
    data.chunks(32)
        .enumerate()
        .flat_map(|(counter, chunk)| {
            let mut input = nonce.to_vec();
            input.extend((counter as u64).to_be_bytes());
            let pad = hmac(&key, &input);
            chunk
                .iter()
                .zip(pad)
                .map(|(byte, pad)| byte ^ pad)
                .collect::<Vec<u8>>()
        })
        .collect()
}

fn tag(material: &[u8], authenticated: &[u8], context: &BTreeMap<String, String>) -> Vec<u8> {
    let key = hmac(material, b"crosspipe-kms-authenticate");
    let mut input = (authenticated.len() as u64).to_be_bytes().to_vec();
    input.extend(authenticated);
    input.extend(context_bytes(context));
    hmac(&key, &input)
}

/// Encrypts. `number` says which material of the key it is; the nonce must be fresh.
pub fn seal(
    key_arn: &str,
    number: usize,
    material: &[u8],
    nonce: &[u8; NONCE],
    context: &BTreeMap<String, String>,
    plaintext: &[u8],
) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend((key_arn.len() as u16).to_be_bytes());
    out.extend(key_arn.bytes());
    out.extend((number as u16).to_be_bytes());
    out.extend(nonce);
    out.extend(stream(material, nonce, plaintext));
    let tag = tag(material, &out, context);
    out.extend(tag);
    out
}

/// Reads a ciphertext's outside; `None` where it is none of ours.
pub fn open(ciphertext: &[u8]) -> Option<Envelope<'_>> {
    let cut = ciphertext.len().checked_sub(TAG)?;
    let (authenticated, tag) = ciphertext.split_at(cut);
    let rest = authenticated.strip_prefix(MAGIC)?;
    let length = usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
    let rest = rest.get(2..)?;
    let key_arn = std::str::from_utf8(rest.get(..length)?).ok()?.to_owned();
    let rest = rest.get(length..)?;
    let material = usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
    let rest = rest.get(2..)?;
    Some(Envelope {
        key_arn,
        material,
        nonce: rest.get(..NONCE)?,
        body: rest.get(NONCE..)?,
        tag,
        authenticated,
    })
}

/// Decrypts; `None` where the tag does not hold for this material and context.
pub fn unseal(
    envelope: &Envelope<'_>,
    material: &[u8],
    context: &BTreeMap<String, String>,
) -> Option<Vec<u8>> {
    let expected = tag(material, envelope.authenticated, context);
    same(&hex::encode(expected), &hex::encode(envelope.tag))
        .then(|| stream(material, envelope.nonce, envelope.body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_unchanged() {
        let context = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        let sealed = seal("arn:k", 1, b"material", &[7; 16], &context, &[42; 100]);
        let envelope = open(&sealed).unwrap();
        assert_eq!((envelope.key_arn.as_str(), envelope.material), ("arn:k", 1));
        assert_eq!(
            unseal(&envelope, b"material", &context),
            Some(vec![42; 100])
        );
        assert_eq!(unseal(&envelope, b"other", &context), None);
        assert_eq!(unseal(&envelope, b"material", &BTreeMap::new()), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            let opened = open(&changed).and_then(|e| unseal(&e, b"material", &context));
            assert_eq!(opened, None, "byte {at}");
        }
        for length in 0..60 {
            assert!(
                open(&sealed[..length.min(sealed.len())]).is_none_or(|e| unseal(
                    &e,
                    b"material",
                    &context
                )
                .is_none())
            );
        }
    }
}
