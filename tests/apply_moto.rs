//! crosspipe's own plan and apply against moto, which plays every service for any number of accounts.

mod support {
    pub mod checks;
    pub mod emulator;
    pub mod gaps;
    pub mod process;
    pub mod python;
}

use std::collections::BTreeSet;

use crosspipe::apply::verify;
use crosspipe::aws::StaticCredentials;
use crosspipe::plan::{Action, Plan};
use support::emulator::{Emulated, blueprint};
use support::gaps::{self, Oracle};
use support::process::Server;
use support::{checks, python};

/// What of a plan the table of gaps does not explain, and which entries explained nothing.
fn unexplained(plan: &Plan) -> (Vec<String>, Vec<String>) {
    let known = gaps::still_planned(Oracle::Moto);
    let mut used = BTreeSet::new();
    let mut left = Vec::new();
    for resource in plan.resources.iter().filter(|it| it.action != Action::Keep) {
        for line in resource.changes.iter().flat_map(|change| &change.lines) {
            match known
                .iter()
                .find(|(kind, begin)| *kind == resource.spec.kind() && line.starts_with(begin))
            {
                Some(entry) => {
                    used.insert(*entry);
                }
                None => left.push(format!("{}: {line}", resource.id)),
            }
        }
    }
    let unused = known
        .difference(&used)
        .map(|entry| format!("{entry:?}"))
        .collect();
    (left, unused)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_blueprint_is_made_in_moto_and_stays_as_it_is() {
    let Some(python) = python::environment() else {
        return;
    };
    let bridges = gaps::bridges(Oracle::Moto);
    let moto = Server::emulator(python, "moto", &bridges);
    let ground = checks::json(python.script("moto_ground.py").arg(moto.endpoint()));
    let blueprint = blueprint(
        |environment| {
            ground["listeners"][environment]
                .as_str()
                .unwrap()
                .to_owned()
        },
        |text| {
            // In moto an account is chosen by assuming any role of it.
            text.replace(
                "[shared]\n",
                "[shared]\nrole = \"arn:aws:iam::202949997891:role/anything\"\n",
            )
        },
    );
    let testing = |_: &str| StaticCredentials {
        access_key_id: "testing".to_owned(),
        secret_access_key: "testing".to_owned(),
    };
    let world = Emulated::connect(moto.endpoint(), blueprint, testing, |_| true).await;

    let plan = world.plan().await;
    let wanted = plan.resources.len();
    assert!(wanted >= 45, "only {wanted} resources are wanted");
    assert_eq!(plan.counts().create, wanted, "{:?}", plan.counts());
    let report = world.apply(&plan).await;
    assert!(
        report.complete(),
        "{:#?} {:#?}",
        report.failed,
        report.not_tried
    );

    // By its own eyes: nothing left to do, the rule matches, the structure is valid.
    let again = world.plan().await;
    let (left, unused) = unexplained(&again);
    assert!(left.is_empty(), "a second plan still changes: {left:#?}");
    assert!(unused.is_empty(), "no longer needed in gaps.rs: {unused:?}");
    let verification = verify(&plan, &world.cloud, &report.attributes).await;
    assert!(verification.errors.is_empty(), "{:?}", verification.errors);
    assert!(
        verification.structure.is_empty(),
        "{:?}",
        verification.structure
    );
    assert_eq!(verification.rules.len(), 3, "{:?}", verification.rules);
    assert!(
        verification.rules.iter().all(|it| it.2),
        "{:?}",
        verification.rules
    );

    // By boto3's eyes.
    checks::run(
        python
            .script("looks.py")
            .args(["moto", moto.endpoint(), &ground["accounts"].to_string()]),
        44,
        &gaps::checks(Oracle::Moto),
    );

    moto.assert_needed(&bridges);
}
