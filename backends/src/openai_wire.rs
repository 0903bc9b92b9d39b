//! The chat API as it goes over the wire: what is sent, and what comes back from servers that agree on
//! the outline and on little else. Wire shapes are read leniently and never leave this module's users.

mod chunk;
mod failure;
mod history;
mod numbers;
mod profile;
mod request;
mod tool_names;

pub(crate) use chunk::{CallPiece, Chunk, Timings, WireUsage};
pub(crate) use failure::failure_message;
pub(crate) use profile::Profile;
pub(crate) use request::{FormatLevel, RequestShape, body};
pub(crate) use tool_names::ToolNames;
