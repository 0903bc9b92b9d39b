//! A bar for bytes that come or go, with rate and time left.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::sanitize::visible;

/// How often the bar is drawn in a second.
const DRAWS_PER_SECOND: u8 = 8;

/// How far a transfer is. Dropping it clears the bar.
pub(crate) struct Transfer {
    bar: ProgressBar,
    begun: bool,
}

impl Transfer {
    pub(super) fn new(total_bytes: u64, shown: bool) -> Self {
        let target = if shown {
            ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(total_bytes), target);
        let template = "{bar:24} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta} left {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, begun: false }
    }

    /// Says how many bytes are done, and what is being done.
    pub(crate) fn set(&mut self, done_bytes: u64, what: &str) {
        self.bar.set_message(visible(what));
        self.bar.set_position(done_bytes);
        if !self.begun {
            // What was here before says nothing about the rate.
            self.bar.reset_eta();
            self.begun = true;
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
