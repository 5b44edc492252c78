//! The real `git` against the sandbox's CodeCommit: what is pushed keeps its ids and starts its pipeline, and what
//! policies refuse is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "support/cli.rs"]
mod cli;

use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use cli::{PROGRAM, Place, SHARED, Served};

const REPOSITORY: &str = "awssdk-iam";
const REGION: &str = "ap-northeast-2";
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether `git` can be run. Says so where nobody can overlook it; with `CI=true` the test fails.
fn git_is_here() -> bool {
    let here = Command::new("git")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !here {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "git cannot be run, and with CI=true it must be there"
        );
        // Not eprintln: the test harness keeps that to itself when the test passes.
        let _ = writeln!(
            std::io::stderr(),
            "\n=== SKIPPED: git cannot be run, so pushes with git did not run ===\n"
        );
    }
    here
}

/// What a run of git left.
struct Ran {
    ok: bool,
    said: String,
}

/// A bootstrapped sandbox that is served, and folders to work in.
struct Ground {
    served: Served,
    place: Place,
    runtime: tokio::runtime::Runtime,
}

impl Ground {
    fn new() -> Self {
        let place = Place::new();
        place
            .run("bootstrap --sandbox --yes --time-scale 1000")
            .ended(0);
        place.run("render documents").ended(0);
        let served = Served::start(
            &place,
            "sandbox start --json --config crosspipe.toml --time-scale 1000",
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            served,
            place,
            runtime,
        }
    }

    fn url(&self) -> String {
        format!("{}/v1/repos/{REPOSITORY}", self.served.endpoint)
    }

    fn config(&self, keys: (String, String), token: Option<String>) -> aws_types::SdkConfig {
        let credentials =
            aws_credential_types::Credentials::new(keys.0, keys.1, token, None, "test");
        aws_types::SdkConfig::builder()
            .endpoint_url(&self.served.endpoint)
            .region(aws_types::region::Region::new(REGION))
            .credentials_provider(
                aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
            )
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .behavior_version(aws_config::BehaviorVersion::latest())
            .build()
    }

    fn codecommit(&self) -> aws_sdk_codecommit::Client {
        aws_sdk_codecommit::Client::new(&self.config(self.served.keys(SHARED), None))
    }

    fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.config(self.served.keys(SHARED), None))
    }

    /// Git in a folder of the place, with nothing of this machine's settings.
    fn git(&self, folder: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.place.path(folder))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.place.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", "Mary Major")
            .env("GIT_AUTHOR_EMAIL", "mary@example.com")
            .env("GIT_COMMITTER_NAME", "John Doe")
            .env("GIT_COMMITTER_EMAIL", "john@example.com")
            .env("LC_ALL", "C")
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        Ran {
            ok: output.status.success(),
            said: String::from_utf8_lossy(&said).into_owned(),
        }
    }

    #[track_caller]
    fn ok(&self, folder: &str, arguments: &[&str]) -> String {
        let ran = self.git(folder, &[], arguments);
        assert!(ran.ok, "git {arguments:?}: {}", ran.said);
        ran.said.trim().to_owned()
    }

    #[track_caller]
    fn fails(&self, folder: &str, arguments: &[&str], text: &str) {
        let ran = self.git(folder, &[], arguments);
        assert!(!ran.ok, "git {arguments:?} succeeded: {}", ran.said);
        assert!(ran.said.contains(text), "{text:?} not in: {}", ran.said);
    }

    /// Has git ask the program for user name and password from now on.
    fn use_helper(&self, more: &str) {
        let state = self.place.path(".crosspipe/sandbox");
        let helper = format!(
            "!'{PROGRAM}' sandbox git-credential {more} --state '{}'",
            state.display()
        );
        fs::write(
            self.place.path("home/.gitconfig"),
            format!(
                "[credential]\n\thelper = \"{helper}\"\n\tuseHttpPath = true\n[init]\n\tdefaultBranch = develop\n"
            ),
        )
        .unwrap();
    }

    fn branch(&self, name: &str) -> Option<String> {
        let asked = self.codecommit();
        let asked = asked
            .get_branch()
            .repository_name(REPOSITORY)
            .branch_name(name)
            .send();
        let answer = self.runtime.block_on(asked).ok()?;
        answer.branch?.commit_id
    }

    /// Waits until a run of a pipeline has a commit as its source.
    fn run_of(&self, commit: &str) -> bool {
        let client =
            aws_sdk_codepipeline::Client::new(&self.config(self.served.keys(SHARED), None));
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let found = self.runtime.block_on(async {
                let pipelines = client.list_pipelines().send().await.unwrap();
                for pipeline in pipelines.pipelines() {
                    let runs = client
                        .list_pipeline_executions()
                        .pipeline_name(pipeline.name().unwrap())
                        .send()
                        .await
                        .unwrap();
                    let mut sources = runs
                        .pipeline_execution_summaries()
                        .iter()
                        .flat_map(|run| run.source_revisions());
                    if sources.any(|source| source.revision_id() == Some(commit)) {
                        return true;
                    }
                }
                false
            });
            if found {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }
}

#[test]
fn git_pushes_and_the_pipeline_runs() {
    if !git_is_here() {
        return;
    }
    let ground = Ground::new();
    ground.use_helper("");
    let url = ground.url();

    // An empty repository, or one with the starter files: either way a clone and a push.
    ground.ok(".", &["clone", "-q", &url, "work"]);
    ground.ok("work", &["checkout", "-q", "-B", "develop"]);
    for (name, text) in [
        ("README.md", "hello\n"),
        ("src/a/b.txt", &"line\n".repeat(500)),
    ] {
        let file = ground.place.path(&format!("work/{name}"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    ground.ok("work", &["add", "-A"]);
    ground.ok("work", &["commit", "-q", "-m", "first 개발"]);
    ground.ok("work", &["push", "-q", "origin", "develop"]);
    let first = ground.ok("work", &["rev-parse", "HEAD"]);
    assert_eq!(ground.branch("develop").as_deref(), Some(first.as_str()));
    assert!(ground.run_of(&first), "no run with {first}");

    // A small change of a large file goes over as a delta on what is there.
    let file = ground.place.path("work/src/a/b.txt");
    fs::write(&file, "line\n".repeat(500) + "more\n").unwrap();
    ground.ok("work", &["commit", "-q", "-am", "second"]);
    ground.ok("work", &["tag", "-a", "v1", "-m", "one"]);
    ground.ok(
        "work",
        &["push", "-q", "--follow-tags", "origin", "develop"],
    );
    let second = ground.ok("work", &["rev-parse", "HEAD"]);
    assert!(ground.run_of(&second), "no run with {second}");

    // What the API commits is fetched, byte for byte.
    let asked = ground.codecommit();
    let asked = asked
        .put_file()
        .repository_name(REPOSITORY)
        .branch_name("develop")
        .file_path("api.txt")
        .file_content(aws_sdk_codecommit::primitives::Blob::new("api\n"))
        .parent_commit_id(&second)
        .send();
    let third = ground.runtime.block_on(asked).unwrap().commit_id;
    ground.ok("work", &["pull", "-q", "--ff-only", "origin", "develop"]);
    assert_eq!(ground.ok("work", &["rev-parse", "HEAD"]), third);

    // A clone has everything, tags included, and nothing that git finds wrong.
    ground.ok(".", &["clone", "-q", "-b", "develop", &url, "again"]);
    ground.ok("again", &["fsck", "--strict", "--full"]);
    assert_eq!(ground.ok("again", &["rev-parse", "v1^{commit}"]), second);
    assert_eq!(ground.ok("again", &["rev-parse", "HEAD"]), third);

    // Going back needs force.
    ground.ok("work", &["reset", "-q", "--hard", &first]);
    ground.fails("work", &["push", "origin", "develop"], "non-fast-forward");
    ground.ok("work", &["push", "-q", "--force", "origin", "develop"]);
    assert_eq!(ground.branch("develop").as_deref(), Some(first.as_str()));

    // Branches come and go; the default branch stays.
    ground.ok(
        "work",
        &["push", "-q", "origin", "HEAD:refs/heads/feature/x"],
    );
    assert_eq!(ground.branch("feature/x").as_deref(), Some(first.as_str()));
    ground.fails(
        "work",
        &["push", "origin", "HEAD:refs/heads/feature"],
        "cannot create 'refs/heads/feature'",
    );
    ground.ok("work", &["push", "-q", "origin", "--delete", "feature/x"]);
    assert_eq!(ground.branch("feature/x"), None);
    let asked = ground.codecommit();
    let asked = asked.get_repository().repository_name(REPOSITORY).send();
    let answer = ground.runtime.block_on(asked).unwrap();
    let default = answer.repository_metadata.unwrap().default_branch.unwrap();
    ground.fails(
        "work",
        &["push", "origin", "--delete", &default],
        "is the default branch and cannot be deleted",
    );

    // A push of more than git keeps in memory comes in pieces, after an empty first one.
    let noise: Vec<u8> = (0u32..3_000_000)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    fs::write(ground.place.path("work/large.bin"), noise).unwrap();
    ground.ok("work", &["add", "-A"]);
    ground.ok("work", &["commit", "-q", "-m", "large"]);
    ground.ok("work", &["push", "-q", "origin", "develop"]);
    let large = ground.ok("work", &["rev-parse", "HEAD"]);
    assert_eq!(ground.branch("develop").as_deref(), Some(large.as_str()));
    ground.ok("again", &["fetch", "-q", "origin"]);
    assert_eq!(ground.ok("again", &["rev-parse", "origin/develop"]), large);
}

#[test]
fn who_may_not_push_is_refused() {
    if !git_is_here() {
        return;
    }
    let ground = Ground::new();
    let iam = ground.iam();
    let url = ground.url();
    ground.ok(".", &["init", "-q", "-b", "develop", "work"]);
    ground.ok("work", &["commit", "-q", "--allow-empty", "-m", "one"]);

    // Nobody, and somebody who does not exist.
    ground.fails("work", &["ls-remote", &url], "could not read Username");
    let stranger = url.replace("http://", "http://jane-at-1:wrong@");
    ground.fails(
        "work",
        &["ls-remote", &stranger],
        "The requested URL returned error: 403",
    );

    // A user with Git credentials: nothing yet, then all but one branch.
    let (user, password, id) = ground.runtime.block_on(async {
        iam.create_user().user_name("jane").send().await.unwrap();
        let made = iam
            .create_service_specific_credential()
            .user_name("jane")
            .service_name("codecommit.amazonaws.com")
            .send()
            .await
            .unwrap();
        let made = made.service_specific_credential.unwrap();
        (
            made.service_user_name,
            made.service_password,
            made.service_specific_credential_id,
        )
    });
    assert_eq!(user, format!("jane-at-{SHARED}"));
    let encoded = password
        .replace('/', "%2F")
        .replace('+', "%2B")
        .replace('=', "%3D");
    let jane = url.replace("http://", &format!("http://{user}:{encoded}@"));
    let denied = "The requested URL returned error: 403";
    ground.fails("work", &["push", &jane, "develop"], denied);
    let allow = |document: serde_json::Value| {
        let sent = iam
            .put_user_policy()
            .user_name("jane")
            .policy_name("git")
            .policy_document(document.to_string())
            .send();
        ground.runtime.block_on(sent).unwrap();
    };
    let arn = format!("arn:aws:codecommit:{REGION}:{SHARED}:{REPOSITORY}");
    allow(serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "codecommit:GitPull", "Resource": arn},
    ]}));
    ground.ok("work", &["ls-remote", &jane]);
    ground.fails("work", &["push", &jane, "develop"], denied);
    allow(serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["codecommit:GitPull", "codecommit:GitPush"], "Resource": arn},
        {"Effect": "Deny", "Action": "codecommit:GitPush", "Resource": arn, "Condition": {
            "StringEqualsIfExists": {"codecommit:References": ["refs/heads/master"]},
            "Null": {"codecommit:References": "false"},
        }},
    ]}));
    let before = ground.branch("master");
    let ran = ground.git(
        "work",
        &[],
        &[
            "push",
            &jane,
            "develop:refs/heads/topic",
            "+develop:refs/heads/master",
        ],
    );
    assert!(!ran.ok);
    assert!(
        ran.said
            .contains("[remote rejected] develop -> master (You don't have permission"),
        "{}",
        ran.said
    );
    assert!(ground.branch("topic").is_some());
    assert_eq!(ground.branch("master"), before);

    // All or nothing.
    let ran = ground.git(
        "work",
        &[],
        &[
            "push",
            "--atomic",
            &jane,
            "develop:refs/heads/other",
            "+develop:refs/heads/master",
        ],
    );
    assert!(!ran.ok);
    assert_eq!(ground.branch("other"), None);

    // Credentials that were switched off.
    let sent = iam
        .update_service_specific_credential()
        .user_name("jane")
        .service_specific_credential_id(&id)
        .status(aws_sdk_iam::types::StatusType::Inactive)
        .send();
    ground.runtime.block_on(sent).unwrap();
    ground.fails("work", &["ls-remote", &jane], denied);

    // Signed: with keys of the environment, of which one is wrong.
    ground.use_helper("--env");
    let (key, secret) = ground.served.keys(SHARED);
    let environment = [
        ("AWS_ACCESS_KEY_ID", key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
    ];
    let ran = ground.git("work", &environment, &["ls-remote", &url]);
    assert!(ran.ok, "{}", ran.said);
    let ran = ground.git(
        "work",
        &[environment[0], ("AWS_SECRET_ACCESS_KEY", "wrong")],
        &["ls-remote", &url],
    );
    assert!(ran.said.contains(denied), "{}", ran.said);
    assert!(!ran.ok);
    // A repository that nobody has.
    ground.use_helper("");
    ground.fails(
        "work",
        &["ls-remote", &url.replace(REPOSITORY, "absent")],
        "no account of the sandbox",
    );
}
