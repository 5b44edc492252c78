//! Clusters, task definitions and tags.

use super::*;

#[test]
fn clusters_come_and_go() {
    let mut bench = Bench::new();
    let made = bench.ok(
        &SERVICE,
        "CreateCluster",
        json!({"clusterName": "main", "tags": [{"key": "a", "value": "b"}]}),
    );
    assert_eq!(
        made["cluster"]["clusterArn"],
        "arn:aws:ecs:ap-northeast-2:558846431111:cluster/main"
    );
    assert_eq!(
        made["cluster"]["settings"],
        json!([{"name": "containerInsights", "value": "disabled"}])
    );
    let again = bench.ok(&SERVICE, "CreateCluster", json!({"clusterName": "main"}));
    assert_eq!(
        again["cluster"]["tags"],
        json!([{"key": "a", "value": "b"}]),
        "the one that is there is answered"
    );
    let described = bench.ok(
        &SERVICE,
        "DescribeClusters",
        json!({"clusters": ["main", "gone"], "include": ["TAGS"]}),
    );
    assert_eq!(described["clusters"][0]["status"], "ACTIVE");
    assert_eq!(
        described["failures"],
        json!([{"arn": "arn:aws:ecs:ap-northeast-2:558846431111:cluster/gone", "reason": "MISSING"}])
    );
    bench.ok(
        &SERVICE,
        "UpdateClusterSettings",
        json!({"cluster": "main", "settings": [{"name": "containerInsights", "value": "enabled"}]}),
    );
    let deleted = bench.ok(&SERVICE, "DeleteCluster", json!({"cluster": "main"}));
    assert_eq!(deleted["cluster"]["status"], "INACTIVE");
    assert_eq!(
        bench.ok(&SERVICE, "ListClusters", json!({}))["clusterArns"],
        json!([])
    );
    assert_eq!(
        bench
            .fault(&SERVICE, "ListServices", json!({"cluster": "main"}))
            .code,
        "ClusterNotFoundException"
    );
    assert_eq!(
        bench.fault(&SERVICE, "ListServices", json!({})).message,
        "Cluster not found."
    );
    bench.ok(&SERVICE, "CreateCluster", json!({"clusterName": "main"}));
}

#[test]
fn task_definitions_are_completed_and_numbered() {
    let mut bench = Bench::new();
    let made = bench.ok(&SERVICE, "RegisterTaskDefinition", definition());
    let first = &made["taskDefinition"];
    assert_eq!(
        first["taskDefinitionArn"],
        "arn:aws:ecs:ap-northeast-2:558846431111:task-definition/orders:1"
    );
    assert_eq!(first["compatibilities"], json!(["EC2", "FARGATE"]));
    let container = &first["containerDefinitions"][0];
    assert_eq!(
        container["portMappings"],
        json!([{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}])
    );
    assert_eq!(container["essential"], true);
    let second = bench.ok(&SERVICE, "RegisterTaskDefinition", definition());
    assert_eq!(second["taskDefinition"]["revision"], 2);
    let latest = bench.ok(
        &SERVICE,
        "DescribeTaskDefinition",
        json!({"taskDefinition": "orders"}),
    );
    assert_eq!(latest["taskDefinition"]["revision"], 2);
    let gone = bench.ok(
        &SERVICE,
        "DeregisterTaskDefinition",
        json!({"taskDefinition": "orders:2"}),
    );
    assert_eq!(gone["taskDefinition"]["status"], "INACTIVE");
    let latest = bench.ok(
        &SERVICE,
        "DescribeTaskDefinition",
        json!({"taskDefinition": "orders"}),
    );
    assert_eq!(latest["taskDefinition"]["revision"], 1);
    let listed = bench.ok(
        &SERVICE,
        "ListTaskDefinitions",
        json!({"familyPrefix": "orders", "status": "INACTIVE"}),
    );
    assert_eq!(listed["taskDefinitionArns"].as_array().unwrap().len(), 1);
    assert_eq!(
        bench.ok(
            &SERVICE,
            "ListTaskDefinitions",
            json!({"familyPrefix": "ord"})
        )["taskDefinitionArns"],
        json!([])
    );
    assert_eq!(
        bench.ok(
            &SERVICE,
            "ListTaskDefinitionFamilies",
            json!({"familyPrefix": "ord"})
        )["families"],
        json!(["orders"])
    );
    let deleted = bench.ok(
        &SERVICE,
        "DeleteTaskDefinitions",
        json!({"taskDefinitions": ["orders:2", "orders:1", "x:9"]}),
    );
    assert_eq!(
        deleted["taskDefinitions"][0]["status"],
        "DELETE_IN_PROGRESS"
    );
    assert_eq!(deleted["failures"].as_array().unwrap().len(), 2);
    for (reference, code, message) in [
        (
            "orders:latest",
            "InvalidParameterException",
            "Invalid revision number. Number: latest",
        ),
        (
            "orders:9",
            "ClientException",
            "Unable to describe task definition.",
        ),
        (
            "nobody",
            "ClientException",
            "Unable to describe task definition.",
        ),
    ] {
        let fault = bench.fault(
            &SERVICE,
            "DescribeTaskDefinition",
            json!({"taskDefinition": reference}),
        );
        assert_eq!(
            (fault.code.as_str(), fault.message.as_str()),
            (code, message)
        );
    }
    let third = bench.ok(&SERVICE, "RegisterTaskDefinition", definition());
    assert_eq!(
        third["taskDefinition"]["revision"], 3,
        "numbers are never used again"
    );
}

#[test]
fn what_a_task_definition_must_be() {
    let mut bench = Bench::new();
    let image = |image: &str| with(definition(), "/containerDefinitions/0/image", json!(image));
    let cases = [
        (
            with(definition(), "/family", json!("")),
            "Family should not be blank.",
        ),
        (
            with(definition(), "/family", json!("a b")),
            "Family contains invalid characters.",
        ),
        (
            with(definition(), "/containerDefinitions", json!([])),
            "Container list cannot be empty.",
        ),
        (
            with(definition(), "/containerDefinitions/0/name", json!("")),
            "Container.name should not be null or empty.",
        ),
        (image(""), "Container.image should not be null or empty."),
        (
            with(definition(), "/networkMode", json!("bridge")),
            "Fargate only supports network mode \u{2018}awsvpc\u{2019}.",
        ),
        (
            without(definition(), "cpu"),
            "Fargate requires that 'cpu' be defined at the task level.",
        ),
        (
            without(definition(), "memory"),
            "Fargate requires that 'memory' be defined at the task level.",
        ),
        (
            with(definition(), "/memory", json!("4096")),
            "No Fargate configuration exists for given values.",
        ),
        (
            with(definition(), "/memory", json!("much")),
            "Invalid 'memory' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
        ),
        (
            with(definition(), "/cpu", json!("300")),
            "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
        ),
        (
            without(definition(), "executionRoleArn"),
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ),
        (
            without(image("nginx"), "executionRoleArn"),
            "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        ),
        (
            with(
                definition(),
                "/executionRoleArn",
                json!("arn:aws:iam::1:role/x"),
            ),
            "Role is not valid",
        ),
        (
            with(
                definition(),
                "/containerDefinitions/0/portMappings/0/hostPort",
                json!(1),
            ),
            "",
        ),
        (
            with(
                definition(),
                "/containerDefinitions/0/portMappings",
                json!([{"containerPort": 80, "hostPort": 81}]),
            ),
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        ),
        (
            with(
                definition(),
                "/containerDefinitions/0/portMappings",
                json!([{"containerPort": 0}]),
            ),
            "Invalid 'containerPort' setting for container 'orders'.",
        ),
        (
            with(
                definition(),
                "/containerDefinitions/0/logConfiguration",
                json!({"logDriver": "awslogs", "options": {"awslogs-region": "x"}}),
            ),
            "Log driver awslogs requires options: awslogs-group",
        ),
    ];
    for (input, message) in cases {
        if message.is_empty() {
            continue;
        }
        let fault = bench.fault(&SERVICE, "RegisterTaskDefinition", input);
        assert_eq!(
            (fault.code.as_str(), fault.message.as_str()),
            ("ClientException", message)
        );
    }
    let foreign = with(
        definition(),
        "/executionRoleArn",
        json!("arn:aws:iam::202949997891:role/exec"),
    );
    let fault = bench.fault(&SERVICE, "RegisterTaskDefinition", foreign);
    assert_eq!(fault.message, "Cross-account pass role is not allowed.");
    bench.ok(&SERVICE, "RegisterTaskDefinition", image("<IMAGE1_NAME>"));
    bench.ok(
        &SERVICE,
        "RegisterTaskDefinition",
        json!({"family": "ec2", "containerDefinitions": [{"name": "a", "image": "nginx", "memory": 128}]}),
    );
}

#[test]
fn tags_of_all_kinds() {
    let mut set = set();
    set.bench
        .ok(&SERVICE, "CreateService", service(&set.blue, "CODE_DEPLOY"));
    let task_set = text(&describe(&mut set), "/taskSets/0/taskSetArn");
    let base = "arn:aws:ecs:ap-northeast-2:558846431111:";
    for arn in [
        format!("{base}cluster/main"),
        format!("{base}service/main/orders"),
        format!("{base}task-definition/orders:1"),
        task_set,
    ] {
        let tags = json!([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]);
        set.bench.ok(
            &SERVICE,
            "TagResource",
            json!({"resourceArn": arn, "tags": tags}),
        );
        set.bench.ok(
            &SERVICE,
            "UntagResource",
            json!({"resourceArn": arn, "tagKeys": ["a"]}),
        );
        let left = set
            .bench
            .ok(&SERVICE, "ListTagsForResource", json!({"resourceArn": arn}));
        assert_eq!(left["tags"], json!([{"key": "b", "value": "2"}]), "{arn}");
    }
    let fault = set.bench.fault(
        &SERVICE,
        "TagResource",
        json!({"resourceArn": format!("{base}service/main/x"), "tags": []}),
    );
    assert_eq!(fault.code, "ResourceNotFoundException");
}
