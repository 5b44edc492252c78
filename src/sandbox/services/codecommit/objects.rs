//! What a repository holds: blobs, trees and commits under git's own object ids.
//!
//! The ids are git's SHA-1 of the object's canonical form, so that a repository cloned elsewhere
//! would have the same ones. Source: git's documentation of its object format.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha1::{Digest as _, Sha1};

/// The objects of a repository.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Objects {
    pub(super) blobs: BTreeMap<String, Blob>,
    pub(super) trees: BTreeMap<String, Vec<Entry>>,
    pub(super) commits: BTreeMap<String, Commit>,
    /// What annotated tags are on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, Tagged>,
    /// The bytes of pushed objects that are not written as this program would write them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) raw: BTreeMap<String, Blob>,
}

/// What an annotated tag is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// The id of the object.
    pub target: String,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// A file.
    Normal,
    /// A file that may be run.
    Executable,
    /// A symbolic link; its content is where it points.
    Symlink,
    /// A submodule; its id is that of a commit of another repository.
    Submodule,
}

impl Mode {
    /// What the API calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Executable => "EXECUTABLE",
            Self::Symlink => "SYMLINK",
            Self::Submodule => "SUBMODULE",
        }
    }

    /// The mode of an API name.
    pub fn parse(name: &str) -> Option<Self> {
        // A submodule can be pushed, but not be made through the API.
        [Self::Normal, Self::Executable, Self::Symlink]
            .into_iter()
            .find(|mode| mode.name() == name)
    }

    /// What git writes in a tree.
    pub fn digits(self) -> &'static str {
        match self {
            Self::Normal => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Submodule => "160000",
        }
    }
}

/// What stands in a tree under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name, without any slash.
    pub name: String,
    /// The mode of a file; absent for a folder.
    pub mode: Option<Mode>,
    /// The blob's or the tree's id.
    pub id: String,
}

/// Who made a commit of somebody's, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The address, often empty.
    pub email: String,
    /// When, in whole seconds since 1970 (UTC).
    pub at: i64,
    /// The time zone where it was made, as in `+0900`.
    pub zone: String,
}

/// A commit.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The root tree.
    pub tree: String,
    /// What it builds on.
    pub parents: Vec<String>,
    /// Who wrote it.
    pub name: String,
    /// The writer's address, often empty.
    pub email: String,
    /// When, in whole seconds since 1970 (UTC).
    pub at: i64,
    /// The message.
    pub message: String,
    /// The time zone where it was written, as in `+0900`; empty for UTC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// Who made the commit, where that is not the writer or was at another time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committer: Option<Person>,
}

impl Commit {
    /// The writer.
    pub fn author(&self) -> Person {
        Person {
            name: self.name.clone(),
            email: self.email.clone(),
            at: self.at,
            zone: if self.zone.is_empty() {
                "+0000".to_owned()
            } else {
                self.zone.clone()
            },
        }
    }

    /// Who made the commit.
    pub fn committer(&self) -> Person {
        self.committer.clone().unwrap_or_else(|| self.author())
    }

    /// The commit as git writes it.
    pub fn body(&self) -> String {
        let mut text = format!("tree {}\n", self.tree);
        for parent in &self.parents {
            text.push_str(&format!("parent {parent}\n"));
        }
        for (role, person) in [("author", self.author()), ("committer", self.committer())] {
            let Person {
                name,
                email,
                at,
                zone,
            } = person;
            text.push_str(&format!("{role} {name} <{email}> {at} {zone}\n"));
        }
        text.push('\n');
        text.push_str(&self.message);
        text
    }
}

/// A tree as git writes it.
pub fn tree_body(entries: &[Entry]) -> Vec<u8> {
    let mut body = Vec::new();
    for entry in entries {
        let mode = entry.mode.map_or("40000", Mode::digits);
        body.extend_from_slice(format!("{mode} {}\0", entry.name).as_bytes());
        body.extend_from_slice(&hex::decode(&entry.id).unwrap_or_default());
    }
    body
}

/// The order of a tree: git sorts a folder as if its name ended in a slash.
pub fn order(entry: &Entry) -> String {
    match entry.mode {
        Some(_) => entry.name.clone(),
        None => format!("{}/", entry.name),
    }
}

/// The files of a tree by path: the mode and the blob's id.
pub type Files = BTreeMap<String, (Mode, String)>;

impl Objects {
    /// Whether nothing was ever committed.
    pub fn no_commits(&self) -> bool {
        self.commits.is_empty()
    }

    /// The content of a blob.
    pub fn blob(&self, id: &str) -> Option<&[u8]> {
        self.blobs.get(id).map(|blob| blob.0.as_slice())
    }

    /// What stands in a tree.
    pub fn tree(&self, id: &str) -> Option<&[Entry]> {
        self.trees.get(id).map(Vec::as_slice)
    }

    /// A commit.
    pub fn commit(&self, id: &str) -> Option<&Commit> {
        self.commits.get(id)
    }

    /// Keeps a content and answers its id.
    pub fn add_blob(&mut self, content: Vec<u8>) -> String {
        let id = blob_id(&content);
        self.blobs.insert(id.clone(), Blob(content));
        id
    }

    /// Keeps a commit and answers its id.
    pub fn add_commit(&mut self, commit: Commit) -> String {
        let id = object_id("commit", commit.body().as_bytes());
        self.commits.insert(id.clone(), commit);
        id
    }

    /// Keeps the trees of these files and answers the root's id.
    pub fn add_files(&mut self, files: &Files) -> String {
        let mut root = Folder::default();
        for (path, file) in files {
            root.put(path, file);
        }
        root.keep(&mut self.trees)
    }

    /// All files under a tree.
    pub fn files(&self, tree: &str) -> Files {
        let mut files = Files::new();
        self.collect(tree, "", &mut files);
        files
    }

    fn collect(&self, tree: &str, prefix: &str, files: &mut Files) {
        for entry in self.tree(tree).unwrap_or_default() {
            let path = format!("{prefix}{}", entry.name);
            match entry.mode {
                Some(mode) => {
                    files.insert(path, (mode, entry.id.clone()));
                }
                None => self.collect(&entry.id, &format!("{path}/"), files),
            }
        }
    }

    /// The tree at a path under a tree; the path is empty for the tree itself.
    pub fn folder<'a>(&'a self, tree: &'a str, path: &str) -> Option<&'a str> {
        path.split('/')
            .filter(|part| !part.is_empty())
            .try_fold(tree, |tree, part| {
                self.tree(tree)?
                    .iter()
                    .find(|entry| entry.mode.is_none() && entry.name == part)
                    .map(|entry| entry.id.as_str())
            })
    }
}

/// A folder on its way to becoming a tree.
#[derive(Default)]
struct Folder<'a> {
    files: BTreeMap<&'a str, &'a (Mode, String)>,
    folders: BTreeMap<&'a str, Folder<'a>>,
}

impl<'a> Folder<'a> {
    fn put(&mut self, path: &'a str, file: &'a (Mode, String)) {
        match path.split_once('/') {
            Some((folder, rest)) => self.folders.entry(folder).or_default().put(rest, file),
            None => {
                self.files.insert(path, file);
            }
        }
    }

    fn keep(&self, trees: &mut BTreeMap<String, Vec<Entry>>) -> String {
        let mut entries: Vec<Entry> = self
            .files
            .iter()
            .map(|(name, (mode, id))| Entry {
                name: (*name).to_owned(),
                mode: Some(*mode),
                id: id.clone(),
            })
            .collect();
        for (name, folder) in &self.folders {
            entries.push(Entry {
                name: (*name).to_owned(),
                mode: None,
                id: folder.keep(trees),
            });
        }
        entries.sort_by_cached_key(order);
        let id = object_id("tree", &tree_body(&entries));
        trees.insert(id.clone(), entries);
        id
    }
}

/// The id of a content.
pub fn blob_id(content: &[u8]) -> String {
    object_id("blob", content)
}

/// The id of an object: of its kind, as git writes it in front of the length, and its body.
pub fn object_id(kind: &str, body: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", body.len()).as_bytes());
    hash.update(body);
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree_of(objects: &mut Objects, files: &[(&str, Mode, &str)]) -> String {
        let files: Files = files
            .iter()
            .map(|(path, mode, text)| {
                let id = objects.add_blob(text.as_bytes().to_vec());
                ((*path).to_owned(), (*mode, id))
            })
            .collect();
        objects.add_files(&files)
    }

    // The expected ids were made by git 2 (`git hash-object`, `git write-tree`, `git commit-tree`).
    #[test]
    fn ids_are_gits_own() {
        let mut objects = Objects::default();
        assert_eq!(
            objects.add_blob(Vec::new()),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        );
        assert_eq!(
            objects.add_blob(b"hello\n".to_vec()),
            "ce013625030ba8dba906f756967f9e9ca394464a"
        );
        assert_eq!(
            objects.add_files(&Files::new()),
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        );
        let tree = tree_of(
            &mut objects,
            &[
                ("a", Mode::Normal, "hello\n"),
                ("a.txt", Mode::Executable, "run\n"),
                ("b/c/d", Mode::Normal, "deep\n"),
                ("b.link", Mode::Symlink, "a"),
            ],
        );
        assert_eq!(tree, "ea0e42a65fc3580da72c7ab82e8ef5ec88a971a2");
        let commit = objects.add_commit(Commit {
            tree,
            parents: Vec::new(),
            name: "Mary Major".into(),
            email: "mary@example.com".into(),
            at: 1_700_000_000,
            message: "First\n".into(),
            ..Commit::default()
        });
        assert_eq!(commit, "6f1f441f57d3b82e8c23fe9759581c624f5e43df");
    }

    #[test]
    fn files_survive_the_way_through_trees() {
        let mut objects = Objects::default();
        let tree = tree_of(
            &mut objects,
            &[
                ("x/y/z", Mode::Normal, "1"),
                ("x/a", Mode::Executable, "2"),
                ("b", Mode::Normal, "3"),
            ],
        );
        let files = objects.files(&tree);
        assert_eq!(
            files.keys().map(String::as_str).collect::<Vec<_>>(),
            ["b", "x/a", "x/y/z"]
        );
        assert_eq!(objects.add_files(&files), tree);
        let inner = objects.folder(&tree, "x/y").unwrap();
        assert_eq!(objects.tree(inner).unwrap().len(), 1);
        assert_eq!(objects.folder(&tree, ""), Some(tree.as_str()));
        assert_eq!(objects.folder(&tree, "b"), None);
        let saved = serde_json::to_string(&objects).unwrap();
        let loaded: Objects = serde_json::from_str(&saved).unwrap();
        assert_eq!(loaded.files(&tree), files);
    }
}
