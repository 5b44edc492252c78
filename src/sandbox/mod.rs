//! An AWS of several accounts inside the program: real wire protocols on a loopback port.

pub mod cbor;
pub mod service;
pub mod world;
pub mod services;
