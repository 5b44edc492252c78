//! The strict reading of a document, from its text or from a JSON value, in one pass.
//!
//! Every problem that is met is noted with its place and reading goes on, so that all of them are told at
//! once. Nothing is built twice: the documents are read straight into what is matched.

mod condition;
mod list;
mod principal;
mod statement;
mod visit;

use std::cell::RefCell;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::document::{Document, Version};
use super::problem::{Place, Problem};
use statement::{Raw, StatementSeed};
pub(super) use visit::{At, Name};
use visit::{Kind, refuse};

/// Reads a document. `null`, which stands for 'no policy', is a document without statements.
///
/// Whatever the policy language leaves open is read as AWS does (a string or a list, one statement
/// or a list). Whatever it does not know is an error and never 'matches all': an unknown element, an
/// empty list, another type, an unknown operator. `"Condition": {}` is read as no condition.
///
/// # Errors
/// Every problem that was found, not only the first.
pub fn parse(value: &Value) -> Result<Document, Vec<Problem>> {
    if value.is_null() {
        return Ok(Document::default());
    }
    let problems = RefCell::new(Vec::new());
    let document = DocumentSeed {
        at: At::root(&problems),
    }
    .deserialize(value);
    finish(document, problems)
}

/// Reads a document from its JSON text. An element that is written twice is an error too: AWS refuses it,
/// and a JSON reader would keep one of the two and not say which.
///
/// Source: IAM User Guide, "Grammar of the IAM JSON policy language".
///
/// # Errors
/// Every problem that was found; where the text is not JSON, that.
pub fn parse_text(text: &str) -> Result<Document, Vec<Problem>> {
    let problems = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let document = DocumentSeed {
        at: At::root(&problems),
    }
    .deserialize(&mut reader)
    .and_then(|document| reader.end().map(|()| document));
    finish(document, problems)
}

fn finish(
    document: Result<Option<Document>, serde_json::Error>,
    problems: RefCell<Vec<Problem>>,
) -> Result<Document, Vec<Problem>> {
    let mut problems = problems.into_inner();
    match document {
        Ok(Some(document)) if problems.is_empty() => Ok(document),
        Ok(_) => Err(problems),
        Err(error) => {
            problems.push(Place::root().error(format!("the text is not JSON: {error}")));
            Err(problems)
        }
    }
}

/// Reads a document as a part of something larger; the problems go to whom the place belongs to. `None`
/// where it could not be made out.
pub(super) struct DocumentSeed<'a> {
    pub(super) at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for DocumentSeed<'_> {
    type Value = Option<Document>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DocumentSeed<'_> {
    type Value = Option<Document>;

    refuse!("a policy document, which is a JSON object"; null, boolean, number, text, list);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut document = Document::default();
        let mut statements = Vec::new();
        let mut seen = 0_u8;
        while let Some(element) = map.next_key_seed(visit::Name(element))? {
            let element = match element {
                Ok(element) => element,
                Err(name) => {
                    self.at.key(&name).error(format!(
                        "\"{name}\" is no element of a policy document; known are Version, Id and Statement"
                    ));
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let at = self.at.key(element.name());
            let bit = 1 << element as u8;
            if seen & bit != 0 {
                at.error(format!("\"{}\" is written twice", element.name()));
            }
            seen |= bit;
            match element {
                Element::Version => {
                    let text = map.next_value_seed(list::Text { at })?;
                    document.version = text.as_deref().and_then(Version::parse);
                    if let (Some(text), None) = (text, document.version) {
                        at.error(format!(
                            "\"{text}\" is no version of the policy language; write \"2012-10-17\""
                        ));
                    }
                }
                Element::Id => {
                    document.id = map.next_value_seed(list::Text { at })?;
                }
                Element::Statement => statements = map.next_value_seed(Statements { at })?,
            }
        }
        if seen & (1 << Element::Statement as u8) == 0 {
            self.at.error("the document has no Statement");
        }
        let variables = document.knows_variables();
        document.statements = statements
            .into_iter()
            .filter_map(|raw| raw.finish(variables))
            .collect();
        Ok(Some(document))
    }
}

/// An element of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Version,
    Id,
    Statement,
}

impl Element {
    fn name(self) -> &'static str {
        match self {
            Self::Version => "Version",
            Self::Id => "Id",
            Self::Statement => "Statement",
        }
    }
}

fn element(name: &str) -> Option<Element> {
    match name {
        "Version" => Some(Element::Version),
        "Id" => Some(Element::Id),
        "Statement" => Some(Element::Statement),
        _ => None,
    }
}

/// A statement or a list of them.
struct Statements<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Statements<'_> {
    type Value = Vec<Raw>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Statements<'_> {
    type Value = Vec<Raw>;

    refuse!("a statement or a list of statements"; null, boolean, number, text);

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut statements = Vec::new();
        let mut index = 0_usize;
        while let Some(raw) = items.next_element_seed(StatementSeed {
            at: self.at.index(index),
            index,
        })? {
            statements.extend(raw);
            index = index.saturating_add(1);
        }
        if index == 0 {
            self.at.error("the list of statements is empty");
        }
        Ok(statements)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let seed = StatementSeed {
            at: self.at,
            index: 0,
        };
        Ok(seed.visit_map(map)?.into_iter().collect())
    }
}
