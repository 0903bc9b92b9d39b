//! What the model has been told and has said, step by step, and what of it is left out.

use aldo_backends::{Message, Role};

/// A conversation: its beginning, which always stays, and steps that may be left out, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conversation {
    first: Vec<Message>,
    steps: Vec<Vec<Message>>,
    left_out: usize,
    summary: Option<String>,
}

impl Conversation {
    /// Makes one of the messages before the first answer.
    pub fn new(first: Vec<Message>) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }

    /// Adds a step: an answer and what follows from it, or what a person says in between.
    pub fn push(&mut self, step: Vec<Message>) {
        self.steps.push(step);
    }

    /// Takes over the steps of `other`, and what is left out of them.
    pub(super) fn take_steps(&mut self, other: Self) {
        self.steps = other.steps;
        self.left_out = other.left_out;
        self.summary = other.summary;
    }

    /// Takes the last step back.
    pub(super) fn pop(&mut self) -> Option<Vec<Message>> {
        self.steps.pop()
    }

    /// Returns the last step.
    pub(super) fn last_mut(&mut self) -> Option<&mut Vec<Message>> {
        self.steps.last_mut()
    }

    /// Returns how many steps there are, those left out as well.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nobody has answered yet.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns how many steps are left out.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns what stands for the steps that are left out.
    pub(super) fn summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }

    /// Returns the steps from number `from` up to `to`, those left out as well.
    pub(super) fn steps(&self, from: usize, to: usize) -> &[Vec<Message>] {
        self.steps.get(from..to).unwrap_or_default()
    }

    /// Leaves out the first `steps` steps; `summary` stands for them.
    pub(super) fn leave_out(&mut self, steps: usize, summary: Option<String>) {
        self.left_out = steps.min(self.steps.len());
        self.summary = summary;
    }

    /// Returns what the model is told next: strictly alternating as it was, so that a note about what
    /// is left out is part of the message before it.
    pub fn messages(&self) -> Vec<Message> {
        let kept = self.steps.iter().skip(self.left_out).flatten();
        let mut messages: Vec<Message> = self.first.iter().chain(kept).cloned().collect();
        if let (Some(note), Some(message)) = (self.note(), self.noted(&mut messages)) {
            message.content.push_str(&note);
        }
        messages
    }

    fn noted<'a>(&self, messages: &'a mut [Message]) -> Option<&'a mut Message> {
        let first = messages.get_mut(..self.first.len())?;
        first.iter_mut().rfind(|message| message.role == Role::User)
    }

    fn note(&self) -> Option<String> {
        match &self.summary {
            _ if self.left_out == 0 => None,
            Some(summary) => Some(format!("\n\n[What you have done so far: {summary}]")),
            None => Some("\n\n[Your first steps are left out here, to save room.]".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation() -> Conversation {
        let mut all = Conversation::new(vec![Message::system("s"), Message::user("task")]);
        for step in ["one", "two", "three"] {
            all.push(vec![Message::assistant(step), Message::tool("1", "result")]);
        }
        all
    }

    #[test]
    fn what_is_left_out_is_whole_steps_and_the_beginning_stays() {
        let mut all = conversation();
        assert_eq!(all.messages().len(), 8);
        all.leave_out(2, None);
        let messages = all.messages();
        let texts: Vec<&str> = messages.iter().map(|m| m.content.as_str()).collect();
        assert_eq!(
            texts,
            [
                "s",
                "task\n\n[Your first steps are left out here, to save room.]",
                "three",
                "result"
            ]
        );
        all.leave_out(9, Some("I read a".to_owned()));
        assert_eq!(all.left_out(), 3);
        assert!(
            all.messages()[1]
                .content
                .ends_with("[What you have done so far: I read a]")
        );
    }
}
