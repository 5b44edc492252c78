//! ECS: the services that can be deployed to, with what stands in front of them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{DeploymentControllerType, LoadBalancer, Service};
use aws_sdk_elasticloadbalancingv2::types::TargetGroup;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::cloud::{CloudError, FoundListener, FoundService};

use super::account::Account;
use super::elbv2;

const SERVICE: &str = "ecs";
/// How many DescribeServices takes at once. Source: the ECS API model.
const AT_ONCE: usize = 10;
/// How many calls go side by side.
const SIDE_BY_SIDE: usize = 8;

/// The active services of the account, by cluster and name.
pub(super) async fn services(account: &Account) -> Result<Vec<FoundService>, CloudError> {
    let clusters: Vec<String> = account
        .ecs()
        .list_clusters()
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(|error| account.place.failed(SERVICE, "ListClusters", error))?;
    let per_cluster: Vec<Vec<Service>> = stream::iter(clusters)
        .map(|cluster| in_cluster(account, cluster))
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    let services: Vec<Service> = per_cluster
        .into_iter()
        .flatten()
        .filter(|service| service.status() == Some("ACTIVE"))
        .collect();
    let fronts = fronts(account, &services).await?;
    let mut found: Vec<FoundService> = services
        .iter()
        .map(|service| describe(service, &fronts))
        .collect();
    found.sort_by(|a, b| (&a.cluster, &a.service).cmp(&(&b.cluster, &b.service)));
    Ok(found)
}

async fn in_cluster(account: &Account, cluster: String) -> Result<Vec<Service>, CloudError> {
    let arns: Vec<String> = account
        .ecs()
        .list_services()
        .cluster(&cluster)
        .max_results(100)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(|error| account.place.failed(SERVICE, "ListServices", error))?;
    let cluster = &cluster;
    let batches: Vec<Vec<String>> = arns.chunks(AT_ONCE).map(<[String]>::to_vec).collect();
    let described: Vec<Vec<Service>> = stream::iter(batches)
        .map(|batch| async move {
            let answer = account
                .ecs()
                .describe_services()
                .cluster(cluster)
                .set_services(Some(batch))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "DescribeServices", error))?;
            Ok::<_, CloudError>(answer.services.unwrap_or_default())
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    Ok(described.into_iter().flatten().collect())
}

/// What stands in front of services.
#[derive(Default)]
struct Fronts {
    groups: Vec<TargetGroup>,
    /// By load balancer.
    listeners: BTreeMap<String, Vec<FoundListener>>,
}

async fn fronts(account: &Account, services: &[Service]) -> Result<Fronts, CloudError> {
    let used: BTreeSet<&str> = services
        .iter()
        .flat_map(load_balancers)
        .flat_map(group_arns)
        .collect();
    if used.is_empty() {
        return Ok(Fronts::default());
    }
    let groups = elbv2::target_groups(account).await?;
    let names: BTreeMap<String, String> = groups
        .iter()
        .filter_map(|group| {
            Some((
                group.target_group_arn.clone()?,
                group.target_group_name.clone()?,
            ))
        })
        .collect();
    let balancers: BTreeSet<String> = groups
        .iter()
        .filter(|group| {
            group
                .target_group_arn()
                .is_some_and(|arn| used.contains(arn))
        })
        .flat_map(|group| group.load_balancer_arns().iter().cloned())
        .collect();
    let names = &names;
    let listeners: BTreeMap<String, Vec<FoundListener>> = stream::iter(balancers)
        .map(|balancer| async move {
            let listeners = elbv2::listeners(account, &balancer, names).await?;
            Ok::<_, CloudError>((balancer, listeners))
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    Ok(Fronts { groups, listeners })
}

/// A service's load balancers: its own, or with CodeDeploy those of its task sets.
fn load_balancers(service: &Service) -> impl Iterator<Item = &LoadBalancer> {
    service.load_balancers().iter().chain(
        service
            .task_sets()
            .iter()
            .flat_map(|set| set.load_balancers()),
    )
}

fn group_arns(balancer: &LoadBalancer) -> impl Iterator<Item = &str> {
    let alternate = balancer
        .advanced_configuration()
        .and_then(|advanced| advanced.alternate_target_group_arn());
    balancer.target_group_arn().into_iter().chain(alternate)
}

fn describe(service: &Service, fronts: &Fronts) -> FoundService {
    let used: BTreeSet<&str> = load_balancers(service).flat_map(group_arns).collect();
    let own: Vec<&TargetGroup> = fronts
        .groups
        .iter()
        .filter(|group| {
            group
                .target_group_arn()
                .is_some_and(|arn| used.contains(arn))
        })
        .collect();
    let balancers: BTreeSet<&String> = own
        .iter()
        .flat_map(|group| group.load_balancer_arns())
        .collect();
    // The other group of a pair stands behind the same load balancer, or behind none yet.
    let could_serve = |group: &&TargetGroup| {
        let attached = group.load_balancer_arns();
        own.iter().any(|mine| {
            mine.vpc_id() == group.vpc_id() && mine.target_type() == group.target_type()
        }) && (attached.is_empty() || attached.iter().any(|arn| balancers.contains(arn)))
    };
    let name = |group: &&TargetGroup| group.target_group_name().unwrap_or_default().to_owned();
    let mut target_groups: Vec<String> = own.iter().map(name).collect();
    let mut others: Vec<String> = fronts
        .groups
        .iter()
        .filter(could_serve)
        .map(|group| name(&group))
        .filter(|name| !target_groups.contains(name))
        .collect();
    target_groups.sort();
    others.sort();
    target_groups.extend(others);
    let mut containers: Vec<(String, u16)> = load_balancers(service)
        .filter_map(|balancer| {
            Some((
                balancer.container_name()?.to_owned(),
                u16::try_from(balancer.container_port()?).ok()?,
            ))
        })
        .collect();
    containers.sort();
    containers.dedup();
    let controller = service
        .deployment_controller()
        .map_or(&DeploymentControllerType::Ecs, |controller| {
            controller.r#type()
        });
    let strategy = (*controller == DeploymentControllerType::Ecs).then(|| {
        service
            .deployment_configuration()
            .and_then(|configuration| configuration.strategy())
            .map_or_else(
                || "ROLLING".to_owned(),
                |strategy| strategy.as_str().to_owned(),
            )
    });
    let task_definition = service.task_definition().or_else(|| {
        service
            .task_sets()
            .iter()
            .find(|set| set.status() == Some("PRIMARY"))
            .and_then(|set| set.task_definition())
    });
    FoundService {
        cluster: last(service.cluster_arn().unwrap_or_default()).to_owned(),
        service: service.service_name().unwrap_or_default().to_owned(),
        controller: controller.as_str().to_owned(),
        strategy,
        containers,
        task_family: task_definition.map(|arn| family(arn).to_owned()),
        target_groups,
        listeners: balancers
            .iter()
            .filter_map(|balancer| fronts.listeners.get(*balancer))
            .flatten()
            .cloned()
            .collect(),
    }
}

/// The part of an ARN after its last slash.
fn last(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

/// The family of a task definition's ARN, or of `family:revision`.
fn family(arn: &str) -> &str {
    let name = last(arn);
    name.rsplit_once(':').map_or(name, |(family, _)| family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_read_out_of_an_arn() {
        assert_eq!(
            family("arn:aws:ecs:eu-west-1:222222222222:task-definition/dev-orders:12"),
            "dev-orders"
        );
        assert_eq!(family("dev-orders:12"), "dev-orders");
        assert_eq!(
            last("arn:aws:ecs:eu-west-1:222222222222:cluster/main"),
            "main"
        );
    }
}
