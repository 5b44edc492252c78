//! The templates that are built in, by their path in the source tree.

macro_rules! embed {
    ($($name:literal),* $(,)?) => {
        /// Name and text of every built-in template.
        pub(super) const TEMPLATES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $name)))),*
        ];
    };
}

embed![
    "policies/shared/artifact-bucket.json.hbs",
    "policies/shared/artifact-key.json.hbs",
    "policies/shared/build-role.json.hbs",
    "policies/shared/build-role.trust.json.hbs",
    "policies/shared/events-role.json.hbs",
    "policies/shared/events-role.trust.json.hbs",
    "policies/shared/pipeline-role.json.hbs",
    "policies/shared/pipeline-role.trust.json.hbs",
    "policies/environment/codedeploy-role.json.hbs",
    "policies/environment/codedeploy-role.trust.json.hbs",
    "policies/environment/deploy-role.json.hbs",
    "policies/environment/deploy-role.trust.json.hbs",
    "policies/environment/execution-role.json.hbs",
    "policies/environment/execution-role.trust.json.hbs",
    "policies/environment/push-role.json.hbs",
    "policies/environment/push-role.trust.json.hbs",
    "policies/environment/task-role.trust.json.hbs",
    "templates/application.json.hbs",
    "templates/appspec.yaml.hbs",
    "templates/bucket-lifecycle.json.hbs",
    "templates/build-project.json.hbs",
    "templates/buildspec.yml.hbs",
    "templates/deployment-group.json.hbs",
    "templates/event-pattern.json.hbs",
    "templates/image-lifecycle.json.hbs",
    "templates/image-repository.json.hbs",
    "templates/pipeline.json.hbs",
    "templates/rule.json.hbs",
    "templates/starter/Dockerfile.hbs",
    "templates/starter/dockerignore.hbs",
    "templates/starter/gitattributes.hbs",
    "templates/starter/gitignore.hbs",
    "templates/starter/readme.md.hbs",
    "templates/starter/server.py.hbs",
    "templates/targets.json.hbs",
    "templates/taskdef.json.hbs",
];

/// The pages that explain them: not templates, but ejected beside them.
pub(super) const PAGES: &[(&str, &str)] = &[
    (
        "policies/README.md",
        include_str!("../../policies/README.md"),
    ),
    (
        "templates/README.md",
        include_str!("../../templates/README.md"),
    ),
];
