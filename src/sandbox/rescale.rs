//! A state that was saved at one time scale and is opened at another: what is left of each wait becomes so
//! much shorter or longer. What was due while nobody looked stays due.

use super::world::World;

/// Makes what is left of each wait `to / from` times shorter.
pub fn rescale(world: &mut World, from: u32, to: u32, now: i64) {
    let (from, to) = (i64::from(from.max(1)), i64::from(to.max(1)));
    if from == to {
        return;
    }
    let shift = |due: &mut i64| {
        let left = due.saturating_sub(now);
        if left > 0 {
            *due = now.saturating_add((left.saturating_mul(from) / to).max(1));
        }
    };
    let maybe = |due: &mut Option<i64>| {
        if let Some(due) = due {
            shift(due);
        }
    };
    let regions = world
        .accounts
        .values_mut()
        .flat_map(|account| account.regions.values_mut());
    for region in regions {
        for sent in &mut region.eventbridge.sent {
            shift(&mut sent.due);
        }
        for (due, _) in &mut region.codebuild.running {
            shift(due);
        }
        for pipeline in region.codepipeline.pipelines.values_mut() {
            maybe(&mut pipeline.due);
            let stages = pipeline.executions.iter_mut().flat_map(|it| &mut it.stages);
            for action in stages.flat_map(|it| &mut it.actions) {
                maybe(&mut action.due);
                maybe(&mut action.deadline);
            }
        }
        for deployment in region.codedeploy.deployments.values_mut() {
            maybe(&mut deployment.due);
            maybe(&mut deployment.until);
        }
        for service in region.ecs.services.values_mut() {
            maybe(&mut service.due);
            service
                .rollouts
                .iter_mut()
                .for_each(|it| maybe(&mut it.retry_at));
            service
                .releases
                .iter_mut()
                .for_each(|it| maybe(&mut it.due));
            service
                .task_sets
                .iter_mut()
                .for_each(|it| maybe(&mut it.retry_at));
        }
        for task in region.ecs.tasks.values_mut() {
            maybe(&mut task.due);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sandbox::world::{Account, Regional};

    use super::*;

    #[test]
    fn what_is_left_of_a_wait_is_shortened_and_lengthened() {
        let mut world = World::default();
        let mut region = Regional::default();
        let deployments = &mut region.codedeploy.deployments;
        let deployment = deployments.entry("d".to_owned()).or_default();
        deployment.due = Some(61_000);
        deployment.until = Some(301_000);
        region.codebuild.running.push((500, "over".to_owned()));
        region.codebuild.running.push((1_002, "soon".to_owned()));
        let mut account = Account::default();
        account.regions.insert("r".to_owned(), region);
        world.accounts.insert("a".to_owned(), account);
        let dues = |world: &World| {
            let region = &world.accounts["a"].regions["r"];
            let deployment = &region.codedeploy.deployments["d"];
            (
                deployment.due,
                deployment.until,
                region.codebuild.running[0].0,
                region.codebuild.running[1].0,
            )
        };
        rescale(&mut world, 1, 60, 1_000);
        assert_eq!(dues(&world), (Some(2_000), Some(6_000), 500, 1_001));
        rescale(&mut world, 60, 1, 1_000);
        assert_eq!(dues(&world), (Some(61_000), Some(301_000), 500, 1_060));
        rescale(&mut world, 7, 7, 1_000);
        assert_eq!(dues(&world), (Some(61_000), Some(301_000), 500, 1_060));
    }
}
