//! The two standard streams: what they are, and writing to them.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal that shows it, and as `NO_COLOR` and `CLICOLOR_FORCE` say.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What one standard stream is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) terminal: bool,
    pub(super) colour: bool,
}

impl Stream {
    pub(super) fn stdout(colour: Colour) -> Self {
        let stdout = io::stdout();
        Self {
            terminal: stdout.is_terminal(),
            colour: colour.holds(AutoStream::choice(&stdout)),
        }
    }

    pub(super) fn stderr(colour: Colour) -> Self {
        let stderr = io::stderr();
        Self {
            terminal: stderr.is_terminal(),
            colour: colour.holds(AutoStream::choice(&stderr)),
        }
    }
}

impl Colour {
    fn holds(self, found: ColorChoice) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => found != ColorChoice::Never,
        }
    }
}

/// Writes the result, all of it at once.
pub(super) fn to_stdout(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes the rest; where nobody can read it there is nobody to tell.
pub(super) fn to_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// Whether what is read is typed.
pub(super) fn stdin_is_a_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Reads a line a person typed, without its end; empty where there is none.
pub(crate) fn read_line() -> String {
    let mut line = String::new();
    let _ = io::stdin().read_line(&mut line);
    line.trim().to_owned()
}
