//! What a service asks of another one with a role that it has taken on: the operation itself, as the role's
//! session. Whether the role may was decided before, need by need.

use serde_json::Value;

use crate::policy::Principal;
use crate::sandbox::authorize;
use crate::sandbox::service::{Answer, Call, Caller, Fault, Service};
use crate::sandbox::world::World;

/// A session of a role, at work in an account and a Region.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The role's ARN.
    pub role: String,
    /// The session's name.
    pub session: String,
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// Milliseconds since 1970.
    pub now: i64,
}

impl Worker {
    /// The call that this session makes with an input.
    pub fn call(&self, world: &World, input: Value) -> Call {
        let mut caller = Caller {
            account: self.account.clone(),
            arn: self.role.clone(),
            user_id: String::new(),
            principal_arn: self.role.clone(),
        };
        if let Principal::Aws(session) = authorize::role_session(world, &self.role, &self.session) {
            let id = session.unique_id.unwrap_or_default();
            caller.user_id = format!("{id}:{}", self.session);
            caller.arn = session.arn;
        }
        Call {
            caller,
            region: self.region.clone(),
            input,
            now: self.now,
            request_id: String::new(),
        }
    }

    /// Has an operation carried out.
    ///
    /// # Errors
    /// The service's fault.
    pub fn ask(
        &self,
        world: &mut World,
        service: &Service,
        operation: &str,
        input: Value,
    ) -> Answer {
        let found = service.operations.iter().find(|o| o.name == operation);
        let found = found.ok_or_else(|| {
            let message = format!("The operation {operation} is not known here.");
            Fault::new("UnknownOperationException", message)
        })?;
        let call = self.call(world, input);
        (found.run)(world, &call)
    }
}
