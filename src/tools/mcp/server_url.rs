//! A server that is asked over HTTP: where it is, and what proves to it who asks.

use std::collections::BTreeMap;

use aldo_backends::{Endpoint, NetError, Reach};
use serde::Serialize;

/// The headers that are the protocol's own.
const RESERVED: [&str; 10] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "last-event-id",
    "mcp-protocol-version",
    "mcp-session-id",
    "transfer-encoding",
];
/// The most headers a server can be given.
const HEADERS_MAX: usize = 16;

/// Where a server is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerUrl {
    /// Its address: `https://…`, or `http://…` on this machine and, with `on_prem`, elsewhere.
    pub url: String,
    /// The name of the variable with its token, which is sent as `Authorization: Bearer …`.
    pub token_env: Option<String>,
    /// Further headers, each with the name of the variable that has its value.
    pub headers_env: BTreeMap<String, String>,
    /// Whether it is on the operator's own network, where text may travel in the clear.
    pub on_prem: bool,
    /// Whether sensitive runs may use it: the user vouches that it keeps what it is told on this machine.
    pub sensitive: bool,
    /// How long a call may take.
    pub timeout_ms: u64,
}

impl ServerUrl {
    /// Checks what can be checked without asking anybody.
    pub(super) fn checked(self) -> Result<Self, String> {
        let variables = self.token_env.iter().chain(self.headers_env.values());
        // What is no name may be the token itself, so it is not shown.
        if variables.into_iter().any(|name| !is_variable(name)) {
            return Err(
                "`token_env` and `headers_env` hold names of variables, such as `ISSUES_TOKEN`, \
                 never what is in them"
                    .to_owned(),
            );
        }
        if self.headers_env.len() > HEADERS_MAX {
            return Err(format!("`headers_env` has more than {HEADERS_MAX} headers"));
        }
        let is_reserved = |name: &&String| RESERVED.contains(&name.to_ascii_lowercase().as_str());
        if let Some(name) = self.headers_env.keys().find(is_reserved) {
            let name = name.escape_debug();
            return Err(format!(
                "`headers_env` may not set `{name}`, aldo does that"
            ));
        }
        Ok(self)
    }

    /// Returns where connections go: an address within what the user's file permits.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the address.
    pub fn endpoint(&self) -> Result<Endpoint, String> {
        let reach = match (self.sensitive, self.on_prem) {
            (true, _) => Reach::Loopback,
            (false, true) => Reach::OperatorNetwork,
            (false, false) => Reach::Internet,
        };
        Endpoint::new(&self.url, reach).map_err(|error| match error {
            NetError::NotLoopback { .. } => {
                format!("{error}, and `sensitive = true` is for those alone")
            }
            NetError::NotEncrypted { .. } => {
                format!("{error}; on your own network, say `on_prem = true`")
            }
            error => error.to_string(),
        })
    }

    /// Returns the path that is asked, as it is written: a server may tell one that ends with `/` from
    /// one that does not.
    pub fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("/", |at| &rest[at..])
    }
}

fn is_variable(name: &str) -> bool {
    let known = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && name.chars().all(known)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(url: &str) -> ServerUrl {
        ServerUrl {
            url: url.to_owned(),
            token_env: None,
            headers_env: BTreeMap::new(),
            on_prem: false,
            sensitive: false,
            timeout_ms: 1000,
        }
    }

    #[test]
    fn an_address_is_encrypted_or_near() {
        let refusal = |server: ServerUrl| server.endpoint().unwrap_err();
        assert!(
            at("http://127.0.0.1:3000/mcp")
                .endpoint()
                .unwrap()
                .is_loopback()
        );
        let far = at("http://mcp.lan:3000/mcp");
        assert_eq!(
            refusal(far.clone()),
            "`http://mcp.lan:3000/mcp` must begin with `https://`; on your own network, say `on_prem = true`"
        );
        assert!(
            ServerUrl {
                on_prem: true,
                ..far.clone()
            }
            .endpoint()
            .is_ok()
        );
        let both = ServerUrl {
            on_prem: true,
            sensitive: true,
            ..far
        };
        assert!(refusal(both).ends_with("and `sensitive = true` is for those alone"));
        let leaky = refusal(at("https://me:hunter2@mcp.test/mcp?key=hunter3"));
        assert!(!leaky.contains("hunter"), "{leaky}");
    }

    #[test]
    fn the_path_is_asked_as_it_is_written() {
        for (url, path) in [
            ("https://a.test", "/"),
            ("https://a.test/", "/"),
            ("https://a.test/mcp", "/mcp"),
            ("https://a.test/mcp/", "/mcp/"),
        ] {
            assert_eq!(at(url).path(), path);
        }
    }

    #[test]
    fn j01_a_token_where_its_name_belongs_is_refused_and_not_shown() {
        for token in ["ghp_abcdef0123456789", "", "A-B", "1A"] {
            let server = ServerUrl {
                token_env: Some(token.to_owned()),
                ..at("https://a.test")
            };
            let fault = server.checked().unwrap_err();
            assert!(fault.contains("hold names of variables"), "{fault}");
            assert!(token.is_empty() || !fault.contains(token), "{fault}");
        }
        let headers = |name: &str| ServerUrl {
            headers_env: BTreeMap::from([(name.to_owned(), "A".to_owned())]),
            ..at("https://a.test")
        };
        assert!(headers("X-Key").checked().is_ok());
        assert!(
            headers("Mcp-Session-Id")
                .checked()
                .unwrap_err()
                .contains("`Mcp-Session-Id`, aldo does that")
        );
    }
}
