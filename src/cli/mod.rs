//! One file per command: its arguments, and what it calls, in order.

pub mod answers;
