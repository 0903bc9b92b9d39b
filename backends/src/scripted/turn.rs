use crate::{BackendError, Event, Finish, Usage};

/// One answer of a script.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    events: Vec<Event>,
    usage: Usage,
    end: End,
}

#[derive(Debug, Clone, PartialEq)]
enum End {
    Natural,
    Finish(Finish),
    Error(String),
}

impl Turn {
    /// Creates a turn that gives `events` and then ends: with [`Finish::ToolCalls`] if there is a call
    /// among them, else with [`Finish::Stop`].
    pub fn new(events: Vec<Event>) -> Self {
        Self {
            events,
            usage: Usage::default(),
            end: End::Natural,
        }
    }

    /// Creates a turn that answers `text`.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(vec![Event::Text(text.into())])
    }

    /// The turn, failing with `reason` after its events.
    #[must_use]
    pub fn failing(self, reason: impl Into<String>) -> Self {
        Self {
            end: End::Error(reason.into()),
            ..self
        }
    }

    /// The turn, ending with `finish`.
    #[must_use]
    pub fn finishing(self, finish: Finish) -> Self {
        Self {
            end: End::Finish(finish),
            ..self
        }
    }

    /// The turn, reporting `usage`.
    #[must_use]
    pub fn using(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }

    /// The events up to the first end among them, or to the end that follows from the turn.
    pub(super) fn into_events(self) -> Vec<Result<Event, BackendError>> {
        let natural = self.natural_finish();
        let mut events: Vec<_> = self.events;
        if let Some(end) = events
            .iter()
            .position(|event| matches!(event, Event::Done { .. }))
        {
            events.truncate(end + 1);
            return events.into_iter().map(Ok).collect();
        }
        let end = match self.end {
            End::Natural => Ok(Event::Done {
                finish: natural,
                usage: self.usage,
            }),
            End::Finish(finish) => Ok(Event::Done {
                finish,
                usage: self.usage,
            }),
            End::Error(reason) => Err(BackendError::Scripted { reason }),
        };
        events.into_iter().map(Ok).chain([end]).collect()
    }

    fn natural_finish(&self) -> Finish {
        if self
            .events
            .iter()
            .any(|event| matches!(event, Event::ToolCall(_)))
        {
            Finish::ToolCalls
        } else {
            Finish::Stop
        }
    }
}
