use super::*;

const GOOD: &str = "version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          ContainerName: \"orders\"
          ContainerPort: 8080
Hooks:
  - AfterAllowTestTraffic: CodeDeployHook_orders
";

fn with(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    check(&GOOD.replace(from, to))
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_good_one_has_no_problem() {
    assert_eq!(check(GOOD), []);
    let json = r#"{"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {
        "TaskDefinition": "arn:aws:ecs:eu-west-1:222222222222:task-definition/orders:7",
        "LoadBalancerInfo": {"ContainerName": "orders", "ContainerPort": 80}}}}]}"#;
    assert_eq!(check(json), []);
}

#[test]
fn each_fault_is_named() {
    for (from, to, expected) in [
        (
            "version: 0.0",
            "version: 0.2",
            "version: the AppSpec's version is 0.0",
        ),
        (
            "AWS::ECS::Service",
            "AWS::Lambda::Function",
            "Resources[0].TargetService.Type",
        ),
        (
            "<TASK_DEFINITION>",
            "orders:latest",
            "Resources[0].TargetService.Properties.TaskDefinition: 'orders:latest' is no task",
        ),
        (
            "<TASK_DEFINITION>",
            "<TASK_DEF>",
            "Resources[0].TargetService.Properties.TaskDefinition: '<TASK_DEF>' is no task",
        ),
        (
            "8080",
            "\"8080\"",
            "Resources[0].TargetService.Properties.LoadBalancerInfo.ContainerPort",
        ),
        (
            "ContainerName: \"orders\"",
            "Name: x",
            "Resources[0].TargetService.Properties.LoadBalancerInfo.ContainerName",
        ),
        (
            "AfterAllowTestTraffic",
            "BeforeTraffic",
            "Hooks[0].BeforeTraffic: there is no hook",
        ),
        (
            "  - TargetService:",
            "  TargetService:",
            "Resources: an AppSpec for ECS has exactly one resource, this has 0",
        ),
    ] {
        let said = with(from, to);
        assert!(
            said.iter().any(|it| it.starts_with(expected)),
            "{expected}: {said:?}"
        );
    }
    assert!(!check("a: b: c").is_empty());
    assert!(!check("").is_empty());
}
