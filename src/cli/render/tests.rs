use std::fs;

use super::*;
use crate::blueprint::ConnectionProvider;
use crate::render::fixture;

fn args(folder: PathBuf) -> Args {
    Args {
        folder,
        key_arn: None,
        connection_arn: None,
        force: false,
    }
}

fn connected() -> Blueprint {
    Blueprint {
        source: Source::Connection {
            host: ConnectionProvider::GitHub,
            repository: "bys/awssdk-iam".into(),
            connection: None,
        },
        ..fixture::blueprint()
    }
}

#[test]
fn a_folder_of_documents_and_the_note_about_the_key() {
    let place = tempfile::tempdir().unwrap();
    let args = args(place.path().join("out"));
    let written = run(&args, &fixture::blueprint(), place.path()).unwrap();
    insta::assert_snapshot!(written.notes.join("\n"), @"the artifact key's id is not known without an account: arn:aws:kms:ap-northeast-2:202949997891:key/00000000-0000-0000-0000-000000000000 stands for it, and no such key exists; give the real one with --key-arn");
    assert!(
        written
            .to_string()
            .starts_with(&format!("wrote {} files to ", written.files))
    );
    let pipeline = fs::read_to_string(
        args.folder
            .join("shared-202949997891/dev/pipeline.create-pipeline.json"),
    )
    .unwrap();
    assert!(pipeline.contains("key/00000000-0000-0000-0000-000000000000"));
    // Again, over what it wrote itself.
    assert_eq!(
        run(&args, &fixture::blueprint(), place.path())
            .unwrap()
            .files,
        written.files
    );
}

#[test]
fn a_given_key_needs_no_note_and_must_be_the_shared_accounts() {
    let place = tempfile::tempdir().unwrap();
    let mut args = args(place.path().join("out"));
    args.key_arn = Some(fixture::facts().key_arn);
    assert_eq!(
        run(&args, &fixture::blueprint(), place.path())
            .unwrap()
            .notes,
        [""; 0]
    );
    for wrong in [
        "alias/x",
        "arn:aws:kms:ap-northeast-2:558846431111:key/1",
        "arn:aws:kms:eu-west-1:202949997891:key/1",
        "arn:aws:kms:ap-northeast-2:202949997891:key/",
    ] {
        args.key_arn = Some(wrong.into());
        let error = run(&args, &fixture::blueprint(), place.path())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("starts with arn:aws:kms:ap-northeast-2:202949997891:key/"),
            "{error}"
        );
    }
}

#[test]
fn a_connection_that_does_not_exist_is_said() {
    let place = tempfile::tempdir().unwrap();
    let mut args = args(place.path().join("out"));
    let written = run(&args, &connected(), place.path()).unwrap();
    assert_eq!(written.notes.len(), 2);
    assert!(
        args.folder
            .join("shared-202949997891/connection.create-connection.json")
            .exists()
    );
    args.connection_arn =
        Some("arn:aws:codestar-connections:ap-northeast-2:202949997891:connection/abc".into());
    assert_eq!(
        run(&args, &connected(), place.path()).unwrap().notes.len(),
        1
    );
    assert!(
        run(&args, &fixture::blueprint(), place.path())
            .unwrap_err()
            .to_string()
            .contains("needs no connection")
    );
}

#[test]
fn templates_are_found_beside_the_configuration() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join("mine/templates")).unwrap();
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/taskdef.json.hbs");
    let text = fs::read_to_string(built_in).unwrap();
    fs::write(
        place.path().join("mine/templates/taskdef.json.hbs"),
        text.replacen('{', r#"{"tags": [{"key": "whose", "value": "mine"}],"#, 1),
    )
    .unwrap();
    let blueprint = Blueprint {
        templates: Some("mine".into()),
        ..fixture::blueprint()
    };
    let args = args(place.path().join("out"));
    run(&args, &blueprint, place.path()).unwrap();
    let taskdef = args.folder.join("repository/deploy/dev/taskdef.json");
    assert!(fs::read_to_string(taskdef).unwrap().contains("\"mine\""));
}

#[test]
fn an_edited_template_that_aws_would_refuse_is_not_written() {
    let place = tempfile::tempdir().unwrap();
    let own = place.path().join("own");
    let blueprint = Blueprint {
        templates: Some("own".into()),
        ..fixture::blueprint()
    };
    for (file, before, after, said) in [
        (
            "policies/environment/push-role.json.hbs",
            "\"Allow\"",
            "\"Alow\"",
            "not \"Alow\"",
        ),
        (
            "templates/pipeline.json.hbs",
            "\"CodeBuild\"",
            "\"CodeBild\"",
            "CodeBild",
        ),
        (
            "templates/taskdef.json.hbs",
            "\"FARGATE\"",
            "\"FARGAT\"",
            "FARGAT",
        ),
    ] {
        let path = own.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = fs::read_to_string(built_in).unwrap();
        assert!(text.contains(before), "{file}");
        fs::write(&path, text.replace(before, after)).unwrap();
        let args = args(place.path().join("out"));
        let error = run(&args, &blueprint, place.path())
            .unwrap_err()
            .to_string();
        assert!(error.contains(file) && error.contains(said), "{error}");
        assert!(!args.folder.exists());
        fs::remove_file(&path).unwrap();
    }
}
