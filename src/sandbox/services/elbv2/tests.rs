#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use super::SERVICE;
use crate::sandbox::services::testing::Bench;

/// A load balancer, two groups and a listener that forwards to the first.
struct Set {
    bench: Bench,
    load_balancer: String,
    blue: String,
    green: String,
    listener: String,
}

fn load_balancer(bench: &mut Bench, name: &str) -> String {
    let made = bench.ok(
        &SERVICE,
        "CreateLoadBalancer",
        json!({"Name": name, "Subnets": ["subnet-0a", "subnet-0b"], "SecurityGroups": ["sg-0a"]}),
    );
    made["LoadBalancers"][0]["LoadBalancerArn"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn group(bench: &mut Bench, name: &str) -> String {
    // Numbers as text, as the query protocol brings them.
    let made = bench.ok(
        &SERVICE,
        "CreateTargetGroup",
        json!({"Name": name, "Protocol": "HTTP", "Port": "8080", "VpcId": "vpc-0a", "TargetType": "ip"}),
    );
    made["TargetGroups"][0]["TargetGroupArn"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn set() -> Set {
    let mut bench = Bench::new();
    let load_balancer = load_balancer(&mut bench, "main");
    let blue = group(&mut bench, "blue");
    let green = group(&mut bench, "green");
    let made = bench.ok(
        &SERVICE,
        "CreateListener",
        json!({"LoadBalancerArn": load_balancer, "Protocol": "HTTP", "Port": "80",
               "DefaultActions": [{"Type": "forward", "TargetGroupArn": blue}]}),
    );
    let listener = made["Listeners"][0]["ListenerArn"]
        .as_str()
        .unwrap()
        .to_owned();
    Set {
        bench,
        load_balancer,
        blue,
        green,
        listener,
    }
}

#[test]
fn creating_twice_is_the_same_or_a_duplicate() {
    let mut set = set();
    let again = load_balancer(&mut set.bench, "main");
    assert_eq!(again, set.load_balancer);
    let again = group(&mut set.bench, "blue");
    assert_eq!(again, set.blue);
    for (operation, input, code) in [
        (
            "CreateLoadBalancer",
            json!({"Name": "main", "Subnets": ["subnet-0a", "subnet-0c"]}),
            "DuplicateLoadBalancerName",
        ),
        (
            "CreateTargetGroup",
            json!({"Name": "blue", "Protocol": "HTTP", "Port": "81", "VpcId": "vpc-0a"}),
            "DuplicateTargetGroupName",
        ),
        (
            "CreateListener",
            json!({"LoadBalancerArn": set.load_balancer, "Protocol": "HTTP", "Port": "80",
                   "DefaultActions": [{"Type": "forward", "TargetGroupArn": set.green}]}),
            "DuplicateListener",
        ),
    ] {
        assert_eq!(set.bench.fault(&SERVICE, operation, input).code, code);
    }
}

#[test]
fn a_group_follows_its_listeners_and_rules() {
    let mut set = set();
    let arns = |set: &mut Set, group: &str| {
        let answer = set.bench.ok(
            &SERVICE,
            "DescribeTargetGroups",
            json!({"TargetGroupArns": [group]}),
        );
        answer["TargetGroups"][0]["LoadBalancerArns"].clone()
    };
    let (blue, green) = (set.blue.clone(), set.green.clone());
    assert_eq!(arns(&mut set, &blue), json!([set.load_balancer]));
    assert_eq!(arns(&mut set, &green), json!([]));
    let rule = set.bench.ok(
        &SERVICE,
        "CreateRule",
        json!({"ListenerArn": set.listener, "Priority": "10",
               "Conditions": [{"Field": "path-pattern", "Values": ["/new/*"]}],
               "Actions": [{"Type": "forward", "TargetGroupArn": green}]}),
    );
    assert_eq!(arns(&mut set, &green), json!([set.load_balancer]));
    assert_eq!(
        set.bench
            .fault(
                &SERVICE,
                "DeleteTargetGroup",
                json!({"TargetGroupArn": green})
            )
            .code,
        "ResourceInUse"
    );
    set.bench.ok(
        &SERVICE,
        "DeleteRule",
        json!({"RuleArn": rule["Rules"][0]["RuleArn"]}),
    );
    assert_eq!(arns(&mut set, &green), json!([]));
    set.bench.ok(
        &SERVICE,
        "DeleteTargetGroup",
        json!({"TargetGroupArn": green}),
    );
    set.bench.ok(
        &SERVICE,
        "DeleteLoadBalancer",
        json!({"LoadBalancerArn": set.load_balancer}),
    );
    assert_eq!(arns(&mut set, &blue), json!([]));
    assert_eq!(
        set.bench
            .fault(
                &SERVICE,
                "DescribeListeners",
                json!({"ListenerArns": [set.listener]})
            )
            .code,
        "ListenerNotFound"
    );
}

#[test]
fn actions_and_conditions_are_completed() {
    let mut set = set();
    let listeners = set.bench.ok(
        &SERVICE,
        "DescribeListeners",
        json!({"LoadBalancerArn": set.load_balancer}),
    );
    assert_eq!(
        listeners["Listeners"][0]["DefaultActions"],
        json!([{"Type": "forward", "TargetGroupArn": set.blue,
                "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": set.blue, "Weight": 1}],
                                  "TargetGroupStickinessConfig": {"Enabled": false}}}])
    );
    set.bench.ok(
        &SERVICE,
        "ModifyListener",
        json!({"ListenerArn": set.listener, "DefaultActions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": [
            {"TargetGroupArn": set.blue, "Weight": "90"}, {"TargetGroupArn": set.green, "Weight": "10"}]}}]}),
    );
    let rules = set.bench.ok(
        &SERVICE,
        "DescribeRules",
        json!({"ListenerArn": set.listener}),
    );
    let default = &rules["Rules"][0];
    assert_eq!(default["Priority"], "default");
    assert_eq!(default["IsDefault"], true);
    assert_eq!(
        default["Actions"][0]["ForwardConfig"]["TargetGroups"][0]["Weight"],
        90
    );
    let fault = set.bench.fault(
        &SERVICE,
        "DeleteRule",
        json!({"RuleArn": default["RuleArn"]}),
    );
    assert_eq!(fault.code, "OperationNotPermitted");
    let rule = set.bench.ok(
        &SERVICE,
        "CreateRule",
        json!({"ListenerArn": set.listener, "Priority": "1",
               "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example.com"]}}],
               "Actions": [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Protocol": "HTTPS"}}]}),
    );
    assert_eq!(
        rule["Rules"][0]["Conditions"][0]["Values"],
        json!(["a.example.com"])
    );
    assert_eq!(
        rule["Rules"][0]["Actions"][0]["RedirectConfig"]["Path"],
        "/#{path}"
    );
}

#[test]
fn priorities_change_places() {
    let mut set = set();
    let mut rule = |priority: &str, path: &str| {
        let made = set.bench.ok(
            &SERVICE,
            "CreateRule",
            json!({"ListenerArn": set.listener, "Priority": priority,
                   "Conditions": [{"Field": "path-pattern", "Values": [path]}],
                   "Actions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]}),
        );
        made["Rules"][0]["RuleArn"].clone()
    };
    let (first, second) = (rule("1", "/a"), rule("2", "/b"));
    set.bench.ok(
        &SERVICE,
        "SetRulePriorities",
        json!({"RulePriorities": [{"RuleArn": first, "Priority": "2"}, {"RuleArn": second, "Priority": "1"}]}),
    );
    let fault = set.bench.fault(
        &SERVICE,
        "SetRulePriorities",
        json!({"RulePriorities": [{"RuleArn": first, "Priority": "1"}]}),
    );
    assert_eq!(fault.code, "PriorityInUse");
    let rules = set.bench.ok(
        &SERVICE,
        "DescribeRules",
        json!({"ListenerArn": set.listener}),
    );
    let order: Vec<&Value> = rules["Rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["RuleArn"])
        .collect();
    assert_eq!(order[..2], [&second, &first]);
}

#[test]
fn what_is_refused() {
    let mut set = set();
    let other = load_balancer(&mut set.bench, "other");
    let tcp = set.bench.ok(
        &SERVICE,
        "CreateTargetGroup",
        json!({"Name": "tcp", "Protocol": "TCP", "Port": "80", "VpcId": "vpc-0a", "TargetType": "ip"}),
    )["TargetGroups"][0]["TargetGroupArn"].clone();
    let forward = |group: &Value| json!([{"Type": "forward", "TargetGroupArn": group}]);
    let listener = |lb: &str, port: &str, actions: Value| json!({"LoadBalancerArn": lb, "Protocol": "HTTP", "Port": port, "DefaultActions": actions});
    let blue = json!(set.blue);
    for (operation, input, code) in [
        (
            "CreateLoadBalancer",
            json!({"Name": "x", "Subnets": ["subnet-0a"]}),
            "ValidationError",
        ),
        (
            "CreateLoadBalancer",
            json!({"Name": "x".repeat(33), "Subnets": ["subnet-0a", "subnet-0b"]}),
            "ValidationError",
        ),
        (
            "CreateLoadBalancer",
            json!({"Name": "-x", "Subnets": ["subnet-0a", "subnet-0b"]}),
            "ValidationError",
        ),
        (
            "CreateLoadBalancer",
            json!({"Name": "internal-x", "Subnets": ["subnet-0a", "subnet-0b"]}),
            "ValidationError",
        ),
        (
            "CreateLoadBalancer",
            json!({"Name": "x", "Subnets": ["a", "b"]}),
            "SubnetNotFound",
        ),
        (
            "CreateLoadBalancer",
            json!({"Name": "x", "Subnets": ["subnet-0a", "subnet-0b"], "SecurityGroups": ["x"]}),
            "InvalidSecurityGroup",
        ),
        (
            "CreateTargetGroup",
            json!({"Name": "x", "Port": "80", "VpcId": "vpc-0a"}),
            "ValidationError",
        ),
        (
            "CreateTargetGroup",
            json!({"Name": "x", "Protocol": "HTTP", "VpcId": "vpc-0a"}),
            "ValidationError",
        ),
        (
            "CreateTargetGroup",
            json!({"Name": "x", "Protocol": "HTTP", "Port": "80"}),
            "ValidationError",
        ),
        (
            "CreateTargetGroup",
            json!({"Name": "x", "Protocol": "HTTP", "Port": "80", "VpcId": "vpc-0a", "HealthCheckPath": "health"}),
            "ValidationError",
        ),
        (
            "CreateTargetGroup",
            json!({"Name": "x", "Protocol": "HTTP", "Port": "80", "VpcId": "vpc-0a", "HealthyThresholdCount": "11"}),
            "ValidationError",
        ),
        (
            "CreateListener",
            listener(&other, "80", forward(&blue)),
            "TargetGroupAssociationLimit",
        ),
        (
            "CreateListener",
            listener(&set.load_balancer, "81", forward(&tcp)),
            "IncompatibleProtocols",
        ),
        (
            "CreateListener",
            listener(
                &set.load_balancer,
                "81",
                forward(&json!(
                    "arn:aws:elasticloadbalancing:ap-northeast-2:1:targetgroup/x/1"
                )),
            ),
            "TargetGroupNotFound",
        ),
        (
            "CreateListener",
            listener(
                "arn:aws:elasticloadbalancing:ap-northeast-2:1:loadbalancer/app/x/1",
                "81",
                forward(&blue),
            ),
            "LoadBalancerNotFound",
        ),
        (
            "CreateListener",
            json!({"LoadBalancerArn": set.load_balancer, "Protocol": "HTTPS", "Port": "443", "DefaultActions": forward(&blue)}),
            "ValidationError",
        ),
        (
            "CreateListener",
            json!({"LoadBalancerArn": set.load_balancer, "Protocol": "TCP", "Port": "81", "DefaultActions": forward(&blue)}),
            "ValidationError",
        ),
        (
            "DescribeLoadBalancers",
            json!({"Names": ["nobody"]}),
            "LoadBalancerNotFound",
        ),
        (
            "DescribeTargetGroups",
            json!({"Names": ["nobody"]}),
            "TargetGroupNotFound",
        ),
        (
            "DescribeRules",
            json!({"ListenerArn": "arn:aws:elasticloadbalancing:ap-northeast-2:1:listener/app/x/1/2"}),
            "ListenerNotFound",
        ),
        (
            "DeleteRule",
            json!({"RuleArn": "arn:aws:elasticloadbalancing:ap-northeast-2:1:listener-rule/app/x/1/2/3"}),
            "RuleNotFound",
        ),
        (
            "RegisterTargets",
            json!({"TargetGroupArn": set.blue, "Targets": [{"Id": "i-0a"}]}),
            "ValidationError",
        ),
        (
            "ModifyLoadBalancerAttributes",
            json!({"LoadBalancerArn": set.load_balancer, "Attributes": [{"Key": "no.such", "Value": "1"}]}),
            "ValidationError",
        ),
        (
            "AddTags",
            json!({"ResourceArns": [set.blue], "Tags": [{"Key": "a"}, {"Key": "a"}]}),
            "DuplicateTagKeys",
        ),
    ] {
        let fault = set.bench.fault(&SERVICE, operation, input.clone());
        assert_eq!(fault.code, code, "{operation} {input}: {}", fault.message);
    }
}

#[test]
fn targets_and_their_health() {
    let mut set = set();
    let health = |set: &mut Set, group: &str| {
        let answer = set.bench.ok(
            &SERVICE,
            "DescribeTargetHealth",
            json!({"TargetGroupArn": group}),
        );
        answer["TargetHealthDescriptions"].clone()
    };
    let (blue, green) = (set.blue.clone(), set.green.clone());
    for group in [&blue, &green] {
        set.bench.ok(
            &SERVICE,
            "RegisterTargets",
            json!({"TargetGroupArn": group, "Targets": [{"Id": "10.0.0.1"}]}),
        );
    }
    assert_eq!(
        health(&mut set, &blue),
        json!([{"Target": {"Id": "10.0.0.1", "Port": 8080}, "HealthCheckPort": "8080", "TargetHealth": {"State": "healthy"}}])
    );
    assert_eq!(
        health(&mut set, &green)[0]["TargetHealth"]["Reason"],
        "Target.NotInUse"
    );
    set.bench.ok(
        &SERVICE,
        "DeregisterTargets",
        json!({"TargetGroupArn": blue, "Targets": [{"Id": "10.0.0.1"}]}),
    );
    assert_eq!(health(&mut set, &blue), json!([]));
}

#[test]
fn attributes_have_defaults_and_protect_from_deletion() {
    let mut set = set();
    let lb = json!({"LoadBalancerArn": set.load_balancer});
    let attributes = set
        .bench
        .ok(&SERVICE, "DescribeLoadBalancerAttributes", lb.clone());
    assert!(
        attributes["Attributes"]
            .as_array()
            .unwrap()
            .contains(&json!({"Key": "idle_timeout.timeout_seconds", "Value": "60"}))
    );
    let protect = |value: &str| json!({"LoadBalancerArn": lb["LoadBalancerArn"], "Attributes": [{"Key": "deletion_protection.enabled", "Value": value}]});
    set.bench
        .ok(&SERVICE, "ModifyLoadBalancerAttributes", protect("true"));
    assert_eq!(
        set.bench
            .fault(&SERVICE, "DeleteLoadBalancer", lb.clone())
            .code,
        "OperationNotPermitted"
    );
    set.bench
        .ok(&SERVICE, "ModifyLoadBalancerAttributes", protect("false"));
    set.bench.ok(&SERVICE, "DeleteLoadBalancer", lb);
    let group = set.bench.ok(
        &SERVICE,
        "DescribeTargetGroupAttributes",
        json!({"TargetGroupArn": set.blue}),
    );
    assert!(
        group["Attributes"]
            .as_array()
            .unwrap()
            .contains(&json!({"Key": "deregistration_delay.timeout_seconds", "Value": "300"}))
    );
}

#[test]
fn tags_of_all_kinds() {
    let mut set = set();
    let arns = json!([set.load_balancer, set.blue, set.listener]);
    set.bench.ok(
        &SERVICE,
        "AddTags",
        json!({"ResourceArns": arns, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}),
    );
    set.bench.ok(
        &SERVICE,
        "RemoveTags",
        json!({"ResourceArns": arns, "TagKeys": ["b"]}),
    );
    let tags = set
        .bench
        .ok(&SERVICE, "DescribeTags", json!({"ResourceArns": arns}));
    for row in tags["TagDescriptions"].as_array().unwrap() {
        assert_eq!(row["Tags"], json!([{"Key": "a", "Value": "1"}]));
    }
}

#[test]
fn defaults_of_a_group() {
    let mut bench = Bench::new();
    group(&mut bench, "blue");
    let described = bench.ok(&SERVICE, "DescribeTargetGroups", json!({"Names": ["blue"]}));
    let mut one = described["TargetGroups"][0].clone();
    one.as_object_mut().unwrap().remove("TargetGroupArn");
    assert_eq!(
        one,
        json!({"TargetGroupName": "blue", "Protocol": "HTTP", "Port": 8080, "VpcId": "vpc-0a",
            "HealthCheckProtocol": "HTTP", "HealthCheckPort": "traffic-port", "HealthCheckEnabled": true,
            "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 5, "HealthyThresholdCount": 5,
            "UnhealthyThresholdCount": 2, "HealthCheckPath": "/", "Matcher": {"HttpCode": "200"},
            "LoadBalancerArns": [], "TargetType": "ip", "ProtocolVersion": "HTTP1", "IpAddressType": "ipv4"})
    );
}
