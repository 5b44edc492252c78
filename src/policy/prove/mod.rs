//! The decision with its reasons: by layer, which statement applied, and what nearly did.

mod failed;
mod listener;

use serde::{Deserialize, Serialize};

use super::decide::{Answer, Decision, Overruling, decide_telling};
use super::document::{Document, Effect, Statement};
use super::layer::{Layer, Place};
use super::part::Part;
use super::policies::Policies;
use super::principal::Naming;
use super::request::Request;
use super::truth::Truth;
pub use failed::{Difference, Element, Failed, Hint};
use listener::{Listener, Seen};

/// A decision and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The decision; the same as [`decide`](super::decide) gives.
    pub decision: Decision,
    /// The missing keys of an open context on which something depends, sorted; empty unless the answer is
    /// [`Answer::Depends`].
    pub keys: Vec<String>,
    /// What AWS does not document and the answer depends on; empty unless the answer is
    /// [`Answer::Depends`].
    pub doubts: Vec<String>,
    /// The statements that count, by layer: those that apply, those of which it cannot be said, and where a
    /// layer lacks an Allow, those that come nearest.
    pub reasons: Vec<Reason>,
}

/// What there is to say about one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Where it is.
    pub place: Place,
    /// Its `Sid`, or its position from 1.
    pub label: String,
    /// Its effect.
    pub effect: Effect,
    /// Whether it applies.
    pub outcome: Outcome,
    /// How it names the one who asks, where it applies and names somebody.
    pub naming: Option<Naming>,
    /// The elements that do not let it apply.
    pub failed: Vec<Failed>,
    /// Why it cannot be said: what is not documented.
    pub doubts: Vec<String>,
    /// Why it cannot be said: keys that are missing from an open context.
    pub keys: Vec<String>,
}

/// Whether a statement applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It does.
    Applies,
    /// It cannot be said.
    Unclear,
    /// It does not, and comes nearest.
    Misses,
}

/// So many statements of one outcome are told for a layer, or for a level of it.
const TOLD: usize = 3;

/// Whether AWS allows a request, and why. The answer is the one of [`decide`](super::decide): the same code
/// takes it, with a listener.
pub fn prove(policies: &Policies, request: &Request) -> Proof {
    let mut listener = Listener::default();
    let decision = decide_telling(policies, request, &mut listener);
    let Listener {
        seen, mut general, ..
    } = listener;
    let mut reasons = Vec::new();
    let (mut keys, mut doubts) = (Vec::new(), Vec::new());
    for layer in Layer::ALL {
        let part = decision.parts.of(layer);
        for level in levels(policies, layer) {
            let here = |seen: &&Seen| seen.place.layer == layer && seen.place.level == level;
            let of_layer: Vec<&Seen> = seen.iter().filter(here).collect();
            for seen in told(&of_layer, part, decision.answer) {
                reasons.extend(reason(seen, policies, request));
            }
        }
    }
    if decision.answer == Answer::Depends {
        for seen in seen.iter().filter(|seen| seen.truth == Truth::Unknown) {
            keys.extend(seen.keys.iter().cloned());
            doubts.extend(seen.doubts.iter().cloned());
        }
        keys.append(&mut general.keys);
        doubts.append(&mut general.doubts);
        keys.sort();
        keys.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        doubts.sort();
        doubts.dedup();
    }
    Proof {
        decision,
        keys,
        doubts,
        reasons,
    }
}

/// The levels of a layer: one, except in an organization.
fn levels(policies: &Policies, layer: Layer) -> Vec<Option<usize>> {
    match layer {
        Layer::Scp => (0..policies.scps.len()).map(Some).collect(),
        Layer::Rcp => (0..policies.rcps.len()).map(Some).collect(),
        _ => vec![None],
    }
}

/// Which of the statements of a layer are worth telling.
fn told<'a>(of_layer: &[&'a Seen], part: Part, answer: Answer) -> Vec<&'a Seen> {
    let mut told: Vec<&Seen> = Vec::new();
    let pick = |truth, effect| {
        of_layer
            .iter()
            .filter(move |seen| seen.truth == truth && seen.effect == effect)
            .copied()
    };
    let allows = pick(Truth::True, Effect::Allow).count() > 0;
    told.extend(pick(Truth::True, Effect::Deny).take(TOLD));
    if answer != Answer::ExplicitlyDenied || part != Part::ExplicitlyDenied {
        told.extend(pick(Truth::Unknown, Effect::Deny).take(TOLD));
        // The most direct naming first: it is the one that counts.
        let mut allowing: Vec<&Seen> = pick(Truth::True, Effect::Allow).collect();
        allowing.sort_by_key(|seen| std::cmp::Reverse(seen.naming));
        told.extend(allowing.into_iter().take(TOLD));
        if !allows {
            told.extend(pick(Truth::Unknown, Effect::Allow).take(TOLD));
            let mut missing: Vec<&Seen> = pick(Truth::False, Effect::Allow)
                .filter(|seen| seen.is_near())
                .collect();
            missing.sort_by_key(|seen| seen.distance());
            told.extend(missing.into_iter().take(TOLD));
        }
    }
    told
}

fn reason(seen: &Seen, policies: &Policies, request: &Request) -> Option<Reason> {
    let statement = statement_at(policies, &seen.place)?;
    Some(Reason {
        place: seen.place,
        label: statement.label(),
        effect: seen.effect,
        outcome: match seen.truth {
            Truth::True => Outcome::Applies,
            Truth::Unknown => Outcome::Unclear,
            Truth::False => Outcome::Misses,
        },
        naming: seen.naming.filter(|_| seen.truth == Truth::True),
        failed: failed::all(seen, statement, request),
        doubts: seen.doubts.clone(),
        keys: seen.keys.clone(),
    })
}

/// The document of a place.
pub fn document_at<'a>(policies: &'a Policies, place: &Place) -> Option<&'a Document> {
    let document = match place.layer {
        Layer::Identity => policies.identity.get(place.document),
        Layer::Resource => policies.resource.as_ref(),
        Layer::Boundary => policies.boundaries.get(place.document),
        Layer::Session => policies.session.as_ref()?.get(place.document),
        Layer::Scp => policies.scps.get(place.level?)?.get(place.document),
        Layer::Rcp => policies.rcps.get(place.level?)?.get(place.document),
        Layer::Endpoint => policies.endpoints.get(place.document),
    };
    document.map(|document| &**document)
}

/// The statement of a place.
pub fn statement_at<'a>(policies: &'a Policies, place: &Place) -> Option<&'a Statement> {
    document_at(policies, place)?
        .statements
        .get(place.statement)
}

impl Proof {
    /// The layers that stand in the way: those with a Deny that applies; or where there is none, those that
    /// lack an Allow that is needed.
    pub fn blocking(&self) -> Vec<Layer> {
        let parts = &self.decision.parts;
        let all = |wanted: Part| -> Vec<Layer> {
            Layer::ALL
                .into_iter()
                .filter(|layer| parts.of(*layer) == wanted)
                .collect()
        };
        match self.decision.answer {
            Answer::Allowed => Vec::new(),
            Answer::ExplicitlyDenied => all(Part::ExplicitlyDenied),
            Answer::ImplicitlyDenied => all(Part::ImplicitlyDenied),
            Answer::Depends => all(Part::Depends),
        }
    }
}

impl Overruling {
    /// What the rule says, as a sentence says it.
    pub fn told(self) -> &'static str {
        match self {
            Self::BlockPublicAccess => {
                "the bucket policy is public, and S3 Block Public Access lets only its own account and AWS services in"
            }
            Self::RootAssumesNoRole => "the root user of an account cannot assume roles",
            Self::AnonymousAssumesNoRole => {
                "a role is assumed with a signed request or with a provider's token"
            }
            Self::NotAcrossAccounts => {
                "the service does not take this action on a resource of another account, whatever the policies say"
            }
            Self::FederatedUserCannot => {
                "a federated user cannot call IAM, nor STS but for GetCallerIdentity"
            }
            Self::IamOfAnotherAccount => {
                "IAM actions, iam:PassRole too, work only in the account of the one who asks"
            }
            Self::AliasIsNoKey => {
                "KMS authorises this action on the key that the alias stands for; ask about the key's ARN"
            }
            Self::NeedsLongTermCredentials => {
                "this action cannot be called with temporary credentials"
            }
            Self::OtherPartition => {
                "the caller and the resource are in different partitions, between which nothing can be granted"
            }
            Self::NeedsNoPermission => "AWS asks for no permission for this action",
            Self::OwnerIsNotLockedOut => {
                "the root user of the bucket's owner reaches the bucket policy whatever it says"
            }
            Self::Grant => "a grant on the key stands for the Allow",
        }
    }
}
