//! The buildspec, run: its commands in one shell, as CodeBuild does, with stand-ins for `aws` and
//! `docker` that write down what they are asked and as whom.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::*;

const AWS: &str = r#"#!/bin/bash
echo "aws as ${AWS_ACCESS_KEY_ID:-build-role}: $*" >> "$CALLS"
for word in "$@"; do case "$word" in file://*) exit 9 ;; esac; done
case "$1 $2" in
  "sts assume-role") [ -z "$NO_ROLE" ] || { echo AccessDenied >&2; exit 254; }; printf 'PUSHKEY\tPUSHSECRET\tPUSHTOKEN\n' ;;
  "ecr get-login-password") echo REGISTRYPASSWORD ;;
  "ecr describe-images")
    case "$*" in
      *imageTag=*) [ -e "$WORLD/pushed" ] || { echo ImageNotFoundException >&2; exit 254; }; echo sha256:new ;;
      *) if [ -e "$WORLD/previous" ]; then echo '"sha256:previous"'; else echo null; fi ;;
    esac ;;
  "ecr batch-get-image") echo '{"manifest": true}' ;;
  "ecr put-image") [ -z "$NO_BACKUP" ] || { echo ImageTagAlreadyExistsException >&2; exit 254; } ;;
  *) echo "unexpected: $*" >&2; exit 2 ;;
esac
"#;

const DOCKER: &str = r#"#!/bin/bash
echo "docker as ${AWS_ACCESS_KEY_ID:-build-role}: $*" >> "$CALLS"
case "$1" in
  login) password=$(cat); [ "$password" = REGISTRYPASSWORD ] && touch "$DOCKER_CONFIG/config.json" ;;
  push) [ -z "$NO_PUSH" ] && [ -e "$DOCKER_CONFIG/config.json" ] && touch "$WORLD/pushed" ;;
  build) ;;
  *) exit 2 ;;
esac
"#;

struct Run {
    ok: bool,
    output: String,
    calls: String,
    artifact: Vec<(String, String)>,
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs the fixture's buildspec for dev, with these variables and files over the usual ones.
fn run(made: &Documents, variables: &[(&str, &str)], world: &[&str]) -> Run {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    let source = root.join("source");
    for folder in ["bin", "world", "tmp", "source/deploy/dev"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    executable(&root.join("bin/aws"), AWS);
    executable(&root.join("bin/docker"), DOCKER);
    for name in world {
        fs::write(root.join("world").join(name), "").unwrap();
    }
    let dev = &made.environments[&named("dev")];
    fs::write(
        source.join("deploy/dev/taskdef.json"),
        dev.taskdef.to_string(),
    )
    .unwrap();
    if let Some(appspec) = &dev.appspec {
        fs::write(source.join("deploy/dev/appspec.yaml"), appspec).unwrap();
    }
    let mut script = String::new();
    for (index, (_, command)) in validity::buildspec::commands(&made.buildspec)
        .into_iter()
        .enumerate()
    {
        let file = root.join(format!("{index}.sh"));
        fs::write(&file, command).unwrap();
        script.push_str(&format!(". '{}' || exit 1\n", file.display()));
    }
    script.push_str("echo \"afterwards: ${AWS_ACCESS_KEY_ID:-none} ${CREDENTIALS:-none} ${DOCKER_CONFIG:-none}\"\nls \"$TMPDIR\"\n");

    let mut command = Command::new("bash");
    command
        .arg("-c")
        .arg(script)
        .current_dir(&source)
        .env_clear();
    command.env(
        "PATH",
        format!("{}:/usr/bin:/bin", root.join("bin").display()),
    );
    command.env("WORLD", root.join("world"));
    command.env("CALLS", root.join("calls"));
    command.env("TMPDIR", root.join("tmp"));
    command.env("CODEBUILD_SRC_DIR", &source);
    command
        .env("BRANCH_NAME", "develop")
        .env("COMMIT_ID", "a41f9c2deadbeef0123456789");
    for variable in dev.project["environment"]["environmentVariables"]
        .as_array()
        .unwrap()
    {
        command.env(
            variable["name"].as_str().unwrap(),
            variable["value"].as_str().unwrap(),
        );
    }
    command.envs(variables.iter().copied());
    let done = command.output().unwrap();
    let mut artifact: Vec<_> = fs::read_dir(source.join("crosspipe-artifact"))
        .into_iter()
        .flatten()
        .map(|entry| {
            let entry = entry.unwrap();
            (
                entry.file_name().into_string().unwrap(),
                fs::read_to_string(entry.path()).unwrap(),
            )
        })
        .collect();
    artifact.sort();
    Run {
        ok: done.status.success(),
        output: String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned(),
        calls: fs::read_to_string(root.join("calls")).unwrap_or_default(),
        artifact,
    }
}

fn fixture_run(variables: &[(&str, &str)], world: &[&str]) -> Run {
    run(&made(&fixture::blueprint()), variables, world)
}

const IMAGE: &str = "558846431111.dkr.ecr.ap-northeast-2.amazonaws.com/dev-awssdk-iam";

#[test]
fn every_command_is_one_for_bash() {
    let (odd, odd_facts) = variant();
    for made in [made(&fixture::blueprint()), made_with(&odd, &odd_facts)] {
        for (place, command) in validity::buildspec::commands(&made.buildspec) {
            let checked = Command::new("bash")
                .args(["-n", "-c", &command])
                .output()
                .unwrap();
            assert!(
                checked.status.success(),
                "{place}: {}",
                String::from_utf8_lossy(&checked.stderr)
            );
        }
    }
}

#[test]
fn the_first_build_has_nothing_to_keep() {
    let run = fixture_run(&[], &[]);
    assert!(run.ok, "{}", run.output);
    assert!(
        run.output.contains("no earlier image to keep"),
        "{}",
        run.output
    );
    assert!(!run.calls.contains("put-image"));
    let names: Vec<_> = run.artifact.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["appspec.yaml", "imageDetail.json", "taskdef.json"]);
    assert_eq!(
        run.artifact[1].1,
        format!("{{\"ImageURI\":\"{IMAGE}@sha256:new\"}}\n")
    );
    assert!(
        run.calls
            .contains(&format!("docker as PUSHKEY: push {IMAGE}:a41f9c2deadb")),
        "{}",
        run.calls
    );
    assert!(run.calls.contains(&format!(
        "docker as build-role: build --platform linux/amd64 --tag {IMAGE}:a41f9c2deadb --build-arg ENVIRONMENT=dev --build-arg COMMIT_ID=a41f9c2deadbeef0123456789 --build-arg CONTAINER_PORT=10012 ."
    )));
    assert!(run.calls.contains("--role-arn arn:aws:iam::558846431111:role/bys-dev-awssdk-iam-push --role-session-name dev-a41f9c2deadb"));
}

#[test]
fn no_secret_is_printed_and_none_outlives_the_push() {
    let run = fixture_run(&[], &["previous"]);
    assert!(run.ok, "{}", run.output);
    for secret in ["PUSHKEY", "PUSHSECRET", "PUSHTOKEN", "REGISTRYPASSWORD"] {
        assert!(!run.output.contains(secret), "{}", run.output);
    }
    assert!(
        run.output.ends_with("afterwards: none none none\n"),
        "{}",
        run.output
    );
}

#[test]
fn the_image_before_is_kept_as_backup() {
    let run = fixture_run(&[], &["previous"]);
    assert!(
        run.output.contains("kept sha256:previous as backup"),
        "{}",
        run.output
    );
    assert!(
        run.calls
            .contains("put-image --repository-name dev-awssdk-iam --image-tag backup")
    );
    assert!(!run.calls.contains("docker pull"));
}

#[test]
fn a_repository_that_does_not_let_the_tag_move_is_no_failure() {
    let run = fixture_run(&[("NO_BACKUP", "1")], &["previous"]);
    assert!(run.ok, "{}", run.output);
    assert!(run.output.contains("did not tag sha256:previous as backup"));
    assert_eq!(run.artifact.len(), 3);
}

#[test]
fn a_retried_build_deploys_the_image_that_is_there() {
    let run = fixture_run(&[], &["pushed", "previous"]);
    assert!(run.ok, "{}", run.output);
    assert!(!run.calls.contains("push 558"), "{}", run.calls);
    assert!(run.output.contains("is in the repository already"));
    assert_eq!(run.artifact.len(), 3);
}

#[test]
fn what_fails_stops_the_build() {
    for (variables, says) in [
        (
            &[("BRANCH_NAME", "main")][..],
            "branch 'main' belongs to no environment",
        ),
        (
            &[("BRANCH_NAME", "")][..],
            "branch '' belongs to no environment",
        ),
        (
            &[("BRANCH_NAME", "stage")][..],
            "branch 'stage' belongs to 'stg', this project builds for 'dev'",
        ),
        (&[("COMMIT_ID", "")][..], "variable COMMIT_ID is empty"),
        (&[("NO_ROLE", "1")][..], "AccessDenied"),
        (&[("NO_PUSH", "1")][..], ""),
    ] {
        let run = fixture_run(variables, &[]);
        assert!(!run.ok, "{variables:?}: {}", run.output);
        assert!(run.output.contains(says), "{variables:?}: {}", run.output);
        assert!(
            run.artifact
                .iter()
                .all(|(name, _)| name != "imageDetail.json"),
            "{variables:?}"
        );
        assert!(!run.output.contains("afterwards"), "{variables:?}");
    }
}

#[test]
fn a_task_definition_without_the_placeholder_is_refused_before_the_build() {
    let mut made = made(&fixture::blueprint());
    made.environments[&named("dev")].taskdef["containerDefinitions"][0]["image"] =
        "nginx:latest".into();
    let run = run(&made, &[], &[]);
    assert!(!run.ok);
    assert!(
        run.output.contains("does not say <IMAGE1_NAME>"),
        "{}",
        run.output
    );
    assert!(!run.calls.contains("docker"));
}

#[test]
fn ecs_gets_its_image_definitions() {
    let (blueprint, facts) = variant();
    let run = run(
        &made_with(&blueprint, &facts),
        &[("BRANCH_NAME", "feature/it's-$HOME")],
        &[],
    );
    assert!(run.ok, "{}", run.output);
    assert_eq!(run.artifact.len(), 1);
    assert_eq!(run.artifact[0].0, "imagedefinitions.json");
    let definitions: Value = serde_json::from_str(&run.artifact[0].1).unwrap();
    assert_eq!(
        definitions,
        json!([{"name": "awssdk-iam", "imageUri": format!("{IMAGE}@sha256:new")}])
    );
}
