//! Packs that go out: every object whole, none as a delta.
//!
//! Source: git's documentation, "gitformat-pack".

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix_object::Kind;
use sha1::{Digest as _, Sha1};

/// Writes a pack of objects.
///
/// # Errors
/// None in memory; the compressor's interface has one.
pub fn write(objects: &[(Kind, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let count = u32::try_from(objects.len()).map_err(io::Error::other)?;
    let mut pack = Vec::new();
    pack.extend_from_slice(b"PACK\0\0\0\x02");
    pack.extend_from_slice(&count.to_be_bytes());
    for (kind, data) in objects {
        head(&mut pack, *kind, data.len());
        let mut packer = ZlibEncoder::new(&mut pack, Compression::fast());
        packer.write_all(data)?;
        packer.finish()?;
    }
    let hash = Sha1::digest(&pack);
    pack.extend_from_slice(&hash);
    Ok(pack)
}

/// Kind and size: four bits of the size in the first byte, seven in each that follows.
fn head(pack: &mut Vec<u8>, kind: Kind, size: usize) {
    let kind: u8 = match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    let low = |bits: usize, mask: usize| u8::try_from(bits & mask).unwrap_or_default();
    let mut byte = (kind << 4) | low(size, 0x0f);
    let mut rest = size >> 4;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = low(rest, 0x7f);
        rest >>= 7;
    }
    pack.push(byte);
}
