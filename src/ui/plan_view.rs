//! How a plan looks.

use crate::ident::AccountId;
use crate::plan::{Action, Plan, PlannedAccount, PlannedResource};
use crate::resource::{AFTER_APPLY_CLOSE, AFTER_APPLY_OPEN, Part, Site};

use super::{Style, Table, Tone, wrapped};

/// How much deeper the rest of a broken line stands.
const DEEPER: usize = 6;

/// Who acts where.
pub fn identities(accounts: &[PlannedAccount], style: Style) -> String {
    let mut table = Table::new(2, &[]);
    for it in accounts {
        let caller = it.caller.splitn(6, ':').nth(5).unwrap_or(&it.caller);
        table.row([
            it.site.to_string(),
            it.account.to_string(),
            format!("{} {caller}", style.yes()),
        ]);
    }
    let text = table.text_within(style.width);
    format!("{}\n{text}", style.paint(Tone::Strong, "Who we are"))
}

/// The plan: what is to be done, account by account, then the counts. With `detail`, every line of
/// every change and the resources that are kept; without, what a decision needs.
pub fn plan(plan: &Plan, style: Style, detail: bool) -> String {
    let mut out = String::new();
    for account in &plan.accounts {
        let block = account_block(plan, &account.site, &account.account, style, detail);
        if !block.is_empty() {
            out.push_str(&block);
            out.push('\n');
        }
    }
    out.push_str(&counts(plan, style));
    out
}

fn counts(plan: &Plan, style: Style) -> String {
    let conflicts = plan.counts().conflict > 0;
    let mut table = Table::new(0, &[false, false, true, true, true, true]);
    let mut head = vec!["Plan", "", "create", "change", "keep"];
    if conflicts {
        head.push("in the way");
    }
    table.row(head.iter().enumerate().map(|(index, cell)| {
        if index == 0 {
            style.paint(Tone::Strong, cell)
        } else {
            (*cell).to_owned()
        }
    }));
    let row = |table: &mut Table, first: String, second: String, counts: crate::plan::Counts| {
        let mut cells = vec![
            first,
            second,
            counts.create.to_string(),
            counts.change.to_string(),
            counts.keep.to_string(),
        ];
        if conflicts {
            cells.push(counts.conflict.to_string());
        }
        table.row(cells);
    };
    for account in &plan.accounts {
        row(
            &mut table,
            format!("  {}", account.site),
            account.account.to_string(),
            plan.counts_of(&account.site),
        );
    }
    if plan.accounts.len() > 1 {
        row(&mut table, "  all".into(), String::new(), plan.counts());
    }
    table.text()
}

fn account_block(
    plan: &Plan,
    site: &Site,
    account: &AccountId,
    style: Style,
    detail: bool,
) -> String {
    let resources: Vec<&PlannedResource> = plan
        .resources
        .iter()
        .filter(|it| it.site == *site)
        .filter(|it| detail || it.action != Action::Keep || !it.notes.is_empty())
        .collect();
    if resources.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "{}\n",
        style.paint(Tone::Strong, &format!("{site}  {account}"))
    );
    let words = resources
        .iter()
        .map(|it| word(it.action).1.len())
        .max()
        .unwrap_or_default();
    let width = resources
        .iter()
        .map(|it| it.spec.kind().chars().count())
        .max()
        .unwrap_or_default();
    let names = resources
        .iter()
        .map(|it| it.spec.name().chars().count())
        .max()
        .unwrap_or_default();
    // Sign, word, kind and name with what is between them.
    let stacked = 4 + words + 2 + width + 2 + names > style.width;
    for resource in resources {
        out.push_str(&resource_line(resource, words, width, stacked, style));
        for line in resource_details(resource, style, detail) {
            let lines = wrapped(
                &format!("        {line}"),
                style.width.saturating_sub(DEEPER),
            );
            for (index, line) in lines.iter().enumerate() {
                let deeper = if index == 0 { 0 } else { DEEPER };
                out.push_str(&format!("{:deeper$}{line}\n", ""));
            }
        }
    }
    out
}

/// Sign, word and colour of an action.
fn word(action: Action) -> (&'static str, &'static str, Tone) {
    match action {
        Action::Create => ("+", "create", Tone::Good),
        Action::Update => ("~", "change", Tone::Notice),
        Action::Adopt => ("?", "adopt", Tone::Notice),
        Action::Keep => ("=", "keep", Tone::Quiet),
        Action::Conflict => ("!", "in the way", Tone::Bad),
    }
}

/// A resource in one line, or with its name below where the window is narrow.
fn resource_line(
    resource: &PlannedResource,
    words: usize,
    width: usize,
    stacked: bool,
    style: Style,
) -> String {
    let (sign, word, tone) = word(resource.action);
    let fill = " ".repeat(width.saturating_sub(resource.spec.kind().chars().count()));
    let reason = match resource.action {
        Action::Create | Action::Keep => String::new(),
        _ => format!("({})", resource.reason),
    };
    let (sign, word) = (
        style.paint(tone, sign),
        style.paint(tone, &format!("{word:<words$}")),
    );
    let (kind, name) = (resource.spec.kind(), resource.spec.name());
    let line = if stacked {
        format!("  {sign} {word}  {kind}\n      {name}\n      {reason}")
    } else {
        format!("  {sign} {word}  {kind}{fill}  {name}  {reason}")
    };
    format!("{}\n", line.trim_end())
}

fn resource_details(resource: &PlannedResource, style: Style, detail: bool) -> Vec<String> {
    let mut lines: Vec<String> = resource
        .notes
        .iter()
        .map(|note| style.paint(Tone::Notice, &format!("note: {note}")))
        .collect();
    // What is made is as it is in `render`; what is changed must be seen before it is agreed to.
    let shown = detail || matches!(resource.action, Action::Update | Action::Adopt);
    if !shown {
        return lines;
    }
    for change in &resource.changes {
        if change.part != Part::Itself {
            lines.push(change.part.to_string());
        }
        for line in &change.lines {
            let line = known_after_apply(line);
            let tone = match line.chars().next() {
                Some('+') => Tone::Good,
                Some('-') => Tone::Bad,
                Some('~') => Tone::Notice,
                _ => Tone::Quiet,
            };
            lines.push(format!("  {}", style.paint(tone, &line)));
        }
    }
    lines
}

/// References are written for a person.
fn known_after_apply(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, tail)) = rest.split_once(AFTER_APPLY_OPEN) {
        out.push_str(before);
        let (reference, after) = tail.split_once(AFTER_APPLY_CLOSE).unwrap_or((tail, ""));
        out.push_str(&format!("({reference}, known after apply)"));
        rest = after;
    }
    out.push_str(rest);
    out
}
