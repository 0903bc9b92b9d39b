//! What the proof found; also the form in which the inner process tells the outer one.

use aldo_backends::proof::Caught;
use serde::{Deserialize, Serialize};

/// The whole proof.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// Whether the trap works and nothing left.
    pub(super) ok: bool,
    /// Messages that had to arrive, so that an empty trap means something.
    pub(super) controls: Vec<Trial>,
    /// What was tried with a sensitive agent.
    pub(super) attempts: Vec<Trial>,
    /// What left the machine in all attempts together.
    pub(super) left: Left,
}

/// One thing that was tried.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trial {
    /// What was tried.
    pub(super) what: String,
    /// How aldo exited; nothing when it had to be ended.
    pub(super) exit_code: Option<i32>,
    /// The exit codes that are right.
    pub(super) expected: Vec<i32>,
    /// What left.
    pub(super) left: Left,
    /// Whether it came out as it must.
    pub(super) ok: bool,
    /// What aldo said, where it did not come out as it must.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<String>,
}

/// What reached the trap.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Left {
    /// Packets, whatever they held.
    pub(super) packets: u64,
    /// Messages the trap could read.
    pub(super) messages: Vec<Caught>,
}

impl Report {
    /// Draws the conclusion.
    pub(super) fn new(controls: Vec<Trial>, attempts: Vec<Trial>) -> Self {
        let mut left = Left::default();
        for trial in &attempts {
            left.packets += trial.left.packets;
            left.messages.extend(trial.left.messages.iter().cloned());
        }
        Self {
            ok: controls.iter().chain(&attempts).all(|trial| trial.ok),
            controls,
            attempts,
            left,
        }
    }
}

impl Left {
    /// Whether nothing arrived.
    pub(super) fn is_nothing(&self) -> bool {
        self.packets == 0 && self.messages.is_empty()
    }

    /// Whether a message with this text arrived.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.messages
            .iter()
            .any(|message| message.text.contains(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(ok: bool, packets: u64) -> Trial {
        Trial {
            what: "something".to_owned(),
            exit_code: Some(0),
            expected: vec![0],
            left: Left {
                packets,
                messages: Vec::new(),
            },
            ok,
            said: None,
        }
    }

    #[test]
    fn a_blind_trap_proves_nothing() {
        assert!(!Report::new(vec![trial(false, 0)], vec![trial(true, 0)]).ok);
        assert!(Report::new(vec![trial(true, 5)], vec![trial(true, 0)]).ok);
    }

    #[test]
    fn what_left_is_what_all_attempts_let_out() {
        let report = Report::new(vec![trial(true, 5)], vec![trial(false, 2), trial(false, 1)]);
        assert_eq!(report.left.packets, 3);
        assert!(!report.ok);
    }
}
