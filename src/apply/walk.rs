//! Walks the plan's graph.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::cloud::{Cloud, CloudError, ErrorKind, Task};
use crate::plan::{Action, Change, Cycle, Plan, PlannedResource};
use crate::resource::{Attributes, Node, Part, Site, resolve};

use super::retry::{Backoff, rule_for};
use super::{Event, NodeRef, Report};

/// How to go about it.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long everything together may take; what is not done by then fails with AWS's last words.
    pub deadline: Duration,
    /// How many calls are under way at once in one account. AWS's control planes take few.
    pub at_once_per_account: usize,
    /// Where jitter comes from.
    pub random: fastrand::Rng,
    /// Whether resources that are not crosspipe's may be adopted: the user has said so.
    pub adopt: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(15 * 60),
            at_once_per_account: 24,
            random: fastrand::Rng::new(),
            adopt: false,
        }
    }
}

/// Why nothing was carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The plan holds conflicts.
    #[error("nothing was changed: {} {} in the way", .0.len(), if .0.len() == 1 { "resource is" } else { "resources are" })]
    Conflicts(Vec<PlannedResource>),
    /// The plan adopts, and nobody has agreed to it.
    #[error("nothing was changed: {} {} not crosspipe's, and adopting was not agreed to", .0.len(), if .0.len() == 1 { "resource is" } else { "resources are" })]
    AdoptionNotAgreed(Vec<PlannedResource>),
    /// The plan's changes wait for each other.
    #[error(transparent)]
    Cycle(#[from] Cycle),
}

struct Job<'a> {
    resource: &'a PlannedResource,
    change: &'a Change,
    about: NodeRef,
}

/// Carries out a plan. `stop` turning true lets what is under way finish and starts nothing more.
///
/// # Errors
/// Only what is known before the first call; whatever happens later is in the report.
pub async fn apply(
    plan: &Plan,
    cloud: &dyn Cloud,
    options: Options,
    stop: watch::Receiver<bool>,
    tell: &mut (dyn FnMut(Event) + Send),
) -> Result<Report, ApplyError> {
    let conflicts: Vec<_> = plan.with(Action::Conflict).cloned().collect();
    if !conflicts.is_empty() {
        return Err(ApplyError::Conflicts(conflicts));
    }
    let adoptions: Vec<_> = plan.with(Action::Adopt).cloned().collect();
    if !adoptions.is_empty() && !options.adopt {
        return Err(ApplyError::AdoptionNotAgreed(adoptions));
    }
    crate::plan::order(plan)?;
    Ok(Walk::new(plan, cloud, options, stop).run(tell).await)
}

struct Walk<'a> {
    cloud: &'a dyn Cloud,
    jobs: BTreeMap<Node, Job<'a>>,
    waiting: BTreeMap<Node, BTreeSet<Node>>,
    known: Attributes,
    lanes: BTreeMap<Site, Arc<Semaphore>>,
    options: Options,
    stop: watch::Receiver<bool>,
    began: Instant,
}

type Outcome = (
    Node,
    u32,
    Duration,
    Result<BTreeMap<String, String>, CloudError>,
);

impl<'a> Walk<'a> {
    fn new(
        plan: &'a Plan,
        cloud: &'a dyn Cloud,
        options: Options,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let mut jobs = BTreeMap::new();
        for resource in &plan.resources {
            for change in &resource.changes {
                let about = NodeRef {
                    site: resource.site.clone(),
                    account: resource.account.to_string(),
                    resource: resource.id.clone(),
                    kind: resource.spec.kind(),
                    name: resource.spec.name().to_owned(),
                    part: change.part,
                };
                jobs.insert(
                    about.node(),
                    Job {
                        resource,
                        change,
                        about,
                    },
                );
            }
        }
        let waiting = jobs
            .iter()
            .map(|(node, job)| {
                let needs = job
                    .change
                    .needs
                    .iter()
                    .filter(|need| jobs.contains_key(*need))
                    .cloned()
                    .collect();
                (node.clone(), needs)
            })
            .collect();
        let lanes = plan
            .resources
            .iter()
            .map(|it| {
                (
                    it.site.clone(),
                    Arc::new(Semaphore::new(options.at_once_per_account.max(1))),
                )
            })
            .collect();
        Self {
            cloud,
            jobs,
            waiting,
            known: plan.known(),
            lanes,
            options,
            stop,
            began: Instant::now(),
        }
    }

    async fn run(mut self, tell: &mut (dyn FnMut(Event) + Send)) -> Report {
        let mut report = Report::default();
        // Retries are told through a channel, because the calls run while this loop waits.
        let (say, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let mut running = FuturesUnordered::new();
        let mut dead: BTreeMap<Node, Node> = BTreeMap::new();
        loop {
            if !*self.stop.borrow() {
                for node in self.take_ready() {
                    running.push(self.call(node, say.clone()));
                }
            }
            tokio::select! {
                biased;
                Some(event) = heard.recv() => tell(event),
                Some((node, attempts, took, outcome)) = running.next(), if !running.is_empty() => {
                    while let Ok(event) = heard.try_recv() {
                        tell(event);
                    }
                    self.settle((node, attempts, took, outcome), &mut report, &mut dead, tell);
                }
                else => break,
            }
            if running.is_empty() && (self.waiting.is_empty() || self.nothing_ready()) {
                break;
            }
        }
        while let Ok(event) = heard.try_recv() {
            tell(event);
        }
        report.stopped = *self.stop.borrow();
        for node in std::mem::take(&mut self.waiting).into_keys() {
            if let Some(job) = self.jobs.get(&node) {
                tell(Event::NotTried {
                    change: job.about.clone(),
                    because: dead.get(&node).cloned(),
                });
                report.not_tried.push(job.about.clone());
            }
        }
        report.took = self.began.elapsed();
        report.attributes = self.known;
        report
    }

    fn nothing_ready(&self) -> bool {
        *self.stop.borrow() || self.waiting.values().all(|needs| !needs.is_empty())
    }

    fn take_ready(&mut self) -> Vec<Node> {
        let ready: Vec<Node> = self
            .waiting
            .iter()
            .filter(|(_, needs)| needs.is_empty())
            .map(|(node, _)| node.clone())
            .collect();
        for node in &ready {
            self.waiting.remove(node);
        }
        ready
    }

    /// Books what came of a change, and marks what can no longer be done.
    fn settle(
        &mut self,
        (node, attempts, took, outcome): Outcome,
        report: &mut Report,
        dead: &mut BTreeMap<Node, Node>,
        tell: &mut (dyn FnMut(Event) + Send),
    ) {
        let Some(job) = self.jobs.get(&node) else {
            return;
        };
        match outcome {
            Ok(attributes) => {
                self.known
                    .entry(node.resource.to_string())
                    .or_default()
                    .extend(attributes);
                for needs in self.waiting.values_mut() {
                    needs.remove(&node);
                }
                tell(Event::Done {
                    change: job.about.clone(),
                    took_ms: took.as_millis().try_into().unwrap_or(u64::MAX),
                });
                report.done.push(job.about.clone());
            }
            Err(error) => {
                tell(Event::Failed {
                    change: job.about.clone(),
                    error: error.clone(),
                    attempts,
                });
                report.failed.push((job.about.clone(), error));
                let mut fallen = vec![node.clone()];
                while let Some(cause) = fallen.pop() {
                    for (other, needs) in &self.waiting {
                        if needs.contains(&cause) && !dead.contains_key(other) {
                            dead.insert(other.clone(), node.clone());
                            fallen.push(other.clone());
                        }
                    }
                }
            }
        }
    }

    /// One change, from its first call to its end.
    fn call(
        &self,
        node: Node,
        say: tokio::sync::mpsc::UnboundedSender<Event>,
    ) -> impl Future<Output = Outcome> + use<'a> {
        let cloud = self.cloud;
        let job = self
            .jobs
            .get(&node)
            .map(|job| (job.about.clone(), self.task(job)));
        let deadline = self.began + self.options.deadline;
        let lane = job
            .as_ref()
            .and_then(|(about, _)| self.lanes.get(&about.site).cloned());
        let mut random = self.options.random.clone();
        random.seed(random.get_seed() ^ hash(&node));
        async move {
            let began = Instant::now();
            let (about, task) = match job {
                Some((about, Ok(task))) => (about, task),
                Some((_, Err(error))) => return (node, 0, began.elapsed(), Err(error)),
                None => return (node, 0, began.elapsed(), Ok(BTreeMap::new())),
            };
            let _place = match &lane {
                Some(lane) => lane.acquire().await.ok(),
                None => None,
            };
            let _ = say.send(Event::Started {
                change: about.clone(),
            });
            let mut attempts = Attempts::new(Backoff::new(random), deadline);
            loop {
                let error = match cloud.carry_out(&task).await {
                    Ok(attributes) => {
                        return (node, attempts.made + 1, began.elapsed(), Ok(attributes));
                    }
                    Err(error) => error,
                };
                let Some((waiting_for, wait)) = attempts.next(&error) else {
                    return (node, attempts.made, began.elapsed(), Err(error));
                };
                let _ = say.send(Event::Waiting {
                    change: about.clone(),
                    waiting_for,
                    code: error.code,
                    message: error.message,
                    attempts: attempts.made,
                    next_in_ms: wait.as_millis().try_into().unwrap_or(u64::MAX),
                });
                tokio::time::sleep(wait).await;
            }
        }
    }

    fn task(&self, job: &Job<'a>) -> Result<Task, CloudError> {
        let spec = crate::resource::resolve_known(&job.resource.spec, &self.known);
        // Only what this part sends has to be known; a key's policy, say, is not sent with its alias.
        let spec = match resolve(&spec, &self.known) {
            Ok(spec) => spec,
            Err(unresolved) if sends_documents(job.change.part) => {
                return Err(CloudError {
                    site: job.resource.site.clone(),
                    account: job.resource.account.to_string(),
                    service: String::new(),
                    operation: String::new(),
                    kind: ErrorKind::Internal,
                    code: String::new(),
                    message: unresolved.to_string(),
                    request_id: None,
                });
            }
            Err(_) => spec,
        };
        Ok(Task {
            site: job.resource.site.clone(),
            resource: job.resource.id.clone(),
            spec,
            part: job.change.part,
            base: job.change.base.clone(),
            attributes: self
                .known
                .get(job.resource.id.as_str())
                .cloned()
                .unwrap_or_default(),
        })
    }
}

/// Whether the call for a part sends documents, which may hold references.
fn sends_documents(part: Part) -> bool {
    matches!(
        part,
        Part::Policy | Part::Trust | Part::Encryption | Part::Settings | Part::Target
    )
}

fn hash(node: &Node) -> u64 {
    // FNV-1a: the same jitter for the same change in every run that starts from the same seed.
    let text = format!("{}#{:?}", node.resource, node.part);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// How often a call has been made, and until when it may be made again.
struct Attempts {
    made: u32,
    backoff: Backoff,
    deadline: Instant,
    first_refusal: Option<Instant>,
}

impl Attempts {
    fn new(backoff: Backoff, deadline: Instant) -> Self {
        Self {
            made: 0,
            backoff,
            deadline,
            first_refusal: None,
        }
    }

    /// What to wait for and how long after a refusal; none if it is final.
    fn next(&mut self, error: &CloudError) -> Option<(&'static str, Duration)> {
        self.made += 1;
        let rule = rule_for(error)?;
        let now = Instant::now();
        let first = *self.first_refusal.get_or_insert(now);
        let until = (first + Duration::from_secs(rule.seconds)).min(self.deadline);
        if now >= until {
            return None;
        }
        // The last try falls on the deadline and not after it.
        let wait = self.backoff.wait(self.made).min(until - now);
        Some((rule.waiting_for, wait))
    }
}
