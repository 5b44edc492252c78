//! A document from its text, where one element may not be written twice.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::problem::{Place, Problem};

/// Reads the JSON text of a document. An object that has a key twice is refused, as AWS does: a JSON
/// reader would keep one of the two and not say which.
///
/// Source: IAM User Guide, "Grammar of the IAM JSON policy language".
///
/// # Errors
/// Says where the text stops being JSON, or which key occurs twice.
pub fn from_text(text: &str) -> Result<Value, Problem> {
    let found = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Element {
        place: Place::root(),
        found: &found,
    }
    .deserialize(&mut reader)
    .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        found
            .take()
            .unwrap_or_else(|| Place::root().error(format!("the text is not JSON: {error}")))
    })
}

struct Element<'a> {
    place: Place,
    found: &'a RefCell<Option<Problem>>,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Element {
            place: self.place.index(list.len()),
            found: self.found,
        })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let place = self.place.key(&key);
            if map.contains_key(&key) {
                let problem = place.error(format!("\"{key}\" is written twice"));
                let error = A::Error::custom(&problem);
                *self.found.borrow_mut() = Some(problem);
                return Err(error);
            }
            let item = entries.next_value_seed(Element {
                place,
                found: self.found,
            })?;
            map.insert(key, item);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_json_readers_read() {
        let document = json!({"a": [1, -2, 2.5, true, null, "x/\u{e9}"], "b": {"c": {}}});
        assert_eq!(from_text(&document.to_string()).unwrap(), document);
        assert_eq!(from_text("null").unwrap(), Value::Null);
    }

    #[test]
    fn refuses_what_is_ambiguous() {
        let told = |text| from_text(text).unwrap_err().to_string();
        assert_eq!(
            told(r#"{"Statement": [{"Effect": "Deny", "Effect": "Allow"}]}"#),
            "/Statement/0/Effect: \"Effect\" is written twice"
        );
        assert!(told("{} {}").starts_with("the text is not JSON: "));
        assert!(told("{\"a\"").starts_with("the text is not JSON: "));
        assert!(told("").starts_with("the text is not JSON: "));
        assert!(from_text(&"[".repeat(100_000)).is_err());
    }
}
