//! The only place that prints. Results go to stdout, everything else to stderr.
//!
//! Commands return an [`Outcome`]; `Ui` shows it as text or as JSON. Knows no command.

use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

mod json;
mod page;
mod progress;
mod sanitize;
pub(crate) mod size;
mod stream;
mod table;
mod terminal;
mod transfer;

pub(crate) use page::{Page, Span, Tone, bad, dim, good, plain, strong, warning};
pub(crate) use progress::{Progress, Waiting};
pub(crate) use sanitize::visible;
pub(crate) use stream::Answer;
use terminal::Stream;
pub(crate) use terminal::{Colour, read_line};
pub(crate) use transfer::Transfer;

/// What a command did: what to show and how to exit.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// For people.
    shown: Shown,
    /// For scripts.
    document: Value,
    /// A failure the result itself tells of: it decides the exit code and is explained on stderr.
    failure: Option<Failure>,
}

impl Outcome {
    /// Makes the outcome of a command that shows `page` to people and `document` to scripts.
    pub(crate) fn new(document: &impl Serialize, page: Page) -> Self {
        Self {
            shown: Shown::Page(page),
            document: to_value(document),
            failure: None,
        }
    }

    /// Makes the outcome of a command whose text has been streamed.
    pub(crate) fn streamed(document: &impl Serialize) -> Self {
        Self {
            shown: Shown::Nothing,
            document: to_value(document),
            failure: None,
        }
    }

    /// Makes the outcome of a command whose result is a text for another program.
    pub(crate) fn script(text: &str) -> Self {
        Self {
            shown: Shown::Raw(text.to_owned()),
            document: Value::String(text.to_owned()),
            failure: None,
        }
    }

    /// Makes the outcome of a command whose result is a text of lines that are read by scripts, with
    /// `--json` as without it.
    pub(crate) fn lines(text: String) -> Self {
        Self {
            shown: Shown::Lines(text),
            document: Value::Null,
            failure: None,
        }
    }

    /// Lets the command fail after its result has been shown. The document is expected to hold the failure itself.
    #[must_use]
    pub(crate) fn failing(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }
}

fn to_value(document: &impl Serialize) -> Value {
    serde_json::to_value(document).expect("documents have text keys and finite numbers")
}

/// What people are shown.
#[derive(Debug, Default)]
enum Shown {
    /// Nothing more: it has been streamed already.
    #[default]
    Nothing,
    /// A page.
    Page(Page),
    /// A text for another program, to be written as it is.
    Raw(String),
    /// The same where the form of results makes no difference.
    Lines(String),
}

/// The form results are shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For scripts: `--json`.
    Json,
}

/// Where and how things are shown.
#[derive(Debug)]
pub(crate) struct Ui {
    format: Format,
    quiet: bool,
    verbose: u8,
    stdout: Stream,
    stderr: Stream,
    started: Instant,
}

impl Ui {
    /// Looks at the standard streams and the flags every command has.
    pub(crate) fn new(format: Format, quiet: bool, verbose: u8, colour: Colour) -> Self {
        Self {
            format,
            quiet,
            verbose,
            stdout: Stream::stdout(colour),
            stderr: Stream::stderr(colour),
            started: Instant::now(),
        }
    }

    /// Returns how often `-v` was given.
    pub(crate) fn verbose(&self) -> u8 {
        self.verbose
    }

    /// Returns the milliseconds since the command began.
    pub(crate) fn elapsed_ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1e3
    }

    /// Shows what a command returned and gives the exit code.
    pub(crate) fn conclude(&self, result: Result<Outcome, Failure>) -> u8 {
        match result.and_then(|outcome| self.show(outcome)) {
            Ok(code) => code,
            Err(failure) => self.fail(&failure),
        }
    }

    fn show(&self, outcome: Outcome) -> Result<u8, Failure> {
        let text = match (self.format, outcome.shown) {
            (_, Shown::Lines(text)) | (Format::Text, Shown::Raw(text)) => text,
            (Format::Json, _) => json::document(&outcome.document),
            (Format::Text, Shown::Page(page)) => page.render(self.stdout.colour),
            (Format::Text, Shown::Nothing) => String::new(),
        };
        terminal::to_stdout(&text).map_err(Failure::output)?;
        let Some(failure) = outcome.failure else {
            return Ok(0);
        };
        if self.format == Format::Text {
            self.explain(&failure);
        }
        Ok(failure.kind.exit_code())
    }

    /// Shows a failure: on stderr as text, or as the only document.
    fn fail(&self, failure: &Failure) -> u8 {
        match self.format {
            _ if failure.kind == crate::failure::Kind::ClosedPipe => {}
            Format::Text => self.explain(failure),
            Format::Json => {
                let _ = terminal::to_stdout(&json::failure(failure));
            }
        }
        failure.kind.exit_code()
    }

    fn explain(&self, failure: &Failure) {
        let mut page = Page::new();
        page.line([bad("error:"), plain(format!(" {}", failure.sentence()))]);
        for hint in &failure.hints {
            page.line([strong("  hint:"), plain(format!(" {hint}"))]);
        }
        self.to_stderr(&page);
    }

    /// Says something on stderr, unless `--quiet` or `--json`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet && self.format == Format::Text {
            let mut page = Page::new();
            page.line([plain(text)]);
            self.to_stderr(&page);
        }
    }

    /// Warns on stderr, unless `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        if !self.quiet {
            let mut page = Page::new();
            page.line([warning("warning:"), plain(format!(" {text}"))]);
            self.to_stderr(&page);
        }
    }

    /// Begins to show an answer as it is written.
    pub(crate) fn answer(&self) -> Answer<'_> {
        Answer::new(self)
    }

    /// Begins to show how much of long work is done, in so many `what`.
    pub(crate) fn progress(&self, what: &'static str) -> Progress {
        Progress::new(what, self.shows_progress())
    }

    /// Begins to show that `what` is waited for.
    pub(crate) fn waiting(&self, what: &'static str) -> Waiting {
        Waiting::new(what, self.shows_progress())
    }

    /// Begins to show how many of `total_bytes` have come or gone.
    pub(crate) fn transfer(&self, total_bytes: u64) -> Transfer {
        Transfer::new(total_bytes, self.shows_progress())
    }

    /// Asks a question on the terminal; without one the answer is no.
    pub(crate) fn confirm(&self, question: &str) -> bool {
        if !self.stderr.terminal || self.format == Format::Json {
            return false;
        }
        terminal::to_stderr(&format!("{} [y/N] ", visible(question)));
        matches!(terminal::read_line().as_str(), "y" | "Y" | "yes")
    }

    /// Whether a person is there to be asked: somebody watches, and what is typed is theirs.
    pub(crate) fn may_ask(&self) -> bool {
        self.stderr.terminal && terminal::stdin_is_a_terminal() && self.format == Format::Text
    }

    /// Asks whether something may be done, on the terminal; the answer is read with [`read_line`].
    pub(crate) fn ask(&self, question: &str) {
        let style = self.err_style(Tone::Strong);
        terminal::to_stderr(&format!(
            "{style}{}{style:#}\n[y]es, [a]lways this very call, [N]o: ",
            visible(question)
        ));
    }

    fn shows_progress(&self) -> bool {
        self.stderr.terminal && self.stderr.colour && !self.quiet && self.format == Format::Text
    }

    fn err_style(&self, tone: Tone) -> anstyle::Style {
        if self.stderr.colour {
            tone.style()
        } else {
            anstyle::Style::new()
        }
    }

    fn to_stderr(&self, page: &Page) {
        terminal::to_stderr(&page.render(self.stderr.colour));
    }
}

/// Shows what clap has to say: help and version on stdout, wrong usage on stderr or as a document. Gives the exit code.
pub(crate) fn show_usage(error: &clap::Error, as_json: bool) -> u8 {
    if error.use_stderr() && as_json {
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first);
        let tips = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("tip: "));
        let failure = tips.fold(Failure::usage("usage", message), Failure::hint);
        let _ = terminal::to_stdout(&json::failure(&failure));
    } else {
        let _ = error.print();
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}
