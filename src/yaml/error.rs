//! What is wrong with a file, and where.

use std::fmt;

use serde::Serialize;
use serde_saphyr::Location;

use crate::ui::visible;

/// A file that cannot be used, with everything found wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileError {
    /// The file; of an agent in the binary, `builtin:<name>`.
    pub path: String,
    /// What is wrong, in the order of the file; never empty.
    pub faults: Vec<Fault>,
}

/// One thing wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Fault {
    /// Makes a fault of the file as a whole.
    pub(crate) fn at_top(message: String) -> Self {
        Self {
            line: 1,
            column: 1,
            message,
            hint: None,
        }
    }

    /// Makes a fault at a place in the file.
    pub(crate) fn at(place: Location, message: impl Into<String>) -> Self {
        let (line, column) = (place.line().max(1), place.column().max(1));
        Self {
            line,
            column,
            message: message.into(),
            hint: None,
        }
    }

    /// Adds what to write instead.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl FileError {
    /// Makes the error of one fault.
    pub(crate) fn one(path: &str, fault: Fault) -> Self {
        Self::new(path, vec![fault])
    }

    /// Makes the error of several faults, first line first.
    pub(crate) fn new(path: &str, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| (fault.line, fault.column));
        for fault in &mut faults {
            // Text from the file may reach a terminal in a message: it stays one line without controls.
            fault.message = visible(&fault.message);
            fault.hint = fault.hint.as_deref().map(visible);
        }
        Self {
            path: path.to_owned(),
            faults,
        }
    }

    /// Returns each fault as `path:line:column: message`.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.faults.iter().map(|fault| {
            format!(
                "{}:{}:{}: {}",
                self.path, fault.line, fault.column, fault.message
            )
        })
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.lines();
        f.write_str(&lines.next().unwrap_or_default())?;
        let more = lines.count();
        if more > 0 {
            write!(f, " (and {more} more)")?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}
