//! EventBridge: the rule that starts a pipeline, and its target.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types::{RuleState, Tag, Target};
use serde_json::Value;

use crate::cloud::{CloudError, ErrorKind, Observed, Task};
use crate::resource::{Part, Rule, RuleTarget, Spec, Tags};

use super::account::{Account, attributes};
use super::error::unless;

const SERVICE: &str = "events";
const ABSENT: &[&str] = &["ResourceNotFoundException"];

pub(super) async fn observe(
    account: &Account,
    wanted: &Rule,
) -> Result<Option<Observed>, CloudError> {
    let arn = arn(account, wanted);
    let (rule, targets, tags) = tokio::join!(
        async {
            account
                .events()
                .describe_rule()
                .name(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "DescribeRule", error))
        },
        targets(account, &wanted.name),
        async {
            account
                .events()
                .list_tags_for_resource()
                .resource_arn(&arn)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "ListTagsForResource", error))
        },
    );
    let Some(rule) = unless(rule, ABSENT)? else {
        return Ok(None);
    };
    let targets = targets?;
    let pattern = match rule.event_pattern() {
        Some(text) => serde_json::from_str(text).map_err(|error| {
            account.place.internal(
                SERVICE,
                "DescribeRule",
                format!("the event pattern is not JSON: {error}"),
            )
        })?,
        None => Value::Null,
    };
    let wanted_id = wanted.target.as_ref().map(|target| target.id.as_str());
    let target = targets
        .iter()
        .find(|target| Some(target.id()) == wanted_id)
        .or_else(|| targets.first());
    let notes = targets
        .iter()
        .filter(|other| Some(other.id()) != target.map(Target::id))
        .map(|other| {
            format!(
                "The rule has another target, {} ({}).",
                other.id(),
                other.arn()
            )
        })
        .collect();
    Ok(Some(Observed {
        attributes: attributes([("arn", rule.arn().map_or(arn, str::to_owned))]),
        spec: Spec::Rule(Rule {
            name: wanted.name.clone(),
            description: rule.description().unwrap_or_default().to_owned(),
            pattern,
            enabled: rule.state() != Some(&RuleState::Disabled),
            target: target.map(|target| RuleTarget {
                id: target.id().to_owned(),
                arn: target.arn().to_owned(),
                role_arn: target.role_arn().unwrap_or_default().to_owned(),
            }),
            tags: tags?
                .tags
                .unwrap_or_default()
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect(),
        }),
        notes,
    }))
}

fn arn(account: &Account, rule: &Rule) -> String {
    account.arn(SERVICE, &format!("rule/{}", rule.name))
}

async fn targets(account: &Account, rule: &str) -> Result<Vec<Target>, CloudError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = account
            .events()
            .list_targets_by_rule()
            .rule(rule)
            .set_next_token(token.clone())
            .send()
            .await
            .map_err(|error| account.place.failed(SERVICE, "ListTargetsByRule", error))?;
        found.extend(page.targets.unwrap_or_default());
        match page.next_token {
            Some(next) if token.as_ref() != Some(&next) => token = Some(next),
            _ => return Ok(found),
        }
    }
}

pub(super) async fn carry_out(
    account: &Account,
    rule: &Rule,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    match task.part {
        Part::Itself | Part::Settings => put_rule(account, rule, task.part).await,
        Part::Target => {
            put_target(account, rule).await?;
            Ok(BTreeMap::new())
        }
        Part::Tags => {
            let operation = "TagResource";
            account
                .events()
                .tag_resource()
                .resource_arn(arn(account, rule))
                .set_tags(Some(tags(account, operation, &rule.tags)?))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(BTreeMap::new())
        }
        part => Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
}

/// PutRule empties every field that is left out, and looks at tags only when it creates. Source:
/// EventBridge API Reference, "PutRule".
async fn put_rule(
    account: &Account,
    rule: &Rule,
    part: Part,
) -> Result<BTreeMap<String, String>, CloudError> {
    let operation = "PutRule";
    let state = if rule.enabled {
        RuleState::Enabled
    } else {
        RuleState::Disabled
    };
    let tags = match part {
        Part::Itself => Some(tags(account, operation, &rule.tags)?),
        _ => None,
    };
    let description = Some(&rule.description).filter(|text| !text.is_empty());
    let answer = account
        .events()
        .put_rule()
        .name(&rule.name)
        .set_description(description.cloned())
        .event_pattern(rule.pattern.to_string())
        .state(state)
        .set_tags(tags)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, operation, error))?;
    Ok(attributes([(
        "arn",
        answer.rule_arn.unwrap_or_else(|| arn(account, rule)),
    )]))
}

async fn put_target(account: &Account, rule: &Rule) -> Result<(), CloudError> {
    let operation = "PutTargets";
    let Some(target) = &rule.target else {
        return Ok(());
    };
    let target = Target::builder()
        .id(&target.id)
        .arn(&target.arn)
        .role_arn(&target.role_arn)
        .build()
        .map_err(|error| account.place.internal(SERVICE, operation, error))?;
    let answer = account
        .events()
        .put_targets()
        .rule(&rule.name)
        .targets(target)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, operation, error))?;
    // A refusal comes with HTTP 200.
    if answer.failed_entry_count() == 0 {
        return Ok(());
    }
    let entry = answer.failed_entries().first();
    let mut error = account.place.error(
        ErrorKind::Refused,
        SERVICE,
        operation,
        entry
            .and_then(|entry| entry.error_message())
            .unwrap_or("the target was not taken and no reason was given"),
    );
    error.code = entry
        .and_then(|entry| entry.error_code())
        .unwrap_or_default()
        .to_owned();
    error.request_id = aws_types::request_id::RequestId::request_id(&answer).map(str::to_owned);
    Err(error)
}

/// Whether an event pattern matches an event.
pub(super) async fn event_matches(
    account: &Account,
    pattern: &Value,
    event: &Value,
) -> Result<bool, CloudError> {
    let answer = account
        .events()
        .test_event_pattern()
        .event_pattern(pattern.to_string())
        .event(event.to_string())
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "TestEventPattern", error))?;
    Ok(answer.result())
}

fn tags(account: &Account, operation: &str, tags: &Tags) -> Result<Vec<Tag>, CloudError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|error| account.place.internal(SERVICE, operation, error))
}
