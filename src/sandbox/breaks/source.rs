//! The source: the repository or the connection, and what the pipeline's role may do with it.

use serde_json::json;

use super::definition::codecommit;
use super::entry::{ANY, Break, Known, Right, fails};
use super::hands::set;
use super::site::{Misfit, Site, setting};
use crate::sandbox::services::codepipeline;

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F17",
        variant: "",
        name: "connection-pending",
        what: "has the connection wait for its handshake again",
        ends: &[(
            ANY,
            fails(
                "Source",
                "ConfigurationError",
                "Connection {connection} is not available",
                Known::Reasoned,
            ),
        )],
        right: Right::Hand(
            "the organization's owner finishes the handshake in the console: no call does it",
        ),
        put: |site| {
            let arn = connection(site)?;
            let (account, region) = (site.shared.clone(), site.region.clone());
            let connections = &mut site
                .world
                .regional(&account, &region)
                .codeconnections
                .connections;
            let found = connections.get_mut(&arn);
            found
                .ok_or_else(|| Misfit::new(format!("there is no connection {arn}")))?
                .status = "PENDING".to_owned();
            site.changed(&account, arn, "AVAILABLE", "PENDING");
            Ok(())
        },
    },
    Break {
        id: "F85",
        variant: "",
        name: "branch-not-there",
        what: "has the source action read a branch that the repository does not have",
        ends: &[(
            ANY,
            fails(
                "Source",
                "ConfigurationError",
                "[GitHub] No Branch [no-such-branch] found for FullRepositoryName [{full-repository}]",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            connection(site)?;
            let (_, branch) = site.branch()?;
            site.redefine(
                &format!("reads {branch}"),
                "reads no-such-branch",
                |pipeline| {
                    set(pipeline, "Source", "BranchName", Some("no-such-branch"));
                },
            )?;
            // A push to the other branch starts nothing any more.
            let account = site.shared.clone();
            let input = json!({"name": site.name});
            site.must(
                &account,
                &codepipeline::SERVICE,
                "StartPipelineExecution",
                input,
            )?;
            site.starts = true;
            Ok(())
        },
    },
    Break {
        id: "F86",
        variant: "",
        name: "connection-not-usable",
        what: "takes codestar-connections:UseConnection out of the pipeline role's policy",
        ends: &[(
            ANY,
            fails(
                "Source",
                "PermissionError",
                "Unable to use Connection: {connection}. The provided role does not have sufficient permissions.",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            connection(site)?;
            let role = site.pipeline_role();
            site.take(&role, &["codestar-connections:UseConnection"])
        },
    },
    Break {
        id: "F87",
        variant: "",
        name: "repository-not-readable",
        what: "takes codecommit:GetBranch out of the pipeline role's policy",
        ends: &[(
            ANY,
            fails(
                "Source",
                "PermissionError",
                "The service role or action role doesn’t have the permissions required to access the AWS CodeCommit repository named {repository}. Update the IAM role permissions, and then try again. Error: User: arn:aws:sts::{shared}:assumed-role/{pipeline-role-name}/<session> is not authorized to perform: codecommit:GetBranch on resource: arn:aws:codecommit:{region}:{shared}:{repository} because no identity-based policy allows the codecommit:GetBranch action",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            codecommit(site)?;
            let role = site.pipeline_role();
            site.take(&role, &["codecommit:GetBranch"])
        },
    },
];

/// The connection that the source comes through.
fn connection(site: &mut Site<'_>) -> Result<String, Misfit> {
    let source = site.action("Source")?;
    let arn = setting(&source, "ConnectionArn").to_owned();
    if arn.is_empty() {
        return Err(Misfit::new(
            "the source of this pipeline comes through no connection",
        ));
    }
    site.facts.insert("connection", arn.clone());
    let full = setting(&source, "FullRepositoryId").to_owned();
    site.facts.insert("full-repository", full);
    Ok(arn)
}
