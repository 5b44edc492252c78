//! What starts a run: the rule, its pattern, its target and its role. Whatever is wrong here is silent.

use serde_json::{Value, json};

use super::entry::{ANY, Break, End, Right, Strategy};
use super::hands::write;
use super::site::{Misfit, Site, text};
use crate::sandbox::services::eventbridge::{DEFAULT_BUS, Rule};

const UNSEEN: &[(&[Strategy], End)] = &[(
    ANY,
    End::Silence {
        look: "the rule's own figures do not even count the push",
    },
)];
const COUNTED: &[(&[Strategy], End)] = &[(
    ANY,
    End::Silence {
        look: "only the rule's metric FailedInvocations counts up",
    },
)];

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F83",
        variant: "disabled",
        name: "rule-disabled",
        what: "disables the rule",
        ends: UNSEEN,
        right: Right::Apply,
        put: |site| {
            change(site, "ENABLED", "DISABLED", |rule| {
                rule.state = "DISABLED".to_owned();
            })
        },
    },
    Break {
        id: "F83",
        variant: "branch",
        name: "rule-for-another-branch",
        what: "has the rule's pattern name another branch",
        ends: UNSEEN,
        right: Right::Apply,
        put: |site| {
            let (_, branch) = site.branch()?;
            pattern(site, &format!("for {branch}"), "for another-branch", |it| {
                write(it, "/detail/referenceName", json!(["another-branch"]));
            })
        },
    },
    Break {
        id: "F83",
        variant: "repository",
        name: "rule-for-another-repository",
        what: "has the rule's pattern name another repository",
        ends: UNSEEN,
        right: Right::Apply,
        put: |site| {
            let (name, _) = site.branch()?;
            let arn = format!("arn:aws:codecommit:{}:{}:another", site.region, site.shared);
            pattern(
                site,
                &format!("for {name}"),
                "for another repository",
                |it| {
                    write(it, "/resources", json!([arn]));
                },
            )
        },
    },
    Break {
        id: "F83",
        variant: "no-target",
        name: "rule-without-target",
        what: "takes the pipeline out of the rule's targets",
        ends: UNSEEN,
        right: Right::Apply,
        put: |site| {
            change(site, "starts the pipeline", "has no target", |rule| {
                rule.targets.clear();
            })
        },
    },
    Break {
        id: "F83",
        variant: "target-role",
        name: "target-without-role",
        what: "takes the role out of the rule's target",
        ends: COUNTED,
        right: Right::Apply,
        put: |site| {
            change(
                site,
                "its target has a role",
                "its target has no role",
                |rule| {
                    for target in rule.targets.values_mut() {
                        if let Some(members) = target.as_object_mut() {
                            members.shift_remove("RoleArn");
                        }
                    }
                },
            )
        },
    },
    Break {
        id: "F83",
        variant: "role",
        name: "events-role-cannot-start",
        what: "takes codepipeline:StartPipelineExecution out of the events role's policy",
        ends: COUNTED,
        right: Right::Apply,
        put: |site| {
            let role = events_role(site)?;
            site.take(&role, &["codepipeline:StartPipelineExecution"])
        },
    },
    Break {
        id: "F83",
        variant: "trust",
        name: "events-role-does-not-trust-events",
        what: "has the events role trust CodePipeline in place of EventBridge",
        ends: COUNTED,
        right: Right::Apply,
        put: |site| {
            let role = events_role(site)?;
            site.trust_service(&role, "codepipeline.amazonaws.com")
        },
    },
];

/// The name of the rule that starts the pipeline.
fn rule_name(site: &Site<'_>) -> Result<String, Misfit> {
    let suffix = format!(":{}", site.name);
    let starts = |rule: &Rule| {
        rule.targets.values().any(|target| {
            let arn = text(target, "Arn");
            arn.contains(":codepipeline:") && arn.ends_with(&suffix)
        })
    };
    site.world
        .regional_ref(&site.shared, &site.region)
        .and_then(|regional| regional.eventbridge.buses.get(DEFAULT_BUS))
        .and_then(|bus| bus.rules.iter().find(|(_, rule)| starts(rule)))
        .map(|(name, _)| name.clone())
        .ok_or_else(|| {
            Misfit::new(format!(
                "no rule starts the pipeline {}: its source brings its own trigger, or it is broken already",
                site.name
            ))
        })
}

fn events_role(site: &Site<'_>) -> Result<String, Misfit> {
    let name = rule_name(site)?;
    let rule = site
        .world
        .regional_ref(&site.shared, &site.region)
        .and_then(|regional| {
            regional
                .eventbridge
                .buses
                .get(DEFAULT_BUS)?
                .rules
                .get(&name)
        });
    rule.and_then(|rule| {
        let mut roles = rule.targets.values().map(|target| text(target, "RoleArn"));
        roles.find(|role| !role.is_empty()).map(str::to_owned)
    })
    .ok_or_else(|| Misfit::new(format!("the target of the rule {name} has no role")))
}

fn change(
    site: &mut Site<'_>,
    before: &str,
    after: &str,
    change: impl FnOnce(&mut Rule),
) -> Result<(), Misfit> {
    let name = rule_name(site)?;
    let (account, region) = (site.shared.clone(), site.region.clone());
    let buses = &mut site.world.regional(&account, &region).eventbridge.buses;
    let rule = buses
        .get_mut(DEFAULT_BUS)
        .and_then(|bus| bus.rules.get_mut(&name));
    if let Some(rule) = rule {
        change(rule);
    }
    site.changed(&account, format!("rule {name}"), before, after);
    Ok(())
}

fn pattern(
    site: &mut Site<'_>,
    before: &str,
    after: &str,
    edit: impl FnOnce(&mut Value),
) -> Result<(), Misfit> {
    change(site, before, after, |rule| {
        let text = rule.pattern.as_deref().unwrap_or("{}");
        let mut pattern = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
        edit(&mut pattern);
        rule.pattern = Some(pattern.to_string());
    })
}
