//! The order that the needs of a plan's changes give.

use std::collections::{BTreeMap, BTreeSet};

use crate::resource::Node;

use super::Plan;

/// Changes that wait for one another in a circle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these changes wait for each other: {}", .0.iter().map(|node| format!("{}", node.resource)).collect::<Vec<_>>().join(", "))]
pub struct Cycle(pub Vec<Node>);

/// The changes in waves: each wave needs only what earlier waves have done. Needs that no change of
/// the plan makes are already there.
///
/// # Errors
/// Names the changes of a circle, or of a plan file that was edited into one.
pub fn order(plan: &Plan) -> Result<Vec<Vec<Node>>, Cycle> {
    let mut waiting: BTreeMap<Node, BTreeSet<Node>> = plan
        .resources
        .iter()
        .flat_map(|resource| {
            resource.changes.iter().map(|change| {
                (
                    Node::new(&resource.id, change.part),
                    change.needs.iter().cloned().collect(),
                )
            })
        })
        .collect();
    let all: BTreeSet<Node> = waiting.keys().cloned().collect();
    for needs in waiting.values_mut() {
        needs.retain(|need| all.contains(need));
    }
    let mut waves = Vec::new();
    while !waiting.is_empty() {
        let ready: Vec<Node> = waiting
            .iter()
            .filter(|(_, needs)| needs.is_empty())
            .map(|(node, _)| node.clone())
            .collect();
        if ready.is_empty() {
            return Err(Cycle(waiting.into_keys().collect()));
        }
        for node in &ready {
            waiting.remove(node);
        }
        for needs in waiting.values_mut() {
            for node in &ready {
                needs.remove(node);
            }
        }
        waves.push(ready);
    }
    Ok(waves)
}
