//! A small bench for the services' tests: a world, and calls made straight at the tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bytes::Bytes;
use serde_json::{Value, json};

use super::ecr::{Image, Repository};
use super::iam;
use super::s3::state::{Bucket, Object};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::clockwork;
use crate::sandbox::service::{Answer, Call, Caller, Fault, Service};
use crate::sandbox::world::World;

/// The account that tests call from unless they say otherwise.
pub const ACCOUNT: &str = "558846431111";
/// The Region that tests call in.
pub const REGION: &str = "ap-northeast-2";

/// A world, and who calls.
pub struct Bench {
    /// The accounts.
    pub world: World,
    /// The account that calls.
    pub account: String,
    /// The clock, a second later after every call.
    pub now: i64,
    /// Object bodies.
    pub blobs: Blobs,
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// An empty world.
    pub fn new() -> Self {
        Self {
            world: World::default(),
            account: ACCOUNT.to_owned(),
            now: 1_700_000_000_000,
            blobs: Blobs::memory(),
        }
    }

    /// A call of the administrator.
    pub fn call(&self, input: Value) -> Call {
        Call {
            caller: Caller {
                account: self.account.clone(),
                arn: format!("arn:aws:iam::{}:user/administrator", self.account),
                user_id: "AIDAEXAMPLE".into(),
                principal_arn: format!("arn:aws:iam::{}:user/administrator", self.account),
            },
            region: REGION.into(),
            input,
            now: self.now,
            request_id: "request".into(),
        }
    }

    /// Makes one call, and checks on the way that the authorised resource can be named and that a
    /// refused call left the world as it was.
    pub fn ask(&mut self, service: &Service, operation: &str, input: Value) -> Answer {
        let found = service
            .operations
            .iter()
            .find(|o| o.name == operation)
            .unwrap_or_else(|| panic!("no operation {operation}"));
        let call = self.call(input);
        assert!(!(found.resource)(&self.world, &call).is_empty());
        let before = serde_json::to_string(&self.world.accounts).unwrap();
        self.now += 1000;
        let answer = (found.run)(&mut self.world, &call);
        if answer.is_err() {
            let after = serde_json::to_string(&self.world.accounts).unwrap();
            // The first call of all may have made the account on the way; nothing else may differ.
            assert!(
                before == after || before == "{}",
                "{operation} changed the world though it was refused:\n{before}\n{after}"
            );
        }
        answer
    }

    /// Lets time go by, with all that goes on by itself.
    pub fn pass(&mut self, milliseconds: i64) {
        self.now += milliseconds;
        clockwork::advance(&mut self.world, &self.blobs, self.now);
    }

    /// A role of the account that a service may take on, with one inline policy.
    pub fn role(&mut self, name: &str, service: &str, statements: Value) -> String {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]});
        self.ok(
            &iam::SERVICE,
            "CreateRole",
            json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()}),
        );
        self.allow(name, statements);
        format!("arn:aws:iam::{}:role/{name}", self.account)
    }

    /// Sets the inline policy of a role.
    pub fn allow(&mut self, role: &str, statements: Value) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        self.ok(
            &iam::SERVICE,
            "PutRolePolicy",
            json!({"RoleName": role, "PolicyName": "own", "PolicyDocument": policy.to_string()}),
        );
    }

    /// Puts an object into a bucket of the account, which is made where it is missing.
    pub fn object(&mut self, bucket: &str, key: &str, body: &str) {
        let blob = self.blobs.put(&Bytes::from(body.to_owned())).unwrap();
        let account = self.account.clone();
        let found = self
            .world
            .buckets
            .entry(bucket.to_owned())
            .or_insert_with(|| Bucket {
                owner: account,
                region: REGION.to_owned(),
                ..Bucket::default()
            });
        found
            .objects
            .entry(key.to_owned())
            .or_default()
            .push(Object {
                version: "null".to_owned(),
                blob,
                size: body.len() as u64,
                etag: "\"e\"".to_owned(),
                ..Object::default()
            });
    }

    /// Puts an image into a repository of the account, which is made where it is missing.
    pub fn image(&mut self, repository: &str, tag: &str) -> String {
        let (account, now) = (self.account.clone(), self.now);
        let repositories = &mut self.world.regional(&account, REGION).ecr.repositories;
        let found = repositories
            .entry(repository.to_owned())
            .or_insert_with(|| Repository {
                name: repository.to_owned(),
                registry: account,
                region: REGION.to_owned(),
                created_at: now,
                ..Repository::default()
            });
        found.images.push(Image {
            digest: format!("sha256:{:064}", found.images.len()),
            manifest: "{}".to_owned(),
            tags: vec![tag.to_owned()],
            pushed_at: now,
            ..Image::default()
        });
        format!("{}/{repository}:{tag}", found.host())
    }

    /// A call that must succeed.
    pub fn ok(&mut self, service: &Service, operation: &str, input: Value) -> Value {
        self.ask(service, operation, input)
            .unwrap_or_else(|fault| panic!("{operation}: {} {}", fault.code, fault.message))
    }

    /// A call that must be refused.
    pub fn fault(&mut self, service: &Service, operation: &str, input: Value) -> Fault {
        match self.ask(service, operation, input) {
            Ok(answer) => panic!("{operation} was expected to be refused, answered {answer}"),
            Err(fault) => fault,
        }
    }
}
