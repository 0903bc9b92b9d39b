//! What a collector of spans hears of runs, over the built program.

#[cfg(not(feature = "otel"))]
mod disabled;
#[cfg(feature = "otel")]
mod enabled;

#[cfg(not(feature = "otel"))]
pub(crate) use disabled::BUILT;
#[cfg(feature = "otel")]
pub(crate) use enabled::BUILT;

/// Where spans are to go.
pub(crate) const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Whether what was said is to be in them.
pub(crate) const CONTENT: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
