//! `application/x-amz-json-1.0` and `-1.1`.

use serde_json::{Value, json};

use crate::sandbox::request::{Reply, Request};
use crate::sandbox::service::Fault;

/// Reads the body: an object, or nothing at all, which counts as an empty one.
pub fn input(request: &Request) -> Result<Value, Fault> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(Fault::new(
            "SerializationException",
            "Start of structure or map found where not expected.",
        )),
        Err(error) => Err(Fault::new(
            "SerializationException",
            format!("The request body is not JSON: {error}"),
        )),
    }
}

/// A successful answer. `null` is written as an empty body, as AWS does for operations without output.
pub fn success(version: &str, value: &Value, request_id: &str) -> Reply {
    let body = if value.is_null() {
        String::new()
    } else {
        value.to_string()
    };
    Reply::text(200, &format!("application/x-amz-json-{version}"), body)
        .with("x-amzn-RequestId", request_id)
}

/// An error.
pub fn failure(version: &str, fault: &Fault, request_id: &str) -> Reply {
    let body = json!({ "__type": fault.code, "message": fault.message });
    Reply::text(
        fault.status,
        &format!("application/x-amz-json-{version}"),
        body.to_string(),
    )
    .with("x-amzn-RequestId", request_id)
    .with("x-amzn-ErrorType", &fault.code)
}
