//! Parsed documents by their text, so that the same policy is read once and not for each request.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use crate::policy::{self, Document};

/// How many documents a generation holds. Two are kept, so about twice as many are remembered.
const GENERATION: usize = 2048;

/// What stands for a document that cannot be read: it might have held a Deny, so it denies everything.
/// With a principal it does so for resources, without one for identities.
const DENY: [&str; 2] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#,
];

/// Two generations: what is asked for moves to the young one; when that is full it becomes the old one,
/// and what was not asked for since is forgotten.
#[derive(Default)]
struct Cache {
    young: HashMap<String, Arc<Document>>,
    old: HashMap<String, Arc<Document>>,
}

static CACHE: LazyLock<RwLock<Cache>> = LazyLock::new(RwLock::default);

/// A document, parsed. `None` where the text is not a policy.
pub fn document(text: &str) -> Option<Arc<Document>> {
    {
        let cache = CACHE.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cache.young.get(text) {
            return Some(Arc::clone(known));
        }
    }
    let mut cache = CACHE.write().unwrap_or_else(PoisonError::into_inner);
    let found = match cache.old.remove(text) {
        Some(known) => known,
        None => Arc::new(policy::parse_text(text).ok()?),
    };
    if cache.young.len() >= GENERATION {
        cache.old = mem::take(&mut cache.young);
    }
    cache.young.insert(text.to_owned(), Arc::clone(&found));
    Some(found)
}

/// A policy of an identity, or one that denies everything where it cannot be read.
pub(super) fn of_identity(text: &str) -> Arc<Document> {
    document(text).unwrap_or_else(|| denying(DENY[0]))
}

/// A policy of a resource, or one that denies everything where it cannot be read.
pub(super) fn of_resource(text: &str) -> Arc<Document> {
    document(text).unwrap_or_else(|| denying(DENY[1]))
}

fn denying(text: &str) -> Arc<Document> {
    // Without any statement nothing is allowed either.
    document(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once_and_the_unreadable_denies() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let first = document(text).unwrap();
        assert!(Arc::ptr_eq(&first, &document(text).unwrap()));
        for number in 0..3 * GENERATION {
            let other = text.replace("s3", &format!("s{number}"));
            assert!(document(&other).is_some());
        }
        let cache = CACHE.read().unwrap();
        assert!(cache.young.len() <= GENERATION && cache.old.len() <= GENERATION);
        drop(cache);
        assert_eq!(document(text).unwrap().statements.len(), 1);
        assert!(document("{").is_none());
        assert_eq!(of_identity("{").statements.len(), 1);
        assert_eq!(of_resource("{").statements.len(), 1);
    }
}
