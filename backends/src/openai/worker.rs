//! The thread that talks to the server, with an async runtime of its own, so that callers need none.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use super::exchange::Exchange;
use crate::generation::EventSender;
use crate::{BackendError, Request};

/// Requests that wait for the thread; it takes them at once.
const JOBS_MAX: usize = 64;

/// A request and where its answer goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) events: EventSender,
    pub(super) accepted: Instant,
}

#[derive(Debug)]
pub(super) struct Worker {
    model: String,
    jobs: Sender<Job>,
}

impl Worker {
    pub(super) fn start(exchange: Exchange) -> Result<Self, BackendError> {
        let (jobs, waiting) = channel(JOBS_MAX);
        let model = exchange.model().to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(no_thread)?;
        std::thread::Builder::new()
            .name("aldo-http".to_owned())
            .spawn(move || runtime.block_on(work(Arc::new(exchange), waiting)))
            .map_err(no_thread)?;
        Ok(Self { model, jobs })
    }

    pub(super) fn submit(&self, job: Job) -> Result<(), BackendError> {
        self.jobs
            .try_send(job)
            .map_err(|_| BackendError::QueueFull {
                model: self.model.clone(),
                queue_max: JOBS_MAX,
            })
    }
}

/// Answers requests side by side until nobody can send one any more and all are answered.
async fn work(exchange: Arc<Exchange>, mut waiting: Receiver<Job>) {
    let mut answers = JoinSet::new();
    loop {
        tokio::select! {
            job = waiting.recv() => {
                let Some(job) = job else { break };
                let exchange = Arc::clone(&exchange);
                answers.spawn(async move { exchange.answer(job).await });
            }
            Some(_) = answers.join_next() => {}
        }
    }
    while answers.join_next().await.is_some() {}
}

#[allow(clippy::needless_pass_by_value)] // for `map_err`
fn no_thread(error: std::io::Error) -> BackendError {
    BackendError::NoClient {
        reason: format!("the thread for requests cannot start: {error}"),
    }
}
