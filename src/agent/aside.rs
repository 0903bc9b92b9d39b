//! What the model is asked beside the conversation: a call written again, steps summed up.

use std::ops::ControlFlow;

use aldo_backends::{Message, Request, ResponseFormat, Sampling, ToolCall};

use super::answer::Answer;
use super::fit::steps_to_leave_out;
use super::repair;
use super::run::{Going, Unshortened};
use super::shown::Shown;
use super::summary;
use super::turn::{Cut, ask};
use crate::spec::SummaryStrategy;
use crate::store::{Entry, StepUsage};

impl Going<'_, '_> {
    /// Leaves out the first steps where the conversation comes near the end of the window, and writes
    /// that down.
    pub(super) async fn shorten(&mut self) -> Result<(), Unshortened> {
        let steps = steps_to_leave_out(&self.conversation, &self.tools, &self.window);
        let Some(steps) = steps else {
            return Ok(());
        };
        let iteration = self.task.spec.iteration.as_ref();
        let strategy = iteration.map_or(SummaryStrategy::default(), |it| it.summary_strategy);
        let (summary, used) = match strategy {
            SummaryStrategy::RollingWindow => (None, None),
            SummaryStrategy::PeriodicSummary => self.summed_up(steps).await?,
        };
        let entry = Entry::Shortened {
            strategy: strategy.as_str(),
            steps,
            summary: summary.clone(),
        };
        let written = self.record.append(&[entry], used.as_ref());
        written.map_err(Unshortened::Store)?;
        let shown = (self.show)(&Shown::Shortened {
            steps,
            summed_up: summary.is_some(),
        });
        self.conversation.leave_out(steps, summary);
        if shown.is_break() {
            return Err(Unshortened::Stop(self.stop_of(Cut::OutputClosed)));
        }
        Ok(())
    }

    /// Has the model sum up the steps that are left out; where it does not, they are left out all the
    /// same, and what was summed up before stands.
    async fn summed_up(
        &mut self,
        steps: usize,
    ) -> Result<(Option<String>, Option<StepUsage>), Unshortened> {
        let window = self.window.tokens();
        let bytes_max = self.window.half_bytes();
        let messages = summary::request(&self.conversation, steps, bytes_max);
        let request = self.aside(messages, summary::tokens_max(window), ResponseFormat::Text);
        let (answer, cut) = self.ask_aside(request).await;
        let used = self.used(&answer);
        let before = self.conversation.summary().map(str::to_owned);
        match (cut, answer.text.trim()) {
            (None, "") | (Some(Cut::Backend(_)), _) => Ok((before, used)),
            (None, text) => Ok((Some(text.to_owned()), used)),
            (Some(cut), _) => Err(Unshortened::Stop(self.stop_of(cut))),
        }
    }

    /// Has the call in `answer` written again, once, where decoding can be held to its form.
    pub(super) async fn repair(
        &mut self,
        answer: &Answer,
        reason: &str,
    ) -> Result<Option<(ToolCall, StepUsage)>, Cut> {
        if !self.task.candidate.source.is_in_process() || self.tools.is_empty() {
            return Ok(None);
        }
        let mut messages = self.conversation.messages();
        messages.extend(repair::question(answer.message(), reason, &self.tools));
        let request = self.aside(messages, repair::TOKENS_MAX, repair::form(&self.tools));
        let (again, cut) = self.ask_aside(request).await;
        let used = self.used(&again);
        match cut {
            Some(Cut::Backend(_)) | None => {}
            Some(cut) => return Err(cut),
        }
        let id = format!("again{:04}", self.conversation.len() + 1);
        let repaired = repair::read(&again.text, id).zip(used);
        if let Some((call, _)) = &repaired {
            let shown = (self.show)(&Shown::Repaired(call));
            if shown.is_break() {
                return Err(Cut::OutputClosed);
            }
        }
        Ok(repaired)
    }

    fn aside(
        &self,
        messages: Vec<Message>,
        tokens_max: usize,
        response: ResponseFormat,
    ) -> Request {
        Request {
            sampling: Sampling {
                seed: self.task.sampling.seed,
                ..Sampling::default()
            },
            tokens_max,
            thinking: Some(false),
            response,
            ..Request::new(messages)
        }
    }

    async fn ask_aside(&mut self, request: Request) -> (Answer, Option<Cut>) {
        let mut quiet = |_: &Shown<'_>| ControlFlow::Continue(());
        ask(self.backend, request, &self.patience, &mut quiet).await
    }

    fn used(&mut self, answer: &Answer) -> Option<StepUsage> {
        let (_, usage) = answer.done?;
        Some(self.progress.add(self.task.candidate, usage))
    }
}
