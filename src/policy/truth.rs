//! Whether something is so, where 'that cannot be said' is an answer.

/// An answer that admits that AWS's behaviour is not known, or not documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// It cannot be said, and why. An Allow does not count on it, a Deny does: so a doubt never
    /// grants anything.
    Uncertain(String),
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Truth {
    /// False as soon as one is false, then uncertain, then true.
    pub(super) fn all(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::True;
        for item in items {
            match item {
                Self::False => return Self::False,
                Self::Uncertain(_) if result == Self::True => result = item,
                _ => {}
            }
        }
        result
    }

    /// True as soon as one is true, then uncertain, then false.
    pub(super) fn any(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for item in items {
            match item {
                Self::True => return Self::True,
                Self::Uncertain(_) if result == Self::False => result = item,
                _ => {}
            }
        }
        result
    }

    /// The opposite; a doubt stays one.
    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            doubt => doubt,
        }
    }

    /// Negates if asked to.
    pub(super) fn negate_if(self, negated: bool) -> Self {
        if negated { self.not() } else { self }
    }
}
