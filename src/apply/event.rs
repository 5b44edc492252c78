//! What apply tells while it works, and when it is done. How it is shown is the terminal's matter.

use std::time::Duration;

use serde::Serialize;

use crate::cloud::CloudError;
use crate::resource::{Attributes, Node, Part, ResourceId, Site};

/// A change of the plan, with what a person calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeRef {
    /// Where.
    pub site: Site,
    /// The account's id.
    pub account: String,
    /// The resource inside crosspipe.
    pub resource: ResourceId,
    /// AWS's word for its kind.
    pub kind: &'static str,
    /// Its name at AWS.
    pub name: String,
    /// The part.
    pub part: Part,
}

impl NodeRef {
    /// The node itself.
    pub fn node(&self) -> Node {
        Node::new(&self.resource, self.part)
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A change has begun.
    Started {
        /// Which.
        change: NodeRef,
    },
    /// AWS refused for now, and the call will be made again.
    Waiting {
        /// Which.
        change: NodeRef,
        /// What is waited for, in a few words.
        waiting_for: &'static str,
        /// AWS's code.
        code: String,
        /// AWS's sentence.
        message: String,
        /// How many times it has been tried.
        attempts: u32,
        /// Milliseconds until it is tried again.
        next_in_ms: u64,
    },
    /// A change is done.
    Done {
        /// Which.
        change: NodeRef,
        /// Milliseconds from its start.
        took_ms: u64,
    },
    /// A change failed for good.
    Failed {
        /// Which.
        change: NodeRef,
        /// Why.
        error: CloudError,
        /// How many times it was tried.
        attempts: u32,
    },
    /// A change was not tried, because something that it needs failed or the user stopped.
    NotTried {
        /// Which.
        change: NodeRef,
        /// The failed change that it waits for; none where the user stopped.
        because: Option<Node>,
    },
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// What was done.
    pub done: Vec<NodeRef>,
    /// What failed, and why.
    pub failed: Vec<(NodeRef, CloudError)>,
    /// What was not tried.
    pub not_tried: Vec<NodeRef>,
    /// Whether the user stopped it.
    pub stopped: bool,
    /// What is known of every resource by now.
    pub attributes: Attributes,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Whether everything was done.
    pub fn complete(&self) -> bool {
        self.failed.is_empty() && self.not_tried.is_empty()
    }
}
