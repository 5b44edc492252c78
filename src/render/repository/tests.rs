use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;
use crate::blueprint::Strategy;
use crate::ident::EnvironmentName;
use crate::render::{documents, fixture};
use crate::validity;

fn files(change: impl FnOnce(&mut Blueprint)) -> Vec<RepositoryFile> {
    let mut blueprint = fixture::blueprint();
    change(&mut blueprint);
    let facts = fixture::facts();
    let templates = Templates::embedded().unwrap();
    let made = documents(&blueprint, &facts, &templates).unwrap();
    starter(&blueprint, &facts, &templates, &made).unwrap()
}

fn text<'a>(files: &'a [RepositoryFile], path: &str) -> &'a str {
    &files.iter().find(|it| it.path == path).unwrap().text
}

fn named(name: &str) -> EnvironmentName {
    EnvironmentName::parse(name).unwrap()
}

#[test]
fn everything_that_a_run_reads_is_there() {
    let files = files(|_| {});
    let paths: Vec<&str> = files.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            ".dockerignore",
            ".gitattributes",
            ".gitignore",
            "Dockerfile",
            "README.md",
            "buildspec.yml",
            "deploy/dev/appspec.yaml",
            "deploy/dev/taskdef.json",
            "deploy/prd/appspec.yaml",
            "deploy/prd/taskdef.json",
            "deploy/stg/appspec.yaml",
            "deploy/stg/taskdef.json",
            "server.py",
        ]
    );
    insta::assert_snapshot!("dockerfile", text(&files, "Dockerfile"));
    insta::assert_snapshot!("readme", text(&files, "README.md"));
}

#[test]
fn every_text_is_for_linux_and_names_no_template() {
    for file in files(|_| {}) {
        assert!(!file.text.contains('\r'), "{}", file.path);
        assert!(!file.text.contains("{{"), "{}", file.path);
        assert!(file.text.ends_with('\n'), "{}", file.path);
        assert!(!file.text.ends_with("\n\n"), "{}", file.path);
    }
}

/// A rate limit of a registry ends builds at random.
#[test]
fn the_base_image_is_pulled_without_a_limit_and_by_its_tag() {
    let files = files(|_| {});
    let from: Vec<&str> = text(&files, "Dockerfile")
        .lines()
        .filter_map(|line| line.strip_prefix("FROM "))
        .collect();
    assert_eq!(from.len(), 1);
    assert!(from[0].starts_with("public.ecr.aws/"), "{from:?}");
    let (_, tag) = from[0].rsplit_once(':').unwrap();
    assert_ne!(tag, "latest");
}

/// What the buildspec gives is what the Dockerfile asks for.
#[test]
fn the_build_arguments_fit() {
    let files = files(|_| {});
    let spec = text(&files, "buildspec.yml");
    let given: Vec<&str> = spec
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--build-arg "))
        .filter_map(|rest| rest.split('=').next())
        .collect();
    let asked: Vec<&str> = text(&files, "Dockerfile")
        .lines()
        .filter_map(|line| line.strip_prefix("ARG "))
        .filter_map(|rest| rest.split('=').next())
        .collect();
    assert_eq!(given, asked);
    assert_eq!(validity::buildspec::check(spec), []);
}

#[test]
fn each_branch_gets_its_own_port() {
    let files = files(|it| {
        let dev = it.environments.get_mut(&named("dev")).unwrap();
        dev.container.port = 9000;
    });
    let spec = text(&files, "buildspec.yml");
    let lines: Vec<&str> = spec
        .lines()
        .map(str::trim)
        .filter(|line| line.ends_with(')') && line.starts_with('\'') || line.contains("_PORT="))
        .take(4)
        .collect();
    assert_eq!(
        lines,
        [
            "'develop')",
            "export CONTAINER_PORT=9000",
            "'stage')",
            "export CONTAINER_PORT=10012"
        ]
    );
    assert!(text(&files, "Dockerfile").contains("ARG CONTAINER_PORT=9000\n"));
}

#[test]
fn only_a_port_that_needs_root_gets_it() {
    let plain = files(|_| {});
    assert!(text(&plain, "Dockerfile").contains("\nUSER 10001:10001\n"));
    let low = files(|it| {
        let prd = it.environments.get_mut(&named("prd")).unwrap();
        prd.container.port = 80;
    });
    assert!(!text(&low, "Dockerfile").contains("\nUSER "));
}

#[test]
fn other_strategies_keep_no_appspec() {
    let files = files(|it| {
        for environment in it.environments.values_mut() {
            environment.deploy.strategy = Strategy::EcsRolling;
        }
        it.build.buildspec = "./ci/build.yml".into();
    });
    assert!(files.iter().all(|it| !it.path.ends_with("appspec.yaml")));
    assert!(files.iter().any(|it| it.path == "ci/build.yml"));
    assert!(text(&files, "README.md").contains("| `./ci/build.yml` |"));
    insta::assert_snapshot!("readme_ecs", text(&files, "README.md"));
}

#[test]
fn what_the_project_builds_by_is_never_replaced() {
    let files = files(|it| it.build.buildspec = "README.md".into());
    assert_eq!(files.iter().filter(|it| it.path == "README.md").count(), 1);
    assert!(text(&files, "README.md").starts_with("# Made by crosspipe"));
}

/// Lines that a team's editor ended the other way.
#[test]
fn templates_of_a_team_come_out_for_linux_too() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("templates/starter");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("Dockerfile.hbs"), "FROM scratch\r\nCOPY a b\r\n").unwrap();
    let templates = Templates::with_folder(folder.path()).unwrap();
    let blueprint = fixture::blueprint();
    let facts = fixture::facts();
    let made = documents(&blueprint, &facts, &templates).unwrap();
    let files = starter(&blueprint, &facts, &templates, &made).unwrap();
    assert_eq!(text(&files, "Dockerfile"), "FROM scratch\nCOPY a b\n");
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The server as the image runs it, where this machine has Python.
#[cfg(unix)]
#[test]
fn the_server_serves_and_ends_when_it_is_told_to() {
    let files = files(|_| {});
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("server.py");
    std::fs::write(&program, text(&files, "server.py")).unwrap();
    let spawned = Command::new("python3")
        .args(["-u", "-B"])
        .arg(&program)
        .env("PORT", "0")
        .env("APPLICATION", "orders")
        .env("ENVIRONMENT", "dev")
        .env("COMMIT_ID", "a41f9c2")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(child) = spawned else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no python3");
        return;
    };
    let mut running = Running(child);
    let mut out = BufReader::new(running.0.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let port: u16 = line.trim().rsplit(' ').next().unwrap().parse().unwrap();

    let page = ask(port, "GET /");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    let (head, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}", body.len())));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(body).unwrap(),
        serde_json::json!({"application": "orders", "environment": "dev", "commit": "a41f9c2"})
    );
    assert!(ask(port, "GET /health?x=1").ends_with("{\"status\": \"ok\"}\n"));
    assert!(ask(port, "HEAD /").ends_with("\r\n\r\n"));
    assert!(ask(port, "GET /../../etc/passwd").starts_with("HTTP/1.1 404 "));
    assert!(ask(port, "POST /").starts_with("HTTP/1.1 501 "));

    // A connection that is kept open does not hold it.
    let _open = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let told = Instant::now();
    let id = running.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    let ended = running.0.wait().unwrap();
    assert!(ended.success(), "{ended}");
    assert!(told.elapsed() < Duration::from_secs(5));
    let mut log = String::new();
    let mut errors = running.0.stderr.take().unwrap();
    errors.read_to_string(&mut log).unwrap();
    assert!(log.contains("\"GET / HTTP/1.1\" 200"), "{log}");
    assert!(!log.contains("Traceback"), "{log}");
}
