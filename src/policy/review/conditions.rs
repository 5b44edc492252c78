//! Condition keys that the actions of a statement do not have, and operators that do not fit a key.

use std::rc::Rc;

use super::known::{Actions, Entry};
use super::view::{Condition, Statement};
use super::{Reviewer, listed};
use crate::policy::actions::{
    KnownKey, ValueType, global_key, knows_service, nearest_key, service, service_key,
};
use crate::policy::document::Effect;
use crate::policy::operator::{Comparison, SetOperator};
use crate::policy::problem::Rule;

impl Reviewer<'_> {
    pub(super) fn conditions(&mut self, statement: &Statement<'_>) {
        let entries: Vec<Rc<Entry>> = statement
            .action
            .texts
            .iter()
            .map(|(text, _)| self.known.entry(text))
            .collect();
        // What is listed in NotAction says nothing of the actions that are meant.
        let mut actions: Option<Vec<&Actions>> = (!statement.action.negated).then(Vec::new);
        for entry in &entries {
            match &**entry {
                Entry::Actions(known) => {
                    if let Some(actions) = &mut actions {
                        actions.push(known);
                    }
                }
                Entry::Wide => actions = None,
                Entry::NoService | Entry::NoAction => {}
            }
        }
        for condition in &statement.conditions {
            let known = match &actions {
                Some(actions) if !actions.is_empty() => {
                    self.key_of_actions(statement, condition, actions)
                }
                _ => self.key_of_any(statement, condition),
            };
            if let Some(known) = known {
                self.operator(condition, known);
            }
        }
    }

    /// A key of a statement whose actions are known.
    fn key_of_actions(
        &mut self,
        statement: &Statement<'_>,
        condition: &Condition<'_>,
        actions: &[&Actions],
    ) -> Option<KnownKey> {
        let key = condition.key;
        let global = global_key(key);
        if global.is_some() && !is_of_some(key) {
            return global;
        }
        let mut own = None;
        let mut without = Vec::new();
        for entry in actions {
            match self.known.key(entry, key) {
                Some(found) => own = Some(found),
                None => without.push(entry.text.as_str()),
            }
        }
        if without.is_empty() {
            return own;
        }
        let met = outcome(statement, condition);
        let message = if own.is_some() {
            let verb = if without.len() == 1 { "has" } else { "have" };
            let are = listed(&without);
            format!("{are} {verb} no condition key {key}, so there {met}")
        } else {
            let vendor = key.split_once(':').and_then(|(vendor, _)| service(vendor));
            let first = || actions.first().and_then(|it| it.all.first());
            let place = vendor.or_else(|| Some(first()?.service()));
            let near = self
                .known
                .may_guess()
                .then(|| nearest_key(place, key))
                .flatten()
                .filter(|it| !it.eq_ignore_ascii_case(key));
            match near.filter(|_| global.is_none()) {
                Some(near) => format!("{key} is no condition key; did you mean {near}?"),
                None => {
                    format!("no action of this statement has the condition key {key}, so {met}")
                }
            }
        };
        self.suspect(&condition.spot, Rule::Condition, message);
        own.or(global)
    }

    /// A key of a statement that is about more than a few actions.
    fn key_of_any(
        &mut self,
        statement: &Statement<'_>,
        condition: &Condition<'_>,
    ) -> Option<KnownKey> {
        let key = condition.key;
        if let Some(known) = global_key(key) {
            return Some(known);
        }
        let (vendor, _) = key.split_once(':')?;
        let own = service(vendor);
        if let Some(known) = own.and_then(|own| service_key(own, key)) {
            return Some(known);
        }
        let message = match self
            .known
            .may_guess()
            .then(|| nearest_key(own, key))
            .flatten()
        {
            Some(near) => format!("{key} is no condition key; did you mean {near}?"),
            // A few services have keys under a name that is the prefix of none of them.
            None if !vendor.eq_ignore_ascii_case("aws") && !knows_service(vendor) => return None,
            None => {
                let met = outcome(statement, condition);
                format!("{key} is no condition key that is known, so {met}")
            }
        };
        self.suspect(&condition.spot, Rule::Condition, message);
        None
    }

    /// Whether one or several values are expected where the request has several or one.
    fn operator(&mut self, condition: &Condition<'_>, known: KnownKey) {
        let operator = condition.operator;
        // What an identity provider sends is up to the provider.
        if operator.comparison == Comparison::Null || known.is_claim() {
            return;
        }
        let key = condition.key;
        let plain = operator
            .to_string()
            .split_once(':')
            .map_or_else(|| operator.to_string(), |(_, plain)| plain.to_owned());
        let message = match (known.multiple, operator.set) {
            (true, None) => format!(
                "{key} may have several values; write ForAnyValue:{plain} if one of them has to match, ForAllValues:{plain} if all have to"
            ),
            (false, Some(SetOperator::ForAllValues)) => format!(
                "{key} has one value; write {plain}, as ForAllValues is also met where the key is missing"
            ),
            (false, Some(SetOperator::ForAnyValue)) => {
                format!("{key} has one value; write {plain}")
            }
            _ => return self.value_type(condition, known),
        };
        self.suspect(&condition.spot, Rule::Condition, message);
    }

    /// Operators that read values of another sort than the key has.
    fn value_type(&mut self, condition: &Condition<'_>, known: KnownKey) {
        use ValueType::{Arn, Bool, Date, IpAddress, Numeric};
        let wrong = match condition.operator.comparison {
            Comparison::IpAddress => known.value != IpAddress,
            Comparison::Arn => matches!(known.value, Bool | Date | IpAddress | Numeric),
            Comparison::Date(_) => matches!(known.value, Bool | IpAddress | Arn),
            Comparison::Numeric(_) => matches!(known.value, Bool | IpAddress | Arn),
            Comparison::Bool => matches!(known.value, IpAddress | Arn | Date | Numeric),
            _ => false,
        };
        if wrong {
            let kind = match known.value {
                ValueType::String => "text",
                ValueType::Arn => "an ARN",
                ValueType::Bool => "true or false",
                ValueType::Numeric => "a number",
                ValueType::Date => "a date",
                ValueType::IpAddress => "an address",
                ValueType::Binary => "bytes",
            };
            let message = format!(
                "{} is {kind}, which {} does not read",
                condition.key, condition.operator
            );
            self.suspect(&condition.spot, Rule::Condition, message);
        }
    }
}

/// Global keys that only some actions have, by their documentation.
fn is_of_some(key: &str) -> bool {
    let starts = |prefix: &str| {
        key.get(..prefix.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(prefix))
    };
    starts("aws:RequestTag/")
        || starts("aws:ResourceTag/")
        || key.eq_ignore_ascii_case("aws:TagKeys")
}

/// What comes of a condition on a key that no request has.
fn outcome(statement: &Statement<'_>, condition: &Condition<'_>) -> &'static str {
    let operator = condition.operator;
    let met = match (operator.comparison, operator.set) {
        (Comparison::Null, _) => condition
            .values
            .iter()
            .any(|it| it.eq_ignore_ascii_case("true")),
        (_, Some(SetOperator::ForAnyValue)) => false,
        (_, Some(SetOperator::ForAllValues)) => true,
        (_, None) => operator.if_exists || operator.negated,
    };
    match (statement.effect, met) {
        (Effect::Allow, false) => "nothing is allowed",
        (Effect::Deny, false) => "nothing is denied",
        (Effect::Allow, true) => "the condition always holds and narrows nothing",
        (Effect::Deny, true) => "the condition always holds and spares nothing",
    }
}
