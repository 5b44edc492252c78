//! Desired x Observed -> Plan.

use crate::cloud::Observed;
use crate::ident::Region;
use crate::policy;
use crate::resource::{
    Attributes, Desired, Node, Part, ResourceId, Spec, TAG_APPLICATION, resolve_known,
};

use super::changes::{self, PartChange};
use super::{Action, Change, Cycle, FORMAT, Observations, Plan, PlannedAccount, PlannedResource};

/// Why no plan could be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Needs that form a circle: a defect of crosspipe.
    #[error(transparent)]
    Cycle(#[from] Cycle),
    /// Documents that AWS would refuse.
    #[error("{} of {} would be refused by AWS: {}", .0.document, .0.resource, .0.problems.join("; "))]
    Refused(Box<RefusedDocument>),
}

/// A document that AWS would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedDocument {
    /// The resource it belongs to.
    pub resource: ResourceId,
    /// Which of its documents.
    pub document: &'static str,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// Compares everything that is wanted with everything that was found.
///
/// # Errors
/// See [`PlanError`]; resources that cannot be used are no error but [`Action::Conflict`].
pub fn build(
    application: &str,
    region: &Region,
    accounts: Vec<PlannedAccount>,
    wanted: &[Desired],
    found: &Observations,
) -> Result<Plan, PlanError> {
    let known: Attributes = found
        .iter()
        .map(|(id, observed)| (id.to_string(), observed.attributes.clone()))
        .collect();
    let resources = wanted
        .iter()
        .map(|it| plan_resource(it, found.get(&it.id), &known))
        .collect::<Result<Vec<_>, _>>()?;
    let plan = Plan {
        format: FORMAT,
        application: application.to_owned(),
        region: region.clone(),
        accounts,
        resources,
    };
    super::order(&plan)?;
    Ok(plan)
}

fn plan_resource(
    wanted: &Desired,
    found: Option<&Observed>,
    known: &Attributes,
) -> Result<PlannedResource, PlanError> {
    let mut spec = resolve_known(&wanted.spec, known);
    let mut notes = found.map(|it| it.notes.clone()).unwrap_or_default();
    let (action, reason, parts) = match found {
        None => (Action::Create, "not there".to_owned(), changes::all(&spec)),
        Some(observed) => {
            merge_shared_documents(&mut spec, observed, &mut notes);
            let parts = changes::between(&observed.spec, &spec);
            judge(observed, &spec, parts)
        }
    };
    check_documents(&wanted.id, &spec)?;
    let changes = parts
        .into_iter()
        .map(|part| change(wanted, &spec, part))
        .collect();
    Ok(PlannedResource {
        id: wanted.id.clone(),
        site: wanted.site.clone(),
        account: wanted.account.clone(),
        action,
        reason,
        spec,
        attributes: found.map(|it| it.attributes.clone()).unwrap_or_default(),
        changes,
        notes,
    })
}

/// What is done with a resource that is there.
fn judge(
    observed: &Observed,
    spec: &Spec,
    parts: Vec<PartChange>,
) -> (Action, String, Vec<PartChange>) {
    if let Some(reason) = changes::conflict(&observed.spec, spec) {
        return (Action::Conflict, reason, Vec::new());
    }
    let ours = spec.tags().get(TAG_APPLICATION);
    match observed.tags().get(TAG_APPLICATION) {
        Some(owner) if Some(owner) != ours => (
            Action::Conflict,
            format!("belongs to {owner} by its tag {TAG_APPLICATION}"),
            Vec::new(),
        ),
        None => (
            Action::Adopt,
            "there already, and not made by crosspipe".to_owned(),
            parts,
        ),
        Some(_) if parts.is_empty() => (Action::Keep, "as wanted".to_owned(), parts),
        Some(_) => {
            let names: Vec<String> = parts.iter().map(|it| it.part.to_string()).collect();
            (
                Action::Update,
                format!("{} differs", names.join(", ")),
                parts,
            )
        }
    }
}

/// Key and bucket policies are shared with others: our statements are put among theirs.
fn merge_shared_documents(spec: &mut Spec, observed: &Observed, notes: &mut Vec<String>) {
    let (document, there) = match (spec, &observed.spec) {
        (Spec::Key(wanted), Spec::Key(found)) => (&mut wanted.policy, &found.policy),
        (Spec::Bucket(wanted), Spec::Bucket(found)) => (&mut wanted.policy, &found.policy),
        _ => return,
    };
    let merged = policy::merge(there, document);
    for sid in &merged.foreign_denies {
        notes.push(format!(
            "its policy has a Deny that is not crosspipe's and beats every Allow: {sid}"
        ));
    }
    notes.extend(merged.notes);
    *document = merged.document;
}

fn check_documents(id: &ResourceId, spec: &Spec) -> Result<(), PlanError> {
    let documents: Vec<(&'static str, &serde_json::Value, policy::Kind)> = match spec {
        Spec::Key(it) => vec![("the key policy", &it.policy, policy::Kind::KeyPolicy)],
        Spec::Bucket(it) => vec![("the bucket policy", &it.policy, policy::Kind::BucketPolicy)],
        Spec::Role(it) => vec![
            ("the trust policy", &it.trust, policy::Kind::Trust),
            ("the inline policy", &it.policy, policy::Kind::RoleInline),
        ],
        _ => Vec::new(),
    };
    for (document, value, kind) in documents {
        if value.is_null() {
            continue;
        }
        let value = crate::resource::stand_in(value);
        let problems: Vec<String> = policy::check(&value, kind)
            .into_iter()
            .filter(|problem| problem.severity == policy::Severity::Error)
            .map(|problem| format!("{} {}", problem.place, problem.message))
            .collect();
        if !problems.is_empty() {
            return Err(PlanError::Refused(Box::new(RefusedDocument {
                resource: id.clone(),
                document,
                problems,
            })));
        }
    }
    Ok(())
}

fn change(wanted: &Desired, spec: &Spec, part: PartChange) -> Change {
    let mut needs: Vec<Node> = wanted.needs.get(&part.part).cloned().unwrap_or_default();
    if part.part != Part::Itself {
        needs.push(Node::new(&wanted.id, Part::Itself));
    }
    // What a document mentions must exist before the document is written.
    for (resource, _) in changes::references_of(spec, part.part) {
        if let Some(id) = resource_id(&resource) {
            needs.push(Node::new(&id, Part::Itself));
        }
    }
    // Public access is settled before a policy is put, because S3 checks the one against the other.
    if part.part == Part::Policy && matches!(spec, Spec::Bucket(_)) {
        needs.push(Node::new(&wanted.id, Part::PublicAccess));
    }
    needs.sort();
    needs.dedup();
    Change {
        part: part.part,
        lines: part.lines,
        needs,
        base: part.base,
    }
}

fn resource_id(text: &str) -> Option<ResourceId> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}
