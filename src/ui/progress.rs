//! Shows apply's events: bars in a terminal, lines elsewhere, JSON lines on request.

use std::collections::BTreeMap;
use std::io::Write;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::apply::{Event, NodeRef};
use crate::plan::Plan;
use crate::resource::{Part, Site};

use super::{Style, Tone};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressKind {
    /// One bar per account.
    Bars,
    /// One line per resource.
    Lines,
    /// One JSON object per event, on stdout.
    Json,
}

/// A consumer of apply's events.
pub struct Progress {
    kind: ProgressKind,
    style: Style,
    left: BTreeMap<Site, (usize, usize)>,
    bars: BTreeMap<Site, ProgressBar>,
    room: usize,
    group: MultiProgress,
}

impl Progress {
    /// For a plan's changes.
    pub fn new(plan: &Plan, kind: ProgressKind, style: Style) -> Self {
        let group = MultiProgress::new();
        let mut left = BTreeMap::new();
        for resource in &plan.resources {
            let count: &mut (usize, usize) = left.entry(resource.site.clone()).or_default();
            count.1 += resource.changes.len();
        }
        left.retain(|_, (_, all)| *all > 0);
        let mut bars = BTreeMap::new();
        let mut room = usize::MAX;
        if kind == ProgressKind::Bars {
            let width = left
                .keys()
                .map(|site| site.to_string().len())
                .max()
                .unwrap_or(6);
            let bar = if style.width < 90 { 12 } else { 27 };
            let template =
                format!("  {{prefix:{width}}}  {{bar:{bar}}}  {{pos:>3}}/{{len}}  {{msg}}");
            // What is left of the line; a message that goes over its end would be drawn twice.
            room = style
                .width
                .saturating_sub(2 + width + 2 + bar + 2 + 3 + 1 + 3 + 2 + 1);
            for account in &plan.accounts {
                let Some((_, all)) = left.get(&account.site) else {
                    continue;
                };
                let bar = group.add(ProgressBar::new(*all as u64));
                if let Ok(looks) = ProgressStyle::with_template(&template) {
                    bar.set_style(looks.progress_chars(if style.unicode {
                        "█░"
                    } else {
                        "#."
                    }));
                }
                bar.set_prefix(account.site.to_string());
                bar.tick();
                bars.insert(account.site.clone(), bar);
            }
        }
        Self {
            kind,
            style,
            left,
            bars,
            room,
            group,
        }
    }

    /// Shows one event.
    pub fn tell(&mut self, event: &Event) {
        match self.kind {
            ProgressKind::Json => {
                if let Ok(line) = serde_json::to_string(event) {
                    let mut out = std::io::stdout().lock();
                    // A reader that has gone away is no reason to stop changing half-way.
                    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
                }
            }
            ProgressKind::Bars => self.bar(event),
            ProgressKind::Lines => self.line(event),
        }
    }

    /// Says something on stderr while the bars are on the screen, above them.
    pub fn voice(&self) -> impl Fn(&str) + Send + 'static {
        let group = (self.kind == ProgressKind::Bars).then(|| self.group.clone());
        move |text| match &group {
            Some(group) => {
                let _ = group.println(text);
            }
            None => {
                let _ = writeln!(std::io::stderr().lock(), "{text}");
            }
        }
    }

    /// Leaves the screen as it is when all is done.
    pub fn finish(&self) {
        for bar in self.bars.values() {
            bar.abandon();
        }
        if !self.bars.is_empty() {
            // The cursor stands behind the last bar.
            let _ = writeln!(std::io::stderr().lock());
        }
    }

    fn bar(&mut self, event: &Event) {
        let bar = |change: &NodeRef| self.bars.get(&change.site);
        let fitting = |text: String| console::truncate_str(&text, self.room, "..").into_owned();
        match event {
            Event::Started { change } => {
                if let Some(bar) = bar(change) {
                    bar.set_message(fitting(title(change)));
                }
            }
            Event::Waiting {
                change,
                waiting_for,
                attempts,
                ..
            } => {
                if let Some(bar) = bar(change) {
                    bar.set_message(fitting(format!(
                        "waiting for {waiting_for}: {} (try {attempts})",
                        title(change)
                    )));
                }
            }
            Event::Done { change, .. } => {
                if let Some(bar) = bar(change) {
                    bar.inc(1);
                    if bar.length() == Some(bar.position()) {
                        bar.set_message("");
                    }
                }
            }
            Event::Failed { change, error, .. } => {
                if let Some(bar) = bar(change) {
                    bar.println(format!(
                        "  {} {}  {}: {}",
                        self.style.no(),
                        change.site,
                        title(change),
                        error.message
                    ));
                }
            }
            Event::NotTried { .. } => {}
        }
    }

    fn line(&mut self, event: &Event) {
        let text = match event {
            Event::Started { .. } | Event::NotTried { .. } => return,
            Event::Waiting {
                change,
                waiting_for,
                message,
                next_in_ms,
                ..
            } => format!(
                "  {}  waiting for {waiting_for}: {} (again in {:.1} s; AWS says: {message})",
                change.site,
                title(change),
                *next_in_ms as f64 / 1000.0
            ),
            Event::Done { change, .. } => {
                let (done, all) = self.left.entry(change.site.clone()).or_default();
                *done += 1;
                format!("  {}  {:>2}/{all}  {}", change.site, done, title(change))
            }
            Event::Failed { change, error, .. } => format!(
                "  {}  {} {}: {}",
                change.site,
                self.style.paint(Tone::Bad, "failed"),
                title(change),
                error.message
            ),
        };
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

/// What a change is called: `IAM role bys-dev-awssdk-iam-deploy`, `... policy`.
pub(super) fn title(change: &NodeRef) -> String {
    let part = match change.part {
        Part::Itself => String::new(),
        part => format!(" ({part})"),
    };
    format!("{} {}{part}", change.kind, change.name)
}
