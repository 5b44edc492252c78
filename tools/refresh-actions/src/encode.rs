//! The file that goes into the binary. `container.rs` and `model.rs` of crosspipe describe it.

use std::fmt::Write as _;

use flate2::{Compress, Compression, FlushCompress, Status};

use crate::Result;
use crate::container::MAGIC;
use crate::package::{Package, Service};

pub fn file(package: &Package) -> Result<Vec<u8>> {
    let mut index = String::new();
    let mut blocks = Vec::new();
    for service in &package.services {
        let text = block(service)?;
        let block = deflate(text.as_bytes())?;
        let Service {
            prefix, name, rcp, ..
        } = service;
        plain(&[prefix, name])?;
        let rcp = if *rcp { "r" } else { "" };
        writeln!(
            index,
            "{prefix}\t{name}\t{}\t{}\t{rcp}",
            block.len(),
            text.len()
        )?;
        blocks.extend(block);
    }
    let deflated = deflate(index.as_bytes())?;
    plain(&[&package.version])?;
    let head = format!(
        "{MAGIC}\t{}\t{}\t{}\n",
        package.version,
        deflated.len(),
        index.len()
    );
    Ok([head.into_bytes(), deflated, blocks].concat())
}

/// The services that RCPs reach, as Rust.
pub fn rcp_services(package: &Package) -> String {
    let mut text = format!(
        "// Written by tools/refresh-actions from version {}.\nconst RCP_SERVICES: &[&str] = &[\n",
        package.version
    );
    for service in package.services.iter().filter(|it| it.rcp) {
        text += &format!("    \"{}\",\n", service.prefix);
    }
    text + "];\n"
}

fn block(service: &Service) -> Result<String> {
    let names: Vec<&String> = service.keys.keys().collect();
    let mut text = String::new();
    for (name, kind) in service.keys.values() {
        plain(&[name])?;
        let own = name
            .strip_prefix(&service.prefix)
            .filter(|rest| rest.starts_with(':'));
        writeln!(text, "{}{}", type_letter(kind)?, own.unwrap_or(name))?;
    }
    let mut sets: Vec<Vec<usize>> = Vec::new();
    let mut set = |keys: &[String]| -> Result<String> {
        let mut indices = Vec::new();
        for key in keys {
            let at = names.binary_search(&&key.to_ascii_lowercase());
            indices.push(at.map_err(|_| format!("{}: {key} is no condition key", service.prefix))?);
        }
        indices.sort_unstable();
        indices.dedup();
        if indices.is_empty() {
            return Ok(String::new());
        }
        let known = sets.iter().position(|it| *it == indices);
        let index = known.unwrap_or(sets.len());
        if known.is_none() {
            sets.push(indices);
        }
        Ok(index.to_string())
    };
    let mut types = String::new();
    for it in service.types.values() {
        plain(&[&it.name, &it.arn])?;
        let arns: Vec<&str> = it
            .arn
            .split(", ")
            .map(|arn| arn.strip_prefix("arn:${Partition}:").unwrap_or(arn))
            .collect();
        writeln!(
            types,
            "{}\t{}\t{}",
            it.name,
            arns.join(", "),
            set(&it.keys)?
        )?;
    }
    let type_names: Vec<&String> = service.types.keys().collect();
    let mut actions = String::new();
    for action in service.actions.values() {
        let mut taken = Vec::new();
        for it in &action.types {
            let at = type_names.binary_search(&&it.name.to_ascii_lowercase());
            let at =
                at.map_err(|_| format!("{}: {} is no resource type", service.prefix, it.name))?;
            let mut text = at.to_string();
            if it.required {
                text.push('!');
            }
            let keys = set(&it.keys)?;
            if !keys.is_empty() {
                write!(text, ":{keys}")?;
            }
            if !it.dependent.is_empty() {
                write!(text, "+{}", it.dependent.join(","))?;
            }
            taken.push(text);
        }
        let dependent = action.dependent.join(",");
        plain(&[&action.name, &dependent])?;
        writeln!(
            actions,
            "{}\t{}{}\t{}\t{dependent}",
            action.name,
            level_letter(&action.level)?,
            set(&action.keys)?,
            taken.join(" "),
        )?;
    }
    let sets: Vec<String> = sets.iter().map(|set| ranges(set) + "\n").collect();
    Ok(format!("{text}\n{}\n{types}\n{actions}", sets.concat()))
}

/// Nothing may hold what separates.
fn plain(texts: &[&str]) -> Result<()> {
    match texts.iter().find(|text| text.contains(['\t', '\n', '\r'])) {
        Some(text) => Err(format!("{text:?} has a tab or a line break").into()),
        None => Ok(()),
    }
}

fn ranges(set: &[usize]) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for index in set {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => parts.push((*index, *index)),
        }
    }
    let parts: Vec<String> = parts
        .iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    parts.join(" ")
}

/// A capital letter for a key that carries several values.
pub fn type_letter(kind: &str) -> Result<char> {
    let (kind, several) = match kind.strip_prefix("ArrayOf") {
        Some(kind) => (kind, true),
        None => (kind, false),
    };
    let letter = match kind {
        "String" => 's',
        "ARN" => 'a',
        "Bool" => 'b',
        "Numeric" => 'n',
        "Date" => 'd',
        "IPAddress" => 'i',
        "Binary" => 'y',
        _ => {
            return Err(
                format!("\"{kind}\" is no type of a condition key that is known here").into(),
            );
        }
    };
    Ok(if several {
        letter.to_ascii_uppercase()
    } else {
        letter
    })
}

pub fn level_letter(level: &str) -> Result<char> {
    Ok(match level {
        "List" => 'L',
        "Read" => 'R',
        "Write" => 'W',
        "Tagging" | "Tagging, Write" => 'T',
        "Permissions management" | "Permissions management, Write" => 'P',
        _ => return Err(format!("\"{level}\" is no access level that is known here").into()),
    })
}

fn deflate(content: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(content.len() + 64);
    let status = Compress::new(Compression::best(), false).compress_vec(
        content,
        &mut out,
        FlushCompress::Finish,
    )?;
    if status != Status::StreamEnd {
        return Err("a block did not fit".into());
    }
    Ok(out)
}
