//! The program's own log, for finding faults: off unless `-vv` asks for it.

use tracing_subscriber::EnvFilter;

/// How often `-v` must be given.
const VERBOSE_MIN: u8 = 2;

/// Writes what our crates log to stderr; others' logs could hold what is secret.
pub(crate) fn start(verbose: u8) {
    if verbose < VERBOSE_MIN {
        return;
    }
    let level = if verbose == VERBOSE_MIN {
        "debug"
    } else {
        "trace"
    };
    let filter = format!("aldo={level},aldo_backends={level},aldo_models={level}");
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .finish();
    // A second subscriber can only come from a test, whose own one stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
