//! Lifecycle rules of a bucket, in the shape that `aws s3api put-bucket-lifecycle-configuration`
//! takes. Written by hand, because the SDK's S3 types carry no schema.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleAndOperator, LifecycleRuleFilter, NoncurrentVersionExpiration,
    NoncurrentVersionTransition, Tag, Transition, TransitionStorageClass,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Rule {
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<Expiration>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    transitions: Vec<Move>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    noncurrent_version_transitions: Vec<OldMove>,
    #[serde(skip_serializing_if = "Option::is_none")]
    noncurrent_version_expiration: Option<OldExpiration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    abort_incomplete_multipart_upload: Option<Abort>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size_greater_than: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size_less_than: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    and: Option<And>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct And {
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size_greater_than: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size_less_than: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Label {
    key: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Expiration {
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_object_delete_marker: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Move {
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OldMove {
    #[serde(skip_serializing_if = "Option::is_none")]
    noncurrent_days: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newer_noncurrent_versions: Option<i32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OldExpiration {
    #[serde(skip_serializing_if = "Option::is_none")]
    noncurrent_days: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newer_noncurrent_versions: Option<i32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Abort {
    #[serde(skip_serializing_if = "Option::is_none")]
    days_after_initiation: Option<i32>,
}

/// A rule of the SDK as JSON.
pub(super) fn write(rule: &LifecycleRule) -> Value {
    let label = |tag: &Tag| Label {
        key: tag.key().to_owned(),
        value: tag.value().to_owned(),
    };
    let class =
        |class: Option<&TransitionStorageClass>| class.map(|class| class.as_str().to_owned());
    let shape = Rule {
        id: rule.id().map(str::to_owned),
        status: rule.status().as_str().to_owned(),
        #[allow(deprecated, reason = "older rules still carry the prefix here")]
        prefix: rule.prefix().map(str::to_owned),
        filter: rule.filter().map(|filter| Filter {
            prefix: filter.prefix().map(str::to_owned),
            tag: filter.tag().map(label),
            object_size_greater_than: filter.object_size_greater_than(),
            object_size_less_than: filter.object_size_less_than(),
            and: filter.and().map(|and| And {
                prefix: and.prefix().map(str::to_owned),
                tags: and.tags().iter().map(label).collect(),
                object_size_greater_than: and.object_size_greater_than(),
                object_size_less_than: and.object_size_less_than(),
            }),
        }),
        expiration: rule.expiration().map(|expiration| Expiration {
            date: expiration.date().map(day),
            days: expiration.days(),
            // S3 answers false where nothing was said.
            expired_object_delete_marker: expiration
                .expired_object_delete_marker()
                .filter(|on| *on),
        }),
        transitions: rule
            .transitions()
            .iter()
            .map(|to| Move {
                date: to.date().map(day),
                days: to.days(),
                storage_class: class(to.storage_class()),
            })
            .collect(),
        noncurrent_version_transitions: rule
            .noncurrent_version_transitions()
            .iter()
            .map(|to| OldMove {
                noncurrent_days: to.noncurrent_days(),
                storage_class: class(to.storage_class()),
                newer_noncurrent_versions: to.newer_noncurrent_versions(),
            })
            .collect(),
        noncurrent_version_expiration: rule.noncurrent_version_expiration().map(|expiration| {
            OldExpiration {
                noncurrent_days: expiration.noncurrent_days(),
                newer_noncurrent_versions: expiration.newer_noncurrent_versions(),
            }
        }),
        abort_incomplete_multipart_upload: rule.abort_incomplete_multipart_upload().map(|abort| {
            Abort {
                days_after_initiation: abort.days_after_initiation(),
            }
        }),
    };
    serde_json::to_value(shape).unwrap_or_default()
}

/// JSON as a rule of the SDK.
pub(super) fn read(json: &Value) -> Result<LifecycleRule, String> {
    let shape: Rule = serde_json::from_value(json.clone())
        .map_err(|error| format!("a lifecycle rule: {error}"))?;
    let text = |error: aws_sdk_s3::error::BuildError| error.to_string();
    let label = |label: Label| {
        Tag::builder()
            .key(label.key)
            .value(label.value)
            .build()
            .map_err(text)
    };
    let class =
        |class: Option<String>| class.map(|class| TransitionStorageClass::from(class.as_str()));
    let filter = match shape.filter {
        None => None,
        Some(filter) => {
            let and = match filter.and {
                None => None,
                Some(and) => Some(
                    LifecycleRuleAndOperator::builder()
                        .set_prefix(and.prefix)
                        .set_tags(Some(
                            and.tags.into_iter().map(label).collect::<Result<_, _>>()?,
                        ))
                        .set_object_size_greater_than(and.object_size_greater_than)
                        .set_object_size_less_than(and.object_size_less_than)
                        .build(),
                ),
            };
            Some(
                LifecycleRuleFilter::builder()
                    .set_prefix(filter.prefix)
                    .set_tag(filter.tag.map(label).transpose()?)
                    .set_object_size_greater_than(filter.object_size_greater_than)
                    .set_object_size_less_than(filter.object_size_less_than)
                    .set_and(and)
                    .build(),
            )
        }
    };
    let expiration = match shape.expiration {
        None => None,
        Some(expiration) => Some(
            LifecycleExpiration::builder()
                .set_date(expiration.date.map(|date| at(&date)).transpose()?)
                .set_days(expiration.days)
                .set_expired_object_delete_marker(expiration.expired_object_delete_marker)
                .build(),
        ),
    };
    let mut transitions = Vec::new();
    for to in shape.transitions {
        transitions.push(
            Transition::builder()
                .set_date(to.date.map(|date| at(&date)).transpose()?)
                .set_days(to.days)
                .set_storage_class(class(to.storage_class))
                .build(),
        );
    }
    let old_transitions: Vec<_> = shape
        .noncurrent_version_transitions
        .into_iter()
        .map(|to| {
            NoncurrentVersionTransition::builder()
                .set_noncurrent_days(to.noncurrent_days)
                .set_storage_class(class(to.storage_class))
                .set_newer_noncurrent_versions(to.newer_noncurrent_versions)
                .build()
        })
        .collect();
    #[allow(deprecated, reason = "older rules still carry the prefix here")]
    LifecycleRule::builder()
        .set_id(shape.id)
        .status(ExpirationStatus::from(shape.status.as_str()))
        .set_prefix(shape.prefix)
        .set_filter(filter)
        .set_expiration(expiration)
        .set_transitions(Some(transitions).filter(|list| !list.is_empty()))
        .set_noncurrent_version_transitions(Some(old_transitions).filter(|list| !list.is_empty()))
        .set_noncurrent_version_expiration(shape.noncurrent_version_expiration.map(|expiration| {
            NoncurrentVersionExpiration::builder()
                .set_noncurrent_days(expiration.noncurrent_days)
                .set_newer_noncurrent_versions(expiration.newer_noncurrent_versions)
                .build()
        }))
        .set_abort_incomplete_multipart_upload(shape.abort_incomplete_multipart_upload.map(
            |abort| {
                AbortIncompleteMultipartUpload::builder()
                    .set_days_after_initiation(abort.days_after_initiation)
                    .build()
            },
        ))
        .build()
        .map_err(text)
}

fn day(date: &DateTime) -> String {
    date.fmt(Format::DateTime).unwrap_or_default()
}

fn at(text: &str) -> Result<DateTime, String> {
    let whole = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}T00:00:00Z")
    };
    DateTime::from_str(&whole, Format::DateTime)
        .map_err(|error| format!("a lifecycle rule's date '{text}': {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_member_survives_both_ways() {
        for rule in [
            json!({"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30},
                   "NoncurrentVersionExpiration": {"NoncurrentDays": 7, "NewerNoncurrentVersions": 2},
                   "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}),
            json!({"Status": "Disabled", "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}],
                   "ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}},
                   "Expiration": {"Date": "2030-01-01T00:00:00Z"},
                   "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}],
                   "NoncurrentVersionTransitions": [{"NoncurrentDays": 1, "StorageClass": "STANDARD_IA", "NewerNoncurrentVersions": 3}]}),
            json!({"Status": "Enabled", "Filter": {"Tag": {"Key": "k", "Value": "v"}}, "Expiration": {"ExpiredObjectDeleteMarker": true}}),
            json!({"Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 1}}),
        ] {
            assert_eq!(write(&read(&rule).unwrap()), rule);
        }
    }

    #[test]
    fn a_member_that_s3_does_not_know_is_an_error() {
        let error = read(&json!({"Status": "Enabled", "Filtre": {}})).unwrap_err();
        assert!(error.contains("Filtre"), "{error}");
        assert!(read(&json!({"Status": "Enabled", "Expiration": {"Date": "soon"}})).is_err());
    }
}
