//! Handlebars: typed values in, parsed documents out. A document that is not valid JSON (or YAML)
//! never leaves this room.

mod context;
mod documents;
mod embedded;
mod error;
mod limits;
mod repository;
mod templates;

#[cfg(test)]
pub(crate) mod fixture;

pub use documents::{
    Documents, EnvironmentDocuments, Facts, RoleDocuments, SharedDocuments, documents,
};
pub use error::RenderError;
pub use repository::{RepositoryFile, documents_of_repository, starter};
pub use templates::Templates;
