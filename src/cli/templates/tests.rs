use std::fs;

use super::*;
use crate::render::{documents, fixture};

fn eject(folder: &Path) -> Outcome {
    let args = Args {
        command: Command::Eject {
            folder: folder.to_owned(),
            force: false,
        },
    };
    run(&args, None).unwrap()
}

#[test]
fn what_is_ejected_renders_to_the_same_documents() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("mine");
    assert!(
        matches!(eject(&folder), Outcome::Ejected { files: 38, .. }),
        "{}",
        eject(&folder)
    );
    let (blueprint, facts) = (fixture::blueprint(), fixture::facts());
    let own = documents(
        &blueprint,
        &facts,
        &Templates::with_folder(&folder).unwrap(),
    )
    .unwrap();
    let built_in = documents(&blueprint, &facts, &Templates::embedded().unwrap()).unwrap();
    assert_eq!(own, built_in);
}

#[test]
fn the_list_says_what_is_replaced() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join("mine/templates")).unwrap();
    fs::write(place.path().join("mine/templates/taskdef.json.hbs"), "{}").unwrap();
    let blueprint = Blueprint {
        templates: Some("mine".into()),
        ..fixture::blueprint()
    };
    let args = Args {
        command: Command::List,
    };
    let text = run(&args, Some((&blueprint, place.path())))
        .unwrap()
        .to_string();
    assert!(
        text.contains("yours     templates/taskdef.json.hbs"),
        "{text}"
    );
    assert!(
        text.contains("built in  policies/shared/artifact-key.json.hbs"),
        "{text}"
    );
    assert_eq!(run(&args, None).unwrap().to_string().lines().count(), 36);
}
