//! What every command about a run begins with: which environment is meant, and access to it.

use std::path::Path;

use crate::aws::AwsCloud;
use crate::blueprint::Blueprint;
use crate::cloud::run::PipelineShape;
use crate::cloud::{Cloud, Runs};
use crate::deploy::{Destination, Head, also_branch, destination, destinations, head, nearest};
use crate::resource::Site;
use crate::sandbox::Sandbox;
use crate::ui::{Complaint, Style, Table};

use super::connect::{self, connect_all, furnish};
use super::exit::{Exit, Failure};
use super::flow;
use super::target::Target;

/// How many times faster than at AWS the sandbox goes while a run is watched, unless told otherwise.
pub const SCALE: u32 = 60;

/// The destination of what was typed, or of the branch that the working copy is on; and that branch, where
/// it was looked at.
///
/// # Errors
/// There is none: the map of what there is, exit 2.
pub fn towards(
    blueprint: &Blueprint,
    target: &Target,
    typed: Option<&str>,
) -> Result<(Destination, Option<Head>), Failure> {
    let all = destinations(blueprint);
    // The working copy is the one of this folder, wherever the configuration is.
    let here = head(Path::new("."));
    let here = match (typed, here) {
        (None, Err(error)) => {
            return Err(unmapped(
                &all,
                target,
                None,
                format!("no branch or environment was named, and {error}"),
            ));
        }
        (_, here) => here.ok(),
    };
    match destination(&all, typed, here.as_ref()) {
        Ok(found) => {
            if let Some(other) = typed.and_then(|typed| also_branch(&all, typed)) {
                flow::note_in_lines(&format!(
                    "'{}' is taken as the environment; it is also the branch of {}: refs/heads/{} means that one.",
                    found.environment, other.environment, other.branch
                ));
            }
            Ok((found, here))
        }
        Err(error) => Err(unmapped(&all, target, typed, error.to_string())),
    }
}

/// Says which branches go where.
fn unmapped(all: &[Destination], target: &Target, typed: Option<&str>, why: String) -> Failure {
    let mut table = Table::new(0, &[]);
    let arrow = Style::of_stderr().arrow();
    for it in all {
        table.row([
            it.branch.clone(),
            format!("{arrow} {}", it.environment),
            format!("pipeline {}", it.pipeline),
        ]);
    }
    let mut complaint = Complaint::new(why);
    for line in table.text().lines() {
        complaint = complaint.detail(line);
    }
    let meant = typed
        .and_then(|typed| nearest(all, typed))
        .map(|meant| format!("did you mean {meant}? Otherwise "))
        .unwrap_or_default();
    Failure::usage(complaint.help(format!(
        "{meant}name one of these branches or environments, or add an environment with `crosspipe bootstrap{}`",
        target.flags()
    )))
}

/// Starts the sandbox for a run that is watched, if the command asks for one.
pub async fn sandbox(target: &Target, blueprint: &Blueprint) -> Result<Option<Sandbox>, Failure> {
    let scaled = Target {
        time_scale: Some(scale(target)),
        ..target.clone()
    };
    let sandbox = connect::existing_sandbox(&scaled).await?;
    if let Some(sandbox) = &sandbox {
        furnish(sandbox, blueprint)?;
    }
    Ok(sandbox)
}

/// How many times faster than at AWS it goes.
pub fn scale(target: &Target) -> u32 {
    if target.sandbox {
        return target.time_scale.unwrap_or(SCALE);
    }
    // A sandbox that another process serves speaks plain HTTP; AWS is never asked more often.
    let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    match target.time_scale {
        Some(scale) if endpoint.starts_with("http://") => scale,
        _ => 1,
    }
}

/// Connects, and makes sure that the pipeline's account is the one that is meant. The environment's own
/// account is looked into later and may be closed to whoever deploys.
pub async fn connected(
    blueprint: &Blueprint,
    sandbox: Option<&Sandbox>,
) -> Result<std::sync::Arc<AwsCloud>, Failure> {
    let cloud = connect_all(blueprint, sandbox).await?.cloud;
    let identity = cloud.identity(&Site::Shared).await?;
    let expected = &blueprint.shared.account;
    if identity.account != *expected {
        return Err(Failure::failed(
            Complaint::new(format!(
                "wrong account for shared: expected {expected}, found {}",
                identity.account
            ))
            .detail(format!("caller   {}", identity.arn))
            .help("correct account, profile or role of shared in the configuration"),
        ));
    }
    Ok(cloud)
}

/// The destination's pipeline as it is declared.
///
/// # Errors
/// There is no such pipeline.
pub async fn pipeline(
    cloud: &AwsCloud,
    to: &Destination,
    target: &Target,
) -> Result<PipelineShape, Failure> {
    let runs: &dyn Runs = cloud;
    runs.pipeline(&to.pipeline).await?.ok_or_else(|| {
        Failure::new(
            Exit::Failed,
            Complaint::new(format!(
                "there is no pipeline {} in {} ({})",
                to.pipeline, to.region, to.shared
            ))
            .help(format!(
                "make it with `crosspipe bootstrap{}`",
                target.flags()
            )),
        )
    })
}

/// A token that no other start has: a call that is sent twice starts one run.
pub fn token() -> String {
    format!("crosspipe-{:032x}", fastrand::u128(..))
}

/// Stops the sandbox, which saves it, whatever came before.
pub async fn stopped(
    sandbox: Option<Sandbox>,
    outcome: Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    if let Some(sandbox) = sandbox
        && let Err(failure) = connect::stop(sandbox).await
    {
        if outcome.is_ok() {
            return Err(failure);
        }
        flow::note(&failure.summary());
    }
    outcome
}
