//! What a build does in each of its phases.

use std::collections::BTreeMap;

use bytes::Bytes;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::Working;
use crate::chain::{Need, Shown, Step, Who};
use crate::sandbox::archive::{self, Files};
use crate::sandbox::gate::{self, Refused};
use crate::sandbox::page::arn;
use crate::sandbox::perform::Worker;
use crate::sandbox::services::codebuild::alone;
use crate::sandbox::services::codebuild::builds::Phase;
use crate::sandbox::services::codebuild::commands::{self, Read, Variables};
use crate::sandbox::services::codebuild::images;
use crate::sandbox::services::codebuild::made::{self, Pushed};
use crate::sandbox::services::codebuild::source;
use crate::sandbox::services::codebuild::spec::Spec;
use crate::sandbox::services::ecr;
use crate::sandbox::services::s3::inside;
use crate::sandbox::time;
use crate::validity::buildspec;

/// Why a phase fails: code and message.
pub type Fails = (String, String);

fn fails(code: &str, message: impl Into<String>) -> Fails {
    (code.to_owned(), message.into())
}

/// The work of a phase, done when its time is over.
///
/// # Errors
/// Why the phase fails.
pub fn carry_out(working: &mut Working<'_>, phase: &str) -> Result<(), Fails> {
    match phase {
        "QUEUED" => pass_of(working, Step::Provisioning, of_queue),
        "PROVISIONING" => {
            pass_of(working, Step::Provisioning, |need| !of_queue(need))?;
            image(working)
        }
        "DOWNLOAD_SOURCE" => {
            pass(working, &[Step::DownloadSource])?;
            let is_alone = working.build.pipeline.is_none();
            if is_alone {
                alone::may_download(working.world, working.key, working.build, working.now)?;
            }
            let tree = source::tree(working.world, working.blobs, working.key, working.build)?;
            if is_alone {
                working.build.resolved =
                    source::resolved(working.world, working.key, working.build);
            }
            let spec = spec(working, &tree)?;
            if is_alone {
                let text = source::buildspec(working.world, working.blobs, working.build, &tree);
                let (needs, read) = alone::listing(working.world, working.key, working.build, text);
                working.build.needs = needs;
                working.build.read = Some(read);
                // Values that the buildspec names are known to be wanted only now.
                pass(working, &[Step::DownloadSource])?;
            }
            working.build.aborts = spec.abort.contains(&"BUILD");
            cache(working, &spec, Step::DownloadSource);
            working.build.commands = (spec.commands.iter())
                .map(|(phase, commands)| ((*phase).to_owned(), commands.clone()))
                .collect();
            Ok(())
        }
        "BUILD" => {
            pass(working, &[Step::BuildCommands])?;
            exits(working, phase)?;
            daemon(working)?;
            push(working)
        }
        "INSTALL" | "PRE_BUILD" | "POST_BUILD" => exits(working, phase),
        "UPLOAD_ARTIFACTS" => upload(working),
        _ => Ok(()),
    }
}

/// One of AWS's own images must be one that it offers.
fn image(working: &Working<'_>) -> Result<(), Fails> {
    let image = working.build.body.pointer("/environment/image");
    let image = image.and_then(Value::as_str).unwrap_or_default();
    if !image.starts_with("aws/codebuild/") || images::offered(image) {
        return Ok(());
    }
    Err(fails(
        "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE",
        format!(
            "Unable to pull customer's container image. CannotPullContainerError: Error response from daemon: manifest for {image} not found"
        ),
    ))
}

/// Docker's daemon starts only in a privileged container.
/// Source: AWS CodeBuild User Guide, "Troubleshooting AWS CodeBuild", "Cannot connect to the Docker daemon".
fn daemon(working: &mut Working<'_>) -> Result<(), Fails> {
    let privileged = working.build.body.pointer("/environment/privilegedMode");
    if privileged.and_then(Value::as_bool) == Some(true) {
        return Ok(());
    }
    let pipeline = working.build.pipeline.as_ref();
    let programs = pipeline.map(|it| it.commands.programs.as_slice());
    let uses = programs.unwrap_or_default().iter().find(|words| {
        let mut words = words.iter().map(String::as_str);
        words.next() == Some("docker") && matches!(words.next(), Some("build" | "push"))
    });
    let Some(command) = uses.map(|words| words.join(" ")) else {
        return Ok(());
    };
    let (key, build) = (working.key.clone(), working.build.clone());
    let said = "Cannot connect to the Docker daemon at unix:/var/run/docker.sock. Is the docker daemon running?";
    super::write(working.world, &key, &build, working.now, &[said.to_owned()]);
    Err(fails(
        "COMMAND_EXECUTION_ERROR",
        format!("Error while executing command: {command}. Reason: exit status 1"),
    ))
}

/// What a refused cache leaves in the log: a build goes on without it.
fn cache(working: &mut Working<'_>, spec: &Spec, step: Step) {
    let Some(pipeline) = working.build.pipeline.as_ref().filter(|_| spec.caches) else {
        return;
    };
    let region = working.key.region.as_str();
    let refused = pipeline.needs.iter().any(|need| {
        need.step == step
            && need.refusal.failure == "F46"
            && gate::decide(working.world, need, region, working.now).is_err()
    });
    if refused {
        let (key, build) = (working.key.clone(), working.build.clone());
        super::write(
            working.world,
            &key,
            &build,
            working.now,
            &["Access denied".to_owned()],
        );
    }
}

/// Decides what certain steps need. A refusal fails the phase; its sentence goes to where AWS shows it.
fn pass(working: &mut Working<'_>, steps: &[Step]) -> Result<(), Fails> {
    steps
        .iter()
        .try_for_each(|step| pass_of(working, *step, |_| true))
}

/// Whether a need is refused while the build is still QUEUED: the role, and the log.
/// Source: a pipeline's message in a public report, "Phase: QUEUED, Code: ACCESS_DENIED".
fn of_queue(need: &Need) -> bool {
    let error = need.refusal.action_error.as_ref();
    error.is_some_and(|error| error.message.contains("Phase: QUEUED,"))
}

/// The same for those of a step that are wanted.
fn pass_of(working: &mut Working<'_>, step: Step, wanted: fn(&Need) -> bool) -> Result<(), Fails> {
    let region = working.key.region.clone();
    let needs = working.build.needs().iter().filter(|need| wanted(need));
    let needs: Vec<Need> = needs.cloned().collect();
    let passed = gate::pass(working.world, &needs, &[step], &region, working.now);
    let Err(refused) = passed else {
        return Ok(());
    };
    working.build.action_error = refused
        .need
        .refusal
        .action_error
        .is_some()
        .then(|| refused.of_action());
    Err(shown(working, &refused))
}

/// What the phase says of a refusal. The output of a command is in the log; the phase only knows that the
/// command failed.
fn shown(working: &mut Working<'_>, refused: &Refused) -> Fails {
    if refused.need.refusal.shown != Shown::BuildLog {
        return fails(&refused.need.refusal.code, refused.message());
    }
    let (key, build) = (working.key.clone(), working.build.clone());
    let lines = [
        refused.message(),
        "Command did not exit successfully, exit status 254".to_owned(),
    ];
    super::write(working.world, &key, &build, working.now, &lines);
    if refused.need.refusal.code.is_empty() {
        return fails("COMMAND_EXECUTION_ERROR", refused.message());
    }
    let code = refused.need.refusal.code.clone();
    (code, refused.message())
}

/// The buildspec: from the project, or the file of the source.
fn spec(working: &Working<'_>, tree: &Files) -> Result<Spec, Fails> {
    let text = source::buildspec(working.world, working.blobs, working.build, tree)
        .ok_or_else(|| fails("YAML_FILE_ERROR", "YAML file does not exist"))?;
    let problems = buildspec::check(&text);
    let broken = problems
        .iter()
        .find(|problem| problem.code == crate::validity::Code::YamlFileError);
    match broken {
        Some(problem) => Err(fails("YAML_FILE_ERROR", problem.message.clone())),
        None => Ok(Spec::read(&text)),
    }
}

/// The environment variables whose values are known.
fn environment(working: &Working<'_>, spec: &Spec) -> Variables {
    let build = &working.build;
    let (account, region) = (&working.key.account, &working.key.region);
    let mut known: Variables = spec.variables.clone();
    for variable in &build.variables {
        match variable.kind.as_str() {
            "PLAINTEXT" => known.insert(variable.name.clone(), variable.value.clone()),
            // There is no parameter store and no secrets manager here.
            _ => known.remove(&variable.name),
        };
    }
    let image = build
        .body
        .pointer("/environment/image")
        .and_then(Value::as_str);
    let build_arn = arn("codebuild", region, account, &format!("build/{}", build.id));
    for (name, value) in [
        ("CODEBUILD_BUILD_ID", build.id.as_str()),
        ("CODEBUILD_BUILD_ARN", &build_arn),
        ("CODEBUILD_BUILD_NUMBER", &build.number.to_string()),
        ("CODEBUILD_BUILD_IMAGE", image.unwrap_or_default()),
        ("CODEBUILD_BUILD_SUCCEEDING", "1"),
        ("CODEBUILD_INITIATOR", &build.initiator),
        ("CODEBUILD_LOG_PATH", build.uuid()),
        (
            "CODEBUILD_RESOLVED_SOURCE_VERSION",
            build.resolved.as_deref().unwrap_or_default(),
        ),
        (
            "CODEBUILD_SOURCE_VERSION",
            build.source_version.as_deref().unwrap_or_default(),
        ),
        ("CODEBUILD_SRC_DIR", "/codebuild/output/src/src"),
        ("CODEBUILD_START_TIME", &build.started.to_string()),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("PWD", "/codebuild/output/src/src"),
    ] {
        if !value.is_empty() {
            known.insert(name.to_owned(), value.to_owned());
        }
    }
    known
}

/// What the commands are: as the pipeline's action has read them, or read here for a build of its own.
fn read(working: &Working<'_>, spec: &Spec) -> Read {
    match working.build.commands() {
        Some(commands) => Read::of(commands, spec),
        None => commands::read(spec, &environment(working, spec)),
    }
}

/// A command that is certain to end the build as a failure, in its phase.
fn exits(working: &Working<'_>, phase: &str) -> Result<(), Fails> {
    match working.build.commands().and_then(|it| it.exits.as_ref()) {
        Some((at, command)) if at == phase => Err(fails(
            "COMMAND_EXECUTION_ERROR",
            format!(
                "Error while executing command: {command}. Reason: exit status {}",
                status_of(command)
            ),
        )),
        _ => Ok(()),
    }
}

/// The status that a command exits with: the number after its last `exit`, where there is one.
fn status_of(command: &str) -> u8 {
    let words: Vec<&str> = command
        .split(|letter: char| letter.is_whitespace() || ";(){}&|".contains(letter))
        .filter(|word| !word.is_empty())
        .collect();
    let last = words.iter().rposition(|word| *word == "exit");
    last.and_then(|place| words.get(place + 1)?.parse().ok())
        .filter(|status| *status != 0)
        .unwrap_or(1)
}

/// Puts the record of the image into its repository, in the name of whoever pushes.
fn push(working: &mut Working<'_>) -> Result<(), Fails> {
    let tree = source::tree(working.world, working.blobs, working.key, working.build)?;
    let spec = spec(working, &tree)?;
    let read = read(working, &spec);
    for name in &spec.exported {
        if let Some(value) = read.variables.get(name) {
            working.build.exported.insert(name.clone(), value.clone());
        }
    }
    let wanted: Vec<Need> = working
        .build
        .needs()
        .iter()
        .filter(|need| need.iam_action == "ecr:PutImage" && need.is_required())
        .cloned()
        .collect();
    let targets: Vec<(String, Option<Who>)> = wanted
        .into_iter()
        .map(|need| (need.resource, Some(need.who)))
        .collect();
    for (repository, who) in targets {
        let tag = read.pushed.iter().find_map(|address| {
            let fits = source::repository_of(address).as_deref() == Some(repository.as_str());
            fits.then(|| address.rsplit_once(':').map(|(_, tag)| tag.to_owned()))?
        });
        let tag = tag.unwrap_or_else(|| "latest".to_owned());
        let looks = read.text.contains("describe-images");
        put_image(working, &repository, &tag, who.as_ref(), looks)?;
    }
    Ok(())
}

/// A manifest that names this build's image; its layers are made up, but always the same for a build.
fn put_image(
    working: &mut Working<'_>,
    repository: &str,
    tag: &str,
    who: Option<&Who>,
    looks: bool,
) -> Result<(), Fails> {
    let mut parts = repository.splitn(6, ':').skip(3);
    let region = parts.next().unwrap_or_default().to_owned();
    let account = parts.next().unwrap_or_default().to_owned();
    let name = parts.next().unwrap_or_default();
    let name = name.strip_prefix("repository/").unwrap_or(name).to_owned();
    let seed = format!(
        "{} {}",
        working.build.id,
        working.build.source_version.as_deref().unwrap_or_default()
    );
    let layer = ecr::digest(seed.as_bytes());
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 1480,
            "digest": ecr::digest(layer.as_bytes()),
        },
        "layers": [{
            "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "size": 4_194_304,
            "digest": layer,
        }],
    });
    ecr::pushed(working.world, (&account, &region), &name, &manifest);
    let manifest = manifest.to_string();
    let digest = ecr::digest(manifest.as_bytes());
    let regional = working.world.regional_ref(&account, &region);
    let known = regional.and_then(|it| it.ecr.repositories.get(&name));
    let tagged = known
        .and_then(|it| it.image(None, Some(tag)))
        .map(|it| it.digest.clone());
    let address = format!(
        "{account}.dkr.ecr.{region}.{}/{name}",
        crate::sandbox::page::dns_suffix(&region)
    );
    working.build.pushed = Some((
        address.clone(),
        tagged.clone().unwrap_or_else(|| digest.clone()),
    ));
    let stays = known.is_some_and(|it| it.mutability.starts_with("IMMUTABLE"));
    if looks && tagged.is_some() && stays {
        // The commands look first: the tag stays where it is, and the image that was built first is the one
        // of this commit.
        return Ok(());
    }
    let role = who.and_then(|who| who.role_arn().map(str::to_owned));
    let role = role.unwrap_or_else(|| working.build.role().to_owned());
    let session = match who {
        Some(Who::Role { session, .. }) => session.name.clone(),
        _ => format!("AWSCodeBuild-{}", working.build.uuid()),
    };
    let worker = Worker {
        role,
        session,
        account: account.clone(),
        region,
        now: working.now,
    };
    let input = json!({
        "registryId": account,
        "repositoryName": name,
        "imageManifest": manifest,
        "imageTag": tag,
    });
    let answer = worker.ask(working.world, &ecr::SERVICE, "PutImage", input);
    match answer {
        Err(fault) if fault.code != "ImageAlreadyExistsException" => {
            let said = match fault.code.as_str() {
                "RepositoryNotFoundException" => format!(
                    "name unknown: The repository with name '{name}' does not exist in the registry with id '{account}'"
                ),
                "ImageTagAlreadyExistsException" => format!("tag invalid: {}", fault.message),
                _ => fault.message,
            };
            let (key, build) = (working.key.clone(), working.build.clone());
            super::write(working.world, &key, &build, working.now, &[said]);
            Err(fails(
                "COMMAND_EXECUTION_ERROR",
                format!(
                    "Error while executing command: docker push {address}:{tag}. Reason: exit status 1"
                ),
            ))
        }
        _ => Ok(()),
    }
}

/// Packs what the buildspec names and stores it.
fn upload(working: &mut Working<'_>) -> Result<(), Fails> {
    let outputs = working
        .build
        .pipeline
        .as_ref()
        .map(|pipeline| pipeline.outputs.clone())
        .unwrap_or_default();
    let tree = source::tree(working.world, working.blobs, working.key, working.build)?;
    let spec = spec(working, &tree)?;
    let read = read(working, &spec);
    let pushed = working
        .build
        .pushed
        .clone()
        .map(|(address, digest)| Pushed { address, digest });
    if working.build.pipeline.is_none() {
        return publish(working, &tree, &spec, &read, pushed.as_ref());
    }
    let mut chosen: BTreeMap<String, Files> = BTreeMap::new();
    for (name, _, _) in &outputs {
        let wanted = spec.secondary.get(name).or(match outputs.len() {
            1 => spec.artifacts.as_ref(),
            _ => None,
        });
        let Some(wanted) = wanted else {
            continue;
        };
        let mut made = tree.clone();
        made::complete(&mut made, wanted, &read, pushed.as_ref());
        let files = wanted
            .select(&made)
            .map_err(|why| fails("CLIENT_ERROR", why))?;
        chosen.insert(name.clone(), files);
    }
    pass(working, &[Step::UploadArtifacts])?;
    cache(working, &spec, Step::UploadArtifacts);
    let kms_key = working
        .build
        .pipeline
        .as_ref()
        .and_then(|it| it.kms_key.clone());
    for (name, bucket, key) in &outputs {
        let Some(files) = chosen.get(name) else {
            continue;
        };
        let packed = archive::pack(files).ok_or_else(|| {
            fails(
                "CLIENT_ERROR",
                "Failed to upload artifacts: the files cannot be packed",
            )
        })?;
        let sums = json!({
            "location": format!("arn:aws:s3:::{bucket}/{key}"),
            "sha256sum": crate::sandbox::sigv4::sha256_hex(&packed),
            "md5sum": hex::encode(Md5::digest(&packed)),
        });
        let upload = inside::Upload {
            bucket,
            key,
            body: Bytes::from(packed),
            content_type: "application/zip",
            kms_key: kms_key.clone(),
        };
        match inside::put(working.world, working.blobs, &upload, working.now) {
            Ok(Some(_)) => {}
            _ => {
                return Err(fails(
                    "CLIENT_ERROR",
                    format!("Failed to upload artifacts: the bucket {bucket} does not exist"),
                ));
            }
        }
        keep(working, name, sums);
    }
    Ok(())
}

/// Keeps what is shown of an artifact: the first one is the primary one, the others have identifiers.
fn keep(working: &mut Working<'_>, identifier: &str, mut sums: Value) {
    if working.build.artifact.is_none() {
        working.build.artifact = Some(sums);
        return;
    }
    if let Value::Object(sums) = &mut sums {
        sums.entry("artifactIdentifier")
            .or_insert_with(|| json!(identifier));
    }
    working.build.secondary.push(sums);
}

/// Stores the artifacts of a build that no pipeline has started, where the project says.
fn publish(
    working: &mut Working<'_>,
    tree: &Files,
    spec: &Spec,
    read: &Read,
    pushed: Option<&Pushed>,
) -> Result<(), Fails> {
    let build = working.build.clone();
    let wanted = alone::wanted(&build, spec.artifacts.as_ref(), |name| {
        spec.secondary.get(name)
    });
    for (artifact, wanted) in wanted {
        let mut made = tree.clone();
        made::complete(&mut made, wanted, read, pushed);
        let files = wanted
            .select(&made)
            .map_err(|why| fails("CLIENT_ERROR", why))?;
        let (blobs, now) = (working.blobs, working.now);
        let stored = (artifact, &files);
        let sums = alone::publish(working.world, blobs, working.key, &build, stored, now)?;
        keep(working, "", sums);
    }
    Ok(())
}

/// A line as the build's container writes it.
fn container(at: i64, text: &str) -> String {
    format!("[Container] {} {text}", time::build_log(at))
}

/// What the log says of a phase that is over.
pub fn report(phase: &Phase) -> Vec<String> {
    let at = phase.ended.unwrap_or(phase.began);
    let (code, message) = phase.context.clone().unwrap_or_default();
    vec![
        container(
            at,
            &format!("Phase complete: {} State: {}", phase.name, phase.status),
        ),
        container(
            at,
            &format!("Phase context status code: {code} Message: {message}"),
        ),
    ]
}

/// A command's first line that does something, and how many lines it has.
fn in_short(command: &str) -> String {
    let mut lines = command.lines().filter(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    let first = lines.next().unwrap_or_default().trim();
    match command.trim_end().lines().count() {
        0 | 1 => first.to_owned(),
        count => format!("{first} ... ({count} lines)"),
    }
}

/// What the log says of a phase that begins. No command is run, so none is said to be.
pub fn announce(phase: &str, commands: &[String], now: i64) -> Vec<String> {
    let mut lines = vec![container(now, &format!("Entering phase {phase}"))];
    if !commands.is_empty() {
        lines.push("[Sandbox] The commands of this phase are read, not run: what they ask of AWS is decided, and the artifact is made from the source.".to_owned());
    }
    for command in commands {
        lines.push(format!("[Sandbox] not run: {}", in_short(command)));
    }
    lines
}
