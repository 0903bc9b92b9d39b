//! `--dry-run`: the decision with every candidate and its fate.

use serde_json::{Value, json};

use super::decide::{Crew, Plan};
use super::refusal;
use crate::failure::Failure;
use crate::router::{Consideration, Outcome as Chosen};
use crate::ui::{Outcome, Page, Span, dim, good, plain, strong};

/// Shows the decision.
pub(super) fn show(plan: &Plan) -> Outcome {
    let failure = match &plan.decision.outcome {
        Chosen::Refused(refused) => Some(refusal::failure(plan, refused)),
        Chosen::Local { .. } | Chosen::Hosted => None,
    };
    let document = json!({
        "ok": failure.is_none(),
        "dryRun": true,
        "agent": plan.spec().name(),
        "decision": plan.decision,
        "subagents": plan.crew.as_ref().map(below),
        "unavailable": plan.discovered.registry.unavailable,
        "error": failure.as_ref().map(Failure::json),
    });
    let outcome = Outcome::new(&document, page(plan));
    match failure {
        Some(failure) => outcome.failing(failure),
        None => outcome,
    }
}

fn page(plan: &Plan) -> Page {
    let mut page = Page::new();
    page.line([strong(chosen(&plan.decision.outcome))]);
    if let Some(crew) = &plan.crew {
        let rows = crew.asked.iter();
        let rows =
            rows.map(|(agent, model)| [strong(agent), plain(&model.id), plain(&model.provider)]);
        page.table(["agent", "would run on", "provider"], rows);
    }
    page.table(
        ["candidate", "provider", "where", "class", "fate"],
        plan.decision.trace.iter().map(row),
    );
    let unavailable = &plan.discovered.registry.unavailable;
    let rows = unavailable
        .iter()
        .map(|row| [dim(&row.what), dim(&row.reason)]);
    page.table(["not usable", "why"], rows);
    page
}

fn below(crew: &Crew) -> Vec<Value> {
    let rows = crew.asked.iter();
    let rows = rows.map(|(agent, model)| {
        json!({"agent": agent, "model": model.id, "provider": model.provider, "locality": model.locality})
    });
    rows.collect()
}

fn chosen(outcome: &Chosen) -> String {
    match outcome {
        Chosen::Local {
            candidate_id,
            provider,
            locality,
            class_used,
            estimated_usd,
        } => format!(
            "would run on {candidate_id} ({provider}, {locality}) as {class_used}, at most ${estimated_usd:.6}"
        ),
        Chosen::Hosted => "would run on the hosted plane".to_owned(),
        Chosen::Refused(_) => "would be refused".to_owned(),
    }
}

fn row(considered: &Consideration) -> [Span; 5] {
    let fate = match &considered.dropped {
        Some(dropped) => plain(format!("{}: {}", dropped.step.as_str(), dropped.reason)),
        None => good("chosen"),
    };
    [
        plain(&considered.candidate),
        plain(&considered.provider),
        plain(considered.locality.as_str()),
        plain(considered.class.as_str()),
        fate,
    ]
}
