//! How builds go on, phase by phase.
//!
//! Source: AWS CodeBuild User Guide, "Build phase transitions".

mod news;
mod phases;
mod start;

use std::mem;

use super::builds::{Build, Phase};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::services::logs;
use crate::sandbox::world::World;

pub use news::tell;
pub use start::{Order, from_input, start};

/// Where a build is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The build's id.
    pub id: String,
}

/// A build at work.
pub struct Working<'a> {
    /// Everything there is.
    pub world: &'a mut World,
    /// Object bodies.
    pub blobs: &'a Blobs,
    /// Where it is.
    pub key: &'a Key,
    /// The build.
    pub build: &'a mut Build,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// The phases, and how long each takes at AWS, in milliseconds.
const PHASES: [(&str, i64); 10] = [
    ("SUBMITTED", 300),
    ("QUEUED", 1_000),
    ("PROVISIONING", 6_000),
    ("DOWNLOAD_SOURCE", 3_000),
    ("INSTALL", 300),
    ("PRE_BUILD", 2_000),
    ("BUILD", 25_000),
    ("POST_BUILD", 500),
    ("UPLOAD_ARTIFACTS", 1_000),
    ("FINALIZING", 2_000),
];

/// When something goes on next.
pub fn due(world: &World) -> Option<i64> {
    let regions = world.accounts.values().flat_map(|a| a.regions.values());
    regions
        .flat_map(|regional| &regional.codebuild.running)
        .map(|(due, _)| *due)
        .min()
}

/// Carries out what is due.
pub fn advance(world: &mut World, blobs: &Blobs, now: i64) {
    let mut keys = Vec::new();
    for (account, content) in &mut world.accounts {
        for (region, regional) in &mut content.regions {
            let running = mem::take(&mut regional.codebuild.running);
            let (ready, later): (Vec<_>, Vec<_>) =
                running.into_iter().partition(|(due, _)| *due <= now);
            regional.codebuild.running = later;
            keys.extend(ready.into_iter().map(|(_, id)| Key {
                account: account.clone(),
                region: region.clone(),
                id,
            }));
        }
    }
    for key in keys {
        go_on(world, blobs, &key, now);
    }
}

fn go_on(world: &mut World, blobs: &Blobs, key: &Key, now: i64) {
    let found = world
        .regional_ref(&key.account, &key.region)
        .and_then(|regional| regional.codebuild.builds.get(&key.id));
    let Some(mut build) = found.filter(|build| build.ended.is_none()).cloned() else {
        return;
    };
    let current = build.phases.last().map(|it| it.name.clone());
    let current = current.unwrap_or_default();
    let done = phases::carry_out(
        &mut Working {
            world: &mut *world,
            blobs,
            key,
            build: &mut build,
            now,
        },
        &current,
    );
    let failed = done.is_err();
    if let Some(phase) = build.phases.last_mut() {
        phase.ended = Some(now);
        let status = if failed { "FAILED" } else { "SUCCEEDED" };
        status.clone_into(&mut phase.status);
        phase.context = done.err();
    }
    let report = build.phases.last().map(phases::report).unwrap_or_default();
    write(world, key, &build, now, &report);
    if failed {
        "FAILED".clone_into(&mut build.status);
    }
    match after(&build, &current, failed) {
        Some((next, takes)) => {
            let due = world.after(now, takes);
            enter(&mut build, next, now);
            let commands = build.commands.get(next).map_or(&[][..], Vec::as_slice);
            let lines = phases::announce(next, commands, now);
            write(world, key, &build, now, &lines);
            let state = &mut world.regional(&key.account, &key.region).codebuild;
            state.running.push((due, key.id.clone()));
        }
        None => end(&mut build, now),
    }
    news::tell_phase(world, key, &build, &current, now);
    if build.ended.is_some() {
        news::tell(world, key, &build, now);
    }
    let state = &mut world.regional(&key.account, &key.region).codebuild;
    state.builds.insert(key.id.clone(), build);
}

fn enter(build: &mut Build, phase: &str, now: i64) {
    build.phases.push(Phase {
        name: phase.to_owned(),
        began: now,
        ..Phase::default()
    });
}

/// Ends a build: with the status that it has, or as a success where it has none yet.
fn end(build: &mut Build, now: i64) {
    enter(build, "COMPLETED", now);
    if build.status == "IN_PROGRESS" {
        "SUCCEEDED".clone_into(&mut build.status);
    }
    build.ended = Some(now);
    // No more requests are to come.
    build.needs.clear();
    if let Some(pipeline) = &mut build.pipeline {
        pipeline.needs.clear();
    }
}

/// The phase that follows. After a failed BUILD phase POST_BUILD comes all the same, unless the buildspec
/// says ABORT; after any other failure the build is finished.
fn after(build: &Build, current: &str, failed: bool) -> Option<(&'static str, i64)> {
    let position = PHASES.iter().position(|(name, _)| *name == current)?;
    let next = PHASES.get(position + 1).copied();
    let finalizing = PHASES.last().copied();
    let goes_on = current == "BUILD" && !build.aborts;
    match build.status.as_str() {
        _ if current == "FINALIZING" => None,
        "FAILED" if failed && !goes_on => finalizing,
        "FAILED" if current == "POST_BUILD" => finalizing,
        _ => next,
    }
}

/// Stops a build.
pub fn stop(build: &mut Build, now: i64) {
    if let Some(phase) = build.phases.last_mut() {
        phase.ended = Some(now);
        "STOPPED".clone_into(&mut phase.status);
    }
    "STOPPED".clone_into(&mut build.status);
    end(build, now);
}

/// Writes lines into the build's log, once it has one.
fn write(world: &mut World, key: &Key, build: &Build, now: i64, lines: &[String]) {
    let begun = build
        .phases
        .iter()
        .any(|phase| phase.name == "PROVISIONING" && phase.status == "SUCCEEDED");
    if !begun || lines.is_empty() {
        return;
    }
    if let Some((group, stream)) = build.log() {
        logs::write(
            world,
            &key.account,
            &key.region,
            &group,
            &stream,
            now,
            lines,
        );
    }
}
