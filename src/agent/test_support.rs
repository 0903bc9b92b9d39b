//! What tests of the loop start from.

use std::collections::BTreeSet;
use std::sync::Arc;

use tempfile::TempDir;

use crate::cancel::Cancel;
use crate::candidate::{Candidate, Locality, Price, Source};
use crate::capabilities::{CapabilityClass, PrivacyTier};
use crate::router::{Decision, Outcome};
use crate::spec::{AgentSpec, Tools};
use crate::tools::{Approver, Context, Guards, Launcher, Remembers, Roots, Toolbox};

const SPEC: &str = "
apiVersion: aldo-ai/agent.v1
kind: Agent
identity: {name: tester, version: 0.1.0}
model_policy:
  privacy_tier: sensitive
  primary: {capability_class: local-reasoning}
";

/// Returns an agent that asks for nothing special.
pub(super) fn spec() -> AgentSpec {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("tester.yaml");
    std::fs::write(&path, SPEC).expect("a file in it");
    AgentSpec::load(&path, PrivacyTier::Internal).expect("a good spec")
}

/// Returns a model that costs a dollar to read and two to write a million tokens.
pub(super) fn candidate() -> Candidate {
    Candidate {
        id: "test-model".to_owned(),
        provider: "scripted".to_owned(),
        locality: Locality::Local,
        classes: vec![CapabilityClass::LOCAL_REASONING],
        provides: BTreeSet::new(),
        privacy_allowed: PrivacyTier::ALL.to_vec(),
        context_tokens: 1_000,
        price: Price {
            usd_per_mtok_in: 1.0,
            usd_per_mtok_out: 2.0,
        },
        latency_p95_ms: None,
        rating: None,
        unhealthy: false,
        source: Source::Builtin,
    }
}

/// Returns the decision for that model.
pub(super) fn decision() -> Decision {
    Decision {
        outcome: Outcome::Local {
            candidate_id: "test-model".to_owned(),
            provider: "scripted".to_owned(),
            locality: Locality::Local,
            class_used: CapabilityClass::LOCAL_REASONING,
            estimated_usd: 0.0,
        },
        trace: Vec::new(),
    }
}

/// Returns the tools of an agent whose spec names `tools`, with no folder to work in.
pub(crate) fn toolbox(tools: &Tools, approver: Approver, cancel: &Cancel) -> Toolbox {
    toolbox_in(tools, approver, cancel, Roots::default())
}

/// Returns the tools of an agent whose spec names `tools`, with `roots` to work in.
pub(super) fn toolbox_in(
    tools: &Tools,
    approver: Approver,
    cancel: &Cancel,
    roots: Roots,
) -> Toolbox {
    let context = Context {
        agent: "tester".to_owned(),
        tier: PrivacyTier::Sensitive,
        loopback: false,
        permissions: tools.permissions,
        guards: Guards::default(),
        remembers: Remembers::default(),
        launcher: Launcher::new("aldo", []),
        roots: Arc::new(roots),
        cancel: cancel.clone(),
    };
    Toolbox::new(tools, Vec::new(), approver, context)
}
