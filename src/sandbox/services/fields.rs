//! What several services do with their inputs and answers: tags, pages, times, ARNs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sandbox::service::Call;

/// The tags of one resource, in the order in which they were put on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub IndexMap<String, String>);

/// Why a list of tags is refused; each service has its own codes for these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagProblem {
    /// A key is absent, empty or longer than 128 characters.
    Key(String),
    /// A value is longer than 256 characters.
    Value(String),
    /// A key begins with `aws:`, which AWS keeps for itself.
    Reserved(String),
    /// A key or value holds a character that tags may not have.
    Characters(String),
    /// A key is given twice.
    Twice(String),
    /// The resource would hold more than 50.
    TooMany,
}

impl TagProblem {
    /// A sentence for the services whose wording is not known.
    pub fn sentence(&self) -> String {
        match self {
            Self::Key(key) => {
                format!("Tag key '{key}' is not valid: a key has between 1 and 128 characters.")
            }
            Self::Value(key) => {
                format!(
                    "The value of tag '{key}' is not valid: a value has at most 256 characters."
                )
            }
            Self::Reserved(key) => {
                format!("Tag key '{key}' is not valid: the prefix aws: is reserved for system use.")
            }
            Self::Characters(key) => format!(
                "Tag '{key}' is not valid: only letters, digits, spaces and the characters _ . : / = + - @ are allowed."
            ),
            Self::Twice(key) => format!("Tag key '{key}' is specified more than once."),
            Self::TooMany => "A resource can have at most 50 tags.".to_owned(),
        }
    }
}

/// How many tags a resource can hold. Source: AWS Tagging best practices, "Tag naming limits".
pub const MOST_TAGS: usize = 50;

impl Tags {
    /// Reads `[{key_field: ..., value_field: ...}]` by the rules all services share: lengths,
    /// characters, the reserved prefix, no key twice.
    pub fn read(list: &[Value], key_field: &str, value_field: &str) -> Result<Self, TagProblem> {
        let mut tags = IndexMap::new();
        for item in list {
            let key = item
                .get(key_field)
                .and_then(Value::as_str)
                .unwrap_or_default();
            let value = item
                .get(value_field)
                .and_then(Value::as_str)
                .unwrap_or_default();
            if key.is_empty() || key.chars().count() > 128 {
                return Err(TagProblem::Key(key.to_owned()));
            }
            if value.chars().count() > 256 {
                return Err(TagProblem::Value(key.to_owned()));
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                return Err(TagProblem::Reserved(key.to_owned()));
            }
            if !key.chars().chain(value.chars()).all(tag_character) {
                return Err(TagProblem::Characters(key.to_owned()));
            }
            if tags.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(TagProblem::Twice(key.to_owned()));
            }
        }
        if tags.len() > MOST_TAGS {
            return Err(TagProblem::TooMany);
        }
        Ok(Self(tags))
    }

    /// Adds tags and overwrites those of the same key; leaves all as it was if there would be too many.
    pub fn merge(&mut self, more: Self) -> Result<(), TagProblem> {
        let fresh = more
            .0
            .keys()
            .filter(|key| !self.0.contains_key(*key))
            .count();
        if self.0.len() + fresh > MOST_TAGS {
            return Err(TagProblem::TooMany);
        }
        self.0.extend(more.0);
        Ok(())
    }

    /// Takes tags off; keys that are not there are passed over, as AWS does.
    pub fn remove(&mut self, keys: &[Value]) {
        for key in keys.iter().filter_map(Value::as_str) {
            self.0.shift_remove(key);
        }
    }

    /// `[{key_field: ..., value_field: ...}]`.
    pub fn list(&self, key_field: &str, value_field: &str) -> Value {
        Value::Array(
            self.0
                .iter()
                .map(|(key, value)| json!({key_field: key, value_field: value}))
                .collect(),
        )
    }
}

fn tag_character(c: char) -> bool {
    c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c)
}

/// One page of a list: from `token` on, at most `most`; the token of the next page if there is more.
/// `None` where the token is not one that a page gave out.
pub fn page<T>(
    items: Vec<T>,
    token: Option<&str>,
    most: usize,
) -> Option<(Vec<T>, Option<String>)> {
    let start = match token {
        None => 0,
        Some(token) => {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
            String::from_utf8(bytes)
                .ok()?
                .strip_prefix("from:")?
                .parse::<usize>()
                .ok()?
        }
    };
    let total = items.len();
    let most = most.max(1);
    let rows: Vec<T> = items.into_iter().skip(start).take(most).collect();
    let end = start.saturating_add(most);
    let next = (end < total).then(|| URL_SAFE_NO_PAD.encode(format!("from:{end}")));
    Some((rows, next))
}

/// How many rows a caller asks for, within what the service gives at most.
pub fn page_size(call: &Call, field: &str, most: usize) -> usize {
    call.number(field)
        .and_then(|n| usize::try_from(n).ok())
        .filter(|n| *n > 0)
        .map_or(most, |n| n.min(most))
}

/// Puts a value into an object where there is one; nothing where it is `None`.
pub fn put(object: &mut Value, field: &str, value: Option<Value>) {
    if let (Some(map), Some(value)) = (object.as_object_mut(), value) {
        map.insert(field.to_owned(), value);
    }
}

/// The given fields of an object, as they are; null and absent ones are left out.
pub fn pick(from: &Value, fields: &[&str]) -> Map<String, Value> {
    fields
        .iter()
        .filter_map(|field| {
            let value = from.get(*field)?;
            (!value.is_null()).then(|| ((*field).to_owned(), value.clone()))
        })
        .collect()
}

/// A text inside an object.
pub fn text<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.get(field).and_then(Value::as_str)
}

/// A list inside an object, empty where it is absent.
pub fn list<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object
        .get(field)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// A whole number inside an object, number or (query protocol) text.
pub fn number(object: &Value, field: &str) -> Option<i64> {
    match object.get(field)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The texts of a list.
pub fn texts(values: &[Value]) -> Vec<String> {
    values
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Milliseconds as the JSON protocols carry a time: seconds with fraction.
pub fn seconds(milliseconds: i64) -> Value {
    json!(milliseconds as f64 / 1000.0)
}

/// Milliseconds as the query protocol carries a time: ISO 8601.
pub fn iso(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
        .unwrap_or_default()
}

/// The partition of a Region: `aws`, `aws-cn` or `aws-us-gov`.
pub fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// The domain that a Region's endpoints end in.
pub fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    }
}

/// `arn:PARTITION:service:region:account:resource`.
pub fn arn(service: &str, region: &str, account: &str, resource: &str) -> String {
    format!(
        "arn:{}:{service}:{region}:{account}:{resource}",
        partition(region)
    )
}

/// The account of an IAM role's ARN; `None` where it is not one.
pub fn role_account(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let shape = parts.next() == Some("arn")
        && parts.next().is_some_and(|p| p.starts_with("aws"))
        && parts.next() == Some("iam")
        && parts.next() == Some("");
    let account = parts.next()?;
    let resource = parts.next()?;
    let named = resource
        .strip_prefix("role/")
        .is_some_and(|name| !name.is_empty());
    (shape && named && account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
        .then_some(account)
}

/// Whether a text is made of the given kind of characters and between `least` and `most` long.
pub fn made_of(text: &str, least: usize, most: usize, extra: &str) -> bool {
    (least..=most).contains(&text.chars().count())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let all: Vec<u32> = (0..5).collect();
        let (first, next) = page(all.clone(), None, 2).unwrap();
        assert_eq!(first, [0, 1]);
        let (second, next) = page(all.clone(), next.as_deref(), 2).unwrap();
        assert_eq!(second, [2, 3]);
        let (third, next) = page(all.clone(), next.as_deref(), 2).unwrap();
        assert_eq!((third.as_slice(), next), ([4].as_slice(), None));
        assert!(page(all, Some("made up"), 2).is_none());
    }

    #[test]
    fn tags_are_refused_by_aws_rules() {
        let read = |key: &str, value: &str| {
            Tags::read(&[json!({"Key": key, "Value": value})], "Key", "Value")
        };
        assert!(read("team", "café 서울").is_ok());
        assert_eq!(read("", "x"), Err(TagProblem::Key(String::new())));
        assert_eq!(
            read("aws:x", "x"),
            Err(TagProblem::Reserved("aws:x".into()))
        );
        assert_eq!(read("a#b", "x"), Err(TagProblem::Characters("a#b".into())));
        assert_eq!(
            read("a", &"v".repeat(257)),
            Err(TagProblem::Value("a".into()))
        );
    }

    #[test]
    fn only_role_arns_have_a_role_account() {
        assert_eq!(
            role_account("arn:aws:iam::111111111111:role/a/b"),
            Some("111111111111")
        );
        for wrong in [
            "",
            "arn:aws:iam::1:role/a",
            "arn:aws:iam::111111111111:user/a",
            "role",
        ] {
            assert_eq!(role_account(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_of_the_query_protocol() {
        assert_eq!(iso(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
    }
}
