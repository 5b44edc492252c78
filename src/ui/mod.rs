//! The only room that writes to a terminal.

pub mod prompt;
