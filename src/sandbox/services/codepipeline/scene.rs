//! What is known of a run, as `chain` asks for it.

use serde_json::Value;

use super::declaration::text_of;
use super::engine::Key;
use super::execution::{ActionRun, Execution};
use crate::chain::{self, Beside, Bucket, Commands, Moment, Need, Place, Run};
use crate::ident::{AccountId, Region};
use crate::sandbox::services::codecommit;
use crate::sandbox::world::World;

/// What an action needs, in order; empty where the account or Region is not one that `chain` knows. `build`
/// is the id of the build that it will start.
pub fn needs(
    world: &World,
    key: &Key,
    pipeline: &Value,
    execution: &Execution,
    place: (&str, &str),
    beside: Beside,
    build: Option<&str>,
) -> Vec<Need> {
    let place = Place::new(place.0, place.1);
    match run(world, key, pipeline, execution, &place, beside) {
        Some(mut run) => {
            run.moment.build = build.map(str::to_owned);
            chain::action(&run, &place).needs
        }
        None => Vec::new(),
    }
}

/// What is read from the commands of an action's build.
pub fn commands(
    world: &World,
    key: &Key,
    pipeline: &Value,
    execution: &Execution,
    place: (&str, &str),
    beside: Beside,
) -> Commands {
    let place = Place::new(place.0, place.1);
    match run(world, key, pipeline, execution, &place, beside) {
        Some(run) => chain::commands(&run, &place),
        None => Commands::default(),
    }
}

fn run(
    world: &World,
    key: &Key,
    pipeline: &Value,
    execution: &Execution,
    place: &Place,
    beside: Beside,
) -> Option<Run> {
    let account = AccountId::parse(&key.account).ok()?;
    let region = Region::parse(&key.region).ok()?;
    let mut run = Run::new(account, region, pipeline.clone());
    for (name, bucket) in &world.buckets {
        run.buckets.insert(
            name.clone(),
            Bucket {
                owner: AccountId::parse(&bucket.owner).ok(),
                bucket_key: bucket.encryption.bucket_key,
                default_key: bucket.encryption.key.clone(),
            },
        );
    }
    let attempt = execution.current().and_then(|it| it.attempt(&place.action));
    let commit = attempt.and_then(|it| revision(execution, primary(it)));
    run.moment = Moment {
        artifact_keys: execution
            .artifacts
            .iter()
            .map(|(name, location)| (name.clone(), location.key.clone()))
            .collect(),
        session: Some(execution.session.clone()),
        commit,
        ..Moment::default()
    };
    // The keys that this attempt writes are not among the run's artifacts yet.
    for output in attempt.iter().flat_map(|attempt| &attempt.outputs) {
        let path = output.location.key.clone();
        run.moment.artifact_keys.insert(output.name.clone(), path);
    }
    run.actions.insert(place.clone(), beside);
    Some(run)
}

/// The name of an action's primary input artifact.
fn primary(attempt: &ActionRun) -> Option<&str> {
    let named = attempt.resolved.get("PrimarySource").map(String::as_str);
    let first = || attempt.inputs.first().map(|it| it.name.as_str());
    named.or_else(first)
}

/// The revision of an input artifact: its own where a source action made it, or else the run's first.
pub fn revision(execution: &Execution, artifact: Option<&str>) -> Option<String> {
    let mut all = execution.revisions.iter();
    all.find(|it| Some(it.artifact.as_str()) == artifact)
        .or_else(|| execution.revisions.first())
        .map(|it| it.id.clone())
}

/// The build project of an action, as BatchGetProjects has it.
pub fn project(world: &World, key: &Key, name: &str) -> Option<Value> {
    let regional = world.regional_ref(&key.account, &key.region)?;
    let project = regional.codebuild.projects.get(name)?;
    Some(project.body.clone())
}

/// The repository and branch that a CodeCommit action reads, if they are there.
pub fn branch<'a>(
    world: &'a World,
    place: (&str, &str),
    repository: &str,
    branch: &str,
) -> Option<(&'a codecommit::Repository, &'a str)> {
    let regional = world.regional_ref(place.0, place.1)?;
    let repository = regional.codecommit.repositories.get(repository)?;
    let head = repository.branches.get(branch)?;
    Some((repository, head))
}

/// Nothing known beside.
pub fn nothing() -> Beside {
    Beside::default()
}

/// A setting of an action, as text.
pub fn setting<'a>(action: &'a Value, name: &str) -> &'a str {
    action
        .get("configuration")
        .map(|it| text_of(it, name))
        .unwrap_or_default()
}

/// The account that an action works in: that of its own role, or the pipeline's.
pub fn account_of<'a>(key: &'a Key, action: &'a Value) -> &'a str {
    let role = text_of(action, "roleArn");
    role.split(':')
        .nth(4)
        .filter(|account| !account.is_empty())
        .unwrap_or(&key.account)
}

/// The Region that an action works in.
pub fn region_of<'a>(key: &'a Key, action: &'a Value) -> &'a str {
    let region = text_of(action, "region");
    if region.is_empty() {
        &key.region
    } else {
        region
    }
}

/// The role that an action works as: its own, or the pipeline's.
pub fn role_of<'a>(pipeline: &'a Value, action: &'a Value) -> &'a str {
    let own = text_of(action, "roleArn");
    if own.is_empty() {
        text_of(pipeline, "roleArn")
    } else {
        own
    }
}

/// Where to see something in the console: only its shape is AWS's, nothing answers there.
pub fn console(region: &str, path: &str) -> String {
    format!("https://{region}.console.aws.amazon.com/{path}")
}
