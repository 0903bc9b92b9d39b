//! How fast, layer by layer: the figures of one run, and of several.
//!
//! Pure, and what scripts read of `aldo bench` without a suite.

use aldo_backends::Usage;
use serde::{Deserialize, Serialize};

use super::ask::Asked;
use super::machine::Machine;
use super::{honest, stats};

/// The version of this form.
pub const FORMAT: &str = "aldo/bench-layers.v1";

/// The timing of one or several models.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// Whether every layer that exists was timed.
    pub ok: bool,
    /// [`FORMAT`].
    pub format: &'static str,
    /// When it began, in RFC 3339.
    pub started_at: String,
    /// The machine and the build.
    pub machine: Machine,
    /// What was asked.
    pub prompt: String,
    /// The most tokens of an answer.
    pub tokens_max: u32,
    /// How often each layer was timed.
    pub runs: u32,
    /// The models, in the order they were typed.
    pub models: Vec<ModelTiming>,
}

/// The timing of one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelTiming {
    /// Its id.
    pub model: String,
    /// Who serves it.
    pub provider: String,
    /// Where the prompt went.
    pub locality: String,
    /// What computes, where that is known.
    pub device: String,
    /// What aldo itself takes for a run beside the model, in milliseconds: the median of what the
    /// layer `run` spends neither loading nor waiting for the model.
    pub overhead_ms: Option<f64>,
    /// The layers.
    pub layers: Vec<LayerTiming>,
}

/// One layer in one state.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerTiming {
    /// The layer.
    pub layer: &'static str,
    /// Whether the model was loaded before.
    pub state: State,
    /// Why it was not timed, or not every time.
    pub missing: Option<String>,
    /// Whether it cannot be timed at all, and nobody failed: this aldo or this model is not for it.
    pub skipped: bool,
    /// Each run.
    pub runs: Vec<Timed>,
    /// The middle of the runs, and how far they lie apart.
    pub figures: Option<Figures>,
}

/// Whether the model was loaded when it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was not.
    Cold,
    /// It was.
    Warm,
    /// The first request to another program, which may have had the model loaded.
    First,
}

impl State {
    /// Returns the word that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::First => "first",
        }
    }
}

/// One run of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timed {
    /// From beginning to end, in milliseconds.
    pub total_ms: f64,
    /// Neither loading nor the model: aldo itself, in milliseconds.
    pub bootstrap_ms: f64,
    /// Loading the model in this process, in milliseconds.
    pub load_ms: f64,
    /// The model, from the request to the last token, in milliseconds.
    pub model_ms: f64,
    /// From the request to the first token, loading apart, in milliseconds.
    pub ttft_ms: f64,
    /// Tokens of the prompt computed a second.
    pub prefill_tok_per_sec: Option<f64>,
    /// Tokens written a second after the first.
    pub decode_tok_per_sec: Option<f64>,
    /// Tokens of the prompt.
    pub tok_in: u64,
    /// Tokens written.
    pub tok_out: u64,
}

/// The medians of several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The median of every column.
    pub median: Timed,
    /// The quickest and the slowest total, in milliseconds.
    pub total_spread_ms: [f64; 2],
}

impl Timed {
    /// Makes a run of what the backend counted and the whole took; `asked` is what came, where that is
    /// known.
    ///
    /// # Errors
    /// A sentence where there is nothing to time, or where it cannot be.
    pub fn new(usage: &Usage, total_ms: f64, asked: Option<&Asked>) -> Result<Self, String> {
        Self::of(usage, model_ms(usage), total_ms, asked)
    }

    /// The same for several answers: `usage` is of all of them, and the model took `model_ms`.
    ///
    /// # Errors
    /// As [`Timed::new`].
    pub fn of(
        usage: &Usage,
        model_ms: f64,
        total_ms: f64,
        asked: Option<&Asked>,
    ) -> Result<Self, String> {
        // A server's clock may have run a little longer than ours.
        let most_ms = (total_ms - usage.load_ms).max(0.0);
        let model_ms = model_ms.min(most_ms);
        let rates = honest::speed(*usage, model_ms, asked)?;
        Ok(Self {
            total_ms,
            bootstrap_ms: most_ms - model_ms,
            load_ms: usage.load_ms,
            model_ms,
            ttft_ms: ttft_ms(usage),
            prefill_tok_per_sec: rates.prefill,
            decode_tok_per_sec: rates.decode,
            tok_in: usage.tokens_in,
            tok_out: usage.tokens_out,
        })
    }
}

/// How long the model took for one answer, loading apart, in milliseconds.
pub fn model_ms(usage: &Usage) -> f64 {
    ttft_ms(usage) + usage.decode_ms
}

fn ttft_ms(usage: &Usage) -> f64 {
    (usage.first_token_ms - usage.load_ms).max(0.0)
}

impl LayerTiming {
    /// Makes a layer of its runs; `missing` says why there are none or fewer.
    pub fn new(
        layer: &'static str,
        state: State,
        runs: Vec<Timed>,
        missing: Option<String>,
    ) -> Self {
        Self {
            figures: Figures::of(&runs),
            layer,
            state,
            missing,
            skipped: false,
            runs,
        }
    }

    /// Makes a layer that cannot be timed, and says why.
    pub fn skipped(layer: &'static str, why: String) -> Self {
        Self {
            skipped: true,
            ..Self::new(layer, State::Cold, Vec::new(), Some(why))
        }
    }

    /// Whether there are figures, or can be none.
    pub fn is_done(&self) -> bool {
        self.skipped || self.figures.is_some()
    }
}

impl Figures {
    /// Returns the figures of `runs`; nothing of none.
    pub fn of(runs: &[Timed]) -> Option<Self> {
        let middle = |value: fn(&Timed) -> f64| stats::median(runs.iter().map(value));
        let some = |value: fn(&Timed) -> Option<f64>| stats::median(runs.iter().filter_map(value));
        let (least, most) = stats::spread(runs.iter().map(|run| run.total_ms))?;
        Some(Self {
            median: Timed {
                total_ms: middle(|run| run.total_ms)?,
                bootstrap_ms: middle(|run| run.bootstrap_ms)?,
                load_ms: middle(|run| run.load_ms)?,
                model_ms: middle(|run| run.model_ms)?,
                ttft_ms: middle(|run| run.ttft_ms)?,
                prefill_tok_per_sec: some(|run| run.prefill_tok_per_sec),
                decode_tok_per_sec: some(|run| run.decode_tok_per_sec),
                tok_in: middle(|run| run.tok_in as f64)? as u64,
                tok_out: middle(|run| run.tok_out as f64)? as u64,
            },
            total_spread_ms: [least, most],
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_loading_the_model_and_aldo() {
        let usage = Usage {
            tokens_in: 30,
            tokens_cached: 10,
            tokens_out: 11,
            load_ms: 100.0,
            prefill_ms: 40.0,
            first_token_ms: 150.0,
            decode_ms: 200.0,
            ..Usage::default()
        };
        let timed = Timed::new(&usage, 370.0, None).unwrap();
        assert_eq!((timed.ttft_ms, timed.model_ms), (50.0, 250.0));
        assert_eq!((timed.load_ms, timed.bootstrap_ms), (100.0, 20.0));
        assert_eq!(timed.prefill_tok_per_sec, Some(500.0));
        assert_eq!(timed.decode_tok_per_sec, Some(50.0));
    }

    #[test]
    fn k01_nothing_written_and_no_time_are_no_run() {
        assert!(Timed::new(&Usage::default(), 5.0, None).is_err());
        let instant = Usage {
            tokens_out: 5,
            ..Usage::default()
        };
        assert!(Timed::new(&instant, 5.0, None).is_err());
    }

    #[test]
    fn figures_are_medians_with_the_spread_of_the_whole() {
        let run = |total_ms| Timed {
            total_ms,
            tok_out: 7,
            ..Timed::default()
        };
        let figures = Figures::of(&[run(3.0), run(1.0), run(9.0)]).unwrap();
        let [least, most] = figures.total_spread_ms;
        assert_eq!((least, figures.median.total_ms, most), (1.0, 3.0, 9.0));
        assert_eq!(figures.median.tok_out, 7);
        assert_eq!(Figures::of(&[]), None);
    }
}
