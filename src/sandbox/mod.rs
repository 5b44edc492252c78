//! An AWS of several accounts inside the program: real wire protocols on a loopback port.

pub mod service;
pub mod services;
pub mod world;
