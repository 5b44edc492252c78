//! One file per service.
