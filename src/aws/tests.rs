//! The whole way to the wire and back, against canned answers.

mod access;
mod resources;
mod server;

use super::*;
use crate::blueprint::Access;
use crate::ident::{AccountId, Arn, Region};
use crate::resource::{Part, ResourceId};
use server::{Seen, Server};

const ROLE: &str = "arn:aws:iam::222222222222:role/cicd/Admin";

fn access(role: Option<&str>, mfa: Option<&str>) -> AccountAccess {
    AccountAccess {
        site: Site::Shared,
        account: AccountId::parse("222222222222").unwrap(),
        access: Access {
            profile: Some("never-looked-at".into()),
            role: role.map(|role| Arn::parse(role).unwrap()),
            external_id: role.map(|_| "ext-1".into()),
            mfa_serial: mfa.map(str::to_owned),
        },
        base: Some(StaticCredentials {
            access_key_id: "AKIATEST".into(),
            secret_access_key: "wJalrXUtnFEMI".into(),
        }),
    }
}

async fn cloud(server: &Server, access: AccountAccess, mfa: Arc<dyn MfaCode>) -> AwsCloud {
    connect(Settings {
        region: Region::parse("ap-northeast-2").unwrap(),
        endpoint_url: Some(server.url.clone()),
        accounts: vec![access],
        mfa,
    })
    .await
    .unwrap()
}

async fn plain(server: &Server) -> AwsCloud {
    cloud(server, access(None, None), Arc::new(NoMfa)).await
}

fn task(spec: Spec, part: Part, base: Option<Value>) -> Task {
    Task {
        site: Site::Shared,
        resource: ResourceId::shared("thing"),
        spec,
        part,
        base,
        attributes: [("id".to_owned(), "key-1".to_owned())].into(),
    }
}

fn identity_answer() -> (u16, String) {
    (200, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::222222222222:assumed-role/Admin/crosspipe</Arn><UserId>A:c</UserId><Account>222222222222</Account></GetCallerIdentityResult></GetCallerIdentityResponse>".into())
}

/// An STS where the session of a role lasts this many seconds.
fn sts(seen: &Seen, lasts: i64) -> (u16, String) {
    match seen.operation.as_str() {
        "AssumeRole" => {
            let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(lasts);
            (
                200,
                format!(
                    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{end}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:c</AssumedRoleId><Arn>x</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
                ),
            )
        }
        _ => identity_answer(),
    }
}
