//! Logits to the next token.
//!
//! The order is that of Hugging Face transformers: repetition penalty, temperature, top-k, top-p,
//! min-p, each on what the one before left. (llama.cpp applies the temperature last.)

mod random;

use std::cmp::Ordering;

use crate::error::ModelError;
use crate::grammar::TokenSet;
use random::Random;

/// The highest temperature that is taken; above it every token is as likely as any other.
const TEMPERATURE_MAX: f32 = 100.0;
/// How many candidates are sorted first when top-p has no top-k before it.
const SORTED_FIRST: usize = 256;

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// 0 takes the most likely token; else logits are divided by it. At most 100.
    pub temperature: f32,
    /// Keeps the k most likely tokens.
    pub top_k: Option<usize>,
    /// Keeps the fewest most likely tokens whose probabilities add up to at least this, in (0, 1].
    pub top_p: Option<f32>,
    /// Keeps tokens at least this times as likely as the most likely one, in \[0, 1\].
    pub min_p: Option<f32>,
    /// Divides positive logits of recent tokens, multiplies negative ones; 1 changes nothing.
    pub repetition_penalty: f32,
    /// The same seed gives the same tokens for the same logits.
    pub seed: u64,
}

/// Chooses tokens as a [`Sampling`] says. Its buffers are reused from step to step.
#[derive(Debug, Clone)]
pub struct Sampler {
    sampling: Sampling,
    random: Random,
    step: usize,
    candidates: Vec<Candidate>,
    penalized: Vec<u32>,
}

/// A token and its logit, later its weight: e to the logit's distance from the highest.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    id: u32,
    value: f32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_k: None,
            top_p: None,
            min_p: None,
            repetition_penalty: 1.0,
            seed: 0,
        }
    }
}

impl Sampling {
    fn check(&self) -> Result<(), ModelError> {
        within(
            "temperature",
            self.temperature,
            |t| (0.0..=TEMPERATURE_MAX).contains(&t),
            "0 to 100",
        )?;
        within(
            "repetition_penalty",
            self.repetition_penalty,
            |r| r > 0.0,
            "above 0",
        )?;
        if let Some(top_p) = self.top_p {
            within(
                "top_p",
                top_p,
                |p| p > 0.0 && p <= 1.0,
                "above 0 and at most 1",
            )?;
        }
        if let Some(min_p) = self.min_p {
            within("min_p", min_p, |p| (0.0..=1.0).contains(&p), "0 to 1")?;
        }
        match self.top_k {
            Some(0) => Err(out_of_range("top_k", 0.0, "at least 1")),
            Some(_) | None => Ok(()),
        }
    }
}

impl Sampler {
    /// Creates a sampler at the start of its random sequence.
    ///
    /// # Errors
    /// [`ModelError::Setting`] naming the field that is outside its range.
    pub fn new(sampling: Sampling) -> Result<Self, ModelError> {
        sampling.check()?;
        let random = Random::new(sampling.seed);
        Ok(Self {
            sampling,
            random,
            step: 0,
            candidates: Vec::new(),
            penalized: Vec::new(),
        })
    }

    /// Chooses a token id from `logits` (V,). The repetition penalty is for the tokens in `recent`,
    /// once for each however often it occurs. Without randomness (temperature 0) equal logits give
    /// the lowest id.
    ///
    /// # Errors
    /// [`ModelError::NonFiniteLogits`] when `logits` holds NaN or infinity or is empty.
    pub fn sample(&mut self, logits: &[f32], recent: &[u32]) -> Result<u32, ModelError> {
        self.sample_from(logits, recent, None)
    }

    /// As [`Sampler::sample`], but only from the tokens `allowed`; `None` allows all.
    ///
    /// # Errors
    /// As [`Sampler::sample`], and [`ModelError::Grammar`] when no token is allowed.
    pub fn sample_from(
        &mut self,
        logits: &[f32],
        recent: &[u32],
        allowed: Option<&TokenSet>,
    ) -> Result<u32, ModelError> {
        let finite = logits
            .iter()
            .fold(true, |finite, logit| finite & logit.is_finite());
        if !finite || logits.is_empty() {
            return Err(ModelError::NonFiniteLogits { step: self.step });
        }
        self.step += 1;
        self.gather(logits, recent);
        if let Some(allowed) = allowed {
            self.keep(allowed, logits.len())?;
        }
        if self.sampling.temperature == 0.0 {
            return Ok(most_likely(&self.candidates));
        }
        if let Some(top_k) = self.sampling.top_k {
            sort_first(&mut self.candidates, top_k);
            self.candidates.truncate(top_k);
        }
        self.weigh();
        self.keep_top_p();
        self.keep_min_p();
        Ok(self.draw())
    }

    /// Makes a candidate of every logit and applies the repetition penalty.
    fn gather(&mut self, logits: &[f32], recent: &[u32]) {
        self.candidates.clear();
        let all = (0u32..).zip(logits);
        self.candidates.extend(all.map(|(id, logit)| Candidate {
            id,
            value: logit + 0.0,
        })); // -0 becomes 0
        let penalty = self.sampling.repetition_penalty;
        self.penalized.clear();
        self.penalized.extend_from_slice(recent);
        self.penalized.sort_unstable();
        self.penalized.dedup();
        for &id in &self.penalized {
            if let Some(candidate) = self.candidates.get_mut(id as usize) {
                let value = candidate.value;
                candidate.value = if value > 0.0 {
                    value / penalty
                } else {
                    value * penalty
                };
            }
        }
    }

    /// Drops the candidates that are not allowed.
    fn keep(&mut self, allowed: &TokenSet, count: usize) -> Result<(), ModelError> {
        let mut kept = 0;
        // The candidates are in the order of their ids, so the kept ones move to the front.
        allowed.for_each(count, |id| {
            self.candidates[kept] = self.candidates[id as usize];
            kept += 1;
        });
        self.candidates.truncate(kept);
        if kept > 0 {
            return Ok(());
        }
        Err(ModelError::Grammar {
            reason: "no token can continue the answer".to_owned(),
        })
    }

    /// Turns logits into weights at the temperature; the most likely token weighs 1.
    fn weigh(&mut self) {
        let highest = highest(&self.candidates);
        for candidate in &mut self.candidates {
            candidate.value = ((candidate.value - highest) / self.sampling.temperature).exp();
        }
    }

    /// Keeps the fewest candidates whose weights reach `top_p` of all, the heaviest first.
    fn keep_top_p(&mut self) {
        let Some(top_p) = self.sampling.top_p.filter(|&top_p| top_p < 1.0) else {
            return;
        };
        let enough = f64::from(top_p) * total(&self.candidates);
        let mut sorted = SORTED_FIRST;
        loop {
            sort_first(&mut self.candidates, sorted);
            let head = &self.candidates[..sorted.min(self.candidates.len())];
            if let Some(kept) = reaching(head, enough) {
                return self.candidates.truncate(kept);
            }
            if sorted >= self.candidates.len() {
                return; // rounding: all of them together do not reach it
            }
            sorted *= 4;
        }
    }

    /// Drops candidates lighter than `min_p` times the heaviest.
    fn keep_min_p(&mut self) {
        if let Some(min_p) = self.sampling.min_p {
            let least = min_p * highest(&self.candidates);
            self.candidates.retain(|candidate| candidate.value >= least);
        }
    }

    /// Draws a candidate with a probability proportional to its weight.
    fn draw(&mut self) -> u32 {
        let mut rest = self.random.unit() * total(&self.candidates);
        for candidate in &self.candidates {
            rest -= f64::from(candidate.value);
            if rest < 0.0 {
                return candidate.id;
            }
        }
        most_likely(&self.candidates) // rounding left a rest behind the last
    }
}

/// The heavier first; of equals the lower id, so that nothing depends on the order before.
#[allow(clippy::trivially_copy_pass_by_ref)] // as sorting calls it
fn by_weight(a: &Candidate, b: &Candidate) -> Ordering {
    b.value.total_cmp(&a.value).then(a.id.cmp(&b.id))
}

/// Brings the `count` heaviest to the front, sorted. O(V + count log count).
fn sort_first(candidates: &mut [Candidate], count: usize) {
    if count < candidates.len() {
        candidates.select_nth_unstable_by(count, by_weight);
    }
    let count = count.min(candidates.len());
    candidates[..count].sort_unstable_by(by_weight);
}

/// How many of the sorted candidates are needed for their weights to reach `enough`.
fn reaching(sorted: &[Candidate], enough: f64) -> Option<usize> {
    let mut sum = 0.0;
    let position = sorted.iter().position(|candidate| {
        sum += f64::from(candidate.value);
        sum >= enough
    });
    position.map(|last| last + 1)
}

fn total(candidates: &[Candidate]) -> f64 {
    candidates
        .iter()
        .map(|candidate| f64::from(candidate.value))
        .sum()
}

fn highest(candidates: &[Candidate]) -> f32 {
    candidates
        .iter()
        .fold(f32::NEG_INFINITY, |highest, candidate| {
            highest.max(candidate.value)
        })
}

fn most_likely(candidates: &[Candidate]) -> u32 {
    candidates
        .iter()
        .min_by(|a, b| by_weight(a, b))
        .map_or(0, |candidate| candidate.id)
}

fn within(
    field: &'static str,
    value: f32,
    allowed: impl Fn(f32) -> bool,
    range: &str,
) -> Result<(), ModelError> {
    if value.is_finite() && allowed(value) {
        Ok(())
    } else {
        Err(out_of_range(field, value, range))
    }
}

fn out_of_range(field: &'static str, value: f32, range: &str) -> ModelError {
    ModelError::Setting {
        field,
        reason: format!("must be {range}, is {value}"),
    }
}

#[cfg(test)]
mod tests;
