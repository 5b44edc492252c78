//! Lists in pages, tags as the services carry them, and ARNs: what every service needs alike.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::ident::Region;

/// A part of a list, and the token of the next one.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// How to ask for the next part, absent on the last one.
    pub next: Option<String>,
}

/// The part of a list that a token stands for; `None` for a token that no answer ever carried.
pub fn page<T>(items: Vec<T>, size: usize, token: Option<&str>) -> Option<Page<T>> {
    let start = match token {
        None => 0,
        Some(token) => {
            let bytes = hex::decode(token).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            let start: usize = text.strip_prefix("from:")?.parse().ok()?;
            (start > 0).then_some(start)?
        }
    };
    let total = items.len();
    let items: Vec<T> = items.into_iter().skip(start).take(size.max(1)).collect();
    let end = start.saturating_add(items.len());
    let next = (end < total).then(|| hex::encode(format!("from:{end}")));
    Some(Page { items, next })
}

/// Tags by their keys.
pub type Tags = BTreeMap<String, String>;

/// Tags from a list of pairs; `names` are what the service calls key and value.
pub fn tags_from_pairs(list: &[Value], names: (&str, &str)) -> Tags {
    list.iter()
        .filter_map(|pair| {
            let key = pair.get(names.0)?.as_str()?;
            let value = pair
                .get(names.1)
                .and_then(Value::as_str)
                .unwrap_or_default();
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Tags as a list of pairs.
pub fn tags_to_pairs(tags: &Tags, names: (&str, &str)) -> Value {
    tags.iter()
        .map(|(key, value)| json!({names.0: key, names.1: value}))
        .collect()
}

/// The texts of a list.
pub fn texts(list: &[Value]) -> Vec<String> {
    list.iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// An ARN in the partition of its Region. Global services have no Region in their ARNs: they pass
/// the Region of the call as `home` only to find the partition.
pub fn arn(service: &str, region: &str, account: &str, resource: &str) -> String {
    format!(
        "arn:{}:{service}:{region}:{account}:{resource}",
        partition(region)
    )
}

/// The partition of a Region; `aws` for one that is not known.
pub fn partition(region: &str) -> &'static str {
    Region::parse(region).map_or("aws", |region| region.partition())
}

/// The domain that addresses of a Region end in.
pub fn dns_suffix(region: &str) -> &'static str {
    Region::parse(region).map_or("amazonaws.com", |region| region.dns_suffix())
}

/// The resource part of an ARN of this service, Region and account; `None` for any other text.
pub fn own_resource<'a>(
    text: &'a str,
    service: &str,
    region: &str,
    account: &str,
) -> Option<&'a str> {
    let mut parts = text.splitn(6, ':');
    let fits = parts.next() == Some("arn")
        && parts.next() == Some(partition(region))
        && parts.next() == Some(service)
        && parts.next() == Some(region)
        && parts.next() == Some(account);
    if fits { parts.next() } else { None }
}

/// An object of the members that have a value.
pub fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    }
    Value::Object(object)
}

/// Seconds since 1970 with fraction, as JSON protocols carry a time kept in milliseconds.
pub fn seconds(milliseconds: i64) -> Value {
    json!(milliseconds as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_up_to_the_whole() {
        let mut token: Option<String> = None;
        let mut seen = Vec::new();
        loop {
            let page = page((0..7).collect(), 3, token.as_deref()).unwrap();
            seen.extend(page.items);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..7).collect::<Vec<_>>());
        for wrong in ["", "x", "00", "66726f6d3a30", "66726f6d3a"] {
            assert_eq!(page(vec![1], 1, Some(wrong)), None, "{wrong}");
        }
        assert_eq!(page(Vec::<u8>::new(), 5, None).unwrap().next, None);
    }

    #[test]
    fn arns_carry_their_partition() {
        assert_eq!(
            arn("events", "cn-north-1", "111111111111", "rule/a"),
            "arn:aws-cn:events:cn-north-1:111111111111:rule/a"
        );
        let text = "arn:aws:events:eu-west-1:111111111111:rule/a:b";
        assert_eq!(
            own_resource(text, "events", "eu-west-1", "111111111111"),
            Some("rule/a:b")
        );
        assert_eq!(
            own_resource(text, "events", "eu-west-1", "222222222222"),
            None
        );
        assert_eq!(
            own_resource("x", "events", "eu-west-1", "222222222222"),
            None
        );
    }
}
