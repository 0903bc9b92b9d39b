//! The layer `direct`: a request to the backend and nothing around it.

use std::time::Instant;

use aldo_backends::{Backend, Message, Request};
use tokio::runtime::{Builder, Runtime};

use super::{Plan, programs};
use crate::bench::ask::{Cut, ask};
use crate::bench::layers::{LayerTiming, State, Timed};
use crate::bench::page_cache;
use crate::bench::warm::{LIMIT, warm_up};
use crate::commands::bench::subject::Subject;
use crate::failure::{Failure, Kind};
use crate::ui::Outcome;

/// Tokens around the prompt.
const TEMPLATE_TOKENS: usize = 1024;

/// Times the model cold and warm.
pub(super) fn time(
    plan: &Plan<'_>,
    typed: Option<&str>,
    subject: &Subject,
) -> Result<Vec<LayerTiming>, Failure> {
    let cold = if subject.candidate.source.is_in_process() {
        Some(cold(plan, typed, subject)?)
    } else {
        None
    };
    let warm = warm(plan, subject)?;
    Ok(cold.into_iter().chain(warm).collect())
}

/// A fresh process each time, which loads the model; the system may still have its files in memory.
fn cold(plan: &Plan<'_>, typed: Option<&str>, subject: &Subject) -> Result<LayerTiming, Failure> {
    let (mut runs, mut missing) = (Vec::new(), None);
    for _ in 0..plan.runs {
        if plan.args.drop_cache
            && let Err(reason) = page_cache::drop_files(subject.checkpoint())
        {
            missing = Some(format!("the files stay in memory: {reason}"));
        }
        match programs::probe(plan, typed, &subject.candidate.id)? {
            Ok(timed) => runs.push(timed),
            Err(reason) => missing = Some(reason),
        }
    }
    Ok(LayerTiming::new("direct", State::Cold, runs, missing))
}

/// One process and one loaded model for all.
fn warm(plan: &Plan<'_>, subject: &Subject) -> Result<Vec<LayerTiming>, Failure> {
    let runtime = runtime()?;
    let backend = runtime.block_on(open(plan, subject))?;
    let first = if subject.candidate.source.is_in_process() {
        let warmed = runtime.block_on(warm_up(backend.as_ref(), plan.cancel, LIMIT));
        if let Err(cut) = warmed {
            let missing = Some(stopped(&cut)?);
            return Ok(vec![LayerTiming::new(
                "direct",
                State::Warm,
                Vec::new(),
                missing,
            )]);
        }
        None
    } else {
        Some(several(
            plan,
            &runtime,
            backend.as_ref(),
            State::First,
            0..1,
        )?)
    };
    let warm = several(
        plan,
        &runtime,
        backend.as_ref(),
        State::Warm,
        1..plan.runs + 1,
    )?;
    Ok(first.into_iter().chain([warm]).collect())
}

fn several(
    plan: &Plan<'_>,
    runtime: &Runtime,
    backend: &dyn Backend,
    state: State,
    numbers: std::ops::Range<u32>,
) -> Result<LayerTiming, Failure> {
    let (mut runs, mut missing) = (Vec::new(), None);
    for number in numbers {
        let began = Instant::now();
        let request = request(plan, number);
        let (asked, cut) = runtime.block_on(ask(backend, request, plan.cancel, LIMIT));
        let total_ms = began.elapsed().as_secs_f64() * 1e3;
        if let Some(cut) = cut {
            missing = Some(stopped(&cut)?);
            continue;
        }
        match Timed::new(&asked.usage(), total_ms, Some(&asked)) {
            Ok(timed) => runs.push(timed),
            Err(reason) => missing = Some(reason),
        }
    }
    Ok(LayerTiming::new("direct", state, runs, missing))
}

/// Asks once, in a process of its own: prints the run for the process that began this one.
pub(in crate::commands::bench) fn once(plan: &Plan<'_>) -> Result<Outcome, Failure> {
    let typed = plan.args.model.first().map(String::as_str);
    let tier = plan.ctx.config.default_privacy;
    let subject = Subject::find(plan.ctx, plan.args, typed, tier)?;
    let runtime = runtime()?;
    let backend = runtime.block_on(open(plan, &subject))?;
    let request = request(plan, 0);
    let (asked, cut) = runtime.block_on(ask(backend.as_ref(), request, plan.cancel, LIMIT));
    if let Some(cut) = cut {
        let reason = stopped(&cut)?;
        return Err(Failure::new(Kind::Backend, "backend_failed", reason));
    }
    Ok(Outcome::streamed(&asked.usage()))
}

async fn open(plan: &Plan<'_>, subject: &Subject) -> Result<Box<dyn Backend>, Failure> {
    let wanted = plan.prompt.len() / 2 + plan.tokens_max as usize + TEMPLATE_TOKENS;
    let window = plan
        .args
        .context
        .map_or(wanted.max(8192), |asked| asked as usize);
    subject
        .open(plan.ctx, Subject::engine(plan.args, window))
        .await
}

/// Numbered, so that a server with a cache computes the prompt each time.
fn request(plan: &Plan<'_>, number: u32) -> Request {
    let text = format!("({number}) {}", plan.prompt);
    Request {
        tokens_max: plan.tokens_max as usize,
        ..Request::new(vec![Message::user(text)])
    }
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::failed("runtime", "cannot start").because(error))
}

/// Why there is no answer, unless the user wished it.
fn stopped(cut: &Cut) -> Result<String, Failure> {
    match cut {
        Cut::Canceled => Err(Failure::new(
            Kind::Interrupted,
            "interrupted",
            "interrupted",
        )),
        Cut::TooLong { .. } | Cut::Backend(_) | Cut::Run { .. } => Ok(cut.reason()),
    }
}
