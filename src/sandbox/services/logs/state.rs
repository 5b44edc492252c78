//! What an account's CloudWatch Logs holds in one Region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::services::fields::{Tags, arn, put};

/// Log groups by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The groups.
    pub groups: BTreeMap<String, Group>,
    /// How many events came so far: where their ids and the sequence tokens come from.
    pub counted: u64,
}

/// A log group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its ARN, without the `:*` that `DescribeLogGroups` puts behind it.
    pub arn: String,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// How many days its events are kept; for ever where nothing is set.
    pub retention: Option<i64>,
    /// The key that it is encrypted with.
    pub kms_key: Option<String>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: String,
    /// Whether it cannot be deleted.
    pub protected: bool,
    /// Its tags.
    pub tags: Tags,
    /// Its streams, by name.
    pub streams: BTreeMap<String, Stream>,
}

/// A log stream.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// When it was made.
    pub created_at: i64,
    /// Its events, in the order of their time.
    pub events: Vec<Event>,
}

/// A log event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Its number among all of the Region.
    pub number: u64,
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// When it came in.
    pub ingested_at: i64,
    /// What it says.
    pub message: String,
}

/// What CloudWatch Logs counts for an event beside its message. Source: the API model, `PutLogEvents`.
pub const OVERHEAD: usize = 26;

impl Event {
    /// Its id: 56 digits.
    pub fn id(&self) -> String {
        format!("{:056}", self.number)
    }

    /// What it counts.
    pub fn size(&self) -> usize {
        self.message.len() + OVERHEAD
    }

    /// `events.member` of `GetLogEvents`.
    pub fn describe(&self) -> Value {
        json!({"timestamp": self.at, "message": self.message, "ingestionTime": self.ingested_at})
    }
}

impl Stream {
    /// `logStreams.member`.
    pub fn describe(&self) -> Value {
        let mut answer = json!({
            "logStreamName": self.name,
            "creationTime": self.created_at,
        });
        let first = self.events.first().map(|event| json!(event.at));
        put(&mut answer, "firstEventTimestamp", first);
        let last = self.events.last().map(|event| json!(event.at));
        put(&mut answer, "lastEventTimestamp", last);
        let came = self.events.iter().map(|event| event.ingested_at).max();
        put(
            &mut answer,
            "lastIngestionTime",
            came.map(|time| json!(time)),
        );
        let token = self.events.iter().map(|event| event.number).max();
        put(
            &mut answer,
            "uploadSequenceToken",
            Some(json!(sequence_token(token.unwrap_or_default()))),
        );
        put(&mut answer, "arn", Some(json!(self.arn)));
        // Since 2019 this is always 0 for a stream. Source: the API model, `LogStream.storedBytes`.
        put(&mut answer, "storedBytes", Some(json!(0)));
        answer
    }

    /// Puts an event in its place.
    pub fn add(&mut self, event: Event) {
        let at = self.events.partition_point(|known| known.at <= event.at);
        self.events.insert(at, event);
    }
}

/// A token as `PutLogEvents` hands it out; nobody has to send one any more.
pub fn sequence_token(number: u64) -> String {
    format!("{:056}", u128::from(number) + 49_540_000_000_000_000)
}

impl Group {
    /// A new group.
    pub fn new(region: &str, account: &str, name: &str, now: i64) -> Self {
        Self {
            name: name.to_owned(),
            arn: arn("logs", region, account, &format!("log-group:{name}")),
            created_at: now,
            class: "STANDARD".to_owned(),
            ..Self::default()
        }
    }

    /// `logGroups.member`.
    pub fn describe(&self) -> Value {
        let stored: usize = self
            .streams
            .values()
            .flat_map(|stream| &stream.events)
            .map(Event::size)
            .sum();
        let mut answer = json!({
            "logGroupName": self.name,
            "creationTime": self.created_at,
        });
        let days = self.retention.map(|days| json!(days));
        put(&mut answer, "retentionInDays", days);
        put(&mut answer, "metricFilterCount", Some(json!(0)));
        put(&mut answer, "arn", Some(json!(format!("{}:*", self.arn))));
        put(&mut answer, "storedBytes", Some(json!(stored)));
        let key = self.kms_key.as_ref().map(|key| json!(key));
        put(&mut answer, "kmsKeyId", key);
        put(&mut answer, "logGroupClass", Some(json!(self.class)));
        put(&mut answer, "logGroupArn", Some(json!(self.arn)));
        put(
            &mut answer,
            "deletionProtectionEnabled",
            Some(json!(self.protected)),
        );
        answer
    }

    /// The stream of a name, made where it is not there yet.
    pub fn stream(&mut self, name: &str, now: i64) -> &mut Stream {
        let arn = format!("{}:log-stream:{name}", self.arn);
        self.streams
            .entry(name.to_owned())
            .or_insert_with(|| Stream {
                name: name.to_owned(),
                arn,
                created_at: now,
                events: Vec::new(),
            })
    }
}
