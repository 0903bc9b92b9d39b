//! The built-in model behind real servers: recognised, streamed, killed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use aldo_backends::{
    Backend, BackendError, DeviceChoice, Endpoint, Engine, EngineOptions, Event, Finish, Message,
    OpenAi, OpenAiOptions, Probe, Reach, Request, Runtime, ServedModel, Server, Usage,
    is_truly_local, probe, recognise,
};
use aldo_models::Checkpoint;
use serde_json::json;

use super::{builtin_file, conversations, peer};
use crate::peer::Peer;

const PATIENCE: Duration = Duration::from_secs(20);

/// A running `mlx_lm.server` with the built-in model, and the folder that it serves.
pub(super) struct MlxServer {
    pub(super) peer: Peer,
    pub(super) folder: tempfile::TempDir,
}

impl MlxServer {
    /// `None`, with the reason printed, where it is not installed.
    pub(super) fn start() -> Option<Self> {
        let (program, python) = (peer("mlx/bin/mlx-server")?, peer("mlx/bin/python")?);
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        let written = Command::new(python)
            .arg(source.join("tests/peers/nano_folder.py"))
            .arg(builtin_file())
            .arg(source.join("models/nano/tokenizer.json"))
            .arg(folder.path())
            .status();
        assert!(written.unwrap().success());
        Some(Self {
            peer: Peer::mlx_server(&program, folder.path()),
            folder,
        })
    }

    /// The name by which it lists the folder it was started with.
    pub(super) fn model(&self) -> String {
        let folder = self.folder.path().canonicalize().unwrap();
        folder.to_str().unwrap().to_owned()
    }
}

pub(super) fn llama_server() -> Option<Peer> {
    let program = peer("llama/bin/llama-server")?;
    Some(Peer::llama_server(&program, &builtin_file()))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

fn models(runtime: Runtime, url: &str) -> Vec<ServedModel> {
    match block_on(probe(runtime, url, Reach::Loopback, PATIENCE)) {
        Probe::Serving { models, .. } => models,
        other => panic!("{other:?}"),
    }
}

fn asking(runtime: Runtime, url: &str, model: &str) -> OpenAi {
    asking_with(runtime, url, model, &json!({}))
}

fn asking_with(runtime: Runtime, url: &str, model: &str, extra: &serde_json::Value) -> OpenAi {
    let endpoint = Endpoint::new(url, Reach::Loopback).unwrap();
    let options = OpenAiOptions {
        extra: extra.as_object().unwrap().clone(),
        ..OpenAiOptions::new(endpoint, model).for_runtime(runtime)
    };
    OpenAi::new(options).unwrap()
}

/// Reasoning and text of an answer, why it ended and what it took.
fn answer(backend: &dyn Backend, messages: Vec<Message>) -> ([String; 2], Finish, Usage) {
    let mut request = Request::new(messages);
    request.tokens_max = 160;
    let mut generation = backend.generate(request).unwrap();
    let [mut reasoning, mut text] = [String::new(), String::new()];
    while let Some(event) = generation.blocking_next() {
        match event.unwrap() {
            Event::Text(more) => text.push_str(&more),
            Event::Reasoning(more) => reasoning.push_str(&more),
            Event::Loading { .. } => {}
            Event::Done { finish, usage } => {
                // White space around the markup is neither; servers keep it or not.
                let parts = [reasoning, text].map(|part| part.trim().to_owned());
                return (parts, finish, usage);
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("no end after {text:?}");
}

fn questions() -> Vec<Vec<Message>> {
    let message = |value: &serde_json::Value| serde_json::from_value(value.clone()).unwrap();
    let conversations = conversations();
    conversations
        .iter()
        .map(|messages| messages.iter().map(message).collect())
        .collect()
}

fn in_process() -> Engine {
    let options = EngineOptions {
        device: DeviceChoice::Cpu,
        ..EngineOptions::default()
    };
    Engine::start(Checkpoint::builtin().unwrap(), options)
}

fn assert_streams_and_counts(backend: &OpenAi, expected: &[[String; 2]]) {
    for (messages, expected) in questions().into_iter().zip(expected) {
        let (text, finish, usage) = answer(backend, messages);
        assert_eq!(&text, expected);
        assert_eq!(finish, Finish::Stop);
        assert!(usage.tokens_in > 5 && usage.tokens_out > 2, "{usage:?}");
        assert!(usage.first_token_ms > 0.0, "{usage:?}");
    }
}

fn in_process_texts() -> Vec<[String; 2]> {
    let engine = in_process();
    questions()
        .into_iter()
        .map(|messages| answer(&engine, messages).0)
        .collect()
}

#[test]
fn llama_server_is_recognised_and_gives_the_same_text_as_the_process_does() {
    let Some(server) = llama_server() else { return };
    let url = server.base_url();
    let models = models(Runtime::LlamaCpp, &url);
    assert_eq!(models.len(), 1);
    assert_eq!(models[0].context_tokens, Some(2048));
    assert!(
        models[0].capabilities.iter().any(|word| word == "tool-use"),
        "{models:?}"
    );
    let found = block_on(recognise(&url, Reach::Loopback, PATIENCE));
    assert_eq!(found.unwrap().0, Server::Runtime(Runtime::LlamaCpp));
    let mlx = block_on(probe(Runtime::Mlx, &url, Reach::Loopback, PATIENCE));
    assert!(
        matches!(
            mlx,
            Probe::Unexpected {
                found: Some(Server::Runtime(Runtime::LlamaCpp)),
                ..
            }
        ),
        "{mlx:?}"
    );

    let backend = asking(Runtime::LlamaCpp, &url, &models[0].id);
    assert_streams_and_counts(&backend, &in_process_texts());
}

#[test]
fn mlx_server_is_recognised_and_gives_the_same_text_as_the_process_does() {
    let Some(server) = MlxServer::start() else {
        return;
    };
    let (url, model) = (server.peer.base_url(), server.model());
    let models = models(Runtime::Mlx, &url);
    assert!(models.iter().any(|served| served.id == model), "{models:?}");
    let found = block_on(recognise(&url, Reach::Loopback, PATIENCE));
    assert_eq!(found.unwrap().0, Server::Runtime(Runtime::Mlx));
    assert_eq!(
        block_on(is_truly_local(Runtime::Mlx, &url, &model, PATIENCE)),
        Ok(())
    );
    let other = is_truly_local(Runtime::Mlx, &url, "mlx-community/Qwen3-4B-4bit", PATIENCE);
    assert!(block_on(other).is_err());

    assert_streams_and_counts(&asking(Runtime::Mlx, &url, &model), &in_process_texts());
}

/// Kills the server after the first words of an answer that would go on for long.
fn killed_in_mid_stream(server: &mut Peer, backend: &OpenAi) -> (usize, BackendError) {
    let mut request = Request::new(questions().remove(0));
    request.tokens_max = 1500;
    let mut generation = backend.generate(request).unwrap();
    let mut events = 0;
    while let Some(event) = generation.blocking_next() {
        match event {
            Ok(Event::Done { .. }) => panic!("the answer came to its end"),
            Ok(_) if events == 0 => server.kill(),
            Ok(_) => {}
            Err(error) => return (events, error),
        }
        events += 1;
    }
    panic!("neither an end nor an error");
}

fn assert_killed_is_typed(mut server: Peer, backend: &OpenAi) {
    let (events, error) = killed_in_mid_stream(&mut server, backend);
    assert!(events >= 1);
    assert!(matches!(error, BackendError::Truncated { .. }), "{error:?}");
    assert!(error.is_retryable_elsewhere());
    // Whoever asks next is told that nobody is there.
    let mut generation = backend
        .generate(Request::new(questions().remove(0)))
        .unwrap();
    let error = generation.blocking_next().unwrap().unwrap_err();
    assert!(
        matches!(error, BackendError::Unreachable { .. }),
        "{error:?}"
    );
}

#[test]
fn d02_llama_server_killed_in_mid_stream_is_a_typed_error() {
    let Some(server) = llama_server() else { return };
    let extra = json!({"ignore_eos": true});
    let backend = asking_with(Runtime::LlamaCpp, &server.base_url(), "m", &extra);
    assert_killed_is_typed(server, &backend);
}

#[test]
fn d02_mlx_server_killed_in_mid_stream_is_a_typed_error() {
    let Some(MlxServer { peer, folder }) = MlxServer::start() else {
        return;
    };
    let checkpoint = Checkpoint::builtin().unwrap();
    let end = checkpoint
        .tokenizer()
        .unwrap()
        .token_id("<|im_end|>")
        .unwrap();
    let model = folder.path().canonicalize().unwrap();
    let extra = json!({"logit_bias": {end.to_string(): -1000.0}});
    let backend = asking_with(
        Runtime::Mlx,
        &peer.base_url(),
        model.to_str().unwrap(),
        &extra,
    );
    assert_killed_is_typed(peer, &backend);
}

/// The file that the servers serve is the one that is compiled in.
#[test]
fn the_served_file_is_the_builtin_one() {
    let file: PathBuf = builtin_file();
    let served = Checkpoint::open(&file).unwrap();
    assert_eq!(served.config(), Checkpoint::builtin().unwrap().config());
}
