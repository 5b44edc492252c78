//! The resources that an operation is authorised on, with the action for each: most have one, which their
//! own table says; here are those that name several, or others than their table can know.

use serde_json::Value;

use crate::sandbox::page;
use crate::sandbox::service::{Call, Operation, Service};
use crate::sandbox::services::codebuild::project::project_arn;
use crate::sandbox::services::{codecommit, kms, organizations};
use crate::sandbox::world::World;

/// An action and the resource that it is asked for.
type Pair = (String, String);

/// The actions and resources of a call. Never empty.
pub(super) fn of(
    world: &World,
    service: &Service,
    operation: &Operation,
    call: &Call,
) -> Vec<Pair> {
    let several = several(world, service.signing_name, operation.name, call);
    if !several.is_empty() {
        let action = operation.action.to_owned();
        let mut pairs: Vec<Pair> = Vec::new();
        for resource in several {
            if !pairs.iter().any(|(_, known)| *known == resource) {
                pairs.push((action.clone(), resource));
            }
        }
        return pairs;
    }
    vec![(
        operation.action.to_owned(),
        (operation.resource)(world, call),
    )]
}

fn texts<'a>(call: &'a Call, member: &str) -> impl Iterator<Item = &'a str> {
    call.list(member).iter().filter_map(Value::as_str)
}

/// An ARN of the caller's account and Region.
fn own(call: &Call, service: &str, resource: &str) -> String {
    page::arn(service, &call.region, &call.caller.account, resource)
}

/// What stands after the last slash: the name in an ARN, or the name itself.
fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The resources of an operation that names several; empty for the others.
fn several(world: &World, service: &str, operation: &str, call: &Call) -> Vec<String> {
    match (service, operation) {
        ("ecr", "DescribeRepositories") => {
            let registry = call.text("registryId").unwrap_or(&call.caller.account);
            texts(call, "repositoryNames")
                .map(|name| {
                    let resource = format!("repository/{name}");
                    page::arn("ecr", &call.region, registry, &resource)
                })
                .collect()
        }
        ("codebuild", "BatchGetProjects") => projects(call, texts(call, "names")),
        ("codebuild", "BatchGetBuilds" | "BatchDeleteBuilds") => {
            // A build's id is `project:uuid`, alone or at the end of its ARN.
            let of_builds = texts(call, "ids").map(|id| {
                let id = id.rsplit("build/").next().unwrap_or(id);
                id.split(':').next().unwrap_or(id)
            });
            projects(call, of_builds)
        }
        ("codecommit", "BatchGetRepositories") => texts(call, "repositoryNames")
            .map(|name| codecommit::repository_arn(&call.region, &call.caller.account, name))
            .collect(),
        ("codedeploy", "BatchGetApplications") => texts(call, "applicationNames")
            .map(|name| own(call, "codedeploy", &format!("application:{name}")))
            .collect(),
        ("codedeploy", "BatchGetDeploymentGroups") => {
            let application = call.text("applicationName").unwrap_or("*");
            texts(call, "deploymentGroupNames")
                .map(|name| format!("deploymentgroup:{application}/{name}"))
                .map(|resource| own(call, "codedeploy", &resource))
                .collect()
        }
        ("ecs", _) => of_ecs(operation, call),
        ("elasticloadbalancing", "AddTags" | "RemoveTags") => {
            texts(call, "ResourceArns").map(str::to_owned).collect()
        }
        ("elasticloadbalancing", "SetRulePriorities") => call
            .list("RulePriorities")
            .iter()
            .filter_map(|pair| pair.get("RuleArn").and_then(Value::as_str))
            .map(str::to_owned)
            .collect(),
        ("events", "PutPermission" | "RemovePermission") => vec!["*".to_owned()],
        ("codedeploy", "ListDeploymentGroups") => {
            let application = call.text("applicationName").unwrap_or("*");
            vec![own(
                call,
                "codedeploy",
                &format!("application:{application}"),
            )]
        }
        ("codeconnections" | "codestar-connections", "ListConnections") => {
            vec![own(call, service, "connection/*")]
        }
        ("iam", "GetAccessKeyLastUsed") => vec![user_of_key(world, call)],
        ("organizations", _) => of_organizations(world, operation, call),
        ("kms", "CreateAlias" | "UpdateAlias" | "DeleteAlias") => of_alias(world, call),
        _ => Vec::new(),
    }
}

fn projects<'a>(call: &Call, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names
        .map(|name| match name {
            arn if arn.starts_with("arn:") => arn.to_owned(),
            name => project_arn(&call.region, &call.caller.account, name),
        })
        .collect()
}

fn of_ecs(operation: &str, call: &Call) -> Vec<String> {
    let cluster = last(call.text("cluster").unwrap_or("default"));
    let each = |member: &str, resource: &dyn Fn(&str) -> String| {
        texts(call, member)
            .map(|text| own(call, "ecs", &resource(last(text))))
            .collect()
    };
    match operation {
        "DescribeClusters" => each("clusters", &|name| format!("cluster/{name}")),
        "CreateCluster" => {
            let name = call.text("clusterName").unwrap_or("default");
            vec![own(call, "ecs", &format!("cluster/{name}"))]
        }
        "DescribeServices" => each("services", &|name| format!("service/{cluster}/{name}")),
        "DescribeTasks" => each("tasks", &|id| format!("task/{cluster}/{id}")),
        "DescribeTaskSets" => {
            let service = last(call.text("service").unwrap_or("*"));
            each("taskSets", &|id| {
                format!("task-set/{cluster}/{service}/ecs-svc/{id}")
            })
        }
        "DeleteTaskDefinitions" => {
            each("taskDefinitions", &|name| format!("task-definition/{name}"))
        }
        "ListTasks" => vec![own(call, "ecs", &format!("container-instance/{cluster}/*"))],
        _ => Vec::new(),
    }
}

/// The user whose access key is asked about; none in particular where nobody of the account has it.
fn user_of_key(world: &World, call: &Call) -> String {
    let account = &call.caller.account;
    let id = call.text("AccessKeyId").unwrap_or_default();
    let users = world.accounts.get(account).map(|it| &it.iam.users);
    users
        .into_iter()
        .flat_map(|users| users.values())
        .find(|user| user.access_keys.iter().any(|key| key.id == id))
        .map_or_else(
            || format!("arn:aws:iam::{account}:user/*"),
            |user| user.arn(account),
        )
}

/// What a change in the organization is about, besides what the operation's table says: policies are
/// attached with a right on both, accounts are moved with one on all three.
fn of_organizations(world: &World, operation: &str, call: &Call) -> Vec<String> {
    let named = |member: &str| organizations::arn_of(world, call, call.text(member));
    match operation {
        "CreatePolicy" => organizations::new_policy_arn(world, call.text("Type"))
            .into_iter()
            .collect(),
        "AttachPolicy" | "DetachPolicy" => {
            let policy = organizations::arn_of_policy(world, call.text("PolicyId"));
            vec![policy, named("TargetId")]
        }
        "MoveAccount" => ["AccountId", "SourceParentId", "DestinationParentId"]
            .map(named)
            .to_vec(),
        _ => Vec::new(),
    }
}

/// An alias is changed with a right on the alias, and one on each key that it is or will be of.
///
/// Source: AWS KMS Developer Guide, "Controlling access to aliases".
fn of_alias(world: &World, call: &Call) -> Vec<String> {
    let alias = call.text("AliasName").unwrap_or_default();
    let mut all = vec![own(call, "kms", alias)];
    let before = world
        .regional_ref(&call.caller.account, &call.region)
        .and_then(|regional| regional.kms.aliases.get(alias))
        .map(|alias| own(call, "kms", &format!("key/{}", alias.key)));
    all.extend(before);
    let target = call.text("TargetKeyId");
    all.extend(target.and_then(|given| kms::key_arn(world, call, given)));
    all
}
