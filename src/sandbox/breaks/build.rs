//! The build: what it starts with, what its commands need, what it hands over.

use serde_json::{Value, json};

use super::entry::{ANY, Break, End, Known, Right, See, Strategy, fails, seen, sight};
use super::hands::{put_at, set};
use super::site::{Misfit, Site};
use crate::sandbox::services::{codebuild, ecr};

/// A build that ends with a command that failed, and the log that says why.
const fn command(more: &'static [super::Sight]) -> End {
    seen(
        "Build",
        "JobFailed",
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while executing command: <command>. Reason: exit status 1",
        Known::Reasoned,
        more,
    )
}

const OWN_PUSH: &[(&[Strategy], End)] = &[(
    ANY,
    command(&[sight(
        See::BuildLog,
        "tag invalid: The image tag 'latest' already exists in the '{image-repository}' repository and cannot be overwritten because the tag is immutable.",
    )]),
)];

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F06",
        variant: "",
        name: "push-role-cannot-log-in",
        what: "takes ecr:GetAuthorizationToken out of the push role's policy",
        ends: &[(
            ANY,
            command(&[sight(
                See::BuildLog,
                "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: arn:aws:sts::{account}:assumed-role/{push-role-name}/<session> is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action",
            )]),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.push_role()?;
            site.take(&role, &["ecr:GetAuthorizationToken"])
        },
    },
    Break {
        id: "F08",
        variant: "",
        name: "branch-name-empty",
        what: "takes the variables out of the build action, so that BRANCH_NAME and COMMIT_ID are empty",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: PRE_BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while executing command: <command>. Reason: exit status 1",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            site.redefine(
                "hands BRANCH_NAME and COMMIT_ID to the build",
                "hands the build no variables",
                |pipeline| set(pipeline, "Build", "EnvironmentVariables", None),
            )
        },
    },
    Break {
        id: "F48",
        variant: "identity",
        name: "pipeline-role-cannot-start-build",
        what: "takes codebuild:StartBuild out of the pipeline role's policy",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Error calling startBuild: User: arn:aws:sts::{shared}:assumed-role/{pipeline-role-name}/<session> is not authorized to perform: codebuild:StartBuild on resource: arn:aws:codebuild:{region}:{shared}:project/{project} because no identity-based policy allows the codebuild:StartBuild action (Service: AWSCodeBuild; Status Code: 400; Error Code: AccessDeniedException)",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.pipeline_role();
            site.take(&role, &["codebuild:StartBuild"])
        },
    },
    Break {
        id: "F48",
        variant: "project",
        name: "build-project-deleted",
        what: "deletes the build project",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Error calling startBuild: Project cannot be found: arn:aws:codebuild:{region}:{shared}:project/{project} (Service: AWSCodeBuild; Status Code: 400; Error Code: ResourceNotFoundException)",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let (name, _) = site.project()?;
            let account = site.shared.clone();
            let input = json!({"name": name});
            site.must(&account, &codebuild::SERVICE, "DeleteProject", input)?;
            site.changed(
                &account,
                format!("build project {name}"),
                "there",
                "deleted",
            );
            Ok(())
        },
    },
    Break {
        id: "F49",
        variant: "",
        name: "build-not-privileged",
        what: "takes the privileged mode off the build project, so that no docker daemon can start in it",
        ends: &[(
            ANY,
            command(&[sight(
                See::BuildLog,
                "Cannot connect to the Docker daemon at unix:/var/run/docker.sock. Is the docker daemon running?",
            )]),
        )],
        right: Right::Apply,
        put: |site| {
            site.rebuild("privileged", "not privileged", |project| {
                put_at(project, "/environment/privilegedMode", Some(json!(false)));
            })
        },
    },
    Break {
        id: "F50",
        variant: "",
        name: "buildspec-missing",
        what: "deletes the buildspec",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: DOWNLOAD_SOURCE, Code: YAML_FILE_ERROR, Message: YAML file does not exist",
                Known::Observed,
            ),
        )],
        right: Right::Push,
        put: |site| {
            let path = site.buildspec_file()?;
            site.file(&path)?;
            site.commit(&path, None, "Drop the buildspec")
        },
    },
    Break {
        id: "F51",
        variant: "",
        name: "base-directory-missing",
        what: "has the buildspec take its artifact from a folder that is not there",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: UPLOAD_ARTIFACTS, Code: CLIENT_ERROR, Message: no matching base directory path found for no-such-folder",
                Known::Observed,
            ),
        )],
        right: Right::Push,
        put: |site| {
            let path = site.buildspec_file()?;
            site.edit(&path, "Take the artifact from another folder", |text| {
                line(text, "base-directory:", "base-directory: no-such-folder")
            })
        },
    },
    Break {
        id: "F52",
        variant: "",
        name: "build-image-retired",
        what: "has the project build in an image that CodeBuild does not offer",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: PROVISIONING, Code: BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE, Message: Unable to pull customer's container image. CannotPullContainerError: Error response from daemon: manifest for aws/codebuild/standard:1.0 not found",
                Known::Unverified,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            site.rebuild(
                "builds in a current image",
                "builds in aws/codebuild/standard:1.0",
                |project| {
                    put_at(
                        project,
                        "/environment/image",
                        Some(json!("aws/codebuild/standard:1.0")),
                    );
                },
            )
        },
    },
    Break {
        id: "F54",
        variant: "",
        name: "tag-immutable",
        what: "has the build push the tag latest to a repository whose tags cannot be moved, and which has it",
        ends: OWN_PUSH,
        right: Right::Push,
        put: immutable,
    },
    Break {
        id: "F55",
        variant: "",
        name: "image-repository-deleted",
        what: "deletes the image repository",
        ends: &[(
            ANY,
            command(&[sight(
                See::BuildLog,
                "name unknown: The repository with name '{image-repository}' does not exist in the registry with id '{account}'",
            )]),
        )],
        right: Right::Apply,
        put: |site| {
            let name = site.image_repository()?;
            let account = site.account()?;
            let input = json!({"repositoryName": name, "force": true});
            site.must(&account, &ecr::SERVICE, "DeleteRepository", input)?;
            site.changed(
                &account,
                format!("image repository {name}"),
                "there",
                "deleted with its images",
            );
            Ok(())
        },
    },
    Break {
        id: "F57",
        variant: "",
        name: "parameter-not-readable",
        what: "adds a variable from the parameter store to the project, which the build role may not read",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: DOWNLOAD_SOURCE, Code: <code>, Message: User: arn:aws:sts::{shared}:assumed-role/{build-role-name}/AWSCodeBuild-<uuid> is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:{region}:{shared}:parameter/crosspipe-break because no identity-based policy allows the ssm:GetParameters action",
                Known::Unverified,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            site.rebuild("no variable from the parameter store", "TOKEN comes from the parameter /crosspipe-break", |project| {
                if let Some(Value::Array(list)) =
                    project.pointer_mut("/environment/environmentVariables")
                {
                    list.push(json!({"name": "TOKEN", "value": "/crosspipe-break", "type": "PARAMETER_STORE"}));
                }
            })
        },
    },
];

/// Replaces what follows the indentation in the lines that begin so.
pub(super) fn line(text: &str, begins: &str, with: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        if body.starts_with(begins) {
            let indent = line.len() - body.len();
            out.push_str(line.get(..indent).unwrap_or_default());
            out.push_str(with);
            out.push('\n');
        } else {
            out.push_str(line);
        }
    }
    out
}

/// A buildspec as the usual recipe has it: one moving tag, and no look at what is there.
const MOVING_TAG: &str = r#"version: 0.2
env:
  shell: bash
phases:
  pre_build:
    on-failure: ABORT
    commands:
      - export IMAGE="$REGISTRY/$REPOSITORY:latest"
      - mkdir -p out
  build:
    on-failure: ABORT
    commands:
      - docker build --tag "$IMAGE" .
      - |
        (
          CREDENTIALS=$(aws sts assume-role --role-arn "$PUSH_ROLE_ARN" --role-session-name build --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text) || exit 1
          read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<< "$CREDENTIALS"
          export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
          aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY" || exit 1
          docker push "$IMAGE" || exit 1
        )
"#;

fn immutable(site: &mut Site<'_>) -> Result<(), Misfit> {
    let name = site.image_repository()?;
    let account = site.account()?;
    let path = site.buildspec_file()?;
    let text = site.file(&path)?;
    let artifacts = text
        .split_once("\nartifacts:")
        .map(|(_, after)| format!("artifacts:{after}"))
        .ok_or_else(|| Misfit::new(format!("{path} has no artifacts")))?;
    let input = json!({"repositoryName": name, "imageTagMutability": "IMMUTABLE"});
    site.must(&account, &ecr::SERVICE, "PutImageTagMutability", input)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 1480,
            "digest": ecr::digest(b"crosspipe sandbox break"),
        },
        "layers": [],
    });
    let region = site.region.clone();
    ecr::pushed(site.world, (&account, &region), &name, &manifest);
    let input = json!({"repositoryName": name, "imageTag": "latest", "imageManifest": manifest.to_string()});
    match site.ask(&account, &ecr::SERVICE, "PutImage", input) {
        Ok(_) => {}
        Err(fault) if fault.code.starts_with("Image") => {}
        Err(fault) => return Err(Misfit::new(fault.message)),
    }
    site.changed(
        &account,
        format!("image repository {name}"),
        "tags as they were",
        "tags cannot be moved, and there is an image latest",
    );
    site.commit(
        &path,
        Some(&format!("{MOVING_TAG}{artifacts}")),
        "Push the tag latest",
    )
}
