//! AWS STS: who somebody is, and taking on roles. Whether a role may be assumed is decided by its trust
//! policy and the caller's own policies.
//!
//! Source: the API model of `sts`; IAM User Guide, "Methods to assume a role" and "Role chaining".

use serde_json::{Value, json};

use super::iam::{aws_managed, managed};
use crate::policy::{self, Kind, Severity};
use crate::sandbox::authorize;
use crate::sandbox::identity::{self, Session};
use crate::sandbox::service::{Answer, Call, Fault, Operation, Protocol, Service};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// AWS STS. Assuming a role counts as reading: it leaves credentials behind, but changes nothing that
/// anybody set up.
pub static SERVICE: Service = Service {
    signing_name: "sts",
    protocol: Protocol::Query {
        xmlns: "https://sts.amazonaws.com/doc/2011-06-15/",
    },
    operations: &[
        Operation::reads("GetCallerIdentity", "sts:GetCallerIdentity", nothing, who),
        Operation::reads("AssumeRole", "sts:AssumeRole", the_role, assume_role),
        Operation::reads(
            "GetSessionToken",
            "sts:GetSessionToken",
            nothing,
            session_token,
        ),
        Operation::reads(
            "GetAccessKeyInfo",
            "sts:GetAccessKeyInfo",
            nothing,
            key_info,
        ),
        Operation::reads(
            "DecodeAuthorizationMessage",
            "sts:DecodeAuthorizationMessage",
            nothing,
            decode,
        ),
        Operation::reads(
            "AssumeRoleWithWebIdentity",
            "sts:AssumeRoleWithWebIdentity",
            the_role,
            no_identity_provider,
        ),
        Operation::reads(
            "AssumeRoleWithSAML",
            "sts:AssumeRoleWithSAML",
            the_role,
            no_identity_provider,
        ),
    ],
};

fn nothing(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn the_role(_: &World, call: &Call) -> String {
    call.text("RoleArn").unwrap_or("*").to_owned()
}

fn no_identity_provider(_: &mut World, _: &Call) -> Answer {
    Err(Fault::new(
        "InvalidIdentityToken",
        "The identity token cannot be validated: no identity provider can be reached from here.",
    ))
}

fn who(_: &mut World, call: &Call) -> Answer {
    Ok(json!({
        "UserId": call.caller.user_id,
        "Account": call.caller.account,
        "Arn": call.caller.arn,
    }))
}

/// `DecodeAuthorizationMessage`: services that deliver software refuse in plain words, so the sandbox
/// encodes no message, and none that comes can be one of its own.
fn decode(_: &mut World, call: &Call) -> Answer {
    let text = required(call, "EncodedMessage")?;
    if text.is_empty() || text.len() > 10_240 {
        return Err(invalid(
            "encodedMessage",
            Some(text),
            "Member must have length between 1 and 10240",
        ));
    }
    Err(Fault::new(
        "InvalidAuthorizationMessageException",
        "Message is not valid: it was not encoded by this account's services.",
    ))
}

fn key_info(world: &mut World, call: &Call) -> Answer {
    let id = required(call, "AccessKeyId")?;
    let account = identity::account_of_key(world, id)
        .ok_or_else(|| Fault::new("ValidationError", format!("Invalid access key id {id}")))?;
    Ok(json!({ "Account": account }))
}

fn invalid(name: &str, value: Option<&str>, constraint: &str) -> Fault {
    let value = value.map_or_else(|| "null".to_owned(), |v| format!("'{v}'"));
    Fault::new(
        "ValidationError",
        format!(
            "1 validation error detected: Value {value} at '{name}' failed to satisfy constraint: {constraint}"
        ),
    )
}

fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + letters.as_str()
    })
}

fn required<'a>(call: &'a Call, name: &str) -> Result<&'a str, Fault> {
    call.text(name)
        .ok_or_else(|| invalid(&camel(name), None, "Member must not be null"))
}

/// A text within lengths and of some characters, where it is given.
fn checked<'a>(
    call: &'a Call,
    name: &str,
    least: usize,
    most: usize,
    others: &str,
) -> Result<Option<&'a str>, Fault> {
    let Some(text) = call.text(name) else {
        return Ok(None);
    };
    let shown = camel(name);
    let length = text.chars().count();
    if length < least {
        let constraint = format!("Member must have length greater than or equal to {least}");
        return Err(invalid(&shown, Some(text), &constraint));
    }
    if length > most {
        let constraint = format!("Member must have length less than or equal to {most}");
        return Err(invalid(&shown, Some(text), &constraint));
    }
    if !text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
    {
        let constraint = format!(
            "Member must satisfy regular expression pattern: [\\w{}]*",
            others.replace('_', "")
        );
        return Err(invalid(&shown, Some(text), &constraint));
    }
    Ok(Some(text))
}

fn duration(call: &Call, most: i64) -> Result<Option<i64>, Fault> {
    let Some(given) = call.input.get("DurationSeconds") else {
        return Ok(None);
    };
    let shown = given.as_str().unwrap_or_default();
    let seconds = call
        .number("DurationSeconds")
        .ok_or_else(|| Fault::new("MalformedInput", format!("'{shown}' is not a whole number")))?;
    if seconds < 900 {
        return Err(invalid(
            "durationSeconds",
            Some(shown),
            "Member must have value greater than or equal to 900",
        ));
    }
    if seconds > most {
        let constraint = format!("Member must have value less than or equal to {most}");
        return Err(invalid("durationSeconds", Some(shown), &constraint));
    }
    Ok(Some(seconds))
}

fn denied(message: impl Into<String>) -> Fault {
    Fault::new("AccessDenied", message).status(403)
}

/// Whether the request proves a second factor. The sandbox keeps no devices: six digits for a device of
/// the caller's own account are taken as its code.
fn second_factor(call: &Call) -> Result<bool, Fault> {
    let serial = checked(call, "SerialNumber", 9, 256, "_=/:,.@-")?;
    let code = checked(call, "TokenCode", 6, 6, "")?;
    match (serial, code) {
        (None, None) => Ok(false),
        (Some(serial), Some(code)) => {
            let own = format!("arn:aws:iam::{}:", call.caller.account);
            let hardware = !serial.starts_with("arn:");
            let digits = code.bytes().all(|b| b.is_ascii_digit());
            if digits && (hardware || serial.starts_with(&own)) {
                return Ok(true);
            }
            Err(denied(
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            ))
        }
        _ => Err(denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )),
    }
}

struct SessionTags {
    tags: Vec<(String, String)>,
    transitive: Vec<String>,
}

fn session_tags(call: &Call, before: Option<&Session>) -> Result<SessionTags, Fault> {
    let mut tags: Vec<(String, String)> = Vec::new();
    for tag in call.list("Tags") {
        let text = |field| tag.get(field).and_then(Value::as_str).unwrap_or_default();
        let (key, value) = (text("Key"), text("Value"));
        if key.is_empty() || key.chars().count() > 128 {
            return Err(invalid(
                "tags",
                Some(key),
                "Member must have length between 1 and 128",
            ));
        }
        if value.chars().count() > 256 {
            return Err(invalid(
                "tags",
                Some(value),
                "Member must have length less than or equal to 256",
            ));
        }
        if tags.iter().any(|(k, _)| k.eq_ignore_ascii_case(key)) {
            return Err(Fault::new(
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    if tags.len() > 50 {
        return Err(invalid(
            "tags",
            None,
            "Member must have length less than or equal to 50",
        ));
    }
    let mut transitive: Vec<String> = call
        .list("TransitiveTagKeys")
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    for key in &transitive {
        if !tags.iter().any(|(k, _)| k.eq_ignore_ascii_case(key)) {
            return Err(Fault::new(
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
    }
    for key in before.iter().flat_map(|s| &s.transitive) {
        if tags.iter().any(|(k, _)| k.eq_ignore_ascii_case(key)) {
            return Err(Fault::new(
                "InvalidParameterValue",
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            ));
        }
        let value = before
            .iter()
            .flat_map(|s| &s.tags)
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.clone())
            .unwrap_or_default();
        tags.push((key.clone(), value));
        transitive.push(key.clone());
    }
    Ok(SessionTags { tags, transitive })
}

struct Policies {
    inline: Vec<String>,
    arns: Vec<String>,
}

fn session_policies(world: &World, call: &Call, account: &str) -> Result<Policies, Fault> {
    let mut inline = Vec::new();
    if let Some(text) = call.text("Policy") {
        let malformed = |message: &str| Fault::new("MalformedPolicyDocument", message);
        let document: Value = serde_json::from_str(text)
            .map_err(|_| malformed("This policy contains invalid Json"))?;
        if policy::size(&document) > 2048 {
            return Err(invalid(
                "policy",
                None,
                "Member must have length less than or equal to 2048",
            ));
        }
        let problems = policy::check(&document, Kind::Session);
        if problems.iter().any(|p| p.severity == Severity::Error) {
            return Err(malformed("Syntax errors in policy."));
        }
        inline.push(text.to_owned());
    }
    let mut arns = Vec::new();
    for item in call.list("PolicyArns") {
        let arn = item.get("arn").and_then(Value::as_str).unwrap_or_default();
        if !aws_managed::exists(arn) && managed::document(world, account, arn).is_none() {
            return Err(Fault::new(
                "MalformedPolicyDocument",
                format!("Policy {arn} does not exist or is not attachable."),
            ));
        }
        arns.push(arn.to_owned());
    }
    if arns.len() > 10 {
        return Err(invalid(
            "policyArns",
            None,
            "Member must have length less than or equal to 10",
        ));
    }
    Ok(Policies { inline, arns })
}

fn assume_role(world: &mut World, call: &Call) -> Answer {
    let role_arn = checked(call, "RoleArn", 20, 2048, "_+=,.@-:/")?
        .ok_or_else(|| invalid("roleArn", None, "Member must not be null"))?
        .to_owned();
    let name = checked(call, "RoleSessionName", 2, 64, "_+=,.@-")?
        .ok_or_else(|| invalid("roleSessionName", None, "Member must not be null"))?
        .to_owned();
    let external = checked(call, "ExternalId", 2, 1224, "_+=,.@:/-")?;
    let wanted = duration(call, 43_200)?;
    let mfa = second_factor(call)?;
    if !role_arn.starts_with("arn:aws:iam::") || !role_arn.contains(":role/") {
        return Err(Fault::new(
            "ValidationError",
            format!("{role_arn} is invalid"),
        ));
    }
    let before = identity::current_session(world).cloned();
    let before = before.as_ref();
    let is_session = call.caller.arn.contains(":assumed-role/");
    let tags = session_tags(call, before.filter(|_| is_session))?;
    let source = checked(call, "SourceIdentity", 2, 64, "_+=,.@-")?.map(str::to_owned);
    let kept = before.and_then(|s| s.source_identity.clone());

    let mut request = authorize::of_call(world, before, call, "sts:AssumeRole", &role_arn);
    request.add("sts:RoleSessionName", name.clone());
    if let Some(id) = external {
        request.add("sts:ExternalId", id);
    }
    if mfa {
        request.set("aws:MultiFactorAuthPresent", vec!["true".to_owned()]);
        request.set("aws:MultiFactorAuthAge", vec!["0".to_owned()]);
    }
    for (key, value) in &tags.tags {
        request.add(&format!("aws:RequestTag/{key}"), value.clone());
        request.add("aws:TagKeys", key.clone());
    }
    for key in &tags.transitive {
        request.add("sts:TransitiveTagKeys", key.clone());
    }
    if let Some(source) = &source {
        request.add("sts:SourceIdentity", source.clone());
    }
    let mut actions = vec!["sts:AssumeRole"];
    if !tags.tags.is_empty() {
        actions.push("sts:TagSession");
    }
    if source.is_some() || kept.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    for action in actions {
        request = request.to(action);
        authorize::check(world, before, &request).map_err(|refused| denied(refused.message))?;
    }
    if let (Some(kept), Some(source)) = (&kept, &source)
        && kept != source
    {
        return Err(denied(
            "SourceIdentity cannot be changed along a chain of roles.",
        ));
    }

    let Some((account, role)) = authorize::role(world, &role_arn) else {
        return Err(denied("The role was deleted."));
    };
    if wanted.is_some_and(|seconds| seconds > role.max_session) {
        return Err(Fault::new(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    if is_session && wanted.is_some_and(|seconds| seconds > 3600) {
        return Err(Fault::new(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    let policies = session_policies(world, call, account)?;
    let packed: usize = policies.inline.iter().map(String::len).sum::<usize>()
        + policies.arns.iter().map(String::len).sum::<usize>()
        + tags
            .tags
            .iter()
            .map(|(k, v)| k.len() + v.len())
            .sum::<usize>();
    let (account, role_name, role_id) = (account.to_owned(), role.name.clone(), role.id.clone());
    let arn = format!("arn:aws:sts::{account}:assumed-role/{role_name}/{name}");
    let session = Session {
        expires: call.now + wanted.unwrap_or(3600) * 1000,
        account,
        arn: arn.clone(),
        user_id: format!("{role_id}:{name}"),
        principal_arn: role_arn,
        role_id: role_id.clone(),
        policies: policies.inline,
        policy_arns: policies.arns,
        tags: tags.tags,
        transitive: tags.transitive,
        source_identity: source.or(kept),
        mfa,
        issued: call.now,
        ..Session::default()
    };
    let source_identity = session.source_identity.clone();
    let credentials = hand_out(world, session, call.now);
    let mut answer = json!({
        "Credentials": credentials,
        "AssumedRoleUser": { "AssumedRoleId": format!("{role_id}:{name}"), "Arn": arn },
    });
    if let Some(object) = answer.as_object_mut() {
        if packed > 0 {
            // AWS packs by a rule of its own; this is the share of the plain text.
            object.insert(
                "PackedPolicySize".to_owned(),
                json!((packed * 100 / 4096).clamp(1, 100)),
            );
        }
        if let Some(source) = source_identity {
            object.insert("SourceIdentity".to_owned(), json!(source));
        }
    }
    Ok(answer)
}

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Keeps a session under fresh credentials, and forgets those that ended.
fn hand_out(world: &mut World, mut session: Session, now: i64) -> Value {
    // An hour longer, so that a client with an old session is told that it ended rather than that
    // nobody knows it.
    world.sessions.retain(|_, s| s.expires + 3_600_000 > now);
    if let Some(most) = world.session_seconds {
        session.expires = session.expires.min(now + i64::from(most) * 1000);
    }
    let id = world.ids.unique_id("ASIA", 20);
    session.secret = world.ids.letters(BASE64, 40);
    session.token = format!("IQoJb3JpZ2luX2Vj{}", world.ids.letters(BASE64, 280));
    let answer = json!({
        "AccessKeyId": id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": time::iso(session.expires),
    });
    world.sessions.insert(id, session);
    world.touched = true;
    answer
}

fn session_token(world: &mut World, call: &Call) -> Answer {
    let wanted = duration(call, 129_600)?.unwrap_or(43_200);
    let mfa = second_factor(call)?;
    if identity::current_session(world).is_some() {
        return Err(denied(
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let session = Session {
        expires: call.now + wanted * 1000,
        account: call.caller.account.clone(),
        arn: call.caller.arn.clone(),
        user_id: call.caller.user_id.clone(),
        principal_arn: call.caller.principal_arn.clone(),
        mfa,
        issued: call.now,
        ..Session::default()
    };
    Ok(json!({ "Credentials": hand_out(world, session, call.now) }))
}
