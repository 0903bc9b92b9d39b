//! The model under test: found, allowed, and opened.

use std::collections::BTreeSet;

use aldo_backends::{Backend, EngineOptions, Timeouts, memory_available_bytes};
use aldo_models::Checkpoint;

use super::Args;
use crate::bench::report_wire::{ModelReport, Summary};
use crate::bench::suite::{Suite, sample};
use crate::bench::warm::LIMIT;
use crate::bench::{identity, machine, run};
use crate::candidate::{Candidate, Source};
use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};
use crate::commands::backend::Opener;
use crate::commands::model::{self, Ask};
use crate::commands::{Context, access, agents};
use crate::discovery::Discovered;
use crate::failure::{Failure, Kind};
use crate::router::{self, Need, Outcome, Route};

/// A smaller window than this is never chosen to save memory, in tokens.
const WINDOW_MIN: usize = 8192;
/// The share of the memory there is that a model may be planned to take.
const MEMORY_SHARE: f64 = 0.8;
/// What a token of a model nobody can ask stands for, in bytes: English takes more.
const BYTES_PER_TOKEN: f64 = 3.0;
/// Bytes of filler by which the tokens of a model are measured.
const SAMPLE_BYTES: usize = 8_000;

/// A model under test.
pub(super) struct Subject {
    pub(super) candidate: Candidate,
    discovered: Discovered,
    tier: PrivacyTier,
}

impl Subject {
    /// Finds the model that was typed, or the one the router would choose, as far as `tier` permits.
    ///
    /// # Errors
    /// A refusal when there is none or the tier forbids it.
    pub(super) fn find(
        ctx: &Context,
        args: &Args,
        typed: Option<&str>,
        tier: PrivacyTier,
    ) -> Result<Self, Failure> {
        let ask = Ask::for_tier(tier);
        let (discovered, pinned) = model::candidates(ctx, typed, args.models.as_deref(), ask)?;
        let rows = discovered.registry.candidates.iter();
        let named = rows.filter(|row| pinned.as_ref() == Some(&row.id));
        let mut classes: Vec<CapabilityClass> = named.flat_map(|row| row.classes.clone()).collect();
        if classes.is_empty() {
            classes.push(CapabilityClass::LOCAL_REASONING);
        }
        let candidate = choose(ctx, &discovered, tier, classes, pinned)?;
        Ok(Self {
            candidate,
            discovered,
            tier,
        })
    }

    /// Opens it.
    ///
    /// # Errors
    /// A failure of the backend.
    pub(super) async fn open(
        &self,
        ctx: &Context<'_>,
        engine: EngineOptions,
    ) -> Result<Box<dyn Backend>, Failure> {
        let opener = Opener {
            discovered: &self.discovered,
            tier: self.tier,
            offline: ctx.config.offline,
            environment: &ctx.environment,
            engine,
            // How long an answer may take depends on the case, and is watched where it is asked.
            timeouts: Timeouts {
                first_event: LIMIT,
                next_event: LIMIT,
                ..Timeouts::default()
            },
        };
        let backend = opener.open(&self.candidate).await;
        backend.map_err(|error| {
            Failure::new(Kind::Backend, "backend_failed", error.to_string()).because(error)
        })
    }

    /// Returns how its engine runs where it is in process: one conversation at a time, none kept, so
    /// that no answer profits from the one before.
    pub(super) fn engine(args: &Args, window: usize) -> EngineOptions {
        EngineOptions {
            device: args.device,
            threads: args.threads.map(usize::from),
            quantize: args.quantize,
            context_tokens: Some(window),
            sequences_max: 1,
            conversations_max: 0,
            ..EngineOptions::default()
        }
    }

    /// Returns how many tokens it is given to read and write for `suite`: what the suite wants, as far
    /// as the model, memory and `--context` permit.
    pub(super) fn window(&self, args: &Args, suite: &Suite) -> usize {
        let own = usize::try_from(self.candidate.context_tokens).unwrap_or(usize::MAX);
        let most = args.context.map_or(own, |asked| own.min(asked as usize));
        let Some(checkpoint) = self.checkpoint() else {
            return most;
        };
        let wanted = run::window_wanted(suite, self.can(&Capability::REASONING));
        let mut window = most.min(wanted.max(WINDOW_MIN));
        let memory = memory_available_bytes().unwrap_or(u64::MAX) as f64 * MEMORY_SHARE;
        let fits = |window| (checkpoint.memory_bytes_as(window, args.quantize) as f64) <= memory;
        while window > WINDOW_MIN && !fits(window) {
            window = (window / 2).max(WINDOW_MIN);
        }
        window
    }

    /// Returns how many bytes of text a token of it stands for.
    pub(super) fn bytes_per_token(&self) -> f64 {
        let text = sample(SAMPLE_BYTES);
        let tokens = self.checkpoint().and_then(|checkpoint| {
            let tokenizer = checkpoint.tokenizer().ok()?;
            Some(tokenizer.encode_text(&text).ok()?.len())
        });
        tokens.map_or(BYTES_PER_TOKEN, |tokens| {
            text.len() as f64 / tokens.max(1) as f64
        })
    }

    /// Whether it has a capability.
    pub(super) fn can(&self, capability: &Capability) -> bool {
        self.candidate.provides.contains(capability)
    }

    /// Returns its checkpoint, in process.
    pub(super) fn checkpoint(&self) -> Option<&Checkpoint> {
        self.discovered.checkpoint(&self.candidate)
    }

    /// Returns the mark of its weights.
    pub(super) fn weights(&self) -> String {
        identity::weights(&self.candidate, self.checkpoint(), &self.discovered.answers)
    }

    /// Returns what computes, in process.
    ///
    /// # Errors
    /// A failure when the device asked for cannot be used.
    pub(super) fn device(&self, args: &Args) -> Result<String, Failure> {
        if !self.candidate.source.is_in_process() {
            return Ok("the server's".to_owned());
        }
        let device = machine::device(args.device);
        let device = device.map_err(|error| {
            Failure::new(Kind::Backend, "device", error.to_string()).because(error)
        })?;
        Ok(device.to_owned())
    }

    /// Begins its report.
    ///
    /// # Errors
    /// A failure when its files cannot be read or its device cannot be used.
    pub(super) fn report(&self, args: &Args, window: usize) -> Result<ModelReport, Failure> {
        let unreadable = |error: aldo_models::ModelError| {
            Failure::new(Kind::Backend, "unreadable", error.to_string()).because(error)
        };
        let sha256 = self.checkpoint().map(Checkpoint::sha256).transpose();
        let runtime_version = match &self.candidate.source {
            Source::Runtime { base_url, .. } => {
                identity::version(&self.discovered.answers, base_url).map(str::to_owned)
            }
            Source::Builtin | Source::Checkpoint(_) | Source::Catalog(_) => None,
        };
        Ok(ModelReport {
            model: self.candidate.id.clone(),
            provider: self.candidate.provider.clone(),
            locality: self.candidate.locality.to_string(),
            device: self.device(args)?,
            sha256: sha256.map_err(unreadable)?,
            runtime_version,
            weights: self.weights(),
            build: identity::build(&self.candidate),
            context_tokens: window as u64,
            load_ms: None,
            cold_first_token_ms: None,
            error: None,
            cases: Vec::new(),
            summary: Summary::default(),
        })
    }
}

/// Lets the router choose, so that the tier holds here as everywhere.
pub(super) fn choose(
    ctx: &Context,
    discovered: &Discovered,
    tier: PrivacyTier,
    classes: Vec<CapabilityClass>,
    model: Option<String>,
) -> Result<Candidate, Failure> {
    let need = Need {
        agent: "bench".to_owned(),
        tier,
        classes,
        requires: BTreeSet::new(),
        tokens_in: 0,
        tokens_out_max: 0,
        usd_left: ctx.config.run_usd_cap,
        latency_p95_ms: None,
        model,
    };
    let registry = &discovered.registry;
    let hosted = access::hosted(ctx);
    let decision = router::route(&need, registry, Route::Local, hosted, discovered.runtimes());
    match &decision.outcome {
        Outcome::Refused(refusal) => Err(agents::refused(refusal, &decision.trace)),
        Outcome::Local { .. } | Outcome::Hosted => {
            let chosen = decision.candidate(registry).cloned();
            chosen.ok_or_else(|| Failure::refused("no_eligible_model", "no model here serves it"))
        }
    }
}
