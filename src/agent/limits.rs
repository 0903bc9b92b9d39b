use std::time::Duration;

use super::stop::Stop;
use crate::spec::AgentSpec;

/// Turns of an agent that names no limit.
const TURNS_MAX: u32 = 20;

/// Time of a run whose operator gives it no other.
const WALL_CLOCK_MAX: Duration = Duration::from_hours(1);

/// What a run may use up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Turns of the model.
    pub turns_max: u32,
    /// Turns that call tools.
    pub cycles_max: Option<u32>,
    /// Tokens a step may read.
    pub tokens_in_max: Option<u64>,
    /// US dollars, all steps together.
    pub usd_max: Option<f64>,
    /// Time, all steps together; in a tree, all agents of it together.
    pub wall_clock_max: Duration,
    /// What of that time others had taken when the run began.
    pub wall_clock_taken: Duration,
}

impl Limits {
    /// Returns the limits of `spec`, with `usd_max` of the operator where it is the lower one.
    pub fn of(spec: &AgentSpec, usd_max: Option<f64>) -> Self {
        let budget = spec.model_policy.budget;
        let with_grace = budget
            .usd_per_run
            .map(|usd| usd + budget.usd_grace.unwrap_or(0.0));
        let usd = [spec.termination.max_usd, with_grace, usd_max];
        Self {
            turns_max: turns_max(spec),
            cycles_max: spec.iteration.as_ref().map(|it| it.max_cycles),
            tokens_in_max: budget.tokens_in_max,
            usd_max: usd.into_iter().flatten().reduce(f64::min),
            wall_clock_max: WALL_CLOCK_MAX,
            wall_clock_taken: Duration::ZERO,
        }
    }

    /// The same, for at most `max`, of which others took `taken` before.
    #[must_use]
    pub fn for_at_most(self, max: Duration, taken: Duration) -> Self {
        Self {
            wall_clock_max: max,
            wall_clock_taken: taken,
            ..self
        }
    }

    /// Returns the time that is left to the run when it begins.
    pub(super) fn wall_clock_left(&self) -> Duration {
        self.wall_clock_max.saturating_sub(self.wall_clock_taken)
    }

    /// Returns the stop of a run that took all its time.
    pub(super) fn wall_clock_stop(&self) -> Stop {
        Stop::WallClock {
            seconds: self.wall_clock_max.as_secs(),
        }
    }
}

/// An agent that says how many cycles it may take is stopped by those.
fn turns_max(spec: &AgentSpec) -> u32 {
    let named = spec.termination.max_turns;
    named.unwrap_or(if spec.iteration.is_some() {
        u32::MAX
    } else {
        TURNS_MAX
    })
}
