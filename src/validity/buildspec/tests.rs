use super::*;

fn said(text: &str) -> Vec<String> {
    check(text).iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_one_has_no_problem_and_gives_its_commands() {
    let text = "version: 0.2\nphases:\n  build:\n    on-failure: ABORT\n    commands:\n      - make\n      - |\n        a\n        b\nartifacts:\n  files: ['x']\n";
    assert_eq!(check(text), []);
    let commands = commands(text);
    assert_eq!(
        commands[0],
        ("phases.build.commands[0]".to_owned(), "make".to_owned())
    );
    assert_eq!(commands[1].1, "a\nb\n");
}

#[test]
fn each_fault_is_named() {
    for (text, expected) in [
        (
            "version: 2\nphases: {build: {commands: [a]}}",
            "version: the format's version is 0.2",
        ),
        (
            "version: 0.1\nphases: {build: {commands: [a]}}",
            "version: format 0.1 runs each command",
        ),
        ("version: 0.2", "phases: there are no phases"),
        (
            "version: 0.2\nphases: {deploy: {commands: [a]}}",
            "phases.deploy: there is no phase 'deploy'",
        ),
        (
            "version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b",
            "phases.build.commands[0]: a command is a text",
        ),
        (
            "version: 0.2\nphases: {build: {commands: make}}",
            "phases.build.commands: commands are a list",
        ),
        (
            "version: 0.2\nphases: {build: {on-failure: STOP, commands: [a]}}",
            "phases.build.on-failure",
        ),
        (
            "version: 0.2\nphases: {build: {commands: ['$(aws ecr get-login --no-include-email)']}}",
            "phases.build.commands[0]: 'aws ecr get-login' does not exist",
        ),
        (
            "version: 0.2\nphases: {build: {commands: ['docker rmi x:backup']}}",
            "phases.build.commands[0]: 'docker rmi' fails",
        ),
        (
            "version: 0.2\nphases: {build: {commands: ['echo $CODEBUILD_WEBHOOK_HEAD_REF']}}",
            "phases.build.commands[0]: CODEBUILD_WEBHOOK_",
        ),
        (
            "version: 0.2\nenv: {variables: {A: '${B}.dkr'}}\nphases: {build: {commands: [a]}}",
            "env.variables.A: values here are literal",
        ),
        (
            "version: 0.2\nphases: {build: {commands: [a]}}\nartifacts: {files: []}",
            "artifacts.files: artifacts name at least one",
        ),
        (
            "version: 0.2\nphases: {build: {commands: [a]}}\nartifacts: {files: ['imageDetails.json']}",
            "artifacts.files[0]: the deploy action reads imageDetail.json",
        ),
        ("a: b: c", "mapping values are not allowed"),
    ] {
        let said = said(text);
        assert!(
            said.iter().any(|it| it.starts_with(expected)),
            "{expected}: {said:?}"
        );
    }
}
