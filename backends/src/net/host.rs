//! The host of a URL, read strictly: what looks like an address in another spelling is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest host name (RFC 1035).
const NAME_BYTES_MAX: usize = 253;

/// A host that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// An address, written as such.
    Ip(IpAddr),
    /// A name that only a resolver can turn into an address.
    Name(String),
}

impl Host {
    /// Reads a host; `localhost`, exactly, is 127.0.0.1 without asking a resolver.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or("a `]` is missing")?;
            let ip: Ipv6Addr = inner.parse().map_err(|_| "this is no IPv6 address")?;
            return Ok(Self::Ip(IpAddr::V6(ip)));
        }
        if text == "localhost" {
            return Ok(Self::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        }
        if let Ok(ip) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Ip(IpAddr::V4(ip)));
        }
        checked_name(text).map(Self::Name)
    }

    /// Whether it is in 127.0.0.0/8 or is `::1`. A name never is.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Ip(IpAddr::V4(ip)) => ip.is_loopback(),
            Self::Ip(IpAddr::V6(ip)) => *ip == Ipv6Addr::LOCALHOST,
            Self::Name(_) => false,
        }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Returns the name when a resolver, and nothing else, could make sense of it.
fn checked_name(text: &str) -> Result<String, &'static str> {
    let label_is_good = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if text.is_empty() {
        return Err("the host is missing");
    }
    if text.len() > NAME_BYTES_MAX || !text.split('.').all(label_is_good) {
        return Err("this is no host name");
    }
    // `0x7f.1`, `2130706433` and `127.1` are addresses to a C library and names to everybody else.
    let last = text.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X")
    {
        return Err("addresses are written as four decimal numbers");
    }
    Ok(text.to_ascii_lowercase())
}
