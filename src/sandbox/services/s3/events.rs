//! What S3 tells EventBridge, where a bucket's notifications say so.
//!
//! Source: Amazon S3 User Guide, "EventBridge event message structure".

use serde_json::json;

use super::state::Object;
use crate::sandbox::services::eventbridge::outbox::{News, Place, emit};
use crate::sandbox::world::World;

/// Tells that an object was created.
pub fn created(world: &mut World, bucket: &str, key: &str, object: &Object) {
    let Some(found) = world.buckets.get(bucket) else {
        return;
    };
    let told = found
        .documents
        .get("notification")
        .is_some_and(|text| text.contains("EventBridgeConfiguration"));
    if !told || object.marker {
        return;
    }
    let (owner, region) = (found.owner.clone(), found.region.clone());
    let mut detail = json!({
        "version": "0",
        "bucket": {"name": bucket},
        "object": {
            "key": key,
            "size": object.size,
            "etag": object.etag.trim_matches('"'),
            "sequencer": format!("{:018X}", object.modified.max(0)),
        },
        "requester": owner,
        "reason": "PutObject",
    });
    if object.version != "null"
        && let Some(shown) = detail.get_mut("object").and_then(|it| it.as_object_mut())
    {
        shown.insert("version-id".to_owned(), json!(object.version));
    }
    let news = News {
        source: "aws.s3",
        detail_type: "Object Created",
        resources: vec![format!("arn:aws:s3:::{bucket}")],
        detail,
    };
    let place = Place {
        account: &owner,
        region: &region,
    };
    emit(world, place, object.modified, news);
}
