//! Finds the end of a call whose arguments may hold the marks of calls in their strings.

use super::words::{CALL, CALL_END};

/// How far an open call was searched.
#[derive(Debug, Default)]
pub(super) struct CallSearch {
    searched: usize,
    in_string: bool,
    escaped: bool,
    /// The first end mark that was passed over because it stands in a string.
    pub(super) first_in_string: Option<usize>,
}

impl CallSearch {
    /// Finds the next mark in `body` that stands outside of JSON strings, and where. What was searched
    /// is not searched again when `body` has grown.
    pub(super) fn search(&mut self, body: &str) -> Option<(usize, &'static str)> {
        let bytes = body.as_bytes();
        while self.searched < bytes.len() {
            let rest = &bytes[self.searched..];
            if rest[0] == b'<' {
                let found = [CALL_END, CALL]
                    .into_iter()
                    .find(|mark| rest.starts_with(mark.as_bytes()));
                if found.is_none() && may_become_mark(rest) {
                    return None;
                }
                if let Some(mark) = found
                    && let Some(found) = self.pass(mark)
                {
                    return Some(found);
                }
            }
            self.step(bytes[self.searched]);
            self.searched += 1;
        }
        None
    }

    /// Takes note of a mark; `None` when it stands in a string and is text.
    fn pass(&mut self, mark: &'static str) -> Option<(usize, &'static str)> {
        let at = self.searched;
        if !self.in_string {
            self.searched += mark.len();
            return Some((at, mark));
        }
        if mark == CALL_END {
            self.first_in_string.get_or_insert(at);
        }
        None
    }

    fn step(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ => {}
        }
    }
}

fn may_become_mark(rest: &[u8]) -> bool {
    [CALL, CALL_END]
        .iter()
        .any(|mark| mark.as_bytes().starts_with(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_in_strings_are_passed_over() {
        let body = r#"{"a": "x</tool_call>\"<tool_call>"}</tool_call>"#;
        let mut search = CallSearch::default();
        assert_eq!(
            search.search(body),
            Some((body.len() - CALL_END.len(), CALL_END))
        );
        assert_eq!(search.first_in_string, Some(8));
    }

    #[test]
    fn a_mark_is_found_when_it_came_in_parts() {
        let body = "{}</tool_call>";
        let mut search = CallSearch::default();
        for end in 0..body.len() {
            assert_eq!(search.search(&body[..end]), None, "{end}");
        }
        assert_eq!(search.search(body), Some((2, CALL_END)));
    }
}
