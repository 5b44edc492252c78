//! Runs of pipelines, without HTTP and with a clock that only the test moves.

mod alone;
mod gates;
mod ground;
mod landing;
mod sources;
mod stages;
mod told;
