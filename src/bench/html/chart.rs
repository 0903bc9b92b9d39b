//! Quality against speed, a point a model.

use std::fmt::Write as _;

use super::escaped;
use crate::bench::report_wire::ModelReport;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 44.0;
/// How far a point stays from the edge at least, in powers of ten.
const EDGE: f64 = 0.1;
/// A label further right than this stands left of its point.
const LABEL_RIGHT_MAX: f64 = 0.72;

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
    for (name, rate, score) in &points {
        let (at_x, at_y) = (x(*rate), y(*score));
        let (label_x, side) = if at_x > WIDTH * LABEL_RIGHT_MAX {
            (at_x - 10.0, "end")
        } else {
            (at_x + 10.0, "start")
        };
        let _ = writeln!(
            out,
            "<circle cx=\"{at_x:.1}\" cy=\"{at_y:.1}\" r=\"6\"/>\
             <text class=\"name\" x=\"{label_x:.1}\" y=\"{:.1}\" text-anchor=\"{side}\">{}</text>",
            at_y + 4.0,
            escaped(name),
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">decode, tokens a second</text></svg></section>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 6.0,
    );
    out
}
