//! The timing for people.

use crate::bench::layers::{LayerTiming, ModelTiming, Timing};
use crate::ui::{Page, Span, dim, plain, size, strong, warning};

const HEADINGS: [&str; 12] = [
    "candidate",
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

/// Makes the page.
pub(super) fn page(timing: &Timing) -> Page {
    let mut page = Page::new();
    for model in &timing.models {
        page.line([
            strong(&model.model),
            plain(format!(
                " · {} ({}) · device {} · {} runs of at most {} tokens",
                model.provider, model.locality, model.device, timing.runs, timing.tokens_max
            )),
        ]);
    }
    page.blank();
    table(&mut page, timing);
    for model in &timing.models {
        notes(&mut page, timing, model);
    }
    page.blank();
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

/// One table of all models, a group of rows each; the name of a model stands in its first row.
fn table(page: &mut Page, timing: &Timing) {
    let mut rows = vec![HEADINGS.map(dim).to_vec()];
    for model in &timing.models {
        let figures = model.layers.iter().filter_map(row);
        rows.extend(figures.enumerate().map(|(number, mut row)| {
            row.insert(
                0,
                strong(if number == 0 {
                    model.model.as_str()
                } else {
                    ""
                }),
            );
            row
        }));
    }
    if timing.models.len() == 1 {
        // Its name stands above the table.
        for row in &mut rows {
            row.remove(0);
        }
    }
    if rows.len() > 1 {
        page.rows(rows);
    }
}

/// What could not be timed, and what aldo itself takes.
fn notes(page: &mut Page, timing: &Timing, model: &ModelTiming) {
    let of = match timing.models.as_slice() {
        [_] => String::new(),
        _ => format!(" of {}", model.model),
    };
    for layer in &model.layers {
        if let Some(why) = &layer.missing {
            let state = match layer.figures {
                Some(_) => layer.state.as_str(),
                None => "not timed",
            };
            page.line([
                plain(format!("{}{of}", layer.layer)),
                warning(format!(" ({state}): {why}")),
            ]);
        }
    }
    if let Some(overhead) = model.overhead_ms {
        page.blank();
        page.text(&format!(
            "# aldo itself takes {overhead:.1} ms of a run{of}"
        ));
    }
}

fn row(layer: &LayerTiming) -> Option<Vec<Span>> {
    let figures = layer.figures.as_ref()?;
    let middle = &figures.median;
    let [least, most] = figures.total_spread_ms;
    let spread = if layer.runs.len() > 1 {
        format!("{least:.1}–{most:.1}")
    } else {
        "-".to_owned()
    };
    let rate = |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.1}"));
    Some(vec![
        plain(layer.layer),
        plain(layer.state.as_str()),
        strong(format!("{:.1}", middle.total_ms)),
        dim(spread),
        plain(format!("{:.1}", middle.bootstrap_ms)),
        plain(format!("{:.1}", middle.load_ms)),
        plain(format!("{:.1}", middle.model_ms)),
        plain(format!("{:.1}", middle.ttft_ms)),
        plain(rate(middle.prefill_tok_per_sec)),
        plain(rate(middle.decode_tok_per_sec)),
        plain(middle.tok_out.to_string()),
    ])
}
