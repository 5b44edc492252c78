//! What can be reached from an object: whether a push is complete, and what a clone needs.

use std::collections::{BTreeMap, BTreeSet};

use gix_object::Kind;

use crate::sandbox::services::codecommit::objects::{Mode, Objects};

/// The most files of one commit, and the deepest folder: whoever unfolds a tree must come to an end.
const MOST_FILES: u64 = 200_000;
const DEEPEST: u32 = 256;

/// Why what was pushed is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// Something that is named is nowhere.
    #[error("missing necessary objects: {0}")]
    Missing(String),
    /// Something is not of the kind as which it is named.
    #[error("{0} is not a {1}")]
    OfAnotherKind(String, &'static str),
    /// A tree that unfolds to too much.
    #[error(
        "the tree {0} is too large for the sandbox: it takes {MOST_FILES} files, in folders {DEEPEST} deep"
    )]
    TooLarge(String),
}

/// What an object names: ids, and of which kind they must be where that is told.
fn names(objects: &Objects, id: &str) -> Vec<(String, Option<Kind>)> {
    if let Some(commit) = objects.commit(id) {
        let parents = commit.parents.iter();
        return parents
            .map(|parent| (parent.clone(), Some(Kind::Commit)))
            .chain([(commit.tree.clone(), Some(Kind::Tree))])
            .collect();
    }
    if let Some(target) = objects.target(id) {
        return vec![(target.to_owned(), None)];
    }
    objects
        .tree(id)
        .unwrap_or_default()
        .iter()
        .filter(|entry| entry.mode != Some(Mode::Submodule))
        .map(|entry| {
            let kind = match entry.mode {
                Some(_) => Kind::Blob,
                None => Kind::Tree,
            };
            (entry.id.clone(), Some(kind))
        })
        .collect()
}

/// The new objects that a tip needs. What is in the repository is complete already.
///
/// # Errors
/// Something is missing, or cannot be kept.
pub fn needed(kept: &Objects, new: &Objects, tip: &str) -> Result<BTreeSet<String>, Incomplete> {
    let mut seen = BTreeSet::new();
    let mut sizes = BTreeMap::new();
    let mut open: Vec<(String, Option<Kind>)> = vec![(tip.to_owned(), None)];
    while let Some((id, wanted)) = open.pop() {
        let old = kept.kind(&id);
        let kind = old.or_else(|| new.kind(&id));
        match (kind, wanted) {
            (None, _) => return Err(Incomplete::Missing(id)),
            (Some(kind), Some(wanted)) if kind != wanted => {
                let name = crate::sandbox::services::codecommit::received::kind_name(wanted);
                return Err(Incomplete::OfAnotherKind(id, name));
            }
            _ => {}
        }
        if old.is_some() || seen.contains(&id) {
            continue;
        }
        if kind == Some(Kind::Tree) {
            measure(kept, new, &id, &mut sizes)?;
        }
        open.extend(names(new, &id));
        seen.insert(id);
    }
    Ok(seen)
}

/// Files in a tree and the depth of its folders, each tree measured once.
fn measure(
    kept: &Objects,
    new: &Objects,
    root: &str,
    sizes: &mut BTreeMap<String, (u64, u32)>,
) -> Result<(), Incomplete> {
    let mut open = vec![(root.to_owned(), false)];
    while let Some((id, inside_known)) = open.pop() {
        if sizes.contains_key(&id) {
            continue;
        }
        let Some(entries) = new.tree(&id).or_else(|| kept.tree(&id)) else {
            return Err(Incomplete::Missing(id));
        };
        let folders = || {
            entries
                .iter()
                .filter(|entry| entry.mode.is_none())
                .map(|entry| entry.id.clone())
        };
        if !inside_known {
            open.push((id.clone(), true));
            open.extend(folders().map(|folder| (folder, false)));
            continue;
        }
        let files = entries.iter().filter(|entry| entry.mode.is_some()).count();
        let (mut files, mut depth) = (files as u64, 0);
        for folder in folders() {
            let (more, below) = sizes.get(&folder).copied().unwrap_or_default();
            files = files.saturating_add(more);
            depth = depth.max(below.saturating_add(1));
        }
        if files > MOST_FILES || depth > DEEPEST {
            return Err(Incomplete::TooLarge(id));
        }
        sizes.insert(id, (files, depth));
    }
    Ok(())
}

/// Everything that is reached from some objects, but not from others.
pub fn between(objects: &Objects, wanted: &[String], known: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    walk(objects, known, &mut seen, &mut Vec::new());
    let mut found = Vec::new();
    walk(objects, wanted, &mut seen, &mut found);
    found
}

fn walk(objects: &Objects, from: &[String], seen: &mut BTreeSet<String>, found: &mut Vec<String>) {
    let mut open: Vec<String> = from.to_vec();
    while let Some(id) = open.pop() {
        if objects.kind(&id).is_some() && seen.insert(id.clone()) {
            open.extend(names(objects, &id).into_iter().map(|(id, _)| id));
            found.push(id);
        }
    }
}
