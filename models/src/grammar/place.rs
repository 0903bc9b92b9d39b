//! Where an answer stands between free text, reasoning and grammars.

use llguidance::Matcher;

/// Where an answer stands.
pub(super) enum Place {
    /// In free text, in which a call may begin.
    Free,
    /// In reasoning, which is free as well.
    Reasoning,
    /// In a grammar.
    Ruled(Box<Ruled>),
    /// Behind its last word.
    Over,
}

/// A grammar that is being followed.
pub(super) struct Ruled {
    pub(super) matcher: Matcher,
    /// Whether it is the whole answer's; else a call's, after which text is free again.
    pub(super) is_answer: bool,
}

/// A place and where in the answer it begins.
pub(super) struct Stretch {
    pub(super) place: Place,
    /// Tokens before it.
    pub(super) from_token: usize,
    /// Bytes before it.
    pub(super) from_byte: usize,
}

/// A text that leads from one place to another.
pub(super) struct Way<'p> {
    pub(super) text: &'p [u8],
    pub(super) at_beginning: bool,
}

/// Finds the first of `ways` that `text` completes beyond its first `known` bytes: its number, and
/// where it ends. Of those that end at one place the longest.
pub(super) fn completed(text: &[u8], known: usize, ways: &[Way]) -> Option<(usize, usize)> {
    let found = ways.iter().enumerate().filter_map(|(number, way)| {
        let end = if way.at_beginning {
            let space = text
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let own_space = way
                .text
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let from = space.saturating_sub(own_space);
            let end = from + way.text.len();
            (text[from..].starts_with(way.text) && end > known).then_some(end)?
        } else {
            let from = (known + 1).saturating_sub(way.text.len());
            let at = find(&text[from.min(text.len())..], way.text)?;
            from + at + way.text.len()
        };
        Some((end, std::cmp::Reverse(way.text.len()), number))
    });
    found.min().map(|(end, _, number)| (number, end))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(text: &str, at_beginning: bool) -> Way<'_> {
        Way {
            text: text.as_bytes(),
            at_beginning,
        }
    }

    #[test]
    fn a_text_is_found_when_its_last_byte_comes_and_not_again() {
        let ways = [way("<call>", false)];
        assert_eq!(completed(b"a <cal", 3, &ways), None);
        assert_eq!(completed(b"a <call>{", 6, &ways), Some((0, 8)));
        assert_eq!(completed(b"a <call>{", 8, &ways), None);
    }

    #[test]
    fn at_the_beginning_only_white_space_comes_before() {
        let ways = [way("{\"name\"", true), way(" to=", true)];
        assert_eq!(completed(b"\n{\"name\":", 3, &ways), Some((0, 8)));
        assert_eq!(completed(b"x {\"name\":", 3, &ways), None);
        assert_eq!(completed(b" to=", 0, &ways), Some((1, 4)));
    }
}
