//! Deployment configurations. Source of the predefined ones: AWS CodeDeploy User Guide, "Working with
//! deployment configurations in CodeDeploy".

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::applications::{bad_token, platform};
use super::{Named, name, state, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{number, page, put, seconds, text};
use crate::sandbox::world::World;

/// What AWS's own configurations begin with.
const PREFIX: &str = "CodeDeployDefault.";

/// A configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `Server`, `Lambda` or `ECS`.
    pub platform: String,
    /// `minimumHealthyHosts`, for servers.
    pub minimum_healthy_hosts: Option<Value>,
    /// `trafficRoutingConfig`, for functions and ECS.
    pub routing: Option<Value>,
    /// `zonalConfig`, for servers.
    pub zonal: Option<Value>,
    /// When it was made.
    pub created_at: i64,
}

impl Config {
    /// Whether all traffic goes over at once.
    pub fn is_all_at_once(&self) -> bool {
        self.routing
            .as_ref()
            .is_some_and(|routing| text(routing, "type") == Some("AllAtOnce"))
    }

    fn describe(&self) -> Value {
        let mut answer = json!({
            "deploymentConfigId": self.id,
            "deploymentConfigName": self.name,
        });
        put(
            &mut answer,
            "minimumHealthyHosts",
            self.minimum_healthy_hosts.clone(),
        );
        put(&mut answer, "createTime", Some(seconds(self.created_at)));
        put(&mut answer, "computePlatform", Some(json!(self.platform)));
        put(&mut answer, "trafficRoutingConfig", self.routing.clone());
        put(&mut answer, "zonalConfig", self.zonal.clone());
        answer
    }
}

/// How a predefined configuration moves.
#[derive(Clone, Copy)]
enum Move {
    Healthy(i64),
    AllAtOnce,
    Canary(i64),
    Linear(i64),
}

const PREDEFINED: [(&str, &str, Move); 17] = [
    ("AllAtOnce", "Server", Move::Healthy(0)),
    ("HalfAtATime", "Server", Move::Healthy(50)),
    ("OneAtATime", "Server", Move::Healthy(99)),
    ("ECSAllAtOnce", "ECS", Move::AllAtOnce),
    ("ECSCanary10Percent15Minutes", "ECS", Move::Canary(15)),
    ("ECSCanary10Percent5Minutes", "ECS", Move::Canary(5)),
    ("ECSLinear10PercentEvery1Minutes", "ECS", Move::Linear(1)),
    ("ECSLinear10PercentEvery3Minutes", "ECS", Move::Linear(3)),
    ("LambdaAllAtOnce", "Lambda", Move::AllAtOnce),
    ("LambdaCanary10Percent10Minutes", "Lambda", Move::Canary(10)),
    ("LambdaCanary10Percent15Minutes", "Lambda", Move::Canary(15)),
    ("LambdaCanary10Percent30Minutes", "Lambda", Move::Canary(30)),
    ("LambdaCanary10Percent5Minutes", "Lambda", Move::Canary(5)),
    (
        "LambdaLinear10PercentEvery10Minutes",
        "Lambda",
        Move::Linear(10),
    ),
    (
        "LambdaLinear10PercentEvery1Minute",
        "Lambda",
        Move::Linear(1),
    ),
    (
        "LambdaLinear10PercentEvery2Minutes",
        "Lambda",
        Move::Linear(2),
    ),
    (
        "LambdaLinear10PercentEvery3Minutes",
        "Lambda",
        Move::Linear(3),
    ),
];

/// AWS's own configurations.
pub fn predefined() -> impl Iterator<Item = Config> {
    PREDEFINED
        .iter()
        .enumerate()
        .map(|(place, (short, platform, way))| {
            let routing = match way {
                Move::Healthy(_) => None,
                Move::AllAtOnce => Some(json!({"type": "AllAtOnce"})),
                Move::Canary(minutes) => Some(json!({
                    "type": "TimeBasedCanary",
                    "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": minutes},
                })),
                Move::Linear(minutes) => Some(json!({
                    "type": "TimeBasedLinear",
                    "timeBasedLinear": {"linearPercentage": 10, "linearInterval": minutes},
                })),
            };
            let hosts = match way {
                Move::Healthy(percent) => Some(json!({"type": "FLEET_PERCENT", "value": percent})),
                _ => None,
            };
            Config {
                id: format!("00000000-0000-0000-0000-{:012}", place + 1),
                name: format!("{PREFIX}{short}"),
                platform: (*platform).to_owned(),
                minimum_healthy_hosts: hosts,
                routing,
                zonal: None,
                created_at: 1_543_276_800_000,
            }
        })
}

/// A configuration by name, AWS's own or one that was made here.
pub fn find(world: &World, call: &Call, name: &str) -> Option<Config> {
    predefined()
        .find(|config| config.name == name)
        .or_else(|| state(world, call)?.configs.get(name).cloned())
}

/// `DeploymentConfigDoesNotExistException`.
pub fn no_config(name: &str) -> Fault {
    Fault::new(
        "DeploymentConfigDoesNotExistException",
        format!("No Deployment Configuration found for name: {name}"),
    )
}

fn bad_routing(message: &str) -> Fault {
    Fault::new("InvalidTrafficRoutingConfigurationException", message)
}

fn routing(call: &Call) -> Result<Value, Fault> {
    let given = call
        .input
        .get("trafficRoutingConfig")
        .filter(|routing| routing.is_object())
        .ok_or_else(|| bad_routing("A traffic routing configuration must be specified for the Lambda and ECS compute platforms."))?;
    let (member, percent, interval) = match text(given, "type") {
        Some("AllAtOnce") => return Ok(json!({"type": "AllAtOnce"})),
        Some("TimeBasedCanary") => ("timeBasedCanary", "canaryPercentage", "canaryInterval"),
        Some("TimeBasedLinear") => ("timeBasedLinear", "linearPercentage", "linearInterval"),
        _ => {
            return Err(bad_routing(
                "The traffic routing type must be TimeBasedCanary, TimeBasedLinear or AllAtOnce.",
            ));
        }
    };
    let details = given.get(member).unwrap_or(&Value::Null);
    if !number(details, percent).is_some_and(|n| (1..=99).contains(&n)) {
        return Err(bad_routing(&format!("{percent} must be between 1 and 99.")));
    }
    if !number(details, interval).is_some_and(|n| (1..=2880).contains(&n)) {
        return Err(bad_routing(&format!(
            "{interval} must be between 1 and 2880 minutes."
        )));
    }
    Ok(json!({
        "type": text(given, "type"),
        member: {percent: details.get(percent), interval: details.get(interval)},
    }))
}

fn healthy_hosts(call: &Call) -> Result<Value, Fault> {
    let wrong = |message: &str| Fault::new("InvalidMinimumHealthyHostValueException", message);
    let given = call
        .input
        .get("minimumHealthyHosts")
        .filter(|hosts| hosts.is_object())
        .ok_or_else(|| {
            wrong("The minimum healthy hosts must be specified for the Server compute platform.")
        })?;
    let value = number(given, "value").unwrap_or(-1);
    match text(given, "type") {
        Some("FLEET_PERCENT") if (0..=99).contains(&value) => Ok(given.clone()),
        Some("HOST_COUNT") if value >= 0 => Ok(given.clone()),
        Some("FLEET_PERCENT") => Err(wrong("A FLEET_PERCENT value must be between 0 and 99.")),
        Some("HOST_COUNT") => Err(wrong("A HOST_COUNT value must be zero or greater.")),
        _ => Err(wrong("The type must be HOST_COUNT or FLEET_PERCENT.")),
    }
}

/// `CreateDeploymentConfig`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = name(call, "deploymentConfigName", Named::Config)?.to_owned();
    let platform = platform(call)?.to_owned();
    // AWS refuses its own prefix; an existing name is the more exact complaint.
    if find(world, call, &name).is_some() {
        return Err(Fault::new(
            "DeploymentConfigAlreadyExistsException",
            format!("Deployment Configuration already exists with name: {name}"),
        ));
    }
    if name.starts_with(PREFIX) {
        return Err(Fault::new(
            "InvalidDeploymentConfigNameException",
            format!("Deployment Configuration name cannot start with {PREFIX}"),
        ));
    }
    let (hosts, routing) = if platform == "Server" {
        (Some(healthy_hosts(call)?), None)
    } else {
        (None, Some(routing(call)?))
    };
    let id = world.ids.uuid();
    let config = Config {
        id: id.clone(),
        name: name.clone(),
        platform,
        minimum_healthy_hosts: hosts,
        routing,
        zonal: call
            .input
            .get("zonalConfig")
            .filter(|zonal| zonal.is_object())
            .cloned(),
        created_at: call.now,
    };
    state_mut(world, call).configs.insert(name, config);
    Ok(json!({"deploymentConfigId": id}))
}

/// `GetDeploymentConfig`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    let name = name(call, "deploymentConfigName", Named::Config)?;
    let config = find(world, call, name).ok_or_else(|| no_config(name))?;
    Ok(json!({"deploymentConfigInfo": config.describe()}))
}

/// `ListDeploymentConfigs`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let mut names: Vec<Value> = predefined().map(|config| json!(config.name)).collect();
    if let Some(state) = state(world, call) {
        names.extend(state.configs.keys().map(|name| json!(name)));
    }
    let (rows, next) = page(names, call.text("nextToken"), 100).ok_or_else(bad_token)?;
    let mut answer = json!({"deploymentConfigsList": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// `DeleteDeploymentConfig`. One that is not there counts as deleted: the model knows no error for it.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let name = name(call, "deploymentConfigName", Named::Config)?;
    if name.starts_with(PREFIX) {
        return Err(Fault::new(
            "InvalidOperationException",
            "Predefined deployment configurations cannot be deleted.",
        ));
    }
    let Some(state) = state(world, call) else {
        return Ok(Value::Null);
    };
    let used = state
        .applications
        .values()
        .flat_map(|application| application.groups.values())
        .any(|group| group.config == name);
    if used {
        return Err(Fault::new(
            "DeploymentConfigInUseException",
            "The deployment configuration is still in use.",
        ));
    }
    state_mut(world, call).configs.remove(name);
    Ok(Value::Null)
}
