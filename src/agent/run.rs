//! The loop itself.

use aldo_backends::{Backend, BackendError, Message, ToolSpec};

use super::answer::Answer;
use super::blame::{mark, may_try_another};
use super::calls::{Broken, Calls, Known};
use super::conversation::Conversation;
use super::fit::{self, Fitted};
use super::last::{Last, Unwritten};
use super::progress::{Next, Progress, as_the_spec_says, correction, found_in_results};
use super::shown::Show;
use super::stop::{self, Stop};
use super::task::{Attempt, Outcome, Pending, Spoken, Task, Unanswered};
use super::turn::{Cut, Patience, ask};
use super::window::Window;
use crate::cancel::Cancel;
use crate::store::{Entry, Run, Status, StepUsage, StoreError};

/// How often a turn is asked again because the model counts more tokens than were expected.
const TOO_LONG_MAX: u32 = 3;

/// Runs an agent until it stops, writing each step to `record` before the next one begins.
///
/// A model that fails in the first turn before anything came from it leaves the run to another one.
pub async fn run(
    task: &Task<'_>,
    backend: &dyn Backend,
    record: Run,
    cancel: &Cancel,
    show: &mut Show<'_>,
) -> Attempt {
    let deadline = record.started() + task.limits.wall_clock_max;
    let mut going = Going {
        task,
        backend,
        record,
        patience: Patience { cancel, deadline },
        show,
        tools: task.toolbox.specs(),
        window: Window::of(task.candidate, task.spec),
        conversation: task.start.conversation.clone(),
        progress: task.start.progress.clone(),
    };
    let mut over = match task.start.pending.clone() {
        Some(pending) => going.go_on(pending).await.err(),
        None => None,
    };
    let over = loop {
        match over {
            Some(over) => break over,
            None => over = going.turn().await.err(),
        }
    };
    match over {
        Over::Unanswered(error) => {
            let record = going.record;
            Attempt::Unanswered(Unanswered { record, error })
        }
        Over::Stopped(last, stop) => {
            let stop = as_the_spec_says(task.spec, stop);
            if task.spec.composite.is_some() && stop.status() == Status::Completed {
                return going.spoken(last);
            }
            let outcome = finish(&going.record, &going.progress, last, stop);
            Attempt::Ended(Box::new(outcome))
        }
        Over::Unwritten(answer, error) => {
            let outcome = outcome(
                &going.record,
                &going.progress,
                answer,
                Stop::Completed,
                Some(error),
            );
            Attempt::Ended(Box::new(outcome))
        }
    }
}

/// Why the loop is over.
enum Over {
    /// The model failed before it said anything.
    Unanswered(BackendError),
    /// There is a reason to stop.
    Stopped(Option<Last>, Stop),
    /// A step could not be written down.
    Unwritten(Answer, StoreError),
}

/// A run that goes on.
pub(super) struct Going<'a, 'b> {
    pub(super) task: &'a Task<'a>,
    pub(super) backend: &'a dyn Backend,
    pub(super) record: Run,
    pub(super) patience: Patience<'a>,
    pub(super) show: &'a mut Show<'b>,
    pub(super) tools: Vec<ToolSpec>,
    pub(super) window: Window,
    pub(super) conversation: Conversation,
    pub(super) progress: Progress,
}

impl Going<'_, '_> {
    /// Takes one turn: asks the model, and does what follows from its answer.
    async fn turn(&mut self) -> Result<(), Over> {
        let (answer, used) = self.answered().await?;
        match self.progress.next(self.task.spec, &answer) {
            Next::Stop(stop) => Err(Over::Stopped(Some(Last::unwritten(answer, used)), stop)),
            Next::Tools => self.call(answer, used).await,
            Next::Malformed(reason) => self.correct(answer, used, &reason).await,
        }
    }

    /// Asks the model what fits; again, with less, where it counts more tokens than were expected.
    async fn answered(&mut self) -> Result<(Answer, Option<StepUsage>), Over> {
        let mut too_long = 0;
        loop {
            let fitted = self.fit().await?;
            let bytes = fitted.bytes;
            let request = self.task.request(fitted);
            let (answer, cut) = ask(self.backend, request, &self.patience, self.show).await;
            if let Some(Cut::Backend(BackendError::ContextTooSmall {
                tokens_in,
                context_max,
            })) = &cut
            {
                self.window.counted(bytes, *tokens_in as u64);
                self.window.holds(*context_max as u64);
                too_long += 1;
                if too_long < TOO_LONG_MAX && self.conversation.len() > 1 {
                    continue;
                }
            }
            let used = self.progress.count(self.task.candidate, &answer);
            if let Some(used) = &used {
                self.window.counted(bytes, used.usage.tokens_in);
            }
            let Some(cut) = cut else {
                return Ok((answer, used));
            };
            return Err(self.over(answer, used, cut));
        }
    }

    /// Makes the conversation fit, within the ceilings of the run.
    async fn fit(&mut self) -> Result<Fitted, Over> {
        self.shorten().await.map_err(Over::from)?;
        let tokens_max = self.task.tokens_max;
        let fitted = fit::fitted(&self.conversation, &self.tools, &self.window, tokens_max);
        let fitted = fitted.map_err(|stop| Over::Stopped(None, stop))?;
        let ceiling = self.progress.ceiling(
            &self.task.limits,
            self.record.elapsed(),
            self.task.candidate,
            self.window.tokens_of(fitted.bytes),
            tokens_max as u64,
        );
        match ceiling {
            Some(stop) => Err(Over::Stopped(None, stop)),
            None => Ok(fitted),
        }
    }

    fn over(&mut self, answer: Answer, used: Option<StepUsage>, cut: Cut) -> Over {
        if let Cut::Backend(error) = cut {
            mark(self.task.candidate, &error, &self.record);
            // Another model would be given the run as it began: calls that went on here would be made twice.
            let is_untouched = self.progress.is_first() && self.task.start.pending.is_none();
            if is_untouched && answer.is_empty() && may_try_another(&error) {
                return Over::Unanswered(error);
            }
            return Over::Stopped(
                Some(Last::unwritten(answer, used)),
                stop::of_backend(&error),
            );
        }
        let stop = self.stop_of(cut);
        Over::Stopped(Some(Last::unwritten(answer, used)), stop)
    }

    pub(super) fn stop_of(&self, cut: Cut) -> Stop {
        match cut {
            Cut::Canceled => Stop::Canceled,
            Cut::OutputClosed => Stop::OutputClosed,
            Cut::WallClock => self.task.limits.wall_clock_stop(),
            Cut::Backend(error) => stop::of_backend(&error),
        }
    }

    /// Writes the answer down and runs its calls.
    async fn call(&mut self, answer: Answer, used: Option<StepUsage>) -> Result<(), Over> {
        let mut entries = answer.entries();
        // What else was meant as a call is explained after the results.
        let reason = answer.malformed.last().map(|(_, reason)| reason.clone());
        let more: Vec<Message> = reason
            .map(|reason| correction(&reason))
            .into_iter()
            .collect();
        entries.extend(more.iter().cloned().map(Entry::Message));
        if let Err(error) = self.record.append(&entries, used.as_ref()) {
            return Err(Over::Unwritten(answer, error));
        }
        self.conversation.push(vec![answer.message()]);
        let calls = answer.tool_calls.clone();
        self.results(answer, calls, &Known::default(), more).await
    }

    /// Runs what an earlier process left over of the last answer.
    async fn go_on(&mut self, pending: Pending) -> Result<(), Over> {
        let Pending { calls, known } = pending;
        let step = self.conversation.pop().unwrap_or_default();
        let mut step = step.into_iter();
        let said: Vec<Message> = step.by_ref().take(1).collect();
        let text = said.first().map(|message| message.content.clone());
        let answer = Answer {
            text: text.unwrap_or_default(),
            tool_calls: calls.clone(),
            ..Answer::default()
        };
        self.conversation.push(said);
        self.results(answer, calls, &known, step.collect()).await
    }

    async fn results(
        &mut self,
        answer: Answer,
        calls: Vec<aldo_backends::ToolCall>,
        known: &Known,
        more: Vec<Message>,
    ) -> Result<(), Over> {
        let running = Calls {
            toolbox: self.task.toolbox,
            made: &calls,
            known,
            result_bytes: self.window.result_bytes(calls.len()),
            patience: &self.patience,
        };
        let results = match running.run(&mut self.record, self.show).await {
            Ok(results) => results,
            Err(Broken::Store(error)) => return Err(Over::Unwritten(answer, error)),
            Err(Broken::Cut(cut)) => {
                let stop = self.stop_of(cut);
                return Err(Over::Stopped(Some(Last::written(answer)), stop));
            }
        };
        let stop = found_in_results(self.task.spec, &calls, &results);
        if let Some(step) = self.conversation.last_mut() {
            step.extend(results);
            step.extend(more);
        }
        match stop {
            Some(stop) => Err(Over::Stopped(Some(Last::written(answer)), stop)),
            None => Ok(()),
        }
    }

    /// Has a call written again that nobody can read or, where that cannot be, explains what is wrong.
    async fn correct(
        &mut self,
        answer: Answer,
        used: Option<StepUsage>,
        reason: &str,
    ) -> Result<(), Over> {
        let mut entries = answer.entries();
        if let Err(error) = self.record.append(&entries, used.as_ref()) {
            return Err(Over::Unwritten(answer, error));
        }
        let repaired = match self.repair(&answer, reason).await {
            Ok(repaired) => repaired,
            Err(cut) => {
                let stop = self.stop_of(cut);
                return Err(Over::Stopped(Some(Last::written(answer)), stop));
            }
        };
        let Some((call, used)) = repaired else {
            let explained = correction(reason);
            entries = vec![Entry::Message(explained.clone())];
            if let Err(error) = self.record.append(&entries, None) {
                return Err(Over::Unwritten(answer, error));
            }
            self.conversation.push(vec![answer.message(), explained]);
            return Ok(());
        };
        let answer = Answer {
            tool_calls: vec![call.clone()],
            malformed: Vec::new(),
            ..answer
        };
        let entry = Entry::RepairedToolCall(call.clone());
        if let Err(error) = self.record.append(&[entry], Some(&used)) {
            return Err(Over::Unwritten(answer, error));
        }
        self.conversation.push(vec![answer.message()]);
        self.results(answer, vec![call], &Known::default(), Vec::new())
            .await
    }
}

impl Going<'_, '_> {
    /// Leaves the run open for the agents that work on what was said.
    fn spoken(mut self, last: Option<Last>) -> Attempt {
        let (answer, unwritten) = match last {
            Some(last) => (last.answer, last.unwritten),
            None => (Answer::default(), None),
        };
        let (mut entries, used) = match unwritten {
            Some(Unwritten { used }) => (answer.entries(), used),
            None => (Vec::new(), None),
        };
        entries.push(Entry::Spoken(answer.text.clone()));
        if let Err(error) = self.record.append(&entries, used.as_ref()) {
            let stop = Stop::Completed;
            let outcome = outcome(&self.record, &self.progress, answer, stop, Some(error));
            return Attempt::Ended(Box::new(outcome));
        }
        Attempt::Spoken(Box::new(Spoken {
            record: self.record,
            output: answer.text,
            usage: self.progress.usage,
            usd: self.progress.usd,
        }))
    }
}

impl From<Unshortened> for Over {
    fn from(why: Unshortened) -> Self {
        match why {
            Unshortened::Stop(stop) => Self::Stopped(None, stop),
            Unshortened::Store(error) => Self::Unwritten(Answer::default(), error),
        }
    }
}

/// Why the conversation was not shortened though it had to be.
pub(super) enum Unshortened {
    /// There is a reason to stop.
    Stop(Stop),
    /// It could not be written down.
    Store(StoreError),
}

pub(super) fn finish(record: &Run, progress: &Progress, last: Option<Last>, stop: Stop) -> Outcome {
    let (answer, unwritten) = match last {
        Some(last) => (last.answer, last.unwritten),
        None => (Answer::default(), None),
    };
    let entries = match &unwritten {
        Some(_) => answer.entries(),
        None => Vec::new(),
    };
    let used = unwritten.and_then(|unwritten| unwritten.used);
    let written = record.finish(&entries, used.as_ref(), &stop.ending());
    outcome(record, progress, answer, stop, written.err())
}

fn outcome(
    record: &Run,
    progress: &Progress,
    answer: Answer,
    stop: Stop,
    store_error: Option<StoreError>,
) -> Outcome {
    // A run that failed anyway keeps its own reason.
    let stop = match &store_error {
        Some(error) if stop.exit_code() == 0 => Stop::StoreFailed {
            reason: error.to_string(),
        },
        Some(_) | None => stop,
    };
    Outcome {
        run: record.id(),
        stop,
        output: answer.text,
        tool_calls: answer.tool_calls,
        usage: progress.usage,
        usd: progress.usd,
        elapsed_ms: record.elapsed().as_millis() as u64,
        store_error,
    }
}

#[cfg(test)]
mod tests;
