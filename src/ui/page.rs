//! What a command shows a person: lines of toned text and tables, rendered with or without colour.
//!
//! Everything put into a page is made safe on the way, whoever wrote it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::sanitize::visible;
use super::table;

/// Text for people, line by line.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    lines: Vec<Vec<Span>>,
}

/// Some text and its tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(super) tone: Tone,
    pub(super) text: String,
}

/// How text is meant; colours follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As the terminal has it.
    Plain,
    /// Less important.
    Dim,
    /// A heading or a name to type.
    Strong,
    /// It works.
    Good,
    /// It works with a reservation.
    Warning,
    /// It does not work.
    Bad,
}

impl Page {
    /// Makes an empty page.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a line.
    pub(crate) fn line<const N: usize>(&mut self, spans: [Span; N]) -> &mut Self {
        self.lines.push(spans.into());
        self
    }

    /// Adds text as it is, one line for each of its lines.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.lines
            .extend(text.lines().map(|line| vec![plain(line)]));
        self
    }

    /// Adds a heading.
    pub(crate) fn heading(&mut self, text: &str) -> &mut Self {
        self.line([strong(text)])
    }

    /// Adds an empty line.
    pub(crate) fn blank(&mut self) -> &mut Self {
        self.line([])
    }

    /// Adds `name  value`, with values of consecutive fields below each other.
    pub(crate) fn fields<const N: usize>(&mut self, fields: [(&str, String); N]) -> &mut Self {
        let rows = fields.map(|(name, value)| vec![dim(name), plain(value)]);
        self.lines.extend(table::align(rows.into()));
        self
    }

    /// Adds a table: a dim row of `headings`, then `rows`, columns aligned; nothing without rows.
    pub(crate) fn table<const N: usize>(
        &mut self,
        headings: [&str; N],
        rows: impl IntoIterator<Item = [Span; N]>,
    ) -> &mut Self {
        let rows = rows.into_iter().map(Vec::from);
        let all: Vec<_> = [headings.map(dim).into()].into_iter().chain(rows).collect();
        if all.len() > 1 {
            self.lines.extend(table::align(all));
        }
        self
    }

    /// Adds rows of any number of cells, columns aligned.
    pub(crate) fn rows(&mut self, rows: Vec<Vec<Span>>) -> &mut Self {
        self.lines.extend(table::align(rows));
        self
    }

    /// Returns the page's text, every line ended.
    pub(super) fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for line in &self.lines {
            let mut text = String::new();
            for span in line {
                span.render(colour, &mut text);
            }
            out.push_str(text.trim_end());
            out.push('\n');
        }
        out
    }
}

impl Span {
    fn new(tone: Tone, text: impl AsRef<str>) -> Self {
        Self {
            tone,
            text: visible(text.as_ref()),
        }
    }

    /// Returns it with more text in the same tone.
    pub(crate) fn followed_by(mut self, more: &str) -> Self {
        self.text += &visible(more);
        self
    }

    /// Returns its text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn render(&self, colour: bool, out: &mut String) {
        let style = if colour {
            self.tone.style()
        } else {
            Style::new()
        };
        // Writing to a String cannot fail.
        let _ = write!(out, "{style}{}{style:#}", self.text);
    }
}

impl Tone {
    pub(super) fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Dim => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// Makes ordinary text.
pub(crate) fn plain(text: impl AsRef<str>) -> Span {
    Span::new(Tone::Plain, text)
}

/// Makes less important text.
pub(crate) fn dim(text: impl AsRef<str>) -> Span {
    Span::new(Tone::Dim, text)
}

/// Makes a heading or a name to type.
pub(crate) fn strong(text: impl AsRef<str>) -> Span {
    Span::new(Tone::Strong, text)
}

/// Makes text that says something works.
pub(crate) fn good(text: impl AsRef<str>) -> Span {
    Span::new(Tone::Good, text)
}

/// Makes text that says something needs attention.
pub(crate) fn warning(text: impl AsRef<str>) -> Span {
    Span::new(Tone::Warning, text)
}

/// Makes text that says something does not work.
pub(crate) fn bad(text: impl AsRef<str>) -> Span {
    Span::new(Tone::Bad, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_lines_end_without_blanks() {
        let mut page = Page::new();
        page.heading("models").table(
            ["id", "size"],
            [
                [strong("aldo-nano"), plain("3.2 MB")],
                [strong("q"), plain("")],
            ],
        );
        assert_eq!(
            page.render(false),
            "models\nid         size\naldo-nano  3.2 MB\nq\n"
        );
    }

    #[test]
    fn colour_is_added_only_when_asked_for() {
        let mut page = Page::new();
        page.line([bad("no"), plain(" way")]);
        assert_eq!(page.render(false), "no way\n");
        assert_eq!(page.render(true), "\u{1b}[1m\u{1b}[31mno\u{1b}[0m way\n");
    }

    #[test]
    fn nothing_from_outside_reaches_the_terminal_raw() {
        let mut page = Page::new();
        page.line([plain("evil\u{1b}]52;c;x\u{7}\u{9b}31m\u{202e}")]);
        assert!(
            page.render(true)
                .chars()
                .all(|c| c == '\n' || !c.is_control())
        );
    }
}
