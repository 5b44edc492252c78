//! Files of the repository that are wrong: AppSpec, task definition, buildspec.

use serde_json::{Value, json};

use super::build::line;
use super::entry::{Break, CODEDEPLOY, ECS, End, Known, Right, See, fails, seen, sight};
use super::hands::{set, write};
use super::site::{Misfit, Site, last, text};
use super::trust::healthless;
use crate::sandbox::services::{ecr, ecs};

const NO_LOG_GROUP: &str = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: operation error CloudWatch Logs: CreateLogStream, https response error StatusCode: 400, ResourceNotFoundException: The specified log group does not exist. : exit status 1";

/// What the action says of a task definition that ECS does not register.
const fn not_registered(says: &'static str, known: Known) -> End {
    fails("Deploy", "JobFailed", says, known)
}

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F03",
        variant: "",
        name: "appspec-says-latest",
        what: "has the AppSpec name the task definition's revision latest",
        ends: &[(
            CODEDEPLOY,
            seen(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: ECS_UPDATE_ERROR; Error message: The ECS service cannot be updated due to an unexpected error: Invalid revision number. Number: latest (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: <id>; Proxy: null). Check your ECS service status.",
                Known::Observed,
                &[sight(
                    See::Deployment,
                    "The ECS service cannot be updated due to an unexpected error: Invalid revision number. Number: latest (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: <id>; Proxy: null). Check your ECS service status.",
                )],
            ),
        )],
        right: Right::Push,
        put: |site| {
            let family = family(site)?;
            appspec_names(site, &format!("{family}:latest"))
        },
    },
    Break {
        id: "F04",
        variant: "",
        name: "appspec-names-inactive-revision",
        what: "registers a revision, deregisters it, and has the AppSpec name it",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: ECS_UPDATE_ERROR; Error message: The ECS service cannot be updated due to an unexpected error: TaskDefinition is inactive (Service: AmazonECS; Status Code: 400; Error Code: ClientException; Request ID: <id>; Proxy: null). Check your ECS service status.",
                Known::Observed,
            ),
        )],
        right: Right::Push,
        put: |site| {
            let running = site.running()?;
            let account = site.account()?;
            let made = site.must(
                &account,
                &ecs::SERVICE,
                "RegisterTaskDefinition",
                fresh(&running),
            )?;
            let arn = made
                .pointer("/taskDefinition/taskDefinitionArn")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let input = json!({"taskDefinition": arn});
            site.must(&account, &ecs::SERVICE, "DeregisterTaskDefinition", input)?;
            site.changed(
                &account,
                arn.clone(),
                "not there",
                "registered and deregistered",
            );
            appspec_names(site, &arn)
        },
    },
    Break {
        id: "F05",
        variant: "taskdef",
        name: "taskdef-without-execution-role",
        what: "takes the execution role out of the task definition",
        ends: &[(
            CODEDEPLOY,
            not_registered(
                "Fargate requires task definition to have execution role ARN to support ECR images. (Service: AmazonECS; Status Code: 400; Error Code: ClientException)",
                Known::Reasoned,
            ),
        )],
        right: Right::Push,
        put: |site| {
            site.edit_taskdef("Take out the execution role", |document| {
                if let Some(members) = document.as_object_mut() {
                    members.shift_remove("executionRoleArn");
                }
            })
        },
    },
    Break {
        id: "F10",
        variant: "",
        name: "appspec-names-running-revision",
        what: "has the AppSpec name the revision that runs now, so that the new one is registered and never used",
        ends: &[(
            CODEDEPLOY,
            End::Lands {
                look: "the service still runs the revision that it ran before, with the image of before",
                more: &[],
            },
        )],
        right: Right::Push,
        put: |site| {
            let running = site.running()?;
            let arn = text(&running, "taskDefinitionArn").to_owned();
            site.facts.insert("running", arn.clone());
            appspec_names(site, &arn)
        },
    },
    Break {
        id: "F12",
        variant: "json",
        name: "taskdef-not-json",
        what: "leaves a comma too many in the task definition",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "ConfigurationError",
                "Exception while trying to read the task definition artifact file from: {artifact}",
                Known::Documented,
            ),
        )],
        right: Right::Push,
        put: |site| {
            let (path, _) = site.taskdef_file()?;
            site.edit(&path, "Leave a comma too many", |text| {
                match text.trim_end().rsplit_once('}') {
                    Some((before, _)) => format!("{},\n}}\n", before.trim_end()),
                    None => text.to_owned(),
                }
            })
        },
    },
    Break {
        id: "F13",
        variant: "",
        name: "image-file-misnamed",
        what: "has the build write the file that names the image under another name",
        ends: &[
            (
                CODEDEPLOY,
                fails(
                    "Deploy",
                    "ConfigurationError",
                    "Exception while trying to read the image artifact file from: {artifact}",
                    Known::Observed,
                ),
            ),
            (
                ECS,
                fails(
                    "Deploy",
                    "ConfigurationError",
                    "Did not find the image definition file imagedefinitions.json in the input artifacts ZIP file. Verify the file is stored in your pipeline's Amazon S3 artifact bucket: {bucket} key: <object>",
                    Known::Observed,
                ),
            ),
        ],
        right: Right::Push,
        put: |site| {
            let path = site.buildspec_file()?;
            site.edit(&path, "Name the image's file in another way", |text| {
                text.replace("imageDetail.json", "imageDetails.json")
                    .replace("imagedefinitions.json", "imagedefinition.json")
            })
        },
    },
    Break {
        id: "F33",
        variant: "other-account",
        name: "taskdef-names-role-of-shared-account",
        what: "has the task definition name a role of the shared account",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Cross-account pass role is not allowed. (Service: AmazonECS; Status Code: 400; Error Code: AccessDeniedException)",
                Known::Reasoned,
            ),
        )],
        right: Right::Push,
        put: |site| {
            let role = site.build_role()?;
            site.edit_taskdef("Run tasks with a role of the shared account", |document| {
                write(document, "/taskRoleArn", json!(role));
            })
        },
    },
    Break {
        id: "F66",
        variant: "",
        name: "image-not-there",
        what: "has the task definition name an image that is not in the repository",
        ends: &[(
            CODEDEPLOY,
            healthless(&[sight(
                See::StoppedTask,
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref <image>: <image>: not found",
            )]),
        )],
        right: Right::Push,
        put: |site| {
            let image = format!("{}:no-such-tag", image(site)?);
            fixed_image(site, &image)
        },
    },
    Break {
        id: "F72",
        variant: "",
        name: "log-group-missing",
        what: "has the task definition log to a group that is not there, and not make it",
        ends: &[(
            CODEDEPLOY,
            healthless(&[sight(See::StoppedTask, NO_LOG_GROUP)]),
        )],
        right: Right::Push,
        put: |site| {
            let region = site.region.clone();
            site.edit_taskdef("Log to a group that nobody makes", |document| {
                write(
                    document,
                    "/containerDefinitions/0/logConfiguration",
                    json!({
                        "logDriver": "awslogs",
                        "options": {
                            "awslogs-group": "/crosspipe/no-such-group",
                            "awslogs-region": region,
                            "awslogs-stream-prefix": "app",
                        },
                    }),
                );
            })?;
            // So that it is the group that is missing, and not the right to write to it.
            let role = site.execution_role()?;
            let found = site.role_mut(&role)?;
            let document = json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "*",
            }]});
            found
                .inline
                .insert("crosspipe-break-f72".to_owned(), document.to_string());
            let account = site.account()?;
            site.changed(
                &account,
                role,
                "writes to its own log group",
                "may write to every log group",
            );
            Ok(())
        },
    },
    Break {
        id: "F73",
        variant: "",
        name: "taskdef-size-unknown",
        what: "has the task definition ask for cpu and memory that Fargate does not have together",
        ends: &[(
            CODEDEPLOY,
            not_registered(
                "No Fargate configuration exists for given values. (Service: AmazonECS; Status Code: 400; Error Code: ClientException)",
                Known::Documented,
            ),
        )],
        right: Right::Push,
        put: |site| {
            site.edit_taskdef("Ask for much memory with little cpu", |document| {
                write(document, "/cpu", json!("256"));
                write(document, "/memory", json!("16384"));
            })
        },
    },
    Break {
        id: "F74",
        variant: "container",
        name: "appspec-names-other-container",
        what: "has the AppSpec send traffic to a container that the task definition does not have",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: ECS_UPDATE_ERROR; Error message: The ECS service cannot be updated due to an unexpected error: The container no-such-container does not exist in the task definition. (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: <id>; Proxy: null). Check your ECS service status.",
                Known::Reasoned,
            ),
        )],
        right: Right::Push,
        put: |site| {
            let path = site.appspec_file()?;
            site.edit(&path, "Send traffic to another container", |text| {
                line(text, "ContainerName:", "ContainerName: no-such-container")
            })
        },
    },
    Break {
        id: "F74",
        variant: "port",
        name: "appspec-names-other-port",
        what: "has the AppSpec send traffic to a port that the container does not have",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: ECS_UPDATE_ERROR; Error message: The ECS service cannot be updated due to an unexpected error: The container <name> did not have a container port 9 defined. (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: <id>; Proxy: null). Check your ECS service status.",
                Known::Reasoned,
            ),
        )],
        right: Right::Push,
        put: |site| {
            let path = site.appspec_file()?;
            site.edit(&path, "Send traffic to another port", |text| {
                line(text, "ContainerPort:", "ContainerPort: 9")
            })
        },
    },
    Break {
        id: "F107",
        variant: "",
        name: "image-never-replaced",
        what: "takes the image out of the deploy action and writes a fixed tag into the task definition",
        ends: &[(
            CODEDEPLOY,
            End::Lands {
                look: "each revision has the same image text, so nothing new is deployed, and a rollback restores nothing",
                more: &[],
            },
        )],
        right: Right::Hand(
            "push the task definition with its placeholder, and type crosspipe apply --sandbox",
        ),
        put: never_replaced,
    },
];

/// The ARN of the task definition's family, without a revision.
fn family(site: &Site<'_>) -> Result<String, Misfit> {
    let running = site.running()?;
    let arn = text(&running, "taskDefinitionArn");
    Ok(arn
        .rsplit_once(':')
        .map(|(family, _)| family.to_owned())
        .unwrap_or_default())
}

/// A described task definition as it can be registered again.
fn fresh(running: &Value) -> Value {
    let mut fresh = running.clone();
    if let Some(members) = fresh.as_object_mut() {
        let arn = text(running, "taskDefinitionArn");
        let family = last(arn).split(':').next().unwrap_or_default().to_owned();
        for member in ["taskDefinitionArn", "compatibilities", "requiresAttributes"] {
            members.shift_remove(member);
        }
        members.insert("family".to_owned(), json!(family));
    }
    fresh
}

/// Has the AppSpec name a task definition.
fn appspec_names(site: &mut Site<'_>, reference: &str) -> Result<(), Misfit> {
    let path = site.appspec_file()?;
    site.edit(&path, "Name the task definition's revision", |text| {
        line(
            text,
            "TaskDefinition:",
            &format!("TaskDefinition: {reference}"),
        )
    })
}

/// The address of the image repository.
fn image(site: &Site<'_>) -> Result<String, Misfit> {
    let account = site.account()?;
    let name = site.image_repository()?;
    Ok(format!(
        "{account}.dkr.ecr.{}.{}/{name}",
        site.region,
        crate::sandbox::page::dns_suffix(&site.region)
    ))
}

/// Writes an image into the task definition, in place of the placeholder. The placeholder stays in a label, so that
/// a buildspec that looks for it still finds it.
fn fixed_image(site: &mut Site<'_>, image: &str) -> Result<(), Misfit> {
    site.edit_taskdef("Write the image into the task definition", |document| {
        let before = document.pointer("/containerDefinitions/0/image").cloned();
        write(document, "/containerDefinitions/0/image", image);
        let label = json!({"image": before});
        write(document, "/containerDefinitions/0/dockerLabels", label);
    })
}

fn never_replaced(site: &mut Site<'_>) -> Result<(), Misfit> {
    let account = site.account()?;
    let name = site.image_repository()?;
    let input = json!({"repositoryName": name});
    let images = site.must(&account, &ecr::SERVICE, "DescribeImages", input)?;
    let tag = images
        .pointer("/imageDetails/0/imageTags/0")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| {
            Misfit::new(format!(
                "the image repository {name} has no image yet: push first"
            ))
        })?;
    let fixed = format!("{}:{tag}", image(site)?);
    site.redefine(
        "puts the image into the task definition",
        "leaves the image as it is written",
        |pipeline| {
            for number in 1..=4 {
                set(
                    pipeline,
                    "Deploy",
                    &format!("Image{number}ArtifactName"),
                    None,
                );
                set(
                    pipeline,
                    "Deploy",
                    &format!("Image{number}ContainerName"),
                    None,
                );
            }
        },
    )?;
    site.facts.insert("image", fixed.clone());
    fixed_image(site, &fixed)
}
