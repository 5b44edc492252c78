//! What goes on by itself: events on their way, runs of pipelines, builds, deployments.
//!
//! Whatever runs is kept in the state of its service with the moment at which it goes on. [`advance`]
//! carries out all that is due, in the order of time, and is called before each answer and by a
//! ticker. Nothing else moves a run, so a test with its own clock sees the same run every time.
//!
//! `--time-scale N` makes each wait N times shorter ([`World::after`]) and leaves the clock as it is:
//! signatures, sessions and what a client compares with its own clock stay true.

use super::blobs::Blobs;
use super::delivery;
use super::services::{codebuild, codedeploy, codepipeline, ecs};
use super::world::World;

/// What a service has going.
pub struct Engine {
    /// The moment at which something of it goes on next, in milliseconds since 1970.
    pub due: fn(&World) -> Option<i64>,
    /// Carries out what is due at this moment. What it leaves behind is due later, or at this moment
    /// again; never before it.
    pub step: fn(&mut World, &Blobs, i64),
}

/// The engines. Where two are due at one moment, the one that stands first here goes first.
static ENGINES: &[Engine] = &[
    Engine {
        due: delivery::due,
        step: delivery::advance,
    },
    Engine {
        due: codebuild::engine::due,
        step: codebuild::engine::advance,
    },
    Engine {
        due: codepipeline::engine::due,
        step: codepipeline::engine::advance,
    },
    Engine {
        due: ecs::engine::due,
        step: ecs::engine::advance,
    },
    Engine {
        due: codedeploy::engine::due,
        step: codedeploy::engine::advance,
    },
];

/// Steps of one engine at one moment: one that still is not done then is left for the next call.
const MOST_AT_ONCE: usize = 10_000;

/// The moment at which anything goes on next.
pub fn due(world: &World) -> Option<i64> {
    ENGINES
        .iter()
        .filter_map(|engine| (engine.due)(world))
        .min()
}

/// Carries out whatever is due up to a moment, in the order of time. Answers whether anything was.
pub fn advance(world: &mut World, blobs: &Blobs, now: i64) -> bool {
    let mut stepped = false;
    let (mut moment, mut steps) = (i64::MIN, 0_usize);
    loop {
        let next = ENGINES
            .iter()
            .filter_map(|engine| Some(((engine.due)(world)?, engine)))
            .min_by_key(|(at, _)| *at);
        let Some((at, engine)) = next.filter(|(at, _)| *at <= now) else {
            return stepped;
        };
        if at > moment {
            (moment, steps) = (at, 0);
        }
        steps += 1;
        if steps > MOST_AT_ONCE {
            return stepped;
        }
        // Time does not go back: what was due earlier than something already done is done now.
        (engine.step)(world, blobs, at.max(moment));
        stepped = true;
    }
}

impl World {
    /// The moment that comes after a wait, which a time scale shortens. At least a millisecond passes,
    /// so that one thing still follows another.
    pub fn after(&self, now: i64, milliseconds: i64) -> i64 {
        let scale = i64::from(self.time_scale.max(1));
        now.saturating_add((milliseconds / scale).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_shortens_waits_and_never_to_nothing() {
        let mut world = World::default();
        assert_eq!(world.after(1000, 60_000), 61_000);
        world.time_scale = 1000;
        assert_eq!(world.after(1000, 60_000), 1060);
        assert_eq!(world.after(1000, 10), 1001);
        assert_eq!(world.after(i64::MAX, 10), i64::MAX);
    }

    #[test]
    fn an_empty_world_has_nothing_due() {
        let mut world = World::default();
        assert_eq!(due(&world), None);
        assert!(!advance(&mut world, &Blobs::memory(), i64::MAX));
    }
}
