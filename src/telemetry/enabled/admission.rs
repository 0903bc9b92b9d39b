//! Which runs a collector may hear of, and what of them.

use std::str::FromStr;

use aldo_backends::Endpoint;

use crate::capabilities::PrivacyTier;

/// What the user's settings allow.
#[derive(Debug)]
pub(super) struct Admission {
    endpoint: Endpoint,
    /// Whether the user wants what was said in the spans.
    content: bool,
}

/// Proof that spans of a run may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admitted {
    /// What was said may be in them: the user asks for it, and the run is not sensitive.
    pub(super) content: bool,
}

/// Why spans of a run are not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Withheld {
    /// It is sensitive, and the collector is on another machine.
    Sensitive,
    /// The kernel lets no connection out of it.
    Sealed,
}

impl Admission {
    pub(super) fn new(endpoint: Endpoint, content: bool) -> Self {
        Self { endpoint, content }
    }

    /// Decides about a run of `tier`; a tier that nobody knows counts as the highest.
    pub(super) fn of(&self, tier: &str) -> Result<Admitted, Withheld> {
        match PrivacyTier::from_str(tier).unwrap_or(PrivacyTier::Sensitive) {
            PrivacyTier::Public | PrivacyTier::Internal => Ok(Admitted {
                content: self.content,
            }),
            PrivacyTier::Sensitive if self.endpoint.is_loopback() => {
                Ok(Admitted { content: false })
            }
            PrivacyTier::Sensitive => Err(Withheld::Sensitive),
        }
    }

    pub(super) fn loopback_port(&self) -> Option<u16> {
        let endpoint = &self.endpoint;
        endpoint.is_loopback().then(|| endpoint.port())
    }

    pub(super) fn described(&self) -> String {
        let sensitive = if self.endpoint.is_loopback() {
            "of sensitive runs where the kernel lets them out"
        } else {
            "of sensitive runs none"
        };
        let content = if self.content {
            "with what was said"
        } else {
            "without what was said"
        };
        format!("spans go to {}, {content}; {sensitive}", self.endpoint)
    }
}

impl Withheld {
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Sensitive => {
                "no spans of this run are sent: it is sensitive, and the collector is not on this machine"
            }
            Self::Sealed => {
                "no spans of this run are sent: it is sensitive, and the system lets it open no connection"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use aldo_backends::Reach;

    use super::*;

    fn admission(url: &str) -> Admission {
        let endpoint = Endpoint::new(url, Reach::OperatorNetwork).unwrap();
        Admission::new(endpoint, true)
    }

    #[test]
    fn of_a_sensitive_run_only_this_machine_hears_and_never_what_was_said() {
        for (url, sensitive) in [
            ("http://127.0.0.1:4318", Ok(Admitted { content: false })),
            ("http://[::1]:4318", Ok(Admitted { content: false })),
            ("http://collector.lan:4318", Err(Withheld::Sensitive)),
            ("http://10.0.0.1:4318", Err(Withheld::Sensitive)),
            ("http://localhost.lan:4318", Err(Withheld::Sensitive)),
        ] {
            let admission = admission(url);
            for tier in ["sensitive", "a tier of tomorrow", ""] {
                assert_eq!(admission.of(tier), sensitive, "{url} {tier}");
            }
            for tier in ["public", "internal"] {
                assert_eq!(admission.of(tier), Ok(Admitted { content: true }), "{url}");
            }
        }
    }

    #[test]
    fn only_a_collector_on_this_machine_is_let_through_a_seal() {
        let port = |url| admission(url).loopback_port();
        assert_eq!(port("http://127.0.0.1:4318"), Some(4318));
        assert_eq!(port("http://127.0.0.1"), Some(80));
        assert_eq!(port("http://collector.lan:4318"), None);
    }
}
