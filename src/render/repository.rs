//! What the source repository keeps: the documents that a build and a deployment read there, and the
//! small application to begin with.

use serde::Serialize;

use super::context::SharedContext;
use super::documents::{Documents, Facts};
use super::error::RenderError;
use super::templates::Templates;
use crate::blueprint::Blueprint;

/// A file of the source repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepositoryFile {
    /// Its path from the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The starter application's files, and the templates that they are made from. The templates have no
/// dot in front, because files with one are passed over in a folder of templates.
const APPLICATION: [(&str, &str); 6] = [
    (".dockerignore", "templates/starter/dockerignore.hbs"),
    (".gitattributes", "templates/starter/gitattributes.hbs"),
    (".gitignore", "templates/starter/gitignore.hbs"),
    ("Dockerfile", "templates/starter/Dockerfile.hbs"),
    ("README.md", "templates/starter/readme.md.hbs"),
    ("server.py", "templates/starter/server.py.hbs"),
];

/// Ports below this one are root's alone. Source: Linux `ip(7)`, `ip_unprivileged_port_start`.
const UNPRIVILEGED: u16 = 1024;

/// What the starter's templates can mention besides.
#[derive(Debug, Serialize)]
struct WithPort<'a> {
    #[serde(flatten)]
    shared: &'a SharedContext,
    /// The first environment's port.
    port: u16,
    /// Whether some environment's port is one that only root may listen on.
    low_port: bool,
}

/// The documents that the pipelines read in the repository: the buildspec, and per environment the task
/// definition and the AppSpec.
pub fn documents_of_repository(
    blueprint: &Blueprint,
    documents: &Documents,
) -> Vec<RepositoryFile> {
    let mut files = vec![RepositoryFile {
        path: inside(&blueprint.build.buildspec),
        text: documents.buildspec.clone(),
    }];
    for (name, environment) in &documents.environments {
        files.push(RepositoryFile {
            path: format!("deploy/{name}/taskdef.json"),
            text: format!("{:#}\n", environment.taskdef),
        });
        if let Some(text) = &environment.appspec {
            files.push(RepositoryFile {
                path: format!("deploy/{name}/appspec.yaml"),
                text: text.clone(),
            });
        }
    }
    files
}

/// The starter application with the documents: a repository that can be built and deployed. In the
/// order of the paths; every line ends with LF alone, because the build's shell takes no other.
///
/// # Errors
/// A template that does not render.
pub fn starter(
    blueprint: &Blueprint,
    facts: &Facts,
    templates: &Templates,
    documents: &Documents,
) -> Result<Vec<RepositoryFile>, RenderError> {
    let shared = SharedContext::new(blueprint, facts)?;
    let ports = || shared.environments.iter().map(|it| it.container.port);
    let context = WithPort {
        shared: &shared,
        port: ports().next().unwrap_or(8080),
        low_port: ports().any(|port| port < UNPRIVILEGED),
    };
    let mut files = documents_of_repository(blueprint, documents);
    for (path, template) in APPLICATION {
        // A buildspec of that name is what the project asks for.
        if files.iter().all(|file| file.path != path) {
            files.push(RepositoryFile {
                path: path.to_owned(),
                text: templates.text(template, &context)?,
            });
        }
    }
    for file in &mut files {
        file.text = file.text.replace("\r\n", "\n");
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// A path of the source that stays inside the repository.
fn inside(path: &str) -> String {
    path.split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests;
