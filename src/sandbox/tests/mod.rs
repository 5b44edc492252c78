//! The sandbox over HTTP: what a client sees, byte by byte where that matters.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::type_complexity
)]

mod actions;
mod anything;
mod client;
mod connections;
mod deciding;
mod identity;
mod objects;
mod runs;
mod signatures;
mod state;
mod trusts;
