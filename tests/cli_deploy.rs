//! `deploy` and `watch` as a script runs them, against the sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "support/cli.rs"]
mod cli;
#[path = "support/pushed.rs"]
mod pushed;

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cli::{DEV, Place};

const FAST: &str = "--sandbox --time-scale 1000";

#[test]
fn each_branch_lands_in_its_environment() {
    let place = pushed::place(&["develop", "stage", "master"]);
    for (typed, environment, branch) in [
        ("develop", "dev", "develop"),
        ("stg", "stg", "stage"),
        ("master", "prd", "master"),
    ] {
        let ran = place
            .run(&format!("deploy {typed} --yes {FAST}"))
            .ended(0)
            .says("Landed: ")
            .says(&format!(" runs in {environment}"))
            .complains(&format!("{branch} → {environment}"))
            .complains("\"Fix login redirect\"")
            .complains("Deploy   done");
        assert!(!ran.stdout.contains("Next"), "{}", ran.page());
    }
}

#[test]
fn as_json_every_line_says_what_it_is_about() {
    let place = pushed::place(&["develop"]);
    let ran = place.run(&format!("deploy dev --json {FAST}")).ended(0);
    let lines = ran.json_lines();
    for line in &lines {
        assert_eq!(line["format"], 1, "{line}");
        assert_eq!(line["environment"], "dev", "{line}");
        assert_eq!(line["pipeline"], "dev-awssdk-iam", "{line}");
    }
    assert_eq!(lines[0]["event"], "deploying");
    assert_eq!(lines[0]["account"], DEV);
    let last = lines.last().unwrap();
    assert_eq!(last["event"], "ended");
    assert_eq!(last["outcome"], "landed");
    assert_eq!(last["exit"], 0);
    assert!(last["calls"].as_u64().unwrap() > 0);
    for wanted in ["run", "action", "phase", "lifecycle", "traffic"] {
        assert!(
            lines.iter().any(|line| line["event"] == wanted),
            "{wanted} is missing in {}",
            ran.stdout
        );
    }
}

#[test]
fn a_branch_that_goes_nowhere_is_answered_with_the_map() {
    let place = Place::with_defaults();
    for line in ["deploy feature/login", "watch feature/login"] {
        place
            .run(&format!("{line} --sandbox"))
            .ended(2)
            .complains("'feature/login' is neither an environment nor a branch that goes to one")
            .complains("develop  → dev  pipeline dev-awssdk-iam")
            .complains("stage    → stg  pipeline stg-awssdk-iam")
            .complains("master   → prd  pipeline prd-awssdk-iam");
    }
    place.write(".git/HEAD", "ref: refs/heads/feature/other\n");
    place.run("deploy --sandbox").ended(2).complains(
        "the branch 'feature/other', which the working copy is on, goes to no environment",
    );
    place.write(".git/HEAD", "0123456789012345678901234567890123456789\n");
    place
        .run("deploy --sandbox")
        .ended(2)
        .complains("the working copy is on no branch: its HEAD is detached at 0123456");
    assert!(!place.has(".crosspipe"), "nothing was started for it");
}

#[test]
fn a_commit_message_steers_no_terminal() {
    let place = pushed::place(&[]);
    let served = pushed::serve(&place);
    let message = "tidy\u{1b}]0;title\u{7}\u{1b}[2J\u{1b}[31mLanded\u{202e}";
    pushed::push(&place, &served, "develop", message);
    drop(served);
    for (line, code) in [
        (format!("deploy develop --yes {FAST}"), 0),
        (format!("deploy develop --yes --json {FAST}"), 0),
        (format!("history dev {FAST}"), 0),
        (format!("status {FAST}"), 0),
        ("deploy \u{1b}[2J --sandbox".to_owned(), 2),
    ] {
        let ran = place.run(&line).ended(code);
        let page = ran.page();
        let said = page.replace(&line, "");
        for character in ['\u{1b}', '\u{7}', '\u{202e}'] {
            assert!(!said.contains(character), "{line}: {page:?}");
        }
        assert!(said.contains("\\u001b"), "{page:?}");
    }
}

#[test]
fn production_is_asked_for_and_nobody_can_be_asked() {
    let place = Place::with_defaults();
    place
        .run("deploy prd --sandbox")
        .ended(2)
        .complains("prd asks before each deployment")
        .complains("--yes");
}

#[test]
fn without_a_branch_there_is_nothing_to_deploy() {
    let place = pushed::place(&[]);
    place
        .run(&format!("deploy dev {FAST}"))
        .ended(1)
        .complains("there is no branch develop in the repository awssdk-iam")
        .complains("crosspipe bootstrap --sandbox --starter")
        .complains("crosspipe sandbox start")
        .lacks("codecommit::");
}

#[test]
fn an_environment_goes_before_a_branch_of_its_name_and_a_slip_is_recognised() {
    let place = pushed::place(&[]);
    place.edit("branch = \"stage\"", "branch = \"dev\"");
    place
        .run(&format!("deploy dev {FAST}"))
        .ended(1)
        .complains(
            "'dev' is taken as the environment; it is also the branch of stg: refs/heads/dev",
        )
        .complains("there is no branch develop");
    place
        .run(&format!("deploy refs/heads/dev {FAST}"))
        .ended(1)
        .complains("there is no branch dev in")
        .lacks("is taken as");
    place
        .run("deploy devlop --sandbox")
        .ended(2)
        .complains("did you mean develop?");
}

#[test]
fn the_working_copy_is_the_one_that_the_command_is_typed_in() {
    let place = pushed::place(&[]);
    place.write(".git/HEAD", "ref: refs/heads/develop\n");
    place.write("other/.git/HEAD", "ref: refs/heads/master\n");
    for line in [
        "deploy --yes --sandbox",
        "deploy --yes --sandbox --config ../crosspipe.toml",
    ] {
        place
            .run_in("other", line)
            .ended(1)
            .complains("there is no branch master in");
        place
            .run_in("src", line)
            .ended(1)
            .complains("there is no branch develop in");
    }
}

#[test]
fn the_branch_of_the_working_copy_is_meant_and_a_run_is_started_once() {
    let place = pushed::place(&["develop"]);
    // Whatever the push has started is through.
    place.run(&format!("watch dev {FAST}")).ended(0);
    place.write(".git/HEAD", "ref: refs/heads/develop\n");
    let commit = "0123456789012345678901234567890123456789";
    place.write(".git/refs/heads/develop", commit);
    let ran = place
        .run("deploy --no-watch --sandbox")
        .ended(0)
        .complains("The working copy is at 0123456: what is deployed is what was pushed")
        .complains("Started. Follow it with `crosspipe watch dev --sandbox`.");
    let id = ran.stdout.trim().to_owned();
    let again = place.run("deploy --no-watch --sandbox").ended(0);
    assert_eq!(again.stdout.trim(), id, "{}", again.page());
    again.complains("is going on already");
    // A run that an earlier command started goes on when the next one opens the state.
    place
        .run(&format!("watch {FAST}"))
        .ended(0)
        .says("Landed: ")
        .complains(&format!("run {id} brings"));
    place
        .run(&format!("watch dev {FAST}"))
        .ended(0)
        .complains("Nothing is going on in dev; this is how the last run ended.")
        .says("Landed: ");
}

#[test]
fn a_refused_call_is_shown_with_all_that_belongs_to_it() {
    let place = pushed::place(&["develop"]);
    place.run(&format!("watch dev {FAST}")).ended(0);
    let role = {
        let served = pushed::serve(&place);
        let iam = aws_sdk_iam::Client::new(&pushed::config(&served, DEV));
        pushed::block_on(async {
            let role = "bys-dev-awssdk-iam-deploy";
            let policies = iam.list_role_policies().role_name(role).send();
            for policy in policies.await.unwrap().policy_names() {
                iam.delete_role_policy()
                    .role_name(role)
                    .policy_name(policy)
                    .send()
                    .await
                    .unwrap();
            }
            role
        })
    };
    let ran = place
        .run(&format!("deploy dev {FAST}"))
        .ended(1)
        .says(" failed in Deploy")
        .says(&format!("account     {DEV}  (dev)"))
        .says(&format!("principal   arn:aws:iam::{DEV}:role/{role}"))
        .says("call        s3:GetObject, kms:Decrypt")
        .says("(AWS does not say which: this step consists of these)")
        .says("AWS says    You are missing permissions to access input artifact: BuildArtifact.")
        .says("(CodePipeline, action Deploy: PermissionError)")
        .says("console     https://ap-northeast-2.console.aws.amazon.com/codesuite/codepipeline/pipelines/dev-awssdk-iam/executions/")
        .says("crosspipe retry dev --sandbox");
    let verdict = ran.stdout.find("failed in Deploy").unwrap();
    assert!(verdict < ran.stdout.find("principal").unwrap());
    let json = place
        .run(&format!("watch dev --json {FAST}"))
        .ended(1)
        .json_lines();
    let cause = &json.last().unwrap()["cause"];
    assert_eq!(cause["account"], DEV);
    assert_eq!(cause["said"], false);
}

#[test]
fn a_call_that_aws_names_is_read_out_of_the_build_log() {
    let place = pushed::place(&["develop"]);
    place.run(&format!("watch dev {FAST}")).ended(0);
    {
        let served = pushed::serve(&place);
        let iam = aws_sdk_iam::Client::new(&pushed::config(&served, DEV));
        pushed::block_on(async {
            let role = "bys-dev-awssdk-iam-push";
            let policies = iam.list_role_policies().role_name(role).send();
            for policy in policies.await.unwrap().policy_names() {
                iam.delete_role_policy()
                    .role_name(role)
                    .policy_name(policy)
                    .send()
                    .await
                    .unwrap();
            }
        });
    }
    place
        .run(&format!("deploy dev {FAST}"))
        .ended(1)
        .says(" failed in Build")
        .says(&format!("account     {DEV}  (dev)"))
        .says(&format!(
            "principal   arn:aws:sts::{DEV}:assumed-role/bys-dev-awssdk-iam-push/"
        ))
        .says("call        ecr:GetAuthorizationToken")
        .lacks("AWS does not");
}

#[test]
fn interrupted_it_says_how_to_come_back_and_the_run_goes_on() {
    left_by("-INT");
}

#[test]
fn ended_by_a_service_manager_it_says_the_same() {
    left_by("-TERM");
}

fn left_by(signal: &str) {
    let place = pushed::place(&["develop"]);
    let mut child = place
        .command("deploy dev --sandbox --time-scale 30")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let mut said = String::new();
    let began = Instant::now();
    let mut buffer = [0; 1024];
    while !said.contains("Source   ") {
        let read = stderr.read(&mut buffer).unwrap();
        said.push_str(&String::from_utf8_lossy(&buffer[..read]));
        assert!(began.elapsed() < Duration::from_secs(60), "{said}");
        assert!(read > 0, "{said}");
    }
    Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(
        said.contains("Come back to it with `crosspipe watch dev --sandbox`."),
        "{said}"
    );
    place
        .run(&format!("watch dev {FAST}"))
        .ended(0)
        .says("Landed: ");
}
