//! What was measured of models, put beside the candidates: the router orders equal ones by it, and
//! with `routing.earned_classes` local ones serve the classes they earned.

use jiff::Timestamp;
use serde::Serialize;

use super::{Context, store};
use crate::bench::machine::Machine;
use crate::bench::suite::{ROUTING_SUITE, ROUTING_SUITE_VERSION};
use crate::bench::{earned, identity};
use crate::candidate::{Candidate, Locality};
use crate::capabilities::CapabilityClass;
use crate::discovery::Discovered;
use crate::store::RatingRecord;

/// What is known of one candidate, and whether it counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Evidence {
    /// The candidate.
    pub(crate) model: String,
    /// Who serves it.
    pub(crate) provider: String,
    /// The suite and its version.
    pub(crate) suite: String,
    /// The weighted share of cases that passed, from 0 to 1.
    pub(crate) score: f64,
    /// Cases that passed.
    pub(crate) passed: u32,
    /// Cases that were asked.
    pub(crate) counted: u32,
    /// Tokens written a second after the first.
    pub(crate) decode_tok_per_sec: Option<f64>,
    /// When it was measured, in RFC 3339.
    pub(crate) at: String,
    /// Why it does not count.
    pub(crate) stale: Option<String>,
    /// The classes it earns that are turned on.
    pub(crate) earns: Vec<CapabilityClass>,
}

impl Evidence {
    /// Says it in a line.
    pub(crate) fn says(&self) -> String {
        let rate = self.decode_tok_per_sec;
        let rate = rate.map_or(String::new(), |rate| format!(", {rate:.1} tok/s"));
        let earns: Vec<_> = self.earns.iter().map(CapabilityClass::as_str).collect();
        let end = match (&self.stale, earns.as_slice()) {
            (Some(why), _) => format!("; does not count: {why}"),
            (None, []) => String::new(),
            (None, earns) => format!("; earns {}", earns.join(", ")),
        };
        let Self {
            score,
            passed,
            counted,
            suite,
            at,
            ..
        } = self;
        let day = at.split('T').next().unwrap_or_default();
        format!("{score:.2} in {suite} ({passed} of {counted}, {day}{rate}){end}")
    }
}

/// Sets the rating of every candidate that has one which counts, and the classes it earned; returns
/// what is known. What the store cannot say is no rating.
pub(crate) fn apply(ctx: &Context, discovered: &mut Discovered) -> Vec<Evidence> {
    let found = known(ctx, discovered);
    let candidates = &mut discovered.registry.candidates;
    for evidence in found.iter().filter(|evidence| evidence.stale.is_none()) {
        let is_it =
            |row: &&mut Candidate| row.provider == evidence.provider && row.id == evidence.model;
        let Some(candidate) = candidates.iter_mut().find(is_it) else {
            continue;
        };
        candidate.rating = Some(evidence.score);
        for class in &evidence.earns {
            if !candidate.classes.contains(class) {
                candidate.classes.push(class.clone());
            }
        }
    }
    found
}

/// Returns what is known of the candidates here.
pub(crate) fn known(ctx: &Context, discovered: &Discovered) -> Vec<Evidence> {
    let store = store::open_to_read(ctx).ok().flatten();
    let records = store
        .and_then(|store| store.ratings().ok())
        .unwrap_or_default();
    let counts =
        |record: &&RatingRecord| record.suite == ROUTING_SUITE && record.origin == "builtin";
    let records: Vec<_> = records.iter().filter(counts).collect();
    if records.is_empty() {
        return Vec::new();
    }
    let machine = Machine::here().key();
    let candidates = discovered.registry.candidates.iter();
    candidates
        .filter_map(|candidate| {
            // The latest first: a rating of another machine says nothing here.
            let mut of_it = records.iter().filter(|record| {
                record.provider == candidate.provider && record.model == candidate.id
            });
            let record = of_it.find(|record| record.machine == machine)?;
            Some(evidence(ctx, discovered, candidate, record))
        })
        .collect()
}

fn evidence(
    ctx: &Context,
    discovered: &Discovered,
    candidate: &Candidate,
    record: &RatingRecord,
) -> Evidence {
    let stale = stale(discovered, candidate, record);
    let earnable = candidate.locality == Locality::Local && stale.is_none();
    let earns = if earnable {
        earned::earned(record.score, record.decode_tok_per_s)
    } else {
        Vec::new()
    };
    let on = &ctx.config.earned_classes;
    let at = Timestamp::from_millisecond(record.at_ms).unwrap_or_default();
    Evidence {
        model: record.model.clone(),
        provider: record.provider.clone(),
        suite: format!("{}@{}", record.suite, record.suite_version),
        score: record.score,
        passed: record.passed,
        counted: record.counted,
        decode_tok_per_sec: record.decode_tok_per_s,
        at: at.to_string(),
        stale,
        earns: earns
            .into_iter()
            .filter(|class| on.contains(class))
            .collect(),
    }
}

/// Why a rating says nothing about what is here now.
fn stale(discovered: &Discovered, candidate: &Candidate, record: &RatingRecord) -> Option<String> {
    let checkpoint = discovered.checkpoint(candidate);
    let weights = identity::weights(candidate, checkpoint, &discovered.answers);
    let why = if record.suite_version != ROUTING_SUITE_VERSION {
        format!("the suite is at {ROUTING_SUITE_VERSION} now")
    } else if record.build != identity::build(candidate) {
        "another build of aldo measured it".to_owned()
    } else if record.weights != weights {
        "it is of other weights or another runtime".to_owned()
    } else if !(0.0..=1.0).contains(&record.score) {
        "its score is no number".to_owned()
    } else {
        return None;
    };
    Some(why)
}
