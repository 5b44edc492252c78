//! What one document says to one request, the others left aside.

use super::document::Document;
use super::layer::{Layer, Question, one};
use super::notes::Origin;
use super::principal::Asking;
use super::request::Request;
use super::scope::Scope;
use super::truth::Truth;

/// What a document says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Says {
    /// A Deny applies.
    Denies,
    /// An Allow applies and no Deny.
    Allows,
    /// Nothing applies.
    Nothing,
    /// It cannot be said.
    Unclear,
}

/// What the statements of a document say. How much an Allow is worth is another question, which
/// [`decide`](super::decide) answers.
pub fn says(document: &Document, scope: Scope, request: &Request) -> Says {
    let question = Question {
        request,
        asking: Asking {
            principal: request.principal(),
            has_boundary: false,
        },
        scope,
    };
    let origin = Origin {
        layer: Layer::Resource,
        level: None,
        document: 0,
    };
    let side = one(document, origin, question, &mut ());
    match (side.deny.truth, side.allow().truth) {
        (Truth::True, _) => Says::Denies,
        (Truth::False, Truth::True) => Says::Allows,
        (Truth::False, Truth::False) => Says::Nothing,
        _ => Says::Unclear,
    }
}
