//! What the tests of the room have in common.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::policy::layer::{Layer, Question, Side, one};
use crate::policy::notes::Origin;
use crate::policy::principal::Asking;
use crate::policy::{
    Answer, AwsPrincipal, Document, Policies, Principal, Request, Scope, decide, parse,
};

/// A document that is known to be well formed.
pub fn doc(value: &Value) -> Arc<Document> {
    Arc::new(parse(value).unwrap_or_else(|problems| panic!("{value}: {problems:?}")))
}

/// An identity policy that allows all.
pub fn all() -> Arc<Document> {
    doc(
        &json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
    )
}

pub fn session(role: &str) -> Principal {
    Principal::Aws(AwsPrincipal::session(role, "run"))
}

pub fn user(arn: &str) -> Principal {
    Principal::Aws(AwsPrincipal::identity(arn))
}

/// A resource's policy, and nothing else.
pub fn only_resource(policy: &Value) -> Policies {
    Policies {
        resource: Some(doc(policy)),
        ..Policies::default()
    }
}

/// An identity's policies, and nothing else.
pub fn only_identity(policies: &[&Value]) -> Policies {
    Policies {
        identity: policies.iter().map(|policy| doc(policy)).collect(),
        ..Policies::default()
    }
}

/// The same with an identity that may do all.
pub fn and_all_to_the_identity(mut policies: Policies) -> Policies {
    policies.identity.push(all());
    policies
}

/// What is answered where the identity may nothing by its own policies, and where it may all.
pub fn without_and_with_identity(resource: &Value, request: &Request) -> (Answer, Answer) {
    let policies = only_resource(resource);
    let without = decide(&policies, request).answer;
    let with = decide(&and_all_to_the_identity(policies), request).answer;
    (without, with)
}

/// What one document says, told apart by how it names the one who asks.
pub fn side(document: &Document, scope: Scope, request: &Request) -> Side {
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
    one(document, origin, question, &mut ())
}
