//! `docs/models.md`: what the golden tests measure, written by `ALDO_WRITE_REFERENCE=1 cargo test`.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use crate::cases::{CASES, Case, OTHERS};
use crate::logits::{plain_error, quantized_error};

/// Set to write the page instead of comparing it.
const WRITE: &str = "ALDO_WRITE_REFERENCE";
/// Another processor adds in another order, so a figure may differ by this factor from the page's.
const TOLERANCE: f32 = 5.0;
/// Each column of the table: its title and the files it is for.
const COLUMNS: &[(&str, &str)] = &[
    ("GGUF F32", "f32.gguf"),
    ("GGUF F16", "f16.gguf"),
    ("GGUF BF16", "bf16.gguf"),
    ("safetensors", "safetensors"),
    ("GGUF Q8_0", "q8_0.gguf"),
    ("GGUF Q4_K_M", "wide-q4_k_m.gguf"),
    ("GGUF MXFP4", "mxfp4.gguf"),
    ("safetensors MXFP4", "safetensors-mxfp4"),
];
const HEAD: &str = "\
<!-- Written by the golden tests. To bring it up to date: ALDO_WRITE_REFERENCE=1 cargo test -->
# Models

What aldo runs inside its own process, and how far its logits are from those of the reference \
implementation, Hugging Face transformers in float32.

For each architecture the reference made a tiny network with random weights, and its logits for two \
sequences, of 12 and of 150 tokens; `models/tests/golden` holds them with the script that made them. \
The tests load every file, compare, and write this page.

";
const EXPLANATION: &str = "
Columns of unquantised weights: the largest difference of a logit, as a part of the largest logit; the \
tests allow 1e-5. Columns of quantised weights: the mean difference as a part of the mean logit. There \
the reference has the same quantised weights, so what is left is the rounding of activations to eight \
bits, which the fast kernels of every runtime do; the tests allow 3.5e-2. For every case decoding token \
by token equals prefill, and several sequences in one batch equal each alone.
";

const OTHERS_HEAD: &str = "
## Through candle-transformers

These are computed by another library, from safetensors folders whose configuration and weights aldo \
has checked: one conversation at a time, no reuse of prefixes, contexts of up to 32,768 tokens or the \
width of an attention window, rotary scaling refused but for `deepseek2`. `aldo models inspect` says so.

";

/// The page, with every figure written by `figure`.
fn page(figure: impl Fn(&Case, &str) -> String) -> String {
    let mut page = HEAD.to_owned();
    let titles = COLUMNS.iter().map(|(title, _)| *title);
    let titles = ["architecture", "golden network"].into_iter().chain(titles);
    let titles = titles.collect::<Vec<_>>();
    page += &row(&titles);
    page += &row(&vec!["---"; titles.len()]);
    for case in CASES {
        let cells = COLUMNS.iter().map(|(_, file)| {
            if case.plain.contains(file) || case.quantized.contains(file) {
                figure(case, file)
            } else {
                String::new()
            }
        });
        let mut all = vec![format!("`{}`", case.architecture), case.with.to_owned()];
        all.extend(cells);
        page += &row(&all);
    }
    page += EXPLANATION;
    page += OTHERS_HEAD;
    page += &row(&["architecture", "golden network", "safetensors"]);
    page += &row(&["---"; 3]);
    for case in OTHERS {
        let name = format!("`{}`", case.architecture);
        page += &row(&[name, case.with.to_owned(), figure(case, "safetensors")]);
    }
    page
}

fn row(cells: &[impl AsRef<str>]) -> String {
    let cells = cells.iter().map(AsRef::as_ref).collect::<Vec<_>>();
    format!("| {} |\n", cells.join(" | "))
}

fn error(case: &Case, file: &str) -> f32 {
    if case.quantized.contains(&file) {
        quantized_error(case, file)
    } else {
        plain_error(case, file)
    }
}

/// The figures of a page in their order, and the page without them.
fn taken_apart(page: &str) -> (Vec<f32>, String) {
    let mut figures = Vec::new();
    let mut rest = String::new();
    for word in page.split_inclusive(' ') {
        match word.trim().parse::<f32>() {
            Ok(figure) if word.contains('e') => figures.push(figure),
            Ok(_) | Err(_) => rest += word,
        }
    }
    (figures, rest)
}

#[test]
fn docs_models_md_is_what_the_golden_tests_measure() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/models.md");
    let measured = page(|case, file| format!("{:.0e}", error(case, file)));
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &measured).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let (ours, our_text) = taken_apart(&measured);
    let (theirs, their_text) = taken_apart(&written);
    let near = |(a, b): (&f32, &f32)| a / b < TOLERANCE && b / a < TOLERANCE;
    assert!(
        our_text == their_text && ours.len() == theirs.len() && ours.iter().zip(&theirs).all(near),
        "docs/models.md is not what the tests measure; `{WRITE}=1 cargo test` writes it"
    );
    assert!(
        COLUMNS.iter().all(|(_, file)| CASES
            .iter()
            .any(|case| case.plain.contains(file) || case.quantized.contains(file))),
        "a column without figures"
    );
    let known = |file: &&str| COLUMNS.iter().any(|(_, column)| column == file);
    let mut files = CASES
        .iter()
        .flat_map(|case| case.plain.iter().chain(case.quantized));
    assert!(files.all(known), "a file without a column");
}
