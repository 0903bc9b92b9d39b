//! Refusals: the code, one readable sentence, and what would change the answer.

use super::Asked;
use super::decision::{Consideration, Refusal, RefusalCode, Step};
use super::need::{Discovery, HostedAccess, Need, Route};
use super::steps::{self, list};
use super::suggestion::suggest;
use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};

/// `--route hosted` for a sensitive agent.
pub(super) fn sensitive_hosted(need: &Need) -> Refusal {
    Refusal {
        code: RefusalCode::PrivacyTierUnroutable,
        reason: format!(
            "`{}` is `sensitive` and is never sent to the hosted plane",
            need.agent
        ),
        fix: "run it on this machine: leave out `--route hosted`".to_owned(),
    }
}

/// `--route hosted` without a token.
pub(super) fn hosted_token_missing() -> Refusal {
    Refusal {
        code: RefusalCode::HostedTokenMissing,
        reason: "`--route hosted` needs a token and `ALDO_API_TOKEN` is not set".to_owned(),
        fix: "set `ALDO_API_TOKEN`, or leave out `--route hosted`".to_owned(),
    }
}

/// `--route hosted` while only loopback may be connected to.
pub(super) fn hosted_offline() -> Refusal {
    Refusal {
        code: RefusalCode::HostedOffline,
        reason: "`--route hosted` would leave this machine and `ALDO_OFFLINE` is set".to_owned(),
        fix: "unset `ALDO_OFFLINE`, or leave out `--route hosted`".to_owned(),
    }
}

/// `--route hosted` in a build without a client for the hosted plane.
pub(super) fn hosted_not_built() -> Refusal {
    Refusal {
        code: RefusalCode::HostedNotBuilt,
        reason: "this build of aldo has no client for the hosted plane".to_owned(),
        fix: "leave out `--route hosted`, or use a build with the feature `hosted`".to_owned(),
    }
}

/// `--route hosted` with `--model`.
pub(super) fn hosted_model_pinned(model: &str) -> Refusal {
    Refusal {
        code: RefusalCode::HostedModelPinned,
        reason: format!("`--model {model}` names a model here, and the hosted plane takes its own"),
        fix: "leave out `--model` or `--route hosted`".to_owned(),
    }
}

/// No candidate passed, and the hosted plane may not be asked.
pub(super) fn none_left(asked: Asked<'_>, trace: &[Consideration]) -> Refusal {
    match absent_model(asked) {
        Some(HOSTED) => return hosted_is_no_model(asked.need),
        Some(model) => return model_not_found(asked, model),
        None => {}
    }
    let nearest = nearest(asked, trace);
    let code = if privacy_stands_alone(asked) {
        RefusalCode::PrivacyTierUnroutable
    } else {
        RefusalCode::NoEligibleModel
    };
    Refusal {
        code,
        reason: reason(asked.need, code, nearest),
        fix: fix(asked, nearest),
    }
}

/// The word of `--route` that is sometimes typed after `--model`.
const HOSTED: &str = "hosted";

/// `--model hosted`: for a sensitive run that is asking to leave the machine.
fn hosted_is_no_model(need: &Need) -> Refusal {
    if need.tier == PrivacyTier::Sensitive {
        return Refusal {
            fix: "run it on this machine: leave out `--model hosted`".to_owned(),
            ..sensitive_hosted(need)
        };
    }
    Refusal {
        code: RefusalCode::ModelNotFound,
        reason: "no model `hosted` is here".to_owned(),
        fix: "the hosted plane is a route: `--route hosted`".to_owned(),
    }
}

/// The model of `--model` when no candidate has that id.
fn absent_model(asked: Asked<'_>) -> Option<&str> {
    let model = asked.need.model.as_deref()?;
    let here = asked
        .registry
        .candidates
        .iter()
        .any(|candidate| candidate.id == model);
    (!here).then_some(model)
}

fn model_not_found(asked: Asked<'_>, model: &str) -> Refusal {
    let ids = asked
        .registry
        .candidates
        .iter()
        .map(|candidate| candidate.id.as_str());
    let near = crate::nearest::nearest(model, ids);
    let fix = match (near, asked.discovery) {
        (Some(id), _) => format!("did you mean `--model {id}`?"),
        (None, Discovery::Unset) => {
            "list the models here with `aldo models ls`, name a file, or let a runtime take part that serves it: `ALDO_LOCAL_DISCOVERY=all`".to_owned()
        }
        (None, Discovery::Empty | Discovery::Found) => {
            "list the models here with `aldo models ls`, or name a file".to_owned()
        }
    };
    let reason = format!("no model `{model}` is here");
    Refusal {
        code: RefusalCode::ModelNotFound,
        reason,
        fix,
    }
}

/// Whether a model outside this machine would serve, were it not for the tier.
fn privacy_stands_alone(asked: Asked<'_>) -> bool {
    let need = asked.need;
    let hosted_would = need.tier == PrivacyTier::Sensitive
        && asked.route == Route::Auto
        && asked.hosted == HostedAccess::TokenSet
        && need.model.is_none();
    hosted_would
        || asked.registry.candidates.iter().any(|candidate| {
            need.classes.iter().any(|class| {
                steps::before_locality(need, class, candidate)
                    .is_some_and(|dropped| dropped.step == Step::Privacy)
                    && steps::after_privacy(need, class, candidate).is_none()
            })
        })
}

/// The candidate that came furthest, and what stopped it; of equals, the first.
fn nearest<'a>(asked: Asked<'_>, trace: &'a [Consideration]) -> Option<(&'a Consideration, Step)> {
    let pinned = |entry: &&Consideration| {
        asked
            .need
            .model
            .as_ref()
            .is_none_or(|model| *model == entry.candidate)
    };
    let dropped = trace.iter().filter(pinned).filter_map(|entry| {
        let step = entry.dropped.as_ref()?.step;
        Some((entry, step))
    });
    dropped.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn reason(need: &Need, code: RefusalCode, nearest: Option<(&Consideration, Step)>) -> String {
    let classes = list(need.classes.iter().map(CapabilityClass::as_str));
    let tier = match code {
        RefusalCode::PrivacyTierUnroutable => format!("is `{}` and ", need.tier),
        RefusalCode::NoEligibleModel
        | RefusalCode::ModelNotFound
        | RefusalCode::HostedTokenMissing
        | RefusalCode::HostedModelPinned
        | RefusalCode::HostedOffline
        | RefusalCode::HostedNotBuilt => String::new(),
    };
    let agent = &need.agent;
    let asks = format!("no model here may run `{agent}`, which {tier}asks for {classes}");
    match nearest.and_then(|(entry, _)| Some((entry, entry.dropped.as_ref()?))) {
        Some((entry, dropped)) => {
            format!(
                "{asks}: the nearest is `{}`, but {}",
                entry.candidate, dropped.reason
            )
        }
        None => format!("{asks}: there is none at all"),
    }
}

/// The changes that would help, most direct first.
fn fix(asked: Asked<'_>, nearest: Option<(&Consideration, Step)>) -> String {
    let step = nearest.map(|(_, step)| step);
    let mut ways = Vec::new();
    match step {
        Some(Step::Budget) => ways.push("raise `--max-usd`".to_owned()),
        Some(Step::Health) => {
            ways.push("try again in a minute, `aldo doctor` says what is wrong".to_owned());
        }
        Some(
            Step::Privacy
            | Step::Model
            | Step::Class
            | Step::Provides
            | Step::Locality
            | Step::Order,
        )
        | None => {}
    }
    if asked.need.model.is_some() {
        ways.push("leave out `--model` to let the router choose".to_owned());
    }
    ways.push(way_in_process(asked.need));
    ways.extend(way_through_runtimes(asked));
    ways.extend(way_hosted(asked));
    ways.join(", or ")
}

/// A model to pull, where the agent would take it.
fn way_in_process(need: &Need) -> String {
    let local = CapabilityClass::LOCAL_REASONING;
    if !need.classes.contains(&local) {
        return format!("add `{local}` to the agent's fallbacks");
    }
    if let Some(model) = suggest(&need.requires) {
        return format!(
            "pull a model that can: `{}` ({})",
            model.command(),
            model.size
        );
    }
    let words = list(need.requires.iter().map(Capability::as_str));
    format!("put a model that provides {words} where aldo finds it: `aldo models ls`")
}

fn way_through_runtimes(asked: Asked<'_>) -> Option<String> {
    match asked.discovery {
        Discovery::Unset => {
            Some("ask the runtimes of this machine with `ALDO_LOCAL_DISCOVERY=all`".to_owned())
        }
        Discovery::Empty => Some("start a runtime that serves one".to_owned()),
        Discovery::Found => None,
    }
}

fn way_hosted(asked: Asked<'_>) -> Option<String> {
    if asked.need.tier == PrivacyTier::Sensitive || asked.need.model.is_some() {
        return None;
    }
    match asked.hosted {
        HostedAccess::NoToken => {
            Some("set `ALDO_API_TOKEN` to run it on the hosted plane".to_owned())
        }
        HostedAccess::TokenSet => {
            Some("run it on the hosted plane with `--route hosted`".to_owned())
        }
        HostedAccess::Offline | HostedAccess::NotBuilt => None,
    }
}
