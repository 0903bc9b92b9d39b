//! Text of a server with nothing hidden in it.

/// How much of a message is shown, in characters.
const SHORT_CHARS: usize = 400;

/// Writes out what is not seen when it is read: characters without width, those that turn the
/// direction, tags, and controls but for line ends and tabs.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The beginning of a message, with nothing hidden in it.
pub(super) fn short(text: &str) -> String {
    let text = visible(text);
    let mut short: String = text.chars().take(SHORT_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn is_hidden(c: char) -> bool {
    let is_layout = matches!(c, '\n' | '\t' | '\r');
    (c.is_control() && !is_layout)
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g05_text_that_is_not_seen_is_written_out() {
        let hidden = "a\u{200b}b\u{e0041}c\u{202e}d\u{1b}[0m";
        assert_eq!(visible(hidden), r"a\u{200b}b\u{e0041}c\u{202e}d\u{1b}[0m");
        assert_eq!(visible("Grüße\n\t日本 🦀"), "Grüße\n\t日本 🦀");
    }
}
