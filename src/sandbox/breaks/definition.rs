//! The pipeline's definition: providers, paths, variables, modes.

use serde_json::json;

use super::entry::{ANY, Break, CODEDEPLOY, End, Known, Right, fails};
use super::hands::{action_mut, put_at, set};
use super::site::{Misfit, Site, text};

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F01",
        variant: "",
        name: "deploys-as-to-servers",
        what: "has the deploy action use the provider CodeDeploy, which is for servers, in place of CodeDeployToECS",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "An AppSpec file is required, but could not be found in the revision",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            site.redefine(
                "deploys with CodeDeployToECS",
                "deploys with CodeDeploy",
                |pipeline| {
                    for name in [
                        "TaskDefinitionTemplateArtifact",
                        "TaskDefinitionTemplatePath",
                        "AppSpecTemplateArtifact",
                        "AppSpecTemplatePath",
                        "Image1ArtifactName",
                        "Image1ContainerName",
                    ] {
                        set(pipeline, "Deploy", name, None);
                    }
                    if let Some(action) = action_mut(pipeline, "Deploy") {
                        put_at(action, "/actionTypeId/provider", Some(json!("CodeDeploy")));
                    }
                },
            )
        },
    },
    Break {
        id: "F12",
        variant: "path",
        name: "taskdef-elsewhere",
        what: "has the deploy action look for the task definition under another path",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "ConfigurationError",
                "Exception while trying to read the task definition artifact file from: {artifact}",
                Known::Documented,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            site.redefine("takes taskdef.json", "takes deploy/task.json", |pipeline| {
                set(
                    pipeline,
                    "Deploy",
                    "TaskDefinitionTemplatePath",
                    Some("deploy/task.json"),
                );
            })
        },
    },
    Break {
        id: "F84",
        variant: "",
        name: "polls-as-well",
        what: "has the source action poll, although a rule starts the pipeline",
        ends: &[(ANY, End::Twice)],
        right: Right::Apply,
        put: |site| {
            codecommit(site)?;
            site.redefine(
                "PollForSourceChanges is false",
                "PollForSourceChanges is true",
                |pipeline| {
                    set(pipeline, "Source", "PollForSourceChanges", Some("true"));
                },
            )
        },
    },
    Break {
        id: "F89",
        variant: "",
        name: "variable-not-put-out",
        what: "has the deploy action use a variable that the build does not put out",
        ends: &[(
            ANY,
            fails(
                "Deploy",
                "InvalidVariableReference",
                "An action in this pipeline failed because one or more variables could not be resolved: Action name=Deploy. This can result when a variable is referenced that does not exist. Validate the pipeline action configuration.",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let build = site.action("Build")?;
            let namespace = match text(&build, "namespace") {
                "" => "BuildVariables".to_owned(),
                given => given.to_owned(),
            };
            let deploy = site.action("Deploy")?;
            let provider = deploy.pointer("/actionTypeId/provider");
            let name = match provider.and_then(|it| it.as_str()) {
                Some("ECS") => "FileName",
                _ => "AppSpecTemplatePath",
            };
            let reference = format!("#{{{namespace}.NO_SUCH_VARIABLE}}");
            site.redefine(
                &format!("{name} is a path"),
                &format!("{name} is {reference}"),
                |pipeline| {
                    if let Some(action) = action_mut(pipeline, "Build") {
                        put_at(action, "/namespace", Some(json!(namespace)));
                    }
                    set(pipeline, "Deploy", name, Some(&reference));
                },
            )
        },
    },
    Break {
        id: "F92",
        variant: "",
        name: "runs-superseded",
        what: "has newer runs take the place of those that wait",
        ends: &[(ANY, End::Superseded)],
        right: Right::Apply,
        put: |site| {
            site.redefine(
                "each run has its turn",
                "executionMode SUPERSEDED",
                |pipeline| {
                    put_at(pipeline, "/executionMode", Some(json!("SUPERSEDED")));
                },
            )
        },
    },
    Break {
        id: "F103",
        variant: "",
        name: "appspec-other-suffix",
        what: "has the deploy action look for appspec.yml, although the file ends in .yaml",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "ConfigurationError",
                "Exception while trying to read the appspec artifact file from: {artifact}",
                Known::Reasoned,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            site.redefine("takes appspec.yaml", "takes appspec.yml", |pipeline| {
                set(
                    pipeline,
                    "Deploy",
                    "AppSpecTemplatePath",
                    Some("appspec.yml"),
                );
            })
        },
    },
];

/// The source must be a repository of CodeCommit.
pub(super) fn codecommit(site: &Site<'_>) -> Result<(), Misfit> {
    let source = site.action("Source")?;
    let provider = source.pointer("/actionTypeId/provider");
    if provider.and_then(|it| it.as_str()) == Some("CodeCommit") {
        Ok(())
    } else {
        Err(Misfit::new(
            "the source of this pipeline is no CodeCommit repository",
        ))
    }
}
