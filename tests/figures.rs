//! Counts the calls of a first bootstrap and of a run that has nothing to do, and measures how close
//! the waiting time comes to the longest chain of calls that depend on each other.
//!
//! `cargo test --test figures -- --nocapture` prints the figures; docs/figures.md explains them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crosspipe::apply::{Options, apply, verify};
use crosspipe::plan::{Plan, order};
use support::bys::World;
use tokio::sync::watch;

fn nobody_stops() -> watch::Receiver<bool> {
    watch::channel(false).1
}

/// Calls per account: all, and changing ones among them.
fn per_account(world: &World) -> BTreeMap<String, (usize, usize)> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for call in world.sandbox.calls() {
        let count = counts.entry(call.account.clone()).or_default();
        count.0 += 1;
        count.1 += usize::from(call.changing);
    }
    counts
}

fn print(title: &str, counts: &BTreeMap<String, (usize, usize)>) {
    println!("{title}");
    let mut all = (0, 0);
    for (account, (calls, changing)) in counts {
        println!("  {account:<13} {calls:>4} calls {changing:>4} changing");
        all = (all.0 + calls, all.1 + changing);
    }
    println!("  {:<13} {:>4} calls {:>4} changing", "all", all.0, all.1);
}

async fn carry_out(world: &World, plan: &Plan, at_once: usize) -> Duration {
    let options = Options {
        at_once_per_account: at_once,
        ..Options::default()
    };
    let began = Instant::now();
    let report = apply(plan, &world.cloud, options, nobody_stops(), &mut |_| {})
        .await
        .unwrap();
    let took = began.elapsed();
    assert!(report.complete(), "{:#?}", report.failed);
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_makes_no_changing_call() {
    let world = World::start(Duration::ZERO).await;
    world.sandbox.forget_calls();
    let plan = world.plan().await;
    print("plan of a first bootstrap", &per_account(&world));
    world.sandbox.forget_calls();
    carry_out(&world, &plan, 24).await;
    print("apply of a first bootstrap", &per_account(&world));
    let nodes: usize = plan.resources.iter().map(|it| it.changes.len()).sum();
    let changing: usize = per_account(&world)
        .values()
        .map(|(_, changing)| changing)
        .sum();
    // A role that was assumed counts as a change at the sandbox (it makes a session).
    assert!(
        changing >= nodes,
        "{changing} changing calls for {nodes} changes"
    );
    let check = verify(&plan, &world.cloud, &world.known(&plan).await).await;
    assert!(check.good(), "{check:#?}");

    world.sandbox.forget_calls();
    let again = world.plan().await;
    let counts = per_account(&world);
    print("second run", &counts);
    assert!(
        again.is_empty(),
        "{:#?}",
        again
            .resources
            .iter()
            .filter(|it| !it.changes.is_empty())
            .collect::<Vec<_>>()
    );
    assert_eq!(
        counts.values().map(|(_, changing)| changing).sum::<usize>(),
        0
    );
    // Nothing is asked twice.
    let calls = world.sandbox.calls();
    assert!(calls.len() < 60 * 4, "{} calls", calls.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_time_comes_close_to_the_longest_chain() {
    let latency = Duration::from_millis(100);
    let world = World::start(latency).await;
    let plan = world.plan().await;
    let waves = order(&plan).unwrap();
    world.sandbox.forget_calls();
    let took = carry_out(&world, &plan, 24).await;
    let calls = world.sandbox.calls().len();
    let chain = world.longest_chain(&plan);
    let chain_time = latency * u32::try_from(chain).unwrap();
    let one_by_one = latency * u32::try_from(calls).unwrap();
    println!("apply at 100 ms per answer");
    println!(
        "  waves {}, longest chain {chain} calls = {:.2} s",
        waves.len(),
        chain_time.as_secs_f64()
    );
    println!(
        "  took {:.2} s = {:.2} times the chain",
        took.as_secs_f64(),
        took.as_secs_f64() / chain_time.as_secs_f64()
    );
    println!(
        "  one after another {calls} calls = {:.2} s = {:.1} times as long",
        one_by_one.as_secs_f64(),
        one_by_one.as_secs_f64() / took.as_secs_f64()
    );
    // Generous, because machines are noisy; the figures themselves are in docs/figures.md.
    assert!(
        took < chain_time * 4,
        "{took:?} for a chain of {chain_time:?}"
    );
}
