//! STS: who the credentials belong to.

use crate::cloud::{CloudError, Identity};
use crate::ident::AccountId;

use super::account::Account;

const SERVICE: &str = "sts";

pub(super) async fn identity(account: &Account) -> Result<Identity, CloudError> {
    let operation = "GetCallerIdentity";
    let answer = account
        .sts()
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, operation, error))?;
    let id = answer.account().unwrap_or_default();
    Ok(Identity {
        account: AccountId::parse(id).map_err(|error| {
            account
                .place
                .internal(SERVICE, operation, format!("'{id}' is no account: {error}"))
        })?,
        arn: answer.arn().unwrap_or_default().to_owned(),
    })
}
