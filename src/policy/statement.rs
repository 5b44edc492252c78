//! Whether a statement applies to a request.

use super::arn::{ArnPattern, Match};
use super::condition;
use super::document::{Listed, ResourceEntry, Statement};
use super::notes::{Doubt, Failing, Notes};
use super::principal::{Asking, Named, named};
use super::request::Request;
use super::scope::Scope;
use super::truth::Truth;

/// Whether a statement applies, told apart by what the way in which it names the one who asks is worth.
///
/// It applies when the action, the resource, the principal and every condition let it.
pub(super) fn applies<N: Notes>(
    statement: &Statement,
    request: &Request,
    asking: Asking<'_>,
    scope: Scope,
    notes: &mut N,
) -> Named {
    let mut rest = action_matches(statement, request);
    if rest == Truth::False {
        notes.failing(Failing::Action);
        if !N::THOROUGH {
            return never();
        }
    }
    let resource = resource_matches(statement, request, scope, notes);
    if resource == Truth::False {
        notes.failing(Failing::Resource);
        if !N::THOROUGH {
            return never();
        }
    }
    rest = rest.and(resource);
    let named = principal_matches(statement, asking, scope, notes);
    if named.truth() == Truth::False {
        notes.failing(Failing::Principal);
        if !N::THOROUGH {
            return never();
        }
    }
    for (index, condition) in statement.conditions.iter().enumerate() {
        let met = condition::met(condition, request, notes);
        if met == Truth::False {
            notes.failing(Failing::Condition(index));
            if !N::THOROUGH {
                return never();
            }
        }
        rest = rest.and(met);
    }
    Named {
        account: named.account.and(rest),
        role: named.role.and(rest),
        free: named.free.and(rest),
        naming: named.naming,
    }
}

fn never() -> Named {
    Named {
        account: Truth::False,
        role: Truth::False,
        free: Truth::False,
        naming: None,
    }
}

fn action_matches(statement: &Statement, request: &Request) -> Truth {
    let listed = &statement.action;
    let action = request.folded_action();
    let matches = listed.entries.iter().any(|entry| entry.matches(action));
    Truth::from(matches != listed.negated)
}

fn principal_matches<N: Notes>(
    statement: &Statement,
    asking: Asking<'_>,
    scope: Scope,
    notes: &mut N,
) -> Named {
    match (scope, &statement.principal) {
        (Scope::Identity | Scope::Limit, None) => Named::ITSELF,
        (Scope::Resource | Scope::Trust, Some(listed)) => {
            named(listed, statement.effect, asking, scope, notes)
        }
        (Scope::Identity | Scope::Limit, Some(_)) => {
            notes.doubt(Doubt::Misplaced("Principal"));
            Named::UNCLEAR
        }
        (Scope::Resource | Scope::Trust, None) => {
            notes.doubt(Doubt::Missing("Principal"));
            Named::UNCLEAR
        }
    }
}

fn resource_matches<N: Notes>(
    statement: &Statement,
    request: &Request,
    scope: Scope,
    notes: &mut N,
) -> Truth {
    match (scope, &statement.resource) {
        (Scope::Trust, Some(_)) => {
            notes.doubt(Doubt::Misplaced("Resource"));
            Truth::Unknown
        }
        (Scope::Identity | Scope::Limit, None) => {
            notes.doubt(Doubt::Missing("Resource"));
            Truth::Unknown
        }
        // A document that is attached to its resource is about it.
        (_, None) => Truth::True,
        (_, Some(listed)) => listed_matches(listed, request, scope, notes),
    }
}

fn listed_matches<N: Notes>(
    listed: &Listed<ResourceEntry>,
    request: &Request,
    scope: Scope,
    notes: &mut N,
) -> Truth {
    let halves = request.resource_halves();
    let one = |entry: &ResourceEntry, notes: &mut N| match pattern(entry, scope).matches(
        halves,
        listed.negated,
        request,
    ) {
        Match::Yes => Truth::True,
        Match::No => Truth::False,
        Match::Open(key) => {
            notes.missing(key);
            Truth::Unknown
        }
        // 'All but what is not known' is not known either.
        Match::Empty | Match::Several(_) if listed.negated => {
            notes.doubt(Doubt::Unresolved(entry.text()));
            Truth::Unknown
        }
        Match::Empty | Match::Several(_) => Truth::False,
        // What no resource is asked of cannot match it, whatever it means.
        Match::Unclear if request.resource().is_none() => Truth::False,
        Match::Unclear => {
            notes.doubt(Doubt::Pattern(entry.text()));
            Truth::Unknown
        }
    };
    let mut result = Truth::False;
    for entry in &listed.entries {
        result = result.or(one(entry, notes));
        if result == Truth::True {
            break;
        }
    }
    result.negate_if(listed.negated)
}

/// The pattern of an entry, in the scope of its document.
fn pattern(entry: &ResourceEntry, scope: Scope) -> &ArnPattern {
    match (&entry.pattern, scope) {
        (ArnPattern::Incomplete(completed), Scope::Identity) => completed,
        (pattern, _) => pattern,
    }
}
