"""Elastic Load Balancing v2. Source where none is named: its API Reference and model."""

from harness import DEV, REGION, fits, has, holds, same, signatures, tags

SUBNETS = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
GROUP = "sg-0a1b2c3d4e5f60001"
VPC = "vpc-0a1b2c3d4e5f60001"
PREFIX = f"arn:aws:elasticloadbalancing:{REGION}:{DEV}"


def run(w):
    elb = w.client("elbv2", DEV)
    raw = w.client("elbv2", DEV, validate=False)
    signatures(w, "elbv2", "describe_load_balancers")

    with w.check("CreateLoadBalancer answers the load balancer"):
        balancer = elb.create_load_balancer(Name="bys-dev-alb-main", Subnets=SUBNETS, SecurityGroups=[GROUP], Tags=[{"Key": "a", "Value": "1"}])["LoadBalancers"][0]
        has(balancer, "LoadBalancerArn", "DNSName", "CanonicalHostedZoneId", "CreatedTime", "LoadBalancerName", "Scheme", "VpcId", "State", "Type", "AvailabilityZones", "SecurityGroups", "IpAddressType")
        fits(balancer["LoadBalancerArn"], rf"{PREFIX}:loadbalancer/app/bys-dev-alb-main/[0-9a-f]{{16}}")
        same((balancer["Scheme"], balancer["Type"], balancer["IpAddressType"], balancer["SecurityGroups"]), ("internet-facing", "application", "ipv4", [GROUP]))
        fits(balancer["DNSName"], rf"bys-dev-alb-main-\d+\.{REGION}\.elb\.amazonaws\.com")
        same(sorted(it["SubnetId"] for it in balancer["AvailabilityZones"]), SUBNETS)
        holds(balancer["State"]["Code"] in ("provisioning", "active"), f"State {balancer['State']}")
    alb = balancer["LoadBalancerArn"]
    with w.check("CreateLoadBalancer is idempotent with the same settings", "CreateLoadBalancer: idempotent"):
        again = elb.create_load_balancer(Name="bys-dev-alb-main", Subnets=SUBNETS, SecurityGroups=[GROUP], Tags=[{"Key": "a", "Value": "1"}])["LoadBalancers"][0]
        same(again["LoadBalancerArn"], alb)
    w.refuses("CreateLoadBalancer refuses the name with other settings", "DuplicateLoadBalancerName", elb.create_load_balancer, Name="bys-dev-alb-main", Subnets=SUBNETS, Scheme="internal")
    for title, name in (("33 letters", "b" * 33), ("a hyphen at its start", "-b"), ("an underscore", "a_b"), ("internal- at its start", "internal-b")):
        w.refuses(f"CreateLoadBalancer refuses a name with {title}", "ValidationError", elb.create_load_balancer, Name=name, Subnets=SUBNETS)
    w.refuses("CreateLoadBalancer refuses one subnet", ("ValidationError", "InvalidConfigurationRequest", "InvalidSubnet"), elb.create_load_balancer, Name="one", Subnets=SUBNETS[:1])
    with w.check("DescribeLoadBalancers answers by name and ARN"):
        same(elb.describe_load_balancers(Names=["bys-dev-alb-main"])["LoadBalancers"][0]["LoadBalancerArn"], alb)
        same(elb.describe_load_balancers(LoadBalancerArns=[alb])["LoadBalancers"][0]["LoadBalancerName"], "bys-dev-alb-main")
        same(w.client("elbv2").describe_load_balancers()["LoadBalancers"], [])
    w.refuses("DescribeLoadBalancers of a name that is not there", "LoadBalancerNotFound", elb.describe_load_balancers, says="[absent]", Names=["absent"])
    w.refuses("DescribeLoadBalancers of an ARN of another account", "LoadBalancerNotFound", w.client("elbv2").describe_load_balancers, LoadBalancerArns=[alb])

    with w.check("CreateTargetGroup answers the group with AWS's defaults"):
        group = elb.create_target_group(Name="awssdk-iam-blue", Protocol="HTTP", Port=10012, VpcId=VPC, TargetType="ip", HealthCheckPath="/health")["TargetGroups"][0]
        has(group, "TargetGroupArn", "TargetGroupName", "Protocol", "Port", "VpcId", "HealthCheckProtocol", "HealthCheckPort", "HealthCheckEnabled", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount", "HealthCheckPath", "Matcher", "TargetType", "ProtocolVersion", "IpAddressType")
        fits(group["TargetGroupArn"], rf"{PREFIX}:targetgroup/awssdk-iam-blue/[0-9a-f]{{16}}")
        same((group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"], group["HealthyThresholdCount"], group["UnhealthyThresholdCount"], group["Matcher"], group["HealthCheckPort"], group["HealthCheckProtocol"]), (30, 5, 5, 2, {"HttpCode": "200"}, "traffic-port", "HTTP"))
        same((group["HealthCheckPath"], group["TargetType"], group["ProtocolVersion"]), ("/health", "ip", "HTTP1"))
        green = elb.create_target_group(Name="awssdk-iam-green", Protocol="HTTP", Port=10012, VpcId=VPC, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
    blue = group["TargetGroupArn"]
    w.refuses("CreateTargetGroup refuses the name with other settings", "DuplicateTargetGroupName", elb.create_target_group, Name="awssdk-iam-blue", Protocol="HTTP", Port=80, VpcId=VPC, TargetType="ip")
    w.refuses("CreateTargetGroup refuses a name of 33 letters", "ValidationError", elb.create_target_group, Name="t" * 33, Protocol="HTTP", Port=80, VpcId=VPC)
    w.refuses("CreateTargetGroup refuses port 65536", "ValidationError", raw.create_target_group, Name="port", Protocol="HTTP", Port=65536, VpcId=VPC)
    with w.check("DescribeTargetGroups answers by name"):
        same([it["TargetGroupArn"] for it in elb.describe_target_groups(Names=["awssdk-iam-green"])["TargetGroups"]], [green])
    w.refuses("DescribeTargetGroups of a name that is not there", "TargetGroupNotFound", elb.describe_target_groups, Names=["absent"])
    with w.check("ModifyTargetGroup changes the health check"):
        same(elb.modify_target_group(TargetGroupArn=green, HealthCheckPath="/up")["TargetGroups"][0]["HealthCheckPath"], "/up")

    forward = lambda *groups: [{"Type": "forward", "TargetGroupArn": groups[0]}] if len(groups) == 1 else [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": it, "Weight": 1} for it in groups]}}]
    with w.check("CreateListener answers the listener"):
        listener = elb.create_listener(LoadBalancerArn=alb, Protocol="HTTP", Port=80, DefaultActions=forward(blue))["Listeners"][0]
        has(listener, "ListenerArn", "LoadBalancerArn", "Port", "Protocol", "DefaultActions")
        fits(listener["ListenerArn"], rf"{PREFIX}:listener/app/bys-dev-alb-main/[0-9a-f]{{16}}/[0-9a-f]{{16}}")
        same((listener["DefaultActions"][0]["Type"], listener["DefaultActions"][0]["TargetGroupArn"]), ("forward", blue))
    line = listener["ListenerArn"]
    with w.check("a target group knows its load balancer"):
        same(elb.describe_target_groups(TargetGroupArns=[blue])["TargetGroups"][0]["LoadBalancerArns"], [alb])
        same(elb.describe_target_groups(TargetGroupArns=[green])["TargetGroups"][0]["LoadBalancerArns"], [])
        same([it["TargetGroupArn"] for it in elb.describe_target_groups(LoadBalancerArn=alb)["TargetGroups"]], [blue])
    w.refuses("CreateListener refuses a port that is taken", "DuplicateListener", elb.create_listener, LoadBalancerArn=alb, Protocol="HTTP", Port=80, DefaultActions=forward(green))
    w.refuses("CreateListener of a load balancer that is not there", "LoadBalancerNotFound", elb.create_listener, LoadBalancerArn=alb[:-16] + "0" * 16, Protocol="HTTP", Port=81, DefaultActions=forward(blue))
    w.refuses("CreateListener to a target group that is not there", "TargetGroupNotFound", elb.create_listener, LoadBalancerArn=alb, Protocol="HTTP", Port=81, DefaultActions=forward(blue[:-16] + "0" * 16))
    w.refuses("an HTTPS listener needs a certificate", ("CertificateNotFound", "ValidationError"), elb.create_listener, LoadBalancerArn=alb, Protocol="HTTPS", Port=443, DefaultActions=forward(blue))
    w.refuses("an application load balancer has no TCP listener", ("UnsupportedProtocol", "ValidationError", "InvalidConfigurationRequest"), elb.create_listener, LoadBalancerArn=alb, Protocol="TCP", Port=81, DefaultActions=forward(blue))
    with w.check("ModifyListener moves the traffic"):
        elb.modify_listener(ListenerArn=line, DefaultActions=forward(green))
        same(elb.describe_listeners(ListenerArns=[line])["Listeners"][0]["DefaultActions"][0]["TargetGroupArn"], green)
        elb.modify_listener(ListenerArn=line, DefaultActions=forward(blue))
    with w.check("a listener may weigh two target groups"):
        elb.modify_listener(ListenerArn=line, DefaultActions=forward(blue, green))
        found = elb.describe_listeners(LoadBalancerArn=alb)["Listeners"][0]["DefaultActions"][0]
        same(sorted((it["TargetGroupArn"], it["Weight"]) for it in found["ForwardConfig"]["TargetGroups"]), sorted([(blue, 1), (green, 1)]))
        elb.modify_listener(ListenerArn=line, DefaultActions=forward(blue))
    w.refuses("DescribeListeners of a listener that is not there", "ListenerNotFound", elb.describe_listeners, ListenerArns=[line[:-16] + "0" * 16])
    w.refuses("ModifyListener of a listener that is not there", "ListenerNotFound", elb.modify_listener, ListenerArn=line[:-16] + "0" * 16, Port=82)
    with w.check("every listener has a default rule"):
        rules = elb.describe_rules(ListenerArn=line)["Rules"]
        same([(it["Priority"], it["IsDefault"], it["Conditions"]) for it in rules], [("default", True, [])])
        same(rules[0]["Actions"][0]["TargetGroupArn"], blue)
    with w.check("a rule is made, listed by priority, changed and deleted"):
        path = lambda value: [{"Field": "path-pattern", "PathPatternConfig": {"Values": [value]}}]
        rule = elb.create_rule(ListenerArn=line, Priority=10, Conditions=path("/api/*"), Actions=forward(green))["Rules"][0]
        has(rule, "RuleArn", "Priority", "Conditions", "Actions", "IsDefault")
        same((rule["Priority"], rule["IsDefault"]), ("10", False))
        same([it["Priority"] for it in elb.describe_rules(ListenerArn=line)["Rules"]], ["10", "default"])
        elb.modify_rule(RuleArn=rule["RuleArn"], Conditions=path("/v2/*"))
        same(elb.describe_rules(RuleArns=[rule["RuleArn"]])["Rules"][0]["Conditions"][0]["PathPatternConfig"]["Values"], ["/v2/*"])
    w.refuses("CreateRule refuses a priority that is taken", "PriorityInUse", elb.create_rule, ListenerArn=line, Priority=10, Conditions=path("/x"), Actions=forward(blue))
    w.refuses("a target group of a rule is not deleted", "ResourceInUse", elb.delete_target_group, TargetGroupArn=green)
    with w.check("DeleteRule deletes"):
        elb.delete_rule(RuleArn=rule["RuleArn"])
    w.refuses("DeleteRule of a rule that is not there", "RuleNotFound", elb.delete_rule, RuleArn=rule["RuleArn"])
    w.refuses("the default rule is not deleted", "OperationNotPermitted", elb.delete_rule, RuleArn=rules[0]["RuleArn"])
    w.refuses("a target group of a listener is not deleted", "ResourceInUse", elb.delete_target_group, says="is currently in use by a listener or a rule", TargetGroupArn=blue)
    with w.check("tags are added, described and removed"):
        elb.add_tags(ResourceArns=[alb, blue], Tags=[{"Key": "b", "Value": "2"}])
        found = {it["ResourceArn"]: tags(it["Tags"]) for it in elb.describe_tags(ResourceArns=[alb, blue])["TagDescriptions"]}
        same(found, {alb: {"a": "1", "b": "2"}, blue: {"b": "2"}})
        elb.remove_tags(ResourceArns=[alb], TagKeys=["b"])
        same(tags(elb.describe_tags(ResourceArns=[alb])["TagDescriptions"][0]["Tags"]), {"a": "1"})
    w.refuses("tags of a load balancer that is not there", "LoadBalancerNotFound", elb.describe_tags, ResourceArns=[alb[:-16] + "0" * 16])
    with w.check("DescribeTargetHealth answers no targets"):
        same(elb.describe_target_health(TargetGroupArn=blue)["TargetHealthDescriptions"], [])
    with w.check("DeleteListener and DeleteTargetGroup delete"):
        elb.delete_listener(ListenerArn=line)
        elb.delete_target_group(TargetGroupArn=green)
    w.refuses("DeleteListener of a listener that is not there", "ListenerNotFound", elb.delete_listener, ListenerArn=line)
    with w.check("DeleteLoadBalancer succeeds, also on what is not there", "DeleteLoadBalancer: if it does not exist, the call succeeds"):
        elb.delete_load_balancer(LoadBalancerArn=alb)
        elb.delete_load_balancer(LoadBalancerArn=alb)
    w.refuses("DescribeLoadBalancers of one that was deleted", "LoadBalancerNotFound", elb.describe_load_balancers, LoadBalancerArns=[alb])
