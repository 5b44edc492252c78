//! What a deployment and its tasks ask, from the one place where that is written: [`crate::chain`]. A
//! deployment that no pipeline has begun asks the same as one that a pipeline has.

use serde_json::{Value, json};

use super::acting::At;
use crate::chain::{self, Beside, Need, Place, Run, Step};
use crate::ident::{AccountId, Region};

const STAGE: &str = "Deploy";

fn needs(
    at: &At,
    provider: &str,
    configuration: Value,
    beside: Beside,
    task: Option<&str>,
    step: Step,
) -> Vec<Need> {
    let (Ok(account), Ok(region)) = (AccountId::parse(&at.account), Region::parse(&at.region))
    else {
        return Vec::new();
    };
    let pipeline = json!({"name": STAGE, "stages": [{"name": STAGE, "actions": [{
        "name": STAGE,
        "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration,
    }]}]});
    let mut run = Run::new(account, region, pipeline);
    run.moment.task = task.map(str::to_owned);
    *run.beside(STAGE, STAGE) = beside;
    chain::action(&run, &Place::new(STAGE, STAGE))
        .needs
        .into_iter()
        .filter(|need| need.step == step)
        .collect()
}

/// What CodeDeploy asks for a deployment, as the group's role, with what is known beside it.
pub fn by_codedeploy(at: &At, application: &str, group: &str, beside: Beside) -> Vec<Need> {
    let configuration = json!({"ApplicationName": application, "DeploymentGroupName": group});
    let step = Step::Deployment;
    needs(at, "CodeDeployToECS", configuration, beside, None, step)
}

/// What ECS asks to start a task: to take on its roles, and as the execution role.
pub fn by_task(at: &At, task: &str, taskdef: Value) -> Vec<Need> {
    let beside = Beside {
        taskdef: Some(taskdef),
        ..Beside::default()
    };
    needs(
        at,
        "CodeDeployToECS",
        json!({}),
        beside,
        Some(task),
        Step::StartTask,
    )
}

/// What ECS asks to shift the traffic of a service, as its infrastructure role.
pub fn by_ecs(at: &At, cluster: &str, name: &str, service: Value) -> Vec<Need> {
    let beside = Beside {
        service: Some(service),
        ..Beside::default()
    };
    let configuration = json!({"ClusterName": cluster, "ServiceName": name});
    needs(at, "ECS", configuration, beside, None, Step::Deployment)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at() -> At {
        At {
            account: "222222222222".to_owned(),
            region: "ap-northeast-2".to_owned(),
            now: 0,
        }
    }

    fn actions(needs: &[Need]) -> Vec<&str> {
        needs.iter().map(|need| need.iam_action.as_str()).collect()
    }

    #[test]
    fn a_deployment_without_a_pipeline_asks_the_same() {
        let group = json!({
            "serviceRoleArn": "arn:aws:iam::222222222222:role/deploys",
            "ecsServices": [{"clusterName": "main", "serviceName": "orders"}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [{"prodTrafficRoute": {"listenerArns": ["arn:l"]}}]},
        });
        let taskdef = json!({"executionRoleArn": "arn:aws:iam::222222222222:role/exec"});
        let beside = Beside {
            deployment_group: Some(group),
            taskdef: Some(taskdef),
            ..Beside::default()
        };
        let needs = by_codedeploy(&at(), "orders", "orders", beside);
        let asked = actions(&needs);
        for action in [
            "sts:AssumeRole",
            "ecs:CreateTaskSet",
            "iam:PassRole",
            "elasticloadbalancing:ModifyListener",
            "ecs:UpdateServicePrimaryTaskSet",
            "ecs:DeleteTaskSet",
        ] {
            assert!(asked.contains(&action), "{action}: {asked:?}");
        }
    }

    #[test]
    fn a_task_asks_as_itself() {
        let taskdef = json!({
            "executionRoleArn": "arn:aws:iam::222222222222:role/exec",
            "containerDefinitions": [{
                "name": "orders",
                "image": "222222222222.dkr.ecr.ap-northeast-2.amazonaws.com/orders:1",
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-group": "/ecs/orders", "awslogs-stream-prefix": "o", "awslogs-region": "ap-northeast-2"}},
            }],
        });
        let needs = by_task(&at(), "abc", taskdef);
        let stream = needs
            .iter()
            .find(|need| need.iam_action == "logs:CreateLogStream")
            .unwrap();
        assert!(
            stream.resource.ends_with("log-stream:o/orders/abc"),
            "{}",
            stream.resource
        );
        assert!(actions(&needs).contains(&"ecr:GetAuthorizationToken"));
    }
}
