//! Whether something is so, where 'that cannot be said' is an answer.

/// One of three answers, by Kleene's logic. They are ordered, so that 'and' is the least and 'or' the
/// greatest of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// It is not so.
    False,
    /// It cannot be said: a key is missing from an open context, or AWS does not document it.
    Unknown,
    /// It is so.
    True,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Truth {
    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One of them.
    pub(super) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite.
    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    /// The opposite, if asked to.
    pub(super) fn negate_if(self, negated: bool) -> Self {
        if negated { self.not() } else { self }
    }

    /// Whether all are so. Stops at the first that is not.
    pub(super) fn all(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::True;
        for item in items {
            result = result.and(item);
            if result == Self::False {
                break;
            }
        }
        result
    }

    /// Whether one is so. Stops at the first that is.
    pub(super) fn any(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for item in items {
            result = result.or(item);
            if result == Self::True {
                break;
            }
        }
        result
    }
}
