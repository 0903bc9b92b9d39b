//! Where the loop stands, and what follows a turn.

use std::time::Duration;

use aldo_backends::{Finish, Message, Usage};
use serde::de::IgnoredAny;

use super::answer::Answer;
use super::limits::Limits;
use super::stop::Stop;
use crate::candidate::Candidate;
use crate::spec::{AgentSpec, DecodingMode, TerminationCondition};
use crate::store::StepUsage;

/// Turns in which a tool call may stand that nobody can read.
const MALFORMED_TURNS_MAX: u32 = 3;

/// Where the loop stands.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// What all turns used.
    pub(super) usage: Usage,
    /// What all turns cost, in US dollars.
    pub(super) usd: f64,
    turns: u32,
    malformed_turns: u32,
}

/// What follows a turn.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// The end.
    Stop(Stop),
    /// Another turn, after these messages.
    Turn(Vec<Message>),
}

impl Progress {
    /// Adds what a turn used; `None` for one that was cut off before it said so.
    pub(super) fn count(&mut self, candidate: &Candidate, answer: &Answer) -> Option<StepUsage> {
        self.turns += 1;
        let (_, usage) = answer.done?;
        let usd = candidate.price.usd(usage.tokens_in, usage.tokens_out);
        if self.turns == 1 {
            self.usage.first_token_ms = usage.first_token_ms;
        }
        self.usage.tokens_in += usage.tokens_in;
        self.usage.tokens_cached += usage.tokens_cached;
        self.usage.tokens_out += usage.tokens_out;
        self.usage.tokens_reasoning += usage.tokens_reasoning;
        self.usage.load_ms += usage.load_ms;
        self.usage.prefill_ms += usage.prefill_ms;
        self.usage.decode_ms += usage.decode_ms;
        self.usd += usd;
        Some(StepUsage {
            provider: candidate.provider.clone(),
            model: candidate.id.clone(),
            usage,
            usd,
        })
    }

    /// Whether no turn came before the one counted last.
    pub(super) fn is_first(&self) -> bool {
        self.turns <= 1
    }

    /// Decides what follows a whole answer; tools that run will be one more way to another turn.
    pub(super) fn next(
        &mut self,
        spec: &AgentSpec,
        limits: &Limits,
        elapsed: Duration,
        answer: &Answer,
    ) -> Next {
        if let Some(text) = mentioned(spec, &answer.text) {
            return Next::Stop(Stop::TextMention { text });
        }
        if !answer.tool_calls.is_empty() {
            let tools = answer
                .tool_calls
                .iter()
                .map(|call| call.name.clone())
                .collect();
            return Next::Stop(Stop::ToolCallNotExecuted { tools });
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
        let ceiling = self.ceiling(limits, elapsed, answer);
        ceiling.map_or_else(|| Next::Turn(vec![correction(reason)]), Next::Stop)
    }

    /// Returns the ceiling that forbids another turn.
    fn ceiling(&self, limits: &Limits, elapsed: Duration, answer: &Answer) -> Option<Stop> {
        if self.turns >= limits.turns_max {
            let turns = limits.turns_max;
            return Some(Stop::MaxTurns { turns });
        }
        if elapsed >= limits.wall_clock_max {
            return Some(limits.wall_clock_stop());
        }
        // The next turn reads at least what this one read.
        let read = answer.done.map_or(0, |(_, usage)| usage.tokens_in);
        if let Some(tokens) = limits.tokens_in_max.filter(|max| read >= *max) {
            return Some(Stop::MaxTokens { tokens });
        }
        let usd = limits.usd_max.filter(|max| self.usd > *max)?;
        Some(Stop::MaxUsd { usd })
    }
}

/// Tells the model what is wrong with its call, which it does not see again.
fn correction(reason: &str) -> Message {
    Message::user(format!(
        "Your tool call could not be read: {reason}. Write the call again, or answer without it."
    ))
}

/// Returns the text in the answer at which the agent stops.
fn mentioned(spec: &AgentSpec, answer: &str) -> Option<String> {
    let conditions = spec
        .iteration
        .iter()
        .flat_map(|iteration| &iteration.termination_conditions);
    let included = conditions.filter_map(|condition| match condition {
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
