//! What AWS's sentences leave out, where it follows from what the action does: the role that it is carried out
//! as, and the calls that the step consists of.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::deploy::map::Destination;
use crate::deploy::snapshot::Action;

/// Who, which calls, on what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsaid {
    pub principal: Option<String>,
    pub calls: Vec<String>,
    pub resource: Option<String>,
}

/// A step, by a sentence that stops there.
struct Step {
    pattern: Regex,
    calls: &'static [&'static str],
    /// The sentence is about the build's role rather than the action's.
    of_build: bool,
    /// What it is on: `{bucket}`, `{1}` and `{2}` are filled in.
    on: &'static str,
}

static STEPS: LazyLock<Vec<Step>> = LazyLock::new(|| {
    let rows: [(&str, &'static [&'static str], bool, &'static str); 9] = [
        // An artifact is read from S3 and decrypted as the same principal. Source: CodePipeline User Guide,
        // "Create a pipeline that uses resources from another account".
        (
            r"missing permissions to access input artifact: (\S+?)\.?(?:\s|$)",
            &["s3:GetObject", "kms:Decrypt"],
            false,
            "the artifact {1} in the bucket {bucket}, and its key",
        ),
        (
            r"Unable to access the artifact with Amazon S3 object key '([^']+)' located in the Amazon S3 artifact bucket '([^']+)'",
            &["s3:GetObject", "kms:Decrypt"],
            false,
            "{2}/{1}, and its key",
        ),
        (
            r"permissions required to access the AWS CodeCommit repository named ([^\s.]+)",
            &[
                "codecommit:GetBranch",
                "codecommit:GetCommit",
                "codecommit:UploadArchive",
                "codecommit:GetUploadArchiveStatus",
            ],
            false,
            "the repository {1}",
        ),
        (
            r"permissions required to access the Amazon S3 bucket named ([^\s]+?)\.",
            &["s3:PutObject", "kms:GenerateDataKey"],
            false,
            "the bucket {1}, and its key",
        ),
        (
            r"Upload to S3 failed",
            &["s3:PutObject", "kms:GenerateDataKey"],
            false,
            "the bucket {bucket}, and its key",
        ),
        (
            r"Unable to use Connection: (\S+?)\.?\s",
            &[
                "codeconnections:UseConnection",
                "codestar-connections:UseConnection",
            ],
            false,
            "{1}",
        ),
        (
            r"called s3:GetBucketAcl",
            &["s3:GetBucketAcl"],
            true,
            "the bucket {bucket}",
        ),
        (
            r"sufficient permissions to access (?:ECS|Amazon ECS)",
            &[
                "ecs:DescribeServices",
                "ecs:DescribeTaskDefinition",
                "ecs:RegisterTaskDefinition",
                "ecs:UpdateService",
                "iam:PassRole",
            ],
            false,
            "the service",
        ),
        (
            r"sufficient permissions to access CodeDeploy",
            &["codedeploy:CreateDeployment", "codedeploy:GetApplication"],
            false,
            "the CodeDeploy application",
        ),
    ];
    rows.into_iter()
        .filter_map(|(pattern, calls, of_build, on)| {
            Some(Step {
                pattern: Regex::new(pattern).ok()?,
                calls,
                of_build,
                on,
            })
        })
        .collect()
});

/// What the sentence leaves out. The role is known of every action, the calls only of some sentences.
pub fn unsaid(text: &str, action: &Action, build_role: Option<&str>, to: &Destination) -> Unsaid {
    let own = action
        .role
        .clone()
        .unwrap_or_else(|| to.pipeline_role.clone());
    let known = STEPS
        .iter()
        .find_map(|step| Some((step, step.pattern.captures(text)?)));
    let Some((step, found)) = known else {
        return Unsaid {
            principal: Some(build_role.map_or(own, str::to_owned)),
            ..Unsaid::default()
        };
    };
    let part = |index: usize| found.get(index).map_or("", |it| it.as_str());
    let principal = match build_role {
        Some(role) if step.of_build => role.to_owned(),
        _ => own,
    };
    Unsaid {
        principal: Some(principal),
        calls: step.calls.iter().map(|it| (*it).to_owned()).collect(),
        resource: Some(
            step.on
                .replace("{1}", part(1))
                .replace("{2}", part(2))
                .replace("{bucket}", &to.bucket),
        ),
    }
}
