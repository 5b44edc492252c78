//! Build and test actions by CodeBuild.
//!
//! Source: AWS CodePipeline User Guide, "AWS CodeBuild build and test action reference"; AWS CodeBuild User
//! Guide, "Allow CodeBuild to interact with other AWS services", "Cross-service confused deputy
//! prevention", "Troubleshooting AWS CodeBuild".

use serde_json::Value;

use super::artifact::{Object, Telling};
use super::list::{Ask, List};
use super::need::{Step, Who};
use super::says::{Phase, Words};
use super::scene::{Action, Encryption, Store, account_in, bucket_and_key, items, text};
use super::source::CODEPIPELINE;

pub(super) const CODEBUILD: &str = "codebuild.amazonaws.com";
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

    pub fn project_arn(&self, action: &Action<'a>) -> String {
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

    /// The artifacts' store as the project encrypts for it: with its own key, where it has one.
    pub fn project_store<'b>(
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
                listed: true,
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
                listed: false,
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
            listed: false,
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
                    listed: true,
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
        self.bucket_log(action, project, role);
    }
}

pub(super) fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}/{name}")
    }
}
