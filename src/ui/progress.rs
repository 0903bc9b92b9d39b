//! Bars for long work, on stderr, where a person watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where bars are drawn: on stderr, or nowhere.
fn target(shown: bool) -> ProgressDrawTarget {
    if shown {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}

/// How far a model is loaded. Dropping it clears the bar.
pub(super) struct Loading {
    bar: ProgressBar,
}

impl Loading {
    pub(super) fn new(total_bytes: u64, shown: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total_bytes), target(shown));
        let template = "loading {bar:30} {bytes}/{total_bytes}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    pub(super) fn set(&self, done_bytes: u64) {
        self.bar.set_position(done_bytes);
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How often a sign of waiting turns.
const TURN: Duration = Duration::from_millis(120);

/// That something is waited for, whose length nobody knows. Dropping it clears the line.
pub(crate) struct Waiting {
    bar: ProgressBar,
}

impl Waiting {
    pub(super) fn new(what: &'static str, shown: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, target(shown)).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(TURN);
        }
        Self { bar }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How much of long work is done. Dropping it clears the bar.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(what: &'static str, shown: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, target(shown)).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Says how much is done, of how much.
    pub(crate) fn set(&self, done: usize, total: usize) {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
