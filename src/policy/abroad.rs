//! Which actions have an effect on the resources of another account, where a service says that not all do.

use super::kms;

/// What Amazon SQS does only within the queue's account, in lower case and in order.
///
/// Source: Amazon SQS Developer Guide, "Limitations of Amazon SQS custom policies".
const SQS_AT_HOME: &[&str] = &[
    "sqs:addpermission",
    "sqs:cancelmessagemovetask",
    "sqs:createqueue",
    "sqs:deletequeue",
    "sqs:listmessagemovetasks",
    "sqs:listqueues",
    "sqs:listqueuetags",
    "sqs:removepermission",
    "sqs:setqueueattributes",
    "sqs:startmessagemovetask",
    "sqs:tagqueue",
    "sqs:untagqueue",
];

/// What DynamoDB does for other accounts, in lower case and in order.
///
/// Source: Amazon DynamoDB Developer Guide, "DynamoDB API operations supported by resource-based policies".
const DYNAMODB_ABROAD: &[&str] = &[
    "dynamodb:batchgetitem",
    "dynamodb:batchwriteitem",
    "dynamodb:conditioncheckitem",
    "dynamodb:deleteitem",
    "dynamodb:deletetable",
    "dynamodb:describestream",
    "dynamodb:describetable",
    "dynamodb:getitem",
    "dynamodb:getrecords",
    "dynamodb:getsharditerator",
    "dynamodb:listtagsofresource",
    "dynamodb:putitem",
    "dynamodb:query",
    "dynamodb:scan",
    "dynamodb:tagresource",
    "dynamodb:untagresource",
    "dynamodb:updateitem",
    "dynamodb:updatetable",
];

/// Whether permission for an action, in lower case, can have an effect on another account's resource.
pub(super) fn works(service: &str, folded_action: &str, on_key: bool) -> bool {
    match service {
        "sqs" => SQS_AT_HOME.binary_search(&folded_action).is_err(),
        "dynamodb" => DYNAMODB_ABROAD.binary_search(&folded_action).is_ok(),
        // The caller has to belong to the bucket owner's account.
        // Source: Amazon S3 API Reference, PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy.
        "s3" => !super::s3::is_kept_for_owner(folded_action),
        "kms" if on_key => kms::works_across_accounts(folded_action),
        _ => true,
    }
}

/// Whether a service is known to take requests that nobody signed.
///
/// Source: the services' guides on anonymous or public access (Amazon S3, SQS, SNS, API Gateway, Lambda
/// function URLs, OpenSearch Service, MediaStore).
pub(super) fn takes_unsigned(service: &str) -> bool {
    matches!(
        service,
        "s3" | "sqs" | "sns" | "execute-api" | "lambda" | "es" | "mediastore" | "sts"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_sorted() {
        assert!(SQS_AT_HOME.is_sorted() && DYNAMODB_ABROAD.is_sorted());
        assert!(works("sqs", "sqs:sendmessage", false));
        assert!(!works("sqs", "sqs:setqueueattributes", false));
        assert!(!works("s3", "s3:putbucketpolicy", false));
        assert!(!works("kms", "kms:putkeypolicy", true));
    }
}
