//! A service that acts with a role: CodeDeploy with the deployment group's, ECS with those of tasks and
//! load balancers. Each request it makes is decided as the role's session, and then made.

use serde_json::Value;

use crate::policy::{AwsPrincipal, Principal};
use crate::sandbox::authorize;
use crate::sandbox::service::{Call, Caller, Fault, Service};
use crate::sandbox::world::World;

/// A session of a role that a service has taken on.
#[derive(Debug, Clone)]
pub struct Actor {
    principal: AwsPrincipal,
    account: String,
    region: String,
    now: i64,
}

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The role may not: AWS's sentence.
    Refused(String),
    /// It may, and was answered a fault.
    Fault(Fault),
}

/// Where and when a service works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// Milliseconds since 1970.
    pub now: i64,
}

impl At {
    /// Where and when a call is made.
    pub fn of(call: &Call) -> Self {
        Self {
            account: call.caller.account.clone(),
            region: call.region.clone(),
            now: call.now,
        }
    }

    /// The same place at another moment.
    #[must_use]
    pub fn later(&self, now: i64) -> Self {
        Self {
            now,
            ..self.clone()
        }
    }
}

/// Takes on a role as a service; `None` where the role does not let it. `context` holds the condition keys
/// that the service sends.
pub fn assume(
    world: &World,
    at: &At,
    service: &str,
    role: &str,
    session: &str,
    context: &[(&str, &str)],
) -> Option<Actor> {
    if !authorize::service_can_assume(world, role, service, context) {
        return None;
    }
    let mut principal = AwsPrincipal::session(role, session);
    principal.unique_id = authorize::role(world, role).map(|(_, role)| role.id.clone());
    Some(Actor {
        principal,
        account: at.account.clone(),
        region: at.region.clone(),
        now: at.now,
    })
}

impl Actor {
    /// The session's ARN.
    pub fn arn(&self) -> &str {
        &self.principal.arn
    }

    /// Decides a request.
    ///
    /// # Errors
    /// AWS's sentence, where it is not allowed.
    pub fn may(
        &self,
        world: &World,
        action: &str,
        resource: &str,
        context: &[(&str, &str)],
    ) -> Result<(), String> {
        let principal = Principal::Aws(self.principal.clone());
        let mut request = authorize::request(
            world,
            None,
            &principal,
            &self.region,
            self.now,
            action,
            resource,
        );
        for (key, value) in context {
            request.add(key, *value);
        }
        authorize::check(world, None, &request).map_err(|refusal| refusal.message)
    }

    /// The call that the session makes with an input.
    pub fn call(&self, input: Value) -> Call {
        Call {
            caller: Caller {
                account: self.account.clone(),
                arn: self.principal.arn.clone(),
                user_id: format!(
                    "{}:{}",
                    self.principal.unique_id.as_deref().unwrap_or_default(),
                    self.principal.arn.rsplit('/').next().unwrap_or_default()
                ),
                principal_arn: self.principal.principal_arn.clone(),
            },
            region: self.region.clone(),
            input,
            now: self.now,
            request_id: String::new(),
        }
    }

    /// Asks a service for an operation: decides it, and carries it out.
    ///
    /// # Errors
    /// The refusal, or the service's fault.
    pub fn ask(
        &self,
        world: &mut World,
        service: &Service,
        operation: &str,
        input: Value,
        context: &[(&str, &str)],
    ) -> Result<Value, Failure> {
        let found = service
            .operations
            .iter()
            .find(|known| known.name == operation)
            .ok_or_else(|| {
                Failure::Fault(Fault::new(
                    "InvalidAction",
                    format!("Could not find operation {operation}"),
                ))
            })?;
        let call = self.call(input);
        let resource = (found.resource)(world, &call);
        self.may(world, found.action, &resource, context)
            .map_err(Failure::Refused)?;
        (found.run)(world, &call).map_err(Failure::Fault)
    }
}
