//! The set of templates: the built-in ones, with those of a team's folder over them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason,
    TemplateErrorReason,
};
use serde::Serialize;
use serde_json::Value;

use super::embedded;
use super::error::RenderError;

/// Every template, parsed.
#[derive(Debug)]
pub struct Templates {
    registry: Handlebars<'static>,
    replaced: BTreeMap<String, bool>,
}

impl Templates {
    /// The built-in templates.
    ///
    /// # Errors
    /// None that a released crosspipe can have: a test parses them all.
    pub fn embedded() -> Result<Self, RenderError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(json_escape);
        registry.register_helper("json", Box::new(json_helper));
        registry.register_helper("shell", Box::new(shell_helper));
        let mut templates = Self {
            registry,
            replaced: BTreeMap::new(),
        };
        for (name, text) in embedded::TEMPLATES {
            templates.add(name, text, false)?;
        }
        Ok(templates)
    }

    /// The built-in templates, each replaced by the file of the same relative name in the folder,
    /// if there is one. Pages (`README.md`) and files whose name starts with a dot are passed over.
    ///
    /// # Errors
    /// A folder or file that cannot be read, a file that replaces nothing, a template that cannot
    /// be parsed.
    pub fn with_folder(folder: &Path) -> Result<Self, RenderError> {
        let mut templates = Self::embedded()?;
        let mut files = Vec::new();
        walk(folder, "", &mut files)?;
        for name in files {
            let path = folder.join(&name);
            if !templates.registry.has_template(&name) {
                return Err(RenderError::UnknownFile {
                    path,
                    nearest: nearest(&name),
                });
            }
            let text =
                fs::read_to_string(&path).map_err(|source| RenderError::Read { path, source })?;
            templates.add(&name, &text, true)?;
        }
        Ok(templates)
    }

    /// The templates that a blueprint asks for: its folder, where it names one (relative to `base`,
    /// the folder of `crosspipe.toml`), or else the built-in ones.
    ///
    /// # Errors
    /// As [`Templates::with_folder`].
    pub fn for_blueprint(
        blueprint: &crate::blueprint::Blueprint,
        base: &Path,
    ) -> Result<Self, RenderError> {
        match &blueprint.templates {
            Some(folder) => Self::with_folder(&base.join(folder)),
            None => Self::embedded(),
        }
    }

    /// Name of every template, and whether a file of the team's folder replaces it.
    pub fn names(&self) -> impl Iterator<Item = (&str, bool)> {
        self.replaced
            .iter()
            .map(|(name, replaced)| (name.as_str(), *replaced))
    }

    /// The built-in templates as they are, and the pages that explain them: relative path and text.
    pub fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
        embedded::TEMPLATES.iter().chain(embedded::PAGES).copied()
    }

    fn add(&mut self, name: &str, text: &str, replaced: bool) -> Result<(), RenderError> {
        self.registry
            .register_template_string(name, text)
            .map_err(|error| {
                let (line, column) = error.pos().unwrap_or_default();
                RenderError::Template {
                    template: name.to_owned(),
                    line,
                    column,
                    why: match error.reason() {
                        // The parser's own sentence is the list of everything it knows.
                        TemplateErrorReason::InvalidSyntax(_) => {
                            "handlebars cannot read on from here; is every {{#...}} closed by its {{/...}}?"
                                .to_owned()
                        }
                        other => other.to_string(),
                    },
                }
            })?;
        self.replaced.insert(name.to_owned(), replaced);
        Ok(())
    }

    /// The text of a template, filled in.
    pub(super) fn text<T: Serialize>(
        &self,
        name: &str,
        context: &T,
    ) -> Result<String, RenderError> {
        self.registry.render(name, context).map_err(|error| {
            let why = match error.reason() {
                RenderErrorReason::MissingVariable(Some(path)) => format!(
                    "'{path}' is not known here; templates/README.md lists what a template can mention"
                ),
                RenderErrorReason::HelperNotFound(helper) => {
                    format!("there is no helper '{helper}'; known are 'json' and 'shell'")
                }
                other => other.to_string(),
            };
            RenderError::Template {
                template: error.template_name.clone().unwrap_or_else(|| name.to_owned()),
                line: error.line_no.unwrap_or_default(),
                column: error.column_no.unwrap_or_default(),
                why,
            }
        })
    }

    /// A JSON document from its template.
    pub(super) fn json<T: Serialize>(&self, name: &str, context: &T) -> Result<Value, RenderError> {
        let text = self.text(name, context)?;
        serde_json::from_str(&text)
            .map_err(|error| malformed(name, "JSON", &text, error.line(), &error.to_string()))
    }

    /// A YAML document from its template: checked to be YAML, and given back as text, because its
    /// comments are meant for its readers.
    pub(super) fn yaml<T: Serialize>(
        &self,
        name: &str,
        context: &T,
    ) -> Result<String, RenderError> {
        let text = self.text(name, context)?;
        match serde_yaml_ng::from_str::<serde_yaml_ng::Value>(&text) {
            Ok(_) => Ok(text),
            Err(error) => {
                let line = error.location().map_or(1, |place| place.line());
                Err(malformed(name, "YAML", &text, line, &error.to_string()))
            }
        }
    }
}

fn malformed(
    template: &str,
    format: &'static str,
    text: &str,
    line: usize,
    why: &str,
) -> RenderError {
    // The parsers end their sentences with the place, which is said apart.
    let why = why.split(" at line ").next().unwrap_or(why);
    RenderError::Malformed {
        template: template.to_owned(),
        format,
        line,
        text: text
            .lines()
            .nth(line.saturating_sub(1))
            .unwrap_or_default()
            .trim()
            .to_owned(),
        why: why.to_owned(),
    }
}

/// Relative names (with `/`) of all files under a folder, in order.
fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<(), RenderError> {
    let place = folder.join(prefix);
    let failed = |source| RenderError::Read {
        path: place.clone(),
        source,
    };
    let mut entries = fs::read_dir(&place)
        .map_err(failed)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "README.md" {
            continue;
        }
        let relative = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}/{name}")
        };
        if entry.path().is_dir() {
            walk(folder, &relative, files)?;
        } else {
            files.push(relative);
        }
    }
    Ok(())
}

/// The known name that is nearest to one that is not known.
fn nearest(name: &str) -> Option<String> {
    let file = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    embedded::TEMPLATES
        .iter()
        .map(|(known, _)| {
            let whole = distance(name, known);
            // A file in the wrong folder is nearer than one of another name in the right folder.
            (whole.min(distance(&file(name), &file(known)) + 1), *known)
        })
        .filter(|(steps, _)| *steps <= 8)
        .min()
        .map(|(_, known)| known.to_owned())
}

/// How many letters must be added, dropped or changed to make one text the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let at =
                |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let change = at(&row, j) + usize::from(l != *r);
            next.push(change.min(at(&row, j + 1) + 1).min(at(&next, j) + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// The inside of a JSON string.
fn json_escape(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(&quoted)
        .to_owned()
}

/// `{{json value}}`: any value as JSON, lists and objects too.
fn json_helper(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper
        .param(0)
        .filter(|param| !param.is_value_missing())
        .ok_or(RenderErrorReason::ParamNotFoundForIndex("json", 0))?;
    out.write(&value.value().to_string())?;
    Ok(())
}

/// `{{shell text}}`: a text as one word of a POSIX shell, in single quotes.
fn shell_helper(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let text = helper
        .param(0)
        .and_then(|param| param.value().as_str())
        .ok_or(RenderErrorReason::ParamNotFoundForIndex("shell", 0))?;
    out.write(&format!("'{}'", text.replace('\'', r"'\''")))?;
    Ok(())
}

#[cfg(test)]
mod tests;
