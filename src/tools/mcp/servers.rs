use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The largest file, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// How long a call may take where the file does not say.
const TIMEOUT_MS_DEFAULT: u64 = 60_000;

/// The servers the user has: `mcp.toml` in the configuration folder. No project can add one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Servers {
    servers: BTreeMap<String, ServerCommand>,
}

/// How a server is started, and what it may touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerCommand {
    /// A program of `PATH`, or an absolute path.
    pub command: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// The names of variables it is told, besides those every program of a tool is told.
    #[serde(default)]
    pub env: Vec<String>,
    /// What it may read, besides the system's own programs and libraries.
    #[serde(default)]
    pub read: Vec<PathBuf>,
    /// What it may read, write, make and remove.
    #[serde(default)]
    pub write: Vec<PathBuf>,
    /// Whether it may connect to other machines; in a sensitive run it may not.
    #[serde(default)]
    pub network: bool,
    /// How long a call may take.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
}

fn timeout_ms() -> u64 {
    TIMEOUT_MS_DEFAULT
}

impl Servers {
    /// Reads the file at `path`; there are no servers where there is none.
    ///
    /// # Errors
    /// A sentence with the path, and line and column where the file is wrong.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        match std::fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Ok(metadata) if metadata.len() > FILE_BYTES_MAX => {
                return Err(format!("`{shown}` is larger than 1 MiB"));
            }
            Ok(_) | Err(_) => {}
        }
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| format!("cannot read `{shown}`: {error}"))?;
        Self::parse(&text).map_err(|reason| format!("{shown}:{reason}"))
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// A sentence with line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            format!("{line}:{column}: {}", error.message())
        })
    }

    pub(super) fn get(&self, name: &str) -> Result<&ServerCommand, String> {
        let found = self.servers.get(name);
        found.ok_or_else(|| "it is not in `mcp.toml` of the configuration folder".to_owned())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_and_faults_have_a_place() {
        let text = "[servers.issues]\ncommand = \"issues-mcp\"\nargs = [\"--stdio\"]\n";
        let servers = Servers::parse(text).unwrap();
        assert_eq!(servers.get("issues").unwrap().timeout_ms, 60_000);
        assert!(!servers.get("issues").unwrap().network);
        assert!(servers.get("other").is_err());
        let wrong = Servers::parse("[servers.x]\ncommand = \"a\"\ncomand = 1\n").unwrap_err();
        assert!(wrong.starts_with("3:1: unknown field `comand`"), "{wrong}");
    }
}
