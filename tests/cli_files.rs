//! Commands that touch no account, and what every command has in common.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/cli.rs"]
mod cli;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use cli::{Place, files};
use insta::assert_snapshot;

/// The commands, as they are typed.
const COMMANDS: &[&str] = &[
    "bootstrap",
    "plan",
    "apply",
    "deploy",
    "watch",
    "status",
    "history",
    "logs",
    "approve",
    "reject",
    "retry",
    "stop",
    "rollback",
    "promote",
    "render",
    "starter",
    "templates",
    "templates eject",
    "templates list",
    "policy",
    "policy evaluate",
    "policy explain",
    "policy check",
    "sandbox",
    "sandbox start",
    "sandbox reset",
    "sandbox scp",
    "sandbox scp set",
    "sandbox scp list",
    "sandbox scp remove",
    "sandbox scp management",
    "sandbox break",
    "sandbox git-credential",
    "completions",
    "man",
];

#[test]
fn every_help_page_says_what_it_does_to_the_accounts() {
    let place = Place::new();
    assert_snapshot!("help", place.run("--help").ended(0).page());
    for command in COMMANDS {
        let ran = place.run(&format!("{command} --help")).ended(0);
        let text: Vec<String> = ran
            .stdout
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let text = text.join(" ");
        let words = [
            "reads the accounts",
            "changes the accounts",
            "touches no account",
            "touches no real account",
        ];
        assert!(words.iter().any(|it| text.contains(it)), "{}", ran.page());
        assert!(text.contains("example"), "{}", ran.page());
        assert!(
            ran.stdout.lines().all(|line| line.chars().count() <= 100),
            "{}",
            ran.page()
        );
        assert_snapshot!(format!("help_{}", command.replace(' ', "_")), ran.page());
    }
}

#[test]
fn usage() {
    let place = Place::new();
    place.run("--version").ended(0).says("crosspipe 0.1.0");
    place.run("").ended(2);
    place.run("boostrap").ended(2).complains("bootstrap");
    place
        .run("plan --latency 5")
        .ended(2)
        .complains("--sandbox");
    place
        .run("bootstrap --sandbox --account dev=12")
        .ended(2)
        .complains("12 digits");
    place
        .run("bootstrap --sandbox --environment Dev!")
        .ended(2)
        .complains("Dev!");
    for command in ["plan", "apply", "render out"] {
        place
            .run(command)
            .ended(2)
            .complains("crosspipe.toml is not there")
            .complains("crosspipe bootstrap");
    }
    assert!(!place.has(".crosspipe"));
    assert!(!place.has("crosspipe.toml"));
}

#[test]
fn answers_that_nobody_can_give() {
    let mut place = Place::new();
    // Nothing is asked of the machine that the test runs on.
    place.set("AWS_EC2_METADATA_DISABLED", "true");
    assert_snapshot!("missing_all", place.run("bootstrap").page());
    let some = place.run(
        "bootstrap --yes --environment dev --organization bys --application orders --region eu-west-1 --account shared=202949997891 --account dev=558846431111",
    );
    some.ended(2)
        .complains("4 answers are missing")
        .complains("--profile dev=NAME or --role dev=ARN")
        .lacks("--organization NAME");
    assert!(!place.has("crosspipe.toml"));
}

#[test]
fn a_wrong_configuration_shows_the_line_and_the_fix() {
    for (name, from, to) in [
        ("unknown_key", "organization =", "organisation ="),
        (
            "eleven_digits",
            "account = \"558846431111\"",
            "account = \"55884643111\"",
        ),
        ("region_typo", "ap-northeast-2\"\n", "ap-northest-2\"\n"),
        ("branch_twice", "branch = \"stage\"", "branch = \"develop\""),
    ] {
        let place = Place::with_defaults();
        place.edit(from, to);
        assert_snapshot!(
            format!("wrong_{name}"),
            place.run("plan --sandbox").ended(2).page()
        );
        // The questions do not paper over it.
        place.run("bootstrap --sandbox --yes").ended(2);
        assert!(!place.has(".crosspipe"), "{name}");
    }
}

#[test]
fn a_description_that_iam_does_not_take() {
    let mut place = Place::with_defaults();
    let toml = place.read("crosspipe.toml");
    place.write(
        "crosspipe.toml",
        &format!("description = \"주문 서비스\"\n{toml}"),
    );
    assert_snapshot!("wrong_description", place.run("plan --sandbox").page());
    place.set("LC_ALL", "C");
    place.run("plan --sandbox").ended(2);
}

#[test]
fn render_writes_every_document() {
    let place = Place::with_defaults();
    let ran = place.run("render documents").ended(0);
    assert_snapshot!("render", ran.page());
    let written = files(&place.path("documents"));
    assert_snapshot!("render_files", written.join("\n"));
    for file in &written {
        let text = place.read(&format!("documents/{file}"));
        assert!(!text.trim().is_empty(), "{file}");
        if file.ends_with(".json") {
            serde_json::from_str::<serde_json::Value>(&text)
                .unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    }
    // Again over what it wrote itself.
    place.run("render documents").ended(0);
    // Not over somebody's own files.
    place.write("mine/letter.txt", "dear");
    place
        .run("render mine")
        .ended(2)
        .complains("mine is not empty: it holds letter.txt")
        .complains("--force");
    assert_eq!(place.read("mine/letter.txt"), "dear");
}

#[test]
fn templates_can_be_changed() {
    let place = Place::with_defaults();
    assert_snapshot!(
        "templates_eject",
        place.run("templates eject my-templates").ended(0).page()
    );
    let toml = place.read("crosspipe.toml");
    place.write(
        "crosspipe.toml",
        &format!("templates = \"my-templates\"\n{toml}"),
    );
    let names: Vec<String> = place
        .run("templates list")
        .ended(0)
        .stdout
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(
        names.iter().all(|line| line.starts_with("yours")),
        "{names:?}"
    );
    let buildspec = names
        .iter()
        .find_map(|line| {
            line.split_whitespace()
                .find(|word| word.contains("buildspec"))
        })
        .unwrap();
    let file = format!("my-templates/{buildspec}");
    let text = place.read(&file);
    place.write(&file, &format!("# ours\n{text}"));
    place.run("render documents").ended(0);
    let changed: Vec<String> = files(&place.path("documents"))
        .into_iter()
        .filter(|file| place.read(&format!("documents/{file}")).contains("# ours"))
        .collect();
    assert!(!changed.is_empty());
    // Broken, it is named with its place before anything is asked of an account.
    place.write(&file, "version: {{environment");
    let broken = place.run("plan --sandbox").ended(2);
    assert!(broken.stderr.contains("buildspec"), "{}", broken.page());
    assert!(!place.has(".crosspipe"), "{}", broken.page());
}

#[test]
fn completions_and_the_manual() {
    let place = Place::new();
    for (shell, word) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef crosspipe"),
        ("fish", "complete -c crosspipe"),
    ] {
        place
            .run(&format!("completions {shell}"))
            .ended(0)
            .says(word)
            .says("bootstrap");
    }
    place.run("completions tcsh").ended(2).complains("bash");
    place
        .run("man")
        .ended(0)
        .says(".TH crosspipe 1")
        .says("bootstrap");
}

/// Whoever reads the first line only ends nothing.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::with_defaults();
    for arguments in [
        "plan --sandbox --json",
        "bootstrap --sandbox --yes",
        "man",
        "completions bash",
    ] {
        let mut child = place
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        drop(reader);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!line.is_empty(), "{arguments}");
        assert!(!said.contains("panicked"), "{arguments}: {said}");
        assert_eq!(output.status.code(), Some(0), "{arguments}: {said}");
    }
    // Nobody reads at all.
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("{} plan --sandbox | true", cli::PROGRAM))
        .current_dir(place.folder.path());
    assert!(shell.output().unwrap().stderr.is_empty());
}

#[test]
fn a_locale_without_unicode_sees_ascii_only() {
    let mut place = Place::new();
    place.set("LC_ALL", "C");
    for command in [
        "bootstrap --sandbox --yes",
        "plan --sandbox --details",
        "apply --sandbox",
        "render documents",
        "templates list",
        "--help",
        "bootstrap --help",
    ] {
        let ran = place.run(command).ended(0);
        let beyond = |text: &str| {
            text.lines()
                .find(|line| !line.is_ascii())
                .map(str::to_owned)
        };
        assert_eq!(beyond(&ran.stdout), None, "{command}");
        assert_eq!(beyond(&ran.stderr), None, "{command}");
    }
}

#[test]
fn without_a_terminal_nothing_is_coloured() {
    let place = Place::new();
    let first = place.run("bootstrap --sandbox --yes").ended(0);
    assert!(!first.stdout.contains('\u{1b}') && !first.stderr.contains('\u{1b}'));
    place.edit("branch = \"stage\"", "branch = \"develop\"");
    let wrong = place.run("plan --sandbox").ended(2);
    assert!(!wrong.stderr.contains('\u{1b}'), "{}", wrong.page());
}

/// What AWS would refuse in the middle of an apply is said before anything is looked at.
#[test]
fn a_template_that_aws_would_refuse_stops_a_plan() {
    let place = Place::with_defaults();
    place.write("mine/templates/pipeline.json.hbs", "[]");
    place.edit("region = ", "templates = \"mine\"\nregion = ");
    place
        .run("plan --sandbox")
        .ended(2)
        .complains("templates/pipeline.json.hbs");
    assert!(!place.has(".crosspipe"));
}

#[test]
fn from_a_folder_below_the_project_is_found() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --yes --environment dev --no-starter")
        .ended(0);
    for line in [
        "status --sandbox",
        "history dev --sandbox",
        "plan --sandbox",
    ] {
        place.run_in("src/deep", line).ended(0).lacks("--config");
    }
    place.run_in("src/deep", "templates list").ended(0);
    place.run_in("src/deep", "render out").ended(0);
    assert!(place.has("src/deep/out"));
    place
        .run_in("src/deep", "apply --sandbox --yes")
        .ended(0)
        .says("Nothing to change");
    place
        .run_in("src", "bootstrap --sandbox --yes")
        .ended(2)
        .complains("has its configuration already: ../crosspipe.toml")
        .complains("--config crosspipe.toml");
    assert!(!place.has("src/crosspipe.toml"));
    assert!(!place.has("src/.crosspipe") && !place.has("src/deep/.crosspipe"));
    place
        .run_in(
            "src",
            "bootstrap --sandbox --yes --no-starter --config ../crosspipe.toml",
        )
        .ended(0)
        .says("Nothing to change");
    place
        .run_in(
            "src",
            "bootstrap --sandbox --yes --no-starter --config crosspipe.toml",
        )
        .ended(0);
    assert!(place.has("src/crosspipe.toml") && place.has("src/.crosspipe/sandbox"));
    place
        .run_in("other", "sandbox reset")
        .ended(0)
        .says("Forgot the sandbox in ../.crosspipe/sandbox");
}

#[test]
fn a_sandbox_that_is_not_there_is_not_made_by_looking_at_it() {
    let place = Place::with_defaults();
    for line in [
        "status",
        "history dev",
        "logs dev",
        "watch dev",
        "deploy dev",
        "approve dev --yes",
        "retry dev --yes",
        "promote dev stg --yes",
    ] {
        place
            .run(&format!("{line} --sandbox --state wrong"))
            .ended(2)
            .complains("there is no sandbox in wrong")
            .complains("crosspipe bootstrap --sandbox --state wrong");
    }
    place
        .run("status --sandbox")
        .ended(2)
        .complains("there is no sandbox in .crosspipe/sandbox");
    assert!(!place.has("wrong") && !place.has(".crosspipe"));
}
