//! What an account's CodeDeploy holds in one Region.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::configs::Config;
use super::deployment::Deployment;
use super::revisions::Known;
use crate::sandbox::services::fields::{Tags, put, text};

/// Applications with their groups, and custom configurations.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeDeployState {
    /// Applications by name.
    pub applications: BTreeMap<String, Application>,
    /// Configurations that were made here, by name; the predefined ones are not in it.
    pub configs: BTreeMap<String, Config>,
    /// Deployments by id.
    pub deployments: BTreeMap<String, Deployment>,
    /// The revisions that applications know, by the application's name.
    pub revisions: BTreeMap<String, Vec<Known>>,
    /// The names of functions that hooks may run, and that never report what became of them.
    pub silent_functions: BTreeSet<String>,
}

/// An application.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Application {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `Server`, `Lambda` or `ECS`.
    pub platform: String,
    /// When it was made.
    pub created_at: i64,
    /// Its groups, by name.
    pub groups: BTreeMap<String, Group>,
    /// Its tags.
    pub tags: Tags,
}

/// A deployment group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The configuration that its deployments follow.
    pub config: String,
    /// The role that CodeDeploy takes on.
    pub role: String,
    /// The other members, as the API takes and answers them.
    pub settings: Value,
    /// Its tags.
    pub tags: Tags,
}

impl Application {
    /// `application`, as the API answers it.
    pub fn describe(&self) -> Value {
        json!({
            "applicationId": self.id,
            "applicationName": self.name,
            "createTime": crate::sandbox::services::fields::seconds(self.created_at),
            "linkedToGitHub": false,
            "computePlatform": self.platform,
        })
    }
}

impl Group {
    /// `deploymentGroupInfo`, as the API answers it.
    pub fn describe(&self, application: &Application) -> Value {
        let mut answer = json!({
            "applicationName": application.name,
            "deploymentGroupId": self.id,
            "deploymentGroupName": self.name,
            "deploymentConfigName": self.config,
            "ec2TagFilters": [],
            "onPremisesInstanceTagFilters": [],
            "autoScalingGroups": [],
            "serviceRoleArn": self.role,
            "triggerConfigurations": [],
        });
        let style = if application.platform == "Server" {
            json!({"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"})
        } else {
            json!({"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"})
        };
        put(&mut answer, "deploymentStyle", Some(style));
        put(
            &mut answer,
            "outdatedInstancesStrategy",
            Some(json!("UPDATE")),
        );
        put(
            &mut answer,
            "computePlatform",
            Some(json!(application.platform)),
        );
        put(&mut answer, "terminationHookEnabled", Some(json!(false)));
        if let (Some(map), Some(settings)) = (answer.as_object_mut(), self.settings.as_object()) {
            map.extend(settings.clone());
            // Auto Scaling groups are given as names and answered as objects.
            if let Some(Value::Array(names)) = map.get("autoScalingGroups") {
                let groups: Value = names.iter().map(|name| json!({"name": name})).collect();
                map.insert("autoScalingGroups".to_owned(), groups);
            }
        }
        answer
    }

    /// The ECS service that it deploys: cluster and name.
    pub fn ecs_service(&self) -> Option<(&str, &str)> {
        let service = self.settings.get("ecsServices")?.get(0)?;
        Some((text(service, "clusterName")?, text(service, "serviceName")?))
    }
}
