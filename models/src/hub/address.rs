//! Where the hub is, and who may see the token.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::HubError;

/// The Hub of Hugging Face.
const OFFICIAL: &str = "https://huggingface.co";
/// The longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 2048;
/// The longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 1024;

/// The checked address of a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubAddress {
    /// Scheme, host and port.
    origin: String,
    /// Empty, or begins with `/` and does not end with it.
    path: String,
    loopback: bool,
}

/// A secret that opens gated repositories; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Where a token was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPlace {
    /// In the environment, beside the address of the hub.
    Environment,
    /// In the file that logging in to the Hub of Hugging Face leaves.
    Login,
}

impl HubAddress {
    /// The Hub of Hugging Face.
    pub fn official() -> Self {
        Self {
            origin: OFFICIAL.to_owned(),
            path: String::new(),
            loopback: false,
        }
    }

    /// Reads an address. Looks no name up; `localhost` is 127.0.0.1.
    ///
    /// # Errors
    /// [`HubError::BadAddress`].
    pub fn new(text: &str) -> Result<Self, HubError> {
        Self::parse(text).map_err(|reason| HubError::BadAddress {
            url: without_secrets(text),
            reason,
        })
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > ADDRESS_BYTES_MAX {
            return Err("it is too long");
        }
        let Some((scheme @ ("http" | "https"), rest)) = text.split_once("://") else {
            return Err("it must begin with `https://` or `http://`");
        };
        if !rest.bytes().all(|byte| byte.is_ascii_graphic())
            || rest.contains(['\\', '?', '#', '@', '%'])
        {
            return Err("it may hold no user, query, fragment, backslash, escape or space");
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if path.split('/').any(|part| part == "." || part == "..") {
            return Err("its path may hold no `.` or `..`");
        }
        let (host, port) = split_port(authority)?;
        let (host, loopback) = checked_host(host)?;
        Ok(Self {
            origin: format!("{scheme}://{host}{port}"),
            path: path.trim_end_matches('/').to_owned(),
            loopback,
        })
    }

    /// The address, without a slash at its end; safe to show.
    pub fn base_url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether it is the Hub of Hugging Face itself.
    pub fn is_official(&self) -> bool {
        *self == Self::official()
    }

    /// Why a token from `place` must not be sent here, if so: it goes to the Hub's own origin, or to
    /// the address that was set where the token was, and never in the clear over a network.
    pub fn refuses_token(&self, place: TokenPlace) -> Option<&'static str> {
        if self.origin.starts_with("http://") && !self.loopback {
            return Some("the address is not encrypted");
        }
        match place {
            TokenPlace::Login if !self.is_official() => {
                Some("it belongs to the Hub of Hugging Face, not to the address in `HF_ENDPOINT`")
            }
            TokenPlace::Login | TokenPlace::Environment => None,
        }
    }
}

impl Token {
    /// Reads a token; `None` when it is none: empty, longer than 1 KiB, or nothing a header can carry.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let good = !text.is_empty()
            && text.len() <= TOKEN_BYTES_MAX
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Self(text.to_owned()))
    }

    /// The secret.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// The host, and `:port` where there is one.
fn split_port(authority: &str) -> Result<(&str, String), &'static str> {
    let after_host = authority.rfind(']').map_or(0, |at| at + 1);
    let Some(colon) = authority[after_host..].find(':') else {
        return Ok((authority, String::new()));
    };
    let (host, port) = authority.split_at(after_host + colon);
    match port[1..].parse::<u16>() {
        Ok(number @ 1..) if port[1..].bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok((host, format!(":{number}")))
        }
        Ok(_) | Err(_) => Err("its port is not between 1 and 65535"),
    }
}

/// The host in one spelling, and whether it is this machine.
fn checked_host(text: &str) -> Result<(String, bool), &'static str> {
    if text == "localhost" {
        return Ok((Ipv4Addr::LOCALHOST.to_string(), true));
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        let ip: Ipv6Addr = inner.parse().map_err(|_| "its host is no IPv6 address")?;
        return Ok((format!("[{ip}]"), is_this_machine(IpAddr::V6(ip))));
    }
    if let Ok(ip) = text.parse::<Ipv4Addr>() {
        return Ok((ip.to_string(), is_this_machine(IpAddr::V4(ip))));
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|it| it.is_ascii_digit()) || last.starts_with("0x");
    if text.len() > 253 || !text.split('.').all(is_label) || is_number {
        return Err("its host is no name and no address of four decimal numbers");
    }
    Ok((text.to_ascii_lowercase(), false))
}

/// Whether `ip` is in 127.0.0.0/8 or is `::1`.
pub(super) fn is_this_machine(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => ip == Ipv6Addr::LOCALHOST,
    }
}

/// What may be shown of an address that may hold a password or a token.
pub(super) fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.split(['?', '#']).next().unwrap_or_default().to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_are_read_in_one_spelling() {
        let cases = [
            ("https://huggingface.co/", "https://huggingface.co", false),
            (
                "http://localhost:8000/hf/",
                "http://127.0.0.1:8000/hf",
                true,
            ),
            ("http://[::1]:80", "http://[::1]:80", true),
            (
                "https://Mirror.Example.org",
                "https://mirror.example.org",
                false,
            ),
        ];
        for (text, base, loopback) in cases {
            let address = HubAddress::new(text).unwrap();
            assert_eq!(
                (address.base_url().as_str(), address.is_loopback()),
                (base, loopback),
                "{text}"
            );
        }
        assert!(
            HubAddress::new("https://huggingface.co")
                .unwrap()
                .is_official()
        );
        for text in [
            "",
            "huggingface.co",
            "ftp://x",
            "https://u:p@x",
            "https://x?y",
            "https://0x7f.1",
            "http://2130706433",
            "https://x/../y",
            "https://x:0",
            "https://x:+1",
            "https://a b",
            "https://",
        ] {
            assert!(HubAddress::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn f07_a_token_goes_to_its_own_hub_only() {
        let official = HubAddress::official();
        let mirror = HubAddress::new("https://mirror.example.org").unwrap();
        let clear = HubAddress::new("http://mirror.example.org").unwrap();
        let local = HubAddress::new("http://127.0.0.1:8000").unwrap();
        let refuses = |address: &HubAddress| {
            [TokenPlace::Environment, TokenPlace::Login]
                .map(|place| address.refuses_token(place).is_some())
        };
        assert_eq!(refuses(&official), [false, false]);
        assert_eq!(refuses(&mirror), [false, true]);
        assert_eq!(refuses(&clear), [true, true]);
        assert_eq!(refuses(&local), [false, true]);
    }

    #[test]
    fn f07_a_token_is_never_shown() {
        let token = Token::new(" hf_secret\n").unwrap();
        assert_eq!(token.expose(), "hf_secret");
        assert_eq!(format!("{token:?}"), "Token(hidden)");
        for text in ["", "  ", "a b", "a\r\nX: y", &"x".repeat(2000)] {
            assert_eq!(Token::new(text), None, "{text:?}");
        }
        let error = HubAddress::new("https://user:hf_secret@x/?token=hf_secret").unwrap_err();
        assert!(!error.to_string().contains("hf_secret"), "{error}");
    }
}
