//! Answers whose reasoning and calls stand between marks in one stream of text.

use super::deepseek::DeepSeekCalls;
use super::hermes::HermesCall;
use super::llama_json::LlamaCalls;
use super::mistral::MistralCall;
use super::pythonic::PythonicCalls;
use super::qwen_coder::QwenCoderCall;
use super::show::{Shower, first_of, floor, open_mark};
use super::{CallMarkup, Dialect, Piece, Reading, llama_json, pythonic, words};

/// The longest call in bytes; what is longer is given back as text that cannot be a call.
pub(super) const CALL_BYTES_MAX: usize = 1 << 20;
/// No mark is longer, in bytes.
const MARK_BYTES_MAX: usize = 64;

/// Reads what follows the mark that opens a call.
pub(super) trait CallReader: std::fmt::Debug + Send {
    /// Looks at all that has come since; the same bytes give the same answer however they came.
    fn step(&mut self, body: &str) -> CallStep;

    /// The same when nothing more will come: never [`CallStep::More`].
    fn finish(&mut self, body: &str) -> CallStep;
}

/// What a reader makes of a body.
#[derive(Debug, PartialEq)]
pub(super) enum CallStep {
    /// Its end has not come.
    More,
    /// Its first `used` bytes are `pieces`, and what follows is read as `next`.
    Done {
        used: usize,
        pieces: Vec<Piece>,
        next: Next,
    },
}

/// What follows a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Text,
    Call,
}

/// Whether an answer that begins with some text begins with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    No,
    Maybe,
    Yes,
}

/// Where in an answer the parser stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first word of the answer.
    Beginning,
    Text,
    Reasoning,
    Call,
    /// In text that holds no marks, to the end.
    Verbatim,
}

#[derive(Debug)]
pub(super) struct Marked {
    dialect: Dialect,
    reading: Reading,
    place: Place,
    /// What has come and is not certain yet: a possible beginning of markup, or an open call.
    pending: String,
    /// The mark that opened the call.
    opened: &'static str,
    call: Option<Box<dyn CallReader>>,
    shower: Shower,
    /// Whether the next text is the first after reasoning.
    reasoned: bool,
}

impl Marked {
    pub(super) fn new(dialect: Dialect, reading: Reading) -> Self {
        let starts_in_reasoning =
            reading.starts_in_reasoning && dialect.reasoning.marks().is_some();
        let calls = if reading.formed && reading.tools.is_empty() {
            CallMarkup::None
        } else {
            dialect.calls
        };
        Self {
            dialect: Dialect { calls, ..dialect },
            place: if starts_in_reasoning {
                Place::Reasoning
            } else {
                Place::Beginning
            },
            reading,
            pending: String::new(),
            opened: "",
            call: None,
            shower: Shower::default(),
            reasoned: false,
        }
    }

    pub(super) fn in_reasoning(&self) -> bool {
        self.place == Place::Reasoning
    }

    pub(super) fn push(&mut self, text: &str) -> Vec<Piece> {
        self.pending.push_str(text);
        let mut pieces = Vec::new();
        while self.step(&mut pieces) {}
        pieces
    }

    pub(super) fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while self.place == Place::Call {
            self.finish_call(&mut pieces);
            while self.step(&mut pieces) {}
        }
        if self.place == Place::Beginning && !self.pending.is_empty() {
            self.begin_text();
            while self.step(&mut pieces) {}
        }
        let rest = std::mem::take(&mut self.pending);
        self.show(&rest, &mut pieces);
        pieces
    }

    /// Takes one stretch from `pending`; false when more must come first.
    fn step(&mut self, pieces: &mut Vec<Piece>) -> bool {
        match self.place {
            Place::Call => self.step_in_call(pieces),
            Place::Beginning => self.step_at_beginning(),
            Place::Text | Place::Reasoning => self.step_to_mark(pieces),
            Place::Verbatim => {
                let text = std::mem::take(&mut self.pending);
                self.show(&text, pieces);
                false
            }
        }
    }

    /// Decides by its first word what the answer is.
    fn step_at_beginning(&mut self) -> bool {
        let text = self.pending.trim_start();
        if text.is_empty() {
            return false;
        }
        match self.anchor(text) {
            Anchor::Maybe => return false,
            Anchor::Yes => {
                let skipped = self.pending.len() - text.len();
                self.pending.drain(..skipped);
                self.enter_call("");
                return true;
            }
            Anchor::No => {}
        }
        let marks = self.marks();
        let is_mark = marks.iter().any(|mark| text.starts_with(mark));
        let may_be_mark = marks.iter().any(|mark| mark.starts_with(text));
        if self.reading.formed && may_be_mark && !is_mark {
            return false;
        }
        if is_mark {
            self.place = Place::Text;
        } else {
            self.begin_text();
        }
        true
    }

    fn begin_text(&mut self) {
        if std::mem::take(&mut self.reasoned) {
            let space = self.pending.len() - self.pending.trim_start().len();
            self.pending.drain(..space);
        }
        self.place = if self.reading.formed {
            Place::Verbatim
        } else {
            Place::Text
        };
    }

    fn step_to_mark(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let marks = self.marks();
        let found = first_of(&self.pending, &marks);
        let (certain, mark) = match found {
            Some((at, mark)) => (at, Some(mark)),
            None => (self.pending.len() - open_mark(&self.pending, &marks), None),
        };
        let text: String = self.pending.drain(..certain).collect();
        self.show(&text, pieces);
        let Some(mark) = mark else {
            return false;
        };
        self.pending.drain(..mark.len());
        self.pass(mark);
        true
    }

    /// Goes where `mark` leads.
    fn pass(&mut self, mark: &'static str) {
        self.shower.reset();
        match self.dialect.reasoning.marks() {
            Some((open, _)) if mark == open => self.place = Place::Reasoning,
            Some((_, close)) if mark == close => {
                self.place = Place::Beginning;
                self.reasoned = true;
            }
            Some(_) | None => self.enter_call(mark),
        }
    }

    fn enter_call(&mut self, mark: &'static str) {
        self.place = Place::Call;
        self.opened = mark;
        self.call = self.reader(mark);
        self.shower.reset();
    }

    fn step_in_call(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let step = self.call.as_mut().map(|call| call.step(&self.pending));
        match step {
            Some(CallStep::Done { used, .. }) if used > CALL_BYTES_MAX + MARK_BYTES_MAX => {
                self.give_up_call(pieces);
            }
            Some(CallStep::Done {
                used,
                pieces: read,
                next,
            }) => self.take_call(used, read, next, pieces),
            Some(CallStep::More) if self.pending.len() > CALL_BYTES_MAX + MARK_BYTES_MAX => {
                self.give_up_call(pieces);
            }
            Some(CallStep::More) | None => return false,
        }
        true
    }

    fn finish_call(&mut self, pieces: &mut Vec<Piece>) {
        let step = self.call.as_mut().map(|call| call.finish(&self.pending));
        match step {
            Some(CallStep::Done {
                used,
                pieces: read,
                next,
            }) => self.take_call(used, read, next, pieces),
            Some(CallStep::More) | None => self.give_up_call(pieces),
        }
        if self.place == Place::Call && self.pending.is_empty() {
            self.place = Place::Text;
        }
    }

    fn take_call(&mut self, used: usize, read: Vec<Piece>, next: Next, pieces: &mut Vec<Piece>) {
        self.pending.drain(..used);
        pieces.extend(read);
        self.shower.reset();
        match next {
            Next::Call => self.enter_call(self.opened),
            Next::Text => self.place = Place::Text,
        }
    }

    /// Gives back the longest beginning of a call that is too long to be one.
    fn give_up_call(&mut self, pieces: &mut Vec<Piece>) {
        let cut = floor(&self.pending, CALL_BYTES_MAX);
        let text: String = self.pending.drain(..cut).collect();
        pieces.push(Piece::MalformedToolCall {
            text: format!("{}{text}", self.opened),
            reason: format!("the call is longer than {CALL_BYTES_MAX} bytes"),
        });
        self.shower.reset();
        self.place = Place::Text;
    }

    /// Emits `text`, without the white space that stands only between markup.
    fn show(&mut self, text: &str, pieces: &mut Vec<Piece>) {
        let shown = match self.place {
            // What has a form keeps all of it.
            Place::Verbatim => Some(text.to_owned()).filter(|text| !text.is_empty()),
            Place::Reasoning | Place::Text | Place::Call | Place::Beginning => {
                self.shower.show(text)
            }
        };
        let piece = match self.place {
            Place::Reasoning => Piece::Reasoning,
            Place::Text | Place::Call | Place::Beginning | Place::Verbatim => Piece::Text,
        };
        pieces.extend(shown.map(piece));
    }

    /// The marks that count where the parser stands.
    fn marks(&self) -> Vec<&'static str> {
        let reasoning = self.dialect.reasoning.marks();
        if let (Place::Reasoning, Some((_, close))) = (self.place, reasoning) {
            return vec![close];
        }
        let open = reasoning.map(|(open, _)| open);
        open.into_iter()
            .chain(openers(self.dialect.calls))
            .collect()
    }

    fn anchor(&self, text: &str) -> Anchor {
        match self.dialect.calls {
            CallMarkup::LlamaJson => llama_json::anchor(text),
            CallMarkup::Pythonic => pythonic::anchor(text),
            CallMarkup::None
            | CallMarkup::Hermes
            | CallMarkup::QwenCoder
            | CallMarkup::MistralList
            | CallMarkup::MistralNamed
            | CallMarkup::DeepSeekFenced
            | CallMarkup::DeepSeek
            | CallMarkup::Harmony => Anchor::No,
        }
    }

    fn reader(&self, mark: &'static str) -> Option<Box<dyn CallReader>> {
        Some(match self.dialect.calls {
            CallMarkup::None | CallMarkup::Harmony => return None,
            CallMarkup::Hermes => Box::new(HermesCall::default()),
            CallMarkup::QwenCoder => Box::new(QwenCoderCall::new(self.reading.tools.clone())),
            CallMarkup::LlamaJson => Box::new(LlamaCalls::new(mark)),
            CallMarkup::Pythonic => Box::new(PythonicCalls::new(mark)),
            CallMarkup::MistralList | CallMarkup::MistralNamed => Box::new(MistralCall::default()),
            CallMarkup::DeepSeekFenced | CallMarkup::DeepSeek => Box::new(DeepSeekCalls::new(mark)),
        })
    }
}

/// The marks that open a call anywhere in text.
fn openers(calls: CallMarkup) -> Vec<&'static str> {
    match calls {
        CallMarkup::None | CallMarkup::Harmony => Vec::new(),
        CallMarkup::Hermes | CallMarkup::QwenCoder => vec![words::CALL],
        CallMarkup::LlamaJson => vec![words::PYTHON_TAG],
        CallMarkup::Pythonic => vec![words::PYTHON_START, words::PYTHON_TAG],
        CallMarkup::MistralList | CallMarkup::MistralNamed => vec![words::TOOL_CALLS],
        CallMarkup::DeepSeekFenced | CallMarkup::DeepSeek => {
            vec![words::DEEPSEEK_CALLS, words::DEEPSEEK_CALL]
        }
    }
}
