//! Artifacts in Amazon S3, and the AWS KMS key under them.
//!
//! Source: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys" and "Reducing the cost of
//! SSE-KMS with Amazon S3 Bucket Keys"; AWS KMS Developer Guide, "kms:ViaService" and "Encryption context";
//! CodePipeline API Reference, `EncryptionKey`.

use super::list::{Ask, List};
use super::need::{Confidence, Step, Who};
use super::says::Words;
use super::scene::{Encryption, Store, account_in, region_in};

/// An object that is read or written.
pub(super) struct Object<'a> {
    pub store: &'a Store<'a>,
    pub key: &'a str,
}

/// How the requests around an object are told.
pub(super) struct Telling<'a> {
    /// What the ids begin with, for example `deploy/artifact`.
    pub id: &'a str,
    pub step: Step,
    /// The service that asks.
    pub via: &'a str,
    /// What the object is, as in "reads the source artifact".
    pub what: &'a str,
    pub words: Words,
    pub optional: bool,
    /// Whether AWS lists more than what is known to be asked.
    pub listed: bool,
}

impl<'a> List<'a> {
    pub fn bucket_arn(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.scene.partition)
    }

    /// A request on the bucket itself.
    pub fn bucket(&self, id: &str, step: Step, who: &Who, action: &str, bucket: &str) -> Ask {
        let owner = self.scene.owner_of_bucket(bucket);
        Ask::new(id, step, who, action, self.bucket_arn(bucket), owner)
    }

    /// The requests of reading an object.
    pub fn read_object(&mut self, who: &Who, object: &Object<'_>, telling: &Telling<'_>) {
        let arn = self.object_arn(object);
        let owner = self.scene.owner_of_bucket(object.store.bucket);
        let ask = |id: String, action: &str| {
            Ask::new(id, telling.step, who, action, arn.clone(), owner)
                .via(telling.via)
                .refused(telling.words.clone())
                .optional_if(telling.optional)
        };
        let id = telling.id;
        let what = telling.what;
        self.add(ask(format!("{id}-read"), "s3:GetObject").why(format!("It reads {what}.")));
        if telling.listed {
            self.add(
                ask(format!("{id}-read-version"), "s3:GetObjectVersion")
                    .why(format!(
                        "AWS lists it beside s3:GetObject, for {what} in a bucket with versions."
                    ))
                    .listed_only(),
            );
        }
        self.decrypt(
            who,
            object,
            telling,
            format!("{id}-decrypt"),
            format!(
                "Amazon S3 asks AWS KMS, in the same name, for the key that {what} is encrypted with."
            ),
            false,
        );
        if telling.listed
            && let Some(key) = self.key_arn(who, object.store)
        {
            let owner = account_in(&key).unwrap_or(self.scene.account).to_owned();
            let id = format!("{id}-key");
            let ask = Ask::new(id, telling.step, who, "kms:DescribeKey", key, owner)
                .via(telling.via)
                .why("AWS lists it beside kms:Decrypt.")
                .refused(telling.words.clone())
                .listed_only();
            self.add(ask);
        }
    }

    /// The requests of writing an object. `header` says whether the upload names its encryption.
    pub fn write_object(
        &mut self,
        who: &Who,
        object: &Object<'_>,
        header: bool,
        telling: &Telling<'_>,
    ) {
        let arn = self.object_arn(object);
        let owner = self.scene.owner_of_bucket(object.store.bucket);
        let id = telling.id;
        let what = telling.what;
        let mut put = Ask::new(
            format!("{id}-write"),
            telling.step,
            who,
            "s3:PutObject",
            arn.clone(),
            owner,
        )
        .via(telling.via)
        .why(format!("It stores {what}."))
        .refused(telling.words.clone())
        .optional_if(telling.optional);
        if header {
            put = put.with("s3:x-amz-server-side-encryption", "aws:kms");
            if let Some(key) = self.key_arn(who, object.store) {
                put = put.with("s3:x-amz-server-side-encryption-aws-kms-key-id", key);
            }
        }
        self.add(put);
        if let Some(ask) = self.key_request(
            who,
            object,
            telling,
            "kms:GenerateDataKey",
            format!("{id}-encrypt"),
        ) {
            self.add(ask.why(format!(
                "Amazon S3 asks AWS KMS, in the same name, for a data key to encrypt {what} with."
            )));
        }
        self.decrypt(
            who,
            object,
            telling,
            format!("{id}-encrypt-parts"),
            format!("Where {what} is so large that it is uploaded in parts, Amazon S3 decrypts the data key again."),
            true,
        );
    }

    fn decrypt(
        &mut self,
        who: &Who,
        object: &Object<'_>,
        telling: &Telling<'_>,
        id: String,
        why: String,
        optional: bool,
    ) {
        if let Some(ask) = self.key_request(who, object, telling, "kms:Decrypt", id) {
            self.add(ask.why(why).optional_if(optional));
        }
    }

    /// A request on the key under an object; `None` where AWS's own key for Amazon S3 decides it all.
    fn key_request(
        &mut self,
        who: &Who,
        object: &Object<'_>,
        telling: &Telling<'_>,
        action: &str,
        id: String,
    ) -> Option<Ask> {
        let key = self.key_arn(who, object.store)?;
        let owner = account_in(&key).unwrap_or(self.scene.account).to_owned();
        let region = region_in(&key).unwrap_or(self.scene.region()).to_owned();
        let bucket_key = self
            .scene
            .run
            .buckets
            .get(object.store.bucket)
            .is_some_and(|known| known.bucket_key);
        let context = if bucket_key {
            self.bucket_arn(object.store.bucket)
        } else {
            self.object_arn(object)
        };
        let caller = who.principal().account().unwrap_or_default().to_owned();
        let via = format!("s3.{region}.amazonaws.com");
        Some(
            Ask::new(id, telling.step, who, action, key, owner)
                .via(via.clone())
                .with("kms:ViaService", via)
                .with("kms:CallerAccount", caller)
                .with("kms:EncryptionContext:aws:s3:arn", context)
                .with("kms:EncryptionContextKeys", "aws:s3:arn")
                .refused(telling.words.clone())
                .optional_if(telling.optional),
        )
    }

    /// The ARN that the key has for somebody. An alias and a bare id are looked up in the account of
    /// whoever calls; AWS's own key for Amazon S3 is shared with nobody.
    fn key_arn(&mut self, who: &Who, store: &Store<'_>) -> Option<String> {
        let caller = who.principal().account().unwrap_or_default().to_owned();
        let region = self.scene.region();
        let at_caller = |resource: &str| self.scene.arn("kms", region, &caller, resource);
        match &store.encryption {
            Encryption::AwsManaged => {
                let owner = self.scene.owner_of_bucket(store.bucket);
                (caller != owner).then(|| self.scene.arn("kms", region, owner, "alias/aws/s3"))
            }
            Encryption::Key(id) if id.starts_with("arn:") && id.contains(":key/") => {
                Some((*id).to_owned())
            }
            Encryption::Key(id) => {
                let name = id.rsplit_once(":alias/").map(|(_, name)| name);
                let alias = name.or_else(|| id.strip_prefix("alias/"));
                let arn = match alias {
                    Some(name) => at_caller(&format!("alias/{name}")),
                    None => at_caller(&format!("key/{}", id.trim_start_matches("key/"))),
                };
                if alias.is_some() && caller == self.scene.account {
                    self.gap(format!(
                        "The artifacts are encrypted with the alias {id}: which key it stands for is not said, so its use is not listed. Write the key's ARN."
                    ));
                    return None;
                }
                Some(arn)
            }
        }
    }

    fn object_arn(&self, object: &Object<'_>) -> String {
        format!("{}/{}", self.bucket_arn(object.store.bucket), object.key)
    }

    /// An upload's permission that AWS lists, and that a bucket whose owner owns every object ignores.
    pub fn write_acl(&mut self, who: &Who, object: &Object<'_>, telling: &Telling<'_>) {
        let owner = self.scene.owner_of_bucket(object.store.bucket);
        let ask = Ask::new(
            format!("{}-write-acl", telling.id),
            telling.step,
            who,
            "s3:PutObjectAcl",
            self.object_arn(object),
            owner,
        )
        .via(telling.via)
        .why("AWS lists it beside s3:PutObject; a bucket whose owner owns every object ignores the ACL.")
        .refused(telling.words.clone())
        .listed_only();
        self.add(ask);
    }

    /// What AWS lists for the bucket, in the place where nobody has seen it asked for.
    pub fn bucket_listed(
        &mut self,
        who: &Who,
        bucket: &str,
        actions: &[(&str, &str)],
        telling: &Telling<'_>,
    ) {
        for (name, action) in actions {
            let ask = self
                .bucket(
                    &format!("{}-{name}", telling.id),
                    telling.step,
                    who,
                    action,
                    bucket,
                )
                .via(telling.via)
                .why("AWS lists it for the artifact bucket.")
                .refused(telling.words.clone())
                .asked(Confidence::Unverified)
                .optional();
            self.add(ask);
        }
    }
}
