//! One question to a model, timed from outside.

use std::time::{Duration, Instant};

use aldo_backends::{Backend, BackendError, Event, Finish, Request, ToolCall, Usage};

use crate::agent::Cancel;

/// What a model answered and what it took.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// The text.
    pub text: String,
    /// The reasoning before and between the text.
    pub reasoning: String,
    /// The tools it called.
    pub calls: Vec<ToolCall>,
    /// What was meant as a call and cannot be one: why.
    pub malformed: Vec<String>,
    /// How it ended and what it took by the backend's count; absent when it was cut off.
    pub done: Option<(Finish, Usage)>,
    /// From the request to the end of the answer by our clock, loading apart.
    pub total_ms: f64,
}

/// What kept an answer from its end.
#[derive(Debug)]
pub enum Cut {
    /// The user.
    Canceled,
    /// The clock.
    TooLong {
        /// How long it was given, in seconds.
        seconds: u64,
    },
    /// The backend.
    Backend(BackendError),
    /// The run of an agent, which failed.
    Run {
        /// What it says.
        reason: String,
    },
}

impl Cut {
    /// Says why, in a sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::Canceled => "it was interrupted".to_owned(),
            Self::TooLong { seconds } => format!("it took longer than {seconds} s"),
            Self::Backend(error) => error.to_string(),
            Self::Run { reason } => reason.clone(),
        }
    }
}

/// Asks `backend` and waits for the whole answer, at most `limit`.
pub async fn ask(
    backend: &dyn Backend,
    request: Request,
    cancel: &Cancel,
    limit: Duration,
) -> (Asked, Option<Cut>) {
    let started = Instant::now();
    let mut asked = Asked::default();
    // Whichever ends first, the generation is dropped with the others, which stops the model.
    let cut = tokio::select! {
        biased;
        () = cancel.canceled() => Some(Cut::Canceled),
        () = tokio::time::sleep(limit) => Some(Cut::TooLong { seconds: limit.as_secs() }),
        collected = collect(backend, request, &mut asked) => collected.err().map(Cut::Backend),
    };
    let load_ms = asked.done.map_or(0.0, |(_, usage)| usage.load_ms);
    asked.total_ms = (started.elapsed().as_secs_f64() * 1e3 - load_ms).max(0.0);
    (asked, cut)
}

async fn collect(
    backend: &dyn Backend,
    request: Request,
    asked: &mut Asked,
) -> Result<(), BackendError> {
    let mut generation = backend.generate(request)?;
    while asked.done.is_none() {
        let event = generation.next().await.ok_or_else(broken_off)??;
        asked.add(event);
    }
    Ok(())
}

impl Asked {
    fn add(&mut self, event: Event) {
        match event {
            Event::Loading { .. } => {}
            Event::Text(text) => self.text += &text,
            Event::Reasoning(text) => self.reasoning += &text,
            Event::ToolCall(call) => self.calls.push(call),
            Event::MalformedToolCall { reason, .. } => self.malformed.push(reason),
            Event::Done { finish, usage } => self.done = Some((finish, usage)),
        }
    }

    /// Returns how many bytes of answer there are, calls with it, reasoning apart.
    pub fn written_bytes(&self) -> u64 {
        let calls = self.calls.iter();
        let calls: usize = calls
            .map(|call| call.name.len() + call.arguments.to_string().len())
            .sum();
        (self.text.len() + calls) as u64
    }

    /// Returns what it took by the backend's count; zeros where nothing was counted.
    pub fn usage(&self) -> Usage {
        self.done.map_or_else(Usage::default, |(_, usage)| usage)
    }
}

// A stream that ends is not a stream that finished.
fn broken_off() -> BackendError {
    BackendError::EngineStopped {
        reason: "the answer ended without saying so".to_owned(),
    }
}
