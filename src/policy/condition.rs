//! Whether a condition is met.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple
//! context keys or values", "Set operators for multivalued context keys".

use std::net::IpAddr;

use super::arn;
use super::document::Condition;
use super::operator::{Comparison, SetOperator};
use super::request::Request;
use super::truth::Truth;
use super::values;
use super::variables::{Text, Wildcards, expand};

/// Whether a request meets a condition. `variables` is whether the document knows them.
pub(super) fn met(condition: &Condition, request: &Request, variables: bool) -> Truth {
    let operator = condition.operator;
    let values = request.values(&condition.key);
    // A key without a value is absent.
    let values = values.as_deref().filter(|values| !values.is_empty());
    if operator.comparison == Comparison::Null {
        return null(condition, values.is_none());
    }
    let Some(values) = values else {
        return absent(condition);
    };
    let one = |value: &String| {
        let matches = Truth::any(
            condition
                .values
                .iter()
                .map(|wanted| matches(condition, wanted, value, request, variables)),
        );
        matches.negate_if(operator.negated)
    };
    match (operator.set, values) {
        (None, [only]) => one(only),
        (None, _) => Truth::Uncertain(format!(
            "{} has several values in the request, and {operator} is made for one",
            condition.key
        )),
        (Some(SetOperator::ForAllValues), values) => Truth::all(values.iter().map(one)),
        (Some(SetOperator::ForAnyValue), values) => Truth::any(values.iter().map(one)),
    }
}

/// What an operator other than Null says of a key that the request does not carry.
fn absent(condition: &Condition) -> Truth {
    let operator = condition.operator;
    match operator.set {
        Some(SetOperator::ForAllValues) => Truth::True,
        Some(SetOperator::ForAnyValue) if operator.if_exists => Truth::Uncertain(format!(
            "what {operator} says of a request without {} is not documented",
            condition.key
        )),
        Some(SetOperator::ForAnyValue) => Truth::False,
        None => Truth::from(operator.if_exists || operator.negated),
    }
}

fn null(condition: &Condition, is_absent: bool) -> Truth {
    Truth::any(
        condition
            .values
            .iter()
            .map(|value| match values::boolean(value) {
                Some(wanted) => Truth::from(wanted == is_absent),
                None => Truth::Uncertain(format!("Null expects true or false, not \"{value}\"")),
            }),
    )
}

/// Whether one value of the policy matches one of the request, negation apart.
fn matches(
    condition: &Condition,
    wanted: &str,
    value: &str,
    request: &Request,
    variables: bool,
) -> Truth {
    let operator = condition.operator;
    let unresolved = |name: &str| {
        // Without negation, a text that is not known matches nothing. With it, 'matches nothing'
        // would be a grant, and AWS does not say so.
        if operator.negated {
            Truth::Uncertain(format!("${{{name}}} has no single value in the request"))
        } else {
            Truth::False
        }
    };
    let text = |wildcards, fold: bool| match expand(wanted, variables, wildcards, request) {
        Text::Known(pattern) if fold => Truth::from(pattern.lower().matches(&value.to_lowercase())),
        Text::Known(pattern) => Truth::from(pattern.matches(value)),
        Text::Unresolved(name) => unresolved(&name),
    };
    let unread = |expected: &str| {
        Truth::Uncertain(format!(
            "{operator} on {} expects {expected}, not \"{wanted}\"",
            condition.key
        ))
    };
    match operator.comparison {
        Comparison::StringEquals => text(Wildcards::No, false),
        Comparison::StringEqualsIgnoreCase => text(Wildcards::No, true),
        Comparison::StringLike => text(Wildcards::Yes, false),
        Comparison::Arn => {
            let mut missing = None;
            let truth = arn::matches(wanted, value, |part| {
                let text = expand(part, variables, Wildcards::Yes, request);
                if let Text::Unresolved(name) = &text {
                    missing = Some(name.clone());
                }
                text
            });
            match missing {
                Some(name) => unresolved(&name),
                None => truth,
            }
        }
        Comparison::Numeric(order) => match (values::number(value), values::number(wanted)) {
            (Some(value), Some(wanted)) => {
                Truth::from(value.compare(wanted).is_some_and(|o| order.holds(o)))
            }
            (_, None) => unread("a number"),
            (None, _) => odd(condition, value),
        },
        Comparison::Date(order) => match (values::instant(value), values::instant(wanted)) {
            (Some(value), Some(wanted)) => Truth::from(order.holds(value.cmp(&wanted))),
            (_, None) => unread("a date"),
            (None, _) => odd(condition, value),
        },
        Comparison::Bool => match (values::boolean(value), values::boolean(wanted)) {
            (Some(value), Some(wanted)) => Truth::from(value == wanted),
            (_, None) => unread("true or false"),
            (None, _) => odd(condition, value),
        },
        Comparison::Binary => match (values::base64(value), values::base64(wanted)) {
            (Some(value), Some(wanted)) => Truth::from(value == wanted),
            (_, None) => unread("base64"),
            (None, _) => odd(condition, value),
        },
        Comparison::IpAddress => match (value.parse::<IpAddr>(), values::network(wanted)) {
            (Ok(address), Some(network)) => Truth::from(network.contains(address)),
            (_, None) => unread("an address or CIDR block"),
            (Err(_), _) => odd(condition, value),
        },
        Comparison::Null => Truth::False,
    }
}

/// A value of the request that is not of the operator's type: it matches nothing, and whether it then
/// passes a negated operator is not documented.
fn odd(condition: &Condition, value: &str) -> Truth {
    if condition.operator.negated {
        Truth::Uncertain(format!(
            "{} is \"{value}\", which {} cannot compare",
            condition.key, condition.operator
        ))
    } else {
        Truth::False
    }
}
