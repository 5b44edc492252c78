//! Breaks as the command line puts them in: whole, or not at all.

use serde::Serialize;

use super::absent::absent;
use super::entry::{Break, Change, End, Sight, Strategy};
use super::site::Site;
use super::words::fill;
use super::{find, nearest};
use crate::sandbox::start::{Sandbox, SandboxError};
use crate::sandbox::world::World;

/// Why a break is not put in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such id.
    #[error("there is no failure '{id}': the nearest are {}", near.join(", "))]
    Unknown {
        /// What was asked for.
        id: String,
        /// What looks like it.
        near: Vec<String>,
    },
    /// The failure is known, and cannot be put into a world.
    #[error("{id} cannot be put into the sandbox: {why}")]
    Absent {
        /// The failure.
        id: String,
        /// Why not.
        why: String,
    },
    /// It does not fit this world.
    #[error("{id} does not fit this sandbox: {why}")]
    Misfit {
        /// The failure.
        id: String,
        /// Why not.
        why: String,
    },
}

/// Words to expect, with the names of this world in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Where they are read.
    pub place: String,
    /// The code, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The words; `<name>` stands for what differs from run to run.
    pub text: String,
    /// How well they are known.
    pub known: String,
}

/// A break that was put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// `F02:key`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What was done, in one line.
    pub what: String,
    /// The environment.
    pub environment: String,
    /// The pipeline.
    pub pipeline: String,
    /// The branch that it reads.
    pub branch: String,
    /// What was changed.
    pub changes: Vec<Change>,
    /// Whether a run starts by itself: the change is a commit, or a run was asked for.
    pub starts: bool,
    /// What becomes of the next run, in one sentence.
    pub ends: String,
    /// AWS's words, the first place first.
    pub words: Vec<Words>,
    /// How it is put right again.
    pub right: String,
}

/// Puts a failure into a world, into an environment's pipeline or the first one. On a refusal the world is as it
/// was.
///
/// # Errors
/// Why it is not put in.
pub fn put(
    world: &mut World,
    id: &str,
    environment: Option<&str>,
    now: i64,
) -> Result<Broken, Refused> {
    let candidates = find(id);
    let mut first = None;
    for candidate in candidates {
        match put_one(world, candidate, environment, now) {
            Ok(broken) => return Ok(broken),
            Err(refused) => {
                first.get_or_insert(refused);
            }
        }
    }
    Err(first.unwrap_or_else(|| unfound(id)))
}

/// Why an id that [`find`] does not know is refused: it cannot be had here, or there is no such failure.
pub fn unfound(id: &str) -> Refused {
    match absent(id) {
        Some(known) => Refused::Absent {
            id: known.id.to_owned(),
            why: known.why.to_owned(),
        },
        None => Refused::Unknown {
            id: id.to_owned(),
            near: nearest(id),
        },
    }
}

fn put_one(
    world: &mut World,
    it: &Break,
    environment: Option<&str>,
    now: i64,
) -> Result<Broken, Refused> {
    let misfit = |why: String| Refused::Misfit {
        id: it.full_id(),
        why,
    };
    // Carried out in a copy, which takes the world's place when all of it is done.
    let copied = serde_json::to_vec(&*world).and_then(|text| serde_json::from_slice(&text));
    let mut copy: World = copied.map_err(|error| misfit(error.to_string()))?;
    copy.permissive = world.permissive;
    copy.time_scale = world.time_scale;
    copy.calling_with.clone_from(&world.calling_with);
    let mut site = Site::find(&mut copy, environment, now).map_err(|why| misfit(why.0))?;
    let strategy = site.strategy().map_err(|why| misfit(why.0))?;
    let Some(end) = it.end(strategy) else {
        let of: Vec<&str> = it.strategies().into_iter().map(Strategy::name).collect();
        return Err(misfit(format!(
            "it belongs to {}, and {} deploys with {}",
            of.join(" and "),
            site.environment,
            strategy.name()
        )));
    };
    (it.put)(&mut site).map_err(|why| misfit(why.0))?;
    let facts = std::mem::take(&mut site.facts);
    let branch = facts.get("branch").cloned().unwrap_or_default();
    let broken = Broken {
        id: it.full_id(),
        name: it.name.to_owned(),
        what: it.what.to_owned(),
        environment: site.environment.clone(),
        pipeline: site.name.clone(),
        branch,
        changes: std::mem::take(&mut site.changes),
        starts: site.starts,
        ends: fill(&sentence(end), &facts),
        words: words(end)
            .into_iter()
            .map(|words| Words {
                text: fill(&words.text, &facts),
                ..words
            })
            .collect(),
        right: fill(it.right.text(), &facts),
    };
    *world = copy;
    world.touched = true;
    Ok(broken)
}

/// What becomes of the next run.
fn sentence(end: End) -> String {
    match end {
        End::Fails { at, .. } => format!("the run fails at its {at} action"),
        End::Silence { look } => format!("no run starts, and nothing says why: {look}"),
        End::Lands { look, .. } => format!("the run lands: {look}"),
        End::Twice => "one push starts two runs".to_owned(),
        End::Superseded => {
            "of several pushes in a row, the runs in the middle end as Superseded".to_owned()
        }
    }
}

fn words(end: End) -> Vec<Words> {
    let beside = |sights: &[Sight], known: &str| -> Vec<Words> {
        let words = sights.iter().map(|sight| Words {
            place: sight.see.name().to_owned(),
            code: None,
            text: sight.says.to_owned(),
            known: known.to_owned(),
        });
        words.collect()
    };
    match end {
        End::Fails {
            code,
            says,
            known,
            more,
            ..
        } => {
            let mut words = vec![Words {
                place: "of the action".to_owned(),
                code: Some(code.to_owned()),
                text: says.to_owned(),
                known: known.name().to_owned(),
            }];
            words.extend(beside(more, known.name()));
            words
        }
        End::Lands { more, .. } => beside(more, super::Known::Observed.name()),
        _ => Vec::new(),
    }
}

impl Sandbox {
    /// Puts a failure into its world.
    ///
    /// # Errors
    /// Why it is not put in; the world is as it was.
    pub fn put_break(&self, id: &str, environment: Option<&str>) -> Result<Broken, SandboxError> {
        let now = (self.shared.clock)();
        let broken = put(&mut self.shared.world(), id, environment, now)?;
        self.shared.changed();
        Ok(broken)
    }
}
