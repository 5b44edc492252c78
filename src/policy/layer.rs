//! What the documents of one layer say together.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::document::{Document, Effect};
use super::notes::{Notes, Origin};
use super::principal::Asking;
use super::request::Request;
use super::scope::Scope;
use super::statement::applies;
use super::truth::Truth;

/// Where the documents around a request come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The policies of the identity that asks.
    Identity,
    /// The policy of the resource; a role's trust policy and a key policy are such.
    Resource,
    /// The permissions boundary of the identity.
    Boundary,
    /// The policies handed over when the session began.
    Session,
    /// Service control policies of the caller's organization.
    Scp,
    /// Resource control policies of the resource's organization.
    Rcp,
    /// The policy of the VPC endpoint that the request goes through.
    Endpoint,
}

impl Layer {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self::Identity,
        Self::Resource,
        Self::Boundary,
        Self::Session,
        Self::Scp,
        Self::Rcp,
        Self::Endpoint,
    ];

    /// Its name in the case format.
    pub fn key(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Resource => "resource",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Endpoint => "endpoint",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity policies",
            Self::Resource => "resource policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Scp => "service control policies",
            Self::Rcp => "resource control policies",
            Self::Endpoint => "VPC endpoint policy",
        })
    }
}

/// The place of a statement among the documents around a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The layer.
    pub layer: Layer,
    /// The level of the organization, from 0, for SCPs and RCPs.
    pub level: Option<usize>,
    /// The document among those of its layer or level, from 0.
    pub document: usize,
    /// The statement in the document, from 0.
    pub statement: usize,
}

/// Whether some statement of a layer applies, and the first that is as sure as any.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) truth: Truth,
    pub(super) at: Option<Place>,
}

impl Found {
    pub(super) const NOTHING: Self = Self {
        truth: Truth::False,
        at: None,
    };

    #[inline]
    pub(super) fn or(self, other: Self) -> Self {
        if other.truth > self.truth {
            other
        } else {
            self
        }
    }
}

/// What the documents of a layer say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    /// A Deny applies.
    pub(super) deny: Found,
    /// An Allow applies that names the account.
    pub(super) account: Found,
    /// An Allow applies that names the role.
    pub(super) role: Found,
    /// An Allow applies that names the one who asks in another way, or the layer names nobody.
    pub(super) free: Found,
}

impl Side {
    pub(super) const SILENT: Self = Self {
        deny: Found::NOTHING,
        account: Found::NOTHING,
        role: Found::NOTHING,
        free: Found::NOTHING,
    };

    /// An Allow applies, however it names the one who asks.
    pub(super) fn allow(&self) -> Found {
        self.free.or(self.role).or(self.account)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            deny: self.deny.or(other.deny),
            account: self.account.or(other.account),
            role: self.role.or(other.role),
            free: self.free.or(other.free),
        }
    }
}

/// Who asks for what, as a layer's documents are to read it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) request: &'a Request,
    pub(super) asking: Asking<'a>,
    pub(super) scope: Scope,
}

/// What documents of one layer, and of one level of it, say together.
pub(super) fn together<N: Notes>(
    documents: &[Arc<Document>],
    layer: Layer,
    level: Option<usize>,
    question: Question<'_>,
    notes: &mut N,
) -> Side {
    let mut side = Side::SILENT;
    for (index, document) in documents.iter().enumerate() {
        let origin = Origin {
            layer,
            level,
            document: index,
        };
        side = side.or(one(document, origin, question, notes));
    }
    side
}

/// What one document says.
pub(super) fn one<N: Notes>(
    document: &Document,
    origin: Origin,
    question: Question<'_>,
    notes: &mut N,
) -> Side {
    let Question {
        request,
        asking,
        scope,
    } = question;
    let mut side = Side::SILENT;
    for (index, statement) in document.statements.iter().enumerate() {
        notes.begin(origin, statement);
        let named = applies(statement, request, asking, scope, notes);
        let truth = named.truth();
        notes.end(truth, named.naming);
        if truth == Truth::False {
            continue;
        }
        let at = Some(Place {
            layer: origin.layer,
            level: origin.level,
            document: origin.document,
            statement: index,
        });
        let found = |truth| Found { truth, at };
        match statement.effect {
            Effect::Deny => side.deny = side.deny.or(found(truth)),
            Effect::Allow => {
                side.account = side.account.or(found(named.account));
                side.role = side.role.or(found(named.role));
                side.free = side.free.or(found(named.free));
            }
        }
    }
    side
}
