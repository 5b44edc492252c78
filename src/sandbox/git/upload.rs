//! Clone and fetch.

use std::collections::BTreeSet;
use std::io;

use gix_object::Kind;

use super::pktline::{self, Line, flush, write_band, write_text};
use super::reach::between;
use super::{Refusal, malformed, packing};
use crate::sandbox::services::codecommit::Repository;
use crate::sandbox::services::codecommit::names::is_object_id;

/// What a client asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    wants: Vec<String>,
    haves: Vec<String>,
    /// Nothing more will be said: the pack is to be sent.
    done: bool,
    detailed: bool,
    banded: bool,
}

impl Asked {
    /// Reads a request.
    ///
    /// # Errors
    /// It is not written as git writes it.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        let mut rest = body;
        while let Some(line) = pktline::next(&mut rest)? {
            if line == Line::Flush {
                continue;
            }
            let text = line.text().ok_or_else(|| malformed("a line is not text"))?;
            let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
            let id = rest.get(..40).filter(|id| is_object_id(id));
            match (word, id) {
                ("want", Some(id)) => {
                    let words = rest.get(40..).unwrap_or_default();
                    for can in words.split_whitespace() {
                        asked.detailed |= can == "multi_ack_detailed";
                        asked.banded |= can == "side-band-64k";
                    }
                    asked.wants.push(id.to_owned());
                }
                ("have", Some(id)) => asked.haves.push(id.to_owned()),
                ("done", None) => asked.done = true,
                _ => return Err(malformed(format!("not known here: {word}"))),
            }
        }
        Ok(asked)
    }

    /// Chooses what to answer from a repository.
    pub fn choose(&self, found: &Repository) -> Chosen {
        let mut chosen = Chosen {
            banded: self.banded,
            ..Chosen::default()
        };
        // A first, empty request, with which git finds out whether it is let in.
        if self.wants.is_empty() {
            return chosen;
        }
        let tips: BTreeSet<String> = found.named().into_values().collect();
        if let Some(stranger) = self.wants.iter().find(|id| !tips.contains(*id)) {
            let text = format!("ERR upload-pack: not our ref {stranger}");
            write_text(&mut chosen.said, &text);
            return chosen;
        }
        let common: Vec<String> = self
            .haves
            .iter()
            .filter(|id| found.objects.kind(id).is_some())
            .cloned()
            .collect();
        let said = &mut chosen.said;
        match (common.first(), common.last()) {
            (Some(_), Some(last)) if self.detailed => {
                for id in &common {
                    write_text(said, &format!("ACK {id} common\n"));
                }
                if self.done {
                    write_text(said, &format!("ACK {last}\n"));
                } else {
                    write_text(said, &format!("ACK {last} ready\n"));
                    write_text(said, "NAK\n");
                }
            }
            (Some(first), _) => write_text(said, &format!("ACK {first}\n")),
            _ => write_text(said, "NAK\n"),
        }
        if self.done {
            let ids = between(&found.objects, &self.wants, &common);
            let body = |id: &String| {
                let (kind, body) = found.objects.body(id)?;
                Some((kind, body.into_owned()))
            };
            chosen.objects = Some(ids.iter().filter_map(body).collect());
        }
        chosen
    }
}

/// What is answered.
#[derive(Debug, Default)]
pub struct Chosen {
    said: Vec<u8>,
    objects: Option<Vec<(Kind, Vec<u8>)>>,
    banded: bool,
}

impl Chosen {
    /// The answer as it is sent.
    ///
    /// # Errors
    /// None in memory.
    pub fn answer(self) -> io::Result<Vec<u8>> {
        let mut to = self.said;
        if let Some(objects) = self.objects {
            let pack = packing::write(&objects)?;
            if self.banded {
                write_band(&mut to, 1, &pack);
                flush(&mut to);
            } else {
                to.extend_from_slice(&pack);
            }
        }
        Ok(to)
    }
}
