use std::sync::Arc;

use super::root::Roots;
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
    /// What the spec permits, files and network.
    pub permissions: Permissions,
    /// Where the operator lets tools work.
    pub roots: Arc<Roots>,
    /// The wish that the run end; a tool that hears it stops what it has started.
    pub cancel: Cancel,
}
