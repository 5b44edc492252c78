//! Grants: who may use a key besides what its policy says.
//!
//! Source: AWS KMS API Reference, "CreateGrant", "ListGrants", "ListRetirableGrants", "RetireGrant" and
//! "RevokeGrant"; AWS KMS Developer Guide, "Grants in AWS KMS".

use serde_json::{Value, json};

use super::grant_input::{self, Wanted};
use super::input::{self, required};
use super::keys::{Place, at, at_mut, due, locate, pending, seconds, usable};
use super::state::{Key, KeyGrant};
use crate::policy::{self, Answer as Decided, Grant, GrantConstraints, Part};
use crate::sandbox::authorize;
use crate::sandbox::documents::Stored;
use crate::sandbox::identity;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// The most grants that a key may have. Source: AWS KMS Developer Guide, "Resource quotas".
const MOST: usize = 50_000;

/// The key that a request names, which may be another account's. Grants take an id or an ARN, no alias.
fn place(world: &World, call: &Call, given: &str) -> Result<Place, Fault> {
    if given.starts_with("alias/") || given.contains(":alias/") {
        return Err(input::not_found(format!("Invalid keyId '{given}'")));
    }
    let place = locate(world, call, given)?;
    due(world, call, &place)?;
    Ok(place)
}

/// `CreateGrant`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let place = place(world, call, required(call, "KeyId")?)?;
    let wanted = grant_input::read(world, call)?;
    let key = at(world, &place)?;
    usable(key, &place.arn())?;
    if key.manager == "AWS" {
        return Err(super::keys::denied(call, "kms:CreateGrant", &place.arn()));
    }
    dry(call)?;
    if let Some(there) = again(key, &wanted) {
        return Ok(json!({ "GrantId": there.id, "GrantToken": there.token }));
    }
    if key.grants.len() >= MOST {
        let message =
            "The request was rejected because the key has the most grants that it may have.";
        return Err(Fault::new("LimitExceededException", message));
    }
    let id = world.ids.hex(64);
    let token = world.ids.hex(128);
    let grant = KeyGrant {
        id: id.clone(),
        token: token.clone(),
        name: wanted.name,
        grantee: wanted.grantee,
        retiring: wanted.retiring,
        operations: wanted.operations,
        subset: wanted.subset,
        equals: wanted.equals,
        issuer: call.caller.account.clone(),
        created: call.now,
    };
    at_mut(world, &place)?.grants.push(grant);
    Ok(json!({ "GrantId": id, "GrantToken": token }))
}

/// The grant of this name and these contents, where there is one: with a name the call is idempotent.
fn again<'a>(key: &'a Key, wanted: &Wanted) -> Option<&'a KeyGrant> {
    wanted.name.as_ref()?;
    key.grants.iter().find(|grant| {
        grant.name == wanted.name
            && grant.grantee == wanted.grantee
            && grant.retiring == wanted.retiring
            && grant.operations == wanted.operations
            && grant.subset == wanted.subset
            && grant.equals == wanted.equals
    })
}

/// Ends a request that only asks whether it would go through.
fn dry(call: &Call) -> Result<(), Fault> {
    if call.flag("DryRun") == Some(true) {
        return Err(Fault::new(
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.",
        ));
    }
    Ok(())
}

/// A principal of a grant as it is shown now: one that has been deleted is shown by its unique id.
fn shown(world: &World, principal: &Stored) -> String {
    let text = principal.now(world);
    grant_input::principal_of(&text).unwrap_or_default()
}

fn entry(world: &World, place: &Place, grant: &KeyGrant) -> Value {
    let mut value = json!({
        "KeyId": place.arn(),
        "GrantId": grant.id,
        "Name": grant.name.clone().unwrap_or_default(),
        "CreationDate": seconds(grant.created),
        "GranteePrincipal": shown(world, &grant.grantee),
        "IssuingAccount": format!("arn:aws:iam::{}:root", grant.issuer),
        "Operations": grant.operations,
    });
    if let Some(object) = value.as_object_mut() {
        if let Some(retiring) = &grant.retiring {
            object.insert(
                "RetiringPrincipal".to_owned(),
                json!(shown(world, retiring)),
            );
        }
        let mut constraints = serde_json::Map::new();
        if let Some(subset) = &grant.subset {
            constraints.insert("EncryptionContextSubset".to_owned(), json!(subset));
        }
        if let Some(equals) = &grant.equals {
            constraints.insert("EncryptionContextEquals".to_owned(), json!(equals));
        }
        if !constraints.is_empty() {
            object.insert("Constraints".to_owned(), Value::Object(constraints));
        }
    }
    value
}

/// `ListGrants`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let place = place(world, call, required(call, "KeyId")?)?;
    let key = at(world, &place)?;
    if key.deletion.is_some() {
        return Err(pending(&place));
    }
    let id = call.text("GrantId");
    if let Some(id) = id.filter(|id| !key.grants.iter().any(|grant| grant.id == *id)) {
        return Err(no_such_grant(id));
    }
    let grantee = call.text("GranteePrincipal");
    let entries = key
        .grants
        .iter()
        .filter(|grant| id.is_none_or(|id| grant.id == id))
        .filter(|grant| grantee.is_none_or(|arn| shown(world, &grant.grantee) == arn))
        .map(|grant| (grant.id.clone(), entry(world, &place, grant)))
        .collect();
    input::page(call, "Grants", entries, 50)
}

/// `ListRetirableGrants`: of every account, in this Region, by the principal that may retire them.
pub fn list_retirable(world: &mut World, call: &Call) -> Answer {
    let wanted = required(call, "RetiringPrincipal")?;
    let own = wanted.split(':').nth(4) == Some(call.caller.account.as_str());
    if !own || grant_input::principal(world, wanted).is_err() {
        return Err(grant_input::no_principal(wanted));
    }
    let mut entries = Vec::new();
    for account in world.accounts.keys() {
        let keys = world.regional_ref(account, &call.region);
        for key in keys.iter().flat_map(|regional| regional.kms.keys.values()) {
            let place = Place {
                account: account.clone(),
                region: call.region.clone(),
                id: key.id.clone(),
            };
            for grant in &key.grants {
                let retiring = grant.retiring.as_ref().map(|it| shown(world, it));
                if retiring.as_deref() == Some(wanted) {
                    entries.push((grant.id.clone(), entry(world, &place, grant)));
                }
            }
        }
    }
    input::page(call, "Grants", entries, 50)
}

fn no_such_grant(id: &str) -> Fault {
    input::not_found(format!("Grant '{id}' does not exist"))
}

/// The ARN that a request about a grant is authorised on: the key, which a token may stand for.
pub fn resource(world: &World, call: &Call) -> String {
    match (call.text("KeyId"), call.text("GrantToken")) {
        (None, Some(token)) => {
            by_token(world, call, token).map_or_else(|| "*".to_owned(), |(place, _)| place.arn())
        }
        _ => super::keys::resource(world, call),
    }
}

fn by_token(world: &World, call: &Call, token: &str) -> Option<(Place, String)> {
    world.accounts.keys().find_map(|account| {
        let kms = &world.regional_ref(account, &call.region)?.kms;
        let (key, grant) = kms.keys.values().find_map(|key| {
            let grant = key.grants.iter().find(|grant| grant.token == token)?;
            Some((key, grant))
        })?;
        let place = Place {
            account: account.clone(),
            region: call.region.clone(),
            id: key.id.clone(),
        };
        Some((place, grant.id.clone()))
    })
}

/// `RetireGrant`: the one whom the grant names may, and whoever the grant lets retire it. Decided here,
/// because other grants on the same key have no say.
pub fn retire(world: &mut World, call: &Call) -> Answer {
    let (place, id) = match (
        call.text("GrantToken"),
        call.text("KeyId"),
        call.text("GrantId"),
    ) {
        (Some(token), None, None) => by_token(world, call, token).ok_or_else(|| {
            Fault::new(
                "InvalidGrantTokenException",
                "The grant token is not valid.",
            )
        })?,
        (None, Some(key), Some(id)) if key.starts_with("arn:") => {
            (place(world, call, key)?, id.to_owned())
        }
        _ => {
            return Err(Fault::new(
                "ValidationException",
                "RetireGrant takes a grant token, or the ARN of a key with the id of a grant.",
            ));
        }
    };
    if !at(world, &place)?.grants.iter().any(|grant| grant.id == id) {
        return Err(no_such_grant(&id));
    }
    may_retire(world, call, &place, &id)?;
    remove(world, call, &place, &id)
}

fn may_retire(world: &World, call: &Call, place: &Place, id: &str) -> Result<(), Fault> {
    let session = identity::current_session(world);
    let request = authorize::of_call(world, session, call, "kms:RetireGrant", &place.arn())
        .with("kms:CallerAccount", call.caller.account.clone());
    let mut policies = authorize::gather(world, session, &request);
    policies
        .grants
        .retain(|grant| grant.grant_id.as_deref() == Some(id));
    let decision = policy::decide(&policies, &request);
    let issued_here = at(world, place)?
        .grants
        .iter()
        .any(|grant| grant.id == id && grant.issuer == call.caller.account);
    // The account in which a grant was made may retire it, and leaves that to its own policies.
    let fine = |part| matches!(part, Part::Allowed | Part::NotApplicable);
    let parts = decision.parts;
    let by_account = issued_here
        && decision.answer != Decided::ExplicitlyDenied
        && parts.identity == Part::Allowed
        && [parts.boundary, parts.session, parts.scp]
            .into_iter()
            .all(fine);
    if world.permissive || by_account || decision.answer == Decided::Allowed {
        return Ok(());
    }
    let message = authorize::refusal(&decision, &request);
    Err(Fault::new("AccessDeniedException", message))
}

/// `RevokeGrant`.
pub fn revoke(world: &mut World, call: &Call) -> Answer {
    let place = place(world, call, required(call, "KeyId")?)?;
    let id = required(call, "GrantId")?.to_owned();
    remove(world, call, &place, &id)
}

fn remove(world: &mut World, call: &Call, place: &Place, id: &str) -> Answer {
    if at(world, place)?.deletion.is_some() {
        return Err(pending(place));
    }
    if !at(world, place)?.grants.iter().any(|grant| grant.id == id) {
        return Err(no_such_grant(id));
    }
    dry(call)?;
    at_mut(world, place)?.grants.retain(|grant| grant.id != id);
    Ok(Value::Null)
}

/// The grants of the key of this ARN, for the decision of a request on it.
pub fn of_key(world: &World, arn: &str) -> Vec<Grant> {
    let mut parts = arn.splitn(6, ':').skip(3);
    let found = (|| {
        let (region, account) = (parts.next()?, parts.next()?);
        let id = parts.next()?.strip_prefix("key/")?;
        world.regional_ref(account, region)?.kms.keys.get(id)
    })();
    let grants = found.map(|key| key.grants.as_slice()).unwrap_or_default();
    grants
        .iter()
        .map(|grant| Grant {
            grantee_principal: shown(world, &grant.grantee),
            operations: grant.operations.clone(),
            constraints: (grant.subset.is_some() || grant.equals.is_some()).then(|| {
                GrantConstraints {
                    encryption_context_subset: grant.subset.clone(),
                    encryption_context_equals: grant.equals.clone(),
                }
            }),
            key_id: None,
            grant_id: Some(grant.id.clone()),
            name: None,
            retiring_principal: grant.retiring.as_ref().map(|it| shown(world, it)),
            issuing_account: None,
            creation_date: None,
        })
        .collect()
}
