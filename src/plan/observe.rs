//! Looks at everything that is wanted, side by side.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use crate::cloud::{Cloud, CloudError, Observed};
use crate::resource::{Desired, ResourceId};

/// What was found, resource by resource; absent ones are not in it.
pub type Observations = BTreeMap<ResourceId, Observed>;

/// Looks at every wanted resource at once.
///
/// # Errors
/// All errors, in the order of the resources, so that a person mends them in one go.
pub async fn observe_all(
    cloud: &dyn Cloud,
    wanted: &[Desired],
) -> Result<Observations, Vec<CloudError>> {
    let mut answers: FuturesUnordered<_> = wanted
        .iter()
        .enumerate()
        .map(|(index, it)| async move { (index, it, cloud.observe(&it.site, &it.spec).await) })
        .collect();
    let mut found = Observations::new();
    let mut errors = BTreeMap::new();
    while let Some((index, it, answer)) = answers.next().await {
        match answer {
            Ok(Some(observed)) => {
                found.insert(it.id.clone(), observed);
            }
            Ok(None) => {}
            Err(error) => {
                errors.insert(index, error);
            }
        }
    }
    if errors.is_empty() {
        Ok(found)
    } else {
        Err(errors.into_values().collect())
    }
}
