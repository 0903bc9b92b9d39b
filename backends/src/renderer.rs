//! Chat templates that nobody vouches for, rendered by another process of the same program.
//!
//! A template comes with a checkpoint and is a program: it can ask for any amount of memory, and nest
//! deeper than any stack. The process that renders it has little memory, no connection and one template;
//! when it dies, an error says so, and nothing else has happened. Knows templates, but no models.

mod frame;
mod isolated;
mod job;
mod process;
mod role;

use std::time::Duration;

pub use role::{asked_for, serve};

/// What a program is told to be a process that renders a template.
const ROLE: &str = "render-chat-template";
/// The most memory that rendering may take, in bytes, where the system enforces it.
const MEMORY_BYTES_MAX: u64 = 256 << 20;
/// How long starting the process and parsing the template may take.
const START_MAX: Duration = Duration::from_secs(5);
/// How long one rendering may take.
const RENDER_MAX: Duration = Duration::from_secs(2);

/// Has this program render templates that are not on the shipped list in processes of their own. The
/// program must begin with [`asked_for`].
pub fn install() {
    aldo_models::isolate_templates(isolated::start);
}
