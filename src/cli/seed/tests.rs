use std::sync::Mutex;

use async_trait::async_trait;
use insta::assert_snapshot;

use super::*;
use crate::cloud::{ErrorKind, Tip};
use crate::render::fixture;
use crate::resource::Site;

/// A repository in memory: branches with their commits, in order; `fails` names a branch whose making
/// is refused.
#[derive(Default)]
struct Fake {
    branches: Mutex<Vec<(String, Tip)>>,
    fails: Option<&'static str>,
}

fn refused(operation: &str) -> CloudError {
    CloudError {
        site: Site::Shared,
        account: "202949997891".to_owned(),
        service: "codecommit".to_owned(),
        operation: operation.to_owned(),
        kind: ErrorKind::Refused,
        code: "AccessDeniedException".to_owned(),
        message: "no".to_owned(),
        request_id: None,
    }
}

impl Fake {
    fn holding(branches: &[(&str, &str, bool)]) -> Self {
        let branches = branches.iter().map(|(name, message, is_first)| {
            let tip = Tip {
                id: "c0ffee".to_owned(),
                is_first: *is_first,
                message: (*message).to_owned(),
            };
            ((*name).to_owned(), tip)
        });
        Self {
            branches: Mutex::new(branches.collect()),
            fails: None,
        }
    }

    fn names(&self) -> Vec<String> {
        let branches = self.branches.lock().unwrap();
        branches.iter().map(|(name, _)| name.clone()).collect()
    }
}

#[async_trait]
impl Seed for Fake {
    async fn branches(&self, _: &str) -> Result<Vec<String>, CloudError> {
        Ok(self.names())
    }

    async fn tip(&self, _: &str, branch: &str) -> Result<Tip, CloudError> {
        let branches = self.branches.lock().unwrap();
        let found = branches.iter().find(|(name, _)| name == branch);
        found.map(|it| it.1.clone()).ok_or(refused("GetBranch"))
    }

    async fn begin(
        &self,
        _: &str,
        branch: &str,
        message: &str,
        files: &[SeedFile<'_>],
    ) -> Result<String, CloudError> {
        assert!(files.iter().any(|it| it.path == "Dockerfile"));
        let mut branches = self.branches.lock().unwrap();
        assert!(branches.is_empty());
        let tip = Tip {
            id: "1234567890abcdef".to_owned(),
            is_first: true,
            message: format!("{message}\n"),
        };
        branches.push((branch.to_owned(), tip.clone()));
        Ok(tip.id)
    }

    async fn branch(&self, _: &str, branch: &str, id: &str) -> Result<Branched, CloudError> {
        if self.fails == Some(branch) {
            return Err(refused("CreateBranch"));
        }
        let mut branches = self.branches.lock().unwrap();
        if branches.iter().any(|(name, _)| name == branch) {
            return Ok(Branched::Exists);
        }
        let tip = branches.iter().find(|(_, tip)| tip.id == id);
        let tip = tip.unwrap().1.clone();
        branches.push((branch.to_owned(), tip));
        Ok(Branched::Made)
    }
}

const SANDBOX: Consent = Consent {
    yes: true,
    adopt: false,
    json: true,
    sandbox: true,
};

const REAL: Consent = Consent {
    sandbox: false,
    ..SANDBOX
};

const STARTER: Choice = Choice {
    starter: true,
    no_starter: false,
};

const NEVER: Choice = Choice {
    starter: false,
    no_starter: true,
};

async fn ended(cloud: &Fake, choice: Choice, consent: Consent) -> Ended {
    let blueprint = fixture::blueprint();
    let templates = Templates::embedded().unwrap();
    end(
        cloud,
        &blueprint,
        &templates,
        &Attributes::new(),
        choice,
        consent,
    )
    .await
    .unwrap()
}

fn made() -> Vec<RepositoryFile> {
    files(
        &fixture::blueprint(),
        &Templates::embedded().unwrap(),
        &Attributes::new(),
    )
    .unwrap()
}

async fn offer(cloud: &Fake) -> Offer {
    let found = look(cloud, &fixture::blueprint(), "awssdk-iam", made()).await;
    match found.unwrap() {
        Found::Offer(offer) => offer,
        Found::Nothing(repository) => panic!("{repository:?}"),
    }
}

#[tokio::test]
async fn it_is_pushed_where_somebody_has_agreed() {
    for (choice, consent, pushed) in [
        (Choice::default(), SANDBOX, true),
        (NEVER, SANDBOX, false),
        (Choice::default(), REAL, false),
        (STARTER, REAL, true),
        (NEVER, REAL, false),
    ] {
        let cloud = Fake::default();
        let ended = ended(&cloud, choice, consent).await;
        assert!(ended.complete);
        let names = cloud.names();
        if pushed {
            assert_eq!(names, ["develop", "stage", "master"]);
            assert_eq!(ended.repository, Repository::Starter);
        } else {
            assert_eq!(names, [""; 0]);
            assert_ne!(ended.repository, Repository::Starter);
        }
    }
}

#[tokio::test]
async fn a_second_time_there_is_nothing_to_push() {
    let cloud = Fake::default();
    ended(&cloud, STARTER, REAL).await;
    let again = ended(&cloud, STARTER, REAL).await;
    assert!(again.complete);
    assert_eq!(again.repository, Repository::Starter);
    assert_eq!(cloud.names().len(), 3);
}

#[tokio::test]
async fn what_failed_is_continued() {
    let mut cloud = Fake {
        fails: Some("stage"),
        ..Fake::default()
    };
    let first = ended(&cloud, STARTER, REAL).await;
    assert!(!first.complete);
    assert_eq!(first.exit(), Exit::Partly);
    assert_eq!(cloud.names(), ["develop"]);
    assert_snapshot!("continued", offer(&cloud).await.text(Style::PLAIN));
    cloud.fails = None;
    let second = ended(&cloud, STARTER, REAL).await;
    assert!(second.complete);
    assert_eq!(cloud.names(), ["develop", "stage", "master"]);
}

#[tokio::test]
async fn work_of_others_is_left_alone() {
    let ours = message(&made());
    for branches in [
        &[("develop", "Fix login redirect", true)][..],
        &[("develop", ours.as_str(), false)][..],
        &[("trunk", ours.as_str(), true)][..],
        &[("develop", "Start with the starter application", true)][..],
    ] {
        let cloud = Fake::holding(branches);
        let ended = ended(&cloud, STARTER, REAL).await;
        assert_eq!(ended.repository, Repository::Other, "{branches:?}");
        assert_eq!(cloud.names().len(), 1, "{branches:?}");
    }
}

/// Another configuration is another content, so its branches are not mixed with these.
#[test]
fn the_message_knows_its_content() {
    let mut files = made();
    let before = message(&files);
    assert_eq!(before, message(&files));
    files.last_mut().unwrap().text.push('\n');
    assert_ne!(before, message(&files));
}

#[tokio::test]
async fn everything_is_shown_before_it_is_pushed() {
    let offer = offer(&Fake::default()).await;
    assert_snapshot!("offer", offer.text(Style::PLAIN));
    assert_snapshot!("question", question(&offer));
    let details = offer.details();
    for file in &offer.files {
        assert!(details.contains(&format!("\n{}\n", file.path)));
    }
    for line in offer
        .text(Style {
            width: 60,
            ..Style::PLAIN
        })
        .lines()
    {
        assert!(line.chars().count() <= 60, "{line}");
    }
}

#[test]
fn names_are_listed_as_a_person_would() {
    for (names, text) in [
        (&[][..], ""),
        (&["a"], "a"),
        (&["a", "b"], "a and b"),
        (&["a", "b", "c"], "a, b and c"),
    ] {
        assert_eq!(listed(names.iter().copied()), text);
    }
    assert_eq!(
        short(&["deploy/dev/a", "deploy/dev/b", "c"]),
        "deploy/dev/a, b, c"
    );
}
