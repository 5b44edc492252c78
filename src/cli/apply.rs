//! `crosspipe apply [FILE]`.

use std::path::PathBuf;

use crate::blueprint::Blueprint;
use crate::plan::{Plan, PlannedAccount};
use crate::ui::{self, Complaint, Style};

use super::connect::{connect_all, furnish, identities, sandbox};
use super::exit::{Exit, Failure};
use super::flow::{self, Consent};
use super::saved;
use super::target::Target;

/// Carry out a plan.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Carries out a plan that `crosspipe plan --out FILE` wrote, or plans now and asks. Changes the accounts: makes and updates what the plan shows, and nothing else. A plan from a file is compared with the accounts first, and refused if they are not as they were.",
    after_help = "Examples:\n  crosspipe apply\n  crosspipe apply plan.json --yes"
)]
pub struct Args {
    #[command(flatten)]
    target: Target,

    /// A plan that `crosspipe plan --out FILE` wrote
    #[arg(value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// Adopt resources of the same name that crosspipe did not make
    #[arg(long)]
    adopt: bool,

    /// Print events as JSON lines
    #[arg(long)]
    json: bool,
}

/// Plans or reads a plan, confirms, carries out, checks.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let blueprint = flow::load(&args.target.config, args.target.sandbox)?;
    let templates = flow::templates(&blueprint, &args.target.config)?;
    let read = match &args.plan {
        Some(file) => Some((file, read_plan(file)?)),
        None => None,
    };
    let sandbox = sandbox(&args.target).await?;
    if let Some(sandbox) = &sandbox {
        furnish(sandbox, &blueprint)?;
    }
    let connection = connect_all(&blueprint, sandbox.as_ref()).await?;
    let accounts = identities(&*connection.cloud, &blueprint).await?;
    let plan = match read {
        Some((file, saved)) => {
            same_accounts(&saved, &accounts, &blueprint)?;
            let fresh =
                flow::make_plan(&blueprint, &templates, &*connection.cloud, accounts).await?;
            saved::left(file, &saved, fresh)?
        }
        None => flow::make_plan(&blueprint, &templates, &*connection.cloud, accounts).await?,
    };
    let exit = finish(&args, &plan, &connection.cloud).await;
    if let Some(sandbox) = sandbox {
        super::connect::stop(sandbox).await?;
    }
    exit
}

async fn finish(args: &Args, plan: &Plan, cloud: &crate::aws::AwsCloud) -> Result<Exit, Failure> {
    let style = Style::of_stdout();
    if !args.json {
        flow::print(&ui::identities(&plan.accounts, style));
        flow::print("\n");
        flow::print(&ui::plan(plan, style, false));
    }
    flow::refuse_conflicts(plan)?;
    if plan.is_empty() {
        flow::print(&if args.json {
            flow::json_nothing_to_do(Exit::Done)
        } else {
            "\nNothing to change.\n".to_owned()
        });
        return Ok(Exit::Done);
    }
    let consent = Consent {
        yes: args.yes,
        adopt: args.adopt,
        json: args.json,
        sandbox: args.target.sandbox,
    };
    if !flow::confirm(plan, consent, Style::of_stderr())? {
        flow::note("Nothing was changed.");
        return Ok(Exit::Done);
    }
    let (report, check) = flow::carry_out(plan, cloud, consent).await?;
    let exit = flow::exit_of(&report, check.as_ref());
    if args.json {
        flow::print(&flow::json_summary(&report, check.as_ref(), exit));
    } else {
        flow::print(&ui::in_lines(
            &format!("\n{}", ui::apply_report(&report, style)),
            style,
        ));
        if let Some(check) = &check {
            flow::print(&ui::in_lines(&ui::verification(check, style), style));
        }
    }
    Ok(exit)
}

fn read_plan(file: &PathBuf) -> Result<Plan, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(Complaint::new(format!(
            "{} could not be read: {error}",
            file.display()
        )))
    })?;
    Plan::from_json(&text).map_err(|error| {
        Failure::usage(
            Complaint::new(format!("{} cannot be applied: {error}", file.display()))
                .help("write a new one with `crosspipe plan --out FILE`"),
        )
    })
}

/// A plan is for the accounts that it was made for.
fn same_accounts(
    plan: &Plan,
    accounts: &[PlannedAccount],
    blueprint: &Blueprint,
) -> Result<(), Failure> {
    let ids = |list: &[PlannedAccount]| {
        let mut ids: Vec<String> = list
            .iter()
            .map(|it| format!("{} {}", it.site, it.account))
            .collect();
        ids.sort();
        ids
    };
    let application = format!("{}/{}", blueprint.organization, blueprint.application);
    if ids(&plan.accounts) == ids(accounts)
        && plan.application == application
        && plan.region == blueprint.region
    {
        return Ok(());
    }
    Err(Failure::usage(
        Complaint::new(
            "the plan is not for this configuration: application, Region or accounts differ",
        )
        .detail(format!(
            "plan           {} in {}: {}",
            plan.application,
            plan.region,
            ids(&plan.accounts).join(", ")
        ))
        .detail(format!(
            "configuration  {application} in {}: {}",
            blueprint.region,
            ids(accounts).join(", ")
        ))
        .help("nothing was changed. Plan again, or name the right --config"),
    ))
}
