//! Whatever answers a request with events: the engine that runs a model inside this process, servers
//! reached over HTTP, and scripted replies.
//!
//! A [`Backend`] takes a [`Request`] and returns a [`Generation`], a stream of [`Event`]s that ends
//! with [`Event::Done`] or one error. Nothing here knows agents, routing, privacy tiers or YAML.

mod backend;
mod engine;
mod error;
mod event;
#[doc(hidden)]
pub mod fuzz;
mod generation;
mod image;
mod message;
mod net;
mod openai;
mod openai_wire;
mod probe;
pub mod proof;
pub mod renderer;
mod request;
mod runtimes;
mod scripted;
pub mod seal;
mod sse;
mod usage;

#[cfg(test)]
#[path = "../../tests/support/raw_server.rs"]
mod raw_server;

pub use aldo_models::{DeviceChoice, ModelError, ResponseFormat, Sampling, go_offline};
pub use backend::Backend;
pub use engine::{Engine, EngineOptions, Speculation, memory_available_bytes};
pub use error::BackendError;
pub use event::{Event, Finish};
pub use generation::Generation;
pub use image::Image;
pub use message::{Message, Role, ToolCall};
pub use net::{
    Authorization, Endpoint, HTTP_BUILT, HttpClient, HttpReply, HttpRequest, Method, NetError,
    Reach, WholeReply, is_listening,
};
pub use openai::{OpenAi, OpenAiOptions, Timeouts};
pub use probe::{
    NotLocal, PROBE_DEADLINE, Probe, ServedModel, Server, is_truly_local, probe, recognise,
};
pub use request::{Request, ToolSpec};
pub use runtimes::Runtime;
pub use scripted::{ScriptError, Scripted, Turn};
pub use sse::{EventTooLong, SseItem, SseReader};
pub use usage::Usage;
