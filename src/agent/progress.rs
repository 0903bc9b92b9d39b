//! Where the loop stands, and what follows an answer.

use std::time::Duration;

use aldo_backends::{Finish, Message, ToolCall, Usage};
use serde::de::IgnoredAny;

use super::answer::Answer;
use super::limits::Limits;
use super::spending::Spending;
use super::stop::Stop;
use crate::candidate::Candidate;
use crate::spec::{AgentSpec, DecodingMode, TerminationCondition};
use crate::store::{StepUsage, UsageRecord};

/// Turns in which a tool call may stand that nobody can read.
const MALFORMED_TURNS_MAX: u32 = 3;

/// How often an agent may make exactly the same calls in a row.
const SAME_CALLS_MAX: u32 = 4;

/// Where the loop stands.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// What all turns used.
    pub(super) usage: Usage,
    /// What all turns cost, in US dollars.
    pub(super) usd: f64,
    /// Turns that an earlier process took.
    turns_before: u32,
    turns: u32,
    /// Turns that called tools.
    cycles: u32,
    malformed_turns: u32,
    last_calls: String,
    same_calls: u32,
    /// What it and others spend together.
    spending: Option<Spending>,
}

/// What follows an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// The end.
    Stop(Stop),
    /// The calls in it are run.
    Tools,
    /// It meant a call that nobody can read, for this reason.
    Malformed(String),
}

impl Progress {
    /// Returns where a run stands that an earlier process began: its turns and cycles, and what they used.
    pub(crate) fn resumed(turns: u32, cycles: u32, used: &UsageRecord) -> Self {
        Self {
            turns_before: turns,
            cycles,
            usage: used.tokens(),
            usd: used.usd,
            ..Self::default()
        }
    }

    /// Returns the same for an agent that spends together with others from now on.
    #[must_use]
    pub(crate) fn within(self, spending: Spending) -> Self {
        Self {
            spending: Some(spending),
            ..self
        }
    }

    /// Returns where a run stands that has spent nothing yet, and spends together with others.
    pub(crate) fn under(spending: Spending) -> Self {
        Self {
            spending: Some(spending),
            ..Self::default()
        }
    }

    /// Counts a turn and what it used; `None` for one that was cut off before it said so.
    pub(super) fn count(&mut self, candidate: &Candidate, answer: &Answer) -> Option<StepUsage> {
        self.turns += 1;
        let (_, usage) = answer.done?;
        if self.turns == 1 {
            self.usage.first_token_ms = usage.first_token_ms;
        }
        Some(self.add(candidate, usage))
    }

    /// Adds what was used beside the turns of the conversation.
    pub(super) fn add(&mut self, candidate: &Candidate, usage: Usage) -> StepUsage {
        let usd = candidate.price.usd(usage.tokens_in, usage.tokens_out);
        self.usage.tokens_in += usage.tokens_in;
        self.usage.tokens_cached += usage.tokens_cached;
        self.usage.tokens_out += usage.tokens_out;
        self.usage.tokens_reasoning += usage.tokens_reasoning;
        self.usage.load_ms += usage.load_ms;
        self.usage.prefill_ms += usage.prefill_ms;
        self.usage.decode_ms += usage.decode_ms;
        self.usd += usd;
        if let Some(spending) = &self.spending {
            spending.add(usd);
        }
        StepUsage {
            provider: candidate.provider.clone(),
            model: candidate.id.clone(),
            usage,
            usd,
        }
    }

    /// Whether this process has taken no turn before the one counted last.
    pub(super) fn is_first(&self) -> bool {
        self.turns <= 1
    }

    /// Decides what follows a whole answer.
    pub(super) fn next(&mut self, spec: &AgentSpec, answer: &Answer) -> Next {
        if let Some(text) = mentioned(spec, &answer.text) {
            return Next::Stop(Stop::TextMention { text });
        }
        if !answer.tool_calls.is_empty() {
            return self
                .repeating(&answer.tool_calls)
                .map_or(Next::Tools, Next::Stop);
        }
        if let Some((Finish::Length, usage)) = answer.done {
            let tokens = usage.tokens_out;
            return Next::Stop(Stop::LengthLimit { tokens });
        }
        let Some((_, reason)) = answer.malformed.last() else {
            return Next::Stop(finished(spec, &answer.text));
        };
        self.malformed_turns += 1;
        if self.malformed_turns >= MALFORMED_TURNS_MAX {
            let reason = reason.clone();
            return Next::Stop(Stop::MalformedToolCall { reason });
        }
        Next::Malformed(reason.clone())
    }

    /// Counts a cycle, and returns the end where the agent makes the same calls again and again.
    fn repeating(&mut self, calls: &[ToolCall]) -> Option<Stop> {
        self.cycles += 1;
        let made = calls
            .iter()
            .map(|call| format!("{}{}", call.name, call.arguments));
        let made = made.collect::<Vec<_>>().join("\n");
        if made != self.last_calls {
            self.last_calls = made;
            self.same_calls = 0;
        }
        self.same_calls += 1;
        let tool = calls.first()?.name.clone();
        (self.same_calls > SAME_CALLS_MAX).then_some(Stop::Repeating {
            tool,
            times: self.same_calls,
        })
    }

    /// Returns the ceiling that forbids another turn, which will read about `tokens_in` tokens and
    /// write at most `tokens_out`.
    pub(super) fn ceiling(
        &self,
        limits: &Limits,
        elapsed: Duration,
        candidate: &Candidate,
        tokens_in: u64,
        tokens_out: u64,
    ) -> Option<Stop> {
        let turns = self.turns + self.turns_before;
        if turns == 0 {
            // The router and the clock of the first answer see to the first turn.
            return None;
        }
        if turns >= limits.turns_max {
            let turns = limits.turns_max;
            return Some(Stop::MaxTurns { turns });
        }
        if let Some(cycles) = limits.cycles_max.filter(|max| self.cycles >= *max) {
            return Some(Stop::MaxCycles { cycles });
        }
        if elapsed >= limits.wall_clock_left() {
            return Some(limits.wall_clock_stop());
        }
        if let Some(tokens) = limits.tokens_in_max.filter(|max| tokens_in > *max) {
            return Some(Stop::MaxTokens { tokens });
        }
        let next = candidate.price.usd(tokens_in, tokens_out);
        let own = limits.usd_max.filter(|max| self.usd + next > *max);
        let usd = own.or_else(|| self.spending.as_ref()?.forbids(next))?;
        Some(Stop::MaxUsd { usd })
    }
}

/// Returns the end that the spec calls success where its budget is used up.
pub(super) fn as_the_spec_says(spec: &AgentSpec, stop: Stop) -> Stop {
    let is_budget = matches!(stop, Stop::MaxUsd { .. } | Stop::MaxTokens { .. });
    let wished = conditions(spec).any(|one| *one == TerminationCondition::BudgetExhausted);
    if is_budget && wished {
        return Stop::BudgetExhausted;
    }
    stop
}

/// Returns the end that the spec finds in the results of a turn.
pub(super) fn found_in_results(
    spec: &AgentSpec,
    calls: &[ToolCall],
    results: &[Message],
) -> Option<Stop> {
    conditions(spec).find_map(|condition| match condition {
        TerminationCondition::ToolResult { tool, includes } => {
            let mut both = calls.iter().zip(results);
            both.any(|(call, result)| call.name == *tool && result.content.contains(includes))
                .then(|| Stop::ToolResult {
                    tool: tool.clone(),
                    text: includes.clone(),
                })
        }
        TerminationCondition::TextIncludes { .. } | TerminationCondition::BudgetExhausted => None,
    })
}

/// Tells the model what is wrong with its call, which it does not see again.
pub(super) fn correction(reason: &str) -> Message {
    Message::user(format!(
        "Your tool call could not be read: {reason}. Write the call again, or answer without it."
    ))
}

fn conditions(spec: &AgentSpec) -> impl Iterator<Item = &TerminationCondition> {
    let iteration = spec.iteration.iter();
    iteration.flat_map(|iteration| &iteration.termination_conditions)
}

/// Returns the text in the answer at which the agent stops.
fn mentioned(spec: &AgentSpec, answer: &str) -> Option<String> {
    let included = conditions(spec).filter_map(|condition| match condition {
        TerminationCondition::TextIncludes { text } => Some(text),
        TerminationCondition::ToolResult { .. } | TerminationCondition::BudgetExhausted => None,
    });
    let mut texts = spec.termination.text_mention.iter().chain(included);
    texts.find(|text| answer.contains(text.as_str())).cloned()
}

/// Returns how a whole answer without tool calls ends the run.
fn finished(spec: &AgentSpec, answer: &str) -> Stop {
    match spec.model_policy.decoding.mode {
        DecodingMode::Free => Stop::Completed,
        DecodingMode::Json | DecodingMode::Constrained => {
            match serde_json::from_str::<IgnoredAny>(answer) {
                Ok(_) => Stop::Completed,
                Err(error) => {
                    let reason = error.to_string();
                    Stop::InvalidJson { reason }
                }
            }
        }
    }
}
