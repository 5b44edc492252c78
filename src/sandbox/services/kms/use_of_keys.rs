//! Encrypting and decrypting.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::condition_keys::keys_of;
use super::crypto;
use super::input::{invalid, required};
use super::keys::{self, Place, at, locate, usable};
use crate::sandbox::authorize;
use crate::sandbox::identity;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

type Context = BTreeMap<String, String>;

fn context(call: &Call, name: &str) -> Result<Context, Fault> {
    match call.input.get(name) {
        None | Some(Value::Null) => Ok(Context::new()),
        Some(Value::Object(pairs)) => pairs
            .iter()
            .map(|(key, value)| match value.as_str() {
                Some(value) if !key.is_empty() => Ok((key.clone(), value.to_owned())),
                _ => Err(Fault::new(
                    "SerializationException",
                    "The encryption context must hold texts.",
                )),
            })
            .collect(),
        Some(_) => Err(Fault::new(
            "SerializationException",
            "The encryption context must be a map.",
        )),
    }
}

fn blob(call: &Call, name: &str, most: usize) -> Result<Vec<u8>, Fault> {
    let text = required(call, name)?;
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| Fault::new("SerializationException", format!("{name} is not base64.")))?;
    let member = name.get(..1).map_or_else(String::new, |first| {
        first.to_ascii_lowercase() + name.get(1..).unwrap_or_default()
    });
    if bytes.is_empty() || bytes.len() > most {
        let constraint = format!("Member must have length between 1 and {most}");
        return Err(invalid(&member, "java.nio.HeapByteBuffer", &constraint));
    }
    Ok(bytes)
}

/// Whether the caller may do something with a key, by the key policy and the caller's own policies.
pub fn may_use(
    world: &World,
    call: &Call,
    place: &Place,
    action: &str,
    context: &Context,
) -> Result<(), Fault> {
    may_use_via(world, call, place, action, context, None)
}

/// The same for a service that acts in the caller's name: whether the key of this ARN is there, can be
/// used, and may be by this caller.
pub fn use_by_service(
    world: &World,
    call: &Call,
    key_arn: &str,
    action: &str,
    context: &Context,
    via: &str,
) -> Result<(), Fault> {
    // A copy reads an object of another Region, whose key is there.
    let mut call = call.clone();
    if let Some(region) = key_arn.split(':').nth(3) {
        region.clone_into(&mut call.region);
    }
    let place = locate(world, &call, key_arn)?;
    usable(at(world, &place)?, &place.arn())?;
    may_use_via(world, &call, &place, action, context, Some(via))
}

fn may_use_via(
    world: &World,
    call: &Call,
    place: &Place,
    action: &str,
    context: &Context,
    via: Option<&str>,
) -> Result<(), Fault> {
    let arn = place.arn();
    let session = identity::current_session(world);
    let mut request = authorize::of_call(world, session, call, action, &arn);
    request.add("kms:CallerAccount", call.caller.account.clone());
    for (key, value) in keys_of(world, &arn) {
        request.add(&key, value);
    }
    for (key, value) in authorize::tags_of(world, &arn) {
        request.add(&format!("aws:ResourceTag/{key}"), value);
    }
    if let Some(via) = via {
        // A service that acts in the caller's name calls from its own address.
        request.add("kms:ViaService", via);
        request.set("aws:ViaAWSService", vec!["true".to_owned()]);
        request.set("aws:SourceIp", Vec::new());
    }
    for (key, value) in context {
        request.add(&format!("kms:EncryptionContext:{key}"), value.clone());
        request.add("kms:EncryptionContextKeys", key.clone());
    }
    authorize::check(world, session, &request)
        .map_err(|refused| Fault::new("AccessDeniedException", refused.message))
}

/// The ARN that a request with a ciphertext is authorised on: the key that it names.
pub fn resource(world: &World, call: &Call) -> String {
    if call.text("KeyId").is_some() {
        return keys::resource(world, call);
    }
    call.text("CiphertextBlob")
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|bytes| crypto::open(&bytes).map(|e| e.key_arn))
        .unwrap_or_else(|| "*".to_owned())
}

fn seal(
    world: &mut World,
    place: &Place,
    context: &Context,
    plaintext: &[u8],
) -> Result<Vec<u8>, Fault> {
    let nonce = keys::nonce();
    let key = at(world, place)?;
    let number = key.material.len().saturating_sub(1);
    let material = key
        .material
        .last()
        .and_then(|text| hex::decode(text).ok())
        .ok_or_else(|| {
            Fault::new("KMSInternalException", "The key has no material.").status(500)
        })?;
    Ok(crypto::seal(
        &place.arn(),
        number,
        &material,
        &nonce,
        context,
        plaintext,
    ))
}

/// `Encrypt`.
pub fn encrypt(world: &mut World, call: &Call) -> Answer {
    let plaintext = blob(call, "Plaintext", 4096)?;
    let context = context(call, "EncryptionContext")?;
    let place = ready(world, call, "KeyId", "kms:Encrypt", &context)?;
    let sealed = seal(world, &place, &context, &plaintext)?;
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(sealed),
        "KeyId": place.arn(),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }))
}

fn ready(
    world: &World,
    call: &Call,
    name: &str,
    action: &str,
    context: &Context,
) -> Result<Place, Fault> {
    let place = locate(world, call, required(call, name)?)?;
    may_use(world, call, &place, action, context)?;
    usable(at(world, &place)?, &place.arn())?;
    Ok(place)
}

fn unseal(
    world: &World,
    call: &Call,
    key_name: &str,
    context: &Context,
    action: &str,
) -> Result<(Place, Vec<u8>), Fault> {
    let bytes = blob(call, "CiphertextBlob", 6144)?;
    let wrong = || Fault::new("InvalidCiphertextException", "");
    let envelope = crypto::open(&bytes).ok_or_else(wrong)?;
    let place = locate(world, call, &envelope.key_arn).map_err(|_| {
        Fault::new(
            "AccessDeniedException",
            "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
        )
    })?;
    if call.text(key_name).is_some() && locate(world, call, required(call, key_name)?)? != place {
        return Err(Fault::new(
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.",
        ));
    }
    may_use(world, call, &place, action, context)?;
    let key = at(world, &place)?;
    usable(key, &place.arn())?;
    let material = key
        .material
        .get(envelope.material)
        .and_then(|text| hex::decode(text).ok())
        .ok_or_else(wrong)?;
    let plaintext = crypto::unseal(&envelope, &material, context).ok_or_else(wrong)?;
    Ok((place, plaintext))
}

/// `Decrypt`.
pub fn decrypt(world: &mut World, call: &Call) -> Answer {
    let context = context(call, "EncryptionContext")?;
    let (place, plaintext) = unseal(world, call, "KeyId", &context, "kms:Decrypt")?;
    Ok(json!({
        "KeyId": place.arn(),
        "Plaintext": STANDARD.encode(plaintext),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }))
}

/// `ReEncrypt`.
pub fn re_encrypt(world: &mut World, call: &Call) -> Answer {
    let before = context(call, "SourceEncryptionContext")?;
    let after = context(call, "DestinationEncryptionContext")?;
    let (source, plaintext) = unseal(world, call, "SourceKeyId", &before, "kms:ReEncryptFrom")?;
    let place = ready(world, call, "DestinationKeyId", "kms:ReEncryptTo", &after)?;
    let sealed = seal(world, &place, &after, &plaintext)?;
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(sealed),
        "SourceKeyId": source.arn(),
        "KeyId": place.arn(),
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }))
}

fn random_bytes(count: usize) -> Vec<u8> {
    (0..count.div_ceil(16))
        .flat_map(|_| keys::nonce())
        .take(count)
        .collect()
}

fn make_data_key(
    world: &mut World,
    call: &Call,
    action: &str,
) -> Result<(Place, Vec<u8>, Vec<u8>), Fault> {
    let count = match (call.text("KeySpec"), call.number("NumberOfBytes")) {
        (Some("AES_256"), None) => 32,
        (Some("AES_128"), None) => 16,
        (Some(other), None) => {
            return Err(invalid(
                "keySpec",
                other,
                "Member must satisfy enum value set: [AES_256, AES_128]",
            ));
        }
        (None, Some(count @ 1..=1024)) => usize::try_from(count).unwrap_or(32),
        (None, Some(count)) => {
            return Err(invalid(
                "numberOfBytes",
                &count.to_string(),
                "Member must have value between 1 and 1024",
            ));
        }
        _ => {
            return Err(Fault::new(
                "ValidationException",
                "Please specify either number of bytes or key spec.",
            ));
        }
    };
    let context = context(call, "EncryptionContext")?;
    let place = ready(world, call, "KeyId", action, &context)?;
    let plaintext = random_bytes(count);
    let sealed = seal(world, &place, &context, &plaintext)?;
    Ok((place, plaintext, sealed))
}

/// `GenerateDataKey`.
pub fn data_key(world: &mut World, call: &Call) -> Answer {
    let (place, plaintext, sealed) = make_data_key(world, call, "kms:GenerateDataKey")?;
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(sealed),
        "Plaintext": STANDARD.encode(plaintext),
        "KeyId": place.arn(),
    }))
}

/// `GenerateDataKeyWithoutPlaintext`.
pub fn data_key_without_plaintext(world: &mut World, call: &Call) -> Answer {
    let action = "kms:GenerateDataKeyWithoutPlaintext";
    let (place, _, sealed) = make_data_key(world, call, action)?;
    Ok(json!({ "CiphertextBlob": STANDARD.encode(sealed), "KeyId": place.arn() }))
}

/// `GenerateRandom`.
pub fn random(_: &mut World, call: &Call) -> Answer {
    match call.number("NumberOfBytes") {
        Some(count @ 1..=1024) => {
            let bytes = random_bytes(usize::try_from(count).unwrap_or(32));
            Ok(json!({ "Plaintext": STANDARD.encode(bytes) }))
        }
        _ => Err(invalid(
            "numberOfBytes",
            "null",
            "Member must have value between 1 and 1024",
        )),
    }
}
