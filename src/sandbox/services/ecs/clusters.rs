//! Clusters.

use serde_json::{Value, json};

use super::state::{Cluster, EcsState, Task};
use super::{
    client, cluster, cluster_not_found, invalid, last_part, own, own_arn, state, state_mut,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::ecs::tags::read_tags;
use crate::sandbox::services::fields::{
    list as list_in, made_of, page, page_size, put, text, texts,
};
use crate::sandbox::services::iam::linked;
use crate::sandbox::world::World;

fn settings(call: &Call) -> Result<Vec<Value>, Fault> {
    let given = call.list("settings");
    for setting in given {
        let value = text(setting, "value").unwrap_or_default();
        if text(setting, "name") != Some("containerInsights") {
            return Err(invalid(format!(
                "Invalid setting name: {}",
                text(setting, "name").unwrap_or_default()
            )));
        }
        if !["enabled", "disabled", "enhanced"].contains(&value) {
            return Err(invalid(format!(
                "Invalid value for setting containerInsights: {value}"
            )));
        }
    }
    if given.is_empty() {
        Ok(vec![
            json!({"name": "containerInsights", "value": "disabled"}),
        ])
    } else {
        Ok(given.to_vec())
    }
}

fn given(call: &Call, field: &str) -> Option<Value> {
    call.input
        .get(field)
        .filter(|value| !value.is_null())
        .cloned()
}

fn strategy(call: &Call, providers: &[String]) -> Result<Vec<Value>, Fault> {
    let strategy = call.list("defaultCapacityProviderStrategy");
    for item in strategy {
        let provider = text(item, "capacityProvider").unwrap_or_default();
        if !providers.iter().any(|known| known == provider) {
            return Err(invalid(format!(
                "The specified capacity provider '{provider}' is not associated with the cluster."
            )));
        }
    }
    Ok(strategy.to_vec())
}

fn providers(call: &Call) -> Result<Vec<String>, Fault> {
    let providers = texts(call.list("capacityProviders"));
    // There are no Auto Scaling groups here, so Fargate's own are all that can exist.
    match providers
        .iter()
        .find(|name| !["FARGATE", "FARGATE_SPOT"].contains(&name.as_str()))
    {
        Some(unknown) => Err(invalid(format!(
            "The specified capacity provider '{unknown}' was not found. Specify a valid name or ARN and try again."
        ))),
        None => Ok(providers),
    }
}

/// `CreateCluster`: one that is there is answered as it is.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = call
        .text("clusterName")
        .filter(|name| !name.is_empty())
        .unwrap_or("default");
    if !made_of(name, 1, 255, "-_") {
        return Err(invalid("Cluster name must match ^[a-zA-Z0-9\\-_]{1,255}$."));
    }
    let settings = settings(call)?;
    let providers = providers(call)?;
    let strategy = strategy(call, &providers)?;
    let tags = read_tags(call.list("tags"))?;
    let fresh = Cluster {
        name: name.to_owned(),
        arn: own_arn(call, &format!("cluster/{name}")),
        status: "ACTIVE".to_owned(),
        settings,
        configuration: given(call, "configuration"),
        service_connect_defaults: given(call, "serviceConnectDefaults"),
        capacity_providers: providers,
        default_strategy: strategy,
        tags,
    };
    // The first cluster of an account brings ECS's own role with it.
    linked::ensure(world, &call.caller.account, "ecs.amazonaws.com", call.now);
    let state = state_mut(world, call);
    let present = state
        .clusters
        .get(name)
        .is_some_and(|cluster| cluster.status == "ACTIVE");
    if !present {
        state.clusters.insert(name.to_owned(), fresh);
    }
    let cluster = state.clusters.get(name).ok_or_else(cluster_not_found)?;
    Ok(json!({"cluster": show(state, cluster, &["SETTINGS", "TAGS", "CONFIGURATIONS"])}))
}

/// A cluster as the API answers it; some members only where `include` asks for them.
pub fn show(state: &EcsState, cluster: &Cluster, include: &[&str]) -> Value {
    let tasks = state
        .tasks
        .values()
        .filter(|task| task.cluster == cluster.name)
        .count();
    let services = state
        .services
        .values()
        .filter(|service| service.cluster == cluster.name && service.status == "ACTIVE")
        .count();
    let wants = |what: &str| include.contains(&what);
    let statistics = if wants("STATISTICS") {
        let row = |name: &str, value: usize| json!({"name": name, "value": value.to_string()});
        vec![
            row("runningEC2TasksCount", 0),
            row("runningFargateTasksCount", tasks),
            row("pendingEC2TasksCount", 0),
            row("pendingFargateTasksCount", 0),
            row("activeEC2ServiceCount", 0),
            row("activeFargateServiceCount", services),
        ]
    } else {
        Vec::new()
    };
    let mut answer = json!({
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": tasks,
        "pendingTasksCount": 0,
        "activeServicesCount": services,
        "statistics": statistics,
        "tags": if wants("TAGS") { cluster.tags.list("key", "value") } else { json!([]) },
        "settings": if wants("SETTINGS") { json!(cluster.settings) } else { json!([]) },
        "capacityProviders": cluster.capacity_providers,
        "defaultCapacityProviderStrategy": cluster.default_strategy,
    });
    if wants("CONFIGURATIONS") {
        put(&mut answer, "configuration", cluster.configuration.clone());
    }
    put(
        &mut answer,
        "serviceConnectDefaults",
        cluster.service_connect_defaults.clone(),
    );
    answer
}

/// `DescribeClusters`: what is not there is a failure, not a fault.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let mut wanted = texts(call.list("clusters"));
    if wanted.is_empty() {
        wanted.push("default".to_owned());
    }
    if wanted.len() > 100 {
        return Err(invalid("Clusters cannot have more than 100 elements."));
    }
    let include = texts(call.list("include"));
    let include: Vec<&str> = include.iter().map(String::as_str).collect();
    let ecs = state(world, call);
    let mut clusters = Vec::new();
    let mut failures = Vec::new();
    for reference in &wanted {
        let name = last_part(reference);
        let found = own(call, reference)
            .ok()
            .and(ecs)
            .and_then(|ecs| Some((ecs, ecs.clusters.get(name)?)));
        match found {
            Some((ecs, cluster)) => clusters.push(show(ecs, cluster, &include)),
            None => {
                let arn = if reference.starts_with("arn:") {
                    reference.clone()
                } else {
                    own_arn(call, &format!("cluster/{name}"))
                };
                failures.push(json!({"arn": arn, "reason": "MISSING"}));
            }
        }
    }
    Ok(json!({"clusters": clusters, "failures": failures}))
}

/// `ListClusters`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let arns: Vec<Value> = state(world, call)
        .map(|state| {
            state
                .clusters
                .values()
                .filter(|cluster| cluster.status == "ACTIVE")
                .map(|cluster| json!(cluster.arn))
                .collect()
        })
        .unwrap_or_default();
    let most = page_size(call, "maxResults", 100);
    let (rows, next) = page(arns, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"clusterArns": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// A token that no page gave out.
pub fn bad_token() -> Fault {
    invalid("Invalid token.")
}

/// `UpdateCluster` and `UpdateClusterSettings`: what is given is changed.
pub fn update(world: &mut World, call: &Call) -> Answer {
    let name = cluster(world, call)?.name.clone();
    let new_settings = if call.list("settings").is_empty() {
        None
    } else {
        Some(settings(call)?)
    };
    let state = state_mut(world, call);
    let cluster = state
        .clusters
        .get_mut(&name)
        .ok_or_else(cluster_not_found)?;
    if let Some(settings) = new_settings {
        cluster.settings = settings;
    }
    if let Some(configuration) = given(call, "configuration") {
        cluster.configuration = Some(configuration);
    }
    if let Some(defaults) = given(call, "serviceConnectDefaults") {
        cluster.service_connect_defaults = Some(defaults);
    }
    let cluster = cluster.clone();
    Ok(json!({"cluster": show(state, &cluster, &["SETTINGS", "CONFIGURATIONS"])}))
}

/// `PutClusterCapacityProviders`.
pub fn put_capacity_providers(world: &mut World, call: &Call) -> Answer {
    let name = cluster(world, call)?.name.clone();
    let providers = providers(call)?;
    let strategy = strategy(call, &providers)?;
    let in_use = state(world, call).is_some_and(|state| {
        state.services.values().any(|service| {
            service.cluster == name
                && service.status == "ACTIVE"
                && list_in(&service.settings, "capacityProviderStrategy")
                    .iter()
                    .filter_map(|item| text(item, "capacityProvider"))
                    .any(|used| !providers.iter().any(|kept| kept == used))
        })
    });
    if in_use {
        return Err(Fault::new(
            "ResourceInUseException",
            "The specified capacity provider is in use and cannot be removed.",
        ));
    }
    let state = state_mut(world, call);
    let cluster = state
        .clusters
        .get_mut(&name)
        .ok_or_else(cluster_not_found)?;
    cluster.capacity_providers = providers;
    cluster.default_strategy = strategy;
    let cluster = cluster.clone();
    Ok(json!({"cluster": show(state, &cluster, &["SETTINGS"])}))
}

/// `DeleteCluster`: it stays to be described, as INACTIVE.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    if call.text("cluster").is_none_or(str::is_empty) {
        return Err(client("Cluster cannot be empty."));
    }
    let found = cluster(world, call)?;
    let name = found.name.clone();
    let state = state_mut(world, call);
    let services = state
        .services
        .values()
        .any(|service| service.cluster == name && service.status == "ACTIVE");
    if services {
        return Err(Fault::new(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        ));
    }
    let active = |task: &Task| task.cluster == name && task.stopped_at.is_none();
    if state.tasks.values().any(active) {
        return Err(Fault::new(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        ));
    }
    let cluster = state
        .clusters
        .get_mut(&name)
        .ok_or_else(cluster_not_found)?;
    cluster.status = "INACTIVE".to_owned();
    let cluster = cluster.clone();
    Ok(json!({"cluster": show(state, &cluster, &["SETTINGS"])}))
}
