//! OpenID Connect providers.

use serde_json::{Value, json};

use super::input::{self, no_such};
use super::roles::iam;
use super::state::OidcProvider;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// The ARN that a request on a provider is authorised on.
pub fn resource(_: &World, call: &Call) -> String {
    match call.text("OpenIDConnectProviderArn") {
        Some(arn) => arn.to_owned(),
        None => arn_of(call, call.text("Url").unwrap_or_default()),
    }
}

fn arn_of(call: &Call, url: &str) -> String {
    let bare = url.strip_prefix("https://").unwrap_or(url);
    format!("arn:aws:iam::{}:oidc-provider/{bare}", call.caller.account)
}

fn texts(call: &Call, name: &str) -> Vec<String> {
    call.list(name)
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn invalid(message: &str) -> Fault {
    Fault::new("InvalidInput", message)
}

fn thumbprints(call: &Call) -> Result<Vec<String>, Fault> {
    let list = texts(call, "ThumbprintList");
    if list.len() > 5 {
        return Err(invalid(
            "Thumbprint list must contain fewer than 5 entries.",
        ));
    }
    let fine = |t: &String| t.len() == 40 && t.bytes().all(|b| b.is_ascii_hexdigit());
    if !list.iter().all(fine) {
        return Err(input::invalid(
            "ThumbprintList",
            Some(&list.join(", ")),
            "Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]",
        ));
    }
    Ok(list)
}

/// `CreateOpenIDConnectProvider`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let url = input::required(call, "Url")?;
    let bare = url
        .strip_prefix("https://")
        .filter(|rest| !rest.is_empty() && !rest.contains([' ', '?', '#']))
        .ok_or_else(|| Fault::new("ValidationError", "Invalid Open ID Connect Provider URL"))?
        .trim_end_matches('/');
    let provider = OidcProvider {
        url: bare.to_owned(),
        clients: texts(call, "ClientIDList"),
        thumbprints: thumbprints(call)?,
        tags: input::tags(call)?,
        created: call.now,
    };
    let arn = arn_of(call, bare);
    let tags = input::tags_json(&provider.tags);
    let own = iam(world, call);
    if own.oidc.contains_key(&arn) {
        let message = format!("Provider with url https://{bare} already exists.");
        return Err(Fault::new("EntityAlreadyExists", message).status(409));
    }
    own.oidc.insert(arn.clone(), provider);
    Ok(json!({ "OpenIDConnectProviderArn": arn, "Tags": tags }))
}

fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut OidcProvider, Fault> {
    let arn = input::required(call, "OpenIDConnectProviderArn")?;
    iam(world, call)
        .oidc
        .get_mut(arn)
        .ok_or_else(|| no_such(format!("OpenIDConnect Provider not found for arn {arn}")))
}

/// `GetOpenIDConnectProvider`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    let provider = find(world, call)?;
    Ok(json!({
        "Url": provider.url,
        "ClientIDList": provider.clients,
        "ThumbprintList": provider.thumbprints,
        "CreateDate": time::iso(provider.created),
        "Tags": input::tags_json(&provider.tags),
    }))
}

/// `ListOpenIDConnectProviders`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let list: Vec<Value> = iam(world, call)
        .oidc
        .keys()
        .map(|arn| json!({ "Arn": arn }))
        .collect();
    Ok(json!({ "OpenIDConnectProviderList": list }))
}

/// `DeleteOpenIDConnectProvider`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    find(world, call)?;
    let arn = input::required(call, "OpenIDConnectProviderArn")?;
    iam(world, call).oidc.remove(arn);
    Ok(Value::Null)
}

/// `AddClientIDToOpenIDConnectProvider`.
pub fn add_client(world: &mut World, call: &Call) -> Answer {
    let client = input::required(call, "ClientID")?.to_owned();
    let provider = find(world, call)?;
    if !provider.clients.contains(&client) {
        provider.clients.push(client);
    }
    Ok(Value::Null)
}

/// `RemoveClientIDFromOpenIDConnectProvider`.
pub fn remove_client(world: &mut World, call: &Call) -> Answer {
    let client = input::required(call, "ClientID")?.to_owned();
    find(world, call)?.clients.retain(|c| *c != client);
    Ok(Value::Null)
}

/// `UpdateOpenIDConnectProviderThumbprint`.
pub fn update_thumbprints(world: &mut World, call: &Call) -> Answer {
    let list = thumbprints(call)?;
    find(world, call)?.thumbprints = list;
    Ok(Value::Null)
}

/// `TagOpenIDConnectProvider`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    let new = input::tags(call)?;
    let provider = find(world, call)?;
    provider.tags = input::add_tags(&provider.tags, new)?;
    Ok(Value::Null)
}

/// `UntagOpenIDConnectProvider`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    let keys = input::tag_keys(call);
    find(world, call)?
        .tags
        .retain(|(key, _)| !keys.iter().any(|k| k.eq_ignore_ascii_case(key)));
    Ok(Value::Null)
}

/// `ListOpenIDConnectProviderTags`.
pub fn list_tags(world: &mut World, call: &Call) -> Answer {
    let tags = find(world, call)?.tags.clone();
    let items = tags
        .iter()
        .map(|(key, value)| (key.clone(), json!({ "Key": key, "Value": value })))
        .collect();
    input::page(call, "Tags", items)
}
