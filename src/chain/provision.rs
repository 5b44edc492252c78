//! What CodeBuild asks before the build's phases: its role, the log, the network and the container.
//!
//! Source: AWS CodeBuild User Guide, "Allow CodeBuild to interact with other AWS services", "Batch builds in
//! CodeBuild", "Use VPC endpoints".

use serde_json::Value;

use super::artifact::{Object, Telling};
use super::build::{CODEBUILD, joined};
use super::buildspec::{PULL, image};
use super::list::{Ask, List};
use super::need::{Actor, Step};
use super::says::{Phase, Words};
use super::scene::{Action, account_in, bucket_and_key, items, text, unnamed_session};

impl<'a> List<'a> {
    /// A batch starts its builds with a role of its own.
    pub fn batch(&mut self, action: &Action<'a>, project: &Value, arn: &str) {
        let account = self.scene.account_of(action);
        let role = project
            .get("buildBatchConfig")
            .map_or("", |config| text(config, "serviceRole"));
        if role.is_empty() {
            self.gap("The project has no role for batches (buildBatchConfig.serviceRole), without which none starts.");
            return;
        }
        let role = self.scene.role(role, account);
        self.trust(
            "build/batch-role",
            Step::StartBuild,
            CODEBUILD,
            &role,
            arn,
            Words::Phase(Phase::Role),
        );
        let who = unnamed_session(Actor::Build, &role, "AWSCodeBuild");
        for (id, name) in [
            ("batch-start", "StartBuild"),
            ("batch-stop", "StopBuild"),
            ("batch-retry", "RetryBuild"),
        ] {
            self.add(
                Ask::new(
                    format!("build/{id}"),
                    Step::StartBuild,
                    &who,
                    format!("codebuild:{name}"),
                    arn,
                    account,
                )
                .via(CODEBUILD)
                .why("The batch's role runs the builds of the batch.")
                .optional_if(name != "StartBuild")
                .refused(Words::Unknown),
            );
        }
    }

    /// CodeBuild takes on the role, and opens the log and the container.
    pub fn provision(&mut self, action: &Action<'a>, project: &Value, role: &str) {
        let arn = self.project_arn(action);
        self.trust(
            "build/build-role",
            Step::Provisioning,
            CODEBUILD,
            role,
            &arn,
            Words::Phase(Phase::Role),
        );
        self.logs(action, project, role);
        self.network(action, project, role);
        let environment = project.get("environment").unwrap_or(&Value::Null);
        let own = text(environment, "imagePullCredentialsType") == "SERVICE_ROLE";
        if let Some(image) = image(self.scene, text(environment, "image")).filter(|_| own) {
            let who = self.scene.build_session(role);
            let owner = account_in(&image.repository).unwrap_or_default().to_owned();
            let words = Words::Phase(Phase::Image);
            self.add(
                Ask::new(
                    "build/container-login",
                    Step::Provisioning,
                    &who,
                    "ecr:GetAuthorizationToken",
                    "*",
                    account_in(role).unwrap_or_default(),
                )
                .via(CODEBUILD)
                .why("CodeBuild logs in to the registry of the build's own image.")
                .refused(words.clone()),
            );
            for (id, name, why) in PULL {
                self.add(
                    Ask::new(
                        format!("build/container-{id}"),
                        Step::Provisioning,
                        &who,
                        format!("ecr:{name}"),
                        image.repository.clone(),
                        owner.clone(),
                    )
                    .via(CODEBUILD)
                    .why(format!("{why} The build runs in it."))
                    .refused(words.clone()),
                );
            }
        }
    }

    fn logs(&mut self, action: &Action<'a>, project: &Value, role: &str) {
        let who = self.scene.build_session(role);
        let account = self.scene.account_of(action);
        let region = self.scene.region_of(action);
        let config = project.get("logsConfig").unwrap_or(&Value::Null);
        let to_cloudwatch = config.get("cloudWatchLogs").unwrap_or(&Value::Null);
        let name = action.configured("ProjectName").unwrap_or_default();
        if text(to_cloudwatch, "status") != "DISABLED" {
            let group = Some(text(to_cloudwatch, "groupName"))
                .filter(|group| !group.is_empty())
                .map_or_else(|| format!("/aws/codebuild/{name}"), str::to_owned);
            let stream = match text(to_cloudwatch, "streamName") {
                "" => self.scene.build_id().to_owned(),
                stream => format!("{stream}/{}", self.scene.build_id()),
            };
            let build = self.scene.arn(
                "codebuild",
                region,
                account,
                &format!("build/{name}:{}", self.scene.build_id()),
            );
            let words = Words::Phase(Phase::Logs {
                role: role.to_owned(),
                build,
            });
            // Refusals in public show a group with the beginning of a stream's name behind it.
            for (id, action, stream, why) in [
                (
                    "log-group",
                    "logs:CreateLogGroup",
                    "",
                    "The first build makes the log group.",
                ),
                (
                    "log-stream",
                    "logs:CreateLogStream",
                    stream.as_str(),
                    "CodeBuild opens the build's log.",
                ),
                (
                    "log-events",
                    "logs:PutLogEvents",
                    stream.as_str(),
                    "CodeBuild writes the build's log.",
                ),
            ] {
                let resource = format!("log-group:{group}:log-stream:{stream}");
                self.add(
                    Ask::new(
                        format!("build/{id}"),
                        Step::Provisioning,
                        &who,
                        action,
                        self.scene.arn("logs", region, account, &resource),
                        account,
                    )
                    .via(CODEBUILD)
                    .why(why)
                    .refused(words.clone()),
                );
            }
        }
    }

    /// The build's log in a bucket is stored when the build is over.
    pub fn bucket_log(&mut self, action: &Action<'a>, project: &Value, role: &str) {
        let who = self.scene.build_session(role);
        let config = project.get("logsConfig").unwrap_or(&Value::Null);
        let to_s3 = config.get("s3Logs").unwrap_or(&Value::Null);
        if text(to_s3, "status") == "ENABLED" {
            let (bucket, prefix) = bucket_and_key(text(to_s3, "location"));
            let encrypted = to_s3.get("encryptionDisabled").and_then(Value::as_bool) != Some(true);
            let store = self.project_store(action, project, bucket);
            let key = joined(prefix, &format!("{}.gz", self.scene.build_id()));
            let telling = Telling {
                id: "build/s3-log",
                step: Step::UploadArtifacts,
                via: CODEBUILD,
                what: "the build's log",
                words: Words::Phase(Phase::Upload),
                optional: false,
                listed: false,
            };
            self.write_object(
                &who,
                &Object {
                    store: &store,
                    key: &key,
                },
                encrypted,
                &telling,
            );
            self.bucket_listed(&who, bucket, &[("bucket-acl", "s3:GetBucketAcl")], &telling);
        }
    }

    /// A build in a VPC makes itself a network interface.
    ///
    /// Source: AWS CodeBuild User Guide, "Allow CodeBuild access to AWS services required to create a VPC
    /// network interface".
    fn network(&mut self, action: &Action<'a>, project: &Value, role: &str) {
        let vpc = project.get("vpcConfig").unwrap_or(&Value::Null);
        if text(vpc, "vpcId").is_empty() {
            return;
        }
        let who = self.scene.build_session(role);
        let account = self.scene.account_of(action);
        let region = self.scene.region_of(action);
        let interface = self
            .scene
            .arn("ec2", region, account, "network-interface/*");
        let subnet = items(vpc, "subnets")
            .first()
            .and_then(Value::as_str)
            .unwrap_or_default();
        let subnet = self
            .scene
            .arn("ec2", region, account, &format!("subnet/{subnet}"));
        for (id, name, resource) in [
            ("dhcp", "DescribeDhcpOptions", "*"),
            ("interfaces", "DescribeNetworkInterfaces", "*"),
            ("security-groups", "DescribeSecurityGroups", "*"),
            ("subnets", "DescribeSubnets", "*"),
            ("vpcs", "DescribeVpcs", "*"),
            (
                "create-interface",
                "CreateNetworkInterface",
                interface.as_str(),
            ),
            (
                "interface-permission",
                "CreateNetworkInterfacePermission",
                interface.as_str(),
            ),
            (
                "delete-interface",
                "DeleteNetworkInterface",
                interface.as_str(),
            ),
        ] {
            let mut ask = Ask::new(
                format!("build/{id}"),
                Step::Provisioning,
                &who,
                format!("ec2:{name}"),
                resource,
                account,
            )
            .via(CODEBUILD)
            .why("A build in a VPC has a network interface there.")
            .refused(Words::Phase(Phase::Network));
            if name == "CreateNetworkInterfacePermission" {
                ask = ask
                    .with("ec2:AuthorizedService", CODEBUILD)
                    .with("ec2:Subnet", subnet.clone());
            }
            self.add(ask);
        }
    }
}
