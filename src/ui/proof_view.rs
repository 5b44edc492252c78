//! How the proof of one decision looks: the question, the answer, the layers as a tree, and the statement
//! that decided as it stands in the file.

use super::{Style, Tone, in_lines};
use crate::policy::case::{Case, document_pointer};
use crate::policy::{
    Answer, Decision, Effect, Element, Failed, Layer, Naming, Outcome, Part, Principal, Proof,
    Reason, StatementPlace, line_and_column, locate,
};

/// So many lines of a statement are quoted.
const QUOTED: usize = 30;

/// A proof on its way to a person.
#[derive(Debug, Clone, Copy)]
pub struct ProofView<'a> {
    /// The case.
    pub case: &'a Case,
    /// Its proof.
    pub proof: &'a Proof,
    /// What the file is called.
    pub file: &'a str,
    /// The text of the case.
    pub text: &'a str,
    /// The line of the file at which the text begins.
    pub first_line: usize,
    /// What is odd about the question itself.
    pub notes: &'a [String],
}

impl ProofView<'_> {
    /// The text, each line ended.
    pub fn text(&self, style: Style) -> String {
        let mut out = in_lines(&self.question(), style);
        out.push('\n');
        out.push_str(&in_lines(&self.verdict(style), style));
        out.push('\n');
        for layer in Layer::ALL {
            self.layer(layer, style, &mut out);
        }
        for note in self.notes {
            let told = format!("  {} {note}\n", style.paint(Tone::Notice, "note:"));
            out.push_str(&in_lines(&told, style));
        }
        let Decision { answer, .. } = self.proof.decision;
        if answer == Answer::Depends {
            for doubt in &self.proof.doubts {
                out.push_str(&in_lines(&format!("  not documented: {doubt}"), style));
            }
        }
        out.push_str(&self.quotes(style));
        out
    }

    fn question(&self) -> String {
        let request = &self.case.request;
        let who = match request.principal() {
            Principal::Aws(aws) => aws.arn.clone(),
            Principal::Service(name) => format!("{name} (an AWS service)"),
            Principal::Federated(name) => format!("{name} (an identity provider)"),
            Principal::Anonymous => "anyone, without credentials".to_owned(),
        };
        let what = match request.resource() {
            Some(resource) => format!("{} on {resource}", request.action()),
            None => format!("{}, which is about no resource", request.action()),
        };
        let owner = request.resource_account().unwrap_or("unknown");
        let place = match request.principal().account() {
            Some(own) if own == owner => format!("both in account {own}"),
            Some(own) => format!("from account {own} to account {owner}"),
            None => format!("in account {owner}"),
        };
        format!("{who}\n  {what}\n  {place}\n")
    }

    fn verdict(&self, style: Style) -> String {
        let Decision { answer, rule, .. } = self.proof.decision;
        let (sign, tone, word) = match answer {
            Answer::Allowed => (style.yes(), Tone::Good, "Allowed"),
            Answer::ExplicitlyDenied => (style.no(), Tone::Bad, "Explicitly denied"),
            Answer::ImplicitlyDenied => (style.no(), Tone::Bad, "Implicitly denied"),
            Answer::Depends => (style.paint(Tone::Notice, "?"), Tone::Notice, "Depends"),
        };
        let why = match rule {
            Some(rule) => rule.told().to_owned(),
            None => self.why(),
        };
        format!("{sign} {}: {why}\n", style.paint(tone, word))
    }

    /// The decision in a sentence.
    fn why(&self) -> String {
        let Decision {
            answer,
            same_account,
            statement,
            parts,
            ..
        } = self.proof.decision;
        let named = statement.and_then(|place| self.reason_at(&place));
        match (answer, named) {
            (Answer::ExplicitlyDenied, Some(reason)) => {
                format!("{} denies it", self.name(reason))
            }
            (Answer::ExplicitlyDenied, None) => "a Deny applies".to_owned(),
            (Answer::Allowed, _) if !same_account && parts.identity == Part::Allowed => {
                "both accounts allow it, and nothing denies it".to_owned()
            }
            (Answer::Allowed, Some(reason)) => {
                format!("{} allows it, and nothing denies it", self.name(reason))
            }
            (Answer::Allowed, None) => "nothing denies it".to_owned(),
            (Answer::ImplicitlyDenied, _) => format!("{} allows it", self.lacking()),
            (Answer::Depends, _) => {
                let keys = self.proof.keys.join(", ");
                match keys.is_empty() {
                    false => format!("on {keys}, which the case does not give"),
                    true => "on what AWS does not document".to_owned(),
                }
            }
        }
    }

    /// Which layers lack an Allow.
    fn lacking(&self) -> String {
        let mut lacking: Vec<String> = Vec::new();
        for layer in self.proof.blocking() {
            lacking.push(format!("no {}", singular(layer)));
        }
        let foreign = !self.proof.decision.same_account;
        if self.proof.decision.parts.resource == Part::NotApplicable && foreign {
            lacking.push("no policy of the resource".to_owned());
        }
        match lacking.as_slice() {
            [] => "nothing".to_owned(),
            [rest @ .., last] if !rest.is_empty() => {
                format!("{} and {last}", rest.join(", "))
            }
            only => only.join(""),
        }
    }

    fn reason_at(&self, place: &StatementPlace) -> Option<&Reason> {
        self.proof
            .reasons
            .iter()
            .find(|reason| reason.place == *place)
    }

    /// A statement with its document.
    fn name(&self, reason: &Reason) -> String {
        let place = &reason.place;
        let document = place.document.saturating_add(1);
        match place.layer {
            Layer::Resource => format!("{} of the resource policy", reason.label),
            Layer::Session => format!("{} of the session policy", reason.label),
            Layer::Identity => format!("{} of identity policy {document}", reason.label),
            Layer::Boundary => format!("{} of the permissions boundary", reason.label),
            Layer::Endpoint => format!("{} of the VPC endpoint policy", reason.label),
            Layer::Scp => format!("{} of SCP {document}{}", reason.label, self.level(place)),
            Layer::Rcp => format!("{} of RCP {document}{}", reason.label, self.level(place)),
        }
    }

    fn level(&self, place: &StatementPlace) -> String {
        let Some(level) = place.level else {
            return String::new();
        };
        match self.case.level_name(place.layer, level) {
            Some(name) => format!(" on {name}"),
            None => format!(" on level {}", level.saturating_add(1)),
        }
    }

    fn layer(&self, layer: Layer, style: Style, out: &mut String) {
        let part = self.proof.decision.parts.of(layer);
        let (sign, word) = match part {
            Part::NotApplicable => return,
            Part::Allowed if layer == Layer::Rcp => (style.yes(), "denies nothing"),
            Part::Allowed => (style.yes(), "allows it"),
            Part::ExplicitlyDenied => (style.no(), "denies it"),
            Part::ImplicitlyDenied => (style.no(), "nothing allows it"),
            Part::Depends => (style.paint(Tone::Notice, "?"), "cannot be said"),
        };
        out.push_str(&format!("  {sign} {:<26} {word}\n", layer.to_string()));
        let reasons = self.proof.reasons.iter();
        for reason in reasons.filter(|reason| reason.place.layer == layer) {
            out.push_str(&in_lines(&self.statement(reason), style));
        }
    }

    fn statement(&self, reason: &Reason) -> String {
        let verb = match (reason.outcome, reason.effect) {
            (Outcome::Applies, Effect::Allow) => "allows it",
            (Outcome::Applies, Effect::Deny) => "denies it",
            (Outcome::Unclear, Effect::Allow) => "may allow it",
            (Outcome::Unclear, Effect::Deny) => "may deny it",
            (Outcome::Misses, _) => "comes nearest",
        };
        let naming = match reason.naming {
            Some(Naming::Account) => ", naming the account",
            Some(Naming::Role) => ", naming the role",
            Some(Naming::Everyone) => ", naming everybody",
            Some(Naming::Excepted) => ", naming all but others",
            Some(Naming::Direct) | None => "",
        };
        let mut lines = format!("      {} {verb}{naming}\n", self.name(reason));
        for failed in &reason.failed {
            lines.push_str(&compared(failed));
        }
        for key in &reason.keys {
            lines.push_str(&format!("        {key} was not given\n"));
        }
        for doubt in &reason.doubts {
            lines.push_str(&format!("        {doubt}\n"));
        }
        lines
    }

    /// The deciding statement from the file; where an Allow is missing, the nearest ones.
    fn quotes(&self, style: Style) -> String {
        let decision = self.proof.decision;
        let mut places: Vec<StatementPlace> = decision.statement.into_iter().collect();
        if decision.answer == Answer::Allowed && !decision.same_account {
            // Both sides had to allow it.
            let other = self.proof.reasons.iter().find(|reason| {
                reason.place.layer == Layer::Resource && reason.outcome == Outcome::Applies
            });
            places.extend(other.map(|reason| reason.place));
            places.dedup();
        }
        if decision.answer == Answer::ImplicitlyDenied {
            let blocking = self.proof.blocking();
            for layer in blocking {
                let nearest = self.proof.reasons.iter().find(|reason| {
                    reason.place.layer == layer && reason.outcome == Outcome::Misses
                });
                places.extend(nearest.map(|reason| reason.place));
            }
        }
        if decision.answer == Answer::Depends {
            let unclear = self
                .proof
                .reasons
                .iter()
                .find(|reason| reason.outcome == Outcome::Unclear);
            places.extend(unclear.map(|reason| reason.place));
        }
        places
            .iter()
            .map(|place| self.quote(place, style))
            .collect()
    }

    fn quote(&self, place: &StatementPlace, style: Style) -> String {
        let pointer = format!("{}/Statement", document_pointer(place));
        let Some(list) = locate(self.text, &pointer) else {
            return String::new();
        };
        let is_list = self
            .text
            .get(list.clone())
            .is_some_and(|text| text.starts_with('['));
        let pointer = if is_list {
            format!("{pointer}/{}", place.statement)
        } else {
            pointer
        };
        let range = locate(self.text, &pointer).unwrap_or(list);
        let Some(quoted) = self.text.get(range.clone()) else {
            return String::new();
        };
        let (line, _) = line_and_column(self.text, range.start);
        let line = line.saturating_add(self.first_line).saturating_sub(1);
        let mut out = format!("\n{}:{line}\n", self.file);
        let pretty = serde_json::from_str::<serde_json::Value>(quoted)
            .ok()
            .filter(|_| !quoted.contains('\n'))
            .and_then(|value| serde_json::to_string_pretty(&value).ok());
        // A statement on one long line is shown on several, without numbers that would be wrong.
        let numbered = pretty.is_none() || quoted.len() < 72;
        let shown = if numbered {
            quoted
        } else {
            pretty.as_deref().unwrap_or(quoted)
        };
        let indent = self.indent_before(range.start);
        let count = shown.lines().count();
        for (index, text) in shown.lines().take(QUOTED).enumerate() {
            let text = text.strip_prefix(indent).unwrap_or(text);
            let number = line.saturating_add(index);
            let margin = if numbered {
                style.paint(Tone::Quiet, &format!("{number:>6} | "))
            } else {
                style.paint(Tone::Quiet, "       | ")
            };
            out.push_str(&format!("{margin}{text}\n"));
        }
        if count > QUOTED {
            out.push_str(&format!(
                "       and {} lines more\n",
                count.saturating_sub(QUOTED)
            ));
        }
        out
    }

    /// The white space at the start of the line of a byte.
    fn indent_before(&self, byte: usize) -> &str {
        let before = self.text.get(..byte).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let end = line.len().saturating_sub(line.trim_start().len());
        line.get(..end).unwrap_or_default()
    }
}

/// What the statement has above what the request has, so that the eye finds the difference.
fn compared(failed: &Failed) -> String {
    let not = if failed.negated { "Not" } else { "" };
    let title = match failed.element {
        Element::Action => format!("{not}Action"),
        Element::Resource => format!("{not}Resource"),
        Element::Principal => format!("{not}Principal"),
        Element::Condition => format!(
            "{} {}",
            failed.operator.as_deref().unwrap_or_default(),
            failed.key.as_deref().unwrap_or_default()
        ),
    };
    let mut lines = format!("        {title}\n");
    for text in &failed.policy {
        lines.push_str(&format!("          policy   {text}\n"));
    }
    for text in &failed.request {
        lines.push_str(&format!("          request  {text}\n"));
    }
    if failed.request.is_empty() {
        lines.push_str("          request  does not carry the key\n");
    }
    if let Some(hint) = &failed.hint {
        let room = " ".repeat(hint.place.saturating_sub(1));
        lines.push_str(&match failed.policy.as_slice() {
            [_] => format!("                   {room}^ {}\n", hint.difference),
            _ => format!("                   {}: {}\n", hint.difference, hint.nearest),
        });
    }
    lines
}

fn singular(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity policy",
        Layer::Resource => "statement of the resource policy",
        Layer::Boundary => "statement of the permissions boundary",
        Layer::Session => "statement of the session policy",
        Layer::Scp => "service control policy on one of the levels",
        Layer::Rcp => "resource control policy",
        Layer::Endpoint => "statement of the VPC endpoint policy",
    }
}
