//! Listeners.

use serde_json::{Value, json};

use super::state::{Elbv2State, Listener, LoadBalancer};
use super::tags::read_tags;
use super::{
    actions, bad_marker, no_listener, no_load_balancer, required, state, state_mut, validation,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{page, page_size, put, text, texts};
use crate::sandbox::world::World;

/// The policy of TLS listeners made through the API without one. Source: Application Load Balancers
/// guide, "Security policies".
const DEFAULT_POLICY: &str = "ELBSecurityPolicy-2016-08";

fn check_protocol(load_balancer: &LoadBalancer, protocol: &str) -> Result<(), Fault> {
    let allowed: &[&str] = match load_balancer.kind.as_str() {
        "network" => &["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"],
        _ => &["HTTP", "HTTPS"],
    };
    if allowed.contains(&protocol) {
        Ok(())
    } else {
        Err(validation(format!(
            "Listener protocol '{protocol}' must be one of '{}'",
            allowed.join(", ")
        )))
    }
}

fn check_port(port: Option<i64>) -> Result<i64, Fault> {
    match port {
        Some(port) if (1..=65_535).contains(&port) => Ok(port),
        Some(port) => Err(validation(format!(
            "Listener port '{port}' must be between 1 and 65535"
        ))),
        None => Err(validation("A listener port must be specified")),
    }
}

fn certificates(call: &Call) -> Vec<String> {
    call.list("Certificates")
        .iter()
        .filter_map(|certificate| text(certificate, "CertificateArn"))
        .map(str::to_owned)
        .collect()
}

fn check_secure(protocol: &str, certificates: &[String]) -> Result<(), Fault> {
    let secure = matches!(protocol, "HTTPS" | "TLS");
    if secure && certificates.is_empty() {
        return Err(validation(format!(
            "A certificate must be specified for {protocol} listeners"
        )));
    }
    if !secure && !certificates.is_empty() {
        return Err(validation(format!(
            "Certificates cannot be specified for {protocol} listeners"
        )));
    }
    if certificates.len() > 1 {
        return Err(Fault::new(
            "TooManyCertificates",
            "You can specify exactly one default certificate",
        ));
    }
    match certificates.iter().find(|arn| !arn.starts_with("arn:")) {
        Some(wrong) => Err(Fault::new(
            "CertificateNotFound",
            format!("Certificate ARN '{wrong}' is not valid"),
        )),
        None => Ok(()),
    }
}

fn port_taken(
    state: &Elbv2State,
    load_balancer: &str,
    port: i64,
    but: Option<&str>,
) -> Result<(), Fault> {
    let taken = state.listeners.values().any(|listener| {
        listener.load_balancer == load_balancer
            && listener.port == port
            && Some(listener.arn.as_str()) != but
    });
    if taken {
        return Err(Fault::new(
            "DuplicateListener",
            format!(
                "A listener already exists on this port for this load balancer '{load_balancer}'"
            ),
        ));
    }
    Ok(())
}

/// `CreateListener`: a second call with the same settings answers what is there.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let lb_arn = required(call, "LoadBalancerArn")?.to_owned();
    let elb = state(world, call).ok_or_else(no_load_balancer)?;
    let load_balancer = elb
        .load_balancers
        .get(&lb_arn)
        .ok_or_else(no_load_balancer)?;
    let gateway = load_balancer.kind == "gateway";
    let (port, protocol) = if gateway {
        (6081, "GENEVE".to_owned())
    } else {
        let protocol = call
            .text("Protocol")
            .ok_or_else(|| validation("A listener protocol must be specified"))?;
        check_protocol(load_balancer, protocol)?;
        (check_port(call.number("Port"))?, protocol.to_owned())
    };
    let certificates = certificates(call);
    check_secure(&protocol, &certificates)?;
    let actions = actions::read(elb, load_balancer, &protocol, call.list("DefaultActions"))?;
    let ssl_policy = matches!(protocol.as_str(), "HTTPS" | "TLS")
        .then(|| call.text("SslPolicy").unwrap_or(DEFAULT_POLICY).to_owned());
    let alpn = texts(call.list("AlpnPolicy"));
    let tags = read_tags(call.list("Tags"))?;
    let same = elb.listeners.values().find(|listener| {
        listener.load_balancer == lb_arn
            && listener.port == port
            && listener.protocol == protocol
            && listener.actions == actions
            && listener.certificates == certificates
            && listener.ssl_policy == ssl_policy
    });
    if let Some(same) = same {
        return Ok(json!({"Listeners": [same.describe()]}));
    }
    port_taken(elb, &lb_arn, port, None)?;
    let id = world.ids.hex(16);
    let default_rule = world.ids.hex(16);
    let base = lb_arn.replacen(":loadbalancer/", ":listener/", 1);
    let arn = format!("{base}/{id}");
    let listener = Listener {
        default_rule: format!(
            "{}/{default_rule}",
            arn.replacen(":listener/", ":listener-rule/", 1)
        ),
        arn,
        load_balancer: lb_arn,
        port,
        protocol,
        certificates,
        ssl_policy,
        alpn,
        actions,
        ..Listener::default()
    };
    let answer = json!({"Listeners": [listener.describe()]});
    let state = state_mut(world, call);
    state.tags.insert(listener.arn.clone(), tags);
    state.listeners.insert(listener.arn.clone(), listener);
    Ok(answer)
}

/// `DescribeListeners`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let arns = texts(call.list("ListenerArns"));
    let load_balancer = call.text("LoadBalancerArn");
    if arns.is_empty() && load_balancer.is_none() {
        return Err(validation(
            "You must specify either listener ARNs or a load balancer ARN",
        ));
    }
    let elb = state(world, call);
    if let Some(arn) = load_balancer
        && !elb.is_some_and(|elb| elb.load_balancers.contains_key(arn))
    {
        return Err(no_load_balancer());
    }
    if let Some(wrong) = arns.iter().find(|arn| !arn.contains(":listener/")) {
        return Err(validation(format!("'{wrong}' is not a valid listener ARN")));
    }
    if arns
        .iter()
        .any(|arn| !elb.is_some_and(|elb| elb.listeners.contains_key(arn)))
    {
        return Err(no_listener());
    }
    let mut found: Vec<&Listener> = elb
        .map(|elb| elb.listeners.values().collect())
        .unwrap_or_default();
    found.retain(|listener| {
        (arns.is_empty() || arns.contains(&listener.arn))
            && load_balancer.is_none_or(|arn| listener.load_balancer == arn)
    });
    found.sort_by_key(|listener| listener.port);
    let rows: Vec<Value> = found.into_iter().map(Listener::describe).collect();
    let most = page_size(call, "PageSize", 400);
    let (rows, next) = page(rows, call.text("Marker"), most).ok_or_else(bad_marker)?;
    let mut answer = json!({"Listeners": rows});
    put(&mut answer, "NextMarker", next.map(Value::String));
    Ok(answer)
}

/// `ModifyListener`: what is not given stays.
pub fn modify(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "ListenerArn")?;
    let elb = state(world, call).ok_or_else(no_listener)?;
    let mut listener = elb.listeners.get(arn).ok_or_else(no_listener)?.clone();
    let load_balancer = elb
        .load_balancers
        .get(&listener.load_balancer)
        .ok_or_else(no_load_balancer)?;
    if let Some(protocol) = call.text("Protocol") {
        check_protocol(load_balancer, protocol)?;
        listener.protocol = protocol.to_owned();
    }
    if call.number("Port").is_some() {
        listener.port = check_port(call.number("Port"))?;
        port_taken(elb, &listener.load_balancer, listener.port, Some(arn))?;
    }
    let given = certificates(call);
    let secure = matches!(listener.protocol.as_str(), "HTTPS" | "TLS");
    if !given.is_empty() {
        listener.certificates = given;
    } else if !secure {
        listener.certificates.clear();
    }
    check_secure(&listener.protocol, &listener.certificates)?;
    listener.ssl_policy = secure.then(|| {
        call.text("SslPolicy")
            .map(str::to_owned)
            .or_else(|| listener.ssl_policy.clone())
            .unwrap_or_else(|| DEFAULT_POLICY.to_owned())
    });
    if !call.list("AlpnPolicy").is_empty() {
        listener.alpn = texts(call.list("AlpnPolicy"));
    }
    let wanted = call.list("DefaultActions");
    if !wanted.is_empty() {
        listener.actions = actions::read(elb, load_balancer, &listener.protocol, wanted)?;
    }
    let answer = json!({"Listeners": [listener.describe()]});
    state_mut(world, call)
        .listeners
        .insert(arn.to_owned(), listener);
    Ok(answer)
}

/// `DeleteListener`, with its rules.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "ListenerArn")?;
    if !state(world, call).is_some_and(|state| state.listeners.contains_key(arn)) {
        return Err(no_listener());
    }
    remove(state_mut(world, call), arn);
    Ok(json!({}))
}

/// Takes a listener and its rules out.
pub fn remove(state: &mut Elbv2State, arn: &str) {
    let rules: Vec<String> = state
        .rules
        .values()
        .filter(|rule| rule.listener == arn)
        .map(|rule| rule.arn.clone())
        .collect();
    for rule in rules {
        state.rules.remove(&rule);
        state.tags.remove(&rule);
    }
    if let Some(listener) = state.listeners.remove(arn) {
        state.tags.remove(&listener.default_rule);
    }
    state.tags.remove(arn);
}
