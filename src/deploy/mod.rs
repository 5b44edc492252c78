//! Runs: which branch goes where, one run as a value, what changed in it, what lies under a failure.

mod ahead;
pub mod approve;
pub mod cause;
mod console;
pub mod effect;
mod event;
pub mod history;
pub mod logs;
mod look;
mod map;
mod pace;
pub mod promote;
pub mod retry;
pub mod rollback;
mod shift;
mod snapshot;
pub mod status;
pub mod stop;
pub mod words;
mod working_copy;

#[cfg(test)]
pub mod fixture;

pub use ahead::{Departure, Known, arriving, departure};
pub use cause::Cause;
pub use console::{build_page, deployment_page, execution_page, pipeline_page};
pub use event::{Event, FORMAT, changes};
pub use look::Look;
pub use map::{Destination, MapError, also_branch, destination, destinations, named, nearest};
pub use pace::{Beat, Pace};
pub use shift::{Shift, Until, Waits, shift};
#[cfg(test)]
pub use snapshot::stages;
pub use snapshot::{Action, Ended, Snapshot, Stage, Under, Wait};
pub use working_copy::{Head, WorkingCopyError, head};

#[cfg(test)]
mod tests;
