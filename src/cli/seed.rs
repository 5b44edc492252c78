//! The end of `bootstrap`: a starter application for a repository that is empty. First it is looked
//! what is there, then everything that would be pushed is shown, and only then it is pushed.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::blueprint::{Blueprint, Source};
use crate::cloud::{Branched, CloudError, Seed, SeedFile};
use crate::ident::EnvironmentName;
use crate::render::{RepositoryFile, Templates};
use crate::resource::{Attributes, artifact_key};
use crate::ui::{self, Complaint, Style, Table};

use super::exit::{Exit, Failure, complaint};
use super::flow::{self, Consent};
use super::render;

/// The files that one commit through the API takes. Source: AWS CodeCommit User Guide, "Quotas".
const MOST_FILES: usize = 100;

/// The first line of the commit.
const SUBJECT: &str = "Start with the starter application";

/// What was said about the starter application beforehand.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Choice {
    /// Push a starter application where the repository is empty, without asking; it starts every
    /// environment
    #[arg(long, conflicts_with = "no_starter")]
    pub starter: bool,

    /// Push no starter application, and do not ask
    #[arg(long)]
    pub no_starter: bool,
}

/// What the repository is like afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repository {
    /// Nobody has looked.
    Unknown,
    /// It holds no commit.
    Empty,
    /// It holds the starter application and nothing else.
    Starter,
    /// Work of others.
    Other,
}

/// How it ended.
pub struct Ended {
    /// What the repository is like now.
    pub repository: Repository,
    /// Whether everything that was agreed to is done.
    pub complete: bool,
}

impl Ended {
    /// The exit code of a run that is done but for this.
    pub fn exit(&self) -> Exit {
        if self.complete {
            Exit::Done
        } else {
            Exit::Partly
        }
    }

    fn with(repository: Repository) -> Self {
        Self {
            repository,
            complete: true,
        }
    }
}

/// A branch to be made, and the environment that it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    environment: EnvironmentName,
    branch: String,
    /// Whether deployments to it ask first.
    confirm: bool,
}

/// What would be pushed.
#[derive(Debug)]
struct Offer {
    repository: String,
    files: Vec<RepositoryFile>,
    message: String,
    /// The starter's commit, where an earlier run has made it.
    commit: Option<String>,
    targets: Vec<Target>,
}

/// What was found.
enum Found {
    Nothing(Repository),
    Offer(Offer),
}

/// Looks, shows, asks and pushes. `attributes` is what is known of the resources by now.
pub async fn end(
    cloud: &dyn Seed,
    blueprint: &Blueprint,
    templates: &Templates,
    attributes: &Attributes,
    choice: Choice,
    consent: Consent,
) -> Result<Ended, Failure> {
    let Source::CodeCommit { repository } = &blueprint.source else {
        return Ok(Ended::with(Repository::Unknown));
    };
    if choice.no_starter {
        return Ok(Ended::with(Repository::Unknown));
    }
    let files = files(blueprint, templates, attributes)?;
    let found = match look(cloud, blueprint, repository, files).await {
        Ok(found) => found,
        Err(error) if choice.starter => return Err(Failure::failed(complaint(&error))),
        // Only an offer: what was asked for has been done.
        Err(error) => {
            flow::note_in_lines(&format!(
                "Whether the repository {repository} is empty could not be seen, so no starter application is offered: {error}"
            ));
            return Ok(Ended::with(Repository::Unknown));
        }
    };
    let offer = match found {
        Found::Nothing(repository) => {
            if choice.starter && repository == Repository::Other {
                flow::note(
                    "The repository has commits already: no starter application was pushed.",
                );
            }
            return Ok(Ended::with(repository));
        }
        Found::Offer(offer) => offer,
    };
    let there = if offer.commit.is_some() {
        Repository::Starter
    } else {
        Repository::Empty
    };
    let asks = flow::is_interactive() && !consent.yes;
    let goes_without = choice.starter || (consent.sandbox && !asks);
    if !goes_without && !asks {
        return Ok(Ended::with(there));
    }
    if offer.files.len() > MOST_FILES {
        flow::note_in_lines(&format!(
            "The starter application has {} files, and AWS takes {MOST_FILES} in one commit: write it with `crosspipe starter DIR` and push it with git.",
            offer.files.len()
        ));
        return Ok(Ended::with(there));
    }
    let style = Style::of_stdout();
    if !consent.json {
        flow::print(&offer.text(style));
    }
    if !goes_without && !agreed(&offer) {
        flow::note_in_lines("Nothing was pushed. Run this again with --starter to do it later.");
        return Ok(Ended::with(there));
    }
    push(cloud, &offer, consent.json).await
}

/// The files, checked as `crosspipe render` checks them.
fn files(
    blueprint: &Blueprint,
    templates: &Templates,
    attributes: &Attributes,
) -> Result<Vec<RepositoryFile>, Failure> {
    let key = attributes.get(artifact_key().as_str());
    let made = render::facts_without_account(blueprint).and_then(|mut facts| {
        if let Some(arn) = key.and_then(|it| it.get("arn")) {
            facts.key_arn.clone_from(arn);
        }
        render::starter_files(blueprint, &facts, templates)
    });
    made.map_err(|error| {
        Failure::usage(
            Complaint::new(format!("no starter application can be made: {error}"))
                .help("correct the template, and run `crosspipe bootstrap --starter`"),
        )
    })
}

/// What is in the repository, and what is missing there.
async fn look(
    cloud: &dyn Seed,
    blueprint: &Blueprint,
    repository: &str,
    files: Vec<RepositoryFile>,
) -> Result<Found, CloudError> {
    let branches = cloud.branches(repository).await?;
    let mut targets: Vec<Target> = blueprint
        .environments
        .iter()
        .map(|(name, environment)| Target {
            environment: name.clone(),
            branch: environment.branch.clone(),
            confirm: environment.confirm,
        })
        .collect();
    let message = message(&files);
    let mut commit = None;
    if !branches.is_empty() {
        let Some(first) = targets.iter().find(|it| branches.contains(&it.branch)) else {
            return Ok(Found::Nothing(Repository::Other));
        };
        let tip = cloud.tip(repository, &first.branch).await?;
        if !tip.is_first || tip.message.trim_end() != message {
            return Ok(Found::Nothing(Repository::Other));
        }
        targets.retain(|it| !branches.contains(&it.branch));
        commit = Some(tip.id);
    }
    if targets.is_empty() {
        return Ok(Found::Nothing(Repository::Starter));
    }
    Ok(Found::Offer(Offer {
        repository: repository.to_owned(),
        files,
        message,
        commit,
        targets,
    }))
}

/// The commit's message. It names its content, so that a run that continues knows it again and
/// takes no commit of others for it.
fn message(files: &[RepositoryFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        for part in [&file.path, &file.text] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
    }
    format!(
        "{SUBJECT}\n\nA small HTTP server, the buildspec, and what each environment's deployment reads.\nMade by crosspipe bootstrap.\n\nContent: sha256:{}",
        hex::encode(hash.finalize())
    )
}

impl Offer {
    fn branches(&self) -> String {
        listed(self.targets.iter().map(|it| it.branch.as_str()))
    }

    /// What would be pushed, and what that starts.
    fn text(&self, style: Style) -> String {
        let mut out = match &self.commit {
            None => format!(
                "\nStarter application for {}, which is empty: one commit\n",
                self.repository
            ),
            Some(_) => format!(
                "\nStarter application in {}: branches that are still missing\n",
                self.repository
            ),
        };
        out = ui::in_lines(&out, style);
        let mut files = Table::new(2, &[]);
        if self.commit.is_none() {
            for (names, what) in self.summary() {
                files.row([names, what]);
            }
        }
        out.push_str(&files.text_within(style.width));
        let mut branches = Table::new(2, &[]);
        for target in &self.targets {
            let asks = if target.confirm {
                " (confirm = true)"
            } else {
                ""
            };
            branches.row([
                format!("+ branch {}", target.branch),
                format!("starts {}{asks}", target.environment),
            ]);
        }
        out.push_str(&branches.text_within(style.width));
        out
    }

    /// The files by what they are for.
    fn summary(&self) -> Vec<(String, String)> {
        let mut groups: BTreeMap<(u8, usize, String), Vec<&str>> = BTreeMap::new();
        for file in &self.files {
            let (order, place, what) = match file.path.as_str() {
                "Dockerfile" | "server.py" => (0, 0, "a small HTTP server".to_owned()),
                "README.md" => (3, 0, "what all this is".to_owned()),
                path if path.starts_with("deploy/") => {
                    let name = path.split('/').nth(1).unwrap_or_default();
                    let place = self
                        .targets
                        .iter()
                        .position(|it| it.environment.as_str() == name);
                    let what = format!("what a deployment to {name} reads");
                    (2, place.unwrap_or(usize::MAX), what)
                }
                path if path.starts_with(".git") || path.starts_with(".docker") => {
                    (4, 0, "for git and Docker".to_owned())
                }
                _ => (1, 0, "builds the image and pushes it".to_owned()),
            };
            groups
                .entry((order, place, what))
                .or_default()
                .push(&file.path);
        }
        groups
            .into_iter()
            .map(|((_, _, what), names)| (format!("+ {}", short(&names)), what))
            .collect()
    }

    /// Every file in full.
    fn details(&self) -> String {
        let mut out = format!("\nThe commit's message\n{}\n", indented(&self.message));
        for file in &self.files {
            out.push_str(&format!("\n{}\n{}", file.path, indented(&file.text)));
        }
        out
    }
}

/// Files of one folder share its name: `deploy/dev/appspec.yaml, taskdef.json`.
fn short(names: &[&str]) -> String {
    let mut shown = String::new();
    let mut folder = "";
    for name in names {
        let (above, file) = name
            .rfind('/')
            .and_then(|at| name.split_at_checked(at + 1))
            .unwrap_or(("", name));
        if !shown.is_empty() {
            shown.push_str(", ");
        }
        shown.push_str(if !above.is_empty() && above == folder {
            file
        } else {
            name
        });
        folder = above;
    }
    shown
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}").trim_end().to_owned() + "\n")
        .collect()
}

/// `develop`, `develop and stage`, `develop, stage and master`.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The question. It names what is started; the environments that ask before a deployment are named apart.
fn question(offer: &Offer) -> String {
    let names = |confirm: bool| {
        let those = offer.targets.iter().filter(|it| it.confirm == confirm);
        listed(those.map(|it| it.environment.as_str()))
    };
    let (plain, asking) = (names(false), names(true));
    let starts = match (plain.is_empty(), asking.is_empty()) {
        (_, true) => format!("This starts {plain}."),
        (true, false) => format!("This starts {asking}, without asking again."),
        (false, false) => {
            format!("This starts {plain}, and {asking} too, without asking again.")
        }
    };
    format!("Push it to {}? {starts}", offer.branches())
}

fn agreed(offer: &Offer) -> bool {
    let question = question(offer);
    loop {
        match ui::yes_no_details(&question, true) {
            ui::YesNo::Yes => return true,
            ui::YesNo::Details => flow::note(&offer.details()),
            // Everything else has been made: leaving here is a no.
            ui::YesNo::No | ui::YesNo::Cancelled => return false,
        }
    }
}

/// Pushes what was shown. What fails is said, and what is left is done by running again.
async fn push(cloud: &dyn Seed, offer: &Offer, json: bool) -> Result<Ended, Failure> {
    let mut commit = offer.commit.clone();
    let mut table = Table::new(2, &[]);
    let mut failed = None;
    for target in &offer.targets {
        let made = match &commit {
            Some(id) => cloud
                .branch(&offer.repository, &target.branch, id)
                .await
                .map(|how| (id.clone(), how)),
            None => {
                let files: Vec<SeedFile<'_>> = offer
                    .files
                    .iter()
                    .map(|it| SeedFile {
                        path: &it.path,
                        text: &it.text,
                    })
                    .collect();
                cloud
                    .begin(&offer.repository, &target.branch, &offer.message, &files)
                    .await
                    .map(|id| (id, Branched::Made))
            }
        };
        match made {
            Ok((id, how)) => {
                let made = how == Branched::Made;
                if json {
                    flow::print(&line(target, Some(&id), made, None));
                }
                table.row([
                    target.branch.clone(),
                    short_id(&id).to_owned(),
                    if made {
                        format!("starts {}", target.environment)
                    } else {
                        "is there already: left as it is".to_owned()
                    },
                ]);
                commit = Some(id);
            }
            Err(error) => {
                if json {
                    flow::print(&line(target, None, false, Some(&error)));
                }
                failed = Some((target, error));
                break;
            }
        }
    }
    if !json && commit.is_some() {
        let text = format!(
            "\nPushed to {}\n{}",
            offer.repository,
            table.text_within(Style::of_stdout().width)
        );
        flow::print(&text);
    }
    let repository = match &commit {
        Some(_) => Repository::Starter,
        None => Repository::Unknown,
    };
    let Some((target, error)) = failed else {
        return Ok(Ended::with(repository));
    };
    let said = complaint(&error)
        .detail(format!(
            "the branch {} was not made, so {} was not started",
            target.branch, target.environment
        ))
        .help("everything else is done. `crosspipe bootstrap --starter` continues from here");
    Failure::failed(said).print(Style::of_stderr());
    Ok(Ended {
        repository,
        complete: false,
    })
}

fn short_id(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}

/// One branch as a JSON line.
fn line(target: &Target, commit: Option<&str>, made: bool, error: Option<&CloudError>) -> String {
    let line = serde_json::json!({
        "event": "starter",
        "format": crate::plan::FORMAT,
        "environment": target.environment,
        "branch": target.branch,
        "commit": commit,
        "made": made,
        "error": error,
    });
    format!("{line}\n")
}

/// The folder that `crosspipe starter` is told in a hint: the repository's own name.
pub fn folder_name(repository: &str) -> &str {
    Path::new(repository)
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("starter")
}

#[cfg(test)]
mod tests;
