//! Whether AWS takes a document in the place where it is to be attached.

use std::collections::BTreeMap;

use serde_json::Value;

use super::charset;
use super::document::{
    ActionEntry, Document, Effect, Listed, PrincipalEntry, ResourceEntry, Statement,
};
use super::elements;
use super::limits::{Kind, Limit, measure, size};
use super::normal::{sid_of, statements_of};
use super::operator::SetOperator;
use super::organizations;
use super::problem::{ListPlace, Place, Problem, Rule};
use super::read::parse;

/// What is wrong with a document of a kind. Everything is found at once; errors come first.
///
/// References to things that nothing has made yet must have been resolved before: they are not
/// characters that a policy document may hold.
pub fn check(value: &Value, kind: Kind) -> Vec<Problem> {
    let root = Place::root();
    if value.is_null() {
        return if kind == Kind::Trust {
            vec![
                root.error("a role must have a trust policy")
                    .under(Rule::MissingElement),
            ]
        } else {
            Vec::new()
        };
    }
    let mut problems = Vec::new();
    charset::check(value, kind, &root, &mut problems);
    let (found, most) = measure(value, kind.limit());
    if found > most {
        let message = format!(
            "the document has {found} {}, {} at most {most}{}",
            match kind.limit() {
                Limit::Characters(_) => "characters",
                Limit::Bytes(_) => "bytes",
            },
            kind.name(),
            match kind {
                Kind::Trust => " (a quota that can be raised to 4096)",
                Kind::RoleInline => " (all inline policies of a role together)",
                Kind::EndpointPolicy | Kind::Scp | Kind::Rcp => {
                    " (white space between its elements would count too)"
                }
                _ => "",
            },
        );
        problems.push(root.error(message).under(Rule::Size));
    }
    match parse(value) {
        Err(found) => problems.extend(found),
        Ok(document) => Checker {
            value,
            kind,
            document: &document,
            problems: &mut problems,
        }
        .run(),
    }
    problems.sort_by_key(|problem| problem.severity);
    problems
}

/// Whether all inline policies of one role fit together.
pub fn check_inline_total(documents: &[&Value]) -> Option<Problem> {
    let total: usize = documents.iter().map(|document| size(document)).sum();
    let (Limit::Characters(most) | Limit::Bytes(most)) = Kind::RoleInline.limit();
    (total > most).then(|| {
        Place::root().error(format!(
            "the role's {} inline policies have {total} characters together, at most {most} are taken",
            documents.len()
        ))
        .under(Rule::Size)
    })
}

/// The name of an element in the form in which it is written.
fn spelled(element: &str, negated: bool) -> String {
    if negated {
        format!("Not{element}")
    } else {
        element.to_owned()
    }
}

struct Checker<'a> {
    value: &'a Value,
    kind: Kind,
    document: &'a Document,
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    fn run(&mut self) {
        if self.value.is_null() {
            return;
        }
        let root = Place::root();
        if matches!(self.kind, Kind::Scp | Kind::Rcp) {
            organizations::version(self.document, self.kind, self.problems);
        }
        let variables_unread = !self.document.knows_variables();
        if variables_unread && super::normal::mentions_variable(self.value) {
            let message = "${...} is plain text in this document; it is a variable only under \"Version\": \"2012-10-17\"";
            self.problems
                .push(root.suspicion(message).under(Rule::Meaning));
        }
        let single = self.value.get("Statement").is_some_and(Value::is_object);
        let base = root.key("Statement");
        let document = self.document;
        for statement in &document.statements {
            let place = if single {
                base.clone()
            } else {
                base.index(statement.index)
            };
            self.required(statement, &place);
            self.sid(statement, &place);
            self.principal(statement, &place);
            self.entries(
                &statement.action,
                "Action",
                &place,
                ActionEntry::text,
                elements::action,
            );
            if let Some(resource) = &statement.resource {
                self.entries(
                    resource,
                    "Resource",
                    &place,
                    ResourceEntry::text,
                    elements::resource,
                );
            }
            self.conditions(statement, &place);
            if self.kind == Kind::Rcp {
                organizations::rcp_statement(self.value, statement, &place, self.problems);
            }
        }
        self.repeated_sids();
    }

    /// Which of `Principal` and `Resource` a document of this kind must and must not have.
    ///
    /// Source: IAM User Guide, "IAM JSON policy elements: Principal" and "Resource".
    fn required(&mut self, statement: &Statement, place: &Place) {
        let name = self.kind.name();
        let forbidden = |element: &str, negated: bool, why: String| {
            place
                .key(&spelled(element, negated))
                .error(why)
                .under(Rule::ForbiddenElement)
        };
        let missing = |element: &str| {
            place
                .error(format!("a statement of {name} needs a {element}"))
                .under(Rule::MissingElement)
        };
        match (self.kind.is_identity(), &statement.principal) {
            (true, Some(principal)) => self.problems.push(forbidden(
                "Principal",
                principal.negated,
                format!(
                    "the principal of {name} is the identity that it is attached to; leave it out"
                ),
            )),
            (false, None) => self.problems.push(missing("Principal")),
            _ => {}
        }
        match (self.kind, &statement.resource) {
            (Kind::Trust, Some(resource)) => self.problems.push(forbidden(
                "Resource",
                resource.negated,
                "a trust policy has no Resource: it is about the role that holds it".to_owned(),
            )),
            (Kind::Trust | Kind::RepositoryPolicy, None) | (_, Some(_)) => {}
            (Kind::ResourcePolicy, None) => self.problems.push(
                place
                    .suspicion("nearly every service wants a Resource in each statement")
                    .under(Rule::MissingElement),
            ),
            (_, None) => self.problems.push(missing("Resource")),
        }
    }

    fn entries<T>(
        &mut self,
        listed: &Listed<T>,
        element: &str,
        place: &Place,
        text: fn(&T) -> &str,
        look: fn(&str, Kind, &Place) -> Option<Problem>,
    ) {
        let place = place.key(&spelled(element, listed.negated));
        let places = ListPlace::of(self.value, place);
        for (index, entry) in listed.entries.iter().enumerate() {
            self.problems
                .extend(look(text(entry), self.kind, &places.at(index)));
        }
    }

    fn sid(&mut self, statement: &Statement, place: &Place) {
        if let Some(sid) = &statement.sid
            && self.kind.is_iam()
            && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            let message =
                format!("IAM takes letters and digits in a statement id, \"{sid}\" has others");
            self.problems
                .push(place.key("Sid").error(message).under(Rule::StatementId));
        }
    }

    fn repeated_sids(&mut self) {
        let Some(element) = self.value.get("Statement") else {
            return;
        };
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, statement) in statements_of(element).into_iter().enumerate() {
            let Some(sid) = sid_of(statement) else {
                continue;
            };
            if first.insert(sid, index).is_some() {
                let place = Place::root().key("Statement").index(index).key("Sid");
                let message = format!("the statement id \"{sid}\" occurs more than once");
                let problem = if self.kind.is_iam() {
                    place.error(message)
                } else {
                    place.suspicion(message)
                };
                self.problems.push(problem.under(Rule::StatementId));
            }
        }
    }

    fn principal(&mut self, statement: &Statement, place: &Place) {
        let Some(principal) = &statement.principal else {
            return;
        };
        if self.kind.is_identity() {
            return;
        }
        let place = place.key(&spelled("Principal", principal.negated));
        if principal.negated && self.kind == Kind::Trust {
            // Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal", "Key points".
            let message = "a trust policy has no NotPrincipal; name who may assume the role";
            self.problems
                .push(place.error(message).under(Rule::ForbiddenElement));
        } else if principal.negated && statement.effect == Effect::Allow {
            let message = "NotPrincipal with Allow grants to everybody else, anonymous callers too";
            self.problems
                .push(place.suspicion(message).under(Rule::Meaning));
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in &principal.entries {
            let kind = match entry {
                PrincipalEntry::Everyone | PrincipalEntry::Aws { .. } => "AWS",
                PrincipalEntry::Service(_) => "Service",
                PrincipalEntry::Federated(_) => "Federated",
                PrincipalEntry::CanonicalUser(_) => "CanonicalUser",
            };
            let index = counts.entry(kind).or_default();
            let entry_place = ListPlace::of(self.value, place.key(kind)).at(*index);
            *index = index.saturating_add(1);
            self.problems
                .extend(elements::principal(entry, self.kind, &entry_place));
        }
        let open = self.kind.grants()
            && !principal.negated
            && statement.effect == Effect::Allow
            && statement.conditions.is_empty()
            && principal.entries.contains(&PrincipalEntry::Everyone);
        if open {
            let message = "everybody is allowed, without a condition";
            self.problems
                .push(place.suspicion(message).under(Rule::Meaning));
        }
    }

    fn conditions(&mut self, statement: &Statement, place: &Place) {
        let place = place.key("Condition");
        for condition in &statement.conditions {
            let place = place
                .key(&condition.operator().to_string())
                .key(condition.key());
            if !condition.key().contains(':') {
                let message = format!(
                    "the condition key \"{}\" has no prefix; write it like aws:SourceArn",
                    condition.key()
                );
                self.problems
                    .push(place.error(message).under(Rule::Condition));
            }
            for value in condition.values() {
                if let Some(message) =
                    elements::condition_value(condition, value, self.document.knows_variables())
                {
                    self.problems
                        .push(place.suspicion(message).under(Rule::Condition));
                }
            }
            if statement.effect == Effect::Allow {
                let hole = if condition.operator().set == Some(SetOperator::ForAllValues) {
                    Some("ForAllValues is met by a request that does not carry the key")
                } else if condition.operator().if_exists {
                    Some("IfExists is met by a request that does not carry the key")
                } else if condition.operator().negated {
                    Some("a negated operator is met by a request that does not carry the key")
                } else {
                    None
                };
                let guarded = statement.conditions.iter().any(|other| {
                    other.operator().comparison == super::operator::Comparison::Null
                        && other.key().eq_ignore_ascii_case(condition.key())
                        && other.values().all(|value| value == "false")
                });
                if let Some(hole) = hole.filter(|_| !guarded) {
                    let message = format!(
                        "{hole}; add \"Null\": {{\"{}\": \"false\"}}",
                        condition.key()
                    );
                    self.problems
                        .push(place.suspicion(message).under(Rule::Meaning));
                }
            }
        }
    }
}
