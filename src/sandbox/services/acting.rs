//! A service that acts with a role: CodeDeploy with the deployment group's, ECS with those of tasks and
//! load balancers. Each request it makes is decided as the role's session, and then made.

use serde_json::Value;

use crate::chain::Need;
use crate::policy::Principal;
use crate::sandbox::authorize;
use crate::sandbox::perform::Worker;
use crate::sandbox::service::{Call, Fault, Service};
use crate::sandbox::world::World;

/// A session of a role that a service has taken on.
#[derive(Debug, Clone)]
pub struct Actor {
    principal: Principal,
    worker: Worker,
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

/// Takes on a role as a service. `context` holds the condition keys that the service sends.
///
/// # Errors
/// The refusal in AWS's words.
pub fn assume(
    world: &World,
    at: &At,
    service: &str,
    role: &str,
    session: &str,
    context: &[(&str, &str)],
) -> Result<Actor, String> {
    let who = authorize::service(service);
    let principal = authorize::assume(world, &who, role, session, context, at.now)
        .map_err(|refusal| refusal.message)?;
    Ok(Actor {
        principal,
        worker: Worker {
            role: role.to_owned(),
            session: session.to_owned(),
            account: at.account.clone(),
            region: at.region.clone(),
            now: at.now,
        },
    })
}

impl Actor {
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
        let (region, now) = (&self.worker.region, self.worker.now);
        let who = &self.principal;
        let mut asked = authorize::request(world, None, who, region, now, action, resource);
        for (key, value) in context {
            asked.add(key, *value);
        }
        authorize::check(world, None, &asked).map_err(|refusal| refusal.message)
    }

    /// Decides a request that is written down as a need.
    ///
    /// # Errors
    /// AWS's sentence, where it is not allowed.
    pub fn meets(&self, world: &World, need: &Need) -> Result<(), String> {
        let asked = need.request_as(self.principal.clone());
        let asked = authorize::complete(world, None, asked, &self.worker.region, self.worker.now);
        authorize::check(world, None, &asked).map_err(|refusal| refusal.message)
    }

    /// The call that the session makes with an input.
    pub fn call(&self, world: &World, input: Value) -> Call {
        self.worker.call(world, input)
    }

    /// Has an operation carried out that was decided before.
    ///
    /// # Errors
    /// The service's fault.
    pub fn carry_out(
        &self,
        world: &mut World,
        service: &Service,
        operation: &str,
        input: Value,
    ) -> Result<Value, Fault> {
        self.worker.ask(world, service, operation, input)
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
    ) -> Result<Value, Failure> {
        let call = self.call(world, input);
        let found = service.operations.iter().find(|o| o.name == operation);
        let asks = found
            .map(|found| authorize::asks(world, service, found, &call))
            .unwrap_or_default();
        for ask in asks {
            let keys: Vec<(&str, &str)> = ask
                .keys
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            self.may(world, &ask.action, &ask.resource, &keys)
                .map_err(Failure::Refused)?;
        }
        self.carry_out(world, service, operation, call.input)
            .map_err(Failure::Fault)
    }
}
