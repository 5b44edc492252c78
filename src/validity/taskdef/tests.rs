use serde_json::json;

use super::*;

fn good() -> Value {
    json!({
        "family": "orders",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::222222222222:role/exec",
        "containerDefinitions": [{
            "name": "orders",
            "image": "<IMAGE1_NAME>",
            "portMappings": [{"containerPort": 8080}],
            "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/orders", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "orders"
            }}
        }]
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut taskdef = good();
    change(&mut taskdef);
    check(&taskdef).iter().map(ToString::to_string).collect()
}

#[test]
fn fargate_takes_these_sizes_and_no_others() {
    for (cpu, memory) in [
        (256, 512),
        (256, 1024),
        (256, 2048),
        (512, 4096),
        (1024, 2048),
        (1024, 8192),
        (2048, 4096),
        (2048, 16_384),
        (4096, 8192),
        (4096, 30_720),
        (8192, 16_384),
        (8192, 20_480),
        (16_384, 122_880),
    ] {
        assert!(fargate_has(cpu, memory), "{cpu} {memory}");
    }
    for (cpu, memory) in [
        (256, 1536),
        (256, 4096),
        (512, 512),
        (1024, 1024),
        (1024, 9216),
        (2048, 4100),
        (8192, 17_408),
        (300, 1024),
        (0, 0),
    ] {
        assert!(!fargate_has(cpu, memory), "{cpu} {memory}");
    }
    assert_eq!(
        with(|it| {
            it["cpu"] = json!(".25 vCPU");
            it["memory"] = json!("0.5 GB");
        }),
        [""; 0]
    );
    assert_eq!(
        with(|it| it["memory"] = json!("1536")),
        ["cpu: No Fargate configuration exists for given values."]
    );
    assert_eq!(
        with(|it| it["memory"] = Value::Null),
        ["memory: Fargate requires that 'memory' be defined at the task level."]
    );
}

#[test]
fn a_good_one_has_no_problem() {
    assert_eq!(check(&good()), []);
}

#[test]
fn each_fault_is_named() {
    for (change, expected) in [
        (
            (|it| it["family"] = json!("a b")) as fn(&mut Value),
            "family: Family must be between",
        ),
        (
            |it| it["networkMode"] = json!("bridge"),
            "networkMode: Fargate only supports",
        ),
        (
            |it| it["requiresCompatibilities"] = json!([]),
            "requiresCompatibilities: a task for Fargate",
        ),
        (
            |it| it["revision"] = json!(3),
            "revision: 'revision' is in what AWS answers",
        ),
        (
            |it| it["containerDefinitions"] = json!([]),
            "containerDefinitions: Container list cannot be empty.",
        ),
        (
            |it| it["containerDefinitions"][0]["essential"] = json!(false),
            "containerDefinitions: A task definition must contain at least one essential",
        ),
        (
            |it| it["containerDefinitions"][0]["name"] = json!(""),
            "containerDefinitions[0].name: Container.name",
        ),
        (
            |it| it["containerDefinitions"][0]["image"] = json!(null),
            "containerDefinitions[0].image: Container.image",
        ),
        (
            |it| it["containerDefinitions"][0]["image"] = json!("a/b:latest"),
            "containerDefinitions[0].image: the image has no tag of its own",
        ),
        (
            |it| it["containerDefinitions"][0]["executionRoleArn"] = json!("x"),
            "containerDefinitions[0].executionRoleArn: 'executionRoleArn' belongs",
        ),
        (
            |it| it["containerDefinitions"][0]["portMappings"][0]["hostPort"] = json!(80),
            "containerDefinitions[0].portMappings[0].hostPort",
        ),
        (
            |it| it["containerDefinitions"][0]["portMappings"][0]["containerPort"] = json!(0),
            "containerDefinitions[0].portMappings[0].containerPort",
        ),
        (
            |it| {
                it["containerDefinitions"][0]["logConfiguration"]["logDriver"] = json!("json-file")
            },
            "containerDefinitions[0].logConfiguration.logDriver",
        ),
        (
            |it| it["containerDefinitions"][0]["logConfiguration"]["options"] = json!({}),
            "containerDefinitions[0].logConfiguration.options.awslogs-group",
        ),
        (
            |it| it["executionRoleArn"] = json!(null),
            "executionRoleArn: Fargate requires task definition to have execution role ARN to support ECR images.",
        ),
    ] {
        let said = with(change);
        assert!(
            said.iter().any(|it| it.starts_with(expected)),
            "{expected}: {said:?}"
        );
    }
    assert!(!check(&json!([])).is_empty());
}
