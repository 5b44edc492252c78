//! How long to wait until the next look.

use std::time::Duration;

/// What the last look showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Something was not as before.
    Moved,
    /// Everything was as before, and something works on it.
    Working,
    /// Everything was as before, and it waits for a person: an approval, a closed transition.
    Waiting,
    /// AWS said that there are too many calls, or did not answer.
    Refused,
}

/// While something moves.
const SHORT: Duration = Duration::from_secs(5);
/// When nothing has moved for a while.
const LONG: Duration = Duration::from_secs(15);
/// While a person is waited for.
const PERSON: Duration = Duration::from_secs(30);
/// The longest wait after AWS has refused.
const LONGEST: Duration = Duration::from_secs(120);
/// How many looks without a change make a while.
const A_WHILE: u32 = 6;
/// The shortest wait, however fast the sandbox goes.
const SHORTEST: Duration = Duration::from_millis(100);

/// How long to wait between looks.
#[derive(Debug, Clone)]
pub struct Pace {
    scale: u32,
    quiet: u32,
    refused: u32,
}

impl Pace {
    /// `scale` says how many times faster than at AWS everything goes.
    pub fn new(scale: u32) -> Self {
        Self {
            scale: scale.max(1),
            quiet: 0,
            refused: 0,
        }
    }

    /// How long to wait now.
    pub fn after(&mut self, beat: Beat) -> Duration {
        if beat == Beat::Refused {
            self.refused = (self.refused + 1).min(16);
            let longer = SHORT.saturating_mul(1 << self.refused.min(8));
            return self.scaled(longer.min(LONGEST));
        }
        // One answer does not mean that there is room for all: come down by steps.
        self.refused = self.refused.saturating_sub(1);
        self.quiet = if beat == Beat::Moved {
            0
        } else {
            self.quiet.saturating_add(1)
        };
        let wait = match beat {
            Beat::Waiting if self.quiet > A_WHILE => PERSON,
            _ if self.quiet > A_WHILE => LONG,
            _ => SHORT,
        };
        self.scaled(wait.max(SHORT.saturating_mul(1 << self.refused)))
    }

    fn scaled(&self, wait: Duration) -> Duration {
        (wait / self.scale).max(SHORTEST.min(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_slows_down_when_nothing_moves_and_comes_back_at_once() {
        let mut pace = Pace::new(1);
        assert_eq!(pace.after(Beat::Moved), SHORT);
        for _ in 0..A_WHILE {
            assert_eq!(pace.after(Beat::Working), SHORT);
        }
        assert_eq!(pace.after(Beat::Working), LONG);
        assert_eq!(pace.after(Beat::Waiting), PERSON);
        assert_eq!(pace.after(Beat::Moved), SHORT);
    }

    #[test]
    fn after_a_refusal_it_waits_longer_each_time_and_comes_down_by_steps() {
        let mut pace = Pace::new(1);
        let waits: Vec<u64> = (0..6)
            .map(|_| pace.after(Beat::Refused).as_secs())
            .collect();
        assert_eq!(waits, [10, 20, 40, 80, 120, 120]);
        let mut pace = Pace::new(1);
        pace.after(Beat::Refused);
        pace.after(Beat::Refused);
        assert_eq!(pace.after(Beat::Moved), SHORT * 2);
        assert_eq!(pace.after(Beat::Moved), SHORT);
    }

    #[test]
    fn a_faster_sandbox_is_looked_at_more_often() {
        assert_eq!(Pace::new(10).after(Beat::Moved), Duration::from_millis(500));
        assert_eq!(Pace::new(1_000_000).after(Beat::Moved), SHORTEST);
    }
}
