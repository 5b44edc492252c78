//! Runs of pipelines, without HTTP and with a clock that only the test moves.

mod ground;
mod landing;
mod stages;
