//! Ctrl-C and its like: the first asks the run to end, the second ends the program.

use std::sync::mpsc;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::agent::Cancel;
use crate::failure::{Failure, Kind};

/// Listens from now on, in a thread of its own, so that a busy run cannot keep a second signal waiting.
///
/// # Errors
/// A failure when the system does not let signals be listened to.
pub(in crate::commands) fn listen(cancel: Cancel) -> Result<(), Failure> {
    let (ready, is_ready) = mpsc::channel();
    let listening = thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let runtime = Builder::new_current_thread().enable_io().build()?;
            runtime.block_on(async {
                let mut signals = Signals::new()?;
                // The run waits for this; when it is gone there is nothing to cancel.
                let _ = ready.send(());
                signals.next().await;
                cancel.cancel();
                signals.next().await;
                std::process::exit(i32::from(Kind::Interrupted.exit_code()))
            })
        });
    let failed = |error| Failure::failed("signals", "cannot listen to signals").because(error);
    let listening: thread::JoinHandle<std::io::Result<()>> = listening.map_err(failed)?;
    if is_ready.recv().is_ok() {
        return Ok(());
    }
    match listening.join() {
        Ok(Err(error)) => Err(failed(error)),
        Ok(Ok(())) | Err(_) => Err(Failure::failed("signals", "cannot listen to signals")),
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
