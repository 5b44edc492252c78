//! Service control policies and resource control policies: what they hold and where they are attached.
//!
//! Source: AWS Organizations API Reference, one page per operation; quotas: AWS Organizations User Guide,
//! "Quotas and service limits".

use serde_json::{Value, json};

use super::effective::policy_arn;
use super::state::{Policy, PolicyType};
use super::units::{Target, no_target, target};
use super::{CODE, Organization, listed, write_down};
use crate::policy::{self, Kind, Rule, Severity};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::Tags;
use crate::sandbox::shape::{
    Member, Shape, checked, list as list_of, one_of, optional, required, text,
};
use crate::sandbox::world::World;

static POLICY_ID: Shape = text(0, 130, "p-[0-9a-zA-Z_]{8,128}");
static TARGET_ID: Shape = text(
    0,
    100,
    r"(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})",
);
static ROOT_ID: Shape = text(0, 34, "r-[0-9a-z]{4,32}");
static NAME: Shape = text(1, 128, "");
static DESCRIPTION: Shape = text(0, 512, "");
static CONTENT: Shape = text(1, 1_000_000, "");
static TYPE: Shape = one_of(&[
    "SERVICE_CONTROL_POLICY",
    "RESOURCE_CONTROL_POLICY",
    "TAG_POLICY",
    "BACKUP_POLICY",
    "AISERVICES_OPT_OUT_POLICY",
    "CHATBOT_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "SECURITYHUB_POLICY",
    "INSPECTOR_POLICY",
    "UPGRADE_ROLLOUT_POLICY",
    "BEDROCK_POLICY",
    "S3_POLICY",
    "NETWORK_SECURITY_DIRECTOR_POLICY",
]);
static TAG_KEY: Shape = text(1, 128, "");
static TAG_VALUE: Shape = text(0, 256, "");
static TAG: Shape = Shape::Structure(&[required("Key", &TAG_KEY), required("Value", &TAG_VALUE)]);
static TAGS: Shape = list_of(&TAG, 0, 200);
static CREATE: &[Member] = &[
    required("Content", &CONTENT),
    required("Description", &DESCRIPTION),
    required("Name", &NAME),
    required("Type", &TYPE),
    optional("Tags", &TAGS),
];
static UPDATE: &[Member] = &[
    required("PolicyId", &POLICY_ID),
    optional("Name", &NAME),
    optional("Description", &DESCRIPTION),
    optional("Content", &CONTENT),
];
static ONE: &[Member] = &[required("PolicyId", &POLICY_ID)];
static ATTACH: &[Member] = &[
    required("PolicyId", &POLICY_ID),
    required("TargetId", &TARGET_ID),
];
static LIST: &[Member] = &[
    required("Filter", &TYPE),
    optional("NextToken", &super::TOKEN),
    optional("MaxResults", &super::COUNT),
];
static LIST_FOR: &[Member] = &[
    required("TargetId", &TARGET_ID),
    required("Filter", &TYPE),
    optional("NextToken", &super::TOKEN),
    optional("MaxResults", &super::COUNT),
];
static TARGETS: &[Member] = &[
    required("PolicyId", &POLICY_ID),
    optional("NextToken", &super::TOKEN),
    optional("MaxResults", &super::COUNT),
];
static ENABLE: &[Member] = &[required("RootId", &ROOT_ID), required("PolicyType", &TYPE)];

/// The most policies of a type on one target, AWS's own counted.
const MOST: fn(PolicyType) -> usize = |kind| match kind {
    PolicyType::ServiceControlPolicy => 10,
    PolicyType::ResourceControlPolicy => 5,
};

/// The ARN that a request on a policy is authorised on.
pub fn resource(world: &World, call: &Call) -> String {
    arn_of_policy(world, call.text("PolicyId"))
}

/// The ARN that stands for a policy that is to be made.
pub fn new_policy_arn(world: &World, kind: Option<&str>) -> Option<String> {
    let kind = PolicyType::ALL
        .into_iter()
        .find(|it| Some(it.name()) == kind)?;
    policy_arn(world, kind, "*")
}

/// The ARN of a policy by its id; `*` where there is none.
pub fn arn_of_policy(world: &World, id: Option<&str>) -> String {
    let id = id.unwrap_or_default();
    kind_of(world, id)
        .and_then(|kind| policy_arn(world, kind, id))
        .unwrap_or_else(|| "*".to_owned())
}

/// The type that a call names; `None` for a type that decides no request.
fn named_type(call: &Call, member: &str) -> Option<PolicyType> {
    let name = call.text(member)?;
    PolicyType::ALL.into_iter().find(|kind| kind.name() == name)
}

/// The type of a policy; `None` where there is no such policy.
fn kind_of(world: &World, id: &str) -> Option<PolicyType> {
    let of_aws = PolicyType::ALL
        .into_iter()
        .find(|kind| kind.full_access() == id);
    of_aws.or_else(|| world.organization.policies.get(id).map(|it| it.kind))
}

fn constraint(message: &str) -> Fault {
    Fault::new("ConstraintViolationException", message)
}

fn no_policy() -> Fault {
    Fault::new(
        "PolicyNotFoundException",
        "You specified a policy that doesn't exist.",
    )
}

fn found(world: &World, call: &Call) -> Result<(String, PolicyType), Fault> {
    let id = call.text("PolicyId").unwrap_or_default();
    let kind = kind_of(world, id).ok_or_else(no_policy)?;
    Ok((id.to_owned(), kind))
}

/// A policy of the customer: those of AWS cannot be changed.
fn own(world: &World, call: &Call) -> Result<(String, Policy), Fault> {
    let (id, _) = found(world, call)?;
    match world.organization.policies.get(&id) {
        Some(policy) => Ok((id, policy.clone())),
        None => Err(Fault::new(
            CODE,
            "You specified a policy that is managed by AWS and cannot be modified.",
        )),
    }
}

fn summary(world: &World, id: &str, kind: PolicyType) -> Value {
    let arn = policy_arn(world, kind, id);
    match world.organization.policies.get(id) {
        Some(policy) => json!({
            "Id": id,
            "Arn": arn,
            "Name": policy.name,
            "Description": policy.description,
            "Type": kind.name(),
            "AwsManaged": false,
        }),
        None => json!({
            "Id": id,
            "Arn": arn,
            "Name": id.strip_prefix("p-").unwrap_or(id),
            "Description": match kind {
                PolicyType::ServiceControlPolicy => "Allows access to every operation",
                PolicyType::ResourceControlPolicy => "Allows access to every resource",
            },
            "Type": kind.name(),
            "AwsManaged": true,
        }),
    }
}

fn whole(world: &World, id: &str, kind: PolicyType) -> Value {
    json!({"Policy": {
        "PolicySummary": summary(world, id, kind),
        "Content": world.organization.content(id),
    }})
}

/// Whether a document is one of its type.
pub(super) fn check_content(kind: PolicyType, content: &str) -> Result<(), Fault> {
    let malformed = || {
        Fault::new(
            "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy type.",
        )
    };
    let of = match kind {
        PolicyType::ServiceControlPolicy => Kind::Scp,
        PolicyType::ResourceControlPolicy => Kind::Rcp,
    };
    let document: Value = serde_json::from_str(content).map_err(|_| malformed())?;
    let problems = policy::check(&document, of);
    let mut errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error);
    match errors.next() {
        Some(problem) if problem.rule == Rule::Size => Err(constraint(
            "You have exceeded the maximum size of a policy document.",
        )),
        Some(_) => Err(malformed()),
        None if policy::parse_text(content).is_err() => Err(malformed()),
        None => Ok(()),
    }
}

fn check_name(world: &World, kind: PolicyType, name: &str, except: &str) -> Result<(), Fault> {
    let taken = world
        .organization
        .policies
        .iter()
        .any(|(id, policy)| id != except && policy.kind == kind && policy.name == name);
    let of_aws = kind.full_access().strip_prefix("p-") == Some(name);
    if taken || of_aws {
        return Err(Fault::new(
            "DuplicatePolicyException",
            "A policy with the same name already exists.",
        ));
    }
    Ok(())
}

/// `CreatePolicy`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, CREATE, CODE)?;
    Organization::for_management(world, call)?;
    let kind = named_type(call, "Type").ok_or_else(|| {
        Fault::new(
            "PolicyTypeNotAvailableForOrganizationException",
            "The sandbox has service control policies and resource control policies only: policies of other types decide no request.",
        )
    })?;
    let content = call.text("Content").unwrap_or_default();
    let name = call.text("Name").unwrap_or_default();
    let tags = Tags::read(call.list("Tags"), "Key", "Value")
        .map_err(|problem| Fault::new(CODE, problem.sentence()))?;
    check_name(world, kind, name, "")?;
    check_content(kind, content)?;
    let policy = Policy {
        kind,
        name: name.to_owned(),
        description: call.text("Description").unwrap_or_default().to_owned(),
        content: content.to_owned(),
        tags: tags.0.into_iter().collect(),
    };
    let id = keep(world, policy);
    Ok(whole(world, &id, kind))
}

/// Keeps a policy under a fresh id.
pub(super) fn keep(world: &mut World, policy: Policy) -> String {
    write_down(world);
    let letters = world.ids.letters("abcdefghijklmnopqrstuvwxyz0123456789", 8);
    let id = format!("p-{letters}");
    world.organization.policies.insert(id.clone(), policy);
    id
}

/// `DescribePolicy`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ONE, CODE)?;
    Organization::for_management(world, call)?;
    let (id, kind) = found(world, call)?;
    Ok(whole(world, &id, kind))
}

/// `UpdatePolicy`.
pub fn update(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, UPDATE, CODE)?;
    Organization::for_management(world, call)?;
    let (id, mut policy) = own(world, call)?;
    if let Some(name) = call.text("Name") {
        check_name(world, policy.kind, name, &id)?;
        name.clone_into(&mut policy.name);
    }
    if let Some(content) = call.text("Content") {
        check_content(policy.kind, content)?;
        content.clone_into(&mut policy.content);
    }
    if let Some(description) = call.text("Description") {
        description.clone_into(&mut policy.description);
    }
    let kind = policy.kind;
    world.organization.policies.insert(id.clone(), policy);
    Ok(whole(world, &id, kind))
}

/// `DeletePolicy`: one that is attached anywhere stays.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ONE, CODE)?;
    Organization::for_management(world, call)?;
    let (id, _) = own(world, call)?;
    let organization = &mut world.organization;
    if organization.attached.values().any(|ids| ids.contains(&id)) {
        return Err(Fault::new(
            "PolicyInUseException",
            "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.",
        ));
    }
    organization.policies.remove(&id);
    Ok(Value::Null)
}

fn not_enabled() -> Fault {
    Fault::new(
        "PolicyTypeNotEnabledException",
        "This operation can be performed only for enabled policy types.",
    )
}

/// `AttachPolicy`.
pub fn attach(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ATTACH, CODE)?;
    Organization::for_management(world, call)?;
    let (id, kind) = found(world, call)?;
    let to = call.text("TargetId").unwrap_or_default().to_owned();
    target(world, &to).ok_or_else(no_target)?;
    if !world.organization.enabled.contains(&kind) {
        return Err(not_enabled());
    }
    let there: Vec<&str> = world.organization.policies_on(&to, kind).collect();
    if there.contains(&id.as_str()) {
        return Err(Fault::new(
            "DuplicatePolicyAttachmentException",
            "A policy with the specified name and type already exists.",
        ));
    }
    if there.len() >= MOST(kind) {
        return Err(constraint(
            "You have attached the maximum number of policies of this type to this target.",
        ));
    }
    put_on(world, &id, kind, &to);
    Ok(Value::Null)
}

/// Attaches a policy without asking.
pub(super) fn put_on(world: &mut World, id: &str, kind: PolicyType, to: &str) {
    write_down(world);
    let organization = &mut world.organization;
    if id == kind.full_access() {
        if let Some(detached) = organization.detached.get_mut(to) {
            detached.remove(id);
        }
        return;
    }
    let list = organization.attached.entry(to.to_owned()).or_default();
    if !list.iter().any(|known| known == id) {
        list.push(id.to_owned());
    }
}

/// `DetachPolicy`: of service control policies one stays on each target, and AWS's own resource control
/// policy cannot be taken off.
pub fn detach(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ATTACH, CODE)?;
    Organization::for_management(world, call)?;
    let (id, kind) = found(world, call)?;
    let from = call.text("TargetId").unwrap_or_default().to_owned();
    target(world, &from).ok_or_else(no_target)?;
    let there: Vec<&str> = world.organization.policies_on(&from, kind).collect();
    if !world.organization.enabled.contains(&kind) || !there.contains(&id.as_str()) {
        return Err(Fault::new(
            "PolicyNotAttachedException",
            "The policy isn't attached to the specified target in the specified root.",
        ));
    }
    if id == PolicyType::ResourceControlPolicy.full_access() {
        return Err(Fault::new(
            CODE,
            "You can't detach the RCPFullAWSAccess policy.",
        ));
    }
    if kind == PolicyType::ServiceControlPolicy && there.len() <= 1 {
        return Err(constraint(
            "You cannot remove the last policy attached to the specified target. You should have at least one attached at any time.",
        ));
    }
    take_off(world, &id, kind, &from);
    Ok(Value::Null)
}

/// Takes a policy off without asking.
pub(super) fn take_off(world: &mut World, id: &str, kind: PolicyType, from: &str) {
    write_down(world);
    let organization = &mut world.organization;
    if id == kind.full_access() {
        let detached = organization.detached.entry(from.to_owned()).or_default();
        detached.insert(id.to_owned());
    } else if let Some(list) = organization.attached.get_mut(from) {
        list.retain(|known| known != id);
    }
}

/// `ListPolicies`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, CODE)?;
    Organization::for_management(world, call)?;
    let Some(kind) = named_type(call, "Filter") else {
        return listed(call, "Policies", Vec::new());
    };
    let own = world.organization.policies.iter();
    let own = own.filter(|(_, policy)| policy.kind == kind);
    let all = [kind.full_access()]
        .into_iter()
        .chain(own.map(|(id, _)| id.as_str()))
        .map(|id| summary(world, id, kind))
        .collect();
    listed(call, "Policies", all)
}

/// `ListPoliciesForTarget`: what is attached there itself, not what comes from above.
pub fn list_for_target(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST_FOR, CODE)?;
    Organization::for_management(world, call)?;
    let to = call.text("TargetId").unwrap_or_default();
    target(world, to).ok_or_else(no_target)?;
    let kind = named_type(call, "Filter").filter(|kind| world.organization.enabled.contains(kind));
    let Some(kind) = kind else {
        return listed(call, "Policies", Vec::new());
    };
    let all = world
        .organization
        .policies_on(to, kind)
        .map(|id| summary(world, id, kind))
        .collect();
    listed(call, "Policies", all)
}

/// `ListTargetsForPolicy`.
pub fn targets(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, TARGETS, CODE)?;
    let own = Organization::for_management(world, call)?;
    let (id, kind) = found(world, call)?;
    let organization = &world.organization;
    let every = super::root_id(world)
        .into_iter()
        .chain(organization.units.keys().cloned())
        .chain(world.accounts.keys().cloned());
    let all = every
        .filter(|_| organization.enabled.contains(&kind))
        .filter(|at| organization.policies_on(at, kind).any(|known| known == id))
        .filter_map(|at| {
            let target = target(world, &at)?;
            let (name, kind) = match &target {
                Target::Root => ("Root".to_owned(), "ROOT"),
                Target::Unit(unit) => (unit.name.clone(), "ORGANIZATIONAL_UNIT"),
                Target::Account => (format!("sandbox-{at}"), "ACCOUNT"),
            };
            let arn = own.target_arn(&target, &at);
            Some(json!({"TargetId": at, "Arn": arn, "Name": name, "Type": kind}))
        })
        .collect();
    listed(call, "Targets", all)
}

fn root_of(world: &World, call: &Call) -> Result<Organization, Fault> {
    let own = Organization::for_management(world, call)?;
    if call.text("RootId") == Some(own.root.as_str()) {
        return Ok(own);
    }
    Err(Fault::new(
        "RootNotFoundException",
        "You specified a root that doesn't exist.",
    ))
}

/// `EnablePolicyType`: AWS's own policy that allows everything is attached everywhere then.
pub fn enable(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ENABLE, CODE)?;
    let own = root_of(world, call)?;
    let kind = named_type(call, "PolicyType").ok_or_else(|| {
        Fault::new(
            "PolicyTypeNotAvailableForOrganizationException",
            "The sandbox has service control policies and resource control policies only: policies of other types decide no request.",
        )
    })?;
    if world.organization.enabled.contains(&kind) {
        return Err(Fault::new(
            "PolicyTypeAlreadyEnabledException",
            "The specified policy type is already enabled.",
        ));
    }
    write_down(world);
    world.organization.enabled.insert(kind);
    Ok(json!({"Root": own.root_shown(world)}))
}

/// `DisablePolicyType`: what was attached of the type is attached no more.
pub fn disable(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ENABLE, CODE)?;
    let own = root_of(world, call)?;
    let kind = named_type(call, "PolicyType")
        .filter(|kind| world.organization.enabled.contains(kind))
        .ok_or_else(not_enabled)?;
    let organization = &mut world.organization;
    organization.enabled.remove(&kind);
    let policies = &organization.policies;
    for list in organization.attached.values_mut() {
        list.retain(|id| policies.get(id).is_some_and(|policy| policy.kind != kind));
    }
    for detached in organization.detached.values_mut() {
        detached.remove(kind.full_access());
    }
    Ok(json!({"Root": own.root_shown(world)}))
}
