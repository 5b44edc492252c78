//! A bucket's sub-resources: versioning, encryption, public access, ownership, lifecycle and the rest.

use super::buckets::{XMLNS, body, canonical_id, change, look, xml};
use super::fault::{S3Fault, denied, invalid, malformed};
use super::read::Element;
use super::state::Encryption;
use super::{Ask, Outcome};
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::request::Reply;

fn done(status: u16) -> Outcome {
    Ok(Reply::empty(status))
}

/// `GetBucketVersioning`.
pub fn get_versioning(ask: &Ask<'_>) -> Outcome {
    let status = look(ask, |b| Ok(b.versioning.clone()))?;
    let mut out = Xml::document();
    out.open("VersioningConfiguration", XMLNS)
        .maybe("Status", status.as_deref())
        .close("VersioningConfiguration");
    Ok(xml(out))
}

/// `PutBucketVersioning`.
pub fn put_versioning(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "VersioningConfiguration")?;
    if given.value("MfaDelete").is_some_and(|v| v == "Enabled") {
        return Err(S3Fault::new(
            403,
            "AccessDenied",
            "MFA Authentication must be used for this request",
        ));
    }
    let status = match given.value("Status") {
        Some(status @ ("Enabled" | "Suspended")) => status.to_owned(),
        Some(_) => return Err(malformed()),
        None => {
            return Err(S3Fault::new(
                400,
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified",
            ));
        }
    };
    change(ask, |b| {
        b.versioning = Some(status);
        Ok(())
    })?;
    done(200)
}

/// `GetBucketEncryption`: there always is one since 2023.
pub fn get_encryption(ask: &Ask<'_>) -> Outcome {
    let encryption = look(ask, |b| Ok(b.encryption.clone()))?;
    let mut out = Xml::document();
    out.open("ServerSideEncryptionConfiguration", XMLNS);
    out.within("Rule", |out| {
        out.within("ApplyServerSideEncryptionByDefault", |out| {
            out.leaf("SSEAlgorithm", &encryption.algorithm)
                .maybe("KMSMasterKeyID", encryption.key.as_deref());
        });
        out.leaf(
            "BucketKeyEnabled",
            if encryption.bucket_key {
                "true"
            } else {
                "false"
            },
        );
    });
    out.close("ServerSideEncryptionConfiguration");
    Ok(xml(out))
}

/// `PutBucketEncryption`. The key is kept as it was named; whether it exists is seen when it is used.
pub fn put_encryption(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "ServerSideEncryptionConfiguration")?;
    let rule = given.child("Rule").ok_or_else(malformed)?;
    let default = rule
        .child("ApplyServerSideEncryptionByDefault")
        .ok_or_else(malformed)?;
    let algorithm = match default.value("SSEAlgorithm") {
        Some(a @ ("AES256" | "aws:kms" | "aws:kms:dsse")) => a.to_owned(),
        _ => return Err(malformed()),
    };
    let key = default
        .value("KMSMasterKeyID")
        .filter(|k| !k.is_empty())
        .map(str::to_owned);
    if algorithm == "AES256" && key.is_some() {
        return Err(super::fault::argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            "ApplyServerSideEncryptionByDefault",
            "",
        ));
    }
    let bucket_key = rule.value("BucketKeyEnabled") == Some("true");
    change(ask, |b| {
        b.encryption = Encryption {
            algorithm,
            key,
            bucket_key,
        };
        Ok(())
    })?;
    done(200)
}

/// `DeleteBucketEncryption`: back to S3's own keys.
pub fn delete_encryption(ask: &Ask<'_>) -> Outcome {
    change(ask, |b| {
        b.encryption = Encryption {
            algorithm: "AES256".to_owned(),
            ..Encryption::default()
        };
        Ok(())
    })?;
    done(204)
}

const PUBLIC_ACCESS: [&str; 4] = [
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
];

/// `GetPublicAccessBlock`.
pub fn get_public_access(ask: &Ask<'_>) -> Outcome {
    let block = look(ask, |b| {
        b.public_access.ok_or_else(|| {
            S3Fault::new(
                404,
                "NoSuchPublicAccessBlockConfiguration",
                "The public access block configuration was not found",
            )
            .element("BucketName", &ask.bucket)
        })
    })?;
    let mut out = Xml::document();
    out.open("PublicAccessBlockConfiguration", XMLNS);
    for (name, on) in PUBLIC_ACCESS.iter().zip(block) {
        out.leaf(name, if on { "true" } else { "false" });
    }
    out.close("PublicAccessBlockConfiguration");
    Ok(xml(out))
}

/// `PutPublicAccessBlock`.
pub fn put_public_access(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "PublicAccessBlockConfiguration")?;
    let mut block = [false; 4];
    for (name, slot) in PUBLIC_ACCESS.iter().zip(block.iter_mut()) {
        *slot = match given.value(name).map(str::to_ascii_lowercase).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(malformed()),
        };
    }
    change(ask, |b| {
        b.public_access = Some(block);
        Ok(())
    })?;
    done(200)
}

/// `DeletePublicAccessBlock`.
pub fn delete_public_access(ask: &Ask<'_>) -> Outcome {
    change(ask, |b| {
        b.public_access = None;
        Ok(())
    })?;
    done(204)
}

/// `GetBucketOwnershipControls`.
pub fn get_ownership(ask: &Ask<'_>) -> Outcome {
    let ownership = look(ask, |b| {
        b.ownership.clone().ok_or_else(|| {
            S3Fault::new(
                404,
                "OwnershipControlsNotFoundError",
                "The bucket ownership controls were not found",
            )
            .element("BucketName", &ask.bucket)
        })
    })?;
    let mut out = Xml::document();
    out.open("OwnershipControls", XMLNS);
    out.within("Rule", |out| {
        out.leaf("ObjectOwnership", &ownership);
    });
    out.close("OwnershipControls");
    Ok(xml(out))
}

/// `PutBucketOwnershipControls`.
pub fn put_ownership(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "OwnershipControls")?;
    let rule = given.child("Rule").ok_or_else(malformed)?;
    let ownership = match rule.value("ObjectOwnership") {
        Some(o @ ("BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter")) => o.to_owned(),
        _ => return Err(malformed()),
    };
    change(ask, |b| {
        b.ownership = Some(ownership);
        Ok(())
    })?;
    done(200)
}

/// `DeleteBucketOwnershipControls`.
pub fn delete_ownership(ask: &Ask<'_>) -> Outcome {
    change(ask, |b| {
        b.ownership = None;
        Ok(())
    })?;
    done(204)
}

fn get_document(ask: &Ask<'_>, kind: &str, missing: impl FnOnce() -> S3Fault) -> Outcome {
    let text = look(ask, |b| Ok(b.documents.get(kind).cloned()))?;
    let text = text.ok_or_else(|| missing().element("BucketName", &ask.bucket))?;
    Ok(Reply::text(200, "application/xml", text))
}

fn put_document(ask: &Ask<'_>, kind: &str, text: String) -> Outcome {
    change(ask, |b| {
        b.documents.insert(kind.to_owned(), text);
        Ok(())
    })?;
    done(200)
}

fn delete_document(ask: &Ask<'_>, kind: &str) -> Outcome {
    change(ask, |b| {
        b.documents.remove(kind);
        Ok(())
    })?;
    done(204)
}

fn write(out: &mut Xml, element: &Element) {
    if element.inside.is_empty() {
        out.leaf(&element.name, element.text.trim());
        return;
    }
    out.open(&element.name, "");
    for inside in &element.inside {
        write(out, inside);
    }
    out.close(&element.name);
}

fn rewritten(root: &Element) -> String {
    let mut out = Xml::document();
    out.open(&root.name, XMLNS);
    for inside in &root.inside {
        write(&mut out, inside);
    }
    out.close(&root.name);
    out.finish()
}

/// `GetBucketLifecycleConfiguration`.
pub fn get_lifecycle(ask: &Ask<'_>) -> Outcome {
    let reply = get_document(ask, "lifecycle", || {
        S3Fault::new(
            404,
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        )
    })?;
    Ok(reply.with(
        "x-amz-transition-default-minimum-object-size",
        "all_storage_classes_128K",
    ))
}

/// `PutBucketLifecycleConfiguration`: each rule has a status, a filter (or the old prefix) and an action.
pub fn put_lifecycle(ask: &Ask<'_>) -> Outcome {
    let mut given = body(ask, "LifecycleConfiguration")?;
    let rules = given.children("Rule").count();
    if rules == 0 || rules > 1000 || rules != given.inside.len() {
        return Err(malformed());
    }
    let mut ids: Vec<String> = Vec::new();
    for (index, rule) in given.inside.iter_mut().enumerate() {
        if !matches!(rule.value("Status"), Some("Enabled" | "Disabled")) {
            return Err(malformed());
        }
        if rule.child("Filter").is_some() == rule.child("Prefix").is_some() {
            return Err(malformed());
        }
        let actions = [
            "Expiration",
            "Transition",
            "NoncurrentVersionExpiration",
            "NoncurrentVersionTransition",
            "AbortIncompleteMultipartUpload",
        ];
        if !actions.iter().any(|a| rule.child(a).is_some()) {
            return Err(invalid(
                "At least one action needs to be specified in a rule",
            ));
        }
        for (action, days) in [
            ("Expiration", "Days"),
            ("NoncurrentVersionExpiration", "NoncurrentDays"),
            ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
        ] {
            let value = rule.child(action).and_then(|a| a.value(days));
            if value.is_some_and(|v| v.parse::<u32>().ok().filter(|d| *d > 0).is_none()) {
                return Err(super::fault::argument(
                    format!("'{days}' for {action} action must be a positive integer"),
                    days,
                    value.unwrap_or_default(),
                ));
            }
        }
        let id = match rule.value("ID").filter(|id| !id.is_empty()) {
            Some(id) if id.len() > 255 => {
                return Err(invalid("ID length should not exceed allowed limit of 255"));
            }
            Some(id) => id.to_owned(),
            None => {
                // S3 makes one up where none is given.
                let id = format!("{}-{index}", ask.request_id);
                rule.inside.retain(|e| e.name != "ID");
                rule.inside.insert(
                    0,
                    Element {
                        name: "ID".to_owned(),
                        text: id.clone(),
                        inside: Vec::new(),
                    },
                );
                id
            }
        };
        if ids.contains(&id) {
            return Err(super::fault::argument(
                "Rule ID must be unique. Found same ID for more than one rule".to_owned(),
                "ID",
                &id,
            ));
        }
        ids.push(id);
    }
    let text = rewritten(&given);
    Ok(put_document(ask, "lifecycle", text)?.with(
        "x-amz-transition-default-minimum-object-size",
        "all_storage_classes_128K",
    ))
}

/// `DeleteBucketLifecycle`.
pub fn delete_lifecycle(ask: &Ask<'_>) -> Outcome {
    delete_document(ask, "lifecycle")
}

/// `GetBucketCors`.
pub fn get_cors(ask: &Ask<'_>) -> Outcome {
    get_document(ask, "cors", || {
        S3Fault::new(
            404,
            "NoSuchCORSConfiguration",
            "The CORS configuration does not exist",
        )
    })
}

/// `PutBucketCors`.
pub fn put_cors(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "CORSConfiguration")?;
    if given.child("CORSRule").is_none() {
        return Err(malformed());
    }
    put_document(ask, "cors", rewritten(&given))
}

/// `DeleteBucketCors`.
pub fn delete_cors(ask: &Ask<'_>) -> Outcome {
    delete_document(ask, "cors")
}

/// `GetBucketWebsite`.
pub fn get_website(ask: &Ask<'_>) -> Outcome {
    get_document(ask, "website", || {
        S3Fault::new(
            404,
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        )
    })
}

/// `PutBucketWebsite`.
pub fn put_website(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "WebsiteConfiguration")?;
    put_document(ask, "website", rewritten(&given))
}

/// `DeleteBucketWebsite`.
pub fn delete_website(ask: &Ask<'_>) -> Outcome {
    delete_document(ask, "website")
}

fn get_or_empty(ask: &Ask<'_>, kind: &str, root: &str) -> Outcome {
    let text = look(ask, |b| Ok(b.documents.get(kind).cloned()))?;
    let text = text.unwrap_or_else(|| {
        let mut out = Xml::document();
        out.open(root, XMLNS).close(root);
        out.finish()
    });
    Ok(Reply::text(200, "application/xml", text))
}

/// `GetBucketLogging`.
pub fn get_logging(ask: &Ask<'_>) -> Outcome {
    get_or_empty(ask, "logging", "BucketLoggingStatus")
}

/// `PutBucketLogging`: the target must be a bucket of the same owner and Region.
pub fn put_logging(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "BucketLoggingStatus")?;
    let target = given
        .child("LoggingEnabled")
        .map(|e| e.value("TargetBucket").unwrap_or_default().to_owned());
    if let Some(target) = &target {
        let world = ask.shared.world();
        let same = world
            .buckets
            .get(target)
            .is_some_and(|b| b.owner == ask.caller.account && b.region == ask.region);
        if !same {
            return Err(S3Fault::new(
                400,
                "InvalidTargetBucketForLogging",
                "The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group to access it.",
            )
            .element("TargetBucket", target));
        }
    }
    if target.is_none() {
        delete_document(ask, "logging")?;
        return done(200);
    }
    put_document(ask, "logging", rewritten(&given))
}

/// `GetBucketNotificationConfiguration`.
pub fn get_notification(ask: &Ask<'_>) -> Outcome {
    get_or_empty(ask, "notification", "NotificationConfiguration")
}

/// `PutBucketNotificationConfiguration`: kept; nobody is notified.
pub fn put_notification(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "NotificationConfiguration")?;
    super::destinations::check(ask, &given)?;
    put_document(ask, "notification", rewritten(&given))
}

/// `GetBucketAccelerateConfiguration`: never configured.
pub fn get_accelerate(ask: &Ask<'_>) -> Outcome {
    get_or_empty(ask, "accelerate", "AccelerateConfiguration")
}

/// `GetBucketRequestPayment`: the owner pays.
pub fn get_payment(ask: &Ask<'_>) -> Outcome {
    look(ask, |_| Ok(()))?;
    let mut out = Xml::document();
    out.open("RequestPaymentConfiguration", XMLNS)
        .leaf("Payer", "BucketOwner")
        .close("RequestPaymentConfiguration");
    Ok(xml(out))
}

/// `GetBucketReplication`: never configured.
pub fn get_replication(ask: &Ask<'_>) -> Outcome {
    get_document(ask, "replication", || {
        S3Fault::new(
            404,
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        )
    })
}

/// `GetObjectLockConfiguration`: never configured.
pub fn get_object_lock(ask: &Ask<'_>) -> Outcome {
    get_document(ask, "object-lock", || {
        S3Fault::new(
            404,
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        )
    })
}

/// `GetBucketAcl` and `GetObjectAcl`: the owner has full control, and nobody else anything.
pub fn get_acl(ask: &Ask<'_>) -> Outcome {
    let owner = look(ask, |b| {
        if !ask.key.is_empty() {
            super::objects::present(b, ask)?;
        }
        Ok(canonical_id(&b.owner))
    })?;
    let mut out = Xml::document();
    out.open("AccessControlPolicy", XMLNS);
    out.within("Owner", |out| {
        out.leaf("ID", &owner);
    });
    out.within("AccessControlList", |out| {
        out.within("Grant", |out| {
            out.open(
                "Grantee",
                "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"",
            )
            .leaf("ID", &owner)
            .close("Grantee")
            .leaf("Permission", "FULL_CONTROL");
        });
    });
    out.close("AccessControlPolicy");
    Ok(xml(out))
}

/// Refuses an ACL that a bucket with owner enforced does not take, and any that the sandbox would have
/// to act on.
pub fn check_acl(ask: &Ask<'_>, ownership: Option<&str>) -> Result<(), S3Fault> {
    let grants = ["read", "write", "read-acp", "write-acp", "full-control"]
        .iter()
        .any(|g| ask.header(&format!("x-amz-grant-{g}")).is_some());
    let acl = ask.header("x-amz-acl");
    let harmless = matches!(acl, None | Some("private" | "bucket-owner-full-control"));
    if harmless && !grants {
        return Ok(());
    }
    if ownership == Some("BucketOwnerEnforced") {
        return Err(S3Fault::new(
            400,
            "AccessControlListNotSupported",
            "The bucket does not allow ACLs",
        ));
    }
    if acl.is_some_and(|a| a.starts_with("public")) {
        return Err(denied());
    }
    Err(super::fault::not_implemented())
}

/// `PutBucketAcl` and `PutObjectAcl`: only what changes nothing.
pub fn put_acl(ask: &Ask<'_>) -> Outcome {
    let ownership = look(ask, |b| {
        if !ask.key.is_empty() {
            super::objects::present(b, ask)?;
        }
        Ok(b.ownership.clone())
    })?;
    check_acl(ask, ownership.as_deref())?;
    if !ask.body.is_empty() {
        if ownership.as_deref() == Some("BucketOwnerEnforced") {
            return Err(S3Fault::new(
                400,
                "AccessControlListNotSupported",
                "The bucket does not allow ACLs",
            ));
        }
        return Err(super::fault::not_implemented());
    }
    done(200)
}
