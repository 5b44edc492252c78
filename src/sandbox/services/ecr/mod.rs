//! Amazon ECR: repositories, their policies, and images as records.
//!
//! An image is its manifest: digest, tags and sizes are true to it. Its layers have to be uploaded
//! before it; of them the sandbox keeps digest and size only, because nothing in it pulls an image.
//! Source of shapes and error codes: the ECR API model, 2015-09-21.

mod events;
mod images;
mod layers;
mod lifecycle;
mod mutability;
mod policy;
mod repositories;
mod state;
#[cfg(test)]
mod tests;

use crate::sandbox::service::{Answer, Call, Effect, Fault, Operation, Protocol, Service};
use crate::sandbox::world::World;

pub use images::digest;
pub use layers::pushed;
pub use state::{EcrState, Image, Repository};

use super::fields::{arn, text};

/// The service's table.
pub static SERVICE: Service = Service {
    signing_name: "ecr",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "AmazonEC2ContainerRegistry_V20150921",
    },
    operations: &[
        changes(
            "CreateRepository",
            "ecr:CreateRepository",
            repositories::create,
        ),
        reads(
            "DescribeRepositories",
            "ecr:DescribeRepositories",
            repositories::describe,
        ),
        changes(
            "DeleteRepository",
            "ecr:DeleteRepository",
            repositories::delete,
        ),
        changes(
            "PutImageTagMutability",
            "ecr:PutImageTagMutability",
            repositories::put_mutability,
        ),
        changes(
            "PutImageScanningConfiguration",
            "ecr:PutImageScanningConfiguration",
            repositories::put_scanning,
        ),
        Operation {
            name: "TagResource",
            action: "ecr:TagResource",
            effect: Effect::Changes,
            resource: tagged_resource,
            run: repositories::tag,
        },
        Operation {
            name: "UntagResource",
            action: "ecr:UntagResource",
            effect: Effect::Changes,
            resource: tagged_resource,
            run: repositories::untag,
        },
        Operation {
            name: "ListTagsForResource",
            action: "ecr:ListTagsForResource",
            effect: Effect::Reads,
            resource: tagged_resource,
            run: repositories::list_tags,
        },
        reads(
            "GetRepositoryPolicy",
            "ecr:GetRepositoryPolicy",
            policy::get,
        ),
        changes(
            "SetRepositoryPolicy",
            "ecr:SetRepositoryPolicy",
            policy::set,
        ),
        changes(
            "DeleteRepositoryPolicy",
            "ecr:DeleteRepositoryPolicy",
            policy::delete,
        ),
        reads(
            "GetLifecyclePolicy",
            "ecr:GetLifecyclePolicy",
            lifecycle::get,
        ),
        changes(
            "PutLifecyclePolicy",
            "ecr:PutLifecyclePolicy",
            lifecycle::put_policy,
        ),
        changes(
            "DeleteLifecyclePolicy",
            "ecr:DeleteLifecyclePolicy",
            lifecycle::delete,
        ),
        Operation {
            name: "GetAuthorizationToken",
            action: "ecr:GetAuthorizationToken",
            effect: Effect::Reads,
            resource: any_resource,
            run: layers::authorization_token,
        },
        changes("PutImage", "ecr:PutImage", events::put),
        reads("BatchGetImage", "ecr:BatchGetImage", images::batch_get),
        reads("DescribeImages", "ecr:DescribeImages", images::describe),
        reads("ListImages", "ecr:ListImages", images::list_ids),
        changes(
            "BatchDeleteImage",
            "ecr:BatchDeleteImage",
            images::batch_delete,
        ),
        reads(
            "BatchCheckLayerAvailability",
            "ecr:BatchCheckLayerAvailability",
            layers::check,
        ),
        changes(
            "InitiateLayerUpload",
            "ecr:InitiateLayerUpload",
            layers::initiate,
        ),
        changes("UploadLayerPart", "ecr:UploadLayerPart", layers::upload),
        changes(
            "CompleteLayerUpload",
            "ecr:CompleteLayerUpload",
            layers::complete,
        ),
        reads(
            "GetDownloadUrlForLayer",
            "ecr:GetDownloadUrlForLayer",
            layers::download_url,
        ),
    ],
};

const fn changes(
    name: &'static str,
    action: &'static str,
    run: fn(&mut World, &Call) -> Answer,
) -> Operation {
    Operation {
        name,
        action,
        effect: Effect::Changes,
        resource: repository_resource,
        run,
    }
}

const fn reads(
    name: &'static str,
    action: &'static str,
    run: fn(&mut World, &Call) -> Answer,
) -> Operation {
    Operation {
        name,
        action,
        effect: Effect::Reads,
        resource: repository_resource,
        run,
    }
}

fn any_resource(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn repository_resource(_: &World, call: &Call) -> String {
    let name = call
        .text("repositoryName")
        .or_else(|| {
            call.list("repositoryNames")
                .first()
                .and_then(|name| name.as_str())
        })
        .unwrap_or("*");
    arn(
        "ecr",
        &call.region,
        registry(call),
        &format!("repository/{name}"),
    )
}

fn tagged_resource(_: &World, call: &Call) -> String {
    call.text("resourceArn").unwrap_or("*").to_owned()
}

/// The registry that a call is about: the one it names, or the caller's own.
fn registry(call: &Call) -> &str {
    call.text("registryId").unwrap_or(&call.caller.account)
}

/// `Invalid parameter at 'x' failed to satisfy constraint: 'y'`, which is how ECR refuses an input.
fn invalid(parameter: &str, constraint: &str) -> Fault {
    Fault::new(
        "InvalidParameterException",
        format!("Invalid parameter at '{parameter}' failed to satisfy constraint: '{constraint}'"),
    )
}

fn required<'a>(call: &'a Call, parameter: &str) -> Result<&'a str, Fault> {
    call.text(parameter)
        .ok_or_else(|| invalid(parameter, "must not be null"))
}

fn repository_not_found(name: &str, registry: &str) -> Fault {
    Fault::new(
        "RepositoryNotFoundException",
        format!(
            "The repository with name '{name}' does not exist in the registry with id '{registry}'"
        ),
    )
}

/// The repository that the input names, for reading.
fn repository<'w>(world: &'w World, call: &Call) -> Result<&'w Repository, Fault> {
    let name = required(call, "repositoryName")?;
    repositories::check_name(name)?;
    let registry = registry(call);
    check_registry(registry)?;
    world
        .regional_ref(registry, &call.region)
        .and_then(|regional| regional.ecr.repositories.get(name))
        .ok_or_else(|| repository_not_found(name, registry))
}

/// The repository that the input names, for changing.
fn repository_mut<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Repository, Fault> {
    let name = required(call, "repositoryName")?;
    repository(world, call)?;
    let registry = registry(call);
    world
        .accounts
        .get_mut(registry)
        .and_then(|account| account.regions.get_mut(&call.region))
        .and_then(|regional| regional.ecr.repositories.get_mut(name))
        .ok_or_else(|| repository_not_found(name, registry))
}

fn check_registry(registry: &str) -> Result<(), Fault> {
    if registry.len() == 12 && registry.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err(invalid(
            "registryId",
            "must satisfy regular expression '[0-9]{12}'",
        ))
    }
}

/// The ids of images that a call lists.
fn image_ids(call: &Call) -> Vec<(Option<String>, Option<String>)> {
    call.list("imageIds")
        .iter()
        .map(|id| {
            (
                text(id, "imageDigest").map(str::to_owned),
                text(id, "imageTag").map(str::to_owned),
            )
        })
        .collect()
}
