//! What an account's CloudWatch holds in one Region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::services::fields::{Tags, put};

/// Alarms by name, and what happened to them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The alarms.
    pub alarms: BTreeMap<String, Alarm>,
    /// The oldest first; alarms that are gone stay in it.
    pub history: Vec<Happened>,
}

/// A metric alarm.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Members that the API takes and answers as they are.
    pub settings: Value,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// Why.
    pub reason: String,
    /// The same for machines.
    pub reason_data: Option<String>,
    /// When it was last put, in milliseconds since 1970.
    pub configured_at: i64,
    /// When its state was last said.
    pub updated_at: i64,
    /// When its state last changed.
    pub transitioned_at: i64,
    /// Its tags.
    pub tags: Tags,
}

/// An item of the history.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Happened {
    /// The alarm's name.
    pub alarm: String,
    /// When.
    pub at: i64,
    /// `ConfigurationUpdate` or `StateUpdate`.
    pub kind: String,
    /// In a sentence.
    pub summary: String,
    /// As JSON.
    pub data: String,
}

impl Alarm {
    /// `MetricAlarms.member`, with times as the given function writes them.
    pub fn describe(&self, time: fn(i64) -> Value) -> Value {
        let mut answer = json!({"AlarmName": self.name, "AlarmArn": self.arn});
        if let (Some(map), Some(settings)) = (answer.as_object_mut(), self.settings.as_object()) {
            map.extend(settings.clone());
        }
        let fields = [
            (
                "AlarmConfigurationUpdatedTimestamp",
                Some(time(self.configured_at)),
            ),
            ("StateValue", Some(json!(self.state))),
            ("StateReason", Some(json!(self.reason))),
            (
                "StateReasonData",
                self.reason_data.as_ref().map(|data| json!(data)),
            ),
            ("StateUpdatedTimestamp", Some(time(self.updated_at))),
            (
                "StateTransitionedTimestamp",
                Some(time(self.transitioned_at)),
            ),
        ];
        for (field, value) in fields {
            put(&mut answer, field, value);
        }
        answer
    }
}

impl Happened {
    /// `AlarmHistoryItems.member`.
    pub fn describe(&self, time: fn(i64) -> Value) -> Value {
        json!({
            "AlarmName": self.alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": time(self.at),
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary,
            "HistoryData": self.data,
        })
    }
}
