use super::*;
use crate::cloud::run::{ActionState, Attempt, StageExecution, StageState, Transition};
use crate::deploy::fixture;

/// A stage in which approvals wait.
fn stage(name: &str, actions: &[&str]) -> StageState {
    StageState {
        name: name.into(),
        latest: Some(StageExecution {
            execution: fixture::RUN.into(),
            status: Status::InProgress,
        }),
        waiting: Vec::new(),
        transition: Transition::default(),
        actions: actions
            .iter()
            .map(|action| ActionState {
                name: (*action).into(),
                attempt: Some(Attempt {
                    id: (*action).into(),
                    status: Status::InProgress,
                    summary: None,
                    changed: None,
                    token: Some(format!("token of {action}")),
                    by: None,
                    external_id: None,
                    external_url: None,
                    error: None,
                }),
            })
            .collect(),
    }
}

fn asked(stages: Vec<StageState>, named: Option<&str>) -> Result<Question, String> {
    let mut shape = fixture::shape(true);
    shape.stages[2].actions[0]
        .configuration
        .insert("CustomData".into(), "Look at #{Source.CommitId}".into());
    question("dev-orders", &shape, &PipelineState { stages }, named).map_err(|why| why.to_string())
}

#[test]
fn the_one_that_waits_is_found_with_what_is_told() {
    let found = asked(vec![stage("Approve", &["Approve"])], None).unwrap();
    assert_eq!(found.approval.token, "token of Approve");
    assert_eq!(found.told.as_deref(), Some("Look at #{Source.CommitId}"));
    let mut action = fixture::action("Approve", Status::InProgress, 0, 0);
    action
        .configuration
        .insert("CustomData".into(), "Look at a41f9c2".into());
    action
        .configuration
        .insert("ExternalEntityLink".into(), "https://example.com".into());
    let found = found.resolved(&[action]);
    assert_eq!(found.told.as_deref(), Some("Look at a41f9c2"));
    assert_eq!(found.link.as_deref(), Some("https://example.com"));
    // The token is for AWS alone.
    assert!(!serde_json::to_string(&found).unwrap().contains("token"));
}

#[test]
fn none_or_several_are_not_guessed() {
    assert_eq!(
        asked(Vec::new(), None).unwrap_err(),
        "nothing of dev-orders waits for an approval"
    );
    let two = || vec![stage("Approve", &["One", "Two"])];
    assert_eq!(
        asked(two(), None).unwrap_err(),
        "several approvals wait: Approve/One, Approve/Two"
    );
    assert_eq!(asked(two(), Some("Two")).unwrap().action, "Two");
    assert_eq!(asked(two(), Some("Approve/One")).unwrap().action, "One");
    assert_eq!(
        asked(two(), Some("Three")).unwrap_err(),
        "no approval called 'Three' waits: Approve/One, Approve/Two"
    );
}
