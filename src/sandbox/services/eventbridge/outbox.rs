//! Events as services send them. How they arrive is in `delivery`.

use serde_json::{Value, json};

use super::{DEFAULT_BUS, Sent};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// How long an event is on its way, in milliseconds.
const TRAVEL: i64 = 500;

/// Where something happens.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The account.
    pub account: &'a str,
    /// The Region.
    pub region: &'a str,
}

/// What a service tells the default bus of its account.
#[derive(Debug)]
pub struct News {
    /// For example `aws.codecommit`.
    pub source: &'static str,
    /// For example `CodeCommit Repository State Change`.
    pub detail_type: &'static str,
    /// The ARNs that it is about.
    pub resources: Vec<String>,
    /// The event itself.
    pub detail: Value,
}

/// Puts an event of an AWS service on the default bus.
pub fn emit(world: &mut World, place: Place<'_>, now: i64, news: News) {
    let event = json!({
        "version": "0",
        "id": world.ids.uuid(),
        "detail-type": news.detail_type,
        "source": news.source,
        "account": place.account,
        "time": time::iso(now),
        "region": place.region,
        "resources": news.resources,
        "detail": news.detail,
    });
    send(world, place, DEFAULT_BUS, event, 0, now);
}

/// Puts a whole event on a bus.
pub fn send(world: &mut World, place: Place<'_>, bus: &str, event: Value, hops: u32, now: i64) {
    let due = world.after(now, TRAVEL);
    let state = &mut world.regional(place.account, place.region).eventbridge;
    state.sent.push(Sent {
        due,
        bus: bus.to_owned(),
        event,
        hops,
    });
}

/// Whether a bus is there; every account has a default one.
pub fn exists(world: &World, place: Place<'_>, bus: &str) -> bool {
    let account = world.accounts.get(place.account);
    account.is_some_and(|account| {
        bus == DEFAULT_BUS
            || account
                .regions
                .get(place.region)
                .is_some_and(|regional| regional.eventbridge.buses.contains_key(bus))
    })
}
