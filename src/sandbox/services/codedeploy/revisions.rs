//! Revisions of an application: registered by hand, or by being deployed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::applications::{MOST_IN_BATCH, bad_token};
use super::deployment::{Deployment, content, without_content};
use super::{Named, application, name, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{page, put, seconds, text};
use crate::sandbox::world::World;

/// A revision that an application knows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// The location, with the AppSpec's text where it holds it.
    pub revision: Value,
    /// What it was said to be.
    pub description: Option<String>,
    /// The groups that it was deployed to.
    pub groups: Vec<String>,
    /// When it was registered, in milliseconds since 1970.
    pub registered_at: i64,
    /// When it was first deployed.
    pub first_used: Option<i64>,
    /// When it was last deployed.
    pub last_used: Option<i64>,
}

/// The SHA-256 of an AppSpec's text.
pub fn sha(content: &str) -> String {
    hex::encode(Sha256::digest(content))
}

fn invalid(message: &str) -> Fault {
    Fault::new("InvalidRevisionException", message)
}

/// Checks a revision, and completes it.
pub fn read(given: &Value, platform: &str) -> Result<Value, Fault> {
    let kind = text(given, "revisionType");
    if !given.is_object() || given.as_object().is_some_and(serde_json::Map::is_empty) {
        return Err(Fault::new(
            "RevisionRequiredException",
            "The revision ID was not specified.",
        ));
    }
    let kind = kind.ok_or_else(|| invalid("The revision was specified in an invalid format."))?;
    let member = match kind {
        "S3" => "s3Location",
        "GitHub" => "gitHubLocation",
        "String" => "string",
        "AppSpecContent" => "appSpecContent",
        _ => return Err(invalid("The revision was specified in an invalid format.")),
    };
    let location = given
        .get(member)
        .filter(|location| location.is_object())
        .ok_or_else(|| invalid("The revision was specified in an invalid format."))?;
    match kind {
        "S3" => s3(location)?,
        "GitHub" if platform != "Server" => {
            return Err(invalid(
                "Revisions in GitHub are supported for the EC2/On-premises compute platform only.",
            ));
        }
        "GitHub" => {}
        _ if platform == "Server" => {
            return Err(invalid(
                "For EC2/On-premises deployment, revision must be an S3 or GitHub location.",
            ));
        }
        _ => inline(location, platform)?,
    }
    Ok(json!({"revisionType": kind, member: location}))
}

fn s3(location: &Value) -> Result<(), Fault> {
    let has = |field: &str| text(location, field).is_some_and(|it| !it.is_empty());
    let kind = text(location, "bundleType").unwrap_or_default();
    let known = ["tar", "tgz", "zip", "YAML", "JSON"].contains(&kind);
    if has("bucket") && has("key") && known {
        Ok(())
    } else {
        Err(invalid("The revision was specified in an invalid format."))
    }
}

fn inline(location: &Value, platform: &str) -> Result<(), Fault> {
    let content = text(location, "content").unwrap_or_default();
    let given = text(location, "sha256");
    if content.is_empty() {
        // A revision that is known already is named by its hash alone.
        return match given {
            Some(_) => Ok(()),
            None => Err(invalid("The AppSpec content was not specified.")),
        };
    }
    if given.is_some_and(|given| !given.eq_ignore_ascii_case(&sha(content))) {
        return Err(invalid("The sha256 does not match the AppSpec content."));
    }
    if platform == "ECS"
        && let Err(why) = super::engine::check_appspec(content)
    {
        return Err(invalid(&format!("The AppSpec file is not valid: {why}")));
    }
    Ok(())
}

/// What tells a revision from others.
fn key(revision: &Value) -> String {
    match content(revision) {
        Some(content) => format!("sha256:{}", sha(content)),
        None => {
            let hash = ["appSpecContent", "string"]
                .iter()
                .find_map(|member| text(revision.get(*member)?, "sha256"));
            match hash {
                Some(hash) => format!("sha256:{}", hash.to_lowercase()),
                None => revision.to_string(),
            }
        }
    }
}

fn completed(mut revision: Value) -> Value {
    if let Some(hash) = content(&revision).map(sha) {
        for member in ["appSpecContent", "string"] {
            if let Some(location) = revision.get_mut(member).and_then(Value::as_object_mut) {
                location.insert("sha256".to_owned(), json!(hash));
            }
        }
    }
    revision
}

/// Notes that a revision is deployed; answers the hash of its AppSpec.
pub fn used(world: &mut World, at: &At, deployment: &Deployment) -> Option<String> {
    remember(world, at, deployment);
    content(&deployment.revision).map(sha)
}

/// Notes the revision of a deployment with its application.
pub fn remember(world: &mut World, at: &At, deployment: &Deployment) {
    let state = &mut world.regional(&at.account, &at.region).codedeploy;
    let known = state
        .revisions
        .entry(deployment.application.clone())
        .or_default();
    let wanted = key(&deployment.revision);
    let found = known.iter_mut().find(|it| key(&it.revision) == wanted);
    let entry = match found {
        Some(entry) => entry,
        None => {
            known.push(Known {
                revision: completed(deployment.revision.clone()),
                description: Some(
                    "Application revision registered by Deployment ID: ".to_owned()
                        + &deployment.id,
                )
                .filter(|_| !deployment.id.is_empty()),
                registered_at: at.now,
                ..Known::default()
            });
            match known.last_mut() {
                Some(entry) => entry,
                None => return,
            }
        }
    };
    entry.first_used.get_or_insert(at.now);
    entry.last_used = Some(at.now);
    if !entry.groups.contains(&deployment.group) {
        entry.groups.push(deployment.group.clone());
    }
}

impl Known {
    fn info(&self) -> Value {
        let mut info = json!({});
        let description = self.description.as_ref().map(|it| json!(it));
        put(&mut info, "description", description);
        put(&mut info, "deploymentGroups", Some(json!(self.groups)));
        put(&mut info, "firstUsedTime", self.first_used.map(seconds));
        put(&mut info, "lastUsedTime", self.last_used.map(seconds));
        put(&mut info, "registerTime", Some(seconds(self.registered_at)));
        info
    }
}

fn known<'w>(world: &'w World, call: &Call, application: &str) -> &'w [Known] {
    super::state(world, call)
        .and_then(|state| state.revisions.get(application))
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// `RegisterApplicationRevision`.
pub fn register(world: &mut World, call: &Call) -> Answer {
    name(call, "applicationName", Named::Application)?;
    let application = application(world, call)?;
    let (own, platform) = (application.name.clone(), application.platform.clone());
    let given = call.input.get("revision").unwrap_or(&Value::Null);
    let revision = completed(read(given, &platform)?);
    let description = call.text("description");
    if description.is_some_and(|it| it.chars().count() > 256) {
        return Err(Fault::new(
            "DescriptionTooLongException",
            "The description is too long.",
        ));
    }
    let wanted = key(&revision);
    let now = call.now;
    let known = state_mut(world, call).revisions.entry(own).or_default();
    match known.iter_mut().find(|it| key(&it.revision) == wanted) {
        Some(entry) => entry.description = description.map(str::to_owned),
        None => known.push(Known {
            revision,
            description: description.map(str::to_owned),
            registered_at: now,
            ..Known::default()
        }),
    }
    Ok(Value::Null)
}

fn not_known() -> Fault {
    Fault::new(
        "RevisionDoesNotExistException",
        "The named revision does not exist with the user or AWS account.",
    )
}

/// `GetApplicationRevision`: with the AppSpec's text.
pub fn get(world: &mut World, call: &Call) -> Answer {
    name(call, "applicationName", Named::Application)?;
    let application = application(world, call)?;
    let given = call.input.get("revision").unwrap_or(&Value::Null);
    let wanted = key(&read(given, &application.platform)?);
    let found = known(world, call, &application.name)
        .iter()
        .find(|it| key(&it.revision) == wanted)
        .ok_or_else(not_known)?;
    Ok(json!({
        "applicationName": application.name,
        "revision": found.revision,
        "revisionInfo": found.info(),
    }))
}

/// `BatchGetApplicationRevisions`: what is not known is told in `errorMessage`.
pub fn batch_get(world: &mut World, call: &Call) -> Answer {
    name(call, "applicationName", Named::Application)?;
    let application = application(world, call)?;
    let given = call.list("revisions");
    if given.is_empty() {
        return Err(Fault::new(
            "RevisionRequiredException",
            "The revision ID was not specified.",
        ));
    }
    if given.len() > MOST_IN_BATCH {
        return Err(Fault::new(
            "BatchLimitExceededException",
            "The maximum number of names or IDs allowed for this request (100) was exceeded.",
        ));
    }
    let mut rows = Vec::new();
    let mut missing = false;
    for one in given {
        let wanted = key(&read(one, &application.platform)?);
        let known = known(world, call, &application.name);
        match known.iter().find(|it| key(&it.revision) == wanted) {
            Some(found) => rows.push(json!({
                "revisionLocation": found.revision,
                "genericRevisionInfo": found.info(),
            })),
            None => missing = true,
        }
    }
    let mut answer = json!({"applicationName": application.name, "revisions": rows});
    put(
        &mut answer,
        "errorMessage",
        missing.then(|| json!(not_known().message)),
    );
    Ok(answer)
}

/// `ListApplicationRevisions`, without the texts.
pub fn list(world: &mut World, call: &Call) -> Answer {
    name(call, "applicationName", Named::Application)?;
    let application = application(world, call)?;
    let bucket = call.text("s3Bucket");
    let prefix = call.text("s3KeyPrefix");
    if prefix.is_some() && bucket.is_none() {
        return Err(Fault::new(
            "BucketNameFilterRequiredException",
            "A bucket name is required, but was not provided.",
        ));
    }
    let deployed = call.text("deployed").unwrap_or("ignore");
    let mut found: Vec<&Known> = known(world, call, &application.name)
        .iter()
        .filter(|it| match deployed {
            "include" => it.first_used.is_some(),
            "exclude" => it.first_used.is_none(),
            _ => true,
        })
        .filter(|it| {
            let location = it.revision.get("s3Location").unwrap_or(&Value::Null);
            bucket.is_none_or(|bucket| text(location, "bucket") == Some(bucket))
                && prefix.is_none_or(|prefix| {
                    text(location, "key").is_some_and(|key| key.starts_with(prefix))
                })
        })
        .collect();
    match call.text("sortBy") {
        Some("registerTime") => found.sort_by_key(|it| it.registered_at),
        Some("firstUsedTime") => found.sort_by_key(|it| it.first_used),
        Some("lastUsedTime") => found.sort_by_key(|it| it.last_used),
        None => {}
        Some(_) => {
            return Err(Fault::new(
                "InvalidSortByException",
                "The column name to sort by is either not present or was specified in an invalid format.",
            ));
        }
    }
    if call.text("sortOrder") == Some("descending") {
        found.reverse();
    }
    let rows: Vec<Value> = found
        .iter()
        .map(|it| without_content(&it.revision))
        .collect();
    let (rows, next) = page(rows, call.text("nextToken"), 100).ok_or_else(bad_token)?;
    let mut answer = json!({"revisions": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}
