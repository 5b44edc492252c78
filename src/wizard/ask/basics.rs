//! Organization, application, Region, shared account; and, last, the build.

use crate::blueprint::{Key, Table, defaults};
use crate::wizard::state::{Known, Step};

use super::{access, optional, text};

pub(super) fn next(known: &Known<'_>) -> Option<Step> {
    let sandbox = |value: &str| known.options.sandbox.then(|| value.to_owned());
    text(
        known,
        Key::root("organization"),
        "Organization (leads most names)",
        "a short name in lower case, for example bys",
        sandbox("bys"),
    )
    .or_else(|| {
        text(
            known,
            Key::root("application"),
            "Application",
            "what is delivered, in lower case; part of every name",
            sandbox("awssdk-iam").or_else(|| known.options.application.clone()),
        )
    })
    .or_else(|| {
        if !known.asks_options() {
            return None;
        }
        optional(
            known,
            Key::root("description"),
            "Description (Enter for none)",
            "a sentence in Latin letters; it goes into IAM roles, which take no others",
        )
    })
    .or_else(|| {
        text(
            known,
            Key::root("region"),
            "Region",
            "everything is made there, for example ap-northeast-2 (Seoul)",
            sandbox("ap-northeast-2").or_else(|| known.options.region.clone()),
        )
    })
    .or_else(|| {
        text(
            known,
            Key::new(Table::Shared, "account"),
            "Shared account",
            "12 digits; it holds source, build, pipelines, key and artifacts",
            sandbox("202949997891"),
        )
    })
    .or_else(|| access::next(known, None))
}

pub(super) fn last(known: &Known<'_>) -> Option<Step> {
    if !known.asks_options() {
        return None;
    }
    text(
        known,
        Key::new(Table::Build, "image"),
        "Build image",
        "the CodeBuild image that builds the application",
        Some(defaults::BUILD_IMAGE.to_owned()),
    )
}
