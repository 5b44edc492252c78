//! A plan from a file, carried out later: only what was seen is done, and only where it still fits.
//!
//! Creating is not the same twice: AWS makes a second KMS key without a word. So the accounts are looked
//! at again, and what is carried out is the fresh plan, if all of it was in the saved one.

use std::path::Path;

use crate::plan::{Action, Plan, PlannedResource};
use crate::resource::{Attributes, resolve_known};
use crate::ui::Complaint;

use super::exit::Failure;

/// What is left of a saved plan, by what is in the accounts now. Nothing at all, if it has been carried
/// out already; the rest of it, if it was carried out in part.
///
/// # Errors
/// Names what is not as it was when the plan was saved.
pub fn left(file: &Path, saved: &Plan, fresh: Plan) -> Result<Plan, Failure> {
    let known: Attributes = fresh
        .resources
        .iter()
        .map(|it| (it.id.to_string(), it.attributes.clone()))
        .collect();
    let mut complaint = Complaint::new(format!(
        "{} is out of date: configuration or accounts are not as they were when it was written",
        file.display()
    ));
    for resource in &fresh.resources {
        let seen = saved.resources.iter().find(|it| it.id == resource.id);
        if let Some(why) = differs(seen, resource, &known) {
            complaint = complaint.detail(format!(
                "{} {} in {}: {why}",
                resource.spec.kind(),
                resource.spec.name(),
                resource.site
            ));
        }
    }
    let gone = |it: &&PlannedResource| !fresh.resources.iter().any(|now| now.id == it.id);
    for resource in saved.resources.iter().filter(gone) {
        complaint = complaint.detail(format!(
            "{} {} in {}: not wanted any more",
            resource.spec.kind(),
            resource.spec.name(),
            resource.site
        ));
    }
    if complaint.details.is_empty() {
        return Ok(fresh);
    }
    Err(Failure::failed(complaint.help(format!(
        "nothing was changed. Look again with `crosspipe plan --out {}`",
        file.display()
    ))))
}

/// Why a resource's fresh plan is not covered by the one that was seen.
fn differs(
    seen: Option<&PlannedResource>,
    fresh: &PlannedResource,
    known: &Attributes,
) -> Option<&'static str> {
    let Some(seen) = seen else {
        return Some("not in the plan");
    };
    if resolve_known(&seen.spec, known) != fresh.spec {
        return Some("wanted otherwise now");
    }
    match (fresh.action, seen.action) {
        (Action::Keep, _) | (Action::Create, Action::Create) => None,
        (Action::Create, _) => Some("gone since then"),
        // Made in part, by the run that the saved plan belongs to: the rest of it was seen.
        (Action::Update, Action::Create) => None,
        (Action::Adopt | Action::Conflict, was) if was != fresh.action => {
            Some("made by somebody else since then")
        }
        _ => {
            let all_seen = fresh.changes.iter().all(|change| {
                seen.changes
                    .iter()
                    .any(|it| it.part == change.part && it.lines == change.lines)
            });
            (!all_seen).then_some("changed since then")
        }
    }
}
