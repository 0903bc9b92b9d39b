//! Text from outside made safe for a terminal.
//!
//! Knows the control functions of ECMA-48 and the Unicode bidirectional controls, nothing else.

/// How long an unfinished string sequence (OSC, DCS) is withheld, in characters.
const STRING_CHARS_MAX: usize = 4096;

/// Writes text with every character that could steer a terminal as `\u{1b}`, and line breaks as `\n`.
///
/// For names and messages, where what was there should be seen.
pub(crate) fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => safe.extend(c.escape_default()),
            c if is_hostile(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    safe
}

/// Drops what could steer a terminal from text that comes in pieces.
///
/// For answers, which stream: a sequence split over pieces is dropped whole. Line feeds and tabs stay.
#[derive(Debug, Default)]
pub(crate) struct Cleaner {
    state: State,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// Inside a control sequence: parameters up to a final character.
    Control,
    /// Inside OSC, DCS, SOS, PM or APC, up to a terminator: characters seen, whether ESC was last.
    StringSequence { seen: usize, escape: bool },
}

impl Cleaner {
    /// Returns what of `piece` may be shown.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let mut safe = String::with_capacity(piece.len());
        for c in piece.chars() {
            if let Some(c) = self.step(c) {
                safe.push(c);
            }
        }
        safe
    }

    fn step(&mut self, c: char) -> Option<char> {
        match self.state {
            State::Text => self.text(c),
            State::Control => match c {
                '\u{40}'..='\u{7e}' => self.end(),
                '\u{20}'..='\u{3f}' => None,
                c => self.text(c),
            },
            State::StringSequence { escape: true, .. } if c == '\\' => self.end(),
            State::Escape | State::StringSequence { escape: true, .. } => self.escape(c),
            State::StringSequence { seen, .. } => match c {
                '\u{07}' | '\u{9c}' => self.end(),
                '\n' => self.text(c),
                _ if seen >= STRING_CHARS_MAX => self.text(c),
                c => {
                    self.state = State::StringSequence {
                        seen: seen + 1,
                        escape: c == '\u{1b}',
                    };
                    None
                }
            },
        }
    }

    fn text(&mut self, c: char) -> Option<char> {
        self.state = match c {
            '\u{1b}' => State::Escape,
            '\u{9b}' => State::Control,
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => STRING,
            _ => State::Text,
        };
        (matches!(c, '\n' | '\t') || !is_hostile(c)).then_some(c)
    }

    fn escape(&mut self, c: char) -> Option<char> {
        match c {
            '[' => self.state = State::Control,
            ']' | 'P' | 'X' | '^' | '_' => self.state = STRING,
            // Intermediates of a longer escape: its final character is still to come.
            '\u{20}'..='\u{2f}' => {}
            '\u{30}'..='\u{7e}' => self.state = State::Text,
            c => return self.text(c),
        }
        None
    }

    fn end(&mut self) -> Option<char> {
        self.state = State::Text;
        None
    }
}

const STRING: State = State::StringSequence {
    seen: 0,
    escape: false,
};

/// C0 but tab and line feed are hostile, and so are DEL, C1 and what reorders text.
fn is_hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &[(&str, &str)] = &[
        ("plain\ttext\n", "plain\ttext\n"),
        ("\u{1b}[31mred\u{1b}[0m", "red"),
        ("\u{1b}]52;c;aGk=\u{7}copied", "copied"),
        ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
        ("\u{1b}P1$q\u{1b}\\dcs", "dcs"),
        ("\u{9b}31mred", "red"),
        ("\u{9d}0;title\u{9c}osc", "osc"),
        ("safe\rOVER", "safeOVER"),
        ("bell\u{7}\u{8}\u{0}\u{7f}", "bell"),
        ("a\u{202e}b\u{2066}c", "abc"),
        ("\u{1b}(Bcharset", "charset"),
        ("\u{1b}cfull reset", "full reset"),
        ("\u{1b}]0;never ended\nnext line", "\nnext line"),
        ("\u{1b}[12\u{1b}[31mnested", "nested"),
        ("naïve 日本語 🙂", "naïve 日本語 🙂"),
    ];

    #[test]
    fn a_cleaner_drops_sequences_whole() {
        for (hostile, safe) in HOSTILE {
            assert_eq!(&Cleaner::default().push(hostile), safe, "{hostile:?}");
        }
    }

    #[test]
    fn a_sequence_split_anywhere_is_dropped_as_well() {
        for (hostile, safe) in HOSTILE {
            for at in (0..hostile.len()).filter(|&at| hostile.is_char_boundary(at)) {
                let mut cleaner = Cleaner::default();
                let shown = cleaner.push(&hostile[..at]) + &cleaner.push(&hostile[at..]);
                assert_eq!(&shown, safe, "{hostile:?} split at {at}");
            }
        }
    }

    #[test]
    fn an_endless_string_does_not_swallow_the_answer() {
        let mut cleaner = Cleaner::default();
        cleaner.push("\u{1b}]");
        let shown = cleaner.push(&"x".repeat(STRING_CHARS_MAX + 10));
        assert_eq!(shown, "x".repeat(10));
    }

    #[test]
    fn names_show_what_was_in_them() {
        assert_eq!(
            visible("a\u{1b}[31m\n\u{202e}b"),
            "a\\u{1b}[31m\\n\\u{202e}b"
        );
        assert_eq!(visible("llama-3.1 日本"), "llama-3.1 日本");
    }
}
