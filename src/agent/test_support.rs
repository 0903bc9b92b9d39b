//! What tests of the loop start from.

use std::collections::{BTreeMap, BTreeSet};

use crate::candidate::{Candidate, Locality, Price, Source};
use crate::capabilities::{CapabilityClass, PrivacyTier};
use crate::router::{Decision, Outcome};
use crate::spec::{
    AgentSpec, Budget, Decoding, EvalGate, Identity, Memory, ModelPolicy, Prompt, Role, SchemaRef,
    Termination, Tools,
};

/// Returns an agent that asks for nothing special.
pub(super) fn spec() -> AgentSpec {
    AgentSpec {
        identity: Identity {
            name: "tester".to_owned(),
            version: "0.1.0".to_owned(),
            description: String::new(),
            owner: None,
            tags: Vec::new(),
        },
        role: Role::default(),
        model_policy: ModelPolicy {
            capability_requirements: BTreeSet::new(),
            privacy_tier: PrivacyTier::Sensitive,
            primary: CapabilityClass::LOCAL_REASONING,
            fallbacks: Vec::new(),
            budget: Budget::default(),
            latency_p95_ms: None,
            decoding: Decoding::default(),
        },
        prompt: Prompt {
            system: "You are a test.".to_owned(),
            variables: BTreeMap::new(),
        },
        tools: Tools::default(),
        memory: Memory::default(),
        spawn_allowed: Vec::new(),
        inputs: SchemaRef::default(),
        outputs: SchemaRef::default(),
        eval_gate: EvalGate::default(),
        composite: None,
        iteration: None,
        termination: Termination::default(),
        sandbox: serde_json::Map::new(),
    }
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
            class_used: CapabilityClass::LOCAL_REASONING,
            estimated_usd: 0.0,
        },
        trace: Vec::new(),
    }
}
