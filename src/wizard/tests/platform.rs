//! Accounts to ask about, and ways to answer.

use async_trait::async_trait;

use crate::blueprint::Draft;
use crate::cloud::{
    CloudError, Discovery, ErrorKind, FoundConnection, FoundListener, FoundService,
};
use crate::resource::Site;
use crate::wizard::*;

/// Accounts in which a platform team has left a cluster, a load balancer and a service.
#[derive(Clone, Default)]
pub(super) struct Platform {
    pub(super) controller: Option<&'static str>,
    pub(super) family: Option<&'static str>,
    pub(super) groups: Vec<&'static str>,
    pub(super) listeners: u16,
    pub(super) containers: Vec<&'static str>,
    pub(super) repositories: Vec<String>,
    pub(super) connections: Vec<FoundConnection>,
    pub(super) empty: bool,
    pub(super) refuses: bool,
    pub(super) accounts: Vec<(Site, String)>,
}

impl Platform {
    pub(super) fn usual() -> Self {
        Self {
            groups: vec!["blue", "green"],
            listeners: 1,
            containers: vec!["app"],
            ..Self::default()
        }
    }

    pub(super) fn refusal(&self, site: &Site) -> Option<CloudError> {
        if !self.refuses {
            return None;
        }
        Some(CloudError {
            site: site.clone(),
            account: String::new(),
            service: "ecs".into(),
            operation: "ListClusters".into(),
            kind: ErrorKind::Refused,
            code: "AccessDeniedException".into(),
            message: "not authorized".into(),
            request_id: None,
        })
    }
}

pub(super) struct Look(Platform, String);

#[async_trait]
impl Discovery for Look {
    async fn services(&self, site: &Site) -> Result<Vec<FoundService>, CloudError> {
        if let Some(error) = self.0.refusal(site) {
            return Err(error);
        }
        if self.0.empty {
            return Ok(vec![]);
        }
        let arn = |port: u16| {
            format!(
                "arn:aws:elasticloadbalancing:ap-northeast-2:{}:listener/app/main/1/{port}",
                self.1
            )
        };
        Ok(vec![FoundService {
            cluster: "main".into(),
            service: "awssdk-iam".into(),
            controller: self.0.controller.unwrap_or("CODE_DEPLOY").into(),
            strategy: self.0.controller.map(|_| "ROLLING".into()),
            containers: self
                .0
                .containers
                .iter()
                .map(|name| ((*name).to_owned(), 80))
                .collect(),
            task_family: Some(
                self.0
                    .family
                    .map_or_else(|| format!("bys-{site}-awssdk-iam"), str::to_owned),
            ),
            target_groups: self
                .0
                .groups
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            listeners: (0..self.0.listeners)
                .map(|index| FoundListener {
                    arn: arn(80 + index),
                    port: 80 + index,
                    protocol: "HTTP".into(),
                    forwards_to: self
                        .0
                        .groups
                        .get(usize::from(index))
                        .map(|name| (*name).to_owned())
                        .into_iter()
                        .collect(),
                })
                .collect(),
        }])
    }

    async fn repositories(&self) -> Result<Vec<String>, CloudError> {
        if let Some(error) = self.0.refusal(&Site::Shared) {
            return Err(error);
        }
        Ok(self.0.repositories.clone())
    }

    async fn connections(&self) -> Result<Vec<FoundConnection>, CloudError> {
        if let Some(error) = self.0.refusal(&Site::Shared) {
            return Err(error);
        }
        Ok(self.0.connections.clone())
    }
}

#[async_trait]
impl Ground for Platform {
    async fn discovery(
        &mut self,
        draft: &Draft,
        site: &Site,
    ) -> Result<Option<Box<dyn Discovery>>, String> {
        let place = match site {
            Site::Shared => None,
            Site::Environment(name) => Some(name),
        };
        let account = draft
            .account(place)
            .map(|account| account.to_string())
            .unwrap_or_default();
        self.accounts.push((site.clone(), account.clone()));
        Ok(Some(Box::new(Look(self.clone(), account))))
    }
}

pub(super) fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

pub(super) fn sandbox() -> WizardOptions {
    WizardOptions {
        sandbox: true,
        ..WizardOptions::default()
    }
}

pub(super) fn with_defaults(
    draft: Draft,
    platform: &mut Platform,
    options: &WizardOptions,
) -> (Result<Outcome, WizardError>, Defaults) {
    let mut defaults = Defaults::default();
    let outcome = block(run(draft, &mut defaults, platform, options));
    (outcome, defaults)
}

pub(super) fn scripted(
    mut script: ScriptedPrompter,
    draft: Draft,
    platform: &mut Platform,
    options: &WizardOptions,
) -> (Result<Outcome, WizardError>, Vec<String>) {
    let outcome = block(run(draft, &mut script, platform, options));
    (outcome, script.transcript)
}
