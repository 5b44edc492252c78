//! Object bodies: content-addressed, in memory or as files of the state directory.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::sigv4::sha256_hex;

/// Where bodies are.
#[derive(Debug)]
pub enum Blobs {
    /// In memory, gone with the process.
    Memory(Mutex<HashMap<String, Bytes>>),
    /// One file each, named by the SHA-256 of its content.
    Directory(PathBuf),
}

impl Blobs {
    /// In memory.
    pub fn memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// Keeps a body; answers its name. On disk the file is whole before it has its name, so a killed
    /// process never leaves half of one.
    pub fn put(&self, body: &Bytes) -> io::Result<String> {
        let name = sha256_hex(body);
        match self {
            Self::Memory(map) => {
                let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
                map.insert(name.clone(), body.clone());
            }
            Self::Directory(directory) => {
                let target = directory.join(&name);
                if !target.exists() {
                    let temporary = directory.join(format!("{name}.{:x}.new", fastrand::u64(..)));
                    let mut file = fs::File::create(&temporary)?;
                    file.write_all(body)?;
                    file.sync_all()?;
                    fs::rename(&temporary, &target)?;
                }
            }
        }
        Ok(name)
    }

    /// Reads a body.
    pub fn get(&self, name: &str) -> io::Result<Bytes> {
        match self {
            Self::Memory(map) => map
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(name)
                .cloned()
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)),
            Self::Directory(directory) => fs::read(directory.join(name)).map(Bytes::from),
        }
    }

    /// Removes every body that is not in use.
    pub fn retain(&self, used: &BTreeSet<String>) -> io::Result<()> {
        match self {
            Self::Memory(map) => {
                let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
                map.retain(|name, _| used.contains(name));
            }
            Self::Directory(directory) => {
                for entry in fs::read_dir(directory)? {
                    let entry = entry?;
                    if !used.contains(entry.file_name().to_string_lossy().as_ref()) {
                        fs::remove_file(entry.path())?;
                    }
                }
            }
        }
        Ok(())
    }
}
