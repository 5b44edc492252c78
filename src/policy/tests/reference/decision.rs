//! The decision, as a table.

use serde_json::Value;

use super::statement::{BY, By, Fact, facts};
use super::text::carried;
use super::{all, any, not};
use crate::policy::tests::case::{Ask, Case};
use crate::policy::{Answer, Grant, Part, Principal, Scope};

/// What the reference answers.
#[derive(Debug, PartialEq, Eq)]
pub struct Reference {
    pub answer: Answer,
    /// By layer: identity, resource, boundary, session, SCP, RCP, endpoint.
    pub parts: [Part; 7],
}

/// How what cannot be said of Allows and of Denies comes out.
#[derive(Debug, Clone, Copy)]
struct World {
    allows: bool,
    denies: bool,
}

const WORLDS: [World; 4] = [
    World {
        allows: false,
        denies: false,
    },
    World {
        allows: false,
        denies: true,
    },
    World {
        allows: true,
        denies: false,
    },
    World {
        allows: true,
        denies: true,
    },
];

/// Same account, by how the resource's policy names the one who asks: whether the identity's policies have
/// to allow it too, and whether a boundary and a session policy cut it.
const SAME_ACCOUNT: [(By, bool, bool, bool); 3] = [
    (By::Account, true, true, true),
    (By::Role, false, true, true),
    (By::Itself, false, false, false),
];

/// What does not work on another account's resource.
const AT_HOME: [&str; 3] = ["kms:PutKeyPolicy", "s3:GetBucketPolicy", "sqs:TagQueue"];

/// What a layer says in one world.
#[derive(Debug, Clone, Copy)]
struct Said {
    given: bool,
    allows: bool,
    denies: bool,
}

impl Said {
    const NOT_THERE: Self = Self {
        given: false,
        allows: true,
        denies: false,
    };
}

/// What one yes-or-no decision was.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Outcome {
    Allowed,
    Explicit,
    Implicit,
}

pub fn reference(case: &Case) -> Reference {
    let worlds: Vec<(Outcome, [Said; 7])> = WORLDS.map(|world| decide(case, world)).to_vec();
    let outcomes: Vec<Outcome> = worlds.iter().map(|(outcome, _)| *outcome).collect();
    let answer = match together(&outcomes) {
        Part::Allowed => Answer::Allowed,
        Part::ExplicitlyDenied => Answer::ExplicitlyDenied,
        Part::ImplicitlyDenied => Answer::ImplicitlyDenied,
        _ => Answer::Depends,
    };
    let parts = std::array::from_fn(|layer| {
        let said: Vec<Said> = worlds.iter().map(|(_, layers)| layers[layer]).collect();
        if said.iter().any(|said| !said.given) {
            return Part::NotApplicable;
        }
        let outcomes: Vec<Outcome> = said
            .iter()
            .map(|said| outcome(said.denies, said.allows))
            .collect();
        together(&outcomes)
    });
    Reference { answer, parts }
}

fn outcome(denied: bool, allowed: bool) -> Outcome {
    match (denied, allowed) {
        (true, _) => Outcome::Explicit,
        (false, true) => Outcome::Allowed,
        (false, false) => Outcome::Implicit,
    }
}

/// Denied in every world is denied, explicitly where it is so in every world.
fn together(outcomes: &[Outcome]) -> Part {
    if outcomes.iter().all(|one| *one == Outcome::Allowed) {
        Part::Allowed
    } else if outcomes.iter().all(|one| *one == Outcome::Explicit) {
        Part::ExplicitlyDenied
    } else if outcomes.contains(&Outcome::Allowed) {
        Part::Depends
    } else {
        Part::ImplicitlyDenied
    }
}

fn allowed_by(facts: &[Fact], by: By, world: World) -> bool {
    facts
        .iter()
        .any(|fact| !fact.is_deny && fact.by == by && fact.applies.unwrap_or(world.allows))
}

fn allowed(facts: &[Fact], world: World) -> bool {
    BY.iter().any(|by| allowed_by(facts, *by, world))
}

fn denied(facts: &[Fact], world: World) -> bool {
    facts
        .iter()
        .any(|fact| fact.is_deny && fact.applies.unwrap_or(world.denies))
}

fn decide(case: &Case, world: World) -> (Outcome, [Said; 7]) {
    let ask = &case.ask;
    let settings = case.settings;
    let bounded = !case.boundaries.is_empty();
    let aws = match &ask.principal {
        Principal::Aws(aws) => Some(aws),
        _ => None,
    };
    let root = aws.is_some_and(|aws| aws.arn.ends_with(":root"));
    let owner = match (ask.owner, ask.resource) {
        (Some(owner), _) => Some(owner),
        (None, None) => aws.map(|aws| aws.account.as_str()),
        (None, Some(arn)) => arn.split(':').nth(4).filter(|account| !account.is_empty()),
    };
    let partition = |arn: &str| arn.split(':').nth(1).map(str::to_owned);
    let other_partition = aws
        .zip(ask.resource)
        .is_some_and(|(aws, resource)| partition(&aws.arn) != partition(resource));
    let same = aws.is_some() && owner == aws.map(|aws| aws.account.as_str()) && !other_partition;
    let is_federated_user = aws.is_some_and(|aws| aws.arn.contains(":federated-user/"));
    let on = |text: &str| ask.resource.is_some_and(|resource| resource.contains(text));
    let is_iam = ask.action.starts_with("iam:");
    let is_key = on(":key/");
    let is_trust = ask.scope() == Scope::Trust;
    let of = |documents: &[Value], scope: Scope| -> Vec<Fact> {
        documents
            .iter()
            .flat_map(|document| facts(document, scope, bounded, ask))
            .collect()
    };

    // Each layer.
    let mut identity = Said::NOT_THERE;
    let (mut boundary, mut session, mut scp) = (Said::NOT_THERE, Said::NOT_THERE, Said::NOT_THERE);
    if aws.is_some() {
        let own = of(&case.identity, Scope::Identity);
        identity = Said {
            given: true,
            allows: root || allowed(&own, world),
            denies: denied(&own, world),
        };
        boundary = one_of(&case.boundaries, Scope::Identity, world, &BY, &of);
        if let Some(documents) = &case.session {
            let handed = of(documents, Scope::Limit);
            session = Said {
                given: true,
                allows: allowed(&handed, world),
                denies: denied(&handed, world),
            };
        } else if is_federated_user {
            session = Said {
                given: true,
                allows: false,
                denies: false,
            };
        }
        if !case.scps.is_empty() && !settings.management_account && !settings.service_linked_role {
            let levels: Vec<_> = case
                .scps
                .iter()
                .map(|level| of(level, Scope::Limit))
                .collect();
            scp = Said {
                given: true,
                allows: levels.iter().all(|level| allowed(level, world)),
                denies: levels.iter().any(|level| denied(level, world)),
            };
        }
    }
    let mut rcp = Said::NOT_THERE;
    let in_management =
        settings.resource_in_management_account || (settings.management_account && same);
    let reached = !is_iam && !["kms:RetireGrant"].contains(&ask.action);
    if !case.rcps.is_empty() && reached && !in_management && !settings.service_linked_role {
        rcp = Said {
            given: true,
            allows: true,
            denies: denied(&of(&case.rcps.concat(), Scope::Resource), world),
        };
    }
    // At the gateway endpoints that these services have, an account is its root user.
    let gateway = ask.action.starts_with("s3:") || ask.action.starts_with("dynamodb:");
    let counting = if gateway && !root && !world.allows {
        &[By::Role, By::Itself][..]
    } else {
        &BY
    };
    let endpoint = one_of(&case.endpoints, Scope::Resource, world, counting, &of);
    let on_resource = match &case.resource {
        Some(document) if !is_iam => facts(document, ask.scope(), bounded, ask),
        _ => Vec::new(),
    };
    let by_grants = |direct: bool| {
        any(case
            .grants
            .iter()
            .filter(|grant| is_key && names_directly(grant) == direct)
            .map(|grant| grants(grant, ask)))
    };
    let granted = any([by_grants(true), by_grants(false)]);
    let has_resource_part = (case.resource.is_some() && !is_iam) || granted != Some(false);
    let granted = granted.unwrap_or(world.allows);
    let mut resource = Said {
        given: has_resource_part,
        allows: allowed(&on_resource, world) || granted,
        denies: denied(&on_resource, world),
    };

    // Who allows.
    let own = identity.allows && boundary.allows && session.allows;
    let is_retiring = is_key && ask.action == "kms:RetireGrant";
    let mut allows = if is_retiring {
        // Policies say it in part only.
        match ask.principal {
            Principal::Aws(_) => granted || same && own && world.allows,
            Principal::Service(_) => granted,
            _ => false,
        }
    } else if aws.is_none() {
        resource.allows
    } else if same {
        let table = SAME_ACCOUNT
            .iter()
            .any(|(by, needs_identity, cut, session_cuts)| {
                // Whether a boundary cuts who is named by a trust policy is documented both ways.
                let both_ways = is_trust && *by == By::Itself && !world.allows;
                allowed_by(&on_resource, *by, world)
                    && (!needs_identity || identity.allows)
                    && (!(*cut || both_ways) || boundary.allows)
                    && (!session_cuts || session.allows)
            });
        // Whether a boundary or a session policy cuts a grant to the role is not documented.
        let limits = boundary.allows && session.allows;
        let shared = by_grants(false).unwrap_or(world.allows) && (limits || world.allows);
        let direct = by_grants(true).unwrap_or(world.allows);
        table || direct || shared || (own && !is_trust && !is_key)
    } else if is_iam || AT_HOME.contains(&ask.action) || other_partition {
        false
    } else {
        // Whether a grant needs the caller's own Allow as well is not documented.
        own && resource.allows || granted && world.allows
    };
    let stranger = match &ask.principal {
        Principal::Aws(_) => !same,
        Principal::Anonymous => true,
        _ => false,
    };
    let public = case.resource.as_ref().map_or(Some(false), is_public);
    let blocks = settings.block_public_access && ask.action.starts_with("s3:") && stranger;
    if blocks && public.unwrap_or(!world.allows) {
        allows = false;
    }
    let assumes = ask.action == "sts:AssumeRole";
    let tags = ask.action == "sts:TagSession";
    let unsigned = ["s3:", "sqs:", "sns:", "sts:"];
    let takes_unsigned = unsigned.iter().any(|it| ask.action.starts_with(it));
    if ask.principal == Principal::Anonymous && !takes_unsigned {
        // Whether the service takes requests that nobody signed is not documented.
        allows = allows && world.allows;
    }
    let token = matches!(
        ask.principal,
        Principal::Anonymous | Principal::Federated(_)
    );
    let nobody = root && (assumes || tags) || token && assumes;
    if is_trust && nobody {
        allows = false;
    }
    if on(":alias/") {
        allows = false;
    }
    if root && same && ask.action == "s3:GetBucketPolicy" {
        resource.denies = false;
    }
    let needs_a_user = ["sts:GetSessionToken", "sts:GetFederationToken"].contains(&ask.action);
    let is_user = aws.is_some_and(|aws| root || aws.arn.contains(":user/"));
    if ask.action == "sts:GetCallerIdentity" && aws.is_some() {
        identity.denies = false;
        boundary.denies = false;
        session.denies = false;
        allows = true;
    } else if is_federated_user && ask.action.starts_with("sts:") {
        allows = false;
    } else if needs_a_user && aws.is_some() {
        allows = is_user && (allows || ask.action == "sts:GetSessionToken");
    }
    let layers = [identity, resource, boundary, session, scp, rcp, endpoint];
    let outcome = outcome(
        layers.iter().any(|said| said.denies),
        allows && scp.allows && endpoint.allows,
    );
    (outcome, layers)
}

/// There is one such policy. Where several are given that disagree, any of them may be it.
fn one_of(
    documents: &[Value],
    scope: Scope,
    world: World,
    counting: &[By],
    of: &impl Fn(&[Value], Scope) -> Vec<Fact>,
) -> Said {
    if documents.is_empty() {
        return Said::NOT_THERE;
    }
    let each: Vec<_> = documents
        .iter()
        .map(|document| of(std::slice::from_ref(document), scope))
        .collect();
    let mut choices = each
        .iter()
        .map(|facts| counting.iter().any(|by| allowed_by(facts, *by, world)));
    Said {
        given: true,
        allows: if world.allows {
            choices.any(|allowed| allowed)
        } else {
            choices.all(|allowed| allowed)
        },
        denies: each.iter().any(|facts| denied(facts, world)),
    }
}

/// Whether a grant lets the one who asks do it.
fn grants(grant: &Grant, ask: &Ask) -> Option<bool> {
    let operation = ask.action.strip_prefix("kms:").unwrap();
    let by = |text: &str| match &ask.principal {
        Principal::Aws(aws) if text == aws.account => {
            // To a whole account: the root user is it; for others it is not documented.
            if aws.arn.ends_with(":root") {
                Some(true)
            } else {
                None
            }
        }
        Principal::Aws(aws) => Some(
            text == aws.arn
                || text == aws.principal_arn
                || (text.contains(":role/")
                    && aws.principal_arn.contains(":assumed-role/")
                    && text.split(':').nth(4) == Some(aws.account.as_str())
                    && text.rsplit('/').next() == aws.principal_arn.split('/').nth(1)),
        ),
        Principal::Service(name) => Some(text == name),
        _ => Some(false),
    };
    let mut ways = Vec::new();
    if grant.operations.iter().any(|listed| listed == operation) {
        let fits = match (operation, &grant.constraints) {
            ("Decrypt", Some(constraints)) => {
                let pair = carried(ask, "kms:EncryptionContext:k")
                    .map(|values| values == ["v".to_owned()]);
                let exactly = constraints.encryption_context_equals.is_some();
                // Whether there are others is not known of an open context.
                all([
                    pair,
                    if exactly && ask.open {
                        None
                    } else {
                        Some(true)
                    },
                ])
            }
            // A grant under a grant must be no wider than it.
            ("CreateGrant", _) => None,
            _ => Some(true),
        };
        ways.push(all([by(&grant.grantee_principal), fits]));
    }
    if let ("RetireGrant", Some(retiring)) = (operation, &grant.retiring_principal) {
        ways.push(by(retiring));
    }
    any(ways)
}

/// Whether a grant names a user or a service, and not a role or an account.
fn names_directly(grant: &Grant) -> bool {
    grant.grantee_principal.contains(":user/") || grant.grantee_principal.contains(".amazonaws.com")
}

/// Somebody is allowed who is not named, and no condition names who. A network does; whether
/// `aws:PrincipalArn` does is not settled.
fn is_public(document: &Value) -> Option<bool> {
    let none = Vec::new();
    let statements = document["Statement"].as_array().unwrap_or(&none);
    let allowing = statements
        .iter()
        .filter(|statement| statement["Effect"] == "Allow");
    any(allowing.map(|statement| {
        let principal = &statement["Principal"];
        let named = principal.is_object()
            && principal.get("Federated").is_none()
            && principal
                .get("AWS")
                .is_none_or(|listed| !super::text::texts(listed).contains(&"*"));
        if named {
            return Some(false);
        }
        let narrows = |operator: &str, key: &str, values: &Value| {
            let values = super::text::texts(values);
            match (operator, key) {
                ("IpAddress", "aws:SourceIp") => Some(!values.contains(&"net")),
                ("ArnLike" | "ArnEquals", "aws:PrincipalArn")
                    if !values.iter().any(|value| value.contains('*')) =>
                {
                    None
                }
                _ => Some(false),
            }
        };
        let conditions = statement["Condition"].as_object();
        not(any(conditions.into_iter().flatten().flat_map(
            |(operator, keys)| {
                keys.as_object()
                    .unwrap()
                    .iter()
                    .map(move |(key, values)| narrows(operator, key, values))
            },
        )))
    }))
}
