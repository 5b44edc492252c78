//! A run as a screen: its stages and actions with times, and what lies under the one that is going on. Pure:
//! a frame is lines.

use jiff::Timestamp;

use crate::cloud::run::{Build, DeploymentTarget, Service, ServiceDeployment, Status};
use crate::deploy::{Action, Snapshot, Stage, Under, Wait, shift};

use super::run_lines::{waits, word};
use super::when::{between, lasting};
use super::{Style, Tone};

/// How many of a build's last lines are shown.
const LINES: usize = 3;

/// What the frame says beside the run.
#[derive(Debug, Clone, Default)]
pub struct Caption {
    /// Above it: what goes where; nothing where that has been said.
    pub title: String,
    /// Below it: a note, such as how to leave.
    pub note: String,
    /// What to type to answer an approval.
    pub approve: String,
    /// How many times faster than at AWS it goes: announced waits are so much shorter.
    pub scale: u32,
}

/// The lines of a frame, none wider than the window.
pub fn frame(snapshot: &Snapshot, caption: &Caption, now: Timestamp, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    if !caption.title.is_empty() {
        lines.extend(hanging("", &caption.title, style.width));
        lines.push(String::new());
    }
    let names = snapshot
        .stages
        .iter()
        .flat_map(|stage| rows(stage).into_iter().map(|(name, _)| width(&name)))
        .max()
        .unwrap_or(6);
    for stage in &snapshot.stages {
        for (name, action) in rows(stage) {
            let sight = Sight {
                stage,
                action,
                caption,
                now,
                style,
            };
            sight.draw(&name, names, &mut lines);
        }
    }
    for what in &snapshot.blind {
        lines.push(String::new());
        lines.extend(hanging("", what, style.width));
    }
    if !caption.note.is_empty() {
        lines.push(String::new());
        let note = hanging("", &caption.note, style.width);
        lines.extend(note.iter().map(|line| style.paint(Tone::Quiet, line)));
    }
    lines
        .into_iter()
        .map(|line| console::truncate_str(&line, style.width, "").into_owned())
        .collect()
}

/// The rows of a stage: one where it has one action, otherwise one of its own and one for each action.
fn rows(stage: &Stage) -> Vec<(String, Option<&Action>)> {
    match stage.actions.as_slice() {
        [only] if only.name == stage.name => vec![(stage.name.clone(), Some(only))],
        actions => std::iter::once((stage.name.clone(), None))
            .chain(
                actions
                    .iter()
                    .map(|action| (format!("  {}", action.name), Some(action))),
            )
            .collect(),
    }
}

fn width(text: &str) -> usize {
    console::measure_text_width(text)
}

fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// A text below a heading, its later lines indented as far as its first one. What has no spaces is broken
/// at the window's edge.
pub fn hanging(head: &str, text: &str, columns: usize) -> Vec<String> {
    laid_out(head, text, columns, true)
}

/// The same for what stays on the screen: an ARN or a link is left whole, to be copied.
pub fn hanging_whole(head: &str, text: &str, columns: usize) -> Vec<String> {
    laid_out(head, text, columns, false)
}

fn laid_out(head: &str, text: &str, columns: usize, break_words: bool) -> Vec<String> {
    let indent = width(head);
    let room = columns.saturating_sub(indent).max(12);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.trim().split(' ') {
        let mut word = word;
        if !line.is_empty() && width(&line) + 1 + width(word) > room {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        } else if !line.is_empty() {
            line.push(' ');
        }
        // An ARN or a link has no spaces to break at.
        while break_words && line.is_empty() && width(word) > room {
            let cut = word
                .char_indices()
                .nth(room)
                .map_or(word.len(), |(at, _)| at);
            let (first, rest) = word.split_at(cut);
            lines.push(first.to_owned());
            word = rest;
        }
        line.push_str(word);
    }
    let rest = line.trim_end();
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| match index {
            0 => format!("{head}{line}"),
            _ => format!("{}{line}", " ".repeat(indent)),
        })
        .collect()
}

/// One row, and what is needed to draw it.
struct Sight<'a> {
    stage: &'a Stage,
    action: Option<&'a Action>,
    caption: &'a Caption,
    now: Timestamp,
    style: Style,
}

impl Sight<'_> {
    fn draw(&self, name: &str, names: usize, lines: &mut Vec<String>) {
        let wait = self.stage.wait.as_ref().filter(|_| self.heads());
        let status = match self.action {
            Some(action) => action.status.as_ref(),
            None => self.stage.status.as_ref(),
        };
        let sign = sign(status, wait, self.style);
        let time = self
            .action
            .and_then(|action| {
                let over = action.status.as_ref().is_some_and(Status::is_over);
                let to = if over { action.ended } else { Some(self.now) };
                between(action.started, to)
            })
            .map(lasting)
            .unwrap_or_default();
        let head = format!(
            "{}  {}  {}  ",
            padded(name, names),
            padded(&sign, 10),
            padded(&time, 9)
        );
        let mut said = Vec::new();
        if let Some(wait) = wait {
            said.push(waits(wait));
        }
        if let Some(action) = self.action {
            said.extend(self.of_action(action));
        }
        said.retain(|it| !it.is_empty());
        let wide = self.style.width >= 90;
        let first = if wide { said.first().cloned() } else { None };
        match &first {
            Some(first) => lines.extend(hanging(&head, first, self.style.width)),
            None => lines.push(head.trim_end().to_owned()),
        }
        let indent = if wide { width(&head) } else { 4 };
        for more in said.iter().skip(usize::from(first.is_some())) {
            lines.extend(hanging(&" ".repeat(indent), more, self.style.width));
        }
        if let Some(action) = self.action
            && action.is_going()
            && let Under::Build { tail, .. } = &action.under
        {
            let last = tail.len().saturating_sub(LINES);
            for line in tail.iter().skip(last) {
                let text = super::without_controls(&format!("    | {}", line.text.trim_end()));
                let text = console::truncate_str(&text, self.style.width, "..").into_owned();
                lines.push(self.style.paint(Tone::Quiet, &text));
            }
        }
    }

    /// Whether this row stands for its stage.
    fn heads(&self) -> bool {
        self.action.is_none_or(|it| it.name == self.stage.name)
    }

    fn of_action(&self, action: &Action) -> Vec<String> {
        let mut said = Vec::new();
        if action.attempts > 1 {
            said.push(format!("try {}", action.attempts));
        }
        if action.awaits_approval() {
            said.push(format!("waits for an answer: {}", self.caption.approve));
        }
        if let Some(error) = &action.error {
            said.push(error.message.clone());
            return said;
        }
        match &action.under {
            Under::Nothing => {}
            Under::Build { build, .. } if action.is_going() => said.push(phase(build, self.now)),
            Under::Build { .. } => {
                if let Some(image) = image(action) {
                    said.push(format!("image {image}"));
                }
            }
            Under::Deployment {
                deployment,
                targets,
            } => {
                if action.is_going() {
                    let far = shift(deployment, targets);
                    said.push(far.map_or_else(String::new, |far| self.traffic(&far)));
                    said.extend(targets.iter().map(|target| self.lifecycle(target)));
                }
            }
            Under::Rolling { service } => {
                if action.is_going() {
                    said.push(tasks(service));
                    let last = service.events.first();
                    said.extend(last.map(|event| event.message.clone()));
                }
            }
            Under::Native { release } => {
                if action.is_going() {
                    said.push(self.native(release));
                }
            }
        }
        said
    }

    fn traffic(&self, far: &crate::deploy::Shift) -> String {
        let mut text = format!("green has {:.0} % of the traffic", far.green);
        if let Some(wait) = &far.waits {
            let all = i64::try_from(wait.seconds).unwrap_or_default();
            let all = all / i64::from(self.caption.scale.max(1));
            let gone = between(Some(wait.since), Some(self.now)).unwrap_or_default();
            let left = (all - gone).max(0);
            text.push_str(&match wait.until {
                crate::deploy::Until::AllTraffic => {
                    format!(", {} of {} to go", lasting(left), lasting(all))
                }
                crate::deploy::Until::OldTasksEnd => {
                    format!(", the old tasks end in {}", lasting(left))
                }
            });
        }
        text
    }

    fn lifecycle(&self, target: &DeploymentTarget) -> String {
        let shown: Vec<String> = target
            .events
            .iter()
            .filter(|event| event.status != "Skipped")
            .map(|event| {
                let sign = match event.status.as_str() {
                    "Succeeded" => self.style.yes(),
                    "Failed" => format!("{} failed", self.style.no()),
                    "InProgress" => format!("{} going", going(self.style)),
                    _ => not_yet(self.style).to_owned(),
                };
                // A sign stays with its event.
                format!("{}\u{a0}{}", event.name, sign.replace(' ', "\u{a0}"))
            })
            .collect();
        shown.join("  ")
    }

    fn native(&self, release: &ServiceDeployment) -> String {
        let of = |text: &str| text.to_ascii_lowercase().replace('_', " ");
        let mut text = release
            .stage
            .as_deref()
            .map_or_else(|| of(&release.status), of);
        if release.desired > 0 {
            text.push_str(&format!(
                ", {} of {} new tasks run",
                release.running, release.desired
            ));
        }
        if let Some(green) = release.traffic {
            text.push_str(&format!(", green has {green:.0} % of the traffic"));
        }
        if let Some((failed, most)) = release.failures.filter(|(failed, _)| *failed > 0) {
            text.push_str(&format!(", {failed} of at most {most} failed tasks"));
        }
        text
    }
}

fn going(style: Style) -> String {
    style.paint(Tone::Notice, if style.unicode { "●" } else { ">" })
}

fn not_yet(style: Style) -> &'static str {
    if style.unicode { "–" } else { "-" }
}

/// A sign, and the word for it.
fn sign(status: Option<&Status>, wait: Option<&Wait>, style: Style) -> String {
    match (status, wait) {
        (None, None) => format!("{} not yet", not_yet(style)),
        (_, Some(_)) => format!("{} waits", if style.unicode { "…" } else { ".." }),
        (Some(status), None) => {
            let sign = match status {
                Status::Succeeded => style.yes(),
                Status::Failed => style.no(),
                Status::InProgress | Status::Stopping => going(style),
                _ => not_yet(style).to_owned(),
            };
            // "ok done" would say it twice.
            match status {
                Status::Succeeded if !style.unicode => sign,
                status => format!("{sign} {}", word(status)),
            }
        }
    }
}

fn phase(build: &Build, now: Timestamp) -> String {
    let Some(name) = &build.phase else {
        return String::new();
    };
    let began = build
        .phases
        .iter()
        .find(|phase| phase.name == *name && phase.status.is_none())
        .and_then(|phase| phase.started);
    match between(began, Some(now)) {
        Some(seconds) => format!("phase {name}, {}", lasting(seconds)),
        None => format!("phase {name}"),
    }
}

fn tasks(service: &Service) -> String {
    let Some(newest) = service.rollouts.iter().find(|it| it.status == "PRIMARY") else {
        return String::new();
    };
    let mut text = format!("{} of {} new tasks run", newest.running, newest.desired);
    let old: u32 = service
        .rollouts
        .iter()
        .filter(|it| it.status != "PRIMARY")
        .map(|it| it.running)
        .sum();
    match old {
        0 => {}
        1 => text.push_str(", 1 old one"),
        old => text.push_str(&format!(", {old} old ones")),
    }
    if newest.failed > 0 {
        text.push_str(&format!(", {} failed", newest.failed));
    }
    text
}

/// The image that a build gave out, without its registry.
fn image(action: &Action) -> Option<String> {
    let exported = match &action.under {
        Under::Build { build, .. } => Some(&build.exported),
        _ => None,
    };
    let uri = exported
        .into_iter()
        .chain(std::iter::once(&action.variables))
        .flat_map(|variables| variables.values())
        .find(|value| value.contains(".dkr.ecr."))?;
    let name = uri.split_once('/').map_or(uri.as_str(), |(_, name)| name);
    Some(name.to_owned())
}

#[cfg(test)]
mod tests;
