//! What an address and a name tell of where text goes. What may be connected to is decided by
//! [`aldo_backends::Endpoint`], not here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aldo_backends::{Endpoint, NetError, Reach};

use super::Locality;

/// Ends of names that no public resolver answers (RFC 6762, 8375, ICANN's `internal`, and habit).
const PRIVATE_ENDS: [&str; 5] = [".local", ".lan", ".internal", ".home.arpa", ".intranet"];
/// Ends of names that an Ollama forwards to its makers' machines.
const FORWARDED_ENDS: [&str; 2] = [":cloud", "-cloud"];

/// Returns where a request to `base_url` goes: this machine, the operator's network where the
/// address can be nowhere else, and otherwise somebody else's machine.
pub(crate) fn address_locality(base_url: &str) -> Locality {
    match Endpoint::new(base_url, Reach::OperatorNetwork) {
        Ok(endpoint) if endpoint.is_loopback() => Locality::Local,
        Ok(endpoint) => of_host(&endpoint.origin()),
        Err(NetError::NoTls { url }) => of_host(&url),
        Err(_) => Locality::Cloud,
    }
}

/// Whether an Ollama forwards the model of this name to its makers.
pub(crate) fn is_forwarded_id(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    FORWARDED_ENDS.iter().any(|end| id.ends_with(end))
}

/// Tells a private host from a public one; `origin` has been read by an [`Endpoint`].
fn of_host(origin: &str) -> Locality {
    let (_, rest) = origin.split_once("://").unwrap_or(("", origin));
    let rest = rest.split('/').next().unwrap_or_default();
    let host = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => rest.split(':').next().unwrap_or_default(),
    };
    let private = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => is_private_v4(address),
        Ok(IpAddr::V6(address)) => is_private_v6(address),
        Err(_) => !host.contains('.') || PRIVATE_ENDS.iter().any(|end| host.ends_with(end)),
    };
    if private {
        Locality::OnPrem
    } else {
        Locality::Cloud
    }
}

/// Private, link-local, and the range carriers and overlay networks share (RFC 6598).
fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    address.is_private() || address.is_link_local() || shared
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_unique_local() || address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_where_text_goes() {
        let cases = [
            ("http://127.0.0.1:1234", Locality::Local),
            ("http://localhost:1234", Locality::Local),
            ("http://[::1]:1234", Locality::Local),
            ("http://10.1.2.3:8000", Locality::OnPrem),
            ("http://172.20.0.1", Locality::OnPrem),
            ("http://192.168.0.9/v1", Locality::OnPrem),
            ("http://100.101.102.103", Locality::OnPrem),
            ("http://[fd00::1]:8000", Locality::OnPrem),
            ("http://gpu-box:8000", Locality::OnPrem),
            ("http://gpu.lan:8000", Locality::OnPrem),
            ("http://8.8.8.8", Locality::Cloud),
            ("http://100.1.2.3", Locality::Cloud),
            ("http://172.32.0.1", Locality::Cloud),
            ("http://[2001:db8::1]", Locality::Cloud),
            ("https://api.example.com/v1", Locality::Cloud),
            ("http://127.0.0.1.evil.test", Locality::Cloud),
            ("http://localhost.evil.test", Locality::Cloud),
            ("http://127.0.0.1@evil.test", Locality::Cloud),
            ("nonsense", Locality::Cloud),
        ];
        for (url, locality) in cases {
            assert_eq!(address_locality(url), locality, "{url}");
        }
    }

    #[test]
    fn e03_names_that_are_forwarded_are_known_by_their_end() {
        for id in [
            "gpt-oss:120b-cloud",
            "deepseek-v3.1:671b-cloud",
            "x:cloud",
            "x:Cloud",
        ] {
            assert!(is_forwarded_id(id), "{id}");
        }
        for id in ["qwen3:4b", "cloud", "cloudy", "x-cloud:4b"] {
            assert!(!is_forwarded_id(id), "{id}");
        }
    }
}
