//! CodePipeline: pipelines.

use std::collections::BTreeMap;

use aws_sdk_codepipeline::types::{PipelineDeclaration, Tag};
use serde_json::Value;

use crate::cloud::{CloudError, Observed, Task};
use crate::ident::Region;
use crate::resource::{Part, Pipeline, Spec, Tags};

use super::account::{Account, attributes};
use super::document;
use super::error::unless;

const SERVICE: &str = "codepipeline";

/// Members that are maps of AWS's or the user's names.
const MAPS: &[&str] = &["configuration", "artifactStores"];

pub(super) async fn observe(
    account: &Account,
    wanted: &Pipeline,
) -> Result<Option<Observed>, CloudError> {
    let arn = account.arn(SERVICE, &wanted.name);
    let (pipeline, tags) = tokio::join!(
        async {
            account
                .codepipeline()
                .get_pipeline()
                .name(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "GetPipeline", error))
        },
        list_tags(account, &arn),
    );
    let Some(answer) = unless(pipeline, &["PipelineNotFoundException"])? else {
        return Ok(None);
    };
    let Some(declaration) = answer.pipeline else {
        return Ok(None);
    };
    let document = shape(&declaration, wanted, &account.region)
        .map_err(|error| account.place.internal(SERVICE, "GetPipeline", error))?;
    let mut notes = Vec::new();
    if answer
        .metadata
        .as_ref()
        .is_some_and(|metadata| metadata.polling_disabled_at().is_some())
    {
        notes.push(
            "AWS switched off this pipeline's polling after 30 days without a change.".to_owned(),
        );
    }
    let arn = answer
        .metadata
        .and_then(|metadata| metadata.pipeline_arn)
        .unwrap_or(arn);
    Ok(Some(Observed {
        attributes: attributes([("arn", arn)]),
        spec: Spec::Pipeline(Pipeline {
            name: wanted.name.clone(),
            document,
            tags: tags?,
        }),
        notes,
    }))
}

/// The structure without its version and without what AWS fills in.
fn shape(
    declaration: &PipelineDeclaration,
    wanted: &Pipeline,
    home: &Region,
) -> Result<Value, String> {
    let mut json = document::write(declaration)?;
    if let Some(members) = json.as_object_mut() {
        members.shift_remove("version");
    }
    document::sort_maps(&mut json, MAPS);
    document::settle(&mut json, &wanted.document, &|path, value| match path {
        "stages[].actions[].runOrder" => value.as_i64() == Some(1),
        "stages[].actions[].region" => value.as_str() == Some(home.as_str()),
        "executionMode" => value.as_str() == Some("SUPERSEDED"),
        "pipelineType" => value.as_str() == Some("V1"),
        _ => false,
    });
    Ok(json)
}

async fn list_tags(account: &Account, arn: &str) -> Result<Tags, CloudError> {
    let mut tags = Tags::new();
    let mut pages = account
        .codepipeline()
        .list_tags_for_resource()
        .resource_arn(arn)
        .into_paginator()
        .items()
        .send();
    while let Some(tag) = pages.next().await {
        let tag =
            tag.map_err(|error| account.place.failed(SERVICE, "ListTagsForResource", error))?;
        tags.insert(tag.key, tag.value);
    }
    Ok(tags)
}

fn declaration(
    account: &Account,
    operation: &str,
    pipeline: &Pipeline,
) -> Result<PipelineDeclaration, CloudError> {
    document::read(&pipeline.document, PipelineDeclaration::deserialize)
        .map_err(|error| account.place.internal(SERVICE, operation, error))
}

pub(super) async fn carry_out(
    account: &Account,
    pipeline: &Pipeline,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let client = account.codepipeline();
    let arn = account.arn(SERVICE, &pipeline.name);
    match task.part {
        Part::Itself => {
            let operation = "CreatePipeline";
            client
                .create_pipeline()
                .pipeline(declaration(account, operation, pipeline)?)
                .set_tags(Some(tags(account, operation, &pipeline.tags)?))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(attributes([("arn", arn)]))
        }
        // Replaces the whole structure and stops running executions. Source: CodePipeline API
        // Reference, "UpdatePipeline".
        Part::Settings => {
            let operation = "UpdatePipeline";
            client
                .update_pipeline()
                .pipeline(declaration(account, operation, pipeline)?)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(BTreeMap::new())
        }
        Part::Tags => {
            let operation = "TagResource";
            client
                .tag_resource()
                .resource_arn(arn)
                .set_tags(Some(tags(account, operation, &pipeline.tags)?))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(BTreeMap::new())
        }
        part => Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
}

fn tags(account: &Account, operation: &str, tags: &Tags) -> Result<Vec<Tag>, CloudError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|error| account.place.internal(SERVICE, operation, error))
}

#[cfg(test)]
mod tests;
