//! The build's directory after its commands, without running them.
//!
//! Files of the source are where they are. What the artifact names and the source does not hold is
//! found by what the commands mention: a file of that name that they copy, or the files that describe
//! the image that they push.

use serde_json::json;

use super::commands::Read;
use super::spec::{Artifacts, matches};
use crate::sandbox::archive::{File, Files};

/// An image that the build pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// `REGISTRY/REPOSITORY`.
    pub address: String,
    /// The digest.
    pub digest: String,
}

/// Adds to a tree what the commands would have made of what an artifact wants.
pub fn complete(tree: &mut Files, wanted: &Artifacts, read: &Read, pushed: Option<&Pushed>) {
    let base = wanted.base.as_deref().unwrap_or_default();
    let base = base.trim_start_matches("./").trim_end_matches('/');
    let place = |name: &str| match base {
        "" | "." => name.to_owned(),
        base => format!("{base}/{name}"),
    };
    // A folder that no command speaks of is not made by one.
    let spoken = |word: &str| {
        word.split('/')
            .any(|part| part == base || part == last(base))
    };
    let made_by_commands = base.is_empty()
        || base == "."
        || read.text.contains(base)
        || read.paths.iter().any(|it| spoken(it))
        || read.variables.values().any(|it| spoken(it));
    if !made_by_commands {
        return;
    }
    let source = tree.clone();
    let mut made = Files::new();
    for pattern in &wanted.files {
        let pattern = pattern.trim_start_matches("./");
        if pattern.contains('*') {
            continue;
        }
        if !source.contains_key(&place(pattern))
            && let Some(file) = find(&source, pattern, read, pushed)
        {
            made.insert(place(pattern), file);
        }
    }
    // A pattern takes whatever lies in the folder: what the commands copy there, and what they write.
    for pattern in wanted.files.iter().filter(|it| it.contains('*')) {
        let copied = read
            .paths
            .iter()
            .filter_map(|path| origin(&source, path))
            .filter_map(|path| path.rsplit('/').next());
        let names: Vec<&str> = OF_IMAGE
            .iter()
            .copied()
            .filter(|name| read.text.contains(name))
            .chain(copied.filter(|_| !base.is_empty() && base != "."))
            .collect();
        for name in names {
            let fits = matches(pattern.trim_start_matches("./"), name);
            if fits
                && !source.contains_key(&place(name))
                && let Some(file) = find(&source, name, read, pushed)
            {
                made.insert(place(name), file);
            }
        }
    }
    tree.extend(made);
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A file by the name that the artifact wants.
fn find(source: &Files, wanted: &str, read: &Read, pushed: Option<&Pushed>) -> Option<File> {
    let name = wanted.rsplit('/').next().unwrap_or(wanted);
    match (name, pushed) {
        // The second one is how the name is often mistaken: the deploy action does not find it.
        ("imageDetail.json" | "imageDetails.json", Some(image)) => {
            let uri = format!("{}@{}", image.address, image.digest);
            return Some(File::plain(json!({"ImageURI": uri}).to_string()));
        }
        ("imagedefinitions.json" | "imagedefinition.json", Some(image)) => {
            let uri = format!("{}@{}", image.address, image.digest);
            let container = container(read)?;
            let list = json!([{"name": container, "imageUri": uri}]);
            return Some(File::plain(list.to_string()));
        }
        _ => {}
    }
    let mentioned = read
        .paths
        .iter()
        .filter_map(|path| origin(source, path))
        .find(|path| path.rsplit('/').next() == Some(name));
    match mentioned {
        Some(path) => source.get(path).cloned(),
        // Without an image there is nothing to say of it.
        None if OF_IMAGE.contains(&name) => None,
        None => is_written(&read.text, name).then(|| File::plain(NOT_RUN)),
    }
}

/// The files that tell a deployment of the image.
const OF_IMAGE: [&str; 2] = ["imageDetail.json", "imagedefinitions.json"];

/// What is in a file that a command writes: the sandbox reads commands and runs none.
const NOT_RUN: &str = "Written by a command of the build, which the sandbox does not run.\n";

/// Whether a command sends its output to a file of this name.
fn is_written(commands: &str, name: &str) -> bool {
    commands.split('>').skip(1).any(|after| {
        let path = after.trim_start_matches([' ', '"', '\'']);
        let ends = [' ', '"', '\'', ';', '&', '|', ')', '\n'];
        let path = path.split(ends).next().unwrap_or_default();
        path.rsplit('/').next() == Some(name)
    })
}

/// The file of the source that a path in a command means: whatever folder stands before it, as
/// `$CODEBUILD_SRC_DIR/`.
fn origin<'a>(source: &'a Files, path: &str) -> Option<&'a str> {
    let mut rest = path.trim_start_matches("./");
    loop {
        if let Some((known, _)) = source.get_key_value(rest) {
            return Some(known);
        }
        rest = rest.split_once('/')?.1;
    }
}

/// The container that the image is for: `"name":"..."` in the commands, or the variable `CONTAINER`.
fn container(read: &Read) -> Option<String> {
    let literal = read.text.split("\"name\":").skip(1).find_map(|after| {
        let value = after.trim_start().strip_prefix('"')?.split('"').next()?;
        let plain = !value.is_empty() && !value.contains(['%', '$', '\\']);
        plain.then(|| value.to_owned())
    });
    let named = ["CONTAINER", "CONTAINER_NAME"];
    literal.or_else(|| {
        named
            .iter()
            .find_map(|name| read.variables.get(*name).cloned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::services::codebuild::commands;
    use crate::sandbox::services::codebuild::spec::Spec;

    #[test]
    fn what_the_artifact_names_is_found() {
        let spec = Spec::read(
            "version: 0.2\nphases:\n  build:\n    commands:\n      - mkdir -p out\n      - cp $CODEBUILD_SRC_DIR/deploy/$ENVIRONMENT/taskdef.json deploy/dev/appspec.yaml out/\n      - printf '{\"ImageURI\":\"%s\"}' > out/imageDetail.json\n      - 'printf ''[{\"name\":\"web\"}]'' > out/imagedefinitions.json'\nartifacts:\n  base-directory: out\n  files: ['**/*']\n",
        );
        let environment = [
            ("ENVIRONMENT", "dev"),
            ("CODEBUILD_SRC_DIR", "/codebuild/src"),
        ];
        let environment = environment
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let read = commands::read(&spec, &environment);
        let source: Files = [
            "deploy/dev/taskdef.json",
            "deploy/stg/taskdef.json",
            "deploy/dev/appspec.yaml",
        ]
        .into_iter()
        .map(|path| (path.to_owned(), File::plain(path)))
        .collect();
        let pushed = Pushed {
            address: "r/orders".into(),
            digest: "sha256:1".into(),
        };
        let wanted = spec.artifacts.clone().unwrap();
        let mut tree = source.clone();
        complete(&mut tree, &wanted, &read, Some(&pushed));
        let chosen = wanted.select(&tree).unwrap();
        let text = |name: &str| String::from_utf8(chosen[name].content.clone()).unwrap();
        assert_eq!(text("taskdef.json"), "deploy/dev/taskdef.json");
        assert_eq!(text("appspec.yaml"), "deploy/dev/appspec.yaml");
        assert_eq!(
            text("imageDetail.json"),
            r#"{"ImageURI":"r/orders@sha256:1"}"#
        );
        assert_eq!(
            text("imagedefinitions.json"),
            r#"[{"name":"web","imageUri":"r/orders@sha256:1"}]"#
        );

        let named = Artifacts {
            files: vec!["taskdef.json".into(), "imageDetail.json".into()],
            base: Some("out".into()),
            ..Artifacts::default()
        };
        // What else a command writes is there too, whatever it may hold.
        let version = Artifacts {
            files: vec!["version.txt".into()],
            base: Some("out".into()),
            ..Artifacts::default()
        };
        for (text, there) in [
            ("git describe > out/version.txt && ls", true),
            ("git describe >> \"out/version.txt\"", true),
            ("cat out/version.txt", false),
        ] {
            let mut written = read.clone();
            written.text = text.to_owned();
            let mut tree = source.clone();
            complete(&mut tree, &version, &written, None);
            assert_eq!(version.select(&tree).is_ok(), there, "{text}");
        }

        let mut tree = source;
        complete(&mut tree, &named, &read, None);
        assert!(
            named
                .select(&tree)
                .unwrap_err()
                .contains("imageDetail.json")
        );
    }
}
