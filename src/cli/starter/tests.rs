use super::*;
use crate::render::fixture;

fn write(folder: &Path) -> Result<Written, Error> {
    let args = Args {
        folder: folder.to_owned(),
    };
    run(&args, &fixture::blueprint(), Path::new(""))
}

#[test]
fn it_writes_beside_what_is_there_and_over_nothing() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("app");
    fs::create_dir_all(folder.join(".git")).unwrap();
    fs::write(folder.join("crosspipe.toml"), "mine").unwrap();
    let written = write(&folder).unwrap();
    for file in &written.files {
        assert!(folder.join(file).is_file(), "{file}");
    }
    assert_eq!(
        fs::read_to_string(folder.join("crosspipe.toml")).unwrap(),
        "mine"
    );
    assert!(folder.join(".git").is_dir());
    let Err(Error::Taken { found, .. }) = write(&folder) else {
        panic!("it wrote twice");
    };
    assert_eq!(found, written.files);
}

#[test]
fn one_file_in_the_way_stops_all() {
    for (made, found) in [("Dockerfile", "Dockerfile"), ("deploy", "deploy")] {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join(made), "mine").unwrap();
        let error = write(place.path()).unwrap_err();
        assert!(error.to_string().contains("nothing was written"), "{error}");
        let Error::Taken { found: names, .. } = error else {
            panic!();
        };
        assert_eq!(names, [found]);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }
}

#[test]
fn the_commands_reach_every_branch() {
    let mut blueprint = fixture::blueprint();
    blueprint.shared.access.profile = Some("bys-shared".into());
    let commands = |blueprint: &Blueprint| -> Vec<String> {
        let rows = next(Path::new("my app"), blueprint);
        rows.into_iter().map(|(command, _)| command).collect()
    };
    assert_eq!(
        commands(&blueprint),
        [
            "cd 'my app'",
            "git init -b develop",
            "git add .",
            "git commit -m \"Start with the starter application\"",
            "git remote add origin codecommit::ap-northeast-2://bys-shared@awssdk-iam",
            "git push origin develop develop:refs/heads/stage develop:refs/heads/master",
        ]
    );
    blueprint.source = Source::Connection {
        host: ConnectionProvider::GitHub,
        repository: "acme/orders".into(),
        connection: None,
    };
    assert_eq!(
        commands(&blueprint)[4],
        "git remote add origin https://github.com/acme/orders.git"
    );
}
