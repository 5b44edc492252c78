//! The query protocol: a form in, XML out. STS, IAM and ELBv2 speak it.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::xml::Xml;
use crate::sandbox::request::{Reply, Request, form};
use crate::sandbox::service::Fault;

/// How deep a parameter's name may go (`A.member.1.B...`).
const DEPTH: usize = 32;

/// A request's parameters: from the body of a POST, from the query of a GET, without those of a
/// presigned URL.
pub fn parameters(request: &Request) -> Vec<(String, String)> {
    let is_form = request
        .header("content-type")
        .is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
    let mut all = form(&request.query, true);
    all.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("x-amz-"));
    if request.method == "POST" && (is_form || request.header("content-type").is_none()) {
        all.extend(form(&String::from_utf8_lossy(&request.body), true));
    }
    all
}

/// The value of a parameter.
pub fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters
        .iter()
        .find(|(n, _)| n == name)
        .map(|(_, v)| v.as_str())
}

#[derive(Debug, Default)]
struct Node {
    text: Option<String>,
    below: IndexMap<String, Node>,
}

impl Node {
    fn value(self) -> Value {
        if self.below.is_empty() {
            return Value::String(self.text.unwrap_or_default());
        }
        if let [only] = self.below.keys().map(String::as_str).collect::<Vec<_>>()[..] {
            if only == "member" {
                return self
                    .below
                    .into_iter()
                    .next()
                    .map_or(Value::Null, |(_, list)| list.numbered());
            }
            if only == "entry" {
                return self
                    .below
                    .into_iter()
                    .next()
                    .map_or(Value::Null, |(_, map)| map.entries());
            }
        }
        let mut object = Map::new();
        for (name, node) in self.below {
            object.insert(name, node.value());
        }
        Value::Object(object)
    }

    fn numbered(self) -> Value {
        let mut items: Vec<(u64, Value)> = self
            .below
            .into_iter()
            .filter_map(|(index, node)| Some((index.parse().ok()?, node.value())))
            .collect();
        items.sort_by_key(|(index, _)| *index);
        Value::Array(items.into_iter().map(|(_, value)| value).collect())
    }

    fn entries(self) -> Value {
        let mut object = Map::new();
        for (_, entry) in self.below {
            let value = entry.value();
            if let Some(key) = value.get("key").and_then(Value::as_str) {
                let content = value.get("value").cloned().unwrap_or_default();
                object.insert(key.to_owned(), content);
            }
        }
        Value::Object(object)
    }
}

/// Folds the parameters into JSON: `Tags.member.1.Key=a` becomes `{"Tags": [{"Key": "a"}]}`. `Action` and
/// `Version` are left out; every scalar stays a text.
pub fn fold(parameters: Vec<(String, String)>) -> Result<Value, Fault> {
    let mut root = Node::default();
    for (name, text) in parameters {
        if name == "Action" || name == "Version" {
            continue;
        }
        let mut node = &mut root;
        for (depth, part) in name.split('.').enumerate() {
            if depth >= DEPTH {
                return Err(Fault::new(
                    "MalformedQueryString",
                    "The query string contains a syntax error",
                )
                .status(404));
            }
            node = node.below.entry(part.to_owned()).or_default();
        }
        if node.text.is_none() {
            node.text = Some(text);
        }
    }
    if root.below.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let mut object = Map::new();
    for (name, node) in root.below {
        object.insert(name, node.value());
    }
    Ok(Value::Object(object))
}

/// The key under which an operation puts a map of its answer, so that it is told from a structure:
/// `{"SummaryMap": {"$map": {"Roles": 3}}}`.
pub const MAP: &str = "$map";

fn unfold(xml: &mut Xml, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => {
            xml.leaf(name, if *flag { "true" } else { "false" });
        }
        Value::Number(number) => {
            xml.leaf(name, &number.to_string());
        }
        Value::String(text) => {
            xml.leaf(name, text);
        }
        Value::Array(items) => {
            xml.open(name, "");
            for item in items {
                unfold(xml, "member", item);
            }
            xml.close(name);
        }
        Value::Object(fields) => {
            xml.open(name, "");
            if let (1, Some(Value::Object(map))) = (fields.len(), fields.get(MAP)) {
                for (key, value) in map {
                    xml.open("entry", "").leaf("key", key);
                    unfold(xml, "value", value);
                    xml.close("entry");
                }
            } else {
                for (name, value) in fields {
                    unfold(xml, name, value);
                }
            }
            xml.close(name);
        }
    }
}

/// A successful answer. `null` leaves the result element out, as IAM does for operations without
/// output; an empty object writes it empty, as ELBv2 does.
pub fn success(xmlns: &str, operation: &str, value: &Value, request_id: &str) -> Reply {
    let mut xml = Xml::default();
    let response = format!("{operation}Response");
    xml.open(&response, &format!("xmlns=\"{xmlns}\""));
    if !value.is_null() {
        unfold(&mut xml, &format!("{operation}Result"), value);
    }
    xml.within("ResponseMetadata", |xml| {
        xml.leaf("RequestId", request_id);
    });
    xml.close(&response);
    Reply::text(200, "text/xml", xml.finish()).with("x-amzn-RequestId", request_id)
}

/// An error.
pub fn failure(xmlns: &str, fault: &Fault, request_id: &str) -> Reply {
    let mut xml = Xml::default();
    xml.open("ErrorResponse", &format!("xmlns=\"{xmlns}\""));
    xml.within("Error", |xml| {
        let side = if fault.status >= 500 {
            "Receiver"
        } else {
            "Sender"
        };
        xml.leaf("Type", side)
            .leaf("Code", &fault.code)
            .leaf("Message", &fault.message);
    });
    xml.leaf("RequestId", request_id);
    xml.close("ErrorResponse");
    Reply::text(fault.status, "text/xml", xml.finish()).with("x-amzn-RequestId", request_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn folded(text: &str) -> Value {
        fold(form(text, true)).unwrap()
    }

    #[test]
    fn forms_become_json() {
        assert_eq!(
            folded(
                "Action=CreateRole&Version=1&RoleName=a+b&Tags.member.2.Key=y&Tags.member.1.Key=x&Tags.member.1.Value="
            ),
            json!({"RoleName": "a b", "Tags": [{"Key": "x", "Value": ""}, {"Key": "y"}]})
        );
        assert_eq!(
            folded("Ids.member.10=c&Ids.member.9=b"),
            json!({"Ids": ["b", "c"]})
        );
        assert_eq!(folded("Tags="), json!({"Tags": ""}));
        assert_eq!(
            folded("M.entry.1.key=k&M.entry.1.value=v"),
            json!({"M": {"k": "v"}})
        );
        assert_eq!(folded(""), json!({}));
        assert!(fold(vec![("a.".repeat(100), String::new())]).is_err());
    }

    #[test]
    fn json_becomes_xml() {
        let value = json!({"Role": {"RoleName": "a<b", "Tags": [{"Key": "k"}], "N": 3, "Yes": true, "No": null},
            "SummaryMap": {MAP: {"Roles": 1}}});
        let reply = success("urn:x", "GetRole", &value, "id");
        assert_eq!(
            String::from_utf8_lossy(&reply.body),
            "<GetRoleResponse xmlns=\"urn:x\"><GetRoleResult><Role><RoleName>a&lt;b</RoleName><Tags><member><Key>k</Key></member></Tags>\
             <N>3</N><Yes>true</Yes></Role><SummaryMap><entry><key>Roles</key><value>1</value></entry></SummaryMap></GetRoleResult>\
             <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetRoleResponse>"
        );
    }
}
