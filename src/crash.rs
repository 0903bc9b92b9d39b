//! A fault of the program itself: a failure with its place, never a trace on somebody's terminal.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Mutex;

use crate::failure::Failure;

/// The last panic; the one that ends a command is the last.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics from printing; most are caught where they cost one row or one run.
pub(crate) fn keep_quiet() {
    panic::set_hook(Box::new(|info| {
        let told = told(info);
        tracing::error!(panic = %told);
        if let Ok(mut last) = LAST.lock() {
            *last = Some(told);
        }
    }));
}

/// Runs `command` and turns a panic into a failure.
pub(crate) fn caught<T>(command: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|_| {
        let last = LAST.lock().ok().and_then(|mut last| last.take());
        let message = format!("aldo has a fault: {}", last.unwrap_or_default());
        Err(Failure::failed("fault", message).hint("please report it, with the command you typed"))
    })
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = info
        .location()
        .map(|place| format!(" ({}:{})", place.file(), place.line()));
    format!(
        "{}{}",
        text.unwrap_or("no message"),
        place.unwrap_or_default()
    )
}
