//! The timing for people.

use crate::bench::layers::{LayerTiming, ModelTiming, Timing};
use crate::ui::{Page, Span, dim, plain, size, strong, warning};

/// Makes the page.
pub(super) fn page(timing: &Timing) -> Page {
    let mut page = Page::new();
    for model in &timing.models {
        one_model(&mut page, timing, model);
        page.blank();
    }
    let machine = &timing.machine;
    page.line([dim(format!(
        "# {}: {}, {} cores, {} · {} threads · aldo {}",
        machine.os,
        machine.cpu,
        machine.cores,
        size::bytes(machine.memory_bytes),
        machine.threads,
        machine.build
    ))]);
    page
}

fn one_model(page: &mut Page, timing: &Timing, model: &ModelTiming) {
    page.line([
        strong(&model.model),
        plain(format!(
            " · {} ({}) · device {} · {} runs of at most {} tokens",
            model.provider, model.locality, model.device, timing.runs, timing.tokens_max
        )),
    ]);
    page.blank();
    let headings = [
        "layer",
        "",
        "total ms",
        "spread",
        "bootstrap",
        "load",
        "model",
        "ttft",
        "prefill tok/s",
        "decode tok/s",
        "tok out",
    ];
    page.table(
        headings,
        model.layers.iter().filter_map(row).collect::<Vec<_>>(),
    );
    for layer in &model.layers {
        if let Some(why) = &layer.missing {
            let state = match layer.figures {
                Some(_) => layer.state.as_str(),
                None => "not timed",
            };
            page.line([plain(layer.layer), warning(format!(" ({state}): {why}"))]);
        }
    }
    if let Some(overhead) = model.overhead_ms {
        page.blank();
        page.text(&format!("# aldo itself takes {overhead:.1} ms of a run"));
    }
}

fn row(layer: &LayerTiming) -> Option<[Span; 11]> {
    let figures = layer.figures.as_ref()?;
    let middle = &figures.median;
    let [least, most] = figures.total_spread_ms;
    let rate = |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.1}"));
    Some([
        plain(layer.layer),
        plain(layer.state.as_str()),
        strong(format!("{:.1}", middle.total_ms)),
        dim(format!("{least:.1}–{most:.1}")),
        plain(format!("{:.1}", middle.bootstrap_ms)),
        plain(format!("{:.1}", middle.load_ms)),
        plain(format!("{:.1}", middle.model_ms)),
        plain(format!("{:.1}", middle.ttft_ms)),
        plain(rate(middle.prefill_tok_per_sec)),
        plain(rate(middle.decode_tok_per_sec)),
        plain(middle.tok_out.to_string()),
    ])
}
