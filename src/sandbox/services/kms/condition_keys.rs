//! The condition keys that say which key a request is about.
//!
//! Source: AWS KMS Developer Guide, "AWS KMS condition keys".

use super::keys::locate;
use crate::sandbox::service::Call;
use crate::sandbox::world::World;

/// The ARN of the key that a `KeyId` names, alias or not; `None` where there is no such key.
pub fn key_arn(world: &World, call: &Call, given: &str) -> Option<String> {
    locate(world, call, given).ok().map(|place| place.arn())
}

/// The keys that follow from a key's ARN.
pub fn keys_of(world: &World, arn: &str) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    let mut parts = arn.splitn(6, ':').skip(3);
    let found = (|| {
        let (region, account) = (parts.next()?, parts.next()?);
        let id = parts.next()?.strip_prefix("key/")?;
        let kms = &world.regional_ref(account, region)?.kms;
        kms.keys.get(id)?;
        Some((kms, id))
    })();
    let Some((kms, id)) = found else {
        return keys;
    };
    for (key, value) in [
        ("kms:KeySpec", "SYMMETRIC_DEFAULT"),
        ("kms:KeyUsage", "ENCRYPT_DECRYPT"),
        ("kms:KeyOrigin", "AWS_KMS"),
        ("kms:MultiRegion", "false"),
    ] {
        keys.push((key.to_owned(), value.to_owned()));
    }
    for (name, alias) in &kms.aliases {
        if alias.key == id {
            keys.push(("kms:ResourceAliases".to_owned(), name.clone()));
        }
    }
    keys
}
