//! Texts, and lists of them.

use serde::Deserializer;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::Number;

use super::visit::{At, Kind, refuse};

/// A text.
pub(in crate::policy) struct Text<'a> {
    pub(in crate::policy) at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = Option<String>;

    refuse!("a string"; null, boolean, number, list, object);

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(text))
    }
}

/// A text or a list of texts; an empty list is wrong.
pub(in crate::policy) struct Texts<'a> {
    pub(in crate::policy) at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Texts<'_> {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = Vec<String>;

    refuse!("a string or a list of strings"; null, boolean, number, object);

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![text.to_owned()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        let mut index = 0_usize;
        while let Some(text) = items.next_element_seed(Text {
            at: self.at.index(index),
        })? {
            texts.extend(text);
            index = index.saturating_add(1);
        }
        if index == 0 {
            self.at.error("the list is empty");
        }
        Ok(texts)
    }
}

/// A value of a condition: Booleans and numbers stand for their text.
struct Scalar<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar<'_> {
    type Value = Option<String>;

    refuse!("a string"; null, list, object);

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(value).map(|number| number.to_string()))
    }
}

/// A scalar or a list of scalars; an empty list is wrong.
pub(in crate::policy) struct Scalars<'a> {
    pub(in crate::policy) at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Scalars<'_> {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalars<'_> {
    type Value = Vec<String>;

    refuse!("a string or a list of strings"; null, object);

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![text.to_owned()])
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Scalar { at: self.at }.visit_bool(value).map(one)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Scalar { at: self.at }.visit_i64(value).map(one)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Scalar { at: self.at }.visit_u64(value).map(one)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Scalar { at: self.at }.visit_f64(value).map(one)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        let mut index = 0_usize;
        while let Some(text) = items.next_element_seed(Scalar {
            at: self.at.index(index),
        })? {
            texts.extend(text);
            index = index.saturating_add(1);
        }
        if index == 0 {
            self.at.error("the list is empty");
        }
        Ok(texts)
    }
}

fn one(text: Option<String>) -> Vec<String> {
    text.into_iter().collect()
}
