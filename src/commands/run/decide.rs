//! From what was typed to the router's decision. Nothing has been sent anywhere yet.

use std::cell::RefCell;

use aldo_backends::Message;
use serde_json::Value;

use super::{Args, inputs};
use crate::candidate::Candidate;
use crate::capabilities::PrivacyTier;
use crate::commands::model::Ask;
use crate::commands::{Context, access, agents, crew, model, ratings, store};
use crate::discovery::Discovered;
use crate::failure::Failure;
use crate::router::{self, Decision, Discovery, HostedAccess, Need, Route};
use crate::spec::{AgentSpec, Found, tokens_estimate};
use crate::supervise::{Member, Routing, Standing, to_ask};

/// Bytes of text a token stands for at least, so that the estimate is no lower than the count.
const BYTES_PER_TOKEN: usize = 2;

/// What is going to happen.
pub(super) struct Plan {
    pub(super) found: Found,
    /// The inputs as they were given; `null` where none were.
    pub(super) inputs: Value,
    pub(super) messages: Vec<Message>,
    pub(super) discovered: Discovered,
    pub(super) decision: Decision,
    /// The most the run may cost, in US dollars.
    pub(super) usd_max: Option<f64>,
    /// The agents of a supervisor, with the models that would answer them now.
    pub(super) crew: Option<Crew>,
    /// The most tokens an answer may have, where the user says so.
    pub(super) tokens_max: Option<u64>,
    need: Need,
    route: Route,
    hosted: HostedAccess,
    discovery: Discovery,
}

/// The agents of a supervisor.
pub(super) struct Crew {
    /// The supervisor, with all agents below it.
    pub(super) member: Member,
    /// The agents that are to ask a model, and the models that would answer them now.
    pub(super) asked: Vec<(String, Candidate)>,
}

impl Crew {
    /// Returns the models that would answer.
    pub(super) fn models(&self) -> Vec<Candidate> {
        let models = self.asked.iter().map(|(_, model)| model.clone());
        models.collect()
    }
}

impl Plan {
    pub(super) fn make(ctx: &Context, args: &Args) -> Result<Self, Failure> {
        let found = agents::find(ctx, &args.agent)?;
        let inputs = inputs::read(args.inputs.as_deref())?;
        let messages = first_messages(&found.spec, &inputs)?;
        if found.spec.composite.is_none() {
            return Self::of(ctx, args, found, inputs, messages);
        }
        let member = crew::gather(ctx, found)?;
        let mut plan = Self::of(ctx, args, member.found.clone(), inputs, messages)?;
        plan.decide_for(member, None);
        Ok(plan)
    }

    /// Decides for every agent of a tree that is to ask a model, where the tree is left `standing` somewhere
    /// for those that are not done: a tree runs in one place, so what holds for the first that no model here
    /// serves holds for all.
    pub(super) fn decide_for(&mut self, member: Member, standing: Option<&Standing>) {
        let mut asked = Vec::new();
        let mut decisions = Vec::new();
        if self.route != Route::Hosted {
            for one in to_ask(&member, standing) {
                let decision = self.decide_one(&one.found.spec);
                let Some(candidate) = decision.candidate(&self.discovered.registry) else {
                    self.decision = decision;
                    return;
                };
                asked.push((one.name().to_owned(), candidate.clone()));
                decisions.push(decision);
            }
        }
        if let Some(first) = decisions.into_iter().next() {
            self.decision = first;
        }
        self.crew = Some(Crew { member, asked });
    }

    fn decide_one(&self, spec: &AgentSpec) -> Decision {
        let tokens_in = tokens_estimate(&spec.prompt.system);
        let mut need = spec.need(tokens_in, self.usd_max, self.need.model.clone());
        if let Some(tokens) = self.tokens_max {
            need.tokens_out_max = tokens;
        }
        let registry = &self.discovered.registry;
        router::route(&need, registry, self.route, self.hosted, self.discovery)
    }

    /// Returns how each agent of a tree gets its model; it stays where the tree is.
    pub(super) fn routing(&self) -> Routing {
        Routing {
            registry: RefCell::new(self.discovered.registry.clone()),
            route: Route::Local,
            hosted: self.hosted,
            discovery: self.discovery,
            model: self.need.model.clone(),
        }
    }

    /// Decides which model answers `messages` next, for `found` as it was found.
    pub(super) fn of(
        ctx: &Context,
        args: &Args,
        found: Found,
        inputs: Value,
        messages: Vec<Message>,
    ) -> Result<Self, Failure> {
        let usd_max = args.max_usd.or(ctx.config.run_usd_cap);
        // The hosted plane has its own models: a run that may only go there is decided without ours.
        let (mut discovered, pinned) = match args.route {
            Route::Hosted => (Discovered::default(), args.model.clone()),
            Route::Auto | Route::Local => {
                let ask = Ask::for_tier(found.spec.tier());
                model::candidates(ctx, args.model.as_deref(), args.models.as_deref(), ask)?
            }
        };
        store::mark_unhealthy(ctx, &mut discovered.registry);
        ratings::apply(ctx, &mut discovered);
        let mut need = found.spec.need(tokens_in(&messages), usd_max, pinned);
        if let Some(tokens) = args.max_tokens {
            need.tokens_out_max = u64::from(tokens);
        }
        let hosted = access::hosted(ctx);
        let discovery = discovered.runtimes();
        let decision = router::route(&need, &discovered.registry, args.route, hosted, discovery);
        Ok(Self {
            found,
            inputs,
            messages,
            discovered,
            decision,
            usd_max,
            crew: None,
            tokens_max: args.max_tokens.map(u64::from),
            need,
            route: args.route,
            hosted,
            discovery,
        })
    }

    /// Decides again once more is known about `failed`: `learn` changes its row so that the router
    /// never chooses it twice.
    ///
    /// A sensitive run that began in process is sealed by then: servers are out of its reach.
    pub(super) fn decide_again(&mut self, failed: &Candidate, learn: impl Fn(&mut Candidate)) {
        let sealed = self.tier() == PrivacyTier::Sensitive && failed.source.is_in_process();
        let registry = &mut self.discovered.registry;
        registry
            .candidates
            .retain(|row| !sealed || row.source.is_in_process());
        for row in &mut registry.candidates {
            if row.provider == failed.provider && row.id == failed.id {
                learn(row);
            }
        }
        self.decision = router::route(
            &self.need,
            registry,
            self.route,
            self.hosted,
            self.discovery,
        );
    }

    /// Returns the candidate that was chosen.
    pub(super) fn chosen(&self) -> Candidate {
        let chosen = self.decision.candidate(&self.discovered.registry);
        let chosen = chosen.expect("this is called for a choice, and a choice names a row");
        chosen.clone()
    }

    /// Returns the tier of the run.
    pub(super) fn tier(&self) -> PrivacyTier {
        self.need.tier
    }

    /// Returns the agent.
    pub(super) fn spec(&self) -> &AgentSpec {
        &self.found.spec
    }
}

pub(super) fn first_messages(spec: &AgentSpec, given: &Value) -> Result<Vec<Message>, Failure> {
    let prompt = spec
        .render(given)
        .map_err(|error| inputs::refused(&error))?;
    let system = (!prompt.system.is_empty()).then(|| Message::system(prompt.system));
    Ok(system
        .into_iter()
        .chain([Message::user(prompt.user)])
        .collect())
}

fn tokens_in(messages: &[Message]) -> u64 {
    let bytes: usize = messages.iter().map(|message| message.content.len()).sum();
    (bytes / BYTES_PER_TOKEN) as u64
}
