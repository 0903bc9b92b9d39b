//! From tries to rows and from rows to a summary. Pure.

use super::ask::{Asked, Cut};
use super::evaluate::Verdict;
use super::honest;
use super::report_wire::{CaseRow, ModelReport, Report, Status, SuiteHead, Summary, Try};
use super::stats;
use super::suite::{Case, Suite};

/// How much of a prompt is kept, in characters.
const PROMPT_CHARS_MAX: usize = 4_000;

impl Try {
    /// Makes a try of an answer and what is thought of it.
    pub fn new(asked: Asked, cut: Option<&Cut>, verdict: Verdict) -> Self {
        let usage = asked.usage();
        let ttft_ms = (usage.first_token_ms - usage.load_ms).max(0.0);
        let (rates, dishonest) = match honest::rates(&asked) {
            Ok(rates) => (rates, None),
            Err(reason) => (honest::Rates::default(), Some(reason)),
        };
        // What cut it off says more than that it is empty.
        let error = cut.map(Cut::reason).or(dishonest);
        // What is wrong with an answer that is none says nothing.
        let mut reasons = match error {
            Some(_) => Vec::new(),
            None => verdict.reasons,
        };
        if let Some((aldo_backends::Finish::Length, usage)) = asked.done
            && !verdict.pass
        {
            let tokens = usage.tokens_out;
            reasons.push(format!(
                "the answer is cut off at its limit, {tokens} tokens"
            ));
        }
        let reasoning_ratio = reasoning_ratio(&asked);
        Self {
            pass: verdict.pass && error.is_none(),
            error,
            reasons,
            matches: verdict
                .marks
                .iter()
                .map(|mark| [mark.start, mark.end])
                .collect(),
            finish: asked.done.map(|(finish, _)| finish),
            output: asked.text,
            reasoning: asked.reasoning,
            tool_calls: asked.calls,
            no_rate: rates.doubt,
            total_ms: asked.total_ms,
            ttft_ms,
            tok_in: usage.tokens_in,
            tok_cached: usage.tokens_cached,
            tok_out: usage.tokens_out,
            tok_reasoning: usage.tokens_reasoning,
            reasoning_ratio,
            tok_per_sec: rates.total,
            decode_tok_per_sec: rates.decode,
            prefill_tok_per_sec: rates.prefill,
        }
    }
}

impl CaseRow {
    /// Makes the row of a case that was not asked.
    pub fn skipped(case: &Case, why: &str) -> Self {
        Self {
            note: Some(why.to_owned()),
            ..Self::of(case, Status::Skipped)
        }
    }

    /// Makes the row of a case that was asked at least once.
    pub fn asked(case: &Case, prompt: &str, note: Option<String>, tries: Vec<Try>) -> Self {
        let status = if tries.iter().all(|one| one.pass) {
            Status::Pass
        } else if tries.iter().any(|one| one.error.is_some()) {
            Status::Error
        } else {
            Status::Fail
        };
        let of = |value: fn(&Try) -> Option<f64>| stats::median(tries.iter().filter_map(value));
        let times = || tries.iter().map(|one| one.total_ms);
        let last = tries.last();
        Self {
            note,
            prompt: shown(prompt),
            total_ms: stats::median(times()),
            ttft_ms: of(|one| Some(one.ttft_ms)),
            tok_in: last.map_or(0, |one| one.tok_in),
            tok_cached: last.map_or(0, |one| one.tok_cached),
            tok_out: last.map_or(0, |one| one.tok_out),
            tok_reasoning: last.map_or(0, |one| one.tok_reasoning),
            tools: last.map_or(0, |one| one.tool_calls.len()),
            reasoning_ratio: of(|one| one.reasoning_ratio),
            tok_per_sec: of(|one| one.tok_per_sec),
            decode_tok_per_sec: of(|one| one.decode_tok_per_sec),
            prefill_tok_per_sec: of(|one| one.prefill_tok_per_sec),
            spread_ms: stats::spread(times())
                .filter(|_| tries.len() > 1)
                .map(|(least, most)| [least, most]),
            tries,
            ..Self::of(case, status)
        }
    }

    /// The row without rates: what an agent did in several turns is no speed of a model.
    #[must_use]
    pub fn without_rates(mut self) -> Self {
        self.tok_per_sec = None;
        self.decode_tok_per_sec = None;
        self.prefill_tok_per_sec = None;
        for one in &mut self.tries {
            one.tok_per_sec = None;
            one.decode_tok_per_sec = None;
            one.prefill_tok_per_sec = None;
            one.no_rate = None;
        }
        self
    }

    fn of(case: &Case, status: Status) -> Self {
        Self {
            case: case.id.clone(),
            status,
            weight: case.weight,
            probes: case.note.clone(),
            expected: case.expect.describe(),
            note: None,
            prompt: String::new(),
            total_ms: None,
            ttft_ms: None,
            tok_in: 0,
            tok_cached: 0,
            tok_out: 0,
            tok_reasoning: 0,
            tools: 0,
            reasoning_ratio: None,
            tok_per_sec: None,
            decode_tok_per_sec: None,
            prefill_tok_per_sec: None,
            spread_ms: None,
            tries: Vec::new(),
        }
    }

    /// The share of its tries that are good.
    fn share(&self) -> f64 {
        let good = self.tries.iter().filter(|one| one.pass).count();
        good as f64 / self.tries.len().max(1) as f64
    }

    fn counts(&self) -> bool {
        match self.status {
            Status::Pass | Status::Fail | Status::Error => true,
            Status::Skipped => false,
        }
    }

    /// Whether its figures may be averaged: an error is never a fast answer.
    fn is_measured(&self) -> bool {
        match self.status {
            Status::Pass | Status::Fail => true,
            Status::Error | Status::Skipped => false,
        }
    }
}

impl Summary {
    /// Sums up the rows of one model.
    pub fn of(rows: &[CaseRow], pass_threshold: f64) -> Self {
        let counted = || rows.iter().filter(|row| row.counts());
        let measured = || rows.iter().filter(|row| row.is_measured());
        let with = |status: Status| rows.iter().filter(|row| row.status == status).count();
        let weight: f64 = counted().map(|row| row.weight).sum();
        let earned: f64 = counted().map(|row| row.weight * row.share()).sum();
        let score = (weight > 0.0).then(|| earned / weight);
        let reasoning = measured().filter_map(|row| row.reasoning_ratio);
        Self {
            // A hair below is what sums of weights are off by.
            ok: score.is_some_and(|score| score >= pass_threshold - 1e-9),
            passed: with(Status::Pass),
            counted: counted().count(),
            skipped: with(Status::Skipped),
            errors: with(Status::Error),
            score,
            avg_tok_per_sec: stats::mean(measured().filter_map(|row| row.tok_per_sec)),
            decode_tok_per_sec: stats::median(measured().filter_map(|row| row.decode_tok_per_sec)),
            avg_reasoning_ratio: stats::mean(reasoning),
            ttft_ms: stats::median(measured().filter_map(|row| row.ttft_ms)),
            p95_latency_ms: stats::percentile(measured().filter_map(|row| row.total_ms), 95.0),
        }
    }
}

impl SuiteHead {
    /// Says which suite it is.
    pub fn of(suite: &Suite) -> Self {
        Self {
            name: suite.name.clone(),
            version: suite.version.clone(),
            digest: suite.digest.clone(),
            cases: suite.cases.len(),
            pass_threshold: suite.pass_threshold,
        }
    }
}

impl ModelReport {
    /// Sums up what is there of its rows.
    pub fn sum_up(&mut self, pass_threshold: f64) {
        self.summary = Summary::of(&self.cases, pass_threshold);
    }
}

impl Report {
    /// The ids of the cases that any model was asked, in their order.
    pub fn cases_asked(&self) -> impl Iterator<Item = &str> {
        let longest = self.models.iter().max_by_key(|model| model.cases.len());
        let rows = longest.into_iter().flat_map(|model| &model.cases);
        rows.map(|row| row.case.as_str())
    }

    /// Notes whether all is done and good.
    pub fn conclude(&mut self) {
        let cases = self.suite.cases;
        let whole = |model: &ModelReport| model.error.is_some() || model.cases.len() == cases;
        self.complete = self.models.iter().all(whole);
        let good = |model: &ModelReport| model.error.is_none() && model.summary.ok;
        self.ok = self.complete && self.models.iter().all(good);
    }
}

/// The share of reasoning in what was written: of its tokens where they are counted, else of its text.
fn reasoning_ratio(asked: &Asked) -> Option<f64> {
    let usage = asked.usage();
    let (part, whole) = if usage.tokens_reasoning > 0 {
        (usage.tokens_reasoning, usage.tokens_out)
    } else {
        let part = asked.reasoning.len() as u64;
        (part, part + asked.written_bytes())
    };
    (part > 0 && part <= whole).then(|| part as f64 / whole as f64)
}

/// A prompt without the middle of a long one.
fn shown(prompt: &str) -> String {
    let count = prompt.chars().count();
    if count <= PROMPT_CHARS_MAX {
        return prompt.to_owned();
    }
    let half = PROMPT_CHARS_MAX / 2;
    let head: String = prompt.chars().take(half).collect();
    let tail: String = prompt.chars().skip(count - half).collect();
    let left_out = count - 2 * half;
    format!("{head}\n[… {left_out} characters …]\n{tail}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
