//! The list as it is made: one request after the other, with its refusal.

use super::need::{Confidence, Need, Step, Who};
use super::run::Place;
use super::says::Words;
use super::scene::Scene;
use super::{Gap, Listing};

/// A list in the making.
pub(super) struct List<'a> {
    pub scene: &'a Scene<'a>,
    place: Option<Place>,
    listing: Listing,
}

/// A request in the making.
pub(super) struct Ask {
    id: String,
    step: Step,
    who: Who,
    via: Option<String>,
    action: String,
    resource: String,
    owner: String,
    context: Vec<(String, Vec<String>)>,
    why: String,
    optional: bool,
    asked: Confidence,
    words: Words,
}

impl<'a> List<'a> {
    pub fn new(scene: &'a Scene<'a>, place: Option<Place>) -> Self {
        Self {
            scene,
            place,
            listing: Listing::default(),
        }
    }

    pub fn finish(self) -> Listing {
        self.listing
    }

    /// Says that something is missing from the list.
    pub fn gap(&mut self, why: impl Into<String>) {
        let gap = Gap {
            place: self.place.clone(),
            why: why.into(),
        };
        if !self.listing.gaps.contains(&gap) {
            self.listing.gaps.push(gap);
        }
    }

    /// Adds a request. One that is there already, with the same caller, action, resource and context, and
    /// counts as much, is not listed twice.
    pub fn add(&mut self, ask: Ask) {
        let Ask {
            id,
            step,
            who,
            via,
            action,
            resource,
            owner,
            mut context,
            why,
            optional,
            asked,
            words,
        } = ask;
        if let Who::Role { .. } = who {
            self.common_keys(&via, &mut context);
        }
        let is_required = !optional && asked != Confidence::Unverified;
        let again = self.listing.needs.iter().any(|need| {
            need.who == who
                && need.iam_action == action
                && need.resource == resource
                && need.context == context
                && need.step == step
                && (need.is_required() || !is_required)
        });
        if again {
            return;
        }
        let refusal = words.refusal(&who, &action, &resource);
        let place = self.place.clone().unwrap_or_else(|| Place::new("", ""));
        self.listing.needs.push(Need {
            id: self.unique(id),
            stage: place.stage,
            action: place.action,
            step,
            who,
            via,
            iam_action: action,
            resource,
            owner,
            context,
            why,
            optional,
            asked,
            refusal,
        });
    }

    /// The keys of every request that is made with a role's credentials.
    ///
    /// Source: IAM User Guide, "AWS global condition context keys": `aws:ViaAWSService` is true where a
    /// service asks on behalf of the caller, and not where it uses a role of its own.
    fn common_keys(&self, via: &Option<String>, context: &mut Vec<(String, Vec<String>)>) {
        let forwarded = via
            .as_deref()
            .is_some_and(|via| via.starts_with("s3.") || via.starts_with("codecommit."));
        for (key, value) in [
            ("aws:RequestedRegion", self.scene.region()),
            ("aws:SecureTransport", "true"),
            (
                "aws:ViaAWSService",
                if forwarded { "true" } else { "false" },
            ),
        ] {
            if !context.iter().any(|(known, _)| known == key) {
                context.push((key.to_owned(), vec![value.to_owned()]));
            }
        }
    }

    fn unique(&self, id: String) -> String {
        let taken = |id: &str| self.listing.needs.iter().any(|need| need.id == id);
        if !taken(&id) {
            return id;
        }
        (2_usize..)
            .map(|number| format!("{id}-{number}"))
            .find(|next| !taken(next))
            .unwrap_or(id)
    }
}

impl Ask {
    pub fn new(
        id: impl Into<String>,
        step: Step,
        who: &Who,
        action: impl Into<String>,
        resource: impl Into<String>,
        owner: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            step,
            who: who.clone(),
            via: None,
            action: action.into(),
            resource: resource.into(),
            owner: owner.into(),
            context: Vec::new(),
            why: String::new(),
            optional: false,
            asked: Confidence::Documented,
            words: Words::Unknown,
        }
    }

    pub fn via(mut self, service: impl Into<String>) -> Self {
        self.via = Some(service.into());
        self
    }

    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.push((key.to_owned(), vec![value.into()]));
        self
    }

    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// A refusal does not stop the run.
    pub fn optional_if(mut self, optional: bool) -> Self {
        self.optional |= optional;
        self
    }

    pub fn optional(self) -> Self {
        self.optional_if(true)
    }

    pub fn asked(mut self, asked: Confidence) -> Self {
        self.asked = asked;
        self
    }

    /// What AWS lists among the permissions of this step, without anybody having seen it asked for.
    pub fn listed_only(self) -> Self {
        self.asked(Confidence::Unverified).optional()
    }

    pub fn refused(mut self, words: Words) -> Self {
        self.words = words;
        self
    }
}
