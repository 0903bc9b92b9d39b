//! A bar for long work, on stderr, where a person watches.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a model is loaded. Dropping it clears the bar.
pub(super) struct Loading {
    bar: ProgressBar,
}

impl Loading {
    pub(super) fn new(total_bytes: u64, shown: bool) -> Self {
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(total_bytes), target);
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
