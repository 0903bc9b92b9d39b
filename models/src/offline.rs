//! The one switch that keeps everything in the process from connecting to another machine.
//!
//! It stands in the lowest crate so that both openers of connections ask it: downloads here, and
//! requests in the crate above.

use std::sync::atomic::{AtomicBool, Ordering};

static OFFLINE: AtomicBool = AtomicBool::new(false);

/// Forbids every connection but to loopback, for as long as the process lives.
pub fn go_offline() {
    OFFLINE.store(true, Ordering::SeqCst);
}

/// Returns whether only loopback may be connected to.
pub fn is_offline() -> bool {
    OFFLINE.load(Ordering::SeqCst)
}
