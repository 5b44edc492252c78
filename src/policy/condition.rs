//! Whether a condition is met.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple
//! context keys or values", "Set operators for multivalued context keys".

use std::net::IpAddr;

use super::arn::{ArnPattern, Match, split};
use super::notes::{Doubt, Notes};
use super::operator::{Comparison, Operator, SetOperator};
use super::request::{Lookup, Request};
use super::template::{Filled, Template, Wildcards};
use super::truth::Truth;
use super::values::{self, Network, Number};

/// One operator on one key of `Condition`, with its values read.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    operator: Operator,
    key: Box<str>,
    /// In lower case, where that is another text.
    folded_key: Option<Box<str>>,
    values: Box<[Wanted]>,
}

/// A value of the policy.
#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    text: Box<str>,
    value: Value,
}

/// What a value of the policy is read as, by the operator.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(Template),
    Arn(ArnPattern),
    Number(Number),
    Instant(i128),
    Boolean(bool),
    Bytes(Box<[u8]>),
    Network(Network),
    /// The operator cannot read it.
    Unreadable,
}

impl Condition {
    pub(super) fn new(
        operator: Operator,
        key: String,
        values: Vec<String>,
        variables: bool,
    ) -> Self {
        let values = values
            .into_iter()
            .map(|text| Wanted {
                value: read(operator.comparison, &text, variables),
                text: text.into_boxed_str(),
            })
            .collect();
        Self {
            operator,
            folded_key: key
                .bytes()
                .any(|byte| byte.is_ascii_uppercase())
                .then(|| key.to_ascii_lowercase().into_boxed_str()),
            key: key.into_boxed_str(),
            values,
        }
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The condition key, as written. Keys are compared without regard to case.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The condition key in lower case.
    pub fn folded_key(&self) -> &str {
        self.folded_key.as_deref().unwrap_or(&self.key)
    }

    /// The values, of which one is enough (none may match for a negated operator); never empty.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &str> {
        self.values.iter().map(|wanted| &*wanted.text)
    }
}

fn read(comparison: Comparison, text: &str, variables: bool) -> Value {
    let value = match comparison {
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase => {
            Some(Value::Text(Template::new(text, variables, Wildcards::No)))
        }
        Comparison::StringLike => Some(Value::Text(Template::new(text, variables, Wildcards::Yes))),
        Comparison::Arn => Some(Value::Arn(ArnPattern::new(text, variables, false))),
        Comparison::Numeric(_) => values::number(text).map(Value::Number),
        Comparison::Date(_) => values::instant(text).map(Value::Instant),
        Comparison::Bool | Comparison::Null => values::boolean(text).map(Value::Boolean),
        Comparison::Binary => values::base64(text).map(|bytes| Value::Bytes(bytes.into())),
        Comparison::IpAddress => values::network(text).map(Value::Network),
    };
    value.unwrap_or(Value::Unreadable)
}

/// Whether a request meets a condition.
pub(super) fn met<N: Notes>(condition: &Condition, request: &Request, notes: &mut N) -> Truth {
    let operator = condition.operator;
    let present = request.lookup(condition.folded_key());
    if present == Lookup::Missing {
        notes.missing(&condition.key);
        return Truth::Unknown;
    }
    if operator.comparison == Comparison::Null {
        return null(condition, present == Lookup::Absent, notes);
    }
    let Lookup::Values(values) = present else {
        return absent(condition, notes);
    };
    match (operator.set, values) {
        (None, [only]) => one(condition, only, request, notes),
        (None, _) => {
            notes.doubt(Doubt::SeveralValues(condition));
            Truth::Unknown
        }
        (Some(SetOperator::ForAllValues), values) => Truth::all(
            values
                .iter()
                .map(|value| one(condition, value, request, notes)),
        ),
        (Some(SetOperator::ForAnyValue), values) => Truth::any(
            values
                .iter()
                .map(|value| one(condition, value, request, notes)),
        ),
    }
}

/// What an operator other than Null says of a key that the request does not carry.
fn absent<N: Notes>(condition: &Condition, notes: &mut N) -> Truth {
    let operator = condition.operator;
    match operator.set {
        Some(SetOperator::ForAllValues) => Truth::True,
        Some(SetOperator::ForAnyValue) if operator.if_exists => {
            notes.doubt(Doubt::AnyIfExists(condition));
            Truth::Unknown
        }
        Some(SetOperator::ForAnyValue) => Truth::False,
        None => Truth::from(operator.if_exists || operator.negated),
    }
}

fn null<N: Notes>(condition: &Condition, is_absent: bool, notes: &mut N) -> Truth {
    Truth::any(condition.values.iter().map(|wanted| match wanted.value {
        Value::Boolean(wanted) => Truth::from(wanted == is_absent),
        _ => {
            notes.doubt(Doubt::PolicyValue(condition, &wanted.text));
            Truth::Unknown
        }
    }))
}

/// Whether one value of the request passes.
fn one<N: Notes>(condition: &Condition, value: &str, request: &Request, notes: &mut N) -> Truth {
    Truth::any(
        condition
            .values
            .iter()
            .map(|wanted| matches(condition, wanted, value, request, notes)),
    )
    .negate_if(condition.operator.negated)
}

/// Whether one value of the policy matches one of the request, negation apart.
fn matches<N: Notes>(
    condition: &Condition,
    wanted: &Wanted,
    value: &str,
    request: &Request,
    notes: &mut N,
) -> Truth {
    let operator = condition.operator;
    let read = match (&wanted.value, operator.comparison) {
        (Value::Text(template), _) => {
            return text_matches(condition, wanted, template, value, request, notes);
        }
        (Value::Arn(pattern), _) if pattern.is_clear() && split(value).is_none() => None,
        (Value::Arn(pattern), _) => {
            return match pattern.matches(split(value), operator.negated, request) {
                Match::Yes => Truth::True,
                Match::No => Truth::False,
                Match::Empty => Truth::False,
                Match::Several(_) => several(condition, &wanted.text, notes),
                Match::Open(key) => {
                    notes.missing(key);
                    Truth::Unknown
                }
                Match::Unclear => {
                    notes.doubt(Doubt::Pattern(&wanted.text));
                    Truth::Unknown
                }
            };
        }
        (Value::Number(wanted), Comparison::Numeric(order)) => values::number(value)
            .map(|value| value.compare(*wanted).is_some_and(|o| order.holds(o))),
        (Value::Instant(wanted), Comparison::Date(order)) => {
            values::instant(value).map(|value| order.holds(value.cmp(wanted)))
        }
        (Value::Boolean(wanted), _) => values::boolean(value).map(|value| value == *wanted),
        (Value::Bytes(wanted), _) => values::base64(value).map(|value| *value == **wanted),
        (Value::Network(network), _) => value
            .parse::<IpAddr>()
            .ok()
            .map(|address| network.contains(address)),
        (Value::Number(_) | Value::Instant(_) | Value::Unreadable, _) => {
            notes.doubt(Doubt::PolicyValue(condition, &wanted.text));
            return Truth::Unknown;
        }
    };
    match read {
        Some(matches) => Truth::from(matches),
        // A value that is not of the operator's type matches nothing. Whether it then passes a negated
        // operator is not documented.
        None if operator.negated => {
            notes.doubt(Doubt::RequestValue(condition, value));
            Truth::Unknown
        }
        None => Truth::False,
    }
}

fn text_matches<N: Notes>(
    condition: &Condition,
    wanted: &Wanted,
    template: &Template,
    value: &str,
    request: &Request,
    notes: &mut N,
) -> Truth {
    let comparison = condition.operator.comparison;
    let folds = comparison == Comparison::StringEqualsIgnoreCase;
    let wildcards = match comparison {
        Comparison::StringLike => Wildcards::Yes,
        _ => Wildcards::No,
    };
    match template.fill(request, wildcards) {
        Filled::Known(glob) if folds => Truth::from(glob.same_ignoring_case(value)),
        Filled::Known(glob) => Truth::from(glob.matches(value)),
        // There is no equal or like value. A negated operator matches then.
        Filled::Empty => Truth::False,
        Filled::Several(_) => several(condition, &wanted.text, notes),
        // Negated, a variable with several values would be in doubt.
        Filled::Open(_, widest)
            if !folds && !condition.operator.negated && !widest.matches(value) =>
        {
            Truth::False
        }
        Filled::Open(key, _) => {
            notes.missing(key);
            Truth::Unknown
        }
    }
}

/// A variable with several values matches nothing. Whether a negated operator then matches is not
/// documented.
fn several<N: Notes>(condition: &Condition, wanted: &str, notes: &mut N) -> Truth {
    if condition.operator.negated {
        notes.doubt(Doubt::Unresolved(wanted));
        Truth::Unknown
    } else {
        Truth::False
    }
}
