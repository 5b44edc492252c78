//! `Principal` and `NotPrincipal`.

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use super::list::Texts;
use super::visit::{At, Kind, Name, refuse};
use crate::policy::document::PrincipalEntry;

pub(super) struct Principals<'a> {
    pub(super) at: At<'a>,
}

/// The kinds of principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Aws,
    Service,
    Federated,
    CanonicalUser,
}

const KINDS: [(&str, Of); 4] = [
    ("AWS", Of::Aws),
    ("Service", Of::Service),
    ("Federated", Of::Federated),
    ("CanonicalUser", Of::CanonicalUser),
];

fn kind(name: &str) -> Option<(&'static str, Of)> {
    KINDS.into_iter().find(|(known, _)| *known == name)
}

impl<'de> DeserializeSeed<'de> for Principals<'_> {
    type Value = Vec<PrincipalEntry>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Principals<'_> {
    type Value = Vec<PrincipalEntry>;

    refuse!("\"*\" or an object"; null, boolean, number, list);

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text == "*" {
            return Ok(vec![PrincipalEntry::Everyone]);
        }
        self.at.error(format!(
            "a principal is \"*\" or an object such as {{\"AWS\": \"{text}\"}}"
        ));
        Ok(Vec::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        let mut seen = 0_u8;
        let mut is_empty = true;
        while let Some(name) = map.next_key_seed(Name(kind))? {
            is_empty = false;
            let (name, of) = match name {
                Ok(known) => known,
                Err(name) => {
                    self.at.key(&name).error(format!(
                        "\"{name}\" is no kind of principal; known are AWS, Service, Federated and CanonicalUser"
                    ));
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let at = self.at.key(name);
            let bit = 1 << of as u8;
            if seen & bit != 0 {
                at.error(format!("\"{name}\" is written twice"));
            }
            seen |= bit;
            let wrap = match of {
                Of::Aws => PrincipalEntry::aws,
                Of::Service => PrincipalEntry::Service,
                Of::Federated => PrincipalEntry::Federated,
                Of::CanonicalUser => PrincipalEntry::CanonicalUser,
            };
            entries.extend(map.next_value_seed(Texts { at })?.into_iter().map(wrap));
        }
        if is_empty {
            self.at.error("the principal is empty");
        }
        Ok(entries)
    }
}
