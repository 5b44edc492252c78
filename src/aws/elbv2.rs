//! Elastic Load Balancing: what stands in front of an ECS service.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::{Listener, TargetGroup};

use crate::cloud::{CloudError, FoundListener};

use super::account::Account;

const SERVICE: &str = "elasticloadbalancing";

/// All target groups of the account and Region.
pub(super) async fn target_groups(account: &Account) -> Result<Vec<TargetGroup>, CloudError> {
    let mut found = Vec::new();
    let mut pages = account
        .elbv2()
        .describe_target_groups()
        .into_paginator()
        .items()
        .send();
    while let Some(group) = pages.next().await {
        found.push(
            group.map_err(|error| account.place.failed(SERVICE, "DescribeTargetGroups", error))?,
        );
    }
    Ok(found)
}

/// The listeners of a load balancer, by port.
pub(super) async fn listeners(
    account: &Account,
    load_balancer: &str,
    names: &BTreeMap<String, String>,
) -> Result<Vec<FoundListener>, CloudError> {
    let mut found = Vec::new();
    let mut pages = account
        .elbv2()
        .describe_listeners()
        .load_balancer_arn(load_balancer)
        .into_paginator()
        .items()
        .send();
    while let Some(listener) = pages.next().await {
        let listener =
            listener.map_err(|error| account.place.failed(SERVICE, "DescribeListeners", error))?;
        found.push(FoundListener {
            arn: listener.listener_arn().unwrap_or_default().to_owned(),
            port: listener
                .port()
                .and_then(|port| u16::try_from(port).ok())
                .unwrap_or_default(),
            protocol: listener
                .protocol()
                .map_or_else(String::new, |protocol| protocol.as_str().to_owned()),
            forwards_to: forwards_to(&listener, names),
        });
    }
    found.sort_by_key(|listener| listener.port);
    Ok(found)
}

/// The names of the target groups that the default actions forward to.
fn forwards_to(listener: &Listener, names: &BTreeMap<String, String>) -> Vec<String> {
    let mut arns: Vec<&str> = Vec::new();
    for action in listener.default_actions() {
        let weighted = action
            .forward_config()
            .map(|forward| forward.target_groups())
            .unwrap_or_default();
        arns.extend(action.target_group_arn());
        arns.extend(weighted.iter().filter_map(|group| group.target_group_arn()));
    }
    let mut found: Vec<String> = arns
        .into_iter()
        .map(|arn| names.get(arn).cloned().unwrap_or_else(|| arn.to_owned()))
        .collect();
    found.sort();
    found.dedup();
    found
}
