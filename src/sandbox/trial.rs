//! Calls on a world without HTTP, for the tests of services.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use super::service::{Answer, Call, Caller, Effect, Service};
use super::world::World;

/// The account that calls where nothing else is said.
pub const OWN: &str = "111111111111";
/// Another one.
pub const OTHER: &str = "222222222222";
/// The Region that calls go to where nothing else is said.
pub const REGION: &str = "ap-northeast-2";

/// A world, and who calls in it.
#[allow(missing_docs)]
pub struct Trial {
    pub world: World,
    pub service: &'static Service,
    pub account: &'static str,
    pub region: &'static str,
    pub now: i64,
}

impl Trial {
    /// A world of two accounts.
    pub fn of(service: &'static Service) -> Self {
        let mut world = World::default();
        for account in [OWN, OTHER] {
            world.accounts.entry(account.to_owned()).or_default();
        }
        Self {
            world,
            service,
            account: OWN,
            region: REGION,
            now: 1_700_000_000_500,
        }
    }

    /// Calls an operation. A fault must leave the world as it was, and so must an operation that
    /// says that it only reads.
    pub fn answer(&mut self, operation: &str, input: Value) -> Answer {
        let found = self
            .service
            .operations
            .iter()
            .find(|known| known.name == operation)
            .unwrap_or_else(|| panic!("no operation {operation}"));
        let call = Call {
            caller: Caller {
                account: self.account.to_owned(),
                arn: format!("arn:aws:iam::{}:user/Mary", self.account),
                user_id: "AIDAMARY".to_owned(),
                principal_arn: format!("arn:aws:iam::{}:user/Mary", self.account),
            },
            region: self.region.to_owned(),
            input,
            now: self.now,
            request_id: "request".to_owned(),
        };
        (found.resource)(&self.world, &call);
        let before = self.image();
        let answer = (found.run)(&mut self.world, &call);
        if answer.is_err() || found.effect == Effect::Reads {
            assert_eq!(self.image(), before, "{operation} left something behind");
        }
        self.now += 1000;
        answer
    }

    /// What is in the world, without empty places.
    fn image(&self) -> Value {
        let mut image = serde_json::to_value(&self.world).unwrap();
        prune(&mut image);
        image
    }

    /// Calls an operation that must succeed.
    pub fn ok(&mut self, operation: &str, input: Value) -> Value {
        self.answer(operation, input.clone())
            .unwrap_or_else(|fault| panic!("{operation} {input}: {fault:?}"))
    }

    /// Calls an operation that must fail, and answers the code.
    pub fn code(&mut self, operation: &str, input: Value) -> String {
        match self.answer(operation, input.clone()) {
            Ok(answer) => panic!("{operation} {input} answered {answer}"),
            Err(fault) => fault.code,
        }
    }

    /// Calls an operation that must fail, and answers code and message.
    pub fn fault(&mut self, operation: &str, input: Value) -> String {
        match self.answer(operation, input.clone()) {
            Ok(answer) => panic!("{operation} {input} answered {answer}"),
            Err(fault) => format!("{}: {}", fault.code, fault.message),
        }
    }

    /// Every operation must answer something to inputs of any kind.
    pub fn survives_anything(&mut self) {
        for operation in self.service.operations {
            for input in [
                json!(null),
                json!([]),
                json!("x"),
                json!({}),
                json!({"name": 1}),
            ] {
                let _ = self.answer(operation.name, input);
            }
            let names = [
                "name",
                "repositoryName",
                "Name",
                "Rule",
                "names",
                "tags",
                "Tags",
                "pipeline",
                "Targets",
                "Entries",
                "resourceArn",
                "ResourceARN",
                "ResourceArn",
                "AccountId",
            ];
            for value in [
                json!("\u{0}"),
                json!("é:/\\"),
                json!([null]),
                json!({"a": [{}]}),
                json!(-1),
            ] {
                let input: serde_json::Map<String, Value> = names
                    .iter()
                    .map(|name| ((*name).to_owned(), value.clone()))
                    .collect();
                let _ = self.answer(operation.name, Value::Object(input));
            }
        }
    }
}

/// Takes away empty objects and lists: reading makes room for what is not there yet.
fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(prune);
            members.retain(|_, member| !empty(member));
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        _ => {}
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Null => true,
        _ => false,
    }
}
