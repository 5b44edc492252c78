//! Push.

use std::collections::{BTreeMap, BTreeSet};

use gix_object::Kind;

use super::pktline::{self, Line, flush, write_text};
use super::refs::NONE;
use super::{Refusal, Way, malformed, pack, permitted, reach, repository};
use crate::sandbox::dispatch::Shared;
use crate::sandbox::service::Call;
use crate::sandbox::services::codecommit::objects::Objects;
use crate::sandbox::services::codecommit::{Repository, events, names};
use crate::sandbox::world::World;

/// The most references of one push. Source: AWS CodeCommit User Guide, "Quotas".
const MOST: usize = 4_000;

/// A reference that is to be made, moved or taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Command {
    old: String,
    new: String,
    name: String,
}

impl Command {
    fn deletes(&self) -> bool {
        self.new == NONE
    }
}

/// What a client pushes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Push<'a> {
    commands: Vec<Command>,
    /// All of it or nothing.
    atomic: bool,
    /// Whether it wants to know what became of it.
    reports: bool,
    pack: &'a [u8],
}

impl<'a> Push<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// It is not written as git writes it.
    pub fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        let mut push = Self::default();
        let mut rest = body;
        let mut seen = BTreeSet::new();
        while let Some(Line::Data(line)) = pktline::next(&mut rest)? {
            let mut parts = line.splitn(2, |byte| *byte == 0);
            let text = parts.next().and_then(|text| std::str::from_utf8(text).ok());
            let text = text.ok_or_else(|| malformed("a line is not text"))?;
            let text = text.strip_suffix('\n').unwrap_or(text);
            if let Some(can) = parts.next().map(String::from_utf8_lossy) {
                push.atomic |= can.split_whitespace().any(|can| can == "atomic");
                push.reports |= can
                    .split_whitespace()
                    .any(|can| can.starts_with("report-status"));
            }
            if text.starts_with("shallow ") {
                // Where the client's history ends. What is missing then is found out anyway.
                continue;
            }
            let mut words = text.splitn(3, ' ');
            let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next())
            else {
                return Err(malformed("a line names no reference"));
            };
            if !names::is_object_id(old) || !names::is_object_id(new) {
                return Err(malformed("a line has no object ids"));
            }
            if !seen.insert(name.to_owned()) {
                return Err(malformed(format!("{name} is named twice")));
            }
            push.commands.push(Command {
                old: old.to_ascii_lowercase(),
                new: new.to_ascii_lowercase(),
                name: name.to_owned(),
            });
        }
        if push.commands.len() > MOST {
            return Err(malformed(format!(
                "a push changes at most {MOST} references"
            )));
        }
        push.pack = rest;
        Ok(push)
    }

    /// The references that policies keep the caller from changing, each with what git is told.
    pub fn refused(&self, world: &World, call: &Call) -> BTreeMap<String, String> {
        self.commands
            .iter()
            .filter(|it| permitted(world, call, Way::Receive, Some(&it.name)).is_err())
            .map(|it| {
                let told = "You don't have permission to push changes to this branch.";
                (it.name.clone(), told.to_owned())
            })
            .collect()
    }
}

/// Takes a push in; answers what became of it.
pub fn carry_out(
    shared: &Shared,
    call: &Call,
    key: &str,
    push: Push<'_>,
    mut refused: BTreeMap<String, String>,
) -> Vec<u8> {
    // A first, empty request, with which git finds out whether it is let in.
    if push.commands.is_empty() {
        return Vec::new();
    }
    let mut unpack = "ok".to_owned();
    let mut new = Objects::default();
    let all_refused = push
        .commands
        .iter()
        .all(|it| refused.contains_key(&it.name));
    if !push.pack.is_empty() && !all_refused {
        match unpacked(shared, call, push.pack) {
            Ok(objects) => new = objects,
            Err(why) => unpack = why,
        }
    }
    if unpack == "ok" {
        let mut world = shared.world();
        key.clone_into(&mut world.calling_with);
        let before = refused.clone();
        let _ = events::told(&mut world, call, |world, call| {
            if let Some(found) = repository_mut(world, call) {
                refused = apply(found, call, &push, new, before);
            } else {
                unpack = "the repository is gone".to_owned();
            }
            Ok(serde_json::Value::Null)
        });
        drop(world);
        shared.changed();
    }
    if !push.reports {
        return Vec::new();
    }
    let mut to = Vec::new();
    write_text(&mut to, &format!("unpack {unpack}\n"));
    for command in &push.commands {
        let name = &command.name;
        let why = refused.get(name).cloned();
        let why = why.or_else(|| (unpack != "ok").then(|| "unpacker error".to_owned()));
        write_text(
            &mut to,
            &match why {
                Some(why) => format!("ng {name} {why}\n"),
                None => format!("ok {name}\n"),
            },
        );
    }
    flush(&mut to);
    to
}

fn unpacked(shared: &Shared, call: &Call, bytes: &[u8]) -> Result<Objects, String> {
    let base = |id: &str| {
        let world = shared.world();
        let (kind, body) = repository(&world, call)?.objects.body(id)?;
        Some((kind, body.into_owned()))
    };
    let mut objects = Objects::default();
    for (kind, data) in pack::read(bytes, base).map_err(|fault| fault.to_string())? {
        let data = std::rc::Rc::unwrap_or_clone(data);
        objects
            .take(kind, data)
            .map_err(|refused| refused.to_string())?;
    }
    Ok(objects)
}

fn repository_mut<'a>(world: &'a mut World, call: &Call) -> Option<&'a mut Repository> {
    let name = call.text("repositoryName")?;
    world
        .regional(&call.caller.account, &call.region)
        .codecommit
        .repositories
        .get_mut(name)
}

/// Carries out the commands that can be; answers why the others were not.
fn apply(
    found: &mut Repository,
    call: &Call,
    push: &Push<'_>,
    mut new: Objects,
    mut refused: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut names = found.named();
    let mut needed = BTreeSet::new();
    for command in &push.commands {
        if refused.contains_key(&command.name) {
            continue;
        }
        match check(found, &new, &names, command) {
            Ok(more) => {
                needed.extend(more);
                if command.deletes() {
                    names.remove(&command.name);
                } else {
                    names.insert(command.name.clone(), command.new.clone());
                }
            }
            Err(why) => {
                refused.insert(command.name.clone(), why);
            }
        }
    }
    if push.atomic && !refused.is_empty() {
        for command in &push.commands {
            let name = command.name.clone();
            refused
                .entry(name)
                .or_insert_with(|| "atomic push failure".to_owned());
        }
        return refused;
    }
    for id in &needed {
        found.objects.adopt(&mut new, id);
    }
    for command in &push.commands {
        if refused.contains_key(&command.name) {
            continue;
        }
        let Command { new, name, .. } = command.clone();
        match (name.strip_prefix("refs/heads/"), command.deletes()) {
            (Some(branch), true) => {
                found.branches.remove(branch);
            }
            (Some(branch), false) => {
                found.branches.insert(branch.to_owned(), new);
                // The first branch of an empty repository.
                if found.default_branch.is_none() {
                    found.default_branch = Some(branch.to_owned());
                }
            }
            (None, true) => {
                found.references.remove(&name);
            }
            (None, false) => {
                found.references.insert(name, new);
            }
        }
        found.modified = call.now;
    }
    refused
}

/// Whether a command can be carried out; answers the new objects that it needs.
fn check(
    found: &Repository,
    new: &Objects,
    names: &BTreeMap<String, String>,
    command: &Command,
) -> Result<BTreeSet<String>, String> {
    let name = &command.name;
    let branch = name.strip_prefix("refs/heads/");
    let short = branch.or_else(|| name.strip_prefix("refs/"));
    if !short.is_some_and(names::legal_branch) || (branch.is_none() && !name.contains('/')) {
        return Err("funny refname".to_owned());
    }
    let now = names.get(name).map_or(NONE, String::as_str);
    if now != command.old {
        return Err(match now {
            NONE => "it does not exist any more".to_owned(),
            now => format!("is at {now} but expected {}", command.old),
        });
    }
    if command.deletes() {
        if branch.is_some() && found.default_branch.as_deref() == branch {
            return Err(format!(
                "The branch {} is the default branch and cannot be deleted",
                branch.unwrap_or_default()
            ));
        }
        return Ok(BTreeSet::new());
    }
    let inside = format!("{name}/");
    let clash = names
        .keys()
        .find(|known| known.starts_with(&inside) || name.starts_with(&format!("{known}/")));
    if let Some(clash) = clash {
        return Err(format!("'{clash}' exists; cannot create '{name}'"));
    }
    let needed =
        reach::needed(&found.objects, new, &command.new).map_err(|fault| fault.to_string())?;
    let kind = found
        .objects
        .kind(&command.new)
        .or_else(|| new.kind(&command.new));
    if branch.is_some() && kind != Some(Kind::Commit) {
        return Err("a branch must be on a commit".to_owned());
    }
    Ok(needed)
}
