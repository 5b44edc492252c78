//! What an account's load balancing holds in one Region, and how it is described.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::services::fields::{Tags, iso, list, put, text};

/// Load balancers and what belongs to them, each by ARN.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Elbv2State {
    /// Load balancers.
    pub load_balancers: BTreeMap<String, LoadBalancer>,
    /// Target groups.
    pub target_groups: BTreeMap<String, TargetGroup>,
    /// Listeners.
    pub listeners: BTreeMap<String, Listener>,
    /// Rules other than the default ones.
    pub rules: BTreeMap<String, Rule>,
    /// The tags of all four.
    pub tags: BTreeMap<String, Tags>,
}

/// A load balancer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadBalancer {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `application`, `network` or `gateway`.
    pub kind: String,
    /// `internet-facing` or `internal`.
    pub scheme: String,
    /// Its VPC.
    pub vpc: String,
    /// Its subnets with their zones, in the order given.
    pub subnets: Vec<(String, String)>,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// `ipv4` or `dualstack`.
    pub ip_address_type: String,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// The name that it answers at.
    pub dns_name: String,
    /// The hosted zone of that name.
    pub zone_id: String,
    /// Attributes that were changed from their defaults.
    pub attributes: BTreeMap<String, String>,
}

/// A target group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The protocol to its targets; none for functions.
    pub protocol: Option<String>,
    /// `HTTP1`, `HTTP2` or `GRPC`, for HTTP and HTTPS.
    pub protocol_version: Option<String>,
    /// The port where a target names none.
    pub port: Option<i64>,
    /// The VPC of its targets.
    pub vpc: Option<String>,
    /// `instance`, `ip`, `lambda` or `alb`.
    pub target_type: String,
    /// `ipv4` or `ipv6`.
    pub ip_address_type: String,
    /// How health is checked: the API's members, complete.
    pub health: Value,
    /// Who is registered.
    pub targets: Vec<Target>,
    /// Attributes that were changed from their defaults.
    pub attributes: BTreeMap<String, String>,
}

/// A registered target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// An instance, an address, a function or a load balancer.
    pub id: String,
    /// The port, where it has one.
    pub port: Option<i64>,
    /// The zone, where it was given.
    pub zone: Option<String>,
}

/// A listener.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Listener {
    /// Its ARN.
    pub arn: String,
    /// The load balancer's ARN.
    pub load_balancer: String,
    /// Where it listens.
    pub port: i64,
    /// What it speaks.
    pub protocol: String,
    /// The certificates' ARNs, the default one first.
    pub certificates: Vec<String>,
    /// The policy of TLS listeners.
    pub ssl_policy: Option<String>,
    /// The ALPN policy of TLS listeners.
    pub alpn: Vec<String>,
    /// What it does where no rule fits, complete as the API answers it.
    pub actions: Vec<Value>,
    /// The ARN of its default rule.
    pub default_rule: String,
    /// Attributes that were changed from their defaults.
    pub attributes: BTreeMap<String, String>,
}

/// A rule of a listener.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Its ARN.
    pub arn: String,
    /// The listener's ARN.
    pub listener: String,
    /// Lower comes first.
    pub priority: i64,
    /// When it applies, complete as the API answers it.
    pub conditions: Vec<Value>,
    /// What it does, complete as the API answers it.
    pub actions: Vec<Value>,
}

impl LoadBalancer {
    /// `LoadBalancers.member`, as the API answers it.
    pub fn describe(&self, state: &str) -> Value {
        let zones: Vec<Value> = self
            .subnets
            .iter()
            .map(|(subnet, zone)| json!({"ZoneName": zone, "SubnetId": subnet, "LoadBalancerAddresses": []}))
            .collect();
        let mut answer = json!({
            "LoadBalancerArn": self.arn,
            "DNSName": self.dns_name,
            "CanonicalHostedZoneId": self.zone_id,
            "CreatedTime": iso(self.created_at),
            "LoadBalancerName": self.name,
            "Scheme": self.scheme,
            "VpcId": self.vpc,
            "State": {"Code": state},
            "Type": self.kind,
            "AvailabilityZones": zones,
        });
        let groups = (!self.security_groups.is_empty()).then(|| json!(self.security_groups));
        put(&mut answer, "SecurityGroups", groups);
        put(
            &mut answer,
            "IpAddressType",
            Some(json!(self.ip_address_type)),
        );
        answer
    }
}

impl Listener {
    /// `Listeners.member`, as the API answers it.
    pub fn describe(&self) -> Value {
        let mut answer = json!({
            "ListenerArn": self.arn,
            "LoadBalancerArn": self.load_balancer,
            "Port": self.port,
            "Protocol": self.protocol,
        });
        // Only the default certificate is shown here. Source: the API model, `Listener.Certificates`.
        let certificate = self
            .certificates
            .first()
            .map(|arn| json!([{"CertificateArn": arn}]));
        put(&mut answer, "Certificates", certificate);
        put(
            &mut answer,
            "SslPolicy",
            self.ssl_policy.as_ref().map(|policy| json!(policy)),
        );
        put(&mut answer, "DefaultActions", Some(json!(self.actions)));
        put(
            &mut answer,
            "AlpnPolicy",
            (!self.alpn.is_empty()).then(|| json!(self.alpn)),
        );
        answer
    }

    /// Its default rule, as the API answers it.
    pub fn describe_default_rule(&self) -> Value {
        json!({
            "RuleArn": self.default_rule,
            "Priority": "default",
            "Conditions": [],
            "Actions": self.actions,
            "IsDefault": true,
        })
    }
}

impl Rule {
    /// `Rules.member`, as the API answers it.
    pub fn describe(&self) -> Value {
        json!({
            "RuleArn": self.arn,
            "Priority": self.priority.to_string(),
            "Conditions": self.conditions,
            "Actions": self.actions,
            "IsDefault": false,
        })
    }
}

/// The target groups that actions forward to.
pub fn forwarded(actions: &[Value]) -> Vec<&str> {
    let mut groups = Vec::new();
    for action in actions {
        let weighted = action.get("ForwardConfig").unwrap_or(&Value::Null);
        let named = text(action, "TargetGroupArn").into_iter();
        let all = list(weighted, "TargetGroups")
            .iter()
            .filter_map(|group| text(group, "TargetGroupArn"))
            .chain(named);
        for group in all {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
    }
    groups
}

impl Elbv2State {
    /// A target group by its name.
    pub fn target_group_named(&self, name: &str) -> Option<&TargetGroup> {
        self.target_groups.values().find(|group| group.name == name)
    }

    /// The load balancers that send traffic to a target group, by listener or rule.
    pub fn load_balancers_of(&self, group: &str) -> Vec<String> {
        let mut found = Vec::new();
        let by_listener = self
            .listeners
            .values()
            .map(|listener| (listener.load_balancer.as_str(), listener.actions.as_slice()));
        let by_rule = self.rules.values().filter_map(|rule| {
            let listener = self.listeners.get(&rule.listener)?;
            Some((listener.load_balancer.as_str(), rule.actions.as_slice()))
        });
        for (load_balancer, actions) in by_listener.chain(by_rule) {
            if forwarded(actions).contains(&group) && !found.iter().any(|arn| arn == load_balancer)
            {
                found.push(load_balancer.to_owned());
            }
        }
        found
    }

    /// Every target group that a listener forwards to, by its default action or one of its rules.
    pub fn groups_behind(&self, listener: &str) -> Vec<String> {
        let default = self
            .listeners
            .get(listener)
            .map(|l| l.actions.as_slice())
            .unwrap_or_default();
        let mut groups: Vec<String> = forwarded(default).into_iter().map(str::to_owned).collect();
        for rule in self.rules.values().filter(|rule| rule.listener == listener) {
            for group in forwarded(&rule.actions) {
                if !groups.iter().any(|g| g == group) {
                    groups.push(group.to_owned());
                }
            }
        }
        groups
    }

    /// `TargetGroups.member`, as the API answers it.
    pub fn describe_target_group(&self, group: &TargetGroup) -> Value {
        let mut answer = json!({
            "TargetGroupArn": group.arn,
            "TargetGroupName": group.name,
        });
        put(
            &mut answer,
            "Protocol",
            group.protocol.as_ref().map(|p| json!(p)),
        );
        put(&mut answer, "Port", group.port.map(|p| json!(p)));
        put(&mut answer, "VpcId", group.vpc.as_ref().map(|v| json!(v)));
        if let (Some(map), Some(health)) = (answer.as_object_mut(), group.health.as_object()) {
            map.extend(health.clone());
        }
        put(
            &mut answer,
            "LoadBalancerArns",
            Some(json!(self.load_balancers_of(&group.arn))),
        );
        put(&mut answer, "TargetType", Some(json!(group.target_type)));
        put(
            &mut answer,
            "ProtocolVersion",
            group.protocol_version.as_ref().map(|v| json!(v)),
        );
        put(
            &mut answer,
            "IpAddressType",
            Some(json!(group.ip_address_type)),
        );
        answer
    }
}
