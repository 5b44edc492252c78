//! What is special about AWS KMS.
//!
//! Source: AWS KMS Developer Guide, "Key policies in AWS KMS", "Allowing users in other accounts to use a
//! KMS key", "AWS KMS permissions".

/// The operations that a principal of another account can be permitted, in lower case and in order.
const ACROSS_ACCOUNTS: &[&str] = &[
    "kms:creategrant",
    "kms:decrypt",
    "kms:derivesharedsecret",
    "kms:describekey",
    "kms:encrypt",
    "kms:generatedatakey",
    "kms:generatedatakeypair",
    "kms:generatedatakeypairwithoutplaintext",
    "kms:generatedatakeywithoutplaintext",
    "kms:generatemac",
    "kms:getkeyrotationstatus",
    "kms:getpublickey",
    "kms:listgrants",
    "kms:reencryptfrom",
    "kms:reencryptto",
    "kms:retiregrant",
    "kms:revokegrant",
    "kms:sign",
    "kms:verify",
    "kms:verifymac",
];

/// Whether permission for an action, in lower case, has an effect across accounts.
pub(super) fn works_across_accounts(folded_action: &str) -> bool {
    ACROSS_ACCOUNTS.binary_search(&folded_action).is_ok()
}

/// Whether a resource, in its two halves, is a KMS key.
pub(super) fn is_key(halves: Option<(&str, &str)>) -> bool {
    is(halves, "key/")
}

/// Whether a resource, in its two halves, is an alias of a key. Requests are authorised on the key that an
/// alias stands for; the alias itself counts only where it is made, changed or deleted.
pub(super) fn is_alias(halves: Option<(&str, &str)>) -> bool {
    is(halves, "alias/")
}

fn is(halves: Option<(&str, &str)>, prefix: &str) -> bool {
    halves.is_some_and(|(head, name)| {
        head.split(':').nth(2) == Some("kms") && name.starts_with(prefix)
    })
}

/// Whether an action, in lower case, is about aliases as well as about keys.
pub(super) fn is_about_aliases(folded_action: &str) -> bool {
    matches!(
        folded_action,
        "kms:createalias" | "kms:updatealias" | "kms:deletealias"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sorted() {
        assert!(ACROSS_ACCOUNTS.is_sorted());
        assert!(works_across_accounts("kms:decrypt"));
        assert!(!works_across_accounts("kms:putkeypolicy"));
    }
}
