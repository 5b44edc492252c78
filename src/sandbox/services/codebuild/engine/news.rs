//! What CodeBuild tells EventBridge: builds that come to another status or phase.
//!
//! Source: AWS CodeBuild User Guide, "Build notifications input format reference".

use serde_json::{Value, json};

use super::Key;
use crate::sandbox::page::{arn, object};
use crate::sandbox::services::codebuild::builds::{Build, Phase};
use crate::sandbox::services::eventbridge::outbox::{News, Place, emit};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// Tells the status of a build.
pub fn tell(world: &mut World, key: &Key, build: &Build, now: i64) {
    let phase = build.phases.last();
    let current = phase.map_or("SUBMITTED", |phase| phase.name.as_str());
    let detail = json!({
        "build-status": build.status,
        "project-name": build.project,
        "build-id": arn_of(key, build),
        "additional-information": more(key, build),
        "current-phase": current,
        "current-phase-context": context_line(phase),
        "version": "1",
    });
    send(
        world,
        key,
        build,
        "CodeBuild Build State Change",
        detail,
        now,
    );
}

/// Tells that a phase of a build is over.
pub fn tell_phase(world: &mut World, key: &Key, build: &Build, phase: &str, now: i64) {
    let Some(phase) = build.phases.iter().rev().find(|it| it.name == phase) else {
        return;
    };
    let ended = phase.ended.unwrap_or(now);
    let detail = json!({
        "completed-phase": phase.name,
        "project-name": build.project,
        "build-id": arn_of(key, build),
        "completed-phase-context": context_line(Some(phase)),
        "additional-information": more(key, build),
        "completed-phase-status": phase.status,
        "completed-phase-duration-seconds": (ended - phase.began).max(0) / 1000,
        "version": "1",
        "completed-phase-start": time::spoken(phase.began),
        "completed-phase-end": time::spoken(ended),
    });
    send(
        world,
        key,
        build,
        "CodeBuild Build Phase Change",
        detail,
        now,
    );
}

fn send(
    world: &mut World,
    key: &Key,
    build: &Build,
    detail_type: &'static str,
    detail: Value,
    now: i64,
) {
    let place = Place {
        account: &key.account,
        region: &key.region,
    };
    let news = News {
        source: "aws.codebuild",
        detail_type,
        resources: vec![arn_of(key, build)],
        detail,
    };
    emit(world, place, now, news);
}

fn arn_of(key: &Key, build: &Build) -> String {
    let resource = format!("build/{}", build.id);
    arn("codebuild", &key.region, &key.account, &resource)
}

/// What a phase says of itself, as events carry it.
fn context_of(phase: &Phase) -> Vec<String> {
    let said = phase.context.as_ref();
    said.map(|(code, message)| format!("{code}: {message}"))
        .into_iter()
        .collect()
}

fn context_line(phase: Option<&Phase>) -> String {
    let said = phase.map(context_of).unwrap_or_default();
    format!("[{}]", said.join(", "))
}

/// What events add to a build: their names are not those of the API.
fn more(key: &Key, build: &Build) -> Value {
    let shown = build.shown(&key.account, &key.region);
    let at = |path: &str| shown.pointer(path).filter(|it| !it.is_null()).cloned();
    let phases: Value = build
        .phases
        .iter()
        .map(|phase| {
            let begun = Some(json!(time::spoken(phase.began)));
            let over = phase.ended.filter(|_| !phase.status.is_empty());
            let long = over.map(|ended| json!((ended - phase.began).max(0) / 1000));
            object([
                ("phase-context", over.map(|_| json!(context_of(phase)))),
                ("start-time", begun),
                ("end-time", over.map(|ended| json!(time::spoken(ended)))),
                ("duration-in-seconds", long),
                ("phase-type", Some(json!(phase.name))),
                ("phase-status", over.map(|_| json!(phase.status))),
            ])
        })
        .collect();
    object([
        ("artifact", at("/artifacts")),
        ("cache", at("/cache")),
        (
            "environment",
            Some(object([
                ("image", at("/environment/image")),
                ("privileged-mode", at("/environment/privilegedMode")),
                (
                    "image-pull-credentials-type",
                    at("/environment/imagePullCredentialsType"),
                ),
                ("compute-type", at("/environment/computeType")),
                ("type", at("/environment/type")),
                (
                    "environment-variables",
                    at("/environment/environmentVariables"),
                ),
            ])),
        ),
        ("timeout-in-minutes", at("/timeoutInMinutes")),
        ("build-complete", at("/buildComplete")),
        ("build-number", at("/buildNumber")),
        ("initiator", at("/initiator")),
        ("build-start-time", Some(json!(time::spoken(build.started)))),
        (
            "source",
            Some(object([
                ("buildspec", at("/source/buildspec")),
                ("location", at("/source/location")),
                ("type", at("/source/type")),
            ])),
        ),
        ("source-version", at("/sourceVersion")),
        (
            "logs",
            Some(object([
                ("group-name", at("/logs/groupName")),
                ("stream-name", at("/logs/streamName")),
                ("deep-link", at("/logs/deepLink")),
            ])),
        ),
        ("phases", Some(phases)),
        (
            "exported-environment-variables",
            at("/exportedEnvironmentVariables"),
        ),
    ])
}
