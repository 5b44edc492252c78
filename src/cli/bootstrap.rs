//! `crosspipe bootstrap`: from questions to working pipelines.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::aws::AwsCloud;
use crate::blueprint::{Draft, Key, edit};
use crate::cloud::{Cloud, Discovery};
use crate::ident::EnvironmentName;
use crate::resource::{Attributes, Site};
use crate::sandbox::{PlatformSeed, Sandbox, store};
use crate::ui::{self, Complaint, Style, TerminalPrompter};
use crate::wizard::{self, Defaults, Ground, Outcome, WizardError, WizardOptions};

use super::answers::Answers;
use super::connect::{self, connect_all, furnish, identities, sandbox};
use super::exit::{Exit, Failure};
use super::flow::{self, Consent};
use super::home;
use super::next;
use super::seed::{self, Ended};
use super::target::Target;

/// Ask, plan, make and check: from nothing to one working pipeline per branch.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Asks what it needs to know, writes crosspipe.toml, checks who you are in every account, shows what would be made, and makes it after a yes. Changes the accounts; with --sandbox, only the ones inside this program. At the end it offers to push a small application to a CodeCommit repository that is empty, so that a first run can be seen: to each environment's branch, which starts each environment. With --yes it does so in the sandbox only, elsewhere with --starter. Run again, it continues where it stopped, or says that nothing is to be changed.",
    after_help = "Examples:\n  crosspipe bootstrap --sandbox\n  crosspipe bootstrap\n  crosspipe bootstrap --config team/crosspipe.toml --yes --no-starter"
)]
pub struct Args {
    #[command(flatten)]
    target: Target,

    /// Do not ask: take every default, and make what the plan shows
    #[arg(long, short)]
    yes: bool,

    /// Adopt resources of the same name that crosspipe did not make
    #[arg(long)]
    adopt: bool,

    /// Print events as JSON lines
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    choice: seed::Choice,

    #[command(flatten)]
    answers: Answers,
}

/// Asks, plans, confirms, makes, checks, and says what to do next.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    in_its_folder(&args.target)?;
    let draft = draft(&args)?;
    let before = Before::look(&args.target);
    let sandbox = sandbox(&args.target).await?;
    if sandbox.is_some() {
        flow::note_in_lines(
            "crosspipe  sandbox: AWS accounts inside this program; nothing leaves this machine",
        );
        flow::note("");
    }
    let exit = with_accounts(&args, draft, sandbox.as_ref()).await;
    if let Some(sandbox) = sandbox {
        connect::stop(sandbox).await?;
    }
    if matches!(&exit, Err(failure) if failure.exit == Exit::Cancelled) {
        before.restore(&args.target);
    }
    exit
}

/// Refuses to make a second project inside of one, which is what typing this in the wrong folder would do.
fn in_its_folder(target: &Target) -> Result<(), Failure> {
    if target.config_given || target.config == Path::new(home::CONFIG) {
        return Ok(());
    }
    let config = target.config.display();
    Err(Failure::usage(
        Complaint::new(format!(
            "this folder belongs to a project that has its configuration already: {config}"
        ))
        .help(format!(
            "nothing was changed. To go on with that one, add --config {config}; to begin another one here, add --config {}",
            home::CONFIG
        )),
    ))
}

/// What was there before the first question, so that a cancelled one leaves nothing behind.
struct Before {
    /// The folders that a sandbox's state makes, innermost first.
    made: Vec<PathBuf>,
    config: Option<Vec<u8>>,
}

impl Before {
    fn look(target: &Target) -> Self {
        let made = if target.sandbox {
            let new = |it: &&Path| !it.as_os_str().is_empty() && !it.exists();
            let folders = target.state.ancestors().take_while(new);
            folders.map(Path::to_owned).collect()
        } else {
            Vec::new()
        };
        Self {
            made,
            config: std::fs::read(&target.config).ok(),
        }
    }

    /// Forgets the sandbox that this run made. Not where the answers were written: then they are kept,
    /// and so is what they were found in.
    fn restore(self, target: &Target) {
        if self.made.is_empty() || std::fs::read(&target.config).ok() != self.config {
            return;
        }
        // What cannot be removed does no harm.
        if store::reset(&target.state).is_ok() {
            for folder in &self.made {
                let _ = std::fs::remove_dir(folder);
            }
        }
    }
}

/// What the file and the flags say.
fn draft(args: &Args) -> Result<Draft, Failure> {
    let mut draft = if args.target.config.exists() {
        crate::blueprint::draft(&args.target.config)
            .map_err(|errors| flow::wrong_blueprint(&errors))?
    } else {
        Draft::new()
    };
    let said = args.answers.clone().into_draft().map_err(|why| {
        Failure::usage(Complaint::new(why).help("see `crosspipe bootstrap --help`"))
    })?;
    unknown_places(&draft, &said, &args.answers.environment)?;
    draft.overlay(said);
    // Before a sandbox is made for what cannot be.
    let wrong = draft.errors();
    if wrong.is_empty() {
        Ok(draft)
    } else {
        Err(flow::wrong_blueprint(&draft.bundle(wrong)))
    }
}

/// A flag for an environment that the file does not have is a typing mistake, unless the environment
/// is asked for by name.
fn unknown_places(
    file: &Draft,
    said: &Draft,
    asked_for: &[EnvironmentName],
) -> Result<(), Failure> {
    let known: Vec<&EnvironmentName> = file.environments().collect();
    if known.is_empty() {
        return Ok(());
    }
    match said
        .environments()
        .find(|name| !known.contains(name) && !asked_for.contains(name))
    {
        None => Ok(()),
        Some(name) => {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            Err(Failure::usage(
                Complaint::new(format!(
                    "a flag is for the environment {name}, which is not in the configuration"
                ))
                .detail(format!("environments there: {}", known.join(", ")))
                .help(format!(
                    "correct the name, or add `--environment {name}` to make a new environment"
                )),
            ))
        }
    }
}

async fn with_accounts(
    args: &Args,
    draft: Draft,
    sandbox: Option<&Sandbox>,
) -> Result<Exit, Failure> {
    let outcome = ask(args, draft, sandbox).await?;
    if outcome.changed {
        write(&args.target.config, &outcome.text)?;
        flow::note(&format!("wrote {}\n", args.target.config.display()));
    }
    let blueprint = outcome.blueprint;
    let templates = flow::templates(&blueprint, &args.target.config)?;
    if let Some(sandbox) = sandbox {
        furnish(sandbox, &blueprint)?;
    }
    let connection = connect_all(&blueprint, sandbox).await?;
    let accounts = identities(&*connection.cloud, &blueprint).await?;
    let style = Style::of_stdout();
    if !args.json {
        flow::print(&format!("{}\n", ui::identities(&accounts, style)));
    }
    let plan = flow::make_plan(&blueprint, &templates, &*connection.cloud, accounts).await?;
    if !args.json {
        flow::print(&ui::plan(&plan, style, false));
    }
    flow::refuse_conflicts(&plan)?;
    let waiting = next::waiting(&plan);
    let consent = Consent {
        yes: args.yes,
        adopt: args.adopt,
        json: args.json,
        sandbox: args.target.sandbox,
    };
    let starter = async |attributes: &Attributes| {
        let cloud = &*connection.cloud;
        seed::end(
            cloud,
            &blueprint,
            &templates,
            attributes,
            args.choice,
            consent,
        )
        .await
    };
    let next = |ended: &Ended, waiting: &[(String, String)]| {
        let repository = ended.repository;
        flow::print(&next::text(
            &args.target,
            &blueprint,
            waiting,
            repository,
            style,
        ));
    };
    if plan.is_empty() {
        if !args.json {
            let verdict = format!(
                "\nNothing to change: {} as planned. {}\n",
                flow::count(plan.counts().keep, "resource"),
                counted(sandbox, &connection.cloud)
            );
            flow::print(&ui::in_lines(&verdict, style));
        }
        let ended = starter(&plan.known()).await?;
        let exit = ended.exit();
        if args.json {
            flow::print(&flow::json_nothing_to_do(exit));
        } else {
            next(&ended, &waiting);
        }
        return Ok(exit);
    }
    if !flow::confirm(&plan, consent, Style::of_stderr())? {
        flow::note("Nothing was changed at AWS. Running this again asks again.");
        return Ok(Exit::Done);
    }
    let (report, check) = flow::carry_out(&plan, &connection.cloud, consent).await?;
    let mut exit = flow::exit_of(&report, check.as_ref());
    if !args.json {
        flow::print(&ui::in_lines(
            &format!("\n{}", ui::apply_report(&report, style)),
            style,
        ));
        if let Some(check) = &check {
            flow::print(&ui::in_lines(&ui::verification(check, style), style));
        }
    }
    let mut ended = None;
    if exit == Exit::Done {
        let what = starter(&report.attributes).await?;
        exit = what.exit();
        ended = Some(what);
    }
    if args.json {
        flow::print(&flow::json_summary(&report, check.as_ref(), exit));
        return Ok(exit);
    }
    if let Some(ended) = &ended {
        let waiting = check.map_or(waiting, |it| it.pending_connections);
        next(ended, &waiting);
        if flow::is_interactive() && !args.yes && sandbox.is_none() {
            wait_for_handshake(&connection.cloud, &waiting).await;
        }
    }
    Ok(exit)
}

/// Waits until a person has finished the connections at the provider, or presses Ctrl-C.
async fn wait_for_handshake(cloud: &AwsCloud, pending: &[(String, String)]) {
    for (name, arn) in pending {
        flow::note(&format!(
            "\nWaiting for the connection {name} to be finished in the console. Ctrl-C leaves; everything else is done."
        ));
        let began = std::time::Instant::now();
        let poll = async {
            loop {
                tokio::time::sleep(std::time::Duration::from_secs(5)).await;
                match cloud.connection_status(&Site::Shared, arn).await {
                    Ok(status) if status == "PENDING" => {}
                    other => break other,
                }
            }
        };
        tokio::select! {
            outcome = poll => match outcome {
                Ok(status) if status == "AVAILABLE" => flow::note(&format!(
                    "The connection {name} is available, after {} s.", began.elapsed().as_secs()
                )),
                Ok(status) => flow::note(&format!(
                    "The connection {name} is in state {status}: delete it in the console and run this again."
                )),
                Err(error) => flow::note(&format!("The connection {name} could not be looked at: {error}")),
            },
            _ = tokio::signal::ctrl_c() => {
                flow::note(&format!("The connection {name} is still to be finished."));
                return;
            }
        }
    }
}

/// Asks for what is missing: a person, or the defaults.
async fn ask(args: &Args, draft: Draft, sandbox: Option<&Sandbox>) -> Result<Outcome, Failure> {
    let options = WizardOptions {
        sandbox: sandbox.is_some(),
        region: std::env::var("AWS_REGION")
            .or_else(|_| std::env::var("AWS_DEFAULT_REGION"))
            .ok(),
        application: None,
    };
    let mut ground = Accounts { sandbox };
    let by_person = flow::is_interactive() && !args.yes;
    let outcome = if by_person {
        let mut prompter = TerminalPrompter::new(Style::of_stderr());
        wizard::run(draft, &mut prompter, &mut ground, &options).await
    } else {
        let mut defaults = Defaults::default();
        let outcome = wizard::run(draft, &mut defaults, &mut ground, &options).await;
        tell_defaults(&defaults, outcome.is_ok());
        outcome
    };
    outcome.map_err(|error| match error {
        WizardError::Cancelled => Failure::cancelled("nothing was written, nothing was changed."),
        WizardError::Invalid(errors) => flow::wrong_blueprint(&errors),
        WizardError::Missing(_) => Failure::usage(
            Complaint::new(error.to_string())
                .help("give them as flags or in the file, or run this in a terminal to be asked"),
        ),
        WizardError::Terminal(_) | WizardError::Edit(_) => {
            Failure::failed(Complaint::new(error.to_string()))
        }
    })
}

/// Says which defaults were taken, so that nobody wonders where a name comes from.
fn tell_defaults(defaults: &Defaults, complete: bool) {
    for note in &defaults.notes {
        if note.kind == wizard::NoteKind::Warning {
            flow::note(&note.text);
        }
    }
    if defaults.taken.is_empty() || !complete {
        return;
    }
    flow::note("Taken without asking");
    let mut table = ui::Table::new(2, &[]);
    for taken in &defaults.taken {
        table.row([taken.prompt.as_str(), taken.value.as_str()]);
    }
    flow::note(&table.text());
}

fn write(config: &Path, text: &str) -> Result<(), Failure> {
    edit::write_atomically(config, text).map_err(|error| {
        Failure::failed(Complaint::new(format!(
            "{} could not be written: {error}",
            config.display()
        )))
    })
}

/// Looks into the accounts while the questions are asked.
struct Accounts<'a> {
    sandbox: Option<&'a Sandbox>,
}

#[async_trait]
impl Ground for Accounts<'_> {
    async fn discovery(
        &mut self,
        draft: &Draft,
        site: &Site,
    ) -> Result<Option<Box<dyn Discovery>>, String> {
        let place = match site {
            Site::Shared => None,
            Site::Environment(name) => Some(name),
        };
        let (Some(region), Some(account), Some(shared)) =
            (draft.region(), draft.account(place), draft.account(None))
        else {
            return Ok(None);
        };
        let access = draft.access(place);
        if let Some(sandbox) = self.sandbox {
            let made = sandbox
                .ensure_account(shared.as_str())
                .and_then(|()| match &access.role {
                    Some(role) => sandbox.ensure_role(role.as_str(), shared.as_str()),
                    None => Ok(()),
                })
                .and_then(|()| match site {
                    Site::Shared => Ok(()),
                    Site::Environment(_) => sandbox.ensure_environment(&PlatformSeed {
                        account: account.to_string(),
                        region: region.to_string(),
                        application: application(draft),
                        controller: Some(controller(draft, site).to_owned()),
                        blue_green: strategy(draft, site) == Some("ecs-blue-green"),
                        ..PlatformSeed::default()
                    }),
                });
            made.map_err(|error| error.to_string())?;
        }
        let access = connect::account(site.clone(), &account, &access, &shared, self.sandbox);
        let cloud = connect::connect(&region, vec![access], self.sandbox)
            .await
            .map_err(|failure| failure.summary())?;
        Ok(Some(Box::new(cloud)))
    }
}

fn application(draft: &Draft) -> String {
    draft
        .text(&Key::root("application"))
        .unwrap_or("app")
        .to_owned()
}

/// How many calls it took to see that nothing is to be changed; at the sandbox as it counted them.
fn counted(sandbox: Option<&Sandbox>, cloud: &AwsCloud) -> String {
    match sandbox {
        Some(sandbox) => {
            let calls = sandbox.calls();
            let changing = calls.iter().filter(|call| call.changing).count();
            format!(
                "The sandbox counted {} calls, {changing} of them changing.",
                calls.len()
            )
        }
        None => {
            let calls: usize = cloud.calls().values().sum();
            format!("{calls} calls to AWS, all of them reading.")
        }
    }
}

/// The strategy of an environment, as far as it has been said.
fn strategy<'d>(draft: &'d Draft, site: &Site) -> Option<&'d str> {
    match site {
        Site::Shared => None,
        Site::Environment(name) => draft.text(&Key::deploy(name, "strategy")),
    }
}

/// The deployment controller that the sandbox's service has: the one that the strategy needs.
fn controller(draft: &Draft, site: &Site) -> &'static str {
    match strategy(draft, site) {
        Some("ecs-rolling" | "ecs-blue-green") => "ECS",
        _ => "CODE_DEPLOY",
    }
}
