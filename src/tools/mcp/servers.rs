use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::server_url::ServerUrl;

/// The largest file, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// How long a call may take where the file does not say.
const TIMEOUT_MS_DEFAULT: u64 = 60_000;

/// The servers the user has: `mcp.toml` in the configuration folder. No project can add one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Servers {
    servers: BTreeMap<String, ServerConfig>,
}

/// How a server is had: aldo starts it, or it is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", untagged)]
pub enum ServerConfig {
    /// A program that aldo starts, and talks to through its input and output.
    Command(ServerCommand),
    /// A server that aldo asks over HTTP.
    Url(ServerUrl),
}

/// How a server is started, and what it may touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerCommand {
    /// A program of `PATH`, or an absolute path.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The names of variables it is told, besides those every program of a tool is told.
    pub env: Vec<String>,
    /// What it may read, besides the system's own programs and libraries.
    pub read: Vec<PathBuf>,
    /// What it may read, write, make and remove.
    pub write: Vec<PathBuf>,
    /// Whether it may connect to other machines; in a sensitive run it may not.
    pub network: bool,
    /// How long a call may take.
    pub timeout_ms: u64,
}

/// A server's section as it is written: the keys of both kinds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    command: Option<String>,
    args: Option<Vec<String>>,
    env: Option<Vec<String>>,
    read: Option<Vec<PathBuf>>,
    write: Option<Vec<PathBuf>>,
    network: Option<bool>,
    url: Option<String>,
    token_env: Option<String>,
    headers_env: Option<BTreeMap<String, String>>,
    on_prem: Option<bool>,
    sensitive: Option<bool>,
    timeout_ms: Option<u64>,
}

impl TryFrom<Written> for ServerConfig {
    type Error = String;

    fn try_from(mut written: Written) -> Result<Self, String> {
        match (written.command.take(), written.url.take()) {
            (Some(command), None) => written.with_command(command).map(Self::Command),
            (None, Some(url)) => written.with_url(url).map(Self::Url),
            (Some(_), Some(_)) => Err("`command` and `url` exclude each other".to_owned()),
            (None, None) => Err("a server has a `command` or a `url`".to_owned()),
        }
    }
}

impl Written {
    fn with_command(self, command: String) -> Result<ServerCommand, String> {
        let foreign = [
            ("token_env", self.token_env.is_some()),
            ("headers_env", self.headers_env.is_some()),
            ("on_prem", self.on_prem.is_some()),
            ("sensitive", self.sensitive.is_some()),
        ];
        only_for(&foreign, "url")?;
        Ok(ServerCommand {
            command,
            args: self.args.unwrap_or_default(),
            env: self.env.unwrap_or_default(),
            read: self.read.unwrap_or_default(),
            write: self.write.unwrap_or_default(),
            network: self.network.unwrap_or_default(),
            timeout_ms: self.timeout_ms.unwrap_or(TIMEOUT_MS_DEFAULT),
        })
    }

    fn with_url(self, url: String) -> Result<ServerUrl, String> {
        let foreign = [
            ("args", self.args.is_some()),
            ("env", self.env.is_some()),
            ("read", self.read.is_some()),
            ("write", self.write.is_some()),
            ("network", self.network.is_some()),
        ];
        only_for(&foreign, "command")?;
        ServerUrl {
            url,
            token_env: self.token_env,
            headers_env: self.headers_env.unwrap_or_default(),
            on_prem: self.on_prem.unwrap_or_default(),
            sensitive: self.sensitive.unwrap_or_default(),
            timeout_ms: self.timeout_ms.unwrap_or(TIMEOUT_MS_DEFAULT),
        }
        .checked()
    }
}

fn only_for(foreign: &[(&str, bool)], key: &str) -> Result<(), String> {
    match foreign.iter().find(|(_, is_there)| *is_there) {
        Some((name, _)) => Err(format!("`{name}` is for servers with a `{key}`")),
        None => Ok(()),
    }
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

    /// Returns the names of all variables that are sent to servers.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &String> {
        self.servers.values().flat_map(|server| {
            let url = match server {
                ServerConfig::Url(url) => Some(url),
                ServerConfig::Command(_) => None,
            };
            let url = url.into_iter();
            url.flat_map(|url| url.token_env.iter().chain(url.headers_env.values()))
        })
    }

    /// Returns the server called `name`.
    ///
    /// # Errors
    /// A sentence when there is none.
    pub fn get(&self, name: &str) -> Result<&ServerConfig, String> {
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
        let ServerConfig::Command(command) = servers.get("issues").unwrap() else {
            panic!("{servers:?}");
        };
        assert_eq!((command.timeout_ms, command.network), (60_000, false));
        assert!(servers.get("other").is_err());
        let wrong = Servers::parse("[servers.x]\ncommand = \"a\"\ncomand = 1\n").unwrap_err();
        assert!(wrong.starts_with("3:1: unknown field `comand`"), "{wrong}");
    }

    #[test]
    fn a_server_is_started_or_asked_and_never_both() {
        let read = |section: &str| {
            let servers = Servers::parse(&format!("[servers.x]\n{section}\n"))?;
            servers.get("x").cloned()
        };
        let ServerConfig::Url(asked) = read(
            "url = \"https://mcp.example.org/mcp\"\ntoken_env = \"ISSUES_TOKEN\"\n\
             headers_env = {X-Project = \"ISSUES_PROJECT\"}",
        )
        .unwrap() else {
            panic!("it is asked");
        };
        assert_eq!(asked.token_env.as_deref(), Some("ISSUES_TOKEN"));
        assert_eq!(asked.headers_env["X-Project"], "ISSUES_PROJECT");
        assert_eq!(
            (asked.on_prem, asked.sensitive, asked.timeout_ms),
            (false, false, 60_000)
        );
        for (section, expected) in [
            ("", "a server has a `command` or a `url`"),
            ("command = \"a\"\nurl = \"https://a\"", "exclude each other"),
            (
                "url = \"https://a\"\nargs = []",
                "`args` is for servers with a `command`",
            ),
            (
                "url = \"https://a\"\nnetwork = true",
                "`network` is for servers with a `command`",
            ),
            (
                "command = \"a\"\nsensitive = true",
                "`sensitive` is for servers with a `url`",
            ),
            (
                "url = \"https://a\"\ntoken = \"t\"",
                "unknown field `token`",
            ),
            (
                "url = \"https://a\"\nheaders = {}",
                "unknown field `headers`",
            ),
        ] {
            let fault = read(section).unwrap_err();
            assert!(fault.contains(expected), "{fault}");
        }
    }

    /// What was agreed to before there were addresses still holds.
    #[test]
    fn a_command_is_written_as_it_always_was() {
        let servers = Servers::parse("[servers.s]\ncommand = \"a\"\n").unwrap();
        let written = serde_json::to_value(servers.get("s").unwrap()).unwrap();
        let before = serde_json::json!({
            "command": "a", "args": [], "env": [], "read": [], "write": [], "network": false,
            "timeout_ms": 60000,
        });
        assert_eq!(written, before);
        let read: ServerConfig = serde_json::from_value(before).unwrap();
        assert_eq!(&read, servers.get("s").unwrap());
    }
}
