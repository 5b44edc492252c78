#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix_object::Kind;
use proptest::prelude::*;
use sha1::{Digest as _, Sha1};

use super::pack::{self, LARGEST, PackFault};
use super::reach::{Incomplete, between, needed};
use super::receive::Push;
use super::refs::advertise;
use super::upload::Asked;
use super::{Way, packing, target};
use crate::sandbox::request::Request;
use crate::sandbox::services::codecommit::Repository;
use crate::sandbox::services::codecommit::objects::{Objects, object_id};
use crate::sandbox::services::codecommit::received::kind_name;

/// A pack that is put together by hand.
struct Maker(Vec<u8>, u32);

impl Maker {
    fn new() -> Self {
        Self(vec![0; 12], 0)
    }

    fn head(&mut self, kind: u8, size: usize) {
        let mut byte = (kind << 4) | (size & 15) as u8;
        let mut rest = size >> 4;
        while rest > 0 {
            self.0.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        self.0.push(byte);
    }

    fn data(&mut self, data: &[u8]) {
        let mut packer = ZlibEncoder::new(&mut self.0, Compression::fast());
        packer.write_all(data).unwrap();
        packer.finish().unwrap();
        self.1 += 1;
    }

    /// An object; answers where it starts.
    fn whole(&mut self, data: &[u8]) -> usize {
        let at = self.0.len();
        self.head(3, data.len());
        self.data(data);
        at
    }

    fn on_id(&mut self, id: &str, delta: &[u8]) -> usize {
        let at = self.0.len();
        self.head(7, delta.len());
        self.0.extend_from_slice(&hex::decode(id).unwrap());
        self.data(delta);
        at
    }

    fn on_offset(&mut self, base: usize, delta: &[u8]) -> usize {
        let at = self.0.len();
        self.head(6, delta.len());
        let mut distance = at - base;
        let mut digits = vec![(distance & 0x7f) as u8];
        distance >>= 7;
        while distance > 0 {
            distance -= 1;
            digits.push((distance & 0x7f) as u8 | 0x80);
            distance >>= 7;
        }
        digits.reverse();
        self.0.extend_from_slice(&digits);
        self.data(delta);
        at
    }

    fn done(mut self) -> Vec<u8> {
        self.0[..8].copy_from_slice(b"PACK\0\0\0\x02");
        self.0[8..12].copy_from_slice(&self.1.to_be_bytes());
        sealed(self.0)
    }
}

fn sealed(mut pack: Vec<u8>) -> Vec<u8> {
    let hash = Sha1::digest(&pack);
    pack.extend_from_slice(&hash);
    pack
}

/// A delta that keeps all of a short base and adds to it.
fn adds(base: &[u8], more: &[u8]) -> Vec<u8> {
    let mut delta = vec![base.len() as u8, (base.len() + more.len()) as u8];
    delta.extend_from_slice(&[0x90, base.len() as u8, more.len() as u8]);
    delta.extend_from_slice(more);
    delta
}

fn blob_id(data: &[u8]) -> String {
    object_id("blob", data)
}

fn texts(pack: &[u8]) -> Result<Vec<String>, PackFault> {
    let none = |_: &str| None;
    let objects = pack::read(pack, none)?;
    let mut texts: Vec<String> = objects
        .iter()
        .map(|(_, data)| String::from_utf8_lossy(data).into_owned())
        .collect();
    texts.sort();
    Ok(texts)
}

/// Deltas of every kind: on an offset, on an id that comes later, on one another.
fn with_deltas() -> Vec<u8> {
    let mut maker = Maker::new();
    let ab = blob_id(b"ab");
    maker.on_id(&ab, &adds(b"ab", b"c"));
    let first = maker.whole(b"a");
    let second = maker.on_offset(first, &adds(b"a", b"b"));
    maker.on_offset(second, &adds(b"ab", b"d"));
    maker.on_id(&blob_id(b"abc"), &adds(b"abc", b"e"));
    maker.done()
}

#[test]
fn deltas_are_resolved_in_any_order() {
    let found = texts(&with_deltas()).unwrap();
    assert_eq!(found, ["a", "ab", "abc", "abce", "abd"]);
}

#[test]
fn a_thin_pack_builds_on_the_repository() {
    let mut maker = Maker::new();
    maker.on_id(&blob_id(b"outside"), &adds(b"outside", b"!"));
    maker.on_id(&blob_id(b"outside!"), &adds(b"outside!", b"!"));
    let pack = maker.done();
    assert_eq!(texts(&pack), Err(PackFault::NoBase(2)));
    let base = |id: &str| (id == blob_id(b"outside")).then(|| (Kind::Blob, b"outside".to_vec()));
    let objects = pack::read(&pack, base).unwrap();
    assert_eq!(objects[0].1.as_slice(), b"outside!");
    assert_eq!(objects[1].1.as_slice(), b"outside!!");
}

#[test]
fn what_is_no_pack_is_refused() {
    let good = with_deltas();
    let corrupt = |pack: &[u8]| match texts(pack) {
        Err(PackFault::Corrupt(why)) => why,
        other => panic!("{other:?}"),
    };
    for length in 0..good.len() {
        corrupt(&good[..length]);
    }
    let mut wrong = good.clone();
    wrong[20] ^= 1;
    assert!(corrupt(&wrong).contains("checksum"));

    // One object more, and one less, than there are.
    let (content, _) = good.split_at(good.len() - 20);
    for count in [4u8, 6] {
        let mut other = content.to_vec();
        other[11] = count;
        corrupt(&sealed(other));
    }
    // A base that is somewhere inside another entry, and one before the pack.
    for distance in [1usize, 300] {
        let mut maker = Maker::new();
        let at = maker.whole(b"a");
        let fake = (at + 10).wrapping_sub(distance);
        let mut inside = Maker(maker.0.clone(), maker.1);
        if fake < inside.0.len() {
            inside.on_offset(fake, &adds(b"a", b"b"));
            corrupt(&inside.done());
        }
    }
    // A delta that is for another base.
    let mut maker = Maker::new();
    let at = maker.whole(b"abc");
    maker.on_offset(at, &adds(b"a", b"b"));
    corrupt(&maker.done());
}

#[test]
fn a_size_that_is_not_true_takes_no_memory() {
    let mut maker = Maker::new();
    maker.head(3, LARGEST + 1);
    maker.data(b"small");
    assert_eq!(texts(&maker.done()), Err(PackFault::TooLarge));
    let mut maker = Maker::new();
    maker.head(3, usize::MAX / 2);
    maker.data(b"small");
    assert_eq!(texts(&maker.done()), Err(PackFault::TooLarge));
    // A delta that promises more than there may be.
    let mut maker = Maker::new();
    let at = maker.whole(b"a");
    maker.on_offset(at, &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x90, 1]);
    assert!(texts(&maker.done()).is_err());
    // Many small objects that unfold to much, each from the one before.
    let mut maker = Maker::new();
    let mut at = maker.whole(&[7; 128]);
    let mut size = 128usize;
    for _ in 0..22 {
        let digits = |mut n: usize| {
            let mut out = Vec::new();
            while n > 0x7f {
                out.push((n & 0x7f) as u8 | 0x80);
                n >>= 7;
            }
            out.push(n as u8);
            out
        };
        let copy = |from: usize, length: usize| {
            let mut out = vec![0xff];
            out.extend_from_slice(&(from as u32).to_le_bytes());
            out.extend_from_slice(&(length as u32).to_le_bytes()[..3]);
            out
        };
        let mut delta = [digits(size), digits(size * 2)].concat();
        for _ in 0..2 {
            let mut from = 0;
            while from < size {
                let length = (size - from).min(0xff_0000);
                delta.extend_from_slice(&copy(from, length));
                from += length;
            }
        }
        at = maker.on_offset(at, &delta);
        size *= 2;
    }
    assert_eq!(texts(&maker.done()), Err(PackFault::TooLarge));
}

/// One commit of two files, and its id.
fn repository() -> (Repository, String) {
    let mut found = Repository::default();
    let blob = found.objects.take(Kind::Blob, b"hello\n".to_vec()).unwrap();
    let tree = tree(&[("100644", "README.md", &blob), ("100755", "run", &blob)]);
    let tree = found.objects.take(Kind::Tree, tree).unwrap();
    let commit = format!(
        "tree {tree}\nauthor Mary <m@example.com> 1700000000 +0900\ncommitter John <j@example.com> 1700000001 -0330\n\nfirst\n"
    );
    let commit = found
        .objects
        .take(Kind::Commit, commit.into_bytes())
        .unwrap();
    found.branches.insert("main".into(), commit.clone());
    found.default_branch = Some("main".into());
    (found, commit)
}

fn tree(entries: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (mode, name, id) in entries {
        body.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        body.extend_from_slice(&hex::decode(id).unwrap());
    }
    body
}

#[test]
fn what_is_pushed_keeps_its_bytes() {
    let (mut found, commit) = repository();
    let objects = &mut found.objects;
    let blob = blob_id(b"hello\n");
    let root = objects.commit(&commit).unwrap().tree.clone();
    let person = "Mary <m@example.com> 1700000000 +0900";
    let odd = [
        // Modes as very old versions of git wrote them, and a submodule.
        (Kind::Tree, tree(&[("100664", "a", &blob), ("160000", "b", &commit)])),
        (Kind::Tree, tree(&[("040000", "dir", &root)])),
        (
            Kind::Commit,
            format!("tree {root}\nparent {commit}\nauthor {person}\ncommitter {person}\ngpgsig -----BEGIN\n line\n -----END\n\nsigned").into_bytes(),
        ),
        (
            Kind::Commit,
            [format!("tree {root}\nauthor {person}\ncommitter {person}\nencoding EUC-KR\n\n").as_bytes(), b"\xb0\xb3\xb9\xdf\n"].concat(),
        ),
        (
            Kind::Tag,
            format!("object {commit}\ntype commit\ntag v1\ntagger {person}\n\none\n").into_bytes(),
        ),
    ];
    for (kind, data) in odd {
        let id = objects.take(kind, data.clone()).unwrap();
        assert_eq!(id, object_id(kind_name(kind), &data));
        let (found, body) = objects.body(&id).unwrap();
        assert_eq!((found, body.as_ref()), (kind, data.as_slice()));
    }
    // Saved and loaded again they are still the same.
    let saved = serde_json::to_string(objects).unwrap();
    let loaded: Objects = serde_json::from_str(&saved).unwrap();
    let all = between(objects, std::slice::from_ref(&commit), &[]);
    assert_eq!(all.len(), 3);
    for id in all {
        assert_eq!(loaded.body(&id), objects.body(&id));
    }
}

#[test]
fn trees_that_lead_outside_are_refused() {
    let blob = blob_id(b"");
    for entries in [
        vec![("100644", "..", blob.as_str())],
        vec![("100644", ".", &blob)],
        vec![("40000", ".GIT", &blob)],
        vec![("100644", "a/b", &blob)],
        vec![("100644", "", &blob)],
        vec![("100644", "b", &blob), ("100644", "a", &blob)],
        vec![("100644", "a", &blob), ("100644", "a", &blob)],
        vec![
            ("100644", "a", &blob),
            ("100644", "a.b", &blob),
            ("40000", "a", &blob),
        ],
    ] {
        let taken = Objects::default().take(Kind::Tree, tree(&entries));
        assert!(taken.is_err(), "{entries:?}");
    }
}

#[test]
fn trees_that_unfold_without_end_are_refused() {
    let commit = |objects: &mut Objects, tree: &str| {
        let text = format!("tree {tree}\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\n");
        objects.take(Kind::Commit, text.into_bytes()).unwrap()
    };
    // Ten folders that are all the same, twenty times over; and one folder in the other.
    for (width, depth) in [(10, 20), (1, 5000)] {
        let mut new = Objects::default();
        let blob = new.take(Kind::Blob, Vec::new()).unwrap();
        let mut id = new
            .take(Kind::Tree, tree(&[("100644", "a", &blob)]))
            .unwrap();
        for _ in 0..depth {
            let names: Vec<String> = (0..width).map(|n| format!("d{n}")).collect();
            let entries: Vec<(&str, &str, &str)> = names
                .iter()
                .map(|name| ("40000", name.as_str(), id.as_str()))
                .collect();
            id = new.take(Kind::Tree, tree(&entries)).unwrap();
        }
        let tip = commit(&mut new, &id);
        let refused = needed(&Objects::default(), &new, &tip);
        assert!(
            matches!(refused, Err(Incomplete::TooLarge(_))),
            "{refused:?}"
        );
    }
    let mut new = Objects::default();
    let tip = commit(&mut new, &blob_id(b"absent"));
    let refused = needed(&Objects::default(), &new, &tip);
    assert!(matches!(refused, Err(Incomplete::Missing(_))));
    let blob = new.take(Kind::Blob, Vec::new()).unwrap();
    let tip = commit(&mut new, &blob);
    let refused = needed(&Objects::default(), &new, &tip);
    assert!(matches!(refused, Err(Incomplete::OfAnotherKind(_, "tree"))));
}

#[test]
fn references_are_listed() {
    let (mut found, commit) = repository();
    let tag = format!("object {commit}\ntype commit\ntag v1\ntagger a <a> 1 +0000\n\none\n");
    let tag = found.objects.take(Kind::Tag, tag.into_bytes()).unwrap();
    found.references.insert("refs/tags/v1".into(), tag.clone());
    let listed = String::from_utf8(advertise(&found, Way::Upload)).unwrap();
    for text in [
        "# service=git-upload-pack\n0000".to_owned(),
        format!("{commit} HEAD\0"),
        " symref=HEAD:refs/heads/main ".to_owned(),
        format!("{commit} refs/heads/main\n"),
        format!("{tag} refs/tags/v1\n"),
        format!("{commit} refs/tags/v1^{{}}\n"),
    ] {
        assert!(listed.contains(&text), "{text:?} not in {listed:?}");
    }
    let listed = String::from_utf8(advertise(&found, Way::Receive)).unwrap();
    assert!(
        !listed.contains("HEAD") && !listed.contains("^{}"),
        "{listed:?}"
    );
    let empty = String::from_utf8(advertise(&Repository::default(), Way::Receive)).unwrap();
    assert!(
        empty.contains("0000000000000000000000000000000000000000 capabilities^{}\0report-status")
    );
}

#[test]
fn only_gits_own_paths_are_taken() {
    let request = |method: &str, path: &str, query: &str| {
        target(&Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            ..Request::default()
        })
    };
    let push = "service=git-receive-pack";
    assert!(request("GET", "/v1/repos/a/info/refs", push).is_some());
    assert!(request("POST", "/v1/repos/a/git-upload-pack", "").is_some());
    assert!(request("GET", "/v1/repos/a/info/refs", "").is_none());
    assert!(request("GET", "/v1/repos/a/HEAD", "").is_none());
    assert!(request("PUT", "/v1/repos/a/git-receive-pack", "").is_none());
    assert!(request("GET", "/bucket/v1/repos/a/info/refs", push).is_none());
}

proptest! {
    #[test]
    fn what_is_packed_is_read(objects in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 0..20)) {
        let objects: Vec<(Kind, Vec<u8>)> = objects.into_iter().map(|data| (Kind::Blob, data)).collect();
        let pack = packing::write(&objects).unwrap();
        let none = |_: &str| None;
        let read: Vec<(Kind, Vec<u8>)> = pack::read(&pack, none)
            .unwrap()
            .into_iter()
            .map(|(kind, data)| (kind, data.to_vec()))
            .collect();
        prop_assert_eq!(read, objects);
    }

    #[test]
    fn a_mutated_pack_is_answered(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), seal in any::<bool>()) {
        let good = with_deltas();
        let mut pack = good[..good.len() - 20].to_vec();
        for (index, byte) in &changes {
            let index = index.index(pack.len());
            pack[index] = *byte;
        }
        let pack = if seal { sealed(pack) } else { pack };
        let base = |_: &str| Some((Kind::Blob, b"ab".to_vec()));
        for (kind, data) in pack::read(&pack, base).unwrap_or_default() {
            let _ = Objects::default().take(kind, data.to_vec());
        }
    }

    #[test]
    fn a_mutated_object_is_answered(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let (found, commit) = repository();
        for id in between(&found.objects, &[commit], &[]) {
            let (kind, body) = found.objects.body(&id).unwrap();
            let mut body = body.into_owned();
            for (index, byte) in &changes {
                let index = index.index(body.len());
                body[index] = *byte;
            }
            for kind in [kind, Kind::Tag, Kind::Tree, Kind::Commit] {
                let mut new = Objects::default();
                if let Ok(id) = new.take(kind, body.clone()) {
                    let (_, kept) = new.body(&id).unwrap();
                    prop_assert_eq!(kept.as_ref(), body.as_slice());
                    let _ = needed(&found.objects, &new, &id);
                }
            }
        }
    }

    #[test]
    fn any_request_is_answered(lines in proptest::collection::vec("(want|have|done|shallow|0{40}|[a-f0-9]{40}| |refs/heads/a|\\PC){0,6}", 0..6), tail in proptest::collection::vec(any::<u8>(), 0..40)) {
        let (found, _) = repository();
        let mut body = Vec::new();
        for line in &lines {
            super::pktline::write_text(&mut body, line);
        }
        body.extend_from_slice(&tail);
        let _ = Push::read(&body);
        if let Ok(asked) = Asked::read(&body) {
            let _ = asked.choose(&found).answer();
        }
    }

    #[test]
    fn histories_are_whole(links in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 1..12)) {
        // Commits, each on some of those before it.
        let mut objects = Objects::default();
        let tree = objects.take(Kind::Tree, Vec::new()).unwrap();
        let mut ids: Vec<String> = Vec::new();
        let mut on: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (at, links) in links.iter().enumerate() {
            let parents: Vec<String> = match ids.is_empty() {
                true => Vec::new(),
                false => links.iter().map(|link| ids[link.index(ids.len())].clone()).collect(),
            };
            let lines: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
            let text = format!("tree {tree}\n{lines}author a <a> {at} +0000\ncommitter a <a> {at} +0000\n\n");
            let id = objects.take(Kind::Commit, text.into_bytes()).unwrap();
            on.insert(id.clone(), parents);
            ids.push(id);
        }
        let last = ids.last().unwrap().clone();
        let all = between(&objects, std::slice::from_ref(&last), &[]);
        let new = needed(&Objects::default(), &objects, &last).unwrap();
        prop_assert_eq!(all.iter().cloned().collect::<std::collections::BTreeSet<_>>(), new);
        for id in &all {
            for parent in on.get(id).into_iter().flatten() {
                prop_assert!(all.contains(parent));
            }
        }
        prop_assert!(between(&objects, std::slice::from_ref(&last), std::slice::from_ref(&last)).is_empty());
    }
}
