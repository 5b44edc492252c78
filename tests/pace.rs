//! Watching where AWS, the network or the credentials do not go along: against a sandbox that another
//! process serves, and whose answers can be held back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "support/between.rs"]
mod between;
#[path = "support/cli.rs"]
mod cli;
#[path = "support/pushed.rs"]
mod pushed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use between::{Between, Seen, Verdict};
use cli::{Place, SHARED, Served};

/// What watching asks of each service.
const LOOKS: [&str; 5] = [
    "GetPipelineState",
    "BatchGetBuilds",
    "GetDeployment",
    "DescribeServices",
    "GetLogEvents",
];

/// A place whose earlier run is through, and its sandbox, served.
fn scene(extra: &str, serving: &str) -> (Place, Served) {
    let place = pushed::place_with(&["develop"], extra);
    place.run("watch dev --sandbox --time-scale 1000").ended(0);
    let served = Served::start(
        &place,
        &format!("sandbox start --json --config crosspipe.toml {serving}"),
    );
    (place, served)
}

/// What runs in the place reaches the sandbox through whoever is in between.
fn through(place: &mut Place, served: &Served, between: &Between) {
    place.set("AWS_ENDPOINT_URL", &between.endpoint);
    let (id, secret) = served.keys(SHARED);
    place.set("AWS_ACCESS_KEY_ID", &id);
    place.set("AWS_SECRET_ACCESS_KEY", &secret);
}

/// How many answers of a service are held back: more than two looks try, with three tries to a look.
const HELD: usize = 7;

/// Holds back the first answers of each of these operations' services, beginning with the first look at it.
fn at_first(held: &'static [&'static str], how: Verdict) -> impl FnMut(&Seen) -> Verdict {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    move |seen| {
        if held.contains(&seen.operation.as_str()) {
            counts.entry(seen.service.clone()).or_insert(0);
        }
        match counts.get_mut(&seen.service) {
            Some(count) if *count < HELD => {
                *count += 1;
                how
            }
            _ => Verdict::Pass,
        }
    }
}

/// The service that an operation was asked of.
fn service(between: &Between, operation: &str) -> String {
    let seen = between.seen();
    let asked = seen.iter().find(|it| it.operation == operation);
    asked.unwrap().service.clone()
}

#[test]
fn throttling_is_waited_out_without_a_storm_of_calls() {
    for (extra, command, held) in [
        ("", "deploy dev", &LOOKS[..3]),
        (
            "--environment dev --strategy dev=ecs-rolling",
            "deploy dev",
            &LOOKS[3..4],
        ),
    ] {
        let (mut place, served) = scene(extra, "--time-scale 60");
        let between = Between::start(&served.endpoint, at_first(held, Verdict::Throttle));
        through(&mut place, &served, &between);
        let ran = place
            .run(&format!("{command} --time-scale 60"))
            .ended(0)
            .says("Landed: ");
        for operation in held {
            let asked = format!(":{operation} in ");
            let line = ran.stderr.lines().find(|it| it.contains(&asked));
            let line = line.unwrap_or_else(|| panic!("{operation} in {}", ran.page()));
            assert!(line.contains("AWS asks for fewer calls ("), "{line}");
            assert!(line.contains("looking again in "), "{line}");
        }
        for held in held.iter().map(|it| service(&between, it)) {
            let held = between.held(&held);
            assert_eq!(held.len(), HELD);
            // Ever longer between looks: a sixth of a second and a third, at this time scale.
            let took = held[HELD - 1].at - held[0].at;
            assert!(took >= Duration::from_millis(500), "{took:?}");
        }
    }
}

#[test]
fn the_log_is_followed_through_throttling_and_a_cut_line() {
    let (mut place, served) = scene("", "--time-scale 60");
    let mut throttle = at_first(&LOOKS[4..], Verdict::Throttle);
    let mut cut = at_first(&LOOKS[2..3], Verdict::Cut);
    let between = Between::start(&served.endpoint, move |seen| match throttle(seen) {
        Verdict::Pass => cut(seen),
        other => other,
    });
    through(&mut place, &served, &between);
    place.run("deploy dev --no-watch").ended(0);
    place
        .run("logs dev --follow --time-scale 60")
        .ended(0)
        .complains("AWS asks for fewer calls (logs:GetLogEvents in shared)")
        .complains("AWS cannot be reached (codedeploy:GetDeployment in dev)")
        .says("Deploy/Deploy Succeeded");
    assert_eq!(between.held("logs").len(), HELD);
}

#[test]
fn a_line_that_is_cut_comes_back_or_is_given_up() {
    let (mut place, served) = scene("", "--time-scale 60");
    let gone = Arc::new(AtomicBool::new(false));
    let mut cut = at_first(&LOOKS[1..2], Verdict::Cut);
    let rule = {
        let gone = Arc::clone(&gone);
        move |seen: &Seen| match gone.load(Ordering::Relaxed) {
            true if seen.operation == "GetPipelineState" => Verdict::Cut,
            _ => cut(seen),
        }
    };
    let between = Between::start(&served.endpoint, rule);
    through(&mut place, &served, &between);
    place
        .run("deploy dev --time-scale 60")
        .ended(0)
        .complains("AWS cannot be reached (codebuild:BatchGetBuilds in shared): looking again in")
        .says("Landed: ");
    assert!(!between.held("codebuild").is_empty());
    gone.store(true, Ordering::Relaxed);
    let ran = place
        .run("deploy dev --time-scale 1000")
        .ended(1)
        .complains("no answer from codepipeline at ")
        .complains("goes on all the same")
        .complains("come back to it with `crosspipe watch dev`");
    let waits = ran.stderr.matches("AWS cannot be reached").count();
    assert_eq!(waits, 12, "{}", ran.page());
    gone.store(false, Ordering::Relaxed);
    place
        .run("watch dev --time-scale 60")
        .ended(0)
        .says("Landed: ");
}

/// A session of the shared account's administrator: id, secret, token, end.
fn session(served: &Served) -> (String, String, String, String) {
    let sts = aws_sdk_sts::Client::new(&pushed::config(served, SHARED));
    let given = pushed::block_on(sts.get_session_token().send()).unwrap();
    let given = given.credentials.unwrap();
    let end = given
        .expiration
        .fmt(aws_smithy_types::date_time::Format::DateTime);
    (
        given.access_key_id,
        given.secret_access_key,
        given.session_token,
        end.unwrap(),
    )
}

/// Writes a file so that whoever reads it never sees half of it.
fn swap(path: &std::path::Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, path).unwrap();
}

/// Keeps a file filled with fresh sessions until it is dropped.
struct Fresh(Arc<AtomicBool>, Option<thread::JoinHandle<()>>);

impl Fresh {
    fn keep(
        served: &Served,
        path: std::path::PathBuf,
        write: fn((String, String, String, String)) -> String,
    ) -> Self {
        let sdk = pushed::config(served, SHARED);
        let sts = aws_sdk_sts::Client::new(&sdk);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        swap(&path, &write(session(served)));
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1500));
                let Ok(given) = pushed::block_on(sts.get_session_token().send()) else {
                    return;
                };
                let it = given.credentials.unwrap();
                let end = it
                    .expiration
                    .fmt(aws_smithy_types::date_time::Format::DateTime);
                let given = (
                    it.access_key_id,
                    it.secret_access_key,
                    it.session_token,
                    end.unwrap(),
                );
                swap(&path, &write(given));
            }
        });
        Self(stop, Some(thread))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        let _ = self.1.take().unwrap().join();
    }
}

fn ini((id, secret, token, _): (String, String, String, String)) -> String {
    format!(
        "[team]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\naws_session_token = {token}\n"
    )
}

fn process((id, secret, token, end): (String, String, String, String)) -> String {
    serde_json::json!({
        "Version": 1, "AccessKeyId": id, "SecretAccessKey": secret, "SessionToken": token, "Expiration": end,
    })
    .to_string()
}

/// The keys that the pipeline was asked with.
fn keys(between: &Between) -> BTreeSet<String> {
    let seen = between.seen();
    let asked = seen.iter().filter(|it| it.service == "codepipeline");
    asked.map(|it| it.key.clone()).collect()
}

#[test]
fn a_role_is_assumed_again_before_its_session_ends() {
    let (mut place, served) = scene("", "--time-scale 40 --session-seconds 6");
    let between = Between::start(&served.endpoint, |_| Verdict::Pass);
    through(&mut place, &served, &between);
    let ran = place
        .run("deploy dev --time-scale 40")
        .ended(0)
        .says("Landed: ")
        .lacks("cannot be seen");
    let calls = served.calls();
    let ended: Vec<_> = calls
        .iter()
        .filter(|it| {
            it["code"]
                .as_str()
                .is_some_and(|code| code.starts_with("Expired"))
        })
        .collect();
    assert!(ended.is_empty(), "{ended:?}");
    let assumed = between
        .seen()
        .iter()
        .filter(|it| it.operation == "AssumeRole")
        .count();
    // Not with each call either.
    assert!((2..12).contains(&assumed), "{assumed} in {}", ran.page());
}

#[test]
fn a_session_that_ends_before_its_time_is_taken_anew() {
    let (mut place, served) = scene("", "--time-scale 60");
    let mut revoked: Option<String> = None;
    let between = Between::start(&served.endpoint, move |seen| {
        if seen.operation == "GetDeployment" && revoked.is_none() {
            revoked = Some(seen.key.clone());
        }
        if revoked.as_deref() == Some(seen.key.as_str()) {
            Verdict::Expired
        } else {
            Verdict::Pass
        }
    });
    through(&mut place, &served, &between);
    place
        .run("deploy dev --time-scale 60")
        .ended(0)
        .says("Landed: ")
        .complains("green has")
        .lacks("cannot be seen");
    assert_eq!(between.held("codedeploy").len(), 1);
}

#[test]
fn the_credentials_that_roles_begin_with_are_renewed() {
    for (kept, write) in [
        // With an end that is known, from a process.
        ("process.json", process as fn(_) -> _),
        // Without one, from a file: AWS says when they have ended.
        ("home/.aws/credentials", ini),
    ] {
        let (mut place, served) = scene("", "--time-scale 40 --session-seconds 6");
        let between = Between::start(&served.endpoint, |_| Verdict::Pass);
        place.set("AWS_ENDPOINT_URL", &between.endpoint);
        place.set("AWS_PROFILE", "team");
        let path = place.path("process.json");
        place.write(
            "home/.aws/config",
            &match kept {
                "process.json" => format!(
                    "[profile team]\ncredential_process = cat {}\n",
                    path.display()
                ),
                _ => "[profile team]\nregion = ap-northeast-2\n".to_owned(),
            },
        );
        let fresh = Fresh::keep(&served, place.path(kept), write);
        place
            .run("deploy dev --time-scale 40")
            .ended(0)
            .says("Landed: ")
            .lacks("cannot be seen");
        drop(fresh);
        assert!(keys(&between).len() >= 2, "{:?}", keys(&between));
    }
}

#[test]
fn where_nothing_is_renewed_the_account_is_named_and_the_run_goes_on() {
    let (mut place, served) = scene("", "--time-scale 40 --session-seconds 6");
    place.set("AWS_ENDPOINT_URL", &served.endpoint);
    place.set("AWS_PROFILE", "team");
    place.write("home/.aws/credentials", &ini(session(&served)));
    place
        .run("deploy dev --time-scale 40")
        .ended(1)
        .complains(&format!("in shared ({SHARED}) failed: ExpiredToken"))
        .complains("goes on all the same")
        .complains("the session for shared has ended and could not be renewed: sign in again")
        .complains("come back to it with `crosspipe watch dev`");
    place.write("home/.aws/credentials", &ini(session(&served)));
    let ran = place.run("logs dev --follow --time-scale 40");
    if ran.code != 0 {
        ran.ended(1)
            .complains("the session for shared has ended and could not be renewed")
            .complains("come back to it with `crosspipe logs dev --follow`");
    }
    let _fresh = Fresh::keep(&served, place.path("home/.aws/credentials"), ini);
    place
        .run("watch dev --time-scale 40")
        .ended(0)
        .says("Landed: ");
}

/// Reads what the program prints, with the moment at which each line came.
fn watched(place: &Place, arguments: &str, until: Duration) -> Vec<(i64, serde_json::Value)> {
    use std::io::{BufRead, BufReader};
    let mut child = place
        .command(arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let killer = thread::spawn(move || {
        thread::park_timeout(until);
        let _ = std::process::Command::new("kill")
            .args(["-INT", &id])
            .status();
    });
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines = lines
        .map(|line| {
            let line = serde_json::from_str(&line.unwrap()).unwrap();
            (jiff::Timestamp::now().as_millisecond(), line)
        })
        .collect();
    killer.thread().unpark();
    killer.join().unwrap();
    child.wait().unwrap();
    lines
}

/// Prints how many calls the sandbox saw in each minute of watching, and what happened in it.
fn by_minute(title: &str, served: &Served, lines: &[(i64, serde_json::Value)]) {
    let (began, ended) = (lines[0].0, lines.last().unwrap().0);
    let calls: Vec<serde_json::Value> = served.calls();
    println!("{title}");
    for (minute, from) in (began..=ended).step_by(60_000).enumerate() {
        let within = |at: i64| (from..from + 60_000).contains(&at) && at <= ended;
        let mut services: BTreeMap<String, usize> = BTreeMap::new();
        for call in calls
            .iter()
            .filter(|it| within(it["time"].as_i64().unwrap()))
        {
            *services
                .entry(call["service"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
        let happened = lines.iter().filter(|(at, _)| within(*at)).count();
        let all: usize = services.values().sum();
        println!(
            "  minute {:>2}: {all:>3} calls, {happened:>2} events  {services:?}",
            minute + 1
        );
    }
}

#[test]
#[ignore = "takes a quarter of an hour: calls per minute at AWS's own pace"]
fn calls_per_minute() {
    let (mut place, served) = scene("", "");
    let between = Between::start(&served.endpoint, |_| Verdict::Pass);
    through(&mut place, &served, &between);
    let lines = watched(&place, "deploy dev --json", Duration::from_secs(1200));
    for (at, line) in &lines {
        println!("  {:>5} s  {}", (at - lines[0].0) / 1000, line["event"]);
    }
    by_minute("a deployment, canary 10 % for 5 minutes", &served, &lines);
}

#[test]
#[ignore = "takes six minutes: calls per minute while an approval waits"]
fn calls_per_minute_at_an_approval() {
    let (mut place, served) = scene("", "");
    pushed::with_approval(&served, 1);
    let between = Between::start(&served.endpoint, |_| Verdict::Pass);
    through(&mut place, &served, &between);
    let lines = watched(&place, "deploy dev --json", Duration::from_secs(300));
    by_minute("an approval waits", &served, &lines);
}

/// The middle and the largest of some times, in milliseconds.
fn middle(mut times: Vec<i64>) -> String {
    times.sort_unstable();
    format!(
        "{} ms in the middle, {} ms at most, of {}",
        times[times.len() / 2],
        times.last().unwrap(),
        times.len()
    )
}

#[test]
#[ignore = "prints figures: from the last AWS event to the screen, and from a push to landed"]
fn how_soon() {
    for scale in [60, 1000] {
        let (mut place, served) = scene("", &format!("--time-scale {scale}"));
        let between = Between::start(&served.endpoint, |_| Verdict::Pass);
        through(&mut place, &served, &between);
        let (mut late, mut last, mut pushes) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..if scale == 1000 { 5 } else { 1 } {
            let began = Instant::now();
            pushed::push(&place, &served, "develop", &format!("Change {turn}"));
            let lines = watched(
                &place,
                &format!("deploy dev --json --time-scale {scale}"),
                Duration::from_secs(120),
            );
            pushes.push(i64::try_from(began.elapsed().as_millis()).unwrap());
            let times: Vec<(i64, i64)> = lines
                .iter()
                // What was over before the first look cannot be seen sooner.
                .filter_map(|(seen, line)| {
                    let at: jiff::Timestamp = line["at"].as_str()?.parse().ok()?;
                    Some((*seen, seen - at.as_millisecond()))
                })
                .filter(|(seen, late)| seen - late > lines[0].0)
                .collect();
            let (end, outcome) = lines.last().unwrap();
            assert_eq!(outcome["outcome"], "landed", "{outcome}");
            let happened = times.iter().map(|(seen, late)| seen - late).max().unwrap();
            last.push(end - happened);
            late.extend(times.iter().map(|(_, late)| *late));
        }
        println!("at {scale} times AWS's pace");
        println!("  from an event to its line    {}", middle(late));
        println!("  from the last one to landed  {}", middle(last));
        println!("  from a push to landed        {}", middle(pushes));
    }
}
