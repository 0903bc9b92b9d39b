use aldo_models::{Detokenizer, DialectParser, Piece};

use super::language::{Language, reading};
use super::stop_texts::StopTexts;
use crate::{Event, Request, ToolCall};

/// Tokens to events: text, markup taken out, cut at the stop texts. Stop texts are looked for in
/// the text alone: reasoning and the arguments of calls may hold them.
#[derive(Debug)]
pub(super) struct Output {
    detokenizer: Detokenizer,
    parser: DialectParser,
    stops: StopTexts,
    /// The highest number of a call of the conversation so far.
    calls: usize,
    called: bool,
}

impl Output {
    /// Starts the answer to `request`; `opens_reasoning` when its prompt ends in reasoning.
    pub(super) fn new(language: &Language, request: &Request, opens_reasoning: bool) -> Self {
        Self {
            detokenizer: language.tokenizer.detokenizer(),
            parser: language.dialect.parser(reading(request, opens_reasoning)),
            stops: StopTexts::new(request.stop.clone()),
            calls: ToolCall::highest_number(&request.messages),
            called: false,
        }
    }

    /// Takes the next token, which does not end the answer, and returns what is certain by now.
    pub(super) fn push(&mut self, token: u32) -> Vec<Event> {
        let text = self.detokenizer.push(token);
        let pieces = self.parser.push(&text);
        self.events(pieces)
    }

    /// Returns what was held back.
    pub(super) fn finish(&mut self) -> Vec<Event> {
        let text = self.detokenizer.finish();
        let mut pieces = self.parser.push(&text);
        pieces.extend(self.parser.finish());
        let mut events = self.events(pieces);
        events.extend(self.held_text());
        events
    }

    /// Whether a stop text appeared.
    pub(super) fn stopped(&self) -> bool {
        self.stops.stopped()
    }

    /// Whether the answer holds a tool call.
    pub(super) fn called(&self) -> bool {
        self.called
    }

    /// Whether the answer stands within reasoning.
    pub(super) fn in_reasoning(&self) -> bool {
        self.parser.in_reasoning()
    }

    fn events(&mut self, pieces: Vec<Piece>) -> Vec<Event> {
        let mut events = Vec::new();
        for piece in pieces {
            if self.stopped() {
                break;
            }
            match piece {
                Piece::Text(text) => events.extend(some_text(self.stops.push(&text))),
                Piece::Reasoning(text) => {
                    events.extend(self.held_text());
                    events.push(Event::Reasoning(text));
                }
                Piece::ToolCall { name, arguments } => {
                    events.extend(self.held_text());
                    self.calls += 1;
                    self.called = true;
                    let id = ToolCall::id_of(self.calls);
                    events.push(Event::ToolCall(ToolCall {
                        id,
                        name,
                        arguments,
                    }));
                }
                Piece::MalformedToolCall { text, reason } => {
                    events.extend(self.held_text());
                    events.push(Event::MalformedToolCall { text, reason });
                }
            }
        }
        events
    }

    fn held_text(&mut self) -> Option<Event> {
        some_text(self.stops.flush())
    }
}

fn some_text(text: String) -> Option<Event> {
    (!text.is_empty()).then_some(Event::Text(text))
}
