use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn with(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Templates, RenderError>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let templates = Templates::with_folder(folder.path());
    (folder, templates)
}

fn error(files: &[(&str, &str)]) -> String {
    let (folder, templates) = with(files);
    let text = templates.unwrap_err().to_string();
    text.replace(&folder.path().display().to_string(), "DIR")
}

/// What a template of this text says when it is rendered.
fn rendering(text: &str) -> String {
    let (_folder, templates) = with(&[("templates/targets.json.hbs", text)]);
    templates
        .unwrap()
        .json(
            "templates/targets.json.hbs",
            &json!({"name": "a \"b\" \\", "list": ["x", 1], "none": null}),
        )
        .map_or_else(|error| error.to_string(), |value| value.to_string())
}

#[test]
fn the_list_of_built_in_templates_is_complete() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["policies", "templates"] {
        walk(root, folder, &mut files).unwrap();
    }
    let embedded: BTreeSet<&str> = embedded::TEMPLATES.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        files.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        embedded
    );
    assert_eq!(
        Templates::embedded().unwrap().names().count(),
        embedded.len()
    );
    for (name, text) in Templates::sources() {
        assert_eq!(text, fs::read_to_string(root.join(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_file_replaces_the_template_of_its_name_and_only_that() {
    let (_folder, templates) = with(&[
        ("templates/application.json.hbs", r#"{"mine": true}"#),
        ("policies/README.md", "a page"),
        (".DS_Store", "junk"),
    ]);
    let templates = templates.unwrap();
    let replaced: Vec<_> = templates
        .names()
        .filter(|(_, replaced)| *replaced)
        .collect();
    assert_eq!(replaced, [("templates/application.json.hbs", true)]);
    assert_eq!(
        templates
            .json("templates/application.json.hbs", &json!({}))
            .unwrap(),
        json!({"mine": true})
    );
}

#[test]
fn what_replaces_nothing_is_an_error_that_names_the_nearest() {
    insta::assert_snapshot!(error(&[("policies/shared/artefact-key.json.hbs", "{}")]), @"DIR/policies/shared/artefact-key.json.hbs replaces no template: did you mean policies/shared/artifact-key.json.hbs?");
    insta::assert_snapshot!(error(&[("policies/shared/deploy-role.json.hbs", "{}")]), @"DIR/policies/shared/deploy-role.json.hbs replaces no template: did you mean policies/environment/deploy-role.json.hbs?");
    insta::assert_snapshot!(error(&[("templates/dockerfile-for-my-own-thing", "{}")]), @"DIR/templates/dockerfile-for-my-own-thing replaces no template: 'crosspipe templates list' shows the names");
    assert!(
        Templates::with_folder(Path::new("/nonexistent/folder"))
            .unwrap_err()
            .to_string()
            .starts_with("cannot read /nonexistent/folder")
    );
}

#[test]
fn values_are_written_as_what_they_are() {
    assert_eq!(
        rendering(r#"["{{name}}", {{json list}}, {{json name}}, {{json none}}]"#),
        r#"["a \"b\" \\",["x",1],"a \"b\" \\",null]"#
    );
    let (_folder, templates) = with(&[("templates/buildspec.yml.hbs", "a: {{shell name}}")]);
    let text = templates
        .unwrap()
        .text(
            "templates/buildspec.yml.hbs",
            &json!({"name": "it's $HOME `x`"}),
        )
        .unwrap();
    assert_eq!(text, r"a: 'it'\''s $HOME `x`'");
}

#[test]
fn errors_name_the_template_and_the_line() {
    insta::assert_snapshot!(rendering("{\n  \"a\": \"{{nmae}}\"\n}"), @"templates/targets.json.hbs, line 2, column 9: 'nmae' is not known here; templates/README.md lists what a template can mention");
    insta::assert_snapshot!(rendering("{\n  \"a\": {{jsn list}}\n}"), @"templates/targets.json.hbs, line 2, column 8: there is no helper 'jsn'; known are 'json' and 'shell'");
    insta::assert_snapshot!(rendering("{\n  \"a\": \"{{name}}\",\n}"), @"templates/targets.json.hbs renders to something that is not JSON: trailing comma, in line 3: }");
    insta::assert_snapshot!(rendering("{\n  \"a\": {{name}}\n}"), @r#"templates/targets.json.hbs renders to something that is not JSON: expected value, in line 2: "a": a \"b\" \\"#);
    insta::assert_snapshot!(error(&[("templates/rule.json.hbs", "{\n {{#if a}} }")]), @"templates/rule.json.hbs, line 2, column 13: handlebars cannot read on from here; is every {{#...}} closed by its {{/...}}?");
    let (_folder, templates) = with(&[("templates/appspec.yaml.hbs", "a: 1\n  b: - 2\n")]);
    insta::assert_snapshot!(templates.unwrap().yaml("templates/appspec.yaml.hbs", &json!({})).unwrap_err().to_string(), @"templates/appspec.yaml.hbs renders to something that is not YAML: mapping values are not allowed in this context, in line 2: b: - 2");
}
