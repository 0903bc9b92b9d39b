//! `aldo agents check`.

use serde::Serialize;
use serde_json::Value;

use crate::candidate::{Locality, UnavailableKind};
use crate::capabilities::{Capability, CapabilityClass};
use crate::commands::model::{self, Ask};
use crate::commands::ratings::{self, Evidence};
use crate::commands::{Context, access, answers, crew, store};
use crate::discovery::Discovered;
use crate::failure::Failure;
use crate::router::{self, Consideration, Decision, Outcome as Routed, Route};
use crate::spec::AgentSpec;
use crate::ui::{Outcome, Page, bad, dim, good, plain, strong};

/// What can be typed after `aldo agents check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The agent's name, or a file.
    agent: String,
}

/// What scripts read; the keys are part of the interface.
#[derive(Debug, Serialize)]
struct Document<'a> {
    ok: bool,
    agent: Agent<'a>,
    chosen: Option<Chosen<'a>>,
    trace: &'a [Consideration],
    reason: Option<String>,
    fix: Option<String>,
    /// The agents below a supervisor that ask a model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subagents: Vec<Document<'a>>,
    /// What was measured of the candidates; absent where nothing was.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ratings: &'a [Evidence],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Agent<'a> {
    name: &'a str,
    version: &'a str,
    privacy_tier: &'static str,
    required: Vec<&'a str>,
    primary_class: &'a str,
    fallback_classes: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Chosen<'a> {
    id: &'a str,
    provider: &'a str,
    locality: Locality,
    class_used: &'a str,
    estimated_usd: f64,
}

/// An agent, and what would become of it and of those below it that ask a model.
struct Checked<'a> {
    spec: &'a AgentSpec,
    decision: Decision,
    below: Vec<(&'a AgentSpec, Decision)>,
}

/// Routes the agent as `aldo run` would, and sends nothing.
pub(super) fn run(ctx: &Context, args: &Args) -> Result<Outcome, Failure> {
    let top = crew::gather(ctx, super::find(ctx, &args.agent)?)?;
    let spec = &top.found.spec;
    let mut discovered = model::all(ctx, Ask::for_tier(spec.tier()), None)?;
    store::mark_unhealthy(ctx, &mut discovered.registry);
    let evidence = ratings::apply(ctx, &mut discovered);
    let decide = |spec: &AgentSpec| {
        router::route(
            &spec.need(tokens_in(spec), ctx.config.run_usd_cap, None),
            &discovered.registry,
            Route::Auto,
            access::hosted(ctx),
            discovered.runtimes(),
        )
    };
    let below = top.all().into_iter().skip(1).filter(|member| member.speaks());
    let checked = Checked {
        spec,
        decision: decide(spec),
        below: below
            .map(|member| (&member.found.spec, decide(&member.found.spec)))
            .collect(),
    };
    Ok(outcome(&checked, &discovered, &evidence))
}

/// Tokens of a first step whose inputs nobody has typed yet.
fn tokens_in(spec: &AgentSpec) -> u64 {
    let system = spec.prompt.system.clone();
    spec.render(&Value::Null).map_or_else(
        |_| crate::spec::tokens_estimate(&system),
        |rendered| rendered.tokens_estimate(),
    )
}

fn outcome(
    checked: &Checked<'_>,
    discovered: &Discovered,
    evidence: &[Evidence],
) -> Outcome {
    let Checked {
        spec,
        decision,
        below,
    } = checked;
    let subagents = below.iter().map(|(spec, decision)| Document::new(spec, decision));
    let mut document = Document {
        subagents: subagents.collect(),
        ratings: evidence,
        ..Document::new(spec, decision)
    };
    document.ok &= document.subagents.iter().all(|agent| agent.ok);
    let mut page = document.page();
    page.blank();
    answers::show(&mut page, &discovered.answers);
    let outcome = Outcome::new(&document, page);
    let decisions = std::iter::once(decision).chain(below.iter().map(|(_, decision)| decision));
    let refused = decisions.filter_map(|decision| match &decision.outcome {
        Routed::Local { .. } | Routed::Hosted => None,
        Routed::Refused(refusal) => Some((refusal, decision)),
    });
    let Some((refusal, decision)) = refused.into_iter().next() else {
        return outcome;
    };
    let failure = super::refused(refusal, &decision.trace);
    // The runtimes have a table of their own.
    let unavailable = discovered.registry.unavailable.iter();
    let others = unavailable.filter(|row| row.kind != UnavailableKind::Runtime);
    outcome.failing(others.fold(failure, |failure, row| {
        failure.hint(format!("not usable: `{}`: {}", row.what, row.reason))
    }))
}

impl<'a> Document<'a> {
    fn new(spec: &'a AgentSpec, decision: &'a Decision) -> Self {
        let (chosen, reason, fix) = match &decision.outcome {
            Routed::Local {
                candidate_id,
                provider,
                locality,
                class_used,
                estimated_usd,
            } => {
                let chosen = Chosen {
                    id: candidate_id,
                    provider,
                    locality: *locality,
                    class_used: class_used.as_str(),
                    estimated_usd: *estimated_usd,
                };
                (Some(chosen), None, None)
            }
            Routed::Hosted => {
                let reason = "no model here serves it; the hosted plane would run it".to_owned();
                (None, Some(reason), None)
            }
            Routed::Refused(refusal) => (
                None,
                Some(refusal.reason.clone()),
                Some(refusal.fix.clone()),
            ),
        };
        let ok = chosen.is_some() || fix.is_none();
        Self {
            ok,
            agent: Agent::new(spec),
            chosen,
            trace: &decision.trace,
            reason,
            fix,
            subagents: Vec::new(),
            ratings: &[],
        }
    }

    /// Returns the model that was chosen, or why there is none.
    fn runs_on(&self) -> String {
        self.chosen.as_ref().map_or_else(
            || self.reason.clone().unwrap_or_default(),
            |chosen| {
                let Chosen {
                    id,
                    provider,
                    locality,
                    class_used,
                    ..
                } = chosen;
                format!(
                    "{id} ({provider}, {locality}) as {class_used}, at most ${:.6}",
                    chosen.estimated_usd
                )
            },
        )
    }

    fn page(&self) -> Page {
        let mut page = Page::new();
        let agent = &self.agent;
        let verdict = if self.ok {
            good("routable")
        } else {
            bad("not routable")
        };
        page.line([
            strong(agent.name),
            plain(format!(" {}  ", agent.version)),
            verdict,
        ]);
        page.fields([
            ("runs on", self.runs_on()),
            ("tier", agent.privacy_tier.to_owned()),
        ]);
        let rows = self.subagents.iter();
        let rows = rows.map(|below| [strong(below.agent.name), plain(below.runs_on())]);
        page.table(["starts", "which runs on"], rows);
        if !self.trace.is_empty() {
            page.blank().table(
                ["class", "candidate", "provider", "step", ""],
                self.trace.iter().map(row),
            );
        }
        if !self.ratings.is_empty() {
            let rows = self.ratings.iter();
            page.blank().table(
                ["rated", "provider", "how it did"],
                rows.map(|row| [strong(&row.model), plain(&row.provider), plain(row.says())]),
            );
        }
        page
    }
}

fn row(entry: &Consideration) -> [crate::ui::Span; 5] {
    let class = dim(entry.class.as_str());
    let provider = plain(&entry.provider);
    match &entry.dropped {
        None => [
            class,
            strong(&entry.candidate),
            provider,
            good("chosen"),
            plain(""),
        ],
        Some(dropped) => [
            class,
            plain(&entry.candidate),
            provider,
            plain(dropped.step.as_str()),
            dim(&dropped.reason),
        ],
    }
}

impl<'a> Agent<'a> {
    fn new(spec: &'a AgentSpec) -> Self {
        let policy = &spec.model_policy;
        Self {
            name: spec.name(),
            version: &spec.identity.version,
            privacy_tier: spec.tier().as_str(),
            required: policy
                .capability_requirements
                .iter()
                .map(Capability::as_str)
                .collect(),
            primary_class: policy.primary.as_str(),
            fallback_classes: policy
                .fallbacks
                .iter()
                .map(CapabilityClass::as_str)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
