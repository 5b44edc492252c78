//! From a blueprint to AWS: the real one, or the one inside this program.

use std::sync::Arc;

use crate::aws::{AccountAccess, AwsCloud, MfaCode, Settings, StaticCredentials};
use crate::blueprint::{Access, Blueprint, Strategy};
use crate::cloud::Cloud;
use crate::ident::{AccountId, Region};
use crate::plan::PlannedAccount;
use crate::resource::Site;
use crate::sandbox::store::{self, StoreError};
use crate::sandbox::{PlatformSeed, Sandbox, SandboxError};
use crate::ui::Complaint;

use super::exit::{Failure, complaint};
use super::target::Target;

/// AWS, and the sandbox that plays it, if one does.
pub struct Connection {
    /// AWS.
    pub cloud: Arc<AwsCloud>,
}

/// Starts the sandbox, if the command asks for it.
pub async fn sandbox(target: &Target) -> Result<Option<Sandbox>, Failure> {
    if !target.sandbox {
        return Ok(None);
    }
    let options = crate::sandbox::Options {
        state: Some(target.state.clone()),
        latency: target.latency.unwrap_or_default(),
        time_scale: target.time_scale.unwrap_or(1),
        permissive: target.permissive,
        ..crate::sandbox::Options::default()
    };
    match crate::sandbox::start::start(options).await {
        Ok(sandbox) => Ok(Some(sandbox)),
        Err(error) => Err(unstarted(&error)),
    }
}

/// Starts the sandbox that is there already, if the command asks for one: for a command that looks at what
/// others have made, a directory without one is a typing mistake.
pub async fn existing_sandbox(target: &Target) -> Result<Option<Sandbox>, Failure> {
    if target.sandbox && !store::is_there(&target.state) {
        return Err(Failure::usage(
            Complaint::new(format!("there is no sandbox in {}", target.state.display())).help(
                format!(
                    "make one with `crosspipe bootstrap{}`, or name its directory with --state",
                    target.flags()
                ),
            ),
        ));
    }
    sandbox(target).await
}

/// Why the sandbox could not be started, and what to do where another process has it.
pub fn unstarted(error: &SandboxError) -> Failure {
    let complaint = match error {
        SandboxError::Store(StoreError::InUse {
            path,
            holder,
            serves,
        }) => {
            let who = holder.map_or_else(
                || "another process".to_owned(),
                |pid| format!("the process {pid}"),
            );
            let state = path.display();
            match serves {
                Some(endpoint) => Complaint::new(format!(
                    "the sandbox in {state} is in use by {who}, which serves it at {endpoint}"
                ))
                .help(format!(
                    "leave --sandbox out and use what is served: AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... crosspipe ..., with the key that it printed for the shared account. Or end it with Ctrl-C and type this again"
                )),
                None => Complaint::new(format!("the sandbox in {state} is in use by {who}")).help(
                    "one command at a time has it: let that one end, or leave it with Ctrl-C, and type this again. What runs goes on then",
                ),
            }
        }
        error => Complaint::new(format!("the sandbox could not be started: {error}")),
    };
    Failure::failed(complaint)
}

/// Stops the sandbox, which saves it.
pub async fn stop(sandbox: Sandbox) -> Result<(), Failure> {
    sandbox.stop().await.map_err(|error| {
        Failure::failed(Complaint::new(format!(
            "the sandbox's state could not be saved: {error}"
        )))
    })
}

/// Makes sure that the sandbox has what a blueprint's accounts start with.
///
/// # Errors
/// A role ARN of another partition.
pub fn furnish(sandbox: &Sandbox, blueprint: &Blueprint) -> Result<(), Failure> {
    let shared = blueprint.shared.account.as_str();
    sandbox.ensure_account(shared).map_err(unfit)?;
    if let Some(role) = &blueprint.shared.access.role {
        sandbox.ensure_role(role.as_str(), shared).map_err(unfit)?;
    }
    for (name, environment) in &blueprint.environments {
        let names = blueprint.environment_names(name, environment);
        let role = |name: &str| blueprint.role_arn(&environment.account, name);
        sandbox
            .ensure_environment(&PlatformSeed {
                account: environment.account.to_string(),
                region: blueprint.region.to_string(),
                application: blueprint.application.clone(),
                cluster: Some(environment.deploy.cluster.clone()),
                service: Some(environment.deploy.service.clone()),
                controller: Some(
                    match environment.deploy.strategy {
                        Strategy::CodedeployBlueGreen => "CODE_DEPLOY",
                        Strategy::EcsRolling | Strategy::EcsBlueGreen => "ECS",
                    }
                    .to_owned(),
                ),
                target_groups: environment.deploy.target_groups.clone(),
                listener: environment
                    .deploy
                    .listener
                    .as_ref()
                    .map(ToString::to_string),
                container: Some((
                    environment.container.name.clone(),
                    environment.container.port,
                )),
                blue_green: environment.deploy.strategy == Strategy::EcsBlueGreen,
                roles: Some((role(&names.execution_role), role(&names.task_role))),
            })
            .map_err(unfit)?;
        if let Some(role) = &environment.access.role {
            sandbox.ensure_role(role.as_str(), shared).map_err(unfit)?;
        }
    }
    Ok(())
}

/// What the sandbox cannot take in.
pub fn unfit(error: SandboxError) -> Failure {
    Failure::usage(Complaint::new(format!(
        "the sandbox cannot play this: {error}"
    )))
}

/// An account to connect to.
pub fn account(
    site: Site,
    account: &AccountId,
    access: &Access,
    shared: &AccountId,
    sandbox: Option<&Sandbox>,
) -> AccountAccess {
    AccountAccess {
        site,
        account: account.clone(),
        access: access.clone(),
        // A role is assumed with the shared account's credentials, as a person's would be.
        base: sandbox.and_then(|sandbox| {
            let who = if access.role.is_some() {
                shared
            } else {
                account
            };
            let keys = sandbox.administrator(who.as_str())?;
            Some(StaticCredentials {
                access_key_id: keys.access_key_id,
                secret_access_key: keys.secret_access_key,
            })
        }),
    }
}

/// Connects to a set of accounts.
pub async fn connect(
    region: &Region,
    accounts: Vec<AccountAccess>,
    sandbox: Option<&Sandbox>,
) -> Result<AwsCloud, Failure> {
    let settings = Settings {
        region: region.clone(),
        endpoint_url: sandbox.map(Sandbox::endpoint),
        accounts,
        mfa: Arc::new(AskForCode),
    };
    Ok(crate::aws::connect(settings).await?)
}

/// Connects to all accounts of a blueprint.
pub async fn connect_all(
    blueprint: &Blueprint,
    sandbox: Option<&Sandbox>,
) -> Result<Connection, Failure> {
    let shared = &blueprint.shared.account;
    let mut accounts = vec![account(
        Site::Shared,
        shared,
        &blueprint.shared.access,
        shared,
        sandbox,
    )];
    for (name, environment) in &blueprint.environments {
        accounts.push(account(
            Site::Environment(name.clone()),
            &environment.account,
            &environment.access,
            shared,
            sandbox,
        ));
    }
    let cloud = connect(&blueprint.region, accounts, sandbox).await?;
    Ok(Connection {
        cloud: Arc::new(cloud),
    })
}

/// Asks every account who we are, side by side, and stops on any mismatch: before the first change,
/// and with every mismatch in one go.
pub async fn identities(
    cloud: &dyn Cloud,
    blueprint: &Blueprint,
) -> Result<Vec<PlannedAccount>, Failure> {
    let sites: Vec<(Site, &AccountId, &Access)> = std::iter::once((
        Site::Shared,
        &blueprint.shared.account,
        &blueprint.shared.access,
    ))
    .chain(
        blueprint
            .environments
            .iter()
            .map(|(name, it)| (Site::Environment(name.clone()), &it.account, &it.access)),
    )
    .collect();
    let answers =
        futures::future::join_all(sites.iter().map(|(site, _, _)| cloud.identity(site))).await;
    let mut known = Vec::new();
    let mut complaints = Vec::new();
    for ((site, expected, access), answer) in sites.into_iter().zip(answers) {
        match answer {
            Ok(identity) if identity.account == *expected => known.push(PlannedAccount {
                site,
                account: expected.clone(),
                caller: identity.arn,
            }),
            Ok(identity) => complaints.push(
                Complaint::new(format!(
                    "wrong account for {site}: expected {expected}, found {}",
                    identity.account
                ))
                .detail(format!("caller   {}", identity.arn))
                .detail(format!("profile  {}", access.profile.as_deref().unwrap_or("(none: the normal chain)")))
                .detail(format!("role     {}", access.role.as_ref().map_or("(none)", |role| role.as_str())))
                .help(format!("nothing was changed. Correct account, profile or role of {site} in the configuration, and run this again")),
            ),
            Err(error) => complaints.push(
                complaint(&error)
                    .detail(format!("expected {expected}"))
                    .detail(format!("profile  {}", access.profile.as_deref().unwrap_or("(none: the normal chain)")))
                    .detail(format!("role     {}", access.role.as_ref().map_or("(none)", |role| role.as_str()))),
            ),
        }
    }
    if complaints.is_empty() {
        Ok(known)
    } else {
        Err(Failure {
            exit: super::Exit::Failed,
            complaints,
            drawn: String::new(),
        })
    }
}

/// Asks a person for the code of an MFA device.
struct AskForCode;

impl MfaCode for AskForCode {
    fn code(&self, serial: &str) -> Option<String> {
        crate::ui::mfa_code(serial)
    }
}
