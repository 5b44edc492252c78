//! What AWS Organizations asks of control policies, over what IAM asks of every policy.

use serde_json::Value;

use super::actions::supports_rcp;
use super::document::{
    ActionEntry, Document, Effect, Listed, PrincipalEntry, ResourceEntry, Statement, Version,
};
use super::limits::Kind;
use super::problem::{ListPlace, Place, Problem, Rule};

/// Source: AWS Organizations User Guide, "SCP syntax" and "RCP syntax", "Version element".
pub(super) fn version(document: &Document, kind: Kind, problems: &mut Vec<Problem>) {
    if document.version != Some(Version::V2012) {
        let message = format!("{} has \"Version\": \"2012-10-17\"", kind.name());
        problems.push(Place::root().suspicion(message).under(Rule::Grammar));
    }
}

/// An RCP only denies, everybody, and only what services do that know RCPs. The one that allows is
/// `RCPFullAWSAccess`, which AWS attaches.
///
/// Source: AWS Organizations User Guide, "RCP syntax".
pub(super) fn rcp_statement(
    document: &Value,
    statement: &Statement,
    place: &Place,
    problems: &mut Vec<Problem>,
) {
    if is_full_access(statement) {
        return;
    }
    if statement.effect == Effect::Allow {
        let message = "a resource control policy can only deny; what AWS attaches itself, RCPFullAWSAccess, allows \"*\" on \"*\" without a condition";
        let place = place.key("Effect");
        problems.push(place.error(message).under(Rule::ForbiddenElement));
    }
    if let Some(principal) = &statement.principal {
        let everybody = principal.entries == [PrincipalEntry::Everyone];
        if principal.negated {
            let message = "a resource control policy has no NotPrincipal; write \"Principal\": \"*\" and a condition on aws:PrincipalArn";
            let place = place.key("NotPrincipal");
            problems.push(place.error(message).under(Rule::ForbiddenElement));
        } else if !everybody {
            let message = "the Principal of a resource control policy is \"*\"; name whom it is about in a condition on aws:PrincipalArn";
            let place = place.key("Principal");
            problems.push(place.error(message).under(Rule::Principal));
        }
    }
    if statement.action.negated {
        let message = "a resource control policy has no NotAction; list the actions, by service";
        let place = place.key("NotAction");
        problems.push(place.error(message).under(Rule::ForbiddenElement));
        return;
    }
    let places = ListPlace::of(document, place.key("Action"));
    for (index, entry) in statement.action.entries.iter().enumerate() {
        let place = places.at(index);
        let action = entry.text();
        let vendor = action.split_once(':').map(|(vendor, _)| vendor);
        match vendor {
            None if action == "*" => {
                let message = "a resource control policy names the service of its actions; write \"s3:*\" for each";
                problems.push(place.error(message).under(Rule::ActionVendor));
            }
            // The list grows: what is not in it may be newer than this program.
            Some(vendor) if !vendor.contains(['*', '?']) && !supports_rcp(vendor) => {
                let message =
                    format!("{vendor} is not known to be reached by resource control policies");
                problems.push(place.suspicion(message).under(Rule::ActionService));
            }
            _ => {}
        }
    }
}

fn is_full_access(statement: &Statement) -> bool {
    fn everything<T>(listed: &Listed<T>, text: fn(&T) -> &str) -> bool {
        !listed.negated && matches!(&*listed.entries, [only] if text(only) == "*")
    }
    let principal = |it: &Listed<_>| !it.negated && it.entries == [PrincipalEntry::Everyone];
    let resource = |it: &Listed<_>| everything(it, ResourceEntry::text);
    statement.effect == Effect::Allow
        && statement.conditions.is_empty()
        && everything(&statement.action, ActionEntry::text)
        && statement.resource.as_ref().is_some_and(resource)
        && statement.principal.as_ref().is_some_and(principal)
}
