//! What a service of the sandbox is: a table of operations over the world.
//!
//! An operation takes and returns JSON, whatever the protocol on the wire: JSON bodies as they are,
//! query forms folded (`Tags.member.1.Key=a` becomes `{"Tags": [{"Key": "a"}]}`, every scalar a
//! string), answers unfolded by the protocol of the service. S3, which is REST, has its own room.

use serde_json::Value;

use super::world::World;

/// How a service's requests and answers look on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Form in, XML out; `xmlns` is the namespace of the answer.
    Query {
        /// The namespace of the answer's root element.
        xmlns: &'static str,
    },
    /// `application/x-amz-json-1.0` or `-1.1` with the operation in `X-Amz-Target`.
    Json {
        /// `1.0` or `1.1`.
        version: &'static str,
        /// What stands before the operation in `X-Amz-Target`, without the dot.
        target_prefix: &'static str,
    },
}

/// A service: how it is spoken to, and what it can do.
pub struct Service {
    /// The name in signatures (credential scope), for example `codepipeline`.
    pub signing_name: &'static str,
    /// The protocol.
    pub protocol: Protocol,
    /// Its operations. What is not listed answers with AWS's own error for an unknown operation.
    pub operations: &'static [Operation],
}

/// Whether an operation changes the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Leaves everything as it was.
    Reads,
    /// Makes, changes or deletes something.
    Changes,
}

/// One operation.
pub struct Operation {
    /// Its name on the wire, for example `CreatePipeline`.
    pub name: &'static str,
    /// The IAM action that it is authorised as, for example `codepipeline:CreatePipeline`.
    pub action: &'static str,
    /// Whether it changes anything.
    pub effect: Effect,
    /// The ARN of the resource that it is authorised on, `*` where the action has no resource type
    /// or names none. Must not fail on any input.
    pub resource: fn(&World, &Call) -> String,
    /// What it does. Leaves the world as it was when it answers a fault.
    pub run: fn(&mut World, &Call) -> Answer,
}

impl Operation {
    /// An operation that leaves everything as it was.
    pub const fn reads(
        name: &'static str,
        action: &'static str,
        resource: fn(&World, &Call) -> String,
        run: fn(&mut World, &Call) -> Answer,
    ) -> Self {
        Self {
            name,
            action,
            effect: Effect::Reads,
            resource,
            run,
        }
    }

    /// An operation that makes, changes or deletes something.
    pub const fn changes(
        name: &'static str,
        action: &'static str,
        resource: fn(&World, &Call) -> String,
        run: fn(&mut World, &Call) -> Answer,
    ) -> Self {
        Self {
            name,
            action,
            effect: Effect::Changes,
            resource,
            run,
        }
    }
}

/// A request that has been authenticated.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The Region of the signature's scope (`us-east-1` for global services).
    pub region: String,
    /// The input, see the module's page.
    pub input: Value,
    /// Milliseconds since 1970, from the world's clock.
    pub now: i64,
    /// The request's id, as the answer will carry it.
    pub request_id: String,
}

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: String,
    /// The ARN: a user (`arn:aws:iam::...:user/administrator`) or a session
    /// (`arn:aws:sts::...:assumed-role/ROLE/SESSION`).
    pub arn: String,
    /// The unique id: `AIDA...` for users, `AROA...:SESSION` for sessions.
    pub user_id: String,
    /// For a session: the ARN of its role (with path), which is what `aws:PrincipalArn` holds.
    /// For a user: the user's ARN.
    pub principal_arn: String,
}

impl Caller {
    /// Whoever signs nothing. Only S3 listens to such a one.
    pub fn anonymous() -> Self {
        Self {
            account: String::new(),
            arn: "anonymous".to_owned(),
            user_id: "anonymous".to_owned(),
            principal_arn: String::new(),
        }
    }

    /// Whether nobody has signed.
    pub fn is_anonymous(&self) -> bool {
        self.account.is_empty()
    }
}

/// What an operation answers.
pub type Answer = Result<Value, Fault>;

/// An error as AWS answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// AWS's code, for example `NoSuchEntity` or `PipelineNotFoundException`.
    pub code: String,
    /// AWS's sentence.
    pub message: String,
    /// HTTP status: 400 unless AWS uses another (IAM `NoSuchEntity` 404, `EntityAlreadyExists` 409).
    pub status: u16,
}

impl Fault {
    /// A fault with status 400.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            status: 400,
        }
    }

    /// The same fault with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

impl Call {
    /// A text of the input; `None` where it is absent or empty of type.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    /// A whole number of the input, whether it came as number or (query protocol) as text.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.input.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A yes or no of the input, whether it came as boolean or (query protocol) as text.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.input.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A list of the input, empty where it is absent.
    pub fn list(&self, name: &str) -> &[Value] {
        self.input
            .get(name)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The time as JSON protocols carry it: seconds since 1970, with fraction.
    pub fn epoch_seconds(&self) -> Value {
        serde_json::json!(self.now as f64 / 1000.0)
    }
}
