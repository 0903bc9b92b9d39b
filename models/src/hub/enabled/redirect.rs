//! Where a hub may send us. Pure.

use std::net::IpAddr;

use reqwest::Url;

use super::shown_url;
use crate::hub::address::is_this_machine;
use crate::hub::error::HubError;
use crate::is_offline;

/// Whether both have the same scheme, host and port.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// Refuses every address but this machine's while the user is offline.
pub(super) fn allowed_offline(url: &Url) -> Result<(), HubError> {
    if is_offline() && !is_loopback(url) {
        return Err(HubError::Offline {
            url: shown_url(url),
        });
    }
    Ok(())
}

/// The address that `location` means in a reply from `from`, when a hub at `base` may send us there:
/// never from an encrypted connection to one in the clear, and never from another machine to this one.
pub(super) fn next(from: &Url, location: &str, base: &Url) -> Result<Url, HubError> {
    let bad = |to: &str, reason: &'static str| HubError::BadRedirect {
        address: shown_url(from),
        to: to.to_owned(),
        reason,
    };
    if location.is_empty() {
        return Err(bad("", "it does not say where to"));
    }
    let Ok(to) = from.join(location) else {
        return Err(bad("", "this is no address"));
    };
    let shown = shown_url(&to);
    match (from.scheme(), to.scheme()) {
        ("http" | "https", "https") | ("http", "http") => {}
        ("https", "http") => return Err(bad(&shown, "the way there is not encrypted")),
        _ => return Err(bad(&shown, "only `https` and `http` lead to files")),
    }
    if !to.username().is_empty() || to.password().is_some() {
        return Err(bad(&shown, "a redirect may name no user"));
    }
    if is_loopback(&to) && !is_loopback(base) {
        return Err(bad(
            &shown,
            "a hub cannot send anybody to their own machine",
        ));
    }
    Ok(to)
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok_and(is_this_machine)
        || host == "localhost"
        || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn go(from: &str, location: &str) -> Result<String, String> {
        let from = Url::parse(from).unwrap();
        let next = next(&from, location, &from).map_err(|error| error.to_string())?;
        Ok(next.to_string())
    }

    #[test]
    fn f02_a_redirect_may_stay_or_go_to_another_encrypted_host() {
        assert_eq!(go("https://hub/a/b", "/c?d").unwrap(), "https://hub/c?d");
        assert_eq!(
            go("https://hub/a", "https://files/x").unwrap(),
            "https://files/x"
        );
        assert_eq!(
            go("http://127.0.0.1:1/a", "http://127.0.0.1:2/b").unwrap(),
            "http://127.0.0.1:2/b"
        );
    }

    #[test]
    fn f02_a_redirect_leads_nowhere_worse() {
        for location in [
            "http://hub/a",
            "file:///etc/passwd",
            "ftp://x/y",
            "",
            "https://u:p@x/",
            "http://[",
            "https://127.0.0.1/x",
            "https://localhost/x",
            "https://[::1]/x",
            "https://2130706433/x",
        ] {
            assert!(go("https://hub/a", location).is_err(), "{location}");
        }
    }

    #[test]
    fn f07_what_is_shown_of_a_redirect_holds_no_signature() {
        let error = go("https://hub/a", "http://files/x?X-Amz-Signature=secret").unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn f07_only_the_same_origin_is_the_hub() {
        let url = |text: &str| Url::parse(text).unwrap();
        let base = url("https://hub");
        assert!(same_origin(&url("https://hub:443/x"), &base));
        for other in [
            "https://hub:444/",
            "http://hub/",
            "https://hub.evil/",
            "https://files/",
        ] {
            assert!(!same_origin(&url(other), &base), "{other}");
        }
    }
}
