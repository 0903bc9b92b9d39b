use std::sync::Arc;

use super::guards::Guards;
use super::memory::Remembers;
use super::root::Roots;
use super::sealed::Launcher;
use crate::cancel::Cancel;
use crate::capabilities::PrivacyTier;
use crate::spec::Permissions;

/// What a call may touch, the same for all calls of a run.
#[derive(Debug, Clone)]
pub struct Context {
    /// The agent that calls, for questions.
    pub agent: String,
    /// The tier of the run: the tools of a sensitive one have no network.
    pub tier: PrivacyTier,
    /// Whether the system leaves a sensitive run its connections to this machine: not where the model is
    /// in this process. Of no meaning for other runs.
    pub loopback: bool,
    /// What the spec permits, files and network.
    pub permissions: Permissions,
    /// What the spec says of single tools.
    pub guards: Guards,
    /// What the agent remembers, and for whom.
    pub remembers: Remembers,
    /// What starts programs.
    pub launcher: Launcher,
    /// Where the operator lets tools work.
    pub roots: Arc<Roots>,
    /// The wish that the run end; a tool that hears it stops what it has started.
    pub cancel: Cancel,
}
