//! White space between markup, which is no part of what it separates.

/// Emits stretches of text without the white space at their ends.
#[derive(Debug, Default)]
pub(super) struct Shower {
    /// White space that is shown only if text follows it in the same place.
    held_space: String,
    /// Whether something was shown since the last mark.
    shown: bool,
}

impl Shower {
    /// Forgets what was shown, since markup came between.
    pub(super) fn reset(&mut self) {
        self.held_space.clear();
        self.shown = false;
    }

    /// Whether something was shown since the last mark.
    pub(super) fn has_shown(&self) -> bool {
        self.shown
    }

    /// Takes the next text and returns what of it is shown now.
    pub(super) fn show(&mut self, text: &str) -> Option<String> {
        let text = if self.shown { text } else { text.trim_start() };
        let kept = text.trim_end();
        if kept.is_empty() {
            if self.shown {
                self.held_space.push_str(text);
            }
            return None;
        }
        let mut out = std::mem::take(&mut self.held_space);
        out.push_str(kept);
        self.held_space.push_str(&text[kept.len()..]);
        self.shown = true;
        Some(out)
    }
}

/// The mark that comes first in `text`, and where; of those at one place the longest.
pub(super) fn first_of(text: &str, marks: &[&'static str]) -> Option<(usize, &'static str)> {
    let places = marks
        .iter()
        .filter_map(|mark| Some((text.find(mark)?, *mark)));
    places.min_by_key(|(at, mark)| (*at, usize::MAX - mark.len()))
}

/// The length of the end of `text` that could be the beginning of one of `marks`.
pub(super) fn open_mark(text: &str, marks: &[&'static str]) -> usize {
    let longest = |mark: &&str| {
        (1..mark.len())
            .rev()
            .find(|length| mark.is_char_boundary(*length) && text.ends_with(&mark[..*length]))
    };
    marks.iter().filter_map(longest).max().unwrap_or(0)
}

/// The greatest character boundary that is not after `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}
