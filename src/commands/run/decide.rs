//! From what was typed to the router's decision. Nothing has been sent anywhere yet.

use aldo_backends::Message;

use super::{Args, inputs};
use crate::commands::{Context, agents, model, store};
use crate::discovery::Discovered;
use crate::failure::Failure;
use crate::router::{self, Decision, HostedAccess, Route};
use crate::spec::{AgentSpec, Found};

/// Bytes of text a token stands for at least, so that the estimate is no lower than the count.
const BYTES_PER_TOKEN: usize = 2;

/// What is going to happen.
pub(super) struct Plan {
    pub(super) found: Found,
    pub(super) messages: Vec<Message>,
    pub(super) discovered: Discovered,
    pub(super) decision: Decision,
    /// The most the run may cost, in US dollars.
    pub(super) usd_max: Option<f64>,
}

impl Plan {
    pub(super) fn make(ctx: &Context, args: &Args) -> Result<Self, Failure> {
        let found = agents::find(ctx, &args.agent)?;
        let given = inputs::read(args.inputs.as_deref())?;
        let messages = first_messages(&found.spec, &given)?;
        let usd_max = args.max_usd.or(ctx.config.run_usd_cap);
        // The hosted plane has its own models: a run that may only go there is decided without ours.
        let (mut discovered, pinned) = match args.route {
            Route::Hosted => (Discovered::default(), args.model.clone()),
            Route::Auto | Route::Local => model::candidates(ctx, args.model.as_deref(), None)?,
        };
        store::mark_unhealthy(ctx, &mut discovered.registry);
        let mut need = found.spec.need(tokens_in(&messages), usd_max, pinned);
        if let Some(tokens) = args.max_tokens {
            need.tokens_out_max = u64::from(tokens);
        }
        let hosted = match ctx.config.api_token {
            Some(_) => HostedAccess::TokenSet,
            None => HostedAccess::NoToken,
        };
        let registry = &discovered.registry;
        let runtimes = discovered.runtimes();
        let decision = router::route(&need, registry, args.route, hosted, runtimes);
        Ok(Self {
            found,
            messages,
            discovered,
            decision,
            usd_max,
        })
    }

    /// Returns the agent.
    pub(super) fn spec(&self) -> &AgentSpec {
        &self.found.spec
    }
}

fn first_messages(spec: &AgentSpec, given: &serde_json::Value) -> Result<Vec<Message>, Failure> {
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
