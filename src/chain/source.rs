//! Source actions: look at the source, and store it as an artifact.
//!
//! Source: AWS CodePipeline User Guide, "CodeCommit source action reference", "CodeStarSourceConnection",
//! "Manage the CodePipeline service role", "Troubleshooting CodePipeline".

use super::artifact::{Object, Telling};
use super::list::{Ask, List};
use super::need::{Confidence, Step, Who};
use super::says::Words;
use super::scene::{Action, Encryption, Store, account_in};

/// The services that call.
pub(super) const CODEPIPELINE: &str = "codepipeline.amazonaws.com";
const CODECOMMIT: &str = "codecommit.amazonaws.com";

impl<'a> List<'a> {
    /// CodePipeline takes on its role, and with that the action's own where it has one.
    pub fn assume(&mut self, action: &Action<'a>, prefix: &str) {
        let role = self.scene.pipeline_role();
        self.add(
            Ask::new(
                format!("{prefix}/pipeline-role"),
                Step::Assume,
                &Who::Service(CODEPIPELINE.to_owned()),
                "sts:AssumeRole",
                role,
                account_in(role).unwrap_or(self.scene.account),
            )
            .via(CODEPIPELINE)
            .why("CodePipeline takes on the pipeline's role.")
            .refused(Words::PipelineRole),
        );
        if let Some(own) = action.role.filter(|own| *own != role) {
            self.add(
                Ask::new(
                    format!("{prefix}/action-role"),
                    Step::Assume,
                    &self.scene.pipeline_session(),
                    "sts:AssumeRole",
                    own,
                    account_in(own).unwrap_or_default(),
                )
                .via(CODEPIPELINE)
                .why("The pipeline's role takes on the action's own: all that the action does is asked in that name.")
                .refused(Words::ActionRole {
                    pipeline_role: role.to_owned(),
                }),
            );
        }
    }

    pub fn source(&mut self, action: &Action<'a>) {
        self.assume(action, "source");
        match action.provider {
            "CodeCommit" => self.codecommit(action),
            "CodeStarSourceConnection" => self.connection(action),
            "S3" => self.s3_source(action),
            "ECR" => self.ecr_source(action),
            other => self.gap(format!(
                "What a source action of provider {other} asks for is not known here."
            )),
        }
    }

    fn codecommit(&mut self, action: &Action<'a>) {
        let who = self.scene.action_session(action);
        let account = self.scene.account_of(action);
        let name = action.configured("RepositoryName").unwrap_or_default();
        let arn = self
            .scene
            .arn("codecommit", self.scene.region_of(action), account, name);
        let clone = action.configured("OutputArtifactFormat") == Some("CODEBUILD_CLONE_REF");
        let words = Words::Repository(name.to_owned());
        let ask = |id: &str, name: &str, why: &str| {
            Ask::new(
                format!("source/{id}"),
                Step::Source,
                &who,
                format!("codecommit:{name}"),
                arn.clone(),
                account,
            )
            .via(CODEPIPELINE)
            .why(why)
            .refused(words.clone())
        };
        self.add(ask(
            "branch",
            "GetBranch",
            "It looks up the commit that the branch points to.",
        ));
        self.add(ask(
            "commit",
            "GetCommit",
            "It reads the commit's message and dates.",
        ));
        if clone {
            self.add(ask(
                "repository",
                "GetRepository",
                "It hands on how the repository is cloned, instead of its content.",
            ));
        } else {
            self.add(ask(
                "archive",
                "UploadArchive",
                "CodeCommit packs the commit and stores it as the output artifact.",
            ));
            self.add(ask(
                "archive-status",
                "GetUploadArchiveStatus",
                "It waits until the output artifact is stored.",
            ));
            self.add(
                ask(
                    "archive-cancel",
                    "CancelUploadArchive",
                    "It takes an upload back when the run is stopped.",
                )
                .optional(),
            );
        }
        // CodeCommit stores the archive in the name of whoever asked it to.
        let via = if clone { CODEPIPELINE } else { CODECOMMIT };
        self.store(action, &who, via, true, None);
    }

    fn connection(&mut self, action: &Action<'a>) {
        let who = self.scene.action_session(action);
        let arn = action.configured("ConnectionArn").unwrap_or_default();
        for prefix in ["codeconnections", "codestar-connections"] {
            let mut ask = Ask::new(
                format!("source/use-connection-{prefix}"),
                Step::Source,
                &who,
                format!("{prefix}:UseConnection"),
                arn,
                account_in(arn).unwrap_or(self.scene.account),
            )
            .via(CODEPIPELINE)
            .why("The connection reads the repository at its provider; AWS asks under both names of the service, whichever the ARN has.")
            .refused(Words::Connection(arn.to_owned()));
            for (key, member) in [
                ("FullRepositoryId", "FullRepositoryId"),
                ("BranchName", "BranchName"),
            ] {
                if let Some(value) = action.configured(member) {
                    ask = ask.with(&format!("{prefix}:{key}"), value);
                }
            }
            self.add(ask);
        }
        self.store(
            action,
            &who,
            CODEPIPELINE,
            false,
            Some(Words::ConnectionUpload),
        );
    }

    fn s3_source(&mut self, action: &Action<'a>) {
        let who = self.scene.action_session(action);
        let bucket = action.configured("S3Bucket").unwrap_or_default();
        let key = action.configured("S3ObjectKey").unwrap_or_default();
        let on_bucket = |list: &Self, id: &str, name: &str, why: &str| {
            list.bucket(
                &format!("source/{id}"),
                Step::Source,
                &who,
                &format!("s3:{name}"),
                bucket,
            )
            .via(CODEPIPELINE)
            .why(why)
            .refused(Words::ProvidedRole)
        };
        let versioning = on_bucket(
            self,
            "versioning",
            "GetBucketVersioning",
            "A source bucket must have versions, which it checks first.",
        );
        self.add(versioning);
        let encryption = self
            .scene
            .run
            .buckets
            .get(bucket)
            .and_then(|known| known.default_key.as_deref())
            .map_or(Encryption::AwsManaged, Encryption::Key);
        let store = Store { bucket, encryption };
        self.read_object(
            &who,
            &Object { store: &store, key },
            &Telling {
                id: "source/object",
                step: Step::Source,
                via: CODEPIPELINE,
                what: "the source object",
                words: Words::ProvidedRole,
                optional: false,
                listed: true,
            },
        );
        for (id, name) in [
            ("bucket-acl", "GetBucketAcl"),
            ("bucket-location", "GetBucketLocation"),
            ("bucket-list", "ListBucket"),
        ] {
            let ask =
                on_bucket(self, id, name, "AWS lists it for the source bucket.").listed_only();
            self.add(ask);
        }
        self.store(action, &who, CODEPIPELINE, false, None);
    }

    fn ecr_source(&mut self, action: &Action<'a>) {
        let who = self.scene.action_session(action);
        let account = self.scene.account_of(action);
        let name = action.configured("RepositoryName").unwrap_or_default();
        self.add(
            Ask::new(
                "source/image",
                Step::Source,
                &who,
                "ecr:DescribeImages",
                self.scene.arn(
                    "ecr",
                    self.scene.region_of(action),
                    account,
                    &format!("repository/{name}"),
                ),
                account,
            )
            .via(CODEPIPELINE)
            .why("It looks up the image that the tag stands for.")
            .refused(Words::ProvidedRole),
        );
        self.store(action, &who, CODEPIPELINE, false, None);
    }

    /// The output artifact goes to the store.
    fn store(
        &mut self,
        action: &Action<'a>,
        who: &Who,
        via: &str,
        looks_first: bool,
        words: Option<Words>,
    ) {
        let Some(store) = self.scene.store(self.scene.region_of(action)) else {
            self.gap("The pipeline names no artifact store for this action's Region.");
            return;
        };
        let words = words.unwrap_or_else(|| Words::SourceBucket(store.bucket.to_owned()));
        let telling = Telling {
            id: "source/artifact",
            step: Step::StoreArtifact,
            via,
            what: "the source artifact",
            words: words.clone(),
            optional: false,
            listed: true,
        };
        let mut list_bucket = self
            .bucket(
                "source/artifact-bucket",
                Step::StoreArtifact,
                who,
                "s3:ListBucket",
                store.bucket,
            )
            .via(CODEPIPELINE)
            .why("It looks whether the artifact bucket is there.")
            .refused(words);
        if !looks_first {
            list_bucket = list_bucket.asked(Confidence::Unverified).optional();
        }
        self.add(list_bucket);
        self.bucket_listed(
            who,
            store.bucket,
            &[
                ("bucket-acl", "s3:GetBucketAcl"),
                ("bucket-location", "s3:GetBucketLocation"),
                ("bucket-versioning", "s3:GetBucketVersioning"),
            ],
            &telling,
        );
        for artifact in &action.outputs {
            let key = self.scene.artifact_key(artifact);
            let object = Object {
                store: &store,
                key: &key,
            };
            self.write_object(who, &object, true, &telling);
            self.write_acl(who, &object, &telling);
        }
    }
}
