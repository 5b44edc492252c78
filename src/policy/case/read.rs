//! Reading a case from its text, in one pass.

use std::cell::RefCell;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::fits::{self, As};
use super::request::RawRequest;
use super::{Case, CaseError};
use crate::policy::document::Document;
use crate::policy::grant::Grant;
use crate::policy::policies::{Policies, Settings};
use crate::policy::problem::Place;
use crate::policy::read::{At, DocumentSeed};
use crate::policy::request::Request;

/// Reads a case. Unknown members are refused: a misspelt one would otherwise be left out of the decision.
///
/// # Errors
/// What is wrong, each with its place; and the id, as far as it could be made out.
pub fn read_case(text: &str) -> Result<Case, Box<CaseError>> {
    let problems = RefCell::new(Vec::new());
    let mut raw = Raw::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let outcome = CaseSeed {
        at: At::root(&problems),
        raw: &mut raw,
    }
    .deserialize(&mut reader)
    .and_then(|()| reader.end());
    let mut case = None;
    if let Err(error) = outcome {
        // A place is known where a member was being read; otherwise the text is not JSON.
        let place = raw
            .reading
            .map_or_else(Place::root, |key| Place::root().key(key));
        problems.borrow_mut().push(place.error(error.to_string()));
    } else {
        case = raw.finish(&At::root(&problems));
    }
    match (case, problems.into_inner()) {
        (Some(case), problems) if problems.is_empty() => Ok(case),
        (_, problems) => Err(Box::new(CaseError {
            id: raw.id,
            problems,
        })),
    }
}

/// A case as it is written.
#[derive(Debug, Default)]
struct Raw {
    id: Value,
    request: Option<RawRequest>,
    identity: Vec<Arc<Document>>,
    resource: Option<Arc<Document>>,
    boundaries: Vec<Arc<Document>>,
    session: Option<Vec<Arc<Document>>>,
    scps: Vec<Level>,
    rcps: Vec<Level>,
    endpoints: Vec<Arc<Document>>,
    grants: Vec<Grant>,
    settings: RawSettings,
    open: bool,
    reading: Option<&'static str>,
}

/// The policies on one level of an organization.
#[derive(Debug, Default)]
struct Level {
    org: Option<String>,
    policies: Vec<Arc<Document>>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct RawSettings {
    block_public_access: bool,
    management_account: bool,
    resource_in_management_account: bool,
    service_linked_role: bool,
}

impl Raw {
    fn finish(&mut self, at: &At<'_>) -> Option<Case> {
        let Some(request) = self.request.take() else {
            at.error("the case has no request");
            return None;
        };
        let request = request.finish(self.open, &at.key("request"))?;
        self.check_fit(&request, at);
        let split = |levels: &mut Vec<Level>| -> (Vec<Option<String>>, Vec<Vec<Arc<Document>>>) {
            levels
                .drain(..)
                .map(|level| (level.org, level.policies))
                .unzip()
        };
        let (scp_levels, scps) = split(&mut self.scps);
        let (rcp_levels, rcps) = split(&mut self.rcps);
        let settings = self.settings;
        Some(Case {
            id: self.id.clone(),
            request,
            policies: Policies {
                identity: std::mem::take(&mut self.identity),
                resource: self.resource.take(),
                boundaries: std::mem::take(&mut self.boundaries),
                session: self.session.take(),
                scps,
                rcps,
                endpoints: std::mem::take(&mut self.endpoints),
                grants: std::mem::take(&mut self.grants),
                settings: Settings {
                    block_public_access: settings.block_public_access,
                    management_account: settings.management_account,
                    resource_in_management_account: settings.resource_in_management_account,
                    service_linked_role: settings.service_linked_role,
                },
            },
            scp_levels,
            rcp_levels,
        })
    }

    fn check_fit(&self, request: &Request, at: &At<'_>) {
        let all = |documents: &[Arc<Document>], given: As, at: &At<'_>| {
            for (index, document) in documents.iter().enumerate() {
                fits::check(document, given, &at.index(index));
            }
        };
        all(&self.identity, As::Identity, &at.key("identityPolicies"));
        all(&self.boundaries, As::Identity, &at.key("boundaries"));
        for document in self.session.iter().flatten() {
            fits::check(document, As::Session, &at.key("sessionPolicy"));
        }
        all(&self.endpoints, As::Resource, &at.key("endpointPolicies"));
        for (levels, key, given) in [
            (&self.scps, "scps", As::Identity),
            (&self.rcps, "rcps", As::Rcp),
        ] {
            for (index, level) in levels.iter().enumerate() {
                let at = at.key(key);
                let at = at.index(index);
                all(&level.policies, given, &at.key("policies"));
            }
        }
        if let Some(document) = &self.resource {
            let is_role = request
                .resource_halves()
                .is_some_and(|(_, name)| name.starts_with("role/"));
            let given = match request.service() {
                "sts" if is_role => As::Trust,
                "s3" | "kms" => As::Resource,
                _ => As::ResourceAlone,
            };
            fits::check(document, given, &at.key("resourcePolicy"));
        }
    }
}

/// The members of a case.
const MEMBERS: [&str; 12] = [
    "id",
    "request",
    "identityPolicies",
    "resourcePolicy",
    "boundaries",
    "sessionPolicy",
    "scps",
    "rcps",
    "endpointPolicies",
    "grants",
    "settings",
    "openContext",
];

struct CaseSeed<'a, 'b> {
    at: At<'a>,
    raw: &'b mut Raw,
}

impl<'de> DeserializeSeed<'de> for CaseSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for CaseSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a case, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { at, raw } = self;
        let mut seen: Vec<&'static str> = Vec::with_capacity(MEMBERS.len());
        let known = |name: &str| MEMBERS.into_iter().find(|member| *member == name);
        while let Some(name) = map.next_key_seed(crate::policy::read::Name(known))? {
            let member = name.map_err(|name| {
                A::Error::custom(format!(
                    "\"{name}\" is no member of a case; known are {}",
                    MEMBERS.join(", ")
                ))
            })?;
            raw.reading = Some(member);
            if seen.contains(&member) {
                return Err(A::Error::custom(format!("\"{member}\" is written twice")));
            }
            seen.push(member);
            let at = at.key(member);
            match member {
                "id" => raw.id = map.next_value()?,
                "request" => raw.request = Some(map.next_value()?),
                "identityPolicies" => raw.identity = map.next_value_seed(Documents { at })?,
                "resourcePolicy" => raw.resource = map.next_value_seed(OneDocument { at })?,
                "boundaries" => raw.boundaries = map.next_value_seed(Documents { at })?,
                "sessionPolicy" => {
                    raw.session = map
                        .next_value_seed(OneDocument { at })?
                        .map(|one| vec![one]);
                }
                "scps" => raw.scps = map.next_value_seed(Levels { at })?,
                "rcps" => raw.rcps = map.next_value_seed(Levels { at })?,
                "endpointPolicies" => raw.endpoints = map.next_value_seed(Documents { at })?,
                "grants" => raw.grants = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "settings" => raw.settings = map.next_value::<Option<_>>()?.unwrap_or_default(),
                _ => raw.open = map.next_value::<Option<_>>()?.unwrap_or_default(),
            }
            raw.reading = None;
        }
        Ok(())
    }
}

/// A document, or null for none.
struct OneDocument<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for OneDocument<'_> {
    type Value = Option<Arc<Document>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OneDocument<'_> {
    type Value = Option<Arc<Document>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a policy document")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let document = DocumentSeed { at: self.at }.deserialize(deserializer)?;
        Ok(document.map(Arc::new))
    }
}

/// A list of documents, or null for none.
struct Documents<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Documents<'_> {
    type Value = Vec<Arc<Document>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Documents<'_> {
    type Value = Vec<Arc<Document>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of policy documents")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut documents = Vec::new();
        let mut index = 0_usize;
        while let Some(document) = items.next_element_seed(DocumentSeed {
            at: self.at.index(index),
        })? {
            documents.extend(document.map(Arc::new));
            index = index.saturating_add(1);
        }
        Ok(documents)
    }
}

/// The levels of an organization, or null for none.
struct Levels<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Levels<'_> {
    type Value = Vec<Level>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Levels<'_> {
    type Value = Vec<Level>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of levels such as {\"org\": \"root\", \"policies\": []}")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut levels = Vec::new();
        while let Some(level) = items.next_element_seed(OneLevel {
            at: self.at.index(levels.len()),
        })? {
            levels.push(level);
        }
        Ok(levels)
    }
}

struct OneLevel<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for OneLevel<'_> {
    type Value = Level;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Level, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneLevel<'_> {
    type Value = Level;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a level such as {\"org\": \"root\", \"policies\": []}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Level, A::Error> {
        let mut level = Level::default();
        let mut policies = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "org" => level.org = map.next_value()?,
                "policies" => {
                    policies = Some(map.next_value_seed(Documents {
                        at: self.at.key("policies"),
                    })?);
                }
                _ => {
                    return Err(A::Error::custom(format!(
                        "\"{key}\" is no member of a level; known are org and policies"
                    )));
                }
            }
        }
        level.policies = policies
            .ok_or_else(|| A::Error::custom("a level has no policies; write \"policies\": []"))?;
        Ok(level)
    }
}
