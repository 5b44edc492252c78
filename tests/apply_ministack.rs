//! crosspipe's own plan and apply against ministack, which decides every request by the policies
//! that are there: key, bucket and roles, and then what those policies allow and refuse.

mod support {
    pub mod checks;
    pub mod emulator;
    pub mod gaps;
    pub mod process;
    pub mod python;
}

use crosspipe::aws::StaticCredentials;
use crosspipe::resource::Spec;
use support::emulator::{Emulated, blueprint, some_listener};
use support::gaps::{self, Oracle};
use support::process::Server;
use support::{checks, python};

#[tokio::test(flavor = "multi_thread")]
async fn keys_buckets_and_roles_are_made_in_ministack_and_decide_as_they_should() {
    let Some(python) = python::environment() else {
        return;
    };
    let bridges = gaps::bridges(Oracle::Ministack);
    let ministack = Server::emulator(python, "ministack", &bridges);
    let keys = checks::json(
        python
            .script("ministack_ground.py")
            .arg(ministack.endpoint()),
    );
    // Everything starts from the shared account; the environments are reached by their roles, whose
    // trust ministack decides.
    let shared = |_: &str| {
        let key = &keys["202949997891"];
        StaticCredentials {
            access_key_id: key["accessKeyId"].as_str().unwrap().to_owned(),
            secret_access_key: key["secretAccessKey"].as_str().unwrap().to_owned(),
        }
    };
    let world = Emulated::connect(
        ministack.endpoint(),
        blueprint(some_listener, |text| text),
        shared,
        |spec| matches!(spec, Spec::Key(_) | Spec::Bucket(_) | Spec::Role(_)),
    )
    .await;

    let plan = world.plan().await;
    assert_eq!(plan.counts().create, 26, "{:?}", plan.counts());
    let report = world.apply(&plan).await;
    assert!(
        report.complete(),
        "{:#?} {:#?}",
        report.failed,
        report.not_tried
    );
    let again = world.plan().await;
    let left: Vec<String> = again
        .resources
        .iter()
        .flat_map(|it| {
            it.changes
                .iter()
                .map(move |change| format!("{}: {:?}", it.id, change.lines))
        })
        .collect();
    assert!(left.is_empty(), "a second plan still changes: {left:#?}");

    checks::run(
        python
            .script("looks.py")
            .args(["ministack", ministack.endpoint(), &keys.to_string()]),
        58,
        &gaps::checks(Oracle::Ministack),
    );
    ministack.assert_needed(&bridges);
}
