//! Events on their way: from a bus to the rules that match, and on to their targets.

use crate::sandbox::blobs::Blobs;
use crate::sandbox::world::World;

/// When the next event arrives.
pub fn due(world: &World) -> Option<i64> {
    let regions = world.accounts.values().flat_map(|a| a.regions.values());
    regions
        .filter_map(|regional| regional.eventbridge.sent.iter().map(|sent| sent.due).min())
        .min()
}

/// Delivers the events that have arrived.
pub fn advance(world: &mut World, _: &Blobs, now: i64) {
    for account in world.accounts.values_mut() {
        for regional in account.regions.values_mut() {
            regional.eventbridge.sent.retain(|sent| sent.due > now);
        }
    }
}
