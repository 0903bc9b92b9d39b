//! One case on one model: what is asked, how often, and the row that comes of it.

use std::collections::BTreeSet;
use std::time::Duration;

use aldo_backends::{Backend, Message, Request, Usage};

use super::ask::{Asked, Cut, ask};
use super::evaluate::{Answer, Judgement};
use super::judge::{Judges, judge};
use super::report_wire::{CaseRow, Try};
use super::suite::{Case, Room, Suite};
use crate::agent::Cancel;
use crate::capabilities::Capability;

/// How long one answer may take.
const LIMIT: Duration = Duration::from_mins(30);
/// Tokens a model that reasons may spend on it, beside those of the answer.
const THINKING_TOKENS: usize = 4096;
/// Tokens of the template around a prompt.
const TEMPLATE_TOKENS: usize = 64;
/// The share of the window that is left for the answer at most.
const ANSWER_SHARE: usize = 4;

/// The model under test.
pub struct Subject<'a> {
    /// What answers.
    pub backend: &'a dyn Backend,
    /// What it can do.
    pub provides: &'a BTreeSet<Capability>,
    /// How many tokens it reads and writes together.
    pub window: usize,
    /// Bytes of text a token of it stands for.
    pub bytes_per_token: f64,
    /// Whether it computes in this process, where the conversation before can be forgotten.
    pub in_process: bool,
}

/// What all cases share.
pub struct Setting<'a> {
    /// How often each case is asked, at least once.
    pub repeat: u32,
    /// The user's wish.
    pub cancel: &'a Cancel,
    /// Who judges by rubrics.
    pub judges: &'a Judges,
}

/// The user wished that it end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// Asks a case as often as `setting` says.
///
/// # Errors
/// [`Interrupted`]; nothing of the case counts then.
pub async fn case(
    case: &Case,
    subject: &Subject<'_>,
    setting: &Setting<'_>,
) -> Result<CaseRow, Interrupted> {
    if let Some(why) = subject.lacks(case) {
        return Ok(CaseRow::skipped(case, why));
    }
    for rubric in case.expect.rubrics() {
        if let Some(Err(reason)) = setting.judges.get(&rubric.class) {
            return Ok(CaseRow::skipped(case, &format!("no judge: {reason}")));
        }
    }
    let written = case.prompt.write(subject.room(case));
    let note = written.shortened.map(|(tokens, wanted)| {
        let window = subject.window;
        format!(
            "its filler is shortened to about {tokens} of {wanted} tokens, for a window of {window}"
        )
    });
    let mut tries = Vec::new();
    for _ in 0..setting.repeat.max(1) {
        // The engine keeps what it computed last; an answer that profits from it would look quick, and
        // depend on which case came before.
        if subject.in_process
            && let Err(Cut::Canceled) = warm_up(subject.backend, setting.cancel).await
        {
            return Err(Interrupted);
        }
        let request = subject.request(case, &written.text);
        let (asked, cut) = ask(subject.backend, request, setting.cancel, LIMIT).await;
        if matches!(cut, Some(Cut::Canceled)) {
            return Err(Interrupted);
        }
        tries.push(judged(case, &written.text, asked, cut, setting).await?);
    }
    let prompt = match &case.system {
        Some(system) => format!("[system] {system}\n\n[user] {}", written.text),
        None => written.text,
    };
    Ok(CaseRow::asked(case, &prompt, note, tries))
}

/// Judges an answer, its rubrics with it.
///
/// # Errors
/// [`Interrupted`].
pub async fn judged(
    case: &Case,
    question: &str,
    asked: Asked,
    cut: Option<Cut>,
    setting: &Setting<'_>,
) -> Result<Try, Interrupted> {
    let mut judgements: Vec<Judgement> = Vec::new();
    let mut unjudged = None;
    if cut.is_none() {
        for rubric in case.expect.rubrics() {
            let found = judge(
                setting.judges,
                rubric,
                question,
                &asked.text,
                setting.cancel,
            )
            .await;
            match found {
                Ok(judgement) => judgements.push(judgement),
                Err(reason) => unjudged = Some(reason),
            }
        }
    }
    if setting.cancel.is_canceled() {
        return Err(Interrupted);
    }
    let verdict = case.expect.evaluate(Answer {
        text: &asked.text,
        calls: &asked.calls,
        judgements: &judgements,
    });
    let mut one = Try::new(asked, cut.as_ref(), verdict);
    if let Some(reason) = unjudged {
        one.pass = false;
        one.error.get_or_insert(reason);
    }
    Ok(one)
}

/// Loads the model and brings it to speed: its first request of all, whose answer is one word.
///
/// # Errors
/// What cut it off.
pub async fn warm_up(backend: &dyn Backend, cancel: &Cancel) -> Result<Usage, Cut> {
    let request = Request {
        tokens_max: 1,
        ..Request::new(vec![Message::user("Say yes.")])
    };
    let (asked, cut) = ask(backend, request, cancel, LIMIT).await;
    cut.map_or(Ok(asked.usage()), Err)
}

/// Returns how many tokens a model should read and write together for `suite`.
pub fn window_wanted(suite: &Suite, thinks: bool) -> usize {
    let needs = suite.cases.iter().map(|case| {
        let filler = case.prompt.filler_tokens().unwrap_or(0);
        let fixed = case.prompt.fixed_bytes() + case.around_bytes();
        // Twice what English takes, so that other tokenizers fit as well.
        filler * 5 / 4 + fixed / 2 + answer_tokens(case, thinks) + TEMPLATE_TOKENS
    });
    needs.max().unwrap_or(0)
}

fn answer_tokens(case: &Case, thinks: bool) -> usize {
    case.tokens_max + if thinks { THINKING_TOKENS } else { 0 }
}

impl Case {
    /// What stands around the prompt, in bytes: instructions and tools.
    fn around_bytes(&self) -> usize {
        let tools = self.tools.iter().map(|tool| {
            tool.name.len() + tool.description.len() + tool.parameters.to_string().len() + 40
        });
        self.system.as_ref().map_or(0, String::len) + tools.sum::<usize>()
    }
}

impl Subject<'_> {
    fn can(&self, capability: &Capability) -> bool {
        self.provides.contains(capability)
    }

    fn lacks(&self, case: &Case) -> Option<&'static str> {
        if case.needs_tools() && !self.can(&Capability::TOOL_USE) {
            return Some("the model calls no tools");
        }
        if case.needs_vision() && !self.can(&Capability::VISION) {
            return Some("the model sees no images");
        }
        None
    }

    fn answer_tokens(&self, case: &Case) -> usize {
        let wanted = answer_tokens(case, self.can(&Capability::REASONING));
        wanted.min((self.window / ANSWER_SHARE).max(1))
    }

    fn room(&self, case: &Case) -> Room {
        let around = case.around_bytes() as f64 / self.bytes_per_token.max(0.1);
        let taken = self.answer_tokens(case) + TEMPLATE_TOKENS + around as usize;
        Room {
            tokens: self.window.saturating_sub(taken),
            bytes_per_token: self.bytes_per_token,
        }
    }

    fn request(&self, case: &Case, prompt: &str) -> Request {
        let system = case.system.iter().map(Message::system);
        let user = Message::user(prompt).with_images(case.images.clone());
        Request {
            tools: case.tools.clone(),
            tokens_max: self.answer_tokens(case),
            ..Request::new(system.chain([user]).collect())
        }
    }
}
