//! Reads back what was written, with crosspipe's own lines, and compares it with the package.

use crate::encode::{level_letter, type_letter};
use crate::model::{ConditionKey, Service, ValueType};
use crate::package::{Package, Service as Source};
use crate::{Result, container};

pub fn verify(package: &Package, file: &[u8]) -> Result<()> {
    let index = container::open(file).ok_or("the file cannot be read back")?;
    if index.version != package.version || index.services.len() != package.services.len() {
        return Err("the index is not what was written".into());
    }
    for (listing, source) in index.services.into_iter().zip(&package.services) {
        let wrong = |what: &str| format!("{}: {what} is not what was written", source.prefix);
        let head = (&listing.prefix, &listing.name, listing.rcp);
        if head != (&source.prefix, &source.name, source.rcp) {
            return Err(wrong("the index").into());
        }
        let text =
            container::inflate(listing.block, listing.raw).ok_or_else(|| wrong("a block"))?;
        let service = Service::read(listing.prefix.leak(), listing.name.leak(), text.leak())
            .ok_or_else(|| wrong("a block"))?;
        compare(Box::leak(Box::new(service)), source).map_err(|what| wrong(&what))?;
    }
    Ok(())
}

fn compare(service: &'static Service, source: &Source) -> std::result::Result<(), String> {
    let keys = service.condition_keys();
    let same = keys.len() == source.keys.len()
        && keys
            .iter()
            .zip(source.keys.values())
            .all(|(key, (name, kind))| {
                key.name == *name && type_letter(kind).is_ok_and(|it| it == letter(key))
            });
    if !same {
        return Err("a condition key".to_owned());
    }
    let types = service.resource_types();
    let same = types.len() == source.types.len()
        && types
            .iter()
            .zip(source.types.values())
            .all(|(it, source)| it.name == source.name && it.arns.join(", ") == source.arn);
    if !same {
        return Err("a resource type".to_owned());
    }
    if service.actions().count() != source.actions.len() {
        return Err("the number of actions".to_owned());
    }
    for (action, wanted) in service.actions().zip(source.actions.values()) {
        let level =
            level_letter(&wanted.level).is_ok_and(|it| action.level().as_str().starts_with(it));
        let taken: Vec<_> = action.resource_types().collect();
        let types = taken.len() == wanted.types.len()
            && taken.iter().zip(&wanted.types).all(|(it, wanted)| {
                let own = source.types.get(&wanted.name.to_ascii_lowercase());
                let all: Vec<String> = own
                    .into_iter()
                    .flat_map(|own| &own.keys)
                    .chain(&wanted.keys)
                    .cloned()
                    .collect();
                it.required() == wanted.required
                    && it.resource.name.eq_ignore_ascii_case(&wanted.name)
                    && it.dependent_actions() == wanted.dependent.as_slice()
                    && same_keys(it.condition_keys(), &all)
            });
        let same = action.name() == format!("{}:{}", source.prefix, wanted.name)
            && level
            && types
            && action.dependent_actions() == wanted.dependent.as_slice()
            && same_keys(action.condition_keys(), &wanted.keys)
            && service.action(&wanted.name.to_ascii_uppercase()) == Some(action);
        if !same {
            return Err(wanted.name.clone());
        }
    }
    Ok(())
}

fn same_keys(found: impl Iterator<Item = &'static ConditionKey>, wanted: &[String]) -> bool {
    let lower = |text: &str| text.to_ascii_lowercase();
    let mut found: Vec<String> = found.map(|key| lower(&key.name)).collect();
    let mut wanted: Vec<String> = wanted.iter().map(|key| lower(key)).collect();
    for list in [&mut found, &mut wanted] {
        list.sort();
        list.dedup();
    }
    found == wanted
}

fn letter(key: &ConditionKey) -> char {
    let letter = match key.value {
        ValueType::String => 's',
        ValueType::Arn => 'a',
        ValueType::Bool => 'b',
        ValueType::Numeric => 'n',
        ValueType::Date => 'd',
        ValueType::IpAddress => 'i',
        ValueType::Binary => 'y',
    };
    if key.multiple {
        letter.to_ascii_uppercase()
    } else {
        letter
    }
}
