//! The engine on a tiny random checkpoint.

mod bench;
mod builtin;
mod cancellation;
mod concurrency;
mod constrained;
mod conversations;
mod lifecycle;
mod limits;
mod other_networks;
mod outputs;
mod prompts;
mod speculation;
mod writing;

use aldo_models::test_support::{GgufWriter, TinyShape, tiny_gguf};
use aldo_models::{Checkpoint, DeviceChoice};
use tempfile::TempDir;

use super::*;
use crate::{Event, Finish, Message, ToolCall, Usage};

/// A checkpoint and the folder it lies in.
struct Tiny {
    checkpoint: Checkpoint,
    folder: TempDir,
}

/// An engine and the folder its checkpoint lies in.
struct TinyEngine {
    engine: Engine,
    folder: TempDir,
}

/// An answer, put together from its events.
#[derive(Debug, Default, Clone)]
struct Answer {
    text: String,
    reasoning: String,
    calls: Vec<ToolCall>,
    loading: usize,
    finish: Option<Finish>,
    usage: Usage,
}

fn tiny_writer() -> GgufWriter {
    tiny_gguf(&TinyShape::default())
}

fn checkpoint_of(writer: &GgufWriter) -> Tiny {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    std::fs::write(&path, writer.bytes()).unwrap();
    Tiny {
        checkpoint: Checkpoint::open(&path).unwrap(),
        folder,
    }
}

fn options() -> EngineOptions {
    EngineOptions {
        device: DeviceChoice::Cpu,
        ..EngineOptions::default()
    }
}

fn engine_of(writer: &GgufWriter, options: EngineOptions) -> TinyEngine {
    let Tiny { checkpoint, folder } = checkpoint_of(writer);
    TinyEngine {
        engine: Engine::start(checkpoint, options),
        folder,
    }
}

fn tiny_engine(options: EngineOptions) -> TinyEngine {
    engine_of(&tiny_writer(), options)
}

impl std::ops::Deref for TinyEngine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

fn ask(text: &str, tokens_max: usize) -> Request {
    Request {
        tokens_max,
        ..Request::new(vec![Message::user(text)])
    }
}

fn read(mut generation: Generation) -> Result<Answer, BackendError> {
    let mut answer = Answer::default();
    while let Some(event) = generation.blocking_next() {
        match event? {
            Event::Loading { .. } => answer.loading += 1,
            Event::Text(text) | Event::MalformedToolCall { text, .. } => answer.text += &text,
            Event::Reasoning(text) => answer.reasoning += &text,
            Event::ToolCall(call) => answer.calls.push(call),
            Event::Done { finish, usage } => (answer.finish, answer.usage) = (Some(finish), usage),
        }
    }
    assert!(
        answer.finish.is_some(),
        "an answer without an error has an end"
    );
    Ok(answer)
}

fn answer(engine: &Engine, request: Request) -> Answer {
    read(engine.generate(request).unwrap()).unwrap()
}

fn refusal(engine: &Engine, request: Request) -> BackendError {
    read(engine.generate(request).unwrap()).unwrap_err()
}
