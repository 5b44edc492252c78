//! Objects as git sends and gets them: taken in byte for byte, so that what was pushed keeps its id.
//!
//! What git itself refuses under `receive.fsckObjects` is refused here too, as far as it would be in the way
//! later: names that leave the tree, trees out of order, commits that cannot be read.

use std::borrow::Cow;
use std::cmp::Ordering;

use gix_hash::Kind::Sha1;
use gix_object::tree::EntryKind;
use gix_object::{CommitRef, TagRef, TreeRef};

use super::objects::{Blob, Commit, Entry, Mode, Objects, Person, Tagged, object_id, tree_body};

pub use gix_object::Kind;

/// Why an object is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("object {id}: {why}")]
pub struct Refused {
    /// Its id.
    pub id: String,
    /// What is wrong with it.
    pub why: String,
}

/// How git writes a kind.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Blob => "blob",
        Kind::Tree => "tree",
        Kind::Commit => "commit",
        Kind::Tag => "tag",
    }
}

impl Objects {
    /// Takes an object in and answers its id.
    ///
    /// # Errors
    /// The object is none that git would read.
    pub fn take(&mut self, kind: Kind, data: Vec<u8>) -> Result<String, Refused> {
        let id = object_id(kind_name(kind), &data);
        if self.kind(&id).is_some() {
            return Ok(id);
        }
        let refused = |why: String| Refused {
            id: id.clone(),
            why,
        };
        let plain = match kind {
            Kind::Blob => {
                self.blobs.insert(id.clone(), Blob(data));
                return Ok(id);
            }
            Kind::Tree => {
                let entries = entries(&data).map_err(refused)?;
                let plain = tree_body(&entries) == data;
                self.trees.insert(id.clone(), entries);
                plain
            }
            Kind::Commit => {
                let commit = commit(&data)
                    .ok_or_else(|| refused("it is a commit that cannot be read".to_owned()))?;
                let plain = commit.body().as_bytes() == data;
                self.commits.insert(id.clone(), commit);
                plain
            }
            Kind::Tag => {
                let tag = TagRef::from_bytes(&data, Sha1)
                    .map_err(|_| refused("it is a tag that cannot be read".to_owned()))?;
                let target = tag.target().to_string();
                self.tags.insert(id.clone(), Tagged { target });
                false
            }
        };
        if !plain {
            self.raw.insert(id.clone(), Blob(data));
        }
        Ok(id)
    }

    /// The kind of an object, if it is here.
    pub fn kind(&self, id: &str) -> Option<Kind> {
        if self.blobs.contains_key(id) {
            Some(Kind::Blob)
        } else if self.trees.contains_key(id) {
            Some(Kind::Tree)
        } else if self.commits.contains_key(id) {
            Some(Kind::Commit)
        } else if self.tags.contains_key(id) {
            Some(Kind::Tag)
        } else {
            None
        }
    }

    /// An object as git writes it.
    pub fn body(&self, id: &str) -> Option<(Kind, Cow<'_, [u8]>)> {
        let kind = self.kind(id)?;
        if let Some(raw) = self.raw.get(id) {
            return Some((kind, Cow::Borrowed(&raw.0)));
        }
        let body = match kind {
            Kind::Blob => Cow::Borrowed(self.blob(id)?),
            Kind::Tree => Cow::Owned(tree_body(self.tree(id)?)),
            Kind::Commit => Cow::Owned(self.commit(id)?.body().into_bytes()),
            Kind::Tag => return None,
        };
        Some((kind, body))
    }

    /// What an annotated tag is on.
    pub fn target(&self, id: &str) -> Option<&str> {
        self.tags.get(id).map(|tag| tag.target.as_str())
    }

    /// The commit that an id stands for: itself, or what the tag is on.
    pub fn peeled<'a>(&'a self, id: &'a str) -> Option<&'a str> {
        let mut id = id;
        // A tag names what it is on by its hash, so tags cannot go round in circles.
        while let Some(target) = self.target(id) {
            id = target;
        }
        self.commit(id).map(|_| id)
    }

    /// Takes over one object of others.
    pub fn adopt(&mut self, others: &mut Objects, id: &str) {
        fn over<T>(
            to: &mut std::collections::BTreeMap<String, T>,
            from: &mut std::collections::BTreeMap<String, T>,
            id: &str,
        ) {
            if let Some((id, object)) = from.remove_entry(id) {
                to.insert(id, object);
            }
        }
        over(&mut self.blobs, &mut others.blobs, id);
        over(&mut self.trees, &mut others.trees, id);
        over(&mut self.commits, &mut others.commits, id);
        over(&mut self.tags, &mut others.tags, id);
        over(&mut self.raw, &mut others.raw, id);
    }
}

fn entries(data: &[u8]) -> Result<Vec<Entry>, String> {
    let tree = TreeRef::from_bytes(data, Sha1)
        .map_err(|_| "it is a tree that cannot be read".to_owned())?;
    let mut entries: Vec<Entry> = Vec::with_capacity(tree.entries.len());
    let mut before: Option<&gix_object::tree::EntryRef<'_>> = None;
    let mut names = std::collections::BTreeSet::new();
    for entry in &tree.entries {
        let name = std::str::from_utf8(entry.filename).map_err(|_| {
            "the name of a file is not UTF-8, which the sandbox cannot keep".to_owned()
        })?;
        let bad = name.is_empty()
            || name.contains('/')
            || name == "."
            || name == ".."
            || name.eq_ignore_ascii_case(".git");
        if bad {
            return Err(format!("a tree may not contain the name {name:?}"));
        }
        if !names.insert(name) {
            return Err(format!("a tree contains the name {name:?} twice"));
        }
        if before.is_some_and(|before| before.cmp(entry) != Ordering::Less) {
            return Err("a tree is not sorted".to_owned());
        }
        before = Some(entry);
        entries.push(Entry {
            name: name.to_owned(),
            mode: match entry.mode.kind() {
                EntryKind::Tree => None,
                EntryKind::Blob => Some(Mode::Normal),
                EntryKind::BlobExecutable => Some(Mode::Executable),
                EntryKind::Link => Some(Mode::Symlink),
                EntryKind::Commit => Some(Mode::Submodule),
            },
            id: entry.oid.to_string(),
        });
    }
    Ok(entries)
}

fn commit(data: &[u8]) -> Option<Commit> {
    let read = CommitRef::from_bytes(data, Sha1).ok()?;
    let person = |given: gix_object::bstr::BString| -> Option<Person> { parse_person(&given) };
    let author = person(read.author.to_owned())?;
    let committer = person(read.committer.to_owned())?;
    let committer = (committer != author).then_some(committer);
    Some(Commit {
        tree: read.tree().to_string(),
        parents: read.parents().map(|id| id.to_string()).collect(),
        name: author.name,
        email: author.email,
        at: author.at,
        zone: author.zone,
        message: String::from_utf8_lossy(read.message).into_owned(),
        committer,
    })
}

/// `Mary Major <mary@example.com> 1700000000 +0900`
fn parse_person(given: &[u8]) -> Option<Person> {
    let text = String::from_utf8_lossy(given);
    let (name, rest) = text.split_once('<')?;
    let (email, time) = rest.rsplit_once('>')?;
    let (at, zone) = time.trim().split_once(' ').unwrap_or((time.trim(), ""));
    Some(Person {
        name: name.trim().to_owned(),
        email: email.trim().to_owned(),
        at: at.parse().unwrap_or_default(),
        zone: if zone.is_empty() { "+0000" } else { zone }.to_owned(),
    })
}
