//! The file that holds what is known of every action: an index of the services, and for each of them
//! a block that is compressed by itself, so that one service is read without the others.
//!
//! ```text
//! crosspipe actions 1 TAB version TAB compressed TAB raw LF    the lengths of the index, in bytes
//! index, deflated: one line for each service, in the order of the prefixes
//!     prefix TAB name TAB compressed TAB raw TAB "r" if RCPs reach it, else nothing
//! blocks, deflated, in the order of the index
//! ```
//!
//! Needs nothing but flate2: the tool that writes the file reads it back with these same lines.

use flate2::{Decompress, FlushDecompress, Status};

/// What the file starts with.
pub const MAGIC: &str = "crosspipe actions 1";

/// The index of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index<'a> {
    /// The version of the data that it was made from.
    pub version: &'a str,
    /// The services, in the order of their prefixes.
    pub services: Vec<Listing<'a>>,
}

/// A service in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<'a> {
    /// What stands before the colon of its actions, in lower case.
    pub prefix: String,
    /// What AWS calls it.
    pub name: String,
    /// Whether resource control policies reach its resources.
    pub rcp: bool,
    /// Its block, deflated.
    pub block: &'a [u8],
    /// The length of the block once it is inflated.
    pub raw: usize,
}

/// Reads the index. `None` if the file is not one.
pub fn open(file: &[u8]) -> Option<Index<'_>> {
    let end = file.iter().position(|byte| *byte == b'\n')?;
    let (head, rest) = file.split_at_checked(end)?;
    let mut head = std::str::from_utf8(head).ok()?.split('\t');
    if head.next()? != MAGIC {
        return None;
    }
    let version = head.next()?;
    let compressed = head.next()?.parse().ok()?;
    let raw = head.next()?.parse().ok()?;
    let (index, mut blocks) = rest.get(1..)?.split_at_checked(compressed)?;
    let index = inflate(index, raw)?;
    let mut services = Vec::new();
    for line in index.lines() {
        let mut fields = line.split('\t');
        let prefix = fields.next()?.to_owned();
        let name = fields.next()?.to_owned();
        let compressed = fields.next()?.parse().ok()?;
        let raw = fields.next()?.parse().ok()?;
        let rcp = fields.next()? == "r";
        let (block, rest) = blocks.split_at_checked(compressed)?;
        blocks = rest;
        services.push(Listing {
            prefix,
            name,
            rcp,
            block,
            raw,
        });
    }
    blocks.is_empty().then_some(Index { version, services })
}

/// The text of a block. `None` if it is not of this length, or no text.
pub fn inflate(block: &[u8], raw: usize) -> Option<String> {
    let mut text = Vec::with_capacity(raw);
    let status = Decompress::new(false)
        .decompress_vec(block, &mut text, FlushDecompress::Finish)
        .ok()?;
    if status != Status::StreamEnd || text.len() != raw {
        return None;
    }
    String::from_utf8(text).ok()
}
