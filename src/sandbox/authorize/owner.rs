//! Which account a resource belongs to, where its ARN does not say it.

use crate::sandbox::world::World;

/// The bucket of `arn:aws:s3:::BUCKET` or `arn:aws:s3:::BUCKET/KEY`.
pub(super) fn bucket(arn: &str) -> Option<&str> {
    let name = arn.strip_prefix("arn:aws:s3:::")?.split('/').next()?;
    (!name.is_empty()).then_some(name)
}

/// The account that a resource belongs to, by its ARN: a bucket is its owner's.
pub fn owner<'a>(world: &'a World, arn: &'a str) -> Option<&'a str> {
    if let Some(name) = bucket(arn) {
        return world.buckets.get(name).map(|bucket| bucket.owner.as_str());
    }
    let account = arn.split(':').nth(4)?;
    (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())).then_some(account)
}
