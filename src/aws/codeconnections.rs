//! CodeConnections: the connection to a Git provider.

use std::collections::BTreeMap;

use aws_sdk_codeconnections::types::{ConnectionStatus, ProviderType, Tag};

use crate::cloud::{CloudError, FoundConnection, Observed, Task};
use crate::resource::{Connection, Part, Spec, Tags};

use super::account::{Account, attributes};

const SERVICE: &str = "codeconnections";

/// All connections of the account and Region.
pub(super) async fn connections(account: &Account) -> Result<Vec<FoundConnection>, CloudError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = account
            .codeconnections()
            .list_connections()
            .max_results(100)
            .set_next_token(token.clone())
            .send()
            .await
            .map_err(|error| account.place.failed(SERVICE, "ListConnections", error))?;
        for connection in page.connections.unwrap_or_default() {
            found.push(FoundConnection {
                arn: connection.connection_arn.unwrap_or_default(),
                name: connection.connection_name.unwrap_or_default(),
                provider: connection
                    .provider_type
                    .map_or_else(String::new, |provider| provider.as_str().to_owned()),
                status: connection
                    .connection_status
                    .map_or_else(String::new, |status| status.as_str().to_owned()),
            });
        }
        match page.next_token {
            // The same token again would never end.
            Some(next) if token.as_ref() != Some(&next) => token = Some(next),
            _ => return Ok(found),
        }
    }
}

pub(super) async fn observe(
    account: &Account,
    wanted: &Connection,
) -> Result<Option<Observed>, CloudError> {
    let Some((found, others)) = choose(connections(account).await?, wanted) else {
        return Ok(None);
    };
    let answer = account
        .codeconnections()
        .list_tags_for_resource()
        .resource_arn(&found.arn)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "ListTagsForResource", error))?;
    let mut notes = Vec::new();
    if others > 0 {
        notes.push(format!(
            "Connections of this name: {}; {} is used.",
            others + 1,
            found.arn
        ));
    }
    if found.status == ConnectionStatus::Pending.as_str() {
        notes.push(
            "The connection waits for its handshake: open Developer Tools, Settings, Connections in the console and choose 'Update pending connection'.".to_owned(),
        );
    }
    Ok(Some(Observed {
        attributes: attributes([
            ("id", id_of(&found.arn)),
            ("arn", found.arn),
            ("status", found.status),
        ]),
        spec: Spec::Connection(Connection {
            name: found.name,
            provider: found.provider,
            tags: answer
                .tags
                .unwrap_or_default()
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect(),
        }),
        notes,
    }))
}

/// The connection to use, and how many others have its name and provider. AWS does not keep names
/// unique, so the one whose handshake is done goes first.
fn choose(mut all: Vec<FoundConnection>, wanted: &Connection) -> Option<(FoundConnection, usize)> {
    all.retain(|found| found.name == wanted.name && found.provider == wanted.provider);
    all.sort_by_key(|found| found.status != ConnectionStatus::Available.as_str());
    let others = all.len().saturating_sub(1);
    Some((all.into_iter().next()?, others))
}

/// What follows `connection/` in the ARN: the same under both service prefixes.
fn id_of(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}

pub(super) async fn carry_out(
    account: &Account,
    connection: &Connection,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    match task.part {
        Part::Itself => {
            let operation = "CreateConnection";
            let answer = account
                .codeconnections()
                .create_connection()
                .connection_name(&connection.name)
                .provider_type(ProviderType::from(connection.provider.as_str()))
                .set_tags(Some(tags(account, operation, &connection.tags)?))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(attributes([
                ("id", id_of(&answer.connection_arn)),
                ("arn", answer.connection_arn),
                ("status", ConnectionStatus::Pending.as_str().to_owned()),
            ]))
        }
        Part::Tags => {
            let operation = "TagResource";
            let arn = match task.attributes.get("arn") {
                Some(arn) => arn.clone(),
                None => observe(account, connection)
                    .await?
                    .and_then(|found| found.attributes.get("arn").cloned())
                    .unwrap_or_default(),
            };
            account
                .codeconnections()
                .tag_resource()
                .resource_arn(arn)
                .set_tags(Some(tags(account, operation, &connection.tags)?))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
            Ok(BTreeMap::new())
        }
        part => Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
}

/// The state of a connection.
pub(super) async fn status(account: &Account, arn: &str) -> Result<String, CloudError> {
    let operation = "GetConnection";
    let answer = account
        .codeconnections()
        .get_connection()
        .connection_arn(arn)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, operation, error))?;
    answer
        .connection
        .and_then(|connection| connection.connection_status)
        .map(|status| status.as_str().to_owned())
        .ok_or_else(|| {
            account
                .place
                .internal(SERVICE, operation, "the answer holds no state")
        })
}

fn tags(account: &Account, operation: &str, tags: &Tags) -> Result<Vec<Tag>, CloudError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|error| account.place.internal(SERVICE, operation, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_whose_handshake_is_done_is_preferred() {
        let connection = |arn: &str, name: &str, provider: &str, status: &str| FoundConnection {
            arn: arn.into(),
            name: name.into(),
            provider: provider.into(),
            status: status.into(),
        };
        let all = vec![
            connection("a", "orders", "GitHub", "PENDING"),
            connection("b", "orders", "GitLab", "AVAILABLE"),
            connection("c", "orders", "GitHub", "AVAILABLE"),
            connection("d", "other", "GitHub", "AVAILABLE"),
        ];
        let mut wanted = Connection {
            name: "orders".into(),
            provider: "GitHub".into(),
            tags: Tags::new(),
        };
        let (found, others) = choose(all.clone(), &wanted).unwrap();
        assert_eq!((found.arn.as_str(), others), ("c", 1));
        wanted.provider = "Bitbucket".into();
        assert_eq!(choose(all, &wanted), None);
    }
}
