//! Packs that come with a push: read by gitoxide's `gix-pack`, within bounds.
//!
//! Every delta is resolved once, after what it builds on; a delta on something that is neither in the pack
//! nor in the repository, or that builds on itself in the end, is refused.

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use gix_object::Kind;
use gix_pack::cache::DecodeEntry;
use gix_pack::data::decode::entry::ResolvedBase;
use gix_pack::data::entry::Header;
use gix_pack::data::{Entry, File};
use sha1::{Digest as _, Sha1};

use crate::sandbox::services::codecommit::objects::object_id;
use crate::sandbox::services::codecommit::received::kind_name;

/// The most bytes that the objects of a pack may have when they are unpacked.
pub const LARGEST: usize = 200 * 1024 * 1024;
/// The most objects of a pack.
const MOST: u32 = 500_000;
/// The most bytes that deltas may read and write: a small pack must not keep the sandbox busy.
const WORK: usize = 5 * LARGEST;
/// The hash at the end.
const TRAILER: usize = 20;
/// `PACK`, version, number of objects.
const START: usize = 12;

/// Why a pack is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackFault {
    /// It cannot be read.
    #[error("the pack is corrupt: {0}")]
    Corrupt(String),
    /// It is too large.
    #[error(
        "the pack is too large for the sandbox: it takes {} MB unpacked and {MOST} objects. Push a part of the history, or a shallow one of your own",
        LARGEST / 1024 / 1024
    )]
    TooLarge,
    /// Deltas whose base is not there.
    #[error("the pack has {0} deltas without a base: neither the pack nor the repository has it")]
    NoBase(usize),
}

/// An object: its kind and its content.
pub type Object = (Kind, Rc<Vec<u8>>);

fn corrupt(why: impl std::fmt::Display) -> PackFault {
    PackFault::Corrupt(why.to_string())
}

/// Reads the objects of a pack. `base` answers objects of the repository, on which deltas may build.
///
/// # Errors
/// The pack is corrupt, too large, or incomplete.
pub fn read(
    pack: &[u8],
    base: impl Fn(&str) -> Option<(Kind, Vec<u8>)>,
) -> Result<Vec<Object>, PackFault> {
    let end = pack
        .len()
        .checked_sub(TRAILER)
        .filter(|end| *end >= START)
        .ok_or_else(|| corrupt("it is too short"))?;
    let (content, trailer) = pack
        .split_at_checked(end)
        .ok_or_else(|| corrupt("it is too short"))?;
    if Sha1::digest(content).as_slice() != trailer {
        return Err(corrupt("its checksum is not that of its content"));
    }
    let file = File::from_data(pack, PathBuf::new(), gix_hash::Kind::Sha1)
        .map_err(corrupt)?
        .with_alloc_limit_bytes(Some(LARGEST));
    if file.num_objects() > MOST {
        return Err(PackFault::TooLarge);
    }
    let mut reading = Reading {
        file,
        inflate: gix_zlib::Inflate::default(),
        slots: Vec::new(),
        at: HashMap::new(),
        found: Found::default(),
        total: 0,
        work: 0,
    };
    reading.scan(end)?;
    reading.resolve(base)?;
    Ok(reading
        .slots
        .into_iter()
        .filter_map(|slot| slot.object)
        .collect())
}

/// An entry of the pack.
struct Slot {
    entry: Entry,
    /// What it turned out to be.
    object: Option<Object>,
}

/// Objects that deltas build on: by where their data is in the pack, and by their ids.
#[derive(Default)]
struct Found {
    by_place: HashMap<u64, Object>,
    by_id: HashMap<String, Object>,
}

impl DecodeEntry for &Found {
    fn put(&mut self, _: u32, _: u64, _: &[u8], _: Kind, _: usize) {}

    fn get(&mut self, _: u32, place: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let (kind, data) = self.by_place.get(&place)?;
        out.clear();
        out.extend_from_slice(data);
        Some((*kind, 0))
    }
}

/// Deltas that are not resolved yet, by what they build on.
struct Waiting {
    on_slot: HashMap<usize, Vec<usize>>,
    on_id: HashMap<String, Vec<usize>>,
    open: usize,
}

struct Reading<'a> {
    file: File<&'a [u8]>,
    inflate: gix_zlib::Inflate,
    slots: Vec<Slot>,
    /// The slot of the entry that starts at an offset.
    at: HashMap<u64, usize>,
    found: Found,
    total: usize,
    work: usize,
}

impl Reading<'_> {
    /// Finds where each entry starts and unpacks those that are no deltas.
    fn scan(&mut self, end: usize) -> Result<(), PackFault> {
        let mut offset = START as u64;
        for _ in 0..self.file.num_objects() {
            if offset >= end as u64 {
                return Err(corrupt("it has fewer objects than it says"));
            }
            let entry = self.file.entry(offset).map_err(corrupt)?;
            let size = usize::try_from(entry.decompressed_size)
                .ok()
                .filter(|size| *size <= LARGEST)
                .ok_or(PackFault::TooLarge)?;
            self.count(size)?;
            let mut data = vec![0; size];
            let packed = self
                .file
                .decompress_entry(&entry, &mut self.inflate, &mut data)
                .map_err(corrupt)?;
            self.at.insert(offset, self.slots.len());
            offset = entry
                .data_offset
                .checked_add(packed as u64)
                .ok_or_else(|| corrupt("an entry has no end"))?;
            let object = entry.header.as_kind().map(|kind| (kind, Rc::new(data)));
            self.slots.push(Slot { entry, object });
        }
        if offset == end as u64 {
            Ok(())
        } else {
            Err(corrupt("it does not end with its last object"))
        }
    }

    fn count(&mut self, bytes: usize) -> Result<(), PackFault> {
        self.total = self.total.saturating_add(bytes);
        if self.total > LARGEST {
            return Err(PackFault::TooLarge);
        }
        Ok(())
    }

    /// Resolves the deltas, each after what it builds on.
    fn resolve(&mut self, base: impl Fn(&str) -> Option<(Kind, Vec<u8>)>) -> Result<(), PackFault> {
        let mut on_slot: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut on_id: HashMap<String, Vec<usize>> = HashMap::new();
        let mut ready = Vec::new();
        let mut open = 0usize;
        for (index, slot) in self.slots.iter().enumerate() {
            match slot.entry.header {
                Header::OfsDelta { base_distance } => {
                    let on = slot
                        .entry
                        .checked_base_pack_offset(base_distance)
                        .and_then(|offset| self.at.get(&offset))
                        .ok_or_else(|| corrupt("a delta builds on no entry"))?;
                    on_slot.entry(*on).or_default().push(index);
                    open += 1;
                }
                Header::RefDelta { base_id } => {
                    on_id.entry(base_id.to_string()).or_default().push(index);
                    open += 1;
                }
                _ => ready.push(index),
            }
        }
        let mut waiting = Waiting {
            on_slot,
            on_id,
            open,
        };
        self.settle(&mut waiting, ready)?;
        // What is left builds on objects of the repository, or on what does.
        let outside: Vec<String> = waiting.on_id.keys().cloned().collect();
        for id in outside {
            if !waiting.on_id.contains_key(&id) {
                continue;
            }
            if let Some((kind, data)) = base(&id) {
                self.found.by_id.insert(id.clone(), (kind, Rc::new(data)));
                let deltas = waiting.on_id.remove(&id).unwrap_or_default();
                for delta in &deltas {
                    self.apply(*delta)?;
                    waiting.open = waiting.open.saturating_sub(1);
                }
                self.settle(&mut waiting, deltas)?;
            }
        }
        match waiting.open {
            0 => Ok(()),
            left => Err(PackFault::NoBase(left)),
        }
    }

    /// Resolves everything that builds on slots whose object is known, and so on.
    fn settle(&mut self, waiting: &mut Waiting, mut ready: Vec<usize>) -> Result<(), PackFault> {
        while let Some(index) = ready.pop() {
            let id = self.found(index)?;
            let next = waiting.on_slot.remove(&index).into_iter();
            for delta in next.chain(waiting.on_id.remove(&id)).flatten() {
                self.apply(delta)?;
                waiting.open = waiting.open.saturating_sub(1);
                ready.push(delta);
            }
        }
        Ok(())
    }

    /// Makes a slot's object known to the deltas on it, and answers its id.
    fn found(&mut self, index: usize) -> Result<String, PackFault> {
        let slot = self.slots.get(index);
        let (place, object) = slot
            .and_then(|slot| Some((slot.entry.data_offset, slot.object.clone()?)))
            .ok_or_else(|| corrupt("an entry is missing"))?;
        let id = object_id(kind_name(object.0), &object.1);
        self.found.by_place.insert(place, object.clone());
        self.found.by_id.insert(id.clone(), object);
        Ok(id)
    }

    /// Resolves a delta whose base is known.
    fn apply(&mut self, index: usize) -> Result<(), PackFault> {
        let missing = || corrupt("an entry is missing");
        let slot = self.slots.get(index).ok_or_else(missing)?;
        let entry = slot.entry.clone();
        let on = match entry.header {
            Header::OfsDelta { base_distance } => entry
                .checked_base_pack_offset(base_distance)
                .and_then(|offset| self.at.get(&offset))
                .and_then(|on| self.slots.get(*on))
                .and_then(|on| on.object.as_ref()),
            Header::RefDelta { base_id } => self.found.by_id.get(&base_id.to_string()),
            _ => None,
        };
        let size = on.map(|(_, data)| data.len()).ok_or_else(missing)?;
        let mut out = Vec::new();
        let resolve = |id: &gix_hash::oid, out: &mut Vec<u8>| {
            Ok(self.found.by_id.get(&id.to_string()).map(|(kind, data)| {
                out.clear();
                out.extend_from_slice(data);
                ResolvedBase::OutOfPack {
                    kind: *kind,
                    end: data.len(),
                }
            }))
        };
        let outcome = self
            .file
            .decode_entry(
                entry,
                &mut out,
                &mut self.inflate,
                &resolve,
                &mut &self.found,
            )
            .map_err(|error| match error.is_resource_exhausted() {
                true => PackFault::TooLarge,
                false => corrupt(error),
            })?;
        self.work = self.work.saturating_add(size).saturating_add(out.len());
        if self.work > WORK {
            return Err(PackFault::TooLarge);
        }
        self.count(out.len())?;
        out.shrink_to_fit();
        let slot = self.slots.get_mut(index).ok_or_else(missing)?;
        slot.object = Some((outcome.kind, Rc::new(out)));
        Ok(())
    }
}
