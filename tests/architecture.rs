//! Holds the imports of `src/` to the picture in `docs/architecture.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Room, and the rooms that it may import.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("ident", &[]),
    ("policy", &[]),
    ("validity", &["ident"]),
    ("chain", &["ident", "policy", "validity"]),
    ("blueprint", &["ident", "validity"]),
    ("render", &["ident", "validity", "blueprint"]),
    ("resource", &["ident", "blueprint", "render"]),
    ("cloud", &["ident", "resource"]),
    ("plan", &["ident", "policy", "resource", "cloud"]),
    ("apply", &["ident", "validity", "resource", "cloud", "plan"]),
    (
        "deploy",
        &["ident", "validity", "blueprint", "resource", "cloud"],
    ),
    (
        "wizard",
        &["ident", "validity", "blueprint", "cloud", "resource"],
    ),
    (
        "aws",
        &["ident", "policy", "blueprint", "resource", "cloud"],
    ),
    ("sandbox", &["ident", "policy", "validity", "chain"]),
    (
        "ui",
        &[
            "ident",
            "policy",
            "blueprint",
            "resource",
            "cloud",
            "plan",
            "apply",
            "deploy",
            "wizard",
        ],
    ),
    (
        "cli",
        &[
            "ident",
            "validity",
            "policy",
            "blueprint",
            "render",
            "resource",
            "cloud",
            "plan",
            "apply",
            "deploy",
            "wizard",
            "aws",
            "sandbox",
            "ui",
        ],
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap();
            let room = inside
                .components()
                .next()
                .unwrap()
                .as_os_str()
                .to_string_lossy()
                .trim_end_matches(".rs")
                .to_owned();
            let text = fs::read_to_string(&path).unwrap();
            (room, path, text)
        })
        .collect()
}

/// The rooms that a text names as `crate::ROOM`, comments left out.
fn imported(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or_default();
        for (index, _) in code.match_indices("crate::") {
            let rest = &code[index + "crate::".len()..];
            let names = rest.trim_start_matches('{');
            for name in names.split(',') {
                let room: String = name
                    .trim()
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                rooms.insert(room);
                if !rest.starts_with('{') {
                    break;
                }
            }
        }
    }
    rooms
}

#[test]
fn a_room_knows_only_whom_it_may() {
    let rooms: BTreeSet<&str> = MAY_KNOW.iter().map(|(room, _)| *room).collect();
    let mut wrong = Vec::new();
    for (room, path, text) in all_sources() {
        // Tests may take their fixtures from wherever they are made.
        let is_test = path.to_string_lossy().contains("/tests")
            || path.file_name().is_some_and(|name| name == "fixture.rs");
        if room == "lib" || room == "main" || is_test {
            continue;
        }
        let Some((_, known)) = MAY_KNOW.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: room '{room}' has no row here", path.display()));
            continue;
        };
        for other in imported(&text) {
            if rooms.contains(other.as_str()) && other != room && !known.contains(&other.as_str()) {
                wrong.push(format!("{}: {room} may not know {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_aws_room_names_the_sdk() {
    let named: Vec<_> = all_sources()
        .into_iter()
        .filter(|(room, _, text)| {
            room != "aws"
                && text.lines().any(|line| {
                    let code = line.split("//").next().unwrap_or_default();
                    [
                        "aws_sdk_",
                        "aws_config",
                        "aws_smithy",
                        "aws_types",
                        "aws_credential_types",
                    ]
                    .iter()
                    .any(|name| code.contains(name))
                })
        })
        .map(|(_, path, _)| path)
        .collect();
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn every_room_has_its_row_in_the_documentation() {
    let document =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md"))
            .unwrap();
    for (room, _) in MAY_KNOW {
        assert!(
            document.contains(&format!("| `{room}` |")),
            "docs/architecture.md has no row for {room}"
        );
    }
}

#[test]
fn a_file_holds_one_idea() {
    let long: Vec<_> = all_sources()
        .into_iter()
        .filter(|(_, _, text)| text.lines().count() > 600)
        .map(|(_, path, text)| format!("{} ({} lines)", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
