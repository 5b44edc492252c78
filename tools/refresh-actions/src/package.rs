//! The package as it is on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::Result;

pub struct Package {
    pub version: String,
    pub services: Vec<Service>,
}

pub struct Service {
    pub prefix: String,
    pub name: String,
    pub rcp: bool,
    /// By name in lower case.
    pub keys: BTreeMap<String, (String, String)>,
    pub types: BTreeMap<String, ResourceType>,
    pub actions: BTreeMap<String, Action>,
}

pub struct ResourceType {
    pub name: String,
    pub arn: String,
    pub keys: Vec<String>,
}

pub struct Action {
    pub name: String,
    pub level: String,
    pub keys: Vec<String>,
    pub types: Vec<Taken>,
    pub dependent: Vec<String>,
}

pub struct Taken {
    pub name: String,
    pub required: bool,
    pub keys: Vec<String>,
    pub dependent: Vec<String>,
}

pub fn read(folder: &Path) -> Result<Package> {
    let version = text(&object(&folder.join("package.json"))?, "version")?;
    let data = folder.join("data");
    let names = object(&data.join("serviceNames.json"))?;
    let rcp = load(&data.join("rcpSupportedServices.json"))?;
    let rcp: Vec<&str> = rcp
        .as_array()
        .ok_or("rcpSupportedServices.json is no list")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let prefixes = load(&data.join("services.json"))?;
    let mut prefixes: Vec<String> = texts(Some(&prefixes))?;
    prefixes.sort();
    let mut services = Vec::new();
    for prefix in prefixes {
        let part = |what: &str| object(&data.join(what).join(format!("{prefix}.json")));
        services.push(Service {
            name: text(&names, &prefix)?,
            rcp: rcp.contains(&prefix.as_str()),
            keys: each(part("conditionKeys")?, |key| {
                Ok((text(key, "key")?, text(key, "type")?))
            })?,
            types: each(part("resourceTypes")?, |it| {
                Ok(ResourceType {
                    name: text(it, "key")?,
                    arn: text(it, "arn")?,
                    keys: texts(it.get("conditionKeys"))?,
                })
            })?,
            actions: each(part("actions")?, action)?,
            prefix,
        });
    }
    if let Some(unknown) = rcp
        .iter()
        .find(|it| !services.iter().any(|s| s.prefix == **it))
    {
        return Err(format!("RCPs reach {unknown}, which is no service").into());
    }
    Ok(Package { version, services })
}

fn action(it: &Map<String, Value>) -> Result<Action> {
    let types = it.get("resourceTypes").and_then(Value::as_array);
    let types = types.ok_or("an action has no resourceTypes")?;
    Ok(Action {
        name: text(it, "name")?,
        level: text(it, "accessLevel")?,
        keys: texts(it.get("conditionKeys"))?,
        types: types
            .iter()
            .map(|it| {
                let it = it.as_object().ok_or("a resource type is no object")?;
                Ok(Taken {
                    name: text(it, "name")?,
                    required: it.get("required").and_then(Value::as_bool).unwrap_or(false),
                    keys: texts(it.get("conditionKeys"))?,
                    dependent: texts(it.get("dependentActions"))?,
                })
            })
            .collect::<Result<_>>()?,
        dependent: texts(it.get("dependentActions"))?,
    })
}

fn load(path: &Path) -> Result<Value> {
    let content = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&content).map_err(|error| format!("{}: {error}", path.display()))?)
}

fn object(path: &Path) -> Result<Map<String, Value>> {
    match load(path)? {
        Value::Object(map) => Ok(map),
        _ => Err(format!("{}: no object", path.display()).into()),
    }
}

fn each<T>(
    map: Map<String, Value>,
    read: impl Fn(&Map<String, Value>) -> Result<T>,
) -> Result<BTreeMap<String, T>> {
    map.into_iter()
        .map(|(key, value)| {
            let value = value
                .as_object()
                .ok_or_else(|| format!("{key} is no object"))?;
            Ok((key.to_ascii_lowercase(), read(value)?))
        })
        .collect()
}

fn text(map: &Map<String, Value>, key: &str) -> Result<String> {
    let found = map.get(key).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("{key} is missing"))?.to_owned())
}

fn texts(value: Option<&Value>) -> Result<Vec<String>> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let items = value.as_array().ok_or("a list was expected")?;
    items
        .iter()
        .map(|item| Ok(item.as_str().ok_or("a text was expected")?.to_owned()))
        .collect()
}
