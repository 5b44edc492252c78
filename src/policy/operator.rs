//! The names of condition operators.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators".

use std::fmt;

/// `ForAllValues:` and `ForAnyValue:`, for keys that carry several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// Every value of the request must pass. True when there is none.
    ForAllValues,
    /// One value of the request must pass. False when there is none.
    ForAnyValue,
}

/// How two numbers or two dates compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `...Equals`
    Equal,
    /// `...LessThan`
    Less,
    /// `...LessThanEquals`
    LessOrEqual,
    /// `...GreaterThan`
    Greater,
    /// `...GreaterThanEquals`
    GreaterOrEqual,
}

impl Order {
    /// Whether a comparison's result satisfies it.
    pub(super) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// What an operator compares, negation apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `StringEquals`: exact, `*` and `?` are plain characters.
    StringEquals,
    /// `StringEqualsIgnoreCase`.
    StringEqualsIgnoreCase,
    /// `StringLike`: with wildcards.
    StringLike,
    /// `ArnEquals` and `ArnLike`, which are the same: with wildcards, part by part.
    Arn,
    /// `Numeric...`
    Numeric(Order),
    /// `Date...`
    Date(Order),
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    Binary,
    /// `IpAddress`
    IpAddress,
    /// `Null`: whether the key is absent.
    Null,
}

impl Comparison {
    /// What a value has to be, as a sentence says it.
    pub(super) fn expects(self) -> &'static str {
        match self {
            Self::StringEquals | Self::StringEqualsIgnoreCase | Self::StringLike => "text",
            Self::Arn => "an ARN of six parts",
            Self::Numeric(_) => "a number",
            Self::Date(_) => "an ISO 8601 date or seconds",
            Self::Bool | Self::Null => "true or false",
            Self::Binary => "base64",
            Self::IpAddress => "an address or CIDR block",
        }
    }
}

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// The set operator in front, if there is one.
    pub set: Option<SetOperator>,
    /// What is compared.
    pub comparison: Comparison,
    /// Whether it is the `Not` form.
    pub negated: bool,
    /// Whether it ends in `IfExists`.
    pub if_exists: bool,
    name: &'static str,
}

const OPERATORS: &[(&str, Comparison, bool)] = &[
    ("StringEquals", Comparison::StringEquals, false),
    ("StringNotEquals", Comparison::StringEquals, true),
    (
        "StringEqualsIgnoreCase",
        Comparison::StringEqualsIgnoreCase,
        false,
    ),
    (
        "StringNotEqualsIgnoreCase",
        Comparison::StringEqualsIgnoreCase,
        true,
    ),
    ("StringLike", Comparison::StringLike, false),
    ("StringNotLike", Comparison::StringLike, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnNotLike", Comparison::Arn, true),
    ("NumericEquals", Comparison::Numeric(Order::Equal), false),
    ("NumericNotEquals", Comparison::Numeric(Order::Equal), true),
    ("NumericLessThan", Comparison::Numeric(Order::Less), false),
    (
        "NumericLessThanEquals",
        Comparison::Numeric(Order::LessOrEqual),
        false,
    ),
    (
        "NumericGreaterThan",
        Comparison::Numeric(Order::Greater),
        false,
    ),
    (
        "NumericGreaterThanEquals",
        Comparison::Numeric(Order::GreaterOrEqual),
        false,
    ),
    ("DateEquals", Comparison::Date(Order::Equal), false),
    ("DateNotEquals", Comparison::Date(Order::Equal), true),
    ("DateLessThan", Comparison::Date(Order::Less), false),
    (
        "DateLessThanEquals",
        Comparison::Date(Order::LessOrEqual),
        false,
    ),
    ("DateGreaterThan", Comparison::Date(Order::Greater), false),
    (
        "DateGreaterThanEquals",
        Comparison::Date(Order::GreaterOrEqual),
        false,
    ),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::IpAddress, false),
    ("NotIpAddress", Comparison::IpAddress, true),
    ("Null", Comparison::Null, false),
];

impl Operator {
    /// Reads an operator's name, with its set operator and `IfExists`. Names are taken as AWS
    /// documents them; another case is not accepted.
    pub fn parse(text: &str) -> Option<Self> {
        let (set, rest) = if let Some(rest) = text.strip_prefix("ForAllValues:") {
            (Some(SetOperator::ForAllValues), rest)
        } else if let Some(rest) = text.strip_prefix("ForAnyValue:") {
            (Some(SetOperator::ForAnyValue), rest)
        } else {
            (None, text)
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let (name, comparison, negated) = OPERATORS.iter().find(|(name, ..)| *name == base)?;
        if if_exists && *comparison == Comparison::Null {
            return None;
        }
        Some(Self {
            set,
            comparison: *comparison,
            negated: *negated,
            if_exists,
            name,
        })
    }

    /// The name under which operators that mean the same are compared: `ArnLike` is `ArnEquals`.
    pub(super) fn canonical_name(&self) -> String {
        let mut canonical = *self;
        if self.comparison == Comparison::Arn {
            canonical.name = if self.negated {
                "ArnNotEquals"
            } else {
                "ArnEquals"
            };
        }
        canonical.to_string()
    }

    /// The operator whose name is nearest to a mistyped one.
    pub(super) fn suggestion(text: &str) -> Option<&'static str> {
        let wanted = text.rsplit(':').next().unwrap_or_default();
        OPERATORS
            .iter()
            .map(|(name, ..)| *name)
            .find(|name| name.eq_ignore_ascii_case(wanted))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.set {
            Some(SetOperator::ForAllValues) => f.write_str("ForAllValues:")?,
            Some(SetOperator::ForAnyValue) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        f.write_str(self.name)?;
        if self.if_exists {
            f.write_str("IfExists")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for (name, comparison, _) in OPERATORS {
            for set in ["", "ForAllValues:", "ForAnyValue:"] {
                let full = format!("{set}{name}");
                assert_eq!(Operator::parse(&full).unwrap().to_string(), full);
                let full = format!("{full}IfExists");
                match Operator::parse(&full) {
                    Some(operator) => assert_eq!(operator.to_string(), full),
                    None => assert_eq!(*comparison, Comparison::Null),
                }
            }
        }
    }

    #[test]
    fn what_is_no_operator() {
        for wrong in [
            "",
            "stringEquals",
            "StringEqual",
            "NullIfExists",
            "IfExists",
            "ForAllValues:",
            "ForSomeValues:Bool",
            "BinaryNotEquals",
        ] {
            assert!(Operator::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(
            Operator::suggestion("ForAllValues:stringequals"),
            Some("StringEquals")
        );
    }

    #[test]
    fn arn_like_is_arn_equals() {
        let name = |text| Operator::parse(text).unwrap().canonical_name();
        assert_eq!(name("ArnLikeIfExists"), "ArnEqualsIfExists");
        assert_eq!(name("ForAnyValue:ArnNotLike"), "ForAnyValue:ArnNotEquals");
        assert_eq!(name("StringLike"), "StringLike");
    }
}
