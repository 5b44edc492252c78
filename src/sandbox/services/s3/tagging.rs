//! Tags of buckets and objects.

use super::buckets::{XMLNS, body, change, look, xml};
use super::fault::{S3Fault, argument, malformed};
use super::objects;
use super::read::Element;
use super::{Ask, Outcome};
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::request::{Reply, form};

type Tags = Vec<(String, String)>;

fn invalid(message: &str) -> S3Fault {
    S3Fault::new(400, "InvalidTag", message)
}

fn check(tags: &Tags, most: usize) -> Result<(), S3Fault> {
    if tags.len() > most {
        let message = if most == 10 {
            "Object tags cannot be greater than 10"
        } else {
            "Bucket tag count cannot be greater than 50"
        };
        return Err(S3Fault::new(400, "BadRequest", message));
    }
    for (index, (key, value)) in tags.iter().enumerate() {
        let fine = |t: &str| {
            t.chars()
                .all(|c| c.is_alphanumeric() || c.is_whitespace() || "+-=._:/@".contains(c))
        };
        if key.is_empty() || key.chars().count() > 128 || !fine(key) {
            return Err(invalid("The TagKey you have provided is invalid"));
        }
        if value.chars().count() > 256 || !fine(value) {
            return Err(invalid("The TagValue you have provided is invalid"));
        }
        if key.starts_with("aws:") {
            return Err(invalid("System tags cannot be added/updated by requester"));
        }
        if tags.iter().take(index).any(|(k, _)| k == key) {
            return Err(invalid("Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(())
}

/// The tags of a `TagSet`.
pub fn read_tags(set: &Element, most: usize) -> Result<Tags, S3Fault> {
    let mut tags = Vec::new();
    for tag in set.children("Tag") {
        let key = tag.child("Key").ok_or_else(malformed)?.text.clone();
        let value = tag.child("Value").ok_or_else(malformed)?.text.clone();
        tags.push((key, value));
    }
    check(&tags, most)?;
    Ok(tags)
}

/// The tags of the `x-amz-tagging` header.
pub fn of_header(text: &str) -> Result<Tags, S3Fault> {
    let tags = form(text, true);
    check(&tags, 10).map_err(|fault| {
        if fault.fault.code == "InvalidTag" {
            argument(
                "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
                "x-amz-tagging",
                text,
            )
        } else {
            fault
        }
    })?;
    Ok(tags)
}

fn given(ask: &Ask<'_>, most: usize) -> Result<Tags, S3Fault> {
    let body = body(ask, "Tagging")?;
    read_tags(body.child("TagSet").ok_or_else(malformed)?, most)
}

fn shown(tags: &Tags) -> Reply {
    let mut out = Xml::document();
    out.open("Tagging", XMLNS);
    out.within("TagSet", |out| {
        for (key, value) in tags {
            out.within("Tag", |out| {
                out.leaf("Key", key).leaf("Value", value);
            });
        }
    });
    out.close("Tagging");
    xml(out)
}

/// `GetBucketTagging`.
pub fn get_bucket(ask: &Ask<'_>) -> Outcome {
    let tags = look(ask, |b| {
        b.tags.clone().ok_or_else(|| {
            S3Fault::new(404, "NoSuchTagSet", "The TagSet does not exist")
                .element("BucketName", &ask.bucket)
        })
    })?;
    Ok(shown(&tags))
}

/// `PutBucketTagging`.
pub fn put_bucket(ask: &Ask<'_>) -> Outcome {
    let tags = given(ask, 50)?;
    change(ask, |b| {
        b.tags = Some(tags);
        Ok(())
    })?;
    Ok(Reply::empty(204))
}

/// `DeleteBucketTagging`.
pub fn delete_bucket(ask: &Ask<'_>) -> Outcome {
    change(ask, |b| {
        b.tags = None;
        Ok(())
    })?;
    Ok(Reply::empty(204))
}

/// `GetObjectTagging`.
pub fn get_object(ask: &Ask<'_>) -> Outcome {
    let (tags, version) = look(ask, |b| {
        let object = objects::present(b, ask)?;
        Ok((object.tags.clone(), objects::version_header(b, object)))
    })?;
    Ok(objects::with_version(shown(&tags), version))
}

fn set(ask: &Ask<'_>, tags: Tags, status: u16) -> Outcome {
    let version = change(ask, |b| {
        let object = objects::present(b, ask)?;
        let (id, shown) = (object.version.clone(), objects::version_header(b, object));
        if let Some(object) = b
            .objects
            .get_mut(&ask.key)
            .and_then(|versions| versions.iter_mut().find(|o| o.version == id))
        {
            object.tags = tags;
        }
        Ok(shown)
    })?;
    Ok(objects::with_version(Reply::empty(status), version))
}

/// `PutObjectTagging`.
pub fn put_object(ask: &Ask<'_>) -> Outcome {
    let tags = given(ask, 10)?;
    set(ask, tags, 200)
}

/// `DeleteObjectTagging`.
pub fn delete_object(ask: &Ask<'_>) -> Outcome {
    set(ask, Vec::new(), 204)
}
