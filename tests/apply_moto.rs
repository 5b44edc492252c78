//! crosspipe's own apply against moto, which plays all services for any number of accounts.
mod support {
    pub mod emulator;
    pub mod process;
    pub mod python;
}
use crosspipe::aws::StaticCredentials;
use support::emulator::{Emulated, blueprint, some_listener};
use support::{process::Server, python};

#[tokio::test]
async fn try_it() {
    let python = python::environment().unwrap();
    let server = Server::emulator(
        python,
        "moto",
        &[
            "codebuild:CreateProject",
            "s3:GetBucketVersioning",
            "codecommit:ListTagsForResource",
        ],
    );
    let output = python
        .script("moto_ground.py")
        .arg(server.endpoint())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let blueprint = blueprint(
        |name| lines[name].as_str().unwrap().to_owned(),
        |text| {
            text.replace(
                "account = \"202949997891\"",
                "account = \"202949997891\"\nrole = \"arn:aws:iam::202949997891:role/anything\"",
            )
        },
    );
    let _ = some_listener("dev");
    let world = Emulated::connect(
        server.endpoint(),
        blueprint,
        |_| StaticCredentials {
            access_key_id: "testing".into(),
            secret_access_key: "testing".into(),
        },
        |_| true,
    )
    .await;
    let plan = match world.plan(&world.cloud).await {
        Ok(p) => p,
        Err(e) => {
            for e in e {
                println!("OBSERVE {} {:?} {}", e, e.kind, e.code);
            }
            panic!()
        }
    };
    println!("{:?}", plan.counts());
    let report = world.apply(&plan, &world.cloud).await;
    for (c, e) in &report.failed {
        println!(
            "FAILED {} {:?} {:?}: {e} {:?} {}",
            c.resource, c.kind, c.part, e.kind, e.code
        );
    }
    for c in &report.not_tried {
        println!("NOT TRIED {} {:?}", c.resource, c.part);
    }
    match world.plan(&world.cloud).await {
        Ok(p) => {
            println!("{:?}", p.counts());
            for r in p.resources {
                for c in &r.changes {
                    println!("STILL {} {:?} {:?} {:?}", r.id, r.action, c.part, c.lines);
                }
            }
        }
        Err(e) => {
            for e in e {
                println!("OBSERVE {} {:?} {}", e, e.kind, e.code);
            }
        }
    }
}
