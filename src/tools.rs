//! The tools an agent may call.

pub mod schema;
