//! Agent specs, `apiVersion: aldo-ai/agent.v1`: from YAML of either form to one checked type.
//!
//! Knows no model and no route; the privacy tier of a run has its one source here.

mod agent;
mod beside;
mod builtin;
mod check;
mod find;
mod inputs;
mod limits;
mod policy;
mod raw;
pub mod scaffold;
mod schema;
mod sections;
mod template;
mod tools;

pub use agent::{AgentSpec, Identity, Role};
pub use find::{AgentError, Agents, Found, Listing, Origin};
pub use inputs::{InputError, Inputs, Prompt, RenderedPrompt, tokens_estimate};
pub use policy::{Budget, Decoding, DecodingMode, ModelPolicy};
pub use schema::json_schema;
pub use sections::{
    Composite, CompositeIteration, EvalGate, Iteration, Memory, RequiredSuite, Sandbox, SchemaRef,
    Strategy, Subagent, SummaryStrategy, Termination, TerminationCondition,
};
pub use tools::{Approval, FilesystemPermission, McpServer, NetworkPermission, Permissions, Tools};
