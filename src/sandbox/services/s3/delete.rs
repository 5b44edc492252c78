//! Deleting objects.

use super::access::{self, no_bucket};
use super::buckets::{XMLNS, body, xml};
use super::fault::{S3Fault, malformed};
use super::state::Object;
use super::{Ask, Outcome};
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::request::Reply;
use crate::sandbox::world::World;

/// What a deletion left behind.
#[derive(Debug, Default)]
struct Deleted {
    version: Option<String>,
    marker: bool,
}

/// Deletes a version, or, where none is named and the bucket has versions, puts a delete marker.
fn remove(world: &mut World, bucket: &str, key: &str, wanted: Option<&str>, now: i64) -> Deleted {
    let fresh = world.ids.letters(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._",
        32,
    );
    let Some(bucket) = world.buckets.get_mut(bucket) else {
        return Deleted::default();
    };
    let versioning = bucket.versioning.clone();
    let mut deleted = Deleted::default();
    let versions = bucket.objects.entry(key.to_owned()).or_default();
    match (wanted, versioning.as_deref()) {
        (Some(id), _) => {
            deleted.marker = versions.iter().any(|o| o.version == id && o.marker);
            deleted.version = Some(id.to_owned());
            versions.retain(|o| o.version != id);
        }
        (None, None) => versions.clear(),
        (None, Some(status)) => {
            let id = if status == "Enabled" {
                fresh
            } else {
                versions.retain(|o| o.version != "null");
                "null".to_owned()
            };
            versions.push(Object {
                version: id.clone(),
                marker: true,
                modified: now,
                ..Object::default()
            });
            deleted.marker = true;
            deleted.version = Some(id);
        }
    }
    if versions.is_empty() {
        bucket.objects.remove(key);
    }
    deleted
}

/// `DeleteObject`.
pub fn one(ask: &Ask<'_>) -> Outcome {
    let mut world = ask.shared.world();
    let wanted = ask.parameter("versionId");
    if let Some(bucket) = world.buckets.get(&ask.bucket) {
        if let Some(etag) = ask.header("if-match") {
            let there = bucket.version(&ask.key, wanted).filter(|o| !o.marker);
            let same = there
                .is_some_and(|o| etag == "*" || o.etag.trim_matches('"') == etag.trim_matches('"'));
            if !same {
                return Err(S3Fault::new(
                    412,
                    "PreconditionFailed",
                    "At least one of the pre-conditions you specified did not hold",
                ));
            }
        }
    } else {
        return Err(no_bucket(&ask.bucket));
    }
    let deleted = remove(&mut world, &ask.bucket, &ask.key, wanted, ask.now);
    let mut reply = Reply::empty(204);
    if deleted.marker {
        reply = reply.with("x-amz-delete-marker", "true");
    }
    if let Some(version) = deleted.version {
        reply = reply.with("x-amz-version-id", version);
    }
    Ok(reply)
}

/// `DeleteObjects`.
pub fn batch(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "Delete")?;
    let quiet = given.value("Quiet") == Some("true");
    let objects: Vec<_> = given.children("Object").collect();
    if objects.is_empty() || objects.len() > 1000 {
        return Err(malformed());
    }
    let mut world = ask.shared.world();
    ask.credential.clone_into(&mut world.calling_with);
    let mut out = Xml::document();
    out.open("DeleteResult", XMLNS);
    for object in objects {
        // A key may begin or end with a space, so it is not trimmed.
        let key = object
            .child("Key")
            .map(|e| e.text.clone())
            .filter(|k| !k.is_empty())
            .ok_or_else(malformed)?;
        let wanted = object.value("VersionId").filter(|v| !v.is_empty());
        let may = access::allowed(&world, ask, &ask.bucket, &key, wanted, "s3:DeleteObject");
        if let Err(refused) = may {
            out.within("Error", |out| {
                out.leaf("Key", &key)
                    .maybe("VersionId", wanted)
                    .leaf("Code", &refused.fault.code)
                    .leaf("Message", &refused.fault.message);
            });
            continue;
        }
        let deleted = remove(&mut world, &ask.bucket, &key, wanted, ask.now);
        if quiet {
            continue;
        }
        out.within("Deleted", |out| {
            out.leaf("Key", &key).maybe("VersionId", wanted);
            if deleted.marker {
                out.leaf("DeleteMarker", "true")
                    .maybe("DeleteMarkerVersionId", deleted.version.as_deref());
            }
        });
    }
    out.close("DeleteResult");
    Ok(xml(out))
}
