//! Several models side by side: a row a case and a column a model, then a row a model.

use super::{seconds, tenth, verdict, whole};
use crate::bench::identity::shortened;
use crate::bench::report_wire::{CaseRow, ModelReport, Report, Status};
use crate::ui::{Page, bad, dim, good, plain, strong};

/// The longest name above a column, in characters; of longer ones the end is shown.
const NAME_CHARS_MAX: usize = 24;

/// Shows what became of every case on every model, and how the models did.
pub(super) fn by_side(page: &mut Page, report: &Report) {
    let mut rows = vec![vec![dim("case")]];
    rows[0].extend(report.models.iter().map(|model| dim(name(report, model))));
    for case in report.cases_asked() {
        let mut row = vec![plain(case)];
        for model in &report.models {
            let asked = model.cases.iter().find(|row| row.case == case);
            let (result, time) =
                asked.map_or((dim("-"), String::new()), |row| (verdict(row), time(row)));
            row.push(result.followed_by(&time));
        }
        rows.push(row);
    }
    page.rows(rows);
    page.blank();
    overview(page, report);
}

fn time(row: &CaseRow) -> String {
    match row.status {
        Status::Pass | Status::Fail => format!(" {} ms", whole(row.total_ms)),
        Status::Error | Status::Skipped => String::new(),
    }
}

/// What tells a model from the others: its id without folders, or its provider where ids are equal.
fn name(report: &Report, model: &ModelReport) -> String {
    let same = report
        .models
        .iter()
        .filter(|other| other.model == model.model);
    if same.count() > 1 {
        return model.provider.clone();
    }
    let id = model.model.rsplit('/').next().unwrap_or_default();
    shortened(id, NAME_CHARS_MAX)
}

fn overview(page: &mut Page, report: &Report) {
    let headings = [
        "model",
        "provider",
        "pass",
        "score",
        "tok/s",
        "decode",
        "load ms",
        "first token, cold",
        "warm",
        "p95",
    ];
    let rows = report.models.iter().map(|model| {
        let sum = &model.summary;
        let pass = match &model.error {
            Some(_) => bad("could not be asked"),
            None if sum.ok => good(format!("{}/{}", sum.passed, sum.counted)),
            None => bad(format!("{}/{}", sum.passed, sum.counted)),
        };
        let score = sum
            .score
            .map_or_else(|| "-".to_owned(), |score| format!("{score:.2}"));
        [
            strong(&model.model),
            plain(&model.provider),
            pass,
            plain(score),
            plain(tenth(sum.avg_tok_per_sec)),
            plain(tenth(sum.decode_tok_per_sec)),
            plain(whole(model.load_ms)),
            plain(format!("{} ms", whole(model.cold_first_token_ms))),
            plain(format!("{} ms", whole(sum.ttft_ms))),
            plain(seconds(sum.p95_latency_ms)),
        ]
    });
    page.table(headings, rows.collect::<Vec<_>>());
}
