//! Where requests go: a checked base URL within a permitted reach.

use aldo_models::shown;

use super::error::NetError;
use super::host::Host;

/// The longest base URL, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// How far a request may travel, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Nowhere: this machine's own addresses.
    Loopback,
    /// The operator's own network, in the clear where the operator says so.
    OperatorNetwork,
    /// Anywhere, but encrypted, unless it is this machine.
    Internet,
}

/// A base URL that may be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    encrypted: bool,
    host: Host,
    port: Option<u16>,
    /// Empty, or begins with `/` and does not end with it.
    path: String,
}

impl Endpoint {
    /// Reads `base_url` and checks it against `reach`. Looks no name up.
    ///
    /// # Errors
    /// [`NetError::BadUrl`], [`NetError::NotLoopback`], [`NetError::NotEncrypted`] and, in a build
    /// without TLS, [`NetError::NoTls`].
    pub fn new(base_url: &str, reach: Reach) -> Result<Self, NetError> {
        let endpoint = Self::parse(base_url).map_err(|reason| NetError::BadUrl {
            url: redacted(base_url),
            reason,
        })?;
        let url = || endpoint.base_url();
        match reach {
            _ if endpoint.is_loopback() => {}
            Reach::Loopback => return Err(NetError::NotLoopback { url: url() }),
            Reach::Internet if !endpoint.encrypted => {
                return Err(NetError::NotEncrypted { url: url() });
            }
            Reach::OperatorNetwork | Reach::Internet => {}
        }
        if endpoint.encrypted && !super::wire::SPEAKS_TLS {
            return Err(NetError::NoTls { url: url() });
        }
        Ok(endpoint)
    }

    /// Whether requests stay on this machine's own addresses.
    pub fn is_loopback(&self) -> bool {
        self.host.is_loopback()
    }

    /// The base URL, without a slash at its end; safe to show.
    pub fn base_url(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    /// Scheme, host and port; safe to show.
    pub fn origin(&self) -> String {
        let scheme = if self.encrypted { "https" } else { "http" };
        match self.port {
            Some(port) => format!("{scheme}://{}:{port}", self.host),
            None => format!("{scheme}://{}", self.host),
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.encrypted { 443 } else { 80 })
    }

    /// The path of the base URL: empty, or beginning with `/` and not ending with it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same origin with another path, which is empty or begins with `/`.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Self {
        Self {
            path: path.trim_end_matches('/').to_owned(),
            ..self.clone()
        }
    }

    /// Whether the host is an IPv6 address.
    pub(super) fn is_ipv6(&self) -> bool {
        matches!(self.host, Host::Ip(std::net::IpAddr::V6(_)))
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > URL_BYTES_MAX {
            return Err("it is too long");
        }
        let (encrypted, rest) = match text.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            _ => return Err("it must begin with `http://` or `https://`"),
        };
        if !rest.bytes().all(|b| b.is_ascii_graphic()) || rest.contains(['\\', '?', '#', '@']) {
            return Err("it may hold no user, query, fragment, backslash or space");
        }
        let at = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let (host, port) = split_port(authority)?;
        if path.split('/').any(|part| part == ".." || part == ".") {
            return Err("its path may hold no `.` or `..`");
        }
        Ok(Self {
            encrypted,
            host: Host::parse(host)?,
            port,
            path: path.trim_end_matches('/').to_owned(),
        })
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.base_url())
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let after_host = authority.rfind(']').map_or(0, |at| at + 1);
    let Some(colon) = authority[after_host..].find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at(after_host + colon);
    let digits = &port[1..];
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("its port is not a number");
    }
    match digits.parse() {
        Ok(0) | Err(_) => Err("its port is not between 1 and 65535"),
        Ok(port) => Ok((host, Some(port))),
    }
}

/// What may be shown of a URL that may hold a password or a token.
fn redacted(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let host_start = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
    let separator = if scheme.is_empty() { "" } else { "://" };
    shown(&format!("{scheme}{separator}{}", &rest[host_start..]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "endpoint_tests.rs"]
mod tests;
