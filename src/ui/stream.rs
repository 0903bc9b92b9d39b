//! An answer while it is being written: text to stdout, reasoning and what happens to stderr.

use std::time::{Duration, Instant};

use super::page::Tone;
use super::progress::Loading;
use super::sanitize::{Cleaner, visible};
use super::{Format, Ui, terminal};
use crate::failure::Failure;

/// Shows the events of one run as they come.
///
/// With `--json` nothing is shown: the document at the end holds it all.
pub(crate) struct Answer<'a> {
    ui: &'a Ui,
    text: Cleaner,
    reasoning: Cleaner,
    loading: Option<Loading>,
    started: Instant,
    open_line: Option<OpenLine>,
}

/// The stream whose last line has no end yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenLine {
    Text,
    Reasoning,
}

/// How long loading may take in silence.
const QUIET_LOADING: Duration = Duration::from_millis(300);

impl<'a> Answer<'a> {
    pub(super) fn new(ui: &'a Ui) -> Self {
        Self {
            ui,
            text: Cleaner::default(),
            reasoning: Cleaner::default(),
            loading: None,
            started: Instant::now(),
            open_line: None,
        }
    }

    /// Shows how far the model is loaded, once that takes long.
    pub(crate) fn loading(&mut self, done_bytes: u64, total_bytes: u64) {
        if done_bytes >= total_bytes {
            self.loading = None;
        } else if self.loading.is_some() || self.started.elapsed() > QUIET_LOADING {
            let shown = self.ui.shows_progress();
            self.loading
                .get_or_insert_with(|| Loading::new(total_bytes, shown))
                .set(done_bytes);
        }
    }

    /// Writes a piece of the answer.
    ///
    /// # Errors
    /// When stdout cannot be written; `ClosedPipe` where its reader has gone.
    pub(crate) fn text(&mut self, piece: &str) -> Result<(), Failure> {
        if self.ui.format == Format::Json || piece.is_empty() {
            return Ok(());
        }
        self.begin(OpenLine::Text);
        let cleaned;
        let shown = if self.ui.stdout.terminal {
            cleaned = self.text.push(piece);
            &cleaned
        } else {
            piece
        };
        self.ends_line(OpenLine::Text, shown);
        terminal::to_stdout(shown).map_err(Failure::output)
    }

    /// Shows a piece of the model's reasoning, dimmed, where somebody watches or `-v` asks.
    pub(crate) fn reasoning(&mut self, piece: &str) {
        if !self.shows_reasoning() || piece.is_empty() {
            return;
        }
        self.begin(OpenLine::Reasoning);
        let shown = self.reasoning.push(piece);
        self.ends_line(OpenLine::Reasoning, &shown);
        let style = self.ui.err_style(Tone::Dim);
        terminal::to_stderr(&format!("{style}{shown}{style:#}"));
    }

    /// Shows a tool call.
    pub(crate) fn tool_call(&mut self, name: &str, arguments: &serde_json::Value) {
        self.event(&format!("→ {name} {arguments}"));
    }

    /// Shows something that happened, on a line of its own on stderr.
    pub(crate) fn event(&mut self, what: &str) {
        if self.ui.format == Format::Json || self.ui.quiet {
            return;
        }
        self.close_line();
        let style = self.ui.err_style(Tone::Dim);
        terminal::to_stderr(&format!("{style}{}{style:#}\n", visible(what)));
    }

    /// Ends the answer: the line that is still open, and the progress bar.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.loading = None;
        match self.open_line.take() {
            Some(OpenLine::Text) => terminal::to_stdout("\n").map_err(Failure::output),
            Some(OpenLine::Reasoning) => {
                terminal::to_stderr("\n");
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn shows_reasoning(&self) -> bool {
        let watched = self.ui.stderr.terminal && !self.ui.quiet;
        self.ui.format == Format::Text && (watched || self.ui.verbose > 0)
    }

    /// Gets ready to write to `next`: no progress bar, and no half line of the other stream where both are seen.
    fn begin(&mut self, next: OpenLine) {
        self.loading = None;
        if self.open_line.is_some_and(|open| open != next) {
            self.close_line();
        }
    }

    /// Ends an open line on the screen. Between two parts of the answer a piped stdout gets no line break of ours.
    fn close_line(&mut self) {
        match self.open_line {
            Some(OpenLine::Text) if self.ui.stdout.terminal => terminal::to_stderr("\n"),
            Some(OpenLine::Reasoning) => terminal::to_stderr("\n"),
            Some(OpenLine::Text) | None => return,
        }
        self.open_line = None;
    }

    fn ends_line(&mut self, open: OpenLine, shown: &str) {
        self.open_line = match shown.chars().last() {
            Some('\n') => None,
            Some(_) => Some(open),
            None => self.open_line,
        };
    }
}
