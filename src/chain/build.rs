//! Build and test actions by CodeBuild.
//!
//! Source: AWS CodePipeline User Guide, "AWS CodeBuild build and test action reference"; AWS CodeBuild User
//! Guide, "Allow CodeBuild to interact with other AWS services", "Cross-service confused deputy
//! prevention", "Troubleshooting AWS CodeBuild".

use serde_json::Value;

use super::artifact::{Object, Telling};
use super::commands::{PULL, image};
use super::list::{Ask, List};
use super::need::{Actor, Step, Who};
use super::says::{Phase, Words};
use super::scene::{
    Action, Encryption, Store, account_in, bucket_and_key, items, text, unnamed_session,
};
use super::source::CODEPIPELINE;

const CODEBUILD: &str = "codebuild.amazonaws.com";
/// An object of a cache; CodeBuild chooses its name.
const EXAMPLE_CACHE: &str = "11111111-2222-4333-8444-666666666666";

impl<'a> List<'a> {
    pub fn build(&mut self, action: &Action<'a>) {
        self.assume(action, "build");
        let project = self
            .scene
            .beside(&action.place)
            .and_then(|beside| beside.project.as_ref());
        let role = action
            .configured("ServiceRoleArnOverride")
            .or_else(|| project.map(|it| text(it, "serviceRole")))
            .filter(|role| !role.is_empty());
        self.start_build(action, project);
        let Some(role) = role else {
            self.gap("The build project is not at hand: which role builds, and what it asks, is not listed.");
            return;
        };
        let account = self.scene.account_of(action);
        let role = self.scene.role(role, account);
        let project = project.unwrap_or(&Value::Null);
        self.provision(action, project, &role);
        self.download(action, project, &role);
        self.commands(action, &role);
        self.upload(action, project, &role);
    }

    fn project_arn(&self, action: &Action<'a>) -> String {
        let name = action.configured("ProjectName").unwrap_or_default();
        self.scene.arn(
            "codebuild",
            self.scene.region_of(action),
            self.scene.account_of(action),
            &format!("project/{name}"),
        )
    }

    /// What the pipeline asks.
    fn start_build(&mut self, action: &Action<'a>, project: Option<&Value>) {
        let who = self.scene.action_session(action);
        let account = self.scene.account_of(action);
        let arn = self.project_arn(action);
        let batch = action
            .configured("BatchEnabled")
            .is_some_and(|it| it.eq_ignore_ascii_case("true"));
        let calls: [(&str, &str, &'static str, &str); 2] = if batch {
            [
                (
                    "start",
                    "StartBuildBatch",
                    "startBuildBatch",
                    "The pipeline starts the batch of builds.",
                ),
                (
                    "watch",
                    "BatchGetBuildBatches",
                    "batchGetBuildBatches",
                    "The pipeline watches the batch.",
                ),
            ]
        } else {
            [
                (
                    "start",
                    "StartBuild",
                    "startBuild",
                    "The pipeline starts the build.",
                ),
                (
                    "watch",
                    "BatchGetBuilds",
                    "batchGetBuilds",
                    "The pipeline watches the build.",
                ),
            ]
        };
        for (id, name, operation, why) in calls {
            self.add(
                Ask::new(
                    format!("build/{id}"),
                    Step::StartBuild,
                    &who,
                    format!("codebuild:{name}"),
                    arn.clone(),
                    account,
                )
                .via(CODEPIPELINE)
                .why(why)
                .refused(Words::CallBuild(operation)),
            );
        }
        if let Some(role) = action.configured("ServiceRoleArnOverride") {
            let role = self.scene.role(role, account);
            self.add(
                Ask::new(
                    "build/pass-role",
                    Step::StartBuild,
                    &who,
                    "iam:PassRole",
                    role.clone(),
                    account_in(&role).unwrap_or_default(),
                )
                .via(CODEPIPELINE)
                .with("iam:PassedToService", CODEBUILD)
                .why("The action gives the build another role than the project has.")
                .refused(Words::CallBuild("startBuild")),
            );
        }
        if batch && let Some(project) = project {
            self.batch(action, project, &arn);
        }
    }

    /// A batch starts its builds with a role of its own.
    fn batch(&mut self, action: &Action<'a>, project: &Value, arn: &str) {
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

    /// A service takes on a role for something of the role's account.
    pub fn trust(
        &mut self,
        id: &str,
        step: Step,
        service: &str,
        role: &str,
        source: &str,
        words: Words,
    ) {
        let account = account_in(source).unwrap_or_default();
        self.add(
            Ask::new(
                id,
                step,
                &Who::Service(service.to_owned()),
                "sts:AssumeRole",
                role,
                account_in(role).unwrap_or_default(),
            )
            .via(service)
            .with("aws:SourceAccount", account)
            .with("aws:SourceArn", source)
            .why(format!("{service} takes on the role for {source}."))
            .refused(words),
        );
    }

    /// CodeBuild takes on the role, and opens the log and the container.
    fn provision(&mut self, action: &Action<'a>, project: &Value, role: &str) {
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

    /// The artifacts' store as the project encrypts for it: with its own key, where it has one.
    fn project_store<'b>(
        &self,
        action: &Action<'a>,
        project: &'b Value,
        bucket: &'b str,
    ) -> Store<'b>
    where
        'a: 'b,
    {
        let own = text(project, "encryptionKey");
        let of_pipeline = self
            .scene
            .store(self.scene.region_of(action))
            .map_or(Encryption::AwsManaged, |store| store.encryption);
        let encryption = match own {
            "" => of_pipeline,
            key if key.ends_with("alias/aws/s3") => of_pipeline,
            key => Encryption::Key(key),
        };
        Store { bucket, encryption }
    }

    fn download(&mut self, action: &Action<'a>, project: &Value, role: &str) {
        let who = self.scene.build_session(role);
        self.cache(action, project, &who, Step::DownloadSource);
        self.values(action, project, role);
        let Some(store) = self.scene.store(self.scene.region_of(action)) else {
            self.gap("The pipeline names no artifact store for this action's Region.");
            return;
        };
        let owner = self
            .bucket(
                "build/bucket-owner",
                Step::DownloadSource,
                &who,
                "s3:GetBucketAcl",
                store.bucket,
            )
            .via(CODEBUILD)
            .why("CodeBuild looks whose bucket it is before it takes the source from there.")
            .refused(Words::Phase(Phase::BucketOwner));
        self.add(owner);
        for artifact in &action.inputs {
            let key = self.scene.artifact_key(artifact);
            let version = format!("{}/{key}", self.bucket_arn(store.bucket));
            let telling = Telling {
                id: "build/source",
                step: Step::DownloadSource,
                via: CODEBUILD,
                what: "the source artifact",
                words: Words::Phase(Phase::Source {
                    version: version.clone(),
                }),
                optional: false,
            };
            self.read_object(
                &who,
                &Object {
                    store: &store,
                    key: &key,
                },
                &telling,
            );
            self.bucket_listed(
                &who,
                store.bucket,
                &[("bucket-location", "s3:GetBucketLocation")],
                &telling,
            );
            self.clone_source(action, artifact, &who, &version);
        }
        let spec = project
            .get("source")
            .map_or("", |source| text(source, "buildspec"));
        if spec.contains(":s3:::") {
            let (bucket, key) = bucket_and_key(spec);
            let store = Store {
                bucket,
                encryption: self.default_encryption(bucket),
            };
            let telling = Telling {
                id: "build/buildspec",
                step: Step::DownloadSource,
                via: CODEBUILD,
                what: "the buildspec, which is kept in a bucket",
                words: Words::Phase(Phase::Source {
                    version: spec.to_owned(),
                }),
                optional: false,
            };
            self.read_object(&who, &Object { store: &store, key }, &telling);
        }
    }

    /// How a bucket encrypts by itself.
    pub fn default_encryption(&self, bucket: &str) -> Encryption<'a> {
        self.scene
            .run
            .buckets
            .get(bucket)
            .and_then(|known| known.default_key.as_deref())
            .map_or(Encryption::AwsManaged, Encryption::Key)
    }

    /// A source that is only a reference is cloned by the build itself.
    fn clone_source(&mut self, action: &Action<'a>, artifact: &str, who: &Who, version: &str) {
        let actions = self.scene.actions();
        let Some(source) = actions.iter().find(|it| {
            it.precedes(action)
                && it.outputs.contains(&artifact)
                && it.configured("OutputArtifactFormat") == Some("CODEBUILD_CLONE_REF")
        }) else {
            return;
        };
        let words = Words::Phase(Phase::Clone {
            version: version.to_owned(),
        });
        let connection = source.configured("ConnectionArn");
        let repository = source.configured("RepositoryName").unwrap_or_default();
        let account = self.scene.account_of(source);
        let arn = self.scene.arn(
            "codecommit",
            self.scene.region_of(source),
            account,
            repository,
        );
        let asks = match connection {
            Some(connection) => ["codeconnections", "codestar-connections"]
                .map(|prefix| {
                    (
                        format!("clone-{prefix}"),
                        format!("{prefix}:UseConnection"),
                        connection.to_owned(),
                    )
                })
                .to_vec(),
            None => vec![("clone".to_owned(), "codecommit:GitPull".to_owned(), arn)],
        };
        for (id, name, resource) in asks {
            let owner = account_in(&resource).unwrap_or(account).to_owned();
            self.add(
                Ask::new(
                    format!("build/{id}"),
                    Step::DownloadSource,
                    who,
                    name,
                    resource,
                    owner,
                )
                .via(CODEBUILD)
                .why("The source artifact is only a reference: the build clones the repository itself.")
                .refused(words.clone()),
            );
        }
    }

    /// Environment variables whose values are kept elsewhere.
    fn values(&mut self, action: &Action<'a>, project: &Value, role: &str) {
        let who = self.scene.build_session(role);
        let account = self.scene.account_of(action).to_owned();
        let region = self.scene.region_of(action);
        let given = action
            .configured("EnvironmentVariables")
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        let given = given.as_ref().and_then(Value::as_array);
        let environment = project.get("environment").unwrap_or(&Value::Null);
        let mut kept: Vec<(bool, String)> = items(environment, "environmentVariables")
            .iter()
            .chain(given.into_iter().flatten())
            .filter_map(|variable| match text(variable, "type") {
                "PARAMETER_STORE" => Some((false, text(variable, "value").to_owned())),
                "SECRETS_MANAGER" => Some((true, text(variable, "value").to_owned())),
                _ => None,
            })
            .collect();
        let spec = self
            .scene
            .beside(&action.place)
            .and_then(|beside| beside.buildspec.as_deref())
            .and_then(|text| serde_yaml_ng::from_str::<serde_yaml_ng::Value>(text).ok());
        let declared = spec.as_ref().and_then(|spec| spec.get("env"));
        for (member, is_secret) in [("parameter-store", false), ("secrets-manager", true)] {
            let values = declared
                .and_then(|env| env.get(member))
                .and_then(serde_yaml_ng::Value::as_mapping);
            for (_, value) in values.into_iter().flatten() {
                kept.extend(value.as_str().map(|value| (is_secret, value.to_owned())));
            }
        }
        for (is_secret, value) in kept {
            let (id, name, arn, code) = if is_secret {
                (
                    "build/secret-value",
                    "secretsmanager:GetSecretValue",
                    self.secret_arn(region, &account, &value),
                    "Secrets Manager Error Message",
                )
            } else {
                (
                    "build/parameter-value",
                    "ssm:GetParameters",
                    self.parameter_arn(region, &account, &value),
                    "PARAMETER_STORE_ERROR",
                )
            };
            let owner = account_in(&arn).unwrap_or_default().to_owned();
            self.add(
                Ask::new(id, Step::DownloadSource, &who, name, arn, owner)
                    .via(CODEBUILD)
                    .why("An environment variable of the build has its value there.")
                    .refused(Words::Phase(Phase::Parameters(code))),
            );
        }
        if spec
            .as_ref()
            .is_some_and(|spec| spec.get("reports").is_some())
        {
            self.gap("The buildspec makes reports: what they ask of CodeBuild is not listed.");
        }
    }

    /// The cache is read before and written after. A refusal never ends a build.
    fn cache(&mut self, action: &Action<'a>, project: &Value, who: &Who, step: Step) {
        let cache = project.get("cache").unwrap_or(&Value::Null);
        if text(cache, "type") != "S3" {
            return;
        }
        let (bucket, prefix) = bucket_and_key(text(cache, "location"));
        let store = self.project_store(action, project, bucket);
        let key = joined(prefix, EXAMPLE_CACHE);
        let object = Object {
            store: &store,
            key: &key,
        };
        let telling = Telling {
            id: "build/cache",
            step,
            via: CODEBUILD,
            what: "the build's cache",
            words: Words::Cache,
            optional: true,
        };
        if step == Step::DownloadSource {
            self.read_object(who, &object, &telling);
        } else {
            self.write_object(who, &object, true, &telling);
        }
    }

    fn upload(&mut self, action: &Action<'a>, project: &Value, role: &str) {
        let who = self.scene.build_session(role);
        if let Some(at) = self.scene.store(self.scene.region_of(action)) {
            let store = self.project_store(action, project, at.bucket);
            for artifact in &action.outputs {
                let key = self.scene.artifact_key(artifact);
                let telling = Telling {
                    id: "build/artifact",
                    step: Step::UploadArtifacts,
                    via: CODEBUILD,
                    what: "the build artifact",
                    words: Words::Phase(Phase::Upload),
                    optional: false,
                };
                self.write_object(
                    &who,
                    &Object {
                        store: &store,
                        key: &key,
                    },
                    true,
                    &telling,
                );
            }
            if let (Encryption::Key(theirs), Encryption::Key(own)) =
                (&at.encryption, &store.encryption)
                && theirs != own
                && !action.outputs.is_empty()
            {
                self.gap(format!(
                    "The project encrypts what it builds with {own}, the pipeline's key is {theirs}: later actions must be able to use the project's key."
                ));
            }
        }
        self.cache(action, project, &who, Step::UploadArtifacts);
    }
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}/{name}")
    }
}
