//! Smithy RPC v2 CBOR.

use serde_json::{Value, json};

use crate::sandbox::cbor;
use crate::sandbox::request::{Reply, Request};
use crate::sandbox::service::{Answer, Fault};

/// Reads the body: a map, or nothing at all.
pub fn input(request: &Request) -> Result<Value, Fault> {
    let wrong = |why: String| Fault::new("SerializationException", why);
    let value = cbor::decode(&request.body).map_err(|error| wrong(error.to_string()))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(wrong("the body is not a map".to_owned()))
    }
}

/// An answer or an error.
pub fn reply(answer: &Answer, request_id: &str) -> Reply {
    let (status, body) = match answer {
        Ok(Value::Null) => (200, json!({})),
        Ok(value) => (200, value.clone()),
        Err(fault) => (
            fault.status,
            json!({ "__type": fault.code, "message": fault.message }),
        ),
    };
    Reply::text(status, "application/cbor", cbor::encode(&body))
        .with("smithy-protocol", "rpc-v2-cbor")
        .with("x-amzn-RequestId", request_id)
}
