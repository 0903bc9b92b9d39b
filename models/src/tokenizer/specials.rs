//! Finds whole tokens written in a text: control tokens and those defined by the model's users.

use std::collections::HashMap;

/// The texts to find, by first character, longest first.
#[derive(Debug, Default)]
pub(crate) struct Specials {
    by_first: HashMap<char, Vec<(String, u32)>>,
}

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// Text between tokens, never empty.
    Text(&'t str),
    /// A token written out.
    Token(u32),
}

impl Specials {
    /// Adds a token; an empty text is never found.
    pub(crate) fn add(&mut self, text: &str, id: u32) {
        if let Some(first) = text.chars().next() {
            let list = self.by_first.entry(first).or_default();
            let place = list.partition_point(|(other, _)| other.len() >= text.len());
            list.insert(place, (text.to_owned(), id));
        }
    }

    /// Cuts `text` at the tokens in it, the leftmost first and of those the longest.
    pub(crate) fn split<'t>(&self, text: &'t str) -> Vec<Part<'t>> {
        let mut parts = Vec::new();
        let (mut start, mut at) = (0, 0);
        while let Some(character) = text[at..].chars().next() {
            let Some((length, id)) = self.match_at(&text[at..], character) else {
                at += character.len_utf8();
                continue;
            };
            if start < at {
                parts.push(Part::Text(&text[start..at]));
            }
            parts.push(Part::Token(id));
            at += length;
            start = at;
        }
        if start < text.len() {
            parts.push(Part::Text(&text[start..]));
        }
        parts
    }

    /// Whether any token is written in `text`, or begins at its end.
    pub(crate) fn touch(&self, text: &str) -> bool {
        text.char_indices()
            .any(|(at, first)| self.begins_at(&text[at..], first))
    }

    /// Puts `marker` after the first character of every token in `text`, and of the beginning of one
    /// at its end, so that none can be found there any more.
    pub(crate) fn mark(&self, text: &str, marker: char) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        for (at, first) in text.char_indices() {
            out.push(first);
            if self.begins_at(&text[at..], first) {
                out.push(marker);
            }
        }
        out
    }

    /// Whether `rest` starts with a token, or is the beginning of one.
    fn begins_at(&self, rest: &str, first: char) -> bool {
        let of = |list: &Vec<(String, u32)>| {
            list.iter()
                .any(|(text, _)| rest.starts_with(text) || text.starts_with(rest))
        };
        self.by_first.get(&first).is_some_and(of)
    }

    fn match_at(&self, rest: &str, first: char) -> Option<(usize, u32)> {
        let found = self
            .by_first
            .get(&first)?
            .iter()
            .find(|(text, _)| rest.starts_with(text))?;
        Some((found.0.len(), found.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_of_the_leftmost_wins() {
        let mut specials = Specials::default();
        specials.add("<|a|>", 1);
        specials.add("<|a|>b", 2);
        specials.add("</s>", 3);
        assert_eq!(
            specials.split("x<|a|>b</s>é<|a|><|a"),
            [
                Part::Text("x"),
                Part::Token(2),
                Part::Token(3),
                Part::Text("é"),
                Part::Token(1),
                Part::Text("<|a"),
            ]
        );
        assert!(specials.split("").is_empty());
    }

    #[test]
    fn a_marked_text_holds_no_token_even_when_another_text_follows() {
        let mut specials = Specials::default();
        specials.add("<|a|>", 1);
        specials.add("</s>", 2);
        assert_eq!(specials.mark("x<|a|></s> <|", '!'), "x<!|a|><!/s> <!|");
        assert!(!specials.touch("x < y"));
        assert!(specials.touch("x <"));
        let joined = specials.mark("<|a", '!') + "|>";
        assert_eq!(specials.split(&joined), [Part::Text("<!|a|>")]);
    }
}
