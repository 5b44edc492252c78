//! The artifact bucket and its key: who may read and write, and which they are.

use serde_json::json;

use super::documents::{by_principal, without_null};
use super::entry::{
    ANY, Break, CODEDEPLOY, ECS, End, Known, Right, See, Strategy, fails, seen, sight,
};
use super::hands::{put_at, write};
use super::site::{Misfit, Site, account_in, last};
use crate::sandbox::services::{iam, kms};

/// What a deploy action says that cannot have its artifact: CodeDeployToECS, and the others.
const UNREADABLE: &[(&[Strategy], End)] = &[
    (
        CODEDEPLOY,
        fails(
            "Deploy",
            "PermissionError",
            "You are missing permissions to access input artifact: {artifact}.",
            Known::Observed,
        ),
    ),
    (
        ECS,
        fails(
            "Deploy",
            "PermissionError",
            "Unable to access the artifact with Amazon S3 object key '<object>' located in the Amazon S3 artifact bucket '{bucket}'. The provided role does not have sufficient permissions.",
            Known::Observed,
        ),
    ),
];

const NO_BUCKET: &str = "The service role or action role doesn’t have the permissions required to access the Amazon S3 bucket named {bucket}. Update the IAM role permissions, and then try again. Error: Amazon S3:AccessDenied:Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)";

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F02",
        variant: "key",
        name: "key-policy-without-deploy-role",
        what: "takes the deploy role out of the key's policy",
        ends: UNREADABLE,
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            site.out_of_key(&role, &["kms:Decrypt"])
        },
    },
    Break {
        id: "F02",
        variant: "bucket",
        name: "bucket-policy-without-deploy-role",
        what: "takes the deploy role out of the bucket's policy",
        ends: UNREADABLE,
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            site.out_of_bucket(&role)
        },
    },
    Break {
        id: "F02",
        variant: "identity-key",
        name: "deploy-role-cannot-decrypt",
        what: "takes kms:Decrypt out of the deploy role's own policy",
        ends: UNREADABLE,
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            site.take(&role, &["kms:Decrypt"])
        },
    },
    Break {
        id: "F02",
        variant: "identity-bucket",
        name: "deploy-role-cannot-read",
        what: "takes s3:GetObject out of the deploy role's own policy",
        ends: UNREADABLE,
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            site.take(&role, &["s3:GetObject"])
        },
    },
    Break {
        id: "F07",
        variant: "",
        name: "bucket-renamed",
        what: "has the pipeline keep its artifacts in a bucket of another name, which no policy knows",
        ends: &[(
            ANY,
            fails("Source", "PermissionError", NO_BUCKET, Known::Observed),
        )],
        right: Right::Apply,
        put: rename_bucket,
    },
    Break {
        id: "F21",
        variant: "",
        name: "denial-without-null",
        what: "takes the Null condition out of the bucket policy's denials, so that they hit uploads without a header too, and has the build write its log to the bucket without one",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: UPLOAD_ARTIFACTS, Code: CLIENT_ERROR, Message: Error in UPLOAD_ARTIFACTS phase: AccessDenied: User: arn:aws:sts::{shared}:assumed-role/{build-role-name}/AWSCodeBuild-<uuid> is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::{bucket}/<object>\" with an explicit deny in a resource-based policy status code: 403",
                Known::Unverified,
            ),
        )],
        right: Right::Apply,
        put: deny_without_null,
    },
    Break {
        id: "F30",
        variant: "",
        name: "deploy-role-recreated",
        what: "has the bucket's policy name the deploy role as its principal, then deletes the role and makes it again: the policy keeps the old one's id",
        ends: UNREADABLE,
        right: Right::Apply,
        put: recreate,
    },
    Break {
        id: "F35",
        variant: "",
        name: "build-without-artifact",
        what: "takes the artifacts out of the buildspec, so that the build hands nothing over",
        ends: UNREADABLE,
        right: Right::Push,
        put: |site| {
            let path = site.buildspec_file()?;
            site.edit(&path, "Hand over no artifact", |text| {
                text.split_once("\nartifacts:")
                    .map(|(before, _)| format!("{before}\n"))
                    .unwrap_or_else(|| text.to_owned())
            })
        },
    },
    Break {
        id: "F36",
        variant: "",
        name: "pipeline-role-cannot-list-bucket",
        what: "takes s3:ListBucket out of the pipeline role's policy",
        ends: &[(
            ANY,
            fails("Source", "PermissionError", NO_BUCKET, Known::Observed),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.pipeline_role();
            site.take(&role, &["s3:ListBucket"])
        },
    },
    Break {
        id: "F37",
        variant: "key",
        name: "key-policy-without-pipeline-role",
        what: "takes the pipeline role out of the key's policy",
        ends: &[(
            ANY,
            fails("Source", "PermissionError", NO_BUCKET, Known::Reasoned),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.pipeline_role();
            site.out_of_key(&role, &["kms:GenerateDataKey"])
        },
    },
    Break {
        id: "F37",
        variant: "identity",
        name: "pipeline-role-cannot-encrypt",
        what: "takes kms:GenerateDataKey out of the pipeline role's own policy",
        ends: &[(
            ANY,
            fails("Source", "PermissionError", NO_BUCKET, Known::Reasoned),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.pipeline_role();
            site.take(&role, &["kms:GenerateDataKey"])
        },
    },
    Break {
        id: "F38",
        variant: "deletion",
        name: "key-pending-deletion",
        what: "schedules the deletion of the artifacts' key",
        ends: &[(
            ANY,
            fails(
                "Source",
                "ConfigurationError",
                "KMS.KMSInvalidStateException: {key} is pending deletion.",
                Known::Observed,
            ),
        )],
        right: Right::Hand(
            "aws kms cancel-key-deletion --key-id {key}, and then aws kms enable-key --key-id {key}",
        ),
        put: |site| key_state(site, "ScheduleKeyDeletion", "pending deletion"),
    },
    Break {
        id: "F38",
        variant: "disabled",
        name: "key-disabled",
        what: "disables the artifacts' key",
        ends: &[(
            ANY,
            fails(
                "Source",
                "ConfigurationError",
                "KMS.DisabledException: {key} is disabled.",
                Known::Observed,
            ),
        )],
        right: Right::Hand("aws kms enable-key --key-id {key}"),
        put: |site| key_state(site, "DisableKey", "disabled"),
    },
    Break {
        id: "F39",
        variant: "",
        name: "encryption-key-is-alias",
        what: "has the pipeline name its key by an alias, which each account looks up for itself",
        ends: UNREADABLE,
        right: Right::Apply,
        put: alias,
    },
    Break {
        id: "F40",
        variant: "",
        name: "encryption-key-of-aws",
        what: "takes the key out of the pipeline, so that artifacts are encrypted with AWS's own key for S3, which no other account can use",
        ends: UNREADABLE,
        right: Right::Apply,
        put: |site| {
            let key = site.key()?;
            site.redefine(
                &format!("encrypts with {key}"),
                "encrypts with aws/s3",
                |pipeline| put_at(pipeline, "/artifactStore/encryptionKey", None),
            )
        },
    },
    Break {
        id: "F43",
        variant: "",
        name: "build-role-cannot-see-owner",
        what: "takes s3:GetBucketAcl out of the build role's policy",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: DOWNLOAD_SOURCE, Code: CLIENT_ERROR, Message: Error calling GetBucketAcl: Either the bucket owner has changed or the service role no longer has permission to called s3:GetBucketAcl",
                Known::Documented,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.build_role()?;
            site.take(&role, &["s3:GetBucketAcl"])
        },
    },
    Break {
        id: "F46",
        variant: "",
        name: "cache-refused",
        what: "takes the cache's objects out of the build role's policy",
        ends: &[(
            ANY,
            End::Lands {
                look: "builds begin without the cache, and only their log says so",
                more: &[sight(See::BuildLog, "Access denied")],
            },
        )],
        right: Right::Apply,
        put: |site| {
            let (_, project) = site.project()?;
            let cache = project
                .pointer("/cache/location")
                .and_then(|it| it.as_str());
            let cache = cache
                .filter(|it| !it.is_empty())
                .ok_or_else(|| Misfit::new("the build project has no cache in S3"))?
                .to_owned();
            let role = site.build_role()?;
            site.take_on(&role, &["s3:GetObject", "s3:PutObject"], &|resources| {
                resources.iter().any(|it| it.contains(&cache))
            })?;
            with_cache(site)
        },
    },
    Break {
        id: "F100",
        variant: "",
        name: "key-policy-without-build-role",
        what: "takes the build role out of the key's policy",
        ends: &[(
            ANY,
            seen(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: DOWNLOAD_SOURCE, Code: CLIENT_ERROR, Message: AccessDenied: User: arn:aws:sts::{shared}:assumed-role/{build-role-name}/AWSCodeBuild-<uuid> is not authorized to perform: kms:Decrypt on resource: {key} because no resource-based policy allows the kms:Decrypt action status code: 403 for primary source and source version arn:aws:s3:::{bucket}/<object>",
                Known::Reasoned,
                &[],
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.build_role()?;
            site.out_of_key(&role, &["kms:Decrypt"])
        },
    },
    Break {
        id: "F101",
        variant: "",
        name: "build-role-cannot-read-source",
        what: "takes s3:GetObject on the pipeline's artifacts out of the build role's policy",
        ends: &[(
            ANY,
            fails(
                "Build",
                "JobFailed",
                "Build terminated with state: FAILED. Phase: DOWNLOAD_SOURCE, Code: CLIENT_ERROR, Message: AccessDenied: User: arn:aws:sts::{shared}:assumed-role/{build-role-name}/AWSCodeBuild-<uuid> is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::{bucket}/<object>\" because no identity-based policy allows the s3:GetObject action status code: 403 for primary source and source version arn:aws:s3:::{bucket}/<object>",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.build_role()?;
            site.take(&role, &["s3:GetObject"])
        },
    },
];

/// A buildspec that names no paths asks for no cache.
fn with_cache(site: &mut Site<'_>) -> Result<(), Misfit> {
    let path = site.buildspec_file()?;
    let text = site.file(&path)?;
    if text.lines().any(|line| line.starts_with("cache:")) {
        return Ok(());
    }
    let cached = format!(
        "{}\n\ncache:\n  paths:\n    - '/root/.cache/**/*'\n",
        text.trim_end()
    );
    site.commit(&path, Some(&cached), "Keep a cache between builds")
}

fn deny_without_null(site: &mut Site<'_>) -> Result<(), Misfit> {
    site.bucket_policy(
        "denies what is encrypted otherwise",
        "denies what does not say how it is encrypted as well",
        without_null,
    )?;
    let bucket = site.bucket()?;
    let log = format!("{bucket}/_logs/{}", site.name);
    site.rebuild(
        "logs to CloudWatch Logs",
        &format!("logs to s3://{log} as well"),
        |project| {
            write(
                project,
                "/logsConfig/s3Logs",
                json!({
                    "status": "ENABLED",
                    "location": log,
                    "encryptionDisabled": true,
                }),
            );
        },
    )?;
    let role = site.build_role()?;
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{log}/*"),
    }]});
    let found = site.role_mut(&role)?;
    found
        .inline
        .insert("crosspipe-break-f21".to_owned(), document.to_string());
    let shared = site.shared.clone();
    site.changed(&shared, role, "may not write logs to the bucket", "may");
    Ok(())
}

fn rename_bucket(site: &mut Site<'_>) -> Result<(), Misfit> {
    let old = site.bucket()?;
    let bucket = site.world.buckets.get(&old).cloned().unwrap_or_default();
    let mut new = format!("{}-renamed", old.chars().take(55).collect::<String>());
    while site.world.buckets.contains_key(&new) {
        new.push('x');
    }
    site.world
        .buckets
        .insert(new.clone(), bucket.without_objects());
    let shared = site.shared.clone();
    site.changed(
        &shared,
        format!("bucket {new}"),
        "not there",
        format!("made like {old}, without its policy"),
    );
    site.redefine(
        &format!("keeps its artifacts in {old}"),
        &format!("keeps its artifacts in {new}"),
        |pipeline| {
            put_at(
                pipeline,
                "/artifactStore/location",
                Some(json!(new.as_str())),
            )
        },
    )?;
    site.facts.insert("bucket", new);
    Ok(())
}

fn recreate(site: &mut Site<'_>) -> Result<(), Misfit> {
    let role = site.deploy_role()?;
    site.bucket_policy(
        &format!("lets {role} read by a condition"),
        "names it as its principal",
        |document| by_principal(document, &role),
    )?;
    let account = account_in(&role).to_owned();
    let old = site.role_mut(&role)?.clone();
    for policy in old.inline.keys() {
        let input = json!({"RoleName": old.name, "PolicyName": policy});
        site.must(&account, &iam::SERVICE, "DeleteRolePolicy", input)?;
    }
    for arn in &old.attached {
        let input = json!({"RoleName": old.name, "PolicyArn": arn});
        site.must(&account, &iam::SERVICE, "DetachRolePolicy", input)?;
    }
    let named = json!({"RoleName": old.name});
    site.must(&account, &iam::SERVICE, "DeleteRole", named)?;
    let input = json!({
        "RoleName": old.name,
        "Path": old.path,
        "AssumeRolePolicyDocument": old.trust.text,
    });
    site.must(&account, &iam::SERVICE, "CreateRole", input)?;
    let made = site.role_mut(&role)?;
    let id = made.id.clone();
    // The same in everything but its id.
    *made = old.clone();
    made.id.clone_from(&id);
    site.changed(
        &account,
        role,
        format!("role with the id {}", old.id),
        format!("role of the same name with the id {id}"),
    );
    Ok(())
}

fn key_state(site: &mut Site<'_>, operation: &str, after: &str) -> Result<(), Misfit> {
    let key = site.key()?;
    let account = site.shared.clone();
    let input = json!({"KeyId": key});
    site.must(&account, &kms::SERVICE, operation, input)?;
    site.changed(&account, key, "enabled", after);
    Ok(())
}

fn alias(site: &mut Site<'_>) -> Result<(), Misfit> {
    let key = site.key()?;
    let id = last(&key).to_owned();
    let account = site.shared.clone();
    let region = site.region.clone();
    let known = site.world.regional(&account, &region).kms.aliases.iter();
    let found = known
        .filter(|(_, alias)| alias.key == id)
        .map(|(name, _)| name.clone())
        .next();
    let alias = match found {
        Some(alias) => alias,
        None => {
            let alias = format!("alias/{}-artifacts", site.name);
            let input = json!({"AliasName": alias, "TargetKeyId": key});
            site.must(&account, &kms::SERVICE, "CreateAlias", input)?;
            site.changed(
                &account,
                alias.clone(),
                "not there",
                format!("stands for {key}"),
            );
            alias
        }
    };
    site.redefine(
        &format!("encrypts with {key}"),
        &format!("encrypts with {alias}"),
        |pipeline| {
            put_at(
                pipeline,
                "/artifactStore/encryptionKey/id",
                Some(json!(alias.as_str())),
            );
        },
    )
}
