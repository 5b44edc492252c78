//! What is advised after each kind of failure.

use super::*;
use crate::deploy::cause::Words;
use crate::deploy::fixture::{self, Fake, RUN, World, action, at, error, execution, to};
use crate::deploy::{Look, cause};

fn ended(stage: &str, code: &str, message: &str) -> (Snapshot, Option<Cause>) {
    let mut failed = action(stage, Status::Failed, 140, 152);
    failed.error = Some(error(code, message));
    failed.external_id = None;
    let fake = Fake::new(World {
        executions: vec![execution(Status::Failed)],
        actions: vec![failed],
        ..World::default()
    });
    let shape = fake.world.lock().unwrap().shape.clone();
    let snapshot =
        fixture::block_on(Look::new(&fake, &to("dev"), shape, RUN, 0).next(at(400))).unwrap();
    let cause = fixture::block_on(cause::gather(&fake, &to("dev"), &snapshot));
    (snapshot, cause)
}

fn advised(stage: &str, code: &str, message: &str, back: bool) -> Vec<String> {
    let (snapshot, cause) = ended(stage, code, message);
    let known = Known {
        ended: Ended::Failed,
        snapshot: &snapshot,
        cause: cause.as_ref(),
        back,
    };
    let rows = rows(&known, &to("dev"), " --sandbox");
    rows.into_iter().map(|(command, _)| command).collect()
}

const LOGS: &str = "crosspipe logs dev --sandbox";
const PLAN: &str = "crosspipe plan --sandbox";
const APPLY: &str = "crosspipe apply --sandbox";
const PUSH: &str = "git push REMOTE develop";

#[test]
fn what_was_refused_is_looked_for_in_the_accounts_first() {
    let denied = "User: arn:aws:sts::558846431111:assumed-role/d/1 is not authorized to perform: ecs:RegisterTaskDefinition on resource: * because no identity-based policy allows the ecs:RegisterTaskDefinition action";
    assert_eq!(
        advised("Deploy", "PermissionError", denied, false),
        [PLAN, APPLY, "crosspipe retry dev --sandbox", LOGS]
    );
    let above = denied.replace(
        "because no identity-based policy allows the ecs:RegisterTaskDefinition action",
        "with an explicit deny in a service control policy",
    );
    assert_eq!(
        advised("Deploy", "PermissionError", &above, false),
        ["crosspipe retry dev --sandbox", LOGS]
    );
    assert_eq!(
        advised(
            "Deploy",
            "PermissionError",
            "You are missing permissions to access input artifact: BuildArtifact.",
            false
        ),
        [PLAN, APPLY, "crosspipe retry dev --sandbox", PUSH, LOGS]
    );
}

#[test]
fn a_wrong_file_is_mended_and_pushed_and_never_retried() {
    let wrong = "No Fargate configuration exists for given values. (Service: AmazonECS; Status Code: 400; Error Code: ClientException)";
    assert_eq!(advised("Deploy", "JobFailed", wrong, false), [PUSH, LOGS]);
    assert_eq!(
        advised("Deploy", "JobFailed", wrong, true),
        [PUSH, "crosspipe rollback dev --sandbox", LOGS]
    );
    let unread =
        "Exception while trying to read the task definition artifact file from: BuildArtifact";
    assert_eq!(
        advised("Deploy", "ConfigurationError", unread, false),
        [PUSH, PLAN, LOGS]
    );
    let failing = "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while executing command: make. Reason: exit status 2";
    assert_eq!(advised("Build", "JobFailed", failing, false), [PUSH, LOGS]);
    let (_, cause) = ended("Deploy", "JobFailed", wrong);
    let cause = cause.unwrap();
    assert_eq!((cause.principal, cause.calls.len()), (None, 0));
}

#[test]
fn a_failed_source_is_deployed_anew() {
    let key =
        "KMS.DisabledException: arn:aws:kms:ap-northeast-2:202949997891:key/0b1c is disabled.";
    assert_eq!(
        advised("Source", "ConfigurationError", key, false),
        [
            "aws kms enable-key --key-id 0b1c --region ap-northeast-2",
            "crosspipe deploy dev --sandbox",
            LOGS
        ]
    );
    let bucket = "The service role or action role doesn’t have the permissions required to access the Amazon S3 bucket named b. Update the IAM role permissions, and then try again. Error: Amazon S3:AccessDenied:Access Denied";
    assert_eq!(
        advised("Source", "PermissionError", bucket, false),
        [PLAN, APPLY, "crosspipe deploy dev --sandbox", LOGS]
    );
}

#[test]
fn a_key_that_is_to_be_deleted_is_kept_first() {
    let cause = Cause {
        words: vec![Words {
            from: String::new(),
            code: String::new(),
            text: "KMS.KMSInvalidStateException: arn:aws:kms:r:1:key/k is pending deletion.".into(),
        }],
        ..Cause::default()
    };
    let rows = by_hand(Some(&cause), &to("dev"));
    assert!(
        rows[0]
            .0
            .starts_with("aws kms cancel-key-deletion --key-id k ")
    );
    assert!(rows[1].0.starts_with("aws kms enable-key --key-id k "));
}
