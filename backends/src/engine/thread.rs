use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::Builder;

use super::queue::Queue;

/// The name that debuggers and profilers show.
const NAME: &str = "aldo-engine";

/// Template engines and parsers recurse over what comes from checkpoints.
const STACK_BYTES: usize = 16 << 20;

/// Runs `work` on a thread of its own. When it returns or panics, `queue` is stopped with the reason,
/// and only then is dropped what `work` owns, so that nobody sees an end without a reason.
pub(super) fn spawn(queue: &Arc<Queue>, mut work: impl FnMut(&Arc<Queue>) + Send + 'static) {
    let on_thread = Arc::clone(queue);
    let thread = Builder::new()
        .name(NAME.to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let reason = match catch_unwind(AssertUnwindSafe(|| work(&on_thread))) {
                Ok(()) => "it was closed".to_owned(),
                Err(panic) => panic_reason(panic.as_ref()),
            };
            on_thread.stop(reason);
            drop(work);
        });
    if let Err(error) = thread {
        queue.stop(format!("its thread could not be started: {error}"));
    }
}

fn panic_reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("it panicked: {}", text.unwrap_or("no message"))
}
