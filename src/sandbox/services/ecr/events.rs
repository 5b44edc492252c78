//! What ECR tells EventBridge: that an image was pushed.
//!
//! Source: Amazon ECR User Guide, "Amazon ECR events and EventBridge".

use serde_json::{Value, json};

use crate::sandbox::service::{Answer, Call};
use crate::sandbox::services::eventbridge::outbox::{News, Place, emit};
use crate::sandbox::services::fields::arn;
use crate::sandbox::world::World;

/// `PutImage`, and the event that follows it.
pub fn put(world: &mut World, call: &Call) -> Answer {
    let answer = super::images::put(world, call)?;
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str);
    let registry = text("/image/registryId").unwrap_or(&call.caller.account);
    let name = text("/image/repositoryName").unwrap_or_default();
    let detail = json!({
        "action-type": "PUSH",
        "result": "SUCCESS",
        "repository-name": name,
        "image-digest": text("/image/imageId/imageDigest").unwrap_or_default(),
        "image-tag": text("/image/imageId/imageTag").unwrap_or_default(),
        "manifest-media-type": text("/image/imageManifestMediaType").unwrap_or_default(),
    });
    let news = News {
        source: "aws.ecr",
        detail_type: "ECR Image Action",
        resources: vec![arn(
            "ecr",
            &call.region,
            registry,
            &format!("repository/{name}"),
        )],
        detail,
    };
    let place = Place {
        account: registry,
        region: &call.region,
    };
    emit(world, place, call.now, news);
    Ok(answer)
}
