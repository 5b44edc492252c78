//! Where a bucket's notifications are to go.

use super::Ask;
use super::fault::{S3Fault, argument};
use super::read::Element;

/// The kinds of destinations: the configuration, the member with the ARN, and what S3 says of one that
/// is not there.
const KINDS: [(&str, &str, &str); 3] = [
    (
        "QueueConfiguration",
        "Queue",
        "The destination queue does not exist",
    ),
    (
        "TopicConfiguration",
        "Topic",
        "The destination topic does not exist",
    ),
    (
        "CloudFunctionConfiguration",
        "CloudFunction",
        "Not authorized to invoke function",
    ),
];

/// Refuses queues, topics and functions: the sandbox has none of them, so each is one that is not there.
/// EventBridge needs no destination, and whoever wants no validation gets none.
///
/// Source: Amazon S3 API Reference, PutBucketNotificationConfiguration, "SkipDestinationValidation"; the
/// message as public reports have it.
pub fn check(ask: &Ask<'_>, given: &Element) -> Result<(), S3Fault> {
    let skips = ask.header("x-amz-skip-destination-validation");
    if skips.is_some_and(|it| it.eq_ignore_ascii_case("true")) {
        return Ok(());
    }
    let absent = KINDS.iter().find_map(|(configuration, member, why)| {
        let arn = given.child(configuration)?.value(member);
        Some((arn.unwrap_or_default(), member, *why))
    });
    let Some((arn, member, why)) = absent else {
        return Ok(());
    };
    let why = match *member {
        "CloudFunction" => format!("{why} [{arn}]"),
        _ => why.to_owned(),
    };
    let message = "Unable to validate the following destination configurations";
    Err(argument(message, arn, &why))
}
