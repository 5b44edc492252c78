//! What a step of an action needs, decided one request after the other.
//!
//! Which requests these are is written in `chain`; whether they are allowed is decided in `authorize`.

use crate::chain::{Need, Step, Who};
use crate::sandbox::authorize;
use crate::sandbox::world::World;

/// A need that was refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The need.
    pub need: Need,
    /// The refusal in AWS's words, with the reason as it was decided.
    pub denied: String,
}

impl Refused {
    /// Code and message of the pipeline's action.
    pub fn of_action(&self) -> (String, String) {
        match self.need.refusal.action_error_with(&self.denied) {
            Some(error) => (error.code, error.message),
            None => (self.need.refusal.code.clone(), self.message()),
        }
    }

    /// The sentence where it is to be read first.
    pub fn message(&self) -> String {
        self.need.refusal.message_with(&self.denied)
    }
}

/// Decides what certain steps need, in order, and stops at the first that is refused and required.
///
/// # Errors
/// The need that was refused.
pub fn pass(
    world: &World,
    needs: &[Need],
    steps: &[Step],
    region: &str,
    now: i64,
) -> Result<(), Box<Refused>> {
    let of_steps = needs.iter().filter(|need| steps.contains(&need.step));
    for need in of_steps.filter(|need| need.is_required()) {
        decide(world, need, region, now).map_err(|denied| {
            Box::new(Refused {
                need: need.clone(),
                denied,
            })
        })?;
    }
    Ok(())
}

/// Whether a need is allowed as the world is.
///
/// # Errors
/// The refusal in AWS's words.
pub fn decide(world: &World, need: &Need, region: &str, now: i64) -> Result<(), String> {
    let principal = match &need.who {
        Who::Service(name) => authorize::service(name),
        Who::Role { arn, session, .. } => authorize::role_session(world, arn, &session.name),
    };
    let asked = authorize::complete(world, None, need.request_as(principal), region, now);
    authorize::check(world, None, &asked).map_err(|refusal| refusal.message)
}
