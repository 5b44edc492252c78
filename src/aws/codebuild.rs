//! CodeBuild: build projects.

use std::collections::BTreeMap;

use aws_sdk_codebuild::operation::create_project::CreateProjectInput;
use aws_sdk_codebuild::operation::update_project::UpdateProjectInput;
use aws_sdk_codebuild::types::{Project as Found, Tag};
use serde_json::Value;

use crate::cloud::{CloudError, ErrorKind, Observed, Task};
use crate::resource::{Part, Project, Spec, Tags};

use super::account::{Account, attributes};
use super::document;

const SERVICE: &str = "codebuild";

/// The members of `CreateProject` besides `tags`. Source: the CodeBuild API model.
const MEMBERS: &[&str] = &[
    "name",
    "description",
    "source",
    "secondarySources",
    "sourceVersion",
    "secondarySourceVersions",
    "artifacts",
    "secondaryArtifacts",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "vpcConfig",
    "badgeEnabled",
    "logsConfig",
    "fileSystemLocations",
    "buildBatchConfig",
    "concurrentBuildLimit",
    "autoRetryLimit",
];

pub(super) async fn observe(
    account: &Account,
    wanted: &Project,
) -> Result<Option<Observed>, CloudError> {
    let Some(found) = find(account, &wanted.name).await? else {
        return Ok(None);
    };
    let document = shape(&found, wanted)
        .map_err(|error| account.place.internal(SERVICE, "BatchGetProjects", error))?;
    Ok(Some(Observed {
        attributes: attributes([("arn", found.arn().unwrap_or_default().to_owned())]),
        spec: Spec::Project(Project {
            name: wanted.name.clone(),
            document,
            tags: tags_of(&found),
        }),
        notes: Vec::new(),
    }))
}

/// The members that the wanted document sets. UpdateProject leaves the others as they are, so they
/// are nobody's business here.
fn shape(found: &Found, wanted: &Project) -> Result<Value, String> {
    let mut json = document::only(document::write(found)?, MEMBERS);
    if let Some(members) = wanted.document.as_object() {
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        json = document::only(json, &names);
    }
    document::settle(&mut json, &wanted.document, &|path, value| {
        let value = value.as_str().unwrap_or_default();
        match path {
            "artifacts.name" => value == wanted.name,
            "artifacts.packaging" | "artifacts.namespaceType" => value == "NONE",
            "cache.type" => value == "NO_CACHE",
            "environment.imagePullCredentialsType" => value == "CODEBUILD",
            "environment.environmentVariables[].type" => value == "PLAINTEXT",
            "logsConfig.cloudWatchLogs.status" => value == "ENABLED",
            "logsConfig.s3Logs.status" => value == "DISABLED",
            _ => false,
        }
    });
    Ok(json)
}

async fn find(account: &Account, name: &str) -> Result<Option<Found>, CloudError> {
    let answer = account
        .codebuild()
        .batch_get_projects()
        .names(name)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "BatchGetProjects", error))?;
    Ok(answer
        .projects
        .unwrap_or_default()
        .into_iter()
        .find(|project| project.name() == Some(name)))
}

fn tags_of(project: &Found) -> Tags {
    project
        .tags()
        .iter()
        .filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())))
        .collect()
}

fn tags(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

/// Hands every member of a body to a request.
macro_rules! with_members {
    ($request:expr, $input:expr) => {
        $request
            .set_name($input.name)
            .set_description($input.description)
            .set_source($input.source)
            .set_secondary_sources($input.secondary_sources)
            .set_source_version($input.source_version)
            .set_secondary_source_versions($input.secondary_source_versions)
            .set_artifacts($input.artifacts)
            .set_secondary_artifacts($input.secondary_artifacts)
            .set_cache($input.cache)
            .set_environment($input.environment)
            .set_service_role($input.service_role)
            .set_timeout_in_minutes($input.timeout_in_minutes)
            .set_queued_timeout_in_minutes($input.queued_timeout_in_minutes)
            .set_encryption_key($input.encryption_key)
            .set_vpc_config($input.vpc_config)
            .set_badge_enabled($input.badge_enabled)
            .set_logs_config($input.logs_config)
            .set_file_system_locations($input.file_system_locations)
            .set_build_batch_config($input.build_batch_config)
            .set_concurrent_build_limit($input.concurrent_build_limit)
            .set_auto_retry_limit($input.auto_retry_limit)
    };
}

pub(super) async fn carry_out(
    account: &Account,
    project: &Project,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let client = account.codebuild();
    match task.part {
        Part::Itself => {
            let operation = "CreateProject";
            let body: CreateProjectInput =
                document::read(&project.document, CreateProjectInput::deserialize)
                    .map_err(|error| account.place.internal(SERVICE, operation, error))?;
            let answer = with_members!(client.create_project(), body)
                .set_tags(Some(tags(&project.tags)))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            let arn = answer.project.and_then(|made| made.arn);
            Ok(attributes([(
                "arn",
                arn.unwrap_or_else(|| account.arn(SERVICE, &format!("project/{}", project.name))),
            )]))
        }
        Part::Settings => {
            let operation = "UpdateProject";
            let body: UpdateProjectInput =
                document::read(&project.document, UpdateProjectInput::deserialize)
                    .map_err(|error| account.place.internal(SERVICE, operation, error))?;
            with_members!(client.update_project(), body)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(BTreeMap::new())
        }
        // CodeBuild has no TagResource: UpdateProject replaces all tags, so those of others are
        // read first and put back.
        Part::Tags => {
            let operation = "UpdateProject";
            let found = find(account, &project.name).await?.ok_or_else(|| {
                account.place.error(
                    ErrorKind::ChangedMeanwhile,
                    SERVICE,
                    operation,
                    format!("the project {} is gone: plan again", project.name),
                )
            })?;
            let mut all = tags_of(&found);
            all.extend(project.tags.clone());
            client
                .update_project()
                .name(&project.name)
                .set_tags(Some(tags(&all)))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(BTreeMap::new())
        }
        part => Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted() -> Project {
        Project {
            name: "dev-orders".into(),
            document: json!({
                "name": "dev-orders",
                "source": {"type": "CODEPIPELINE", "buildspec": "buildspec.yml"},
                "artifacts": {"type": "CODEPIPELINE"},
                "cache": {"type": "S3", "location": "bucket/_cache"},
                "environment": {"type": "LINUX_CONTAINER", "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                    "computeType": "BUILD_GENERAL1_SMALL", "privilegedMode": true, "imagePullCredentialsType": "CODEBUILD",
                    "environmentVariables": [{"name": "A", "value": "1", "type": "PLAINTEXT"}]},
                "serviceRole": "arn:aws:iam::111111111111:role/build",
                "encryptionKey": "arn:aws:kms:eu-west-1:111111111111:key/1",
                "timeoutInMinutes": 60,
                "logsConfig": {"cloudWatchLogs": {"status": "ENABLED"}}
            }),
            tags: Tags::new(),
        }
    }

    #[test]
    fn the_body_survives_both_ways() {
        let wanted = wanted();
        let body = document::read(&wanted.document, CreateProjectInput::deserialize).unwrap();
        assert_eq!(document::write(&body).unwrap(), wanted.document);
        let body = document::read(&wanted.document, UpdateProjectInput::deserialize).unwrap();
        assert_eq!(document::write(&body).unwrap(), wanted.document);
    }

    #[test]
    fn what_codebuild_fills_in_is_no_difference_and_what_others_change_is() {
        let wanted = wanted();
        let mut answer = wanted.document.clone();
        answer["arn"] = json!("arn:aws:codebuild:eu-west-1:111111111111:project/dev-orders");
        answer["queuedTimeoutInMinutes"] = json!(480);
        answer["source"]["insecureSsl"] = json!(false);
        answer["artifacts"]["name"] = json!("dev-orders");
        answer["artifacts"]["packaging"] = json!("NONE");
        answer["artifacts"]["encryptionDisabled"] = json!(false);
        answer["logsConfig"]["s3Logs"] = json!({"status": "DISABLED", "encryptionDisabled": false});
        let shaped = |answer: &Value| {
            let found = document::read(answer, Found::deserialize).unwrap();
            shape(&found, &wanted).unwrap()
        };
        assert_eq!(shaped(&answer), wanted.document);
        answer["environment"]["certificate"] = json!("bucket/cert.pem");
        assert_ne!(shaped(&answer), wanted.document);
    }

    #[test]
    fn a_misspelt_member_is_an_error() {
        let mut wanted = wanted();
        wanted.document["environment"]["privileged"] = json!(true);
        let error = document::read(&wanted.document, CreateProjectInput::deserialize).unwrap_err();
        assert_eq!(
            error,
            "the API has no member 'environment.privileged' of this kind"
        );
    }
}
