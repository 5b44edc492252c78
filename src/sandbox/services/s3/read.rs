//! Reading XML: as much as S3's requests need.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::Event;

use super::fault::{S3Fault, malformed};

/// How deep elements may nest.
const DEPTH: usize = 32;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name without prefix.
    pub name: String,
    /// Its text, of all its pieces.
    pub text: String,
    /// The elements inside.
    pub inside: Vec<Element>,
}

impl Element {
    /// The first element of a name inside.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.inside.iter().find(|e| e.name == name)
    }

    /// Every element of a name inside.
    pub fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.inside.iter().filter(move |e| e.name == name)
    }

    /// The text of the first element of a name inside, trimmed.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|e| e.text.trim())
    }
}

/// Reads a document whose root has a name. Document type declarations are refused.
pub fn document(body: &[u8], root: &str) -> Result<Element, S3Fault> {
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut whole: Option<Element> = None;
    loop {
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(start) => {
                if open.len() >= DEPTH || whole.is_some() {
                    return Err(malformed());
                }
                open.push(Element {
                    name: start.local_name().as_ref().to_owned(),
                    ..Element::default()
                });
            }
            Event::Empty(start) => {
                let element = Element {
                    name: start.local_name().as_ref().to_owned(),
                    ..Element::default()
                };
                match open.last_mut() {
                    Some(parent) => parent.inside.push(element),
                    None if whole.is_none() => whole = Some(element),
                    None => return Err(malformed()),
                }
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(malformed)?;
                match open.last_mut() {
                    Some(parent) => parent.inside.push(element),
                    None => whole = Some(element),
                }
            }
            Event::Text(piece) => {
                let piece = piece.xml_content(XmlVersion::Implicit1_0);
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&piece);
                } else if !piece.trim().is_empty() {
                    return Err(malformed());
                }
            }
            Event::CData(piece) => {
                if let Some(element) = open.last_mut() {
                    element
                        .text
                        .push_str(&piece.xml_content(XmlVersion::Implicit1_0));
                }
            }
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().map_err(|_| malformed())? {
                    Some(character) => character,
                    None => match reference.as_ref() {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return Err(malformed()),
                    },
                };
                if let Some(element) = open.last_mut() {
                    element.text.push(character);
                }
            }
            Event::DocType(_) => return Err(malformed()),
            Event::Eof => break,
            _ => {}
        }
    }
    if !open.is_empty() {
        return Err(malformed());
    }
    whole.filter(|e| e.name == root).ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_what_is_none() {
        let xml = br#"<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a&amp;b &#x41;<![CDATA[<]]></Key></Object><Quiet/></Delete>"#;
        let read = document(xml, "Delete").unwrap();
        assert_eq!(read.child("Object").unwrap().value("Key"), Some("a&b A<"));
        assert!(read.child("Quiet").is_some());
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        for wrong in [
            "",
            "<Delete>",
            "<Other/>",
            "text",
            "<Delete/><Delete/>",
            "<Delete>&foo;</Delete>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><Delete/>",
            &deep,
        ] {
            assert!(document(wrong.as_bytes(), "Delete").is_err(), "{wrong}");
        }
    }
}
