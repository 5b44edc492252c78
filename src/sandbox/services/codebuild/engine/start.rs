//! How builds begin.

use serde_json::{Map, Value, json};

use super::{Key, PHASES, enter, tell};
use crate::sandbox::authorize;
use crate::sandbox::service::Fault;
use crate::sandbox::services::codebuild::alone;
use crate::sandbox::services::codebuild::builds::{Build, FromPipeline, Variable};
use crate::sandbox::services::codebuild::project::project_arn;
use crate::sandbox::services::eventbridge::outbox::Place;
use crate::sandbox::world::World;

/// The principal that takes on a project's role.
const SERVICE: &str = "codebuild.amazonaws.com";

/// What is asked of a build.
#[derive(Debug, Default, Clone)]
pub struct Order {
    /// Who or what asks: `codepipeline/NAME`, a caller's name.
    pub initiator: String,
    /// Variables over the project's.
    pub variables: Vec<Variable>,
    /// Members of the project that are other for this build.
    pub overrides: Map<String, Value>,
    /// What is built.
    pub source_version: Option<String>,
    /// The commit.
    pub resolved: Option<String>,
    /// What a pipeline hands over.
    pub pipeline: Option<FromPipeline>,
    /// The caller's token.
    pub token: Option<String>,
    /// The build's id, the part after the colon, where it has been drawn already.
    pub uuid: Option<String>,
}

/// What the input of StartBuild asks.
pub fn from_input(input: &Value, initiator: &str) -> Order {
    let text = |name: &str| input.get(name).and_then(Value::as_str).map(str::to_owned);
    let variables = input
        .get("environmentVariablesOverride")
        .and_then(Value::as_array);
    let mut overrides = Map::new();
    for (given, member) in [
        ("sourceOverride", "source"),
        ("artifactsOverride", "artifacts"),
        ("secondarySourcesOverride", "secondarySources"),
        ("cacheOverride", "cache"),
        ("serviceRoleOverride", "serviceRole"),
        ("timeoutInMinutesOverride", "timeoutInMinutes"),
        ("queuedTimeoutInMinutesOverride", "queuedTimeoutInMinutes"),
        ("encryptionKeyOverride", "encryptionKey"),
        ("logsConfigOverride", "logsConfig"),
        ("secondaryArtifactsOverride", "secondaryArtifacts"),
        ("secondarySourcesVersionOverride", "secondarySourceVersions"),
    ] {
        if let Some(value) = input.get(given).filter(|value| !value.is_null()) {
            overrides.insert(member.to_owned(), value.clone());
        }
    }
    for (given, part, member) in [
        ("sourceTypeOverride", "source", "type"),
        ("sourceLocationOverride", "source", "location"),
        ("buildspecOverride", "source", "buildspec"),
        ("sourceAuthOverride", "source", "auth"),
        ("gitCloneDepthOverride", "source", "gitCloneDepth"),
        (
            "gitSubmodulesConfigOverride",
            "source",
            "gitSubmodulesConfig",
        ),
        ("insecureSslOverride", "source", "insecureSsl"),
        ("reportBuildStatusOverride", "source", "reportBuildStatus"),
        ("buildStatusConfigOverride", "source", "buildStatusConfig"),
        ("environmentTypeOverride", "environment", "type"),
        ("imageOverride", "environment", "image"),
        ("computeTypeOverride", "environment", "computeType"),
        ("privilegedModeOverride", "environment", "privilegedMode"),
        ("certificateOverride", "environment", "certificate"),
        ("fleetOverride", "environment", "fleet"),
        (
            "registryCredentialOverride",
            "environment",
            "registryCredential",
        ),
        (
            "imagePullCredentialsTypeOverride",
            "environment",
            "imagePullCredentialsType",
        ),
    ] {
        if let Some(value) = input.get(given).filter(|value| !value.is_null()) {
            let path = format!("{part}/{member}");
            overrides.insert(path, value.clone());
        }
    }
    Order {
        initiator: initiator.to_owned(),
        variables: Variable::read(variables.map(Vec::as_slice).unwrap_or_default()),
        overrides,
        source_version: text("sourceVersion"),
        token: text("idempotencyToken"),
        ..Order::default()
    }
}

/// Starts a build. Answers its id.
///
/// # Errors
/// There is no such project, or its role cannot be taken on.
pub fn start(
    world: &mut World,
    place: Place<'_>,
    project: &str,
    order: Order,
    now: i64,
) -> Result<String, Fault> {
    let arn = project_arn(place.region, place.account, project);
    let found = world
        .regional_ref(place.account, place.region)
        .and_then(|regional| regional.codebuild.projects.get(project))
        .ok_or_else(|| {
            let message = format!("Project cannot be found: {arn}");
            Fault::new("ResourceNotFoundException", message)
        })?;
    let mut body = found.body.clone();
    for (path, value) in &order.overrides {
        set(&mut body, path, value);
    }
    let role = body
        .get("serviceRole")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let context = [
        ("aws:SourceArn", arn.as_str()),
        ("aws:SourceAccount", place.account),
    ];
    if !authorize::service_can_assume(world, role, SERVICE, &context) {
        return Err(Fault::new(
            "InvalidInputException",
            format!("CodeBuild is not authorized to perform: sts:AssumeRole on {role}"),
        ));
    }
    let uuid = match &order.uuid {
        Some(drawn) => drawn.clone(),
        None => world.ids.uuid(),
    };
    let id = format!("{project}:{uuid}");
    let due = world.after(now, PHASES.first().map_or(1, |(_, takes)| *takes));
    let state = &mut world.regional(place.account, place.region).codebuild;
    let known = order.token.as_ref().and_then(|token| {
        let mut builds = state.builds.values();
        builds.find(|build| build.project == project && build.token.as_ref() == Some(token))
    });
    if let Some(known) = known {
        return Ok(known.id.clone());
    }
    let number = state
        .builds
        .values()
        .filter(|it| it.project == project)
        .count();
    let mut variables = Variable::read(
        body.pointer("/environment/environmentVariables")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default(),
    );
    for variable in order.variables {
        variables.retain(|known| known.name != variable.name);
        variables.push(variable);
    }
    let mut build = Build {
        id: id.clone(),
        project: project.to_owned(),
        number: number as u64 + 1,
        status: "IN_PROGRESS".to_owned(),
        started: now,
        source_version: order.source_version,
        resolved: order.resolved,
        initiator: order.initiator,
        body,
        variables,
        pipeline: order.pipeline,
        token: order.token,
        ..Build::default()
    };
    if let Some((first, _)) = PHASES.first() {
        enter(&mut build, first, now);
    }
    state.running.push((due, id.clone()));
    state.builds.insert(id.clone(), build.clone());
    let key = Key {
        account: place.account.to_owned(),
        region: place.region.to_owned(),
        id: id.clone(),
    };
    if build.pipeline.is_none() {
        build.needs = alone::listing(world, &key, &build, None).0;
        let state = &mut world.regional(place.account, place.region).codebuild;
        state.builds.insert(id.clone(), build.clone());
    }
    tell(world, &key, &build, now);
    Ok(id)
}

/// Sets a member, or one a level deeper.
fn set(body: &mut Value, path: &str, value: &Value) {
    let Value::Object(members) = body else { return };
    match path.split_once('/') {
        None => {
            members.insert(path.to_owned(), value.clone());
        }
        Some((part, member)) => {
            let part = members.entry(part.to_owned()).or_insert_with(|| json!({}));
            set(part, member, value);
        }
    }
}
