//! The pipeline as the list is made from it: actions in their order, artifact stores, sessions, ARNs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::need::{Actor, Session, Who};
use super::run::{Beside, Place, Run};

/// What AWS's names follow where it is not documented.
const ANY: &str = ".+";
/// An id as CodeBuild and others make them.
const EXAMPLE_UUID: &str = "11111111-2222-4333-8444-555555555555";
/// The end of an artifact's key: seven characters that CodePipeline draws.
const EXAMPLE_DRAWN: &str = "aB3dE5f";

/// A run with what is the same for all its actions.
pub(super) struct Scene<'a> {
    pub run: &'a Run,
    pub pipeline: &'a Value,
    pub account: &'a str,
    pub partition: &'static str,
    pub name: &'a str,
}

/// One action of the pipeline.
#[derive(Clone)]
pub(super) struct Action<'a> {
    pub place: Place,
    pub category: &'a str,
    pub provider: &'a str,
    pub role: Option<&'a str>,
    pub region: Option<&'a str>,
    pub namespace: Option<&'a str>,
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    order: (usize, i64),
    configuration: Option<&'a Map<String, Value>>,
}

/// How artifacts are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Encryption<'a> {
    /// With the key that AWS keeps for Amazon S3.
    AwsManaged,
    /// With a key by its ARN, or by what AWS looks up in the account of whoever calls.
    Key(&'a str),
}

/// A place for artifacts.
#[derive(Debug, Clone)]
pub(super) struct Store<'a> {
    pub bucket: &'a str,
    pub encryption: Encryption<'a>,
}

impl<'a> Scene<'a> {
    pub fn new(run: &'a Run) -> Self {
        let pipeline = run
            .pipeline
            .get("pipeline")
            .filter(|inner| inner.is_object())
            .unwrap_or(&run.pipeline);
        Self {
            run,
            pipeline,
            account: run.account.as_str(),
            partition: run.region.partition(),
            name: text(pipeline, "name"),
        }
    }

    /// Every action, in the order in which they run.
    pub fn actions(&self) -> Vec<Action<'a>> {
        let mut found = Vec::new();
        for (index, stage) in items(self.pipeline, "stages").iter().enumerate() {
            for action in items(stage, "actions") {
                found.push(Action::read(index, text(stage, "name"), action));
            }
        }
        found.sort_by_key(|action| action.order);
        found
    }

    /// What is known beside an action.
    pub fn beside(&self, place: &Place) -> Option<&'a Beside> {
        self.run.actions.get(place)
    }

    /// The pipeline's role, which CodePipeline takes on.
    pub fn pipeline_role(&self) -> &'a str {
        text(self.pipeline, "roleArn")
    }

    pub fn region(&self) -> &'a str {
        self.run.region.as_str()
    }

    /// The Region of an action.
    pub fn region_of(&self, action: &Action<'a>) -> &'a str {
        action.region.unwrap_or_else(|| self.region())
    }

    /// The account that an action works in: that of its role.
    pub fn account_of(&self, action: &Action<'a>) -> &'a str {
        action.role.and_then(account_in).unwrap_or(self.account)
    }

    /// The artifact store of a Region: `artifactStore`, or its entry in `artifactStores`.
    pub fn store(&self, region: &str) -> Option<Store<'a>> {
        let one = self
            .pipeline
            .get("artifactStores")
            .and_then(|stores| stores.get(region))
            .or_else(|| self.pipeline.get("artifactStore"))?;
        let bucket = Some(text(one, "location")).filter(|name| !name.is_empty())?;
        let key = one.get("encryptionKey").map_or("", |key| text(key, "id"));
        Some(Store {
            bucket,
            encryption: match key {
                "" => Encryption::AwsManaged,
                id => Encryption::Key(id),
            },
        })
    }

    pub fn owner_of_bucket(&self, bucket: &str) -> &'a str {
        self.run
            .buckets
            .get(bucket)
            .and_then(|known| known.owner.as_ref())
            .map_or(self.account, |owner| owner.as_str())
    }

    /// The key of an artifact in its store. CodePipeline cuts the pipeline's name after 20 characters and
    /// the artifact's after 10.
    pub fn artifact_key(&self, artifact: &str) -> String {
        self.run
            .moment
            .artifact_keys
            .get(artifact)
            .cloned()
            .unwrap_or_else(|| {
                let cut = |name: &str, length| name.chars().take(length).collect::<String>();
                format!(
                    "{}/{}/{EXAMPLE_DRAWN}",
                    cut(self.name, 20),
                    cut(artifact, 10)
                )
            })
    }

    pub fn arn(&self, service: &str, region: &str, account: &str, resource: &str) -> String {
        format!(
            "arn:{}:{service}:{region}:{account}:{resource}",
            self.partition
        )
    }

    /// A role by its ARN, or by its name in an account.
    pub fn role(&self, given: &str, account: &str) -> String {
        if given.starts_with("arn:") {
            given.to_owned()
        } else {
            self.arn("iam", "", account, &format!("role/{given}"))
        }
    }

    /// A session of the pipeline's role. Source: errors in public show 13 digits, the time in milliseconds.
    pub fn pipeline_session(&self) -> Who {
        self.digits(Actor::Pipeline, self.pipeline_role())
    }

    /// A session of an action's own role, or of the pipeline's where it has none.
    pub fn action_session(&self, action: &Action<'a>) -> Who {
        match action.role {
            Some(role) => self.digits(Actor::Action, role),
            None => self.pipeline_session(),
        }
    }

    fn digits(&self, actor: Actor, role: &str) -> Who {
        let name = self.run.moment.session.clone();
        session(
            actor,
            role,
            name.unwrap_or_else(|| "1700000000000".to_owned()),
            "[0-9]{13}",
        )
    }

    /// The id of the build.
    pub fn build_id(&self) -> &'a str {
        self.run.moment.build.as_deref().unwrap_or(EXAMPLE_UUID)
    }

    pub fn build_session(&self, role: &str) -> Who {
        session(
            Actor::Build,
            role,
            format!("AWSCodeBuild-{}", self.build_id()),
            "AWSCodeBuild-[0-9a-f-]{36}",
        )
    }

    /// The id of the task that is started.
    pub fn task_id(&self) -> &'a str {
        self.run
            .moment
            .task
            .as_deref()
            .unwrap_or("00000000000000000000000000000001")
    }

    pub fn execution_session(&self, role: &str) -> Who {
        session(
            Actor::Execution,
            role,
            self.task_id().to_owned(),
            "[0-9a-f]{32}",
        )
    }

    /// The value of `#{namespace.key}` references in a configuration value, where it is known.
    pub fn resolved(&self, value: &str) -> Option<String> {
        let mut resolved = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once("#{") {
            resolved.push_str(before);
            let (reference, after) = after.split_once('}')?;
            resolved.push_str(&self.variable(reference)?);
            rest = after;
        }
        resolved.push_str(rest);
        Some(resolved)
    }

    fn variable(&self, reference: &str) -> Option<String> {
        let (namespace, key) = reference.split_once('.')?;
        if namespace == "variables" {
            let declared = items(self.pipeline, "variables")
                .iter()
                .find(|variable| text(variable, "name") == key)?;
            let default = text(declared, "defaultValue");
            return (!default.is_empty()).then(|| default.to_owned());
        }
        let actions = self.actions();
        let producer = actions
            .iter()
            .find(|action| action.namespace == Some(namespace))?;
        let configured = |name: &str| producer.configured(name).map(str::to_owned);
        match key {
            "BranchName" => configured("BranchName").or_else(|| self.run.moment.branch.clone()),
            "RepositoryName" => configured("RepositoryName"),
            "FullRepositoryName" => configured("FullRepositoryId"),
            "ConnectionArn" => configured("ConnectionArn"),
            "CommitId" => self.run.moment.commit.clone(),
            _ => None,
        }
    }
}

impl<'a> Action<'a> {
    fn read(stage: usize, stage_name: &'a str, value: &'a Value) -> Self {
        let kind = value.get("actionTypeId").unwrap_or(&Value::Null);
        let names = |member: &str| {
            items(value, member)
                .iter()
                .map(|item| text(item, "name"))
                .filter(|name| !name.is_empty())
                .collect()
        };
        let member = |name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .filter(|it| !it.is_empty())
        };
        Self {
            place: Place::new(stage_name, text(value, "name")),
            category: text(kind, "category"),
            provider: text(kind, "provider"),
            role: member("roleArn"),
            region: member("region"),
            namespace: member("namespace"),
            inputs: names("inputArtifacts"),
            outputs: names("outputArtifacts"),
            order: (
                stage,
                value.get("runOrder").and_then(Value::as_i64).unwrap_or(1),
            ),
            configuration: value.get("configuration").and_then(Value::as_object),
        }
    }

    /// A configuration value that is there and not empty.
    pub fn configured(&self, key: &str) -> Option<&'a str> {
        self.configuration?
            .get(key)?
            .as_str()
            .filter(|value| !value.is_empty())
    }

    /// Whether it has begun before another does.
    pub fn precedes(&self, other: &Self) -> bool {
        self.order < other.order
    }
}

/// A session of a role whose name AWS does not document.
pub(super) fn unnamed_session(actor: Actor, role: &str, example: &str) -> Who {
    session(actor, role, example.to_owned(), ANY)
}

pub(super) fn session(actor: Actor, role: &str, name: String, pattern: &str) -> Who {
    Who::Role {
        actor,
        arn: role.to_owned(),
        session: Session {
            name,
            pattern: pattern.to_owned(),
        },
    }
}

/// The text of a member, empty where there is none.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The items of a member, none where there is none.
pub(super) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A part of an ARN, by its place from 0.
fn part(arn: &str, index: usize) -> Option<&str> {
    arn.strip_prefix("arn:")?;
    arn.splitn(6, ':').nth(index).filter(|it| !it.is_empty())
}

/// The account in an ARN.
pub(super) fn account_in(arn: &str) -> Option<&str> {
    part(arn, 4)
}

/// The Region in an ARN.
pub(super) fn region_in(arn: &str) -> Option<&str> {
    part(arn, 3)
}

/// The service in an ARN.
pub(super) fn service_in(arn: &str) -> Option<&str> {
    part(arn, 2)
}

/// What follows the fifth colon of an ARN.
pub(super) fn resource_in(arn: &str) -> Option<&str> {
    part(arn, 5)
}

/// `bucket/key` of an S3 location.
pub(super) fn bucket_and_key(location: &str) -> (&str, &str) {
    let location = location
        .strip_prefix("s3://")
        .or_else(|| location.split_once(":::").map(|(_, rest)| rest))
        .unwrap_or(location);
    let (bucket, key) = location.split_once('/').unwrap_or((location, ""));
    (bucket, key.trim_matches('/'))
}

/// A map of what is written into it last.
pub(super) type Variables = BTreeMap<String, String>;
