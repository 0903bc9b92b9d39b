//! From a model a server lists to a candidate.

use aldo_backends::{Runtime, ServedModel};

use crate::candidate::{Candidate, Locality, Price, Source, address_locality, is_forwarded_id};
use crate::capabilities::{ServedFacts, project_served};

/// Makes a candidate of a model that `runtime` serves at `address`.
pub(super) fn candidate(runtime: Runtime, address: &str, model: ServedModel) -> Candidate {
    let locality = locality(runtime, address, &model);
    let facts = ServedFacts {
        context_tokens: model.context_tokens,
        has: &model.capabilities,
        lacks: &model.lacks,
    };
    let (profile, context_tokens) = project_served(&model.id, facts);
    Candidate {
        id: model.id,
        provider: runtime.name().to_owned(),
        locality,
        classes: vec![profile.class],
        provides: profile.capabilities,
        privacy_allowed: locality.privacy_allowed(),
        context_tokens,
        price: Price::FREE,
        latency_p95_ms: None,
        rating: None,
        unhealthy: false,
        source: Source::Runtime {
            runtime,
            base_url: address.to_owned(),
        },
    }
}

/// A loopback address is no proof: what a runtime forwards, or by its name would, goes elsewhere.
fn locality(runtime: Runtime, address: &str, model: &ServedModel) -> Locality {
    let forwarded = match runtime {
        Runtime::Ollama => is_forwarded_id(&model.id),
        Runtime::LmStudio | Runtime::Vllm | Runtime::LlamaCpp | Runtime::Mlx => false,
    };
    if model.remote || forwarded {
        Locality::Cloud
    } else {
        address_locality(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::PrivacyTier;

    fn model(id: &str, remote: bool) -> ServedModel {
        ServedModel {
            id: id.to_owned(),
            remote,
            ..ServedModel::default()
        }
    }

    #[test]
    fn e03_a_forwarded_model_behind_a_loopback_address_is_cloud() {
        let here = "http://127.0.0.1:11434";
        for (runtime, model) in [
            (Runtime::Ollama, model("gpt-oss:120b-cloud", false)),
            (Runtime::Ollama, model("alias", true)),
            (Runtime::Vllm, model("alias", true)),
        ] {
            let row = candidate(runtime, here, model);
            assert_eq!(row.locality, Locality::Cloud, "{}", row.id);
            assert_eq!(row.privacy_allowed, [PrivacyTier::Public]);
        }
        let row = candidate(Runtime::Ollama, here, model("qwen3:4b", false));
        assert_eq!(row.locality, Locality::Local);
        assert_eq!(row.privacy_allowed, PrivacyTier::ALL);
    }

    #[test]
    fn a_runtime_on_another_machine_is_not_local() {
        let row = candidate(Runtime::Vllm, "http://10.0.0.5:8000", model("x", false));
        assert_eq!(row.locality, Locality::OnPrem);
        assert!(!row.privacy_allowed.contains(&PrivacyTier::Sensitive));
        let row = candidate(Runtime::Vllm, "https://gpu.example.com", model("x", false));
        assert_eq!(row.locality, Locality::Cloud);
    }
}
