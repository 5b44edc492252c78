use super::*;
use crate::cloud::run::{Revision, StageExecution, StageState, Transition};
use crate::deploy::fixture;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const C: &str = "cccccccccccccccccccccccccccccccccccccccc";

fn shape() -> PipelineShape {
    fixture::shape(false)
}

/// A run: the first digit of its id, how it ended, its commit.
fn run(digit: u8, status: Status, commit: &str) -> Execution {
    Execution {
        id: format!("{digit}{digit}{digit}{digit}0000-0000-4000-8000-000000000000"),
        revisions: vec![Revision {
            name: "Source".to_owned(),
            id: commit.to_owned(),
            summary: Some(format!("Change {}", &commit[..1])),
            url: None,
        }],
        ..fixture::execution(status)
    }
}

fn back_to(execution: Execution, target: &Execution) -> Execution {
    Execution {
        rollback_of: Some(target.id.clone()),
        trigger: Some("ManualRollback".to_owned()),
        ..execution
    }
}

/// The pipeline's state: what the stage that deploys had last.
fn state(in_place: Option<(&Execution, Status)>) -> PipelineState {
    PipelineState {
        stages: vec![StageState {
            name: "Deploy".to_owned(),
            latest: in_place.map(|(execution, status)| StageExecution {
                execution: execution.id.clone(),
                status,
            }),
            waiting: Vec::new(),
            transition: Transition::default(),
            actions: Vec::new(),
        }],
    }
}

fn chosen(
    executions: &[Execution],
    in_place: Option<(&Execution, Status)>,
    named: Option<&str>,
) -> Result<String, String> {
    match choose(&shape(), &state(in_place), executions, "develop", named) {
        Ok(Goal::Run(run)) => Ok(run.id.chars().take(1).collect()),
        Ok(Goal::Commit(commit)) => Ok(format!("commit {commit}")),
        Err(why) => Err(why.to_string()),
    }
}

#[test]
fn it_goes_back_to_what_landed_before() {
    let (one, two) = (run(1, Status::Succeeded, A), run(2, Status::Succeeded, B));
    let all = [two.clone(), one];
    assert_eq!(
        chosen(&all, Some((&two, Status::Succeeded)), None),
        Ok("1".into())
    );
}

#[test]
fn the_same_commit_once_more_is_nothing_to_go_back_to() {
    let one = run(1, Status::Succeeded, A);
    let two = run(2, Status::Succeeded, B);
    let three = run(3, Status::Succeeded, B);
    let all = [three.clone(), two.clone(), one];
    assert_eq!(
        chosen(&all, Some((&three, Status::Succeeded)), None),
        Ok("1".into())
    );
    let all = [three.clone(), two];
    assert_eq!(
        chosen(&all, Some((&three, Status::Succeeded)), None),
        Err("nothing landed before bbbbbbb \"Change b\", so there is nothing to go back to".into())
    );
}

#[test]
fn after_a_deployment_that_failed_it_goes_back_to_the_last_one_that_landed() {
    let (one, two) = (run(1, Status::Succeeded, A), run(2, Status::Failed, B));
    let all = [two.clone(), one];
    assert_eq!(
        chosen(&all, Some((&two, Status::Failed)), None),
        Ok("1".into())
    );
}

#[test]
fn a_run_that_never_came_to_deploy_changed_nothing() {
    let (one, two) = (run(1, Status::Succeeded, A), run(2, Status::Failed, B));
    let all = [two, one.clone()];
    assert_eq!(
        chosen(&all, Some((&one, Status::Succeeded)), None),
        Err("the newest run, 22220000, did not come as far as Deploy: what ran before it still runs, aaaaaaa \"Change a\"".into())
    );
}

#[test]
fn after_a_rollback_it_goes_further_back_and_not_forward_again() {
    let one = run(1, Status::Succeeded, A);
    let two = run(2, Status::Succeeded, B);
    let three = run(3, Status::Succeeded, C);
    let four = back_to(run(4, Status::Succeeded, B), &two);
    let all = [four.clone(), three, two, one];
    assert_eq!(
        chosen(&all, Some((&four, Status::Succeeded)), None),
        Ok("1".into())
    );
}

#[test]
fn a_rollback_as_the_goal_stands_for_the_run_that_it_went_back_to() {
    let one = run(1, Status::Succeeded, A);
    let two = run(2, Status::Succeeded, B);
    let three = back_to(run(3, Status::Succeeded, A), &one);
    let four = run(4, Status::Succeeded, C);
    let all = [four.clone(), three, two, one];
    assert_eq!(
        chosen(&all, Some((&four, Status::Succeeded)), None),
        Ok("1".into())
    );
}

#[test]
fn nothing_is_rolled_back_while_a_run_is_under_way() {
    let (one, two) = (run(1, Status::Succeeded, A), run(2, Status::InProgress, B));
    let all = [two, one.clone()];
    let said = "a run is under way: 22220000 of bbbbbbb".to_owned();
    assert_eq!(
        chosen(&all, Some((&one, Status::Succeeded)), None),
        Err(said.clone())
    );
    assert_eq!(
        chosen(&all, Some((&one, Status::Succeeded)), Some("1111")),
        Err(said)
    );
}

#[test]
fn where_nothing_landed_there_is_nothing() {
    let said =
        Err("no run of dev-awssdk-iam has landed, so there is nothing to go back to".to_owned());
    assert_eq!(chosen(&[], None, None), said);
    let one = run(1, Status::Failed, A);
    assert_eq!(
        chosen(
            std::slice::from_ref(&one),
            Some((&one, Status::Failed)),
            None
        ),
        said
    );
    let mut bare = shape();
    bare.stages.pop();
    assert_eq!(
        choose(&bare, &state(None), &[], "develop", None),
        Err(NoRollback::NoDeployStage("dev-awssdk-iam".into()))
    );
}

#[test]
fn a_run_or_a_commit_can_be_named() {
    let one = run(1, Status::Succeeded, A);
    let two = run(2, Status::Failed, B);
    let three = run(3, Status::Succeeded, C);
    let all = [three.clone(), two, one];
    let now = || Some((&three, Status::Succeeded));
    let whole = "d".repeat(40);
    for (named, wanted) in [
        ("1111", Ok("1".to_owned())),
        ("aaaaaaa", Ok("1".to_owned())),
        ("AAAAAAA", Ok("1".to_owned())),
        (whole.as_str(), Ok(format!("commit {whole}"))),
        (
            "aa",
            Err("'aa' is too short for a commit or a run: give four characters or more".to_owned()),
        ),
        (
            "dddd",
            Err(
                "no run and no commit that one of the last 3 runs brought begins with 'dddd'"
                    .to_owned(),
            ),
        ),
        (
            "bbbb",
            Err("bbbbbbb \"Change b\" failed: only what has landed can be gone back to".to_owned()),
        ),
        (
            "cccc",
            Err("ccccccc \"Change c\" is what runs already".to_owned()),
        ),
        (
            "3333",
            Err("ccccccc \"Change c\" is what runs already".to_owned()),
        ),
    ] {
        assert_eq!(chosen(&all, now(), Some(named)), wanted, "{named}");
    }
}

#[test]
fn what_could_be_several_is_not_guessed() {
    let one = run(
        1,
        Status::Succeeded,
        "1111111111111111111111111111111111111111",
    );
    let two = run(2, Status::Succeeded, B);
    let all = [two.clone(), one];
    let said = chosen(&all, Some((&two, Status::Succeeded)), Some("1111")).unwrap_err();
    assert!(
        said.starts_with("'1111' could be any of run 1111"),
        "{said}"
    );
}

/// The actions of a run that went through.
fn through() -> Vec<ActionExecution> {
    vec![
        fixture::action("Deploy", Status::Succeeded, 140, 400),
        fixture::action("Build", Status::Succeeded, 10, 130),
        fixture::action("Source", Status::Succeeded, 0, 5),
    ]
}

fn decided(shape: &PipelineShape, actions: &[ActionExecution], version: Option<u32>) -> Rollback {
    to_run(
        shape,
        &run(1, Status::Succeeded, A),
        version,
        actions,
        "develop",
    )
    .unwrap()
}

#[test]
fn the_stage_is_rolled_back_where_aws_can() {
    let way = decided(&shape(), &through(), Some(1));
    let Rollback::Stage {
        stage,
        target,
        not_asked,
        asked,
    } = way
    else {
        panic!("{way:?}");
    };
    assert_eq!((stage.as_str(), target.short()), ("Deploy", "aaaaaaa"));
    assert!(not_asked.is_empty() && asked.is_empty());
}

#[test]
fn approvals_before_the_stage_are_not_asked_and_those_in_it_are() {
    let mut shape = fixture::shape(true);
    let way = decided(&shape, &through(), Some(1));
    let Rollback::Stage {
        not_asked, asked, ..
    } = way
    else {
        panic!("{way:?}");
    };
    assert_eq!(not_asked, ["Approve/Approve"]);
    assert!(asked.is_empty());
    // The same approval inside the stage that deploys.
    let approval = shape.stages.remove(2).actions.remove(0);
    shape.stages[2].actions.insert(0, approval);
    let mut actions = through();
    let mut approved = fixture::action("Approve", Status::Succeeded, 131, 139);
    approved.stage = "Deploy".to_owned();
    actions.push(approved);
    let way = decided(&shape, &actions, Some(1));
    let Rollback::Stage {
        not_asked, asked, ..
    } = way
    else {
        panic!("{way:?}");
    };
    assert_eq!(asked, ["Deploy/Approve"]);
    assert!(not_asked.is_empty());
}

#[test]
fn where_the_stage_cannot_be_rolled_back_the_revision_is_deployed_again() {
    let because = |shape: &PipelineShape, actions: &[ActionExecution], version| match decided(
        shape, actions, version,
    ) {
        Rollback::Redeploy {
            because,
            revisions,
            target,
            ..
        } => {
            assert_eq!(
                revisions,
                [RevisionOverride {
                    action: "Source".into(),
                    commit: A.into()
                }]
            );
            assert_eq!(
                target.map(|it| it.short().to_owned()).as_deref(),
                Some("aaaaaaa")
            );
            because
        }
        way @ Rollback::Stage { .. } => panic!("{way:?}"),
    };
    let changed = "the pipeline has been changed since that run";
    assert_eq!(because(&shape(), &through(), Some(2)), changed);
    assert_eq!(because(&shape(), &through(), None), changed);
    let parallel = PipelineShape {
        mode: "PARALLEL".into(),
        ..shape()
    };
    assert_eq!(
        because(&parallel, &through(), Some(1)),
        "a pipeline in PARALLEL mode cannot roll a stage back"
    );
    let not_through = "that run did not go through Deploy as a whole";
    assert_eq!(because(&shape(), &through()[1..], Some(1)), not_through);
    let mut failed_last = through();
    failed_last.insert(0, fixture::action("Deploy", Status::Failed, 500, 600));
    assert_eq!(because(&shape(), &failed_last, Some(1)), not_through);
    let mut twice = shape();
    let mut second = twice.stages[2].clone();
    second.name = "Second".into();
    twice.stages.push(second);
    assert_eq!(
        because(&twice, &through(), Some(1)),
        "the pipeline deploys in more than one stage"
    );
    let mut at_once = shape();
    let deploy = at_once.stages.remove(2).actions.remove(0);
    at_once.stages[0].actions.push(deploy);
    assert_eq!(
        because(&at_once, &through(), Some(1)),
        "the source stage cannot be rolled back"
    );
}

#[test]
fn a_rollback_whose_run_is_forgotten_is_deployed_again() {
    let goal = back_to(run(1, Status::Succeeded, A), &run(9, Status::Succeeded, A));
    let way = to_run(&shape(), &goal, Some(1), &through(), "develop").unwrap();
    assert!(matches!(way, Rollback::Redeploy { .. }), "{way:?}");
}

#[test]
fn where_neither_can_be_done_it_is_said() {
    let old = PipelineShape {
        kind: "V1".into(),
        ..shape()
    };
    let goal = run(1, Status::Succeeded, A);
    let said = |shape: &PipelineShape, goal: &Execution| {
        to_run(shape, goal, Some(2), &through(), "develop")
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        said(&old, &goal),
        "the pipeline dev-awssdk-iam is of type V1, which can neither roll a stage back nor start with an earlier revision"
    );
    let mut bucket = shape();
    bucket.stages[0].actions[0].provider = "S3".into();
    assert_eq!(
        said(&bucket, &goal),
        "the source action Source (S3) cannot be told which commit to take"
    );
    let nameless = Execution {
        revisions: Vec::new(),
        ..goal.clone()
    };
    assert!(said(&shape(), &nameless).starts_with("AWS does not say which commit"));
    let other = {
        let mut other = goal;
        other.revisions[0].name = "Elsewhere".into();
        other
    };
    assert!(said(&shape(), &other).starts_with("AWS does not say which commit"));
}

#[test]
fn a_commit_that_no_run_brought_is_deployed() {
    let way = to_commit(&fixture::shape(true), C).unwrap();
    let Rollback::Redeploy {
        target,
        revisions,
        asked,
        ..
    } = way
    else {
        panic!("{way:?}");
    };
    assert_eq!(target, None);
    assert_eq!(revisions[0].commit, C);
    assert_eq!(asked, ["Approve/Approve"]);
    let old = PipelineShape {
        kind: "V1".into(),
        ..shape()
    };
    assert!(matches!(
        to_commit(&old, C),
        Err(NoRollback::OldType { .. })
    ));
}

#[test]
fn a_redeployment_that_failed_leaves_nothing_to_roll_back() {
    let (one, two) = (run(1, Status::Succeeded, A), run(2, Status::Succeeded, B));
    let three = run(3, Status::Failed, B);
    let all = [three.clone(), two, one];
    assert_eq!(
        chosen(&all, Some((&three, Status::Failed)), None),
        Err("bbbbbbb \"Change b\" still runs, from a run before: the run 33330000 of it failed in Deploy and changed nothing, so there is nothing to roll back".into())
    );
}

#[test]
fn a_stopped_run_whose_deployment_went_through_is_gone_back_from() {
    let (one, two) = (run(1, Status::Succeeded, A), run(2, Status::Succeeded, B));
    let mut three = run(3, Status::Stopped, C);
    three.went_through = true;
    let all = [three.clone(), two, one];
    assert_eq!(
        chosen(&all, Some((&three, Status::Stopped)), None),
        Ok("2".into())
    );
}
