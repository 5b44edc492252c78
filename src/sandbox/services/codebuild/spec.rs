//! A buildspec, as far as a build without commands needs it.
//!
//! Source: AWS CodeBuild User Guide, "Build specification reference".

use std::collections::BTreeMap;

use serde_yaml_ng::Value;

use crate::sandbox::archive::Files;

/// The phases that hold commands, as buildspecs and as builds call them.
pub const PHASES: [(&str, &str); 4] = [
    ("install", "INSTALL"),
    ("pre_build", "PRE_BUILD"),
    ("build", "BUILD"),
    ("post_build", "POST_BUILD"),
];

/// A buildspec.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Spec {
    /// `env.variables`.
    pub variables: BTreeMap<String, String>,
    /// `env.exported-variables`.
    pub exported: Vec<String>,
    /// The commands of each phase, by the build's name for it.
    pub commands: BTreeMap<&'static str, Vec<String>>,
    /// The phases after whose failure the build stops at once.
    pub abort: Vec<&'static str>,
    /// The primary artifact.
    pub artifacts: Option<Artifacts>,
    /// The secondary ones, by their identifiers.
    pub secondary: BTreeMap<String, Artifacts>,
    /// Whether it names paths for the cache.
    pub caches: bool,
}

/// What goes into an artifact.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Artifacts {
    /// Paths and patterns.
    pub files: Vec<String>,
    /// Patterns of what stays out.
    pub exclude: Vec<String>,
    /// Where the paths begin.
    pub base: Option<String>,
    /// Whether folders are left out of the names.
    pub flat: bool,
}

impl Spec {
    /// Reads a buildspec whose form has been checked. What is missing is empty.
    pub fn read(text: &str) -> Self {
        let document: Value = serde_yaml_ng::from_str(text).unwrap_or(Value::Null);
        let mut spec = Self::default();
        let env = document.get("env");
        let variables = env.and_then(|env| env.get("variables"));
        for (name, value) in variables.and_then(Value::as_mapping).into_iter().flatten() {
            if let (Some(name), Some(value)) = (name.as_str(), scalar(value)) {
                spec.variables.insert(name.to_owned(), value);
            }
        }
        spec.exported = texts(env.and_then(|env| env.get("exported-variables")));
        for (name, phase) in PHASES {
            let found = document.get("phases").and_then(|phases| phases.get(name));
            let mut commands = texts(found.and_then(|it| it.get("commands")));
            commands.extend(texts(found.and_then(|it| it.get("finally"))));
            spec.commands.insert(phase, commands);
            let on_failure = found.and_then(|it| it.get("on-failure"));
            if on_failure.and_then(Value::as_str) == Some("ABORT") {
                spec.abort.push(phase);
            }
        }
        let cache = document.get("cache").and_then(|it| it.get("paths"));
        spec.caches = !texts(cache).is_empty();
        let artifacts = document.get("artifacts");
        spec.artifacts = artifacts.map(Artifacts::read);
        let secondary = artifacts.and_then(|it| it.get("secondary-artifacts"));
        for (name, value) in secondary.and_then(Value::as_mapping).into_iter().flatten() {
            if let Some(name) = name.as_str() {
                spec.secondary
                    .insert(name.to_owned(), Artifacts::read(value));
            }
        }
        spec
    }

    /// All commands in the order of the phases.
    pub fn all_commands(&self) -> impl Iterator<Item = (&'static str, &str)> {
        PHASES.iter().flat_map(|(_, phase)| {
            let commands = self.commands.get(phase).into_iter().flatten();
            commands.map(|command| (*phase, command.as_str()))
        })
    }
}

impl Artifacts {
    fn read(value: &Value) -> Self {
        let text = |name: &str| value.get(name).and_then(scalar);
        Self {
            files: texts(value.get("files")),
            exclude: texts(value.get("exclude-paths")),
            base: text("base-directory"),
            flat: text("discard-paths").as_deref() == Some("yes")
                || text("discard-paths").as_deref() == Some("true"),
        }
    }

    /// The files that the artifact takes from the build's directory.
    ///
    /// # Errors
    /// The sentence for a folder or pattern that matches nothing.
    pub fn select(&self, tree: &Files) -> Result<Files, String> {
        let base = match &self.base {
            None => String::new(),
            Some(given) => {
                let given = given.trim_start_matches("./").trim_end_matches('/');
                let folder = format!("{given}/");
                if given != "." && !given.is_empty() {
                    if !tree.keys().any(|path| path.starts_with(&folder)) {
                        return Err(format!("no matching base directory path found for {given}"));
                    }
                    folder
                } else {
                    String::new()
                }
            }
        };
        let mut chosen = Files::new();
        for pattern in &self.files {
            let pattern = pattern.trim_start_matches("./");
            let mut any = false;
            for (path, file) in tree {
                let Some(name) = path.strip_prefix(&base) else {
                    continue;
                };
                if !matches(pattern, name) {
                    continue;
                }
                any = true;
                if self
                    .exclude
                    .iter()
                    .any(|it| matches(it.trim_start_matches("./"), name))
                {
                    continue;
                }
                let kept = match self.flat {
                    true => name.rsplit('/').next().unwrap_or(name),
                    false => name,
                };
                chosen.insert(kept.to_owned(), file.clone());
            }
            if !any {
                return Err(format!("no matching artifact paths found for {pattern}"));
            }
        }
        if chosen.is_empty() {
            return Err("no matching artifact paths found".to_owned());
        }
        Ok(chosen)
    }
}

/// Whether a pattern matches a path: `*` within a folder, `**` across folders.
pub fn matches(pattern: &str, path: &str) -> bool {
    fn parts(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), None) => parts(rest, path),
            (Some((&"**", rest)), Some((_, deeper))) => parts(rest, path) || parts(pattern, deeper),
            (Some((one, rest)), Some((name, deeper))) => part(one, name) && parts(rest, deeper),
            _ => false,
        }
    }
    fn part(pattern: &str, name: &str) -> bool {
        match pattern.split_once('*') {
            None => pattern == name,
            Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
                let cuts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
                let mut tails = cuts.filter_map(|at| rest.get(at..));
                tails.any(|tail| part(after, tail))
            }),
        }
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    parts(&pattern, &path)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_sequence);
    list.into_iter().flatten().filter_map(scalar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::archive::File;

    #[test]
    fn patterns() {
        for (pattern, path, fits) in [
            ("**/*", "a", true),
            ("**/*", "a/b/c", true),
            ("*", "a/b", false),
            ("deploy/*", "deploy/appspec.yaml", true),
            ("deploy/*", "deploy/a/b", false),
            ("*.json", "taskdef.json", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("deploy/**/*.json", "deploy/x.json", true),
        ] {
            assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn what_an_artifact_takes() {
        let spec = Spec::read(
            "version: 0.2\nphases: {build: {commands: [make]}}\nartifacts:\n  base-directory: out\n  files: [a.json, 'sub/*']\n  discard-paths: yes\n",
        );
        let artifacts = spec.artifacts.unwrap();
        let tree: Files = ["out/a.json", "out/sub/b", "other"]
            .into_iter()
            .map(|path| (path.to_owned(), File::plain(path)))
            .collect();
        let chosen = artifacts.select(&tree).unwrap();
        assert_eq!(chosen.keys().collect::<Vec<_>>(), ["a.json", "b"]);
        let missing = Artifacts {
            base: Some("dist".into()),
            files: vec!["**/*".into()],
            ..Artifacts::default()
        };
        assert_eq!(
            missing.select(&tree).unwrap_err(),
            "no matching base directory path found for dist"
        );
        let missing = Artifacts {
            files: vec!["nothing".into()],
            ..Artifacts::default()
        };
        assert_eq!(
            missing.select(&tree).unwrap_err(),
            "no matching artifact paths found for nothing"
        );
    }
}
