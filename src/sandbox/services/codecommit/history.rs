//! What commits build on.

use std::collections::BTreeSet;

use super::objects::Objects;

impl Objects {
    /// A commit and everything that it builds on, as far as it is here.
    pub fn history<'a>(&'a self, commit: &'a str) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![commit];
        while let Some(id) = open.pop() {
            if let Some(found) = self.commit(id)
                && seen.insert(id)
            {
                open.extend(found.parents.iter().map(String::as_str));
            }
        }
        seen
    }

    /// Whether a commit is another one or builds on it.
    pub fn builds_on(&self, later: &str, earlier: &str) -> bool {
        self.history(later).contains(earlier)
    }

    /// Whether two commits build on a common one.
    pub fn related(&self, one: &str, other: &str) -> bool {
        !self.history(one).is_disjoint(&self.history(other))
    }
}
