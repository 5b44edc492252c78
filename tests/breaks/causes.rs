//! What lies under each failed run, as `deploy` and `watch` show it: the same world, asked over HTTP.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crosspipe::aws::{self, AccountAccess, NoMfa, Settings, StaticCredentials};
use crosspipe::blueprint::{self, Access};
use crosspipe::cloud::Runs;
use crosspipe::deploy::cause::Mend;
use crosspipe::deploy::{Cause, Destination, Look, cause, destinations};
use crosspipe::ident::AccountId;
use crosspipe::resource::Site;
use crosspipe::sandbox::breaks::{Break, Broken, Right, fits};
use crosspipe::sandbox::start::{Options, Sandbox, SandboxError, start};
use crosspipe::sandbox::store::{Store, StoreError};
use crosspipe::ui::{self, Style};
use regex_lite::Regex;

use super::{Ground, Way};

/// The cause of a run's failure.
pub fn of(way: Way, ground: &Ground, execution: &str) -> Option<Cause> {
    let state = tempfile::tempdir().unwrap();
    let world = serde_json::from_value(serde_json::to_value(&ground.world).unwrap()).unwrap();
    let store = Store::open(state.path()).unwrap();
    store.save(&Mutex::new(world)).unwrap();
    drop(store);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let sandbox = opened(state.path()).await;
        let blueprint = blueprint::load(&way.base().place.path("crosspipe.toml")).unwrap();
        let to = destinations(&blueprint).remove(0);
        let reach = |site: Site, account: &AccountId, access: &Access| AccountAccess {
            site,
            account: account.clone(),
            access: access.clone(),
            base: keys(&sandbox, account.as_str()),
        };
        let settings = Settings {
            region: blueprint.region.clone(),
            endpoint_url: Some(sandbox.endpoint()),
            accounts: vec![
                reach(Site::Shared, &to.shared, &blueprint.shared.access),
                reach(to.site(), &to.account, &Access::default()),
            ],
            mfa: Arc::new(NoMfa),
        };
        let cloud = aws::connect(settings).await.unwrap();
        let found = gathered(&cloud, &to, execution).await;
        sandbox.stop().await.unwrap();
        found
    })
}

/// A program that another test starts at this moment holds the lock until it is itself.
async fn opened(state: &Path) -> Sandbox {
    for _ in 0..200 {
        let options = Options {
            state: Some(state.to_owned()),
            ..Options::default()
        };
        match start(options).await {
            Err(SandboxError::Store(StoreError::InUse { .. })) => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            started => return started.unwrap(),
        }
    }
    panic!("{} stays in use", state.display());
}

fn keys(sandbox: &Sandbox, account: &str) -> Option<StaticCredentials> {
    let keys = sandbox.administrator(account)?;
    Some(StaticCredentials {
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
    })
}

async fn gathered(runs: &dyn Runs, to: &Destination, execution: &str) -> Option<Cause> {
    let shape = runs.pipeline(&to.pipeline).await.unwrap().unwrap();
    let mut look = Look::new(runs, to, shape, execution, 0);
    let snapshot = look.next(jiff::Timestamp::now()).await.unwrap();
    cause::gather(runs, to, &snapshot).await
}

/// What a cause does not show of what the catalogue says.
pub fn wrong(it: &Break, broken: &Broken, cause: &Cause) -> Option<String> {
    let mut wrong = String::new();
    let texts = || cause.words.iter().map(|it| &it.text).chain(&cause.log);
    for words in &broken.words {
        // CodePipeline quotes what CodeDeploy says.
        let quoted = format!("<before>{}", words.text);
        if !texts().any(|text| fits(&words.text, text) || fits(&quoted, text)) {
            let _ = write!(wrong, "\n    not shown: {}", words.text);
        }
    }
    // Whose right was taken is who was refused.
    let taken = Regex::new(r"^takes ([a-z0-9-]+:\w+) .*out of .*role").unwrap();
    if let Some(found) = taken.captures(it.what) {
        let (call, change) = (&found[1], &broken.changes[0]);
        let role = change.resource.rsplit('/').next().unwrap();
        let principal = cause.principal.clone().unwrap_or_default();
        let right = cause.calls.iter().any(|it| it == call)
            && principal.split('/').any(|part| part == role)
            && cause.account.as_deref() == Some(change.account.as_str());
        if !right {
            let _ = write!(
                wrong,
                "\n    {call} was taken from {role} in {}: {:?} of {principal} in {:?}",
                change.account, cause.calls, cause.account
            );
        }
    }
    // What puts it right is what is advised.
    let right = match it.right {
        Right::Apply => !matches!(cause.mend, Mend::Elsewhere),
        Right::Push => matches!(
            cause.mend,
            Mend::Files | Mend::FilesOrDefinition | Mend::AccountsOrFiles
        ),
        // That it was an organisation's policy, or the role of a service, AWS's words do not always say.
        Right::Hand(_) if ["F34", "F61"].contains(&it.id) => cause.mend != Mend::Files,
        Right::Hand(_) => cause.mend == Mend::Elsewhere,
    };
    // The command that fails says nothing of the variables that the pipeline does not give it.
    let known = it.id == "F08" || cause.mend != Mend::Files || !matches!(it.right, Right::Apply);
    if !right || !known {
        let _ = write!(wrong, "\n    advised {:?}, but {:?}", cause.mend, it.right);
    }
    (!wrong.is_empty()).then_some(wrong)
}

/// What is shown of a cause, without what differs from world to world.
pub fn shown(cause: &Cause) -> String {
    let style = Style {
        width: 65_535,
        ..Style::PLAIN
    };
    let mut text = ui::cause(cause, style);
    for (pattern, with) in [
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[uuid]",
        ),
        (r"\bd-[0-9A-Z]{9}\b", "d-[id]"),
        (r"\bsha256:[0-9a-f]{64}", "sha256:[digest]"),
        (r"\b[0-9a-f]{32,40}\b", "[id]"),
        (r"\becs-svc/\d+", "ecs-svc/[id]"),
        (r"task [0-9a-f]{8}\b", "task [id]"),
        (r"/[0-9a-f]{16}\b", "/[id]"),
        (r":[0-9a-f]{7}\b", ":[commit]"),
        (r"\bp-[0-9a-z]{8}\b", "p-[id]"),
        (r"o-[0-9a-z]{10}\b", "o-[id]"),
        (r"\b\d{13}\b", "[moment]"),
        (r"Request ID: [^;]+", "Request ID: [id]"),
        (r"(SourceArti|BuildArtif)/[0-9A-Za-z]{7}\b", "$1/[id]"),
        (r"\[Container\] [0-9/]+ [0-9:.]+", "[Container] [moment]"),
        (r"dev-[0-9a-f]{12}\b", "dev-[commit]"),
        (r"awssdk-iam:[0-9a-f]{12}\b", "awssdk-iam:[commit]"),
        (r"ExecutionId: \S+", "ExecutionId: [id]"),
    ] {
        let pattern = Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, with).into_owned();
    }
    text
}
