//! User names and passwords of a user for one service: what IAM calls service-specific credentials, and
//! CodeCommit Git credentials.

use serde_json::{Value, json};

use super::documents;
use super::input::{self, invalid, no_such};
use super::state::{ServiceCredential, User};
use super::users;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// The service that the sandbox has of those which take them.
const CODECOMMIT: &str = "codecommit.amazonaws.com";
/// A user's most for one service. Source: IAM User Guide, "IAM and AWS STS quotas".
const MOST: usize = 2;

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn password(world: &mut World) -> String {
    format!("{}=", world.ids.letters(LETTERS, 43))
}

fn service(call: &Call) -> Result<&str, Fault> {
    let name = input::required(call, "ServiceName")?;
    supported(name)?;
    Ok(name)
}

fn supported(name: &str) -> Result<(), Fault> {
    if name == CODECOMMIT {
        return Ok(());
    }
    Err(Fault::new(
        "NotSupportedService",
        format!("The service {name} does not support service-specific credentials."),
    )
    .status(404))
}

fn shown(user: &User, credential: &ServiceCredential, with_password: bool) -> Value {
    let mut value = json!({
        "CreateDate": time::iso(credential.created),
        "ServiceName": credential.service,
        "ServiceUserName": credential.user_name,
        "ServiceSpecificCredentialId": credential.id,
        "UserName": user.name,
        "Status": if credential.active { "Active" } else { "Inactive" },
    });
    if let (true, Some(object)) = (with_password, value.as_object_mut()) {
        object.insert("ServicePassword".to_owned(), json!(credential.password));
    }
    value
}

fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut ServiceCredential, Fault> {
    let id = input::required(call, "ServiceSpecificCredentialId")?;
    users::find_mut(world, call)?
        .service_credentials
        .iter_mut()
        .find(|known| known.id == id)
        .ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Fault {
    no_such(format!(
        "The service specific credential with id {id} cannot be found."
    ))
}

/// `CreateServiceSpecificCredential`: the only answer but that of a reset with the password in it.
pub fn create(world: &mut World, call: &Call) -> Answer {
    input::required(call, "UserName")?;
    let service = service(call)?.to_owned();
    let user = users::find(world, call)?;
    let known = &user.service_credentials;
    if known.iter().filter(|it| it.service == service).count() >= MOST {
        return Err(documents::limit(format!(
            "Cannot exceed quota for ServiceSpecificCredentialsPerUser: {MOST}"
        )));
    }
    let account = &call.caller.account;
    let user_name = [String::new(), "+1".to_owned()]
        .into_iter()
        .map(|more| format!("{}{more}-at-{account}", user.name))
        .find(|name| !known.iter().any(|it| it.user_name == *name))
        .unwrap_or_default();
    let credential = ServiceCredential {
        id: world.ids.unique_id("ACCA", 21),
        service,
        user_name,
        password: password(world),
        active: true,
        created: call.now,
    };
    let user = users::find_mut(world, call)?;
    let value = shown(user, &credential, true);
    user.service_credentials.push(credential);
    Ok(json!({ "ServiceSpecificCredential": value }))
}

/// `ListServiceSpecificCredentials`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let wanted = call.text("ServiceName");
    if let Some(name) = wanted {
        supported(name)?;
    }
    let user = users::find(world, call)?;
    let listed: Vec<Value> = user
        .service_credentials
        .iter()
        .filter(|it| wanted.is_none_or(|name| it.service == name))
        .map(|it| shown(user, it, false))
        .collect();
    Ok(json!({ "ServiceSpecificCredentials": listed, "IsTruncated": false }))
}

/// `UpdateServiceSpecificCredential`.
pub fn update(world: &mut World, call: &Call) -> Answer {
    let active = match input::required(call, "Status")? {
        "Active" => true,
        "Inactive" => false,
        other => {
            return Err(invalid(
                "Status",
                Some(other),
                "Member must satisfy enum value set: [Active, Inactive, Expired]",
            ));
        }
    };
    find(world, call)?.active = active;
    Ok(Value::Null)
}

/// `ResetServiceSpecificCredential`: a new password; the old one ends at once.
pub fn reset(world: &mut World, call: &Call) -> Answer {
    let id = find(world, call)?.id.clone();
    let fresh = password(world);
    find(world, call)?.password = fresh;
    let user = users::find(world, call)?;
    let value = user
        .service_credentials
        .iter()
        .find(|known| known.id == id)
        .map(|it| shown(user, it, true))
        .ok_or_else(|| missing(&id))?;
    Ok(json!({ "ServiceSpecificCredential": value }))
}

/// `DeleteServiceSpecificCredential`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let id = find(world, call)?.id.clone();
    users::find_mut(world, call)?
        .service_credentials
        .retain(|known| known.id != id);
    Ok(Value::Null)
}

#[cfg(test)]
mod tests {
    use crate::sandbox::trial::{OWN, Trial};
    use serde_json::json;

    #[test]
    fn the_password_is_shown_once() {
        let mut trial = Trial::of(&super::super::SERVICE);
        trial.ok("CreateUser", json!({"UserName": "jane"}));
        let asked = json!({"UserName": "jane", "ServiceName": "codecommit.amazonaws.com"});
        let first = trial.ok("CreateServiceSpecificCredential", asked.clone());
        let first = &first["ServiceSpecificCredential"];
        assert_eq!(first["ServiceUserName"], format!("jane-at-{OWN}"));
        let second = trial.ok("CreateServiceSpecificCredential", asked.clone());
        assert_eq!(
            second["ServiceSpecificCredential"]["ServiceUserName"],
            format!("jane+1-at-{OWN}")
        );
        assert_eq!(
            trial.code("CreateServiceSpecificCredential", asked.clone()),
            "LimitExceeded"
        );
        let listed = trial.ok("ListServiceSpecificCredentials", asked);
        let listed = &listed["ServiceSpecificCredentials"];
        assert_eq!(listed.as_array().unwrap().len(), 2);
        assert!(listed[0].get("ServicePassword").is_none());
        let one = json!({
            "UserName": "jane", "Status": "Inactive",
            "ServiceSpecificCredentialId": first["ServiceSpecificCredentialId"],
        });
        trial.ok("UpdateServiceSpecificCredential", one.clone());
        let reset = trial.ok("ResetServiceSpecificCredential", one.clone());
        let reset = &reset["ServiceSpecificCredential"];
        assert_eq!(reset["Status"], "Inactive");
        assert_ne!(reset["ServicePassword"], first["ServicePassword"]);
        assert_eq!(
            trial.code("DeleteUser", json!({"UserName": "jane"})),
            "DeleteConflict"
        );
        trial.ok("DeleteServiceSpecificCredential", one.clone());
        assert_eq!(
            trial.code("DeleteServiceSpecificCredential", one),
            "NoSuchEntity"
        );
        let other = json!({"UserName": "jane", "ServiceName": "s3.amazonaws.com"});
        assert_eq!(
            trial.code("CreateServiceSpecificCredential", other),
            "NotSupportedService"
        );
    }
}
