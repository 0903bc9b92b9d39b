//! Quality against speed, a point a model.

use std::fmt::Write as _;

use super::escaped;
use crate::bench::identity::shortened;
use crate::bench::report_wire::ModelReport;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 34.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 52.0;
/// How far a point stays from the edge at least, in powers of ten.
const EDGE: f64 = 0.1;
/// A label further right than this stands left of its point.
const LABEL_RIGHT_MAX: f64 = 0.72;

/// The longest name beside a point, in characters; of longer ones the end is shown.
const NAME_CHARS_MAX: usize = 28;
/// About how wide a character of a name is.
const CHAR_WIDTH: f64 = 9.0;
/// How far apart the baselines of names stand that would touch.
const LINE: f64 = 20.0;

/// Draws the models that have a score and a decode rate; nothing where none has.
pub(super) fn svg(models: &[ModelReport]) -> String {
    let points: Vec<(&str, f64, f64)> = models
        .iter()
        .filter_map(|model| {
            let sum = &model.summary;
            Some((model.model.as_str(), sum.decode_tok_per_sec?, sum.score?))
        })
        .collect();
    if points.is_empty() {
        return String::new();
    }
    let rates = || points.iter().map(|(_, rate, _)| rate.max(0.1).log10());
    let low = rates().fold(f64::INFINITY, f64::min);
    // A point does not stand on the edge.
    let low = (low - EDGE).floor();
    let high = rates().fold(f64::NEG_INFINITY, f64::max);
    let high = (high + EDGE).ceil();
    let x =
        |rate: f64| LEFT + (rate.max(0.1).log10() - low) / (high - low) * (WIDTH - LEFT - RIGHT);
    let y = |score: f64| TOP + (1.0 - score) * (HEIGHT - TOP - BOTTOM);
    let mut out = format!(
        "<section><h2>Quality × speed</h2><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"score against decode rate\">\n"
    );
    // Writing to a String cannot fail.
    for step in 0..=4 {
        let score = f64::from(step) / 4.0;
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{score:.2}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            y(score) + 4.0,
            y = y(score),
        );
    }
    for power in low as i32..=high as i32 {
        let rate = 10_f64.powi(power);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{rate}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 18.0,
            x = x(rate),
        );
    }
    let mut placed: Vec<Label> = Vec::new();
    for (name, rate, score) in &points {
        let (at_x, at_y) = (x(*rate), y(*score));
        let name = shortened(name, NAME_CHARS_MAX);
        let label = Label::beside(at_x, at_y, &name, &placed);
        let _ = writeln!(
            out,
            "<circle cx=\"{at_x:.1}\" cy=\"{at_y:.1}\" r=\"6\"/>\
             <text class=\"name\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{}\">{}</text>",
            label.x,
            label.baseline,
            label.anchor,
            escaped(&name),
        );
        placed.push(label);
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">decode, tokens a second</text></svg></section>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 6.0,
    );
    out
}

/// Where a name stands.
struct Label {
    x: f64,
    baseline: f64,
    anchor: &'static str,
    /// From where to where it reaches.
    reach: [f64; 2],
}

impl Label {
    /// Puts a name beside its point, and above the names it would touch.
    fn beside(at_x: f64, at_y: f64, name: &str, placed: &[Self]) -> Self {
        let width = name.chars().count() as f64 * CHAR_WIDTH;
        let (x, anchor, reach) = if at_x > WIDTH * LABEL_RIGHT_MAX {
            (at_x - 10.0, "end", [at_x - 10.0 - width, at_x - 10.0])
        } else {
            (at_x + 10.0, "start", [at_x + 10.0, at_x + 10.0 + width])
        };
        let mut baseline = at_y + 4.0;
        let touches = |baseline: f64, other: &Self| {
            let side = reach[0] < other.reach[1] && other.reach[0] < reach[1];
            side && (baseline - other.baseline).abs() < LINE
        };
        // Each step passes one of them at least.
        for _ in placed {
            let Some(other) = placed.iter().find(|&other| touches(baseline, other)) else {
                break;
            };
            baseline = other.baseline - LINE;
        }
        Self {
            x,
            baseline,
            anchor,
            reach,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_points_close_together_do_not_touch() {
        let first = Label::beside(100.0, 200.0, "one", &[]);
        let second = Label::beside(104.0, 203.0, "two", &[first]);
        assert!(second.baseline <= 200.0 + 4.0 - LINE, "{}", second.baseline);
        let apart = Label::beside(400.0, 203.0, "three", &[second]);
        assert!((apart.baseline - 207.0).abs() < 1e-9);
    }

    #[test]
    fn the_end_of_a_long_name_is_what_tells_it_apart() {
        let path = format!("/home/somebody/models/{}-Q4_K_M.gguf", "x".repeat(9));
        let name = shortened(&path, NAME_CHARS_MAX);
        assert_eq!(name.chars().count(), NAME_CHARS_MAX);
        assert!(name.starts_with('…') && name.ends_with("Q4_K_M.gguf"));
    }
}
