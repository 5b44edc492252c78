//! What is refused, and in which words: each probe asks over HTTP and looks at code and sentence.

mod account;
mod across;
mod grants;
mod passing;
mod scene;
mod tags;
