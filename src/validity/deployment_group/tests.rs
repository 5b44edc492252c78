use serde_json::json;

use super::*;

fn good() -> Value {
    json!({
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "ecsServices": [{"clusterName": "c", "serviceName": "s"}],
        "loadBalancerInfo": {"targetGroupPairInfoList": [{
            "targetGroups": [{"name": "blue"}, {"name": "green"}],
            "prodTrafficRoute": {"listenerArns": ["arn:x"]}
        }]},
        "blueGreenDeploymentConfiguration": {
            "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5}
        }
    })
}

#[test]
fn each_fault_has_its_code() {
    assert_eq!(check(&good()), []);
    let cases: &[(&str, Value, Code)] = &[
        (
            "/deploymentConfigName",
            json!("CodeDeployDefault.ECSTrafficShift"),
            Code::DeploymentConfigDoesNotExistException,
        ),
        (
            "/deploymentStyle/deploymentType",
            json!("IN_PLACE"),
            Code::InvalidDeploymentStyleException,
        ),
        ("/ecsServices", json!([]), Code::InvalidEcsServiceException),
        (
            "/loadBalancerInfo",
            json!(null),
            Code::InvalidLoadBalancerInfoException,
        ),
        (
            "/loadBalancerInfo/targetGroupPairInfoList",
            json!([]),
            Code::InvalidTargetGroupPairException,
        ),
        (
            "/loadBalancerInfo/targetGroupPairInfoList/0/targetGroups/1/name",
            json!("blue"),
            Code::InvalidTargetGroupPairException,
        ),
        (
            "/loadBalancerInfo/targetGroupPairInfoList/0/prodTrafficRoute/listenerArns",
            json!(["a", "b"]),
            Code::InvalidTargetGroupPairException,
        ),
        (
            "/blueGreenDeploymentConfiguration",
            json!(null),
            Code::InvalidBlueGreenDeploymentConfigurationException,
        ),
        (
            "/blueGreenDeploymentConfiguration/deploymentReadyOption",
            json!(null),
            Code::InvalidBlueGreenDeploymentConfigurationException,
        ),
        (
            "/blueGreenDeploymentConfiguration/terminateBlueInstancesOnDeploymentSuccess/terminationWaitTimeInMinutes",
            json!(2881),
            Code::InvalidBlueGreenDeploymentConfigurationException,
        ),
    ];
    for (pointer, value, code) in cases {
        let mut group = good();
        *group.pointer_mut(pointer).unwrap() = value.clone();
        let problems = check(&group);
        assert_eq!(
            problems.iter().map(|it| it.code).collect::<Vec<_>>(),
            [*code],
            "{pointer}: {problems:?}"
        );
    }
    assert_eq!(check(&json!({})).len(), 5);
    assert_eq!(check(&json!(null)).len(), 5);
}
