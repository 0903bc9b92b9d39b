/// Holds text back until it cannot become one of the stop texts any more.
#[derive(Debug)]
pub(super) struct StopTexts {
    stops: Vec<String>,
    held: String,
    stopped: bool,
}

impl StopTexts {
    /// Creates a filter for `stops`, none of them empty.
    pub(super) fn new(stops: Vec<String>) -> Self {
        Self {
            stops,
            held: String::new(),
            stopped: false,
        }
    }

    /// Whether a stop text appeared.
    pub(super) fn stopped(&self) -> bool {
        self.stopped
    }

    /// Takes the next text and returns what is certainly before every stop text.
    pub(super) fn push(&mut self, text: &str) -> String {
        if self.stopped {
            return String::new();
        }
        self.held.push_str(text);
        if let Some(end) = self.first_stop() {
            self.stopped = true;
            self.held.truncate(end);
            return std::mem::take(&mut self.held);
        }
        let start_of_held = self.start_of_possible_stop();
        let rest = self.held.split_off(start_of_held);
        std::mem::replace(&mut self.held, rest)
    }

    /// Returns what is held back, because something else than text follows.
    pub(super) fn flush(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    fn first_stop(&self) -> Option<usize> {
        self.stops
            .iter()
            .filter_map(|stop| self.held.find(stop.as_str()))
            .min()
    }

    fn start_of_possible_stop(&self) -> usize {
        let could_stop = |start: usize| {
            self.held
                .get(start..)
                .is_some_and(|end| self.stops.iter().any(|s| s.starts_with(end)))
        };
        // Only the last few characters can begin a stop text that is not whole yet.
        let longest = self.stops.iter().map(String::len).max().unwrap_or(0);
        let first = self.held.len().saturating_sub(longest);
        (first..self.held.len())
            .find(|&start| could_stop(start))
            .unwrap_or(self.held.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(stops: &[&str], texts: &[&str]) -> (Vec<String>, bool, String) {
        let mut filter = StopTexts::new(stops.iter().map(ToString::to_string).collect());
        let out = texts.iter().map(|text| filter.push(text)).collect();
        (out, filter.stopped(), filter.flush())
    }

    #[test]
    fn without_stop_texts_nothing_is_held() {
        let (out, stopped, rest) = pushed(&[], &["a", "ÿ", ""]);
        assert_eq!(out, ["a", "ÿ", ""]);
        assert!(!stopped && rest.is_empty());
    }

    #[test]
    fn a_stop_text_over_three_pieces_is_found_and_cut() {
        let (out, stopped, rest) = pushed(&["END"], &["one E", "N", "D two", "three"]);
        assert_eq!(out, ["one ", "", "", ""]);
        assert!(stopped && rest.is_empty());
    }

    #[test]
    fn what_only_began_like_a_stop_text_comes_later() {
        let (out, stopped, rest) = pushed(&["END"], &["one E", "N", "ough E"]);
        assert_eq!(out, ["one ", "", "ENough "]);
        assert!(!stopped);
        assert_eq!(rest, "E");
    }

    #[test]
    fn the_first_of_several_stop_texts_ends() {
        let (out, stopped, _) = pushed(&["\n\n", "b"], &["a b\n\n"]);
        assert_eq!(out, ["a "]);
        assert!(stopped);
    }

    #[test]
    fn a_restart_within_a_stop_text_is_seen() {
        let (out, stopped, _) = pushed(&["aab"], &["a", "a", "a", "b"]);
        assert_eq!(out.concat(), "a");
        assert!(stopped);
    }

    #[test]
    fn characters_of_several_bytes_are_never_cut() {
        let (out, stopped, rest) = pushed(&["é!"], &["caf", "é", "?", "é", "!"]);
        assert_eq!(out, ["caf", "", "é?", "", ""]);
        assert!(stopped && rest.is_empty());
    }
}
