use reqwest::ClientBuilder;

pub(in crate::net) const SPEAKS_TLS: bool = false;

/// Returns the builder as it is: without TLS there is nothing to set.
pub(in crate::net) fn prepared(builder: ClientBuilder, _encrypted: bool) -> ClientBuilder {
    builder
}
