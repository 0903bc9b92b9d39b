use std::time::Instant;

use aldo_models::Sampler;

use super::constraint::Constraint;
use super::language::{Language, Prompt};
use super::meter::Meter;
use super::outbox::Outbox;
use super::output::Output;
use super::speculation::Lookup;
use crate::{BackendError, Event, Finish, Request};

/// How many of the last tokens the repetition penalty is for.
const RECENT_TOKENS: usize = 64;

/// One answer being written. Knows its tokens and what follows from each, but no cache and no model.
#[derive(Debug)]
pub(super) struct Sequence {
    pub(super) outbox: Outbox,
    /// Its place in the cache while it has one.
    pub(super) slot: Option<usize>,
    pub(super) meter: Meter,
    /// What guesses its next tokens.
    pub(super) lookup: Lookup,
    prompt_len: usize,
    /// The prompt and what was written: `tokens[cache.len(slot)..]` is to be computed.
    tokens: Vec<u32>,
    sampler: Sampler,
    constraint: Constraint,
    output: Output,
    tokens_left: usize,
    context_max: usize,
    end: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Failed,
}

impl Sequence {
    /// Creates the sequence that answers `request`, whose prompt is `prompt`.
    pub(super) fn new(
        request: &Request,
        prompt: Prompt,
        constraint: Constraint,
        language: &Language,
        outbox: Outbox,
        meter: Meter,
        context_max: usize,
    ) -> Result<Self, BackendError> {
        Ok(Self {
            outbox,
            slot: None,
            meter,
            lookup: Lookup::default(),
            prompt_len: prompt.tokens.len(),
            output: Output::new(language, request, prompt.opens_reasoning),
            sampler: Sampler::new(request.sampling.clone())?,
            constraint,
            tokens: prompt.tokens,
            tokens_left: request.tokens_max,
            context_max,
            end: None,
        })
    }

    /// The prompt and what was written.
    pub(super) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// How many of them are the prompt.
    pub(super) fn prompt_len(&self) -> usize {
        self.prompt_len
    }

    /// Guesses what will be written behind the next token, no more than can be.
    pub(super) fn guess(&mut self) -> Vec<u32> {
        let context_left = self.context_max.saturating_sub(self.tokens.len());
        let max = self.tokens_left.min(context_left).saturating_sub(1);
        self.lookup.propose(&self.tokens, max)
    }

    /// Whether it has its end, which its reader may not have seen yet.
    pub(super) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Whether its end is an error.
    pub(super) fn has_failed(&self) -> bool {
        self.end == Some(End::Failed)
    }

    /// Whether it can go on: it has no end, its reader follows, and its grammars are built.
    pub(super) fn is_ready(&self) -> bool {
        self.end.is_none() && self.outbox.is_clear() && self.constraint.is_ready()
    }

    /// Takes over its grammars when they are built.
    pub(super) fn poll(&mut self) {
        if self.end.is_none()
            && let Err(error) = self.constraint.poll()
        {
            self.fail(error);
        }
    }

    /// Chooses the next token from its logits (V,), and sends what follows from it.
    pub(super) fn accept(&mut self, logits: &[f32], language: &Language) {
        let recent = &self.tokens[self.tokens.len().saturating_sub(RECENT_TOKENS)..];
        match self.constraint.choose(&mut self.sampler, logits, recent) {
            Ok(token) => self.write(token, language.tokenizer.is_end(token)),
            Err(error) => self.fail(error.into()),
        }
    }

    /// Ends it with `error`.
    pub(super) fn fail(&mut self, error: BackendError) {
        self.end = Some(End::Failed);
        self.outbox.push(Err(error));
    }

    fn write(&mut self, token: u32, is_end: bool) {
        self.tokens.push(token);
        self.tokens_left = self.tokens_left.saturating_sub(1);
        let reasoned_before = self.output.in_reasoning();
        let events = if is_end {
            Vec::new()
        } else {
            self.output.push(token)
        };
        let reasons = !is_end && (reasoned_before || self.output.in_reasoning());
        self.meter.wrote(Instant::now(), reasons);
        self.send(events);
        if let Some(finish) = self.finish_after(is_end) {
            self.end(finish);
        }
    }

    fn finish_after(&self, is_end: bool) -> Option<Finish> {
        if self.output.stopped() {
            Some(Finish::StopText)
        } else if is_end || self.constraint.is_over() {
            Some(Finish::Stop)
        } else if self.tokens_left == 0 || self.tokens.len() >= self.context_max {
            Some(Finish::Length)
        } else {
            None
        }
    }

    fn end(&mut self, finish: Finish) {
        let events = self.output.finish();
        self.send(events);
        let finish = match finish {
            Finish::Length => Finish::Length,
            Finish::Stop | Finish::StopText | Finish::ToolCalls if self.output.called() => {
                Finish::ToolCalls
            }
            Finish::Stop | Finish::StopText | Finish::ToolCalls if self.output.stopped() => {
                Finish::StopText
            }
            Finish::Stop | Finish::StopText | Finish::ToolCalls => Finish::Stop,
        };
        self.end = Some(End::Done);
        self.outbox.push(Ok(Event::Done {
            finish,
            usage: self.meter.usage(),
        }));
    }

    fn send(&mut self, events: Vec<Event>) {
        for event in events {
            self.outbox.push(Ok(event));
        }
    }
}
