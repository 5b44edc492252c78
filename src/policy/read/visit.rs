//! Places while a text is being read, and visitors that refuse what they do not expect.

use std::cell::RefCell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Visitor};

use crate::policy::problem::{Place, Problem};

/// One step further into a text.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

/// Where the reader is, as a list of steps that is only put together when something is wrong there.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct At<'a> {
    outer: Option<&'a At<'a>>,
    step: Step<'a>,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'a> At<'a> {
    pub(in crate::policy) fn root(problems: &'a RefCell<Vec<Problem>>) -> Self {
        Self {
            outer: None,
            step: Step::Root,
            problems,
        }
    }

    pub(in crate::policy) fn key<'b>(&'b self, key: &'b str) -> At<'b> {
        At {
            outer: Some(self),
            step: Step::Key(key),
            problems: self.problems,
        }
    }

    pub(in crate::policy) fn index(&self, index: usize) -> At<'_> {
        At {
            outer: Some(self),
            step: Step::Index(index),
            problems: self.problems,
        }
    }

    fn place(&self) -> Place {
        let outer = self.outer.map(At::place).unwrap_or_default();
        match self.step {
            Step::Root => outer,
            Step::Key(key) => outer.key(key),
            Step::Index(index) => outer.index(index),
        }
    }

    /// Notes that something is wrong here.
    pub(in crate::policy) fn error(&self, message: impl Into<String>) {
        self.problems.borrow_mut().push(self.place().error(message));
    }

    pub(super) fn wrong_kind(&self, expected: &str, found: Kind) {
        self.error(format!("expected {expected}, found {found}"));
    }
}

/// What a JSON value is.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a Boolean",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

/// The methods of a visitor with a field `at` for kinds of values that are wrong: the problem is noted,
/// the value is passed over, and the result is the type's default.
macro_rules! refuse {
    ($expected:expr; $($kind:ident),*) => {
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str($expected)
        }
        $(crate::policy::read::visit::refuse!(@ $expected, $kind);)*
    };
    (@ $expected:expr, null) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            self.at.wrong_kind($expected, Kind::Null);
            Ok(Default::default())
        }
    };
    (@ $expected:expr, boolean) => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            self.at.wrong_kind($expected, Kind::Boolean);
            Ok(Default::default())
        }
    };
    (@ $expected:expr, number) => {
        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            self.at.wrong_kind($expected, Kind::Number);
            Ok(Default::default())
        }
        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            self.at.wrong_kind($expected, Kind::Number);
            Ok(Default::default())
        }
        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            self.at.wrong_kind($expected, Kind::Number);
            Ok(Default::default())
        }
    };
    (@ $expected:expr, text) => {
        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            self.at.wrong_kind($expected, Kind::Text);
            Ok(Default::default())
        }
    };
    (@ $expected:expr, list) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            self.at.wrong_kind($expected, Kind::List);
            while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
    (@ $expected:expr, object) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            self.at.wrong_kind($expected, Kind::Object);
            while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
}
pub(in crate::policy) use refuse;

/// A key of an object that is one of a few known names, read without keeping its text; or else its text.
pub(in crate::policy) struct Name<T>(pub(in crate::policy) fn(&str) -> Option<T>);

impl<'de, T> DeserializeSeed<'de> for Name<T> {
    type Value = Result<T, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T> Visitor<'_> for Name<T> {
    type Value = Result<T, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok((self.0)(text).ok_or_else(|| text.to_owned()))
    }
}
