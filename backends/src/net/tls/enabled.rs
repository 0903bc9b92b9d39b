use std::sync::Once;

use reqwest::ClientBuilder;
use rustls::crypto::ring::default_provider;

pub(in crate::net) const SPEAKS_TLS: bool = true;

static PROVIDER: Once = Once::new();

/// Makes sure that the builder can build: with TLS compiled in it needs a provider, and it looks for
/// the system's certificates even when it will speak plain HTTP.
pub(in crate::net) fn prepared(builder: ClientBuilder, encrypted: bool) -> ClientBuilder {
    PROVIDER.call_once(|| {
        // An error says that somebody installed one already, which serves as well.
        let _ = default_provider().install_default();
    });
    if encrypted {
        builder.https_only(true)
    } else {
        builder.tls_certs_only([])
    }
}
