//! Finds whole tokens written in a text, and knows whose text may hold them.

use std::collections::HashMap;

/// Characters that Unicode reserves for a program's own use and that text never holds.
pub(crate) const MARKERS: std::ops::RangeInclusive<char> = '\u{fdd0}'..='\u{fdef}';

/// Tokens of markup that an assistant may write even where the vocabulary calls them control.
const MARKUP: [&str; 4] = ["<think>", "</think>", "<tool_call>", "</tool_call>"];

/// Whose text it is, in order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Writer {
    /// A user, a system prompt, a tool: nothing they write is markup.
    Anyone,
    /// The model itself in an earlier turn, whose markup the template takes apart.
    Assistant,
    /// The chat template.
    Template,
}

/// The texts to find, by first character, longest first.
#[derive(Debug, Default)]
pub(crate) struct Specials {
    by_first: HashMap<char, Vec<Special>>,
}

#[derive(Debug)]
struct Special {
    text: String,
    id: u32,
    /// The least trusted writer in whose text it is this token.
    writer: Writer,
}

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// Text between tokens, never empty.
    Text(&'t str),
    /// A token written out.
    Token(u32),
}

/// Who may write a token: a control token only the template, markup the assistant too, and what else
/// a vocabulary's users defined (runs of spaces, rare letters) is text, which anyone may write.
pub(super) fn writer_of(text: &str, control: bool) -> Writer {
    if MARKUP.contains(&text) || (!control && looks_like_markup(text)) {
        Writer::Assistant
    } else if control {
        Writer::Template
    } else {
        Writer::Anyone
    }
}

/// Whether a token reads as a mark rather than as text.
fn looks_like_markup(text: &str) -> bool {
    let trimmed = text.trim();
    let encloses = |(open, close): &(char, char)| {
        trimmed.len() > 2 && trimmed.starts_with(*open) && trimmed.ends_with(*close)
    };
    [('<', '>'), ('[', ']')].iter().any(encloses)
}

impl Specials {
    /// Adds a token that `writer` and those trusted more may write; an empty text is never found.
    pub(crate) fn add(&mut self, text: &str, id: u32, writer: Writer) {
        if let Some(first) = text.chars().next() {
            let list = self.by_first.entry(first).or_default();
            let place = list.partition_point(|other| other.text.len() >= text.len());
            list.insert(
                place,
                Special {
                    text: text.to_owned(),
                    id,
                    writer,
                },
            );
        }
    }

    /// Cuts a text of `writer` at the tokens in it, the leftmost first and of those the longest.
    pub(crate) fn split<'t>(&self, text: &'t str, writer: Writer) -> Vec<Part<'t>> {
        let mut parts = Vec::new();
        let (mut start, mut at) = (0, 0);
        while let Some(character) = text[at..].chars().next() {
            let Some((length, id)) = self.match_at(&text[at..], character, writer) else {
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

    /// Whether `text` holds a token that `writer` may not write, or ends in the beginning of one.
    pub(crate) fn touch(&self, text: &str, writer: Writer) -> bool {
        let mut places = text.char_indices();
        places.any(|(at, first)| self.begins_at(&text[at..], first, writer))
    }

    /// Puts `marker` after the first character of every token in `text` that `writer` may not write,
    /// and of the beginning of one at its end, so that none can be found there any more.
    pub(crate) fn mark(&self, text: &str, writer: Writer, marker: char) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        for (at, first) in text.char_indices() {
            out.push(first);
            if self.begins_at(&text[at..], first, writer) {
                out.push(marker);
            }
        }
        out
    }

    /// Whether `rest` starts with a forbidden token, or is the beginning of one. White space at its
    /// end does not count: a template may trim it.
    fn begins_at(&self, rest: &str, first: char, writer: Writer) -> bool {
        let Some(list) = self.by_first.get(&first) else {
            return false;
        };
        let mut forbidden = list.iter().filter(|special| special.writer > writer);
        let end = rest.trim_end();
        forbidden.any(|special| {
            rest.starts_with(&special.text) || (!end.is_empty() && special.text.starts_with(end))
        })
    }

    fn match_at(&self, rest: &str, first: char, writer: Writer) -> Option<(usize, u32)> {
        let list = self.by_first.get(&first)?;
        let mut allowed = list.iter().filter(|special| special.writer <= writer);
        let found = allowed.find(|special| rest.starts_with(&special.text))?;
        Some((found.text.len(), found.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specials() -> Specials {
        let mut specials = Specials::default();
        specials.add("<|a|>", 1, Writer::Template);
        specials.add("<|a|>b", 2, Writer::Template);
        specials.add("</s>", 3, Writer::Template);
        specials.add("<think>", 4, Writer::Assistant);
        specials.add("  ", 5, Writer::Anyone);
        specials
    }

    #[test]
    fn the_longest_of_the_leftmost_wins() {
        assert_eq!(
            specials().split("x<|a|>b</s>é<|a|><|a", Writer::Template),
            [
                Part::Text("x"),
                Part::Token(2),
                Part::Token(3),
                Part::Text("é"),
                Part::Token(1),
                Part::Text("<|a"),
            ]
        );
        assert!(specials().split("", Writer::Template).is_empty());
    }

    #[test]
    fn each_writer_is_given_only_the_tokens_they_may_write() {
        let text = "</s><think>  ";
        let all = [Part::Token(3), Part::Token(4), Part::Token(5)];
        assert_eq!(specials().split(text, Writer::Template), all);
        assert_eq!(specials().split(text, Writer::Anyone)[1], Part::Token(5));
        assert_eq!(
            specials().mark(text, Writer::Assistant, '!'),
            "<!/s><think>  "
        );
        assert_eq!(
            specials().mark(text, Writer::Anyone, '!'),
            "<!/s><!think>  "
        );
    }

    #[test]
    fn who_may_write_a_token_follows_from_its_kind_and_look() {
        assert_eq!(writer_of("<|im_end|>", true), Writer::Template);
        assert_eq!(writer_of("<think>", true), Writer::Assistant);
        assert_eq!(writer_of("<tool_response>", false), Writer::Assistant);
        assert_eq!(writer_of("    ", false), Writer::Anyone);
        assert_eq!(writer_of("õ", false), Writer::Anyone);
        assert_eq!(writer_of("<>", false), Writer::Anyone);
    }

    #[test]
    fn a_marked_text_holds_no_token_even_when_another_text_follows() {
        let mark = |text: &str| specials().mark(text, Writer::Anyone, '!');
        assert_eq!(mark("x<|a|></s> <|"), "x<!|a|><!/s> <!|");
        assert!(!specials().touch("x < y", Writer::Anyone));
        assert!(specials().touch("x <", Writer::Anyone));
        let joined = mark("<|a \n").trim_end().to_owned() + "|>";
        assert_eq!(
            specials().split(&joined, Writer::Template),
            [Part::Text("<!|a|>")]
        );
    }
}
