//! Where a template is rendered: in this process if it is known, elsewhere if nobody vouches for it.

use std::fmt::Debug;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::{Jinja, known};
use crate::error::ModelError;

/// Renders one template.
pub trait Renderer: Debug + Send + Sync {
    /// Renders it with `variables`, to at most `bytes_max`.
    ///
    /// # Errors
    /// [`ModelError::Template`] with the template's own words, or with the limit it met.
    fn render(
        &self,
        variables: &Map<String, Value>,
        bytes_max: usize,
    ) -> Result<String, ModelError>;
}

/// Starts what renders a source that nobody vouches for.
pub type Isolate = fn(&str) -> Result<Box<dyn Renderer>, ModelError>;

static ISOLATE: OnceLock<Isolate> = OnceLock::new();

/// Has templates that are not on the shipped list rendered by what `isolate` starts. Without it they
/// are rendered in this process, where fuel bounds their time and nothing their memory. The first call
/// counts, for the whole process.
pub fn isolate_templates(isolate: Isolate) {
    let _ = ISOLATE.set(isolate);
}

/// What renders `source`.
///
/// # Errors
/// [`ModelError::Template`] when it does not parse.
pub(super) fn of(source: &str) -> Result<Box<dyn Renderer>, ModelError> {
    match ISOLATE.get() {
        Some(isolate) if !known::is_known(source) => isolate(source),
        Some(_) | None => Ok(Box::new(Jinja::parse_with_room(source)?)),
    }
}
