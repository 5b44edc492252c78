//! Follows a run to its end and shows it: what `deploy` and `watch` have in common.

use std::io::IsTerminal;
use std::pin::{Pin, pin};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws::AwsCloud;
use crate::cloud::run::PipelineShape;
use crate::cloud::{CloudError, ErrorKind, Runs};
use crate::deploy::{
    Beat, Cause, Destination, Ended, Event, FORMAT, Look, Pace, Snapshot, cause, changes, effect,
};
use crate::ui::{self, Caption, Screen, Style};

use super::exit::{Exit, Failure};
use super::flow;
use super::target::Target;
use super::verdict::verdict;

/// How many times in a row AWS may be out of reach before watching is given up.
const TRIES: u32 = 12;
/// How often the screen's times are drawn anew.
const REDRAW: Duration = Duration::from_secs(1);
/// How many of a build's last lines the screen is given.
const TAIL: u32 = 3;

/// How it is shown.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Show {
    /// Print events as JSON lines
    #[arg(long)]
    pub json: bool,

    /// Ring the terminal's bell at the end, and when an approval waits
    #[arg(long)]
    pub bell: bool,
}

/// What a run is watched with.
pub struct Watch<'a> {
    /// AWS.
    pub cloud: &'a AwsCloud,
    /// Where the run goes.
    pub to: &'a Destination,
    /// Where the command line said what.
    pub target: &'a Target,
    /// How it is shown.
    pub show: Show,
    /// What goes where, in one line; nothing where that has been said.
    pub title: String,
    /// How many times faster than at AWS it goes.
    pub scale: u32,
}

/// How the watching ended.
enum Over {
    Ended(Box<Snapshot>),
    Left,
}

impl Watch<'_> {
    /// Follows a run and says how it ended.
    ///
    /// # Errors
    /// AWS refused, or could not be reached for too long. The run goes on all the same.
    pub async fn follow(&self, shape: PipelineShape, execution: &str) -> Result<Exit, Failure> {
        let mut voice = Voice::new(self);
        let outcome = self.look_on(&mut voice, shape, execution).await;
        voice.finish();
        match outcome {
            Ok(Over::Ended(snapshot)) => Ok(self.say_end(&voice, &snapshot).await),
            Ok(Over::Left) => {
                let back = format!("crosspipe watch {}{}", self.to.environment, self.flags());
                if self.show.json {
                    let calls: usize = self.cloud.calls().values().sum();
                    voice.json(json!({
                        "event": "left",
                        "execution": execution,
                        "calls": calls,
                        "exit": Exit::Cancelled.code(),
                    }));
                } else {
                    flow::note(&format!(
                        "Left: the run {} goes on{}. Come back to it with `{back}`.",
                        ui::run_id(execution),
                        if self.target.sandbox {
                            " when the next command opens the sandbox"
                        } else {
                            ""
                        }
                    ));
                }
                Ok(Exit::Cancelled)
            }
            Err(error) => {
                let back = format!("crosspipe watch {}{}", self.to.environment, self.flags());
                Err(lost(&error, execution, &back))
            }
        }
    }

    async fn look_on(
        &self,
        voice: &mut Voice<'_>,
        shape: PipelineShape,
        execution: &str,
    ) -> Result<Over, CloudError> {
        let runs: &dyn Runs = self.cloud;
        let tail = if voice.screen.is_some() { TAIL } else { 0 };
        let mut look = Look::new(runs, self.to, shape, execution, tail);
        let mut pace = Pace::new(self.scale);
        let mut before: Option<Snapshot> = None;
        let (mut failures, mut renewed) = (0, false);
        let mut interrupt = pin!(flow::interrupted());
        loop {
            let looked = tokio::select! {
                looked = look.next(Timestamp::now()) => looked,
                _ = &mut interrupt => return Ok(Over::Left),
            };
            let beat = match looked {
                Ok(snapshot) => {
                    (failures, renewed) = (0, false);
                    let events = changes(before.as_ref(), &snapshot);
                    voice.tell(&events, &snapshot);
                    if snapshot.ended().is_some() {
                        return Ok(Over::Ended(Box::new(snapshot)));
                    }
                    let beat = beat(&events, &snapshot);
                    before = Some(snapshot);
                    beat
                }
                Err(error) if passes(&error) && failures < TRIES => {
                    failures += u32::from(error.kind == ErrorKind::Connection);
                    let wait = pace.after(Beat::Refused);
                    voice.refused(&error, wait);
                    if self.wait(voice, wait, interrupt.as_mut()).await {
                        return Ok(Over::Left);
                    }
                    continue;
                }
                // The next call asks for fresh credentials: they may be there.
                Err(error) if error.session_ended() && !renewed => {
                    renewed = true;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let wait = pace.after(beat);
            if self.wait(voice, wait, interrupt.as_mut()).await {
                return Ok(Over::Left);
            }
        }
    }

    /// Waits, while the screen's times go on. Answers whether the watching was left.
    async fn wait<F: Future>(
        &self,
        voice: &mut Voice<'_>,
        wait: Duration,
        mut interrupt: Pin<&mut F>,
    ) -> bool {
        let until = tokio::time::Instant::now() + wait;
        loop {
            let next = until.min(tokio::time::Instant::now() + REDRAW);
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                _ = &mut interrupt => return true,
            }
            if next >= until {
                return false;
            }
            voice.draw();
        }
    }

    /// The flags that the next command needs as well.
    pub fn flags(&self) -> String {
        self.target.flags()
    }

    /// The verdict, what lies under it, and what to type next.
    async fn say_end(&self, voice: &Voice<'_>, snapshot: &Snapshot) -> Exit {
        let ended = snapshot.ended().unwrap_or(Ended::Failed);
        let after = effect::aftermath(self.cloud, self.to, snapshot).await;
        let exit = if ended == Ended::Landed && after.elsewhere.is_none() {
            Exit::Done
        } else {
            Exit::Failed
        };
        let cause = match ended {
            Ended::Failed => cause::gather(self.cloud, self.to, snapshot).await,
            _ => None,
        };
        if self.show.json {
            let calls: usize = self.cloud.calls().values().sum();
            voice.json(json!({
                "event": "ended",
                "outcome": ended,
                "execution": snapshot.execution.id,
                "commit": snapshot.commit(),
                "overtaken_by": snapshot.overtaken_by.as_ref().map(|it| &it.id),
                "cause": cause,
                "deployed": snapshot.deployed().is_some(),
                "still_runs": after.before,
                "elsewhere": after.elsewhere,
                "calls": calls,
                "exit": exit.code(),
            }));
            return exit;
        }
        let style = Style::of_stdout();
        let verdict = verdict(snapshot, self.to, &after, style);
        let lines = ui::hanging("", &verdict, style.width);
        let mut text = format!("\n{}\n", lines.join("\n"));
        if let Some(cause) = &cause {
            text.push('\n');
            text.push_str(&ui::cause(cause, style));
        }
        if after.elsewhere.is_some() {
            text.push_str(&self.next_elsewhere(style));
        } else {
            text.push_str(&self.next(ended, snapshot, cause.as_ref(), style));
        }
        flow::print(&text);
        if self.show.bell && std::io::stderr().is_terminal() {
            Screen::default().ring();
        }
        exit
    }

    /// What to type where a deployment succeeded and the service runs something else.
    fn next_elsewhere(&self, style: Style) -> String {
        let (to, flags) = (&self.to.environment, self.flags());
        let mut table = ui::Table::new(2, &[]);
        table.row([
            format!("crosspipe logs {to}{flags}"),
            "what the build wrote and the deployment did".to_owned(),
        ]);
        table.row([
            format!("crosspipe deploy {to}{flags}"),
            "starts anew, once the AppSpec and the task definition in the repository are mended"
                .to_owned(),
        ]);
        format!("\nNext\n{}", table.text_within(style.width))
    }

    fn next(
        &self,
        ended: Ended,
        snapshot: &Snapshot,
        cause: Option<&Cause>,
        style: Style,
    ) -> String {
        let (to, flags) = (&self.to.environment, self.flags());
        let mut table = ui::Table::new(2, &[]);
        match ended {
            Ended::Landed => return String::new(),
            Ended::Failed => {
                let first = snapshot.stages.first().map(|stage| stage.name.as_str());
                if cause.is_some_and(|it| Some(it.stage.as_str()) == first) {
                    table.row([
                        format!("crosspipe deploy {to}{flags}"),
                        "starts anew, once that is mended".to_owned(),
                    ]);
                } else {
                    table.row([
                        format!("crosspipe retry {to}{flags}"),
                        "tries the failed stage again with the same commit, once that is mended"
                            .to_owned(),
                    ]);
                }
                table.row([
                    format!("crosspipe logs {to}{flags}"),
                    "the whole build log and the deployment's events".to_owned(),
                ]);
            }
            Ended::Superseded => {
                table.row([
                    format!("crosspipe watch {to}{flags}"),
                    "follows the run that took its place".to_owned(),
                ]);
            }
            Ended::Stopped => {
                table.row([
                    format!("crosspipe deploy {to}{flags}"),
                    "starts anew".to_owned(),
                ]);
            }
        }
        format!("\nNext\n{}", table.text_within(style.width))
    }
}

/// What a look showed, for the pace of the next one.
fn beat(events: &[Event], snapshot: &Snapshot) -> Beat {
    let waits = snapshot.approval().is_some() || snapshot.stages.iter().any(|it| it.wait.is_some());
    match (events.is_empty(), waits) {
        (false, _) => Beat::Moved,
        (true, true) => Beat::Waiting,
        (true, false) => Beat::Working,
    }
}

/// Whether it may be otherwise at the next look.
fn passes(error: &CloudError) -> bool {
    matches!(error.kind, ErrorKind::Throttled | ErrorKind::Connection)
}

/// A run can be looked at no longer: why, that it goes on, and how to come back.
pub fn lost(error: &CloudError, execution: &str, back: &str) -> Failure {
    let mut complaint = super::exit::complaint(error).detail(format!(
        "the run {} goes on all the same",
        ui::run_id(execution)
    ));
    if error.session_ended() {
        complaint.help = Some(format!(
            "the session for {} has ended and could not be renewed: sign in again (for example `aws sso login`), or put fresh credentials where the old ones came from",
            error.site
        ));
    }
    let back = format!("come back to it with `{back}`");
    complaint.help = Some(match complaint.help {
        Some(help) => format!("{help}; {back}"),
        None => back,
    });
    Failure::failed(complaint)
}

/// That AWS asks for patience, or does not answer, and when it is looked again.
pub fn patience(error: &CloudError, wait: Duration) -> String {
    let what = match error.kind {
        ErrorKind::Throttled => "AWS asks for fewer calls",
        _ => "AWS cannot be reached",
    };
    format!(
        "{what} ({}:{} in {}): looking again in {}.",
        error.service,
        error.operation,
        error.site,
        ui::lasting(i64::try_from(wait.as_secs()).unwrap_or_default().max(1))
    )
}

/// Says what happens: on a screen, in lines, or as JSON.
struct Voice<'a> {
    watch: &'a Watch<'a>,
    style: Style,
    caption: Caption,
    screen: Option<Screen>,
    last: Option<Snapshot>,
    trouble: String,
}

impl<'a> Voice<'a> {
    fn new(watch: &'a Watch<'a>) -> Self {
        let style = Style::of_stderr();
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let terminal = std::io::stderr().is_terminal() && !dumb && !watch.show.json;
        let (environment, flags) = (&watch.to.environment, watch.flags());
        let faster = match (watch.target.sandbox, watch.scale) {
            (false, _) => String::new(),
            (true, 1) => " In the sandbox, as fast as at AWS.".to_owned(),
            (true, scale) => format!(" In the sandbox, {scale} times faster than at AWS."),
        };
        Self {
            watch,
            style,
            caption: Caption {
                title: watch.title.clone(),
                note: format!("Ctrl-C leaves; the run goes on.{faster}"),
                // One command at a time has a sandbox: this one has to be left first.
                approve: format!(
                    "{}crosspipe approve {environment}{flags}",
                    if watch.target.sandbox {
                        "Ctrl-C, then "
                    } else {
                        ""
                    }
                ),
                scale: watch.scale,
            },
            screen: terminal.then(Screen::default),
            last: None,
            trouble: String::new(),
        }
    }

    fn tell(&mut self, events: &[Event], snapshot: &Snapshot) {
        self.trouble.clear();
        if snapshot.ended().is_some() {
            self.caption.note.clear();
        }
        self.last = Some(snapshot.clone());
        if self.watch.show.json {
            for event in events {
                if let Ok(event) = serde_json::to_value(event) {
                    self.json(event);
                }
            }
        } else if self.screen.is_some() {
            self.draw();
            let asked = events.iter().any(|it| matches!(it, Event::Approval { .. }));
            if let Some(screen) = &self.screen
                && self.watch.show.bell
                && asked
            {
                screen.ring();
            }
        } else {
            // What has no time of its own was seen now, or, of a run that is over, followed the event before.
            let mut seen = match snapshot.ended() {
                Some(_) => snapshot.started().unwrap_or(snapshot.at),
                None => snapshot.at,
            };
            for event in events {
                if snapshot.ended().is_some() {
                    seen = event.at().unwrap_or(seen);
                }
                let line = ui::run_line(event, seen, &self.caption.approve, self.style);
                if let Some(line) = line {
                    flow::note(&ui::without_controls(&line));
                }
            }
        }
    }

    /// Draws the screen with the times of now.
    fn draw(&mut self) {
        let (Some(screen), Some(last)) = (&mut self.screen, &self.last) else {
            return;
        };
        let (columns, _) = screen.size();
        let style = Style {
            width: columns,
            ..self.style
        };
        let mut frame = ui::frame(last, &self.caption, Timestamp::now(), style);
        if !self.trouble.is_empty() {
            frame.extend(ui::hanging("", &self.trouble, columns));
        }
        screen.draw(&frame);
    }

    /// AWS asks for patience, or does not answer.
    fn refused(&mut self, error: &CloudError, wait: Duration) {
        let text = patience(error, wait);
        if self.watch.show.json {
            self.json(json!({
                "event": "waiting-for-aws",
                "error": error,
                "next_in_ms": u64::try_from(wait.as_millis()).unwrap_or_default(),
            }));
        } else if self.screen.is_some() && self.last.is_some() {
            self.trouble = text;
            self.draw();
        } else {
            flow::note(&format!("{}  {text}", ui::clock(Timestamp::now())));
        }
    }

    /// One JSON line on stdout, with the version of its shape and where it belongs.
    fn json(&self, mut event: Value) {
        if let Some(members) = event.as_object_mut() {
            members.insert("format".to_owned(), json!(FORMAT));
            members.insert("environment".to_owned(), json!(self.watch.to.environment));
            members.insert("pipeline".to_owned(), json!(self.watch.to.pipeline));
        }
        flow::print(&format!("{event}\n"));
    }

    fn finish(&mut self) {
        self.draw();
        if let Some(screen) = &mut self.screen {
            screen.leave();
        }
    }
}
