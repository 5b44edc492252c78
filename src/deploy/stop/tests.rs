use super::*;
use crate::deploy::fixture;

fn run(id: &str, status: Status) -> Execution {
    Execution {
        id: id.into(),
        ..fixture::execution(status)
    }
}

fn chosen(all: &[Execution], named: Option<&str>, abandon: bool) -> Result<String, String> {
    choose("dev-orders", all, named, abandon)
        .map(|it| it.id.clone())
        .map_err(|why| why.to_string())
}

#[test]
fn the_only_run_under_way_is_stopped() {
    let all = [run("b2", Status::InProgress), run("a1", Status::Succeeded)];
    assert_eq!(chosen(&all, None, false), Ok("b2".into()));
    assert_eq!(chosen(&all, Some("B"), false), Ok("b2".into()));
    assert_eq!(
        chosen(&all, Some("a1"), false),
        Err("no run that is under way begins with 'a1'".into())
    );
    let nothing = Err("no run of dev-orders is under way".to_owned());
    assert_eq!(chosen(&all[1..], None, false), nothing);
    assert_eq!(chosen(&[], Some("a1"), true), nothing);
}

#[test]
fn of_several_one_is_to_be_named() {
    let all = [run("b2", Status::InProgress), run("a1", Status::InProgress)];
    assert_eq!(
        chosen(&all, None, false),
        Err("2 runs of dev-orders are under way".into())
    );
    assert_eq!(chosen(&all, Some("a1"), false), Ok("a1".into()));
}

#[test]
fn a_run_that_is_being_stopped_can_only_be_abandoned() {
    let all = [run("b2", Status::Stopping)];
    assert!(
        chosen(&all, None, false)
            .unwrap_err()
            .contains("being stopped already")
    );
    assert_eq!(chosen(&all, None, true), Ok("b2".into()));
}

#[test]
fn what_becomes_of_each_action_is_said() {
    let actions = [
        fixture::action("Deploy", Status::InProgress, 140, 140),
        fixture::action("Build", Status::Succeeded, 5, 130),
    ];
    let going = going(&actions);
    assert_eq!(going.len(), 1);
    assert_eq!(
        going[0].fate(true),
        "Deploy/Deploy: the deployment d-ABCDEF123 goes on and may still shift traffic; it is not rolled back"
    );
    assert_eq!(
        going[0].fate(false),
        "Deploy/Deploy: it is waited for; nothing follows it"
    );
    for (provider, abandoned) in [
        ("CodeBuild", "goes on to its end"),
        ("ECS", "goes on replacing tasks"),
        ("Manual", "not asked for any more"),
        ("Lambda", "what it has begun goes on"),
    ] {
        let it = Going {
            provider: provider.into(),
            ..going[0].clone()
        };
        assert!(it.fate(true).contains(abandoned), "{}", it.fate(true));
    }
}
