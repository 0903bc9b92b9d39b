//! What is wrong with a spec, and where.

use std::fmt;

use serde::Serialize;

/// A spec that cannot be used, with everything found wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpecError {
    /// The file, or `builtin:<name>`.
    pub path: String,
    /// What is wrong, in the order of the file; never empty.
    pub faults: Vec<Fault>,
}

/// One thing wrong in a spec.
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

impl SpecError {
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

impl fmt::Display for SpecError {
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

impl std::error::Error for SpecError {}
