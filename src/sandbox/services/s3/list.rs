//! Listing objects and versions.

use super::buckets::{XMLNS, canonical_id, look, xml};
use super::fault::{S3Fault, argument};
use super::state::{Bucket, Object};
use super::{Ask, Outcome};
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::sigv4;
use crate::sandbox::time;

/// What every listing asks for.
struct Wanted<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    most: usize,
    url: bool,
}

fn wanted<'a>(ask: &'a Ask<'_>) -> Result<Wanted<'a>, S3Fault> {
    let most = match ask.parameter("max-keys") {
        None | Some("") => 1000,
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|n| (0..=i64::from(i32::MAX)).contains(n))
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(|| {
                argument(
                    "Argument maxKeys must be an integer between 0 and 2147483647",
                    "maxKeys",
                    text,
                )
            })?,
    };
    let url = match ask.parameter("encoding-type") {
        None | Some("") => false,
        Some("url") => true,
        Some(other) => {
            return Err(argument(
                "Invalid Encoding Method specified in Request",
                "encoding-type",
                other,
            ));
        }
    };
    Ok(Wanted {
        prefix: ask.parameter("prefix").unwrap_or_default(),
        delimiter: ask.parameter("delimiter").filter(|d| !d.is_empty()),
        most: most.min(1000),
        url,
    })
}

impl Wanted<'_> {
    /// A key as it is shown: percent-encoded (but not its slashes) if the client asked for that.
    fn shown(&self, key: &str) -> String {
        if self.url {
            key.split('/')
                .map(|part| sigv4::encode(part.as_bytes()))
                .collect::<Vec<_>>()
                .join("/")
        } else {
            key.to_owned()
        }
    }

    /// The common prefix that a key falls under.
    fn group(&self, key: &str) -> Option<String> {
        let delimiter = self.delimiter?;
        let rest = key.strip_prefix(self.prefix)?;
        let cut = rest.find(delimiter)?;
        let length = self.prefix.len() + cut + delimiter.len();
        key.get(..length).map(str::to_owned)
    }

    fn head(&self, out: &mut Xml, ask: &Ask<'_>) {
        out.leaf("Name", &ask.bucket)
            .leaf("Prefix", &self.shown(self.prefix))
            .leaf("MaxKeys", &self.most.to_string());
        if let Some(delimiter) = self.delimiter {
            out.leaf("Delimiter", &self.shown(delimiter));
        }
        if self.url {
            out.leaf("EncodingType", "url");
        }
    }
}

enum Entry<'a> {
    Object(&'a str, &'a Object),
    Prefix(String),
}

/// The entries after a key, and where to go on if there are more: the last key or prefix shown.
fn entries<'a>(
    bucket: &'a Bucket,
    wanted: &Wanted<'_>,
    after: &str,
) -> (Vec<Entry<'a>>, Option<String>) {
    let mut found: Vec<Entry<'a>> = Vec::new();
    let mut last = String::new();
    if wanted.most == 0 {
        return (found, None);
    }
    for (key, versions) in &bucket.objects {
        let Some(object) = versions.last().filter(|o| !o.marker) else {
            continue;
        };
        if !key.starts_with(wanted.prefix) || (!after.is_empty() && key.as_str() <= after) {
            continue;
        }
        let group = wanted.group(key);
        if let Some(prefix) = &group {
            // Everything under the prefix that the page before ended with was shown with it.
            if (!after.is_empty() && prefix.as_str() <= after && after.starts_with(prefix.as_str()))
                || *prefix == last
            {
                continue;
            }
        }
        if found.len() >= wanted.most {
            return (found, Some(last));
        }
        match group {
            Some(prefix) => {
                last.clone_from(&prefix);
                found.push(Entry::Prefix(prefix));
            }
            None => {
                last.clone_from(key);
                found.push(Entry::Object(key, object));
            }
        }
    }
    (found, None)
}

fn write(out: &mut Xml, wanted: &Wanted<'_>, entries: &[Entry<'_>], owner: Option<&str>) {
    for entry in entries {
        if let Entry::Object(key, object) = entry {
            out.within("Contents", |out| {
                out.leaf("Key", &wanted.shown(key))
                    .leaf("LastModified", &time::iso_millis(object.modified))
                    .leaf("ETag", &object.etag);
                if let Some((algorithm, _)) = &object.checksum {
                    out.leaf("ChecksumAlgorithm", algorithm)
                        .leaf("ChecksumType", "FULL_OBJECT");
                }
                out.leaf("Size", &object.size.to_string());
                if let Some(owner) = owner {
                    out.within("Owner", |out| {
                        out.leaf("ID", owner);
                    });
                }
                out.leaf("StorageClass", &object.class);
            });
        }
    }
    for entry in entries {
        if let Entry::Prefix(prefix) = entry {
            out.within("CommonPrefixes", |out| {
                out.leaf("Prefix", &wanted.shown(prefix));
            });
        }
    }
}

/// `ListObjects`.
pub fn first(ask: &Ask<'_>) -> Outcome {
    let wanted = wanted(ask)?;
    let marker = ask.parameter("marker").unwrap_or_default();
    look(ask, |bucket| {
        let (entries, next) = entries(bucket, &wanted, marker);
        let mut out = Xml::document();
        out.open("ListBucketResult", XMLNS);
        wanted.head(&mut out, ask);
        out.leaf("Marker", &wanted.shown(marker))
            .leaf("IsTruncated", if next.is_some() { "true" } else { "false" });
        if let (Some(next), Some(_)) = (&next, wanted.delimiter) {
            out.leaf("NextMarker", &wanted.shown(next));
        }
        write(
            &mut out,
            &wanted,
            &entries,
            Some(&canonical_id(&bucket.owner)),
        );
        out.close("ListBucketResult");
        Ok(xml(out))
    })
}

/// Reads a continuation token.
pub fn untoken(token: &str) -> Result<String, S3Fault> {
    hex::decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            argument(
                "The continuation token provided is incorrect",
                "continuation-token",
                token,
            )
        })
}

/// `ListObjectsV2`.
pub fn second(ask: &Ask<'_>) -> Outcome {
    if ask.parameter("list-type") != Some("2") {
        return Err(argument(
            "Invalid List Type specified in Request",
            "list-type",
            ask.parameter("list-type").unwrap_or_default(),
        ));
    }
    let wanted = wanted(ask)?;
    let start = ask.parameter("start-after").unwrap_or_default();
    let token = ask.parameter("continuation-token");
    let after = match token {
        Some(token) => untoken(token)?,
        None => start.to_owned(),
    };
    let with_owner = ask.parameter("fetch-owner") == Some("true");
    look(ask, |bucket| {
        let (entries, next) = entries(bucket, &wanted, &after);
        let owner = canonical_id(&bucket.owner);
        let mut out = Xml::document();
        out.open("ListBucketResult", XMLNS);
        wanted.head(&mut out, ask);
        out.leaf("KeyCount", &entries.len().to_string())
            .leaf("IsTruncated", if next.is_some() { "true" } else { "false" });
        out.maybe("ContinuationToken", token);
        if let Some(next) = &next {
            out.leaf("NextContinuationToken", &hex::encode(next));
        }
        if !start.is_empty() {
            out.leaf("StartAfter", &wanted.shown(start));
        }
        write(
            &mut out,
            &wanted,
            &entries,
            with_owner.then_some(owner.as_str()),
        );
        out.close("ListBucketResult");
        Ok(xml(out))
    })
}

/// `ListObjectVersions`.
pub fn versions(ask: &Ask<'_>) -> Outcome {
    let wanted = wanted(ask)?;
    let key_marker = ask.parameter("key-marker").unwrap_or_default();
    let id_marker = ask.parameter("version-id-marker").filter(|m| !m.is_empty());
    look(ask, |bucket| {
        let owner = canonical_id(&bucket.owner);
        let mut shown: Vec<(&str, &Object, bool)> = Vec::new();
        let mut prefixes: Vec<String> = Vec::new();
        let mut more = false;
        let mut last: (String, Option<String>) = Default::default();
        'keys: for (key, versions) in &bucket.objects {
            if !key.starts_with(wanted.prefix)
                || (!key_marker.is_empty() && key.as_str() < key_marker)
            {
                continue;
            }
            if key == key_marker && id_marker.is_none() {
                continue;
            }
            if let Some(prefix) = wanted.group(key) {
                let seen = prefixes.last() == Some(&prefix);
                if seen || (!key_marker.is_empty() && key_marker.starts_with(prefix.as_str())) {
                    continue;
                }
                if shown.len() + prefixes.len() >= wanted.most {
                    more = true;
                    break;
                }
                last = (prefix.clone(), None);
                prefixes.push(prefix);
                continue;
            }
            let mut behind = key != key_marker;
            for (index, object) in versions.iter().enumerate().rev() {
                if !behind {
                    behind = id_marker == Some(object.version.as_str());
                    continue;
                }
                if shown.len() + prefixes.len() >= wanted.most {
                    more = true;
                    break 'keys;
                }
                shown.push((key, object, index + 1 == versions.len()));
                last = (key.clone(), Some(object.version.clone()));
            }
        }
        let mut out = Xml::document();
        out.open("ListVersionsResult", XMLNS);
        wanted.head(&mut out, ask);
        out.leaf("KeyMarker", &wanted.shown(key_marker))
            .leaf("VersionIdMarker", id_marker.unwrap_or_default())
            .leaf("IsTruncated", if more { "true" } else { "false" });
        if more {
            out.leaf("NextKeyMarker", &wanted.shown(&last.0));
            out.maybe("NextVersionIdMarker", last.1.as_deref());
        }
        for (key, object, latest) in shown {
            let name = if object.marker {
                "DeleteMarker"
            } else {
                "Version"
            };
            out.within(name, |out| {
                out.leaf("Key", &wanted.shown(key))
                    .leaf("VersionId", &object.version)
                    .leaf("IsLatest", if latest { "true" } else { "false" })
                    .leaf("LastModified", &time::iso_millis(object.modified));
                if !object.marker {
                    out.leaf("ETag", &object.etag)
                        .leaf("Size", &object.size.to_string())
                        .leaf("StorageClass", &object.class);
                }
                out.within("Owner", |out| {
                    out.leaf("ID", &owner);
                });
            });
        }
        for prefix in prefixes {
            out.within("CommonPrefixes", |out| {
                out.leaf("Prefix", &wanted.shown(&prefix));
            });
        }
        out.close("ListVersionsResult");
        Ok(xml(out))
    })
}
