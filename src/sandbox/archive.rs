//! Zip files, as CodePipeline's artifacts are. The same files make the same bytes.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What is in it.
    pub content: Vec<u8>,
    /// Its Unix mode: `0o644`, or `0o755` for one that may be run.
    pub mode: u32,
}

/// Files by path.
pub type Files = BTreeMap<String, File>;

/// Bytes that an archive may unfold to: a small file must not fill the memory.
const LARGEST: u64 = 512 * 1024 * 1024;

impl File {
    /// A file that is not run.
    pub fn plain(content: impl Into<Vec<u8>>) -> Self {
        Self {
            content: content.into(),
            mode: 0o644,
        }
    }
}

/// Packs files. `None` where a path cannot be one of a zip file.
pub fn pack(files: &Files) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, file) in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            // No clock: the bytes are to depend on nothing but the files.
            .last_modified_time(DateTime::default())
            .unix_permissions(file.mode);
        writer.start_file(path, options).ok()?;
        writer.write_all(&file.content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

/// Unpacks an archive; `None` where it is none, or too large. Folders are left out, and so are paths
/// that lead out of the archive.
pub fn unpack(bytes: &[u8]) -> Option<Files> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut files = Files::new();
    let mut left = LARGEST;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).ok()?;
        if !entry.is_file() {
            continue;
        }
        let name = entry.name().ok()?.replace('\\', "/");
        let name = name.trim_start_matches("./").to_owned();
        let outside = name.starts_with('/') || name.split('/').any(|part| part == "..");
        let mode = entry.unix_mode().unwrap_or(0o644) & 0o777;
        let mut content = Vec::new();
        entry.take(left + 1).read_to_end(&mut content).ok()?;
        left = left.checked_sub(content.len() as u64)?;
        if !outside {
            files.insert(name, File { content, mode });
        }
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again_and_the_bytes_are_always_the_same() {
        let mut files = Files::new();
        files.insert("deploy/appspec.yaml".into(), File::plain("version: 0.0\n"));
        files.insert(
            "run.sh".into(),
            File {
                content: b"#!/bin/sh\n".to_vec(),
                mode: 0o755,
            },
        );
        files.insert("empty".into(), File::plain(""));
        files.insert("서울.txt".into(), File::plain("안녕"));
        let packed = pack(&files).unwrap();
        assert_eq!(packed, pack(&files).unwrap());
        assert_eq!(unpack(&packed).unwrap(), files);
        assert_eq!(unpack(&pack(&Files::new()).unwrap()).unwrap(), Files::new());
    }

    #[test]
    fn what_is_no_archive_is_none() {
        for bytes in [&b""[..], b"x", b"PK\x03\x04", &[0; 100]] {
            assert_eq!(unpack(bytes), None);
        }
        let mut evil = Files::new();
        evil.insert("../outside".into(), File::plain("x"));
        evil.insert("inside".into(), File::plain("x"));
        let packed = pack(&evil).unwrap();
        let files = unpack(&packed).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["inside"]);
    }
}
