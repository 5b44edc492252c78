//! Looking at environments and steering their runs, as a script does it, against the sandbox.
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

use std::time::{Duration, Instant};

use aws_sdk_codepipeline::types::{
    ActionCategory, ActionDeclaration, ActionOwner, ActionTypeId, StageDeclaration,
};
use cli::{DEV, Place, Ran, SHARED};

const FAST: &str = "--sandbox --time-scale 1000";
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a command that reaches the sandbox.
fn run(place: &Place, line: &str) -> Ran {
    place.run(&format!("{line} {FAST}"))
}

/// Deploys what is at the head of a branch and waits until it has ended.
fn landed(place: &Place, environment: &str) {
    run(place, &format!("deploy {environment} --yes")).ended(0);
}

/// Pushes another commit and lets it land. Answers the commit.
fn another(place: &Place, branch: &str, environment: &str, message: &str) -> String {
    let served = pushed::serve(place);
    let commit = pushed::push(place, &served, branch, message);
    drop(served);
    landed(place, environment);
    commit
}

/// Runs a command again and again until its result is as wanted.
#[track_caller]
fn until(place: &Place, line: &str, wanted: impl Fn(&Ran) -> bool) -> Ran {
    let began = Instant::now();
    loop {
        let ran = run(place, line);
        if wanted(&ran) {
            return ran;
        }
        assert!(began.elapsed() < PATIENCE, "{}", ran.page());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn head(place: &Place, branch: &str) -> String {
    let served = pushed::serve(place);
    let client = aws_sdk_codecommit::Client::new(&pushed::config(&served, SHARED));
    let found = pushed::block_on(
        client
            .get_branch()
            .repository_name(pushed::REPOSITORY)
            .branch_name(branch)
            .send(),
    );
    found.unwrap().branch.unwrap().commit_id.unwrap()
}

/// Puts a manual approval before the stage that deploys to dev.
fn with_approval(place: &Place) {
    let served = pushed::serve(place);
    let client = aws_sdk_codepipeline::Client::new(&pushed::config(&served, SHARED));
    pushed::block_on(async {
        let found = client.get_pipeline().name("dev-awssdk-iam").send().await;
        let mut pipeline = found.unwrap().pipeline.unwrap();
        let kind = ActionTypeId::builder()
            .category(ActionCategory::Approval)
            .owner(ActionOwner::Aws)
            .provider("Manual")
            .version("1")
            .build()
            .unwrap();
        let action = ActionDeclaration::builder()
            .name("Release")
            .action_type_id(kind)
            .configuration("CustomData", "Look at #{SourceVariables.CommitId} first")
            .configuration("ExternalEntityLink", "https://example.com/test")
            .build()
            .unwrap();
        let stage = StageDeclaration::builder()
            .name("Approve")
            .actions(action)
            .build()
            .unwrap();
        pipeline.stages.insert(2, stage);
        client
            .update_pipeline()
            .pipeline(pipeline)
            .send()
            .await
            .unwrap();
    });
}

#[test]
fn status_and_history_tell_what_runs() {
    let place = pushed::place(&["develop", "stage"]);
    landed(&place, "dev");
    landed(&place, "stg");
    let ran = run(&place, "status")
        .ended(0)
        .says("up to date")
        .says("healthy 1/1");
    // The push's own run, or the one that `deploy` started after it.
    let started = ["a push to develop", "administrator"];
    assert!(
        started.iter().any(|it| ran.stdout.contains(it)),
        "{}",
        ran.page()
    );
    run(&place, "status prd")
        .ended(0)
        .says("nothing")
        .says("no branch master");
    let json = run(&place, "status --json").ended(0).json();
    assert_eq!(json["format"], 1);
    let dev = &json["environments"][0];
    assert_eq!(dev["environment"], "dev");
    assert_eq!(dev["lag"], "none");
    assert_eq!(dev["service"]["health"], "healthy");
    assert_eq!(dev["deployed"]["message"], "Fix login redirect");

    run(&place, "history develop")
        .ended(0)
        .says("a push to develop")
        .says("the pipeline's creation")
        .says("landed")
        .says("crosspipe logs dev --sandbox");
    let json = run(&place, "history dev --limit 1 --json").ended(0).json();
    assert_eq!(json["runs"].as_array().unwrap().len(), 1);
    assert_eq!(json["more"], true);
    run(&place, "history feature/x")
        .ended(2)
        .complains("neither an environment nor a branch");
}

#[test]
fn one_account_that_cannot_be_reached_hides_no_other() {
    let mut place = pushed::place(&["develop"]);
    landed(&place, "dev");
    place.edit(
        "account = \"558846433333\"",
        "account = \"558846433333\"\nprofile = \"nowhere\"",
    );
    let served = place.serve();
    // As the administrator of the shared account, who may not look into the others.
    let ran = place
        .run("status")
        .ended(1)
        .says("sts:GetCredentials in prd");
    assert!(ran.stdout.contains("Fix login redirect"), "{}", ran.page());
    drop(served);
}

#[test]
fn logs_of_build_and_deployment_come_in_order() {
    let place = pushed::place(&["develop"]);
    landed(&place, "dev");
    let all = run(&place, "logs dev").ended(0);
    let order = [
        "Source/Source began",
        "Entering phase BUILD",
        "BeforeInstall began",
        "AllowTraffic Succeeded",
        "Deploy/Deploy Succeeded",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|it| {
            all.stdout
                .find(it)
                .unwrap_or_else(|| panic!("{it}: {}", all.page()))
        })
        .collect();
    assert!(places.is_sorted(), "{places:?}\n{}", all.page());
    run(&place, "logs dev --build")
        .ended(0)
        .says("Entering phase BUILD")
        .lacks("AllowTraffic");
    run(&place, "logs dev --deployment")
        .ended(0)
        .says("AllowTraffic")
        .lacks("Entering phase BUILD");
    for line in run(&place, "logs dev --json").ended(0).json_lines() {
        assert_eq!(line["format"], 1, "{line}");
    }
    for line in [
        "logs dev --run ffffffff",
        "watch dev --run ffffffff",
        "rollback dev --to ffffffff --yes",
    ] {
        run(&place, line)
            .ended(2)
            .complains("ffffffff")
            .complains("crosspipe history dev --sandbox");
    }
    for command in ["logs", "watch"] {
        let line = format!("{command} dev --sandbox --run");
        let mut empty = place.command(&line);
        let output = empty.arg("").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--run names no run"), "{said}");
    }
    // Followed to its end, a new run's log is whole.
    let served = pushed::serve(&place);
    pushed::push(&place, &served, "develop", "Another");
    drop(served);
    run(&place, "deploy dev --yes --no-watch").ended(0);
    run(&place, "logs dev --follow")
        .ended(0)
        .says("Entering phase BUILD")
        .says("Deploy/Deploy Succeeded");
}

#[test]
fn an_approval_is_shown_and_answered() {
    let place = pushed::place(&["develop"]);
    with_approval(&place);
    // Where nothing waits nobody has to be asked.
    run(&place, "approve dev")
        .ended(1)
        .complains("nothing of dev-awssdk-iam waits for an approval");
    run(&place, "deploy dev --yes --no-watch").ended(0);
    until(&place, "status dev", |ran| {
        ran.stdout.contains("crosspipe approve dev")
    });
    run(&place, "approve dev")
        .ended(2)
        .complains("there is no terminal to ask in")
        .complains("crosspipe approve dev --yes --sandbox");
    run(&place, "approve dev --json")
        .ended(2)
        .complains("crosspipe approve dev --yes --json --sandbox");
    run(&place, "approve dev --action Other --yes")
        .ended(2)
        .complains("Approve/Release");
    let commit = head(&place, "develop");
    run(&place, "approve dev --yes --comment seen")
        .ended(0)
        .says("Approve/Release of dev waits for an approval")
        .says(&format!("Look at {commit} first"))
        .says("https://example.com/test")
        .says("Approved Approve/Release")
        .says("crosspipe watch dev --sandbox");
    run(&place, "watch dev").ended(0).says("Landed");
    run(&place, "approve dev --yes")
        .ended(1)
        .complains("nothing of dev-awssdk-iam waits for an approval");

    run(&place, "deploy dev --yes --no-watch").ended(0);
    let said = until(&place, "reject dev --yes --json", |ran| ran.code == 0).json();
    assert_eq!(said["answer"], "rejected");
    run(&place, "watch dev").ended(1);
    run(&place, "history dev").ended(0).says("failed");
}

#[test]
fn a_failed_run_is_retried_once_it_is_mended() {
    let place = pushed::place(&[]);
    let served = pushed::serve(&place);
    let iam = aws_sdk_iam::Client::new(&pushed::config(&served, DEV));
    let (role, policies) = pushed::block_on(async {
        let roles = iam.list_roles().send().await.unwrap();
        let mut names = roles.roles().iter().map(|it| it.role_name().to_owned());
        let role = names
            .find(|name| name.contains("deploy") && !name.contains("codedeploy"))
            .unwrap();
        let listed = iam
            .list_role_policies()
            .role_name(&role)
            .send()
            .await
            .unwrap();
        let mut policies = Vec::new();
        for name in listed.policy_names() {
            let found = iam
                .get_role_policy()
                .role_name(&role)
                .policy_name(name)
                .send()
                .await
                .unwrap();
            let document = percent_encoding::percent_decode_str(found.policy_document())
                .decode_utf8_lossy()
                .into_owned();
            policies.push((name.clone(), document));
            iam.delete_role_policy()
                .role_name(&role)
                .policy_name(name)
                .send()
                .await
                .unwrap();
        }
        (role, policies)
    });
    pushed::push(&place, &served, "develop", "Fix login redirect");
    drop(served);
    run(&place, "deploy dev --yes").ended(1);
    run(&place, "status dev")
        .ended(0)
        .says("the newest run failed in Deploy")
        .says("crosspipe retry dev --sandbox");
    let served = pushed::serve(&place);
    let iam = aws_sdk_iam::Client::new(&pushed::config(&served, DEV));
    pushed::block_on(async {
        for (name, document) in policies {
            iam.put_role_policy()
                .role_name(&role)
                .policy_name(name)
                .policy_document(document)
                .send()
                .await
                .unwrap();
        }
    });
    drop(served);
    run(&place, "retry dev --yes")
        .ended(0)
        .says("failed in Deploy")
        .says("You are missing permissions to access input artifact")
        .says("Tried again: Deploy");
    run(&place, "watch dev").ended(0).says("Landed");
    run(&place, "retry dev --yes")
        .ended(1)
        .complains("no stage of dev-awssdk-iam has failed");
}

#[test]
fn a_run_is_stopped_and_what_goes_on_is_said() {
    let place = pushed::place(&["develop"]);
    with_approval(&place);
    run(&place, "stop dev --yes")
        .ended(1)
        .complains("no run of dev-awssdk-iam is under way");
    run(&place, "deploy dev --yes --no-watch").ended(0);
    until(&place, "status dev", |ran| {
        ran.stdout.contains("crosspipe approve dev")
    });
    run(&place, "stop dev --yes --abandon --reason wrong")
        .ended(0)
        .says("Approve/Release: it is not asked for any more")
        .says("is abandoned");
    run(&place, "history dev").ended(0).says("stopped: wrong");
}

#[test]
fn a_rollback_deploys_what_landed_before_and_builds_nothing() {
    let place = pushed::place(&["develop"]);
    landed(&place, "dev");
    run(&place, "rollback dev --yes")
        .ended(1)
        .complains("so there is nothing to go back to");
    let first = head(&place, "develop");
    another(&place, "develop", "dev", "Second");
    run(&place, "rollback dev").ended(2);
    run(&place, "rollback dev --yes")
        .ended(0)
        .says("dev goes from ")
        .says("carries out Deploy once more with the artifacts of run")
        .says("Nothing is built")
        .says("The branch develop stays where it is");
    run(&place, "watch dev").ended(0);
    let json = run(&place, "status dev --json").ended(0).json();
    assert_eq!(
        json["environments"][0]["deployed"]["commit"],
        first.as_str()
    );
    run(&place, "history dev")
        .ended(0)
        .says("rolled back from ")
        .says("a rollback by ");
    // Further back there is nothing, and forward again is not meant.
    run(&place, "rollback dev --yes")
        .ended(1)
        .complains("nothing to go back to");
}

#[test]
fn a_rollback_over_a_changed_pipeline_deploys_the_commit_again() {
    let place = pushed::place(&["develop"]);
    landed(&place, "dev");
    let first = head(&place, "develop");
    another(&place, "develop", "dev", "Second");
    with_approval(&place);
    run(&place, &format!("rollback dev --to {} --yes", &first[..8]))
        .ended(0)
        .says("The build runs again")
        .says("the pipeline has been changed since that run")
        .says("The approval Approve/Release is asked again");
    until(&place, "approve dev --yes", |ran| ran.code == 0);
    run(&place, "watch dev").ended(0);
    let json = run(&place, "status dev --json").ended(0).json();
    assert_eq!(
        json["environments"][0]["deployed"]["commit"],
        first.as_str()
    );
}

#[test]
fn promote_moves_a_branch_forward_and_the_run_lands() {
    let place = pushed::place(&["develop", "stage"]);
    landed(&place, "dev");
    landed(&place, "stg");
    run(&place, "promote dev stg --yes")
        .ended(0)
        .says("Nothing to promote");
    let second = another(&place, "develop", "dev", "Second");
    run(&place, "promote dev stg")
        .ended(2)
        .complains("crosspipe promote dev stg --yes --sandbox");
    run(&place, "promote dev develop --yes")
        .ended(2)
        .complains("the same environment");
    let before = head(&place, "stage");
    run(&place, "promote develop stage --yes")
        .ended(0)
        .says("Forward by 1 commit")
        .says("Second")
        .says(&format!(
            "stage is at {} now, and was at {}",
            &second[..7],
            &before[..7]
        ))
        .says("crosspipe watch stg --sandbox");
    assert_eq!(head(&place, "stage"), second);
    let lands = |ran: &Ran| ran.json()["environments"][0]["deployed"]["commit"] == second.as_str();
    until(&place, "status stg --json", lands);

    // A commit of its own stands against it.
    let served = pushed::serve(&place);
    pushed::push(&place, &served, "stage", "Hotfix");
    drop(served);
    another(&place, "develop", "dev", "Third");
    run(&place, "promote dev stg --yes")
        .ended(1)
        .complains("it has a commit that dev has not")
        .complains("Hotfix")
        .complains("nothing was changed");
}

#[test]
fn nothing_is_promoted_that_has_not_landed() {
    let place = pushed::place(&[]);
    run(&place, "promote dev stg --yes")
        .ended(1)
        .complains("nothing has landed in dev yet");
}

#[test]
fn a_run_stopped_in_its_deployment_runs_all_the_same() {
    let place = pushed::place(&["develop"]);
    landed(&place, "dev");
    let served = pushed::serve(&place);
    let second = pushed::push(&place, &served, "develop", "Second");
    drop(served);
    const SLOWER: &str = "--sandbox --time-scale 200";
    place
        .run(&format!("deploy dev --yes --no-watch {SLOWER}"))
        .ended(0);
    let began = Instant::now();
    loop {
        let ran = place.run(&format!("status dev --json {SLOWER}"));
        if ran.json()["environments"][0]["stage"] == "Deploy" {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{}", ran.page());
        std::thread::sleep(Duration::from_millis(20));
    }
    place.run(&format!("stop dev --yes {SLOWER}")).ended(0);
    let short = &second[..7];
    run(&place, "watch dev").ended(1).says(&format!(
        "Stopped: the deployment had gone through: {short} runs in dev"
    ));
    let json = run(&place, "status dev --json").ended(0).json();
    assert_eq!(
        json["environments"][0]["deployed"]["commit"],
        second.as_str()
    );
    run(&place, "history dev")
        .ended(0)
        .says("landed, then stopped");
    run(&place, "rollback dev --yes")
        .ended(0)
        .says(&format!("dev goes from {short}"));
}

#[test]
fn a_service_that_still_runs_the_old_revision_has_not_landed() {
    let place = pushed::place(&["develop"]);
    landed(&place, "dev");
    place.run("sandbox break F10 --environment dev").ended(0);
    run(&place, "deploy dev --yes")
        .ended(1)
        .says("Deployed, but dev does not run ")
        .says("crosspipe logs dev --sandbox");
    run(&place, "status dev")
        .ended(0)
        .says("the service does not run what was deployed")
        .lacks("up to date")
        .lacks("all well");
}
