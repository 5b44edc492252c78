use super::*;

const RENDER: Manners = Manners {
    force: false,
    remember: true,
};

fn everything(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    list(folder, Path::new(""), &mut found).unwrap();
    found
        .into_iter()
        .map(|it| it.to_string_lossy().into_owned())
        .filter(|it| it != MARKER)
        .collect()
}

fn say(error: FolderError, place: &Path) -> String {
    let place = fs::canonicalize(place).unwrap();
    error
        .to_string()
        .replace(&place.display().to_string(), "DIR")
}

#[test]
fn what_was_written_is_replaced_as_a_whole() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("deep/er/documents");
    write(&folder, [("a.json", "1"), ("b/c.json", "2")], RENDER).unwrap();
    assert_eq!(everything(&folder), ["a.json", "b/c.json"]);
    write(&folder, [("a.json", "3")], RENDER).unwrap();
    assert_eq!(everything(&folder), ["a.json"]);
    assert_eq!(fs::read_to_string(folder.join("a.json")).unwrap(), "3");
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(folder.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn an_empty_folder_is_taken_and_a_full_one_refused() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("documents");
    fs::create_dir(&folder).unwrap();
    write(&folder, [("a", "1")], RENDER).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let refused = write(&folder, [("a", "2")], RENDER).unwrap_err();
    insta::assert_snapshot!(say(refused, place.path()), @"DIR/documents is not empty: it holds notes.txt, which this command did not write; choose another folder, or write over it with --force");
    assert_eq!(fs::read_to_string(folder.join("a")).unwrap(), "1");
    let force = Manners {
        force: true,
        ..RENDER
    };
    write(&folder, [("b", "2")], force).unwrap();
    assert_eq!(everything(&folder), ["b", "notes.txt"]);
    assert_eq!(
        fs::read_to_string(folder.join("notes.txt")).unwrap(),
        "mine"
    );
}

#[test]
fn what_is_meant_to_be_edited_is_never_replaced_unasked() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("templates");
    let manners = Manners {
        force: false,
        remember: false,
    };
    write(&folder, [("a", "1")], manners).unwrap();
    assert!(matches!(
        write(&folder, [("a", "2")], manners),
        Err(FolderError::NotEmpty { .. })
    ));
}

#[test]
fn a_marker_cannot_reach_out_of_its_folder() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("documents");
    fs::create_dir(&folder).unwrap();
    fs::write(place.path().join("precious"), "").unwrap();
    fs::write(folder.join("other"), "").unwrap();
    fs::write(folder.join(MARKER), "../precious\n/etc/passwd\n").unwrap();
    let force = Manners {
        force: true,
        ..RENDER
    };
    write(&folder, [("a", "1")], force).unwrap();
    assert!(place.path().join("precious").exists());
}

#[test]
fn a_file_of_the_name_is_said() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("documents");
    fs::write(&folder, "").unwrap();
    let error = write(&folder, [("a", "1")], RENDER).unwrap_err();
    insta::assert_snapshot!(say(error, place.path()), @"DIR/documents is not a folder: choose another name");
}

#[test]
fn a_failure_half_way_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("documents");
    // A file where a folder must be.
    assert!(write(&folder, [("a", "1"), ("a/b", "2")], RENDER).is_err());
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}
