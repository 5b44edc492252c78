//! CodeDeploy: the application and the deployment group of an ECS service.

use std::collections::BTreeMap;

use aws_sdk_codedeploy::operation::create_deployment_group::CreateDeploymentGroupInput;
use aws_sdk_codedeploy::operation::update_deployment_group::UpdateDeploymentGroupInput;
use aws_sdk_codedeploy::types::{ComputePlatform, DeploymentGroupInfo, Tag};
use serde_json::{Map, Value};

use crate::cloud::{CloudError, Observed, Task};
use crate::resource::{Application, DeploymentGroup, Part, Spec, Tags};

use super::account::{Account, attributes};
use super::document;
use super::error::unless;

const SERVICE: &str = "codedeploy";
const ABSENT: &[&str] = &[
    "ApplicationDoesNotExistException",
    "DeploymentGroupDoesNotExistException",
];

/// The members of `CreateDeploymentGroup` besides `tags` that an answer has in the same shape.
/// Source: the CodeDeploy API model.
const MEMBERS: &[&str] = &[
    "applicationName",
    "deploymentGroupName",
    "deploymentConfigName",
    "serviceRoleArn",
    "triggerConfigurations",
    "alarmConfiguration",
    "autoRollbackConfiguration",
    "outdatedInstancesStrategy",
    "deploymentStyle",
    "blueGreenDeploymentConfiguration",
    "loadBalancerInfo",
    "ecsServices",
    "terminationHookEnabled",
];

async fn list_tags(account: &Account, arn: &str) -> Result<Tags, CloudError> {
    let answer = account
        .codedeploy()
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "ListTagsForResource", error))?;
    Ok(answer
        .tags
        .unwrap_or_default()
        .into_iter()
        .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
        .collect())
}

fn tags(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

async fn put_tags(account: &Account, arn: String, list: &Tags) -> Result<(), CloudError> {
    account
        .codedeploy()
        .tag_resource()
        .resource_arn(arn)
        .set_tags(Some(tags(list)))
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "TagResource", error))?;
    Ok(())
}

fn application_arn(account: &Account, name: &str) -> String {
    account.arn(SERVICE, &format!("application:{name}"))
}

fn group_arn(account: &Account, group: &DeploymentGroup) -> String {
    account.arn(
        SERVICE,
        &format!("deploymentgroup:{}/{}", group.application, group.name),
    )
}

pub(super) async fn observe_application(
    account: &Account,
    wanted: &Application,
) -> Result<Option<Observed>, CloudError> {
    let arn = application_arn(account, &wanted.name);
    let (application, tags) = tokio::join!(
        async {
            account
                .codedeploy()
                .get_application()
                .application_name(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "GetApplication", error))
        },
        list_tags(account, &arn),
    );
    let Some(application) = unless(application, ABSENT)?.and_then(|answer| answer.application)
    else {
        return Ok(None);
    };
    Ok(Some(Observed {
        attributes: attributes([
            ("arn", arn),
            (
                "id",
                application.application_id().unwrap_or_default().to_owned(),
            ),
        ]),
        spec: Spec::Application(Application {
            name: wanted.name.clone(),
            compute_platform: application
                .compute_platform()
                .map_or("", ComputePlatform::as_str)
                .to_owned(),
            tags: tags?,
        }),
        notes: Vec::new(),
    }))
}

pub(super) async fn carry_out_application(
    account: &Account,
    application: &Application,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let arn = application_arn(account, &application.name);
    match task.part {
        Part::Itself => {
            let answer = account
                .codedeploy()
                .create_application()
                .application_name(&application.name)
                .compute_platform(ComputePlatform::from(application.compute_platform.as_str()))
                .set_tags(Some(tags(&application.tags)))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "CreateApplication", error))?;
            Ok(attributes([
                ("arn", arn),
                ("id", answer.application_id.unwrap_or_default()),
            ]))
        }
        Part::Tags => {
            put_tags(account, arn, &application.tags).await?;
            Ok(BTreeMap::new())
        }
        part => Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
}

pub(super) async fn observe_group(
    account: &Account,
    wanted: &DeploymentGroup,
) -> Result<Option<Observed>, CloudError> {
    let arn = group_arn(account, wanted);
    let (group, tags) = tokio::join!(
        async {
            account
                .codedeploy()
                .get_deployment_group()
                .application_name(&wanted.application)
                .deployment_group_name(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "GetDeploymentGroup", error))
        },
        list_tags(account, &arn),
    );
    let Some(group) = unless(group, ABSENT)?.and_then(|answer| answer.deployment_group_info) else {
        return Ok(None);
    };
    let document = shape(&group, wanted)
        .map_err(|error| account.place.internal(SERVICE, "GetDeploymentGroup", error))?;
    Ok(Some(Observed {
        attributes: attributes([
            ("arn", arn),
            (
                "id",
                group.deployment_group_id().unwrap_or_default().to_owned(),
            ),
        ]),
        spec: Spec::DeploymentGroup(DeploymentGroup {
            application: wanted.application.clone(),
            name: wanted.name.clone(),
            document,
            tags: tags?,
        }),
        notes: Vec::new(),
    }))
}

/// The members that the wanted document sets. UpdateDeploymentGroup leaves the others as they are.
fn shape(group: &DeploymentGroupInfo, wanted: &DeploymentGroup) -> Result<Value, String> {
    let mut json = document::only(document::write(group)?, MEMBERS);
    if let Some(members) = wanted.document.as_object() {
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        json = document::only(json, &names);
    }
    document::settle(&mut json, &wanted.document, &|_, _| false);
    Ok(json)
}

/// Hands every member that both bodies have to a request.
macro_rules! with_members {
    ($request:expr, $body:expr) => {
        $request
            .set_application_name($body.application_name)
            .set_deployment_config_name($body.deployment_config_name)
            .set_ec2_tag_filters($body.ec2_tag_filters)
            .set_on_premises_instance_tag_filters($body.on_premises_instance_tag_filters)
            .set_auto_scaling_groups($body.auto_scaling_groups)
            .set_service_role_arn($body.service_role_arn)
            .set_trigger_configurations($body.trigger_configurations)
            .set_alarm_configuration($body.alarm_configuration)
            .set_auto_rollback_configuration($body.auto_rollback_configuration)
            .set_outdated_instances_strategy($body.outdated_instances_strategy)
            .set_deployment_style($body.deployment_style)
            .set_blue_green_deployment_configuration($body.blue_green_deployment_configuration)
            .set_load_balancer_info($body.load_balancer_info)
            .set_ec2_tag_set($body.ec2_tag_set)
            .set_ecs_services($body.ecs_services)
            .set_on_premises_tag_set($body.on_premises_tag_set)
            .set_ec2_deployment_options($body.ec2_deployment_options)
            .set_termination_hook_enabled($body.termination_hook_enabled)
    };
}

pub(super) async fn carry_out_group(
    account: &Account,
    group: &DeploymentGroup,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let client = account.codedeploy();
    let arn = group_arn(account, group);
    match task.part {
        Part::Itself => {
            let operation = "CreateDeploymentGroup";
            let body: CreateDeploymentGroupInput =
                document::read(&group.document, CreateDeploymentGroupInput::deserialize)
                    .map_err(|error| account.place.internal(SERVICE, operation, error))?;
            let answer = with_members!(client.create_deployment_group(), body)
                .set_deployment_group_name(body.deployment_group_name)
                .set_tags(Some(tags(&group.tags)))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(attributes([
                ("arn", arn),
                ("id", answer.deployment_group_id.unwrap_or_default()),
            ]))
        }
        Part::Settings => {
            let operation = "UpdateDeploymentGroup";
            let body: UpdateDeploymentGroupInput = document::read(
                &update_body(&group.document),
                UpdateDeploymentGroupInput::deserialize,
            )
            .map_err(|error| account.place.internal(SERVICE, operation, error))?;
            with_members!(client.update_deployment_group(), body)
                .set_current_deployment_group_name(body.current_deployment_group_name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(BTreeMap::new())
        }
        Part::Tags => {
            put_tags(account, arn, &group.tags).await?;
            Ok(BTreeMap::new())
        }
        part => Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
}

/// The body of the updating call, which names the group as the current one.
fn update_body(create: &Value) -> Value {
    let Some(members) = create.as_object() else {
        return create.clone();
    };
    members
        .iter()
        .map(|(name, value)| {
            let name = match name.as_str() {
                "deploymentGroupName" => "currentDeploymentGroupName",
                other => other,
            };
            (name.to_owned(), value.clone())
        })
        .collect::<Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted() -> DeploymentGroup {
        DeploymentGroup {
            application: "orders".into(),
            name: "orders".into(),
            document: json!({
                "applicationName": "orders",
                "deploymentGroupName": "orders",
                "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes",
                "serviceRoleArn": "arn:aws:iam::222222222222:role/cicd/orders-codedeploy",
                "autoRollbackConfiguration": {"enabled": true, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]},
                "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
                "blueGreenDeploymentConfiguration": {
                    "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
                    "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}},
                "loadBalancerInfo": {"targetGroupPairInfoList": [{
                    "targetGroups": [{"name": "orders-blue"}, {"name": "orders-green"}],
                    "prodTrafficRoute": {"listenerArns": ["arn:aws:elasticloadbalancing:ap-northeast-2:222222222222:listener/app/orders/1/2"]}}]},
                "ecsServices": [{"serviceName": "orders", "clusterName": "orders"}]
            }),
            tags: Tags::new(),
        }
    }

    #[test]
    fn both_bodies_survive_both_ways() {
        let wanted = wanted();
        let body =
            document::read(&wanted.document, CreateDeploymentGroupInput::deserialize).unwrap();
        assert_eq!(document::write(&body).unwrap(), wanted.document);
        let update = update_body(&wanted.document);
        assert_eq!(update["currentDeploymentGroupName"], "orders");
        let body = document::read(&update, UpdateDeploymentGroupInput::deserialize).unwrap();
        assert_eq!(document::write(&body).unwrap(), update);
    }

    #[test]
    fn an_answer_comes_back_in_the_shape_of_the_body() {
        let wanted = wanted();
        let mut answer = wanted.document.clone();
        answer["deploymentGroupId"] = json!("11111111-2222-3333-4444-555555555555");
        answer["computePlatform"] = json!("ECS");
        answer["terminationHookEnabled"] = json!(false);
        answer["alarmConfiguration"] =
            json!({"enabled": true, "alarms": [{"name": "of-somebody-else"}]});
        answer["lastAttemptedDeployment"] = json!({"deploymentId": "d-1", "status": "Succeeded"});
        answer["loadBalancerInfo"]["targetGroupPairInfoList"][0]["testTrafficRoute"] =
            json!({"listenerArns": []});
        let found = document::read(&answer, DeploymentGroupInfo::deserialize).unwrap();
        assert_eq!(shape(&found, &wanted).unwrap(), wanted.document);
    }
}
