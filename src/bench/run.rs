//! One case on one model: what is asked, how often, and the row that comes of it.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use aldo_backends::{Backend, Finish, Message, Request};

use super::ask::{Asked, Cut, ask};
use super::evaluate::{Answer, Judgement};
use super::judge::{Judges, judge};
use super::report_wire::{CaseRow, Try};
use super::suite::{Case, Room, Suite};
use super::warm::{LIMIT, warm_up};
use crate::agent::Cancel;
use crate::capabilities::Capability;

/// How long a model may take to come to itself after an answer that was cut off.
const SETTLE_LIMIT: Duration = Duration::from_mins(10);
/// What an answer is given beside the time of its tokens: a server may load the model for it.
const PATIENCE: Duration = Duration::from_mins(2);
/// Tokens of a prompt that the slowest model anybody waits for reads in a second.
const PREFILL_TOK_PER_S_MIN: u64 = 20;
/// Tokens that it writes in a second.
const DECODE_TOK_PER_S_MIN: u64 = 1;
/// Tokens a model that reasons may spend on it, beside those of the answer.
const THINKING_TOKENS: usize = 4096;
/// Tokens of the template around a prompt.
const TEMPLATE_TOKENS: usize = 64;
/// The share of the window that is left for the answer at most.
const ANSWER_SHARE: usize = 4;
/// The share of the room that filler may be planned to take: no two lines have the same tokens a byte.
const ROOM_SHARE: f64 = 0.97;

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
    /// Whether it reasons before it answers: by what is known of it, or because it was seen to.
    pub thinks: Cell<bool>,
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

/// What ends the cases of a model before all are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The user wished it.
    Interrupted,
    /// After an answer that was cut off the model answers nothing any more: why.
    Gone(String),
}

/// Asks a case as often as `setting` says.
///
/// # Errors
/// [`Ended`]; nothing of the case counts then.
pub async fn case(
    case: &Case,
    subject: &Subject<'_>,
    setting: &Setting<'_>,
) -> Result<CaseRow, Ended> {
    if let Some(why) = subject.lacks(case) {
        return Ok(CaseRow::skipped(case, why));
    }
    for rubric in case.expect.rubrics() {
        if let Some(Err(reason)) = setting.judges.get(&rubric.class) {
            return Ok(CaseRow::skipped(case, &format!("no judge: {reason}")));
        }
    }
    let knew = subject.thinks.get();
    let row = tried(case, subject, setting).await?;
    let reasons = row.tries.iter().any(|one| !one.reasoning.is_empty());
    let cut = row
        .tries
        .iter()
        .any(|one| one.finish == Some(Finish::Length));
    subject.thinks.set(knew || reasons);
    if reasons && cut && !knew {
        // Nobody said that it reasons; like any model that does it is given the tokens for it.
        return tried(case, subject, setting).await;
    }
    Ok(row)
}

async fn tried(
    case: &Case,
    subject: &Subject<'_>,
    setting: &Setting<'_>,
) -> Result<CaseRow, Ended> {
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
            && let Err(Cut::Canceled) = warm_up(subject.backend, setting.cancel, LIMIT).await
        {
            return Err(Ended::Interrupted);
        }
        let request = subject.request(case, &written.text);
        let limit = subject.patience(case, &written.text);
        let (asked, cut) = ask(subject.backend, request, setting.cancel, limit).await;
        match &cut {
            Some(Cut::Canceled) => return Err(Ended::Interrupted),
            Some(Cut::TooLong { .. } | Cut::Backend(_) | Cut::Run { .. }) => {
                settle(subject.backend, setting.cancel).await?;
            }
            None => {}
        }
        tries.push(judged(case, &written.text, asked, cut, setting).await?);
    }
    let prompt = match &case.system {
        Some(system) => format!("[system] {system}\n\n[user] {}", written.text),
        None => written.text,
    };
    Ok(CaseRow::asked(case, &prompt, note, tries))
}

/// Waits until the model answers again: a server may go on with what nobody waits for any more, and the
/// next answer would look slow.
async fn settle(backend: &dyn Backend, cancel: &Cancel) -> Result<(), Ended> {
    match warm_up(backend, cancel, SETTLE_LIMIT).await {
        Ok(_) => Ok(()),
        Err(Cut::Canceled) => Err(Ended::Interrupted),
        Err(cut @ (Cut::TooLong { .. } | Cut::Backend(_) | Cut::Run { .. })) => {
            Err(Ended::Gone(cut.reason()))
        }
    }
}

/// Judges an answer, its rubrics with it.
///
/// # Errors
/// [`Ended::Interrupted`].
pub async fn judged(
    case: &Case,
    question: &str,
    asked: Asked,
    cut: Option<Cut>,
    setting: &Setting<'_>,
) -> Result<Try, Ended> {
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
        return Err(Ended::Interrupted);
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
        let wanted = answer_tokens(case, self.thinks.get());
        wanted.min((self.window / ANSWER_SHARE).max(1))
    }

    /// How long an answer may take: as long as the slowest model that anybody waits for would.
    fn patience(&self, case: &Case, prompt: &str) -> Duration {
        let bytes = (prompt.len() + case.around_bytes()) as f64;
        let read = (bytes / self.bytes_per_token.max(0.1)) as u64 / PREFILL_TOK_PER_S_MIN;
        let written = self.answer_tokens(case) as u64 / DECODE_TOK_PER_S_MIN;
        LIMIT.min(PATIENCE + Duration::from_secs(read + written))
    }

    fn room(&self, case: &Case) -> Room {
        let around = case.around_bytes() as f64 / self.bytes_per_token.max(0.1);
        let taken = self.answer_tokens(case) + TEMPLATE_TOKENS + around as usize;
        let left = self.window.saturating_sub(taken) as f64;
        Room {
            tokens: (left * ROOM_SHARE) as usize,
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
