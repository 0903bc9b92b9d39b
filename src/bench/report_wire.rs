//! What `aldo bench --suite --json` prints, what is saved after every case, and what `--compare` reads.
//! Names and shapes stay as scripts read them.

use aldo_backends::ToolCall;
use serde::{Deserialize, Serialize};

use super::machine::Machine;

/// The version of this form.
pub const FORMAT: &str = "aldo/bench.v1";

/// The report of one suite on one or several models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether every model reached the threshold.
    pub ok: bool,
    /// [`FORMAT`].
    pub format: String,
    /// The suite.
    pub suite: SuiteHead,
    /// The agent under test and its version; absent where a model alone is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// When it began, in RFC 3339.
    pub started_at: String,
    /// The machine and the build.
    pub machine: Machine,
    /// How often each case was asked.
    pub repeat: u32,
    /// Whether every case of every model was asked.
    pub complete: bool,
    /// The models, in the order they were typed.
    pub models: Vec<ModelReport>,
}

/// Which suite it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SuiteHead {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of the suite and its files.
    pub digest: String,
    /// How many cases it has.
    pub cases: usize,
    /// The score that is good enough.
    pub pass_threshold: f64,
}

/// How one model did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelReport {
    /// Its id.
    pub model: String,
    /// Who serves it.
    pub provider: String,
    /// Where the prompts went.
    pub locality: String,
    /// What computes, where that is known.
    pub device: String,
    /// The SHA-256 of its checkpoint, in process.
    pub sha256: Option<String>,
    /// The version of the runtime that serves it.
    pub runtime_version: Option<String>,
    /// A mark that changes when the weights or the runtime do.
    pub weights: String,
    /// A mark that changes when the program that computes does.
    pub build: String,
    /// Tokens it could read.
    pub context_tokens: u64,
    /// How long loading took, in process.
    pub load_ms: Option<f64>,
    /// From the first request of all to its first token, loading apart.
    pub cold_first_token_ms: Option<f64>,
    /// Why it was not asked, where it was not.
    pub error: Option<String>,
    /// One row a case.
    pub cases: Vec<CaseRow>,
    /// The figures over all cases.
    pub summary: Summary,
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The answer is good, each time.
    Pass,
    /// It is not.
    Fail,
    /// There is no answer to judge.
    Error,
    /// The model was not asked.
    Skipped,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseRow {
    /// The case.
    pub case: String,
    /// What became of it.
    pub status: Status,
    /// How much it counts.
    pub weight: f64,
    /// What it probes.
    pub probes: String,
    /// What was expected, in words.
    pub expected: String,
    /// Why it was skipped, or how its prompt was made to fit.
    pub note: Option<String>,
    /// The end of what was asked; the middle of a long prompt is left out.
    pub prompt: String,
    /// From the request to the end of the answer; of several tries the median.
    pub total_ms: Option<f64>,
    /// From the request to the first token.
    pub ttft_ms: Option<f64>,
    /// Tokens of the prompt.
    pub tok_in: u64,
    /// Of those, tokens that were in a cache.
    pub tok_cached: u64,
    /// Tokens written.
    pub tok_out: u64,
    /// Of those, tokens of reasoning.
    pub tok_reasoning: u64,
    /// Tools called.
    pub tools: usize,
    /// The share of reasoning in what was written, where there is any.
    #[serde(default)]
    pub reasoning_ratio: Option<f64>,
    /// Tokens written a second over the whole time.
    pub tok_per_sec: Option<f64>,
    /// Tokens written a second after the first.
    pub decode_tok_per_sec: Option<f64>,
    /// Tokens of the prompt computed a second.
    pub prefill_tok_per_sec: Option<f64>,
    /// The quickest and the slowest try, in milliseconds.
    pub spread_ms: Option<[f64; 2]>,
    /// Each try.
    pub tries: Vec<Try>,
}

/// One answer to a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Try {
    /// Whether it is good.
    pub pass: bool,
    /// Why there is nothing to judge.
    pub error: Option<String>,
    /// Why it is not good.
    pub reasons: Vec<String>,
    /// What matched: ranges of bytes of the output.
    pub matches: Vec<[usize; 2]>,
    /// The text.
    pub output: String,
    /// The reasoning.
    pub reasoning: String,
    /// The calls.
    pub tool_calls: Vec<ToolCall>,
    /// How it ended.
    pub finish: Option<aldo_backends::Finish>,
    /// Why there is no rate, where there is none.
    pub no_rate: Option<String>,
    /// From the request to the end of the answer, loading apart.
    pub total_ms: f64,
    /// From the request to the first token, loading apart.
    pub ttft_ms: f64,
    /// Tokens of the prompt.
    pub tok_in: u64,
    /// Of those, tokens that were in a cache.
    pub tok_cached: u64,
    /// Tokens written.
    pub tok_out: u64,
    /// Of those, tokens of reasoning.
    pub tok_reasoning: u64,
    /// The share of reasoning in what was written, where there is any: of the tokens where they are
    /// counted, else of the text.
    #[serde(default)]
    pub reasoning_ratio: Option<f64>,
    /// Tokens written a second over the whole time.
    pub tok_per_sec: Option<f64>,
    /// Tokens written a second after the first.
    pub decode_tok_per_sec: Option<f64>,
    /// Tokens of the prompt computed a second.
    pub prefill_tok_per_sec: Option<f64>,
}

/// The figures over all cases of one model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Whether the score reaches the threshold.
    pub ok: bool,
    /// Cases that passed.
    pub passed: usize,
    /// Cases that were asked.
    pub counted: usize,
    /// Cases that were not.
    pub skipped: usize,
    /// Of those asked, cases without an answer to judge.
    pub errors: usize,
    /// The weighted share of passed cases among those asked; of several tries each counts its part.
    pub score: Option<f64>,
    /// The mean of the rates.
    pub avg_tok_per_sec: Option<f64>,
    /// The median of the rates after the first token.
    pub decode_tok_per_sec: Option<f64>,
    /// The mean share of reasoning among the tokens written, where there is any.
    pub avg_reasoning_ratio: Option<f64>,
    /// The median of the times to the first token.
    pub ttft_ms: Option<f64>,
    /// The time that 95 % of the cases stay within.
    pub p95_latency_ms: Option<f64>,
}
