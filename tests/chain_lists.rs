//! What one run of a pipeline asks, in full: for pipelines that crosspipe renders, and for the one of the
//! blog post that the whole job comes from, with the policies that the post gives.

mod support {
    #[allow(dead_code, reason = "the proof uses the rest")]
    pub mod proof;
}

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crosspipe::chain::{self, Confidence, Listing, Need, Run, Shown, Who};
use crosspipe::ident::{AccountId, Region};
use crosspipe::policy::{self, Answer, Document, Policies};
use serde_json::{Value, json};
use support::proof::{WAYS, World};

/// Everything of every need.
fn told(listing: &Listing) -> String {
    let mut text = String::new();
    let mut place = String::new();
    for need in &listing.needs {
        let here = format!("{} / {}", need.stage, need.action);
        if here != place {
            let _ = writeln!(text, "== {here}");
            place = here;
        }
        let asks = match &need.who {
            Who::Service(name) => name.clone(),
            Who::Role { actor, session, .. } => format!(
                "{actor:?} {} ({})",
                need.who.principal().describe(),
                session.pattern
            ),
        };
        let mark = if need.is_required() {
            ""
        } else {
            " (no refusal ends the run)"
        };
        let _ = writeln!(
            text,
            "{} [{:?}, {:?}]{mark}",
            need.id, need.step, need.asked
        );
        let _ = writeln!(
            text,
            "  {asks}, by {}",
            need.via.as_deref().unwrap_or("a command")
        );
        let _ = writeln!(
            text,
            "  {} on {} of {}",
            need.iam_action, need.resource, need.owner
        );
        for (key, values) in &need.context {
            let _ = writeln!(text, "    {key} = {}", values.join(", "));
        }
        let _ = writeln!(text, "  {}", need.why);
        let refusal = &need.refusal;
        let _ = writeln!(
            text,
            "  refused {}: {:?}, {:?}: {}: {}",
            refusal.failure,
            refusal.shown,
            refusal.confidence,
            refusal.code,
            refusal.message.lines().next().unwrap_or_default()
        );
    }
    for gap in &listing.gaps {
        let _ = writeln!(text, "not listed: {}", gap.why);
    }
    text
}

#[test]
fn of_rendered_pipelines() {
    for way in WAYS {
        if ["codedeploy", "rolling-connection", "native"].contains(&way.name) {
            let world = World::new(&way);
            insta::assert_snapshot!(way.name, told(&world.listings["dev"]));
        }
    }
}

#[test]
fn environments_differ_in_names_alone() {
    let world = World::new(&WAYS[0]);
    let of = |name: &str, account: &str, branch: &str| {
        told(&world.listings[name])
            .replace(account, "ACCOUNT")
            .replace(&format!("-{name}-"), "-ENV-")
            .replace(&format!("{name}-awssdk"), "ENV-awssdk")
            .replace(branch, "BRANCH")
            .replace(&format!("session {name}"), "session ENV")
            .replace(&format!("/{name}-"), "/ENV-")
            .replace(&format!("({name}\\"), "(ENV\\")
            .replace(&format!("({name}-"), "(ENV-")
    };
    assert_eq!(
        of("dev", "558846431111", "develop"),
        of("prd", "558846433333", "master")
    );
    assert_eq!(
        of("dev", "558846431111", "develop"),
        of("stg", "558846432222", "stage")
    );
}

const SHARED: &str = "202949997891";
const DEV: &str = "558846431111";
const BUCKET: &str = "bys-shared-s3-codeseries-awssdk-iam";
const KEY: &str =
    "arn:aws:kms:ap-northeast-2:202949997891:key/11112222-71d6-4265-9dab-111122223333";
const PIPELINE_ROLE: &str =
    "arn:aws:iam::202949997891:role/service-role/bys-shared-iam-cdpl-awssdk-iam-role";
const BUILD_ROLE: &str = "arn:aws:iam::202949997891:role/service-role/bys-shared-iam-cdb-role";
const DEPLOY_ROLE: &str = "arn:aws:iam::558846431111:role/bys-dev-iam-create-cdp-in-shared";
const PUSH_ROLE: &str = "arn:aws:iam::558846431111:role/bys-dev-iam-deploy-role";
const CODEDEPLOY_ROLE: &str = "arn:aws:iam::558846431111:role/bys-dev-iam-cdp-role";

/// The post's way to build: a chain of ifs over the branch, credentials exported for all that follows, two
/// logins with the old command, and a backup of the image before.
const BUILDSPEC: &str = r#"
version: 0.2
env:
  shell: bash
  variables:
    APPLICATION_NAME: awssdk-iam
    AWS_REGION: ap-northeast-2
    DEV_ACCOUNT_NO: "558846431111"
    DEV_REGISTRY_URL: 558846431111.dkr.ecr.ap-northeast-2.amazonaws.com
    DEV_ASSUME_ROLE_NAME: bys-dev-iam-deploy-role
    PRD_REGISTRY_URL: ${PRD_ACCOUNT_NO}.dkr.ecr.ap-northeast-2.amazonaws.com
phases:
  pre_build:
    on-failure: ABORT
    commands:
      - if [ "${BRANCH_NAME}" == "develop" ]; then
          export ENVIRONMENT="dev";
          export ACCOUNT_NO=${DEV_ACCOUNT_NO};
          export ASSUME_ROLE_NAME=${DEV_ASSUME_ROLE_NAME};
          export REGISTRY_URL=${DEV_REGISTRY_URL};
        elif [ "${BRANCH_NAME}" == "master" ]; then
          export ENVIRONMENT="prd";
          export REGISTRY_URL=${PRD_REGISTRY_URL};
        fi
      - aws sts get-caller-identity
  build:
    on-failure: ABORT
    commands:
      - ./gradlew clean bootJar
      - $(aws ecr get-login --no-include-email --region ${AWS_REGION})
      - TAG=$(echo $CODEBUILD_RESOLVED_SOURCE_VERSION | cut -b -8)
      - docker build -t ${APPLICATION_NAME}:${TAG} .
      - CREDENTIALS=$(aws sts assume-role --role-arn arn:aws:iam::${ACCOUNT_NO}:role/${ASSUME_ROLE_NAME} --role-session-name DEV --region ${AWS_REGION})
      - export AWS_ACCESS_KEY_ID=$(echo $CREDENTIALS | jq .Credentials.AccessKeyId | sed 's/"//g')
      - export AWS_SESSION_TOKEN=$(echo $CREDENTIALS | jq .Credentials.SessionToken | sed 's/"//g')
      - $(aws ecr get-login --no-include-email --region ${AWS_REGION})
      - export IS_LATEST=`aws ecr describe-images --region ${AWS_REGION} --repository-name ecs/${ENVIRONMENT}-${APPLICATION_NAME} --query imageDetails[].imageTags | grep latest | wc -l`
      - >
        if [ "$IS_LATEST" == "1" ]; then
          docker pull ${REGISTRY_URL}/ecs/${ENVIRONMENT}-${APPLICATION_NAME}:latest;
          docker push ${REGISTRY_URL}/ecs/${ENVIRONMENT}-${APPLICATION_NAME}:backup;
        fi
      - docker push ${REGISTRY_URL}/ecs/${ENVIRONMENT}-${APPLICATION_NAME}:latest
  post_build:
    commands:
      - export TD_REVISION=$(aws ecs describe-task-definition --task-definition bys-${ENVIRONMENT}-td-${APPLICATION_NAME} | jq -r .taskDefinition.revision)
"#;

fn action(category: &str, provider: &str, configuration: Value) -> Value {
    let (input, output) = match category {
        "Source" => (json!([]), json!([{"name": "SourceArtifact"}])),
        "Build" => (
            json!([{"name": "SourceArtifact"}]),
            json!([{"name": "BuildArtifact"}]),
        ),
        _ => (json!([{"name": "BuildArtifact"}]), json!([])),
    };
    json!({
        "name": category,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "runOrder": 1, "configuration": configuration,
        "inputArtifacts": input, "outputArtifacts": output,
        "region": "ap-northeast-2"
    })
}

/// The post's pipeline, with the provider that it ends with.
fn post(provider: &str) -> Run {
    let mut source = action(
        "Source",
        "CodeCommit",
        json!({"BranchName": "develop", "OutputArtifactFormat": "CODE_ZIP", "PollForSourceChanges": "false", "RepositoryName": "awssdk-iam"}),
    );
    source["namespace"] = json!("SourceVariables");
    let build = action(
        "Build",
        "CodeBuild",
        json!({
            "EnvironmentVariables": "[{\"name\":\"BRANCH_NAME\",\"value\":\"#{SourceVariables.BranchName}\",\"type\":\"PLAINTEXT\"}]",
            "ProjectName": "bys-shared-cdb-awssdk-iam-dev"
        }),
    );
    let mut deploy = action(
        "Deploy",
        provider,
        json!({
            "AppSpecTemplateArtifact": "BuildArtifact", "AppSpecTemplatePath": "appspec.yml",
            "TaskDefinitionTemplateArtifact": "BuildArtifact", "TaskDefinitionTemplatePath": "taskdef.json",
            "ApplicationName": "bys-dev-cddp-ecs-main-awssdk-iam",
            "DeploymentGroupName": "bys-dev-cddpg-ecs-main-awssdk-iam"
        }),
    );
    deploy["roleArn"] = json!(DEPLOY_ROLE);
    let stages: Vec<Value> = [source, build, deploy]
        .into_iter()
        .map(|action| json!({"name": action["name"], "actions": [action]}))
        .collect();
    let mut run = Run::new(
        AccountId::parse(SHARED).unwrap(),
        Region::parse("ap-northeast-2").unwrap(),
        json!({"pipeline": {
            "name": "bys-shared-cdpl-awssdk-iam-dev",
            "roleArn": PIPELINE_ROLE,
            "artifactStore": {"type": "S3", "location": BUCKET, "encryptionKey": {"id": KEY, "type": "KMS"}},
            "stages": stages, "version": 2
        }}),
    );
    let build = run.beside("Build", "Build");
    build.buildspec = Some(BUILDSPEC.to_owned());
    build.project = Some(json!({
        "name": "bys-shared-cdb-awssdk-iam-dev",
        "source": {"type": "CODECOMMIT", "buildspec": "codeseries/codebuild/buildspec.yml"},
        "cache": {"type": "S3", "location": format!("{BUCKET}/dev/cahce")},
        "environment": {"environmentVariables": []},
        "serviceRole": BUILD_ROLE,
        "encryptionKey": KEY,
        "logsConfig": {
            "cloudWatchLogs": {"status": "ENABLED"},
            "s3Logs": {"status": "ENABLED", "location": format!("{BUCKET}/dev/logs"), "encryptionDisabled": false}
        }
    }));
    let deploy = run.beside("Deploy", "Deploy");
    deploy.appspec = Some("version: 0.0\nResources: []".to_owned());
    deploy.deployment_group = Some(json!({
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "serviceRoleArn": CODEDEPLOY_ROLE,
        "ecsServices": [{"clusterName": "bys-dev-ecs-main", "serviceName": "awssdk-iam"}]
    }));
    deploy.taskdef = Some(json!({
        "family": "bys-dev-td-awssdk-iam",
        "executionRoleArn": "arn:aws:iam::558846431111:role/exec",
        "containerDefinitions": [{"name": "awssdk-iam", "image": format!("{DEV}.dkr.ecr.ap-northeast-2.amazonaws.com/ecs/dev-awssdk-iam:latest")}]
    }));
    run
}

#[test]
fn of_the_posts_pipeline() {
    insta::assert_snapshot!("post", told(&chain::list(&post("CodeDeployToECS"))));
}

#[test]
fn the_posts_first_provider_is_the_wrong_one() {
    let listing = chain::list(&post("CodeDeploy"));
    assert!(
        listing
            .gaps
            .iter()
            .any(|gap| gap.why.contains("the provider is CodeDeployToECS"))
    );
}

/// The documents of the post's accounts, by the role, bucket or key that they belong to.
struct Accounts(BTreeMap<String, Vec<Arc<Document>>>);

impl Accounts {
    fn put(&mut self, arn: &str, statements: Value) {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let parsed = policy::parse(&document).unwrap();
        self.0.insert(arn.to_owned(), vec![Arc::new(parsed)]);
    }

    fn of(&self, arn: &str) -> Vec<Arc<Document>> {
        self.0.get(arn).cloned().unwrap_or_default()
    }

    /// Who is refused first, and what AWS says of it.
    fn first_refused<'a>(&self, needs: &'a [Need]) -> Option<&'a Need> {
        needs.iter().find(|need| {
            let bucket = format!("arn:aws:s3:::{BUCKET}");
            let resource = if need.resource.starts_with(&bucket) {
                bucket
            } else {
                need.resource.clone()
            };
            let carries = if need.iam_action.starts_with("sts:") {
                format!("trust of {resource}")
            } else {
                resource
            };
            let policies = Policies {
                identity: need
                    .who
                    .role_arn()
                    .map(|arn| self.of(arn))
                    .unwrap_or_default(),
                resource: self.of(&carries).first().cloned(),
                ..Policies::default()
            };
            need.is_required()
                && policy::decide(&policies, &need.request()).answer != Answer::Allowed
        })
    }
}

/// What the post says was set up, where it says it; whatever it leaves out allows all.
fn accounts() -> Accounts {
    let mut accounts = Accounts(BTreeMap::new());
    let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    for role in [
        PIPELINE_ROLE,
        BUILD_ROLE,
        PUSH_ROLE,
        CODEDEPLOY_ROLE,
        "arn:aws:iam::558846431111:role/exec",
    ] {
        accounts.put(role, everything.clone());
    }
    for (role, trusted) in [
        (
            PIPELINE_ROLE,
            json!({"Service": "codepipeline.amazonaws.com"}),
        ),
        (BUILD_ROLE, json!({"Service": "codebuild.amazonaws.com"})),
        (
            CODEDEPLOY_ROLE,
            json!({"Service": "codedeploy.amazonaws.com"}),
        ),
        (
            "arn:aws:iam::558846431111:role/exec",
            json!({"Service": "ecs-tasks.amazonaws.com"}),
        ),
        (
            DEPLOY_ROLE,
            json!({"AWS": "arn:aws:iam::202949997891:root"}),
        ),
        (PUSH_ROLE, json!({"AWS": "arn:aws:iam::202949997891:root"})),
    ] {
        accounts.put(
            &format!("trust of {role}"),
            json!([{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}]),
        );
    }
    let bucket = format!("arn:aws:s3:::{BUCKET}");
    let objects = format!("{bucket}/*");
    let dev = json!({"AWS": format!("arn:aws:iam::{DEV}:root")});
    accounts.put(
        &bucket,
        json!([
            {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": objects,
             "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}},
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": objects,
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Effect": "Allow", "Principal": dev, "Action": ["s3:Get*", "s3:Put*"], "Resource": objects},
            {"Effect": "Allow", "Principal": dev, "Action": "s3:ListBucket", "Resource": bucket}
        ]),
    );
    // "Define key usage permissions": the pipeline's role is registered, and nobody else.
    let uses = json!([
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:DescribeKey"
    ]);
    accounts.put(
        KEY,
        json!([{"Effect": "Allow", "Principal": {"AWS": PIPELINE_ROLE}, "Action": uses, "Resource": "*"}]),
    );
    accounts.put(
        DEPLOY_ROLE,
        deploy_policy("111122222-71d6-4265-9dab-111122223333"),
    );
    accounts
}

/// The deploy role's five policies in one. The post has a digit too many in the key's id.
fn deploy_policy(key_id: &str) -> Value {
    json!([
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": format!("arn:aws:s3:::{BUCKET}/*")},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{BUCKET}")},
        {"Effect": "Allow", "Action": ["kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt", "kms:ReEncrypt*", "kms:Decrypt"],
         "Resource": format!("arn:aws:kms:ap-northeast-2:{SHARED}:key/{key_id}")},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
        {"Effect": "Allow", "Action": "ecs:RegisterTaskDefinition", "Resource": "*"},
        {"Effect": "Allow", "Action": ["codedeploy:CreateDeployment", "codedeploy:GetDeployment", "codedeploy:GetDeploymentConfig",
         "codedeploy:GetApplication", "codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"], "Resource": "*"}
    ])
}

#[test]
fn the_posts_own_troubles_are_found_in_their_order() {
    let run = post("CodeDeployToECS");
    let needs = chain::needs(&run);
    let mut accounts = accounts();
    let mut found = Vec::new();
    let mut step = |accounts: &Accounts, expected: &str| {
        let need = accounts
            .first_refused(&needs)
            .map_or("nothing", |need| need.id.as_str());
        assert_eq!(need, expected, "after {found:?}");
        found.push(expected.to_owned());
    };
    // The key policy knows the pipeline's role alone: the build cannot read its source.
    step(&accounts, "build/source-decrypt");
    let uses = json!([
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:DescribeKey"
    ]);
    let key = |principals: Value| json!([{"Effect": "Allow", "Principal": {"AWS": principals}, "Action": uses, "Resource": "*"}]);
    accounts.put(KEY, key(json!([PIPELINE_ROLE, BUILD_ROLE])));
    // "You are missing permissions to access input artifact": neither side of the key lets the role in.
    step(&accounts, "deploy/artifact-decrypt");
    accounts.put(
        DEPLOY_ROLE,
        deploy_policy("11112222-71d6-4265-9dab-111122223333"),
    );
    step(&accounts, "deploy/artifact-decrypt");
    accounts.put(
        KEY,
        key(json!([
            PIPELINE_ROLE,
            BUILD_ROLE,
            format!("arn:aws:iam::{DEV}:root")
        ])),
    );
    step(&accounts, "nothing");
    // And what the post tried: rights for the other two roles change nothing.
    accounts.put(
        DEPLOY_ROLE,
        json!([{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}]),
    );
    step(&accounts, "deploy/artifact-read");
    let need = accounts.first_refused(&needs).unwrap();
    assert_eq!(
        need.refusal.message,
        "You are missing permissions to access input artifact: BuildArtifact."
    );
    assert_eq!(
        (need.refusal.shown, need.refusal.confidence),
        (Shown::Action, Confidence::Observed)
    );
    assert_eq!(need.refusal.failure, "F02");
}
