//! The table of KMS's operations.

use super::{aliases, keys, use_of_keys};
use crate::sandbox::service::{Operation, Protocol, Service};

/// AWS KMS. Source: the API model of `kms`.
pub static SERVICE: Service = Service {
    signing_name: "kms",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "TrentService",
    },
    operations: &[
        Operation::changes("CreateKey", "kms:CreateKey", keys::everything, keys::create),
        Operation::reads("DescribeKey", "kms:DescribeKey", keys::resource, keys::describe),
        Operation::reads("ListKeys", "kms:ListKeys", keys::everything, keys::list),
        Operation::reads("GetKeyPolicy", "kms:GetKeyPolicy", keys::resource, keys::get_policy),
        Operation::changes("PutKeyPolicy", "kms:PutKeyPolicy", keys::resource, keys::put_policy),
        Operation::reads("ListKeyPolicies", "kms:ListKeyPolicies", keys::resource, keys::list_policies),
        Operation::changes("EnableKey", "kms:EnableKey", keys::resource, keys::enable),
        Operation::changes("DisableKey", "kms:DisableKey", keys::resource, keys::disable),
        Operation::changes("EnableKeyRotation", "kms:EnableKeyRotation", keys::resource, keys::enable_rotation),
        Operation::changes("DisableKeyRotation", "kms:DisableKeyRotation", keys::resource, keys::disable_rotation),
        Operation::reads("GetKeyRotationStatus", "kms:GetKeyRotationStatus", keys::resource, keys::rotation_status),
        Operation::changes("RotateKeyOnDemand", "kms:RotateKeyOnDemand", keys::resource, keys::rotate),
        Operation::reads("ListKeyRotations", "kms:ListKeyRotations", keys::resource, keys::list_rotations),
        Operation::changes("ScheduleKeyDeletion", "kms:ScheduleKeyDeletion", keys::resource, keys::schedule_deletion),
        Operation::changes("CancelKeyDeletion", "kms:CancelKeyDeletion", keys::resource, keys::cancel_deletion),
        Operation::changes("UpdateKeyDescription", "kms:UpdateKeyDescription", keys::resource, keys::update_description),
        Operation::changes("TagResource", "kms:TagResource", keys::resource, keys::tag),
        Operation::changes("UntagResource", "kms:UntagResource", keys::resource, keys::untag),
        Operation::reads("ListResourceTags", "kms:ListResourceTags", keys::resource, keys::list_tags),
        Operation::reads("ListGrants", "kms:ListGrants", keys::resource, keys::list_grants),
        Operation::changes("CreateAlias", "kms:CreateAlias", aliases::resource, aliases::create),
        Operation::changes("UpdateAlias", "kms:UpdateAlias", aliases::resource, aliases::update),
        Operation::changes("DeleteAlias", "kms:DeleteAlias", aliases::resource, aliases::delete),
        Operation::reads("ListAliases", "kms:ListAliases", keys::everything, aliases::list),
        Operation::reads("Encrypt", "kms:Encrypt", keys::resource, use_of_keys::encrypt),
        Operation::reads("Decrypt", "kms:Decrypt", use_of_keys::resource, use_of_keys::decrypt),
        Operation::reads("GenerateDataKey", "kms:GenerateDataKey", keys::resource, use_of_keys::data_key),
        Operation::reads(
            "GenerateDataKeyWithoutPlaintext",
            "kms:GenerateDataKeyWithoutPlaintext",
            keys::resource,
            use_of_keys::data_key_without_plaintext,
        ),
        Operation::reads("ReEncrypt", "kms:ReEncryptFrom", use_of_keys::resource, use_of_keys::re_encrypt),
        Operation::reads("GenerateRandom", "kms:GenerateRandom", keys::everything, use_of_keys::random),
    ],
};
