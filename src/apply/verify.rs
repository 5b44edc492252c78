//! Reads back what was made, and tries it as far as it can be tried without running it.

use serde_json::{Value, json};

use crate::cloud::{Cloud, CloudError};
use crate::ident::Region;
use crate::plan::{Plan, PlannedResource, build, observe_all};
use crate::resource::{Attributes, Desired, Rule, Site, Spec, resolve_known};

/// What the check found.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Verification {
    /// How many resources were read back.
    pub read_back: usize,
    /// Resources that are not as they should be: id, and the lines that differ.
    pub different: Vec<(String, Vec<String>)>,
    /// Rules whose pattern was tried against a push: rule, branch, and whether both the push to the
    /// branch matched and a push to another branch did not.
    pub rules: Vec<(String, String, bool)>,
    /// What is wrong with the structure of a pipeline: pipeline, problem.
    pub structure: Vec<(String, String)>,
    /// Connections whose handshake is still to be finished: name, ARN.
    pub pending_connections: Vec<(String, String)>,
    /// Calls that failed.
    pub errors: Vec<CloudError>,
}

impl Verification {
    /// Whether everything is as it should be (a pending handshake is nothing wrong).
    pub fn good(&self) -> bool {
        self.different.is_empty()
            && self.errors.is_empty()
            && self.structure.is_empty()
            && self.rules.iter().all(|(_, _, good)| *good)
    }
}

/// Reads back every resource of a plan that has been carried out.
pub async fn verify(plan: &Plan, cloud: &dyn Cloud, known: &Attributes) -> Verification {
    let wanted: Vec<Desired> = plan
        .resources
        .iter()
        .map(|resource| as_desired(resource, known))
        .collect();
    let mut verification = Verification::default();
    let rules = async {
        let mut tried = Vec::new();
        for it in &wanted {
            if let Spec::Rule(rule) = &it.spec {
                tried
                    .push(try_rule(cloud, &it.site, rule, &plan.region, it.account.as_str()).await);
            }
        }
        tried
    };
    let (found, tried) = tokio::join!(read_back(plan, cloud, &wanted), rules);
    match found {
        Ok((count, different, pending)) => {
            verification.read_back = count;
            verification.different = different;
            verification.pending_connections = pending;
        }
        Err(errors) => verification.errors = errors,
    }
    for outcome in tried {
        match outcome {
            Ok(Some(line)) => verification.rules.push(line),
            Ok(None) => {}
            Err(error) => verification.errors.push(error),
        }
    }
    for it in &wanted {
        if let Spec::Pipeline(pipeline) = &it.spec {
            for problem in crate::validity::pipeline::check(&pipeline.document) {
                verification.structure.push((
                    pipeline.name.clone(),
                    format!("{}: {}", problem.place, problem.message),
                ));
            }
        }
    }
    verification
}

fn as_desired(resource: &PlannedResource, known: &Attributes) -> Desired {
    Desired {
        id: resource.id.clone(),
        site: resource.site.clone(),
        account: resource.account.clone(),
        spec: resolve_known(&resource.spec, known),
        needs: std::collections::BTreeMap::new(),
    }
}

type ReadBack = (usize, Vec<(String, Vec<String>)>, Vec<(String, String)>);

/// IAM and KMS may answer with the old document for a moment after a change: what differs is read
/// again a few times before it counts.
async fn read_back(
    plan: &Plan,
    cloud: &dyn Cloud,
    wanted: &[Desired],
) -> Result<ReadBack, Vec<CloudError>> {
    let mut wait = std::time::Duration::from_millis(500);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let found = observe_all(cloud, wanted).await?;
        let pending = found
            .values()
            .filter_map(|observed| match &observed.spec {
                Spec::Connection(connection)
                    if observed.attributes.get("status").map(String::as_str) == Some("PENDING") =>
                {
                    let arn = observed.attributes.get("arn").cloned().unwrap_or_default();
                    Some((connection.name.clone(), arn))
                }
                _ => None,
            })
            .collect();
        let different = match build(
            &plan.application,
            &plan.region,
            plan.accounts.clone(),
            wanted,
            &found,
        ) {
            Ok(again) => again
                .resources
                .into_iter()
                .filter(|it| it.action != crate::plan::Action::Keep)
                .map(|it| {
                    let mut lines: Vec<String> = it
                        .changes
                        .into_iter()
                        .flat_map(|change| change.lines)
                        .collect();
                    lines.insert(0, it.reason);
                    (it.id.to_string(), lines)
                })
                .collect(),
            Err(error) => vec![("plan".to_owned(), vec![error.to_string()])],
        };
        if different.is_empty() || attempts == 5 {
            return Ok((found.len(), different, pending));
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
}

/// The branch that a rule's pattern names.
fn branch_of(pattern: &Value) -> Option<&str> {
    pattern.pointer("/detail/referenceName/0")?.as_str()
}

/// A push event as CodeCommit sends it. Source: CodeCommit User Guide, "Monitoring CodeCommit
/// events in Amazon EventBridge".
fn push_event(pattern: &Value, region: &Region, account: &str, branch: &str) -> Value {
    let repository_arn = pattern
        .pointer("/resources/0")
        .cloned()
        .unwrap_or(Value::Null);
    let repository = repository_arn
        .as_str()
        .and_then(|arn| arn.rsplit(':').next())
        .unwrap_or_default();
    json!({
        "version": "0",
        "id": "01234567-0123-0123-0123-012345678901",
        "detail-type": "CodeCommit Repository State Change",
        "source": "aws.codecommit",
        "account": account,
        "time": "2026-01-01T00:00:00Z",
        "region": region,
        "resources": [repository_arn],
        "detail": {
            "callerUserArn": format!("arn:{}:iam::{account}:user/someone", region.partition()),
            "commitId": "0123456789abcdef0123456789abcdef01234567",
            "event": "referenceUpdated",
            "oldCommitId": "1123456789abcdef0123456789abcdef01234567",
            "referenceFullName": format!("refs/heads/{branch}"),
            "referenceName": branch,
            "referenceType": "branch",
            "repositoryName": repository,
        },
    })
}

async fn try_rule(
    cloud: &dyn Cloud,
    site: &Site,
    rule: &Rule,
    region: &Region,
    account: &str,
) -> Result<Option<(String, String, bool)>, CloudError> {
    let Some(branch) = branch_of(&rule.pattern) else {
        return Ok(None);
    };
    let push = push_event(&rule.pattern, region, account, branch);
    let other = push_event(&rule.pattern, region, account, &format!("{branch}-other"));
    let (matched, other_matched) = tokio::try_join!(
        cloud.event_matches(site, &rule.pattern, &push),
        cloud.event_matches(site, &rule.pattern, &other)
    )?;
    Ok(Some((
        rule.name.clone(),
        branch.to_owned(),
        matched && !other_matched,
    )))
}
