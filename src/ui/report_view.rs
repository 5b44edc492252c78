//! How the end of an apply and of its check look.

use crate::apply::{Report, Verification};

use super::progress::title;
use super::{Style, Tone};

/// What was done, what failed and what was not tried.
pub fn apply_report(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let took = format!("{:.1} s", report.took.as_secs_f64());
    if report.complete() {
        let resources: std::collections::BTreeSet<_> =
            report.done.iter().map(|change| &change.resource).collect();
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        out.push_str(&format!(
            "{} in {took}: {} made or changed, in {}.\n",
            style.paint(Tone::Good, "Done"),
            count(resources.len(), "resource"),
            count(report.done.len(), "step"),
        ));
        return out;
    }
    let verdict = if report.stopped {
        "Stopped"
    } else {
        "Not finished"
    };
    out.push_str(&format!(
        "{} after {took}: {} done, {} failed, {} not tried.\n",
        style.paint(Tone::Bad, verdict),
        report.done.len(),
        report.failed.len(),
        report.not_tried.len()
    ));
    for (change, error) in &report.failed {
        out.push_str(&format!(
            "\n{} {}\n",
            style.no(),
            style.paint(Tone::Strong, &title(change))
        ));
        let mut line = |name: &str, value: &str| {
            if !value.is_empty() {
                out.push_str(&format!("    {name:<9} {value}\n"));
            }
        };
        line("account", &format!("{}  {}", change.account, change.site));
        line("operation", &operation(&error.service, &error.operation));
        line("AWS says", &with_code(&error.code, &error.message));
        line("request", error.request_id.as_deref().unwrap_or_default());
    }
    if !report.not_tried.is_empty() {
        out.push_str("\nNot tried\n");
        for change in &report.not_tried {
            out.push_str(&format!("    {}  {}\n", change.site, title(change)));
        }
    }
    out.push_str("\nWhat was done stays. Running the same command again continues from here.\n");
    out
}

fn operation(service: &str, operation: &str) -> String {
    if operation.is_empty() {
        String::new()
    } else {
        format!("{service}:{operation}")
    }
}

fn with_code(code: &str, message: &str) -> String {
    if code.is_empty() {
        message.to_owned()
    } else {
        format!("{code}: {message}")
    }
}

/// What the check found.
pub fn verification(check: &Verification, style: Style) -> String {
    let mut out = String::new();
    if check.good() {
        let rules = match check.rules.len() {
            0 => String::new(),
            1 => ", its rule matches a push to its branch".to_owned(),
            n => format!(", {n} rules match a push to their branch and no other"),
        };
        out.push_str(&format!(
            "{} {} resources read back as planned{rules}.\n",
            style.paint(Tone::Good, "Verified:"),
            check.read_back
        ));
        return out;
    }
    out.push_str(&format!(
        "{}\n",
        style.paint(Tone::Bad, "Not everything is as planned:")
    ));
    for (id, lines) in &check.different {
        out.push_str(&format!("  {} {id}\n", style.no()));
        for line in lines {
            out.push_str(&format!("      {line}\n"));
        }
    }
    for (rule, branch, good) in &check.rules {
        if !good {
            out.push_str(&format!(
                "  {} rule {rule} does not match pushes to {branch} alone\n",
                style.no()
            ));
        }
    }
    for (pipeline, problem) in &check.structure {
        out.push_str(&format!(
            "  {} pipeline {pipeline}: {problem}\n",
            style.no()
        ));
    }
    for error in &check.errors {
        out.push_str(&format!("  {} {error}\n", style.no()));
    }
    out
}
