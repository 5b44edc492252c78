//! Keys, their policies and their life.

use serde_json::{Value, json};

use super::input::{self, invalid, not_found, required};
use super::key_policy::{checked_policy, default_policy};
use super::state::{Key, Kms};
use crate::sandbox::documents::Stored;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::sigv4;
use crate::sandbox::world::World;

/// A day in milliseconds.
pub const DAY: i64 = 24 * 3600 * 1000;

/// The ARN of requests that name no key.
pub fn everything(_: &World, _: &Call) -> String {
    "*".to_owned()
}

/// The ARN that a request on a key is authorised on.
pub fn resource(world: &World, call: &Call) -> String {
    let given = call.text("KeyId").unwrap_or_default();
    match locate(world, call, given) {
        Ok(place) => place.arn(),
        Err(_) if given.starts_with("arn:") => given.to_owned(),
        Err(_) => format!(
            "arn:aws:kms:{}:{}:key/{given}",
            call.region, call.caller.account
        ),
    }
}

/// Where a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The owner's account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The key's id.
    pub id: String,
}

impl Place {
    /// The key's ARN.
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:kms:{}:{}:key/{}",
            self.region, self.account, self.id
        )
    }
}

/// Finds what a `KeyId` names: an id or alias in the caller's own account and Region, or an ARN, which
/// may be another account's. Region and account of an ARN must fit: KMS answers only for its Region.
pub fn locate(world: &World, call: &Call, given: &str) -> Result<Place, Fault> {
    find(world, &call.caller.account, &call.region, given)
}

fn find(world: &World, caller: &str, region: &str, given: &str) -> Result<Place, Fault> {
    let (account, wanted_region, name) = match given.strip_prefix("arn:aws:kms:") {
        Some(rest) => {
            let mut parts = rest.splitn(3, ':');
            let wanted = parts.next().unwrap_or_default();
            let account = parts.next().unwrap_or_default();
            (account, wanted, parts.next().unwrap_or_default())
        }
        None if given.starts_with("arn:") => {
            return Err(not_found(format!("Invalid arn {given}")));
        }
        None => (caller, region, given),
    };
    if wanted_region != region {
        return Err(not_found(format!("Invalid arn {wanted_region}")));
    }
    let kms = world.regional_ref(account, region).map(|r| &r.kms);
    let alias_arn = |name: &str| format!("arn:aws:kms:{region}:{account}:{name}");
    let id = if name.starts_with("alias/") {
        kms.and_then(|k| k.aliases.get(name))
            .map(|alias| alias.key.as_str())
            .ok_or_else(|| not_found(format!("Alias {} is not found.", alias_arn(name))))?
    } else {
        name.strip_prefix("key/").unwrap_or(name)
    };
    let missing = || {
        not_found(format!(
            "Key 'arn:aws:kms:{region}:{account}:key/{id}' does not exist"
        ))
    };
    let bare = !given.starts_with("arn:") && !name.starts_with("alias/");
    if bare && !looks_like_id(id) {
        return Err(not_found(format!("Invalid keyId '{id}'")));
    }
    kms.and_then(|k| k.keys.get(id)).ok_or_else(missing)?;
    Ok(Place {
        account: account.to_owned(),
        region: region.to_owned(),
        id: id.to_owned(),
    })
}

fn looks_like_id(text: &str) -> bool {
    let bare = text.strip_prefix("mrk-").unwrap_or(text);
    (bare.len() == 36 || bare.len() == 32)
        && bare.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// The caller's KMS in the call's Region.
pub fn kms<'a>(world: &'a mut World, call: &Call) -> &'a mut Kms {
    &mut world.regional(&call.caller.account, &call.region).kms
}

/// A key at a place.
pub fn at<'a>(world: &'a World, place: &Place) -> Result<&'a Key, Fault> {
    world
        .regional_ref(&place.account, &place.region)
        .and_then(|r| r.kms.keys.get(&place.id))
        .ok_or_else(|| not_found(format!("Key '{}' does not exist", place.arn())))
}

/// A key at a place, to be changed.
pub fn at_mut<'a>(world: &'a mut World, place: &Place) -> Result<&'a mut Key, Fault> {
    let arn = place.arn();
    world
        .regional(&place.account, &place.region)
        .kms
        .keys
        .get_mut(&place.id)
        .ok_or_else(|| not_found(format!("Key '{arn}' does not exist")))
}

/// Refuses what cannot be done to another account's key. Source: KMS Developer Guide, "Allowing users in
/// other accounts to use a KMS key".
pub fn denied(call: &Call, action: &str, arn: &str) -> Fault {
    Fault::new(
        "AccessDeniedException",
        format!(
            "User: {} is not authorized to perform: {action} on resource: {arn}",
            call.caller.arn
        ),
    )
}

/// The key that a managing request names: it must be the caller's own. Operations on keys of their own
/// take an id or ARN, not an alias.
pub fn own(world: &World, call: &Call, action: &str) -> Result<Place, Fault> {
    let given = required(call, "KeyId")?;
    if given.starts_with("alias/") || given.contains(":alias/") {
        return Err(not_found(format!("Invalid keyId '{given}'")));
    }
    let place = locate(world, call, given)?;
    if place.account != call.caller.account {
        return Err(denied(call, action, &place.arn()));
    }
    due(world, call, &place)?;
    let reading = ["kms:Get", "kms:List"]
        .iter()
        .any(|p| action.starts_with(p));
    if !reading && at(world, &place)?.manager == "AWS" {
        return Err(denied(call, action, &place.arn()));
    }
    Ok(place)
}

/// A key whose time has come is gone.
pub fn due(world: &World, call: &Call, place: &Place) -> Result<(), Fault> {
    match at(world, place)?.deletion {
        Some(when) if when <= call.now => {
            Err(not_found(format!("Key '{}' does not exist", place.arn())))
        }
        _ => Ok(()),
    }
}

/// The fault for a key that is about to be deleted.
pub fn pending(place: &Place) -> Fault {
    Fault::new(
        "KMSInvalidStateException",
        format!("{} is pending deletion.", place.arn()),
    )
}

/// Whether a key can be used for encrypting and decrypting now.
pub fn usable(key: &Key, arn: &str) -> Result<(), Fault> {
    if key.deletion.is_some() {
        return Err(Fault::new(
            "KMSInvalidStateException",
            format!("{arn} is pending deletion."),
        ));
    }
    if !key.enabled {
        return Err(Fault::new(
            "DisabledException",
            format!("{arn} is disabled."),
        ));
    }
    Ok(())
}

/// Finds a key for another service that acts for an account: answers its ARN where it can be used.
pub fn find_for_service(
    world: &World,
    account: &str,
    region: &str,
    given: &str,
) -> Result<String, Fault> {
    let place = find(world, account, region, given)?;
    usable(at(world, &place)?, &place.arn())?;
    Ok(place.arn())
}

fn state(key: &Key) -> &'static str {
    match (key.deletion, key.enabled) {
        (Some(_), _) => "PendingDeletion",
        (None, true) => "Enabled",
        (None, false) => "Disabled",
    }
}

/// A time as the JSON protocols carry it.
pub fn seconds(millis: i64) -> Value {
    json!(millis as f64 / 1000.0)
}

fn metadata(place: &Place, key: &Key) -> Value {
    let mut value = json!({
        "AWSAccountId": place.account,
        "KeyId": key.id,
        "Arn": place.arn(),
        "CreationDate": seconds(key.created),
        "Enabled": key.enabled && key.deletion.is_none(),
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": state(key),
        "Origin": "AWS_KMS",
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
    });
    if let (Some(when), Some(object)) = (key.deletion, value.as_object_mut()) {
        object.insert("DeletionDate".to_owned(), seconds(when));
    }
    value
}

/// `CreateKey`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let unsupported = |what: &str| {
        Err(Fault::new(
            "UnsupportedOperationException",
            format!("{what} is not supported here: only symmetric keys with material of KMS are."),
        ))
    };
    let spec = call.text("KeySpec").or(call.text("CustomerMasterKeySpec"));
    if spec.is_some_and(|s| s != "SYMMETRIC_DEFAULT") {
        return unsupported("This key spec");
    }
    if call
        .text("KeyUsage")
        .is_some_and(|u| u != "ENCRYPT_DECRYPT")
    {
        return unsupported("This key usage");
    }
    if call.text("Origin").is_some_and(|o| o != "AWS_KMS") {
        return unsupported("This origin");
    }
    if call.flag("MultiRegion") == Some(true) {
        return unsupported("A multi-Region key");
    }
    let description = description(call)?;
    let tags = input::tags(call)?;
    let mut ids = std::mem::take(&mut world.ids);
    let id = ids.uuid();
    let material = ids.hex(64);
    let place = Place {
        account: call.caller.account.clone(),
        region: call.region.clone(),
        id: id.clone(),
    };
    let text = call
        .text("Policy")
        .map_or_else(|| default_policy(&place.account), str::to_owned);
    let policy = checked_policy(world, call, &place.arn(), &text);
    world.ids = ids;
    let key = Key {
        id: id.clone(),
        description,
        created: call.now,
        enabled: true,
        policy: policy?,
        tags,
        rotation_days: 365,
        manager: "CUSTOMER".to_owned(),
        material: vec![material],
        ..Key::default()
    };
    let value = metadata(&place, &key);
    kms(world, call).keys.insert(id, key);
    Ok(json!({ "KeyMetadata": value }))
}

fn description(call: &Call) -> Result<String, Fault> {
    let text = call.text("Description").unwrap_or_default();
    if text.chars().count() > 8192 {
        return Err(invalid(
            "description",
            text,
            "Member must have length less than or equal to 8192",
        ));
    }
    Ok(text.to_owned())
}

/// `DescribeKey`: also for keys of other accounts, by ARN; their key policy must allow it.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let place = locate(world, call, required(call, "KeyId")?)?;
    due(world, call, &place)?;
    super::use_of_keys::may_use(world, call, &place, "kms:DescribeKey", &Default::default())?;
    let key = at(world, &place)?;
    Ok(json!({ "KeyMetadata": metadata(&place, key) }))
}

/// `ListKeys`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let (account, region) = (call.caller.account.clone(), call.region.clone());
    let items = kms(world, call)
        .keys
        .values()
        .filter(|key| key.deletion.is_none_or(|when| when > call.now))
        .map(|key| {
            let arn = format!("arn:aws:kms:{region}:{account}:key/{}", key.id);
            (key.id.clone(), json!({ "KeyId": key.id, "KeyArn": arn }))
        })
        .collect();
    input::page(call, "Keys", items, 1000)
}

fn change(world: &mut World, call: &Call, action: &str, with: impl FnOnce(&mut Key)) -> Answer {
    let place = own(world, call, action)?;
    let key = at_mut(world, &place)?;
    if key.deletion.is_some() {
        return Err(pending(&place));
    }
    with(key);
    Ok(Value::Null)
}

/// `EnableKey`.
pub fn enable(world: &mut World, call: &Call) -> Answer {
    change(world, call, "kms:EnableKey", |key| key.enabled = true)
}

/// `DisableKey`.
pub fn disable(world: &mut World, call: &Call) -> Answer {
    change(world, call, "kms:DisableKey", |key| key.enabled = false)
}

/// `UpdateKeyDescription`.
pub fn update_description(world: &mut World, call: &Call) -> Answer {
    let text = description(call)?;
    change(world, call, "kms:UpdateKeyDescription", |key| {
        key.description = text
    })
}

/// `ScheduleKeyDeletion`.
pub fn schedule_deletion(world: &mut World, call: &Call) -> Answer {
    let days = call.number("PendingWindowInDays").unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(invalid(
            "pendingWindowInDays",
            &days.to_string(),
            "Member must have value between 7 and 30",
        ));
    }
    let place = own(world, call, "kms:ScheduleKeyDeletion")?;
    let now = call.now;
    let key = at_mut(world, &place)?;
    if key.deletion.is_some() {
        return Err(pending(&place));
    }
    let when = now.saturating_add(days * DAY);
    key.deletion = Some(when);
    key.pending_days = days;
    key.enabled = false;
    Ok(json!({
        "KeyId": place.arn(),
        "DeletionDate": seconds(when),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }))
}

/// `CancelKeyDeletion`: the key is disabled afterwards.
pub fn cancel_deletion(world: &mut World, call: &Call) -> Answer {
    let place = own(world, call, "kms:CancelKeyDeletion")?;
    let key = at_mut(world, &place)?;
    if key.deletion.take().is_none() {
        let message = format!("{} is not pending deletion.", place.arn());
        return Err(Fault::new("KMSInvalidStateException", message));
    }
    key.enabled = false;
    Ok(json!({ "KeyId": place.arn() }))
}

/// The key that AWS manages for a service in an account (`alias/aws/s3`), made where it is not there yet.
/// Its policy lets the account's principals use it through that service only, so it cannot be shared.
pub fn aws_managed(
    world: &mut World,
    account: &str,
    region: &str,
    service: &str,
    now: i64,
) -> String {
    let alias = format!("alias/aws/{service}");
    let arn = |id: &str| format!("arn:aws:kms:{region}:{account}:key/{id}");
    if let Some(there) = world
        .regional_ref(account, region)
        .and_then(|r| r.kms.aliases.get(&alias))
    {
        return arn(&there.key);
    }
    let (id, material) = (world.ids.uuid(), world.ids.hex(64));
    let policy = json!({
        "Version": "2012-10-17",
        "Id": format!("auto-{service}-2"),
        "Statement": [{
            "Sid": format!("Allow access through {service} for all principals in the account that are authorized to use it"),
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": { "StringEquals": {
                "kms:CallerAccount": account,
                "kms:ViaService": format!("{service}.{region}.amazonaws.com")
            } }
        }, {
            "Sid": "Allow direct access to key metadata to the account",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
            "Resource": "*"
        }]
    });
    let key = Key {
        id: id.clone(),
        description: format!(
            "Default key that protects my {service} objects when no other key is defined"
        ),
        created: now,
        enabled: true,
        policy: Stored {
            text: policy.to_string(),
            ..Stored::default()
        },
        rotation: true,
        rotation_days: 365,
        manager: "AWS".to_owned(),
        material: vec![material],
        ..Key::default()
    };
    let kms = &mut world.regional(account, region).kms;
    kms.keys.insert(id.clone(), key);
    kms.aliases.insert(
        alias,
        super::state::Alias {
            key: id.clone(),
            created: now,
            updated: now,
        },
    );
    arn(&id)
}

/// Sixteen fresh bytes: from the operating system and not from the world's ids, because reading leaves
/// the world as it was.
pub fn nonce() -> [u8; 16] {
    let text = format!("{:032x}{:032x}", fastrand::u128(..), os_bits());
    let digest = sigv4::hmac(b"nonce", text.as_bytes());
    let mut nonce = [0; 16];
    for (target, byte) in nonce.iter_mut().zip(digest) {
        *target = byte;
    }
    nonce
}

fn os_bits() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    // The standard library takes its hash keys from the operating system.
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}
