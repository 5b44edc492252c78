//! What AWS accepts, as far as it can be known without asking: names, documents and their limits.

pub mod names;
