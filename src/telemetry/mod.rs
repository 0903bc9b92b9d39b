//! Spans of runs in OpenTelemetry's terms, for a collector that the user names: the feature `otel`.
//!
//! Hears what the store writes and knows nothing else of a run. Off without an endpoint; what is
//! sensitive goes to a collector on this machine alone, and a run that the kernel closed sends nothing
//! it was not let through for. A collector can neither slow a run nor fail it.

#[cfg(not(feature = "otel"))]
mod disabled;
#[cfg(feature = "otel")]
mod enabled;

#[cfg(not(feature = "otel"))]
pub(crate) use disabled::Telemetry;
#[cfg(feature = "otel")]
pub(crate) use enabled::Telemetry;
