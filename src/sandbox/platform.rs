//! What a platform team leaves in an environment account before anybody sets up delivery: a network, a
//! cluster, a load balancer with one listener and two target groups, and a Fargate service that CodeDeploy
//! may deploy, running a placeholder.
//!
//! Everything but the network, for which the sandbox has no service, is made by the services' own
//! operations, so it is what the API would have made.

mod switch;

use serde_json::{Value, json};

use super::service::{Answer, Call, Caller, Fault, Service};
use super::services::fields::put;
use super::services::network::Network;
use super::services::{ecs, elbv2};
use super::world::{Ids, PlatformSeed, World};

/// The cluster's name where the seed has none.
const CLUSTER: &str = "main";
/// Where the placeholder and the target groups listen: the port that a blueprint's container has unless it
/// says otherwise.
const PORT: u16 = 8080;
/// The image that runs until the first deployment.
const IMAGE: &str = "public.ecr.aws/nginx/nginx-unprivileged:stable";
/// The tag that tells whose this is.
const TAG: (&str, &str) = ("owner", "platform");

/// Leaves everything in place for the application of a seed. What is there already stays as it is.
///
/// # Errors
/// The services' own refusals, for names that AWS does not take.
pub fn leave(world: &mut World, seed: &PlatformSeed, now: i64) -> Result<(), Fault> {
    let cluster = seed.cluster.as_deref().unwrap_or(CLUSTER);
    let service = seed.service.as_deref().unwrap_or(&seed.application);
    if is_there(world, seed, cluster, service) {
        prepare(world, seed, cluster, service);
        return Ok(());
    }
    // The same ids in every world, so that a blueprint still fits after the sandbox was reset.
    let own = Ids::seeded(fingerprint(&[
        &seed.account,
        &seed.region,
        cluster,
        service,
    ]));
    let others = std::mem::replace(&mut world.ids, own);
    let left = set_up(world, seed, cluster, service, now);
    world.ids = others;
    prepare(world, seed, cluster, service);
    left
}

/// Puts the roles into the placeholder's task definition, where ECS deploys by itself: its pipeline action
/// takes the definition that the service has and changes the image, so the platform team has to have
/// thought of the roles. Source: AWS CodePipeline User Guide, "Amazon ECS standard deploy action".
fn prepare(world: &mut World, seed: &PlatformSeed, cluster: &str, service: &str) {
    let Some((execution, task)) = &seed.roles else {
        return;
    };
    let ecs = &mut world.regional(&seed.account, &seed.region).ecs;
    let definition = ecs
        .service(cluster, service)
        .filter(|it| it.controller == "ECS")
        .and_then(|it| it.task_definition.clone());
    let Some(definition) = definition else {
        return;
    };
    let found = ecs
        .families
        .values_mut()
        .flat_map(|family| family.revisions.values_mut())
        .find(|it| it.arn == definition);
    let Some(found) = found.filter(|it| it.tags.0.get(TAG.0).is_some_and(|tag| tag == TAG.1))
    else {
        return;
    };
    if let Some(body) = found.body.as_object_mut()
        && !body.contains_key("executionRoleArn")
    {
        body.insert("executionRoleArn".to_owned(), json!(execution));
        body.insert("taskRoleArn".to_owned(), json!(task));
    }
}

/// FNV-1a over some texts.
fn fingerprint(texts: &[&str]) -> u64 {
    texts
        .iter()
        .flat_map(|text| text.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

fn set_up(
    world: &mut World,
    seed: &PlatformSeed,
    cluster: &str,
    service: &str,
    now: i64,
) -> Result<(), Fault> {
    network(world, seed);
    let mut team = Team { world, seed, now };
    let groups = team.balancing(service)?;
    let switch = match seed.blue_green {
        true => Some(team.switch(service, &groups)?),
        false => None,
    };
    let [blue, _green] = groups;
    team.ask(
        &ecs::SERVICE,
        "CreateCluster",
        json!({
            "clusterName": cluster,
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "tags": [{"key": TAG.0, "value": TAG.1}],
        }),
    )?;
    let definition = team.task_definition(service)?;
    team.service(cluster, service, &definition, &blue, switch.as_ref())?;
    // It was there long before, so it has come to rest.
    ecs::engine::finish(world, &seed.account, &seed.region);
    world
        .regional(&seed.account, &seed.region)
        .network
        .left
        .insert(format!("{cluster}/{service}"));
    Ok(())
}

/// The name of a load balancer in a listener's ARN (`.../listener/app/NAME/LB/LISTENER`), and the ids.
fn listener_parts(arn: &str) -> Option<(&str, &str, &str)> {
    let mut parts = arn.split_once(":listener/app/")?.1.split('/');
    let found = (parts.next()?, parts.next()?, parts.next()?);
    (parts.next().is_none() && !found.0.is_empty()).then_some(found)
}

/// Whether it was left before, or somebody has made a service of that name since.
fn is_there(world: &World, seed: &PlatformSeed, cluster: &str, service: &str) -> bool {
    world
        .regional_ref(&seed.account, &seed.region)
        .is_some_and(|regional| {
            regional
                .network
                .left
                .contains(&format!("{cluster}/{service}"))
                || regional.ecs.service(cluster, service).is_some()
        })
}

fn network(world: &mut World, seed: &PlatformSeed) {
    let known = world
        .regional_ref(&seed.account, &seed.region)
        .is_some_and(|regional| regional.network.vpc.is_some());
    if known {
        return;
    }
    let mut id = |kind: &str| format!("{kind}-0{}", world.ids.hex(16));
    let network = Network {
        vpc: Some(id("vpc")),
        subnets: ["a", "c"]
            .iter()
            .map(|zone| (id("subnet"), format!("{}{zone}", seed.region)))
            .collect(),
        security_groups: ["load balancer", "tasks"]
            .iter()
            .map(|role| (id("sg"), (*role).to_owned()))
            .collect(),
        ..Network::default()
    };
    world.regional(&seed.account, &seed.region).network = network;
}

/// A name for load balancers and target groups: at most 32 characters with its ending, letters, digits
/// and hyphens, no hyphen at an end.
fn short(name: &str, ending: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(32_usize.saturating_sub(ending.len()))
        .collect();
    let kept = kept.trim_matches('-');
    let kept = if kept.is_empty() || kept.starts_with("internal-") {
        "app"
    } else {
        kept
    };
    format!("{kept}{ending}")
}

struct Team<'w> {
    world: &'w mut World,
    seed: &'w PlatformSeed,
    now: i64,
}

impl Team<'_> {
    fn ask(&mut self, service: &Service, operation: &str, input: Value) -> Answer {
        let arn = format!("arn:aws:iam::{}:root", self.seed.account);
        let call = Call {
            caller: Caller {
                account: self.seed.account.clone(),
                arn: arn.clone(),
                user_id: self.seed.account.clone(),
                principal_arn: arn,
            },
            region: self.seed.region.clone(),
            input,
            now: self.now,
            request_id: String::new(),
        };
        let operation = service
            .operations
            .iter()
            .find(|known| known.name == operation)
            .ok_or_else(|| Fault::new("InvalidAction", format!("No operation {operation}")))?;
        (operation.run)(self.world, &call)
    }

    fn network(&self) -> Network {
        self.world
            .regional_ref(&self.seed.account, &self.seed.region)
            .map(|regional| regional.network.clone())
            .unwrap_or_default()
    }

    fn security_group(&self, of: &str) -> Vec<String> {
        self.network()
            .security_groups
            .into_iter()
            .filter(|(_, role)| role == of)
            .map(|(id, _)| id)
            .collect()
    }

    /// The load balancer, both target groups, and the listener to the first; answers the groups' ARNs.
    fn balancing(&mut self, service: &str) -> Result<[String; 2], Fault> {
        let network = self.network();
        let subnets: Vec<&String> = network.subnets.keys().collect();
        let tags = json!([{"Key": TAG.0, "Value": TAG.1}]);
        let balancer = self.ask(
            &elbv2::SERVICE,
            "CreateLoadBalancer",
            json!({
                "Name": self
                    .seed
                    .listener
                    .as_deref()
                    .and_then(listener_parts)
                    .map_or_else(|| short(service, "-alb"), |(name, _, _)| name.to_owned()),
                "Subnets": subnets,
                "SecurityGroups": self.security_group("load balancer"),
                "Tags": tags,
            }),
        )?;
        let names = match self.seed.target_groups.as_slice() {
            [first, second] => [first.clone(), second.clone()],
            _ => [short(service, "-blue"), short(service, "-green")],
        };
        let port = self.container(service).1;
        let mut group = |name: &str| {
            let made = self.ask(
                &elbv2::SERVICE,
                "CreateTargetGroup",
                json!({
                    "Name": name,
                    "Protocol": "HTTP",
                    "Port": port,
                    "VpcId": network.vpc,
                    "TargetType": "ip",
                    "Tags": tags,
                }),
            )?;
            Ok::<_, Fault>(part(&made, "/TargetGroups/0/TargetGroupArn"))
        };
        let [first, second] = &names;
        let groups = [group(first)?, group(second)?];
        let [blue, _] = &groups;
        let listener = self.ask(
            &elbv2::SERVICE,
            "CreateListener",
            json!({
                "LoadBalancerArn": part(&balancer, "/LoadBalancers/0/LoadBalancerArn"),
                "Protocol": "HTTP",
                "Port": 80,
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": blue}],
                "Tags": tags,
            }),
        )?;
        self.rename(
            &part(&balancer, "/LoadBalancers/0/LoadBalancerArn"),
            &part(&listener, "/Listeners/0/ListenerArn"),
        );
        Ok(groups)
    }

    /// Gives load balancer and listener the ARNs that the seed's listener says.
    fn rename(&mut self, balancer: &str, listener: &str) {
        let Some(wanted) = self.seed.listener.as_deref() else {
            return;
        };
        let Some((name, id, _)) = listener_parts(wanted) else {
            return;
        };
        let Some((before, _)) = balancer.split_once(":loadbalancer/") else {
            return;
        };
        let renamed = format!("{before}:loadbalancer/app/{name}/{id}");
        let regional = self.world.regional(&self.seed.account, &self.seed.region);
        let Ok(text) = serde_json::to_string(&regional.elbv2) else {
            return;
        };
        let text = text.replace(listener, wanted).replace(balancer, &renamed);
        if let Ok(state) = serde_json::from_str(&text) {
            regional.elbv2 = state;
        }
    }

    /// The container's name and port.
    fn container(&self, service: &str) -> (String, u16) {
        self.seed
            .container
            .clone()
            .unwrap_or_else(|| (service.to_owned(), PORT))
    }

    fn task_definition(&mut self, service: &str) -> Result<String, Fault> {
        let (container, port) = self.container(service);
        let made = self.ask(
            &ecs::SERVICE,
            "RegisterTaskDefinition",
            json!({
                "family": service,
                "requiresCompatibilities": ["FARGATE"],
                "networkMode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "containerDefinitions": [{
                    "name": container,
                    "image": IMAGE,
                    "essential": true,
                    "portMappings": [{"containerPort": port, "protocol": "tcp"}],
                }],
                "tags": [{"key": TAG.0, "value": TAG.1}],
            }),
        )?;
        Ok(part(&made, "/taskDefinition/taskDefinitionArn"))
    }

    fn service(
        &mut self,
        cluster: &str,
        service: &str,
        definition: &str,
        group: &str,
        switch: Option<&Value>,
    ) -> Result<(), Fault> {
        let subnets: Vec<String> = self.network().subnets.into_keys().collect();
        let (container, port) = self.container(service);
        let mut balancer = json!({
            "targetGroupArn": group,
            "containerName": container,
            "containerPort": port,
        });
        put(&mut balancer, "advancedConfiguration", switch.cloned());
        let strategy = switch.map(|_| json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}));
        self.ask(
            &ecs::SERVICE,
            "CreateService",
            json!({
                "cluster": cluster,
                "serviceName": service,
                "taskDefinition": definition,
                "desiredCount": 1,
                "launchType": "FARGATE",
                "schedulingStrategy": "REPLICA",
                "deploymentController": {
                    "type": self.seed.controller.as_deref().unwrap_or("CODE_DEPLOY"),
                },
                "healthCheckGracePeriodSeconds": 60,
                "deploymentConfiguration": strategy,
                "loadBalancers": [balancer],
                "networkConfiguration": {"awsvpcConfiguration": {
                    "subnets": subnets,
                    "securityGroups": self.security_group("tasks"),
                    "assignPublicIp": "DISABLED",
                }},
                "tags": [{"key": TAG.0, "value": TAG.1}],
            }),
        )?;
        Ok(())
    }
}

fn part(answer: &Value, pointer: &str) -> String {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use crate::sandbox::services::testing::{ACCOUNT, Bench, REGION};

    fn seed(application: &str) -> PlatformSeed {
        PlatformSeed {
            account: ACCOUNT.into(),
            region: REGION.into(),
            application: application.into(),
            ..PlatformSeed::default()
        }
    }

    #[test]
    fn a_blueprints_own_names_and_listener_are_taken_over() {
        let mut bench = Bench::new();
        let listener = format!(
            "arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/front/50dc6c495c0c9188/f2f7dc8efc522ab2"
        );
        let seed = PlatformSeed {
            cluster: Some("bys-dev-ecs-main".into()),
            target_groups: vec!["tg-a".into(), "tg-b".into()],
            listener: Some(listener.clone()),
            container: Some(("web".into(), 10012)),
            ..seed("awssdk-iam")
        };
        leave(&mut bench.world, &seed, 1).unwrap();
        let found = bench.ok(
            &elbv2::SERVICE,
            "DescribeListeners",
            json!({"ListenerArns": [listener]}),
        );
        assert_eq!(
            found["Listeners"][0]["LoadBalancerArn"],
            format!(
                "arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/front/50dc6c495c0c9188"
            )
        );
        let groups = bench.ok(
            &elbv2::SERVICE,
            "DescribeTargetGroups",
            json!({"Names": ["tg-a"]}),
        );
        assert_eq!(
            groups["TargetGroups"][0]["LoadBalancerArns"][0],
            found["Listeners"][0]["LoadBalancerArn"]
        );
        let services = bench.ok(
            &ecs::SERVICE,
            "DescribeServices",
            json!({"cluster": "bys-dev-ecs-main", "services": ["awssdk-iam"]}),
        );
        assert_eq!(
            services["services"][0]["loadBalancers"][0]["containerPort"],
            10012
        );
    }

    #[test]
    fn the_same_ids_after_a_reset() {
        let arns = || {
            let mut bench = Bench::new();
            bench.world.ids.bits();
            leave(&mut bench.world, &seed("awssdk-iam"), 1).unwrap();
            bench.ok(&elbv2::SERVICE, "DescribeLoadBalancers", json!({}))["LoadBalancers"][0]
                ["LoadBalancerArn"]
                .clone()
        };
        assert_eq!(arns(), arns());
    }

    #[test]
    fn a_service_runs_behind_a_listener() {
        let mut bench = Bench::new();
        leave(&mut bench.world, &seed("awssdk-iam"), 1_700_000_000_000).unwrap();
        let services = bench.ok(
            &ecs::SERVICE,
            "DescribeServices",
            json!({"cluster": "main", "services": ["awssdk-iam"]}),
        );
        let service = &services["services"][0];
        assert_eq!(service["deploymentController"]["type"], "CODE_DEPLOY");
        assert_eq!(
            (&service["runningCount"], &service["desiredCount"]),
            (&json!(1), &json!(1))
        );
        assert_eq!(service["taskSets"][0]["status"], "PRIMARY");
        let groups = bench.ok(
            &elbv2::SERVICE,
            "DescribeTargetGroups",
            json!({"Names": ["awssdk-iam-blue", "awssdk-iam-green"]}),
        );
        let attached: Vec<usize> = groups["TargetGroups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["LoadBalancerArns"].as_array().unwrap().len())
            .collect();
        assert_eq!(
            attached.iter().sum::<usize>(),
            1,
            "only the first is behind the listener"
        );
        let blue = service["loadBalancers"][0]["targetGroupArn"].clone();
        let health = bench.ok(
            &elbv2::SERVICE,
            "DescribeTargetHealth",
            json!({"TargetGroupArn": blue}),
        );
        assert_eq!(
            health["TargetHealthDescriptions"][0]["TargetHealth"]["State"],
            "healthy"
        );
        assert!(
            bench.world.accounts[ACCOUNT]
                .iam
                .roles
                .contains_key("AWSServiceRoleForECS")
        );
    }

    #[test]
    fn twice_is_once() {
        let mut bench = Bench::new();
        leave(&mut bench.world, &seed("orders"), 1).unwrap();
        let before = serde_json::to_string(&bench.world).unwrap();
        leave(&mut bench.world, &seed("orders"), 2).unwrap();
        assert_eq!(before, serde_json::to_string(&bench.world).unwrap());
        bench.ok(
            &ecs::SERVICE,
            "DeleteService",
            json!({"cluster": "main", "service": "orders", "force": true}),
        );
        leave(&mut bench.world, &seed("orders"), 3).unwrap();
        leave(&mut bench.world, &seed("billing"), 4).unwrap();
        let listed = bench.ok(&ecs::SERVICE, "ListServices", json!({"cluster": "main"}));
        assert_eq!(
            listed["serviceArns"].as_array().unwrap().len(),
            1,
            "what was deleted stays deleted"
        );
    }

    #[test]
    fn names_fit() {
        let long = "a-very-long-application-name-indeed";
        assert_eq!(short(long, "-green"), "a-very-long-application-na-green");
        assert_eq!(short("a.b_c", "-blue"), "a-b-c-blue");
        assert_eq!(short("한글", "-blue"), "app-blue");
        let mut bench = Bench::new();
        leave(&mut bench.world, &seed(long), 1).unwrap();
    }
}
