//! A request with policies around it, as JSON.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::kit::doc;
use crate::policy::{Document, Grant, Policies, Principal, Request, Scope, Settings};

/// The account that most of it is about.
pub const A: &str = "111111111111";

/// One statement, before it is known which elements its document has.
#[derive(Debug, Clone)]
pub struct Draft {
    pub deny: bool,
    pub principal: (bool, Value),
    pub action: (bool, Value),
    pub resource: (bool, Value),
    pub condition: Option<Value>,
    /// It is written as for another kind of document.
    pub misfit: bool,
}

impl Draft {
    /// Writes it down for a kind of document. What is to hit the request is taken from it.
    pub fn write(&self, scope: Scope, ask: &Ask) -> Value {
        let name = |negated: bool, name: &str| {
            if negated {
                format!("Not{name}")
            } else {
                name.to_owned()
            }
        };
        let mut map = Map::new();
        map.insert(
            "Effect".into(),
            json!(if self.deny { "Deny" } else { "Allow" }),
        );
        let of_identity = matches!(scope, Scope::Identity | Scope::Limit);
        if of_identity == self.misfit {
            map.insert(
                name(self.principal.0, "Principal"),
                self.principal.1.clone(),
            );
        }
        map.insert(name(self.action.0, "Action"), self.action.1.clone());
        if (scope == Scope::Trust) == self.misfit {
            map.insert(name(self.resource.0, "Resource"), self.resource.1.clone());
        }
        if let Some(condition) = &self.condition {
            map.insert("Condition".into(), condition.clone());
        }
        aimed(&Value::Object(map), ask)
    }
}

/// The same with what the request has in place of `@action`, `@resource`, `@account`, `@role` and `@self`.
fn aimed(value: &Value, ask: &Ask) -> Value {
    let aws = match &ask.principal {
        Principal::Aws(aws) => Some(aws),
        _ => None,
    };
    let or_somebody =
        |text: Option<&String>, other: &str| text.cloned().unwrap_or_else(|| other.to_owned());
    match value {
        Value::String(text) => Value::String(match text.as_str() {
            "@action" => ask.action.to_owned(),
            "@resource" => ask.resource.unwrap_or("*").to_owned(),
            "@account" => or_somebody(aws.map(|aws| &aws.account), A),
            "@role" => or_somebody(
                aws.map(|aws| &aws.principal_arn),
                "arn:aws:iam::111111111111:role/r",
            ),
            "@self" => or_somebody(aws.map(|aws| &aws.arn), "arn:aws:iam::111111111111:user/u"),
            other => other.to_owned(),
        }),
        Value::Array(items) => items.iter().map(|item| aimed(item, ask)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, item)| (key.clone(), aimed(item, ask)))
            .collect(),
        other => other.clone(),
    }
}

/// The statements of a document, and whether it knows variables.
#[derive(Debug, Clone)]
pub struct DraftDocument(pub Vec<Draft>, pub bool);

impl DraftDocument {
    pub fn write(&self, scope: Scope, ask: &Ask) -> Value {
        let statements: Vec<_> = self.0.iter().map(|draft| draft.write(scope, ask)).collect();
        with_statements(statements, self.1)
    }
}

/// A document of these statements; without any it is no policy.
pub fn with_statements(statements: Vec<Value>, variables: bool) -> Value {
    if statements.is_empty() {
        return Value::Null;
    }
    let version = if variables {
        "2012-10-17"
    } else {
        "2008-10-17"
    };
    json!({"Version": version, "Statement": statements})
}

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub principal: Principal,
    pub action: &'static str,
    pub resource: Option<&'static str>,
    pub owner: Option<&'static str>,
    pub context: Vec<(String, Vec<String>)>,
    pub open: bool,
}

impl Ask {
    pub fn request(&self) -> Request {
        let mut request = Request::new(self.principal.clone(), self.action);
        if let Some(resource) = self.resource {
            request = request.on(resource);
        }
        if let Some(owner) = self.owner {
            request = request.owned_by(owner);
        }
        for (key, values) in &self.context {
            request.set(key, values.clone());
        }
        if self.open { request.open() } else { request }
    }

    /// What the policy of its resource is.
    pub fn scope(&self) -> Scope {
        let of_role = self
            .resource
            .is_some_and(|resource| resource.contains(":role/"));
        if of_role && self.action.starts_with("sts:") {
            Scope::Trust
        } else {
            Scope::Resource
        }
    }
}

/// A request and every document around it, as JSON.
#[derive(Debug, Clone)]
pub struct Case {
    pub ask: Ask,
    pub identity: Vec<Value>,
    pub resource: Option<Value>,
    pub boundaries: Vec<Value>,
    pub session: Option<Vec<Value>>,
    pub scps: Vec<Vec<Value>>,
    pub rcps: Vec<Vec<Value>>,
    pub endpoints: Vec<Value>,
    pub grants: Vec<Grant>,
    pub settings: Settings,
}

impl Case {
    pub fn policies(&self) -> Policies {
        let list = |values: &[Value]| values.iter().map(doc).collect::<Vec<Arc<Document>>>();
        let levels =
            |levels: &[Vec<Value>]| levels.iter().map(|level| list(level)).collect::<Vec<_>>();
        Policies {
            identity: list(&self.identity),
            resource: self.resource.as_ref().map(doc),
            boundaries: list(&self.boundaries),
            session: self.session.as_deref().map(list),
            scps: levels(&self.scps),
            rcps: levels(&self.rcps),
            endpoints: list(&self.endpoints),
            grants: self.grants.clone(),
            settings: self.settings,
        }
    }

    /// Every document, with what it is.
    pub fn documents_mut(&mut self) -> Vec<(Scope, &mut Value)> {
        let of_resource = self.ask.scope();
        let one = |scope| move |value| (scope, value);
        let identity = self
            .identity
            .iter_mut()
            .chain(&mut self.boundaries)
            .chain(self.session.iter_mut().flatten())
            .chain(self.scps.iter_mut().flatten());
        let resource = self.rcps.iter_mut().flatten().chain(&mut self.endpoints);
        identity
            .map(one(Scope::Identity))
            .chain(resource.map(one(Scope::Resource)))
            .chain(self.resource.iter_mut().map(one(of_resource)))
            .collect()
    }
}

/// The statements of a document, to be changed.
pub fn statements_mut(document: &mut Value) -> &mut Vec<Value> {
    document["Statement"].as_array_mut().unwrap()
}

pub fn allow_all(scope: Scope) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": "*"});
    if !matches!(scope, Scope::Identity | Scope::Limit) {
        statement["Principal"] = json!("*");
    }
    if scope != Scope::Trust {
        statement["Resource"] = json!("*");
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}
