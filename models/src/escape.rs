//! Text from files, made safe to show.

/// The most characters of a foreign name that a message repeats.
const SHOWN_CHARS_MAX: usize = 80;

/// Returns `text` as a message may show it: one line, at most 80 characters, and every character
/// that could steer a terminal (controls, line and bidirectional marks) written as `\u{..}`.
pub fn shown(text: &str) -> String {
    shown_up_to(text, SHOWN_CHARS_MAX)
}

/// Like [`shown`] with another limit in characters of `text`; a cut is marked with `…`.
pub fn shown_up_to(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(chars_max * 2));
    for (index, character) in text.chars().enumerate() {
        if index == chars_max {
            out.push('…');
            break;
        }
        if is_unsafe(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether a terminal may act on `character` instead of drawing it.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a14_controls_and_bidirectional_marks_are_escaped() {
        let osc = "a\u{1b}]52;c;x\u{7}b\u{202e}c\u{9b}d\ne\u{2066}";
        let safe = shown(osc);
        assert_eq!(
            safe,
            "a\\u{1b}]52;c;x\\u{7}b\\u{202e}c\\u{9b}d\\u{a}e\\u{2066}"
        );
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        assert_eq!(
            shown("blk.0.attn_q.weight é 模"),
            "blk.0.attn_q.weight é 模"
        );
    }

    #[test]
    fn a_long_name_is_cut_and_marked() {
        let safe = shown(&"x".repeat(81));
        assert_eq!(safe.chars().count(), 81);
        assert!(safe.ends_with("x…"));
        assert_eq!(shown(&"x".repeat(80)), "x".repeat(80));
    }
}
